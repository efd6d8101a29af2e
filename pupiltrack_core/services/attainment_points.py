"""The points at which the pupils of a cohort can be compared, in the order they came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.attainment_points import (
    STANDING,
    STATUTORY_LABELS,
    STATUTORY_POINTS,
    Point,
    PointKind,
    statutory_day,
)
from pupiltrack_core.domain.attainment_scales import judged_step, result_step
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.outcomes import NO_DATA, rwm_outcome
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, RWM
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.caller import Work
from pupiltrack_core.storage.assessments import AssessmentInfo, find_assessments_by_year
from pupiltrack_core.storage.attainment_points import (
    find_judged,
    find_latest_of_year,
    find_newest_results,
    find_year_of_assessment,
)
from pupiltrack_core.storage.schools import find_academic_years

_Held = Mapping[int, Sequence[AssessmentInfo]]  # by academic year, newest first
_CORE = tuple(subject.value for subject in CORE_SUBJECTS)
_GLD = "GLD"  # the one measure of the profile that says where a pupil stands


@dataclass(frozen=True, slots=True)
class NamedPoint:
    """A point with the words people choose it by, and the day that puts it in order."""

    point: Point
    label: str
    day: date


def points_of(work: Work, selection: CohortSelection) -> tuple[NamedPoint, ...]:
    """Return every point the pupils of a cohort of one school have, the earliest first.

    Of one year group each assessment it had, this year and in the years before; of several the
    latest of each year. `STANDING` is among them where there is an assessment to stand at, and
    statutory results where some of the pupils are old enough to have them.
    The caller has checked the right to the school's reports and, by reading the cohort, that a
    chosen assessment is there.
    """
    school_id = selection.school_id
    if school_id is None:
        raise ValueError("The points are those of one school.")
    years = find_academic_years(work.session, [school_id]).get(school_id, ())
    wanted = {year for year in years if year < selection.academic_year} | {selection.academic_year}
    held = find_assessments_by_year(work.session, school_id, wanted)
    points = _standing(selection, held)
    for year in held:
        points += _assessments(selection, held, year)
    points += statutory_points(selection)
    return tuple(sorted(points, key=lambda item: (item.day, item.point.kind, item.point.text)))


def earlier_than(points: Sequence[NamedPoint], later: NamedPoint) -> tuple[NamedPoint, ...]:
    """Return the points that came before another."""
    return tuple(item for item in points if item.day < later.day)


def usual_earlier(points: Sequence[NamedPoint], later: NamedPoint) -> NamedPoint | None:
    """Return the point to compare with unless told: the assessment before, else the last result."""
    before = earlier_than(points, later)
    assessed = [item for item in before if item.point.kind.collection is None]
    return next(iter(reversed(assessed or list(before))), None)


def _standing(selection: CohortSelection, held: _Held) -> list[NamedPoint]:
    year = AcademicYear(selection.academic_year)
    if len(selection.year_groups) > 1:
        groups = set(selection.year_groups)
        days = [item.held_on for item in held[year.start] if groups & set(item.year_groups)]
        return [NamedPoint(STANDING, latest_words(year.start), max(days))] if days else []
    chosen = _standing_assessment(selection, held)
    return [] if chosen is None else [NamedPoint(STANDING, _words(chosen), chosen.held_on)]


def _standing_assessment(selection: CohortSelection, held: _Held) -> AssessmentInfo | None:
    found = _of_group(held[selection.academic_year], selection.year_groups[0])
    if selection.assessment_id is None:
        return found[0] if found else None
    return next(item for item in found if item.id == selection.assessment_id)


def _assessments(selection: CohortSelection, held: _Held, year: int) -> list[NamedPoint]:
    ago = selection.academic_year - year
    if len(selection.year_groups) > 1:
        if not ago or not held[year]:
            return []
        last = max(item.held_on for item in held[year])
        return [NamedPoint(Point(PointKind.LATEST, year), latest_words(year), last)]
    group = selection.year_groups[0] - ago
    standing = None if ago else _standing_assessment(selection, held)
    where = f", {LABELS[group]}" if ago and group in LABELS else ""
    return [
        NamedPoint(Point(PointKind.ASSESSMENT, item.id), f"{_words(item)}{where}", item.held_on)
        for item in _of_group(held[year], group)
        if standing is None or item.id != standing.id
    ]


def _of_group(found: Sequence[AssessmentInfo], group: int) -> list[AssessmentInfo]:
    return [item for item in found if group in item.year_groups]


def latest_words(year: int) -> str:
    """Return what the latest assessments of an academic year are called together."""
    return f"Latest assessments, {AcademicYear(year).label}"


def _words(assessment: AssessmentInfo) -> str:
    return f"{assessment.name} ({assessment.held_on:%d/%m/%Y})"


def statutory_points(selection: CohortSelection) -> list[NamedPoint]:
    """Return the statutory results that some of the pupils are old enough to have."""
    points = []
    for kind in STATUTORY_POINTS:
        days = [
            day
            for group in selection.year_groups
            if (day := statutory_day(kind, selection.academic_year, group)) is not None
        ]
        if days:
            points.append(NamedPoint(Point(kind), STATUTORY_LABELS[kind], min(days)))
    return points


# --- where the pupils stand -----------------------------------------------------------------------


def steps_at(
    work: Work,
    selection: CohortSelection,
    point: Point,
    *,
    pupils: Mapping[int, str],
    subject: str,
) -> dict[int, str]:
    """Return the step (see `domain.attainment_scales`) of each pupil at a point, "-" for no data.

    `pupils` has the outcome of each at the assessment they stand at, by id. Raise `NotFound` for
    an assessment that is not the school's or was deleted.
    """
    school_id = selection.school_id or 0
    if point.kind is PointKind.STANDING:
        return {pupil: judged_step(subject, outcome) for pupil, outcome in pupils.items()}
    if point.kind.collection is not None:
        held = find_newest_results(
            work.session,
            school_id,
            selection.academic_year,
            collection=point.kind.collection,
            year_groups=selection.year_groups,
            until=AcademicYear(selection.academic_year).ending,
        )
        return {pupil: result_step(point.kind, subject, held.get(pupil, {})) for pupil in pupils}
    if point.kind is PointKind.LATEST:
        year = point.number or 0
        own = find_latest_of_year(work.session, school_id, year, pupils)
    else:
        found = find_year_of_assessment(work.session, school_id, point.number or 0)
        if found is None:
            raise NotFound("There is no such assessment, or it was deleted. Choose another one.")
        year, own = found, dict.fromkeys(pupils, point.number or 0)
    judged = find_judged(
        work.session, school_id, year, assessment_of=own, subjects=measures_at(point, subject)
    )
    return {pupil: step_of_judgements(subject, judged.get(pupil, {})) for pupil in pupils}


def measures_at(point: Point, subject: str) -> tuple[str, ...]:
    """Return what says where a pupil stands at a point: subjects, or measures of results."""
    if point.kind is PointKind.GLD:
        return (_GLD,)
    return _CORE if subject == RWM else (subject,)


def step_of_judgements(subject: str, values: Mapping[str, str]) -> str:
    """Return the step of a pupil's judgements, by subject: those of the three for RWM."""
    if subject != RWM:
        return judged_step(subject, values.get(subject, NO_DATA))
    reading, writing, maths = (values.get(code, NO_DATA) for code in _CORE)
    return judged_step(RWM, rwm_outcome((reading, writing, maths)))
