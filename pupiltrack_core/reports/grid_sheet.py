"""The assessment grid on paper: A4 landscape, filled in or with blank cells to write in by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pupiltrack_core.calc.summary import FootFigure
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.local_time import in_london
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.reports.cell_colours import COLOURS
from pupiltrack_core.reports.documents import FORMAT_VERSION, Printed
from pupiltrack_core.reports.letterhead import printed_for
from pupiltrack_core.reports.shown_columns import (
    CellKind,
    ShownColumn,
    cell_text,
    columns_to_write,
)
from pupiltrack_core.reports.typesetter import GRID_SHEET, typeset
from pupiltrack_core.reports.workbook_sheet import (
    left_out_of,
    pupil_details,
    runs_of,
)
from pupiltrack_core.services.assessment_grid import GridData
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.grid_columns import Kind
from pupiltrack_core.services.grid_figures import (
    FOOT_ROWS,
    ScoreFigures,
    ScoreRow,
    figure_text,
    foot_figures,
    score_figures,
)
from pupiltrack_core.services.reports import describe_school, left_out_words, note_export

WHAT, WHAT_EMPTY = "assessments on paper", "assessments to fill in on paper"
TITLE, TITLE_EMPTY = "Assessments", "Assessments to fill in"
ROOM = 277  # millimetres between the margins of A4 landscape
NAME_WIDTH = 50
LONGEST_TEXT = 160  # of a cell; longer ones would take a page each
_WIDTHS = {
    CellKind.JUDGEMENT: 22,
    CellKind.STATUS: 15,
    CellKind.NUMBER: 13,
    CellKind.TEXT: 34,
    CellKind.FACT: 19,
}
_PHONICS_WIDTH, _WIDEST_TEXT = 21, 70
_MOST_STRETCHED = 1.3
_CUT = "Long texts are cut short here (…); the workbook of the same grid has the whole of them."

# Millimetres: of a page below title and headings, of a row. A class of 30 with its foot fits one
# page when set closely; a longer list breaks in any case.
_PAGE, _CLOSEST, _WIDEST_ROW, _USUAL_ROW, _ROW_BY_HAND = 144, 3.3, 5.8, 4.4, 7.4
_LOGO_ROOM = (34.0, 9.0)  # beside the title, which is no lower for it
_FEW_ROWS = 16  # as many stand below another strip on one page


def grid_sheet_pdf(
    caller: Caller,
    grid: GridData,
    selection: CohortSelection,
    shown: Sequence[ShownColumn] | None = None,
    *,
    is_empty: bool = False,
) -> bytes:
    """Return the grid as a PDF to print, with the columns of `shown` or else every one of it.

    With `is_empty` the cells of assessments are blank, to be written in. Audited, and raises, as
    `reports.workbooks.grid_workbook`.
    """
    what = WHAT_EMPTY if is_empty else WHAT
    note = note_export(caller, selection, what=what, with_names=True)
    school_name, description = describe_school(
        caller, selection, assessments=[item.name for item in grid.assessments]
    )
    sheet = grid_sheet(
        grid,
        shown,
        school_name=school_name,
        description=_with_class(description, grid, selection),
        printed=printed_for(caller, note, selection.school_id),
        is_empty=is_empty,
    )
    return typeset(sheet, template=GRID_SHEET)


def grid_sheet(
    grid: GridData,
    shown: Sequence[ShownColumn] | None = None,
    *,
    school_name: str,
    description: str,
    printed: Printed,
    is_empty: bool = False,
) -> dict[str, Any]:
    """Return what the PDF is made of: plain lists, texts and numbers.

    A strip is as many columns as fit a page beside the names; its rows are the pupils included in
    the data, its foot the figures of these columns.
    """
    columns = columns_to_write(grid, shown)
    if is_empty:
        columns = tuple(column for column in columns if column.kind is not CellKind.STATUS)
    foot = () if is_empty else _foot_of(grid)
    strips = [_strip(grid, strip, foot, is_empty=is_empty) for strip in strips_of(columns) or ((),)]
    _add_captions(strips, len(columns))
    rows = max(len(strip["rows"]) + len(strip["foot"]) for strip in strips)
    day = in_london(printed.at)
    return {
        "version": FORMAT_VERSION,
        "title": TITLE_EMPTY if is_empty else TITLE,
        "place": school_name,
        "description": description,
        "printed": printed.words,
        "printed_at": printed.at.isoformat(),
        "logo": printed.logo.to_json(room=_LOGO_ROOM) if printed.logo else None,
        "date": f"{day.day} {day:%B %Y}",
        "contains_names": True,
        "colours": COLOURS,
        "notes": _notes(grid, strips),
        "name_width": NAME_WIDTH,
        "row_height": _ROW_BY_HAND if is_empty else _row_height(rows),
        "is_fixed": is_empty,
        "is_short": rows <= _FEW_ROWS,
        "strips": strips,
    }


def _with_class(description: str, grid: GridData, selection: CohortSelection) -> str:
    """Return the description with the class all pupils are in, where it was not chosen."""
    names = {class_name for _, (*_, class_name) in pupil_details(grid)}
    if selection.class_name is not None or len(names) != 1 or names == {""}:
        return description
    return f"{description}, class {names.pop()}"


def _row_height(rows: int) -> float:
    """Return the height of a row in millimetres, so that all stand on one page if that can be."""
    if rows * _CLOSEST > _PAGE:
        return _USUAL_ROW
    return min(_PAGE / max(rows, 1), _WIDEST_ROW)


def strips_of(columns: Sequence[ShownColumn]) -> tuple[tuple[ShownColumn, ...], ...]:
    """Return the columns parted into as many as fit beside the names, in their order.

    A group that fits a page is not parted.
    """
    strips: list[list[ShownColumn]] = []
    for first, last, _ in runs_of(column.group for column in columns):
        group = list(columns[first : last + 1])
        if strips and _width([*strips[-1], *group]) <= ROOM - NAME_WIDTH:
            strips[-1] += group
            continue
        strips.append([])
        for column in group:
            if _width([*strips[-1], column]) > ROOM - NAME_WIDTH:
                strips.append([])
            strips[-1].append(column)
    return tuple(tuple(strip) for strip in strips)


def width_of(column: ShownColumn) -> int:
    """Return the least width of a column in millimetres."""
    if f":{Kind.PHONICS}:" in column.key:
        return _PHONICS_WIDTH
    return _WIDTHS[column.kind]


def _width(columns: Iterable[ShownColumn]) -> int:
    return sum(width_of(column) for column in columns)


def _strip(
    grid: GridData,
    columns: Sequence[ShownColumn],
    foot: Iterable[tuple[str, Mapping[str, str]]],
    *,
    is_empty: bool,
) -> dict[str, Any]:
    several = len({class_name for _, (*_, class_name) in pupil_details(grid)}) > 1
    return {
        "columns": [
            {"title": column.title, "width": width}
            for column, width in zip(columns, _widths(columns), strict=True)
        ],
        "groups": [
            {"title": name, "span": last - first + 1}
            for first, last, name in runs_of(column.group for column in columns)
        ],
        "rows": [
            {
                "name": f"{surname}, {forenames}",
                "class": class_name if several else "",
                "cells": [_cell(grid, column, pupil_id, is_empty=is_empty) for column in columns],
            }
            for pupil_id, (surname, forenames, _, class_name) in pupil_details(grid)
        ],
        "foot": [
            {"label": label, "figures": [texts.get(column.key, "") for column in columns]}
            for label, texts in foot
            if any(column.key in texts for column in columns)
        ],
    }


def _widths(columns: Sequence[ShownColumn]) -> list[float]:
    """Return the widths of a strip's columns: what is to spare goes to long texts, or to all."""
    least, room = _width(columns), ROOM - NAME_WIDTH
    texts = sum(column.kind is CellKind.TEXT for column in columns)
    if texts:
        spare = (room - least) / texts
        return [
            min(width_of(column) + spare, _WIDEST_TEXT)
            if column.kind is CellKind.TEXT
            else width_of(column)
            for column in columns
        ]
    stretched = min(room / least, _MOST_STRETCHED) if least else 1
    return [width_of(column) * stretched for column in columns]


def _cell(grid: GridData, column: ShownColumn, pupil_id: int, *, is_empty: bool) -> dict[str, Any]:
    is_text = column.kind is CellKind.TEXT
    if is_empty and column.assessment_id is not None:
        return {"text": "", "colour": "", "is_text": is_text}
    text, colour = cell_text(grid, column, pupil_id)
    words = " ".join((text or "").split())
    if len(words) > LONGEST_TEXT:
        words = f"{words[: LONGEST_TEXT - 1].rstrip()}…"
    return {"text": words, "colour": colour if colour in COLOURS else "", "is_text": is_text}


def _foot_of(grid: GridData) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """Return the rows of the foot: what each says under which column."""
    figures, scores = foot_figures(grid), score_figures(grid)
    return (
        ("Pupils", {key: str(figure.of) for (_, key), figure in figures.items()}),
        *((grid.wording.row_label(row), _texts_of(figures, row)) for row in FOOT_ROWS),
        *((row.label, _score_texts(scores, row)) for row in ScoreRow),
    )


def _texts_of(
    figures: Mapping[tuple[SummaryRow, str], FootFigure], row: SummaryRow
) -> dict[str, str]:
    return {key: figure_text(figure) for (held, key), figure in figures.items() if held is row}


def _score_texts(scores: Mapping[str, ScoreFigures], row: ScoreRow) -> dict[str, str]:
    return {key: found.text(row) for key, found in scores.items()}


def _add_captions(strips: Sequence[dict[str, Any]], columns: int) -> None:
    first = 1
    for strip in strips:
        last = first + len(strip["columns"]) - 1
        pupils = "1 pupil" if len(strip["rows"]) == 1 else f"{len(strip['rows'])} pupils"
        part = "" if len(strips) == 1 else f", columns {first} to {last} of {columns}"
        strip["caption"] = f"{pupils}{part}"
        first = last + 1


def _notes(grid: GridData, strips: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    notes = []
    left_out = left_out_words(left_out_of([grid]))
    if left_out:
        notes.append({"text": left_out, "is_notice": True})
    if grid.wording.legend:
        notes.append({"text": grid.wording.legend, "is_notice": False})
    cut = any(
        cell["text"].endswith("…") and len(cell["text"]) >= LONGEST_TEXT - 1
        for strip in strips
        for row in strip["rows"]
        for cell in row["cells"]
    )
    if cut:
        notes.append({"text": _CUT, "is_notice": False})
    return notes
