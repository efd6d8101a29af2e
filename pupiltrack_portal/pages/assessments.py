"""Assessments: the grid judgements are entered in, with its figures at the foot."""

from __future__ import annotations

from collections.abc import Collection

import ipywidgets

from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.reports.shown_columns import ShownColumn, columns_shown
from pupiltrack_core.services.grid_columns import INCLUDE
from pupiltrack_core.services.grid_sections import Section
from pupiltrack_core.services.recording import CellChange
from pupiltrack_portal.pages.assessment_forms import AssessmentForms
from pupiltrack_portal.pages.assessment_grid import (
    MEETINGS_OF_ROW,
    grid_cells,
    grid_rows,
    not_included_words,
    outcome_of,
    past_entry,
    rows_of,
    shown_cells,
)
from pupiltrack_portal.pages.assessments_model import AssessmentsModel
from pupiltrack_portal.pages.cohort_bar import CohortBar
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.files import Made
from pupiltrack_portal.pages.grid_downloads import DownloadKind, GridDownloads, make_download
from pupiltrack_portal.pages.grid_view_bar import GridViewBar
from pupiltrack_portal.pages.journey_panel import JourneyPanel
from pupiltrack_portal.pages.pupil_address import meetings_address
from pupiltrack_portal.pages.watch import Watch
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.entry_grid import (
    Answer,
    Change,
    EntryGrid,
    Layout,
    PastEntry,
)

_NO_ASSESSMENT = "This year group has no assessment in the academic year chosen."
_ALL_OFF = "Every assessment is switched off. Switch one on above the table to see it."


def open_model(context: PageContext) -> AssessmentsModel:
    """Return the state of the page for the year group in its address."""
    return AssessmentsModel(context)


class View:
    """The filter bar, the assessments' own forms, the switches, the grid and its downloads."""

    def __init__(self, model: AssessmentsModel, context: PageContext) -> None:
        self.model = model
        self._context = context
        self._bar = CohortBar(model.choice, context, on_selected=self._on_selected)
        self._about = prose.Prose()
        self._about.add_class("pt-said")
        self._switches = GridViewBar(
            context, on_section=self._on_section, on_assessment=self._on_assessment
        )
        self._forms = AssessmentForms(model.choice, context, on_changed=self._on_assessment_changed)
        self._downloads = GridDownloads(context, self._file, school_id=model.choice.school_id)
        self._journey = JourneyPanel(
            context, on_close=self._on_journey_close, on_step=self._on_journey_step
        )
        self._grid: EntryGrid | None = None
        self._kept_as = ""
        self._opened: int | None = None  # the pupil whose journey was on view last
        self._place = ipywidgets.VBox([])
        actions = ipywidgets.HBox([self._forms.widget, self._downloads.widget])
        actions.add_class("pt-actions")
        self._parts = (
            context.notice,
            self._bar.widget,
            self._about,
            actions,
            self._switches.widget,
            self._place,
        )
        self.widget = ipywidgets.VBox(self._parts)
        self.widget.add_class("pt-stack")
        self.widget.add_class("pt-dense")
        self._draw()
        self.watch = Watch(self._look)
        self.watch.begin()

    # What is chosen -----------------------------------------------------------------------------

    def _on_selected(self) -> None:
        self.model.refresh()
        self._draw()

    def _on_section(self, section: Section, is_on: bool) -> None:
        self.model.switch_section(section, is_on=is_on)
        self._draw()

    def _on_assessment(self, assessment_id: int, is_on: bool) -> None:
        self.model.switch_assessment(assessment_id, is_on=is_on)
        self._bar.redraw()
        self._draw()

    def _on_assessment_changed(self, assessment_id: int | None) -> None:
        self.model.show_assessment(assessment_id)
        self._bar.redraw()
        self._draw()

    # What is on view ----------------------------------------------------------------------------

    def _draw(self) -> None:
        data, model = self.model.data, self.model
        self._say_about()
        shown = model.shown_assessments
        self._forms.show_for(shown[0] if len(shown) == 1 else None)
        self._downloads.offer(has_school=model.choice.school is not None, has_grid=data is not None)
        self._switches.show(
            model.view,
            offered=model.offered_sections,
            assessments=tuple(reversed(model.choice.assessments)),
            shown={item.id for item in shown},
        )
        if data is None:
            self._place.children = ()
            return
        grid = self._grid_for(model.kept_as)
        grid.link_rows(MEETINGS_OF_ROW, meetings_address(model.list_query))
        grid.replace(
            columns=model.columns,
            widths=model.widths,
            rows=grid_rows(data.pupils, model.met),
            cells=grid_cells(data),
            foot=model.foot(),
            caption=", ".join(item.name for item in data.assessments) or "Pupils",
            read_only=not data.may_edit,
        )
        self._place.children = (grid,)

    def _grid_for(self, kept_as: str) -> EntryGrid:
        """Return the grid on view, or a new one where typed values are kept under another name."""
        if self._grid is None or self._kept_as != kept_as:
            self._grid, self._kept_as = self._new_grid(kept_as), kept_as
        return self._grid

    def _new_grid(self, kept_as: str) -> EntryGrid:
        bars = self.model.view.bars
        grid = EntryGrid(row_heading="Pupil", columns=(), rows=(), bars=bars, kept_as=kept_as)
        grid.on_changes(self._on_grid_changes)
        grid.on_history(self._on_grid_history)
        grid.on_layout(self._on_grid_layout)
        grid.on_row_open(self._on_pupil_open)
        grid.on_error(self._context.tell_fault)
        return grid

    def _say_about(self) -> None:
        data, choice = self.model.data, self.model.choice
        if choice.school is None:
            self._about.show(prose.text("There is no school to show yet."))
            return
        blocks = []
        if not choice.assessments:
            blocks.append(prose.text(_NO_ASSESSMENT))
            if self.model.may_create:
                blocks.append(prose.text("Create one, or choose another year."))
        elif data is not None and not data.assessments:
            blocks.append(prose.text(_ALL_OFF))
        if self.model.not_included:
            blocks.append(prose.text(not_included_words(self.model.not_included)))
        if data is not None and not data.may_edit:
            blocks.append(prose.small("You may read these judgements; the school enters them."))
        self._about.show(*blocks)

    # What is entered ----------------------------------------------------------------------------

    def _on_grid_changes(self, changes: tuple[Change, ...]) -> Answer:
        outcomes = self.model.record([_change(change) for change in changes])
        self._context.notice.clear()  # of trouble that is over
        data = self.model.data
        if data is None or self._grid is None:
            return Answer(())
        touched = {outcome.pupil_id for outcome in outcomes}
        self._grid.update_cells(shown_cells(data, (), worked_out_for=touched))
        inclusion_changed = any(outcome.column_key == INCLUDE for outcome in outcomes)
        if inclusion_changed:
            self._say_about()
        return Answer(
            tuple(outcome_of(outcome) for outcome in outcomes),
            foot=self.model.foot(),
            rows=rows_of(data.pupils, touched, self.model.met) if inclusion_changed else None,
        )

    def _on_grid_history(self, row: str, column: str) -> tuple[PastEntry, ...]:
        return tuple(past_entry(value) for value in self.model.history(int(row), column))

    def _on_grid_layout(self, layout: Layout) -> None:
        self.model.lay_out(layout.widths, bars=layout.bars)

    # What is taken away -------------------------------------------------------------------------

    def _file(self, kind: DownloadKind) -> Made:
        chosen = self.model.choice.selection
        if chosen is None:
            raise InvalidEntry("Choose a school first.", field="school")
        return make_download(
            self._context.caller, kind, selection=chosen, load=self.model.read, shown=self._shown()
        )

    def _shown(self) -> tuple[ShownColumn, ...]:
        data = self.model.data
        if data is None:
            return ()
        on_view = {column.key for column in self.model.columns}
        return tuple(column for column in columns_shown(data) if column.key in on_view)

    # One pupil ----------------------------------------------------------------------------------

    def _on_pupil_open(self, row: str) -> None:
        ids = self.model.pupil_ids
        if int(row) in ids:
            self._open_journey(ids.index(int(row)))

    def _on_journey_step(self, direction: int) -> None:
        ids, now = self.model.pupil_ids, self._journey.pupil_id
        at = (ids.index(now) if now in ids else 0) + direction
        if 0 <= at < len(ids):
            self._open_journey(at)

    def _open_journey(self, at: int) -> None:
        ids, school_id = self.model.pupil_ids, self.model.choice.school_id()
        if school_id is None:
            return
        self._journey.show(school_id, ids[at], position=f"{at + 1} of {len(ids)}")
        self._opened = ids[at]
        self.widget.children = (self._context.notice, self._journey.widget)

    def _on_journey_close(self) -> None:
        self.widget.children = self._parts
        if self._grid is not None and self._opened is not None:
            self._grid.take_focus(str(self._opened))

    # What others saved --------------------------------------------------------------------------

    def _look(self) -> None:
        news = self.model.take_news()
        if news.is_all:
            self._draw()
        elif news.places:
            self._show_news(news.places)

    def _show_news(self, places: Collection[tuple[int, str]]) -> None:
        data, grid = self.model.data, self._grid
        if data is None or grid is None:
            return
        pupils = {pupil_id for pupil_id, _ in places}
        grid.update_cells(shown_cells(data, places, worked_out_for=pupils))
        grid.update_foot(self.model.foot())
        if any(key == INCLUDE for _, key in places):
            grid.update_rows(rows_of(data.pupils, pupils, self.model.met))
            self._say_about()


def _change(change: Change) -> CellChange:
    return CellChange(
        int(change.row),
        change.column,
        change.value,
        change.version,
        colour=change.colour,
        recolour=change.recolour,
    )
