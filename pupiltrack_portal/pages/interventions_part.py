"""The interventions of one pupil: a list with what came of each, and the form for one."""

from __future__ import annotations

import ipywidgets

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.errors import Conflict, NotFound
from pupiltrack_core.services.intervention_entries import InterventionEntry
from pupiltrack_core.services.interventions import (
    InterventionRecord,
    PupilInterventions,
    add_pupil_intervention,
    bring_back_pupil_intervention,
    change_pupil_intervention,
    delete_pupil_intervention,
    interventions_of,
)
from pupiltrack_portal.pages.archivable_list import CHANGE
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.intervention_form import InterventionForm
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Form, Submission

ADD, BACK, DELETE = "add", "back", "delete"
_COLUMNS = (
    TableColumn("academic_year", "Academic year"),
    TableColumn("assessment", "Assessment"),
    TableColumn("subject", "Subject"),
    TableColumn("when", "When"),
    TableColumn("before", "Judgement before"),
    TableColumn("after", "Judgement after"),
    TableColumn("with", "Group, run by"),
    TableColumn("cost", "Cost", numeric=True),
    TableColumn("details", "Details"),
)
_ACTS = (TableColumn(CHANGE, "Edit"), TableColumn(DELETE, "Delete"))


class InterventionsPart:
    """Nothing until `show`; then the list, and above it a form where the person may keep one."""

    def __init__(self, context: PageContext) -> None:
        self._context = context
        self._key = (0, 0)  # school and pupil
        self._held: PupilInterventions | None = None
        self._shown: dict[str, InterventionRecord] = {}
        self._form: InterventionForm | None = None
        self._deleted: InterventionRecord | None = None
        self._table = FiguresTable()
        self._table.on_press(context.guarded(self._on_press))
        self.widget = ipywidgets.VBox([])
        self.widget.add_class("pt-stack")

    @property
    def is_unsaved(self) -> bool:
        """Whether something was entered for the pupil on view that is not saved."""
        return self._form is not None and self._form.is_unsaved

    def show(self, school_id: int, pupil_id: int) -> None:
        """Show a pupil's interventions. What was entered for that pupil stays, for another goes.

        Raises what `interventions_of` raises, keeping what was on view.
        """
        held = interventions_of(self._context.caller, school_id, pupil_id)
        if self._form is not None and self._form.is_unsaved and self._key == (school_id, pupil_id):
            self._form.draw_again()
            return
        self._key, self._form, self._deleted = (school_id, pupil_id), None, None
        self._draw(held)

    def _draw(self, held: PupilInterventions) -> None:
        self._held = held
        self._shown = {str(item.stored.id): item for item in held.interventions}
        self._table.show(
            caption="Interventions, the newest first",
            row_heading="Intervention",
            columns=(*_COLUMNS, *(_ACTS if held.may_change else ())),
            rows=[_row(key, item, held.may_change) for key, item in self._shown.items()],
            empty="No intervention is on record.",
        )
        self._arrange()

    def _arrange(self) -> None:
        """Show the form by itself while one is open: nothing else may put away what is in it."""
        if self._form is not None:
            self.widget.children = (self._form.widget,)
            return
        buttons = [(ADD, "Add intervention")]
        if self._deleted is not None:
            buttons.insert(0, (BACK, f"Bring back {self._deleted.stored.title}"))
        self._row = Form(name="interventions", legend="Interventions", buttons=buttons)
        self._row.on_submit(self._context.guarded(self._on_row_press))
        may_change = self._held is not None and self._held.may_change
        self.widget.children = (*((self._row,) if may_change else ()), self._table)

    def _refresh(self) -> None:
        self._draw(interventions_of(self._context.caller, *self._key))

    def _open(self, present: InterventionRecord | None) -> None:
        if self._held is None:
            return

        def store(entry: InterventionEntry, version: int) -> None:
            if present is None:
                add_pupil_intervention(self._context.caller, *self._key, entry)
            else:
                change_pupil_intervention(
                    self._context.caller, *self._key, present.stored.id, entry, version=version
                )

        self._deleted = None
        self._form = InterventionForm(
            self._context, self._held.choices, present=present, store=store, on_done=self._on_done
        )
        self._form.take_focus()
        self._arrange()

    def _on_done(self, is_saved: bool) -> None:
        self._form = None
        self._refresh()
        self._row.take_focus()
        if is_saved:
            self._context.notice.show("success", "The intervention is saved.")

    def _on_row_press(self, sent: Submission) -> None:
        if sent.button == ADD:
            self._refresh()  # what can be chosen may have changed
            self._open(None)
        elif self._deleted is not None:
            deleted, self._deleted = self._deleted, None
            bring_back_pupil_intervention(self._context.caller, *self._key, deleted.stored.id)
            self._refresh()
            self._row.take_focus()
            self._context.notice.show("success", f"{deleted.stored.title} is back.")

    def _on_press(self, key: str, column: str) -> None:
        item = self._shown[key]
        if column == CHANGE:
            self._open(item)
            return
        try:
            delete_pupil_intervention(
                self._context.caller, *self._key, item.stored.id, version=item.stored.version
            )
        except (Conflict, NotFound):
            self._refresh()  # so that it is seen as it is now
            raise
        self._deleted = item
        self._refresh()
        self._row.take_focus()
        self._context.notice.show("success", f"{item.stored.title} is deleted.")


def _row(key: str, item: InterventionRecord, may_change: bool) -> TableRow:
    held = item.stored
    people = (held.group_name, f"run by {held.run_by}" if held.run_by else None)
    title, first = held.title, f"{held.title}, {item.when}" if item.when else held.title
    acts = (
        TableCell("Edit", press=f"Edit {first}"),
        TableCell("Delete", press=f"Delete {first}"),
    )
    return TableRow(
        key,
        TableCell(title),
        (
            TableCell(AcademicYear(held.academic_year).label),
            TableCell(item.assessment),
            TableCell(item.subject),
            TableCell(item.when),
            TableCell(item.before),
            TableCell(item.after),
            TableCell(", ".join(part for part in people if part)),
            TableCell(item.cost),
            TableCell(held.details),
            *(acts if may_change else ()),
        ),
    )
