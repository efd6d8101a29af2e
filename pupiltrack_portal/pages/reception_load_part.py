"""Loading an authority's Reception pupils: a file, a preview, then school after school."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import ipywidgets

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.counted import counted
from pupiltrack_core.domain.local_time import write_moment
from pupiltrack_core.errors import NotSignedIn, UserFacingError
from pupiltrack_core.services.reception_load import (
    TEMPLATE_NAME,
    LoadedSchool,
    LoadPreview,
    SchoolPreview,
    begin_load,
    load_school,
    past_loads,
    preview_load,
    reception_template,
)
from pupiltrack_portal.pages.context import PageContext, unexpected
from pupiltrack_portal.pages.files import CSV, Made, file_maker
from pupiltrack_portal.pages.import_preview import show_problems
from pupiltrack_portal.pages.watch import Watch
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import Field, Form, Submission
from pupiltrack_portal.widgets.step_heading import StepHeading

_BETWEEN = 0.02  # seconds between two schools, in which the browser is heard
_INTRO = (
    "The pupil template with one more column, LAESTAB, for each pupil's school; CSV or Excel. You "
    "see every school and every problem first; nothing is saved until you load."
)
_COUNTS = (
    TableColumn("added", "Added", numeric=True),
    TableColumn("changed", "Changed", numeric=True),
    TableColumn("unchanged", "There already", numeric=True),
    TableColumn("problem", "Left out", numeric=True),
)


class ReceptionLoadPart:
    """The file, its preview, the load while it runs, and the loads there were."""

    def __init__(self, context: PageContext, local_authority_id: int) -> None:
        self._context = context
        self._authority = local_authority_id
        self._heading = StepHeading()
        self._progress = Form(name="reception-progress", legend="The load under way", buttons=())
        self._preview: LoadPreview | None = None
        self._load_id = 0
        self._waiting: list[SchoolPreview] = []
        self._done: list[LoadedSchool] = []
        self._watch: Watch | None = None
        self._form = Form(
            name="reception-file",
            legend="Load Reception pupils",
            layout="column",
            fields=self._fields(),
            buttons=(("check", "Check the file"),),
        )
        self._form.on_submit(context.guarded(self._on_file))
        template = FileButton("Get the empty template")
        template.on_make(file_maker(context, _template, school_id=lambda: None))
        self._outcome = ipywidgets.VBox([])
        self._outcome.add_class("pt-stack")
        panel = ipywidgets.VBox([self._form, template])
        panel.add_class("pt-panel")
        self._past = FiguresTable()
        self.widget = ipywidgets.VBox(
            [
                prose.Prose(
                    prose.subheading("Load Reception pupils"),
                    prose.text(
                        "The Reception cohort of the October census for all schools at once. Each "
                        "school sees on its home page who arrived."
                    ),
                ),
                panel,
                self._outcome,
                self._past,
            ]
        )
        self.widget.add_class("pt-stack")
        self._draw_past()

    def _fields(self) -> tuple[Field, ...]:
        now = AcademicYear(self._context.academic_year_now())
        years = tuple((str(year.start), year.label) for year in (now, now.following))
        return (
            Field("year", "Academic year", "select", str(now.start), years),
            Field("file", "Reception file", "file", hint=_INTRO, accept=".csv,.xlsx"),
        )

    # The file ----------------------------------------------------------------------------------

    def _on_file(self, sent: Submission) -> None:
        if self._watch is not None:
            self._form.complain({"file": "A file is being loaded. Wait for it, or stop it first."})
            return
        file = sent.files.get("file")
        if file is None:
            self._form.complain({"file": "Choose a CSV or Excel file of up to 20 MB."})
            return
        self._context.notice.show("info", "Checking the file against every school …")
        try:
            self._preview = preview_load(
                self._context.caller,
                self._authority,
                int(str(sent.answers["year"]) or 0),
                file_name=file.name,
                content=file.content,
            )
        except UserFacingError as error:
            self._context.notice.clear()
            self._form.complain({"file": str(error)})
            return
        self._context.notice.clear()
        self._form.complain({})
        self._show_preview(self._preview)

    def _show_preview(self, preview: LoadPreview) -> None:
        self._heading = StepHeading()
        label = AcademicYear(preview.academic_year).label
        self._heading.show(
            f"What this file would do in {label}", line=preview.file_name, position="", steps=()
        )
        problems, schools = FiguresTable(), FiguresTable()
        show_problems(problems, preview.problems)
        _show_schools(schools, preview.schools)
        decide = Form(
            name="reception-load", legend="Load it or put it away", buttons=_choices(preview)
        )
        decide.on_submit(self._context.guarded(self._on_decision))
        parts: list[ipywidgets.Widget] = [self._heading, prose.Prose(*_words(preview))]
        if preview.problems:
            parts.append(problems)
        if preview.schools:
            parts.append(schools)
        self._outcome.children = (*parts, decide)
        self._heading.take_focus()

    def _on_decision(self, sent: Submission) -> None:
        preview = self._preview
        if preview is None or sent.button == "away":
            self._preview = None
            self._outcome.children = ()
            self._form.take_focus()
            self._context.notice.show("info", "The file was put away. Nothing was changed.")
            return
        self._load_id = begin_load(self._context.caller, preview)
        self._waiting, self._done = list(preview.to_load), []
        self._run()

    # The load ----------------------------------------------------------------------------------

    def _run(self) -> None:
        """Load one school after another, hearing the browser between two of them."""
        self._progress = Form(
            name="reception-progress",
            legend="The load under way",
            buttons=(("stop", "Stop after this school"),),
        )
        # The line that `say` writes to is there once a form has had chips.
        self._progress.show_chips((), label="Schools loaded", action="Take off")
        self._progress.on_submit(self._context.guarded(self._on_stop))
        self._heading.show(
            "Loading the schools", line="What is loaded stays.", position="", steps=()
        )
        self._outcome.children = (self._heading, self._progress)
        self._progress.take_focus()
        self._say_progress()
        self._watch = Watch(self._load_next, every=_BETWEEN)
        if _has_loop():
            self._watch.begin()
            return
        while self._watch is not None:  # without a loop nobody could press Stop
            self._load_next()

    def _on_stop(self, _sent: Submission) -> None:
        self._waiting = []
        if self._watch is not None:
            self._finish()

    def _load_next(self) -> None:
        preview = self._preview
        if preview is None or not self._waiting:
            self._finish()
            return
        school = self._waiting.pop(0)
        try:
            done = load_school(self._context.caller, preview, self._load_id, school.school_id)
        except NotSignedIn as error:
            self._finish(str(error))
            return
        except UserFacingError as error:
            done = LoadedSchool(school.school_id, school.name, passed_over=str(error))
        except Exception as error:  # noqa: BLE001 - nobody waits for an answer; the person is told
            self._finish(unexpected(error))
            return
        self._done.append(done)
        self._say_progress()
        if not self._waiting:
            self._finish()

    def _say_progress(self) -> None:
        total = len(self._done) + len(self._waiting)
        self._progress.say(f"{len(self._done)} of {counted(total, 'school')} loaded …")

    def _finish(self, error: str = "") -> None:
        """Say what was done and what was not; a file can be gone on with by loading it again."""
        if self._watch is not None:
            self._watch.end()
            self._watch = None
        written = [item for item in self._done if not item.passed_over]
        pupils = sum(item.added + item.changed for item in written)
        total = 0 if self._preview is None else len(self._preview.to_load)
        words = (
            f"{counted(pupils, 'pupil')} loaded at {len(written)} of {counted(total, 'school')}."
        )
        self._preview = None
        table = FiguresTable()
        _show_loaded(table, self._done)
        self._heading.show("What was done", line=words, position="", steps=())
        self._outcome.children = (self._heading, table)
        self._heading.take_focus()
        if error:
            self._context.notice.show("error", f"{words} {error}")
            return
        self._draw_past()
        self._form.show(self._fields())
        if len(written) == total:
            self._context.notice.show("success", words)
        else:
            self._context.notice.show(
                "warning", f"{words} What was loaded stays. Check the file again to go on."
            )

    def _draw_past(self) -> None:
        rows = [
            TableRow(
                str(place),
                TableCell(write_moment(item.made_at), sort=item.made_at.isoformat()),
                (
                    TableCell(item.who),
                    TableCell(AcademicYear(item.academic_year).label),
                    TableCell(str(item.schools), sort=item.schools),
                    TableCell(str(item.added), sort=item.added),
                    TableCell(str(item.changed), sort=item.changed),
                    TableCell(str(item.unchanged), sort=item.unchanged),
                ),
            )
            for place, item in enumerate(past_loads(self._context.caller, self._authority))
        ]
        self._past.show(
            caption="Earlier loads",
            row_heading="When",
            columns=(
                TableColumn("who", "By"),
                TableColumn("year", "Into"),
                TableColumn("schools", "Schools", numeric=True),
                *_COUNTS[:3],
            ),
            rows=rows,
            sortable=True,
            empty="Nothing has been loaded yet.",
        )


def _template() -> Made:
    return TEMPLATE_NAME, CSV, reception_template()


def _has_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _choices(preview: LoadPreview) -> tuple[tuple[str, str], ...]:
    away = ("away", "Put the file away")
    if not preview.to_load:
        return (away,)
    pupils = preview.counts.added + preview.counts.changed
    label = f"Load {counted(pupils, 'pupil')} at {counted(len(preview.to_load), 'school')}"
    left_out = ", leave out the problems" if preview.counts.problem else ""
    return (("load", f"{label}{left_out}"), away)


def _words(preview: LoadPreview) -> list[dict[str, object]]:
    counts, schools = preview.counts, counted(len(preview.to_load), "school")
    if not preview.is_readable:
        return [prose.text("The file cannot be read; the table says why. Nothing was changed.")]
    blocks: list[dict[str, object]] = [
        prose.bullets(
            [
                f"{counted(counts.added, 'pupil')} to add at {schools}",
                f"{counted(counts.changed, 'pupil')} to change, whom the school has on its books",
                f"{counted(counts.unchanged, 'pupil')} there already",
                f"{counted(counts.problem, 'row')} with a problem, to be left out",
            ]
        )
    ]
    if preview.already_loaded_at is not None:
        when = write_moment(preview.already_loaded_at)
        blocks.append(prose.text(f"This very file was loaded on {when}, wholly or in part."))
    if not preview.to_load:
        blocks.append(prose.text("There is nothing to load."))
    return blocks


def _show_schools(table: FiguresTable, schools: Sequence[SchoolPreview]) -> None:
    table.show(
        caption=f"{counted(len(schools), 'school')} in the file",
        row_heading="School",
        columns=(
            TableColumn("laestab", "LAESTAB"),
            TableColumn("added", "To add", numeric=True),
            TableColumn("changed", "To change", numeric=True),
            *_COUNTS[2:3],
            TableColumn("problem", "Problems", numeric=True),
        ),
        rows=[
            TableRow(
                school.laestab,
                TableCell(school.name),
                (
                    TableCell(school.laestab),
                    *_numbers(
                        school.counts.added,
                        school.counts.changed,
                        school.counts.unchanged,
                        school.counts.problem,
                    ),
                ),
            )
            for school in schools
        ],
        sortable=True,
    )


def _show_loaded(table: FiguresTable, schools: Sequence[LoadedSchool]) -> None:
    table.show(
        caption="Schools loaded",
        row_heading="School",
        columns=(*_COUNTS, TableColumn("note", "Note")),
        rows=[
            TableRow(
                str(item.school_id),
                TableCell(item.name),
                (
                    *_numbers(item.added, item.changed, item.unchanged, item.left_out),
                    TableCell(item.passed_over, tone="warning" if item.passed_over else ""),
                ),
            )
            for item in schools
        ],
        sortable=True,
        empty="No school was loaded.",
    )


def _numbers(added: int, changed: int, unchanged: int, problem: int) -> tuple[TableCell, ...]:
    return (
        TableCell(str(added), sort=added),
        TableCell(str(changed), sort=changed),
        TableCell(str(unchanged), sort=unchanged),
        TableCell(str(problem), sort=problem, tone="problem" if problem else ""),
    )
