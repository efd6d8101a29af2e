"""A table of outcomes by subject and its bars: each in its row, below where there is no room."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ipywidgets
import pandas as pd

from pupiltrack_core.charts.outcome_bars import (
    CAPTION,
    plot_key,
    plot_lone_bars,
    plot_outcome_bars,
)
from pupiltrack_core.domain.judgement_wording import JudgementWording
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.subjects import subject_label
from pupiltrack_core.reports.figure_words import (
    WITHHELD,
    Line,
    lines_by_subject,
    pupils_words,
    told_lines,
)
from pupiltrack_core.schemas import summaries
from pupiltrack_portal.pages.cell_text import is_missing
from pupiltrack_portal.widgets.drawing import Drawing
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow

_ROWS = tuple(SummaryRow)
_PUPILS, _BARS = "pupils", "bars"
_LEAST_WIDTH = 300  # of the chart, which fits a telephone
_BELOW = "pt-bars-below"  # the page's style hides it where the bars stand in their rows


class OutcomeFigures:
    """The table with a key to the bars in its rows, and the chart for where they have no room."""

    def __init__(self) -> None:
        self.table = FiguresTable()
        self._key, self.chart = Drawing(), Drawing(least_width=_LEAST_WIDTH)
        self._key.add_class("pt-key-of-bars")
        self.chart.add_class("pt-bars")
        self.widget = ipywidgets.VBox([self.table])
        self.widget.add_class("pt-stack")

    def show(
        self,
        summary: pd.DataFrame,
        cell_of: Callable[[Line, SummaryRow], TableCell],
        *,
        description: str,
        labels: Mapping[str, str],
        wording: JudgementWording,
        has_room: bool = True,
    ) -> None:
        """Show a SUMMARY, a row per subject; `cell_of` makes the cell of each figure.

        Without `has_room` the figures take the whole width, and the chart always stands below.
        """
        told = told_lines(summary)
        bars = plot_lone_bars(told, wording=wording) if has_room else {}
        columns = [TableColumn(row.value, wording.row_label(row), numeric=True) for row in _ROWS]
        columns.append(TableColumn(_PUPILS, "Pupils", numeric=True))
        if bars:
            columns.append(TableColumn(_BARS, CAPTION, drawn=True))
        rows = []
        for subject, line in lines_by_subject(summary).items():
            cells = [*(cell_of(line, row) for row in _ROWS), _pupils(line)]
            if bars:
                bar = bars.get(subject)
                cells.append(TableCell(WITHHELD) if bar is None else TableCell("", drawing=bar.svg))
            rows.append(TableRow(subject, TableCell(subject_label(subject, labels)), tuple(cells)))
        self.table.show(
            caption="Numbers and percentages of pupils by subject",
            row_heading="Subject",
            columns=columns,
            rows=rows,
            empty="No subject has been assessed for these pupils.",
        )
        chart = plot_outcome_bars(
            told, title=description, labels=labels, wording=wording, is_narrow=True
        )
        self.chart.show(chart.svg, name="Chart of the same figures", caption=chart.caption)
        self.widget.children = (self.table, self._key) if bars else (self.table,)
        if bars:
            self.chart.add_class(_BELOW)
            self._key.show(plot_key(told, wording=wording).svg, name="Key to the bars", caption="")
        else:
            self.chart.remove_class(_BELOW)


def _pupils(line: Line) -> TableCell:
    of = line[summaries.PUPILS]
    return TableCell(pupils_words(line), sort=None if is_missing(of) else int(of))
