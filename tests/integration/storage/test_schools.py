"""The academic years on record of several schools."""

from __future__ import annotations

from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.schools import find_academic_years
from tests.builders import make_pupils, make_school


def test_find_academic_years_of_several_schools(database: Database) -> None:
    first, second, empty, unasked = (make_school(database) for _ in range(4))
    for year in (2023, 2021, 2024):  # 2022 is left out: years need not follow each other
        make_pupils(database, first, 2, academic_year=year)
    make_pupils(database, second, 2, academic_year=2025)
    make_pupils(database, unasked, 1, academic_year=2020)
    with database.unit_of_work() as work:
        found = find_academic_years(work.session, [second, first, empty, unasked + 1])
        assert find_academic_years(work.session, []) == {}
    assert found == {first: (2024, 2023, 2021), second: (2025,)}
