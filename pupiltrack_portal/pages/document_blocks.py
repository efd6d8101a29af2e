"""The blocks of a report document as widgets, to be read on a page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ipywidgets

from pupiltrack_core.reports.documents import Block, Heading, Paragraph, Table
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow


def widgets_of(blocks: Iterable[Block]) -> list[ipywidgets.Widget]:
    """Return widgets that show headings, paragraphs and tables, in order.

    Raise TypeError for a block of another kind.
    """
    widgets: list[ipywidgets.Widget] = []
    run: list[dict[str, Any]] = []

    def end_run() -> None:
        if run:
            widgets.append(prose.Prose(*run))
            run.clear()

    for block in blocks:
        if isinstance(block, Table):
            end_run()
            widgets.append(_table(block))
        elif isinstance(block, Heading) and block.level == 2:
            end_run()
            run.append(prose.heading(block.text))
        elif isinstance(block, Heading):
            run.append(prose.subheading(block.text))
        elif isinstance(block, Paragraph):
            run.append(prose.text(block.text))
        else:
            raise TypeError(f"A block of type {block.type} is not shown on a page so.")
    end_run()
    return widgets


def _table(block: Table) -> FiguresTable:
    table = FiguresTable()
    first, *others = block.head
    table.show(
        caption=block.caption,
        row_heading=first,
        columns=[
            TableColumn(str(at), label, numeric=block.is_numeric) for at, label in enumerate(others)
        ],
        rows=[
            TableRow(str(at), TableCell(head), tuple(TableCell(text) for text in cells))
            for at, (head, *cells) in enumerate(block.rows)
        ],
    )
    return table
