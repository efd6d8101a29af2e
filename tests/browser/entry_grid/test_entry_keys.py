"""Enter and Tab as in a spreadsheet, pastes of every kind, and the Save button."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from pupiltrack_portal.widgets.entry_grid import Answer, Change, Outcome

from .clipboard import copy, paste
from .conftest import Bench, make_full_grid, make_grid

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("entry_grid")]


def entered(bench: Bench) -> list[tuple[str, str, str | None]]:
    return [(c.row, c.column, c.value) for batch in bench.saved for c in batch]


def test_enter_goes_down_and_tab_right_after_a_letter(open_bench: Any) -> None:
    bench = open_bench()
    bench.focus("p3", "0R")
    walk = []
    for keys in (("O", "Tab"), ("T", "Tab"), ("B", "Enter"), ("D", "Enter"), ("O", "Shift+Enter")):
        bench.press(*keys)
        walk.append(bench.focused())
    # Enter after a run of Tabs returns below where the run began.
    assert walk == ["p3:0W", "p3:0M", "p4:0R", "p5:0R", "p4:0R"]
    bench.press("O", "Tab", "T", "Shift+Tab")
    assert bench.focused() == "p4:0R"
    # Six cells; one that has its old letter again before it was sent is not sent.
    bench.wait_saved(5)
    assert bench.page.locator(".ptg-editor").count() == 0


def test_tab_from_the_last_column_goes_on_in_the_next_row(open_bench: Any) -> None:
    bench = open_bench()
    bench.focus("p3", "score")
    bench.page.keyboard.type("99")
    bench.press("Tab")
    bench.page.keyboard.type("well")
    # Age is for reading only: the run goes on below where it began.
    bench.press("Tab")
    assert bench.focused() == "p4:score"


def test_enter_on_the_last_row_stays_there(open_bench: Any) -> None:
    bench = open_bench()
    bench.focus("p11", "0R")
    bench.press("O", "Enter")
    assert bench.focused() == "p11:0R"
    bench.press("Enter")
    assert bench.focused() == "editor"


def test_enter_and_tab_are_as_ever_when_nothing_was_typed(open_bench: Any) -> None:
    bench = open_bench()
    bench.focus("p3", "0R")
    bench.press("O", "ArrowDown", "Tab")
    assert bench.focused() == "after"
    bench.focus("p5", "0R")
    bench.press("O", "Control+z", "Enter")
    assert bench.focused() == "editor"
    bench.press("Escape", "T", "Tab", "Enter")
    assert bench.focused() == "editor"
    bench.press("Escape", "Tab")
    assert bench.focused() == "after"


def test_wrong_value_in_a_paste_is_listed_and_left_as_typed(open_bench: Any) -> None:
    bench = open_bench()
    bench.focus("p10", "0R")
    paste(bench.page, "D\tQ\r\nB\tB\r\nO\tO\r\n")
    assert bench.status() == (
        "Pasted 3 cells; 1 refused: not a value of the column; 2 did not fit in the table."
    )
    bench.wait_saved(1)
    assert entered(bench) == [("p10", "0R", "D"), ("p11", "0R", "B"), ("p11", "0W", "B")]
    report = bench.page.get_by_role("group", name="What was not saved")
    expect(report).to_contain_text("1 pasted value is not saved")
    expect(report).to_contain_text("2 values did not fit: the table has 12 rows and 11 columns.")
    expect(report).to_contain_text("“Q” is not one of the choices")
    report.get_by_role("button", name="Child 010, Term 1, Writing").click()
    assert bench.focused() == "p10:0W"
    assert bench.cell("p10", "0W").inner_text().startswith("Q")
    report.get_by_role("button", name="Close").click()
    expect(report).to_be_hidden()
    assert bench.focused() == "p10:0W"


def test_report_goes_once_all_is_mended(open_bench: Any) -> None:
    bench = open_bench()
    bench.focus("p3", "0R")
    paste(bench.page, "X")
    report = bench.page.get_by_role("group", name="What was not saved")
    expect(report).to_be_visible()
    bench.press("Escape")
    expect(report).to_be_hidden()


def test_paste_larger_than_the_table_saves_what_fits(open_bench: Any) -> None:
    bench = open_bench(make_grid(3, 1))
    bench.focus("p0", "0R")
    paste(bench.page, "\r\n".join("\t".join("OTBDOTBDOT") for _ in range(2_000)))
    bench.wait_saved(9)
    # Four subjects take their letters, a score does not take an O, a note takes any text.
    assert "19979 did not fit in the table" in bench.status()
    stored = [bench.grid.cells["p2", f"0{subject}"].value for subject in "RWMS"]
    assert stored == ["O", "T", "B", "D"]


def test_paste_keeps_line_breaks_emoji_and_long_texts(open_bench: Any) -> None:
    grid = make_grid()
    columns = [c for c in grid._content.columns if c.key != "note"]
    note = next(c for c in grid._content.columns if c.key == "note")
    grid.replace(columns=[*columns, type(note)("note", "Note", "text")])
    bench = open_bench(grid)
    bench.focus("p3", "note")
    long = "é" * 32_000
    paste(bench.page, f'"two\nlines, ""quoted"""\r\nwell done 👩🏽‍🏫\r\n{long}\r\n{long}{long}\r\n')
    bench.wait_saved(4)
    assert entered(bench) == [
        ("p3", "note", 'two\nlines, "quoted"'),
        ("p4", "note", "well done 👩🏽‍🏫"),
        ("p5", "note", long),
    ]
    # More than 64 KB is refused by Python; it stays on screen, marked.
    expect(bench.cell("p6", "note")).to_have_attribute("aria-invalid", "true")
    assert bench.status() == "1 cell not saved. This text is too long to keep."
    bench.press("Shift+ArrowDown")
    copied = copy(bench.page)
    assert copied == '"two\nlines, ""quoted"""\r\nwell done 👩🏽‍🏫'
    bench.focus("p8", "note")
    paste(bench.page, copied)
    bench.wait_saved(6)
    assert bench.grid.cells["p8", "note"].value == 'two\nlines, "quoted"'


def test_save_says_that_all_is_saved_or_what_is_in_the_way(open_bench: Any) -> None:
    bench = open_bench(make_full_grid())
    page = bench.page
    save = page.get_by_role("button", name="Save")
    save.click()
    assert bench.status() == "There is nothing to save: each cell is saved as it is entered."
    bench.focus("p3", "note")
    bench.press("Enter")
    page.keyboard.type("kept")
    save.click()
    expect(page.locator(".ptg > [role=status]")).to_contain_text("All changes saved ")
    assert entered(bench) == [("p3", "note", "kept")]
    bench.answer = lambda cs: Answer(
        tuple(Outcome(c.row, c.column, "refused", None, 0, "It is closed.") for c in cs)
    )
    bench.focus("p4", "0W")
    bench.press("O")
    expect(bench.cell("p4", "0W")).to_have_attribute("aria-invalid", "true")
    bench.press("Control+s")
    assert bench.status() == "1 entry is not saved. Child 004, Term 1, Writing: It is closed."
    report = page.get_by_role("group", name="What was not saved")
    expect(report).to_contain_text("Child 004, Term 1, Writing: It is closed.")


def test_save_while_the_line_is_dead_says_so_at_once(open_bench: Any) -> None:
    bench = open_bench()
    bench.page.clock.install()
    bench.page.evaluate("window.dead = true")
    bench.focus("p3", "0R")
    bench.press("O")
    bench.page.clock.run_for(11_000)
    bench.page.get_by_role("button", name="Save").click()
    assert "There is no answer from the server" in bench.status()
    bench.page.evaluate("window.dead = false")
    bench.page.get_by_role("button", name="Save").click()
    bench.page.clock.run_for(100)
    bench.page.wait_for_function("!document.querySelector('.ptg-s-unsaved, .ptg-s-pending')")
    assert bench.saved == [(Change("p3", "0R", "O", 0),)]
    expect(bench.page.get_by_role("group", name="What was not saved")).to_be_hidden()
