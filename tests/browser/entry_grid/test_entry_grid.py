"""The entry grid in Chromium: every way to enter, and every way an entry can fail."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from pupiltrack_portal.widgets.entry_grid import Answer, Cell, Change, Outcome

from .clipboard import copy, paste
from .conftest import Bench, make_grid

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("entry_grid")]


def changes(bench: Bench) -> list[tuple[str, str, str | None]]:
    return [(c.row, c.column, c.value) for batch in bench.saved for c in batch]


# Moving about ----------------------------------------------------------------------------------


def test_tab_reaches_the_grid_once_and_leaves_it(open_bench: Any) -> None:
    bench = open_bench()
    bench.page.locator("#before").focus()
    stops = []
    for _ in range(7):
        bench.press("Tab")
        stops.append(bench.focused())
    # Undo, Redo, the switch of the bars and Save stand before the table.
    assert stops == ["BUTTON", "BUTTON", "BUTTON", "BUTTON", "p0:0R", "after", "BODY"]
    bench.page.locator("#after").focus()
    bench.press("Shift+Tab")
    assert bench.focused() == "p0:0R"


def test_keys_walk_through_headings_body_and_foot(open_bench: Any) -> None:
    bench = open_bench()
    bench.focus("p3", "0M")
    walk = {
        "ArrowLeft": "p3:0W",
        "ArrowUp": "p2:0W",
        "ArrowRight": "p2:0M",
        "ArrowDown": "p3:0M",
        "Home": "row:p3",
        "End": "p3:age",
        "Control+Home": "row:p0",
        "Control+End": "p11:age",
        "PageUp": "p",
    }
    for key, place in walk.items():
        bench.press(key)
        assert bench.focused().startswith(place)
    bench.press("Control+End", "ArrowDown", "ArrowLeft")
    assert bench.focused() == "foot:0:note"
    bench.press("ArrowDown", "ArrowDown")
    assert bench.focused() == "foot:1:note"
    bench.press("Control+Home", "ArrowUp")
    assert bench.focused() == "head:"
    bench.press("ArrowRight", "ArrowUp", "ArrowUp")
    assert bench.focused() == "head:0R"


def test_focused_cell_is_never_under_what_is_pinned(open_bench: Any) -> None:
    bench = open_bench(make_grid(40))
    bench.focus("p0", "0R")
    for key in ["ArrowDown"] * 25 + ["ArrowUp"] * 25 + ["End", "Home", "ArrowRight", "ArrowRight"]:
        bench.press(key)
        covered = bench.page.evaluate(
            """() => {
                const at = document.activeElement;
                const box = at.getBoundingClientRect();
                const points = [[box.left + 3, box.top + 3], [box.right - 3, box.bottom - 3]];
                return points.filter(([x, y]) => {
                    const top = document.elementFromPoint(x, y);
                    return top !== at && !at.contains(top) && !top.contains(at);
                }).length;
            }"""
        )
        assert covered == 0, key


def test_window_keeps_the_focus_when_its_row_is_wheeled_away(open_bench: Any) -> None:
    bench = open_bench(make_grid(210, 10))
    page = bench.page
    assert page.locator(".ptg-row").count() < 80
    bench.focus("p0", "0R")
    bench.press("Control+End")
    assert bench.focused() == "p209:age"
    page.locator(".ptg-scroll").hover()
    # More than one turn: a busy browser may drop one.
    for _ in range(5):
        page.mouse.wheel(0, -20_000)
    expect(bench.cell("p0", "0R")).to_be_attached()
    bench.wait_for("document.querySelector('.ptg-scroll').scrollTop === 0")
    assert bench.focused() == "p209:age"
    bench.press("ArrowUp")
    assert bench.focused() == "p208:age"
    assert page.locator('tr[data-row="p208"]').is_visible()
    bench.press("Control+Home")
    page.mouse.wheel(0, 3_000)
    page.wait_for_timeout(100)
    bench.press("ArrowRight", "O")
    assert bench.focused() == "p0:0R"
    bench.wait_saved(1)
    assert changes(bench) == [("p0", "0R", "O")]


def test_windowed_rows_carry_their_true_number(open_bench: Any) -> None:
    bench = open_bench(make_grid(210, 10))
    table = bench.page.locator(".ptg-table")
    assert table.get_attribute("aria-rowcount") == str(2 + 210 + 2)
    bench.focus("p0", "0R")
    bench.press("Control+End")
    row = bench.page.locator('tr[data-row="p209"]')
    assert row.get_attribute("aria-rowindex") == str(2 + 210)
    assert bench.page.locator("tfoot tr").last.get_attribute("aria-rowindex") == str(2 + 210 + 2)


def test_each_cell_names_both_headings_and_its_row(open_bench: Any) -> None:
    bench = open_bench()
    told = bench.cell("p3", "1W").evaluate(
        """(cell) => cell.getAttribute("headers").split(" ").map((id) =>
            document.getElementById(id).querySelector("[class*=label]").textContent)"""
    )
    assert told == ["Child 003", "Term 2", "Writing"]


# Entering --------------------------------------------------------------------------------------


def test_letters_set_a_choice_and_delete_clears_it(open_bench: Any) -> None:
    bench = open_bench()
    bench.focus("p3", "0R")
    bench.press("o", "ArrowDown", "T", "ArrowDown", "Delete")
    bench.wait_saved(3)
    assert changes(bench) == [("p3", "0R", "O"), ("p4", "0R", "T"), ("p5", "0R", None)]
    expect(bench.cell("p3", "0R")).to_have_class("ptg-cell ptg-k-choice ptg-c-green ptg-s-saved")
    assert "All changes saved" in bench.page.locator(".ptg-status").inner_text()


def test_a_letter_of_no_choice_is_refused_and_said(open_bench: Any) -> None:
    bench = open_bench()
    bench.focus("p3", "0R")
    bench.press("x")
    assert bench.status() == "“x” is not one of the choices: B, T, O, D."
    assert bench.saved == []


def test_select_editor_by_keyboard(open_bench: Any) -> None:
    bench = open_bench()
    bench.focus("p3", "0R")
    bench.press("Enter")
    editor = bench.page.get_by_role("combobox", name="Child 003, Term 1, Reading")
    expect(editor).to_be_focused()
    bench.press("t", "Enter")
    assert bench.focused() == "p4:0R"
    bench.press("F2", "ArrowDown", "Escape")
    assert bench.focused() == "p4:0R"
    bench.wait_saved(1)
    assert changes(bench) == [("p3", "0R", "T")]


def test_select_editor_by_mouse(open_bench: Any) -> None:
    bench = open_bench()
    bench.focus("p3", "0R")
    bench.cell("p3", "0R").click()
    bench.page.locator(".ptg-editor").select_option("D")
    assert bench.focused() == "p3:0R"
    bench.wait_saved(1)
    assert changes(bench) == [("p3", "0R", "D")]


def test_tab_in_an_editor_enters_and_moves_right(open_bench: Any) -> None:
    bench = open_bench()
    bench.focus("p3", "score")
    bench.page.keyboard.type("101")
    assert bench.focused() == "editor"
    bench.press("Tab")
    assert bench.focused() == "p3:note"
    bench.page.keyboard.type("Doing well")
    bench.press("Shift+Tab")
    assert bench.focused() == "p3:score"
    bench.press("Tab")
    assert bench.focused() == "after"
    bench.wait_saved(2)
    assert changes(bench) == [("p3", "score", "101"), ("p3", "note", "Doing well")]


def test_leaving_an_editor_with_the_mouse_enters_what_was_typed(open_bench: Any) -> None:
    bench = open_bench()
    bench.focus("p3", "note")
    bench.press("Enter")
    bench.page.keyboard.type("kept")
    bench.page.locator("#after").click()
    assert bench.focused() == "after"
    bench.wait_saved(1)
    assert changes(bench) == [("p3", "note", "kept")]


def test_a_wrong_number_stays_on_screen_and_escape_brings_the_saved_one_back(
    open_bench: Any,
) -> None:
    grid = make_grid()
    grid.update_cells({("p3", "score"): Cell("99", version=1)})
    bench = open_bench(grid)
    bench.focus("p3", "score")
    bench.page.keyboard.type("999")
    bench.press("Enter")
    cell = bench.cell("p3", "score")
    assert bench.status() == "Not saved. This must be from 80 to 120."
    assert cell.get_attribute("aria-invalid") == "true"
    assert "999" in cell.inner_text()
    bench.press("ArrowUp")
    tip = bench.page.locator(".ptg-tip")
    expect(tip).to_contain_text("The saved value is “99”")
    assert cell.get_attribute("aria-describedby") == tip.get_attribute("id")
    bench.press("Escape")
    assert cell.inner_text() == "99"
    assert bench.saved == []


def test_read_only_cells_and_grids_take_nothing(open_bench: Any) -> None:
    bench = open_bench(make_grid(read_only=True))
    bench.focus("p3", "0R")
    bench.press("O", "Enter", "Delete")
    paste(bench.page, "B")
    assert "left alone: for reading only" in bench.status()
    assert bench.page.locator(".ptg-editor").count() == 0
    assert bench.saved == []
    assert bench.page.get_by_role("button", name="Undo").count() == 0


def test_row_heading_button_opens_the_row(open_bench: Any) -> None:
    grid = make_grid()
    opened: list[str] = []
    grid.on_row_open(opened.append)
    bench = open_bench(grid)
    bench.focus("p3", "0R")
    bench.press("Home")
    expect(bench.page.get_by_role("button", name="Child 003")).to_be_focused()
    bench.press("Enter")
    bench.page.get_by_role("button", name="Child 002").click()
    assert opened == ["p3", "p2"]
    flagged = bench.page.get_by_role("rowheader", name="Child 002 Class 4A . Not included in data")
    expect(flagged).to_be_visible()


# Blocks ----------------------------------------------------------------------------------------


def test_range_by_keyboard_copies_and_clears(open_bench: Any) -> None:
    bench = open_bench()
    bench.focus("p1", "0R")
    bench.press("Shift+ArrowDown", "Shift+ArrowRight")
    assert bench.page.locator('[aria-selected="true"]').count() == 4
    assert bench.status() == "2 rows by 2 columns selected."
    assert copy(bench.page) == "T\tO\r\nO\t"
    bench.press("Delete")
    assert bench.status() == "3 cells cleared."
    bench.wait_saved(1)
    assert len(bench.saved) == 1
    bench.press("Control+z")
    bench.wait_saved(2)
    assert bench.cell("p1", "0W").inner_text()[0] == "O"
    bench.press("ArrowDown")
    assert bench.page.locator('[aria-selected="true"]').count() == 0


def test_range_by_dragging(open_bench: Any) -> None:
    bench = open_bench()
    bench.cell("p1", "0R").hover()
    bench.page.mouse.down()
    bench.cell("p4", "0M").hover()
    bench.page.mouse.up()
    assert bench.page.locator('[aria-selected="true"]').count() == 12


def test_paste_takes_the_good_cells_and_counts_the_rest(open_bench: Any) -> None:
    bench = open_bench()
    bench.focus("p1", "0R")
    paste(bench.page, "D\td\tX\r\nD\tD\tD\r\n")
    assert bench.status() == "Pasted 5 cells; 1 refused: not a value of the column."
    bench.wait_saved(1)
    assert changes(bench) == [
        (p, c, "D")
        for p, c in (
            ("p1", "0R"),
            ("p1", "0W"),
            ("p2", "0R"),
            ("p2", "0W"),
            ("p2", "0M"),
        )
    ]
    expect(bench.cell("p1", "0M")).to_have_attribute("aria-invalid", "true")
    # The row below is untouched by the last line break, and it was all one step.
    assert bench.cell("p3", "0R").inner_text() == ""
    bench.press("Control+z")
    bench.wait_saved(2)
    assert [bench.cell("p1", c).inner_text()[:1] for c in ("0R", "0W", "0M")] == ["T", "O", ""]
    bench.press("Control+y")
    bench.wait_saved(3)
    assert bench.cell("p2", "0M").inner_text()[:1] == "D"


def test_one_value_pasted_on_a_range_fills_it_but_not_read_only_cells(open_bench: Any) -> None:
    bench = open_bench()
    bench.focus("p1", "score")
    bench.press("Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowDown")
    paste(bench.page, "100")
    assert bench.status() == "Pasted 4 cells; 2 left alone: for reading only."
    bench.wait_saved(1)
    assert {c.column for c in bench.saved[0]} == {"score", "note"}


def test_fill_says_the_count_first_and_acts_on_visible_rows(open_bench: Any) -> None:
    bench = open_bench()
    page = bench.page
    bench.focus("p0", "0R")
    bench.press("ArrowUp", "Enter")
    expect(page.get_by_role("menu", name="Term 1, Reading")).to_be_visible()
    bench.press("f", "Enter")
    panel = page.get_by_role("dialog", name="Filter by Term 1, Reading")
    panel.get_by_role("checkbox", name="B (").uncheck()
    panel.get_by_role("button", name="Apply").click()
    assert bench.status() == "Showing 10 of 12 rows."
    assert bench.focused() == "head:0R"
    bench.press("Enter", "End", "Enter")
    panel = page.get_by_role("dialog", name="Fill Term 1, Reading")
    panel.get_by_role("combobox", name="Value").select_option("O")
    expect(panel).to_contain_text("4 cells will be filled. You can undo this.")
    panel.get_by_role("radio", name="All visible rows (10)").check()
    expect(panel).to_contain_text("8 cells will be filled, replacing 4 values.")
    assert bench.saved == []
    bench.press("Tab", "Enter")
    assert bench.status() == "Filled 8 cells of Term 1, Reading."
    bench.wait_saved(1)
    assert len(bench.saved) == 1
    assert len(bench.saved[0]) == 8
    assert bench.focused() == "head:0R"
    page.get_by_role("button", name="Show all rows").click()
    # The pupils filtered out keep their B.
    assert bench.cell("p4", "0R").inner_text() == "B"
    bench.press("Control+z")
    bench.wait_saved(2)
    assert len(bench.saved[1]) == 8


def test_menu_by_keyboard_sorts_and_escapes(open_bench: Any) -> None:
    bench = open_bench()
    bench.focus("p0", "0R")
    bench.press("ArrowUp", "Enter", "Escape")
    assert bench.focused() == "head:0R"
    bench.press("Alt+ArrowDown", "ArrowDown", "Enter")
    heading = bench.page.get_by_role("columnheader", name="Reading").first
    assert heading.get_attribute("aria-sort") == "descending"
    assert bench.page.locator(".ptg-row").first.get_attribute("data-row") == "p7"
    assert bench.status() == "Sorted by Term 1, Reading, descending."
    bench.press("ArrowDown", "B")
    # An entry does not make the row jump away from under the person.
    assert bench.focused() == "p7:0R"
    bench.wait_saved(1)
    assert changes(bench) == [("p7", "0R", "B")]
    bench.press("ArrowUp", "Enter", "Tab")
    assert bench.focused() == "after"


# Saving and its troubles -----------------------------------------------------------------------


def test_refused_by_python_keeps_the_typed_value(open_bench: Any) -> None:
    bench = open_bench()
    bench.answer = lambda cs: Answer(
        tuple(Outcome(c.row, c.column, "refused", None, 0, "The assessment is closed.") for c in cs)
    )
    bench.focus("p3", "0R")
    bench.press("O")
    cell = bench.cell("p3", "0R")
    expect(cell).to_have_attribute("aria-invalid", "true")
    assert cell.inner_text().startswith("O")
    assert bench.status() == "1 cell not saved. The assessment is closed."
    assert bench.page.locator(".ptg-status").inner_text() == "1 entry refused"


@pytest.mark.parametrize("keep", ["mine", "theirs"])
def test_conflict_shows_both_values_and_is_settled_by_keyboard(open_bench: Any, keep: str) -> None:
    bench = open_bench()
    clash = Answer((Outcome("p3", "0R", "conflict", None, 7, "Changed by someone.", "T"),))
    bench.answer = lambda cs: clash
    bench.focus("p3", "0R")
    bench.press("O")
    cell = bench.cell("p3", "0R")
    expect(cell).to_contain_text("changed by someone else")
    assert cell.inner_text().startswith("O")
    bench.press("Enter")
    panel = bench.page.get_by_role("dialog", name="Changed by someone else")
    expect(panel).to_contain_text("Yours“O”Theirs, saved now“T”")
    expect(panel.get_by_role("button", name="Keep mine")).to_be_focused()
    bench.answer = bench.save
    if keep == "theirs":
        bench.press("Tab")
    bench.press("Enter")
    assert bench.focused() == "p3:0R"
    if keep == "mine":
        bench.wait_saved(2)
        assert bench.saved == [(Change("p3", "0R", "O", 7),)]
    else:
        assert bench.saved == []
        assert cell.inner_text() == "T"


def test_silence_keeps_the_value_and_it_is_sent_again_under_its_number(open_bench: Any) -> None:
    bench = open_bench()
    page = bench.page
    page.clock.install()
    page.evaluate("window.dead = true")
    bench.focus("p3", "0R")
    bench.press("O")
    page.clock.run_for(11_000)
    assert page.locator(".ptg-status").inner_text() == "1 change not saved yet"
    assert bench.cell("p3", "0R").inner_text().startswith("O")
    assert "kept here and sent again" in bench.status()
    bench.press("ArrowDown", "T")
    page.evaluate("window.dead = false")
    page.get_by_role("button", name="Try again now").click()
    page.clock.run_for(500)
    page.wait_for_function("!document.querySelector('.ptg-s-unsaved, .ptg-s-pending')")
    numbers = page.evaluate("window.sent.filter((m) => m.type === 'changes').map((m) => m.seq)")
    assert numbers[0] == numbers[1] == 1
    assert numbers[-1] == 2
    assert changes(bench) == [("p3", "0R", "O"), ("p4", "0R", "T")]
    assert "All changes saved" in page.locator(".ptg-status").inner_text()


def test_failing_callback_leaves_unsaved_and_is_tried_again(open_bench: Any) -> None:
    bench = open_bench()
    bench.page.clock.install()

    def fail(cs: tuple[Change, ...]) -> Answer:
        raise RuntimeError

    bench.answer = fail
    bench.focus("p3", "0R")
    bench.press("O")
    bench.page.clock.run_for(100)
    expect(bench.page.locator(".ptg-s-unsaved")).to_have_count(1)
    assert len(bench.errors) == 1
    bench.answer = bench.save
    bench.page.clock.run_for(3_000)
    expect(bench.page.locator(".ptg-s-unsaved")).to_have_count(0)
    assert changes(bench) == [("p3", "0R", "O")]


def test_leaving_the_page_with_unsaved_entries_asks_first(open_bench: Any) -> None:
    bench = open_bench()
    bench.page.evaluate("window.dead = true")
    bench.focus("p3", "0R")
    bench.press("O")
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    bench.page.once("dialog", stay)
    bench.page.close(run_before_unload=True)
    bench.page.wait_for_timeout(300)
    assert asked == ["beforeunload"]


def test_others_changes_arrive_but_never_into_a_cell_being_edited(open_bench: Any) -> None:
    bench = open_bench()
    bench.focus("p3", "note")
    bench.page.keyboard.type("mine")
    bench.grid.update_cells(
        {("p3", "note"): Cell("theirs", version=4), ("p4", "note"): Cell("shown", version=4)}
    )
    bench.push()
    expect(bench.cell("p4", "note")).to_have_text("shown")
    assert bench.page.locator(".ptg-editor").input_value() == "mine"
    bench.press("Enter")
    bench.wait_saved(1)
    assert bench.saved == [(Change("p3", "note", "mine", 0),)]


def test_replace_while_typing_waits_for_the_entry(open_bench: Any) -> None:
    bench = open_bench()
    bench.focus("p3", "note")
    bench.page.keyboard.type("mine")
    rows = bench.grid._content.rows
    columns = bench.grid._content.columns
    bench.grid.replace(rows=rows[2:], columns=columns[4:])
    bench.push()
    assert bench.page.locator(".ptg-editor").input_value() == "mine"
    bench.press("Enter")
    expect(bench.page.locator(".ptg-row")).to_have_count(10)
    bench.wait_saved(1)
    assert bench.focused() == "p4:note"
    assert changes(bench) == [("p3", "note", "mine")]


def test_replace_and_foot_and_rows_are_drawn_and_the_focus_stays(open_bench: Any) -> None:
    bench = open_bench()
    bench.focus("p3", "0R")
    other = make_grid(8)
    bench.grid.replace(rows=other._content.rows, foot=other._content.foot, caption="Only eight")
    bench.push()
    expect(bench.page.locator(".ptg-row")).to_have_count(8)
    assert bench.focused() == "p3:0R"
    expect(bench.page.locator(".ptg-caption")).to_have_text("Only eight")
    figure = bench.page.locator("tfoot tr").nth(1).locator("td").first
    expect(figure).to_have_text("1")
    bench.press("O")
    expect(figure).to_have_text("2")


def test_hidden_and_shown_again_keeps_what_was_typed(open_bench: Any) -> None:
    bench = open_bench()
    bench.page.evaluate("window.dead = true")
    bench.focus("p3", "0R")
    bench.press("O")
    bench.page.evaluate("window.rerender()")
    assert bench.cell("p3", "0R").inner_text().startswith("O")
    assert bench.page.locator(".ptg").count() == 1
    bench.focus("p4", "0R")
    bench.press("Control+z")
    assert bench.cell("p3", "0R").inner_text().strip("…") == ""


def test_markup_in_names_and_values_is_only_text(open_bench: Any) -> None:
    grid = make_grid(3)
    evil = "<img src=x onerror=alert(1)>"
    grid.update_cells({("p0", "note"): Cell(evil, version=1)})
    row = grid._content.rows[0]
    grid.update_rows([type(row)("p0", evil, sublabel=evil, flag=evil)])
    bench = open_bench(grid)
    assert bench.page.locator("img").count() == 0
    assert bench.cell("p0", "note").inner_text() == evil
