"""How many pupils stand at each judgement: the one count behind feet, reports and exports.

The denominator everywhere is the pupils of the cohort whose data are included; pupils without a
judgement count in it, as No data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pupiltrack_core.domain.names import name_key
from pupiltrack_core.domain.outcomes import (
    NO_DATA,
    RWM_OUTCOMES,
    SUBJECT_OUTCOMES,
    SummaryRow,
    outcomes_of,
    rwm_outcome,
)
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, RWM
from pupiltrack_core.schemas import summaries, tallies
from pupiltrack_core.schemas.cohort import (
    FORENAMES,
    INCLUDE_IN_DATA,
    JUDGEMENT_DTYPE,
    PUPIL_ID,
    SURNAME,
)

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]
Table = np.ndarray[tuple[int, int], np.dtype[np.int64]]
_BLANK = SUBJECT_OUTCOMES.index(NO_DATA)


@dataclass(frozen=True, slots=True)
class FootFigure:
    """One figure of a foot. `count` is None where the row does not apply to the subject."""

    row: SummaryRow
    subject: str
    count: int | None
    of: int


def _rwm_table() -> Numbers:
    codes = SUBJECT_OUTCOMES
    return np.array(
        [
            RWM_OUTCOMES.index(rwm_outcome((reading, writing, maths)))
            for reading in codes
            for writing in codes
            for maths in codes
        ],
        dtype=np.int64,
    )


_RWM_TABLE = _rwm_table()  # place (reading * 5 + writing) * 5 + maths -> place in RWM_OUTCOMES


def outcome_of_each(cohort: pd.DataFrame, subject: str) -> pd.Series[str]:
    """Return each pupil's outcome in the subject or RWM, a str per row of the COHORT frame.

    A subject the frame has no column for is no data for everyone.
    """
    labels = np.array(outcomes_of(subject), dtype=object)
    return pd.Series(labels[_outcome_places(cohort, subject)], index=cohort.index, dtype="str")


def tally_cohort(
    cohort: pd.DataFrame, subjects: Sequence[str], *, by: Sequence[str] = ()
) -> pd.DataFrame:
    """Return the TALLY frame of a COHORT frame: key columns `by`, subject, outcome, pupils.

    Only rows included in the data count. There is a row for every outcome of every subject, zeros
    included, for every key that has a pupil; RWM stands after Maths when all three are asked for.
    """
    wanted = tallies.tallied_subjects(subjects)
    # A narrow frame: choosing rows of every column of a cohort takes longer than the counting.
    needed = [*by, *(subject for subject in wanted if subject in cohort.columns)]
    counted = cohort[needed][cohort[INCLUDE_IN_DATA].to_numpy(dtype=bool)]
    keys, groups = tallies.group_numbers(counted, by)
    rows = [(subject, outcome) for subject in wanted for outcome in outcomes_of(subject)]
    parts = []
    for subject in wanted:
        size = len(outcomes_of(subject))
        places = groups * size + _outcome_places(counted, subject)
        parts.append(np.bincount(places, minlength=len(keys) * size).reshape(len(keys), size))
    counts = np.concatenate(parts, axis=1) if parts else np.zeros((len(keys), 0), dtype=np.int64)
    return tallies.tally_frame(keys, rows, counts.astype(np.int64).ravel())


def summarise(tally: pd.DataFrame) -> pd.DataFrame:
    """Return the SUMMARY frame of a TALLY frame: its key columns, subject and the eight counts.

    One row per key and subject, keys sorted and subjects in the order shown. Outcomes without a
    row count as zero. `mixed` is Int64 and missing where it does not apply; the rest are int64.
    """
    by = tallies.key_columns(tally)
    order = tallies.tallied_subjects(tally[tallies.SUBJECT].unique())
    dense = tallies.complete_tallies(tally, order, by=by)
    sizes = [len(outcomes_of(subject)) for subject in order]
    keys = dense[by].iloc[:: max(1, sum(sizes))].reset_index(drop=True)
    counts = dense[tallies.PUPILS].to_numpy(dtype=np.int64).reshape(len(keys), sum(sizes))
    blocks = np.split(counts, np.cumsum(sizes[:-1]), axis=1) if order else []
    stacked = np.zeros((len(keys), len(order), len(summaries.COUNTS)), dtype=np.int64)
    for place, (subject, block) in enumerate(zip(order, blocks, strict=True)):
        stacked[:, place, :] = _summary_of_subject(block, subject)
    frame = keys.loc[keys.index.repeat(len(order))].reset_index(drop=True)
    frame[tallies.SUBJECT] = pd.array(list(order) * len(keys), dtype="str")
    for place, name in enumerate(summaries.COUNTS):
        frame[name] = stacked[:, :, place].ravel()
    applies = frame[tallies.SUBJECT] == RWM
    frame[summaries.MIXED] = frame[summaries.MIXED].astype("Int64").where(applies)
    return frame


def summarise_cohort(
    cohort: pd.DataFrame, subjects: Sequence[str], *, by: Sequence[str] = ()
) -> pd.DataFrame:
    """Return the SUMMARY frame of a COHORT frame; see `tally_cohort` and `summarise`."""
    return summarise(tally_cohort(cohort, subjects, by=by))


def foot_rows(summary: pd.DataFrame) -> tuple[FootFigure, ...]:
    """Return the figures of a SUMMARY frame of one cohort, row by row, subjects across.

    Raise ValueError when a subject stands in it more than once: it is of several cohorts.
    """
    if summary[tallies.SUBJECT].duplicated().any():
        raise ValueError("A foot is of one cohort: the summary has a subject more than once.")
    by_subject = summary.set_index(tallies.SUBJECT)
    return tuple(
        FootFigure(row, subject, _count(count), int(of))
        for row in SummaryRow
        for subject, count, of in zip(
            by_subject.index, by_subject[row.value], by_subject[summaries.PUPILS], strict=True
        )
    )


def pupils_behind(cohort: pd.DataFrame, subject: str, row: SummaryRow) -> pd.DataFrame:
    """Return the rows of the COHORT frame that a figure counts, sorted by surname and forenames.

    There are as many as the figure says. The frame must have been read with names.
    """
    outcomes = outcome_of_each(cohort, subject)
    chosen = cohort[cohort[INCLUDE_IN_DATA] & outcomes.isin(row.outcomes(subject))]
    return sort_by_name(chosen)


def sort_by_name(cohort: pd.DataFrame) -> pd.DataFrame:
    """Return the rows by surname, then forenames, as `name_key` orders them, then by pupil."""
    return cohort.sort_values([SURNAME, FORENAMES, PUPIL_ID], key=_sort_key)


def _sort_key(column: pd.Series[Any]) -> pd.Series[Any]:
    return column if column.name == PUPIL_ID else column.map(name_key)


def _outcome_places(cohort: pd.DataFrame, subject: str) -> Numbers:
    """Return the place of each row's outcome in `outcomes_of(subject)`."""
    if subject != RWM:
        return _judgement_places(cohort, subject)
    reading, writing, maths = (_judgement_places(cohort, item.value) for item in CORE_SUBJECTS)
    places: Numbers = _RWM_TABLE[(reading * 5 + writing) * 5 + maths]
    return places


def _judgement_places(cohort: pd.DataFrame, subject: str) -> Numbers:
    if subject not in cohort.columns:
        return np.full(len(cohort), _BLANK, dtype=np.int64)
    column = cohort[subject]
    if column.dtype != JUDGEMENT_DTYPE:
        raise ValueError(f"The column {subject} is not of judgements.")
    codes = column.cat.codes.to_numpy(dtype=np.int64)
    return np.where(codes < 0, _BLANK, codes)


def _summary_of_subject(block: Table, subject: str) -> Table:
    outcomes = outcomes_of(subject)
    columns = [block.sum(axis=1)]
    for name in summaries.COUNTS[1:]:
        places = [outcomes.index(item) for item in SummaryRow(name).outcomes(subject)]
        columns.append(block[:, places].sum(axis=1))
    stacked: Table = np.stack(columns, axis=1)
    return stacked


def _count(value: object) -> int | None:
    return None if value is pd.NA else int(str(value))
