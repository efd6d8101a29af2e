"""The entry grid on its page, read and used as a person does: by headings, rows and keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from playwright.sync_api import Error, Locator, Page, expect

from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import NOT_APPLICABLE, format_count_and_percentage
from pupiltrack_core.domain.subjects import RWM, Subject
from pupiltrack_core.schemas import summaries, tallies
from pupiltrack_core.services.grid_figures import FOOT_ROWS
from pupiltrack_core.services.reports import FullReport

RWM_HEADING = "R W M on track"
INCLUDE = "Include in data"
Figures = dict[str, dict[str, str]]

_HEADINGS = """() => [...document.querySelectorAll('.ptg-table thead tr:last-child th')]
    .filter((cell) => cell.dataset.c !== undefined)
    .map((cell) => cell.querySelector('.ptg-head-label').textContent)"""
_FOOT = """() => Object.fromEntries([...document.querySelectorAll('.ptg-table tfoot tr')].map(
    (row) => [row.cells[0].textContent, [...row.cells].slice(1).map((cell) => cell.textContent)]
))"""
_FOOT_IS = """([headings, wanted]) => {
    const rows = [...document.querySelectorAll('.ptg-table tfoot tr')];
    const now = new Map(rows.map((row) => [row.cells[0].textContent, row.cells]));
    return Object.entries(wanted).every(([label, figures]) =>
        Object.entries(figures).every(([heading, text]) =>
            now.get(label)?.[headings.indexOf(heading) + 1]?.textContent === text));
}"""


class GridPage:
    """One open Assessments page whose grid shows a single assessment."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def headings(self) -> list[str]:
        """Return the columns' headings, from left to right."""
        return self.page.evaluate(_HEADINGS)

    def names(self) -> list[str]:
        """Return the pupils' names, from top to bottom."""
        heads = self.page.locator(".ptg-row .ptg-row-head .ptg-row-line > :first-child")
        return heads.all_inner_texts()

    def cell(self, row: int, heading: str) -> Locator:
        """Return the cell of the row with this place and the column with this heading."""
        at = self.headings().index(heading) + 1
        return self.page.locator(".ptg-row").nth(row).locator(":scope > *").nth(at)

    def texts(self, heading: str, rows: int) -> list[str]:
        """Return what the first rows show in a column, without the mark of a saved cell."""
        shown = (self.cell(row, heading).inner_text() for row in range(rows))
        return [text.split("\n")[0] for text in shown]

    def type_down(self, row: int, heading: str, letters: str) -> None:
        """Enter one letter a row, going down by keyboard."""
        self.cell(row, heading).click()
        for letter in letters:
            self.page.keyboard.press(letter)
            self.page.keyboard.press("ArrowDown")

    def choose(self, row: int, heading: str, label: str) -> None:
        """Choose from the cell's drop-down by mouse."""
        self.cell(row, heading).dblclick()
        self.page.locator("select.ptg-editor").select_option(label=label)
        expect(self.page.locator("select.ptg-editor")).to_have_count(0)

    def fill(self, heading: str, label: str) -> None:
        """Fill every row of a column from its heading's menu, by mouse."""
        at = self.headings().index(heading)
        self.page.locator(f'.ptg-table thead [data-c="{at}"]').click()
        self.page.get_by_role("menuitem", name="Fill").click()
        panel = self.page.get_by_role("dialog")
        panel.get_by_label("Value").select_option(label=label)
        panel.get_by_label("All visible rows").check()
        panel.get_by_role("button", name="Fill").click()

    def wait_until_saved(self) -> None:
        """Wait until the page says so and no cell waits."""
        expect(self.page.locator(".ptg-status")).to_contain_text("All changes saved")
        expect(self.page.locator(".ptg-s-pending, .ptg-s-unsaved")).to_have_count(0)

    def require_foot(self, wanted: Mapping[str, Mapping[str, str]]) -> None:
        """Fail unless the foot comes to show these figures: row label, heading, text."""
        headings = self.headings()
        try:
            self.page.wait_for_function(_FOOT_IS, arg=[headings, wanted])
        except Error:
            shown = self.page.evaluate(_FOOT)
            found = {row: dict(zip(headings, shown[row], strict=True)) for row in wanted}
            assert found == wanted


def figures_of(report: FullReport, rows: Iterable[SummaryRow] = FOOT_ROWS) -> Figures:
    """Return a report's figures as a grid's foot prints them: row label, column heading, text."""
    wanted = tuple(rows)
    figures: Figures = {"Pupils included": {}}
    for line in report.summary.to_dict("records"):
        subject, of = str(line[tallies.SUBJECT]), int(line[summaries.PUPILS])
        heading = RWM_HEADING if subject == RWM else Subject(subject).short
        figures["Pupils included"][heading] = str(of)
        for row in wanted:
            count = line[row.value]
            applies = row is not SummaryRow.MIXED or subject == RWM
            text = format_count_and_percentage(int(count), of) if applies else NOT_APPLICABLE
            figures.setdefault(row.label, {})[heading] = text
    return figures
