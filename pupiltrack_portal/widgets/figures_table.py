"""A read-only table whose numbers can be pressed to ask what is behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import traitlets

from pupiltrack_portal.widgets.assets import PortalWidget


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column after the row heading.

    One that is `drawn` holds drawings. It is shown only in a wide window, and not on paper.
    """

    key: str
    label: str
    numeric: bool = False
    description: str = ""
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class TableCell:
    """One cell. With `press` it is a button, named so for a screen reader.

    `sort` orders the column where the text does not; None with `sorts_last` keeps it at the end.
    `share`, 0 to 100, draws a thin bar under the text. `note` is a second, smaller line. `tone` is
    problem, warning or good, and never the only sign. `drawing`, an SVG that says what it shows,
    stands in place of the text.
    """

    text: str
    press: str = ""
    sort: float | str | None = None
    sorts_last: bool = False
    share: float | None = None
    tone: str = ""
    note: str = ""
    drawing: str = ""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its heading, then a cell for each column."""

    key: str
    head: TableCell
    cells: tuple[TableCell, ...]


class FiguresTable(PortalWidget):
    """A table with a caption, real headings and optional sorting."""

    _asset: ClassVar[str] = "figures_table"
    spec = traitlets.Dict().tag(sync=True)
    pressed = traitlets.Unicode().tag(sync=True)
    focus_wanted = traitlets.Dict().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._on_press: Callable[[str, str], None] | None = None
        self._pressable: frozenset[tuple[str, str]] = frozenset()
        self.on_msg(self._on_message)
        if not self.spec:
            self.show(caption="", row_heading="", columns=(), rows=())

    def show(
        self,
        *,
        caption: str,
        row_heading: str,
        columns: Sequence[TableColumn],
        rows: Sequence[TableRow],
        sortable: bool = False,
        empty: str = "Nothing to show.",
        reveal: bool = False,
    ) -> None:
        """Show these rows; `empty` is said when there are none.

        With `reveal` the caption is announced and the table's beginning scrolled into sight, for a
        table that answers a press elsewhere on the page.
        """
        self._pressable = frozenset(
            (row.key, key)
            for row in rows
            for key, cell in zip(
                ("", *(column.key for column in columns)), (row.head, *row.cells), strict=True
            )
            if cell.press
        )
        with self.hold_sync():  # one message
            self.pressed = ""
            self.spec = {
                "caption": caption,
                "rowHeading": row_heading,
                "sortable": sortable,
                "empty": empty,
                "reveal": reveal,
                "columns": [
                    {
                        "key": column.key,
                        "label": column.label,
                        "numeric": column.numeric,
                        "description": column.description,
                        "drawn": column.drawn,
                    }
                    for column in columns
                ],
                "rows": [
                    {
                        "key": row.key,
                        "head": _wire(row.head),
                        "cells": [_wire(c) for c in row.cells],
                    }
                    for row in rows
                ],
            }

    def on_press(self, callback: Callable[[str, str], None]) -> None:
        """Call `callback` with row key and column key ("" is the heading) of a pressed cell.

        Cells that were not shown as buttons never reach it, whatever the browser sends.
        """
        self._on_press = callback

    def mark_pressed(self, row: str, column: str) -> None:
        """Show one cell as pressed; empty keys show none."""
        self.pressed = f"{row}/{column}" if row else ""

    def take_focus(self, row: str) -> bool:
        """Put the keyboard's focus on a row's heading; False where there is none to press.

        For a table that comes back in the place of what one of its rows had opened.
        """
        if (row, "") not in self._pressable:
            return False
        self.focus_wanted = {"at": f"{row}/", "time": self.focus_wanted.get("time", 0) + 1}
        return True

    def _on_message(self, _widget: object, content: object, _buffers: object) -> None:
        if not isinstance(content, dict) or content.get("kind") != "press":
            return
        row, column = content.get("row"), content.get("column")
        if not isinstance(row, str) or not isinstance(column, str):
            return
        if (row, column) in self._pressable and self._on_press is not None:
            self._on_press(row, column)


def _wire(cell: TableCell) -> dict[str, Any] | str:
    """Return what the browser is told of a cell; most are nothing but their text."""
    wire: dict[str, Any] = {}
    if cell.press:
        wire["press"] = cell.press
    if cell.sort is not None or cell.sorts_last:
        wire["sort"] = cell.sort
    if cell.share is not None:
        wire["share"] = cell.share
    if cell.tone:
        wire["tone"] = cell.tone
    if cell.note:
        wire["note"] = cell.note
    if cell.drawing:
        wire["drawing"] = cell.drawing
    return {"text": cell.text, **wire} if wire else cell.text
