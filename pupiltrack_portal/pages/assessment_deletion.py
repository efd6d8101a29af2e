"""Deleting an assessment, and bringing deleted ones back."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.local_time import write_moment
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.services.assessment_deletion import (
    KEPT_DAYS,
    RestorableAssessment,
    bring_back_assessment,
    delete_assessment,
    deleted_assessments,
    marks_of_assessment,
)
from pupiltrack_core.services.assessment_marks import MarkCount
from pupiltrack_core.services.assessments import AssessmentInfo
from pupiltrack_portal.pages.assessment_entry import Done
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Form, Submission


class DeletionPanel:
    """The question before an assessment is deleted, with the number of marks it takes away."""

    def __init__(
        self,
        context: PageContext,
        school_id: int,
        assessment: AssessmentInfo,
        *,
        on_done: Done,
        on_cancel: Callable[[], None],
    ) -> None:
        self._context = context
        self._school_id = school_id
        self._assessment = assessment
        self._on_done, self._on_cancel = on_done, on_cancel
        self.widget = ipywidgets.VBox([])
        self.widget.add_class("pt-panel")
        self._ask(marks_of_assessment(context.caller, school_id, assessment.id))

    def take_focus(self) -> None:
        """Put the keyboard's focus on the first button, which changes nothing."""
        self._form.take_focus()

    def _ask(self, marks: MarkCount, *, first: str = "") -> None:
        self._marks = marks
        words = f"{first}{self._words(marks)}"
        self._form = Form(
            name="delete-assessment",
            legend=f"Delete {self._assessment.name}? {words}",
            buttons=(("keep", "Keep it"), ("delete", "Delete assessment")),
        )
        self._form.on_submit(self._context.guarded(self._on_answer))
        title = f"Delete {self._assessment.name}, {self._assessment.held_on:%d/%m/%Y}?"
        told = prose.Prose(prose.heading(title), prose.text(words))
        self.widget.children = (told, self._form)

    def _words(self, marks: MarkCount) -> str:
        what = f"This hides {marks.words}" if marks.marks else "It holds no marks"
        years = ", ".join(LABELS[group] for group in self._assessment.year_groups)
        return (
            f"{what}. The assessment is of {years}. It leaves every page, report and download, and "
            f"can be brought back with all it holds for {KEPT_DAYS} days."
        )

    def _on_answer(self, sent: Submission) -> None:
        if sent.button != "delete":
            self._on_cancel()
            return
        deletion = delete_assessment(
            self._context.caller,
            school_id=self._school_id,
            assessment_id=self._assessment.id,
            agreed=self._marks,
        )
        if not deletion.is_done:
            self._ask(deletion.marks, first="Marks were added while you were looking. ")
            self.take_focus()
            return
        self._on_done(
            f"{self._assessment.name} was deleted. For {KEPT_DAYS} days it can be brought back "
            "under Deleted.",
            None,
        )


class DeletedPanel:
    """The deleted assessments of a school, each with the days left and a way back."""

    def __init__(
        self,
        context: PageContext,
        school_id: int,
        *,
        on_done: Done,
        on_cancel: Callable[[], None],
    ) -> None:
        self._context = context
        self._school_id = school_id
        self._on_done, self._on_cancel = on_done, on_cancel
        self._table = FiguresTable()
        self._table.on_press(context.guarded(self._on_press))
        self._close = Form(
            name="close-deleted",
            legend="Deleted assessments",
            buttons=(("close", "Close the list"),),
        )
        self._close.on_submit(context.guarded(self._on_close))
        self.widget = ipywidgets.VBox([self._table, self._close])
        self.widget.add_class("pt-panel")
        self._deleted = {
            str(item.assessment.id): item for item in deleted_assessments(context.caller, school_id)
        }
        self._draw()

    def take_focus(self) -> None:
        """Put the keyboard's focus on the way out of the list."""
        self._close.take_focus()

    def _draw(self) -> None:
        self._table.show(
            caption="Deleted assessments",
            row_heading="Assessment",
            columns=(
                TableColumn("held_on", "Date"),
                TableColumn("years", "Years"),
                TableColumn("academic_year", "Academic year"),
                TableColumn("deleted_at", "Deleted"),
                TableColumn("days_left", "Days left", numeric=True),
                TableColumn("back", "Bring back"),
            ),
            rows=[_row(key, item) for key, item in self._deleted.items()],
            empty=f"No assessment was deleted in the last {KEPT_DAYS} days.",
            reveal=True,
        )

    def _on_press(self, key: str, _column: str) -> None:
        item = self._deleted[key]
        back = bring_back_assessment(
            self._context.caller, school_id=self._school_id, assessment_id=item.assessment.id
        )
        year = AcademicYear(item.academic_year).label
        groups = ", ".join(LABELS[group] for group in back.year_groups)
        self._on_done(f"{back.name} is back, with all it held: {groups}, {year}.", back.id)

    def _on_close(self, _sent: Submission) -> None:
        self._on_cancel()


def _row(key: str, item: RestorableAssessment) -> TableRow:
    held = item.assessment
    return TableRow(
        key,
        TableCell(held.name),
        (
            TableCell(f"{held.held_on:%d/%m/%Y}"),
            TableCell(", ".join(LABELS[group] for group in held.year_groups)),
            TableCell(AcademicYear(item.academic_year).label),
            TableCell(write_moment(item.deleted_at)),
            TableCell(str(item.days_left)),
            TableCell("Bring back", press=f"Bring back {held.name}, {held.held_on:%d/%m/%Y}"),
        ),
    )
