"""The transition page: its cells and their pupils, what is compared, its files, bad input."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from pupiltrack_core import access
from pupiltrack_core.access import Page, Role
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services import group_names
from pupiltrack_core.services.downloads import collect
from pupiltrack_core.storage.models import Download
from pupiltrack_portal.pages import transition
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import Form
from tests.builders import make_school, make_user
from tests.integration.pages.browser import (
    assert_signed_out,
    cells_of,
    each,
    field_of,
    offered,
    only,
    press,
    press_cell,
    press_file,
    shown,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import HILLSIDE, OAKFIELD, Village

YEAR_4 = {"page": Page.TRANSITION, "years": "4", "subject": "READ"}


def view_of(context: PageContext) -> transition.View:
    return transition.View(transition.open_model(context), context)


def tables(view: transition.View) -> list[FiguresTable]:
    return list(each(view.widget, FiguresTable))


def names(view: transition.View) -> dict[str, list[str]] | None:
    found = tables(view)[2:]
    return {name.split(",")[0]: row for name, row in cells_of(found[0]).items()} if found else None


def test_matrix_shows_counts_shares_of_the_row_and_who_has_no_data(open_as: OpenPage) -> None:
    view = view_of(open_as(**YEAR_4))
    matrix, movement = tables(view)
    assert matrix.spec["caption"] == "Rows: Baseline (01/10/2025). Columns: Autumn (15/12/2025)."
    # Archer went from Below to On track; the other four had no judgement at the baseline.
    one = "1 (25\u202f%)"
    assert cells_of(matrix) == {
        "Below": ["0", "0", "1 (100\u202f%) ▲", "0", "0", "1"],
        "Towards": ["0"] * 6,
        "On track": ["0"] * 6,
        "Deeper learning": ["0"] * 6,
        "No data": [one, one, "0", one, one, "4"],
        "All pupils": [*["1 (20\u202f%)"] * 5, "5"],
    }
    assert cells_of(movement) == {
        "Fell ▼": ["0 (0\u202f%)", "1"],
        "Stayed =": ["0 (0\u202f%)", "1"],
        "Rose ▲": ["1 (100\u202f%)", "1"],
        "No data at the earlier point": ["3 (60\u202f%)", "5"],
        "No data at the later point": ["0 (0\u202f%)", "5"],
        "No data at either point": ["1 (20\u202f%)", "5"],
    }


def test_cell_shows_its_pupils_with_both_steps_and_again_hides_them(open_as: OpenPage) -> None:
    view = view_of(open_as(**YEAR_4))
    matrix, movement = tables(view)
    press_cell(matrix, "B", "O")
    assert names(view) == {"Archer": ["Year 4", "Maple", "Below", "On track"]}
    assert matrix.pressed == "B/O"
    press_cell(movement, "no_earlier", "number")
    assert list(names(view) or {}) == ["<b>Finch</b>", "Baker", "Carter"]
    assert (matrix.pressed, movement.pressed) == ("", "no_earlier/number")
    press_cell(movement, "no_earlier", "number")
    assert names(view) is None


def test_pupils_behind_every_figure_are_as_many_as_it_says(open_as: OpenPage) -> None:
    model = transition.open_model(open_as(**YEAR_4))
    for before, after, pupils in model.report.cells.itertuples(index=False, name=None):
        model.behind = ()
        model.toggle(before, after)
        assert len(model.names()) == pupils


def test_form_compares_other_points_and_keeps_them_in_the_address(
    open_as: OpenPage, village: Village
) -> None:
    view = view_of(open_as(page=Page.TRANSITION, years="4"))
    points, cohort = (only(view.widget, Form, name=name) for name in ("points", "cohort"))
    baseline = f"assessment:{village.baseline}"
    assert offered(points, "from") == ["gld", "ks1", baseline]
    assert offered(points, "to") == ["ks1", baseline, "standing"]
    assert field_of(points, "subject")["value"] == "RWM"
    press(points, "show", **{"from": "gld", "to": baseline, "subject": "WRIT"})
    assert cells_of(tables(view)[0]).keys() == {
        "No good level", "Good level", "No data", "All pupils",
    }  # fmt: skip
    query = {key: value for key, (value,) in parse_qs(cohort.address).items()}
    assert (query["from"], query["to"], query["subject"]) == ("gld", baseline, "WRIT")
    assert (query["school"], query["years"]) == (HILLSIDE, "4")
    again = transition.open_model(open_as(page=Page.TRANSITION, **query))
    assert again.report.earlier.point.text == "gld"
    assert again.report.subject == "WRIT"


def test_points_in_the_wrong_order_are_refused_and_what_is_on_view_stays(
    open_as: OpenPage, village: Village
) -> None:
    context = open_as(**YEAR_4)
    view = view_of(context)
    points = only(view.widget, Form, name="points")
    press(points, "show", **{"from": f"assessment:{village.baseline}", "to": "ks1"})
    assert "is not before" in context.notice.messages[0]["text"]
    assert view.model.report.later.point.text == "standing"


@pytest.mark.parametrize(
    "query",
    [
        {"from": "nonsense"},
        {"from": "assessment:999999"},
        {"to": "gld"},
        {"from": "ks1", "subject": "GPS"},
        {"subject": "<script>"},
    ],
)
def test_address_of_points_that_are_not_there_shows_the_usual_and_says_so(
    open_as: OpenPage, query: dict[str, str]
) -> None:
    context = open_as(page=Page.TRANSITION, years="4", **query)
    view = view_of(context)
    assert view.model.report.earlier.label == "Baseline (01/10/2025)"
    assert "usual points" in context.notice.messages[0]["text"]
    assert "<script>" not in shown(view.widget)


def test_other_cohort_without_the_points_shows_the_usual_and_says_so(
    open_as: OpenPage, village: Village
) -> None:
    view = view_of(open_as(page=Page.TRANSITION, years="4", **{"from": "ks1"}))
    press(only(view.widget, Form, name="cohort"), "select", years="ks2")
    assert view.model.report.earlier.point.text == "ks1"  # these have it too
    press(only(view.widget, Form, name="cohort"), "select", years="4")
    view.model.compare({"from": f"assessment:{village.baseline}"})
    press(only(view.widget, Form, name="cohort"), "select", years="ks2")
    assert view.model.report.earlier.point.text == "ks1"
    assert "usual points" in only(view.widget, Form, name="points").said


def test_cohort_with_nothing_earlier_says_so_and_offers_nothing(open_as: OpenPage) -> None:
    view = view_of(open_as(page=Page.TRANSITION, years="0"))
    assert "no assessment yet" in shown(view.widget)
    assert tables(view) == []
    with pytest.raises(InvalidEntry):
        view.model.pdf()
    press(only(view.widget, Form, name="cohort"), "select", years="4")
    assert len(tables(view)) == 2


def test_cohort_of_nobody_is_all_zeros(village: Village, open_as: OpenPage) -> None:
    view = view_of(open_as(page=Page.TRANSITION, years="4", custom_1="Y", sex="M"))
    assert {cell for row in cells_of(tables(view)[0]).values() for cell in row} == {"0"}
    new = make_school(village.database, "New School", laestab="9992099")
    village.people["new"] = make_user(village.database, Role.HEAD, school_id=new)
    assert "no assessment yet" in shown(view_of(open_as("new", page=Page.TRANSITION)).widget)


@pytest.mark.parametrize(
    ("row", "column"), [("B", "B"), ("all", "O"), ("B", "all"), ("X", "O"), (None, None)]
)
def test_forged_press_shows_nobody(open_as: OpenPage, row: object, column: object) -> None:
    view = view_of(open_as(**YEAR_4))
    matrix = tables(view)[0]
    matrix._on_message(matrix, {"kind": "press", "row": row, "column": column}, [])
    assert (view.model.behind, names(view)) == ((), None)


@pytest.mark.parametrize(
    ("label", "file_name", "start"),
    [
        ("Save as PDF", "transition-matrix.pdf", b"%PDF"),
        ("Save with names (PDF)", "transition-matrix-with-names.pdf", b"%PDF"),
        ("Save without small numbers (PDF)", "transition-matrix-to-publish.pdf", b"%PDF"),
        ("Save as Excel", "transition-matrix.xlsx", b"PK"),
        ("Save as Excel, with names", "transition-matrix-with-names.xlsx", b"PK"),
    ],
)
def test_files_are_deposited_for_this_session_and_noted(
    open_as: OpenPage,
    village: Village,
    monkeypatch: pytest.MonkeyPatch,
    label: str,
    file_name: str,
    start: bytes,
) -> None:
    view = view_of(open_as(**YEAR_4))
    button = next(item for item in each(view.widget, FileButton) if item.label == label)
    answer = press_file(button, monkeypatch)
    token = answer["href"].removeprefix("/download/")
    file = collect(village.database, village.sessions["teacher"], token)
    assert (file.file_name, file.content.startswith(start)) == (file_name, True)
    (noted,) = village.details("report made")
    assert noted["with_names"] is ("names" in label)


def test_revoked_session_shows_no_names_and_makes_no_file(
    open_as: OpenPage, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = open_as(**YEAR_4)
    view = view_of(context)
    village.revoke(Role.TEACHER)
    press_cell(tables(view)[0], "B", "O")
    assert names(view) is None
    assert_signed_out(context.notice)
    assert press_file(next(each(view.widget, FileButton)), monkeypatch)["kind"] == "refused"
    assert village.count(Download) == 0


def test_local_authority_opens_one_school_or_several(open_as: OpenPage) -> None:
    query = {"school": "several", "schools": f"{OAKFIELD},{HILLSIDE}"}
    view = view_of(open_as(Role.LA_ADVISER, **YEAR_4, **query))
    form, points = (only(view.widget, Form, name=name) for name in ("cohort", "points"))
    assert offered(form, "school") == ["all", "several", HILLSIDE, OAKFIELD]
    assert "Hillside Primary School, Oakfield Primary School" in shown(view.widget)
    assert f"schools={HILLSIDE}%2C{OAKFIELD}" in form.address
    assert offered(points, "from") == ["gld", "ks1", "autumn:2025"]
    press(points, "show", **{"from": "gld", "to": "autumn:2025", "subject": "READ"})
    # Five of Hillside's Year 4 and one of Oakfield's, of whom nothing is known from Reception.
    assert cells_of(tables(view)[0])["All pupils"][-1] == "6"
    assert [item.enabled for item in each(view.widget, FileButton)] == [True] * 3 + [False] * 2
    press(form, "select", school=OAKFIELD)
    assert view.model.report.school_name == "Oakfield Primary School"
    assert all(item.enabled for item in each(view.widget, FileButton))


def test_names_of_several_schools_stand_with_their_school(
    open_as: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = open_as(Role.LA_ADVISER, school="all", **YEAR_4, **{"from": "gld"})
    view = view_of(context)
    matrix, movement = tables(view)
    place = next(
        (before, after)
        for before, after, pupils in view.model.report.cells.itertuples(index=False, name=None)
        if pupils
    )
    press_cell(matrix, *place)
    found = names(view)
    assert {row[0] for row in (found or {}).values()} == {"Hillside Primary School"}
    monkeypatch.setattr(group_names, "MOST_NAMES", 0)
    press_cell(movement, "neither", "number")
    press_cell(movement, "no_earlier", "number")
    assert (view.model.behind, names(view)) == ((), None)
    assert "up to 0 are listed" in context.notice.messages[0]["text"]


def test_figures_of_who_may_see_no_names_are_withheld(
    open_as: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = access.GRANTS[Role.LA_ADVISER] - {access.Action.SEE_PUPILS}
    monkeypatch.setitem(access.GRANTS, Role.LA_ADVISER, without)
    view = view_of(open_as(Role.LA_ADVISER, school="all", **YEAR_4, **{"from": "gld"}))
    matrix, movement = tables(view)
    assert {cell for row in cells_of(matrix).values() for cell in row} == {"c", "6"}
    assert "stands where a figure is withheld" in shown(view.widget)
    assert "show the pupils" not in shown(view.widget)
    assert movement.spec["caption"] == "How many fell, stayed and rose"


def test_school_of_another_head_is_not_shown(open_as: OpenPage) -> None:
    context = open_as(Role.HEAD, page=Page.TRANSITION, school=OAKFIELD, years="4")
    view = view_of(context)
    assert view.model.report.school_name == "Hillside Primary School"
    assert "not one of yours" in context.notice.messages[0]["text"]
    several = view_of(open_as(Role.HEAD, page=Page.TRANSITION, school="all", years="4"))
    assert several.model.report.school_name == "Hillside Primary School"
    assert "Oakfield" not in shown(several.widget)
