"""Schools: the same figures in the data grid and its accessible twin, and the way to a school."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import ipydatagrid
import pandas as pd
import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.domain.rounding import NOT_APPLICABLE
from pupiltrack_core.services import local_authority as overview
from pupiltrack_portal.pages import schools
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.form import Form
from pupiltrack_portal.widgets.prose import Prose
from tests.builders import make_authority, make_pupils, make_school, make_user
from tests.integration.pages.browser import (
    assert_signed_out,
    cells_of,
    each,
    field_of,
    only,
    press,
    press_cell,
    shown,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import FARAWAY, HILLSIDE, OAKFIELD, Village


@pytest.fixture
def analyst(village: Village, open_as: OpenPage) -> PageContext:
    """An LA analyst, in an authority that also has a school without pupils."""
    make_school(village.database, "Empty Primary School", laestab="9992003")
    return open_as(Role.LA_ANALYST)


def view_of(context: PageContext) -> schools.View:
    return schools.View(schools.open_model(context), context)


def select_row(grid: ipydatagrid.DataGrid, row: int) -> None:
    """Click a row of the data grid, as its browser side tells of it."""
    grid.set_state({"selections": [{"r1": row, "r2": row, "c1": 0, "c2": 9}]})


def links(view: schools.View) -> list[str]:
    blocks = (block for told in each(view.widget, Prose) for block in told.blocks)
    return [block["href"] for block in blocks if block["kind"] == "link"]


def test_overview_holds_the_schools_of_the_own_authority(analyst: PageContext) -> None:
    model = schools.open_model(analyst)
    assert list(model.schools[overview.LAESTAB]) == ["9992003", HILLSIDE, OAKFIELD]
    assert (model.academic_year, model.academic_years) == (2025, (2025, 2024))


def test_grid_frame_counts_pupils_and_leaves_out_keys(analyst: PageContext) -> None:
    frame = schools.grid_frame(schools.open_model(analyst).found)
    hillside = frame.loc["Hillside Primary School"]
    # Seven included in Years 1 and 4: reading O and D, writing O D O, maths O D, together OOO DDD.
    assert hillside["Pupils"] == 7
    assert [hillside[f"{name} pupils"] for name in ("Reading", "Writing", "Maths")] == [2, 3, 2]
    assert [hillside[f"{name} %"] for name in ("Reading", "Writing")] == [29, 43]  # 2/7, 3/7
    assert hillside["All three pupils"] == 2
    assert not [name for name in frame.columns if "id" in str(name).lower()]


def test_percentage_of_nobody_is_missing_and_not_zero(analyst: PageContext) -> None:
    model = schools.open_model(analyst)
    frame = schools.grid_frame(model.found)
    assert pd.isna(frame.loc["Empty Primary School", "Reading %"])
    model.look = schools.TABLE
    table = only(schools.View(model, analyst).widget, FiguresTable)
    assert cells_of(table)["Empty Primary School"][2] == NOT_APPLICABLE


def test_data_grid_and_accessible_twin_hold_the_same_figures(analyst: PageContext) -> None:
    model = schools.open_model(analyst)
    frame = schools.grid_frame(model.found)
    rows = [schools.twin_row(school) for school in model.found.to_dict("records")]
    assert [row.head.text for row in rows] == list(frame.index)
    columns = list(frame.columns)
    assert columns[:2] == ["LAESTAB", "Pupils"]
    compared = 0
    for row, (_, line) in zip(rows, frame.iterrows(), strict=True):
        laestab, pupils, *subjects, no_data = [cell.text for cell in row.cells]
        assert (laestab, int(pupils)) == (line["LAESTAB"], line["Pupils"])
        pairs = list(zip(columns[2:-1:2], columns[3:-1:2], strict=True))
        assert len(pairs) == len(subjects) == 4
        for text, (share, count) in zip(subjects, pairs, strict=True):
            if pd.isna(line[share]):
                assert (text, line[count], line["Pupils"]) == (NOT_APPLICABLE, 0, 0)
            else:
                assert text == f"{line[count]} ({line[share]:.0f}\u202f%)"
            compared += 1
        assert int(no_data.split()[0]) == line["No data"]
    assert compared == 12


def test_data_grid_on_view_holds_the_frame(analyst: PageContext) -> None:
    view = view_of(analyst)
    grid = only(view.widget, ipydatagrid.DataGrid)
    pd.testing.assert_frame_equal(
        grid.get_visible_data(), schools.grid_frame(view.model.found), check_dtype=False
    )
    assert grid.editable is False


def test_look_is_changed_by_the_form_and_kept_in_the_address(analyst: PageContext) -> None:
    view = view_of(analyst)
    form = only(view.widget, Form)
    press(form, "show", show=schools.TABLE)
    assert list(each(view.widget, ipydatagrid.DataGrid)) == []
    assert len(cells_of(only(view.widget, FiguresTable))) == 3
    assert parse_qs(form.address) == {"year": ["2025"], "show": ["table"]}
    press(form, "show", show=schools.GRID)
    assert list(each(view.widget, FiguresTable)) == []


def test_address_comes_back_the_same(village: Village, open_as: OpenPage) -> None:
    model = schools.open_model(open_as(Role.LA_ANALYST, year="2024", show="table"))
    assert (model.academic_year, model.look) == (2024, schools.TABLE)
    assert parse_qs(model.to_address()) == {"year": ["2024"], "show": ["table"]}


@pytest.mark.parametrize("query", [{"year": "1066"}, {"year": "x"}, {"show": "xml"}, {}])
def test_unknown_choices_in_the_address_fall_to_the_first(
    open_as: OpenPage, query: dict[str, str]
) -> None:
    model = schools.open_model(open_as(Role.LA_ADMIN, **query))
    assert (model.academic_year, model.look) == (2025, schools.GRID)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("oak", [OAKFIELD]),
        ("PRIMARY", ["9992003", HILLSIDE, OAKFIELD]),
        ("999/2002", [OAKFIELD]),
        ("2001", [HILLSIDE]),
        (".*", []),
        ("(", []),
        ("Faraway", []),
        ("  ", ["9992003", HILLSIDE, OAKFIELD]),
    ],
)
def test_search_finds_by_name_or_number(analyst: PageContext, words: str, found: list[str]) -> None:
    view = view_of(analyst)
    press(only(view.widget, Form), "show", name=words, show=schools.TABLE)
    rows = only(view.widget, FiguresTable).spec["rows"]
    assert [row["key"] for row in rows] == found


def test_search_that_finds_nothing_leaves_an_empty_data_grid(analyst: PageContext) -> None:
    view = view_of(analyst)
    press(only(view.widget, Form), "show", name="nowhere")
    assert len(only(view.widget, ipydatagrid.DataGrid).get_visible_data()) == 0
    assert "0 schools" in shown(view.widget)


def test_row_of_the_data_grid_opens_the_schools_pages(analyst: PageContext) -> None:
    view = view_of(analyst)
    assert links(view) == []
    select_row(only(view.widget, ipydatagrid.DataGrid), 2)
    assert view.model.chosen == OAKFIELD
    assert links(view) == [
        f"/{page}?school={OAKFIELD}&year=2025"
        for page in ("full-report", "venn", "assessments", "pupils")
    ]


def test_row_is_of_the_grid_as_sorted_in_the_browser(analyst: PageContext) -> None:
    view = view_of(analyst)
    grid = only(view.widget, ipydatagrid.DataGrid)
    grid.set_state({"_visible_rows": [2, 0, 1]})
    select_row(grid, 0)
    assert view.model.chosen == OAKFIELD


@pytest.mark.parametrize(
    "selections",
    [
        [{"r1": 99, "r2": 99, "c1": 0, "c2": 0}],
        [{"r1": -1, "r2": -1, "c1": 0, "c2": 0}],
        [],
    ],
)
def test_row_that_is_not_there_chooses_no_school(
    analyst: PageContext, selections: list[dict[str, Any]]
) -> None:
    view = view_of(analyst)
    only(view.widget, ipydatagrid.DataGrid).set_state({"selections": selections})
    assert view.model.chosen == ""
    assert analyst.notice.messages == []


def test_malformed_selection_is_told_by_reference_and_chooses_nothing(
    analyst: PageContext, caplog: pytest.LogCaptureFixture
) -> None:
    view = view_of(analyst)
    with pytest.raises(KeyError):  # the data grid's own check
        only(view.widget, ipydatagrid.DataGrid).set_state({"selections": [{"row": 1}]})
    assert view.model.chosen == ""
    assert "reference" in analyst.notice.messages[0]["text"]
    assert "KeyError" in caplog.text


def test_school_pressed_in_the_twin_opens_its_pages(analyst: PageContext) -> None:
    view = view_of(analyst)
    press(only(view.widget, Form), "show", show=schools.TABLE)
    table = only(view.widget, FiguresTable)
    press_cell(table, HILLSIDE, "")
    assert view.model.name_of_chosen() == "Hillside Primary School"
    assert table.pressed == f"{HILLSIDE}/"
    press_cell(table, FARAWAY, "")
    assert view.model.chosen == HILLSIDE


def test_chosen_school_tells_an_adviser_how_it_is_reached(open_as: OpenPage) -> None:
    view = view_of(open_as(Role.LA_ADVISER, show=schools.TABLE))
    press_cell(only(view.widget, FiguresTable), HILLSIDE, "")
    assert "Headteacher: Not on record" in shown(view.widget)
    assert [form.spec["name"] for form in each(view.widget, Form)] == ["schools"]


def test_chosen_schools_contact_details_are_put_right_by_an_administrator(
    open_as: OpenPage,
) -> None:
    context = open_as(Role.LA_ADMIN, show=schools.TABLE)
    view = view_of(context)
    table = only(view.widget, FiguresTable)
    press_cell(table, HILLSIDE, "")
    contact = only(view.widget, Form, name="contact")
    press(contact, "save", phone="none")
    assert list(contact.errors) == ["phone"]
    press(contact, "save", head_name="A. Head", address="1 Road,\n\nTown", postcode="la14yf")
    assert context.notice.messages[0]["text"] == "The details are saved."
    assert "Address: 1 Road, Town, LA1 4YF" in shown(view.widget)
    press_cell(table, OAKFIELD, "")
    assert field_of(only(view.widget, Form, name="contact"), "head_name")["value"] == ""
    assert "A. Head" not in shown(view.widget)


@pytest.mark.parametrize("laestab", [FARAWAY, "9999999", "", "<b>", "999/2001"])
def test_choice_of_a_school_outside_the_authority_is_none(
    analyst: PageContext, laestab: str
) -> None:
    model = schools.open_model(analyst)
    model.choose(laestab)
    assert (model.chosen, model.name_of_chosen()) == ("", "")


def test_other_year_forgets_the_school_chosen(analyst: PageContext) -> None:
    view = view_of(analyst)
    select_row(only(view.widget, ipydatagrid.DataGrid), 1)
    press(only(view.widget, Form), "show", year="2024")
    assert (view.model.academic_year, view.model.chosen, links(view)) == (2024, "", [])


def test_authority_without_pupils_lists_its_schools(village: Village, open_as: OpenPage) -> None:
    authority = make_authority(village.database, "777", "Small Authority")
    make_school(village.database, "New", laestab="7772001", local_authority_id=authority)
    village.people["new"] = make_user(village.database, Role.LA_ADMIN, local_authority_id=authority)
    context = open_as("new")
    view = view_of(context)
    assert view.model.academic_year == context.academic_year_now()
    assert list(only(view.widget, ipydatagrid.DataGrid).get_visible_data()["Pupils"]) == [0]


def test_many_schools_are_all_in_the_data_grid(village: Village, open_as: OpenPage) -> None:
    for number in range(30):
        make_school(village.database, f"School {number:02}", laestab=f"99930{number:02}")
    make_pupils(village.database, village.hillside, 1)
    view = view_of(open_as(Role.LA_ADVISER))
    assert len(only(view.widget, ipydatagrid.DataGrid).get_visible_data()) == 32


def test_revoked_session_chooses_nothing(village: Village, analyst: PageContext) -> None:
    view = view_of(analyst)
    village.revoke(Role.LA_ANALYST)
    select_row(only(view.widget, ipydatagrid.DataGrid), 1)
    press(only(view.widget, Form), "show", year="2024")
    assert (view.model.chosen, view.model.academic_year) == ("", 2025)
    assert_signed_out(analyst.notice)
