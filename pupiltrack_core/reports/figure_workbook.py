"""Tables of figures as an Excel workbook: real numbers, headings that stay, a chart where asked.

Every text is written as a string cell, so that no name or label can become a formula or a link.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from textwrap import wrap

from xlsxwriter.chart import Chart
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from pupiltrack_core.reports.documents import Printed
from pupiltrack_core.reports.plain_workbook import (
    LINE,
    SHADE,
    Looks,
    open_workbook,
    set_up_page,
)

_HEAD_ROW_HEIGHT, _CHART_ROWS, _ROW_PIXELS = 48, 18, 20
_GAP = 60  # between bars, per cent of a bar's width
_FEW = 3  # columns of a table that has its chart beside it
_NOTE_LETTERS = 100  # a longer line widens the printed page, and makes all on it small
_FIRST_WIDTH, _WIDTH, _WIDEST = 30.0, 13.0, 44.0
Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart with a bar for each row: the columns whose counts it is made of, with their colours.

    Colours are the fill and the ink of what is written on it. Bars of several columns are stacked
    and as long as each other, a bar of one is as long as its count. The last `totals` rows of the
    table have none.
    """

    columns: tuple[int, ...]
    colours: tuple[tuple[str, str], ...]
    totals: int = 0


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
    title = f"{text.title}, {text.place}"
    workbook = open_workbook(
        held, title=title, printed=text.printed, is_personal=text.contains_names
    )
    looks = Looks(workbook)
    for sheet in sheets:
        _Writer(workbook, looks, text, sheet).write()
    workbook.close()
    return held.getvalue()


@dataclass
class _Writer:
    """One sheet, written from top to bottom."""

    workbook: Workbook
    looks: Looks
    text: WorkbookText
    sheet: FigureSheet

    def write(self) -> None:
        self.page: Worksheet = self.workbook.add_worksheet(self.sheet.name)
        row = self._write_about()
        for number, table in enumerate(self.sheet.tables):
            row = self._write_table(table, row, is_first=number == 0)
        for note in self.sheet.notes:
            for line in wrap(note, _NOTE_LETTERS):
                self.page.write_string(row, 0, line, self.looks.of(italic=True))
                row += 1
        self._set_widths()
        self._set_up_print()

    def _write_about(self) -> int:
        text = self.text
        self.page.write_string(
            0, 0, f"{text.title}: {text.place}", self.looks.of(bold=True, font_size=16)
        )
        self.page.set_row(0, 24)
        self.page.write_string(1, 0, text.description, self.looks.of())
        personal = " Contains personal data." if text.contains_names else ""
        self.page.write_string(2, 0, f"{text.printed.words}.{personal}", self.looks.of())
        return 4

    def _write_table(self, table: SheetTable, row: int, *, is_first: bool) -> int:
        """Write a table and its chart; return the row for what comes next."""
        self.page.write_string(row, 0, table.caption, self.looks.of(bold=True, font_size=12))
        head_row = row + 1
        head = self.looks.of_cell(bold=True, bg_color=SHADE, text_wrap=True)
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
        chart = self._chart(table.bars, first=head_row + 1, last=last)
        words = f"{table.caption}. The same figures stand in the table."
        # Beside a table of few columns there is room, and no page ends in the middle of a chart.
        is_beside = len(table.head) <= _FEW
        place = (head_row, len(table.head) + 1) if is_beside else (last + 2, 0)
        self.page.insert_chart(*place, chart, {"description": words, "object_position": 2})
        return max(last + 2, place[0] + _CHART_ROWS + 1)

    def _write_value(self, row: int, at: int, value: Value) -> None:
        look = self.looks.of_cell
        if value is None:
            self.page.write_blank(row, at, None, look())
        elif isinstance(value, str):
            self.page.write_string(row, at, value, look(bold=at == 0))
        elif isinstance(value, float):
            self.page.write_number(row, at, value, look(num_format="0%"))
        else:
            self.page.write_number(row, at, value, look(num_format="0"))

    def _chart(self, bars: Bars, *, first: int, last: int) -> Chart:
        """Return the bars of a table whose rows are `first` to `last`."""
        is_stacked = len(bars.columns) > 1
        stacked = {"subtype": "percent_stacked"} if is_stacked else {}
        chart = self.workbook.add_chart({"type": "bar", **stacked})
        drawn = last - bars.totals
        for at, (fill, ink) in zip(bars.columns, bars.colours, strict=True):
            chart.add_series(
                {
                    "name": [self.sheet.name, first - 1, at],
                    "categories": [self.sheet.name, first, 0, drawn, 0],
                    "values": [self.sheet.name, first, at, drawn, at],
                    "fill": {"color": fill},
                    "border": {"color": LINE},
                    "gap": _GAP,
                    # Parts are told apart by their counts too; none is said of nobody.
                    "data_labels": {"value": True, "num_format": "0;;", "font": {"color": ink}},
                }
            )
        # The caption's cell: a school's own words as a title could be taken for a reference.
        title = [self.sheet.name, first - 2, 0]
        chart.set_title({"name": title, "name_font": {"size": 12}})
        chart.set_y_axis({"reverse": True})  # the first row of the table on top
        chart.set_x_axis({"num_format": "0%"} if is_stacked else {"num_format": "0", "min": 0})
        chart.set_legend({"position": "bottom"} if is_stacked else {"none": True})
        chart.set_size({"width": 820, "height": _CHART_ROWS * _ROW_PIXELS})
        return chart

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
        text = self.text
        self.page.fit_to_pages(1, 0)
        set_up_page(
            self.page, place=text.place, printed=text.printed, is_personal=text.contains_names
        )
