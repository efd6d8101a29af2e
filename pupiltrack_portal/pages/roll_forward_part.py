"""Starting a new academic year: classes in a form, exceptions in a grid, then all at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import ipywidgets

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.cohorts import MAX_CLASS_NAME
from pupiltrack_core.domain.counted import counted
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.roll_forward import (
    class_field,
    plan_roll_forward,
    start_year,
    undo_start,
)
from pupiltrack_core.services.roll_forward_drafts import load_draft, save_draft
from pupiltrack_core.services.roll_forward_plan import (
    Outcome,
    RollForwardPlan,
    YearChoices,
)
from pupiltrack_core.services.roll_forward_state import YearStart, year_start
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.roll_forward_grid import (
    EVERYONE,
    changed_cells,
    choose,
    filters,
    grid_cells,
    grid_columns,
    grid_rows,
    outcomes_of,
    reasons_to_refuse,
)
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.entry_grid import Answer, Change, EntryGrid
from pupiltrack_portal.widgets.form import Answer as FormAnswer
from pupiltrack_portal.widgets.form import Field, Form, Submission
from pupiltrack_portal.widgets.step_heading import StepHeading

_KEPT = "Kept for you. No pupil is changed until you start the year."
_NOT_KEPT = "These are too many choices to be kept for your next visit; they hold on this page."


class RollForwardPart:
    """What the school can begin, and what it began last; `on_done` is called after either."""

    def __init__(
        self, context: PageContext, school_id: int, *, on_done: Callable[[], None] | None = None
    ) -> None:
        self._context = context
        self._school_id = school_id
        self._on_done = on_done
        self._choices = YearChoices()
        self._plan: RollForwardPlan | None = None
        self._shown = EVERYONE
        self._about = prose.Prose()
        self._buttons = ipywidgets.VBox([])
        self._buttons.add_class("pt-stack")
        self._panel = ipywidgets.VBox([])
        self._panel.add_class("pt-stack")
        self.widget = ipywidgets.VBox([self._about, self._buttons, self._panel])
        self.widget.add_class("pt-stack")
        self._state = year_start(context.caller, school_id)
        self._draw()

    # What can be done ---------------------------------------------------------------------------

    @property
    def _label(self) -> str:
        return AcademicYear(self._state.academic_year or 0).label

    def _draw(self) -> None:
        """Show what can be begun and undone, and nothing under it."""
        self._plan = None
        self._panel.children = ()
        self._about.show(prose.subheading("Start a new year"), *_about(self._state))
        self._show_buttons()

    @property
    def _can_prepare(self) -> bool:
        state = self._state
        return bool(state.academic_year and state.pupils and state.prepared_from is None)

    @property
    def _can_undo(self) -> bool:
        return self._state.last is not None and not self._state.last.why_not

    def _show_buttons(self) -> None:
        buttons = [("open", f"Prepare {self._label}")] if self._can_prepare else []
        if self._can_undo:
            buttons.append(("ask", f"Undo the start of {self._last_label}"))
        self._open = Form(name="open-year", legend="Start a new year", buttons=buttons)
        self._open.on_submit(self._context.guarded(self._on_button))
        self._buttons.children = (self._open,) if buttons else ()

    @property
    def _last_label(self) -> str:
        return AcademicYear(self._state.last.academic_year).label if self._state.last else ""

    def _on_button(self, sent: Submission) -> None:
        if sent.button == "open":
            self._prepare()
            return
        label = self._last_label
        self._open = Form(
            name="undo-year",
            legend=f"Undo the start of {label}",
            buttons=(
                ("undo", f"Yes, take the pupils out of {label}"),
                ("keep", f"Keep {label}"),
            ),
        )
        self._open.on_submit(self._context.guarded(self._on_undo))
        self._buttons.children = (self._open,)
        self._open.take_focus()

    def _on_undo(self, sent: Submission) -> None:
        last = self._state.last
        if last is None or sent.button == "keep":
            self._show_buttons()
            self._open.take_focus()
            return
        try:
            done = undo_start(self._context.caller, self._school_id, last.run_id)
        finally:
            self._reread()
        label = AcademicYear(last.academic_year).label
        kept = ""
        if done.kept:
            was, stay = ("was", "stays") if done.kept == 1 else ("were", "stay")
            kept = f" {counted(done.kept, 'pupil')} {was} changed since, and {stay} in {label}."
        self._context.notice.show(
            "success",
            f"The start of {label} is undone: {counted(done.removed, 'pupil')} taken out of it, "
            f"{done.back} of those who left are back.{kept}",
        )
        self._finish()

    def _reread(self) -> None:
        self._state = year_start(self._context.caller, self._school_id)
        self._draw()

    def _finish(self) -> None:
        if self._buttons.children:
            self._open.take_focus()
        if self._on_done is not None:
            self._on_done()

    # Classes ------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        self._reread()
        year = self._state.academic_year
        if year is None:
            return
        self._choices = load_draft(self._context.caller, self._school_id, year)
        self._form = Form(
            name="year-classes",
            legend=f"Which class goes into which in {self._label}",
            layout="grid",
            fields=self._class_fields(),
            buttons=(("show", "Show what would happen"), ("close", "Close")),
        )
        self._form.on_submit(self._context.guarded(self._on_classes))
        self._outcome = ipywidgets.VBox([])
        self._outcome.add_class("pt-stack")
        told = prose.Prose(
            prose.text(
                "Write the class that each class goes into; what stands there is a guess to be "
                "checked. A name the school does not have yet is added to its class names. Who "
                "goes elsewhere than the rest is chosen in the next step."
            )
        )
        inside = ipywidgets.VBox([told, self._form, self._outcome])
        inside.add_class("pt-stack")
        panel = ipywidgets.VBox([inside])
        panel.add_class("pt-panel")
        self._buttons.children = ()
        self._panel.children = (panel,)
        self._form.take_focus()

    def _class_fields(self) -> tuple[Field, ...]:
        return tuple(
            Field(
                class_field(place),
                item.label,
                "text",
                self._choices.classes.get(item.of_class, item.new_class),
                hint=f"{counted(item.pupils, 'pupil')}, on to "
                f"{LABELS[item.of_class.year_group + 1]}",
                max_length=MAX_CLASS_NAME,
            )
            for place, item in enumerate(self._state.classes)
        )

    def _on_classes(self, sent: Submission) -> None:
        if sent.button == "close":
            self._draw()
            self._open.take_focus()
            return
        self._form.complain({})
        names = {
            item.of_class: str(sent.answers[class_field(place)])
            for place, item in enumerate(self._state.classes)
        }
        try:
            self._look(replace(self._choices, classes=names))
        except InvalidEntry as error:
            if error.field not in sent.answers:
                raise
            self._form.complain({error.field: str(error)})
            return
        self._shown = EVERYONE
        self._show_outcome()

    def _look(self, choices: YearChoices) -> bool:
        """Plan with these choices and keep them; return False for too many to keep."""
        year = self._state.academic_year or 0
        caller, school_id = self._context.caller, self._school_id
        plan = plan_roll_forward(caller, school_id, year, choices)
        self._plan, self._choices = plan, plan.choices
        return save_draft(caller, school_id, year, plan.choices)

    # What would happen --------------------------------------------------------------------------

    def _show_outcome(self) -> None:
        plan = self._require_plan()
        self._heading = StepHeading()
        self._heading.show(
            f"What starting {self._label} would do",
            line="Nothing has been changed yet.",
            position="",
            steps=(),
        )
        self._counts = prose.Prose()
        self._filter = Form(name="year-filter", legend="Pupils to show", buttons=())
        self._filter.on_change(self._context.guarded(self._on_filter))
        self._grid = EntryGrid(
            columns=grid_columns(plan, self._state.class_names),
            rows=grid_rows(plan, self._shown),
            cells=grid_cells(plan),
            row_heading="Pupil",
            caption=f"Pupils and where they go in {self._label}",
        )
        self._grid.on_changes(self._on_changes)
        self._grid.on_error(self._context.tell_fault)
        self._start = ipywidgets.VBox([])
        self._outcome.children = (
            self._heading,
            self._counts,
            self._filter,
            self._grid,
            self._start,
        )
        self._draw_counts()
        self._heading.take_focus()

    def _draw_counts(self) -> None:
        plan = self._require_plan()
        self._counts.show(*_counts(plan, self._label))
        self._filter.show(
            (Field("show", "Show", "select", self._shown, filters(plan, self._shown), tells=True),)
        )
        going, leaving = counted(len(plan.going_on), "pupil"), plan.count(Outcome.LEAVES)
        label = f"Start {self._label}: {going} go on, {leaving} leave"
        may_start = self._state.opens_on is None and plan.would_write
        ready = may_start and not plan.count(Outcome.PROBLEM)
        buttons = (("start", label),) if ready else ()
        form = Form(
            name="start-year",
            legend=f"Start {self._label}",
            buttons=(*buttons, ("close", "Close without starting")),
        )
        form.on_submit(self._context.guarded(self._on_start))
        self._start.children = (form,)

    def _on_filter(self, _key: str, values: Mapping[str, FormAnswer]) -> None:
        plan = self._require_plan()
        self._shown = str(values["show"]) or EVERYONE
        self._grid.replace(rows=grid_rows(plan, self._shown))

    def _on_changes(self, changes: tuple[Change, ...]) -> Answer:
        """Take what was entered in the grid into the plan, and show all that it changes."""
        before = self._require_plan()
        with self._context.caller.at_one_moment():
            self._context.principal()
            kept = self._look(choose(before, changes))
            refused = reasons_to_refuse(self._require_plan(), changes)
            if refused:
                taken = [change for change in changes if (change.row, change.column) not in refused]
                kept = self._look(choose(before, taken))
        now = self._require_plan()
        entered = {(change.row, change.column) for change in changes}
        self._grid.update_cells(changed_cells(now, self._grid.cells, but=entered))
        self._draw_counts()
        touched = {change.row for change in changes}
        return Answer(
            outcomes_of(now, changes, refused),
            rows=tuple(row for row in grid_rows(now, EVERYONE) if row.key in touched),
            message=_KEPT if kept else _NOT_KEPT,
        )

    def _on_start(self, sent: Submission) -> None:
        if sent.button == "close":
            self._draw()
            self._open.take_focus()
            return
        plan, label = self._require_plan(), self._label
        going = counted(len(plan.going_on), "pupil")
        self._context.notice.show("info", f"Starting {label} for {going} …")
        result = start_year(self._context.caller, plan)
        save_draft(
            self._context.caller, self._school_id, self._state.academic_year or 0, YearChoices()
        )
        self._reread()
        self._context.notice.show(
            "success",
            f"{label} is started: {counted(result.moved, 'pupil')} went on, {result.left} left. It "
            "is offered on every page now. New Reception pupils are brought in under Pupils.",
        )
        self._finish()

    def _require_plan(self) -> RollForwardPlan:
        if self._plan is None:
            raise InvalidEntry("Open this part of the page again.", field="plan")
        return self._plan


def _about(state: YearStart) -> list[dict[str, object]]:
    blocks = []
    if state.last is not None:
        blocks.append(prose.text(f"{state.last.words} {state.last.why_not}".strip()))
    if state.academic_year is None or (state.last is None and not state.pupils):
        blocks.append(prose.text("There are no pupils yet whom a new year could be started with."))
        return blocks
    year = AcademicYear(state.academic_year)
    if state.prepared_from is not None:
        blocks.append(
            prose.text(f"{year.label} can be prepared from {state.prepared_from:%d/%m/%Y} on.")
        )
        return blocks
    words = (
        f"{counted(state.pupils, 'pupil')} of {year.previous.label} can be taken into "
        f"{year.label}: into the next year group by date of birth, with their characteristics; "
        "Year 6 leaves. You see every pupil first. It can be undone until the first mark of the "
        "new year."
    )
    blocks.append(prose.text(words))
    if state.opens_on is not None:
        blocks.append(
            prose.text(
                f"It can be prepared now, and started from {state.opens_on:%d/%m/%Y} on, when "
                f"nobody enters assessments of {year.previous.label} any more."
            )
        )
    return blocks


def _counts(plan: RollForwardPlan, label: str) -> list[dict[str, object]]:
    lines = [
        f"{counted(plan.count(Outcome.MOVES), 'pupil')} to move into another year group",
        f"{counted(plan.count(Outcome.STAYS), 'pupil')} to stay in the year group",
        f"{counted(plan.count(Outcome.LEAVES), 'pupil')} to leave on 31 August",
    ]
    if plan.count(Outcome.THERE):
        lines.append(
            f"{counted(plan.count(Outcome.THERE), 'pupil')} in {label} already, kept as is"
        )
    if plan.count(Outcome.GONE):
        lines.append(f"{counted(plan.count(Outcome.GONE), 'pupil')} who left before")
    if plan.without_class:
        lines.append(f"{counted(plan.without_class, 'pupil')} without a class in {label}")
    blocks = [prose.bullets(lines)]
    problems = plan.count(Outcome.PROBLEM)
    if problems:
        blocks.append(
            prose.text(
                f"For {counted(problems, 'pupil')} it is not clear where they go. Choose a year "
                "for each in the table; then the year can be started."
            )
        )
    return blocks
