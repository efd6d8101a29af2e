"""The TALLY frame of a whole local authority, counted by the database: no pupil is read.

The same as `calc.summary.tally_cohort` over the frames of its schools, which the tests hold it to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import CTE, ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.outcomes import (
    NO_DATA,
    RWM_OUTCOMES,
    SUBJECT_OUTCOMES,
    outcomes_of,
    rwm_outcome,
)
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, OWN_PREFIX, RWM
from pupiltrack_core.schemas import tallies
from pupiltrack_core.schemas.cohort import SCHOOL_ID, YEAR_GROUP
from pupiltrack_core.storage.assessment_models import AssessmentSubject, JudgementRow
from pupiltrack_core.storage.cohorts import belongs, in_place, on_roll, standing_assessments
from pupiltrack_core.storage.models import Enrolment, Pupil

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]
_KEY_DTYPES = {SCHOOL_ID: "int64", YEAR_GROUP: "int8"}
_SIZE = len(SUBJECT_OUTCOMES)
_BLANK = SUBJECT_OUTCOMES.index(NO_DATA)
_CORE = tuple(str(subject) for subject in CORE_SUBJECTS)
# Made once: an alias works its columns out at first use, which takes longer than a small tally.
_CELL_OF = {subject: aliased(JudgementRow) for subject in _CORE}
# A pattern is a number: (reading * 5 + writing) * 5 + maths, each a place in SUBJECT_OUTCOMES.
_PATTERNS = tuple((r, w, m) for r in range(_SIZE) for w in range(_SIZE) for m in range(_SIZE))
_ALL_BLANK = len(_PATTERNS) - 1
_PLACES_BY_PATTERN: dict[str, Numbers] = {
    **{
        subject: np.array([pattern[place] for pattern in _PATTERNS], dtype=np.int64)
        for place, subject in enumerate(_CORE)
    },
    RWM: np.array(
        [
            RWM_OUTCOMES.index(
                rwm_outcome((SUBJECT_OUTCOMES[r], SUBJECT_OUTCOMES[w], SUBJECT_OUTCOMES[m]))
            )
            for r, w, m in _PATTERNS
        ],
        dtype=np.int64,
    ),
}


def tally_schools(
    session: Session,
    selection: CohortSelection,
    *,
    by: Sequence[str] = (SCHOOL_ID,),
    core_only: bool = False,
) -> pd.DataFrame:
    """Return the TALLY frame of `selection`, with the key columns `by`.

    `by` may hold `school_id` and `year_group`, or nothing. Subjects are reading, writing, maths and
    RWM, and unless `core_only` whatever else the assessments used have, which takes as long again;
    a school without a subject has No data there. Subjects of schools' own are counted for a single
    school only: the same code is another subject at the next. Only keys with a pupil included in
    the data have rows, and all outcomes then have one.
    """
    standing = standing_assessments(selection)
    core = _read(session, _count_patterns(selection, standing, by), by)
    rest = _read(session, _count_unassessed(selection, standing, by), by)
    rest.insert(len(by), "pattern", _ALL_BLANK)
    everyone = pd.concat([core, rest], ignore_index=True).astype({"pattern": "int64"})
    keys, groups = tallies.group_numbers(everyone, by)
    counts: dict[str, Numbers] = {}
    for subject, places in _PLACES_BY_PATTERN.items():
        size = len(outcomes_of(subject))
        counts[subject] = _add_up(
            groups * size + places[everyone["pattern"]], everyone, len(keys) * size
        )
    pupils = counts[RWM].reshape(len(keys), len(RWM_OUTCOMES)).sum(axis=1)
    if not core_only:
        other = _read(session, _count_other_subjects(selection, standing, by), by)
        counts |= _add_other_subjects(other, keys, pupils, by)
    subjects = tallies.tallied_subjects(counts)
    rows = [(subject, outcome) for subject in subjects for outcome in outcomes_of(subject)]
    blocks = [counts[item].reshape(len(keys), len(outcomes_of(item))) for item in subjects]
    table = np.concatenate(blocks, axis=1)
    return tallies.tally_frame(keys, rows, table.ravel())


def tally_patterns(
    session: Session, selection: CohortSelection, *, by: Sequence[str] = ()
) -> pd.DataFrame:
    """Return how many pupils have each outcome in reading, writing and maths at once.

    Columns: `by`, one of outcomes for each of the three subjects, and `pupils`; only patterns that
    somebody has. Who counts is as in `tally_schools`.
    """
    standing = standing_assessments(selection)
    core = _read(session, _count_patterns(selection, standing, by), by)
    rest = _read(session, _count_unassessed(selection, standing, by), by)
    rest.insert(len(by), "pattern", _ALL_BLANK)
    found = pd.concat([core, rest], ignore_index=True).astype({"pattern": "int64"})
    for place, subject in enumerate(_CORE):
        outcomes = [SUBJECT_OUTCOMES[_PATTERNS[number][place]] for number in found["pattern"]]
        found[subject] = pd.array(outcomes, dtype="str")
    return found[[*by, *_CORE, tallies.PUPILS]]


def _count_patterns(
    selection: CohortSelection, standing: CTE, by: Sequence[str]
) -> Select[tuple[int, ...]]:
    """Return the query of pupils who have an assessment, by key and pattern."""
    query = select().select_from(standing)
    query = join_members(query, selection, standing)
    pattern: ColumnElement[int] | None = None
    for subject, cell in _CELL_OF.items():
        query = query.outerjoin(
            cell,
            and_(
                cell.school_id == Enrolment.school_id,
                cell.academic_year == selection.academic_year,
                cell.assessment_id == standing.c.assessment_id,
                cell.pupil_id == Enrolment.pupil_id,
                cell.subject == subject,
                cell.kind == "tracking",
            ),
        )
        place = case(
            *((cell.value == outcome, number) for number, outcome in enumerate(SUBJECT_OUTCOMES)),
            else_=_BLANK,
        )
        pattern = place if pattern is None else pattern * _SIZE + place
    return _grouped(query, by, pattern=pattern)


def _count_other_subjects(
    selection: CohortSelection, standing: CTE, by: Sequence[str]
) -> Select[tuple[int, ...]]:
    """Return the query of judgements in subjects beyond the three, by key, subject and value."""
    assessed = and_(
        AssessmentSubject.school_id == standing.c.school_id,
        AssessmentSubject.academic_year == selection.academic_year,
        AssessmentSubject.assessment_id == standing.c.assessment_id,
        AssessmentSubject.subject.not_in(_CORE),
    )
    if selection.school_id is None:
        assessed = and_(assessed, AssessmentSubject.subject.not_like(f"{OWN_PREFIX}%"))
    query = select().select_from(standing).join(AssessmentSubject, assessed)
    # The outer join makes SQLite look up each pupil's own cell rather than read the assessment's
    # cells again for each of its year groups.
    query = join_members(query, selection, standing).outerjoin(
        JudgementRow,
        and_(
            JudgementRow.school_id == Enrolment.school_id,
            JudgementRow.academic_year == selection.academic_year,
            JudgementRow.assessment_id == standing.c.assessment_id,
            JudgementRow.pupil_id == Enrolment.pupil_id,
            JudgementRow.subject == AssessmentSubject.subject,
            JudgementRow.kind == "tracking",
        ),
    )
    return _grouped(query, by, subject=AssessmentSubject.subject, value=JudgementRow.value)


def _count_unassessed(
    selection: CohortSelection, standing: CTE, by: Sequence[str]
) -> Select[tuple[int, ...]]:
    """Return the query of pupils whose year group has no assessment, by key."""
    return _grouped(join_unassessed(select(), selection, standing), by)


def join_unassessed(
    query: Select[tuple[()]], selection: CohortSelection, standing: CTE
) -> Select[tuple[()]]:
    """Join enrolments and pupils of the year groups without an assessment, included in the data."""
    pairs = (
        select(Enrolment.school_id, Enrolment.year_group)
        .where(
            Enrolment.academic_year == selection.academic_year,
            Enrolment.year_group.in_(selection.year_groups),
            in_place(selection, Enrolment.school_id),
        )
        .except_(select(standing.c.school_id, standing.c.year_group))
        .cte("unassessed")
    )
    last_day = AcademicYear(selection.academic_year).last_day
    return (
        query.select_from(pairs)
        .join(
            Enrolment,
            and_(
                Enrolment.school_id == pairs.c.school_id,
                Enrolment.year_group == pairs.c.year_group,
                Enrolment.include_in_data,
                on_roll(last_day),
            ),
        )
        .join(Pupil, _is_of_enrolment())
        .where(belongs(selection))
    )


def join_members(
    query: Select[tuple[()]], selection: CohortSelection, standing: CTE
) -> Select[tuple[()]]:
    """Join enrolments and pupils to `standing`: those included in the data, there on its day."""
    return (
        query.join(
            Enrolment,
            and_(
                Enrolment.school_id == standing.c.school_id,
                Enrolment.year_group == standing.c.year_group,
                Enrolment.include_in_data,
                on_roll(standing.c.held_on),
            ),
        )
        .join(Pupil, _is_of_enrolment())
        .where(belongs(selection))
    )


def _is_of_enrolment() -> ColumnElement[bool]:
    return and_(Pupil.id == Enrolment.pupil_id, Pupil.school_id == Enrolment.school_id)


def _grouped(query: Select[tuple[()]], by: Sequence[str], **more: Any) -> Select[tuple[int, ...]]:
    named = {name: getattr(Enrolment, name) for name in by} | more
    labelled = [column.label(name) for name, column in named.items()]
    counted = query.add_columns(*labelled, func.count().label(tallies.PUPILS))
    return counted.group_by(*labelled)


def _read(session: Session, query: Select[tuple[int, ...]], by: Sequence[str]) -> pd.DataFrame:
    # By column and not by row: a frame of tens of thousands of row objects takes longer than SQL.
    result = session.connection().execute(query)
    names, rows = list(result.keys()), result.all()
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    frame = pd.DataFrame({name: list(column) for name, column in zip(names, columns, strict=True)})
    return frame.astype({name: _KEY_DTYPES[name] for name in by} | {tallies.PUPILS: "int64"})


def _add_up(places: Numbers, frame: pd.DataFrame, size: int) -> Numbers:
    counts = np.zeros(size, dtype=np.int64)
    np.add.at(counts, places, frame[tallies.PUPILS].to_numpy(dtype=np.int64))
    return counts


def _add_other_subjects(
    other: pd.DataFrame, keys: pd.DataFrame, pupils: Numbers, by: Sequence[str]
) -> dict[str, Numbers]:
    """Return the counts of each subject of `other`, No data making up the number of `pupils`."""
    if by:
        number_of = {key: number for number, key in enumerate(keys.itertuples(index=False))}
        groups = [number_of[key] for key in other[list(by)].itertuples(index=False)]
    else:
        groups = [0] * len(other)
    counts: dict[str, Numbers] = {}
    for group, subject, value, number in zip(
        groups, other[tallies.SUBJECT], other["value"], other[tallies.PUPILS], strict=True
    ):
        table = counts.setdefault(subject, np.zeros(len(keys) * _SIZE, dtype=np.int64))
        if value in SUBJECT_OUTCOMES:
            table[group * _SIZE + SUBJECT_OUTCOMES.index(value)] += number
    for table in counts.values():
        square = table.reshape(len(keys), _SIZE)
        square[:, _BLANK] = pupils - square.sum(axis=1)
    return counts
