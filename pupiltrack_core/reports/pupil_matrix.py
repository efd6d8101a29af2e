"""The pupil matrix as a document: the primary set, earlier results, the layers with differences."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from pupiltrack_core.charts.outcome_bars import plot_outcome_bars
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.subjects import subject_label
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.reports import matrix_words as words
from pupiltrack_core.reports.documents import (
    Block,
    Document,
    Heading,
    Paragraph,
    Picture,
    Printed,
    Table,
)
from pupiltrack_core.reports.figure_words import (
    HOW_WITHHELD,
    Line,
    figure_words,
    is_withheld,
    outcome_words,
    pupils_words,
    told_lines,
)
from pupiltrack_core.reports.full_report import full_name
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.services.group_names import SCHOOL_NAME
from pupiltrack_core.services.pupil_matrix import DataSet, PupilMatrix, ResultTable
from pupiltrack_core.services.reports import describe_assessments, left_out_words

Names = tuple[str, pd.DataFrame]  # what a figure counts, and its pupils
_BARS = 0.56  # of the page's width


def matrix_document(
    matrix: PupilMatrix, *, printed: Printed, names: Names | None = None
) -> Document:
    """Return the document of a matrix; the pupils of `names` follow it, in the order given."""
    primary = matrix.primary
    blocks: list[Block] = [
        Heading("Primary set"),
        *_set_blocks(primary, matrix),
    ]
    for table in matrix.results:
        blocks.extend(result_blocks(table, primary))
    for number, layer in enumerate(matrix.layers, start=1):
        blocks.append(Heading(words.set_title(layer, number=number, primary=primary)))
        blocks.extend(_set_blocks(layer, matrix, number=number))
    blocks.append(Paragraph(words.HOW_COUNTED))
    if any(is_withheld(one.summary) for one in matrix.sets):
        blocks.append(Paragraph(HOW_WITHHELD))
    if matrix.wording.legend:
        blocks.append(Paragraph(matrix.wording.legend))
    if names is not None:
        blocks.extend(_name_blocks(names, matrix))
    return Document(
        title=words.TITLE,
        place=primary.place,
        description=primary.description,
        printed=printed,
        blocks=tuple(blocks),
        contains_names=names is not None,
    )


def set_table(one: DataSet, matrix: PupilMatrix, *, number: int = 0) -> Table:
    """Return a data set as a table: a row per outcome, a column per subject.

    In a layer, which has a `number`, the difference from the primary set stands under a figure.
    """
    lines = words.lines_of(one)
    base = words.lines_of(matrix.primary) if number else {}
    rows = [
        (
            matrix.wording.row_label(row),
            *(_figure(line, base.get(subject), row) for subject, line in lines.items()),
        )
        for row in words.ROWS
    ]
    rows.append(("Pupils", *(pupils_words(line) for line in lines.values())))
    what = "Numbers and percentages of pupils"
    if number:
        what += ", and how far each is from the primary set"
    return Table(
        caption=what,
        head=("Outcome", *(subject_label(subject) for subject in lines)),
        rows=tuple(rows),
        weights=(1.3, *(1.2,) * len(lines)),
    )


def _set_blocks(one: DataSet, matrix: PupilMatrix, *, number: int = 0) -> Iterable[Block]:
    if one.trouble:
        yield Paragraph(f"No figures: {one.trouble}", is_notice=True)
        return
    # What is said of the set stands under its table, so that the heading stays with the table.
    yield set_table(one, matrix, number=number)
    if words.is_of_nobody(one):
        yield Paragraph(words.NOBODY, is_notice=True)
    left_out = left_out_words(one.not_included)
    if left_out:
        yield Paragraph(left_out, is_notice=True)
    if one.assessments:
        yield Paragraph(describe_assessments(one.assessments))
    told = told_lines(one.summary)
    if not told.empty:
        chart = plot_outcome_bars(
            told,
            title=one.description,
            wording=matrix.wording,
            id_prefix=f"set-{number}-",
            is_narrow=True,
        )
        yield Picture.of(chart, width=_BARS)


def _figure(line: Line, base: Line | None, row: SummaryRow) -> str:
    text = figure_words(line, row)
    note = words.difference_words(words.difference_of(line, base, row))
    return f"{text}\n{note}" if note else text


def result_blocks(table: ResultTable, primary: DataSet) -> Iterable[Block]:
    """Yield a table of earlier results of the primary set under its heading, and its note."""
    title = words.TABLE_TITLES[table.collection]
    yield Heading(title, level=3)
    measures = words.measures_in(table)
    if measures:
        yield Table(
            caption=f"{title}: numbers and percentages",
            head=("Result", *(label for _, label in measures)),
            rows=tuple(
                (
                    words.label_of_result(table, result),
                    *(words.result_words(table, measure, result) for measure, _ in measures),
                )
                for result in words.results_in_order(table)
            ),
            weights=(2.4, *(1.0,) * len(measures)),
        )
    yield Paragraph(words.note_of_results(table, primary.selection.academic_year))


def _name_blocks(names: Names, matrix: PupilMatrix) -> Iterable[Block]:
    what, pupils = names
    yield Heading("Pupils behind a figure", starts_page=True)
    has_place = SCHOOL_NAME in pupils.columns
    subjects = columns.subjects_of(pupils)
    yield Table(
        caption=f"{what}: {len(pupils)} {'pupil' if len(pupils) == 1 else 'pupils'}",
        head=(
            "Pupil",
            *(("School",) if has_place else ()),
            "Year",
            "Class",
            *(subject_label(subject) for subject in subjects),
        ),
        rows=tuple(
            (
                full_name(pupil[columns.SURNAME], pupil[columns.FORENAMES]),
                *((str(pupil[SCHOOL_NAME]),) if has_place else ()),
                LABELS[int(pupil[columns.YEAR_GROUP])],
                "" if pd.isna(pupil[columns.CLASS_NAME]) else str(pupil[columns.CLASS_NAME]),
                *(outcome_words(pupil[subject], matrix.wording) for subject in subjects),
            )
            for pupil in pupils.to_dict("records")
        ),
        is_numeric=False,
    )
