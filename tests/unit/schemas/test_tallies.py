from __future__ import annotations

import pandas as pd
import pytest

from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.subjects import OWN_CODES, Subject
from pupiltrack_core.schemas import summaries
from pupiltrack_core.schemas.tallies import (
    SUBJECT_ORDER,
    complete_tallies,
    key_columns,
    tallied_subjects,
)


def tally(*rows: tuple[int, str, str, int]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["school_id", "subject", "outcome", "pupils"])


def test_subject_order_puts_rwm_after_maths() -> None:
    assert SUBJECT_ORDER[:5] == ("READ", "WRIT", "MATH", "RWM", "GPS")
    assert SUBJECT_ORDER[len(Subject) + 1 :] == OWN_CODES


def test_tallied_subjects_adds_rwm_when_it_can() -> None:
    assert tallied_subjects(["MATH", "READ"]) == ("READ", "MATH")
    assert tallied_subjects(["GPS", "MATH", "READ", "WRIT"]) == SUBJECT_ORDER[:5]
    assert tallied_subjects(list(Subject)) == SUBJECT_ORDER[: len(Subject) + 1]
    assert tallied_subjects(["X02", "READ", "X01"]) == ("READ", "X01", "X02")
    assert tallied_subjects(["READ", "WRIT", "MATH", "RWM"]) == SUBJECT_ORDER[:4]


def test_tallied_subjects_refuses_what_it_cannot_count() -> None:
    with pytest.raises(ValueError, match="No such subject: XXXX"):
        tallied_subjects(["READ", "XXXX"])
    with pytest.raises(ValueError, match="all three"):
        tallied_subjects(["READ", "RWM"])


def test_complete_tallies_fills_in_zeros_and_adds_up() -> None:
    sparse = tally((2, "READ", "O", 1), (1, "READ", "B", 3), (2, "READ", "O", 2))
    complete = complete_tallies(sparse, ["READ"], by=["school_id"])
    assert complete.to_numpy().tolist() == [
        [1, "READ", "B", 3],
        [1, "READ", "T", 0],
        [1, "READ", "O", 0],
        [1, "READ", "D", 0],
        [1, "READ", "-", 0],
        [2, "READ", "B", 0],
        [2, "READ", "T", 0],
        [2, "READ", "O", 3],
        [2, "READ", "D", 0],
        [2, "READ", "-", 0],
    ]
    pd.testing.assert_frame_equal(complete_tallies(complete, ["READ"], by=["school_id"]), complete)
    assert key_columns(complete) == ["school_id"]


def test_complete_tallies_of_nothing() -> None:
    empty = tally()
    assert len(complete_tallies(empty, ["READ"], by=["school_id"])) == 0
    without_keys = complete_tallies(empty, ["READ"])
    assert without_keys["pupils"].tolist() == [0] * 5
    assert key_columns(without_keys) == []


@pytest.mark.parametrize("row", [(1, "READ", "X", 1), (1, "WRIT", "B", 1), (1, "READ", "OOO", 1)])
def test_complete_tallies_refuses_what_is_not_expected(row: tuple[int, str, str, int]) -> None:
    with pytest.raises(ValueError, match="not expected"):
        complete_tallies(tally(row), ["READ"], by=["school_id"])


def test_summary_counts_are_the_rows_of_a_foot_and_the_denominator() -> None:
    assert summaries.COUNTS[0] == summaries.PUPILS
    assert summaries.COUNTS[1:] == tuple(row.value for row in SummaryRow)
