"""Bringing pupils in from a file: choose it, see what would happen, then accept or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ipywidgets

from pupiltrack_core.domain.counted import counted
from pupiltrack_core.errors import UserFacingError
from pupiltrack_core.services.mapped_import import (
    MappingStep,
    Target,
    is_transfer_file,
    open_pupil_file,
    preview_mapped,
)
from pupiltrack_core.services.pupils import (
    ImportPreview,
    TemplateFormat,
    accept_import,
    import_template,
)
from pupiltrack_portal.pages.column_choice import ColumnChoice
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.files import XLSX, Made, file_maker
from pupiltrack_portal.pages.import_preview import (
    choices_of,
    show_changes,
    show_problems,
    words_of,
)
from pupiltrack_portal.pages.pupil_export import PupilExport
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import Field, Form, SentFile, Submission
from pupiltrack_portal.widgets.step_heading import HeadingStep, StepHeading

_INTRO = (
    "The pupil template, any list your own system exports (CSV or Excel), or a common transfer "
    "file (XML). You see every problem and every change first; nothing is saved until you accept."
)
_OUTWARDS = (
    "To correct many pupils at once, get the list, change it and bring it in again. As it comes "
    "out, bringing it in changes nothing."
)
_NO_FILE = "Choose a CSV or Excel file, or a common transfer file (XML), of up to 20 MB."


class PupilImport:
    """The import panel; `on_accepted` is called after rows have been saved."""

    def __init__(self, context: PageContext, *, on_accepted: Callable[[], None]) -> None:
        self._context = context
        self._on_accepted = on_accepted
        self._place: tuple[int, int] | None = None
        self._preview: ImportPreview | None = None
        self._mapping: tuple[MappingStep, Mapping[Target, int]] | None = None
        self._file: SentFile | None = None
        self._open = Form(
            name="open-import",
            legend="Import pupils",
            buttons=(("open", "Import pupils"),),
            is_plain=True,
        )
        self._open.on_submit(context.guarded(self._on_open))
        self._form = Form(
            name="import",
            legend="Import pupils",
            layout="column",
            fields=(Field("file", "Pupil file", "file", hint=_INTRO, accept=".csv,.xlsx,.xml"),),
            buttons=(("preview", "Check the file"), ("close", "Close")),
        )
        self._form.on_submit(context.guarded(self._on_file_submit))
        self._template = FileButton("Get the empty template")
        self._template.on_make(file_maker(context, self._template_file, school_id=self._school_id))
        self._export = PupilExport(context)
        self._columns = ColumnChoice(
            context, on_chosen=self._on_columns_chosen, on_leave=self._on_columns_left
        )
        self._heading = StepHeading()
        self._heading.on_step(context.guarded(self._on_heading_step))
        self._about = prose.Prose()
        self._problems = FiguresTable()
        self._changes = FiguresTable()
        self._decide = Form(name="accept", legend="Accept the import", fields=(), buttons=())
        self.widget = ipywidgets.VBox([self._open])

    def set_place(self, school_id: int, academic_year: int) -> None:
        """Import into this school and year from now on; a preview for another is dropped."""
        if self._place != (school_id, academic_year):
            self._place = (school_id, academic_year)
            self._export.set_place(school_id, academic_year)
            self._close()

    def _on_open(self, _sent: Submission) -> None:
        self._begin()

    def _begin(self) -> None:
        self._preview = self._mapping = self._file = None
        self._show_panel(
            self._form, self._template, prose.Prose(prose.text(_OUTWARDS)), self._export.widget
        )
        self._form.take_focus()

    def _show_panel(self, *parts: ipywidgets.Widget) -> None:
        panel = ipywidgets.VBox(parts)
        panel.add_class("pt-panel")
        self.widget.children = (panel,)

    def _template_file(self) -> Made:
        form = TemplateFormat.WORKBOOK
        return form.value, XLSX, import_template(form)

    def _school_id(self) -> int | None:
        return self._place[0] if self._place else None

    def _close(self) -> None:
        self._preview = self._mapping = self._file = None
        self._columns.put_away()
        self.widget.children = (self._open,)

    def _on_file_submit(self, sent: Submission) -> None:
        if sent.button == "close":
            self._close()
            self._open.take_focus()
            return
        self._file = sent.files.get("file")
        if self._file is None or self._place is None:
            self._form.complain({"file": _NO_FILE})
            return
        try:
            opened = self._opened(self._file, as_list=False)
        except UserFacingError as error:
            self._context.notice.clear()
            self._form.complain({"file": str(error)})
            return
        self._form.complain({})
        self._mapping = None
        self._show(opened)

    def _opened(self, file: SentFile, *, as_list: bool) -> ImportPreview | MappingStep:
        if self._place is None:
            raise RuntimeError("There is no school to import into.")
        school_id, academic_year = self._place
        return open_pupil_file(
            self._context.caller,
            school_id=school_id,
            academic_year=academic_year,
            file_name=file.name,
            content=file.content,
            as_list=as_list,
            tell=self._tell,
        )

    def _tell(self, words: str) -> None:
        self._context.notice.show("info", words)

    def _show(self, opened: ImportPreview | MappingStep) -> None:
        self._context.notice.clear()
        if isinstance(opened, MappingStep):
            self._preview = None
            self._show_panel(self._columns.widget)
            self._columns.show(opened)
        else:
            self._preview = opened
            self._show_preview(opened)

    def _on_columns_chosen(self, step: MappingStep, choice: Mapping[Target, int]) -> None:
        preview = preview_mapped(self._context.caller, step, choice, tell=self._tell)
        self._mapping = (step, choice)
        self._show(preview)

    def _on_columns_left(self) -> None:
        self._begin()

    def _on_heading_step(self, _key: str) -> None:
        """Back to the columns, or to them for the first time where the template was at fault."""
        if self._mapping is not None:
            step, choice = self._mapping
            self._preview = None
            self._show_panel(self._columns.widget)
            self._columns.show(step, choice)
        elif self._file is not None:
            self._show(self._opened(self._file, as_list=True))

    def _show_preview(self, preview: ImportPreview) -> None:
        self._heading.show(
            "What this file would change",
            line=preview.file_name,
            position="",
            steps=self._ways_from(preview),
        )
        self._about.show(*words_of(preview))
        show_problems(self._problems, preview.problems)
        show_changes(self._changes, preview)
        self._decide = Form(
            name="accept", legend="Accept the import", fields=(), buttons=choices_of(preview)
        )
        self._decide.on_submit(self._context.guarded(self._on_decision))
        parts: list[ipywidgets.Widget] = [self._form, self._heading, self._about]
        if preview.problems:
            parts.append(self._problems)
        if preview.would_write:
            parts.append(self._changes)
        self._show_panel(*parts, self._decide)
        self._heading.take_focus()

    def _ways_from(self, preview: ImportPreview) -> tuple[HeadingStep, ...]:
        if self._mapping is not None:
            return (HeadingStep("columns", "Change what the columns are"),)
        is_table = self._file is not None and not is_transfer_file(self._file.name)
        if is_table and preview.is_readable and preview.has_blocking_problems:
            return (HeadingStep("columns", "Say what the columns are"),)
        return ()

    def _on_decision(self, sent: Submission) -> None:
        preview = self._preview
        if sent.button == "cancel" or preview is None:
            self._close()
            self._open.take_focus()
            self._context.notice.show("info", "The import was put away. Nothing was changed.")
            return
        rows = preview.counts.added + preview.counts.changed
        self._tell(f"Saving {counted(rows, 'row')} …")
        result = accept_import(
            self._context.caller, preview, accept_good_rows=sent.button == "good"
        )
        self._close()
        self._open.take_focus()
        left = f" {_left_out(result.left_out)}" if result.left_out else ""
        self._context.notice.show(
            "success",
            f"Imported: {result.added} added, {result.changed} changed, "
            f"{result.unchanged} unchanged.{left}",
        )
        self._on_accepted()


def _left_out(number: int) -> str:
    if number == 1:
        return "1 row with problems was left out."
    return f"{number:,} rows with problems were left out."
