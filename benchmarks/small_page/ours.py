"""The small page for the portal: a model and a view of our widgets, as every page of it has.

`open_small_page` opens it through `open_page`, in the place of the Venn page: settings, database,
ticket, session and rights are read as for any other.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import ipywidgets
import pandas as pd
import traitlets
from sqlalchemy.engine import make_url

from benchmarks.small_page import data
from pupiltrack_core.access import Page
from pupiltrack_core.charts.venn import plot_venn
from pupiltrack_core.domain.venn import VennKind, region_label
from pupiltrack_core.settings import load_settings
from pupiltrack_portal.pages import open_page
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Answer, Field, Form
from pupiltrack_portal.widgets.venn_diagram import VennDiagram

PLACE = Page.VENN


def open_small_page() -> Any:
    """Open the page, the small one in the place of the portal's own."""
    sys.modules[f"pupiltrack_portal.pages.{PLACE.value}"] = sys.modules[__name__]
    return open_page(PLACE.value)


class SmallModel(traitlets.HasTraits):
    """The pupils and which of them are shown."""

    choice = traitlets.Enum(data.CHOICES, default_value=data.ALL)

    def __init__(self, pupils: pd.DataFrame) -> None:
        super().__init__()
        self.pupils = pupils

    @property
    def shown(self) -> pd.DataFrame:
        """The pupils of the choice."""
        return data.choose(self.pupils, self.choice)


def open_model(_context: PageContext) -> SmallModel:
    """Return the state of the page; its pupils lie beside the portal's database."""
    database = make_url(load_settings().database_url).database or ""
    return SmallModel(data.load_pupils(Path(database).with_name(data.FILE)))


class View:
    """The filter, how many pupils there are, the table and the diagram."""

    def __init__(self, model: SmallModel, context: PageContext) -> None:
        self.model = model
        options = tuple((choice, choice) for choice in data.CHOICES)
        field = Field("choice", "Pupils", "select", data.ALL, options, tells=True)
        form = Form(name="choice", legend="Choose pupils", fields=(field,), buttons=())
        form.on_change(context.guarded(self._on_choice_change))
        self._count = prose.Prose()
        self._table = FiguresTable()
        self._venn = VennDiagram()
        self.widget = ipywidgets.VBox([context.notice, form, self._count, self._table, self._venn])
        self.widget.add_class("pt-stack")
        self._draw()

    def _on_choice_change(self, _field: str, values: dict[str, Answer]) -> None:
        self.model.choice = values["choice"] or data.ALL
        self._draw()

    def _draw(self) -> None:
        shown = self.model.shown
        first, *others = data.COLUMNS
        self._table.show(
            caption=data.TITLE,
            row_heading=first,
            columns=[TableColumn(name, name) for name in others],
            rows=[
                TableRow(str(key), TableCell(str(name)), tuple(TableCell(str(v)) for v in values))
                for key, name, *values in shown.itertuples(name=None)
            ],
        )
        counts = data.regions(shown)
        chart = plot_venn(pd.DataFrame({"region": list(counts), "pupils": list(counts.values())}))
        self._venn.show(
            chart.svg,
            label="Venn diagram of reading, writing and maths",
            caption=chart.caption,
            regions={
                key: f"{region_label(key, kind=VennKind.ON_TRACK)}: {count}"
                for key, count in counts.items()
            },
        )
        self._count.show(prose.text(data.label(shown)))
