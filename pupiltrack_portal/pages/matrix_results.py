"""What the pupils of a matrix's primary set had reached before, and who is behind a number."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets
import pandas as pd

from pupiltrack_core.domain.rounding import percentage
from pupiltrack_core.reports import matrix_words as words
from pupiltrack_core.services.pupil_matrix import DataSet, ResultTable
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.names_list import NamesList
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow


class ResultsPart:
    """A table for each collection; `on_press` gets its place, the measure and the result."""

    def __init__(self, context: PageContext, *, on_press: Callable[[int, str, str], None]) -> None:
        self._context, self._on_press = context, on_press
        self._boxes: list[_Box] = []
        self._names = NamesList()
        self._tables = ipywidgets.HBox([])
        self._tables.add_class("pt-pair")
        self._tables.add_class("pt-matrix-results")
        self.widget = ipywidgets.VBox([self._tables, self._names.widget])
        self.widget.add_class("pt-stack")
        self.widget.add_class("pt-dense")

    def show(self, primary: DataSet, found: Sequence[ResultTable]) -> None:
        """Show the results of the primary set; a table that applies to nobody says why."""
        for place in range(len(self._boxes), len(found)):
            self._boxes.append(self._new_box(place))
        for box, table in zip(self._boxes, found, strict=False):
            box.show(primary, table)
        self._tables.children = tuple(box.widget for box in self._boxes[: len(found)])

    def clear(self) -> None:
        """Show no pupils."""
        self._names.clear()
        for box in self._boxes:
            box.table.mark_pressed("", "")

    def show_names(
        self, place: int, measure: str, result: str, *, what: str, names: pd.DataFrame
    ) -> None:
        """Show the pupils behind a number."""
        self._boxes[place].table.mark_pressed(result, measure)
        self._names.show(what, names)

    def _new_box(self, place: int) -> _Box:
        box = _Box()
        box.table.on_press(
            self._context.guarded(lambda result, measure: self._on_press(place, measure, result))
        )
        return box


class _Box:
    def __init__(self) -> None:
        self._about = prose.Prose()
        self.table = FiguresTable()
        self.widget = ipywidgets.VBox([self._about])
        self.widget.add_class("pt-stack")
        self.widget.add_class("pt-dense")

    def show(self, primary: DataSet, found: ResultTable) -> None:
        title = words.TABLE_TITLES[found.collection]
        note = words.note_of_results(found, primary.selection.academic_year)
        measures = words.measures_in(found)
        if measures:
            self._about.show(prose.small(note))
        else:
            self._about.show(prose.subheading(title), prose.small(note))
        self.widget.children = (self.table, self._about) if measures else (self._about,)
        self.table.show(
            caption=title,
            row_heading="Result",
            columns=[TableColumn(measure, label, numeric=True) for measure, label in measures],
            rows=[
                TableRow(
                    result,
                    TableCell(words.label_of_result(found, result)),
                    tuple(
                        _cell(found, measure, result, spoken=label, names=primary.may_see_names)
                        for measure, label in measures
                    ),
                )
                for result in (words.results_in_order(found) if measures else ())
            ],
        )


def _cell(found: ResultTable, measure: str, result: str, *, spoken: str, names: bool) -> TableCell:
    text = words.result_words(found, measure, result)
    try:
        count, of = words.result_figure(found, measure, result)
    except KeyError:
        return TableCell(text)
    if count is None or of is None:
        return TableCell(text)
    share = percentage(count, of)
    press = f"{text}, {spoken}, {words.label_of_result(found, result)}: show the pupils"
    return TableCell(
        text,
        press=press if names and count else "",
        share=None if share is None else float(share),
    )
