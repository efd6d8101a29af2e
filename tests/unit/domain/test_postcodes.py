"""Postcodes are tidied, and what is no postcode is not."""

from __future__ import annotations

import pytest

from pupiltrack_core.domain.postcodes import tidy_postcode


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("M1 1AE", "M1 1AE"),
        ("b338th", "B33 8TH"),
        ("CR2 6XH", "CR2 6XH"),
        ("dn551pt", "DN55 1PT"),
        (" W1A  0AX ", "W1A 0AX"),
        ("EC1A1BB", "EC1A 1BB"),
        ("GIR 0AA", "GIR 0AA"),
        ("ZZ99 3AA", "ZZ99 3AA"),
    ],
)
def test_tidy_postcode(text: str, tidy: str) -> None:
    assert tidy_postcode(text) == tidy


@pytest.mark.parametrize(
    "text", ["", "LA1", "LA1 4Y", "1LA 4YF", "LA1 YF4", "LA\u0661 4YF", "90210"]
)
def test_tidy_postcode_refuses(text: str) -> None:
    assert tidy_postcode(text) is None
