"""Assessments: the grid judgements are entered in, with its figures at the foot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import ipywidgets
import traitlets

from pupiltrack_core.access import Action, SchoolScope, may
from pupiltrack_core.calc.summary import FootFigure
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.errors import UserFacingError
from pupiltrack_core.reports.workbooks import grid_workbook
from pupiltrack_core.schemas import cohort
from pupiltrack_core.services.assessment_grid import GridData, load_grid
from pupiltrack_core.services.grid_columns import INCLUDE
from pupiltrack_core.services.grid_figures import (
    ScoreFigures,
    foot_figures,
    score_figures,
)
from pupiltrack_core.services.recording import CellChange, CellOutcome, record_changes
from pupiltrack_portal.pages.assessment_grid import (
    grid_cells,
    grid_columns,
    grid_foot,
    grid_rows,
    rows_of,
    rwm_cell,
)
from pupiltrack_portal.pages.cohort_bar import CohortBar
from pupiltrack_portal.pages.cohort_choice import CohortChoice
from pupiltrack_portal.pages.context import PageContext, unexpected
from pupiltrack_portal.pages.files import XLSX, file_maker
from pupiltrack_portal.pages.new_assessment import NewAssessment
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.entry_grid import (
    Answer,
    Cell,
    Change,
    EntryGrid,
    FootRow,
    Outcome,
)
from pupiltrack_portal.widgets.file_button import FileButton


class AssessmentsModel(traitlets.HasTraits):
    """The year group chosen and the grid of its assessment, kept in step with what is saved."""

    data = traitlets.Instance(GridData, allow_none=True)

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._caller = context.caller
        self._principal = context.principal()
        self.choice = CohortChoice(context, by_year_group=True)
        self._figures: dict[tuple[SummaryRow, str], FootFigure] = {}
        self._scores: Mapping[str, ScoreFigures] = {}
        self.refresh()

    def refresh(self) -> None:
        """Read the grid of the chosen year group and assessment."""
        chosen = self.choice.selection
        if chosen is None or not self.choice.assessments:
            self.data = None
            return
        shown = self.choice.shown_assessments
        self.data = load_grid(self._caller, chosen, [item.id for item in shown])
        self._count(self.data)

    def choose_assessment(self, assessment_id: int) -> None:
        """Show one assessment, such as the one just created."""
        if self.choice.selection is not None:
            self.choice.whole_year = False
            self.choice.choose(replace(self.choice.selection, assessment_id=assessment_id))
        self.refresh()

    def record(self, changes: Sequence[CellChange]) -> tuple[CellOutcome, ...]:
        """Save cells and keep the held grid in step; return what became of each."""
        chosen = self.choice.selection
        if chosen is None or chosen.school_id is None or self.data is None:
            return ()
        outcomes = record_changes(self._caller, chosen.school_id, chosen.academic_year, changes)
        self._hold(outcomes)
        return outcomes

    @property
    def may_create(self) -> bool:
        """Whether to offer a new assessment; the service decides."""
        school = self.choice.school
        if school is None:
            return False
        scope = SchoolScope(school.school_id, school.local_authority_id)
        return may(self._principal, Action.MANAGE_ASSESSMENTS, scope)

    @property
    def not_included(self) -> int:
        """How many pupils on view are left out of the data."""
        if self.data is None:
            return 0
        return int((~self.data.pupils[cohort.INCLUDE_IN_DATA]).sum())

    def workbook(self) -> bytes:
        """Return the grid on view, as stored now, as an Excel file."""
        chosen, data = self.choice.selection, self.data
        if chosen is None or data is None:
            raise ValueError("There is no grid on view.")
        fresh = load_grid(self._caller, chosen, [item.id for item in data.assessments])
        return grid_workbook(self._caller, fresh, chosen)

    def foot(self) -> tuple[FootRow, ...]:
        """Return the foot of the grid on view."""
        return () if self.data is None else grid_foot(self.data, self._figures, self._scores)

    def _count(self, data: GridData, touched: frozenset[str] | None = None) -> None:
        """Count the foot anew: all of it, or what cells of the `touched` columns can change."""
        if touched is None or INCLUDE in touched:
            self._figures = dict(foot_figures(data))
            self._scores = score_figures(data)
            return
        self._figures |= foot_figures(data, touched=touched)
        if touched - {key for _, key in self._figures}:
            self._scores = score_figures(data)

    def _hold(self, outcomes: Sequence[CellOutcome]) -> None:
        if self.data is None:
            return
        cells = dict(self.data.cells)
        included: dict[int, bool] = {}
        touched: set[str] = set()
        for outcome in outcomes:
            if outcome.status not in ("saved", "conflict"):
                continue
            value = outcome.value if outcome.status == "saved" else outcome.theirs
            key = (outcome.pupil_id, outcome.column_key)
            colour = cells.get(key, (None, 0, None))[2]
            cells[key] = (value, outcome.version, colour)
            touched.add(outcome.column_key)
            if outcome.column_key == INCLUDE:
                included[outcome.pupil_id] = value == "Y"
        pupils = self.data.pupils
        if included:
            was = dict(zip(pupils[cohort.PUPIL_ID], pupils[cohort.INCLUDE_IN_DATA], strict=True))
            now = pupils[cohort.PUPIL_ID].map(was | included).astype(bool)
            pupils = pupils.assign(**{cohort.INCLUDE_IN_DATA: now})
        self.data = replace(self.data, cells=cells, pupils=pupils)
        self._count(self.data, frozenset(touched))


def open_model(context: PageContext) -> AssessmentsModel:
    """Return the state of the page for the year group in its address."""
    return AssessmentsModel(context)


class View:
    """The filter bar, the way to a new assessment, the banner, the grid and its downloads."""

    def __init__(self, model: AssessmentsModel, context: PageContext) -> None:
        self.model = model
        self._context = context
        self._bar = CohortBar(model.choice, context, on_selected=self._on_selected)
        new = NewAssessment(model.choice, context, on_created=self._on_assessment_created)
        self._about = prose.Prose()
        self._grid: EntryGrid | None = None
        self._place = ipywidgets.VBox([])
        self._save = FileButton("Save as Excel")
        self._save.on_make(file_maker(context, self._excel_file, school_id=model.choice.school_id))
        self._new = new.widget
        actions = ipywidgets.HBox([self._new, self._save])
        actions.add_class("pt-actions")
        self.widget = ipywidgets.VBox(
            [context.notice, self._bar.widget, self._about, actions, self._place]
        )
        self.widget.add_class("pt-stack")
        self._draw()

    def _on_selected(self) -> None:
        self.model.refresh()
        self._draw()

    def _on_assessment_created(self, assessment_id: int) -> None:
        self.model.choose_assessment(assessment_id)
        self._bar.redraw()
        self._context.notice.show("success", "The assessment was created and is open below.")
        self._draw()

    def _excel_file(self) -> tuple[str, str, bytes]:
        return "assessment.xlsx", XLSX, self.model.workbook()

    def _draw(self) -> None:
        data = self.model.data
        self._save.enabled = data is not None
        self._say_about()
        if data is None:
            self._place.children = ()
            return
        if self._grid is None:
            self._grid = EntryGrid(row_heading="Pupil", columns=(), rows=())
            self._grid.on_changes(self._on_grid_changes)
            self._grid.on_error(self._on_grid_error)
        self._grid.replace(
            columns=grid_columns(data.assessments),
            rows=grid_rows(data.pupils),
            cells=grid_cells(data),
            foot=self.model.foot(),
            caption=", ".join(item.name for item in data.assessments),
            read_only=not data.may_edit,
        )
        self._place.children = (self._grid,)

    def _say_about(self) -> None:
        data, choice = self.model.data, self.model.choice
        self._new.layout.display = None if self.model.may_create else "none"
        if choice.school is None:
            self._about.show(prose.text("There is no school to show yet."))
            return
        blocks = [prose.heading(choice.school.name)]
        if data is None:
            blocks.append(prose.text(_NO_ASSESSMENT))
            if self.model.may_create:
                blocks.append(prose.text("Create one, or choose another year."))
        elif self.model.not_included:
            blocks.append(prose.text(_banner(self.model.not_included)))
        if data is not None and not data.may_edit:
            blocks.append(prose.small("You may read these judgements; the school enters them."))
        self._about.show(*blocks)

    def _on_grid_changes(self, changes: tuple[Change, ...]) -> Answer:
        outcomes = self.model.record(
            [
                CellChange(int(change.row), change.column, change.value, change.version)
                for change in changes
            ]
        )
        self._context.notice.clear()  # of trouble that is over
        data = self.model.data
        if data is None or self._grid is None:
            return Answer(())
        touched = {outcome.pupil_id for outcome in outcomes}
        derived: dict[tuple[str, str], Cell] = {}
        for assessment in data.assessments:
            for pupil_id in touched:
                derived |= rwm_cell(data, pupil_id, assessment.id)
        self._grid.update_cells(derived)
        inclusion_changed = any(outcome.column_key == INCLUDE for outcome in outcomes)
        if inclusion_changed:
            self._say_about()
        return Answer(
            tuple(_outcome(outcome) for outcome in outcomes),
            foot=self.model.foot(),
            rows=rows_of(data.pupils, touched) if inclusion_changed else None,
        )

    def _on_grid_error(self, error: Exception) -> None:
        words = str(error) if isinstance(error, UserFacingError) else unexpected(error)
        self._context.notice.show("error", words)


_NO_ASSESSMENT = "This year group has no assessment in the academic year chosen."


def _banner(count: int) -> str:
    pupils = "1 pupil" if count == 1 else f"{count} pupils"
    return (
        f"Include in data is set to No for {pupils}: left out of the figures at the foot, of "
        "every report and of every download."
    )


def _outcome(outcome: CellOutcome) -> Outcome:
    return Outcome(
        str(outcome.pupil_id),
        outcome.column_key,
        outcome.status,
        outcome.value,
        outcome.version,
        reason=outcome.reason,
        theirs=outcome.theirs,
    )
