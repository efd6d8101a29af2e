"""Tests of the local authority's table of schools, on both databases."""

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.local_authority import (
    OVERVIEW_SUBJECTS,
    count_column,
    no_data_column,
    of_column,
    schools_overview,
)
from tests.builders import (
    YEAR,
    make_assessment,
    make_authority,
    make_judgements,
    make_pupil,
    make_school,
    make_session,
    make_user,
)


@pytest.fixture
def authority(database):
    return make_authority(database)


@pytest.fixture
def adviser(database, authority):
    user = make_user(database, Role.LA_ADVISER, local_authority_id=authority)
    return Caller.for_session(database, make_session(database, user))


def add_school(database, name, *judgements):
    school_id = make_school(database, name)
    assessment = make_assessment(database, school_id, year_groups=[4])
    for marks in judgements:
        pupil = make_pupil(database, school_id)
        given = zip(("READ", "WRIT", "MATH"), marks, strict=True)
        make_judgements(database, assessment, {pupil: {s: m for s, m in given if m != "-"}})
    return school_id


def test_schools_overview_has_a_row_for_each_school_by_name(database, authority, adviser):
    add_school(database, "Valley School", "OOO", "BTO", "---")
    add_school(database, "Alder School", "DDD")
    empty = make_school(database, "Meadow School")
    overview = schools_overview(adviser, authority, YEAR)
    assert overview["name"].tolist() == ["Alder School", "Meadow School", "Valley School"]
    valley = overview.iloc[2]
    assert valley["pupils"] == 3
    assert valley["no_data"] == 1
    assert valley[count_column("READ")] == 1
    assert valley[count_column("MATH")] == 2
    assert valley[of_column("MATH")] == 3
    assert valley[no_data_column("WRIT")] == 1
    assert valley[count_column("RWM")] == 1
    meadow = overview.iloc[1]
    assert meadow["school_id"] == empty
    figures = overview.columns.difference(["school_id", "laestab", "name"])
    assert (meadow[figures] == 0).all()
    assert (overview[figures].dtypes == "int64").all()
    assert {of_column(subject) for subject in OVERVIEW_SUBJECTS} <= set(figures)


def test_schools_overview_of_a_year_without_pupils_is_all_zeros(database, authority, adviser):
    add_school(database, "Valley School", "OOO")
    overview = schools_overview(adviser, authority, YEAR - 1)
    assert overview["pupils"].tolist() == [0]


def test_schools_overview_of_an_authority_without_schools_is_empty(database, authority, adviser):
    assert schools_overview(adviser, authority, YEAR).empty


def test_schools_overview_leaves_out_other_authorities(database, authority, adviser):
    add_school(database, "Valley School", "OOO")
    elsewhere = make_authority(database, "998", "Elsewhere")
    make_school(database, "Far School", laestab="9982001", local_authority_id=elsewhere)
    assert schools_overview(adviser, authority, YEAR)["name"].tolist() == ["Valley School"]
    with pytest.raises(NotFound):
        schools_overview(adviser, elsewhere, YEAR)


@pytest.mark.parametrize("role", [Role.TEACHER, Role.HEAD, Role.DATA_MANAGER])
def test_schools_overview_is_not_for_a_school(database, authority, role):
    user = make_user(database, role, school_id=make_school(database))
    caller = Caller.for_session(database, make_session(database, user))
    with pytest.raises(NotFound):
        schools_overview(caller, authority, YEAR)
