"""Codes of authenticator apps, against the RFC's own figures."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from pupiltrack_core.services.one_time_codes import (
    app_address,
    new_secret,
    open_secret,
    seal_secret,
    step_of_code,
)

# RFC 6238, appendix B: the ASCII secret, and the last six of the eight digits it gives.
SECRET = base64.b32encode(b"12345678901234567890").decode()
RFC = [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924")]


@pytest.mark.parametrize(("seconds", "code"), RFC)
def test_step_of_code_agrees_with_the_rfc(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert step_of_code(SECRET, code, at=at, after=None) == seconds // 30


@pytest.mark.parametrize(
    ("late_by", "taken"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)]
)
def test_step_of_code_allows_one_step_of_a_wrong_clock(late_by: int, taken: bool) -> None:
    at = datetime.fromtimestamp(1111111110 + late_by, UTC)
    assert (step_of_code(SECRET, "050471", at=at, after=None) is not None) is taken


def test_step_of_code_takes_a_code_once() -> None:
    at = datetime.fromtimestamp(59, UTC)
    assert step_of_code(SECRET, "287 082", at=at, after=0) == 1
    assert step_of_code(SECRET, "287082", at=at, after=1) is None


@pytest.mark.parametrize("typed", ["", "28708", "2870822", "28708x", "²87082", "٢٨٧٠٨٢"])
def test_step_of_code_refuses_what_is_no_code(typed: str) -> None:
    at = datetime.fromtimestamp(59, UTC)
    assert step_of_code(SECRET, typed, at=at, after=None) is None


def test_seal_secret_opens_for_its_account_and_server_alone() -> None:
    secret = new_secret()
    sealed = seal_secret(secret, key=b"k" * 32, user_id=3)
    assert secret.encode() not in sealed
    assert open_secret(sealed, key=b"k" * 32, user_id=3) == secret
    assert open_secret(sealed, key=b"x" * 32, user_id=3) is None
    assert open_secret(sealed, key=b"k" * 32, user_id=4) is None


def test_app_address_names_portal_and_account() -> None:
    address = app_address(SECRET, user_name="marsh lane/head")
    assert address.startswith("otpauth://totp/PupilTrack:marsh%20lane")
    assert "issuer=PupilTrack" in address
