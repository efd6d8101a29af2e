"""CSV files as schools have them: saved by Excel, in several encodings and with semicolons."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Callable, Iterator
from itertools import islice

from pupiltrack_core.domain.formula_text import with_formula
from pupiltrack_core.errors import ImportFileError, ImportProblem
from pupiltrack_core.interchange.sheets import (
    MAX_COLUMNS,
    MAX_ROWS,
    Cell,
    Sheet,
    SheetRow,
    refusal,
    too_many_rows,
)

MAX_TEXT_BYTES = 5_000_000
MAX_LINE_LENGTH = 50_000
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_SAVE_AS = 'In Excel choose "Save as" and the type "CSV UTF-8 (Comma delimited)".'


def read_text_file(
    content: bytes,
    file_name: str,
    *,
    known_headings: Callable[[list[str]], int],
    rows_looked_at: int = 1,
    most_rows: int = MAX_ROWS,
) -> Sheet:
    """Return the rows of a CSV file, which may have `most_rows` of pupils.

    `known_headings` counts the headings of a row that mean something; the delimiter under which
    one of the first `rows_looked_at` rows has most of them is taken, a comma when they are equal.
    An apostrophe that only keeps a formula from being run is taken off. UTF-8, with or without a
    byte order mark, is read as it is; Windows-1252 is read with a warning. Raises ImportFileError
    when the text cannot be decoded or a quotation mark is never closed.
    """
    if len(content) > MAX_TEXT_BYTES:
        raise refusal(
            file_name, f"The file is larger than {MAX_TEXT_BYTES // 1_000_000} MB for CSV."
        )
    text, guessed = _decode(content, file_name)
    text, declared = _declared_delimiter(text)
    delimiter = declared or _likely_delimiter(text, known_headings, rows_looked_at)
    warnings = []
    if guessed:
        warnings.append(
            "The file is not UTF-8; it was read as Windows-1252, as Excel saves a plain CSV file. "
            "Check every name with an accent before you accept."
        )
    if delimiter != ",":
        warnings.append(
            f"The file is separated by {_DELIMITERS[delimiter]} instead of commas. "
            "It was read that way."
        )
    rows = tuple(_records(text, delimiter, file_name, most_rows))
    return Sheet(rows=rows, warnings=tuple(warnings), check_accents=guessed)


def _decode(content: bytes, file_name: str) -> tuple[str, bool]:
    if content.startswith(_UTF16_MARKS):
        raise refusal(file_name, f"The file is saved as Unicode text (UTF-16). {_SAVE_AS}")
    if b"\x00" in content:
        raise refusal(file_name, f"The file is not a CSV file: it holds binary data. {_SAVE_AS}")
    try:
        return content.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252"), True
    except UnicodeDecodeError as error:
        raise refusal(
            file_name, f"The file is in an encoding that cannot be read. {_SAVE_AS}"
        ) from error


def _declared_delimiter(text: str) -> tuple[str, str | None]:
    """Excel writes "sep=;" as a first line that it does not show as a row."""
    first, _, rest = text.partition("\n")
    declaration = first.strip(' \r"').lower()
    if len(declaration) == 5 and declaration.startswith("sep=") and declaration[4] in _DELIMITERS:
        return rest, declaration[4]
    return text, None


def _likely_delimiter(
    text: str, known_headings: Callable[[list[str]], int], rows_looked_at: int
) -> str:
    start = text.lstrip()[:MAX_LINE_LENGTH]
    scores = {}
    for delimiter in _DELIMITERS:
        reader = csv.reader(io.StringIO(start, newline=""), delimiter=delimiter)
        scores[delimiter] = max(
            (known_headings(row[:MAX_COLUMNS]) for row in _first(reader, rows_looked_at)), default=0
        )
    return max(scores, key=lambda delimiter: scores[delimiter])


def _first(reader: Iterator[list[str]], number: int) -> list[list[str]]:
    """The first rows, as far as they can be read."""
    rows: list[list[str]] = []
    with contextlib.suppress(csv.Error):
        rows.extend(islice(reader, number))
    return rows


def _records(text: str, delimiter: str, file_name: str, most_rows: int) -> Iterator[SheetRow]:
    """Yield the rows that hold something. A quoted line break does not count as a row."""
    reader = csv.reader(_lines(text, file_name), delimiter=delimiter, strict=True)
    number = found = 0
    try:
        for number, record in enumerate(reader, start=1):
            cells = tuple(Cell(with_formula(value.strip())) for value in record)
            if not any(cell.text for cell in cells):
                continue
            if len(cells) > MAX_COLUMNS:
                raise _too_many_columns(file_name, number)
            found += 1
            if found > most_rows + 1:
                raise too_many_rows(file_name, most_rows)
            yield SheetRow(number, cells)
    except csv.Error as error:
        raise refusal(
            file_name,
            f"The file cannot be read past row {number}: a quotation mark is opened and not "
            'closed, or a cell is far too long. Write " inside a name as "".',
            row=number + 1,
        ) from error


def _lines(text: str, file_name: str) -> Iterator[str]:
    for line in io.StringIO(text, newline=""):
        if len(line) > MAX_LINE_LENGTH:
            raise refusal(file_name, "The file has a line far too long for a table of pupils.")
        yield line


def _too_many_columns(file_name: str, row: int) -> ImportFileError:
    reason = f"Row {row} has more than {MAX_COLUMNS} columns; the template has eleven."
    problem = ImportProblem(file=file_name, row=row, column=None, value=None, reason=reason)
    return ImportFileError(f"{reason} Nothing was imported.", (problem,))
