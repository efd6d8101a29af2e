"""Bringing pupils in from a file: choose it, see what would happen, then accept or not."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets

from pupiltrack_core.domain.local_time import write_moment
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import ImportProblem, UserFacingError
from pupiltrack_core.services.pupils import (
    ImportPreview,
    RowStatus,
    TemplateFormat,
    accept_import,
    import_template,
    preview_import,
)
from pupiltrack_portal.pages.cell_text import Record
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.files import XLSX, Made, file_maker
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import Field, Form, Submission

SHOWN_AT_MOST = 500
_INTRO = (
    "Bring in the pupil template as CSV or Excel. You see every problem and every change first; "
    "nothing is saved until you accept."
)


class PupilImport:
    """The import panel; `on_accepted` is called after rows have been saved."""

    def __init__(self, context: PageContext, *, on_accepted: Callable[[], None]) -> None:
        self._context = context
        self._on_accepted = on_accepted
        self._place: tuple[int, int] | None = None
        self._preview: ImportPreview | None = None
        self._open = Form(
            name="open-import", legend="Import pupils", buttons=(("open", "Import pupils"),)
        )
        self._open.on_submit(context.guarded(self._on_open))
        self._form = Form(
            name="import",
            legend="Import pupils",
            layout="column",
            fields=(Field("file", "Pupil file", "file", hint=_INTRO, accept=".csv,.xlsx"),),
            buttons=(("preview", "Check the file"), ("close", "Close")),
        )
        self._form.on_submit(context.guarded(self._on_file_submit))
        self._template = FileButton("Get the empty template")
        self._template.on_make(file_maker(context, self._template_file, school_id=self._school_id))
        self._about = prose.Prose()
        self._problems = FiguresTable()
        self._changes = FiguresTable()
        self._decide = Form(name="accept", legend="Accept the import", fields=(), buttons=())
        self.widget = ipywidgets.VBox([self._open])

    def set_place(self, school_id: int, academic_year: int) -> None:
        """Import into this school and year from now on; a preview for another is dropped."""
        if self._place != (school_id, academic_year):
            self._place = (school_id, academic_year)
            self._close()

    def _on_open(self, _sent: Submission) -> None:
        self._preview = None
        panel = ipywidgets.VBox([self._form, self._template])
        panel.add_class("pt-panel")
        self._form.take_focus()
        self.widget.children = (panel,)

    def _template_file(self) -> Made:
        form = TemplateFormat.WORKBOOK
        return form.value, XLSX, import_template(form)

    def _school_id(self) -> int | None:
        return self._place[0] if self._place else None

    def _close(self) -> None:
        self._preview = None
        self.widget.children = (self._open,)

    def _on_file_submit(self, sent: Submission) -> None:
        if sent.button == "close":
            self._close()
            self._open.take_focus()
            return
        file = sent.files.get("file")
        if file is None or self._place is None:
            self._form.complain(
                {"file": "Choose a CSV or Excel file of up to 20 MB, then check it."}
            )
            return
        school_id, academic_year = self._place
        try:
            self._preview = preview_import(
                self._context.caller,
                school_id=school_id,
                academic_year=academic_year,
                file_name=file.name,
                content=file.content,
            )
        except UserFacingError as error:
            self._form.complain({"file": str(error)})
            return
        self._form.complain({})
        self._show_preview(self._preview)

    def _show_preview(self, preview: ImportPreview) -> None:
        self._about.show(*_what_would_happen(preview))
        _show_problems(self._problems, preview.problems)
        _show_changes(self._changes, preview)
        self._decide = Form(
            name="accept", legend="Accept the import", fields=(), buttons=_choices(preview)
        )
        self._decide.on_submit(self._context.guarded(self._on_decision))
        parts: list[ipywidgets.Widget] = [self._form, self._about]
        if preview.problems:
            parts.append(self._problems)
        if preview.would_write:
            parts.append(self._changes)
        panel = ipywidgets.VBox([*parts, self._decide])
        panel.add_class("pt-panel")
        self.widget.children = (panel,)

    def _on_decision(self, sent: Submission) -> None:
        preview = self._preview
        if sent.button == "cancel" or preview is None:
            self._close()
            self._open.take_focus()
            self._context.notice.show("info", "The import was put away. Nothing was changed.")
            return
        result = accept_import(
            self._context.caller, preview, accept_good_rows=sent.button == "good"
        )
        self._close()
        left = f" {result.left_out} rows with problems were left out." if result.left_out else ""
        self._context.notice.show(
            "success",
            f"Imported: {result.added} added, {result.changed} changed, "
            f"{result.unchanged} unchanged.{left}",
        )
        self._on_accepted()


def _choices(preview: ImportPreview) -> tuple[tuple[str, str], ...]:
    cancel = ("cancel", "Put the import away")
    if not preview.would_write:
        return (cancel,)
    rows = preview.counts.added + preview.counts.changed
    if preview.has_blocking_problems:
        word = "row" if rows == 1 else "rows"
        return (("good", f"Accept the {rows} good {word}, leave out the others"), cancel)
    return (("all", "Accept 1 row" if rows == 1 else f"Accept all {rows} rows"), cancel)


def _what_would_happen(preview: ImportPreview) -> list[dict[str, object]]:
    counts = preview.counts
    blocks: list[dict[str, object]] = [
        prose.heading("What this file would change"),
        prose.bullets(
            [
                f"{counts.added} pupils to add",
                f"{counts.changed} pupils to change",
                f"{counts.unchanged} pupils already as in the file",
                f"{counts.problem} rows with a problem, which cannot be accepted",
            ]
        ),
    ]
    if preview.already_imported_at is not None:
        when = write_moment(preview.already_imported_at)
        blocks.append(prose.text(f"This very file was imported on {when}."))
    if not preview.would_write:
        blocks.append(prose.text("There is nothing to save."))
    return blocks


def _show_problems(table: FiguresTable, problems: tuple[ImportProblem, ...]) -> None:
    shown = problems[:SHOWN_AT_MOST]
    more = f" (the first {SHOWN_AT_MOST} are shown)" if len(problems) > SHOWN_AT_MOST else ""
    table.show(
        caption=f"{len(problems)} problems and warnings{more}",
        row_heading="Row",
        columns=(
            TableColumn("kind", "Kind"),
            TableColumn("column", "Column"),
            TableColumn("value", "Value"),
            TableColumn("reason", "What is wrong, and what to do"),
            TableColumn("file", "File"),
        ),
        rows=[
            TableRow(
                str(place),
                TableCell("Whole file" if item.row is None else str(item.row), sort=item.row),
                (
                    TableCell(
                        "Problem" if item.blocking else "Warning",
                        tone="problem" if item.blocking else "warning",
                    ),
                    TableCell(item.column or ""),
                    TableCell(item.value or ""),
                    TableCell(item.reason),
                    TableCell(item.file),
                ),
            )
            for place, item in enumerate(shown)
        ],
        sortable=True,
    )


def _show_changes(table: FiguresTable, preview: ImportPreview) -> None:
    wanted = {RowStatus.ADDED.value, RowStatus.CHANGED.value}
    rows = preview.rows[preview.rows["status"].isin(wanted)]
    more = f" (the first {SHOWN_AT_MOST} are shown)" if len(rows) > SHOWN_AT_MOST else ""
    table.show(
        caption=f"Pupils to add and to change{more}",
        row_heading="Row",
        columns=(
            TableColumn("status", "What would happen"),
            TableColumn("pupil", "Pupil"),
            TableColumn("year_group", "Year"),
            TableColumn("changes", "Old and new values"),
        ),
        rows=[_change_row(row) for row in rows.head(SHOWN_AT_MOST).to_dict("records")],
        sortable=True,
    )


def _change_row(row: Record) -> TableRow:
    number, year_group = int(str(row["row"])), int(str(row["year_group"]))
    added = row["status"] == RowStatus.ADDED.value
    cells = (
        TableCell("Added" if added else "Changed", tone="good" if added else "warning"),
        TableCell(f"{row['surname']}, {row['forenames']}"),
        TableCell(LABELS[year_group], sort=year_group),
        TableCell(str(row["changes"])),
    )
    return TableRow(str(number), TableCell(str(number), sort=number), cells)
