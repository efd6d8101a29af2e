"""A small entry grid of made-up children, and the messages a browser sends it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pupiltrack_portal.widgets.entry_grid import (
    Answer,
    Cell,
    Change,
    Column,
    EntryGrid,
    Outcome,
    Row,
)

COLUMNS = (
    Column("re", "Reading", "choice", choices=(("B", "Below"), ("O", "On track")), colourable=True),
    Column("score", "Score", "number", min=80, max=120, decimals=0),
    Column("note", "Note", "text", max_length=10),
    Column("free", "Free", "text"),
    Column("age", "Age", "readonly"),
)
ROWS = (Row("p1", "Child 1"), Row("p2", "Child 2"))


def save_all(changes: tuple[Change, ...]) -> Answer:
    return Answer(tuple(Outcome(c.row, c.column, "saved", c.value, c.version + 1) for c in changes))


class Recorder:
    """Saves everything, and remembers what came."""

    def __init__(self, save: Callable[[tuple[Change, ...]], Answer] = save_all) -> None:
        self.batches: list[tuple[Change, ...]] = []
        self.save = save

    def __call__(self, changes: tuple[Change, ...]) -> Answer:
        self.batches.append(changes)
        return self.save(changes)


def make_grid(save: Any = save_all, **options: Any) -> EntryGrid:
    grid = EntryGrid(
        columns=COLUMNS,
        rows=ROWS,
        cells={("p1", "re"): Cell("B", version=3), ("p1", "age"): Cell("8")},
        **options,
    )
    grid.on_changes(save)
    return grid


def message(*cells: Any, seq: Any = 1, client: Any = "abc123") -> dict[str, Any]:
    return {"type": "changes", "client": client, "seq": seq, "cells": [list(c) for c in cells]}


def outcomes(reply: dict[str, Any]) -> dict[tuple[str, str], Any]:
    return {(o[0], o[1]): o for o in reply["outcomes"]}


def sent_by(grid: EntryGrid, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    sent: list[Any] = []
    monkeypatch.setattr(grid, "send", lambda content, buffers=None: sent.append(content))
    return sent
