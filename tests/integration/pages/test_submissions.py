"""Submissions: what is held of each return, and what a browser cannot ask."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.domain.statutory import Collection
from pupiltrack_core.errors import NotFound
from pupiltrack_portal.pages import submissions
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.form import Form
from tests.builders import make_pupil, make_school, make_user
from tests.integration.pages.browser import (
    assert_signed_out,
    cells_of,
    each,
    keys_of,
    offered,
    only,
    press,
    shown,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import FARAWAY, HILLSIDE, OAKFIELD, PERSONAL, Village


def view_of(context: PageContext) -> submissions.View:
    return submissions.View(submissions.open_model(context), context)


def tables(view: submissions.View) -> tuple[FiguresTable, FiguresTable]:
    counts, pupils = each(view.widget, FiguresTable)
    return counts, pupils


def surnames(view: submissions.View) -> list[str]:
    return [name.split(",")[0] for name in cells_of(tables(view)[1])]


def test_start_is_phonics_of_the_latest_year(open_as: OpenPage) -> None:
    model = submissions.open_model(open_as())
    assert (model.collection, model.academic_year) == (Collection.PHONICS, 2025)
    assert model.info.is_statutory


def test_counts_say_how_many_are_held_and_missing(open_as: OpenPage) -> None:
    view = view_of(open_as())
    # Gray has a mark, Hill has nothing: 1 of 2 held, 1 of 2 missing.
    headings = [column["label"] for column in tables(view)[0].spec["columns"]]
    counts = dict(zip(headings, cells_of(tables(view)[0])["Year 1"], strict=True))
    assert counts["Pupils"] == "2"
    assert sorted(counts.values()) == sorted(
        ["2", "1 (50\u202f%)", "1 (50\u202f%)", "0 (0\u202f%)", "0 (0\u202f%)"]
    )


def test_pupils_show_what_is_held(open_as: OpenPage) -> None:
    view = view_of(open_as())
    assert surnames(view) == ["Gray", "Hill"]
    gray, hill = cells_of(tables(view)[1]).values()
    assert gray[:3] == ["Year 1", "Ash", "35"]
    assert gray[-1] == "Provisional"
    assert hill[2:4] == ["", ""]
    assert hill[-1] == ""


def test_holding_asked_for_filters_the_pupils_and_not_the_counts(open_as: OpenPage) -> None:
    view = view_of(open_as())
    form = only(view.widget, Form)
    missing = next(
        option[0] for option in _options(form, "holding") if option[1].lower() == "missing"
    )
    press(form, "show", holding=missing)
    assert surnames(view) == ["Hill"]
    assert cells_of(tables(view)[0])["Year 1"][0] == "2"


def _options(form: Form, key: str) -> list[list[str]]:
    return next(item["options"] for item in form.spec["fields"] if item["key"] == key)


@pytest.mark.parametrize("collection", list(Collection))
def test_every_collection_can_be_shown(open_as: OpenPage, collection: Collection) -> None:
    context = open_as(collection=collection.value)
    view = view_of(context)
    assert view.model.collection is collection
    assert collection.label in shown(view.widget)
    assert context.notice.messages == []


def test_return_that_was_not_due_is_said_to_be_none(open_as: OpenPage) -> None:
    # Key stage 1 ceased to be statutory after 2022/2023.
    assert "No statutory return of this kind was due" in shown(
        view_of(open_as(collection="KS1")).widget
    )


def test_return_in_levels_is_said_to_be_of_levels(village: Village, open_as: OpenPage) -> None:
    old = make_school(village.database, "Old School", laestab="9992098")
    make_pupil(village.database, old, academic_year=2014, year_group=6)
    village.people["old"] = make_user(village.database, Role.HEAD, school_id=old)
    said = shown(view_of(open_as("old", collection="KS2")).widget)
    assert "made in levels, which are not held here" in said
    assert "No statutory return" not in said


def test_address_comes_back_the_same_and_names_nobody(open_as: OpenPage) -> None:
    query = {"school": HILLSIDE, "year": "2024", "collection": "KS2", "holding": "missing"}
    model = submissions.open_model(open_as(**query))
    assert {key: only_ for key, (only_,) in parse_qs(model.to_address()).items()} == query
    assert not any(name in model.to_address() for name in PERSONAL)


@pytest.mark.parametrize("school", [OAKFIELD, FARAWAY, "9999999", "all", "<b>"])
def test_school_of_others_in_the_address_is_refused(open_as: OpenPage, school: str) -> None:
    with pytest.raises(NotFound):
        submissions.open_model(open_as(school=school))


def test_unknown_choices_in_the_address_fall_to_the_first(open_as: OpenPage) -> None:
    model = submissions.open_model(open_as(year="1066", collection="SATS", holding="all"))
    assert (model.academic_year, model.collection) == (2025, Collection.PHONICS)
    assert model.holding == ""


def test_forged_choices_in_a_message_change_no_school(open_as: OpenPage) -> None:
    view = view_of(open_as(Role.LA_ADVISER, school=OAKFIELD))
    press(only(view.widget, Form), "show", school=FARAWAY, year="1066", holding="x")
    assert view.model.school.laestab == OAKFIELD
    assert view.model.academic_year == 2025


def test_local_authority_chooses_among_its_schools(open_as: OpenPage) -> None:
    view = view_of(open_as(Role.LA_ADVISER))
    form = only(view.widget, Form)
    assert offered(form, "school") == [HILLSIDE, OAKFIELD]
    press(form, "show", school=OAKFIELD)
    assert view.model.school.laestab == OAKFIELD
    assert surnames(view) == []
    assert "school" not in keys_of(only(view_of(open_as()).widget, Form))


def test_school_without_pupils_shows_an_empty_return(village: Village, open_as: OpenPage) -> None:
    new = make_school(village.database, "New School", laestab="9992099")
    village.people["new"] = make_user(village.database, Role.HEAD, school_id=new)
    context = open_as("new")
    view = view_of(context)
    assert view.model.academic_year == context.academic_year_now()
    assert surnames(view) == []


def test_revoked_session_changes_nothing(open_as: OpenPage, village: Village) -> None:
    context = open_as()
    view = view_of(context)
    village.revoke(Role.TEACHER)
    press(only(view.widget, Form), "show", year="2024")
    assert view.model.academic_year == 2025
    assert_signed_out(context.notice)


def test_view_without_any_school_says_so(open_as: OpenPage, village: Village) -> None:
    context = open_as()
    village.take_roles_from(Role.TEACHER)
    assert "no school to show yet" in shown(view_of(context).widget)
