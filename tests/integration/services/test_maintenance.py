"""Class and filter names of a school, news of an authority: what is refused saves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from pupiltrack_core.access import Role
from pupiltrack_core.errors import AccessDenied, Conflict, InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.maintenance import (
    SchoolProfile,
    save_class_names,
    save_custom_filter_names,
    school_profile,
)
from pupiltrack_core.services.news import all_news, change_news, end_news, publish_news, remove_news
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import AuditEntry, Enrolment, MembershipRow, NewsItem, School
from tests.builders import YEAR, make_authority, make_pupil, make_school, make_session, make_user

NOW = datetime(2025, 11, 20, 9, 0, tzinfo=UTC)


def caller_of(database: Database, role: Role, **where: int) -> Caller:
    session = make_session(database, make_user(database, role, **where), now=NOW)
    return Caller.for_session(database, session, clock=lambda: NOW)


@pytest.fixture
def school(database: Database) -> int:
    return make_school(database, class_names=["Oak", "Elm"])


@pytest.fixture
def caller(database: Database, school: int) -> Caller:
    return caller_of(database, Role.DATA_MANAGER, school_id=school)


def save(
    caller: Caller, school: int, *names: str, shown: Sequence[str] = ("Oak", "Elm")
) -> SchoolProfile:
    return save_class_names(caller, school, names, shown=shown)


def classes(database: Database, year: int = YEAR) -> list[str | None]:
    with database.unit_of_work() as work:
        query = select(Enrolment.class_name).where(Enrolment.academic_year == year)
        return list(work.session.scalars(query.order_by(Enrolment.pupil_id)))


def stored(database: Database, school: int) -> tuple[list[str], list[str]]:
    with database.unit_of_work() as work:
        row = work.session.get_one(School, school)
        return row.class_names, row.custom_filter_names


def audited(database: Database) -> list[str]:
    with database.unit_of_work() as work:
        return list(work.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


# --- classes ------------------------------------------------------------------------------------


def test_school_profile_has_names_and_counts(
    database: Database, school: int, caller: Caller
) -> None:
    make_pupil(database, school, class_name="Oak", academic_year=YEAR - 1)
    make_pupil(database, school, class_name="Oak")
    make_pupil(database, school, class_name="Oak")
    make_pupil(database, school)
    profile = school_profile(caller, school)
    assert profile.class_names == ("Oak", "Elm")
    assert profile.custom_filter_names == ("",) * 6
    assert (profile.academic_year, profile.pupils_by_class) == (YEAR, {"Oak": 2})


def test_school_profile_of_a_school_without_pupils(school: int, caller: Caller) -> None:
    profile = school_profile(caller, school)
    assert (profile.academic_year, profile.pupils_by_class) == (None, {})


def test_save_class_names_renames_this_years_pupils_and_roles_only(
    database: Database, school: int, caller: Caller
) -> None:
    make_pupil(database, school, class_name="Oak", academic_year=YEAR - 1)
    make_pupil(database, school, class_name="Oak")
    make_pupil(database, school, class_name="Elm")
    make_pupil(database, school)
    other = make_school(database, class_names=["Oak"])
    elsewhere = make_pupil(database, other, class_name="Oak")
    with database.unit_of_work(write=True) as work:
        role = work.session.scalars(select(MembershipRow)).one()
        role.class_names = ["Birch", "Oak"]
        work.commit()
    profile = save(caller, school, " Red  Kites ", "Elm", "Ash")
    assert profile.class_names == ("Red Kites", "Elm", "Ash")
    assert profile.pupils_by_class == {"Red Kites": 1, "Elm": 1}
    assert classes(database) == ["Red Kites", "Elm", None, "Oak"]
    assert classes(database, YEAR - 1) == ["Oak"]
    with database.unit_of_work() as work:
        versions = work.session.execute(select(Enrolment.class_name, Enrolment.version)).all()
        assert {row.class_name: row.version for row in versions} == {
            "Oak": 1,
            "Red Kites": 2,
            "Elm": 1,
            None: 1,
        }
        assert work.session.scalars(select(MembershipRow)).one().class_names == [
            *("Birch", "Red Kites")
        ]
        assert (
            work.session.scalars(
                select(Enrolment.school_id).where(Enrolment.pupil_id == elsewhere)
            ).one()
            == other
        )
    assert audited(database) == ["class names saved"]


def test_save_class_names_two_classes_may_exchange_names(
    database: Database, school: int, caller: Caller
) -> None:
    make_pupil(database, school, class_name="Oak")
    make_pupil(database, school, class_name="Elm")
    save(caller, school, "Elm", "Oak")
    assert classes(database) == ["Elm", "Oak"]
    assert stored(database, school)[0] == ["Elm", "Oak"]


def test_save_class_names_a_name_may_move_to_another_place(
    database: Database, school: int, caller: Caller
) -> None:
    make_pupil(database, school, class_name="Oak")
    save(caller, school, "", "Elm", "Oak")
    assert classes(database) == ["Oak"]
    assert stored(database, school)[0] == ["Elm", "Oak"]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("Oak", ""), "still has pupils"),
        (("Elm", ""), "two classes would become one"),
        (("Oak", "Yew"), "two classes would become one"),  # Yew has pupils, but is not listed
        (("Oak", "oak"), "given twice"),
        (("Oak", "x" * 61), "at most 60"),
        (("Oak", "E\x00lm"), "invisible"),
        (("x",) * 501, "at most 500"),
    ],
)
def test_save_class_names_refuses(
    database: Database, school: int, caller: Caller, names: tuple[str, ...], words: str
) -> None:
    for name in ("Oak", "Elm", "Yew"):
        make_pupil(database, school, class_name=name)
    with pytest.raises(InvalidEntry, match=words):
        save(caller, school, *names)
    assert stored(database, school)[0] == ["Oak", "Elm"]
    assert classes(database) == ["Oak", "Elm", "Yew"]
    assert audited(database) == []


def test_save_class_names_a_class_without_pupils_may_go(
    database: Database, school: int, caller: Caller
) -> None:
    make_pupil(database, school, class_name="Elm", academic_year=YEAR - 1)
    make_pupil(database, school, class_name="Oak")
    save(caller, school, "Oak")
    assert stored(database, school)[0] == ["Oak"]


def test_save_class_names_that_others_changed_meanwhile_is_a_conflict(
    database: Database, school: int, caller: Caller
) -> None:
    save(caller, school, "Oak", "Ash")
    with pytest.raises(Conflict):
        save(caller, school, "Oak", "Yew")
    assert stored(database, school)[0] == ["Oak", "Ash"]


def test_save_class_names_is_for_those_who_run_the_school(database: Database, school: int) -> None:
    with pytest.raises(AccessDenied):
        save(caller_of(database, Role.TEACHER, school_id=school), school, "Ash")
    with pytest.raises(NotFound):
        save(caller_of(database, Role.HEAD, school_id=make_school(database)), school, "Ash")
    assert stored(database, school)[0] == ["Oak", "Elm"]


def test_save_class_names_beyond_twenty(database: Database, school: int, caller: Caller) -> None:
    many = [f"Class {number}" for number in range(1, 61)]
    assert save(caller, school, "Oak", "Elm", *many).class_names == ("Oak", "Elm", *many)
    fewer = save(caller, school, "Oak", shown=("Oak", "Elm", *many, ""))
    assert fewer.class_names == ("Oak",)


# --- custom filters -----------------------------------------------------------------------------


def test_save_custom_filter_names_keeps_places(
    database: Database, school: int, caller: Caller
) -> None:
    names = ("", "Breakfast club", "", "", "", "Choir")
    profile = save_custom_filter_names(caller, school, names, shown=())
    assert profile.custom_filter_names == names
    assert stored(database, school)[1] == list(names)
    assert audited(database) == ["custom filter names saved"]
    with pytest.raises(Conflict):
        save_custom_filter_names(caller, school, ("A",), shown=())
    assert (
        save_custom_filter_names(caller, school, (), shown=names).custom_filter_names == ("",) * 6
    )


@pytest.mark.parametrize(
    "names",
    [
        ("Choir", "choir"),
        ("x" * 41,),
        ("sen",),
        ("Pupil premium",),
        ("Custom 2",),
        ("a\u202eb",),
        ("a", "b", "c", "d", "e", "f", "g"),
    ],
)
def test_save_custom_filter_names_refuses(
    database: Database, school: int, caller: Caller, names: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidEntry):
        save_custom_filter_names(caller, school, names, shown=())
    assert stored(database, school)[1] == []


def test_save_custom_filter_names_its_own_number_is_no_clash(school: int, caller: Caller) -> None:
    profile = save_custom_filter_names(caller, school, ("Custom 1",), shown=())
    assert profile.custom_filter_names[0] == "Custom 1"


# --- news ---------------------------------------------------------------------------------------


@pytest.fixture
def authority(database: Database) -> int:
    return make_authority(database)


@pytest.fixture
def publisher(database: Database, authority: int) -> Caller:
    return caller_of(database, Role.LA_ADMIN, local_authority_id=authority)


def publish(caller: Caller, authority: int, **changes: Any) -> int:
    details = {"title": "Moderation", "body": "Dates are out.", "starts_on": date(2025, 12, 1)}
    return publish_news(caller, authority, **(details | changes))


def test_publish_news_and_remove_it(database: Database, authority: int, publisher: Caller) -> None:
    first = publish(publisher, authority, body=" Line one\r\n\r\nLine two <b> ")
    second = publish(publisher, authority, starts_on=date(2025, 12, 2), ends_on=date(2025, 12, 2))
    items = all_news(publisher, authority)
    assert [item.news_id for item in items] == [second, first]
    assert items[1].body == "Line one\n\nLine two <b>"
    remove_news(publisher, first)
    assert [item.news_id for item in all_news(publisher, authority)] == [second]
    with pytest.raises(NotFound):
        remove_news(publisher, first)
    assert audited(database) == ["news published", "news published", "news removed"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "x" * 151}, "title"),
        ({"title": "two\nlines"}, "title"),
        ({"body": ""}, "body"),
        ({"body": "x" * 5_001}, "body"),
        ({"body": "a\x07"}, "body"),
        ({"ends_on": date(2025, 11, 30)}, "ends_on"),
        ({"starts_on": date(2025, 9, 1), "ends_on": date(2025, 11, 19)}, "ends_on"),
    ],
)
def test_publish_news_refuses(
    database: Database, authority: int, publisher: Caller, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidEntry) as caught:
        publish(publisher, authority, **changes)
    assert caught.value.field == field
    with database.unit_of_work() as work:
        assert work.session.scalars(select(NewsItem)).all() == []


def record(caller: Caller, authority: int) -> Any:
    (item,) = all_news(caller, authority)
    return item


def test_change_news_and_end_it_early(
    database: Database, authority: int, publisher: Caller
) -> None:
    news_id = publish(publisher, authority, starts_on=date(2025, 11, 1))
    shown = record(publisher, authority)
    changed = replace(shown, title="Moderation <b>", ends_on=date(2025, 12, 31))
    change_news(publisher, changed, shown=shown)
    assert record(publisher, authority) == changed
    with pytest.raises(Conflict) as refused:
        change_news(publisher, replace(shown, title="Mine"), shown=shown)
    assert refused.value.theirs == "Moderation <b>"
    over = replace(changed, ends_on=date(2025, 11, 19))
    with pytest.raises(InvalidEntry, match="over already"):
        change_news(publisher, over, shown=changed)
    end_news(publisher, news_id)
    assert record(publisher, authority) == over  # the last day was yesterday
    # A word may be mended in what is over, its days left as they were.
    change_news(publisher, replace(over, body="As held."), shown=over)
    with pytest.raises(InvalidEntry, match="not on show"):
        end_news(publisher, news_id)
    remove_news(publisher, news_id)
    for attempt in (
        lambda: change_news(publisher, changed, shown=over),
        lambda: end_news(publisher, news_id),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert audited(database) == [
        *("news published", "news changed", "news ended", "news changed", "news removed")
    ]


def test_end_news_that_began_today_is_refused(authority: int, publisher: Caller) -> None:
    news_id = publish(publisher, authority, starts_on=date(2025, 11, 20))
    with pytest.raises(InvalidEntry, match="Remove it"):
        end_news(publisher, news_id)


def test_remove_news_of_another_authority_is_written_down(
    database: Database, authority: int, publisher: Caller
) -> None:
    news_id = publish(publisher, authority)
    elsewhere = make_authority(database, "998", "Other Authority")
    stranger = caller_of(database, Role.LA_ADMIN, local_authority_id=elsewhere)
    with pytest.raises(NotFound) as theirs:
        remove_news(stranger, news_id)
    with pytest.raises(NotFound) as absent:
        remove_news(stranger, news_id + 1)
    assert str(theirs.value) == str(absent.value)
    assert audited(database) == ["news published", "access denied"]


def test_publish_news_until_today_is_in_time(authority: int, publisher: Caller) -> None:
    today = date(2025, 11, 20)
    assert publish(publisher, authority, starts_on=today, ends_on=today)


def test_news_is_the_administrators_of_that_authority(
    database: Database, authority: int, publisher: Caller, caller: Caller
) -> None:
    news_id = publish(publisher, authority)
    elsewhere = make_authority(database, "998", "Other Authority")
    stranger = caller_of(database, Role.LA_ADMIN, local_authority_id=elsewhere)
    adviser = caller_of(database, Role.LA_ADVISER, local_authority_id=authority)
    for who, refusal in ((stranger, NotFound), (caller, NotFound), (adviser, AccessDenied)):
        with pytest.raises(refusal):
            publish(who, authority)
        with pytest.raises(refusal):
            all_news(who, authority)
        with pytest.raises(refusal):
            remove_news(who, news_id)
        shown = record(publisher, authority)
        with pytest.raises(refusal):
            change_news(who, replace(shown, title="x"), shown=shown)
        with pytest.raises(refusal):
            end_news(who, news_id)
    assert len(all_news(publisher, authority)) == 1
    with pytest.raises(AccessDenied):
        publish(Caller.for_operator(database), authority)
