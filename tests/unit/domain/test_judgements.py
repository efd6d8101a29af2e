from __future__ import annotations

from itertools import product

import pytest

from pupiltrack_core.domain.judgements import (
    AUTOMATIC_COLOURS,
    NOT_ON_TRACK,
    ON_TRACK_OR_DEEPER,
    Judgement,
    RwmStatus,
    rwm_status,
)
from pupiltrack_core.domain.outcomes import (
    RWM_OUTCOMES,
    SUBJECT_OUTCOMES,
    SummaryRow,
    outcomes_of,
    rwm_outcome,
)

CODES = ["B", "T", "O", "D", "-"]
ALL_125 = list(product(CODES, repeat=3))


def expected_status(three: tuple[str, str, str]) -> str:
    """Written out from the rule, without the enum."""
    if "B" in three or "T" in three:
        return "No"
    if "-" in three:
        return ""
    return "Yes"


def expected_outcome(three: tuple[str, str, str]) -> str:
    status = expected_status(three)
    if status == "":
        return "-"
    if three[0] == three[1] == three[2]:
        return three[0] * 3
    return "MIX" if status == "Yes" else "NO"


def judged(code: str) -> Judgement | None:
    return None if code == "-" else Judgement(code)


@pytest.mark.parametrize("three", ALL_125, ids="".join)
def test_rwm_of_every_combination(three: tuple[str, str, str]) -> None:
    status = rwm_status(*(judged(code) for code in three))
    assert (status.label if status else "") == expected_status(three)
    assert rwm_outcome(three) == expected_outcome(three)


def test_rwm_of_every_combination_in_numbers() -> None:
    # Yes: O or D three times, 2^3 = 8, of which OOO and DDD leave 6 mixed.
    # No: 125 less those without B or T, 3^3 = 27: 98, of which BBB and TTT leave 96.
    # Blank: 27 - 8 = 19.
    outcomes = [rwm_outcome(three) for three in ALL_125]
    assert [outcomes.count(outcome) for outcome in RWM_OUTCOMES] == [1, 1, 1, 1, 6, 96, 19]


@pytest.mark.parametrize(
    ("three", "status"),
    [
        ("OOO", RwmStatus.YES),
        ("ODO", RwmStatus.YES),
        ("TDD", RwmStatus.NO),
        ("OO-", None),  # a gap is no No
        ("---", None),
        ("T--", RwmStatus.NO),  # whatever the gaps hold
    ],
)
def test_rwm_status_of_named_cases(three: str, status: RwmStatus | None) -> None:
    assert rwm_status(*(judged(code) for code in three)) is status


def test_judgements_are_on_track_or_not() -> None:
    assert {Judgement.ON_TRACK, Judgement.DEEPER} == ON_TRACK_OR_DEEPER
    assert set(Judgement) - ON_TRACK_OR_DEEPER == NOT_ON_TRACK
    assert [item.label for item in Judgement] == ["Below", "Towards", "On track", "Deeper learning"]
    assert AUTOMATIC_COLOURS == {"B": "red", "O": "green"}


@pytest.mark.parametrize("subject", ["READ", "RWM"])
def test_summary_rows_cover_every_outcome_once(subject: str) -> None:
    single = [
        SummaryRow.ON_TRACK_OR_DEEPER,
        SummaryRow.NOT_ON_TRACK,
        SummaryRow.NO_DATA,
    ]
    covered = [outcome for row in single for outcome in row.outcomes(subject)]
    assert sorted(covered) == sorted(outcomes_of(subject))


def test_summary_rows_of_a_subject_and_of_rwm() -> None:
    assert outcomes_of("GPS") == SUBJECT_OUTCOMES
    assert SummaryRow.MIXED.outcomes("READ") == ()
    assert SummaryRow.MIXED.outcomes("RWM") == ("MIX",)
    assert SummaryRow.BELOW.label == "Below"
    for row in SummaryRow:
        assert row.describe("READ") != row.describe("RWM")
        assert "maths" in row.describe("RWM")
