"""A full report by two groups of its pupils: boys and girls, disadvantaged and others, ..."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from pupiltrack_core.access import Action
from pupiltrack_core.calc.gaps import split_by, summarise_groups
from pupiltrack_core.calc.summary import pupils_behind, summarise
from pupiltrack_core.domain.characteristics import CUSTOM, Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.groupings import GROUPED_BY, Group, Grouping, grouping_by
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.errors import AccessDenied, InvalidEntry
from pupiltrack_core.schemas import tallies
from pupiltrack_core.schemas.summaries import PUPILS
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.cohort_places import require_group
from pupiltrack_core.services.group_names import group_names_behind
from pupiltrack_core.services.reports import FullReport, names_of
from pupiltrack_core.storage.tallies import tally_schools

_NOT_BY_GROUPS = "Your role does not let you see these figures by groups of pupils."


@dataclass(frozen=True)
class GroupReport:
    """The SUMMARY, without keys, of each group of a cohort, by the group's value."""

    grouping: Grouping
    summaries: Mapping[str, pd.DataFrame]

    @property
    def shown(self) -> tuple[Group, ...]:
        """The groups to show: the two, and the rest where anybody is in it."""
        rest = self.grouping.rest
        has_rest = rest is not None and bool(self.summaries[rest.value][PUPILS].any())
        return self.grouping.groups if has_rest else self.grouping.groups[:2]


def groupings_of(caller: Caller, report: FullReport) -> tuple[Grouping, ...]:
    """Return the groupings a report can be shown by, for this reader.

    None where the reader may see no names: small groups would stand open. What the cohort is
    narrowed by already cannot split it.
    """
    if not report.has_names:
        return ()
    names = _custom_names(caller, report.selection)
    narrowed = {item for item, _ in report.selection.characteristics}
    found = (grouping_by(item, custom_names=names) for item in GROUPED_BY if item not in narrowed)
    return tuple(item for item in found if item is not None)


def group_report(caller: Caller, report: FullReport, grouping: Grouping) -> GroupReport:
    """Return a report by two groups; raises as `services.reports.full_report`.

    Raises `AccessDenied` for a reader who may see no names.
    """
    if not report.has_names:
        raise AccessDenied(_NOT_BY_GROUPS)
    subjects = list(report.summary[tallies.SUBJECT])
    if report.cohort is not None:
        with caller.begin() as work:
            work.require(Action.SEE_PUPILS, report.selection.school_id or 0)
        return GroupReport(grouping, summarise_groups(report.cohort, subjects, grouping))
    with caller.begin() as work:
        if not require_group(work, report.selection).may_see_names:
            raise AccessDenied(_NOT_BY_GROUPS)
        found = {
            group.value: summarise(
                tallies.complete_tallies(
                    tally_schools(
                        work.session, _narrowed(report.selection, grouping, group.value), by=()
                    ),
                    subjects,
                )
            )
            for group in grouping.groups
        }
    return GroupReport(grouping, found)


def names_in_group(
    caller: Caller,
    report: FullReport,
    grouping: Grouping,
    value: str,
    *,
    subject: str,
    row: SummaryRow,
) -> pd.DataFrame:
    """Return the pupils of one group whom a figure counts; as `services.reports.names_behind`."""
    known = set(report.summary[tallies.SUBJECT])
    if subject not in known or value not in {group.value for group in grouping.groups}:
        raise InvalidEntry("There is no such figure in this report.", field="figure")
    if not report.has_names:
        raise AccessDenied("Your role does not let you see the pupils behind these figures.")
    with caller.begin() as work:
        if report.cohort is None:
            chosen = _narrowed(report.selection, grouping, value)
            return names_of(group_names_behind(work, chosen, subject=subject, row=row))
        work.require(Action.SEE_PUPILS, report.selection.school_id or 0)
    return names_of(pupils_behind(split_by(report.cohort, grouping)[value], subject, row))


def _narrowed(selection: CohortSelection, grouping: Grouping, value: str) -> CohortSelection:
    narrowed = (*selection.characteristics, (grouping.characteristic, value))
    return replace(selection, characteristics=narrowed)


def _custom_names(caller: Caller, selection: CohortSelection) -> dict[Characteristic, str]:
    if selection.school_id is None:
        return {}
    with caller.begin() as work:
        return _names_at(work, selection.school_id)


def _names_at(work: Work, school_id: int) -> dict[Characteristic, str]:
    school = work.require(Action.SEE_REPORTS, school_id)
    named = zip(CUSTOM, school.custom_filter_names, strict=False)
    return {item: name for item, name in named if name}
