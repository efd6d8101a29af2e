"""The full report: who may see it, what it counts, whose names it holds; and notes of exports.

A report of one school keeps its COHORT frame, so that a page shows the names behind a figure
without asking the database for every press. A report of several schools is made of counts, which
the database adds up; the names behind one are read when somebody asks for them. Whoever may see no
names is given no small figures either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

import pandas as pd

from pupiltrack_core.access import Action, SchoolScope, may
from pupiltrack_core.calc.publication import withhold
from pupiltrack_core.calc.summary import pupils_behind, summarise, summarise_cohort
from pupiltrack_core.domain.characteristics import CUSTOM, Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.judgement_wording import (
    STANDARD_WORDING,
    JudgementWording,
    wording_of,
)
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, is_own_code
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import AccessDenied, InvalidEntry
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.schemas import tallies
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.cohort_filters import require_filters
from pupiltrack_core.services.cohort_places import require_group
from pupiltrack_core.services.group_names import (
    SCHOOL_NAME,
    group_names_behind,
)
from pupiltrack_core.storage.cohort_frames import load_cohort
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.report_lookups import find_assessment_names
from pupiltrack_core.storage.school_subjects import find_own_subjects
from pupiltrack_core.storage.tallies import tally_schools


class Noted(Protocol):
    """What every report says of itself first: who is left out, which assessments, whose words."""

    @property
    def school_name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def not_included(self) -> int | None: ...
    @property
    def assessments(self) -> Mapping[int, str]: ...
    @property
    def wording(self) -> JudgementWording: ...


@dataclass(frozen=True)
class FullReport:
    """Counts by subject for one cohort, whole and by year group.

    `summary` is a SUMMARY without keys, `by_year_group` one keyed by `year_group`. `cohort` is the
    COHORT frame they were counted from, with names; None where the reader has no right to names or
    the report is of several schools. `names_on_request` says that `names_behind` reads the names
    of these. For a reader without the right to names small figures are missing from the frames, see
    `calc.publication.withhold`. `not_included` pupils stand in `cohort` but in no figure; None when
    unknown or not for the reader. `assessments` names the assessment each year group stands at, and
    `labels` the school's own subjects by code; those of every school have their names in
    `domain.subjects`. `wording` is what the school calls the judgements, the standard one over
    several schools.
    """

    selection: CohortSelection
    school_name: str
    description: str
    summary: pd.DataFrame
    by_year_group: pd.DataFrame
    cohort: pd.DataFrame | None
    not_included: int | None
    assessments: Mapping[int, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    wording: JudgementWording = STANDARD_WORDING
    names_on_request: bool = False

    @property
    def has_names(self) -> bool:
        """Whether `names_behind` gives the reader the pupils behind a figure."""
        return self.cohort is not None or self.names_on_request

    def to_publish(self) -> FullReport:
        """Return the report as it can be given to readers who may not see the pupils."""
        if not self.has_names:
            return self  # made for such a reader already
        summary, by_year_group = withhold(self.summary, self.by_year_group)
        return replace(
            self,
            summary=summary,
            by_year_group=by_year_group,
            cohort=None,
            not_included=None,
            names_on_request=False,
        )


@dataclass(frozen=True, slots=True)
class ExportNote:
    """Who takes a report out of PupilTrack, and when; `at` is aware."""

    by: str
    at: datetime


@dataclass(frozen=True)
class LoadedCohort:
    """The COHORT frame of one school, with names if the reader `may_see_names`, and its words."""

    school_name: str
    description: str
    cohort: pd.DataFrame
    may_see_names: bool
    assessments: Mapping[int, str]
    labels: Mapping[str, str]
    wording: JudgementWording

    @property
    def not_included(self) -> int:
        """How many pupils have Include in data set to No."""
        return int((~self.cohort[columns.INCLUDE_IN_DATA]).sum())


def full_report(caller: Caller, selection: CohortSelection) -> FullReport:
    """Return the full report of a cohort of one school, or of schools of an authority.

    Raises `NotFound` for a place out of reach, `AccessDenied` where the role is not enough.
    """
    with caller.begin() as work:
        if selection.local_authority_id is not None:
            return _group_report(work, selection)
        loaded = load_report_cohort(work, selection)
    return report_of_loaded(selection, loaded, with_names=loaded.may_see_names)


def report_of_loaded(
    selection: CohortSelection, loaded: LoadedCohort, *, with_names: bool
) -> FullReport:
    """Return the full report of a cohort that was read; no database is asked."""
    return report_of_cohort(
        selection,
        loaded.cohort,
        school_name=loaded.school_name,
        description=loaded.description,
        assessments=loaded.assessments,
        labels=loaded.labels,
        wording=loaded.wording,
        with_names=with_names,
    )


def report_of_cohort(
    selection: CohortSelection,
    cohort: pd.DataFrame,
    *,
    school_name: str,
    description: str,
    assessments: Mapping[int, str],
    labels: Mapping[str, str] | None = None,
    wording: JudgementWording = STANDARD_WORDING,
    with_names: bool = True,
) -> FullReport:
    """Return the full report of a COHORT frame already at hand; no database is asked.

    `labels` are needed for a frame with subjects of the school's own.
    """
    subjects = with_core(columns.subjects_of(cohort))
    report = FullReport(
        selection=selection,
        school_name=school_name,
        description=description,
        summary=summarise_cohort(cohort, subjects),
        by_year_group=summarise_cohort(cohort, subjects, by=[columns.YEAR_GROUP]),
        cohort=cohort,
        not_included=int((~cohort[columns.INCLUDE_IN_DATA]).sum()),
        assessments=assessments,
        labels=labels or {},
        wording=wording,
    )
    return report if with_names else report.to_publish()


def names_behind(
    caller: Caller, report: FullReport, subject: str, row: SummaryRow | str
) -> pd.DataFrame:
    """Return the pupils a figure counts: surname, forenames, year_group, class_name, subjects.

    One row per pupil, alphabetically; each subject's column holds the judgement's code, missing
    for no data. Those of several schools have `school_name` as well. Raises `AccessDenied` where
    the reader has no right to names, `InvalidEntry` for a figure the report does not have and, of
    several schools, for more pupils than can be listed.
    """
    known = set(report.summary[tallies.SUBJECT])
    if subject not in known or row not in set(SummaryRow):
        raise InvalidEntry("There is no such figure in this report.", field="figure")
    if report.selection.school_id is None:
        with caller.begin() as work:
            inside = group_names_behind(
                work, report.selection, subject=subject, row=SummaryRow(row)
            )
        return names_of(inside)
    cohort = named_cohort(caller, report.selection, report.cohort)
    return names_of(pupils_behind(cohort, subject, SummaryRow(row)))


def describe_school(
    caller: Caller, selection: CohortSelection, *, assessments: Sequence[str] = ()
) -> tuple[str, str]:
    """Return the name of the cohort's school and the cohort in words; raises as `full_report`.

    `assessments` are the names of those shown, where they are not what the selection says.
    """
    if selection.school_id is None:
        raise InvalidEntry("Choose a school; nothing was changed.", field="school")
    with caller.begin() as work:
        school = work.require(Action.SEE_REPORTS, selection.school_id)
        chosen = selection.assessment_id
        names = find_assessment_names(work.session, school.id, {chosen} if chosen else set())
        told = ", ".join(dict.fromkeys(assessments)) or names.get(chosen or 0)
        used = dict.fromkeys(selection.year_groups, told) if told else {}
        return school.name, describe_cohort(selection, school, used)


def note_export(
    caller: Caller, selection: CohortSelection, *, what: str, with_names: bool
) -> ExportNote:
    """Check that the reader may take a report away, write it to the audit, say who and when.

    Raises as `full_report`; the audit row is committed before anything is made.
    """
    with caller.begin(write=True, act=True) as work:
        if selection.school_id is not None:
            work.require(Action.EXPORT, selection.school_id)
        elif selection.local_authority_id is not None:
            work.require_over_authority(Action.EXPORT, selection.local_authority_id)
        work.audit(
            REPORT_MADE,
            school_id=selection.school_id,
            local_authority_id=selection.local_authority_id,
            what=what,
            academic_year=selection.academic_year,
            years=str(selection.years),
            with_names=with_names,
        )
        work.commit()
        return ExportNote(by=work.principal.display_name, at=work.now)


REPORT_MADE = "report made"


def left_out_words(number: int | None) -> str:
    """Return the sentence that says how many pupils are in no figure; "" for none or unknown."""
    if not number:
        return ""
    who = "1 pupil is" if number == 1 else f"{number} pupils are"
    return f"{who} left out because Include in data is set to No."


def describe_assessments(assessments: Mapping[int, str]) -> str:
    """Return the sentence that says which assessments a report stands on, by year group."""
    names = list(assessments.values())
    if len(names) > 1 and len(set(names)) == 1:
        groups = ", ".join(LABELS[group] for group in sorted(assessments))
        return f"Assessment used: {names[0]} ({groups})."
    told = "; ".join(f"{LABELS[group]}: {assessments[group]}" for group in sorted(assessments))
    return f"{'Assessment' if len(names) == 1 else 'Assessments'} used: {told}."


NAMES = (columns.SURNAME, columns.FORENAMES, columns.YEAR_GROUP, columns.CLASS_NAME)


def load_report_cohort(
    work: Work, selection: CohortSelection, *, action: Action = Action.SEE_REPORTS
) -> LoadedCohort:
    """Return the cohort of one school that a report is made of; raises as `full_report`.

    `action` is what the reader must be allowed to do there.
    """
    school_id = selection.school_id
    if school_id is None:
        raise InvalidEntry("Choose a school; nothing was changed.", field="school")
    school = work.require(action, school_id)
    scope = SchoolScope(school.id, school.local_authority_id)
    require_filters(work.principal, selection, scope)
    with_names = may(work.principal, Action.SEE_PUPILS, scope)
    cohort = load_cohort(work.session, selection, with_names=with_names)
    used = _assessments_used(work, school.id, cohort)
    return LoadedCohort(
        school_name=school.name,
        description=describe_cohort(selection, school, used),
        cohort=cohort,
        may_see_names=with_names,
        assessments=used,
        labels=_own_labels(work, school.id, cohort),
        wording=wording_of(school.judgement_wording),
    )


def _own_labels(work: Work, school_id: int, cohort: pd.DataFrame) -> dict[str, str]:
    if not any(is_own_code(code) for code in columns.subjects_of(cohort)):
        return {}
    own = find_own_subjects(work.session, school_id)
    return {code: subject.label for code, subject in own.items()}


def _assessments_used(work: Work, school_id: int, cohort: pd.DataFrame) -> dict[int, str]:
    used = (
        cohort[[columns.YEAR_GROUP, columns.ASSESSMENT_ID]]
        .dropna()
        .drop_duplicates()
        .sort_values(columns.YEAR_GROUP)
    )
    wanted = {
        int(group): int(assessment) for group, assessment in used.itertuples(index=False, name=None)
    }
    names = find_assessment_names(work.session, school_id, set(wanted.values()))
    return {group: names[assessment] for group, assessment in wanted.items()}


def describe_cohort(selection: CohortSelection, school: School, used: Mapping[int, str]) -> str:
    """Return the cohort of a school in words; `used` names the assessment of each year group."""
    custom: dict[Characteristic, str] = {
        item: name for item, name in zip(CUSTOM, school.custom_filter_names, strict=False) if name
    }
    named = set(used.values())
    return selection.describe(
        assessment=named.pop() if len(named) == 1 and len(selection.year_groups) == 1 else None,
        custom_names=custom,
    )


def _group_report(work: Work, selection: CohortSelection) -> FullReport:
    group = require_group(work, selection)
    tally = tally_schools(work.session, selection, by=(columns.YEAR_GROUP,))
    subjects = with_core(tally[tallies.SUBJECT])
    report = FullReport(
        selection=selection,
        school_name=group.name,
        description=selection.describe(),
        summary=summarise(tallies.complete_tallies(tally, subjects)),
        by_year_group=summarise(tally),
        cohort=None,
        not_included=None,
        assessments={},
        names_on_request=True,
    )
    return report if group.may_see_names else report.to_publish()


def with_core(subjects: Iterable[str]) -> tuple[str, ...]:
    """Return the subjects of a report: these, reading, writing, maths and the three together."""
    return tallies.tallied_subjects({subject.value for subject in CORE_SUBJECTS} | set(subjects))


def named_cohort(
    caller: Caller, selection: CohortSelection, cohort: pd.DataFrame | None
) -> pd.DataFrame:
    """Return the cohort of a report, if the reader may see its pupils now as when it was read."""
    school_id = selection.school_id
    if cohort is None or school_id is None:
        raise AccessDenied(
            "This report is made of counts alone. Open the report of one school to see its pupils."
        )
    with caller.begin() as work:
        work.require(Action.SEE_PUPILS, school_id)
    return cohort


def names_of(cohort: pd.DataFrame) -> pd.DataFrame:
    """Return what a list of names shows of pupils: the columns of `names_behind`."""
    place = [SCHOOL_NAME] if SCHOOL_NAME in cohort.columns else []
    return cohort[[*place, *NAMES, *columns.subjects_of(cohort)]].reset_index(drop=True)
