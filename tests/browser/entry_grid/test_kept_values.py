"""Values typed and not stored when the page goes are offered to the one that opens next."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from pupiltrack_portal.widgets.entry_grid import Cell, Change, EntryGrid

from .conftest import Bench, make_full_grid

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("entry_grid")]

SHELF = "JSON.stringify({...sessionStorage})"


def leave_unsaved(bench: Bench) -> None:
    """Type into three cells while nothing is answered: the third is still in its editor."""
    bench.page.on("dialog", lambda dialog: dialog.accept())
    bench.page.evaluate("window.dead = true")
    bench.focus("p3", "0R")
    bench.press("O", "ArrowDown", "T")
    bench.focus("p6", "note")
    bench.press("Enter")
    bench.page.keyboard.type("half a wor")


def offer(bench: Bench) -> Locator:
    return bench.page.get_by_role("group", name="Typed and not saved")


def test_kept_values_are_put_in_as_one_step_and_clashes_shown(open_bench: Any) -> None:
    bench = open_bench(make_full_grid(kept_as="person-7"))
    leave_unsaved(bench)
    # Meanwhile someone else has changed one of them.
    bench.grid.update_cells({("p4", "0R"): Cell("D", version=9)})
    bench.reopen()
    bar = offer(bench)
    expect(bar).to_contain_text("3 values typed at ")
    expect(bench.page.locator(".ptg > [role=status]")).to_contain_text("were not saved.")
    bar.get_by_role("button", name="Show").click()
    panel = bench.page.get_by_role("dialog", name="Typed and not saved")
    expect(panel.get_by_role("row").nth(2)).to_contain_text("“T”")
    expect(panel.get_by_role("row").nth(2)).to_contain_text("“D” (changed since)")
    bench.press("Escape")
    bar.get_by_role("button", name="Put them in").click()
    expect(bar).to_be_hidden()
    bench.wait_saved(2)
    assert bench.saved == [
        (Change("p3", "0R", "O", 0), Change("p6", "note", "half a wor", 0)),
    ]
    clash = bench.cell("p4", "0R")
    assert clash.get_attribute("aria-invalid") == "true"
    bench.focus("p4", "0R")
    bench.press("Enter")
    panel = bench.page.get_by_role("dialog", name="Changed by someone else")
    expect(panel).to_contain_text("Yours“T”Theirs, saved now“D”")
    bench.press("Enter")
    bench.wait_saved(3)
    assert bench.saved[-1] == (Change("p4", "0R", "T", 9),)
    bench.press("Control+z")
    bench.wait_saved(5)
    assert bench.grid.cells["p3", "0R"].value is None
    bench.page.wait_for_function(f"() => {SHELF} === '{{}}'")


def test_kept_values_stored_after_all_are_not_offered_again(open_bench: Any) -> None:
    bench = open_bench(make_full_grid(kept_as="person-7"))
    leave_unsaved(bench)
    # The batch was stored, only its answer was lost.
    bench.grid.update_cells({("p3", "0R"): Cell("O", version=1)})
    bench.reopen()
    expect(offer(bench)).to_contain_text("3 values")
    bench.page.get_by_role("button", name="Put them in").click()
    bench.wait_saved(2)
    assert {change.row for change in bench.saved[0]} == {"p4", "p6"}


def test_kept_values_are_never_offered_under_another_name(open_bench: Any) -> None:
    bench = open_bench(make_full_grid(kept_as="person-7"))
    leave_unsaved(bench)
    bench.grid._kept_as = "person-8"
    bench.reopen()
    assert offer(bench).count() == 0
    bench.grid._kept_as = "person-7"
    bench.reopen()
    expect(offer(bench)).to_be_visible()
    bench.page.get_by_role("button", name="Throw them away").click()
    assert bench.status() == "3 values thrown away."
    assert bench.page.evaluate(SHELF) == "{}"


def test_nothing_is_kept_without_a_name_or_once_all_is_saved(open_bench: Any) -> None:
    bench = open_bench(make_full_grid(kept_as="person-7"))
    bench.focus("p3", "0R")
    bench.press("O")
    bench.wait_saved(1)
    bench.reopen()
    assert offer(bench).count() == 0
    bench.grid._kept_as = ""
    bench.reopen()
    leave_unsaved(bench)
    bench.reopen()
    assert bench.page.evaluate(SHELF) == "{}"


def test_signing_out_leaves_nothing_behind(open_bench: Any) -> None:
    bench = open_bench(make_full_grid(kept_as="person-7"))
    leave_unsaved(bench)
    bench.page.evaluate(
        """() => {
            const form = document.createElement("form");
            form.className = "pt-sign-out";
            form.addEventListener("submit", (event) => event.preventDefault());
            document.body.append(form);
            form.requestSubmit();
        }"""
    )
    bench.reopen()
    assert bench.page.evaluate(SHELF) == "{}"
    assert offer(bench).count() == 0


def test_typed_values_of_rows_that_leave_the_table_are_offered(open_bench: Any) -> None:
    grid: EntryGrid = make_full_grid(kept_as="person-7")
    bench = open_bench(grid)
    bench.page.clock.install()
    bench.page.evaluate("window.dead = true")
    bench.focus("p3", "0R")
    bench.press("O")
    bench.page.clock.run_for(11_000)
    bench.press("ArrowDown", "T")
    rows = grid._content.rows
    grid.replace(rows=rows[6:])
    bench.push()
    bench.page.evaluate("window.dead = false")
    bench.page.clock.run_for(40_000)
    bar = offer(bench)
    expect(bar).to_contain_text("They belong to rows or columns not shown here.")
    kept = json.loads(next(iter(json.loads(bench.page.evaluate(SHELF)).values())))
    assert [(cell["row"], cell["value"]) for cell in kept] == [("p3", "O"), ("p4", "T")]
    expect(bar.get_by_role("button", name="Put them in")).to_be_hidden()
    grid.replace(rows=rows)
    bench.push()
    bar.get_by_role("button", name="Put them in").click()
    bench.page.clock.run_for(100)
    bench.wait_saved(3)
    assert bench.saved == [(Change("p3", "0R", "O", 0), Change("p4", "0R", "T", 1))]
