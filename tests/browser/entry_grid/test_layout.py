"""A person's own column widths, bars at the foot, and what others change meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from pupiltrack_portal.widgets.entry_grid import Cell, Layout

from .conftest import Bench, make_full_grid

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("entry_grid")]


def width(bench: Bench, column: str) -> int:
    box = bench.cell("p0", column).bounding_box()
    assert box is not None
    return round(box["width"])


def wait_told(bench: Bench, number: int) -> None:
    bench.page.wait_for_function(
        "(least) => window.sent.filter((m) => m.type === 'layout').length >= least", arg=number
    )


def test_width_by_keyboard_is_told_and_kept(open_bench: Any) -> None:
    grid = make_full_grid()
    told: list[Layout] = []
    grid.on_layout(told.append)
    bench = open_bench(grid)
    before = width(bench, "0R")
    bench.focus("p0", "0R")
    bench.press("ArrowUp", "Enter", "w", "Enter", "Enter", "n", "Enter")
    assert bench.status() == "Term 1, Reading is 108 pixels wide."
    assert (before, width(bench, "0R")) == (84, 108)
    wait_told(bench, 1)
    assert told == [Layout({"0R": 108}, bars=False)]
    bench.reopen()
    assert width(bench, "0R") == 108
    bench.focus("p0", "0R")
    bench.press("ArrowUp", "Enter", "u", "Enter")
    assert width(bench, "0R") == 84
    wait_told(bench, 1)
    assert told[-1] == Layout({}, bars=False)


def test_width_by_dragging_stays_in_reach_and_opens_no_menu(open_bench: Any) -> None:
    bench = open_bench(make_full_grid())
    grip = bench.page.locator('.ptg-leaf[data-c="1"] .ptg-grip')
    for by, wanted in ((61, 145), (-900, 56), (2_000, 480)):
        box = grip.bounding_box()
        assert box is not None
        bench.page.mouse.move(box["x"] + 4, box["y"] + 10)
        bench.page.mouse.down()
        bench.page.mouse.move(box["x"] + 4 + by, box["y"] + 10, steps=3)
        bench.page.mouse.up()
        assert width(bench, "0W") == wanted
    assert bench.page.get_by_role("menu").count() == 0
    assert width(bench, "0R") == 84
    grip.dblclick()
    assert width(bench, "0W") == 84


def test_bars_are_switched_on_and_leave_the_figures(open_bench: Any) -> None:
    grid = make_full_grid()
    told: list[Layout] = []
    grid.on_layout(told.append)
    bench = open_bench(grid)
    figure = bench.page.locator("tfoot tr").first.locator("td").nth(1)
    switch = bench.page.get_by_role("button", name="Bars at the foot")
    expect(switch).to_have_attribute("aria-pressed", "false")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(figure).to_have_text("2")
    assert figure.evaluate("(cell) => cell.style.getPropertyValue('--ptg-share')") == "16.7%"
    bench.focus("p0", "0W")
    bench.press("B")
    expect(figure).to_have_text("4")
    assert figure.evaluate("(cell) => cell.style.getPropertyValue('--ptg-share')") == "33.3%"
    wait_told(bench, 1)
    assert told == [Layout({}, bars=True)]
    bench.page.emulate_media(forced_colors="active")
    assert figure.evaluate("(cell) => getComputedStyle(cell).backgroundImage") == "none"
    expect(figure).to_have_text("4")


def test_what_others_change_is_marked_and_counted_once(open_bench: Any) -> None:
    bench = open_bench(make_full_grid())
    bench.page.clock.install()
    bench.focus("p0", "note")
    bench.press("Enter")
    bench.page.keyboard.type("mine")
    bench.grid.update_cells(
        {
            ("p3", "0R"): Cell("O", 9),
            ("p4", "0W"): Cell("T", 9, "blue"),
            ("p5", "0R"): Cell("T", 9),
            ("p0", "note"): Cell("theirs", 9),
            ("p0", "age"): Cell("9"),
        }
    )
    bench.push()
    assert bench.page.locator(".ptg-editor").input_value() == "mine"
    # The same value under a new version, and figures worked out, are no news.
    marked = bench.page.locator(".ptg-arrived")
    expect(marked).to_have_count(2)
    expect(bench.cell("p4", "0W")).to_have_class(
        "ptg-cell ptg-k-choice ptg-c-blue ptg-own ptg-arrived"
    )
    expect(bench.cell("p0", "age")).to_have_text("9")
    assert bench.status() == ""
    bench.page.clock.run_for(1_000)
    assert bench.status() == "2 cells changed by someone else."
    bench.page.clock.run_for(2_000)
    expect(marked).to_have_count(0)
    bench.grid.update_cells({("p6", "0R"): Cell("O", 9)})
    bench.push()
    bench.page.clock.run_for(1_000)
    assert bench.status() == "2 cells changed by someone else."
    bench.page.clock.run_for(4_000)
    assert bench.status() == "1 cell changed by someone else."


def test_mark_of_what_others_change_keeps_still_for_who_asks(open_bench: Any) -> None:
    bench = open_bench(make_full_grid())
    bench.page.emulate_media(reduced_motion="reduce")
    bench.grid.update_cells({("p3", "0R"): Cell("O", 9)})
    bench.push()
    name = "(cell) => getComputedStyle(cell).animationName"
    assert bench.cell("p3", "0R").evaluate(name) == "none"
