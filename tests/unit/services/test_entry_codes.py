"""The five digits: what is drawn, what opens them, which are asked for."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.services import entry_codes
from pupiltrack_core.services.entry_codes import (
    matches_code,
    new_code,
    new_places,
    open_code,
    places_of_nobody,
    seal_code,
)

KEY, PEPPER = b"k" * 32, b"p" * 32


def test_new_code_is_five_digits_without_a_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([11111, 12345, 98765, 1234, 55455, 40717])
    monkeypatch.setattr(entry_codes.secrets, "randbelow", lambda _: next(drawn))
    assert new_code() == "40717"


@given(code=st.from_regex(r"\A[0-9]{5}\Z"))
def test_seal_code_opens_for_password_server_and_account_alone(code: str) -> None:
    sealed = seal_code(code, key=KEY, pepper=PEPPER, user_id=7)
    assert open_code(sealed, key=KEY, pepper=PEPPER, user_id=7) == code
    assert code.encode() not in sealed
    assert open_code(sealed, key=b"x" * 32, pepper=PEPPER, user_id=7) is None
    assert open_code(sealed, key=KEY, pepper=b"x" * 32, user_id=7) is None
    assert open_code(sealed, key=KEY, pepper=PEPPER, user_id=8) is None
    assert open_code(sealed[:-1], key=KEY, pepper=PEPPER, user_id=7) is None


def test_new_places_are_two_different_ones_in_order() -> None:
    drawn = {new_places() for _ in range(400)}
    # Five places give 5 * 4 / 2 pairs; 400 draws miss one of them once in 10^17.
    assert len(drawn) == 10
    assert all("1" <= first < second <= "5" for first, second in drawn)


def test_places_of_nobody_stay_the_same_for_a_name() -> None:
    asked = {places_of_nobody("j.example", pepper=PEPPER) for _ in range(50)}
    assert len(asked) == 1
    names = {places_of_nobody(secrets.token_hex(4), pepper=PEPPER) for _ in range(400)}
    assert len(names) == 10


@pytest.mark.parametrize(
    ("places", "digits", "right"),
    [
        ("25", "19", True),
        ("25", "91", False),
        ("25", "1", False),
        ("25", "199", False),
        ("25", "", False),
        ("14", "41", True),
        ("25", "¹9", False),
    ],
)
def test_matches_code(places: str, digits: str, right: bool) -> None:
    assert matches_code("41719", places, digits) is right
