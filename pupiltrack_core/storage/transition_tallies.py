"""Pupils of several schools by what they had at two points in time, counted by the database.

No pupil is read but those whose names somebody asks for, and no school is asked by itself: two
queries count the pupils of all, those whose year group has an assessment and those whose has none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, null, or_, select
from sqlalchemy import tuple_ as row_of
from sqlalchemy.orm import Session, aliased

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.attainment_points import (
    STANDING,
    TERMS,
    Point,
    PointKind,
    days_of_term,
)
from pupiltrack_core.domain.attainment_scales import HIGH_SCORE, HIGHER_STANDARD
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.outcomes import NO_DATA, SUBJECT_OUTCOMES
from pupiltrack_core.domain.statutory import Collection as Statutory
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, OWN_PREFIX
from pupiltrack_core.storage.assessment_models import (
    Assessment,
    AssessmentSubject,
    AssessmentYearGroup,
    JudgementRow,
    SchoolResult,
    StatutoryResult,
)
from pupiltrack_core.storage.cohorts import in_place, latest_assessments, standing_assessments
from pupiltrack_core.storage.models import Enrolment, Pupil
from pupiltrack_core.storage.prior_results import is_newest
from pupiltrack_core.storage.tallies import join_members, join_unassessed

Key = tuple[int | str, ...]
_CORE = tuple(subject.value for subject in CORE_SUBJECTS)
_SIZE = len(SUBJECT_OUTCOMES)
_BLANK = SUBJECT_OUTCOMES.index(NO_DATA)
_FIRST_YEAR_GROUP = -2


@dataclass(frozen=True, slots=True)
class AskedPoint:
    """A point, and what is asked of it: subjects of assessments, or measures of a collection."""

    point: Point
    measures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CountedPair:
    """How many pupils had the same at both points, a text for each measure.

    That is the outcome of a subject, or the code of a result: "" for none, and `HIGHER_STANDARD`
    for a test passed with a high score. `key` stands for both where pupils are looked for.
    """

    earlier: tuple[str, ...]
    later: tuple[str, ...]
    pupils: int
    key: Key


@dataclass(frozen=True, slots=True)
class _Aliases:
    """What one point joins. Made once: an alias works its columns out at first use."""

    name: str
    then: Any
    cells: tuple[Any, ...]
    results: tuple[Any, ...]
    newer: tuple[Any, ...]


def _aliases(name: str) -> _Aliases:
    three = range(len(_CORE))
    return _Aliases(
        name,
        aliased(Enrolment),
        tuple(aliased(JudgementRow) for _ in three),
        tuple(aliased(StatutoryResult) for _ in three),
        tuple(aliased(StatutoryResult) for _ in three),
    )


_EARLIER, _LATER = _aliases("earlier"), _aliases("later")


def tally_pairs(
    session: Session, selection: CohortSelection, earlier: AskedPoint, later: AskedPoint
) -> list[CountedPair]:
    """Return the pupils included in the data by what they had at both points.

    What was judged at the very assessment the pupils stand at is no earlier than it: at a school
    that had none since, pupils have no data at the earlier point.
    """
    width = _width(earlier)
    counted = []
    for query, columns in _pupils(selection, earlier, later):
        labelled = [column.label(f"key_{number}") for number, column in enumerate(columns)]
        grouped = query.add_columns(*labelled, func.count()).group_by(*labelled)
        for *key, pupils in session.connection().execute(grouped):
            before, after = _values(earlier, key[:width]), _values(later, key[width:])
            counted.append(CountedPair(before, after, int(pupils), tuple(key)))
    return counted


def find_pupils_of_pairs(
    session: Session,
    selection: CohortSelection,
    earlier: AskedPoint,
    later: AskedPoint,
    *,
    keys: Collection[Key],
    most: int,
) -> list[tuple[Key, Sequence[Any]]]:
    """Return the pupils whose `CountedPair.key` is one of the keys, with it, in no order.

    Columns: school_id, pupil_id, surname, forenames, year_group, class_name. One more than `most`
    at the most.
    """
    shown = (
        Enrolment.school_id,
        Enrolment.pupil_id,
        Pupil.surname,
        Pupil.forenames,
        Enrolment.year_group,
        Enrolment.class_name,
    )
    found: list[tuple[Key, Sequence[Any]]] = []
    for query, columns in _pupils(selection, earlier, later):
        limit = most + 1 - len(found)
        rows = session.execute(
            query.add_columns(*columns, *shown)
            .where(row_of(*columns).in_(sorted(keys, key=repr)))
            .limit(limit)
        )
        found += [(tuple(row[: len(columns)]), row[len(columns) :]) for row in rows]
    return found


def find_days_held(session: Session, selection: CohortSelection) -> dict[int, list[date]]:
    """Return the days on which any of the cohort's year groups had an assessment, by academic year.

    In this year, and in the years before in the year groups its pupils were in had they moved up
    each year. A year without any is left out.
    """
    newest, groups = selection.academic_year, selection.year_groups
    then = [
        and_(
            AssessmentYearGroup.academic_year == newest - ago,
            AssessmentYearGroup.year_group.in_(sorted(group - ago for group in groups)),
        )
        for ago in range(max(groups) - _FIRST_YEAR_GROUP + 1)
    ]
    rows = session.execute(
        select(AssessmentYearGroup.academic_year, Assessment.held_on)
        .join(Assessment, Assessment.id == AssessmentYearGroup.assessment_id)
        .where(
            or_(*then),
            in_place(selection, AssessmentYearGroup.school_id),
            Assessment.deleted_at.is_(None),
        )
        .distinct()
    )
    days: dict[int, list[date]] = {}
    for academic_year, held_on in sorted(rows):
        days.setdefault(int(academic_year), []).append(held_on)
    return days


def find_subjects_of_cohort(session: Session, selection: CohortSelection) -> set[str]:
    """Return the subjects of the assessments the pupils stand at, but for schools' own."""
    standing = standing_assessments(selection)
    rows = session.scalars(
        select(AssessmentSubject.subject)
        .join(
            standing,
            and_(
                AssessmentSubject.school_id == standing.c.school_id,
                AssessmentSubject.academic_year == selection.academic_year,
                AssessmentSubject.assessment_id == standing.c.assessment_id,
            ),
        )
        .where(AssessmentSubject.subject.not_like(f"{OWN_PREFIX}%"))
        .distinct()
    )
    return {str(subject) for subject in rows} | set(_CORE)


# --- what a point joins ---------------------------------------------------------------------------


def _pupils(
    selection: CohortSelection, earlier: AskedPoint, later: AskedPoint
) -> Iterator[tuple[Select[Any], list[ColumnElement[Any]]]]:
    """Yield the two queries that have all the cohort's pupils between them, and the key's columns.

    The outer joins make the database look values up pupil by pupil, by their keys.
    """
    standing = standing_assessments(selection)
    assessed = join_members(select().select_from(standing), selection, standing)
    for query, now in (
        (assessed, standing.c.assessment_id),
        (join_unassessed(select(), selection, standing), null()),
    ):
        joined: Select[Any] = query
        columns: list[ColumnElement[Any]] = []
        for asked, aliases in ((earlier, _EARLIER), (later, _LATER)):
            differs = asked is earlier and later.point == STANDING
            joined, more = _join(joined, selection, asked, aliases, now, differs=differs)
            columns += more
        yield joined, columns


def _join(
    query: Select[Any],
    selection: CohortSelection,
    asked: AskedPoint,
    aliases: _Aliases,
    standing: ColumnElement[Any],
    *,
    differs: bool,
) -> tuple[Select[Any], list[ColumnElement[Any]]]:
    """Join what is asked of a point; `differs` from the assessment that pupils are standing at."""
    kind, year = asked.point.kind, asked.point.number
    if kind.collection is not None:
        return _join_results(query, selection, asked, aliases)
    if kind is PointKind.STANDING:
        return _join_cells(query, selection.academic_year, asked, aliases, standing)
    if year is None or kind is PointKind.ASSESSMENT:
        raise ValueError("An assessment is that of one school.")
    held = latest_assessments(
        selection,
        year,
        name=f"{aliases.name}_held",
        between=days_of_term(kind, year) if kind in TERMS else None,
    )
    then: Any = Enrolment
    if year != selection.academic_year:
        then = aliases.then
        query = query.outerjoin(
            then,
            and_(
                then.school_id == Enrolment.school_id,
                then.academic_year == year,
                then.pupil_id == Enrolment.pupil_id,
            ),
        )
    of_then = [held.c.school_id == Enrolment.school_id, held.c.year_group == then.year_group]
    if year == selection.academic_year and differs:
        of_then.append(held.c.assessment_id != standing)
    query = query.outerjoin(held, and_(*of_then))
    return _join_cells(query, year, asked, aliases, held.c.assessment_id)


def _join_cells(
    query: Select[Any],
    academic_year: int,
    asked: AskedPoint,
    aliases: _Aliases,
    assessment: ColumnElement[Any],
) -> tuple[Select[Any], list[ColumnElement[Any]]]:
    """Join the judgements at an assessment: one column, a number with a digit for each subject."""
    number: ColumnElement[Any] | None = None
    for subject, cell in zip(asked.measures, aliases.cells, strict=False):
        own = [
            cell.school_id == Enrolment.school_id,
            cell.academic_year == academic_year,
            cell.assessment_id == assessment,
            cell.pupil_id == Enrolment.pupil_id,
            cell.subject == subject,
            cell.kind == "tracking",
        ]
        if subject not in _CORE:  # which belong to every assessment, listed or not
            own.append(
                exists().where(
                    AssessmentSubject.school_id == cell.school_id,
                    AssessmentSubject.academic_year == cell.academic_year,
                    AssessmentSubject.assessment_id == cell.assessment_id,
                    AssessmentSubject.subject == cell.subject,
                )
            )
        query = query.outerjoin(cell, and_(*own))
        digit = case(
            *((cell.value == outcome, place) for place, outcome in enumerate(SUBJECT_OUTCOMES)),
            else_=_BLANK,
        )
        number = digit if number is None else number * _SIZE + digit
    if number is None:
        raise ValueError("Judgements are those in a subject.")
    return query, [number]


def _join_results(
    query: Select[Any], selection: CohortSelection, asked: AskedPoint, aliases: _Aliases
) -> tuple[Select[Any], list[ColumnElement[Any]]]:
    """Join the newest result in each measure: a column of codes for each."""
    collection = asked.point.kind.collection
    until = AcademicYear(selection.academic_year).ending
    columns: list[ColumnElement[Any]] = []
    for measure, result, newer in zip(asked.measures, aliases.results, aliases.newer, strict=False):
        query = query.outerjoin(
            result, is_newest(str(collection), measure, until, table=result, newer=newer)
        )
        code: ColumnElement[Any] = case(
            (and_(result.code == "AS", result.value >= HIGH_SCORE), HIGHER_STANDARD),
            else_=result.code,
        )
        if collection is Statutory.EYFSP:
            query = query.outerjoin(
                SchoolResult,
                and_(
                    SchoolResult.school_id == Enrolment.school_id,
                    SchoolResult.pupil_id == Enrolment.pupil_id,
                    SchoolResult.collection == collection.value,
                    SchoolResult.measure == measure,
                ),
            )
            code = func.coalesce(code, SchoolResult.value)
        columns.append(func.coalesce(code, ""))
    return query, columns


def _width(asked: AskedPoint) -> int:
    return 1 if asked.point.kind.collection is None else len(asked.measures)


def _values(asked: AskedPoint, key: Sequence[Any]) -> tuple[str, ...]:
    if asked.point.kind.collection is not None:
        return tuple(str(code) for code in key)
    places, (left,) = [], key
    for _ in asked.measures:
        left, place = divmod(left, _SIZE)
        places.append(SUBJECT_OUTCOMES[place])
    return tuple(reversed(places))
