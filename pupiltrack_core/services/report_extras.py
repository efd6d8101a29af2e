"""What a full report shows beside its figures on demand: a comparison, and two groups."""

from __future__ import annotations

from dataclasses import dataclass

from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.report_comparison import Against, Comparison, compare_report
from pupiltrack_core.services.report_groups import GroupReport, group_report, groupings_of
from pupiltrack_core.services.reports import FullReport


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asked for beside the figures; `row` is the figure the groups are shown by."""

    against: Against | None = None
    grouped_by: Characteristic | None = None
    row: SummaryRow = SummaryRow.ON_TRACK_OR_DEEPER


@dataclass(frozen=True)
class Extras:
    """What was asked for and is there; `nothing_before` says that a comparison was not."""

    wanted: Wanted
    comparison: Comparison | None = None
    groups: GroupReport | None = None

    @property
    def nothing_before(self) -> bool:
        """Whether a comparison was asked for and there is nothing to compare with."""
        return self.wanted.against is not None and self.comparison is None


NOTHING_WANTED = Wanted()
NO_EXTRAS = Extras(NOTHING_WANTED)


def report_extras(caller: Caller, report: FullReport, wanted: Wanted) -> Extras:
    """Return what was asked for beside a report; raises as `services.reports.full_report`.

    Raises `InvalidEntry` for groups that this report cannot be shown by.
    """
    against, chosen = wanted.against, wanted.grouped_by
    comparison = None if against is None else compare_report(caller, report, against)
    groups = None
    if chosen is not None:
        offered = groupings_of(caller, report)
        found = next((item for item in offered if item.characteristic is chosen), None)
        if found is None:
            raise InvalidEntry(
                "These pupils cannot be shown by these groups. Choose others; nothing was changed.",
                field="group",
            )
        groups = group_report(caller, report, found)
    return Extras(wanted, comparison, groups)
