"""Last year's assessments as this year's: what would be created, ticked one by one."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.rounding import NOT_APPLICABLE
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.assessment_copies import (
    CopyResult,
    PlannedCopy,
    copy_assessments,
    plan_copies,
)
from pupiltrack_portal.pages.assessment_entry import Done, Place
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Field, Form, Submission

COPIES = "copies"


class CopyPanel:
    """The table of what last year's assessments become, and the ticks for those to create."""

    def __init__(
        self,
        context: PageContext,
        place: Place,
        *,
        on_done: Done,
        on_cancel: Callable[[], None],
    ) -> None:
        self._context = context
        self._place = place
        self._on_done, self._on_cancel = on_done, on_cancel
        planned = plan_copies(context.caller, place.school_id, place.academic_year)
        year = AcademicYear(place.academic_year)
        table = FiguresTable()
        table.show(
            caption=f"The assessments of {year.previous.label} as those of {year.label}",
            row_heading="New assessment",
            columns=(
                TableColumn("held_on", "Date"),
                TableColumn("years", "Years"),
                TableColumn("subjects", "Subjects", numeric=True),
                TableColumn("source", "Copied from"),
                TableColumn("note", "Note"),
            ),
            rows=[_row(item) for item in planned],
            empty=f"There are no assessments of {year.previous.label} to copy.",
            reveal=True,
        )
        self._form = self._ticks([item for item in planned if item.draft is not None])
        self._form.on_submit(context.guarded(self._on_submit))
        self.widget = ipywidgets.VBox([table, self._form])
        self.widget.add_class("pt-panel")

    def take_focus(self) -> None:
        """Put the keyboard's focus on the first tick, or on the way out."""
        self._form.take_focus()

    def _ticks(self, offered: list[PlannedCopy]) -> Form:
        cancel = ("cancel", "Cancel" if offered else "Close")
        return Form(
            name="copy-assessments",
            legend="Copy last year's set",
            layout="column",
            fields=(_field(offered),) if offered else (),
            buttons=(("create", "Create those ticked"), cancel) if offered else (cancel,),
        )

    def _on_submit(self, sent: Submission) -> None:
        if sent.button == "cancel":
            self._on_cancel()
            return
        ticked = sent.answers[COPIES]
        try:
            result = copy_assessments(
                self._context.caller,
                self._place.school_id,
                self._place.academic_year,
                [int(number) for number in ticked] if isinstance(ticked, tuple) else [],
            )
        except InvalidEntry as error:
            self._form.complain({COPIES: str(error)})
            return
        self._on_done(_told(result), None)


def _field(offered: list[PlannedCopy]) -> Field:
    options = [
        (str(item.source.id), f"{item.name}, {item.draft.held_on:%d/%m/%Y}, {_years(item)}")
        for item in offered
        if item.draft is not None
    ]
    return Field(COPIES, "Create", "checks", tuple(key for key, _ in options), tuple(options))


def _row(item: PlannedCopy) -> TableRow:
    source, draft = item.source, item.draft
    was = f"{source.name}, {source.held_on:%d/%m/%Y}"
    if draft is None:
        cells = [TableCell(NOT_APPLICABLE)] * 3
    else:
        cells = [
            TableCell(f"{draft.held_on:%d/%m/%Y}"),
            TableCell(_years(item)),
            TableCell(str(len(draft.subjects))),
        ]
    cells += [TableCell(was), TableCell(_note(item))]
    return TableRow(str(source.id), TableCell(item.name), tuple(cells))


def _years(item: PlannedCopy) -> str:
    groups = item.draft.year_groups if item.draft is not None else ()
    return ", ".join(LABELS[group] for group in groups)


def _note(item: PlannedCopy) -> str:
    told = []
    if item.draft is None:
        told.append("Passed over: there already.")
    elif item.there_already:
        groups = ", ".join(LABELS[group] for group in item.there_already)
        told.append(f"There already for {groups}.")
    if item.left_out and item.draft is not None:
        told.append(f"Without {', '.join(subject.label for subject in item.left_out)}: archived.")
    return " ".join(told)


def _told(result: CopyResult) -> str:
    created = len(result.created)
    words = "1 assessment was created" if created == 1 else f"{created} assessments were created"
    told = f"{words} from last year's."
    if result.skipped:
        passed = "1 was" if result.skipped == 1 else f"{result.skipped} were"
        told += f" {passed} there already and passed over."
    return told
