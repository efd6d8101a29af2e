from __future__ import annotations

from datetime import date

import pytest

from pupiltrack_core.domain.attainment_points import (
    STANDING,
    Point,
    PointKind,
    days_of_term,
    parse_point,
    statutory_day,
)
from pupiltrack_core.errors import InvalidEntry


@pytest.mark.parametrize(
    "point", [STANDING, Point(PointKind.ASSESSMENT, 12), Point(PointKind.LATEST, 2024),
              Point(PointKind.AUTUMN, 2025), Point(PointKind.GLD), Point(PointKind.KS1),
              Point(PointKind.KS2)],
)  # fmt: skip
def test_point_is_read_back_from_its_text(point: Point) -> None:
    assert parse_point(point.text) == point


@pytest.mark.parametrize(
    "text",
    ["", "ks3", "ks1:2", "assessment", "assessment:", "assessment:x", "assessment:²", "latest:1",
     "latest:9999", "assessment:" + "1" * 16, "gld:1", "autumn",
     "spring:1"],
)  # fmt: skip
def test_parse_point_refuses_nonsense(text: str) -> None:
    with pytest.raises(InvalidEntry, match="nothing was changed"):
        parse_point(text)


def test_statutory_day_is_the_summer_of_its_year_group() -> None:
    # Year 4 in 2025/2026: Reception was four years before, ending 2022; Year 2 ended in 2024.
    assert statutory_day(PointKind.GLD, 2025, 4) == date(2022, 7, 31)
    assert statutory_day(PointKind.KS1, 2025, 4) == date(2024, 7, 31)
    assert statutory_day(PointKind.KS2, 2025, 4) is None
    assert statutory_day(PointKind.KS2, 2025, 6) == date(2026, 7, 31)
    assert statutory_day(PointKind.GLD, 2025, 0) == date(2026, 7, 31)
    assert statutory_day(PointKind.GLD, 2025, -1) is None


def test_statutory_day_of_an_assessment_is_refused() -> None:
    with pytest.raises(ValueError, match="statutory"):
        statutory_day(PointKind.STANDING, 2025, 4)


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        (PointKind.AUTUMN, date(2025, 9, 1), date(2025, 12, 31)),
        (PointKind.SPRING, date(2026, 1, 1), date(2026, 4, 30)),
        (PointKind.SUMMER, date(2026, 5, 1), date(2026, 8, 31)),
    ],
)
def test_days_of_term_make_up_the_year(kind: PointKind, first: date, last: date) -> None:
    assert days_of_term(kind, 2025) == (first, last)


def test_days_of_what_is_no_term_are_refused() -> None:
    with pytest.raises(ValueError, match="term"):
        days_of_term(PointKind.LATEST, 2025)
