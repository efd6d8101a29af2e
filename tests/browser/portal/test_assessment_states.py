"""What the Assessments page turns into as it is used: all sections, menus, boxes and forms."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import delete, select

from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.services.assessment_grid import load_grid
from pupiltrack_core.services.assessments import assessments_for
from pupiltrack_core.services.recording import CellChange, record_changes
from pupiltrack_core.services.schools import school_by_laestab
from pupiltrack_core.storage.models import SavedSelection, UserAccount
from tests.accessibility import faults_of

from .conftest import Open
from .grid_page import GridPage
from .served import Portal, require_no_overflow, require_sound, wait_until_open

pytestmark = [pytest.mark.browser, pytest.mark.served, pytest.mark.xdist_group("portal")]

# Somebody whose view no other test relies on: what is switched on is remembered.
PERSON, SCHOOL, YEAR_GROUP = "data", "9992001", 2
# A few pupils: what axe takes grows with the cells, and they are all alike.
ADDRESS = f"/assessments?years={YEAR_GROUP}&class=Cedar&fsm=Y"
NAME = "Made and deleted"

_COLUMNS = """() => [...document.querySelector(".ptg-row").cells].slice(1).map((cell) =>
    cell.headers.split(" ").slice(1).map((id) => {
        const heading = document.getElementById(id);
        return heading.querySelector(".ptg-group-label, .ptg-head-label").textContent;
    }))"""
_BESIDE_HEADING = """(cell) => {
    const table = cell.closest("table");
    const edge = table.querySelector(".ptg-heading").offsetWidth;
    table.parentElement.scrollLeft = cell.offsetLeft - edge - 4;
}"""


class Desk:
    """The grid on view, with its columns told apart by both their headings."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def cell(self, row: int, group: str, label: str) -> Locator:
        """Focus a cell of the column `label` in the group of columns that begins so."""
        columns = self.page.evaluate(_COLUMNS)
        at = next(i for i, (g, one) in enumerate(columns) if g.startswith(group) and one == label)
        cell = self.page.locator(".ptg-row").nth(row).locator(":scope > *").nth(at + 1)
        cell.evaluate(_BESIDE_HEADING)
        cell.click()
        return cell

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def switch_all_on(self, name: str) -> None:
        """Press every switch of a row of switches that is not pressed."""
        row = self.page.get_by_role("group", name=name, exact=True)
        off = row.get_by_role("button", pressed=False)
        for _ in range(off.count()):
            left = off.count()
            off.first.click()
            expect(off).to_have_count(left - 1)


def forget_view(portal: Portal) -> None:
    """Take back what an earlier test switched on: with everything on view, all takes long."""
    person = select(UserAccount.id).where(UserAccount.user_name == PERSON).scalar_subquery()
    with portal.database.unit_of_work(write=True) as unit:
        unit.session.execute(delete(SavedSelection).where(SavedSelection.user_id == person))
        unit.commit()


@pytest.fixture
def page(open_as: Open, portal: Portal) -> Page:
    forget_view(portal)
    page = open_as(PERSON, ADDRESS)
    page.locator(".ptg-row").nth(3).wait_for()
    return page


@pytest.fixture
def desk(page: Page) -> Desk:
    return Desk(page)


def test_grid_with_every_section_and_assessment_is_sound(page: Page, desk: Desk) -> None:
    desk.switch_all_on("Sections")
    bars = page.get_by_role("button", name="Bars at the foot")
    if bars.get_attribute("aria-pressed") == "false":
        bars.click()
    desk.switch_all_on("Assessments")
    require_sound(page, "every section of every assessment")
    for width in (768, 320):
        page.set_viewport_size({"width": width, "height": 800})
        require_no_overflow(page)
    assert faults_of(page) == []


def test_menus_and_boxes_of_the_grid_are_sound(page: Page, desk: Desk) -> None:
    desk.cell(1, "Summer Term", "Re")
    desk.press("b")
    GridPage(page).wait_until_saved()
    desk.press("Shift+F10")
    expect(page.get_by_role("menu")).to_be_visible()
    require_sound(page, "menu of a cell")
    desk.press("Enter")
    expect(page.get_by_role("menu", name=re.compile("^Colour of "))).to_be_visible()
    require_sound(page, "palette")
    desk.press("g", "Enter")
    GridPage(page).wait_until_saved()
    desk.press("Shift+F10", "h", "Enter")
    past = page.get_by_role("dialog", name=re.compile("^History of "))
    expect(past.get_by_role("button", name="Put this back").first).to_be_visible()
    require_sound(page, "history")
    desk.press("Escape", "Control+Home", "ArrowRight", "ArrowUp", "Enter")
    expect(page.get_by_role("menu")).to_be_visible()
    require_sound(page, "menu of a heading")
    desk.press("f", "f", "Enter")
    expect(page.get_by_role("dialog", name=re.compile("^Fill "))).to_be_visible()
    require_sound(page, "filling")
    desk.press("Escape", "Enter", "f", "Enter")
    expect(page.get_by_role("dialog", name=re.compile("^Filter by "))).to_be_visible()
    require_sound(page, "filtering")


def test_box_of_what_was_not_saved_and_the_bar_of_what_was_kept_are_sound(
    page: Page, desk: Desk
) -> None:
    # Judgements and scores both have a column GPS; the scores' title stands before the name.
    groups = [group for group, label in page.evaluate(_COLUMNS) if label == "GPS"]
    (group,) = [one for one in groups if "(Summer Term" in one]
    score = desk.cell(2, group, "Re")
    page.keyboard.type("many")
    desk.press("Enter", "Control+s")
    expect(page.get_by_role("group", name="What was not saved")).to_be_visible()
    expect(score).to_have_attribute("aria-invalid", "true")
    require_sound(page, "what was not saved")
    page.reload()
    wait_until_open(page)
    kept = page.get_by_role("group", name="Typed and not saved")
    expect(kept).to_be_visible()
    require_sound(page, "what was kept")
    kept.get_by_role("button", name="Show").click()
    expect(page.get_by_role("dialog", name="Typed and not saved")).to_be_visible()
    require_sound(page, "list of what was kept")
    desk.press("Escape")
    kept.get_by_role("button", name="Throw").click()
    expect(kept).to_be_hidden()


def test_choice_between_two_values_is_sound(page: Page, desk: Desk, portal: Portal) -> None:
    cell = desk.cell(3, "Summer Term", "Wr")
    desk.press("Enter")
    expect(page.locator("select.ptg-editor")).to_be_focused()
    require_sound(page, "cell being edited")
    change_meanwhile(portal, int(cell.locator("xpath=..").get_attribute("data-row") or 0))
    page.locator("select.ptg-editor").select_option("T")
    if page.locator("select.ptg-editor").count():
        desk.press("Enter", "ArrowUp")
    expect(cell).to_contain_text("changed by someone else")
    desk.press("Enter")
    expect(page.get_by_role("dialog", name="Changed by someone else")).to_be_visible()
    require_sound(page, "choice between two values")


def change_meanwhile(portal: Portal, pupil: int) -> None:
    """Store another judgement of writing, as somebody else would."""
    school, caller = school_by_laestab(portal.operator, SCHOOL), portal.operator
    year = school.academic_years[0]
    latest = assessments_for(caller, school.school_id, year, (YEAR_GROUP,))[0]
    chosen = CohortSelection(year, school.school_id, years=YEAR_GROUP)
    key = f"{latest.id}:tracking:WRIT"
    stored, version, _ = load_grid(caller, chosen, [latest.id]).cells[pupil, key]
    change = CellChange(pupil, key, "D" if stored != "D" else "O", version)
    (outcome,) = record_changes(caller, school.school_id, year, [change])
    assert outcome.status == "saved"


def test_cell_is_told_by_its_row_both_headings_and_value(page: Page, desk: Desk) -> None:
    cell = desk.cell(0, "Summer Term", "Ma")
    desk.press("Delete", "d")
    GridPage(page).wait_until_saved()
    expect(cell.locator(".ptg-mark")).to_have_count(0)
    told = cell.evaluate(
        "(cell) => cell.headers.split(' ').map((id) => document.getElementById(id))"
        ".map((heading) => [heading.getAttribute('role'), heading.textContent])"
    )
    name = GridPage(page).names()[0]
    assert [role for role, _ in told] == ["rowheader", "columnheader", "columnheader"]
    assert name in told[0][1]
    assert told[1][1].startswith("Summer Term")
    assert told[2][1].startswith("Ma")
    row = page.get_by_role("row", name=re.compile(f"^{re.escape(name)}"))
    expect(row.get_by_role("rowheader")).to_contain_text(name)
    expect(cell).to_have_role("gridcell")
    expect(cell).to_have_accessible_name("Deeper learning")
    desk.press("F2")
    editor = page.locator("select.ptg-editor")
    expect(editor).to_have_accessible_name(re.compile(rf"^{re.escape(name)}, Summer Term.*, Ma$"))
    desk.press("Escape")


def test_question_before_marks_are_hidden_and_deleted_assessments_are_sound(page: Page) -> None:
    page.get_by_role("button", name="New assessment", exact=True).click()
    form = page.get_by_role("form", name="New assessment")
    form.get_by_label("Assessment name").fill(NAME)
    form.get_by_label("Science", exact=True).check()
    form.get_by_role("button", name="Create assessment").click()
    expect(page.locator(".ptg-caption")).to_have_text(NAME)
    science = GridPage(page).headings().index("Sci")
    page.locator(".ptg-row").first.locator(":scope > *").nth(science + 1).click()
    page.keyboard.press("b")
    GridPage(page).wait_until_saved()

    page.get_by_role("button", name="Edit", exact=True).click()
    form = page.get_by_role("form", name=f"Edit {NAME}")
    form.get_by_label("Science", exact=True).uncheck()
    form.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("button", name="Save all the same")).to_be_visible()
    require_sound(page, "asking before marks are hidden")
    page.get_by_role("button", name="Back to the form").click()
    page.get_by_role("form", name=f"Edit {NAME}").get_by_role("button", name="Cancel").click()

    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete assessment").click()
    deleted = page.get_by_role("button", name=re.compile(r"^Deleted \(\d+\)$"))
    deleted.click()
    expect(page.get_by_role("table", name="Deleted assessments")).to_be_visible()
    require_sound(page, "deleted assessments")
    page.get_by_role("button", name="Close the list").click()
    expect(deleted).to_be_visible()


def test_chips_journey_and_downloads_are_sound(page: Page) -> None:
    page.get_by_role("button", name="Filter by characteristics").click()
    page.get_by_label("Sex", exact=True).select_option(label="Female")
    page.get_by_role("button", name="Select", exact=True).click()
    expect(page.get_by_role("button", name="Remove filter: Sex: Female")).to_be_visible()
    require_sound(page, "chips")
    with page.expect_download():
        page.get_by_role("button", name="Download", exact=True).click()
    expect(page.get_by_text("The file is ready.")).to_be_visible()
    require_sound(page, "file made")
    page.get_by_role("button", name=GridPage(page).names()[0]).click()
    expect(page.get_by_role("img", name="Timeline of one pupil")).to_be_visible()
    require_sound(page, "journey")
