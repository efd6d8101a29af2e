"""The messages between an entry grid and the browser, and what a batch of changes must look like.

The browser is not trusted: shape, sizes, keys and values are all checked here again. Cells travel
by key, never by position, because the browser sorts and filters on its own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .grid_model import Answer, Change, Column, FootRow, GridContent, Outcome, Row

MAX_CELLS = 20_000
MAX_VALUE_BYTES = 64 * 1024
MAX_BATCH_BYTES = 8 * 1024 * 1024
MAX_KEY_LENGTH = 200

_CLIENT = re.compile(r"[a-z0-9]{1,40}")
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.([0-9]{1,10}))?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class MalformedBatch(ValueError):
    """The message is not what our browser code sends; its text names the fault, no content."""


@dataclass(frozen=True)
class Batch:
    """Changes sent together. `client` and `sequence` name it: sent twice, it is answered once."""

    client: str
    sequence: int
    changes: tuple[Change, ...]


def read_batch(message: object) -> Batch:
    """Return the batch in a message; of two changes to one cell the later stands.

    Raises MalformedBatch for a wrong shape or type, more than 20,000 cells or more than 8 MiB.
    """
    if not isinstance(message, Mapping):
        raise MalformedBatch("the message is not an object")
    client, sequence, cells = (message.get(name) for name in ("client", "seq", "cells"))
    if not isinstance(client, str) or not _CLIENT.fullmatch(client):
        raise MalformedBatch("the client name is not valid")
    if not _is_count(sequence):
        raise MalformedBatch("the sequence number is not valid")
    if not isinstance(cells, list):
        raise MalformedBatch("the cells are not a list")
    if len(cells) > MAX_CELLS:
        raise MalformedBatch(f"more than {MAX_CELLS} cells in one batch")
    changes: dict[tuple[str, str], Change] = {}
    size = 0
    for cell in cells:
        change = _read_change(cell)
        size += len(change.value or "")
        if size > MAX_BATCH_BYTES:
            raise MalformedBatch("the batch is too large")
        changes[change.row, change.column] = change
    return Batch(client, sequence, tuple(changes.values()))  # type: ignore[arg-type]


def _read_change(cell: object) -> Change:
    if not isinstance(cell, list) or len(cell) != 4:
        raise MalformedBatch("a cell is not [row, column, value, version]")
    row, column, value, version = cell
    for key in (row, column):
        if not isinstance(key, str) or len(key) > MAX_KEY_LENGTH:
            raise MalformedBatch("a row or column key is not valid")
    if value is not None and not isinstance(value, str):
        raise MalformedBatch("a value is neither text nor null")
    if not _is_count(version):
        raise MalformedBatch("a version is not valid")
    return Change(row, column, value or None, version)


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**53


def reason_to_refuse(column: Column, value: str | None) -> str | None:
    """Return why `value` may not stand in `column`, in words for the person; None when it may."""
    if column.kind == "readonly":
        return "This column is for reading only."
    if value is None:
        return None
    try:
        size = len(value.encode("utf-8"))
    except UnicodeEncodeError:
        return "This text holds a broken character."
    if size > MAX_VALUE_BYTES:
        return "This text is too long to keep."
    if column.kind == "choice":
        known = any(value == choice for choice, _ in column.choices)
        return None if known else "This is not one of the choices of this column."
    if column.kind == "number":
        return _reason_to_refuse_number(column, value)
    if _CONTROL.search(value):
        return "This text holds a character that cannot be kept."
    if column.max_length is not None and len(value) > column.max_length:
        return f"Text here can be up to {column.max_length} characters; this is {len(value)}."
    return None


def _reason_to_refuse_number(column: Column, value: str) -> str | None:
    match = _NUMBER.fullmatch(value)
    if match is None:
        return "This is not a number."
    if column.decimals is not None and len(match[1] or "") > column.decimals:
        if column.decimals == 0:
            return "This must be a whole number."
        return f"This can have up to {column.decimals} decimal places."
    low = -math.inf if column.min is None else column.min
    high = math.inf if column.max is None else column.max
    if low <= float(value) <= high:
        return None
    if column.min is not None and column.max is not None:
        return f"This must be from {column.min:g} to {column.max:g}."
    if column.min is not None:
        return f"This must be {column.min:g} or more."
    return f"This must be {column.max:g} or less."


def encode_content(content: GridContent, **extra: object) -> dict[str, Any]:
    """Return everything on view as compact JSON values: rows of values, versions where not 0."""
    keys = [column.key for column in content.columns]
    values: list[list[str | None]] = []
    versions: list[list[int] | int] = []
    colours: list[list[int | str]] = []
    for at, row in enumerate(content.rows):
        cells = [content.cells.get((row.key, key)) for key in keys]
        values.append([None if cell is None else cell.value for cell in cells])
        numbers = [0 if cell is None else cell.version for cell in cells]
        versions.append(numbers if any(numbers) else 0)
        colours += [[at, i, c.colour] for i, c in enumerate(cells) if c and c.colour is not None]
    return {
        "columns": [encode_column(column) for column in content.columns],
        "rows": encode_rows(content.rows),
        "values": values,
        "versions": versions,
        "colours": colours,
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


def encode_rows(rows: Iterable[Row]) -> list[list[str]]:
    """Return [key, label, sublabel, flag] of each row."""
    return [[row.key, row.label, row.sublabel, row.flag] for row in rows]


def encode_foot(foot: Iterable[FootRow]) -> list[list[Any]]:
    """Return [key, label, description, {column: [text, description]}] of each line."""
    return [
        [
            line.key,
            line.label,
            line.description,
            {key: [cell.text, cell.description] for key, cell in line.cells.items()},
        ]
        for line in foot
    ]


def encode_outcome(outcome: Outcome) -> list[Any]:
    """Return [row, column, status, value, version, reason, theirs]."""
    return [
        outcome.row,
        outcome.column,
        outcome.status,
        outcome.value,
        outcome.version,
        outcome.reason,
        outcome.theirs,
    ]


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
