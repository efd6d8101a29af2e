"""What a pupil matrix shows of one data set: its table, its bars, and what must be said of it."""

from __future__ import annotations

from typing import Any

import ipywidgets

from pupiltrack_core.charts.outcome_bars import plot_outcome_bars
from pupiltrack_core.domain.judgement_wording import JudgementWording
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import percentage
from pupiltrack_core.domain.subjects import subject_label
from pupiltrack_core.reports import matrix_words as words
from pupiltrack_core.reports.figure_words import (
    HOW_WITHHELD,
    Line,
    figure_of,
    figure_words,
    is_withheld,
    pupils_words,
    told_lines,
)
from pupiltrack_core.schemas import summaries
from pupiltrack_core.services.pupil_matrix import DataSet
from pupiltrack_portal.pages.names_list import NamesList
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.drawing import Drawing
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow

PUPILS = "pupils"
_LEAST_WIDTH = 300  # of the bars beside the table


class SetPart:
    """The table and the bars of a data set, and the pupils behind one of its figures."""

    def __init__(self, *, id_prefix: str) -> None:
        self._id_prefix = id_prefix
        self._about = prose.Prose()
        self.table = FiguresTable()
        self._bars = Drawing(least_width=_LEAST_WIDTH)
        self.names = NamesList()
        self._pair = ipywidgets.HBox([self.table, self._bars])
        self._pair.add_class("pt-pair")
        self._pair.add_class("pt-matrix-set")
        self.widget = ipywidgets.VBox([self._about, self._pair, self.names.widget])
        self.widget.add_class("pt-stack")
        self.widget.add_class("pt-dense")

    def show(
        self,
        one: DataSet,
        *,
        wording: JudgementWording,
        title: str,
        primary: DataSet | None = None,
    ) -> None:
        """Show a data set; with `primary` the differences from it stand under the figures."""
        self.names.clear()
        self._about.show(*_about(one))
        has_figures = not one.trouble
        wanted: tuple[ipywidgets.Widget, ...] = (self._pair,) if has_figures else ()
        self.widget.children = (self._about, *wanted, self.names.widget)
        if not has_figures:
            self.table.show(caption="", row_heading="", columns=(), rows=())
            return
        lines, base = words.lines_of(one), {} if primary is None else words.lines_of(primary)
        self.table.show(
            caption=title,
            row_heading="Outcome",
            columns=[
                TableColumn(subject, subject_label(subject), numeric=True) for subject in lines
            ],
            rows=[
                *(_row(row, lines, base, one, wording) for row in words.ROWS),
                TableRow(
                    PUPILS,
                    TableCell("Pupils"),
                    tuple(TableCell(pupils_words(line)) for line in lines.values()),
                ),
            ],
        )
        chart = plot_outcome_bars(
            told_lines(one.summary),
            title=one.description,
            wording=wording,
            id_prefix=self._id_prefix,
            is_narrow=True,
        )
        self._bars.show(chart.svg, name=f"Bars, {one.description}", caption="")

    def mark_pressed(self, subject: str, row: str) -> None:
        """Show one figure as pressed; empty keys show none."""
        self.table.mark_pressed(row, subject)


def _about(one: DataSet) -> list[dict[str, Any]]:
    if one.trouble:
        return [prose.text(f"No figures: {one.trouble}")]
    told = words.set_notes(one)
    if is_withheld(one.summary):
        told.append(HOW_WITHHELD)
    small = " ".join(told)
    return [prose.small(small)] if small else []


def _row(
    row: SummaryRow,
    lines: dict[str, Line],
    base: dict[str, Line],
    one: DataSet,
    wording: JudgementWording,
) -> TableRow:
    label = wording.row_label(row)
    cells = tuple(
        _cell(
            line,
            row,
            note=words.difference_words(words.difference_of(line, base.get(subject), row)),
            spoken=f"{subject_label(subject)}, {label}",
            has_names=one.may_see_names,
        )
        for subject, line in lines.items()
    )
    return TableRow(row.value, TableCell(label), cells)


def _cell(line: Line, row: SummaryRow, *, note: str, spoken: str, has_names: bool) -> TableCell:
    count, text = figure_of(line, row), figure_words(line, row)
    if count is None:
        return TableCell(text)
    # A bar between a figure and its difference would be one line too many.
    share = None if note else percentage(count, int(str(line[summaries.PUPILS])))
    return TableCell(
        text,
        press=f"{text}, {spoken}: show the pupils" if has_names and count else "",
        share=None if share is None else float(share),
        note=note,
    )
