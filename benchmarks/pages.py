"""Pages in the browser: how soon the entry grid can be used, and how soon its foot answers."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from benchmarks import year_group
from benchmarks.chromium import another_browser, browser
from benchmarks.measuring import Result, absolute, percentile, ratio
from benchmarks.portal import Portal, private_megabytes, running, sign_in
from benchmarks.visits import MOST_PAGES, crowd, holding

HERE = Path(__file__).parent
PROBE = HERE / "probe.js"
OPENINGS, CHANGES = 8, 30
BLOCKS, PASTED_COLUMNS = 7, 3
OTHER_PAGES = 20
OPEN_GRIDS = 50
OPEN_PAGES, OTHERS_IN_CHROMIUM, CHANGES_IN_A_CROWD = 100, 10, 60
SETTLING = 3000  # ms after the last of them was opened
PAGES_OF_COLLEAGUES = ("home", "assessments", "full-report", "venn", "pupils", "submissions")
PATIENCE = 60_000  # ms; only how long to wait before giving up
_WORDS = ("Towards", "On track")
_BLOCKS = "(done) => window.ptBench.blocks.length > done"
_USABLE = "() => window.ptBench?.usable > 0"
_FEET = "(done) => window.ptBench.feet.length > done"
VIEWPORT = {"width": 1280, "height": 900}
FORKED, ORDINARY, RIVAL = "forked", "ordinary", "ipydatagrid"
RIVAL_WORDS = "ipydatagrid, painted, no foot"
ORDINARY_WORDS = "the same page with an ordinary kernel"


@dataclass
class Openings:
    """What the openings of one page took: ms from three starts, and MB private to the kernel."""

    from_ready: list[float] = field(default_factory=list)
    from_connection: list[float] = field(default_factory=list)
    from_click: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)


def run(_folder: Path) -> list[Result]:
    """Return the figures of pages."""
    with tempfile.TemporaryDirectory() as name, browser() as chromium, ExitStack() as stack:
        folder = Path(name)
        notebooks = _notebooks(folder)
        url = year_group.make_year_group(folder / "year-group.sqlite")
        forking = stack.enter_context(
            running(url, folder / "forking", notebooks, most_pages=MOST_PAGES)
        )
        plain = stack.enter_context(running(url, folder / "plain", notebooks, ordinary=True))
        openings = _open_in_turn(chromium, forking, plain)
        return [
            *_openings_results(openings),
            *_foot_results(chromium, forking),
            *_block_results(chromium, forking),
            *_grids_results(chromium, forking),
            _crowded_result(chromium, forking),
        ]


def _open_in_turn(chromium: Browser, forking: Portal, plain: Portal) -> dict[str, Openings]:
    cases = {
        FORKED: (forking, year_group.ENTERER, "assessments"),
        ORDINARY: (plain, year_group.ENTERER, "assessments"),
        RIVAL: (forking, year_group.ADVISER, "schools"),
    }
    found = {name: Openings() for name in cases}
    with ExitStack() as stack:
        pages = {}
        for name, (portal, person, _) in cases.items():
            context = stack.enter_context(_profile(chromium, portal))
            pages[name] = sign_in(context, person, year_group.PASSWORD)
        if forking.has_ordinary_kernels() or not plain.has_ordinary_kernels():
            raise RuntimeError("Kernels are not what they are to be:\n" + forking.last_words())
        for turn in range(OPENINGS + 1):
            for name, (portal, _, address) in cases.items():
                _leave(pages.values(), forking, plain)
                one = Openings() if turn == 0 else found[name]  # the first fills the caches
                _open(pages[name], portal, f"/{address}?{year_group.ADDRESS}", one)
        _leave(pages.values(), forking, plain)
    return found


def _open(page: Page, portal: Portal, address: str, into: Openings) -> None:
    page.goto(address, wait_until="commit")
    page.wait_for_function(_USABLE, timeout=PATIENCE)
    seen = page.evaluate(
        """() => ({ ...window.ptBench, origin: performance.timeOrigin,
        kernel: document.getElementById("pt-kernel").dataset.kernel })"""
    )
    into.from_ready.append(seen["origin"] + seen["usable"] - portal.ready[seen["kernel"]])
    into.from_connection.append(seen["usable"] - seen["connected"])
    into.from_click.append(seen["usable"])
    (kernel,) = portal.kernels()
    into.megabytes.append(private_megabytes(kernel))
    page.wait_for_timeout(300)  # the typed letter is on its way to the database


def _openings_results(found: dict[str, Openings]) -> list[Result]:
    ours, ordinary, rival = found[FORKED], found[ORDINARY], found[RIVAL]
    what = f"Entry grid of {year_group.PUPILS} x {year_group.COLUMNS}"
    return [
        absolute(
            f"{what}, from the page's connection with its kernel until it can be used",
            ours.from_connection,
            unit="ms",
            goal=500,
            others=rival.from_connection,
            beside=RIVAL_WORDS,
        ),
        absolute(
            f"{what}, from the kernel's first answer to the server until it can be used",
            ours.from_ready,
            unit="ms",
            goal=1500,
            others=rival.from_ready,
            beside=RIVAL_WORDS,
        ),
        ratio(
            f"{what}, from the click until it can be used, as a share",
            ours.from_click,
            ordinary.from_click,
            goal=0.6,
            beside=ORDINARY_WORDS,
        ),
        ratio(
            "Private memory of an open page's kernel, as a share",
            ours.megabytes,
            ordinary.megabytes,
            goal=0.6,
            beside=ORDINARY_WORDS,
        ),
    ]


def _foot_results(chromium: Browser, portal: Portal) -> list[Result]:
    with _profile(chromium, portal) as context:
        page = sign_in(context, year_group.ENTERER, year_group.PASSWORD)
        # Half of it before and half after, so that a machine that gets busier is not our doing.
        alone = _change_cells(page, CHANGES // 2)
        with another_browser(chromium) as others, ExitStack() as stack:
            pages = _open_others(others, portal, stack)
            page.wait_for_timeout(SETTLING)
            crowded = _change_cells(page, CHANGES)
            _leave(pages)
        page.wait_for_timeout(SETTLING)
        alone += _change_cells(page, CHANGES // 2)
    return [
        absolute(
            f"From a key to the foot's new figures on the screen, {OTHER_PAGES} other pages open",
            crowded,
            unit="ms",
            goal=100,
            others=alone,
            beside="no other page open",
        )
    ]


def _block_results(chromium: Browser, portal: Portal) -> list[Result]:
    """Fill a column and paste three, over all pupils and to other values each time."""
    with _profile(chromium, portal) as context:
        page = sign_in(context, year_group.ENTERER, year_group.PASSWORD)
        page.goto(f"/assessments?{year_group.ADDRESS}")
        page.wait_for_function(_USABLE, timeout=PATIENCE)
        page.wait_for_timeout(500)
        page.evaluate("window.ptBench.watchBlocks()")
        for done in range(BLOCKS + 1):  # the first changes only some of them
            # The first heading of this name is of the formative curriculum.
            page.locator('th.ptg-leaf:has(.ptg-head-label:text-is("Re"))').nth(1).click()
            page.get_by_role("menuitem", name=f"Fill {year_group.PUPILS}").click()
            panel = page.get_by_role("dialog")
            panel.locator("select").select_option(label=_WORDS[done % 2])
            panel.get_by_label("All visible rows").check()
            panel.locator(".ptg-primary").click()
            page.wait_for_function(_BLOCKS, arg=done, timeout=PATIENCE)
            page.wait_for_timeout(300)
        filled: list[float] = page.evaluate("window.ptBench.blocks.slice(1)")
        page.evaluate("window.ptBench.blocks = []")
        cells = page.locator("tbody tr:has(td.ptg-k-choice)").first.locator("td.ptg-k-choice")
        cells.nth(2).click()  # after Include in data and the good level of development
        for done in range(BLOCKS + 1):
            row = "\t".join([_WORDS[done % 2]] * PASTED_COLUMNS)
            block = "\n".join([row] * year_group.PUPILS)
            page.evaluate("(text) => window.ptBench.paste(text)", block)
            page.wait_for_function(_BLOCKS, arg=done, timeout=PATIENCE)
            page.wait_for_timeout(300)
        pasted: list[float] = page.evaluate("window.ptBench.blocks.slice(1)")
        page.goto("about:blank")
    size = f"{year_group.PUPILS} x {PASTED_COLUMNS}"
    return [
        absolute(
            f"Filling a column of {year_group.PUPILS}, until all of it is saved",
            filled,
            unit="ms",
            goal=500,
        ),
        absolute(f"Pasting {size} judgements, until all are saved", pasted, unit="ms", goal=1000),
    ]


def _grids_results(chromium: Browser, portal: Portal) -> list[Result]:
    """Type with fifty grids of the year group open, all of which look for changes."""
    with _profile(chromium, portal) as context:
        page = sign_in(context, year_group.ENTERER, year_group.PASSWORD)
        alone = _change_cells(page, CHANGES)
        paths = [f"/assessments?{year_group.ADDRESS}"] * (OPEN_GRIDS - 1)
        with holding(crowd(portal.port), paths):
            portal.wait_for_kernels(OPEN_GRIDS)
            page.wait_for_timeout(SETTLING)
            crowded = _change_cells(page, CHANGES_IN_A_CROWD)
        page.goto("about:blank")
    what = f"From a key to the foot with {OPEN_GRIDS} grids open"
    beside = "no other page open"
    return [
        absolute(what, crowded, unit="ms", goal=100, others=alone, beside=beside),
        percentile(
            f"{what}, 95 of 100 keys",
            crowded,
            share=0.95,
            unit="ms",
            goal=250,
            others=alone,
            beside=beside,
        ),
    ]


def _crowded_result(chromium: Browser, portal: Portal) -> Result:
    """Type with a hundred pages open, the few that a browser shows and those that are only held."""
    held = OPEN_PAGES - OTHERS_IN_CHROMIUM - 1
    paths = [
        f"/{PAGES_OF_COLLEAGUES[number % len(PAGES_OF_COLLEAGUES)]}?{year_group.ADDRESS}"
        for number in range(held)
    ]
    with _profile(chromium, portal) as context:
        page = sign_in(context, year_group.ENTERER, year_group.PASSWORD)
        alone = _change_cells(page, CHANGES)
        with another_browser(chromium) as others, ExitStack() as stack:
            pages = _open_others(others, portal, stack, number=OTHERS_IN_CHROMIUM)
            stack.enter_context(holding(crowd(portal.port), paths))
            portal.wait_for_kernels(OPEN_PAGES)
            page.wait_for_timeout(SETTLING)
            crowded = _change_cells(page, CHANGES_IN_A_CROWD)
            _leave(pages)
    return percentile(
        f"From a key to the foot with {OPEN_PAGES} pages open, 95 of 100 keys",
        crowded,
        share=0.95,
        unit="ms",
        goal=250,
        others=alone,
        beside="no other page open",
    )


def _change_cells(page: Page, changes: int) -> list[float]:
    """Type a judgement into so many cells, and return what the page saw of its foot."""
    page.goto(f"/assessments?{year_group.ADDRESS}")
    page.wait_for_function(_USABLE, timeout=PATIENCE)
    page.wait_for_timeout(500)
    page.keyboard.press("ArrowDown")
    page.evaluate("window.ptBench.watchFoot()")
    for done in range(changes):
        text = page.evaluate("document.activeElement.firstChild?.textContent ?? ''")
        page.keyboard.press("b" if text.startswith("On track") else "o")
        page.wait_for_function(
            "(done) => window.ptBench.feet.length > done", arg=done, timeout=PATIENCE
        )
        page.keyboard.press("ArrowDown")
        page.wait_for_timeout(100)
    feet: list[float] = page.evaluate("window.ptBench.feet")
    return feet


def _open_others(
    chromium: Browser, portal: Portal, stack: ExitStack, *, number: int = OTHER_PAGES
) -> list[Page]:
    before = len(portal.kernels())
    people = [
        (name, stack.enter_context(_profile(chromium, portal))) for name in year_group.COLLEAGUES
    ]
    for opened in range(number):
        name, context = people[opened % len(people)]
        if opened < len(people):
            sign_in(context, name, year_group.PASSWORD)  # opens Home
            continue
        page = context.new_page()
        address = PAGES_OF_COLLEAGUES[opened % len(PAGES_OF_COLLEAGUES)]
        page.goto(f"/{address}?{year_group.ADDRESS}")
        page.wait_for_selector("#pt-skeleton", state="detached", timeout=PATIENCE)
    portal.wait_for_kernels(before + number)
    return [page for _, context in people for page in context.pages]


def _leave(pages: Iterable[Page], *portals: Portal) -> None:
    """Go away from the pages, which ends their kernels."""
    for page in pages:
        if page.url != "about:blank":
            page.goto("about:blank")
    for portal in portals:
        portal.wait_for_kernels(0)


@contextmanager
def _profile(chromium: Browser, portal: Portal) -> Iterator[BrowserContext]:
    context = chromium.new_context(base_url=portal.origin, viewport=VIEWPORT)
    context.add_init_script(path=PROBE)
    context.set_default_timeout(PATIENCE)
    try:
        yield context
    finally:
        context.close()


def _notebooks(folder: Path) -> Path:
    """Return a folder of the portal's pages, the rival in the place of Schools."""
    target = folder / "notebooks"
    target.mkdir()
    for source in (HERE.parent / "notebooks", HERE / "notebooks"):
        for notebook in source.glob("*.ipynb"):
            shutil.copyfile(notebook, target / notebook.name)
    return target
