"""What an entry grid shows and exchanges: plain values that know nothing of pupils."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Kind = Literal["choice", "text", "number", "readonly"]
Status = Literal["saved", "refused", "conflict", "unsaved"]

PALETTE = frozenset({"red", "amber", "green", "blue", "purple", "grey"})
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Column:
    """One column of cells.

    `choices` are (value, label) pairs; the label is shown, both can be typed or pasted. `colours`
    maps a value to a palette name, applied the moment the value is typed. `group` is the upper
    heading, shared by neighbours of the same group. `description` is the heading's tooltip. `width`
    is in CSS pixels. `min`, `max`, `decimals` bound a number, `max_length` a text. `fill`
    offers "fill" in the heading's menu.
    """

    key: str
    label: str
    kind: Kind
    group: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    colours: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    width: int = 96
    description: str = ""
    min: float | None = None
    max: float | None = None
    decimals: int | None = None
    max_length: int | None = None
    fill: bool = True

    def __post_init__(self) -> None:
        if unknown := set(self.colours.values()) - PALETTE:
            raise ValueError(f"Column {self.key!r} uses colours not in the palette: {unknown}.")
        if self.kind == "choice" and not self.choices:
            raise ValueError(f"Column {self.key!r} offers no choices.")


@dataclass(frozen=True)
class Row:
    """One row: its heading, a smaller second line, and a flag in words ("Not included in data")."""

    key: str
    label: str
    sublabel: str = ""
    flag: str = ""


@dataclass(frozen=True)
class Cell:
    """The stored value of a cell; None is blank. `colour` overrides the column's own colours."""

    value: str | None
    version: int = 0
    colour: str | None = None

    def __post_init__(self) -> None:
        if self.colour is not None and self.colour not in PALETTE:
            raise ValueError(f"Colour {self.colour!r} is not in the palette.")


@dataclass(frozen=True)
class FootCell:
    """One figure of the foot, ready to read; `description` says in words what it counts."""

    text: str
    description: str = ""


@dataclass(frozen=True)
class FootRow:
    """One line of the foot; `cells` is by column key, columns left out stay empty."""

    key: str
    label: str
    cells: Mapping[str, FootCell]
    description: str = ""


@dataclass(frozen=True)
class Change:
    """A value someone entered over `version` of the cell; None clears it."""

    row: str
    column: str
    value: str | None
    version: int


@dataclass(frozen=True)
class Outcome:
    """What became of one change.

    saved: `value` and `version` are what is stored now. refused: `reason` says why; `value` and
    `version` are still the stored ones. conflict: someone else was first; `theirs` is the stored
    value and `version` its version. unsaved: it may work later, the browser tries again.
    """

    row: str
    column: str
    status: Status
    value: str | None
    version: int
    reason: str = ""
    theirs: str | None = None


@dataclass(frozen=True)
class Answer:
    """The outcome of every change of a batch, with what else they altered.

    `foot` replaces the foot's lines of the same keys; `rows` holds changed rows only; `message` is
    shown beside the saved state and read out.
    """

    outcomes: tuple[Outcome, ...]
    foot: tuple[FootRow, ...] | None = None
    rows: tuple[Row, ...] | None = None
    message: str = ""


CellKey = tuple[str, str]


@dataclass(frozen=True)
class GridContent:
    """All that is on view. Raises ValueError when two columns, rows or foot rows share a key."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    cells: Mapping[CellKey, Cell]
    foot: tuple[FootRow, ...]

    def __post_init__(self) -> None:
        for kind, items in (("column", self.columns), ("row", self.rows), ("foot row", self.foot)):
            refuse_repeated_keys(kind, (item.key for item in items))


def refuse_repeated_keys(kind: str, keys: Iterable[str]) -> None:
    """Raise ValueError when a key comes twice."""
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise ValueError(f"Two {kind}s share the key {key!r}.")
        seen.add(key)
