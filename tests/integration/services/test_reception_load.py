"""Reception pupils of many schools from one file: preview, load, load again, whose they are."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from pupiltrack_core.access import Role
from pupiltrack_core.errors import AccessDenied, ImportFileError, InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.pupil_import import ImportCounts
from pupiltrack_core.services.reception_arrivals import SHOWN_FOR, arrivals, newest_arrivals
from pupiltrack_core.services.reception_load import (
    PUPILS_LOADED,
    LoadedSchool,
    LoadPreview,
    begin_load,
    load_school,
    past_loads,
    preview_load,
)
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import Enrolment, Pupil
from pupiltrack_core.storage.school_year_models import ReceptionArrival, ReceptionLoad
from tests.builders import make_authority, make_pupil, make_school, make_session, make_user
from tests.integration.services.people import audit_rows, run_all
from tests.unit.interchange.files import HEADINGS, csv_file, row, upn

YEAR = 2025
OCTOBER = datetime(2025, 10, 20, 9, 0, tzinfo=UTC)
BORN = "04/11/2020"  # four on 31 August 2025


@dataclass
class Authority:
    """Two schools of one authority and one of another, with an administrator over the first."""

    database: Database
    number: int
    one: int
    two: int
    far: int

    def sign_in(self, role: Role, school: int | None = None, *, now: datetime = OCTOBER) -> Caller:
        user = make_user(
            self.database,
            role,
            school_id=school,
            local_authority_id=None if school else self.number,
        )
        session = make_session(self.database, user, now=now)
        return Caller.for_session(self.database, session, clock=lambda: now)

    def count(self, table: Any) -> int:
        with self.database.unit_of_work() as unit:
            return unit.session.scalar(select(func.count()).select_from(table)) or 0

    def reception(self, school: int) -> list[tuple[str, int, bool, str | None]]:
        """Return surname, year group, override and ethnicity of the school's pupils of the year."""
        with self.database.unit_of_work() as unit:
            columns = (
                Pupil.surname,
                Enrolment.year_group,
                Enrolment.year_override,
                Enrolment.ethnicity,
            )
            found = (
                select(*columns)
                .join(Enrolment, Enrolment.pupil_id == Pupil.id)
                .where(Enrolment.school_id == school, Enrolment.academic_year == YEAR)
                .order_by(Pupil.surname)
            )
            return [tuple(one) for one in unit.session.execute(found)]  # type: ignore[misc]


@pytest.fixture
def authority(request: pytest.FixtureRequest) -> Authority:
    """The schools on SQLite; on both databases where `database` is asked for too."""
    both = "database" in request.fixturenames
    database: Database = request.getfixturevalue("database" if both else "sqlite_database")
    near, far = make_authority(database), make_authority(database, "888", "Far Authority")
    return Authority(
        database,
        near,
        make_school(database, "Ash Primary School", laestab="9992001"),
        make_school(database, "Birch Primary School", laestab="9992002"),
        make_school(database, "Far Primary School", laestab="8882001", local_authority_id=far),
    )


@pytest.fixture
def admin(authority: Authority) -> Caller:
    return authority.sign_in(Role.LA_ADMIN)


def at(school: str, number: int, **changes: Any) -> list[Any]:
    return [school, *row(number, **{"dob": BORN, **changes})]


def look(authority: Authority, caller: Caller, *rows: list[Any]) -> LoadPreview:
    content = csv_file(*rows, headings=["LAESTAB", *HEADINGS])
    return preview_load(caller, authority.number, YEAR, file_name="october.csv", content=content)


def load(caller: Caller, preview: LoadPreview) -> list[LoadedSchool]:
    number = begin_load(caller, preview)
    return [load_school(caller, preview, number, item.school_id) for item in preview.to_load]


FOUR = [at("9992001", 1), at("9992001", 2), at("999/2002", 3), at("999/2002", 4, dob="1/1/1")]


def reasons(preview: LoadPreview) -> list[tuple[int | None, str | None, str]]:
    return [(item.row, item.column, item.reason) for item in preview.problems]


@pytest.mark.usefixtures("database")
def test_load_brings_each_school_its_pupils_and_leaves_out_bad_rows(
    authority: Authority, admin: Caller
) -> None:
    preview = look(authority, admin, *FOUR)
    assert [(item.name, item.counts.added) for item in preview.schools] == [
        ("Ash Primary School", 2),
        ("Birch Primary School", 1),
    ]
    assert preview.counts == ImportCounts(added=3, changed=0, unchanged=0, problem=1)
    assert authority.count(Pupil) == 0
    one, two = load(admin, preview)
    assert one == LoadedSchool(authority.one, "Ash Primary School", added=2)
    assert two == LoadedSchool(authority.two, "Birch Primary School", added=1, left_out=1)
    assert authority.reception(authority.one) == [
        ("Marsh1", 0, False, "WBRI"),
        ("Marsh2", 0, False, "WBRI"),
    ]
    (past,) = past_loads(admin, authority.number)
    assert (past.schools, past.added, past.changed, past.unchanged) == (2, 3, 0, 0)
    detail = [json.loads(entry.detail) for entry in audit_rows(authority.database, PUPILS_LOADED)]
    assert [(item["added"], item["left_out"]) for item in detail] == [(2, 0), (1, 1)]
    assert authority.count(ReceptionArrival) == 3


@pytest.mark.usefixtures("database")
def test_load_of_the_same_file_again_changes_nothing(authority: Authority, admin: Caller) -> None:
    first = look(authority, admin, *FOUR)
    load(admin, first)
    again = look(authority, admin, *FOUR)
    assert again.already_loaded_at == OCTOBER
    assert again.counts == ImportCounts(added=0, changed=0, unchanged=3, problem=1)
    assert again.to_load == ()
    with pytest.raises(ImportFileError, match="nothing to load"):
        begin_load(admin, again)
    # The first preview pressed a second time, as after a lost connection.
    assert [(item.added, item.unchanged) for item in load(admin, first)] == [(0, 2), (0, 1)]
    assert authority.count(Pupil) == 3


def test_load_goes_on_where_it_was_stopped(authority: Authority, admin: Caller) -> None:
    preview = look(authority, admin, *FOUR)
    number = begin_load(admin, preview)
    load_school(admin, preview, number, authority.one)  # and then it is stopped
    again = look(authority, admin, *FOUR)
    assert [item.school_id for item in again.to_load] == [authority.two]
    load(admin, again)
    assert authority.count(Pupil) == 3
    assert [(item.schools, item.added) for item in past_loads(admin, authority.number)] == [
        (1, 1),
        (1, 2),
    ]


@pytest.mark.usefixtures("database")
def test_load_by_two_at_once_adds_each_pupil_once(authority: Authority) -> None:
    callers = [authority.sign_in(Role.LA_ADMIN) for _ in range(2)]
    previews = [look(authority, caller, *FOUR) for caller in callers]
    run_all(
        [
            lambda c=caller, p=preview: load(c, p)
            for caller, preview in zip(callers, previews, strict=True)
        ]
    )
    assert authority.count(Pupil) == 3
    assert authority.count(ReceptionArrival) == 3


def test_school_changed_since_the_preview_is_passed_over(
    authority: Authority, admin: Caller
) -> None:
    preview = look(authority, admin, *FOUR)
    born = date(2020, 11, 4)
    make_pupil(
        authority.database,
        authority.one,
        year_group=0,
        pupil={"upn": upn(1), "surname": "Other", "date_of_birth": born},
    )
    one, two = load(admin, preview)
    assert "were changed after the preview" in one.passed_over
    assert (one.added, two.added) == (0, 1)
    (past,) = past_loads(admin, authority.number)
    assert past.schools == 1


def test_preview_asks_of_who_is_at_two_schools_only_when_the_second_takes_them_in(
    authority: Authority, admin: Caller
) -> None:
    for school in (authority.one, authority.two):
        pupil = {"upn": upn(1), "date_of_birth": date(2020, 11, 4), "postcode": "LA9 9ZZ"}
        make_pupil(authority.database, school, year_group=0, pupil=pupil)
    preview = look(authority, admin, at("9992001", 1))
    assert preview.counts.changed == 1
    assert reasons(preview) == []


def test_preview_says_all_problems_at_once(authority: Authority, admin: Caller) -> None:
    make_pupil(
        authority.database,
        authority.two,
        year_group=0,
        pupil={"upn": upn(6), "date_of_birth": date(2020, 11, 4)},
    )
    preview = look(
        authority,
        admin,
        at("", 1),
        at("8882001", 2),  # of another authority: as unknown as one that does not exist
        at("9992999", 3),
        at("9992001", 4, surname=""),
        at("9992001", 5, dob="04/11/2016"),
        at("9992001", 6),
        at("9992001", 7, dob="04/07/2020"),
    )
    unknown = "No school of the local authority has this number."
    assert reasons(preview)[:3] == [
        (2, "LAESTAB", "The number of the school is missing."),
        (3, "LAESTAB", unknown),
        (4, "LAESTAB", unknown),
    ]
    assert [item[0] for item in reasons(preview)[3:]] == [5, 6, 7, 8]
    assert "8 years old" in reasons(preview)[4][2]
    assert "in Reception at Birch Primary School already" in reasons(preview)[5][2]
    assert "a year late" in reasons(preview)[6][2]
    assert preview.counts == ImportCounts(added=2, changed=0, unchanged=0, problem=5)
    load(admin, preview)
    assert authority.reception(authority.one) == [
        ("Marsh6", 0, False, "WBRI"),
        ("Marsh7", 0, True, "WBRI"),
    ]


def test_file_that_cannot_be_read_comes_back_with_its_problems(
    authority: Authority, admin: Caller
) -> None:
    preview = preview_load(admin, authority.number, YEAR, file_name="a.xls", content=b"x")
    assert not preview.is_readable
    assert preview.schools == ()
    with pytest.raises(ImportFileError):
        begin_load(admin, preview)
    with pytest.raises(InvalidEntry):
        preview_load(admin, authority.number, 1999, file_name="a.csv", content=b"x")


def test_only_an_administrator_of_the_authority_may_load(
    authority: Authority, admin: Caller
) -> None:
    preview = look(authority, admin, *FOUR)
    number = begin_load(admin, preview)
    others = [
        authority.sign_in(Role.LA_ADVISER),
        authority.sign_in(Role.LA_ANALYST),
        authority.sign_in(Role.HEAD, authority.one),
    ]
    for other in others:
        for act in (
            lambda other=other: look(authority, other, *FOUR),
            lambda other=other: begin_load(other, preview),
            lambda other=other: load_school(other, preview, number, authority.one),
            lambda other=other: past_loads(other, authority.number),
        ):
            with pytest.raises((AccessDenied, NotFound)):
                act()
    far = authority.database
    user = make_user(far, Role.LA_ADMIN, local_authority_id=make_authority(far, "888"))
    stranger = Caller.for_session(far, make_session(far, user))
    with pytest.raises(NotFound):
        load_school(stranger, preview, number, authority.one)
    with pytest.raises(AccessDenied, match="signed in"):
        begin_load(Caller.for_operator(far), preview)
    assert authority.count(Pupil) == 0


def test_load_of_a_school_that_is_not_in_the_file_is_refused(
    authority: Authority, admin: Caller
) -> None:
    preview = look(authority, admin, *FOUR)
    number = begin_load(admin, preview)
    other = replace(preview, digest="0" * 64)
    forged = replace(preview, schools=(replace(preview.schools[0], school_id=authority.far),))
    for shown, load_id, school in (
        (preview, number, authority.far),
        (preview, number + 1, authority.one),
        (other, number, authority.one),
        (forged, number, authority.far),
    ):
        with pytest.raises(NotFound, match="not in the file"):
            load_school(admin, shown, load_id, school)
    assert authority.count(ReceptionLoad) == 1


@pytest.mark.usefixtures("database")
def test_arrivals_are_told_to_the_school_they_came_to(authority: Authority, admin: Caller) -> None:
    known = make_pupil(
        authority.database,
        authority.one,
        academic_year=YEAR - 1,
        year_group=-1,
        pupil={"upn": upn(2), "surname": "Ahmed", "date_of_birth": date(2020, 11, 4)},
    )
    rows = [at("9992001", 1), at("9992001", 2, surname="Ahmed"), at("9992001", 3), at("9992002", 4)]
    load(admin, look(authority, admin, *rows))
    with authority.database.unit_of_work(write=True) as unit:
        pupil = unit.session.scalars(select(Pupil).where(Pupil.upn == upn(3))).one()
        pupil.archived_from, pupil.archived_at = YEAR, OCTOBER
        unit.commit()
    teacher = authority.sign_in(Role.TEACHER, authority.one)
    found = arrivals(teacher, authority.one)
    assert [(item.name, item.is_new) for item in found] == [
        ("Ahmed, Ivy2", False),
        ("Marsh1, Ivy1", True),
    ]
    assert found[0].pupil_id == known
    assert "Ahmed" not in repr(found)
    news = newest_arrivals(teacher, authority.one)
    assert news is not None
    assert (news.pupils, news.at, news.academic_year) == (2, OCTOBER, YEAR)  # one is archived
    with pytest.raises(NotFound):
        arrivals(teacher, authority.two)
    with pytest.raises(NotFound):
        newest_arrivals(teacher, authority.two)
    later = authority.sign_in(Role.HEAD, authority.one, now=OCTOBER + SHOWN_FOR * 2)
    assert arrivals(later, authority.one) == ()
    assert newest_arrivals(later, authority.one) is None
