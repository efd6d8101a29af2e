"""Erasing what is past its time at an authority's schools: told, confirmed, watched, ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import ipywidgets

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.local_time import write_moment
from pupiltrack_core.domain.retention import KEPT_LONGER_UNTIL_AGE, KEPT_UNTIL_AGE
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.retention import (
    AuthorityRetention,
    YearCount,
    retention_of_authority,
)
from pupiltrack_core.services.retention_runs import (
    RunState,
    cancel_retention,
    order_retention,
    retention_runs_of,
)
from pupiltrack_portal.pages.archivable_list import try_to_store
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.watch import Watch
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Field, Form, Submission

EVERY = 3.0  # seconds between two looks at how far a run is
CONFIRM_WORD = "ERASE"
_CANCEL = "cancel"
RULE = (
    (
        f"How long: until the pupil's {KEPT_UNTIL_AGE}th birthday; until the "
        f"{KEPT_LONGER_UNTIL_AGE}st where any year's record has special educational needs (SEN "
        "support or a plan) or says that the child was looked after."
    ),
    (
        "From what date: the date of birth on the record, to the day, whether the pupil has left "
        "or not. Nothing else starts or stops the clock."
    ),
    (
        "Where the ages come from: the retention schedules of English local authorities, which "
        "follow the time in which a claim may be brought: six years from the age of 18, and a "
        "year; for needs, six years from 25, up to when a plan may run."
    ),
    "What stays: a record with a legal hold, for as long as the hold stands.",
)
YEAR_COLUMNS = (
    TableColumn("due", "Would be erased", numeric=True),
    TableColumn("held", "Kept by a hold", numeric=True),
)


class RetentionPart:
    """What a run would erase and whom it would leave, the run itself, and the runs there were."""

    def __init__(
        self, context: PageContext, local_authority_id: int, on_holds: Callable[[str], None]
    ) -> None:
        """`on_holds` shows the holds of a school, by its LAESTAB."""
        self._context = context
        self._authority = local_authority_id
        self._on_holds = on_holds
        self._found = AuthorityRetention((), ())
        self._runs: tuple[RunState, ...] | None = None
        self._watch: Watch | None = None
        self._counts, self._held, self._past = FiguresTable(), FiguresTable(), FiguresTable()
        self._held.on_press(context.guarded(self._on_held_press))
        self._form = Form(name="retention", legend="Erase what is past its time")
        self._form.on_submit(context.guarded(self._on_submit))
        self._form.add_class("pt-panel")
        self._place = ipywidgets.VBox([])
        about = prose.Prose(
            prose.heading("Records past their time"), prose.bullets(RULE), prose.text(_ABOUT)
        )
        self.widget = ipywidgets.VBox([about, self._counts, self._held, self._place, self._past])
        self.widget.add_class("pt-stack")
        self._draw()

    def leave(self) -> None:
        """Look no more at how far a run is."""
        if self._watch is not None:
            self._watch.end()
            self._watch = None

    def _on_held_press(self, row: str, _column: str) -> None:
        laestab = row.partition("-")[0]
        if any(record.laestab == laestab for record in self._found.held):
            self._on_holds(laestab)

    def _on_submit(self, sent: Submission) -> None:
        self._form.complain({})
        if sent.button == _CANCEL:
            self._cancel()
            return
        expected = self._found.due

        def store() -> None:
            if str(sent.answers["confirm"]).strip() != CONFIRM_WORD:
                raise InvalidEntry(
                    f"Type {CONFIRM_WORD} in capitals. Nothing was erased.", field="confirm"
                )
            order_retention(self._context.caller, self._authority, expected=expected)

        if try_to_store(self._form, store, conflict="confirm") is None:
            self._context.notice.show(
                "success",
                "The run is ordered: it begins within a minute, and goes on if you leave. The "
                "table of runs shows how far it is.",
            )
            self._draw()
            self._form.take_focus()
            return
        complaint = self._form.errors
        self._runs = None  # there may be another number of records, or a run of somebody else's
        self._draw()
        if self._form.spec["fields"]:
            self._form.complain(complaint)
        else:
            self._context.notice.show("warning", " ".join(complaint.values()))

    def _cancel(self) -> None:
        run = next((run for run in self._runs or () if not run.is_over), None)
        if run is None or not cancel_retention(self._context.caller, self._authority, run.run_id):
            words = "The run was over before it could be cancelled."
        else:
            words = (
                "The run ends before its next school. What has been erased by then does not come "
                "back."
            )
        self._context.notice.show("info", words)
        self._draw()

    def _draw(self) -> None:
        runs = retention_runs_of(self._context.caller, self._authority)
        if runs != self._runs:
            self._found = retention_of_authority(self._context.caller, self._authority)
            self._show_found()
            self._show_form(runs)
            self._show_runs(runs)
            self._runs = runs
        if any(not run.is_over for run in runs):
            if self._watch is None:
                self._watch = Watch(self._draw, every=EVERY)
                self._watch.begin()
        else:
            self.leave()

    def _show_form(self, runs: Iterable[RunState]) -> None:
        """Ask for a confirmation, or offer to cancel; drawn anew only where it is another."""
        under_way = next((run for run in runs if not run.is_over), None)
        fields: list[Field] = []
        buttons: list[tuple[str, str]] = []
        if under_way is None and self._found.due:
            confirm = f"Type {CONFIRM_WORD} to confirm"
            fields = [Field("confirm", confirm, "text", max_length=20)]
            buttons = [("erase", f"Erase {_records(self._found.due)} for good")]
        elif under_way is not None and not under_way.is_cancelled:
            buttons = [(_CANCEL, "Cancel the run")]
        if buttons and [list(button) for button in buttons] != _buttons_of(self._form):
            self._form.show(fields, buttons=buttons)
        self._place.children = (self._form,) if buttons else ()

    def _show_found(self) -> None:
        found = self._found
        records = _records(found.due)
        self._counts.show(
            caption=f"What a run today would erase: {records}",
            row_heading="School",
            columns=(TableColumn("year", "Time ended in"), *YEAR_COLUMNS),
            rows=[
                TableRow(
                    f"{school.laestab}-{count.academic_year}",
                    TableCell(school.name),
                    (TableCell(_year(count)), *year_cells(count)),
                )
                for school in found.schools
                for count in school.overview.years
            ],
            empty="No school has a record past its time.",
        )
        self._held.show(
            caption="Past their time and kept by a hold",
            row_heading="Pupil",
            columns=(
                TableColumn("school", "School"),
                TableColumn("until", "Time ended"),
                TableColumn("placed", "Held since"),
                TableColumn("holds", "Holds"),
            ),
            rows=[
                TableRow(
                    f"{record.laestab}-{record.pupil_id}",
                    TableCell(record.name),
                    (
                        TableCell(record.school),
                        TableCell(f"{record.kept_until:%d/%m/%Y}"),
                        TableCell(write_moment(record.placed_at)),
                        TableCell("Show holds", press=f"Show the holds of {record.school}"),
                    ),
                )
                for record in found.held
            ],
            empty="No record past its time is held.",
        )

    def _show_runs(self, runs: Iterable[RunState]) -> None:
        self._past.show(
            caption="Runs of the local authority",
            row_heading="Ordered",
            columns=(
                TableColumn("who", "By"),
                TableColumn("state", "State"),
                TableColumn("schools", "Schools done", numeric=True),
                TableColumn("erased", "Erased", numeric=True),
                TableColumn("held", "Held", numeric=True),
            ),
            rows=[_run_row(run) for run in runs],
            empty="No run has been ordered on this page yet.",
        )


def years_table(table: FiguresTable, years: Iterable[YearCount]) -> None:
    """Show a school's records past their time by the year in which it ended."""
    table.show(
        caption="Past their time",
        row_heading="Time ended in",
        columns=YEAR_COLUMNS,
        rows=[
            TableRow(str(count.academic_year), TableCell(_year(count)), year_cells(count))
            for count in years
        ],
        empty="No record is past its time.",
    )


def year_cells(count: YearCount) -> tuple[TableCell, TableCell]:
    """Return the cells of `YEAR_COLUMNS`."""
    return TableCell(str(count.due)), TableCell(str(count.held))


def _year(count: YearCount) -> str:
    return AcademicYear(count.academic_year).label


def _records(number: int) -> str:
    return "1 record" if number == 1 else f"{number:,} records"


def _buttons_of(form: Form) -> list[list[str]]:
    return [[button["key"], button["label"]] for button in form.spec["buttons"]]


def _run_row(run: RunState) -> TableRow:
    share = None if run.is_over or not run.schools else 100 * run.schools_done / run.schools
    return TableRow(
        str(run.run_id),
        TableCell(write_moment(run.asked_at), sort=run.asked_at.isoformat()),
        (
            TableCell(run.asked_by),
            TableCell(_state(run), note=run.message),
            TableCell(f"{run.schools_done} of {run.schools}", sort=run.schools_done, share=share),
            TableCell(f"{run.erased} of {run.due}", sort=run.erased),
            TableCell(str(run.held)),
        ),
    )


def _state(run: RunState) -> str:
    if run.is_over:
        return "Cancelled" if run.is_cancelled else "Ended early" if run.message else "Done"
    if run.is_cancelled:
        return "Being cancelled"
    return "Under way" if run.schools_done else "Waiting: within a minute"


_ABOUT = (
    "A run erases at one school after the other and can be cancelled between two. Nothing that is "
    "erased comes back, also not from a backup; the figures of earlier years lose it too. The "
    "audit keeps who ordered it, each record's number, and how many."
)
