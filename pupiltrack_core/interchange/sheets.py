"""What every import file becomes before it is understood: rows of cells, numbered as in Excel."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from pupiltrack_core.errors import ImportFileError, ImportProblem

MAX_ROWS = 5_000  # a large primary school has about 1,000 pupils
MAX_COLUMNS = 100
MAX_CELL_LENGTH = 500
SHOWN_LENGTH = 200
# Characters that turn the writing direction of what follows, and so can make a name read as
# another. Letters that are written from right to left need none of them.
_DIRECTION_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class CellKind(Enum):
    """What a spreadsheet says a cell holds. Every cell of a CSV file is TEXT."""

    TEXT = auto()
    NUMBER = auto()
    BOOLEAN = auto()
    DATE = auto()
    FORMULA = auto()
    ERROR = auto()


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text with outer spaces removed, and the day when it is a real date.

    Where a cell was translated or taken out of another, `written` is what the file has; `fault`
    says why nothing could be made of it.
    """

    text: str
    kind: CellKind = CellKind.TEXT
    day: date | None = None
    written: str = ""
    fault: str = ""

    @property
    def as_in_file(self) -> str:
        """The text a person finds in the file."""
        return self.written or self.text


BLANK = Cell("")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row with something in it; `number` is the one the spreadsheet shows beside it."""

    number: int
    cells: tuple[Cell, ...]

    def cell(self, position: int) -> Cell:
        """The cell at `position`, counted from 0; blank where the row is shorter."""
        return self.cells[position] if position < len(self.cells) else BLANK


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's rows, blank ones left out, the headings first; warnings concern the whole file.

    `check_accents` says the encoding was guessed, so accented names need a person's eye.
    """

    rows: tuple[SheetRow, ...]
    warnings: tuple[str, ...] = ()
    check_accents: bool = False


def refusal(file_name: str, *reasons: str, row: int | None = None) -> ImportFileError:
    """Return the error that says why a whole file cannot be read, one problem for each reason."""
    problems = tuple(
        ImportProblem(file=file_name, row=row, column=None, value=None, reason=reason)
        for reason in reasons
    )
    return ImportFileError(f"{' '.join(reasons)} Nothing was imported.", problems)


def too_many_rows(file_name: str, most_rows: int = MAX_ROWS) -> ImportFileError:
    """Return the refusal of a file with more than `most_rows` pupils."""
    advice = "Import one school at a time, and split the file if it is one school."
    if most_rows != MAX_ROWS:
        advice = "Split it into several files of whole schools."
    return refusal(file_name, f"The file has more than {most_rows:,} rows of pupils. {advice}")


def is_control(character: str) -> bool:
    """Whether a character steers a machine or the direction of writing instead of being read."""
    return (
        unicodedata.category(character) in ("Cc", "Cs", "Co", "Zl", "Zp")
        or character in _DIRECTION_OVERRIDES
    )


def shown(text: str) -> str:
    """Return a cell's text fit to be shown: shortened, control characters made visible."""
    visible = "".join("\ufffd" if is_control(character) else character for character in text)
    return visible if len(visible) <= SHOWN_LENGTH else visible[: SHOWN_LENGTH - 1] + "…"
