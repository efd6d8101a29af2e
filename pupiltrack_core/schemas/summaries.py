"""The SUMMARY frame: the counts behind every foot, report, headline and export.

Key columns first, then `subject`, then counts. Nothing in it is rounded and nothing is a
percentage: a percentage is made of a count and `pupils`, where it is shown.
"""

from __future__ import annotations

from pupiltrack_core.domain.outcomes import SummaryRow

PUPILS = "pupils"  # the denominator: pupils in the cohort whose data are included
BELOW = SummaryRow.BELOW.value
TOWARDS = SummaryRow.TOWARDS.value
ON_TRACK = SummaryRow.ON_TRACK.value
DEEPER = SummaryRow.DEEPER.value
MIXED = SummaryRow.MIXED.value  # RWM only; missing for a subject, where it does not apply
ON_TRACK_OR_DEEPER = SummaryRow.ON_TRACK_OR_DEEPER.value
NOT_ON_TRACK = SummaryRow.NOT_ON_TRACK.value
NO_DATA = SummaryRow.NO_DATA.value

# pupils = on_track_or_deeper + not_on_track + no_data, for every subject and for RWM
COUNTS = (PUPILS, *(row.value for row in SummaryRow))
