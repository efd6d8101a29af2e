"""The TALLY frame: how many pupils stand at each outcome of each subject.

Key columns first (none, or `school_id`, `year_group`, ...), then `subject`, `outcome`, `pupils`.
It is what a database can count for a whole local authority without sending a single pupil.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from pupiltrack_core.domain.outcomes import outcomes_of
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, RWM
from pupiltrack_core.schemas.cohort import SUBJECT_CODES

SUBJECT = "subject"
OUTCOME = "outcome"
PUPILS = "pupils"


def _shown_order() -> tuple[str, ...]:
    order: list[str] = []
    for code in SUBJECT_CODES:
        order.append(code)
        if code == CORE_SUBJECTS[-1]:
            order.append(RWM)
    return tuple(order)


SUBJECT_ORDER = _shown_order()  # RWM stands directly after the three it is made of


def tallied_subjects(subjects: Iterable[str]) -> tuple[str, ...]:
    """Return `subjects` in the order shown, with RWM after Maths when all three are among them.

    Raise ValueError for a code that is no subject, and for RWM asked for without its three.
    """
    wanted = {str(subject) for subject in subjects}
    unknown = wanted - set(SUBJECT_ORDER)
    if unknown:
        raise ValueError(f"No such subject: {', '.join(sorted(unknown))}.")
    if wanted >= {subject.value for subject in CORE_SUBJECTS}:
        wanted.add(RWM)
    elif RWM in wanted:
        raise ValueError("Reading, writing and maths together needs all three subjects.")
    return tuple(subject for subject in SUBJECT_ORDER if subject in wanted)


def key_columns(frame: pd.DataFrame) -> list[str]:
    """Return the names of the key columns: those that stand before `subject`."""
    return [str(name) for name in frame.columns[: frame.columns.get_loc(SUBJECT)]]


def complete_tallies(
    tallies: pd.DataFrame, subjects: Iterable[str], *, by: Sequence[str] = ()
) -> pd.DataFrame:
    """Return a TALLY frame with a row for every outcome, zeros included, in one fixed order.

    Rows for the same key, subject and outcome are added together. Keys are those of `tallies`; with
    no key columns there is always one set of rows, all zero when nobody was counted. Two TALLY
    frames of the same pupils are equal after this whatever counted them. Raise ValueError for a
    subject or outcome that is not expected.
    """
    rows = [
        (subject, outcome)
        for subject in tallied_subjects(subjects)
        for outcome in outcomes_of(subject)
    ]
    numbers = {row: number for number, row in enumerate(rows)}
    places = np.array(
        [numbers.get(pair, -1) for pair in zip(tallies[SUBJECT], tallies[OUTCOME], strict=True)],
        dtype=np.int64,
    )
    if (places < 0).any():
        raise ValueError("A tally has a subject or an outcome that is not expected.")
    keys, groups = group_numbers(tallies, by)
    counts = np.zeros(len(keys) * len(rows), dtype=np.int64)
    np.add.at(counts, groups * len(rows) + places, tallies[PUPILS].to_numpy(dtype=np.int64))
    return tally_frame(keys, rows, counts)


def group_numbers(
    frame: pd.DataFrame, by: Sequence[str]
) -> tuple[pd.DataFrame, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Return the sorted distinct keys, and for each row of `frame` the number of its key.

    Without key columns there is one key, of no columns, even when the frame is empty.
    """
    if not by:
        return pd.DataFrame(index=pd.RangeIndex(1)), np.zeros(len(frame), dtype=np.int64)
    columns = list(by)
    keys = frame[columns].drop_duplicates().sort_values(columns, ignore_index=True)
    numbers = frame.groupby(columns, sort=True, observed=True, dropna=False).ngroup()
    return keys, np.asarray(numbers, dtype=np.int64)


def tally_frame(
    keys: pd.DataFrame,
    rows: Sequence[tuple[str, str]],
    counts: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> pd.DataFrame:
    """Return the TALLY frame of `counts`, which holds all `rows` of the first key, then the next.

    `rows` are (subject, outcome) pairs.
    """
    frame = keys.loc[keys.index.repeat(len(rows))].reset_index(drop=True)
    frame[SUBJECT] = pd.array([subject for subject, _ in rows] * len(keys), dtype="str")
    frame[OUTCOME] = pd.array([outcome for _, outcome in rows] * len(keys), dtype="str")
    frame[PUPILS] = counts
    return frame
