"""Schools: every school of the local authority with its headline figures.

The figures are shown in a data grid, made for sorting and filtering many rows by mouse, and in an
ordinary table with the same rows and figures for keyboard and screen reader. The data grid draws on
a canvas, which assistive technology cannot read; one button changes from one to the other.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import ipydatagrid
import ipywidgets
import pandas as pd
import traitlets

from pupiltrack_core.access import Page
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.judgements import NO_DATA_LABEL
from pupiltrack_core.domain.rounding import (
    NOT_APPLICABLE,
    format_count_and_percentage,
    percentage,
    round_half_away,
)
from pupiltrack_core.domain.subjects import RWM, subject_label
from pupiltrack_core.schemas.cohort import SCHOOL_ID
from pupiltrack_core.services import local_authority as overview
from pupiltrack_core.services.schools import schools_for
from pupiltrack_portal.pages.batch_part import BatchPart
from pupiltrack_portal.pages.cell_text import Record
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.school_choice import find_school
from pupiltrack_portal.pages.school_contact_part import SchoolContactPart
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Field, Form, Submission
from pupiltrack_portal.widgets.toggle_row import Toggle, ToggleRow

GRID, TABLE = "grid", "table"
FIGURES, FILES = "figures", "files"
_SECTIONS = {FIGURES: "Figures of the schools", FILES: "Reports as files"}
OPENED = (Page.FULL_REPORT, Page.VENN, Page.ASSESSMENTS, Page.PUPILS)
ROW_HEIGHT, SHOWN_ROWS = 30, 18


class SchoolsModel(traitlets.HasTraits):
    """The overview of one academic year, how it is shown, and the school that is chosen."""

    academic_year = traitlets.Int(0)
    look = traitlets.Unicode(GRID)
    name_part = traitlets.Unicode()
    schools = traitlets.Instance(pd.DataFrame, allow_none=True)
    chosen = traitlets.Unicode()
    section = traitlets.Unicode(FIGURES)

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._caller = context.caller
        principal = context.principal()
        self._authority = principal.local_authority_ids[0]
        self.known = schools_for(context.caller)
        every = {year for school in self.known for year in school.academic_years}
        self.academic_years = tuple(sorted(every, reverse=True)) or (context.academic_year_now(),)
        if context.query.get("section") == FILES:
            self.section = FILES
        if context.query.get("show") == TABLE:
            self.look = TABLE
        self.choose_year(context.query.get("year", ""))

    def choose_year(self, text: str) -> None:
        """Read the overview of a year on record, the latest unless `text` names another."""
        known = {str(year): year for year in self.academic_years}
        self.academic_year = known.get(text, self.academic_years[0])
        self.chosen = ""
        self.schools = overview.schools_overview(self._caller, self._authority, self.academic_year)

    @property
    def found(self) -> pd.DataFrame:
        """The schools whose name or LAESTAB holds the words searched for."""
        if self.schools is None:
            return pd.DataFrame()
        wanted = self.name_part.strip().casefold().replace("/", "")
        names = self.schools[overview.NAME].str.casefold()
        by_name = names.str.contains(wanted, regex=False)
        by_number = self.schools[overview.LAESTAB].str.contains(wanted, regex=False)
        return self.schools[by_name | by_number]

    def choose(self, laestab: str) -> None:
        """Choose a school of the overview; anything else chooses none."""
        known = set() if self.schools is None else set(self.schools[overview.LAESTAB])
        self.chosen = laestab if laestab in known else ""

    def addresses(self) -> list[tuple[str, str]]:
        """Return the pages of the chosen school: heading and address."""
        query = urlencode({"school": self.chosen, "year": self.academic_year})
        return [(page.heading, f"/{page.value}?{query}") for page in OPENED]

    @property
    def local_authority_id(self) -> int:
        """The local authority whose schools these are."""
        return self._authority

    def name_of_chosen(self) -> str:
        """Return the chosen school's name."""
        if self.schools is None or not self.chosen:
            return ""
        chosen = self.schools[self.schools[overview.LAESTAB] == self.chosen]
        return str(chosen[overview.NAME].iloc[0])

    def to_address(self) -> str:
        """Return the query of a bookmark to this view."""
        return urlencode({"year": self.academic_year, "show": self.look})


def open_model(context: PageContext) -> SchoolsModel:
    """Return the state of the page for the year in its address."""
    return SchoolsModel(context)


class View:
    """Choice of year and look, the figures, the way into a school, and reports as files."""

    def __init__(self, model: SchoolsModel, context: PageContext) -> None:
        self.model = model
        self._context = context
        self._form = Form(
            name="schools", legend="Choose the schools to show", buttons=(("show", "Show"),)
        )
        self._form.on_submit(context.guarded(self._on_form_submit))
        self._place = ipywidgets.VBox([])
        self._table = FiguresTable()
        self._table.on_press(context.guarded(self._on_school_press))
        self._open = prose.Prose()
        self._sections = ToggleRow("Sections", is_choice=True)
        self._sections.on_toggle(context.guarded(self._on_section_press))
        self._reached = ipywidgets.VBox([])
        self._figures = ipywidgets.VBox([self._form, self._open, self._reached, self._place])
        self._figures.add_class("pt-stack")
        self._batch: BatchPart | None = None
        self.widget = ipywidgets.VBox([])
        self.widget.add_class("pt-stack")
        self._draw()
        self._draw_section()

    def _on_section_press(self, key: str, _is_on: bool) -> None:
        if key in _SECTIONS and key != self.model.section:
            self.model.section = key
            self._draw_section()

    def _draw_section(self) -> None:
        chosen = self.model.section
        self._sections.show([Toggle(key, title, key == chosen) for key, title in _SECTIONS.items()])
        files = urlencode({"section": FILES})
        self._sections.put_in_address(files if chosen == FILES else self.model.to_address())
        if chosen == FILES and self._batch is None:
            self._batch = BatchPart(self._context, self.model.local_authority_id)
        shown = self._figures if chosen == FIGURES or self._batch is None else self._batch.widget
        self.widget.children = (self._context.notice, self._sections, shown)

    def _on_form_submit(self, sent: Submission) -> None:
        model = self.model
        model.look = TABLE if sent.answers["show"] == TABLE else GRID
        model.name_part = str(sent.answers["name"])
        model.choose_year(str(sent.answers["year"]))
        self._draw()

    def _on_school_press(self, laestab: str, _column: str) -> None:
        self.model.choose(laestab)
        self._draw_choice()

    def _on_grid_select(self, change: dict[str, Any]) -> None:
        ranges = change["new"]
        if ranges and self.model.look == GRID:
            # Positions are of the grid as sorted and filtered in the browser.
            visible = self._grid.get_visible_data()
            place = int(ranges[0]["r1"])
            if 0 <= place < len(visible):
                self._on_school_press(str(visible.iloc[place]["LAESTAB"]), "")

    def _draw(self) -> None:
        model = self.model
        self._form.show(
            (
                Field(
                    "year",
                    "Academic year",
                    "select",
                    str(model.academic_year),
                    tuple((str(year), AcademicYear(year).label) for year in model.academic_years),
                ),
                Field("name", "School name or number", "search", model.name_part),
                Field(
                    "show",
                    "Show as",
                    "select",
                    model.look,
                    (
                        (GRID, "Data grid (sort and filter by mouse)"),
                        (TABLE, "Table (keyboard and screen reader)"),
                    ),
                ),
            )
        )
        self._form.put_in_address(model.to_address())
        self._place.children = (self._twin() if model.look == TABLE else self._data_grid(),)
        self._draw_choice()

    def _draw_choice(self) -> None:
        model = self.model
        self._table.mark_pressed(model.chosen, "")
        self._reached.children = ()
        if not model.chosen:
            count = len(model.found)
            self._open.show(
                prose.small(
                    f"{count} {'school' if count == 1 else 'schools'}, Years 1 to 6, each year "
                    "group at its latest assessment. Percentages are of all pupils whose data are "
                    "included. Choose a school to see how it is reached and to open its pages."
                )
            )
            return
        links = [prose.link(f"{words} of this school", at) for words, at in model.addresses()]
        self._open.show(prose.heading(model.name_of_chosen()), *links)
        school_id = find_school(model.known, model.chosen).school_id
        part = SchoolContactPart(self._context, school_id, is_read=True)
        self._reached.children = (part.widget,)

    def _data_grid(self) -> ipydatagrid.DataGrid:
        self._grid = ipydatagrid.DataGrid(
            grid_frame(self.model.found),
            selection_mode="row",
            editable=False,
            base_row_size=ROW_HEIGHT,
            base_column_size=118,
            column_widths={"School": 290, "LAESTAB": 88, "Pupils": 72, "No data": 80},
            default_renderer=_words(horizontal_alignment="right"),
            header_renderer=_words(horizontal_alignment="left", bold=True),
            corner_renderer=_words(horizontal_alignment="left", bold=True),
            renderers={name: _words(horizontal_alignment="left") for name in ("School", "LAESTAB")},
            base_column_header_size=ROW_HEIGHT + 4,
            layout={"height": f"{ROW_HEIGHT * (min(len(self.model.found), SHOWN_ROWS) + 2)}px"},
            grid_style={"header_background_color": "#e5f1f3", "grid_line_color": "#d6dfe2"},
        )
        self._grid.observe(self._context.guarded(self._on_grid_select), names="selections")
        return self._grid

    def _twin(self) -> FiguresTable:
        self._table.show(
            caption="Schools of the local authority",
            row_heading="School",
            columns=(
                TableColumn(overview.LAESTAB, "LAESTAB"),
                TableColumn(overview.PUPILS, "Pupils", numeric=True),
                *(
                    TableColumn(
                        subject,
                        f"{short_label(subject)} on track or deeper",
                        numeric=True,
                    )
                    for subject in overview.OVERVIEW_SUBJECTS
                ),
                TableColumn(overview.NO_DATA, NO_DATA_LABEL, numeric=True),
            ),
            rows=[twin_row(school) for school in self.model.found.to_dict("records")],
            sortable=True,
            empty="No school has these words in its name.",
        )
        return self._table


def _words(*, horizontal_alignment: str, bold: bool = False) -> ipydatagrid.TextRenderer:
    """Return how the canvas writes a cell: in the portal's letters and ink."""
    look = "600 14px" if bold else "15px"
    return ipydatagrid.TextRenderer(
        font=f"{look} 'Source Sans 3', system-ui, sans-serif",
        text_color="#1b2a31",
        horizontal_alignment=horizontal_alignment,
    )


def short_label(subject: str) -> str:
    """Return the heading of a subject's columns."""
    return "All three" if subject == RWM else subject_label(subject)


def grid_frame(schools: pd.DataFrame) -> pd.DataFrame:
    """Return the data grid's frame: a row per school, counts and whole percentages.

    A percentage of nobody is missing, not zero. No school or pupil key is sent.
    """
    columns: dict[str, Any] = {
        "LAESTAB": schools[overview.LAESTAB],
        "Pupils": schools[overview.PUPILS],
    }
    for subject in overview.OVERVIEW_SUBJECTS:
        counts, of = schools[overview.count_column(subject)], schools[overview.of_column(subject)]
        columns[f"{short_label(subject)} %"] = [
            _whole(int(count), int(pupils)) for count, pupils in zip(counts, of, strict=True)
        ]
        columns[f"{short_label(subject)} pupils"] = counts
    columns[NO_DATA_LABEL] = schools[overview.NO_DATA]
    frame = pd.DataFrame(columns).drop(columns=[SCHOOL_ID], errors="ignore")
    return frame.set_index(pd.Index(schools[overview.NAME], name="School"))


def _whole(count: int, of: int) -> float | None:
    share = percentage(count, of)
    return None if share is None else float(round_half_away(share))


def twin_row(school: Record) -> TableRow:
    """Return the ordinary table's row of one school."""
    cells = [
        TableCell(str(school[overview.LAESTAB])),
        TableCell(str(school[overview.PUPILS]), sort=int(school[overview.PUPILS])),
    ]
    for subject in overview.OVERVIEW_SUBJECTS:
        count = int(school[overview.count_column(subject)])
        of = int(school[overview.of_column(subject)])
        share = percentage(count, of)
        if share is None:
            cells.append(TableCell(NOT_APPLICABLE, sorts_last=True))
        else:
            text = format_count_and_percentage(count, of)
            cells.append(TableCell(text, sort=float(share), share=float(share)))
    no_data, of = int(school[overview.NO_DATA]), int(school[overview.PUPILS])
    cells.append(TableCell(format_count_and_percentage(no_data, of), sort=no_data))
    name = str(school[overview.NAME])
    return TableRow(
        str(school[overview.LAESTAB]), TableCell(name, press=f"Open {name}"), tuple(cells)
    )
