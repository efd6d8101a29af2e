"""How a figure compares with another time or another group, in words: the same everywhere."""

from __future__ import annotations

from pupiltrack_core.calc.gaps import Gap, gap_between
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import NOT_APPLICABLE, round_half_away
from pupiltrack_core.reports.figure_words import Line, figure_of, figure_words, lines_by_subject
from pupiltrack_core.reports.matrix_words import difference_of, signed
from pupiltrack_core.schemas import summaries
from pupiltrack_core.services.report_comparison import Comparison

UP, SAME, DOWN = "▲", "=", "▼"
HOW_COMPARED = (
    "Under each figure stands the one it is compared with: ▲ says that the share is larger now, ▼ "
    "smaller, = the same."
)
HOW_GAPS_COUNT = (
    "A gap is the first group less the second, in percentage points worked out before rounding, "
    "and as the number of pupils of the first group that it comes to, parts of a pupil left out. "
    "Where it comes to less than one pupil the groups are in line."
)


def then_line(comparison: Comparison | None, subject: str) -> Line | None:
    """Return the line a subject is compared with; None where it was not assessed then."""
    if comparison is None or subject not in comparison.subjects:
        return None
    return lines_by_subject(comparison.summary).get(subject)


def change_words(now: Line, then: Line | None, row: SummaryRow) -> str:
    """Return "▲ was 5 (16 %)"; "" where there is nothing to compare with."""
    change = difference_of(now, then, row)
    if change is None or then is None or change.points is None:
        return ""
    sign = SAME if not change.points else UP if change.points > 0 else DOWN
    return f"{sign} was {figure_words(then, row)}"


def gap_of(first: Line, second: Line, row: SummaryRow) -> Gap | None:
    """Return the gap of two groups in one figure; None where it does not apply."""
    count, other = figure_of(first, row), figure_of(second, row)
    if count is None or other is None:
        return None
    return gap_between(
        count,
        int(first[summaries.PUPILS]),
        other_count=other,
        other_of=int(second[summaries.PUPILS]),
    )


def gap_words(gap: Gap | None) -> tuple[str, str]:
    """Return ("−12 pts", "−3 pupils"); an en dash where one group has nobody."""
    if gap is None or gap.points is None or gap.pupils is None:
        return NOT_APPLICABLE, NOT_APPLICABLE
    points = int(round_half_away(gap.points))
    unit = "pt" if abs(points) == 1 else "pts"
    if not gap.pupils:
        return f"{signed(points)} {unit}", "in line"
    what = "pupil" if abs(gap.pupils) == 1 else "pupils"
    return f"{signed(points)} {unit}", f"{signed(gap.pupils)} {what}"
