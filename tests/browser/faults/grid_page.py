"""An open entry grid in Chromium: typing into it, and what it says of each cell."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.faults.portal import ADDRESS, PASSWORDS, PATIENCE, Ground

SAVED = re.compile(r"^All changes saved")
NOT_SAVED = re.compile(r"not saved yet")
REFUSED = re.compile(r"\bptg-s-refused\b")
CONFLICT = re.compile(r"\bptg-s-conflict\b")
PENDING = re.compile(r"\bptg-s-pending\b")
MILLISECONDS = PATIENCE * 1000

# Scroll the table so that nothing that stays on view lies over the cell.
_CLEAR = """(cell) => {
    const table = cell.closest("table");
    const scroller = table.parentElement;
    scroller.scrollTop = cell.offsetTop - table.tHead.offsetHeight - 4;
    scroller.scrollLeft = cell.offsetLeft - table.querySelector(".ptg-heading").offsetWidth - 4;
}"""


class GridPage:
    """One person's tab with the grid."""

    def __init__(self, page: Page, ground: Ground) -> None:
        self.page = page
        self.ground = ground
        # The page asks before it is left with something unsaved; here it is meant.
        page.on("dialog", lambda dialog: dialog.accept())

    @classmethod
    def signed_in(
        cls, context: BrowserContext, user_name: str, ground: Ground, address: str = ADDRESS
    ) -> GridPage:
        """Sign in at the grid's own address, as a person with a bookmark does."""
        page = context.new_page()
        page.goto(address)
        grid = cls(page, ground)
        grid.sign_in(user_name)
        grid.wait_until_open()
        return grid

    def sign_in(self, user_name: str) -> None:
        """Fill in the sign-in page that is open."""
        self.page.get_by_label("User name").fill(user_name)
        self.page.get_by_label("Password", exact=True).fill(PASSWORDS[user_name])
        self.page.get_by_role("button", name="Sign in").click()

    def wait_until_open(self) -> None:
        """Return once there are rows to type in."""
        self.page.locator("tr[data-row]").first.wait_for()

    def reload(self) -> None:
        """Load the page anew."""
        self.page.reload()
        self.wait_until_open()

    def cell(self, pupil: int, column: str) -> Locator:
        """A cell, by its keys."""
        at = self.ground.columns.index(column)
        return self.page.locator(f'tr[data-row="{pupil}"] > *').nth(at + 1)

    def go_to(self, pupil: int, column: str) -> Locator:
        """Click a cell, once it is clear of the headings and of the foot, and return it.

        One that has the focus is left alone: a click more would open its editor.
        """
        cell = self.cell(pupil, column)
        cell.evaluate(_CLEAR)
        if not cell.evaluate("(cell) => cell === document.activeElement"):
            cell.click()
        return cell

    def start_typing(self, pupil: int, column: str, text: str) -> None:
        """Type into a text cell and stay in it."""
        self.go_to(pupil, column)
        self.page.keyboard.press("F2")
        self.page.locator(".ptg-editor").fill(text)

    def type_text(self, pupil: int, column: str, text: str) -> None:
        """Type into a text cell and leave it with Enter."""
        self.start_typing(pupil, column, text)
        self.page.keyboard.press("Enter")

    def choose(self, pupil: int, column: str, label: str) -> None:
        """Open a cell's list and choose from it."""
        self.go_to(pupil, column)
        self.page.keyboard.press("Enter")
        self.page.locator("select.ptg-editor").select_option(label=label)
        self.page.locator("select.ptg-editor").wait_for(state="detached")

    def colour(self, pupil: int, column: str, name: str) -> None:
        """Give a cell a colour of its own."""
        self.go_to(pupil, column)
        self.page.keyboard.press("Shift+F10")
        self.page.get_by_role("menuitem", name="Colour").click()
        self.page.get_by_role("menuitemradio", name=name).click()

    def foot(self) -> list[list[str]]:
        """The foot as it reads: the label of each row and its figures."""
        return self.page.evaluate(
            "[...document.querySelectorAll('.ptg-table tfoot tr')]"
            ".map((row) => [...row.cells].map((cell) => cell.textContent))"
        )

    def expect_foot(self, label: str, column: str, figure: str) -> None:
        """Wait until a figure of the foot is as it must be."""
        rows = self.page.locator(".ptg-table tfoot tr")
        row = rows.filter(has=self.page.get_by_role("rowheader", name=label, exact=True))
        expect(row.locator(":scope > *").nth(self.ground.columns.index(column) + 1)).to_have_text(
            figure
        )

    def paste(self, pupil: int, column: str, text: str) -> None:
        """Paste what was copied from a spreadsheet, from this cell on."""
        self.go_to(pupil, column)
        self.page.evaluate(
            """(text) => {
                const data = new DataTransfer();
                data.setData("text/plain", text);
                const event = { clipboardData: data, bubbles: true, cancelable: true };
                document.activeElement.dispatchEvent(new ClipboardEvent("paste", event));
            }""",
            text,
        )

    @property
    def status(self) -> Locator:
        """The line that says how far saving is."""
        return self.page.locator(".ptg-status")

    @property
    def said(self) -> Locator:
        """What the grid says to a screen reader."""
        return self.page.locator(".ptg > [role=status]")

    @property
    def report(self) -> Locator:
        """The box that lists what was not saved."""
        return self.page.get_by_role("group", name="What was not saved")

    @property
    def kept(self) -> Locator:
        """The bar that offers what an earlier page did not get saved."""
        return self.page.get_by_role("group", name="Typed and not saved")

    @property
    def banner(self) -> Locator:
        """The banner above the page, for a lost line, kernel or session."""
        return self.page.locator("#pt-banner")

    def expect_saved(self) -> None:
        """Wait until everything typed is said to be saved."""
        expect(self.status).to_have_text(SAVED)

    def expect_not_saved(self, pupil: int, column: str, text: str) -> None:
        """Wait until a cell is marked as not saved; what was typed must still be in it."""
        cell = self.cell(pupil, column)
        expect(cell).to_have_class(re.compile(r"\bptg-s-unsaved\b"))
        expect(cell).to_contain_text(text)
        expect(self.status).to_contain_text(NOT_SAVED)

    def expect_no_traceback(self) -> None:
        """Fail if the page shows what is for programmers."""
        shown = self.page.locator("body").inner_text()
        for word in ("Traceback", "sqlite3", "sqlalchemy", 'File "', "OperationalError"):
            assert word not in shown
