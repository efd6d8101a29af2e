"""A worksheet of pupils: two rows of headings, a row per pupil, figures at the foot.

Every text is written as a string cell, so nothing a pupil is called or a teacher wrote can become
a formula or a link. Counts, shares and scores are real numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pandas as pd
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.reports.cell_colours import COLOURS
from pupiltrack_core.reports.documents import Printed
from pupiltrack_core.reports.foot_lines import FootLine
from pupiltrack_core.reports.plain_workbook import SHADE, Looks, open_workbook, set_up_page
from pupiltrack_core.reports.shown_columns import CellKind, ShownColumn, cell_text, is_number
from pupiltrack_core.schemas import cohort
from pupiltrack_core.services.assessment_grid import GridData
from pupiltrack_core.services.grid_figures import included_pupils
from pupiltrack_core.services.reports import left_out_words

DETAILS = ("Surname", "Forenames", "Year", "Class")
_TITLE_ROW, _ABOUT_ROW, _NOTE_ROW, _GROUP_ROW, _HEAD_ROW, _FIRST_ROW = 0, 1, 2, 4, 5, 6
_DETAIL_WIDTHS = (18, 20, 9, 14)
_WIDTHS = {
    CellKind.JUDGEMENT: 15.5,
    CellKind.STATUS: 12,
    CellKind.NUMBER: 9,
    CellKind.TEXT: 28.0,
    CellKind.FACT: 14,
}
_MOST_LINES = 20
_MOST_ON_ONE_PAGE, _SMALL = 24, 55  # columns; per cent of the usual size


@dataclass(frozen=True)
class SheetPart:
    """Pupils and the columns that are theirs, with the foot under these.

    Each part stands below and to the right of the one before it: its pupils have no cells in the
    columns of another part.
    """

    grid: GridData
    columns: tuple[ShownColumn, ...]
    foot: tuple[FootLine, ...]


@dataclass(frozen=True, slots=True)
class SheetText:
    """What stands around the grid; `left_out` pupils have Include in data set to No."""

    name: str
    school_name: str
    description: str
    printed: Printed
    left_out: int
    notes: tuple[str, ...]


def pupil_details(grid: GridData) -> Iterator[tuple[int, tuple[str, str, str, str]]]:
    """Yield the id and `DETAILS` of each pupil included in the data, in the grid's order."""
    wanted = [
        cohort.PUPIL_ID, cohort.SURNAME, cohort.FORENAMES, cohort.YEAR_GROUP, cohort.CLASS_NAME,
    ]  # fmt: skip
    pupils = included_pupils(grid)[wanted]
    for pupil_id, surname, forenames, year_group, class_name in pupils.itertuples(
        index=False, name=None
    ):
        own_class = "" if pd.isna(class_name) else str(class_name)
        yield int(pupil_id), (str(surname), str(forenames), LABELS[int(year_group)], own_class)


def left_out_of(grids: Iterable[GridData]) -> int:
    """Return how many pupils are left out because Include in data is No."""
    return sum(len(grid.pupils) - len(included_pupils(grid)) for grid in grids)


def write_workbook(text: SheetText, parts: tuple[SheetPart, ...]) -> bytes:
    """Return the XLSX file of one sheet: title and notes, headings, pupils, foot."""
    held = BytesIO()
    title = f"{text.name}, {text.school_name}"
    workbook = open_workbook(held, title=title, printed=text.printed, is_personal=True)
    _Sheet(workbook.add_worksheet(text.name), Looks(workbook), text, parts).write()
    workbook.close()
    return held.getvalue()


@dataclass
class _Sheet:
    """The one sheet, written from top to bottom."""

    sheet: Worksheet
    looks: Looks
    text: SheetText
    parts: tuple[SheetPart, ...]
    _looks: dict[tuple[CellKind, str | None], Format] = field(default_factory=dict)

    def write(self) -> None:
        self.columns = [column for part in self.parts for column in part.columns]
        self._write_about()
        self._write_heads()
        last = self._write_pupils()
        self._write_foot(last + 2)
        self._set_up_print()

    def _write_about(self) -> None:
        text = self.text
        title = self.looks.of(bold=True, font_size=16)
        self.sheet.write_string(_TITLE_ROW, 0, f"{text.name}: {text.school_name}", title)
        self.sheet.write_string(_ABOUT_ROW, 0, text.description, self.looks.of())
        told = (left_out_words(text.left_out), f"{text.printed.words}. Contains personal data.")
        note = " ".join(words for words in told if words)
        self.sheet.write_string(_NOTE_ROW, 0, note, self.looks.of(bold=bool(text.left_out)))
        self.sheet.set_row(_TITLE_ROW, 24)

    def _write_heads(self) -> None:
        groups = self.looks.of_cell(bold=True, bg_color=SHADE, align="center", text_wrap=True)
        heads = self.looks.of_cell(bold=True, bg_color=SHADE, text_wrap=True, valign="bottom")
        self.sheet.merge_range(_GROUP_ROW, 0, _GROUP_ROW, len(DETAILS) - 1, "", groups)
        self.sheet.write_string(_GROUP_ROW, 0, "Pupil details", groups)
        for at, (name, width) in enumerate(zip(DETAILS, _DETAIL_WIDTHS, strict=True)):
            self.sheet.write_string(_HEAD_ROW, at, name, heads)
            self.sheet.set_column(at, at, width)
        start = len(DETAILS)
        for at, column in enumerate(self.columns, start=start):
            self.sheet.write_string(_HEAD_ROW, at, column.title, heads)
            self.sheet.set_column(at, at, _WIDTHS[column.kind])
        for first, last, name in runs_of((column.group for column in self.columns), start):
            if last > first:
                self.sheet.merge_range(_GROUP_ROW, first, _GROUP_ROW, last, "", groups)
            self.sheet.write_string(_GROUP_ROW, first, name, groups)
        self.sheet.set_row(_GROUP_ROW, 34)
        self.sheet.set_row(_HEAD_ROW, 32)
        self.sheet.freeze_panes(_FIRST_ROW, 2)

    def _write_pupils(self) -> int:
        """Write a row for each pupil; return the last row there is room for."""
        plain = self.looks.of_cell()
        row, start = _FIRST_ROW, len(DETAILS)
        for part in self.parts:
            for pupil_id, details in pupil_details(part.grid):
                for at, text in enumerate(details):
                    self.sheet.write_string(row, at, text, plain)
                lines = 1
                for at, column in enumerate(part.columns, start=start):
                    lines = max(lines, self._write_cell(row, at, part.grid, column, pupil_id))
                self.sheet.set_row(row, 15.5 * min(lines, _MOST_LINES))
                row += 1
            start += len(part.columns)
        last = max(row - 1, _FIRST_ROW)
        self.sheet.autofilter(_HEAD_ROW, 0, last, len(DETAILS) + len(self.columns) - 1)
        return last

    def _write_cell(
        self, row: int, at: int, grid: GridData, column: ShownColumn, pupil_id: int
    ) -> int:
        """Write one cell; return how many lines it is likely to take."""
        text, colour = cell_text(grid, column, pupil_id)
        look = self._look(column.kind, colour)
        if text is None:
            self.sheet.write_blank(row, at, None, look)
        elif is_number(column, text):
            self.sheet.write_number(row, at, float(text), look)
        else:
            self.sheet.write_string(row, at, text, look)
        if column.kind is not CellKind.TEXT:
            return 1
        room = int(_WIDTHS[column.kind])
        return sum(-(-max(len(line), 1) // room) for line in (text or "").split("\n"))

    def _look(self, kind: CellKind, colour: str | None) -> Format:
        if (kind, colour) not in self._looks:
            properties: dict[str, Any] = {}
            if colour in COLOURS:
                fill, letters = COLOURS[colour]
                properties |= {"bg_color": fill, "font_color": letters}
            if kind is CellKind.TEXT:
                properties |= {"text_wrap": True, "valign": "top"}
            else:
                properties["align"] = "center"
            self._looks[kind, colour] = self.looks.of_cell(**properties)
        return self._looks[kind, colour]

    def _write_foot(self, row: int) -> None:
        label = self.looks.of_cell(bold=True, bg_color=SHADE)
        lines = _lines_of(self.parts) if self.columns else {}
        for (name, number_format), values in lines.items():
            self.sheet.merge_range(row, 0, row, len(DETAILS) - 1, "", label)
            self.sheet.write_string(row, 0, name, label)
            look = self.looks.of_cell(bg_color=SHADE, num_format=number_format, align="center")
            for at in range(len(self.columns)):
                if at in values:
                    self.sheet.write_number(row, len(DETAILS) + at, values[at], look)
                else:
                    self.sheet.write_blank(row, len(DETAILS) + at, None, look)
            row += 1
        for note in self.text.notes if lines else ():
            row += 1
            self.sheet.write_string(row, 0, note, self.looks.of(italic=True))

    def _set_up_print(self) -> None:
        text = self.text
        set_up_page(self.sheet, place=text.school_name, printed=text.printed, is_personal=True)
        if len(self.columns) <= _MOST_ON_ONE_PAGE:
            self.sheet.fit_to_pages(1, 0)
        else:  # one page wide nobody could read it: further pages, with the names again
            self.sheet.set_print_scale(_SMALL)
            self.sheet.repeat_columns(0, 1)
        self.sheet.repeat_rows(_GROUP_ROW, _HEAD_ROW)


def _lines_of(parts: Iterable[SheetPart]) -> Mapping[tuple[str, str], Mapping[int, float]]:
    """Return the foot of all parts: the values of each line by the place of the column."""
    lines: dict[tuple[str, str], dict[int, float]] = {}
    start = 0
    for part in parts:
        for line in part.foot:
            values = lines.setdefault((line.label, line.number_format), {})
            values |= {
                at: line.figures[column.key]
                for at, column in enumerate(part.columns, start=start)
                if column.key in line.figures
            }
        start += len(part.columns)
    return lines


def runs_of(names: Iterable[str], start: int = 0) -> list[tuple[int, int, str]]:
    """Return (first, last, name) of each run of equal names, counted from `start`."""
    runs: list[tuple[int, int, str]] = []
    for at, name in enumerate(names, start=start):
        if runs and runs[-1][2] == name:
            runs[-1] = (runs[-1][0], at, name)
        else:
            runs.append((at, at, name))
    return runs
