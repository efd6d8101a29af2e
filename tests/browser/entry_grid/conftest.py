"""An entry grid in Chromium with its real Python side, without a kernel or a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, sync_playwright

from pupiltrack_portal.widgets import assets
from pupiltrack_portal.widgets.entry_grid import (
    Answer,
    Cell,
    Change,
    Column,
    EntryGrid,
    FootCell,
    FootRow,
    Outcome,
    PastEntry,
    Row,
)

HERE = Path(__file__).parent
ORIGIN = "http://grid.test"
POLICY = "default-src 'self'; script-src 'self' blob:; style-src 'self' 'unsafe-inline'"
CHROMIUM = {
    "executable_path": "/usr/bin/chromium",
    "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
}
JUDGEMENTS = (("B", "B"), ("T", "T"), ("O", "O"), ("D", "D"))
COLOURS = {"B": "red", "O": "green"}
TRAITS = ("data", "row_opens", "has_history", "row_link")
SUBJECTS = ("Reading", "Writing", "Maths", "Science")


class Bench:
    """One grid on a page, with what its page would keep: stored values and their versions."""

    def __init__(self, page: Page, grid: EntryGrid) -> None:
        self.page = page
        self.grid = grid
        self.saved: list[tuple[Change, ...]] = []
        self.errors: list[Exception] = []
        self.opened: list[str] = []
        self.answer = self.save
        self._messages: list[Any] = []
        self._traits: dict[str, Any] = {}
        grid.send = lambda content, buffers=None: self._messages.append(content)  # type: ignore[method-assign]
        grid.observe(lambda change: self._keep_trait(change["name"]), names=list(TRAITS))
        grid.on_changes(lambda changes: self.answer(changes))
        grid.on_error(self.errors.append)

    def save(self, changes: tuple[Change, ...]) -> Answer:
        self.saved.append(changes)
        return Answer(
            tuple(self.saved_outcome(change) for change in changes),
            foot=foot_of(
                {**self.grid.cells, **{(c.row, c.column): Cell(c.value) for c in changes}},
                self.grid,
            ),
        )

    def saved_outcome(self, change: Change) -> Outcome:
        stored = self.grid.cells.get((change.row, change.column), Cell(None))
        colour = change.colour if change.recolour else stored.colour
        return Outcome(
            change.row, change.column, "saved", change.value, change.version + 1, colour=colour
        )

    def _keep_trait(self, name: str) -> None:
        self._traits[name] = self.grid.get_state()[name]

    def _outgoing(self) -> dict[str, Any]:
        out = {"messages": self._messages, "traits": self._traits}
        self._messages, self._traits = [], {}
        return json.loads(json.dumps(out))

    def hear(self, content: Any) -> dict[str, Any]:
        self.grid._on_message(self.grid, content, [])
        return self._outgoing()

    def push(self) -> None:
        """Bring to the browser what Python has sent by itself."""
        self.page.evaluate("(out) => window.fromPython(out)", self._outgoing())

    def mount(self) -> None:
        self.page.expose_function("toPython", self.hear)
        self.page.goto(ORIGIN + "/")
        self.show()

    def reopen(self) -> None:
        """Load the page anew, with what Python holds now."""
        self.page.reload()
        self.show()

    def show(self) -> None:
        state = self.grid.get_state()
        self._outgoing()
        self.page.evaluate(
            "(given) => window.mount(given)",
            {
                "esm": state["_esm"],
                "css": state["_css"],
                "traits": {name: state[name] for name in TRAITS},
            },
        )
        self.page.locator(".ptg-table").wait_for()

    def cell(self, row: str, column: str) -> Locator:
        """Return a drawn body cell by its keys."""
        keys = [c.key for c in self.grid._content.columns]
        return self.page.locator(f'tr[data-row="{row}"] > *').nth(keys.index(column) + 1)

    def focus(self, row: str, column: str) -> None:
        self.cell(row, column).click()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def focused(self) -> str:
        """Return what has the focus: "p3:auR", "head:auR", "foot:0:auR", "row:p3", or a tag."""
        return self.page.evaluate(
            """(keys) => {
                const at = document.activeElement;
                const cell = at.closest(".ptg-table td, .ptg-table th");
                if (!cell) return at.id || at.tagName;
                if (at.matches(".ptg-editor")) return "editor";
                if (cell.closest("thead")) return "head:" + (keys[Number(cell.dataset.c)] ?? "");
                const row = cell.parentElement;
                const key = keys[cell.cellIndex - 1] ?? "";
                if (cell.closest("tfoot")) return `foot:${row.sectionRowIndex}:${key}`;
                if (cell.cellIndex === 0) return "row:" + row.dataset.row;
                return row.dataset.row + ":" + key;
            }""",
            [c.key for c in self.grid._content.columns],
        )

    def status(self) -> str:
        return self.page.locator(".ptg > [role=status]").inner_text().strip("\u00a0")

    def wait_for(self, script: str) -> None:
        self.page.wait_for_function(script)

    def wait_saved(self, cells: int) -> None:
        """Wait until at least so many cells were sent, in however many batches, and none waits."""
        self.page.wait_for_function(
            """(least) => {
                const sent = window.sent.filter((message) => message.type === "changes");
                const cells = sent.reduce((sum, message) => sum + message.cells.length, 0);
                return cells >= least && !document.querySelector(".ptg-s-pending");
            }""",
            arg=cells,
        )


def foot_of(cells: dict[tuple[str, str], Cell], grid: EntryGrid) -> tuple[FootRow, ...]:
    lines = []
    for value, label in (("B", "Below"), ("O", "On track")):
        figures = {}
        for column in grid._content.columns:
            if column.kind != "choice":
                continue
            rows = [row.key for row in grid._content.rows]
            number = sum(
                1 for row in rows if cells.get((row, column.key), Cell(None)).value == value
            )
            figures[column.key] = FootCell(
                str(number),
                f"{number} of {len(rows)} pupils: {label}",
                share=number / len(rows) if rows else None,
            )
        about = f"Pupils at {label}, of all in the table"
        lines.append(FootRow(value, label, figures, about, tone=COLOURS[value]))
    return tuple(lines)


def make_grid(pupils: int = 12, terms: int = 2, *, read_only: bool = False) -> EntryGrid:
    """Return a grid of made-up pupils: four subjects a term, then a score, a note and an age."""
    columns = [
        Column(
            f"{term}{subject[0]}",
            subject,
            "choice",
            group=f"Term {term + 1}",
            choices=JUDGEMENTS,
            colours=COLOURS,
            width=84,
            description=f"Teacher's judgement in {subject.lower()}",
        )
        for term in range(terms)
        for subject in SUBJECTS
    ]
    columns += [
        Column("score", "Score", "number", min=80, max=120, decimals=0, width=80),
        Column("note", "Note", "text", max_length=50, width=140),
        Column("age", "Age", "readonly", width=72),
    ]
    rows = [
        Row(
            f"p{n}",
            f"Child {n:03}",
            flag="Not included in data" if n == 2 else "",
            sublabel="Class 4A" if pupils <= 30 else "",
        )
        for n in range(pupils)
    ]
    cells = {
        (f"p{n}", f"{term}{subject[0]}"): Cell("BTOD"[(n + term + i) % 4], version=1)
        for n in range(pupils)
        for term in range(terms)
        for i, subject in enumerate(SUBJECTS)
        if (n + i) % 3
    }
    cells |= {(f"p{n}", "age"): Cell("8") for n in range(pupils)}
    grid = EntryGrid(
        columns=columns,
        rows=rows,
        cells=cells,
        row_heading="Pupil",
        caption="Year 4, autumn and spring",
        read_only=read_only,
    )
    grid.update_foot(foot_of(cells, grid))
    return grid


def make_full_grid(pupils: int = 12, terms: int = 1, **options: Any) -> EntryGrid:
    """Return a grid with all there is: colours, a locked cell, a usual range, history, bars."""
    plain = make_grid(pupils, terms)
    columns = tuple(
        replace(column, colourable=True)
        if column.kind == "choice"
        else replace(column, min=79, usual=(85, 115))
        if column.key == "score"
        else column
        for column in plain._content.columns
    )
    cells = {
        **plain.cells,
        ("p1", "score"): Cell("84", version=1),
        ("p2", "score"): Cell("100", version=1, locked=True),
        ("p4", "0R"): Cell("O", version=1, colour="purple"),
        ("p5", "0W"): Cell("B", version=1, colour="amber"),
    }
    grid = EntryGrid(
        columns=columns,
        rows=plain._content.rows,
        cells=cells,
        foot=plain._content.foot,
        row_heading="Pupil",
        caption="Year 4, autumn",
        **options,
    )
    grid.on_history(lambda row, column: PAST)
    return grid


PAST = (
    PastEntry("O", "On track", None, "A. Teacher", "3 June 2026, 14:03"),
    PastEntry("T", "Towards", "blue", "B. Teacher", "2 June 2026, 09:10"),
    PastEntry(None, "", None, "A. Teacher", "1 May 2026, 11:30"),
)


def _serve(route: Route) -> None:
    path = route.request.url.removeprefix(ORIGIN)
    file = {"/": HERE / "harness.html", "/harness.js": HERE / "harness.js"}.get(path)
    if path.startswith("/assets/js/"):
        file = assets.BUILT_FILES / path.rsplit("/", 1)[1]
    if file is None or not file.is_file():
        route.fulfill(status=404)
        return
    kind = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}[file.suffix]
    route.fulfill(
        body=file.read_text(encoding="utf-8"),
        content_type=f"{kind}; charset=utf-8",
        headers={"Content-Security-Policy": POLICY},
    )


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser a file: an open one keeps an event loop, which others in the process trip on."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def grid_page(chromium: Browser) -> Iterator[Page]:
    """Return an empty page; the test fails when anything is thrown or refused on it."""
    context = chromium.new_context(viewport={"width": 1100, "height": 760})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda message: faults.append(message.text) if message.type == "error" else None,
    )
    page.route("**/*", _serve)
    yield page
    context.close()
    assert faults == []


@pytest.fixture
def open_bench(grid_page: Page):
    """Return a function that puts a grid on the page."""

    def open_one(grid: EntryGrid | None = None) -> Bench:
        bench = Bench(grid_page, make_grid() if grid is None else grid)
        bench.mount()
        return bench

    return open_one
