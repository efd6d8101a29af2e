"""Home: whose page it is, the headline figures, the news."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.services.news import publish_news
from pupiltrack_portal.pages import home
from pupiltrack_portal.widgets.headline import HeadlineFigures
from tests.builders import make_authority, make_school, make_user
from tests.integration.pages.browser import only, shown
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import Village


def test_model_of_a_teacher_is_of_the_school(open_as: OpenPage) -> None:
    model = home.open_model(open_as())
    assert model.place == "Hillside Primary School"
    assert (model.role, model.academic_year) == ("Class teacher", "2025/2026")
    assert not model.is_local_authority


def test_headlines_of_a_school_are_counted_over_included_pupils(open_as: OpenPage) -> None:
    model = home.open_model(open_as())
    # Reading O D B T and one blank: 2 of 5. Writing O D O T: 3 of 5. Maths O D T T: 2 of 5.
    assert [(line.subject, line.count, line.of) for line in model.headlines] == [
        ("READ", 2, 5),
        ("WRIT", 3, 5),
        ("MATH", 2, 5),
        ("RWM", 2, 5),
    ]


def test_headlines_of_an_authority_add_its_schools_and_no_others(open_as: OpenPage) -> None:
    model = home.open_model(open_as(Role.LA_ADVISER))
    assert model.place == "2 schools"
    # Oakfield's one pupil is O B O: reading 2 + 1 of 5 + 1. Faraway's D D D is not counted.
    assert [(line.count, line.of) for line in model.headlines][:2] == [(3, 6), (3, 6)]


def test_view_shows_each_headline_with_its_share(open_as: OpenPage) -> None:
    context = open_as()
    view = home.View(home.open_model(context), context)
    first = only(view.widget, HeadlineFigures).lines[0]
    assert first["cohort"] == "Year 4 cohort"
    assert first["figure"] == "40\u202f%"
    assert first["percent"] == 40.0
    assert "2/5 pupils" in first["text"]


def test_view_keeps_a_display_name_as_text(open_as: OpenPage) -> None:
    context = open_as()
    view = home.View(home.open_model(context), context)
    assert '"kind": "heading", "text": "Welcome, <i>Jo</i> Example"' in shown(view.widget)


def test_news_of_the_own_authority_is_shown_while_it_lasts(
    open_as: OpenPage, village: Village
) -> None:
    admin = open_as(Role.LA_ADMIN)
    authority = admin.principal().local_authority_ids[0]
    today = date.today()
    for title, start in (("Moderation", today), ("Next month", today + timedelta(days=30))):
        body = "<b>B</b>\n\nMore of it"
        publish_news(admin.caller, authority, title=title, body=body, starts_on=start)
    context = open_as()
    words = shown(home.View(home.open_model(context), context).widget)
    assert "Moderation" in words
    assert '"text": "<b>B</b>"' in words
    assert '"text": "More of it"' in words
    assert "Next month" not in words


@pytest.mark.parametrize(
    ("role", "words"), [(Role.HEAD, "New School"), (Role.LA_ADMIN, "1 school")]
)
def test_view_without_figures_says_so(
    village: Village, open_as: OpenPage, role: Role, words: str
) -> None:
    authority = make_authority(village.database, "777", "Small Authority")
    new = make_school(
        village.database, "New School", laestab="7772001", local_authority_id=authority
    )
    over = role is Role.LA_ADMIN
    village.people["new"] = make_user(
        village.database,
        role,
        school_id=None if over else new,
        local_authority_id=authority,
    )
    context = open_as("new")
    model = home.open_model(context)
    text = shown(home.View(model, context).widget)
    assert (model.headlines, model.academic_year) == ((), "")
    assert words in text
    assert "no headline figures yet" in text
    assert "no news" in text


def test_model_of_a_person_without_roles_names_no_school(
    village: Village, open_as: OpenPage
) -> None:
    context = open_as()
    village.take_roles_from(Role.TEACHER)
    model = home.open_model(context)
    assert (model.place, model.role, model.headlines, model.news) == ("no school yet", "", (), ())
