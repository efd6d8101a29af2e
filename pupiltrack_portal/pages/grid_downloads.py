"""Taking the assessment grid away: what is on screen, the whole school's data, a sheet to print."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

import ipywidgets

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.year_groups import LABELS, YearRange
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.reports.all_data import all_data_workbook
from pupiltrack_core.reports.grid_csv import all_data_csv, grid_csv
from pupiltrack_core.reports.grid_sheet import grid_sheet_pdf
from pupiltrack_core.reports.shown_columns import ShownColumn
from pupiltrack_core.reports.workbooks import grid_workbook
from pupiltrack_core.services.assessment_grid import GridData
from pupiltrack_core.services.caller import Caller
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.files import CSV, PDF, XLSX, Made, file_maker
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import Answer, Field, Form


class DownloadKind(StrEnum):
    """What can be taken away; the value is the choice's."""

    SCREEN_WORKBOOK = "screen-workbook"
    SCREEN_CSV = "screen-csv"
    ALL_WORKBOOK = "all-workbook"
    ALL_CSV = "all-csv"
    SHEET = "sheet"
    EMPTY_SHEET = "empty-sheet"

    @property
    def label(self) -> str:
        """The words people see."""
        return _LABELS[self]

    @property
    def is_of_school(self) -> bool:
        """Whether it is the whole school's and needs no grid on view."""
        return self in (DownloadKind.ALL_WORKBOOK, DownloadKind.ALL_CSV)


_LABELS = {
    DownloadKind.SCREEN_WORKBOOK: "Screen data (Excel)",
    DownloadKind.SCREEN_CSV: "Screen data (CSV)",
    DownloadKind.ALL_WORKBOOK: "All data (Excel)",
    DownloadKind.ALL_CSV: "All data (CSV)",
    DownloadKind.SHEET: "Sheet to print (PDF)",
    DownloadKind.EMPTY_SHEET: "Empty sheet to print (PDF)",
}
_ENDINGS = {
    DownloadKind.SCREEN_WORKBOOK: (".xlsx", XLSX),
    DownloadKind.SCREEN_CSV: (".csv", CSV),
    DownloadKind.ALL_WORKBOOK: (".xlsx", XLSX),
    DownloadKind.ALL_CSV: (".csv", CSV),
    DownloadKind.SHEET: (".pdf", PDF),
    DownloadKind.EMPTY_SHEET: ("-to-fill-in.pdf", PDF),
}
_KIND = "kind"


def make_download(
    caller: Caller,
    kind: DownloadKind,
    *,
    selection: CohortSelection,
    load: Callable[[], GridData],
    shown: Sequence[ShownColumn] | None = None,
) -> Made:
    """Return a file's name, media type and content; it is in the audit before it is made.

    `load` reads the grid on view as it is stored now, `shown` is what is on view of it (all of it
    when None); neither is asked for what is of the whole school. Raises what the services raise.
    """
    if selection.school_id is None:
        raise InvalidEntry("Choose one school to save its assessments.", field="school")
    if kind.is_of_school:
        make = all_data_workbook if kind is DownloadKind.ALL_WORKBOOK else all_data_csv
        content = make(caller, selection.school_id, selection.academic_year)
    else:
        content = _of_screen(caller, kind, selection, load(), shown)
    name, media_type = file_name(kind, selection), _ENDINGS[kind][1]
    return name, media_type, content


def file_name(kind: DownloadKind, selection: CohortSelection) -> str:
    """Return "assessments-year-4-2025-26.xlsx": what it is of, and nobody's name."""
    first, _, last = AcademicYear(selection.academic_year).label.partition("/")
    year = f"{first}-{last[-2:]}"
    years = selection.years
    group = f"years-{years}" if isinstance(years, YearRange) else LABELS[years]
    what = "all-data" if kind.is_of_school else f"assessments-{group}"
    return f"{what.lower().replace(' ', '-')}-{year}{_ENDINGS[kind][0]}"


def _of_screen(
    caller: Caller,
    kind: DownloadKind,
    selection: CohortSelection,
    grid: GridData,
    shown: Sequence[ShownColumn] | None,
) -> bytes:
    if kind is DownloadKind.SCREEN_WORKBOOK:
        return grid_workbook(caller, grid, selection, shown)
    if kind is DownloadKind.SCREEN_CSV:
        return grid_csv(caller, grid, selection, shown)
    is_empty = kind is DownloadKind.EMPTY_SHEET
    return grid_sheet_pdf(caller, grid, selection, shown, is_empty=is_empty)


class GridDownloads:
    """The choice of what to take away, and the button that makes it.

    `make` makes a file of a kind, as `make_download` does; `school_id` says whose data it holds.
    """

    def __init__(
        self,
        context: PageContext,
        make: Callable[[DownloadKind], Made],
        *,
        school_id: Callable[[], int | None],
    ) -> None:
        self._make = make
        self._offered: tuple[DownloadKind, ...] = tuple(DownloadKind)
        self._chosen = DownloadKind.SCREEN_WORKBOOK
        self._form = Form(name="download", legend="Downloads", buttons=())
        self._form.on_change(context.guarded(self._on_kind_change))
        self._button = FileButton("Download")
        self._button.on_make(file_maker(context, self._file, school_id=school_id))
        self.widget = ipywidgets.HBox([self._form, self._button])
        self.widget.add_class("pt-actions")
        self._draw()

    def offer(self, *, has_school: bool, has_grid: bool) -> None:
        """Offer what there is: without a grid on view only what is of the whole school."""
        self._offered = tuple(kind for kind in DownloadKind if has_grid or kind.is_of_school)
        if self._chosen not in self._offered:
            self._chosen = self._offered[0]
        self._button.enabled = has_school
        self._draw()

    def _draw(self) -> None:
        options = tuple((kind.value, kind.label) for kind in self._offered)
        self._form.show(
            [Field(_KIND, "What to download", "select", self._chosen.value, options, tells=True)]
        )

    def _on_kind_change(self, _field: str, values: Mapping[str, Answer]) -> None:
        if values[_KIND] in set(self._offered):
            self._chosen = DownloadKind(str(values[_KIND]))

    def _file(self) -> Made:
        return self._make(self._chosen)
