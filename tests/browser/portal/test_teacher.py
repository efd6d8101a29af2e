"""The main job end to end: a teacher signs in, records an assessment, reads and saves reports."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import BrowserContext, Download, Page, expect
from pypdf import PdfReader

from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.subjects import Subject
from pupiltrack_core.domain.venn import VennKind, region_label
from pupiltrack_core.services.assessments import assessments_for
from pupiltrack_core.services.home import headlines
from pupiltrack_core.services.reports import (
    FullReport,
    full_report,
    names_behind,
)
from pupiltrack_core.services.schools import SchoolChoice, school_by_laestab
from pupiltrack_core.services.venn_reports import names_in_region, venn_report

from .grid_page import INCLUDE, RWM_HEADING, GridPage, figures_of
from .served import Portal, Watch, go, sign_in, wait_until_open

pytestmark = [pytest.mark.browser, pytest.mark.served, pytest.mark.xdist_group("portal")]

SCHOOL = "9992001"
NAME = "July check"
HEADLINE = re.compile(
    r"\d{1,3}\u202f% of your (Reception|Year [1-6]) cohort \(\d+/\d+ pupils?\) are on track in "
    r"(reading|writing|maths|reading, writing and maths)"
)
RED, GREEN = (249, 213, 210), (207, 234, 211)


class Lesson:
    """What the steps share: the page, and the truth in the database."""

    def __init__(self, page: Page, portal: Portal) -> None:
        self.page = page
        self.portal = portal
        self.grid = GridPage(page)
        self.year_group = -1

    @property
    def school(self) -> SchoolChoice:
        return school_by_laestab(self.portal.operator, SCHOOL)

    @property
    def selection(self) -> CohortSelection:
        school = self.school
        found = assessments_for(
            self.portal.operator, school.school_id, school.academic_years[0], (self.year_group,)
        )
        created = next(item for item in found if item.name == NAME)
        return CohortSelection(
            academic_year=school.academic_years[0],
            school_id=school.school_id,
            years=self.year_group,
            assessment_id=created.id,
        )

    @property
    def report(self) -> FullReport:
        return full_report(self.portal.operator, self.selection)

    def require_figures(self) -> None:
        """The foot on view is what the database's judgements come to."""
        self.grid.wait_until_saved()
        self.grid.require_foot(figures_of(self.report))


@pytest.fixture
def lesson(new_context: Callable[..., BrowserContext], portal: Portal) -> Lesson:
    page = new_context(accept_downloads=True).new_page()
    page.goto("/home")
    wait_until_open(sign_in(page, "teacher"))
    return Lesson(page, portal)


def test_teacher_records_an_assessment_and_reads_it(lesson: Lesson, watch: Watch) -> None:
    read_the_headlines(lesson)
    create_an_assessment(lesson)
    enter_judgements(lesson)
    save_as_excel(lesson)
    find_it_all_after_a_reload(lesson)
    read_the_full_report(lesson)
    read_the_venn_diagram(lesson)
    sign_out(lesson, watch)


def read_the_headlines(lesson: Lesson) -> None:
    page = lesson.page
    page.get_by_role("button", name="Pause the headlines").click()
    expected = [item.text for item in headlines(lesson.portal.operator, lesson.school.school_id)]
    shown = []
    for _ in expected:
        shown.append(page.locator(".ptw-headline-text").inner_text())
        page.get_by_role("button", name="Next headline").click()
    assert all(HEADLINE.fullmatch(text) for text in shown)
    assert sorted(shown) == sorted(expected)


def create_an_assessment(lesson: Lesson) -> None:
    page = lesson.page
    page.get_by_role("link", name="Assessments").click()
    wait_until_open(page)
    lesson.year_group = int(page.get_by_label("Years", exact=True).input_value())
    page.get_by_role("button", name="Remove filter: Class:").click()  # the teacher's own
    expect(page.get_by_label("Class", exact=True)).to_have_value("")
    page.get_by_role("button", name="New assessment").click()
    form = page.get_by_role("form", name="New assessment")
    form.get_by_role("button", name="Create assessment").click()
    expect(form.get_by_role("alert")).to_contain_text("what you entered is kept")
    form.get_by_label("Assessment name").fill(NAME)
    form.get_by_label("Assessment date").fill("2026-07-10")
    assert form.get_by_label("Reading", exact=True).is_disabled()
    form.get_by_label("Science", exact=True).check()
    form.get_by_role("button", name="Create assessment").click()
    expect(page.locator(".ptg-caption")).to_have_text(NAME)
    assert lesson.grid.headings()[:2] == [INCLUDE, "GLD"]
    page.get_by_role("button", name="Statutory results").click()
    expect(page.locator(".ptg-head-label", has_text="GLD")).to_have_count(0)
    assert lesson.grid.headings() == [INCLUDE, "Re", "Wr", "Ma", RWM_HEADING, "Sci"]
    lesson.grid.require_foot(figures_of(lesson.report))


def enter_judgements(lesson: Lesson) -> None:
    grid = lesson.grid
    grid.type_down(0, "Re", "btod")
    expect(grid.cell(0, "Re")).to_have_text("Below")
    expect(grid.cell(3, "Re")).to_have_text("Deeper learning")
    lesson.require_figures()
    grid.choose(4, "Re", "On track")
    grid.type_down(5, "Re", "b")
    lesson.require_figures()
    grid.fill("Wr", "On track")
    grid.fill("Ma", "Deeper learning")
    grid.fill("Sci", "Towards")
    lesson.require_figures()
    assert ground(lesson.page, grid, 0, "Re") == RED
    assert ground(lesson.page, grid, 2, "Re") == GREEN
    assert grid.texts(RWM_HEADING, 7) == [
        *("No", "No", "Yes", "Yes", "Yes", "No"),
        "",
    ]
    before = int(lesson.report.summary["pupils"].iloc[0])
    grid.choose(0, INCLUDE, "No")
    lesson.require_figures()
    assert int(lesson.report.summary["pupils"].iloc[0]) == before - 1
    expect(lesson.page.locator(".ptg-row").first).to_contain_text("Not included in data")
    expect(lesson.page.locator(".ptw-prose")).to_contain_text("Include in data is set to No")


def ground(page: Page, grid: GridPage, row: int, heading: str) -> tuple[int, ...]:
    page.mouse.move(0, 0)
    colour = grid.cell(row, heading).evaluate("(cell) => getComputedStyle(cell).backgroundColor")
    return tuple(int(part) for part in re.findall(r"\d+", colour)[:3])


def save_as_excel(lesson: Lesson) -> None:
    book = openpyxl.load_workbook(io.BytesIO(saved(lesson.page, "Download")))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    below = [cell for cell in cells if cell.value == "Below" and cell.column > 1]
    on_track = [cell for cell in cells if cell.value == "On track" and cell.column > 1]
    assert {cell.fill.start_color.rgb[-6:] for cell in below} == {"F9D5D2"}
    assert {cell.fill.start_color.rgb[-6:] for cell in on_track} == {"CFEAD3"}
    headings = {cell.value: cell.column for cell in cells if cell.value in ("Reading", "Science")}
    foot = {row[0].value: row for row in book.active.iter_rows() if row[0].value}
    report = lesson.report.summary.set_index("subject")
    for heading in ("Reading", "Science"):
        at, line = headings[heading] - 1, report.loc[Subject[heading.upper()].value]
        for row in (SummaryRow.BELOW, SummaryRow.ON_TRACK_OR_DEEPER, SummaryRow.NO_DATA):
            count, of = int(line[row.value]), int(line["pupils"])
            assert foot[f"{row.label}: number"][at].value == count
            assert foot[f"{row.label}: %"][at].value == pytest.approx(count / of)


def find_it_all_after_a_reload(lesson: Lesson) -> None:
    grid = lesson.grid
    names = grid.names()
    entered = grid.texts("Re", 7)
    lesson.page.reload()
    wait_until_open(lesson.page)
    expect(lesson.page.locator(".ptg-caption")).to_have_text(NAME)
    assert grid.names() == names
    assert grid.texts("Re", 7) == entered
    assert entered == [
        *("Below", "Towards", "On track", "Deeper learning", "On track", "Below"),
        "",
    ]
    expect(grid.cell(0, INCLUDE)).to_have_text("No")
    grid.require_foot(figures_of(lesson.report))


def read_the_full_report(lesson: Lesson) -> None:
    page, chosen = lesson.page, lesson.selection
    query = f"school={SCHOOL}&year={chosen.academic_year}&years={chosen.years}"
    go(page, f"/full-report?{query}&assessment={chosen.assessment_id}")
    report = lesson.report
    figures = figures_of(report, SummaryRow)
    table = page.get_by_role("table", name="Numbers and percentages of pupils by subject")
    for subject in (Subject.READING, Subject.WRITING, Subject.MATHS, Subject.SCIENCE):
        row = table.get_by_role("row", name=re.compile(f"^{subject.label} "))
        shown = row.get_by_role("cell").all_inner_texts()
        *outcomes, pupils, _bar = shown
        assert outcomes == [figures[item.label][subject.short] for item in SummaryRow]
        assert pupils == figures["Pupils included"][subject.short]
    figure = table.get_by_role(
        "button", name=re.compile(r"Reading, On track or deeper: show the pupils")
    )
    figure.click()
    names = page.get_by_role("table", name=re.compile("^Reading: On track or deeper: 3 pupils"))
    behind = names_behind(
        lesson.portal.operator, report, Subject.READING, SummaryRow.ON_TRACK_OR_DEEPER
    )
    expected = [f"{one.surname}, {one.forenames}" for one in behind.itertuples()]
    expect(names.locator("tbody th")).to_have_text(expected)
    assert expected == sorted(expected, key=str.casefold)
    reading = 3  # name, year, class, reading
    judged = names.locator(f"tbody tr > :nth-child({reading + 1})").all_inner_texts()
    assert sorted(judged) == ["Deeper learning", "On track", "On track"]
    expect(names).to_be_in_viewport()
    expect(figure).to_be_in_viewport()
    figure.click()
    expect(names).to_have_count(0)

    content = saved(page, "Save as PDF")
    text = text_of(content)
    assert lesson.school.name in text
    assert figures["On track or deeper"]["Wr"].replace("\u202f", " ") in text


def read_the_venn_diagram(lesson: Lesson) -> None:
    page, chosen = lesson.page, lesson.selection
    query = f"school={SCHOOL}&year={chosen.academic_year}&years={chosen.years}"
    go(page, f"/venn?{query}&assessment={chosen.assessment_id}")
    report = venn_report(lesson.portal.operator, chosen, kind=VennKind.ON_TRACK)
    drawing = page.locator(".ptw-venn")
    for region, by_mouse in (("011", True), ("111", False)):
        behind = names_in_region(lesson.portal.operator, report, region)
        part = drawing.locator(f'[data-region="{region}"]')
        if by_mouse:
            part.locator("text").first.click()
        else:
            part.focus()
            page.keyboard.press("Enter")
        label = region_label(region, kind=VennKind.ON_TRACK)
        pupils = f"{len(behind)} {'pupil' if len(behind) == 1 else 'pupils'}"
        names = page.get_by_role("table", name=f"{label}: {pupils}")
        expect(names.locator("tbody th")).to_have_text(
            [f"{one.surname}, {one.forenames}" for one in behind.itertuples()]
        )
        expect(part).to_have_attribute("aria-pressed", "true")
    assert len(names_in_region(lesson.portal.operator, report, "111")) == 3
    assert lesson.school.name in text_of(saved(page, "Save as PDF"))


def sign_out(lesson: Lesson, watch: Watch) -> None:
    watch.expected = ("Failed to load resource", "WebSocket")
    page, chosen = lesson.page, lesson.selection
    query = f"school={SCHOOL}&year={chosen.academic_year}&years={chosen.years}"
    other = go(page.context.new_page(), f"/assessments?{query}&assessment={chosen.assessment_id}")
    old = GridPage(other)
    pupil = old.names()[0]
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You have signed out.")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert pupil not in page.content()

    expect(other.get_by_role("alert").filter(has_text="You have been signed out")).to_be_visible()
    before = figures_of(lesson.report)
    old.type_down(6, "Re", "b")
    expect(other.locator(".ptg-s-unsaved, .ptg-s-pending")).to_have_count(1)
    assert figures_of(lesson.report) == before
    other.reload()  # what is not saved asks first
    assert watch.questions_on_leaving == 1
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()


def saved(page: Page, label: str) -> bytes:
    """Press a button that makes a file and return the file."""
    with page.expect_download() as started:
        page.get_by_role("button", name=label).click()
    download: Download = started.value
    return Path(download.path()).read_bytes()


def text_of(content: bytes) -> str:
    """Return a PDF's text, with every kind of blank as one space."""
    assert content.startswith(b"%PDF")
    pages = PdfReader(io.BytesIO(content)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))
