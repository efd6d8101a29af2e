"""Submissions: what is held for each statutory return, and what is still missing."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import ipywidgets
import pandas as pd
import traitlets

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.rounding import format_count_and_percentage
from pupiltrack_core.domain.statutory import Collection, measure_label
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.services.schools import SchoolChoice, schools_for
from pupiltrack_core.services.submissions import (
    CollectionInfo,
    Holding,
    collections_for,
    count_holdings,
    deciding_measures,
    statutory_results,
)
from pupiltrack_portal.pages.cell_text import Record, text_or_blank
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.school_choice import find_school, school_and_year_fields
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Field, Form, Submission

_ALL = ""
_TONES = {Holding.MISSING.value: "problem", Holding.PART.value: "warning"}


class SubmissionsModel(traitlets.HasTraits):
    """The school, year and collection chosen, and what is held of it."""

    school = traitlets.Instance(SchoolChoice, allow_none=True)
    academic_year = traitlets.Int(0)
    collection = traitlets.UseEnum(Collection, default_value=Collection.PHONICS)
    holding = traitlets.Unicode(_ALL)
    results = traitlets.Instance(pd.DataFrame, allow_none=True)

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._context = context
        self._caller = context.caller
        self.academic_years: tuple[int, ...] = ()
        self.schools = schools_for(context.caller)
        if self.schools:
            self.choose(context.query)

    def choose(self, values: Mapping[str, object]) -> None:
        """Take school, year, collection and holding; what is not offered falls to the first."""
        asked = {key: str(value) for key, value in values.items()}
        self.school = self._school(asked.get("school", ""))
        self.academic_years = self.school.academic_years or (self._context.academic_year_now(),)
        years = {str(year): year for year in self.academic_years}
        self.academic_year = years.get(asked.get("year", ""), self.academic_years[0])
        known = {item.value: item for item in Collection}
        self.collection = known.get(asked.get("collection", ""), self.collection)
        holdings = {holding.value for holding in Holding}
        self.holding = asked.get("holding", _ALL) if asked.get("holding") in holdings else _ALL
        self.results = statutory_results(
            self._caller, self.school.school_id, self.academic_year, self.collection
        )

    @property
    def info(self) -> CollectionInfo:
        """The collection as it was in the year chosen."""
        return next(
            item
            for item in collections_for(self.academic_year)
            if item.collection is self.collection
        )

    @property
    def shown(self) -> pd.DataFrame:
        """The pupils with the holding asked for, or all of them."""
        if self.results is None:
            return pd.DataFrame()
        if not self.holding:
            return self.results
        return self.results[self.results["holding"] == self.holding]

    def fields(self) -> tuple[Field, ...]:
        """Return the form's fields with the present choice in them."""
        return (
            *school_and_year_fields(
                self.schools,
                self.school,
                academic_years=self.academic_years,
                academic_year=self.academic_year,
            ),
            Field(
                "collection",
                "Return",
                "select",
                self.collection.value,
                tuple((item.value, item.label) for item in Collection),
            ),
            Field(
                "holding",
                "Pupils",
                "select",
                self.holding,
                ((_ALL, "All"), *((holding.value, holding.label) for holding in Holding)),
            ),
        )

    def to_address(self) -> str:
        """Return the query of a bookmark; it holds no personal data."""
        if self.school is None:
            return ""
        query = {
            "school": self.school.laestab,
            "year": str(self.academic_year),
            "collection": self.collection.value,
            "holding": self.holding,
        }
        return urlencode({key: value for key, value in query.items() if value})

    def _school(self, laestab: str) -> SchoolChoice:
        if not laestab:
            return self.school or self.schools[0]
        return find_school(self.schools, laestab)


def open_model(context: PageContext) -> SubmissionsModel:
    """Return the state of the page for the return in its address."""
    return SubmissionsModel(context)


class View:
    """The choice of a return, the count of what is held, and the pupils."""

    def __init__(self, model: SubmissionsModel, context: PageContext) -> None:
        self.model = model
        self._form = Form(
            name="return",
            legend="Choose a return",
            fields=model.fields(),
            buttons=(("show", "Show"),),
        )
        self._form.on_submit(context.guarded(self._on_form_submit))
        self._about = prose.Prose()
        self._counts = FiguresTable()
        self._pupils = FiguresTable()
        self.widget = ipywidgets.VBox(
            [context.notice, self._form, self._about, self._counts, self._pupils]
        )
        self.widget.add_class("pt-stack")
        self._draw()

    def _on_form_submit(self, sent: Submission) -> None:
        self.model.choose(sent.answers)
        self._draw()

    def _draw(self) -> None:
        model = self.model
        self._form.show(model.fields())
        self._form.put_in_address(model.to_address())
        if model.school is None or model.results is None:
            self._about.show(prose.text("There is no school to show yet."))
            return
        year = AcademicYear(model.academic_year).label
        blocks = [
            prose.heading(f"{model.school.name}: {model.collection.label}, {year}"),
            prose.text(
                "This is what is held here of the return. Results cannot yet be entered or loaded "
                "on a page: what is missing here may be complete in the school's own records, "
                "from which the return is made."
            ),
        ]
        if model.info.in_levels:
            blocks.append(
                prose.text(
                    f"The return of {year} was made in levels, which are not held here: it was "
                    "before the standards of 2015/2016."
                )
            )
        elif not model.info.is_statutory:
            blocks.append(prose.text(f"No statutory return of this kind was due in {year}."))
        self._about.show(*blocks)
        self._draw_counts(model.results)
        self._draw_pupils()

    def _draw_counts(self, results: pd.DataFrame) -> None:
        counts = count_holdings(results)
        self._counts.show(
            caption="How many are held",
            row_heading="Year group",
            columns=(
                TableColumn("pupils", "Pupils", numeric=True),
                *(TableColumn(item.value, item.label, numeric=True) for item in Holding),
            ),
            rows=[_count_row(row) for row in counts.to_dict("records")],
            empty="No pupil is in a year group of this return.",
        )

    def _draw_pupils(self) -> None:
        model = self.model
        measures = deciding_measures(model.collection)
        shown = model.shown
        self._pupils.show(
            caption=f"{len(shown)} {'pupil' if len(shown) == 1 else 'pupils'}",
            row_heading="Pupil",
            columns=(
                TableColumn("year_group", "Year"),
                TableColumn("class_name", "Class"),
                *(TableColumn(name, measure_label(name)) for name in measures),
                TableColumn("holding", "Held"),
                TableColumn("data_status", "Status"),
            ),
            rows=[_pupil_row(row, measures) for row in shown.to_dict("records")],
            sortable=True,
            empty="No pupil to show.",
        )


def _count_row(row: Record) -> TableRow:
    group, of = int(str(row["year_group"])), int(str(row["pupils"]))
    cells = [TableCell(str(of))]
    for holding in Holding:
        count = int(str(row[holding.name.lower()]))
        cells.append(TableCell(format_count_and_percentage(count, of)))
    return TableRow(str(group), TableCell(LABELS[group]), tuple(cells))


def _pupil_row(row: Record, measures: tuple[str, ...]) -> TableRow:
    group, holding = int(str(row["year_group"])), Holding(str(row["holding"]))
    cells = (
        TableCell(LABELS[group], sort=group),
        TableCell(text_or_blank(row["class_name"])),
        *(TableCell(text_or_blank(row[name])) for name in measures),
        TableCell(holding.label, tone=_TONES.get(holding.value, "")),
        TableCell(text_or_blank(row["data_status"]).capitalize()),
    )
    name = f"{row['surname']}, {row['forenames']}"
    return TableRow(str(row["pupil_id"]), TableCell(name), cells)
