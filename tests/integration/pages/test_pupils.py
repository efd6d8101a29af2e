"""Pupils: the list and its search, of which nothing personal reaches the address."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qs, parse_qsl

import pytest
from sqlalchemy import select

from pupiltrack_core.access import Page, Role
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.pupil_meetings import MeetingEntry, add_pupil_meeting
from pupiltrack_core.services.view_choices import save_view
from pupiltrack_core.storage.models import SavedSelection
from pupiltrack_portal.pages import assessments, pupils
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.entry_grid import EntryGrid
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import Form
from pupiltrack_portal.widgets.step_heading import StepHeading
from pupiltrack_portal.widgets.toggle_row import ToggleRow
from tests.builders import make_school, make_user
from tests.integration.pages.browser import (
    assert_signed_out,
    cells_of,
    chips_of,
    each,
    field_of,
    offered,
    only,
    press,
    press_cell,
    press_chip,
    press_step,
    shown,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import FARAWAY, HILLSIDE, OAKFIELD, PERSONAL, Village


def view_of(context: PageContext) -> pupils.View:
    return pupils.View(pupils.open_model(context), context)


def surnames(view: pupils.View) -> list[str]:
    table = only(view.widget, FiguresTable)
    return [name.split(",")[0] for name in cells_of(table)]


def test_list_starts_with_every_pupil_of_the_latest_year(open_as: OpenPage) -> None:
    view = view_of(open_as())
    assert surnames(view) == [
        "<b>Finch</b>",
        "Archer",
        "Baker",
        "Carter",
        "Dunn",
        "Evans",
        "Gray",
        "Hill",
    ]
    assert only(view.widget, FiguresTable).spec["caption"] == "8 pupils found"


def test_row_shows_the_pupils_particulars(open_as: OpenPage) -> None:
    cells = cells_of(only(view_of(open_as()).widget, FiguresTable))
    baker = next(row for name, row in cells.items() if name.startswith("Baker"))
    dunn = next(row for name, row in cells.items() if name.startswith("Dunn"))
    assert baker[:4] == ["Year 4", "Maple", "Male", "01/10/2017"]
    assert (baker[5], dunn[5]) == ("Yes", "No")


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ({"surname": "car"}, ["Carter"]),
        ({"surname": "<B>"}, ["<b>Finch</b>"]),
        ({"surname": "%"}, []),
        ({"surname": "' OR 1=1 --"}, []),
        ({"class": "Birch"}, ["<b>Finch</b>", "Evans"]),
        ({"years": "1"}, ["Gray", "Hill"]),
        ({"years": "1", "surname": "h"}, ["Hill"]),
        ({"upn": "nobody"}, []),
    ],
)
def test_search_finds(open_as: OpenPage, search: dict[str, str], found: list[str]) -> None:
    view = view_of(open_as())
    press(only(view.widget, Form, name="search"), "search", **search)
    assert surnames(view) == found


def test_search_by_upn_finds_one(open_as: OpenPage) -> None:
    view = view_of(open_as())
    upn = next(iter(view.model.pupils["upn"]))
    press(only(view.widget, Form, name="search"), "search", upn=f" {upn.lower()} ")
    assert len(surnames(view)) == 1


def test_search_puts_neither_name_nor_upn_in_the_address(open_as: OpenPage) -> None:
    view = view_of(open_as())
    form = only(view.widget, Form, name="search")
    press(form, "search", surname="Archer", upn="A9992", years="4", **{"class": "Maple"})
    assert parse_qs(form.address) == {
        "school": [HILLSIDE],
        "year": ["2025"],
        "class": ["Maple"],
        "years": ["4"],
    }
    assert not any(name in form.address for name in PERSONAL)
    assert field_of(form, "surname")["value"] == "Archer"


def test_name_in_the_address_is_not_searched_for(open_as: OpenPage) -> None:
    view = view_of(open_as(surname="Archer", upn="A999"))
    assert len(surnames(view)) == 8
    assert view.model.search.get("surname", "") == ""


def test_address_comes_back_the_same(open_as: OpenPage) -> None:
    query = {"school": HILLSIDE, "year": "2025", "class": "Ash", "years": "1"}
    model = pupils.open_model(open_as(**query))
    assert {key: only_ for key, (only_,) in parse_qs(model.to_address()).items()} == query
    assert len(model.pupils) == 2


def test_clear_keeps_school_and_year_alone(open_as: OpenPage) -> None:
    view = view_of(open_as(Role.LA_ADVISER, school=HILLSIDE, year="2024"))
    form = only(view.widget, Form, name="search")
    press(form, "search", surname="zzz")
    assert surnames(view) == []
    press(form, "clear")
    assert len(surnames(view)) == 1
    assert view.model.academic_year == 2024
    assert field_of(form, "surname")["value"] == ""


def test_refresh_finds_what_was_searched_for(open_as: OpenPage) -> None:
    model = pupils.open_model(open_as(**{"class": "Maple"}))
    model.refresh()
    assert len(model.pupils) == 4


@pytest.mark.parametrize("school", [OAKFIELD, FARAWAY, "9999999", "1", "<b>"])
def test_school_of_others_in_the_address_is_refused(open_as: OpenPage, school: str) -> None:
    with pytest.raises(NotFound):
        pupils.open_model(open_as(school=school))


def test_unknown_choices_in_the_address_fall_away(open_as: OpenPage) -> None:
    model = pupils.open_model(open_as(year="1066", years="99", **{"class": "Elm"}))
    assert model.academic_year == 2025
    assert len(model.pupils) == 8


def test_forged_choices_in_a_message_fall_away(open_as: OpenPage) -> None:
    view = view_of(open_as(Role.LA_ADVISER, school=OAKFIELD))
    press(
        only(view.widget, Form, name="search"),
        "search",
        school=FARAWAY,
        year="1066",
        years="99",
        surname=["x"],
        **{"class": "Maple"},
    )
    assert view.model.school.laestab == OAKFIELD
    assert surnames(view) == ["Oak"]


def test_local_authority_chooses_among_its_schools(open_as: OpenPage) -> None:
    view = view_of(open_as(Role.LA_ADVISER))
    form = only(view.widget, Form, name="search")
    assert offered(form, "school") == [HILLSIDE, OAKFIELD]
    press(form, "search", school=OAKFIELD)
    assert surnames(view) == ["Oak"]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.HEAD, True),
        (Role.DATA_MANAGER, True),
        (Role.TEACHER, False),
        (Role.LA_ADVISER, False),
        (Role.LA_ADMIN, False),
    ],
)
def test_import_is_offered_to_those_who_may(open_as: OpenPage, role: Role, expected: bool) -> None:
    view = view_of(open_as(role))
    assert view.model.may_import is expected
    assert ("Import pupils" in shown(view.widget)) is expected


@pytest.mark.parametrize(
    ("role", "expected"), [(Role.TEACHER, 2), (Role.LA_ADVISER, 2), (Role.DATA_MANAGER, 0)]
)
def test_list_is_given_out_to_those_who_bring_nobody_in(
    open_as: OpenPage, role: Role, expected: int
) -> None:
    # Whoever does finds the buttons where they bring pupils in.
    view = view_of(open_as(role))
    labels = [button.label for button in each(view.widget, FileButton)]
    assert labels == ["Get the list as Excel", "Get the list as CSV"][:expected]


def test_list_is_read_again_after_pupils_were_archived(open_as: OpenPage, village: Village) -> None:
    view = view_of(open_as(Role.HEAD))
    press(only(view.widget, Form, name="open-new-pupil"), "archive")
    ticked = [str(village.pupils["Archer"])]
    press(only(view.widget, Form, name="archive-pupils"), "go-on", pupils=ticked, reason="moved")
    press(only(view.widget, Form, name="confirm-archiving"), "archive")
    heading = only(view.widget, StepHeading)
    heading._on_message(heading, {"kind": "step", "key": "back"}, [])
    assert "Archer" not in surnames(view)
    assert len(surnames(view)) == 7


def test_years_end_with_the_year_of_today(open_as: OpenPage, village: Village) -> None:
    context = open_as(Role.HEAD)
    model = pupils.open_model(context)
    assert {2025, 2024, context.academic_year_now()} == set(model.academic_years)
    assert model.academic_year == 2025


def test_school_without_pupils_lists_none_and_offers_the_import(
    village: Village, open_as: OpenPage
) -> None:
    new = make_school(village.database, "New School", laestab="9992099")
    village.people["new"] = make_user(village.database, Role.HEAD, school_id=new)
    context = open_as("new")
    view = view_of(context)
    assert view.model.academic_year == context.academic_year_now()
    assert surnames(view) == []
    assert "Import pupils" in shown(view.widget)


def test_revoked_session_finds_nobody_new(open_as: OpenPage, village: Village) -> None:
    context = open_as()
    view = view_of(context)
    village.revoke(Role.TEACHER)
    press(only(view.widget, Form, name="search"), "search", surname="Archer")
    assert len(surnames(view)) == 8
    assert view.model.search.get("surname", "") == ""
    assert_signed_out(context.notice)


def test_view_without_any_school_says_so(open_as: OpenPage, village: Village) -> None:
    context = open_as()
    village.take_roles_from(Role.TEACHER)
    assert "no school to show yet" in shown(view_of(context).widget)


# --- the search that comes back -----------------------------------------------------------------


def test_saved_search_comes_back_at_the_next_visit(open_as: OpenPage) -> None:
    context = open_as(Role.LA_ADVISER)
    view = view_of(context)
    form = only(view.widget, Form, name="search")
    press(form, "save", school=OAKFIELD)
    press(form, "save", school=OAKFIELD, surname="Oak", upn="A9", **{"class": "Elm", "years": "4"})
    assert "next visit" in context.notice.messages[0]["text"]
    again = pupils.open_model(open_as(Role.LA_ADVISER))
    assert again.school.laestab == OAKFIELD
    kept = {key: text for key, text in again.search.items() if text}
    assert kept == {"school": OAKFIELD, "class": "Elm", "years": "4"}


def test_saved_search_holds_no_name_no_upn_and_not_the_newest_year(
    open_as: OpenPage, village: Village
) -> None:
    view = view_of(open_as())
    press(only(view.widget, Form, name="search"), "save", surname="Archer", upn="A9992")
    with village.database.unit_of_work() as work:
        (kept,) = work.session.scalars(select(SavedSelection.selection))
    assert kept == {"school": HILLSIDE}


def test_saved_search_gives_way_to_the_address(open_as: OpenPage) -> None:
    press(only(view_of(open_as()).widget, Form, name="search"), "save", years="1")
    assert len(pupils.open_model(open_as(years="4")).pupils) == 6
    assert len(pupils.open_model(open_as()).pupils) == 2


def test_saved_search_is_each_persons_own(open_as: OpenPage) -> None:
    press(only(view_of(open_as()).widget, Form, name="search"), "save", years="1")
    assert len(pupils.open_model(open_as(Role.HEAD)).pupils) == 8


@pytest.mark.parametrize(
    "kept",
    [
        {"school": FARAWAY, "years": "4"},
        {"school": ["x"], "class": {"a": 1}},
        {"school": HILLSIDE, "class": "Gone", "years": "99", "year": "1066"},
    ],
)
def test_saved_search_that_means_nothing_any_more_falls_away(
    open_as: OpenPage, kept: dict[str, object]
) -> None:
    save_view(open_as().caller, "pupils", kept)
    assert len(pupils.open_model(open_as()).pupils) == 8


def test_search_alone_keeps_nothing(open_as: OpenPage) -> None:
    press(only(view_of(open_as()).widget, Form, name="search"), "search", years="1")
    assert len(pupils.open_model(open_as()).pupils) == 8


# --- the marks of meetings and interventions ----------------------------------------------------


def test_list_marks_in_words_and_shape_who_was_met_about_this_year(
    open_as: OpenPage, village: Village
) -> None:
    context = open_as()
    entry = MeetingEntry(date(2025, 11, 3), "Ms Grey", {}, {})
    add_pupil_meeting(context.caller, village.hillside, village.pupils["Archer"], entry)
    view = view_of(context)
    cells = cells_of(only(view.widget, FiguresTable))
    archer = next(row for name, row in cells.items() if name.startswith("Archer"))
    baker = next(row for name, row in cells.items() if name.startswith("Baker"))
    assert (archer[7], baker[7]) == ("● Held", "○ None yet")
    assert (archer[6], baker[6]) == ("None", "None")


@pytest.mark.parametrize(
    ("column", "section"),
    [("meetings", "Progress meetings"), ("interventions", "Interventions"), ("", "Details")],
)
def test_list_leads_to_the_section_of_a_pupils_record(
    open_as: OpenPage, village: Village, column: str, section: str
) -> None:
    view = view_of(open_as())
    press_cell(only(view.widget, FiguresTable), str(village.pupils["Baker"]), column)
    toggles = only(view.widget, ToggleRow)
    assert [label for _, label, is_on, _ in toggles.toggles if is_on] == [section]


def test_menu_of_a_grid_leads_to_the_meetings_about_a_pupil(
    open_as: OpenPage, village: Village
) -> None:
    """From the grid of assessments to its year group's list; from that of many, and back to it."""
    marks = open_as(Role.HEAD, Page.ASSESSMENTS, years="4")
    of_marks = only(assessments.View(assessments.open_model(marks), marks).widget, EntryGrid)
    many = open_as(Role.HEAD, Page.PUPILS, view="grid")
    of_many = only(view_of(many).widget, EntryGrid)
    for grid, shown_after, number in ((of_marks, FiguresTable, 6), (of_many, EntryGrid, 8)):
        label, address = grid.row_link
        path, _, query = f"{address}{village.pupils['Baker']}".partition("?")
        assert (label, path) == ("Progress meetings", "/pupils")
        assert not any(name in query for name in PERSONAL)
        view = view_of(open_as(Role.HEAD, Page.PUPILS, **dict(parse_qsl(query))))
        heading = only(view.widget, StepHeading)
        assert heading.heading.startswith("Baker")
        assert heading.position.endswith(f"of {number}")
        toggles = only(view.widget, ToggleRow)
        assert [text for _, text, is_on, _ in toggles.toggles if is_on] == ["Progress meetings"]
        press_step(heading, "back")
        assert list(each(view.widget, shown_after))


@pytest.mark.parametrize("asked", ["0", "-1", "x", "999999", "²", ""])
def test_address_of_a_pupil_who_is_not_on_the_list_shows_the_list(
    open_as: OpenPage, asked: str
) -> None:
    context = open_as(Role.TEACHER, Page.PUPILS, pupil=asked, section="meetings")
    view = view_of(context)
    assert len(surnames(view)) == 8
    assert "is not on this list" in context.notice.messages[0]["text"]


@pytest.mark.parametrize("page", [Page.PUPILS, Page.ASSESSMENTS])
def test_page_has_one_button_that_stands_out(open_as: OpenPage, page: Page) -> None:
    context = open_as(Role.HEAD, page)
    module = pupils if page is Page.PUPILS else assessments
    widget = module.View(module.open_model(context), context).widget
    forms = [form for form in each(widget, Form) if form.spec["buttons"]]
    assert len(forms) > 1
    standing_out = [form.spec["name"] for form in forms if not form.spec["plain"]]
    assert len(standing_out) == 1, standing_out


def test_search_by_characteristics_comes_back_and_can_be_taken_off(open_as: OpenPage) -> None:
    context = open_as(Role.HEAD)
    view = view_of(context)
    form = only(view.widget, Form, name="search")
    press(form, "save", sex="M", custom_1="N")
    assert chips_of(form) == {"sex": "Sex: Male", "custom_1": "Choir: No"}
    again = pupils.open_model(open_as(Role.HEAD))
    assert {key: text for key, text in again.search.items() if text} == {
        "school": HILLSIDE,
        "sex": "M",
        "custom_1": "N",
    }
    press_chip(form, "custom_1")
    assert surnames(view) == ["Baker"]
    press_chip(form, "sex")
    assert len(surnames(view)) == 8


def test_search_by_what_may_not_be_seen_falls_away(open_as: OpenPage) -> None:
    view = view_of(open_as(looked_after="Y", sex="X", custom_2="Y", fsm="<b>"))
    assert len(surnames(view)) == 8
    assert view.model.wanted.characteristics == ()
