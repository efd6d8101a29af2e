"""What a full report is compared with: the assessment before, or the year group of last year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import pandas as pd

from pupiltrack_core.access import Action
from pupiltrack_core.calc.summary import summarise, summarise_cohort
from pupiltrack_core.domain.academic_years import FIRST_START, AcademicYear
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.schemas import tallies
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.cohort_places import require_group
from pupiltrack_core.services.reports import FullReport, with_core
from pupiltrack_core.storage.assessments import AssessmentInfo, find_assessments
from pupiltrack_core.storage.attainment_points import find_judged, find_latest_of_year
from pupiltrack_core.storage.cohort_frames import load_cohort
from pupiltrack_core.storage.report_lookups import find_assessment_names
from pupiltrack_core.storage.tallies import tally_schools


class Against(StrEnum):
    """What a report is compared with; the value is the one in an address."""

    PREVIOUS = "previous"
    LAST_YEAR = "last-year"

    @property
    def label(self) -> str:
        """The words people choose it by."""
        return "The assessment before" if self is Against.PREVIOUS else "The same years, last year"

    @property
    def heading(self) -> str:
        """The heading of the comparison in a report."""
        return f"Compared with {self.label[:1].lower()}{self.label[1:]}"


@dataclass(frozen=True)
class Comparison:
    """The same subjects then: `summary` is a SUMMARY without keys.

    `subjects` are those assessed then; the rest has nothing to compare with. `sentence` says which
    pupils at which assessments.
    """

    against: Against
    summary: pd.DataFrame
    subjects: frozenset[str]
    sentence: str


def compare_report(caller: Caller, report: FullReport, against: Against) -> Comparison | None:
    """Return what a report is compared with; None where there is nothing of the kind.

    The assessment before is that of each pupil now in the cohort: the one held before in the same
    year group and academic year, else the last of the year before. Last year is the cohort chosen
    alike a year ago, other pupils, each year group at the assessment nearest to the day a year
    before this one's. Of several schools it is the latest of last year, and there is no assessment
    before. None for a reader who may see no names: what two reports differ by can be a child.
    """
    if not report.has_names:
        return None
    with caller.begin() as work:
        if report.cohort is None:
            return _group_last_year(work, report) if against is Against.LAST_YEAR else None
        school_id = report.selection.school_id or 0
        work.require(Action.SEE_REPORTS, school_id)
        if against is Against.PREVIOUS:
            return _previous(work, report, report.cohort, school_id)
        return _last_year(work, report, school_id)


# --- the assessment before ------------------------------------------------------------------------


def _previous(
    work: Work, report: FullReport, cohort: pd.DataFrame, school_id: int
) -> Comparison | None:
    year = report.selection.academic_year
    held = find_assessments(work.session, school_id, year)
    before = {
        group: found
        for group, standing in _standing(cohort).items()
        if (found := _one_before(held, group, standing)) is not None
    }
    groups = dict(zip(cohort[columns.PUPIL_ID], cohort[columns.YEAR_GROUP], strict=True))
    this_year = {int(p): before[g].id for p, g in groups.items() if g in before}
    others = [int(pupil) for pupil, group in groups.items() if group not in before]
    last_year = (
        find_latest_of_year(work.session, school_id, year - 1, others)
        if others and year > FIRST_START
        else {}
    )
    if not this_year and not last_year:
        return None
    subjects = columns.subjects_of(cohort)
    judged: dict[int, dict[str, str]] = {}
    for academic_year, own in ((year, this_year), (year - 1, last_year)):
        judged |= find_judged(
            work.session, school_id, academic_year, assessment_of=own, subjects=subjects
        )
    then = cohort.copy()
    for subject in subjects:
        values = [judged.get(int(pupil), {}).get(subject) for pupil in then[columns.PUPIL_ID]]
        then[subject] = pd.Categorical(values, dtype=columns.JUDGEMENT_DTYPE)
    names = [_words(item) for item in dict.fromkeys(before.values())]
    of_last_year = find_assessment_names(work.session, school_id, set(last_year.values()))
    last = AcademicYear(year - 1).label if last_year else ""
    names += [f"{name} ({last})" for name in dict.fromkeys(of_last_year.values())]
    assessed = {subject for values in judged.values() for subject in values}
    return Comparison(
        against=Against.PREVIOUS,
        summary=summarise_cohort(then, list(with_core(subjects))),
        subjects=frozenset(with_core(assessed)),
        sentence=f"Compared with the same pupils at {_listed(names)}.",
    )


def _standing(cohort: pd.DataFrame) -> dict[int, int]:
    known = cohort[[columns.YEAR_GROUP, columns.ASSESSMENT_ID]].dropna().drop_duplicates()
    return {int(group): int(number) for group, number in known.itertuples(index=False, name=None)}


def _one_before(
    held: tuple[AssessmentInfo, ...], group: int, standing: int
) -> AssessmentInfo | None:
    mine = [item for item in held if group in item.year_groups]
    places = [place for place, item in enumerate(mine) if item.id == standing]
    return mine[places[0] + 1] if places and places[0] + 1 < len(mine) else None


# --- last year ------------------------------------------------------------------------------------


def _last_year(work: Work, report: FullReport, school_id: int) -> Comparison | None:
    selection, year = report.selection, report.selection.academic_year - 1
    if year < FIRST_START:
        return None
    days = _days_held(work, report, school_id)
    held = find_assessments(work.session, school_id, year)
    frames, names = [], []
    for group in selection.year_groups:
        mine = [item for item in held if group in item.year_groups]
        nearest = min(mine, key=lambda item: _days_apart(item, days.get(group)), default=None)
        chosen = CohortSelection(
            academic_year=year,
            school_id=school_id,
            years=group,
            assessment_id=None if nearest is None else nearest.id,
            class_name=selection.class_name,
            characteristics=selection.characteristics,
        )
        cohort = load_cohort(work.session, chosen, with_names=False)
        if len(cohort):
            frames.append(cohort)
            told = "no assessment" if nearest is None else _words(nearest)
            names.append(f"{LABELS[group]} at {told}")
    if not frames or not held:
        return None
    then = pd.concat(frames, ignore_index=True)
    subjects = {code for frame in frames for code in columns.subjects_of(frame)}
    for subject in subjects:
        then[subject] = pd.Categorical(
            then[subject].astype("object").where(then[subject].notna(), None),
            dtype=columns.JUDGEMENT_DTYPE,
        )
    return Comparison(
        against=Against.LAST_YEAR,
        summary=summarise_cohort(then, list(with_core(subjects))),
        subjects=frozenset(with_core(subjects)),
        sentence=f"Compared with other pupils, in {AcademicYear(year).label}: {_listed(names)}.",
    )


def _days_held(work: Work, report: FullReport, school_id: int) -> Mapping[int, date]:
    cohort = report.cohort
    held = find_assessments(work.session, school_id, report.selection.academic_year)
    day = {item.id: item.held_on for item in held}
    standing = {} if cohort is None else _standing(cohort)
    return {group: day[number] for group, number in standing.items() if number in day}


def _days_apart(assessment: AssessmentInfo, now: date | None) -> tuple[int, int]:
    if now is None:
        return (-assessment.held_on.toordinal(), -assessment.id)
    # 365 days are near enough: assessments are weeks apart.
    return (abs((now - assessment.held_on).days - 365), -assessment.id)


def _group_last_year(work: Work, report: FullReport) -> Comparison | None:
    selection = report.selection
    year = selection.academic_year - 1
    if year < FIRST_START:
        return None
    then = CohortSelection(
        academic_year=year,
        local_authority_id=selection.local_authority_id,
        years=selection.years,
        characteristics=selection.characteristics,
        school_ids=selection.school_ids,
        district=selection.district,
        phase=selection.phase,
    )
    group = require_group(work, then)
    tally = tally_schools(work.session, then, by=())
    if not group.may_see_names or not tally[tallies.PUPILS].any():
        return None
    subjects = with_core(tally[tallies.SUBJECT])
    return Comparison(
        against=Against.LAST_YEAR,
        summary=summarise(tallies.complete_tallies(tally, subjects)),
        subjects=frozenset(subjects),
        sentence=(
            f"Compared with other pupils, in {AcademicYear(year).label}: the same year groups at "
            "their latest assessments of that year."
        ),
    )


def _words(assessment: AssessmentInfo) -> str:
    return f"{assessment.name} ({assessment.held_on:%d/%m/%Y})"


def _listed(names: list[str]) -> str:
    return "; ".join(names)
