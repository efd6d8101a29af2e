"""Tests of the home page's headlines and news, on both databases."""

from datetime import UTC, date, datetime

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.home import headlines, news
from pupiltrack_core.storage.models import NewsItem
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

TODAY = datetime(2025, 12, 3, 9, 0, tzinfo=UTC)


@pytest.fixture
def school_id(database):
    return make_school(database)


def caller_of(database, role, *, now=TODAY, **place):
    session = make_session(database, make_user(database, role, **place), now=now)
    return Caller.for_session(database, session, clock=lambda: now)


def add_judged(database, school_id, judgements, *, year_group=4, academic_year=YEAR):
    assessment = make_assessment(
        database, school_id, year_groups=[year_group], academic_year=academic_year
    )
    for judgement in judgements:
        pupil = make_pupil(database, school_id, year_group=year_group, academic_year=academic_year)
        if judgement != "-":
            make_judgements(database, assessment, {pupil: {"MATH": judgement}})


def test_headlines_say_how_many_are_on_track(database, school_id):
    add_judged(database, school_id, "OOOOODDBBTT")
    teacher = caller_of(database, Role.TEACHER, school_id=school_id)
    maths, together = headlines(teacher, school_id)
    # 7 of 11 is 63.6 %
    assert maths.text == "64\u202f% of your Year 4 cohort (7/11 pupils) are on track in maths"
    assert (maths.year_group, maths.subject, maths.count, maths.of) == (4, "MATH", 7, 11)
    # four are Below or Towards in maths and so off track in all three together
    assert together.subject == "RWM"
    assert "in reading, writing and maths" in together.text


def test_headlines_come_by_year_group_and_only_where_anyone_is_judged(database, school_id):
    add_judged(database, school_id, "O", year_group=6)
    add_judged(database, school_id, "O", year_group=1)
    add_judged(database, school_id, "-", year_group=3)
    found = headlines(caller_of(database, Role.HEAD, school_id=school_id), school_id)
    assert [(line.year_group, line.subject) for line in found] == [(1, "MATH"), (6, "MATH")]


def test_headlines_are_of_the_latest_year_with_pupils(database, school_id):
    add_judged(database, school_id, "B", academic_year=YEAR - 1)
    add_judged(database, school_id, "OO", academic_year=YEAR)
    found = headlines(caller_of(database, Role.HEAD, school_id=school_id), school_id)
    assert [(line.count, line.of) for line in found] == [(2, 2)]


def test_headlines_of_a_school_without_pupils_are_none(database, school_id):
    assert headlines(caller_of(database, Role.HEAD, school_id=school_id), school_id) == ()


def test_headlines_of_an_authority_are_of_all_its_schools(database, school_id):
    add_judged(database, school_id, "OB")
    add_judged(database, make_school(database), "OO")
    adviser = caller_of(database, Role.LA_ADVISER, local_authority_id=make_authority(database))
    maths = headlines(adviser)[0]
    expected = "75\u202f% of your schools' Year 4 cohort (3/4 pupils) are on track in maths"
    assert maths.text == expected


def test_headlines_without_a_school_are_none_for_school_staff(database, school_id):
    add_judged(database, school_id, "O")
    assert headlines(caller_of(database, Role.HEAD, school_id=school_id)) == ()


def test_headlines_of_another_school_are_not_found(database, school_id):
    head = caller_of(database, Role.HEAD, school_id=school_id)
    with pytest.raises(NotFound):
        headlines(head, make_school(database))


def add_news(database, title, starts_on, ends_on=None, *, authority=None):
    publisher = make_user(database, Role.LA_ADMIN)
    with database.unit_of_work(write=True) as work:
        work.session.add(
            NewsItem(
                local_authority_id=authority or make_authority(database),
                title=title,
                body="Words.",
                starts_on=starts_on,
                ends_on=ends_on,
                published_by=publisher,
            )
        )
        work.commit()


def test_news_shows_what_is_current_newest_first(database, school_id):
    add_news(database, "Earlier", date(2025, 11, 1))
    add_news(database, "Last day", date(2025, 11, 2), date(2025, 12, 3))
    add_news(database, "Over", date(2025, 11, 3), date(2025, 12, 2))
    add_news(database, "First day", date(2025, 12, 3))
    add_news(database, "To come", date(2025, 12, 4))
    found = news(caller_of(database, Role.TEACHER, school_id=school_id))
    assert [item.title for item in found] == ["First day", "Last day", "Earlier"]
    assert found[0].body == "Words."


def test_news_of_another_authority_is_not_shown(database, school_id):
    elsewhere = make_authority(database, "998", "Elsewhere")
    add_news(database, "Theirs", date(2025, 11, 1), authority=elsewhere)
    assert news(caller_of(database, Role.TEACHER, school_id=school_id)) == ()


def test_news_day_is_that_of_london(database, school_id):
    # 23:30 UTC on 30 June is half past midnight on 1 July in London
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    add_news(database, "July", date(2026, 7, 1))
    teacher = caller_of(database, Role.TEACHER, school_id=school_id, now=late)
    assert [item.title for item in news(teacher)] == ["July"]


def test_headlines_of_an_authority_without_pupils_are_none(database, school_id):
    adviser = caller_of(database, Role.LA_ADVISER, local_authority_id=make_authority(database))
    assert headlines(adviser) == ()
