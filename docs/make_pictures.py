"""Makes the README's pictures by driving the demo: `python -m docs.make_pictures`."""

# Needs the development tools and Chromium. The demo is made afresh in a temporary folder, so the
# pictures show invented children only and come out alike every time.

from __future__ import annotations

import io
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import FloatRect, Locator, Page, expect, sync_playwright

from pupiltrack_core.services.demo import create_demo
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage import schema
from pupiltrack_core.storage.engine import Database
from tests.browser.portal.served import PATIENCE, Portal, go, sign_in, wait_until_open

PICTURES = Path(__file__).parent / "pictures"
LIST = PICTURES.parents[1] / "tests" / "fixtures" / "imports" / "systems" / "arbor-like.csv"
WIDTH, HEIGHT = 1280, 800
COLOURS = 256
MOST_BYTES = 150_000
SCHOOL = "school=9992001&year=2025"


def main() -> None:
    """Make every picture and say how large it is."""
    PICTURES.mkdir(exist_ok=True)
    expect.set_options(timeout=PATIENCE)
    with tempfile.TemporaryDirectory() as folder:
        portal = serve_demo(Path(folder))
        try:
            take_pictures(portal.address)
        finally:
            portal.stop()


def serve_demo(folder: Path) -> Portal:
    """Make a demo of 24 schools and serve it."""
    file = folder / "demo.sqlite"
    url = f"sqlite:///{file}"
    schema.upgrade(url)
    database = Database.open(url)
    create_demo(database, hashing=PasswordHashing.FLOOR)
    database.dispose()
    return Portal(folder, file)


def take_pictures(address: str) -> None:
    """Drive Chromium through the loop that the README tells."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        context = browser.new_context(
            base_url=address,
            viewport={"width": WIDTH, "height": HEIGHT},
            locale="en-GB",
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto("/login")
        page.get_by_label("User name").fill("teacher")
        keep(page, "sign-in", whole=False)
        wait_until_open(sign_in(page, "teacher"))
        for name, draw in PAGES.items():
            draw(page)
            keep(page, name)
        draw_transfers(page)
        change_person(page, "data", "/pupils")
        draw_many_pupils(page)
        keep(page, "many-pupils", whole=False)
        save(draw_columns(page).screenshot(), "columns")
        draw_new_year(page)
        keep(page, "new-year", whole=False)
        change_person(page, "head", "/home")
        for name, (draw, height) in HEADS_PAGES.items():
            draw(page)
            keep(page, name, whole=False, height=height)
        change_person(page, "adviser", "/schools")
        page.locator("#pt-outputs canvas").first.wait_for()
        page.wait_for_load_state("networkidle")
        keep(page, "schools")
        draw_district(page)
        keep(page, "district", height=1140)
        draw_files(page)
        keep(page, "files")
        page.goto("/account")
        save(page.locator(".pt-account").screenshot(), "account")
        browser.close()


def draw_home(page: Page) -> None:
    """The headline figures and the news."""
    page.locator(".ptw-headline-text").wait_for()


def draw_assessments(page: Page) -> None:
    """The grid, with a judgement just entered and its column's figures at the foot."""
    go(page, f"/assessments?{SCHOOL}&years=4&class=Hazel")
    page.locator(".ptg-table").wait_for()
    for section in ("Statutory results", "Formative curriculum", "Test scores", "Phonics"):
        switch(page, section, on=False)
    page.locator(".ptg-row").nth(1).locator(".ptg-k-choice").nth(1).click()
    page.keyboard.press("d")
    expect(page.locator(".ptg-status")).to_contain_text("All changes saved")
    page.mouse.move(0, 0)


def draw_sections(page: Page) -> None:
    """Characteristics and statutory results beside the judgements, filtered by one of them."""
    go(page, f"/assessments?{SCHOOL}&years=6&disadvantaged=Y")
    page.locator(".ptg-table").wait_for()
    switch(page, "Pupil characteristics", on=True)
    switch(page, "Statutory results", on=True)


def draw_history(page: Page) -> None:
    """A cell that was changed, in a colour of its own, with its history open."""
    go(page, f"/assessments?{SCHOOL}&years=4&class=Hazel")
    page.locator(".ptg-table").wait_for()
    for section in ("Pupil characteristics", "Statutory results"):
        switch(page, section, on=False)
    cell = page.locator(".ptg-row").nth(2).locator(".ptg-k-choice").nth(2)
    cell.click()
    for key, word in (("d", "Deeper learning"), ("o", "On track")):
        page.keyboard.press(key)
        expect(cell).to_contain_text(word)
        page.wait_for_timeout(1000)  # letters in quick succession are one entry
    page.get_by_role("button", name="Colour").click()
    page.get_by_role("menuitemradio", name="Blue").click()
    expect(page.locator(".ptg-status")).to_contain_text("All changes saved")
    page.get_by_role("button", name="Bars at the foot").click()
    page.get_by_role("button", name="History").click()
    page.get_by_role("dialog").get_by_role("button", name="Put this back").first.wait_for()


def draw_journey(page: Page) -> None:
    """One pupil's journey, drawn and as a table."""
    page.keyboard.press("Escape")
    page.locator(".ptg-row .ptg-row-open").nth(7).click()
    page.get_by_role("img", name="Timeline of one pupil").wait_for()


def switch(page: Page, label: str, *, on: bool) -> None:
    """Press one of the switches above the grid, if it is not as wanted."""
    button = page.locator(".ptw-toggle", has_text=label)
    wanted = str(on).lower()
    if button.get_attribute("aria-pressed") != wanted:
        button.click()
        expect(button).to_have_attribute("aria-pressed", wanted)


def draw_full_report(page: Page) -> None:
    """The figures of a year group, and the pupils behind one of them."""
    go(page, f"/full-report?{SCHOOL}&years=4")
    page.get_by_role("button", name=re.compile("Writing, Below: show the pupils")).click()
    page.get_by_role("table", name=re.compile("^Writing: Below")).wait_for()


def draw_venn(page: Page) -> None:
    """The diagram, and the pupils in one of its parts."""
    go(page, f"/venn?{SCHOOL}&years=4")
    page.locator('[data-region="110"]').focus()
    page.keyboard.press("Enter")
    page.get_by_role("table", name=re.compile("^On track in reading and writing only:")).wait_for()


def draw_comparison(page: Page) -> None:
    """The full report of a year group beside the assessment before, and by two groups."""
    go(page, f"/full-report?{SCHOOL}&years=4")
    page.get_by_label("Compare with").select_option(label="The assessment before")
    page.get_by_label("By group", exact=True).select_option(label="Disadvantaged and other pupils")
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_text(re.compile("A gap is the first group less the second")).first.wait_for()


def draw_matrix(page: Page) -> None:
    """Year 4 of this year beside the same pupils a year ago."""
    go(page, f"/matrix?{SCHOOL}&years=4")
    layer = page.get_by_role("form", name="Choose the pupils to compare with")
    layer.get_by_label("Academic year").select_option(label="2024/2025")
    layer.get_by_label("Years").select_option(label="Year 3")
    layer.get_by_role("button", name="Add layer").click()
    page.get_by_role("heading", name="Layer 1").wait_for()
    page.get_by_role("heading", name="Comparative data").evaluate("e => e.scrollIntoView()")


def draw_transition(page: Page) -> None:
    """Maths in autumn against maths in summer, and the pupils of a cell."""
    go(page, f"/transition?{SCHOOL}&years=4")
    page.get_by_label("From", exact=True).select_option(label="Autumn Term 2025 (03/12/2025)")
    page.get_by_label("Subject").select_option(label="Maths")
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("button", name=re.compile("On track.* Towards")).click()


def draw_meeting(page: Page) -> None:
    """A progress meeting about a year group, being written in."""
    go(page, f"/meetings?{SCHOOL}")
    page.get_by_role("button", name="Add progress meeting").click()
    page.get_by_label("Year group", exact=True).select_option(label="Year 4")
    page.get_by_role("button", name="Begin the meeting").click()
    page.get_by_role("heading", name="Specific groups").first.wait_for()
    page.locator(".ptw-fold", has_text="Reading").first.click()
    page.get_by_label("What is going well across").first.fill(
        "Daily reading aloud has helped many. Inference is where marks are lost."
    )
    page.get_by_label("Agreed next steps on question 1").first.fill(
        "Guided reading in small groups twice a week until half term, looked at again then."
    )
    expect(page.get_by_text("Not saved yet")).to_have_count(0)


def draw_district(page: Page) -> None:
    """The full report of the schools of a district."""
    go(page, "/full-report")
    page.get_by_label("District").select_option(label="Mere Vale")
    page.get_by_role("button", name="Select", exact=True).click()
    page.get_by_role("heading", name=re.compile("district Mere Vale")).wait_for()


def draw_files(page: Page) -> None:
    """The form that asks for the reports of many schools."""
    go(page, "/schools")
    switch(page, "Reports as files", on=True)
    page.get_by_role("button", name="Make the files").wait_for()


def draw_many_pupils(page: Page) -> None:
    """The records of a class side by side, with a pupil just moved to another class."""
    go(page, f"/pupils?{SCHOOL}&class=Hazel&view=grid")
    page.locator(".ptg-table").wait_for()
    page.locator(".ptg-row").nth(2).locator(".ptg-k-choice").first.click()
    page.keyboard.press("h")
    page.keyboard.press("o")
    expect(page.locator(".ptg-status")).to_contain_text("All changes saved")
    page.mouse.move(0, 0)


def draw_columns(page: Page) -> Locator:
    """The choice of columns of a list from another system."""
    go(page, f"/pupils?{SCHOOL}")
    page.get_by_role("button", name="Import pupils").click()
    page.get_by_label("Pupil file").set_input_files(LIST)
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("heading", name="Say what the columns are").wait_for()
    return page.locator(".pt-panel")


def draw_new_year(page: Page) -> None:
    """The dry run of a new year, with one pupil who stays down and one who leaves."""
    go(page, "/maintenance?section=year")
    page.get_by_role("button", name="Prepare 2026/2027").click()
    page.get_by_role("button", name="Show what would happen").click()
    page.locator(".ptg-table").wait_for()
    page.get_by_label("Show", exact=True).select_option("4")
    for place, letter, word in ((1, "4", "Year 4"), (3, "l", "Leaves")):
        cell = page.locator(".ptg-row").nth(place).locator(".ptg-k-choice").first
        cell.click()
        page.keyboard.press(letter)
        page.keyboard.press("Enter")
        expect(cell).to_contain_text(word)
    expect(page.locator(".ptg-status")).to_contain_text("Kept for you")
    page.get_by_role("heading", name="What starting").evaluate("e => e.scrollIntoView()")
    page.mouse.move(0, 0)


PAGES: dict[str, Callable[[Page], None]] = {
    "home": draw_home,
    "assessments": draw_assessments,
    "sections": draw_sections,
    "history": draw_history,
    "journey": draw_journey,
    "full-report": draw_full_report,
    "venn": draw_venn,
}
# With how much of the page is worth a picture, in CSS pixels from the top; None is what is in view.
HEADS_PAGES: dict[str, tuple[Callable[[Page], None], int | None]] = {
    "comparison": (draw_comparison, 1225),
    "matrix": (draw_matrix, None),
    "transition": (draw_transition, 1660),
    "meeting": (draw_meeting, 1340),
}


def change_person(page: Page, user_name: str, address: str) -> None:
    """Sign out, and in as somebody else."""
    page.get_by_role("button", name="Sign out").click()
    page.goto(address)
    wait_until_open(sign_in(page, user_name))


def draw_transfers(page: Page) -> None:
    """Pupils ticked to be archived; and pupils whom the school next door claims, to be answered."""
    theirs = "school=9992002&year=2025&years=3"
    change_person(page, "head2", f"/pupils?{theirs}")
    rows = page.locator("tbody tr")
    rows.first.wait_for()
    # Name, year, class, sex, date of birth, UPN.
    claimed = [rows.nth(place).locator("th, td").all_inner_texts() for place in (2, 5)]
    change_person(page, "head", f"/pupils?{SCHOOL}&years=6")
    page.get_by_role("button", name="Archive pupils").click()
    page.get_by_role("button", name="Tick pupils").click()
    for place in (1, 4, 5):
        page.locator(".ptw-picks-panel input").nth(place).check()
    keep(page, "archive")
    page.get_by_role("button", name="Back to the list").click()
    page.get_by_role("button", name="Transfers").click()
    page.get_by_role("heading", name="Transfers between schools").wait_for()
    for row in claimed:
        day, month, year = row[4].split("/")
        expect(page.get_by_label("UPN")).to_have_value("")  # the form of the next claim
        page.get_by_label("UPN").fill(row[5])
        page.get_by_label("Date of birth", exact=True).fill(f"{year}-{month}-{day}")
        page.get_by_label("First day with you").fill("2026-06-08")
        page.get_by_role("button", name="Claim pupil").click()
        page.get_by_role("button", name=f"Withdraw the claim of {row[5]}").wait_for()
    change_person(page, "head2", f"/pupils?{theirs}&view=transfers")
    page.get_by_role("button", name=re.compile("^Hand over ")).first.wait_for()
    keep(page, "transfers")


def keep(page: Page, name: str, *, whole: bool = True, height: int | None = None) -> None:
    """Save the page, or its top, as a PNG of few colours; raise for one too large for a README."""
    if height is None:
        save(page.screenshot(full_page=whole), name)
        return
    top: FloatRect = {"x": 0, "y": 0, "width": WIDTH, "height": height}
    save(page.screenshot(full_page=True, clip=top), name)


def save(picture: bytes, name: str) -> None:
    """Save a picture as `keep` does."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    small = image.quantize(COLOURS, dither=Image.Dither.NONE)
    file = PICTURES / f"{name}.png"
    small.save(file, optimize=True)
    size = file.stat().st_size
    if size > MOST_BYTES:
        raise ValueError(f"{file.name} has {size} bytes, more than {MOST_BYTES}.")
    sys.stdout.write(f"{file.name}: {size // 1000} kB\n")


if __name__ == "__main__":
    main()
