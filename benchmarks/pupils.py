"""The page Pupils of a big school: its list, searches, grid of many, and the hiding of names."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, ViewportSize

from benchmarks import year_group
from benchmarks.chromium import browser
from benchmarks.measuring import Result, absolute
from benchmarks.portal import running, sign_in

HERE = Path(__file__).parent
PROBE = HERE / "pupils_probe.js"
PUPILS, IN_GRID = 1000, 630
RUNS = 8
PATIENCE = 60_000  # ms; only how long to wait before giving up
VIEWPORT: ViewportSize = {"width": 1280, "height": 800}
ADDRESS = f"/pupils?school={year_group.LAESTAB}&year={year_group.YEAR}"
# From the key that hides names until the frame without them is painted; then they are shown again.
_HIDE = """() => new Promise((done) => {
    const shown = () => document.getElementById("pt-outputs").textContent;
    const press = () => document.dispatchEvent(
        new KeyboardEvent("keydown", { key: "F8", bubbles: true, cancelable: true }));
    const before = shown();
    const from = performance.now();
    press();
    requestAnimationFrame(() => setTimeout(() => {
        const took = performance.now() - from;
        if (/Surname\\d/.test(shown())) throw new Error("There are names.");
        press();
        if (shown() !== before) throw new Error("They are not shown as they were.");
        requestAnimationFrame(() => setTimeout(() => done(took)));
    }));
})"""
_MORE = "([kind, done]) => window.ptPupils[kind].length > done"
# What a school has recorded of its pupils, and two custom filters: 21 columns.
_RECORDED = """
UPDATE enrolment SET year_group = 3 WHERE pupil_id % 100 >= 63;
UPDATE enrolment SET ethnicity = 'WBRI', sen = 'N', eal = pupil_id % 5 = 0,
    fsm = pupil_id % 4 = 0, ever6 = pupil_id % 4 = 0, pupil_premium = 0, disadvantaged = 0,
    young_carer = 0, custom_1 = pupil_id % 3 = 0;
UPDATE school SET custom_filter_names = '["Choir", "Breakfast club", "", "", "", ""]';
"""


def run(_folder: Path) -> list[Result]:
    """Return the figures of the page."""
    with tempfile.TemporaryDirectory() as name, browser() as chromium:
        folder = Path(name)
        url = _make_school(folder / "pupils.sqlite")
        notebooks = folder / "notebooks"
        shutil.copytree(HERE.parent / "notebooks", notebooks)
        with running(url, folder / "portal", notebooks) as portal:
            context = chromium.new_context(base_url=portal.origin, viewport=VIEWPORT)
            context.add_init_script(path=PROBE)
            context.set_default_timeout(PATIENCE)
            return _measured(context)


def _measured(context: BrowserContext) -> list[Result]:
    page = sign_in(context, year_group.ENTERER, year_group.PASSWORD)
    listed = [_open_list(page) for _ in range(RUNS + 1)][1:]  # the first fills the caches
    hidden_in_list = [page.evaluate(_HIDE) for _ in range(RUNS + 1)][1:]
    searches = _search(page)
    grids = [_open_grid(page) for _ in range(RUNS + 1)][1:]
    hidden_in_grid = [page.evaluate(_HIDE) for _ in range(RUNS + 1)][1:]
    page.goto("about:blank")
    return [
        absolute(
            f"List of {PUPILS:,} pupils, from the page's connection until a name can be pressed",
            listed,
            unit="ms",
            goal=300,
        ),
        absolute(
            f"Search among {PUPILS:,} pupils, from the press to the pupils found on the screen",
            searches,
            unit="ms",
            goal=300,
        ),
        absolute(
            f"Grid of {IN_GRID} pupils x 21, from the press until a letter stands in a cell",
            grids,
            unit="ms",
            goal=800,
        ),
        absolute(
            f"Names hidden in the list of {PUPILS:,}, from the key",
            hidden_in_list,
            unit="ms",
            goal=200,
        ),
        absolute(
            f"Names hidden in the grid of {IN_GRID} x 21, from the key",
            hidden_in_grid,
            unit="ms",
            goal=200,
        ),
    ]


def _make_school(path: Path) -> str:
    url = year_group.make_schools(path, {year_group.LAESTAB: PUPILS})
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(_RECORDED)
    return url


def _open_list(page: Page) -> float:
    page.goto(ADDRESS, wait_until="commit")
    page.wait_for_function("() => window.ptPupils?.listed > 0", timeout=PATIENCE)
    took: float = page.evaluate("Math.max(0, window.ptPupils.listed - window.ptPupils.connected)")
    return took


def _search(page: Page) -> list[float]:
    """Search in turn by surname, by class and for everyone again, with every row to be drawn."""
    page.wait_for_timeout(500)
    for done in range(3 * RUNS):
        page.get_by_label("Surname", exact=True).fill("name01" if done % 3 == 0 else "")
        page.get_by_label("Class", exact=True).select_option("4B" if done % 3 == 1 else "")
        page.get_by_role("button", name="Search", exact=True).click()
        page.wait_for_function(_MORE, arg=["searches", done], timeout=PATIENCE)
        page.wait_for_timeout(300)
    found: list[float] = page.evaluate("window.ptPupils.searches")
    return found


def _open_grid(page: Page) -> float:
    page.goto(f"{ADDRESS}&years={year_group.YEAR_GROUP}")
    page.wait_for_function("() => window.ptPupils?.listed > 0", timeout=PATIENCE)
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Edit many pupils").click()
    page.wait_for_function(_MORE, arg=["grids", 0], timeout=PATIENCE)
    page.wait_for_timeout(500)  # the letter is on its way to the database
    took: float = page.evaluate("window.ptPupils.grids[0]")
    return took
