"""The assessment grid as an Excel workbook: what the page shows, to be kept, printed or worked on.

Every text is written as a string cell, so nothing a pupil is called or a teacher wrote can become
a formula or a link. Counts, shares and scores are real numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.reports.documents import Printed
from pupiltrack_core.reports.workbook_layout import (
    CellKind,
    ShownColumn,
    cell_text,
    columns_shown,
    foot_of,
)
from pupiltrack_core.schemas import cohort
from pupiltrack_core.services.assessment_grid import GridData
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.grid_figures import included_pupils
from pupiltrack_core.services.reports import describe_school, note_export

_TITLE_ROW, _ABOUT_ROW, _NOTE_ROW, _GROUP_ROW, _HEAD_ROW, _FIRST_ROW = 0, 1, 2, 4, 5, 6
_DETAILS = (("Surname", 18), ("Forenames", 20), ("Year", 9), ("Class", 14))
_WIDTHS = {CellKind.JUDGEMENT: 15.5, CellKind.STATUS: 12, CellKind.NUMBER: 9, CellKind.TEXT: 28.0}
_MOST_LINES = 20
_INK, _LINE, _SHADE = "#1d2433", "#9aa3b2", "#eef1f5"
# Fill and letters of the colours a cell can have, as the grid on the page has them.
_COLOURS = {
    "red": ("#f9d5d2", "#6b1410"),
    "amber": ("#fde4b3", "#553300"),
    "green": ("#cfead3", "#11401b"),
    "blue": ("#cfe1f7", "#10386a"),
    "purple": ("#e5d8f5", "#42206f"),
    "grey": ("#e0e3e7", "#31363c"),
}


def grid_workbook(caller: Caller, grid: GridData, selection: CohortSelection) -> bytes:
    """Return the grid as an XLSX file; that it was taken out is in the audit first.

    Raises `NotFound` for a school out of reach, `AccessDenied` where the role may not export.
    """
    note = note_export(caller, selection, what="assessments", with_names=True)
    school_name, description = describe_school(caller, selection)
    return write_grid_workbook(
        grid,
        school_name=school_name,
        description=description,
        printed=Printed(note.by, note.at),
    )


def write_grid_workbook(
    grid: GridData, *, school_name: str, description: str, printed: Printed
) -> bytes:
    """Return the XLSX file of a grid: pupils included in the data, their cells, and the foot.

    One sheet, "Assessments": two rows of headings (the assessment, then the column), a row per
    pupil by surname and forenames, then for each outcome its count and its share of the pupils.
    Pupils whose Include in data is No are left out, and a note says how many.
    """
    held = BytesIO()
    workbook = xlsxwriter.Workbook(
        held,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    workbook.set_properties(
        {
            "title": f"Assessments, {school_name}",
            "comments": "Contains personal data",
            "created": printed.at.replace(tzinfo=None),
        }
    )
    _Sheet(workbook, grid).write(school_name, description, printed)
    workbook.close()
    return held.getvalue()


@dataclass
class _Sheet:
    """The one sheet, written from top to bottom."""

    workbook: Workbook
    grid: GridData
    _formats: dict[tuple[tuple[str, Any], ...], Format] = field(default_factory=dict)

    def write(self, school_name: str, description: str, printed: Printed) -> None:
        self.sheet: Worksheet = self.workbook.add_worksheet("Assessments")
        self.columns = columns_shown(self.grid)
        self.pupils = included_pupils(self.grid)
        left_out = len(self.grid.pupils) - len(self.pupils)
        self._write_about(school_name, description, printed, left_out)
        self._write_heads()
        self._write_pupils()
        self._write_foot()
        self._set_up_print(school_name, printed)

    def _format(self, **properties: Any) -> Format:
        base = {"font_name": "Calibri", "font_size": 11, "font_color": _INK, "valign": "vcenter"}
        wanted = base | properties
        key = tuple(sorted(wanted.items()))
        if key not in self._formats:
            self._formats[key] = self.workbook.add_format(wanted)
        return self._formats[key]

    def _cell_format(self, **properties: Any) -> Format:
        return self._format(border=1, border_color=_LINE, **properties)

    def _write_about(
        self, school_name: str, description: str, printed: Printed, left_out: int
    ) -> None:
        title = self._format(bold=True, font_size=16)
        self.sheet.write_string(_TITLE_ROW, 0, f"Assessments: {school_name}", title)
        self.sheet.write_string(_ABOUT_ROW, 0, description, self._format())
        note = f"{printed.words}. Contains personal data."
        if left_out:
            who = "1 pupil is" if left_out == 1 else f"{left_out} pupils are"
            note = f"{who} left out because Include in data is set to No. {note}"
        self.sheet.write_string(_NOTE_ROW, 0, note, self._format(bold=bool(left_out)))
        self.sheet.set_row(_TITLE_ROW, 24)

    def _write_heads(self) -> None:
        groups = self._cell_format(bold=True, bg_color=_SHADE, align="center", text_wrap=True)
        heads = self._cell_format(bold=True, bg_color=_SHADE, text_wrap=True, valign="bottom")
        self.sheet.merge_range(_GROUP_ROW, 0, _GROUP_ROW, len(_DETAILS) - 1, "", groups)
        self.sheet.write_string(_GROUP_ROW, 0, "Pupil details", groups)
        for at, (name, width) in enumerate(_DETAILS):
            self.sheet.write_string(_HEAD_ROW, at, name, heads)
            self.sheet.set_column(at, at, width)
        start = len(_DETAILS)
        for at, column in enumerate(self.columns, start=start):
            self.sheet.write_string(_HEAD_ROW, at, column.name, heads)
            self.sheet.set_column(at, at, _WIDTHS[column.kind])
        for first, last, name in _runs([column.group for column in self.columns], start):
            if last > first:
                self.sheet.merge_range(_GROUP_ROW, first, _GROUP_ROW, last, "", groups)
            self.sheet.write_string(_GROUP_ROW, first, name, groups)
        self.sheet.set_row(_GROUP_ROW, 34)
        self.sheet.set_row(_HEAD_ROW, 32)
        self.sheet.freeze_panes(_FIRST_ROW, 2)

    def _write_pupils(self) -> None:
        plain = self._cell_format()
        for row, pupil in enumerate(self.pupils.to_dict("records"), start=_FIRST_ROW):
            class_name = pupil[cohort.CLASS_NAME]
            details = (
                str(pupil[cohort.SURNAME]),
                str(pupil[cohort.FORENAMES]),
                LABELS[int(pupil[cohort.YEAR_GROUP])],
                "" if pd.isna(class_name) else str(class_name),
            )
            for at, text in enumerate(details):
                self.sheet.write_string(row, at, text, plain)
            lines = 1
            for at, column in enumerate(self.columns, start=len(_DETAILS)):
                lines = max(lines, self._write_cell(row, at, column, int(pupil[cohort.PUPIL_ID])))
            self.sheet.set_row(row, 15.5 * min(lines, _MOST_LINES))
        last = _FIRST_ROW + max(len(self.pupils), 1) - 1
        self.sheet.autofilter(_HEAD_ROW, 0, last, len(_DETAILS) + len(self.columns) - 1)

    def _write_cell(self, row: int, at: int, column: ShownColumn, pupil_id: int) -> int:
        """Write one cell; return how many lines it is likely to take."""
        text, colour = cell_text(self.grid, column, pupil_id)
        properties: dict[str, Any] = {}
        if colour in _COLOURS:
            fill, letters = _COLOURS[colour]
            properties |= {"bg_color": fill, "font_color": letters}
        if column.kind is CellKind.TEXT:
            properties |= {"text_wrap": True, "valign": "top"}
        else:
            properties["align"] = "center"
        if text is None:
            self.sheet.write_blank(row, at, None, self._cell_format(**properties))
        elif column.kind is CellKind.NUMBER:
            self.sheet.write_number(row, at, float(text), self._cell_format(**properties))
        else:
            self.sheet.write_string(row, at, text, self._cell_format(**properties))
        if column.kind is not CellKind.TEXT:
            return 1
        room = int(_WIDTHS[column.kind])
        return sum(-(-max(len(line), 1) // room) for line in (text or "").split("\n"))

    def _write_foot(self) -> None:
        row = _FIRST_ROW + max(len(self.pupils), 1) + 1
        if not self.columns:
            return
        for line in foot_of(self.grid):
            label = self._cell_format(bold=True, bg_color=_SHADE)
            self.sheet.merge_range(row, 0, row, len(_DETAILS) - 1, "", label)
            self.sheet.write_string(row, 0, line.label, label)
            for at, column in enumerate(self.columns, start=len(_DETAILS)):
                value = line.figures.get(column.key)
                look = self._cell_format(
                    bg_color=_SHADE, num_format=line.number_format, align="center"
                )
                if value is None:
                    self.sheet.write_blank(row, at, None, look)
                else:
                    self.sheet.write_number(row, at, value, look)
            row += 1
        note = (
            "Shares are of all the pupils above, those without a judgement among them. Under R W M "
            "a level counts the pupils who are at that level in reading, writing and maths alike."
        )
        self.sheet.write_string(row + 1, 0, note, self._format(italic=True))

    def _set_up_print(self, school_name: str, printed: Printed) -> None:
        self.sheet.set_landscape()
        self.sheet.set_paper(9)  # A4
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(_GROUP_ROW, _HEAD_ROW)
        self.sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        # An ampersand starts a code in a header or footer; two are one.
        who = printed.words.replace("&", "&&")[:150]
        self.sheet.set_header(f"&L{school_name.replace('&', '&&')[:200]}")
        self.sheet.set_footer(f"&L{who}. Contains personal data&RPage &P of &N")


def _runs(names: list[str], start: int) -> list[tuple[int, int, str]]:
    """Return (first, last, name) of each run of equal names, counted from `start`."""
    runs: list[tuple[int, int, str]] = []
    for at, name in enumerate(names, start=start):
        if runs and runs[-1][2] == name:
            runs[-1] = (runs[-1][0], at, name)
        else:
            runs.append((at, at, name))
    return runs
