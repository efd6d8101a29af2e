from __future__ import annotations

from datetime import date

import pytest

from pupiltrack_core.domain.academic_years import AcademicYear


@pytest.mark.parametrize(
    ("day", "start"),
    [
        (date(2025, 8, 31), 2024),
        (date(2025, 9, 1), 2025),
        (date(2025, 12, 31), 2025),
        (date(2026, 1, 1), 2025),
        (date(2026, 8, 31), 2025),
        (date(2024, 2, 29), 2023),
    ],
)
def test_containing_at_boundaries(day: date, start: int) -> None:
    year = AcademicYear.containing(day)
    assert year.start == start
    assert year.first_day <= day <= year.last_day


def test_label_and_ending() -> None:
    year = AcademicYear(2025)
    assert year.label == "2025/2026"
    assert year.ending == 2026
    assert year.previous == AcademicYear(2024)
    assert year.following == AcademicYear(2026)
    assert AcademicYear.parse(" 2025/2026 ") == year
    assert AcademicYear(2024) < year


def test_label_across_a_century() -> None:
    assert AcademicYear.parse("2099/2100").start == 2099


@pytest.mark.parametrize("text", ["2025", "2025/26", "2025/2027", "2025-2026", "", "25/26"])
def test_parse_refuses_anything_else(text: str) -> None:
    with pytest.raises(ValueError, match="2025/2026"):
        AcademicYear.parse(text)


@pytest.mark.parametrize("start", [1999, 2101])
def test_academic_year_out_of_range(start: int) -> None:
    with pytest.raises(ValueError, match="between"):
        AcademicYear(start)
