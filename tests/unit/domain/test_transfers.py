"""What has become of a claim, what is told of it, and what travels."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pupiltrack_core.domain.pupil_fields import PupilField
from pupiltrack_core.domain.transfers import (
    TRAVELS_WITH_ENROLMENT,
    TRAVELS_WITH_PUPIL,
    ClaimOutcome,
    ClaimState,
    Refusal,
    is_open,
    outcome,
    refusal_label,
)
from pupiltrack_core.storage.models import Enrolment, Pupil

LAST = date(2026, 1, 19)


@pytest.mark.parametrize("state", ClaimState)
def test_is_open_until_its_last_day_unless_it_is_over(state: ClaimState) -> None:
    may_be_open = state in (ClaimState.WAITING, ClaimState.REFUSED)
    assert is_open(state, LAST, today=LAST) is may_be_open
    assert is_open(state, LAST, today=LAST + timedelta(days=1)) is False


@pytest.mark.parametrize("days", [-60, 0, 1, 400])
def test_outcome_of_a_refusal_is_that_of_no_answer(days: int) -> None:
    today = LAST + timedelta(days=days)
    assert outcome("refused", LAST, today=today) is outcome("waiting", LAST, today=today)


def test_outcome_of_each_state() -> None:
    told = {state: outcome(state, LAST, today=LAST) for state in ClaimState}
    assert told == {
        ClaimState.WAITING: ClaimOutcome.WAITING,
        ClaimState.REFUSED: ClaimOutcome.WAITING,
        ClaimState.CONFIRMED: ClaimOutcome.CONFIRMED,
        ClaimState.WITHDRAWN: ClaimOutcome.WITHDRAWN,
        ClaimState.EXPIRED: ClaimOutcome.NOT_CONFIRMED,
    }
    late = LAST + timedelta(days=1)
    assert outcome("waiting", LAST, today=late) is ClaimOutcome.NOT_CONFIRMED


def test_what_travels_are_columns_and_nothing_a_school_keeps_for_itself() -> None:
    enrolment = {column.key for column in Enrolment.__table__.columns}
    pupil = {column.key for column in Pupil.__table__.columns}
    assert set(TRAVELS_WITH_ENROLMENT) < enrolment
    assert set(TRAVELS_WITH_PUPIL) < pupil
    travels = {*TRAVELS_WITH_ENROLMENT, *TRAVELS_WITH_PUPIL}
    assert {"ethnicity", "sen", "eal", "fsm", "looked_after", "upn", "postcode"} < travels
    assert not travels & {
        "class_name",
        "notes",
        "custom_1",
        "mobility_year",
        "include_in_data",
        PupilField.YEAR_GROUP.value,
    }


def test_refusal_label_of_what_is_stored() -> None:
    assert refusal_label(Refusal.STAYS.value) == "The pupil is still at our school"
    assert refusal_label(None) == ""
    assert refusal_label("from an older version") == "from an older version"
