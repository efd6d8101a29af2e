"""Which schools, years and classes a person can choose from."""

from __future__ import annotations

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.schools import (
    SchoolChoice,
    class_year_groups,
    classes,
    school_by_laestab,
    schools_for,
)
from pupiltrack_core.storage.engine import Database
from tests.builders import (
    YEAR,
    make_authority,
    make_pupil,
    make_school,
    make_session,
    make_user,
)


def _caller(database: Database, role: Role = Role.TEACHER, **place: int) -> Caller:
    user = make_user(database, role, **place)
    return Caller.for_session(database, make_session(database, user))


def test_schools_for_a_teacher_is_the_own_school_with_years_newest_first(
    database: Database,
) -> None:
    school = make_school(database, "Ash", custom_filter_names=["Breakfast club"])
    make_school(database, "Beech")
    make_pupil(database, school, academic_year=YEAR - 1)
    make_pupil(database, school, academic_year=YEAR)
    make_pupil(database, school, academic_year=YEAR)
    assert schools_for(_caller(database, school_id=school)) == (
        SchoolChoice(
            school_id=school,
            laestab="9992001",
            name="Ash",
            local_authority_id=make_authority(database),
            academic_years=(YEAR, YEAR - 1),
            custom_filter_names=("Breakfast club",),
            phase="primary",
        ),
    )


def test_schools_for_the_local_authority_is_all_of_its_own_by_name(database: Database) -> None:
    for name in ("Oak", "Ash"):
        make_school(database, name)
    other = make_authority(database, "998", "Other")
    make_school(database, "Elm", laestab="9982001", local_authority_id=other)
    choices = schools_for(_caller(database, Role.LA_ANALYST))
    assert [choice.name for choice in choices] == ["Ash", "Oak"]
    assert [choice.academic_years for choice in choices] == [(), ()]
    everywhere = schools_for(Caller.for_operator(database))
    assert [choice.name for choice in everywhere] == ["Ash", "Elm", "Oak"]


@pytest.mark.parametrize("written", ["999/2001", "9992001", " 999/2001 "])
def test_school_by_laestab_reads_both_ways_of_writing(database: Database, written: str) -> None:
    school = make_school(database)
    found = school_by_laestab(_caller(database, school_id=school), written)
    assert found.school_id == school
    assert found.written_laestab == "999/2001"


@pytest.mark.parametrize(
    "written", ["", "999-2001", "999/2002", "999/9999", "99/92002", "٩٩٩/2001"]
)
def test_school_by_laestab_of_no_school_in_reach_is_not_found(
    database: Database, written: str
) -> None:
    school = make_school(database)
    make_school(database)  # 999/2002 exists, out of reach
    with pytest.raises(NotFound):
        school_by_laestab(_caller(database, school_id=school), written)


def test_classes_are_those_with_pupils_in_their_natural_order(database: Database) -> None:
    school = make_school(database)
    for name in ("Class 10", "Class 2", "Ash", "Class 2"):
        make_pupil(database, school, class_name=name)
    make_pupil(database, school, year_group=3, class_name="Class 2")
    make_pupil(database, school)
    make_pupil(database, school, class_name="Last year's", academic_year=YEAR - 1)
    make_pupil(database, school, class_name="Archived", pupil={"archived_from": 0})
    make_pupil(database, make_school(database), class_name="Elsewhere")
    caller = _caller(database, school_id=school)
    assert classes(caller, school, YEAR) == ("Ash", "Class 2", "Class 10")
    assert class_year_groups(caller, school, YEAR)["Class 2"] == (3, 4)


def test_classes_of_another_school_is_not_found(database: Database) -> None:
    caller = _caller(database, school_id=make_school(database))
    with pytest.raises(NotFound):
        classes(caller, make_school(database), YEAR)
