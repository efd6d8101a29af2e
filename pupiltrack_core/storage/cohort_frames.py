"""The COHORT frame of one school, read in a fixed number of queries and without any objects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.errors import NotFound
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.storage.assessment_models import AssessmentSubject, JudgementRow
from pupiltrack_core.storage.cohorts import belongs, on_roll, standing_assessments
from pupiltrack_core.storage.judgements import FEW_PUPILS
from pupiltrack_core.storage.models import Enrolment, Pupil

_FROM_PUPIL = {*columns.NAME_COLUMNS, columns.SEX}


def load_cohort(
    session: Session, selection: CohortSelection, *, with_names: bool = True
) -> pd.DataFrame:
    """Return the COHORT frame of `selection`: one row per enrolment, by pupil id.

    It holds pupils not included in the data too, and a column for reading, writing, maths and every
    other subject of the assessments used. Four queries, whatever the cohort. Raise `NotFound` when
    the chosen assessment is not there for that school, year and year group, and ValueError for a
    selection of a whole local authority, whose pupils are counted and not read.
    """
    if selection.school_id is None:
        raise ValueError("A cohort frame is of one school.")
    standing = read_standing(session, selection)
    used = {assessment_id for assessment_id, _ in standing.values()}
    assessed = _read_subjects(session, selection, used)
    subjects = {str(subject) for subject in CORE_SUBJECTS}.union(*assessed.values())
    dtypes = columns.cohort_dtypes(subjects, with_names=with_names)
    stored = [
        name
        for name in dtypes
        if name != columns.ASSESSMENT_ID and name not in columns.SUBJECT_CODES
    ]
    rows = read_enrolments(session, selection, standing, stored)
    values = dict(zip(stored, zip(*rows, strict=True), strict=True)) if rows else {}
    frame = {name: _array(values.get(name, ()), dtypes[name]) for name in stored}
    own = [
        standing[year_group][0] if year_group in standing else None
        for year_group in values.get(columns.YEAR_GROUP, ())
    ]
    frame[columns.ASSESSMENT_ID] = pd.array(own, dtype="Int64")
    frame |= _read_judgements(
        session,
        selection,
        own=dict(zip(values.get(columns.PUPIL_ID, ()), own, strict=True)),
        assessed={assessment_id: assessed[assessment_id] for assessment_id in used},
        subjects=sorted(subjects),
    )
    return pd.DataFrame({name: frame[name] for name in dtypes})


def read_standing(session: Session, selection: CohortSelection) -> dict[int, tuple[int, date]]:
    """Return the assessment each year group of a school stands at, and its day; raises `NotFound`.

    A year group without one has no entry.
    """
    table = standing_assessments(selection)
    rows = session.execute(select(table.c.year_group, table.c.assessment_id, table.c.held_on))
    standing = {year_group: (int(number), held_on) for year_group, number, held_on in rows}
    if selection.assessment_id is not None and not standing:
        raise NotFound(
            "There is no such assessment for this school, academic year and year group, or it was "
            "deleted. Choose another assessment."
        )
    return standing


def _read_subjects(
    session: Session, selection: CohortSelection, assessments: Iterable[int]
) -> dict[int, set[str]]:
    query = select(AssessmentSubject.assessment_id, AssessmentSubject.subject).where(
        AssessmentSubject.school_id == selection.school_id,
        AssessmentSubject.academic_year == selection.academic_year,
        AssessmentSubject.assessment_id.in_(sorted(assessments)),
    )
    # Reading, writing and maths belong to every assessment, listed or not.
    found: dict[int, set[str]] = defaultdict(lambda: {str(item) for item in CORE_SUBJECTS})
    for assessment_id, subject in session.execute(query):
        found[assessment_id].add(subject)
    return found


def read_enrolments(
    session: Session,
    selection: CohortSelection,
    standing: dict[int, tuple[int, date]],
    names: Sequence[str],
) -> Sequence[Any]:
    """Return these columns of the COHORT frame of each pupil who was there, by pupil id."""
    last_day = AcademicYear(selection.academic_year).last_day
    by_day: dict[date, list[int]] = defaultdict(list)
    for year_group in selection.year_groups:
        by_day[standing[year_group][1] if year_group in standing else last_day].append(year_group)
    there: list[ColumnElement[bool]] = [
        and_(Enrolment.year_group.in_(year_groups), on_roll(day))
        for day, year_groups in by_day.items()
    ]
    query = (
        select(*(getattr(Pupil if name in _FROM_PUPIL else Enrolment, name) for name in names))
        .join(
            Pupil,
            and_(Pupil.id == Enrolment.pupil_id, Pupil.school_id == Enrolment.school_id),
        )
        .where(Enrolment.school_id == selection.school_id, belongs(selection), or_(*there))
        .order_by(Enrolment.pupil_id)
    )
    return session.execute(query).all()


def select_judgements(
    selection: CohortSelection, assessments: Iterable[int]
) -> Select[int, int, str, str | None]:
    """Return the query for (assessment, pupil, subject, value) of all judgements made in these."""
    return select(
        JudgementRow.assessment_id,
        JudgementRow.pupil_id,
        JudgementRow.subject,
        JudgementRow.value,
    ).where(
        JudgementRow.school_id == selection.school_id,
        JudgementRow.academic_year == selection.academic_year,
        JudgementRow.assessment_id.in_(sorted(assessments)),
        JudgementRow.kind == "tracking",
        JudgementRow.value.is_not(None),
    )


def _read_judgements(
    session: Session,
    selection: CohortSelection,
    *,
    own: dict[int, int | None],
    assessed: dict[int, set[str]],
    subjects: Sequence[str],
) -> dict[str, pd.Categorical]:
    query = select_judgements(selection, assessed)
    if len(own) <= FEW_PUPILS:
        # An assessment is often the whole school's: of a year group's, most cells would be others'.
        query = query.where(JudgementRow.pupil_id.in_(own))
    dtype = columns.JUDGEMENT_DTYPE
    code_of = {value: code for code, value in enumerate(dtype.categories)}
    codes = {subject: np.full(len(own), -1, dtype=np.int8) for subject in subjects}
    place_of = {pupil_id: place for place, pupil_id in enumerate(own)}
    for assessment_id, pupil_id, subject, value in session.execute(query):
        if own.get(pupil_id) == assessment_id and subject in assessed[assessment_id]:
            codes[subject][place_of[pupil_id]] = code_of[value]
    return {
        subject: pd.Categorical.from_codes(column, dtype=dtype) for subject, column in codes.items()
    }


def _array(values: Sequence[Any], dtype: Any) -> Any:
    if dtype == "datetime64[s]":
        return np.array(values, dtype="datetime64[D]").astype(dtype)
    if dtype == "category":
        return pd.Categorical(pd.array(values, dtype="str"))
    if isinstance(dtype, pd.CategoricalDtype):
        return pd.Categorical(values, dtype=dtype)
    if dtype in ("str", "boolean"):
        return pd.array(list(values), dtype=dtype)
    return np.array(values, dtype=dtype)
