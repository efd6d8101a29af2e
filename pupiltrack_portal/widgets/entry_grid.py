"""The entry grid: a table of pupils' marks, or of anything else, typed into like a spreadsheet.

It shows what it is given and hands over what is typed; it knows no pupil, no rule and no database.
Every cell is sent at once, in batches; the browser keeps what was typed until it is acknowledged.

    grid = EntryGrid(columns=..., rows=..., cells={("p1", "re"): Cell("B", version=3)})
    grid.on_changes(save)      # save(tuple[Change, ...]) -> Answer
    grid.on_history(recall)    # recall(row, column) -> tuple[PastEntry, ...], newest first
    grid.on_layout(remember)   # remember(Layout): widths and bars as the person wants them
    grid.on_error(log)         # log(Exception): whatever a callback raised
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import traitlets

from pupiltrack_core.errors import UserFacingError

from .assets import PortalWidget
from .grid_encoding import (
    encode_answer,
    encode_cells,
    encode_content,
    encode_foot,
    encode_past,
    encode_rows,
)
from .grid_model import (
    PALETTE,
    Answer,
    Cell,
    CellKey,
    Change,
    Column,
    FootCell,
    FootRow,
    GridContent,
    Layout,
    Outcome,
    PastEntry,
    Row,
    RowMark,
    refuse_repeated_keys,
)
from .grid_protocol import (
    Batch,
    MalformedMessage,
    read_batch,
    read_history_request,
    read_layout,
    reason_to_refuse,
)

__all__ = [
    "PALETTE",
    "Answer",
    "Cell",
    "Change",
    "Column",
    "EntryGrid",
    "FootCell",
    "FootRow",
    "Layout",
    "Outcome",
    "PastEntry",
    "Row",
    "RowMark",
]

_log = logging.getLogger(__name__)

_REMEMBERED_ANSWERS = 32
_FAILED = (
    "These changes were not saved because something went wrong. They are kept here and will be "
    "sent again."
)
_NO_HISTORY = "What was entered here before could not be read. Nothing was changed. Try again."
_STATUSES = frozenset({"saved", "refused", "conflict", "unsaved"})


def _encode_data(_: int, grid: EntryGrid) -> dict[str, Any]:
    return grid.encoded()


class EntryGrid(PortalWidget):
    """A grid of cells with two-level headings, a frozen first column and a foot that stays on view.

    The truth is held here, by key; the browser's copy is only told. `cells` may leave out blanks.
    `widths` are a person's own, by column key, in place of the columns' usual ones; `bars` shows
    the shares of the foot as bars. `kept_as` names the browser's store for what was typed and not
    saved when the page went; it must be different for each person. "" keeps nothing.
    """

    _asset = "entry_grid"

    # The trait's own value only counts changes; what goes out is always the present content, so a
    # view opened late (a reloaded notebook) never sees an old copy.
    data = traitlets.Int(0).tag(sync=True, to_json=_encode_data)
    row_opens = traitlets.Bool(False).tag(sync=True)
    has_history = traitlets.Bool(False).tag(sync=True)
    row_link: Any = traitlets.List().tag(sync=True)
    # A row's key, and a number that makes asking for the same row twice two wishes.
    focus_wanted: Any = traitlets.List().tag(sync=True)

    def __init__(
        self,
        *,
        columns: Iterable[Column],
        rows: Iterable[Row],
        cells: Mapping[CellKey, Cell] | None = None,
        foot: Iterable[FootRow] = (),
        row_heading: str = "",
        caption: str = "",
        read_only: bool = False,
        widths: Mapping[str, int] | None = None,
        bars: bool = False,
        kept_as: str = "",
    ) -> None:
        self._content = GridContent(tuple(columns), tuple(rows), dict(cells or {}), tuple(foot))
        self._index()
        self._revision = 0
        self._row_heading = row_heading
        self._caption = caption
        self._read_only = read_only
        self._layout = Layout(dict(widths or {}), bars)
        self._kept_as = kept_as
        self._take_changes: Callable[[tuple[Change, ...]], Answer] | None = None
        self._take_row_open: Callable[[str], None] | None = None
        self._take_history: Callable[[str, str], tuple[PastEntry, ...]] | None = None
        self._take_layout: Callable[[Layout], None] | None = None
        self._take_error: Callable[[Exception], None] | None = None
        self._answers: OrderedDict[tuple[str, int], dict[str, Any]] = OrderedDict()
        super().__init__()
        self.on_msg(self._on_message)

    # What the page says -------------------------------------------------------------------------

    def on_changes(self, callback: Callable[[tuple[Change, ...]], Answer]) -> None:
        """Hand each batch of good changes to `callback`; what it raises leaves them unsaved."""
        self._take_changes = callback

    def on_row_open(self, callback: Callable[[str], None]) -> None:
        """Make each row heading a button that calls `callback` with the row's key."""
        self._take_row_open = callback
        self.row_opens = True

    def link_rows(self, label: str, address: str) -> None:
        """Offer, in the menu of a cell or a row's heading, the way to a page about the row.

        `address` is of this portal and without names; the row's key is put to its end.
        """
        self.row_link = [label, address]

    def on_history(self, callback: Callable[[str, str], tuple[PastEntry, ...]]) -> None:
        """Offer the past of a cell; `callback` gets row and column key, and answers newest first.

        What it raises is shown as words when it is a UserFacingError, as "could not be read" else.
        """
        self._take_history = callback
        self.has_history = True

    def on_layout(self, callback: Callable[[Layout], None]) -> None:
        """Hand the layout to `callback` each time the person has changed a width or the bars."""
        self._take_layout = callback

    def on_error(self, callback: Callable[[Exception], None]) -> None:
        """Hand every exception of the other callbacks to `callback`."""
        self._take_error = callback

    @property
    def cells(self) -> Mapping[CellKey, Cell]:
        """The stored cells by (row key, column key); blanks never stored are left out."""
        return dict(self._content.cells)

    def replace(
        self,
        *,
        columns: Iterable[Column] | None = None,
        rows: Iterable[Row] | None = None,
        cells: Mapping[CellKey, Cell] | None = None,
        foot: Iterable[FootRow] | None = None,
        caption: str | None = None,
        read_only: bool | None = None,
        widths: Mapping[str, int] | None = None,
    ) -> None:
        """Show other content; what is left out stays. Typed values not yet saved are kept."""
        now = self._content
        self._content = GridContent(
            now.columns if columns is None else tuple(columns),
            now.rows if rows is None else tuple(rows),
            dict(now.cells if cells is None else cells),
            now.foot if foot is None else tuple(foot),
        )
        self._caption = self._caption if caption is None else caption
        self._read_only = self._read_only if read_only is None else read_only
        if widths is not None:
            self._layout = replace(self._layout, widths=dict(widths))
        self._index()
        self._push_data()

    def update_cells(self, cells: Mapping[CellKey, Cell]) -> None:
        """Show stored values others changed. Cells not on view are passed over.

        The browser marks cells of editable columns that now look different for a moment, and says
        how many; figures worked out in read-only columns change without a word. A cell someone is
        typing in, or whose value is still being saved, keeps what was typed; its save then comes
        back as a conflict, because its version is the old one.
        """
        known = {key: cell for key, cell in cells.items() if self._is_cell(key)}
        if not known:
            return
        self._store(known)
        self._push({"type": "cells", "cells": encode_cells(known)})

    def take_focus(self, row: str) -> None:
        """Put the keyboard's focus on a row's heading, once the grid is on view.

        For coming back to the row that was opened.
        """
        self.focus_wanted = [row, self.focus_wanted[1] + 1 if self.focus_wanted else 1]

    def update_foot(self, foot: Iterable[FootRow]) -> None:
        """Show another foot."""
        self._content = replace(self._content, foot=tuple(foot))
        self._push({"type": "foot", "foot": encode_foot(self._content.foot)})

    def update_rows(self, rows: Iterable[Row]) -> None:
        """Show changed row headings; rows not on view are passed over."""
        changed = tuple(row for row in rows if row.key in self._rows)
        self._store_rows(changed)
        self._push({"type": "rows", "rows": encode_rows(changed)})

    # What the browser says ----------------------------------------------------------------------

    def handle_batch(self, message: object) -> dict[str, Any]:
        """Return the reply to one "changes" message; never raises.

        A message of the wrong shape is answered {"type": "rejected", "seq", "reason"}. Otherwise
        bad cells are refused one by one and the good ones go to the `on_changes` callback together.
        A batch sent again gets the answer it had.
        """
        try:
            batch = read_batch(message)
        except MalformedMessage as error:
            _log.warning("An entry grid message was rejected: %s.", error)
            seq = message.get("seq") if isinstance(message, Mapping) else None
            reason = "The changes could not be read. Reload the page and enter them again."
            return {
                "type": "rejected",
                "seq": seq if type(seq) is int else None,
                "reason": reason,
            }
        name = (batch.client, batch.sequence)
        if name not in self._answers:
            self._answers[name] = self._answer(batch)
            while len(self._answers) > _REMEMBERED_ANSWERS:
                self._answers.popitem(last=False)
        return self._answers[name]

    def _answer(self, batch: Batch) -> dict[str, Any]:
        refused: list[Outcome] = []
        good: list[Change] = []
        for change in batch.changes:
            reason = self._reason_to_refuse(change)
            if reason is None:
                good.append(change)
            else:
                refused.append(self._outcome(change, "refused", reason))
        answer = self._save(tuple(good)) if good else Answer(())
        answer = replace(answer, outcomes=tuple(self._with_colour(o) for o in answer.outcomes))
        self._revision += 1
        self._store_answer(answer)
        answer = replace(answer, outcomes=(*answer.outcomes, *refused))
        if answer.foot is not None:
            answer = replace(answer, foot=self._content.foot)
        return encode_answer(batch, answer, revision=self._revision)

    def _reason_to_refuse(self, change: Change) -> str | None:
        if self._read_only:
            return "This table is for reading only."
        if not self._is_cell((change.row, change.column)):
            return "This row or column is no longer in the table. Reload the page to see it as is."
        if self._stored(change).locked:
            return "This cell is for reading only."
        if change.recolour and not self._columns[change.column].colourable:
            return "Cells of this column have no colours of their own."
        return reason_to_refuse(self._columns[change.column], change.value)

    def _save(self, changes: tuple[Change, ...]) -> Answer:
        try:
            if self._take_changes is None:
                raise RuntimeError("The grid has no on_changes callback.")  # noqa: TRY301
            answer = self._take_changes(changes)
            return _checked(answer, changes)
        except UserFacingError as error:
            self._report(error)
            return self._all_unsaved(changes, str(error))
        except Exception as error:  # noqa: BLE001 - the edge: typed marks must survive any fault
            self._report(error)
            return self._all_unsaved(changes, _FAILED)

    def _all_unsaved(self, changes: tuple[Change, ...], reason: str) -> Answer:
        return Answer(tuple(self._outcome(change, "unsaved", reason) for change in changes))

    def _outcome(self, change: Change, status: Any, reason: str) -> Outcome:
        stored = self._stored(change)
        return Outcome(change.row, change.column, status, stored.value, stored.version, reason)

    def _stored(self, at: Change | Outcome) -> Cell:
        return self._content.cells.get((at.row, at.column), Cell(None))

    def _with_colour(self, outcome: Outcome) -> Outcome:
        """Return the outcome with the cell's own colour as it is now, for the browser to show."""
        heeded = (
            outcome.status in {"saved", "conflict"} and self._columns[outcome.column].colourable
        )
        return outcome if heeded else replace(outcome, colour=self._stored(outcome).colour)

    def _store_answer(self, answer: Answer) -> None:
        stored: dict[CellKey, Cell] = {}
        for outcome in answer.outcomes:
            if outcome.status not in {"saved", "conflict"}:
                continue
            value = outcome.value if outcome.status == "saved" else outcome.theirs
            stored[outcome.row, outcome.column] = replace(
                self._stored(outcome), value=value, version=outcome.version, colour=outcome.colour
            )
        self._store(stored)
        if answer.rows is not None:
            self._store_rows(answer.rows)
        if answer.foot is not None:
            lines = {line.key: line for line in self._content.foot}
            lines.update({line.key: line for line in answer.foot})
            self._content = replace(self._content, foot=tuple(lines.values()))

    def _on_message(self, _: object, content: object, __: object) -> None:
        if not isinstance(content, Mapping):
            return
        kind = content.get("type")
        if kind == "changes":
            self.send(self.handle_batch(content))
        elif kind == "open" and content.get("revision") != self._revision:
            self.send_state("data")
        elif kind == "row_open":
            self._open_row(content.get("row"))
        elif kind == "history":
            self._tell_history(content)
        elif kind == "layout":
            self._keep_layout(content)

    def _open_row(self, row: object) -> None:
        if self._take_row_open is None or not isinstance(row, str) or row not in self._rows:
            return
        try:
            self._take_row_open(row)
        except Exception as error:  # noqa: BLE001 - the edge: ipywidgets would drop it in a log
            self._report(error)

    def _tell_history(self, content: Mapping[Any, object]) -> None:
        """Answer {"type": "history", "ask"} with the "entries" of a cell, or why it "failed"."""
        try:
            ask, row, column = read_history_request(content)
        except MalformedMessage as error:
            _log.warning("An entry grid message was rejected: %s.", error)
            return
        reply: dict[str, Any] = {"type": "history", "ask": ask}
        try:
            if self._take_history is None or not self._is_cell((row, column)):
                self.send({**reply, "failed": _NO_HISTORY})
                return
            entries = encode_past(self._take_history(row, column))
        except UserFacingError as error:
            self._report(error)
            self.send({**reply, "failed": str(error)})
        except Exception as error:  # noqa: BLE001 - the edge: the person waits for an answer
            self._report(error)
            self.send({**reply, "failed": _NO_HISTORY})
        else:
            self.send({**reply, "entries": entries})

    def _keep_layout(self, content: Mapping[Any, object]) -> None:
        try:
            told = read_layout(content, self._columns)
        except MalformedMessage as error:
            _log.warning("An entry grid message was rejected: %s.", error)
            return
        # Widths of columns that are not on view now are kept for when they are.
        others = {k: w for k, w in self._layout.widths.items() if k not in self._columns}
        self._layout = replace(told, widths={**others, **told.widths})
        try:
            if self._take_layout is not None:
                self._take_layout(self._layout)
        except Exception as error:  # noqa: BLE001 - the edge: ipywidgets would drop it in a log
            self._report(error)

    def _report(self, error: Exception) -> None:
        # Only the kind is logged: an error's text can hold what was typed.
        if self._take_error is None:
            _log.error("A callback of an entry grid failed: %s.", type(error).__name__)
            return
        try:
            self._take_error(error)
        except Exception as second:  # noqa: BLE001 - the edge: the answer must still go out
            _log.error(
                "An entry grid's on_error failed: %s, handling %s.",
                type(second).__name__,
                type(error).__name__,
            )

    # What is held -------------------------------------------------------------------------------

    def encoded(self) -> dict[str, Any]:
        """Return the present content as the browser gets it."""
        return encode_content(
            self._content,
            caption=self._caption,
            row_heading=self._row_heading,
            read_only=self._read_only,
            revision=self._revision,
            widths=dict(self._layout.widths),
            bars=self._layout.bars,
            kept_as=self._kept_as,
        )

    def _index(self) -> None:
        self._columns = {column.key: column for column in self._content.columns}
        self._rows = {row.key for row in self._content.rows}

    def _is_cell(self, key: CellKey) -> bool:
        return key[0] in self._rows and key[1] in self._columns

    def _store(self, cells: Mapping[CellKey, Cell]) -> None:
        self._content = replace(self._content, cells={**self._content.cells, **cells})

    def _store_rows(self, rows: Iterable[Row]) -> None:
        changed = {row.key: row for row in rows}
        kept = tuple(changed.get(row.key, row) for row in self._content.rows)
        self._content = replace(self._content, rows=kept)

    def _push(self, message: dict[str, Any]) -> None:
        self._revision += 1
        self.send({**message, "revision": self._revision})

    def _push_data(self) -> None:
        self._revision += 1
        self.data += 1


def _checked(answer: object, changes: tuple[Change, ...]) -> Answer:
    """Return the callback's answer once it is sure that it answers each change exactly once."""
    if not isinstance(answer, Answer):
        raise TypeError(f"on_changes must return an Answer, not {type(answer).__name__}.")
    refuse_repeated_keys("outcome", (f"{o.row}\0{o.column}" for o in answer.outcomes))
    asked = {(change.row, change.column) for change in changes}
    if asked != {(outcome.row, outcome.column) for outcome in answer.outcomes}:
        raise ValueError("on_changes must answer each change, and nothing else.")
    if not _STATUSES.issuperset(outcome.status for outcome in answer.outcomes):
        raise ValueError("on_changes answered with an unknown status.")
    return answer
