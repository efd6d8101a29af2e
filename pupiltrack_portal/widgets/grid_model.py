"""What an entry grid shows and exchanges: plain values that know nothing of pupils."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from pupiltrack_core.domain import judgements

Kind = Literal["choice", "text", "number", "readonly"]
Status = Literal["saved", "refused", "conflict", "unsaved"]

PALETTE = frozenset(judgements.PALETTE)
NARROWEST, WIDEST = 56, 480
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Column:
    """One column of cells.

    `choices` are (value, label) pairs; the label is shown, both can be typed or pasted. `colours`
    maps a value to a palette name, applied the moment the value is typed. `group` is the upper
    heading, shared by neighbours of the same group. `description` is the heading's tooltip. `width`
    is in CSS pixels. `min`, `max`, `decimals` bound a number, `max_length` a text. `fill`
    offers "fill" in the heading's menu. `colourable` lets a person give single cells a colour of
    their own. A number outside `usual` (lowest, highest) is saved, with a note to check it.
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
    colourable: bool = False
    usual: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if unknown := set(self.colours.values()) - PALETTE:
            raise ValueError(f"Column {self.key!r} uses colours not in the palette: {unknown}.")
        if self.kind == "choice" and not self.choices:
            raise ValueError(f"Column {self.key!r} offers no choices.")
        if self.usual is not None and (self.kind != "number" or self.usual[0] > self.usual[1]):
            raise ValueError(f"Column {self.key!r} has no such usual range.")


@dataclass(frozen=True)
class RowMark:
    """A sign beside a row's heading: filled and coloured, or hollow, with a short text.

    `description` says in words what it means, to a screen reader and under the pointer.
    """

    is_filled: bool
    text: str
    description: str


@dataclass(frozen=True)
class Row:
    """One row: its heading, a smaller second part, and a flag in words ("Not included in data").

    A `mark` stands beside them.
    """

    key: str
    label: str
    sublabel: str = ""
    flag: str = ""
    mark: RowMark | None = None


@dataclass(frozen=True)
class Cell:
    """The stored value of a cell; None is blank.

    `colour` overrides the column's own colours. A `locked` cell is for reading only, whatever its
    column.
    """

    value: str | None
    version: int = 0
    colour: str | None = None
    locked: bool = False

    def __post_init__(self) -> None:
        _require_colour(self.colour)


@dataclass(frozen=True)
class FootCell:
    """One figure of the foot, ready to read; `description` says in words what it counts.

    `share`, from 0 to 1, is what its bar shows; without it there is no bar.
    """

    text: str
    description: str = ""
    share: float | None = None

    def __post_init__(self) -> None:
        if self.share is not None and not 0 <= self.share <= 1:
            raise ValueError("A share must be from 0 to 1.")


@dataclass(frozen=True)
class FootRow:
    """One line of the foot; `cells` is by column key, columns left out stay empty.

    `tone`, a palette name, is the colour of its bars; "" is a neutral one.
    """

    key: str
    label: str
    cells: Mapping[str, FootCell]
    description: str = ""
    tone: str = ""

    def __post_init__(self) -> None:
        _require_colour(self.tone or None)


@dataclass(frozen=True)
class Change:
    """A value someone entered over `version` of the cell; None clears it.

    With `recolour` the cell takes `colour` as well (None is automatic again); without it the
    stored colour stays.
    """

    row: str
    column: str
    value: str | None
    version: int
    colour: str | None = None
    recolour: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of one change.

    saved: `value` and `version` are what is stored now. refused: `reason` says why; `value` and
    `version` are still the stored ones. conflict: someone else was first; `theirs` is the stored
    value and `version` its version. unsaved: it may work later, the browser tries again. `colour`
    is the colour stored now, for saved and conflict; it is heeded in `colourable` columns only.
    """

    row: str
    column: str
    status: Status
    value: str | None
    version: int
    reason: str = ""
    theirs: str | None = None
    colour: str | None = None

    def __post_init__(self) -> None:
        _require_colour(self.colour)


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


@dataclass(frozen=True)
class PastEntry:
    """What a cell held once: its value, how that reads, its colour, who entered it and when."""

    value: str | None
    text: str
    colour: str | None
    who: str
    when: str

    def __post_init__(self) -> None:
        _require_colour(self.colour)


@dataclass(frozen=True)
class Layout:
    """How a person wants the table: their own widths in pixels by column key, and foot bars."""

    widths: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    bars: bool = False


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


def _require_colour(colour: str | None) -> None:
    if colour is not None and colour not in PALETTE:
        raise ValueError(f"Colour {colour!r} is not in the palette.")


def refuse_repeated_keys(kind: str, keys: Iterable[str]) -> None:
    """Raise ValueError when a key comes twice."""
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise ValueError(f"Two {kind}s share the key {key!r}.")
        seen.add(key)
