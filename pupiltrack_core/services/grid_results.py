"""Statutory results as columns of the grid: which a year group has, and which a school enters.

Official results are read-only. A school enters what nobody collects, the scaled scores of the key
stage 1 tests, and a good level of development for a child for whom no official one is held.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pupiltrack_core.domain.statutory import (
    MTC_MAX,
    PHONICS_MAX,
    Collection,
    Sitting,
    codes_for,
    measure_label,
    phonics_sittings,
    phonics_threshold,
    result_text,
)
from pupiltrack_core.storage.cells import CellKey, StoredCell

READ_SCORE, MATH_SCORE, GLD = "READ_SCORE", "MATH_SCORE", "GLD"
# Tests were scaled from 80 to 120; 79 is what schools note for "below the range of the test".
KS1_SCORES = range(79, 121)
KS1_USUAL = (85, 115)
READ_ONLY = "This result is official and cannot be changed here. Nothing was changed."
_PREFIX = "result"
_NOT_A_SCORE = f"Enter a whole number from {KS1_SCORES.start} to {KS1_SCORES.stop - 1}."
_NOT_A_GLD = "Choose Yes, No or Not assessed, or leave it blank."
_SCORE_OF = {READ_SCORE: "READ", MATH_SCORE: "MATH"}
_SITTINGS = {
    Sitting.YEAR_1: "Year 1",
    Sitting.AUTUMN: "Year 2, autumn",
    Sitting.YEAR_2: "Year 2",
}


class ResultKind(StrEnum):
    """What a column of results holds."""

    SHOWN = "shown"  # words of an official result, for reading only
    GLD = "gld"
    SCORE = "score"


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column of results: `group` stands above its `title`; `description` says what is in it."""

    key: str
    group: str
    title: str
    kind: ResultKind
    description: str


@dataclass(frozen=True, slots=True)
class ResultCell:
    """What a cell holds: a code, score or words, its version (0 for official ones), if locked."""

    value: str | None
    version: int = 0
    is_locked: bool = False


def result_key(collection: Collection | str, measure: str) -> str:
    """Return the key of a column, as it travels to the page and back."""
    return f"{_PREFIX}:{collection}:{measure}"


_GLD_KEY = result_key(Collection.EYFSP, GLD)
_ENTERED: dict[str, tuple[Collection, str]] = {
    _GLD_KEY: (Collection.EYFSP, GLD),
    result_key(Collection.KS1, READ_SCORE): (Collection.KS1, READ_SCORE),
    result_key(Collection.KS1, MATH_SCORE): (Collection.KS1, MATH_SCORE),
}


def is_result(key: str) -> bool:
    """Whether a column key is one of results."""
    return key.startswith(f"{_PREFIX}:")


def entered_result(key: str) -> tuple[Collection, str] | None:
    """Return the collection and measure of a column a school enters; None for any other key."""
    return _ENTERED.get(key)


def read_result(key: str, value: str | None) -> str | None:
    """Return what is stored of an entry, None for a blank; raise ValueError saying what is allowed.

    For keys of `entered_result` only.
    """
    if value is not None and not isinstance(value, str):
        raise ValueError("Only text can be entered.")
    tidy = (value or "").strip()
    if not tidy:
        return None
    if key == _GLD_KEY:
        if tidy not in {code for code, _ in gld_choices()}:
            raise ValueError(_NOT_A_GLD)
        return tidy
    if not (tidy.isascii() and tidy.isdigit() and len(tidy) <= 3 and int(tidy) in KS1_SCORES):
        raise ValueError(_NOT_A_SCORE)
    return str(int(tidy))


def gld_choices() -> tuple[tuple[str, str], ...]:
    """Return the codes of a good level of development with the words people see."""
    codes = {code.code: code.label for code in codes_for(Collection.EYFSP, GLD, 2022)}
    return tuple((code, codes[code]) for code in ("Y", "N", "A"))


def result_columns(year_group: int, academic_year: int) -> tuple[ResultColumn, ...]:
    """Return the columns a year group has in an academic year, the earliest taken first.

    What was not statutory in the year the group was due to take it has no column, but for the
    scaled scores of key stage 1: the tests can still be had, and schools go on using them.
    """
    ending = {taken: academic_year + 1 - (year_group - taken) for taken in range(year_group + 1)}
    columns = [_gld_column()]
    for taken in (1, 2):
        if taken in ending:
            columns += [
                _phonics_column(sitting, ending[taken])
                for sitting in phonics_sittings(taken, ending[taken])
            ]
    if 2 in ending:
        columns += _key_stage_1_columns(ending[2])
    if 4 in ending and Collection.MTC.was_taken(ending[4]):
        columns.append(
            _shown(
                Collection.MTC,
                "MARK",
                group="MTC",
                title=f"Mark ({MTC_MAX})",
                description=f"Multiplication tables check: mark out of {MTC_MAX}",
            )
        )
    if 6 in ending and Collection.KS2.was_taken(ending[6]):
        columns += _key_stage_2_columns()
    return tuple(columns)


def result_cells(
    official: Iterable[Any], entered: Mapping[CellKey, StoredCell]
) -> dict[tuple[int, str], ResultCell]:
    """Return the cells of pupils by (pupil id, column key).

    `official` has rows of pupil_id, collection, ending_year, sitting, measure, value and code; of
    several years the last counts. `entered` is what the school entered. An official good level of
    development stands before an entered one, and is locked.
    """
    cells: dict[tuple[int, str], ResultCell] = {}
    for place, stored in entered.items():
        column = f"{_PREFIX}:{place.subject}"
        cells[place.pupil_id, column] = ResultCell(stored.value, stored.version)
    marks: dict[tuple[int, str], int] = {}
    by_year = sorted(official, key=lambda row: row.ending_year)
    for row in by_year:
        if row.collection == Collection.PHONICS and row.measure == "MARK":
            marks[row.pupil_id, row.sitting] = row.value
    for row in by_year:
        shown = _shown_result(row, marks)
        if shown is not None:
            key, text = shown
            cells[row.pupil_id, key] = ResultCell(text, is_locked=True)
    return cells


def _shown_result(row: Any, marks: Mapping[tuple[int, str], int]) -> tuple[str, str] | None:
    """Return the column key and the words of one official result; None for one not shown."""
    collection = Collection(row.collection)
    if collection is Collection.EYFSP:
        return (_GLD_KEY, row.code) if row.measure == GLD else None
    if collection is Collection.PHONICS:
        if row.measure != "OUTCOME":
            return None
        words = {"Wa": "met", "Wt": "not met"}.get(row.code)
        mark = marks.get((row.pupil_id, row.sitting))
        if words is None or mark is None:
            text = result_text(collection, code=row.code, value=None)
        else:
            text = f"{mark}, {words}"
        return result_key(collection, row.sitting), text
    if row.value is not None:
        return result_key(collection, row.measure), str(row.value)
    return result_key(collection, row.measure), str(row.code)


def _shown(
    collection: Collection, measure: str, *, group: str, title: str, description: str
) -> ResultColumn:
    return ResultColumn(
        result_key(collection, measure), group, title, ResultKind.SHOWN, description
    )


def _gld_column() -> ResultColumn:
    return ResultColumn(
        _GLD_KEY,
        "Early years",
        GLD,
        ResultKind.GLD,
        "Good level of development at the end of Reception; what is official is for reading only",
    )


def _phonics_column(sitting: Sitting, ending_year: int) -> ResultColumn:
    threshold = phonics_threshold(ending_year)
    return _shown(
        Collection.PHONICS,
        sitting,
        group="Phonics screening check",
        title=f"{_SITTINGS[sitting]} ({threshold})",
        description=(
            f"Phonics screening check, {_SITTINGS[sitting]}: mark out of {PHONICS_MAX}; "
            f"{threshold} meets the standard"
        ),
    )


def _key_stage_1_columns(ending_year: int) -> list[ResultColumn]:
    was_taken = Collection.KS1.was_taken(ending_year)
    group = "Key stage 1" if was_taken else "KS1 (optional tests)"
    columns: list[ResultColumn] = []
    for measure in Collection.KS1.measures:
        label = measure_label(measure)
        if was_taken:
            columns.append(
                _shown(
                    Collection.KS1,
                    measure,
                    group=group,
                    title=label,
                    description=f"Key stage 1 {label.lower()}: teacher assessment",
                )
            )
        score = next((key for key, of in _SCORE_OF.items() if of == measure), None)
        if score is not None:
            columns.append(
                ResultColumn(
                    result_key(Collection.KS1, score),
                    group,
                    f"{label} score",
                    ResultKind.SCORE,
                    f"Key stage 1 {label.lower()} test: scaled score, "
                    f"{KS1_SCORES.start} to {KS1_SCORES.stop - 1}",
                )
            )
    return columns


def _key_stage_2_columns() -> list[ResultColumn]:
    return [
        _shown(
            Collection.KS2,
            measure,
            group="Key stage 2",
            title="GPS" if measure == "GPS" else measure_label(measure),
            description=(
                f"Key stage 2 {measure_label(measure).lower()}: "
                + (
                    "teacher assessment"
                    if measure in ("WRIT", "SCIE")
                    else "scaled score, or why none"
                )
            ),
        )
        for measure in Collection.KS2.measures
    ]
