"""The messages an entry grid sends to the browser, as compact JSON values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .grid_model import (
    Answer,
    Cell,
    CellKey,
    Column,
    FootCell,
    FootRow,
    GridContent,
    Outcome,
    PastEntry,
    Row,
)
from .grid_protocol import Batch


def encode_content(content: GridContent, **extra: object) -> dict[str, Any]:
    """Return everything on view as compact JSON values: rows of values, versions where not 0.

    Own colours are [row, column, colour] and locked cells [row, column], by place.
    """
    keys = [column.key for column in content.columns]
    values: list[list[str | None]] = []
    versions: list[list[int] | int] = []
    colours: list[list[int | str]] = []
    locked: list[list[int]] = []
    for at, row in enumerate(content.rows):
        cells = [content.cells.get((row.key, key)) for key in keys]
        values.append([None if cell is None else cell.value for cell in cells])
        numbers = [0 if cell is None else cell.version for cell in cells]
        versions.append(numbers if any(numbers) else 0)
        colours += [[at, i, c.colour] for i, c in enumerate(cells) if c and c.colour is not None]
        locked += [[at, i] for i, c in enumerate(cells) if c and c.locked]
    return {
        "columns": [encode_column(column) for column in content.columns],
        "rows": encode_rows(content.rows),
        "values": values,
        "versions": versions,
        "colours": colours,
        "locked": locked,
        "foot": encode_foot(content.foot),
        **extra,
    }


def encode_column(column: Column) -> dict[str, Any]:
    """Return one column for the browser, left out what has its usual value."""
    usual: dict[str, Any] = {
        "group": column.group,
        "choices": [list(choice) for choice in column.choices],
        "colours": dict(column.colours),
        "description": column.description,
        "min": column.min,
        "max": column.max,
        "decimals": column.decimals,
        "max_length": column.max_length,
        "colourable": column.colourable or None,
        "usual": None if column.usual is None else list(column.usual),
    }
    kept = {k: v for k, v in usual.items() if v is not None and v not in ("", [], {})}
    return {
        "key": column.key,
        "label": column.label,
        "kind": column.kind,
        "width": column.width,
        "fill": column.fill,
        **kept,
    }


def encode_rows(rows: Iterable[Row]) -> list[list[Any]]:
    """Return [key, label, sublabel, flag] of each row, and a mark's [filled, text, description]."""
    return [[row.key, row.label, row.sublabel, row.flag, *_encode_mark(row)] for row in rows]


def _encode_mark(row: Row) -> list[list[Any]]:
    mark = row.mark
    return [] if mark is None else [[int(mark.is_filled), mark.text, mark.description]]


def encode_foot(foot: Iterable[FootRow]) -> list[list[Any]]:
    """Return [key, label, description, {column: figure}, tone] of each line.

    A figure is [text, description], or [text, description, share] when it has a bar.
    """
    return [
        [
            line.key,
            line.label,
            line.description,
            {key: _encode_figure(cell) for key, cell in line.cells.items()},
            line.tone,
        ]
        for line in foot
    ]


def _encode_figure(cell: FootCell) -> list[str | float]:
    if cell.share is None:
        return [cell.text, cell.description]
    return [cell.text, cell.description, round(cell.share, 4)]


def encode_cells(cells: Mapping[CellKey, Cell]) -> list[list[Any]]:
    """Return [row, column, value, version, colour] of each cell, and 1 after a locked one's."""
    return [
        [row, column, cell.value, cell.version, cell.colour, *([1] if cell.locked else [])]
        for (row, column), cell in cells.items()
    ]


def encode_outcome(outcome: Outcome) -> list[Any]:
    """Return [row, column, status, value, version, reason, theirs, colour]."""
    return [
        outcome.row,
        outcome.column,
        outcome.status,
        outcome.value,
        outcome.version,
        outcome.reason,
        outcome.theirs,
        outcome.colour,
    ]


def encode_past(entries: Iterable[PastEntry]) -> list[list[str | None]]:
    """Return [value, text, colour, who, when] of each entry."""
    return [[past.value, past.text, past.colour, past.who, past.when] for past in entries]


def encode_answer(batch: Batch, answer: Answer, *, revision: int) -> dict[str, Any]:
    """Return the reply to one batch."""
    return {
        "type": "answer",
        "client": batch.client,
        "seq": batch.sequence,
        "revision": revision,
        "outcomes": [encode_outcome(outcome) for outcome in answer.outcomes],
        "foot": None if answer.foot is None else encode_foot(answer.foot),
        "rows": None if answer.rows is None else encode_rows(answer.rows),
        "message": answer.message,
    }
