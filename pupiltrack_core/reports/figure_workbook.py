"""Tables of figures as an Excel workbook: real numbers, headings that stay, a chart where asked.

Every text is written as a string cell, so that no name or label can become a formula or a link.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from pupiltrack_core.reports.documents import Printed
from pupiltrack_core.reports.workbook_sheet import open_workbook

_INK, _LINE, _SHADE = "#1d2433", "#9aa3b2", "#eef1f5"
_HEAD_ROW_HEIGHT, _CHART_ROWS, _ROW_PIXELS = 48, 18, 20
_FIRST_WIDTH, _WIDTH, _WIDEST = 30.0, 13.0, 44.0
Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of stacked bars: the columns whose counts are stacked, and a colour for each."""

    title: str
    columns: tuple[int, ...]
    colours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetTable:
    """A table: an int is a count, a float a share of 1, written as a percentage; None is blank.

    `is_wide` gives the columns room for texts.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    bars: Bars | None = None
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class FigureSheet:
    """One sheet: tables below each other, the notes at the foot."""

    name: str
    tables: tuple[SheetTable, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkbookText:
    """What stands at the head of every sheet."""

    title: str
    place: str
    description: str
    printed: Printed
    contains_names: bool = False


def write_figure_workbook(text: WorkbookText, sheets: Sequence[FigureSheet]) -> bytes:
    """Return the XLSX file of some sheets; the headings of the first table of each stay in sight.

    A sheet of one table has filters in its headings.
    """
    held = BytesIO()
    workbook = open_workbook(held)
    workbook.set_properties(
        {
            "title": f"{text.title}, {text.place}",
            "comments": "Contains personal data" if text.contains_names else "",
            "created": text.printed.at.replace(tzinfo=None),
        }
    )
    for sheet in sheets:
        _Writer(workbook, text, sheet).write()
    workbook.close()
    return held.getvalue()


@dataclass
class _Writer:
    """One sheet, written from top to bottom."""

    workbook: Workbook
    text: WorkbookText
    sheet: FigureSheet
    _formats: dict[tuple[tuple[str, Any], ...], Format] = field(default_factory=dict)

    def write(self) -> None:
        self.page: Worksheet = self.workbook.add_worksheet(self.sheet.name)
        row = self._write_about()
        for number, table in enumerate(self.sheet.tables):
            row = self._write_table(table, row, is_first=number == 0)
        for note in self.sheet.notes:
            self.page.write_string(row, 0, note, self._format(italic=True))
            row += 1
        self._set_widths()
        self._set_up_print()

    def _format(self, **properties: Any) -> Format:
        base = {"font_name": "Calibri", "font_size": 11, "font_color": _INK, "valign": "vcenter"}
        wanted = base | properties
        key = tuple(sorted(wanted.items()))
        if key not in self._formats:
            self._formats[key] = self.workbook.add_format(wanted)
        return self._formats[key]

    def _write_about(self) -> int:
        text = self.text
        self.page.write_string(
            0, 0, f"{text.title}: {text.place}", self._format(bold=True, font_size=16)
        )
        self.page.set_row(0, 24)
        self.page.write_string(1, 0, text.description, self._format())
        personal = " Contains personal data." if text.contains_names else ""
        self.page.write_string(2, 0, f"{text.printed.words}.{personal}", self._format())
        return 4

    def _write_table(self, table: SheetTable, row: int, *, is_first: bool) -> int:
        """Write a table and its chart; return the row for what comes next."""
        self.page.write_string(row, 0, table.caption, self._format(bold=True, font_size=12))
        head_row = row + 1
        head = self._format(
            bold=True, bg_color=_SHADE, text_wrap=True, border=1, border_color=_LINE
        )
        for at, label in enumerate(table.head):
            self.page.write_string(head_row, at, label, head)
        self.page.set_row(head_row, _HEAD_ROW_HEIGHT)
        for number, values in enumerate(table.rows, start=head_row + 1):
            for at, value in enumerate(values):
                self._write_value(number, at, value)
        last = head_row + len(table.rows)
        if is_first:
            self.page.freeze_panes(head_row + 1, 1)
            if len(self.sheet.tables) == 1 and table.rows:
                self.page.autofilter(head_row, 0, last, len(table.head) - 1)
        if table.bars is None or not table.rows:
            return last + 2
        self._draw(table.bars, table, first=head_row + 1, last=last)
        return last + 3 + _CHART_ROWS

    def _write_value(self, row: int, at: int, value: Value) -> None:
        cell = {"border": 1, "border_color": _LINE}
        if value is None:
            self.page.write_blank(row, at, None, self._format(**cell))
        elif isinstance(value, str):
            self.page.write_string(row, at, value, self._format(bold=at == 0, **cell))
        elif isinstance(value, float):
            self.page.write_number(row, at, value, self._format(num_format="0%", **cell))
        else:
            self.page.write_number(row, at, value, self._format(num_format="0", **cell))

    def _draw(self, bars: Bars, table: SheetTable, *, first: int, last: int) -> None:
        chart = self.workbook.add_chart({"type": "bar", "subtype": "percent_stacked"})
        for at, colour in zip(bars.columns, bars.colours, strict=True):
            chart.add_series(
                {
                    "name": [self.sheet.name, first - 1, at],
                    "categories": [self.sheet.name, first, 0, last, 0],
                    "values": [self.sheet.name, first, at, last, at],
                    "fill": {"color": colour},
                    "border": {"color": _LINE},
                }
            )
        chart.set_title({"name": bars.title, "name_font": {"size": 12}})
        chart.set_y_axis({"reverse": True})  # the first row of the table on top
        chart.set_x_axis({"num_format": "0%"})
        chart.set_legend({"position": "bottom"})
        chart.set_size({"width": 820, "height": _CHART_ROWS * _ROW_PIXELS})
        words = f"{bars.title}. The same figures stand in the table above."
        self.page.insert_chart(last + 2, 0, chart, {"description": words, "object_position": 2})

    def _set_widths(self) -> None:
        columns = max((len(table.head) for table in self.sheet.tables), default=1)
        is_wide = any(table.is_wide for table in self.sheet.tables)
        longest = max(
            (len(str(row[0])) for table in self.sheet.tables for row in table.rows), default=0
        )
        self.page.set_column(0, 0, min(max(_FIRST_WIDTH, longest * 1.1), _WIDEST))
        if columns > 1:
            self.page.set_column(1, columns - 1, _WIDTH * 1.7 if is_wide else _WIDTH)

    def _set_up_print(self) -> None:
        self.page.set_landscape()
        self.page.set_paper(9)  # A4
        self.page.fit_to_pages(1, 0)
        self.page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        # An ampersand starts a code in a header or footer; two are one.
        place = self.text.place.replace("&", "&&")[:200]
        who = self.text.printed.words.replace("&", "&&")[:150]
        self.page.set_header(f"&L{place}")
        self.page.set_footer(f"&L{who}&RPage &P of &N")
