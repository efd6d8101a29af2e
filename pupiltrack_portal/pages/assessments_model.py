"""The state of the assessments page: what is chosen, what is on view, what is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import pandas as pd
import traitlets

from pupiltrack_core.access import Action, SchoolScope, may
from pupiltrack_core.calc.summary import FootFigure
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.schemas import cohort
from pupiltrack_core.services.assessment_grid import GridData, load_grid
from pupiltrack_core.services.assessments import AssessmentInfo
from pupiltrack_core.services.cell_history import PastValue, history_of
from pupiltrack_core.services.grid_changes import changes_since, has_news
from pupiltrack_core.services.grid_columns import INCLUDE
from pupiltrack_core.services.grid_figures import ScoreFigures, foot_figures, score_figures
from pupiltrack_core.services.grid_sections import Section
from pupiltrack_core.services.pupil_meetings import meetings_held
from pupiltrack_core.services.recording import CellChange, CellOutcome, record_changes
from pupiltrack_core.services.view_choices import load_view, save_view
from pupiltrack_portal.pages.assessment_columns import grid_columns
from pupiltrack_portal.pages.cohort_choice import CohortChoice
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.grid_foot import grid_foot
from pupiltrack_portal.pages.grid_view import VIEW, GridView
from pupiltrack_portal.pages.grid_view_bar import offered_sections
from pupiltrack_portal.widgets.entry_grid import Column, FootRow

Place = tuple[int, str]  # a pupil's id and a column's key


@dataclass(frozen=True, slots=True)
class News:
    """What others saved: the cells that are different now, or that all must be read again."""

    places: frozenset[Place] = frozenset()
    is_all: bool = False


class AssessmentsModel(traitlets.HasTraits):
    """The year group chosen and the grid of its assessments, kept in step with what is saved."""

    data = traitlets.Instance(GridData, allow_none=True)
    view = traitlets.Instance(GridView)

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._caller = context.caller
        self._principal = context.principal()
        self.choice = CohortChoice(context, by_year_group=True)
        self.view = GridView.remembered(load_view(self._caller, VIEW))
        self.columns: tuple[Column, ...] = ()
        self.met: frozenset[int] = frozenset()  # about whom there was a meeting this year
        self._figures: dict[tuple[SummaryRow, str], FootFigure] = {}
        self._scores: Mapping[str, ScoreFigures] = {}
        self.refresh()

    # What is on view ----------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the grid of the chosen year group and assessments."""
        if self.choice.school_id() is None:
            self.data, self.columns = None, ()
            return
        self.data = self.read()
        self.met = self._find_met()
        self.columns = grid_columns(self.data, self.view)
        self._count(self.data)

    def read(self) -> GridData:
        """Return the grid on view as it is stored now; raise `InvalidEntry` without a school."""
        chosen = self.choice.selection
        if chosen is None:
            raise InvalidEntry("Choose one school to see its assessments.", field="school")
        ids = [item.id for item in self.shown_assessments]
        return load_grid(self._caller, chosen, ids, sections=self.view.sections)

    def _find_met(self) -> frozenset[int]:
        chosen = self.choice.selection
        if chosen is None or chosen.school_id is None:
            return frozenset()
        return meetings_held(self._caller, chosen.school_id, chosen.academic_year, self.pupil_ids)

    @property
    def may_create(self) -> bool:
        """Whether to offer a new assessment; the service decides."""
        school = self.choice.school
        if school is None:
            return False
        scope = SchoolScope(school.school_id, school.local_authority_id)
        return may(self._principal, Action.MANAGE_ASSESSMENTS, scope)

    @property
    def pupil_ids(self) -> list[int]:
        """The pupils on view, in their order."""
        if self.data is None:
            return []
        return [int(pupil_id) for pupil_id in self.data.pupils[cohort.PUPIL_ID]]

    @property
    def list_query(self) -> str:
        """The query of the Pupils page for the year group and class on view; "" for no school."""
        school, chosen = self.choice.school, self.choice.selection
        if school is None or chosen is None:
            return ""
        place = {"school": school.laestab, "year": chosen.academic_year, "years": chosen.years}
        return urlencode(place | ({"class": chosen.class_name} if chosen.class_name else {}))

    @property
    def shown_assessments(self) -> tuple[AssessmentInfo, ...]:
        """The assessments side by side, the oldest first; without those switched off."""
        shown = self.choice.shown_assessments
        return self.view.shown(shown) if self.choice.whole_year else shown

    @property
    def offered_sections(self) -> tuple[Section, ...]:
        """The sections there is a switch for."""
        school = self.choice.school
        return offered_sections(
            self.shown_assessments, school.custom_filter_names if school else ()
        )

    def switch_section(self, section: Section, *, is_on: bool) -> None:
        """Show or hide a section, and remember it."""
        self.view = self.view.with_section(section, is_on=is_on)
        self._remember()
        self.refresh()

    def switch_assessment(self, assessment_id: int, *, is_on: bool) -> None:
        """Show or hide an assessment beside the others, and remember it."""
        if assessment_id not in {item.id for item in self.choice.assessments}:
            return
        if not self.choice.whole_year:
            now = {item.id for item in self.choice.shown_assessments}
            rest = {item.id for item in self.choice.assessments} - now
            self.view = replace(self.view, hidden=(self.view.hidden - now) | rest)
            self.choice.whole_year = True
        self.view = self.view.with_assessment(assessment_id, is_on=is_on)
        self._remember()
        self.refresh()

    def lay_out(self, widths: Mapping[str, int], *, bars: bool) -> None:
        """Remember the widths of columns and whether the foot has bars."""
        on_view = [column.key for column in self.columns]
        self.view = self.view.with_widths(widths, on_view=on_view, bars=bars)
        self._remember()

    @property
    def widths(self) -> dict[str, int]:
        """The person's own widths of the columns on view."""
        return self.view.widths_of(column.key for column in self.columns)

    def show_assessment(self, assessment_id: int | None) -> None:
        """Show one assessment, such as the one just created; None for the latest."""
        if self.choice.selection is not None:
            self.choice.whole_year = False
            self.choice.choose(replace(self.choice.selection, assessment_id=assessment_id))
        self.refresh()

    def _remember(self) -> None:
        save_view(self._caller, VIEW, self.view.to_dict())

    # What is entered ----------------------------------------------------------------------------

    def record(self, changes: Sequence[CellChange]) -> tuple[CellOutcome, ...]:
        """Save cells and keep the held grid in step; return what became of each."""
        chosen = self.choice.selection
        if chosen is None or chosen.school_id is None or self.data is None:
            return ()
        outcomes = record_changes(self._caller, chosen.school_id, chosen.academic_year, changes)
        self._hold(
            {
                (outcome.pupil_id, outcome.column_key): (
                    outcome.value if outcome.status == "saved" else outcome.theirs,
                    outcome.version,
                    outcome.colour,
                )
                for outcome in outcomes
                if outcome.status in ("saved", "conflict")
            }
        )
        return outcomes

    def take_news(self) -> News:
        """Hold what was saved since the grid was read or looked at last, by whomever."""
        chosen, data = self.choice.selection, self.data
        if chosen is None or chosen.school_id is None or data is None:
            return News()
        if not has_news(self._caller, chosen.school_id, chosen.academic_year, data.mark):
            return News()
        found = changes_since(self._caller, chosen.school_id, chosen.academic_year, data.mark)
        if found.too_many:
            self.refresh()
            return News(is_all=True)
        ids = set(data.pupils[cohort.PUPIL_ID])
        different = {
            (cell.pupil_id, cell.column_key): (cell.value, cell.version, cell.colour)
            for cell in found.cells
            if cell.pupil_id in ids
            and (cell.pupil_id, cell.column_key) not in data.locked
            and cell.version > data.cells.get((cell.pupil_id, cell.column_key), (None, 0))[1]
        }
        self._hold(different)
        if self.data is not None:
            self.data = replace(self.data, mark=found.mark)
        return News(frozenset(different))

    def history(self, pupil_id: int, column_key: str) -> tuple[PastValue, ...]:
        """Return what a cell has held, newest first."""
        chosen = self.choice.selection
        if chosen is None or chosen.school_id is None:
            return ()
        return history_of(
            self._caller, chosen.school_id, chosen.academic_year, pupil_id, column_key
        )

    @property
    def not_included(self) -> int:
        """How many pupils on view are left out of the data."""
        if self.data is None:
            return 0
        return int((~self.data.pupils[cohort.INCLUDE_IN_DATA]).sum())

    @property
    def kept_as(self) -> str:
        """The name typed values that were not saved are kept under in this person's browser.

        It tells nothing, and is another for each person, school and year.
        """
        chosen = self.choice.selection
        if chosen is None:
            return ""
        told = f"{self._principal.user_id}:{chosen.school_id}:{chosen.academic_year}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def foot(self) -> tuple[FootRow, ...]:
        """Return the foot of the columns on view."""
        if self.data is None:
            return ()
        on_view = [column.key for column in self.columns]
        return grid_foot(self.data, self._figures, self._scores, on_view=on_view)

    def _count(self, data: GridData, touched: frozenset[str] | None = None) -> None:
        """Count the foot anew: all of it, or what cells of the `touched` columns can change."""
        if touched is None or INCLUDE in touched:
            self._figures = dict(foot_figures(data))
            self._scores = score_figures(data)
            return
        self._figures |= foot_figures(data, touched=touched)
        if touched - {key for _, key in self._figures}:
            self._scores = score_figures(data)

    def _hold(self, cells: Mapping[Place, tuple[str | None, int, str | None]]) -> None:
        if self.data is None or not cells:
            return
        included = {
            pupil_id: value == "Y"
            for (pupil_id, key), (value, _, _) in cells.items()
            if key == INCLUDE
        }
        self.data = replace(
            self.data,
            cells={**self.data.cells, **cells},
            pupils=self.data.pupils if not included else _including(self.data, included),
        )
        self._count(self.data, frozenset(key for _, key in cells))


def _including(data: GridData, included: Mapping[int, bool]) -> pd.DataFrame:
    pupils = data.pupils
    was = dict(zip(pupils[cohort.PUPIL_ID], pupils[cohort.INCLUDE_IN_DATA], strict=True))
    now = pupils[cohort.PUPIL_ID].map({**was, **included}).astype(bool)
    return pupils.assign(**{cohort.INCLUDE_IN_DATA: now})
