"""The entry grid for people who see, hear, point or print differently."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pupiltrack_portal.widgets.entry_grid import PALETTE, Answer, Change, Outcome
from tests.accessibility import faults_of

from .clipboard import paste
from .conftest import Bench, make_full_grid, make_grid

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("entry_grid")]


def plain(bench: Bench) -> None:
    bench.page.locator(".ptg-table").wait_for()


def choosing(bench: Bench) -> None:
    bench.focus("p3", "0R")
    bench.press("Enter")


def writing(bench: Bench) -> None:
    bench.focus("p3", "note")
    bench.press("Enter")


def selecting(bench: Bench) -> None:
    bench.focus("p1", "0R")
    bench.press("Shift+ArrowDown", "Shift+ArrowRight")


def menu(bench: Bench) -> None:
    bench.focus("p0", "0R")
    bench.press("ArrowUp", "Enter")


def filling(bench: Bench) -> None:
    menu(bench)
    bench.press("End", "Enter")


def filtering(bench: Bench) -> None:
    menu(bench)
    bench.press("f", "Enter")


def filtering_words(bench: Bench) -> None:
    bench.focus("p0", "note")
    bench.press("ArrowUp", "Enter", "f", "Enter")


def described_figure(bench: Bench) -> None:
    bench.focus("p11", "0R")
    bench.press("ArrowDown")
    expect(bench.page.locator(".ptg-tip")).to_be_visible()


def refused(bench: Bench) -> None:
    bench.focus("p3", "score")
    bench.page.keyboard.type("1")
    bench.press("Enter", "ArrowUp")
    expect(bench.page.locator(".ptg-tip")).to_be_visible()


def clashing(bench: Bench) -> None:
    def clash(changes: tuple[Change, ...]) -> Answer:
        return Answer(
            tuple(Outcome(c.row, c.column, "conflict", None, 7, "", "T") for c in changes)
        )

    bench.answer = clash
    bench.focus("p3", "0R")
    bench.press("O")
    expect(bench.page.locator(".ptg-s-conflict")).to_have_count(1)


def settling(bench: Bench) -> None:
    clashing(bench)
    bench.press("Enter")


def unsaved(bench: Bench) -> None:
    def fail(changes: tuple[Change, ...]) -> Answer:
        raise RuntimeError

    bench.answer = fail
    bench.focus("p3", "0R")
    bench.press("O")
    expect(bench.page.locator(".ptg-s-unsaved")).to_have_count(1)


def cell_menu(bench: Bench) -> None:
    bench.focus("p3", "0R")
    bench.press("Shift+F10")


def palette(bench: Bench) -> None:
    cell_menu(bench)
    bench.press("Enter")


def past(bench: Bench) -> None:
    cell_menu(bench)
    bench.press("h", "Enter")
    expect(bench.page.get_by_role("dialog").get_by_role("row")).to_have_count(4)


def reported(bench: Bench) -> None:
    bench.focus("p3", "0R")
    paste(bench.page, "X\tX")
    expect(bench.page.get_by_role("group", name="What was not saved")).to_be_visible()


def with_bars(bench: Bench) -> None:
    bench.page.get_by_role("button", name="Bars at the foot").click()


def offered(bench: Bench) -> None:
    bench.page.on("dialog", lambda dialog: dialog.accept())
    bench.page.evaluate("window.dead = true")
    bench.focus("p3", "0R")
    bench.press("O")
    bench.reopen()
    bench.page.get_by_role("button", name="Show").click()
    expect(bench.page.get_by_role("dialog")).to_be_visible()


FULL_STATES = [plain, cell_menu, palette, past, reported, with_bars, offered]

STATES = [
    plain,
    choosing,
    writing,
    selecting,
    menu,
    filling,
    filtering,
    filtering_words,
    described_figure,
    refused,
    clashing,
    settling,
    unsaved,
]


def test_faults_of_finds_a_button_without_a_name(grid_page: Page) -> None:
    grid_page.set_content("<button></button>")
    assert "button-name" in [fault.partition(":")[0] for fault in faults_of(grid_page)]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_axe_finds_nothing(open_bench: Any, state: Callable[[Bench], None]) -> None:
    grid = make_grid()
    grid.on_row_open(lambda row: None)
    bench = open_bench(grid)
    state(bench)
    assert faults_of(bench.page) == []


@pytest.mark.parametrize("state", FULL_STATES, ids=lambda state: state.__name__)
def test_axe_finds_nothing_in_a_grid_with_all_there_is(
    open_bench: Any, state: Callable[[Bench], None]
) -> None:
    bench = open_bench(make_full_grid(kept_as="person-7"))
    state(bench)
    assert faults_of(bench.page) == []


def test_axe_finds_nothing_in_a_windowed_grid(open_bench: Any) -> None:
    bench = open_bench(make_grid(210, 10))
    bench.focus("p0", "0R")
    bench.press("Control+End")
    assert faults_of(bench.page) == []


def test_axe_finds_nothing_in_an_empty_and_a_read_only_grid(open_bench: Any) -> None:
    bench = open_bench(make_grid(0))
    assert faults_of(bench.page) == []
    other = make_grid(5)
    bench.grid.replace(rows=other._content.rows, read_only=True)
    bench.push()
    expect(bench.page.locator(".ptg-row")).to_have_count(5)
    assert faults_of(bench.page) == []


def _luminance(colour: str) -> float:
    parts = [int(number) / 255 for number in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colour", sorted(PALETTE))
def test_palette_words_stand_out_from_their_ground(open_bench: Any, colour: str) -> None:
    bench = open_bench()
    cell = bench.cell("p0", "0R")
    cell.evaluate("(cell, colour) => { cell.className = `ptg-cell ptg-c-${colour}`; }", colour)
    ink, ground = cell.evaluate(
        "(cell) => [getComputedStyle(cell).color, getComputedStyle(cell).backgroundColor]"
    )
    assert ground != "rgba(0, 0, 0, 0)"
    assert _contrast(ink, ground) >= 4.5


@pytest.mark.parametrize("tone", ["neutral", *sorted(PALETTE)])
def test_figures_stand_out_from_their_bars(open_bench: Any, tone: str) -> None:
    bench = open_bench(make_full_grid(bars=True))
    row = bench.page.locator("tfoot tr").first
    row.evaluate("(row, tone) => { row.className = `ptg-foot-row ptg-t-${tone}`; }", tone)
    ink, bar = row.locator("td").first.evaluate(
        "(cell) => [getComputedStyle(cell).color, getComputedStyle(cell).backgroundImage]"
    )
    first = re.search(r"rgb\([^)]*\)", bar)
    assert first is not None
    assert _contrast(ink, first[0]) >= 4.5


def test_rows_and_buttons_are_large_enough_to_hit(open_bench: Any) -> None:
    grid = make_grid(210, 10)
    bench = open_bench(grid)
    heights = bench.page.evaluate(
        """() => ({
            rows: [...document.querySelectorAll(".ptg-row")].map((row) => row.offsetHeight),
            buttons: [...document.querySelectorAll(".ptg button")]
                .filter((button) => button.checkVisibility())
                .map((button) => button.offsetHeight),
        })"""
    )
    assert min(heights["rows"]) >= 28
    assert min(heights["buttons"]) >= 24


def test_foot_tooltip_shows_on_focus_and_is_the_description(open_bench: Any) -> None:
    bench = open_bench()
    described_figure(bench)
    figure = bench.page.locator("tfoot tr").first.locator("td").first
    text = "2 of 12 pupils: Below"
    expect(bench.page.locator(".ptg-tip")).to_have_text(text)
    described = figure.evaluate(
        "(cell) => document.getElementById(cell.getAttribute('aria-describedby')).textContent"
    )
    assert described == text
    bench.press("Escape")
    expect(bench.page.locator(".ptg-tip")).to_be_hidden()


def test_narrow_page_scrolls_the_table_only(open_bench: Any) -> None:
    bench = open_bench(make_grid(30))
    bench.page.set_viewport_size({"width": 320, "height": 568})
    bench.page.wait_for_timeout(150)
    assert bench.page.evaluate("document.documentElement.scrollWidth") <= 320
    scroll = bench.page.locator(".ptg-scroll")
    assert scroll.evaluate("(box) => box.scrollWidth > box.clientWidth")
    bench.focus("p0", "0R")
    bench.press("End")
    box = bench.cell("p0", "age").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 320
    heading = bench.cell("p0", "0R").locator("xpath=../th").bounding_box()
    assert heading is not None
    assert heading["width"] <= 140


def test_short_window_lets_the_foot_scroll(open_bench: Any) -> None:
    bench = open_bench(make_grid(30))
    bench.page.set_viewport_size({"width": 320, "height": 256})
    bench.page.wait_for_timeout(150)
    assert bench.page.locator(".ptg-loose").count() == 1


def test_forced_colours_keep_the_words_and_outline_the_selection(open_bench: Any) -> None:
    bench = open_bench()
    bench.page.emulate_media(forced_colors="active")
    selecting(bench)
    selected = bench.page.locator('[aria-selected="true"]').first
    assert selected.evaluate("(cell) => getComputedStyle(cell).outlineStyle") == "solid"
    assert selected.inner_text() == "T"


def test_print_shows_every_row_and_repeats_the_headings(open_bench: Any) -> None:
    bench = open_bench(make_grid(210, 10))
    assert bench.page.locator(".ptg-row").count() < 210
    bench.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert bench.page.locator(".ptg-row").count() == 210
    bench.page.emulate_media(media="print")
    style = bench.page.evaluate(
        """() => ["thead", ".ptg-scroll", ".ptg-tools"].map((part) => {
            const style = getComputedStyle(document.querySelector(part));
            return [style.display, style.overflow];
        })"""
    )
    assert style[0][0] == "table-header-group"
    assert style[1][1] == "visible"
    assert style[2][0] == "none"
    bench.page.emulate_media(media="screen")
    bench.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert bench.page.locator(".ptg-row").count() < 210


def test_status_reads_the_saved_state_once_after_a_pause(open_bench: Any) -> None:
    bench = open_bench()
    bench.page.clock.install()
    bench.focus("p3", "0R")
    for number, letter in enumerate("OT", start=1):
        bench.press(letter)
        bench.page.clock.run_for(50)
        expect(bench.page.locator(".ptg-s-saved")).to_have_count(number)
        bench.press("ArrowDown")
    assert bench.status() == "T"
    bench.page.clock.run_for(2_000)
    assert bench.status().startswith("All changes saved ")
