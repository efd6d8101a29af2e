"""The reports of many schools as files: ask for them, watch them being made, fetch them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.local_time import write_moment
from pupiltrack_core.domain.report_batches import BatchRequest, FileKind, ReportKind
from pupiltrack_core.errors import InvalidEntry, NotFound, UserFacingError
from pupiltrack_core.services.batch_jobs import (
    OFFERED,
    BatchState,
    ask_for_batch,
    batches_of,
    cancel_batch,
)
from pupiltrack_core.services.schools import schools_for
from pupiltrack_portal.pages.context import PageContext, unexpected
from pupiltrack_portal.pages.watch import Watch
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.file_button import FileButton, ReadyFile
from pupiltrack_portal.widgets.form import Field, Form, Submission

EVERY = 2.0  # seconds between two looks at how far the batches are
REPORTS, YEAR, PLACE, FILES = "reports", "year", "place", "files"
_ALL, _DISTRICT, _PHASE = "", "district:", "phase:"
_MOST_BUTTONS = 5
_BOTH = "both"
_STATES = {
    "waiting": "Waiting",
    "running": "Being made",
    "finished": "Finished",
    "cancelled": "Cancelled",
    "failed": "Failed",
}
_ABOUT = (
    "A file of each report for each school, as one ZIP file with a list of them all. They are made "
    "beside everybody's work and kept for a day; you can leave this page meanwhile. The files show "
    "small figures too, but list no pupils."
)


class BatchPart:
    """The form, the batches there are, and the way to their files."""

    def __init__(self, context: PageContext, local_authority_id: int) -> None:
        self._context = context
        self._authority = local_authority_id
        self._places = _places(context, local_authority_id)
        self._shown: tuple[BatchState, ...] | None = None
        self._form = Form(
            name="batch",
            legend="Make reports of many schools",
            layout="column",
            fields=self._fields(),
            buttons=(("make", "Make the files"),),
        )
        self._form.on_submit(context.guarded(self._on_ask))
        self._form.add_class("pt-panel")
        self._table = FiguresTable()
        self._table.on_press(context.guarded(self._on_press))
        self._files = ipywidgets.HBox([])
        self._files.add_class("pt-actions")
        about = prose.Prose(prose.subheading("Reports of many schools"), prose.text(_ABOUT))
        self.widget = ipywidgets.VBox([about, self._form, self._table, self._files])
        self.widget.add_class("pt-stack")
        self._watch: Watch | None = None
        self._draw()

    def _fields(self) -> tuple[Field, ...]:
        reach = schools_for(self._context.caller)
        held = {year for school in reach for year in school.academic_years}
        years = sorted(held, reverse=True) or [self._context.academic_year_now()]
        reports = tuple((kind.value, kind.label) for kind in OFFERED)
        return (
            Field(REPORTS, "Reports", "checks", (ReportKind.FULL.value,), reports),
            Field(
                YEAR,
                "Academic year",
                "select",
                str(years[0]),
                tuple((str(year), AcademicYear(year).label) for year in years),
            ),
            Field(PLACE, "Schools", "select", _ALL, self._places),
            Field(
                FILES,
                "Kind of file",
                "select",
                FileKind.PDF.value,
                (
                    (FileKind.PDF.value, "PDF"),
                    (FileKind.XLSX.value, "Excel"),
                    (_BOTH, "PDF and Excel"),
                ),
                hint="The governors' pack is made as PDF only.",
            ),
        )

    def _on_ask(self, sent: Submission) -> None:
        answers = sent.answers
        reports, place = answers[REPORTS], str(answers[PLACE])
        kinds = str(answers[FILES])
        try:
            request = BatchRequest(
                reports=tuple(ReportKind(str(item)) for item in reports)
                if isinstance(reports, tuple)
                else (),
                academic_year=int(str(answers[YEAR])),
                file_kinds=tuple(FileKind) if kinds == _BOTH else (FileKind(kinds),),
                district=_named(place, _DISTRICT),
                phase=_named(place, _PHASE),
            )
            ask_for_batch(self._context.caller, self._authority, request)
        except InvalidEntry as error:
            at = {"file_kinds": FILES, "year": YEAR, "schools": PLACE}.get(error.field, REPORTS)
            self._form.complain({at: str(error)})
            return
        except NotFound as error:
            self._form.complain({PLACE: str(error)})
            return
        self._form.complain({})
        self._context.notice.show(
            "success", "The batch is in the queue. The table shows how far it has come."
        )
        self._draw()

    def _on_press(self, key: str, column: str) -> None:
        if column != "cancel" or not key.isdecimal():
            return
        if cancel_batch(self._context.caller, int(key)):
            self._context.notice.show("info", "The batch is cancelled. None of its files is kept.")
        else:
            self._context.notice.show("info", "The batch was over before it could be cancelled.")
        self._draw()

    def _draw(self) -> None:
        found = batches_of(self._context.caller, self._authority)
        if found != self._shown:
            self._show(found)
            self._shown = found
        if any(item.is_unfinished for item in found):
            if self._watch is None:
                self._watch = Watch(self._draw, every=EVERY)
                self._watch.begin()
        elif self._watch is not None:
            self._watch.end()
            self._watch = None

    def _show(self, found: Sequence[BatchState]) -> None:
        self._table.show(
            caption="Batches of the local authority",
            row_heading="Asked for",
            columns=(
                TableColumn("what", "What"),
                TableColumn("who", "By"),
                TableColumn("state", "State"),
                TableColumn("files", "Files", numeric=True),
                TableColumn("cancel", "Cancel"),
            ),
            rows=[_row(item) for item in found],
            empty="No batch has been asked for yet.",
        )
        before = [] if self._shown is None else [item.id for item in self._shown if item.can_fetch]
        now = [item for item in found if item.can_fetch][:_MOST_BUTTONS]
        if [item.id for item in now] != before[:_MOST_BUTTONS] or self._shown is None:
            # Buttons that are there stay: one of them may have the focus.
            self._files.children = tuple(self._button(item) for item in now)

    def _button(self, item: BatchState) -> FileButton:
        button = FileButton(f"Save the files of {write_moment(item.asked_at)} (ZIP)")
        button.on_make(self._fetching(item.id))
        return button

    def _fetching(self, job_id: int) -> Callable[[], ReadyFile | str]:
        def fetch() -> ReadyFile | str:
            try:
                found = batches_of(self._context.caller, self._authority)
            except UserFacingError as error:
                return str(error)
            except Exception as error:  # noqa: BLE001 - the edge between the browser and the page
                return unexpected(error)
            if not any(item.id == job_id and item.can_fetch for item in found):
                return (
                    "The files were kept for a day and are not there any more. Ask for them anew."
                )
            return ReadyFile(f"/download/batch-{job_id}", f"reports-{job_id}.zip")

        return fetch


def _places(context: PageContext, local_authority_id: int) -> tuple[tuple[str, str], ...]:
    schools = [
        school
        for school in schools_for(context.caller)
        if school.local_authority_id == local_authority_id
    ]
    districts = sorted({school.district for school in schools if school.district})
    phases = sorted({school.phase for school in schools if school.phase})
    return (
        (_ALL, f"All {len(schools)} schools"),
        *((f"{_DISTRICT}{name}", f"Schools in {name}") for name in districts),
        *((f"{_PHASE}{name}", f"{name.capitalize()} schools") for name in phases),
    )


def _named(place: str, kind: str) -> str | None:
    return place.removeprefix(kind) if place.startswith(kind) else None


def _row(item: BatchState) -> TableRow:
    words, note = _STATES.get(item.state, item.state), item.message
    if item.is_being_cancelled:
        words = "Being cancelled"
    elif item.can_fetch and item.kept_until is not None:
        note = f"{note} Kept until {write_moment(item.kept_until)}."
    tone = {"finished": "good", "failed": "problem"}.get(item.state, "")
    when = write_moment(item.asked_at)
    files = f"{item.done} of {item.total}" if item.total else "–"
    failed = f"{item.failed} failed" if item.failed else ""
    is_open = item.is_unfinished and not item.is_being_cancelled
    share = 100 * item.done / item.total if item.total and item.state == "running" else None
    return TableRow(
        str(item.id),
        TableCell(when, sort=item.asked_at.isoformat()),
        (
            TableCell(item.what),
            TableCell(item.asked_by),
            TableCell(words, tone=tone, note=note),
            TableCell(files, sort=item.done, note=failed, share=share),
            TableCell("Cancel" if is_open else "", press=_cancel_words(when) if is_open else ""),
        ),
    )


def _cancel_words(when: str) -> str:
    return f"Cancel the batch of {when}"
