"""The pupils behind a number: from the press on it until their names are on the screen."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Page, ViewportSize

from benchmarks.chromium import browser
from benchmarks.measuring import Result, absolute
from benchmarks.portal import running, sign_in
from pupiltrack_core.services.demo import create_demo
from pupiltrack_core.services.demo_accounts import SIGN_INS
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage import schema
from pupiltrack_core.storage.engine import Database

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
RUNS, PAUSE = 12, 250  # ms, for what the page still draws at its leisure
PATIENCE = 60_000  # ms; only how long to wait before giving up
VIEWPORT: ViewportSize = {"width": 1280, "height": 800}
# Reports, and the keys of one of their numbers: most of the 360 pupils stand behind it.
PAGES = {
    "full report": ("/full-report?years=all", "READ/on_track_or_deeper"),
    "pupil matrix": ("/matrix?years=all", "on_track_or_deeper/READ"),
    "Venn diagram": ("/venn?years=all", "111/pupils"),
}
_SHOWN = """
const shown = () => [...document.querySelectorAll("#pt-outputs .ptw-table")].some((table) =>
  table.querySelector("thead .ptw-sort")?.textContent.startsWith("Pupil\\u00a0")
  && table.querySelector("tbody th")?.getClientRects().length > 0);
"""
_PRESS = f"""(at) => new Promise((done) => {{
  {_SHOWN}
  const from = performance.now();
  document.querySelector(`#pt-outputs [data-at="${{at}}"]`).click();
  const look = () => requestAnimationFrame(() => {{
    if (!shown()) look();
    else setTimeout(() => done(performance.now() - from)); // once this frame is painted
  }});
  look();
}})"""


def run(_folder: Path) -> list[Result]:
    """Return the figures of the three reports."""
    with tempfile.TemporaryDirectory() as name, browser() as chromium:
        folder = Path(name)
        notebooks = folder / "notebooks"
        shutil.copytree(NOTEBOOKS, notebooks)
        with running(_make_demo(folder / "names.sqlite"), folder / "portal", notebooks) as portal:
            context = chromium.new_context(base_url=portal.origin, viewport=VIEWPORT)
            context.set_default_timeout(PATIENCE)
            head = next(person for person in SIGN_INS if person.user_name == "head")
            page = sign_in(context, head.user_name, head.password)
            return [
                absolute(
                    f"Names behind a number of the {what}, from the press",
                    _press(page, *place),
                    unit="ms",
                    goal=100,
                )
                for what, place in PAGES.items()
            ]


def _make_demo(path: Path) -> str:
    url = f"sqlite:///{path}"
    schema.upgrade(url)
    database = Database.open(url)
    try:
        create_demo(database, schools=2, hashing=PasswordHashing.FLOOR)
    finally:
        database.dispose()
    return url


def _press(page: Page, address: str, at: str) -> list[float]:
    page.goto(address)
    number = page.locator(f'#pt-outputs [data-at="{at}"]')
    number.wait_for()
    taken: list[float] = []
    for _ in range(RUNS + 1):
        page.wait_for_timeout(PAUSE)
        taken.append(page.evaluate(_PRESS, at))
        page.wait_for_timeout(PAUSE)
        number.click()  # puts them away
        page.wait_for_function(f"() => {{ {_SHOWN} return !shown(); }}")
    return taken[1:]  # the first fetches the table's code
