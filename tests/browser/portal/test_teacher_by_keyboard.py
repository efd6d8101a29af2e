"""A teacher's whole job with the keys alone: after signing in, nothing is clicked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.rounding import round_half_away
from pupiltrack_core.schemas import cohort
from pupiltrack_core.services.assessment_deletion import delete_assessment, marks_of_assessment
from pupiltrack_core.services.assessment_grid import GridData, load_grid
from pupiltrack_core.services.assessments import AssessmentInfo, assessments_for
from pupiltrack_core.services.reports import full_report
from pupiltrack_core.services.schools import SchoolChoice, school_by_laestab

from .grid_page import INCLUDE, GridPage, figures_of
from .served import Portal, sign_in, wait_until_open

pytestmark = [pytest.mark.browser, pytest.mark.served, pytest.mark.xdist_group("portal")]

SCHOOL, CLASS, YEAR_GROUP = "9992001", "Hazel", 4
NAME = "Without a mouse"
MOST_TABS = 60
LETTERS = "BTOD"
SAVED_SCORES = "Scores"


class Keys:
    """One open page of the teacher's, worked by keys, and the truth in the database."""

    def __init__(self, page: Page, portal: Portal) -> None:
        self.page = page
        self.portal = portal
        self.grid = GridPage(page)

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, wanted: Locator, key: str = "Tab") -> None:
        """Press Tab until this has the focus."""
        wanted.wait_for()
        for _ in range(MOST_TABS):
            if wanted.evaluate("(one) => one.contains(document.activeElement)"):
                return
            self.press(key)
        raise AssertionError(f"the keyboard does not reach {wanted}")

    def go_to(self, row: int, heading: str, occurrence: int = 0) -> None:
        """Go to a cell of the table, in which the focus is; row -1 is the heading itself."""
        at = [i for i, text in enumerate(self.grid.headings()) if text == heading][occurrence]
        self.press("Control+Home", *["ArrowRight"] * (at + 1))
        self.press(*(["ArrowUp"] if row < 0 else ["ArrowDown"] * row))

    def focused(self) -> tuple[int, str]:
        """Return the row and the heading of the cell that has the focus."""
        row, at = self.page.evaluate(
            """() => {
                const cell = document.activeElement.closest("td, th");
                const rows = [...document.querySelectorAll(".ptg-row")];
                return [rows.indexOf(cell.parentElement), cell.cellIndex - 1];
            }"""
        )
        return row, self.grid.headings()[at]

    # What is so in the database -----------------------------------------------------------------

    @property
    def school(self) -> SchoolChoice:
        return school_by_laestab(self.portal.operator, SCHOOL)

    @property
    def assessment(self) -> AssessmentInfo:
        found = assessments_for(
            self.portal.operator, self.school.school_id, self.academic_year, (YEAR_GROUP,)
        )
        (made,) = [item for item in found if item.name == NAME]
        return made

    @property
    def academic_year(self) -> int:
        return self.school.academic_years[0]

    @property
    def selection(self) -> CohortSelection:
        return CohortSelection(
            academic_year=self.academic_year,
            school_id=self.school.school_id,
            years=YEAR_GROUP,
            class_name=CLASS,
            assessment_id=self.assessment.id,
        )

    @property
    def stored(self) -> GridData:
        """The grid as it is stored."""
        return load_grid(self.portal.operator, self.selection, [self.assessment.id])

    def column(self, kind: str, subject: str) -> list[str | None]:
        """What is stored in a column, from the first pupil on view to the last."""
        data, key = self.stored, f"{self.assessment.id}:{kind}:{subject}"
        pupils = (int(pupil) for pupil in data.pupils[cohort.PUPIL_ID])
        return [data.cells.get((pupil, key), (None, 0, None))[0] for pupil in pupils]

    def colour(self, row: int, subject: str) -> str | None:
        """The colour stored with a judgement."""
        data = self.stored
        pupil = int(data.pupils[cohort.PUPIL_ID].iloc[row])
        return data.cells[pupil, f"{self.assessment.id}:tracking:{subject}"][2]

    def require_figures(self) -> None:
        """All is saved, and the foot on view is what the reports make of what is stored."""
        self.grid.wait_until_saved()
        self.require_foot()

    def require_foot(self) -> None:
        """The foot on view is what the reports make of what is stored."""
        self.grid.require_foot(figures_of(full_report(self.portal.operator, self.selection)))

    def require_scores(self) -> None:
        """The foot of the reading scores is what a recount, score by score, comes to."""
        self.grid.wait_until_saved()
        included = self.stored.pupils[cohort.INCLUDE_IN_DATA]
        found = self.column("test", "READ")
        scores = sorted(
            Fraction(score)
            for score, counts in zip(found, included, strict=True)
            if score and counts
        )
        middle = Fraction(scores[(len(scores) - 1) // 2] + scores[len(scores) // 2], 2)
        wanted = {
            SAVED_SCORES: str(len(scores)),
            "Lowest": str(scores[0]),
            "Highest": str(scores[-1]),
            "Average": str(round_half_away(sum(scores) / Fraction(len(scores)), 1)),
            "Median": str(round_half_away(middle, 1)),
        }
        assert {label: self.figure(label) for label in wanted} == wanted

    def figure(self, label: str) -> str:
        """The figure of the foot under the reading scores, which are the second Re."""
        at = [i for i, text in enumerate(self.grid.headings()) if text == "Re"][1]
        line = self.page.get_by_role("row").filter(
            has=self.page.get_by_role("rowheader", name=label, exact=True)
        )
        return line.locator(":scope > *").nth(at + 1).inner_text()


@pytest.fixture
def keys(new_context: Callable[..., BrowserContext], portal: Portal) -> Iterator[Keys]:
    """The teacher, signed in; the assessment that is made is gone afterwards."""
    context = new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto("/home")
    keys = Keys(wait_until_open(sign_in(page, "teacher")), portal)
    yield keys
    caller, school, number = portal.operator, keys.school.school_id, keys.assessment.id
    agreed = marks_of_assessment(caller, school, number)
    delete_assessment(caller, school_id=school, assessment_id=number, agreed=agreed)


def test_teacher_does_the_whole_job_by_keyboard(keys: Keys) -> None:
    open_assessments(keys)
    create_an_assessment(keys)
    enter_judgements(keys)
    fill_a_column(keys)
    paste_scores(keys)
    undo_and_redo(keys)
    colour_a_cell(keys)
    put_an_older_value_back(keys)
    leave_a_pupil_out(keys)


def open_assessments(keys: Keys) -> None:
    keys.tab_to(keys.page.get_by_role("link", name="Assessments", exact=True))
    keys.press("Enter")
    keys.page.wait_for_url("**/assessments*")
    wait_until_open(keys.page)
    expect(keys.page.get_by_label("Class", exact=True)).to_have_value(CLASS)


def create_an_assessment(keys: Keys) -> None:
    page = keys.page
    keys.tab_to(page.get_by_role("button", name="New assessment"))
    keys.press("Enter")
    form = page.get_by_role("form", name="New assessment")
    expect(form.get_by_label("Assessment name")).to_be_focused()
    page.keyboard.type(NAME)
    keys.press("Tab")
    expect(form.get_by_label("Assessment date")).to_be_focused()
    page.keyboard.type("07072026")  # the same whether the day or the month comes first
    expect(form.get_by_label("Assessment date")).to_have_value("2026-07-07")
    assert form.get_by_label("Year 4", exact=True).is_checked()
    keys.tab_to(form.get_by_label("Science", exact=True))
    keys.press("Space")
    keys.tab_to(form.get_by_label("Test scores title"))
    page.keyboard.type("Summer paper")
    keys.tab_to(form.get_by_role("button", name="Create assessment"))
    keys.press("Enter")
    expect(page.locator(".ptg-caption")).to_have_text(NAME)
    keys.require_foot()


def enter_judgements(keys: Keys) -> None:
    """Three judgements a pupil: a letter and Tab, a letter and Tab, a letter and Enter."""
    keys.tab_to(keys.page.locator(".ptg-table"))
    keys.go_to(0, "Re")
    pupils = len(keys.grid.names())
    assert pupils == 30
    entered = [
        "".join(LETTERS[(row * step + step) % len(LETTERS)] for step in (1, 2, 3))
        for row in range(pupils)
    ]
    for row, (reading, writing, maths) in enumerate(entered):
        assert keys.focused() == (row, "Re")
        keys.press(reading.lower(), "Tab", writing.lower(), "Tab", maths.lower(), "Enter")
    keys.require_figures()
    for at, subject in enumerate(("READ", "WRIT", "MATH")):
        assert keys.column("tracking", subject) == [letters[at] for letters in entered]


def fill_a_column(keys: Keys) -> None:
    """Read how many cells it will be before it is done."""
    page, before = keys.page, keys.column("tracking", "MATH")
    keys.go_to(-1, "Ma")
    keys.press("Enter")
    expect(page.get_by_role("menu")).to_be_visible()
    keys.press("f", "f", "Enter")
    panel = page.get_by_role("dialog", name=re.compile("^Fill .*Ma$"))
    expect(panel.get_by_label("Value")).to_be_focused()
    keys.press("o")
    others = sum(value != "O" for value in before)
    keys.tab_to(panel.get_by_label("All visible rows (30)"))
    keys.press("Space")
    told = f"{others} cells will be filled, replacing {others} values. You can undo this."
    expect(panel).to_contain_text(told)
    keys.tab_to(panel.get_by_role("button", name=f"Fill {others} cells"))
    assert keys.column("tracking", "MATH") == before
    keys.press("Enter")
    keys.require_figures()
    assert keys.column("tracking", "MATH") == ["O"] * 30


def paste_scores(keys: Keys) -> None:
    """A column of a spreadsheet with one wrong value in its middle, which is then mended."""
    page = keys.page
    copied = [str(80 + row) for row in range(30)]
    block = "\n".join(["ill" if row == 14 else score for row, score in enumerate(copied)])
    page.evaluate("(text) => navigator.clipboard.writeText(text)", block)
    keys.go_to(0, "Re", occurrence=1)
    keys.press("Control+v")
    report = page.get_by_role("group", name="What was not saved")
    expect(report).to_contain_text("1 pasted value is not saved")
    expect(report).to_contain_text("“ill” is not a number.")
    expect(page.locator(".ptg-status")).to_have_text("1 entry refused")
    wanted: list[str | None] = [None if row == 14 else score for row, score in enumerate(copied)]
    assert keys.column("test", "READ") == wanted
    keys.tab_to(report.get_by_role("listitem").get_by_role("button"), "Shift+Tab")
    keys.press("Enter")
    assert keys.focused() == (14, "Re")
    page.keyboard.type("94.5")
    keys.press("Enter")
    keys.require_scores()
    assert keys.column("test", "READ")[14] == "94.5"


def undo_and_redo(keys: Keys) -> None:
    """The value mended, the paste and the fill are taken back, and done again."""
    filled, pasted = keys.column("tracking", "MATH"), keys.column("test", "READ")
    keys.press(*["Control+z"] * 3)
    keys.require_figures()
    assert keys.figure(SAVED_SCORES) == "0"
    assert keys.column("test", "READ") == [None] * 30
    assert keys.column("tracking", "MATH") != filled
    keys.press("Control+y", "Control+y", "Control+Shift+z")
    keys.require_figures()
    keys.require_scores()
    assert keys.column("tracking", "MATH") == filled
    assert keys.column("test", "READ") == pasted


def colour_a_cell(keys: Keys) -> None:
    keys.go_to(2, "Wr")
    keys.press("Shift+F10")
    expect(keys.page.get_by_role("menu")).to_be_visible()
    keys.press("Enter")
    expect(keys.page.get_by_role("menu", name=re.compile("^Colour of "))).to_be_visible()
    keys.press("p", "Enter")
    assert keys.focused() == (2, "Wr")
    keys.require_figures()
    assert keys.colour(2, "WRIT") == "purple"


def put_an_older_value_back(keys: Keys) -> None:
    first = keys.column("tracking", "READ")[3]
    other = "B" if first != "B" else "D"
    keys.go_to(3, "Re")
    keys.press(other.lower())
    keys.require_figures()
    assert keys.column("tracking", "READ")[3] == other
    keys.press("Shift+F10", "h", "Enter")
    past = keys.page.get_by_role("dialog", name=re.compile("^History of "))
    expect(past).to_contain_text("Tara Whitlock")
    keys.tab_to(past.get_by_role("button", name="Put this back").first)
    keys.press("Enter")
    assert keys.focused() == (3, "Re")
    keys.require_figures()
    assert keys.column("tracking", "READ")[3] == first


def leave_a_pupil_out(keys: Keys) -> None:
    row = keys.page.locator(".ptg-row").nth(4)
    before = len(keys.stored.pupils[keys.stored.pupils[cohort.INCLUDE_IN_DATA]])
    keys.go_to(4, INCLUDE)
    keys.press("n")
    expect(row).to_contain_text("Not included in data")
    keys.require_figures()
    keys.require_scores()
    assert sum(keys.stored.pupils[cohort.INCLUDE_IN_DATA]) == before - 1
    keys.press("Control+z")
    keys.require_figures()
    keys.require_scores()
    assert sum(keys.stored.pupils[cohort.INCLUDE_IN_DATA]) == before
