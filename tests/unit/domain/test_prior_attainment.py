from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.domain.prior_attainment import COUNTING_CODES, Ks1Standing, ks1_standing

CODES = ["EM", "BLW", "PKF", "PK1", "PK4", "WTS", "EXS", "GDS", "A", "D", "Q", "M", "XX", None]


@pytest.mark.parametrize(
    ("reading", "writing", "maths", "standing"),
    [
        ("GDS", "GDS", "GDS", "GDS"),
        ("GDS", "EXS", "GDS", "EXS"),
        ("EXS", "EXS", "EXS", "EXS"),
        ("GDS", "GDS", "WTS", "BEL"),
        ("PKF", "PKF", "PKF", "BEL"),
        ("EXS", "A", "EXS", "BEL"),  # absent, disapplied: counted, and not at the standard
        ("D", "GDS", "GDS", "BEL"),
        ("EXS", "EXS", None, None),
        ("EXS", "EXS", "Q", None),  # annulled, missing: nothing is known
        ("WTS", "M", "WTS", None),
        ("GDS", "GDS", "XX", None),
        (None, None, None, None),
    ],
)
def test_ks1_standing(
    reading: str | None, writing: str | None, maths: str | None, standing: str | None
) -> None:
    held = {"READ": reading, "WRIT": writing, "MATH": maths, "SCIE": "EXS"}
    codes = {measure: code for measure, code in held.items() if code is not None}
    assert ks1_standing(codes) == standing


def test_counting_codes_are_those_of_every_year() -> None:
    assert {"BLW", "PKF", "EM", "PK1", "WTS", "EXS", "GDS", "A", "D"} <= COUNTING_CODES
    assert not {"Q", "M", "HNM"} & COUNTING_CODES  # HNM is of science alone


@given(st.tuples(*[st.sampled_from(CODES)] * 3))
def test_ks1_standing_equals_the_slow_reference(held: tuple[str | None, ...]) -> None:
    """By points: 2 for greater depth, 1 for expected, 0 for anything else that counts."""
    points = []
    for code in held:
        if code in (None, "Q", "M", "XX"):
            points.append(None)
        else:
            points.append({"GDS": 2, "EXS": 1}.get(str(code), 0))
    expected = None
    if None not in points:
        expected = ["BEL", "EXS", "GDS"][min(point for point in points if point is not None)]
    codes = dict(zip(("READ", "WRIT", "MATH"), held, strict=True))
    assert ks1_standing({key: code for key, code in codes.items() if code}) == expected


def test_standings_have_words() -> None:
    assert len({standing.label for standing in Ks1Standing}) == len(Ks1Standing)
