"""The messages an entry grid gets from the browser, and what they must look like.

The browser is not trusted: shape, sizes, keys and values are all checked here again. Cells travel
by key, never by position, because the browser sorts and filters on its own.

    {"type": "changes", "client", "seq", "cells": [[row, column, value, version(, colour)], ...]}
    {"type": "history", "ask", "row", "column"}
    {"type": "layout", "widths": {column: pixels}, "bars"}
    {"type": "row_open", "row"}    {"type": "open", "revision"}

A cell's fifth element is there when its colour changes: a palette name, "" for automatic.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .grid_model import NARROWEST, PALETTE, WIDEST, Change, Column, Layout

MAX_CELLS = 20_000
MAX_VALUE_BYTES = 64 * 1024
MAX_BATCH_BYTES = 8 * 1024 * 1024
MAX_KEY_LENGTH = 200
MAX_WIDTHS = 1_000

_CLIENT = re.compile(r"[a-z0-9]{1,40}")
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.([0-9]{1,10}))?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class MalformedMessage(ValueError):
    """The message is not what our browser code sends; its text names the fault, no content."""


@dataclass(frozen=True)
class Batch:
    """Changes sent together. `client` and `sequence` name it: sent twice, it is answered once."""

    client: str
    sequence: int
    changes: tuple[Change, ...]


def read_batch(message: object) -> Batch:
    """Return the batch in a message; of two changes to one cell the later stands.

    Raises MalformedMessage for a wrong shape or type, more than 20,000 cells or more than 8 MiB.
    """
    if not isinstance(message, Mapping):
        raise MalformedMessage("the message is not an object")
    client, sequence, cells = (message.get(name) for name in ("client", "seq", "cells"))
    if not isinstance(client, str) or not _CLIENT.fullmatch(client):
        raise MalformedMessage("the client name is not valid")
    if not _is_count(sequence):
        raise MalformedMessage("the sequence number is not valid")
    if not isinstance(cells, list):
        raise MalformedMessage("the cells are not a list")
    if len(cells) > MAX_CELLS:
        raise MalformedMessage(f"more than {MAX_CELLS} cells in one batch")
    changes: dict[tuple[str, str], Change] = {}
    size = 0
    for cell in cells:
        change = _read_change(cell)
        size += len(change.value or "")
        if size > MAX_BATCH_BYTES:
            raise MalformedMessage("the batch is too large")
        changes[change.row, change.column] = change
    return Batch(client, sequence, tuple(changes.values()))  # type: ignore[arg-type]


def _read_change(cell: object) -> Change:
    if not isinstance(cell, list) or len(cell) not in {4, 5}:
        raise MalformedMessage("a cell is not [row, column, value, version] with or without colour")
    row, column, value, version = cell[:4]
    if not _is_key(row) or not _is_key(column):
        raise MalformedMessage("a row or column key is not valid")
    if value is not None and not isinstance(value, str):
        raise MalformedMessage("a value is neither text nor null")
    if not _is_count(version):
        raise MalformedMessage("a version is not valid")
    if len(cell) == 4:
        return Change(row, column, value or None, version)
    colour = cell[4]
    if not isinstance(colour, str) or (colour and colour not in PALETTE):
        raise MalformedMessage("a colour is not in the palette")
    return Change(row, column, value or None, version, colour=colour or None, recolour=True)


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**53


def _is_key(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_KEY_LENGTH


def read_history_request(message: Mapping[Any, object]) -> tuple[int, str, str]:
    """Return (ask, row, column): whose past is asked for, under which number to answer.

    Raises MalformedMessage for a wrong shape or type.
    """
    ask, row, column = (message.get(name) for name in ("ask", "row", "column"))
    if type(ask) is not int or not _is_count(ask):
        raise MalformedMessage("the number of a question is not valid")
    if not _is_key(row) or not _is_key(column):
        raise MalformedMessage("a row or column key is not valid")
    return ask, str(row), str(column)


def read_layout(message: Mapping[Any, object], columns: Mapping[str, Column]) -> Layout:
    """Return the layout in a message; widths of columns no longer on view are left out.

    Raises MalformedMessage for a wrong shape or type, or a width that is not from 56 to 480.
    """
    widths, bars = message.get("widths"), message.get("bars")
    if not isinstance(widths, dict) or len(widths) > MAX_WIDTHS or type(bars) is not bool:
        raise MalformedMessage("a layout is not widths and bars")
    for key, width in widths.items():
        if not _is_key(key) or type(width) is not int or not NARROWEST <= width <= WIDEST:
            raise MalformedMessage("a width is not valid")
    return Layout({key: width for key, width in widths.items() if key in columns}, bars)


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
