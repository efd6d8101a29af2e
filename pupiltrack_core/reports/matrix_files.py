"""The pupil matrix as a PDF and as a workbook; that it was taken out is in the audit first."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from pupiltrack_core.calc import result_figures as results
from pupiltrack_core.charts.judgement_colours import JUDGEMENT_COLOURS
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.subjects import RWM, subject_label
from pupiltrack_core.reports import matrix_words as words
from pupiltrack_core.reports.documents import Printed
from pupiltrack_core.reports.figure_values import (
    BLANK,
    WHOLE_BARS,
    figure_values,
    pupils_value,
    share_value,
)
from pupiltrack_core.reports.figure_words import HOW_WITHHELD, WITHHELD, is_withheld
from pupiltrack_core.reports.figure_workbook import (
    Bars,
    FigureSheet,
    SheetTable,
    Value,
    WorkbookText,
    write_figure_workbook,
)
from pupiltrack_core.reports.letterhead import printed_for
from pupiltrack_core.reports.pupil_matrix import Names, matrix_document
from pupiltrack_core.reports.typesetter import typeset
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.pupil_matrix import (
    WHAT,
    PupilMatrix,
    ResultTable,
    note_matrix_export,
)

_PERCENT = "%"
_LEVELS = {
    SummaryRow.BELOW: JUDGEMENT_COLOURS[Judgement.BELOW],
    SummaryRow.TOWARDS: JUDGEMENT_COLOURS[Judgement.TOWARDS],
    SummaryRow.ON_TRACK: JUDGEMENT_COLOURS[Judgement.ON_TRACK],
    SummaryRow.DEEPER: JUDGEMENT_COLOURS[Judgement.DEEPER],
    SummaryRow.NO_DATA: BLANK,
}
_HOW_COUNTED = (
    "Percentages are of all the pupils of the data set whose data are included. Differences are "
    "from the primary set, in percentage points and in pupils."
)
_SHEET_OF_RWM = "All three"


def matrix_pdf(
    caller: Caller, matrix: PupilMatrix, *, names: Names | None = None, publish: bool = False
) -> bytes:
    """Return the matrix as a PDF, with the pupils of `names` after it.

    With `publish` small figures are withheld. Raises as `services.pupil_matrix`.
    """
    told = matrix.to_publish() if publish else matrix
    note = note_matrix_export(caller, told, with_names=names is not None)
    printed = printed_for(caller, note, _school_of(told))
    return typeset(matrix_document(told, printed=printed, names=names))


def matrix_workbook(caller: Caller, matrix: PupilMatrix, *, publish: bool = False) -> bytes:
    """Return the matrix as an XLSX file; see `write_matrix_workbook`, and `matrix_pdf`."""
    told = matrix.to_publish() if publish else matrix
    note = note_matrix_export(caller, told, what=f"{WHAT} as a workbook")
    return write_matrix_workbook(told, printed=printed_for(caller, note, _school_of(told)))


def write_matrix_workbook(matrix: PupilMatrix, *, printed: Printed) -> bytes:
    """Return the XLSX file of a matrix.

    A sheet for each subject, a row per data set with counts and shares, and bars; "Figures" with a
    row per figure, for filters, with the differences from the primary set; "Earlier results".
    A figure that is withheld is "c".
    """
    sheets = [_subject_sheet(matrix, subject) for subject in words.lines_of(matrix.primary)]
    sheets.append(FigureSheet("Figures", (_figures_table(matrix),), _notes(matrix)))
    earlier = [_result_sheet_table(table) for table in matrix.results if table.year_groups]
    if earlier:
        sheets.append(
            FigureSheet(
                "Earlier results",
                tuple(earlier),
                tuple(
                    words.note_of_results(table, matrix.primary.selection.academic_year)
                    for table in matrix.results
                ),
            )
        )
    primary = matrix.primary
    text = WorkbookText(words.TITLE, primary.place, primary.description, printed)
    return write_figure_workbook(text, sheets)


def _school_of(matrix: PupilMatrix) -> int | None:
    return matrix.primary.selection.school_id


def _names_of_sets(matrix: PupilMatrix) -> list[str]:
    layers = enumerate(matrix.layers, start=1)
    return ["Primary set", *(f"Layer {number}" for number, _ in layers)]


def _notes(matrix: PupilMatrix) -> tuple[str, ...]:
    notes = [_HOW_COUNTED]
    notes += [
        f"{name}: {told}"
        for name, one in zip(_names_of_sets(matrix), matrix.sets, strict=True)
        if (told := one.trouble or " ".join(words.set_notes(one)))
    ]
    if any(is_withheld(one.summary) for one in matrix.sets):
        notes.append(HOW_WITHHELD)
    if matrix.wording.legend:
        notes.append(matrix.wording.legend)
    return tuple(notes)


def _subject_sheet(matrix: PupilMatrix, subject: str) -> FigureSheet:
    labels = [matrix.wording.row_label(row) for row in words.ROWS]
    rows: list[tuple[Value, ...]] = []
    for name, one in zip(_names_of_sets(matrix), matrix.sets, strict=True):
        line = words.lines_of(one).get(subject)
        head = f"{name}: {one.description}"
        if line is None:
            rows.append((head, *(None,) * (2 * len(words.ROWS) + 1)))
            continue
        counts, shares = zip(*(figure_values(line, row) for row in words.ROWS), strict=True)
        rows.append((head, *counts, pupils_value(line), *shares))
    label = subject_label(subject)
    table = SheetTable(
        f"{label}: numbers and percentages of pupils",
        (
            "Data set",
            *labels,
            "Pupils",
            *(f"{words_of_row} {_PERCENT}" for words_of_row in labels),
        ),
        tuple(rows),
        _bars(subject),
    )
    return FigureSheet(_SHEET_OF_RWM if subject == RWM else label, (table,))


def _bars(subject: str) -> Bars:
    parts = WHOLE_BARS if subject == RWM else _LEVELS
    return Bars(
        columns=tuple(1 + words.ROWS.index(row) for row in parts),
        colours=tuple(parts.values()),
    )


def _figures_table(matrix: PupilMatrix) -> SheetTable:
    return SheetTable(
        "Every figure of the matrix",
        (
            "Data set",
            "Place",
            "Cohort",
            "Subject",
            "Outcome",
            "Number",
            "Percentage",
            "Of",
            "Difference in percentage points",
            "Difference in pupils",
        ),
        tuple(_figure_rows(matrix)),
        is_wide=True,
    )


def _figure_rows(matrix: PupilMatrix) -> Iterable[tuple[Value, ...]]:
    base = words.lines_of(matrix.primary)
    for number, (name, one) in enumerate(zip(_names_of_sets(matrix), matrix.sets, strict=True)):
        for subject, line in words.lines_of(one).items():
            for row in words.ROWS:
                found = words.difference_of(line, base.get(subject), row) if number else None
                points = None if found is None or found.points is None else found.points / 100
                yield (
                    name,
                    one.place,
                    one.description,
                    subject_label(subject),
                    matrix.wording.row_label(row),
                    *figure_values(line, row),
                    pupils_value(line),
                    None if points is None else float(points),
                    None if found is None else found.pupils,
                )


def _result_sheet_table(table: ResultTable) -> SheetTable:
    rows: list[tuple[Value, ...]] = []
    for measure, label in words.measures_in(table):
        figures = table.figures[table.figures[results.MEASURE] == measure]
        for result, count, of in figures[[results.RESULT, results.PUPILS, results.OF]].itertuples(
            index=False, name=None
        ):
            hidden = pd.isna(count) or pd.isna(of)
            rows.append(
                (
                    label,
                    words.label_of_result(table, str(result)),
                    WITHHELD if hidden else int(count),
                    WITHHELD if hidden else share_value(int(count), int(of)),
                    WITHHELD if pd.isna(of) else int(of),
                )
            )
    return SheetTable(
        words.TABLE_TITLES[table.collection],
        ("Measure", "Result", "Number", "Percentage", "Of"),
        tuple(rows),
        is_wide=True,
    )
