"""Pupil matrix: layers, differences, names, kept views, and what a browser cannot ask."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest
from sqlalchemy import update

from pupiltrack_core.access import Page, Role
from pupiltrack_core.errors import InvalidEntry, NotFound
from pupiltrack_core.services.saved_views import saved_views
from pupiltrack_core.storage.assessment_models import Assessment
from pupiltrack_core.storage.models import MembershipRow
from pupiltrack_portal.pages import matrix
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.matrix_model import MatrixModel
from pupiltrack_portal.widgets.drawing import Drawing
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import Form
from pupiltrack_portal.widgets.step_heading import StepHeading
from tests.builders import NOW, make_school, make_user
from tests.integration.pages.browser import (
    cells_of,
    change,
    each,
    field_of,
    only,
    press,
    press_cell,
    press_file,
    shown,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import OAKFIELD, Village
from tests.integration.services.people import noting_statements
from tests.pdf_reading import text_of as text_of_pdf

YEAR_4 = {"years": "4"}
NOBODY = "There are no pupils in this cohort."


def view_of(context: PageContext) -> matrix.View:
    return matrix.View(matrix.open_model(context), context)


def pct(count: int, share: int) -> str:
    return f"{count} ({share}\u202f%)"


def layer_form(view: matrix.View) -> Form:
    return only(view.widget, Form, name="layer")


def add(view: matrix.View, **changed: Any) -> None:
    press(layer_form(view), "add", **changed)


def tables(view: matrix.View) -> list[FiguresTable]:
    """The tables on view: the primary set, earlier results, the layers, pupils."""
    return list(each(view.widget, FiguresTable))


def captioned(view: matrix.View, words: str) -> FiguresTable:
    (table,) = [item for item in tables(view) if words in item.spec["caption"]]
    return table


def primary(view: matrix.View) -> FiguresTable:
    return captioned(view, "Numbers and percentages of pupils")


def layer(view: matrix.View, number: int) -> FiguresTable:
    return captioned(view, f"Layer {number}: numbers")


def headings(view: matrix.View) -> list[str]:
    return [item.heading for item in each(view.widget, StepHeading)]


def step(view: matrix.View, number: int, key: str) -> None:
    heading = list(each(view.widget, StepHeading))[number - 1]
    heading._on_message(heading, {"kind": "step", "key": key}, [])


def notes_of(table: FiguresTable, row: str) -> list[str]:
    (found,) = [line for line in table.spec["rows"] if line["key"] == row]
    return [cell.get("note", "") if isinstance(cell, dict) else "" for cell in found["cells"]]


def surnames(view: matrix.View, words: str) -> list[str]:
    return [name.split(",")[0] for name in cells_of(captioned(view, words))]


def test_layers_begin_as_the_primary_set_without_reading_its_lists_again(
    open_as: OpenPage,
) -> None:
    with noting_statements() as statements:
        model = matrix.open_model(open_as(**YEAR_4))
    assert model.layer_choice.fields() == model.choice.fields()
    lists = [text for text in statements if "assessment.deleted_at IS NULL ORDER BY" in text]
    assert len(lists) == 1


def test_primary_set_shows_counts_shares_and_earlier_results(open_as: OpenPage) -> None:
    view = view_of(open_as(**YEAR_4))
    cells = cells_of(primary(view))
    # Of 5 in reading: B T O D and one blank; together OOO and DDD are on track.
    assert [cells[row][0] for row in ("Below", "Towards", "On track", "No data", "Pupils")] == [
        *(pct(1, 20),) * 4,
        "5",
    ]
    assert cells["On track or deeper"] == [pct(2, 40), pct(3, 60), pct(2, 40), pct(2, 40)]
    gld = captioned(view, "Good level of development at the end of Reception")
    assert cells_of(gld) == {
        "Yes": ["0 (0\u202f%)"],
        "No": ["0 (0\u202f%)"],
        "No data": [pct(5, 100)],
    }
    words = shown(view.widget)
    assert "1 pupil is left out because Include in data is set to No." in words
    assert "Key stage 1 was not statutory" in words
    assert len([item for item in each(view.widget, Drawing) if item.svg]) == 1
    assert headings(view) == []


def test_layer_stands_first_with_its_differences(open_as: OpenPage, village: Village) -> None:
    view = view_of(open_as(**YEAR_4))
    add(view, **{"class": "Birch"})
    assert headings(view) == ["Layer 1: Year 4, 2025/2026, Autumn, class Birch"]
    # Evans blank and Finch TTT: 1 of 2 is Towards, in the primary set 1 of 5: 50 less 20
    assert cells_of(layer(view, 1))["Towards"][0] == pct(1, 50)
    assert notes_of(layer(view, 1), "towards")[0] == "+30 pts, 0 pupils"
    assert notes_of(layer(view, 1), "deeper")[0] == "\u221220 pts, \u22121 pupil"
    assert notes_of(primary(view), "deeper") == [""] * 4
    change(layer_form(view), "assessment", str(village.baseline))
    add(view, assessment=str(village.baseline), **{"class": ""})
    assert headings(view)[0] == "Layer 1: Year 4, 2025/2026, Baseline"
    assert notes_of(layer(view, 1), "below")[0] == "no difference"  # 1 of 5 in both
    assert len([item for item in each(view.widget, Drawing) if item.svg]) == 3


def test_layers_are_moved_and_removed_and_the_focus_follows(open_as: OpenPage) -> None:
    view = view_of(open_as(**YEAR_4))
    for years in ("1", "2", "3"):
        add(view, years=years)
    groups = [3, 2, 1]
    assert [one.selection.years for one in view.model.matrix.layers] == groups
    step(view, 1, "down")
    assert [one.selection.years for one in view.model.matrix.layers] == [2, 3, 1]
    second = list(each(view.widget, StepHeading))[1]
    assert (second.focus_wanted, second.said["words"]) == (1, "Moved to place 2 of 3.")
    step(view, 3, "up")
    step(view, 1, "remove")
    assert [one.selection.years for one in view.model.matrix.layers] == [1, 3]
    step(view, 1, "up")  # it is the first: the button leads nowhere
    step(view, 9 - 7, "down")
    assert [one.selection.years for one in view.model.matrix.layers] == [1, 3]
    step(view, 1, "remove")
    step(view, 1, "remove")
    assert headings(view) == []
    assert layer_form(view).focus_wanted == 1
    with pytest.raises(InvalidEntry):
        view.model.move(0, -1)


def test_pressed_figure_shows_its_pupils_under_its_own_set(open_as: OpenPage) -> None:
    view = view_of(open_as(**YEAR_4))
    add(view, **{"class": "Maple"})
    press_cell(primary(view), "towards", "READ")
    assert surnames(view, "Primary set, Reading: Towards: 1 pupil") == ["<b>Finch</b>"]
    assert primary(view).pressed == "towards/READ"
    press_cell(layer(view, 1), "on_track_or_deeper", "RWM")
    assert surnames(view, "Layer 1, Reading, writing and maths") == ["Archer", "Baker"]
    assert primary(view).pressed == ""
    press_cell(layer(view, 1), "on_track_or_deeper", "RWM")
    assert [table for table in tables(view) if "pupil" in table.spec["rowHeading"].lower()] == []
    gld = captioned(view, "Good level")
    press_cell(gld, "-", "GLD")
    assert len(surnames(view, "Good level of development: No data: 5 pupils")) == 5


@pytest.mark.parametrize(
    ("row", "column"),
    [("pupils", "READ"), ("no_data", "SCIE"), ("mixed", "RWM"), ("everyone", "READ"), (None, 3)],
)
def test_forged_press_shows_nobody(open_as: OpenPage, row: Any, column: Any) -> None:
    context = open_as(**YEAR_4)
    view = view_of(context)
    table = primary(view)
    table._on_message(table, {"kind": "press", "row": row, "column": column}, [])
    assert (view.model.behind, context.notice.messages) == ((), [])


def test_figure_whose_pupils_may_not_be_seen_by_now_is_refused_and_let_go(
    open_as: OpenPage, village: Village
) -> None:
    context = open_as(Role.HEAD, **YEAR_4)
    view = view_of(context)
    village.take_roles_from(Role.HEAD)
    press_cell(primary(view), "towards", "READ")
    (message,) = context.notice.messages
    assert "no such school" in message["text"]
    assert view.model.behind == ()


def test_local_authority_compares_schools_and_all_of_them(open_as: OpenPage) -> None:
    view = view_of(open_as(Role.LA_ANALYST, school=OAKFIELD, **YEAR_4))
    change(layer_form(view), "school", "all")
    press(layer_form(view), "add", school="all", years="4")
    assert headings(view) == ["Layer 1: Demo Authority, Year 4, 2025/2026, latest assessment"]
    assert cells_of(layer(view, 1))["Pupils"][0] == "6"  # five of Hillside, one of Oakfield
    press_cell(layer(view, 1), "towards", "READ")
    names = captioned(view, "Layer 1, Reading")
    assert [cells[0] for cells in cells_of(names).values()] == ["Hillside Primary School"]


def test_layer_whose_assessment_was_deleted_is_kept_and_marked(
    open_as: OpenPage, village: Village
) -> None:
    view = view_of(open_as(**YEAR_4))
    add(view, assessment=str(village.baseline))
    with village.database.unit_of_work(write=True) as work:
        work.session.execute(
            update(Assessment).where(Assessment.id == village.baseline).values(deleted_at=NOW)
        )
        work.commit()
    press(only(view.widget, Form, name="cohort"), "select")
    assert headings(view) == ["Layer 1: Year 4, 2025/2026, Baseline"]
    assert "No figures: There is no such assessment" in shown(view.widget)
    assert "No figures" in text_of_pdf(view.model.pdf())
    workbook = openpyxl.load_workbook(BytesIO(view.model.workbook()))
    assert workbook["Reading"]["B8"].value is None
    step(view, 1, "remove")
    assert "No figures" not in shown(view.widget)


def test_layers_come_back_when_the_page_is_loaded_again(
    open_as: OpenPage, village: Village
) -> None:
    view = view_of(open_as(Role.HEAD, Page.MATRIX, **YEAR_4))
    add(view, years="1")
    again = view_of(open_as(Role.HEAD, Page.MATRIX, **YEAR_4))
    assert headings(again) == headings(view)
    assert headings(view_of(open_as(Role.HEAD, Page.MATRIX, years="1"))) == []
    assert headings(view_of(open_as(Role.TEACHER, Page.MATRIX, **YEAR_4))) == []
    assert village.count(MembershipRow)


def test_matrix_is_kept_opened_renamed_replaced_and_deleted(open_as: OpenPage) -> None:
    context = open_as(Role.HEAD, Page.MATRIX, **YEAR_4)
    view = view_of(context)
    add(view, years="1")
    keep = only(view.widget, Form, name="keep")
    press(keep, "save", name="  ")
    assert "Give the view a name" in keep.errors["name"]
    press(keep, "save", name="Year 4 and 1")
    known = only(view.widget, Form, name="views")
    assert keep.said == "Year 4 and 1 is kept."
    step(view, 1, "remove")
    press(only(view.widget, Form, name="cohort"), "select", years="2")
    press(known, "open")
    assert view.model.matrix.primary.selection.years == 4
    assert headings(view) == ["Layer 1: Year 1, 2025/2026, latest assessment"]
    assert "years=4" in only(view.widget, Form, name="cohort").address
    press(known, "rename", name="Fours")
    assert known.said == "Year 4 and 1 is called Fours now."
    press(keep, "save", name="Other")
    press(keep, "save", name="Fours")
    assert "Press Keep again" in keep.errors["name"]
    press(keep, "save", name="Fours")
    assert [item.name for item in saved_views(context.caller, "matrix")] == ["Fours", "Other"]
    for _ in range(2):
        (fours, _other) = [option[0] for option in field_of(known, "view")["options"]]
        press(known, "delete", view=fours)
    assert [item.name for item in saved_views(context.caller, "matrix")] == ["Other"]
    for _ in range(2):
        press(known, "delete")
    assert [form.spec["name"] for form in each(view.widget, Form)].count("views") == 0
    press(known, "open")
    assert "Choose one" in known.errors["view"]


@pytest.mark.parametrize(
    "content",
    [{}, {"primary": {}, "layers": 3}, {"primary": {"year": "x"}, "layers": []}, {"layers": []}],
)
def test_kept_matrix_that_cannot_be_read_is_refused(
    open_as: OpenPage, content: dict[str, Any]
) -> None:
    model = matrix.open_model(open_as(**YEAR_4))
    with pytest.raises(InvalidEntry):
        model.open(content)
    assert model.matrix.primary.selection.years == 4


def test_kept_matrix_of_a_deleted_assessment_says_what_it_shows(
    open_as: OpenPage, village: Village
) -> None:
    model = matrix.open_model(open_as(years="4", assessment=str(village.baseline)))
    content, school_id = model.content()
    assert school_id == village.hillside
    with village.database.unit_of_work(write=True) as work:
        work.session.execute(
            update(Assessment).where(Assessment.id == village.baseline).values(deleted_at=NOW)
        )
        work.commit()
    assert "not there any more" in model.open(content)
    assert model.matrix.primary.assessments == {4: "Autumn"}


def test_kept_matrix_of_several_schools_comes_back_and_one_out_of_reach_changes_nothing(
    open_as: OpenPage, village: Village
) -> None:
    model = matrix.open_model(open_as(Role.LA_ANALYST, **YEAR_4))
    ids = f"{village.hillside},{village.schools[OAKFIELD]}"
    kept = {"year": "2025", "years": "4", "authority_id": "1", "school_ids": ids}
    assert model.open({"primary": kept, "layers": [kept | {"years": "1"}]}) == ""
    assert (model.choice.several, len(model.layers)) == (True, 1)
    on_view = model.matrix
    for place in ({"school_id": "9999"}, {"authority_id": "9999"}):
        with pytest.raises(NotFound):
            model.open({"primary": {"year": "2025", "years": "4"} | place, "layers": []})
        assert model.choice.selection == on_view.primary.selection
        assert model.matrix is on_view


def test_form_of_layers_can_start_from_the_primary_set(open_as: OpenPage) -> None:
    view = view_of(open_as(**YEAR_4))
    add(view, years="1")
    assert field_of(layer_form(view), "years")["value"] == "1"
    press(layer_form(view), "same")
    assert field_of(layer_form(view), "years")["value"] == "4"
    assert len(headings(view)) == 1


def test_files_are_made_of_the_matrix_on_view(
    open_as: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = view_of(open_as(Role.HEAD, Page.MATRIX, **YEAR_4))
    add(view, years="1")
    buttons = {button.label: button for button in each(view.widget, FileButton)}
    for label, name in (
        ("Save as PDF", "pupil-matrix.pdf"),
        ("Save as Excel", "pupil-matrix.xlsx"),
        ("Save without small numbers (PDF)", "pupil-matrix-to-share.pdf"),
    ):
        assert press_file(buttons[label], monkeypatch)["name"] == name
    with_names = buttons["Save with the pupils on view (PDF)"]
    assert not with_names.enabled
    with pytest.raises(InvalidEntry):
        view.model.pdf(with_names=True)
    press_cell(primary(view), "towards", "READ")
    assert press_file(with_names, monkeypatch)["name"] == "pupil-matrix-with-names.pdf"
    text = text_of_pdf(view.model.pdf(with_names=True))
    assert "<b>Finch</b>" in text
    assert "Contains personal data" in text
    shared = text_of_pdf(view.model.pdf(publish=True))
    assert "1 (20" not in shared
    assert "is left out" not in shared


def test_cohort_of_nobody_and_a_person_without_a_school(
    open_as: OpenPage, village: Village
) -> None:
    new = make_school(village.database, "New School", laestab="9992099")
    village.people["new head"] = make_user(village.database, Role.HEAD, school_id=new)
    view = view_of(open_as("new head"))
    assert cells_of(primary(view))["Below"] == ["0 (\u2013)"] * 4
    assert NOBODY in shown(view.widget)
    add(view)
    assert notes_of(layer(view, 1), "below") == [""] * 4
    village.people["nobody"] = make_user(village.database, Role.HEAD, school_id=new)
    with village.database.unit_of_work(write=True) as work:
        for row in work.session.query(MembershipRow).filter_by(user_id=village.people["nobody"]):
            work.session.delete(row)
        work.commit()
    model: MatrixModel = matrix.open_model(open_as("nobody"))
    assert model.matrix is None
    assert model.names() is None
    model.remember()
    with pytest.raises(InvalidEntry):
        model.content()
    assert "no school to report on" in shown(view_of(open_as("nobody")).widget)
