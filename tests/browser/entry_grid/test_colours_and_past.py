"""Colours given by hand, the menu of a cell, what was entered before, and locked cells."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from pupiltrack_core.errors import StorageUnavailable
from pupiltrack_portal.widgets.entry_grid import Answer, Cell, Change, Outcome, PastEntry

from .clipboard import paste
from .conftest import Bench, make_full_grid

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("entry_grid")]


def sent(bench: Bench) -> list[list[list[Any]]]:
    """Return the cells of each batch that was sent."""
    return bench.page.evaluate(
        "window.sent.filter((m) => m.type === 'changes').map((m) => m.cells)"
    )


def test_palette_colours_the_selection_as_one_step(open_bench: Any) -> None:
    bench = open_bench(make_full_grid())
    page = bench.page
    bench.focus("p3", "0W")
    bench.press("Shift+ArrowRight", "Shift+ArrowDown", "Shift+F10")
    expect(page.get_by_role("menu", name="4 cells selected")).to_be_visible()
    bench.press("Enter")
    palette = page.get_by_role("menu", name="Colour of 4 cells")
    names = palette.get_by_role("menuitemradio").all_inner_texts()
    assert names == ["Automatic", "Red", "Amber", "Green", "Blue", "Purple", "Grey"]
    bench.press("b", "Enter")
    assert bench.status() == "4 cells coloured blue."
    assert bench.focused() == "p4:0M"
    assert page.locator('[aria-selected="true"]').count() == 4
    bench.wait_saved(4)
    assert {(c.row, c.column, c.value, c.colour, c.recolour) for c in bench.saved[0]} == {
        ("p3", "0W", "B", "blue", True),
        ("p3", "0M", "T", "blue", True),
        ("p4", "0W", "T", "blue", True),
        ("p4", "0M", None, "blue", True),
    }
    bench.press("Control+z")
    bench.wait_saved(8)
    assert {cell[4] for cell in sent(bench)[1]} == {""}
    bench.press("Control+y")
    bench.wait_saved(12)
    assert "ptg-c-blue" in (bench.cell("p3", "0W").get_attribute("class") or "")
    assert bench.grid.cells["p3", "0W"].colour == "blue"


def test_typed_value_keeps_the_colour_and_automatic_takes_it_away(open_bench: Any) -> None:
    bench = open_bench(make_full_grid())
    bench.focus("p4", "0R")
    tip = bench.page.locator(".ptg-tip")
    expect(tip).to_have_text("Coloured purple by hand.")
    bench.press("B")
    bench.wait_saved(1)
    assert sent(bench)[0] == [["p4", "0R", "B", 1]]
    expect(bench.cell("p4", "0R")).to_have_class(
        "ptg-cell ptg-k-choice ptg-c-purple ptg-own ptg-s-saved"
    )
    bench.page.get_by_role("button", name="Colour").click()
    chosen = bench.page.get_by_role("menuitemradio", name="Purple")
    expect(chosen).to_have_attribute("aria-checked", "true")
    expect(chosen).to_be_focused()
    bench.press("Home", "Enter")
    assert bench.status() == "1 cell made automatic again."
    assert bench.focused() == "p4:0R"
    bench.wait_saved(2)
    expect(bench.cell("p4", "0R")).to_have_class("ptg-cell ptg-k-choice ptg-c-red ptg-s-saved")
    expect(tip).to_be_hidden()


def test_cell_menu_offers_what_the_cell_can_do(open_bench: Any) -> None:
    bench = open_bench(make_full_grid())
    menu = bench.page.get_by_role("menu")
    for row, column, items in (
        ("p3", "0R", ["Colour…", "History…", "Clear", "Copy"]),
        ("p3", "note", ["History…", "Clear", "Copy"]),
        ("p2", "score", ["History…", "Copy"]),
        ("p3", "age", ["Copy"]),
    ):
        bench.cell(row, column).click(button="right")
        assert menu.locator(".ptg-item-label").all_inner_texts() == items
        bench.press("Escape")
        assert bench.focused() == f"{row}:{column}"
    bench.cell("p1", "0R").click(button="right")
    menu.get_by_role("menuitem", name="Clear").click()
    bench.wait_saved(1)
    assert bench.saved == [(Change("p1", "0R", None, 1),)]
    # In an editor the browser's own menu is left alone.
    bench.focus("p3", "note")
    bench.press("Enter")
    bench.page.locator(".ptg-editor").click(button="right")
    assert menu.count() == 0


def test_menu_of_a_row_leads_to_its_page(open_bench: Any) -> None:
    grid = make_full_grid()
    grid.link_rows("Progress meetings", "/pupils?year=2025&pupil=")
    bench = open_bench(grid)
    bench.focus("p1", "0R")
    bench.press("Shift+ArrowDown", "Shift+F10")
    menu = bench.page.get_by_role("menu")
    assert "Progress meetings" not in menu.locator(".ptg-item-label").all_inner_texts()
    bench.press("Escape")
    bench.focus("p3", "0R")
    bench.press("ArrowLeft", "Shift+F10")
    expect(bench.page.get_by_role("menu", name="Child 003")).to_be_visible()
    assert menu.locator(".ptg-item-label").all_inner_texts() == ["Progress meetings"]
    bench.press("Escape")
    bench.page.route("**/pupils?*", lambda route: route.fulfill(body="The pupil's record"))
    bench.cell("p6", "age").click(button="right")
    with bench.page.expect_request("**/pupils?year=2025&pupil=p6"):
        menu.get_by_role("menuitem", name="Progress meetings").click()


def test_copy_of_the_menu_gives_labels(open_bench: Any) -> None:
    bench = open_bench(make_full_grid())
    bench.focus("p1", "0R")
    bench.press("Shift+ArrowRight", "Shift+F10", "c", "c", "Enter")
    expect(bench.page.locator(".ptg > [role=status]")).to_have_text("2 cells copied.")
    assert bench.focused() == "p1:0W"


def test_history_puts_a_value_and_its_colour_back(open_bench: Any) -> None:
    grid = make_full_grid()
    asked: list[tuple[str, str]] = []

    def recall(row: str, column: str) -> tuple[PastEntry, ...]:
        asked.append((row, column))
        return (
            PastEntry("B", "B", None, "A. Teacher", "3 June 2026, 14:03"),
            PastEntry("T", "T", "blue", "<b>B. Teacher</b>", "2 June 2026, 09:10"),
        )

    grid.on_history(recall)
    bench = open_bench(grid)
    bench.focus("p3", "0W")
    bench.page.get_by_role("button", name="History").click()
    panel = bench.page.get_by_role("dialog", name="History of Child 003, Term 1, Writing")
    expect(panel.get_by_role("row")).to_have_count(3)
    assert asked == [("p3", "0W")]
    lines = [line.split("\t") for line in panel.locator("tbody tr").all_inner_texts()]
    assert [[cell.strip() for cell in line] for line in lines] == [
        ["B", "Automatic", "A. Teacher", "3 June 2026, 14:03", "Saved now"],
        ["T", "Blue", "<b>B. Teacher</b>", "2 June 2026, 09:10", "Put this back"],
    ]
    panel.get_by_role("button", name="Put this back: T, 2 June 2026").click()
    assert bench.status() == "Put back “T”."
    assert bench.focused() == "p3:0W"
    bench.wait_saved(1)
    assert bench.saved == [(Change("p3", "0W", "T", 1, colour="blue", recolour=True),)]
    bench.press("Control+z")
    bench.wait_saved(2)
    assert bench.grid.cells["p3", "0W"] == Cell("B", 3)


def test_history_says_that_it_is_empty_or_failed_and_can_be_asked_again(open_bench: Any) -> None:
    grid = make_full_grid()
    answers: list[Any] = [StorageUnavailable("The register is busy. Nothing was changed."), ()]

    def recall(row: str, column: str) -> tuple[PastEntry, ...]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    grid.on_history(recall)
    bench = open_bench(grid)
    bench.focus("p3", "0W")
    bench.press("Shift+F10", "h", "Enter")
    panel = bench.page.get_by_role("dialog")
    expect(panel).to_contain_text("The register is busy. Nothing was changed.")
    panel.get_by_role("button", name="Try again").click()
    expect(panel).to_contain_text("Nothing was entered here yet.")
    bench.press("Escape")
    assert bench.focused() == "p3:0W"


def test_toolbar_says_beside_itself_what_cannot_be_coloured_or_recalled(open_bench: Any) -> None:
    bench = open_bench(make_full_grid())
    bench.focus("p3", "age")
    tip = bench.page.locator(".ptg-tip")
    bench.page.get_by_role("button", name="Colour").click()
    expect(tip).to_have_text("The selected cells take no colour of their own.")
    bench.page.get_by_role("button", name="History").click()
    expect(tip).to_contain_text("Choose a cell that can be entered")


def test_clash_of_colours_shows_both(open_bench: Any) -> None:
    bench = open_bench(make_full_grid())
    bench.answer = lambda cs: Answer(
        (Outcome("p4", "0R", "conflict", None, 7, "", "O", colour="green"),)
    )
    bench.focus("p4", "0R")
    bench.press("Shift+F10", "Enter", "g", "Enter")
    expect(bench.cell("p4", "0R")).to_contain_text("changed by someone else")
    bench.press("Enter")
    panel = bench.page.get_by_role("dialog", name="Changed by someone else")
    expect(panel).to_contain_text("Yours“O”, colour greyTheirs, saved now“O”, colour green")
    bench.answer = bench.save
    bench.press("Enter")
    bench.wait_saved(2)
    assert bench.saved == [(Change("p4", "0R", "O", 7, colour="grey", recolour=True),)]


def test_locked_cell_takes_nothing_while_its_column_does(open_bench: Any) -> None:
    bench = open_bench(make_full_grid())
    bench.focus("p2", "score")
    assert bench.cell("p2", "score").get_attribute("aria-readonly") == "true"
    bench.press("Enter")
    assert bench.status() == "This cell is for reading only."
    expect(bench.page.locator(".ptg-tip")).to_have_text("This cell is for reading only.")
    bench.page.keyboard.type("9")
    assert bench.page.locator(".ptg-editor").count() == 0
    bench.press("Shift+ArrowDown")
    paste(bench.page, "101")
    assert bench.status() == "Pasted 1 cell; 1 left alone: for reading only."
    bench.wait_saved(1)
    bench.focus("p0", "score")
    bench.press("ArrowUp", "Enter", "End", "Enter")
    panel = bench.page.get_by_role("dialog", name="Fill Score")
    panel.get_by_label("Value").fill("102")
    panel.get_by_role("radio", name="All visible rows (11)").check()
    expect(panel).to_contain_text("1 cell for reading only will be passed over.")
    panel.get_by_role("button", name="Fill 11 cells").click()
    bench.wait_saved(12)
    assert {c.row for c in bench.saved[1]} == {f"p{n}" for n in range(12)} - {"p2"}


def test_number_outside_the_usual_is_saved_with_a_note(open_bench: Any) -> None:
    bench = open_bench(make_full_grid())
    bench.focus("p3", "score")
    bench.page.keyboard.type("116")
    bench.press("Enter")
    assert bench.status() == "Outside the usual 85 to 115: check it."
    bench.wait_saved(1)
    cell = bench.cell("p3", "score")
    expect(cell).to_contain_text("116")
    expect(cell).to_contain_text("outside the usual")
    assert cell.get_attribute("aria-invalid") is None
    bench.press("ArrowUp")
    expect(bench.page.locator(".ptg-tip")).to_have_text("Outside the usual 85 to 115: check it.")
