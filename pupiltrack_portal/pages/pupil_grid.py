"""Edit many pupils: the records of the pupils searched for, in a grid that saves each cell."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import ipywidgets
import traitlets

from pupiltrack_core.domain.counted import counted
from pupiltrack_core.services.cell_history import PastValue
from pupiltrack_core.services.pupil_grid import (
    GridRecord,
    PupilGrid,
    load_pupil_grid,
    pupil_cell_history,
    pupils_state,
    reload_pupil_grid,
)
from pupiltrack_core.services.pupil_grid_entry import (
    PupilCellChange,
    PupilsRecorded,
    record_pupil_cells,
)
from pupiltrack_core.services.pupil_search import PupilSearch
from pupiltrack_portal.pages.assessment_grid import (
    MEETINGS_OF_ROW,
    Cells,
    not_included_words,
    outcome_of,
    past_entry,
)
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.pupil_address import meetings_address
from pupiltrack_portal.pages.pupil_grid_columns import (
    differing_cells,
    record_cells,
    record_columns,
    record_rows,
)
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.entry_grid import Answer, Change, EntryGrid, PastEntry

_HOW = (
    "Each cell is saved as you enter it. Press a name for the pupil's whole record: names, UPN and "
    "date of birth are changed there."
)
_NOBODY = "No pupil matches. Search for less of the name, or press Clear."
_MOST_KNOWN = 20  # states of one record that are remembered


@dataclass(frozen=True, slots=True)
class RecordNews:
    """What others saved: cells that read differently, or that all must be drawn again."""

    cells: Cells
    is_all: bool = False


class PupilGridModel(traitlets.HasTraits):
    """The records on view, kept in step with what is saved."""

    data = traitlets.Instance(PupilGrid, allow_none=True)

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._caller = context.caller
        self._user_id = context.principal().user_id
        self._known: dict[int, list[GridRecord]] = defaultdict(list)

    def open(self, school_id: int, academic_year: int, search: PupilSearch) -> None:
        """Read the records of the pupils searched for."""
        self._take(load_pupil_grid(self._caller, school_id, academic_year, search))

    def refresh(self) -> None:
        """Read the same pupils again: who is on view stays there until there is a new search."""
        if self.data is not None:
            self._take(reload_pupil_grid(self._caller, self.data))

    def close(self) -> None:
        """Forget what was on view."""
        self.data = None
        self._known.clear()

    @property
    def pupil_ids(self) -> tuple[int, ...]:
        """The pupils on view, in their order."""
        return () if self.data is None else tuple(item.pupil_id for item in self.data.records)

    @property
    def not_included(self) -> int:
        """How many pupils on view are left out of the data."""
        if self.data is None:
            return 0
        return sum(record.values["include"] == "N" for record in self.data.records)

    @property
    def kept_as(self) -> str:
        """The name typed values that were not saved are kept under in this person's browser.

        It tells nothing, and is another for each person, school and year.
        """
        if self.data is None:
            return ""
        told = f"records:{self._user_id}:{self.data.school_id}:{self.data.academic_year}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def record(self, changes: Sequence[Change]) -> PupilsRecorded:
        """Save cells and keep the records held in step."""
        data = self.data
        if data is None:
            return PupilsRecorded((), ())
        recorded = record_pupil_cells(
            self._caller,
            data.school_id,
            data.academic_year,
            [
                PupilCellChange(
                    int(change.row),
                    change.column,
                    change.value,
                    change.version,
                    shown=self._shown(change),
                )
                for change in changes
            ],
        )
        self._take_records(recorded.records)
        return recorded

    def history(self, pupil_id: int, column_key: str) -> tuple[PastValue, ...]:
        """Return what a cell has held, newest first."""
        data = self.data
        if data is None:
            return ()
        return pupil_cell_history(
            self._caller, data.school_id, data.academic_year, pupil_id, column_key
        )

    def take_news(self) -> RecordNews:
        """Hold what was saved since the records were read or looked at last, by whomever."""
        before = self.data
        if before is None:
            return RecordNews({})
        if pupils_state(self._caller, before.school_id, before.academic_year) == before.state:
            return RecordNews({})
        self.refresh()
        after = self.data
        if after is None or after.columns != before.columns:
            return RecordNews({}, is_all=True)
        if [item.pupil_id for item in before.records] != list(self.pupil_ids):
            return RecordNews({}, is_all=True)
        return RecordNews(differing_cells(after, before.records, after.records))

    def _shown(self, change: Change) -> str | None:
        """Return what the cell held at the version it was shown at; None where that is forgotten.

        A version of a record is one state of it, whichever of its cells had been shown at it.
        """
        columns = () if self.data is None else self.data.columns
        for column in columns:
            if column.key == change.column:
                for record in self._known[int(change.row)]:
                    if record.version_of(column) == change.version:
                        return record.values[column.key]
        return None

    def _take(self, data: PupilGrid) -> None:
        self.data = data
        self._remember(data.records)

    def _take_records(self, records: Iterable[GridRecord]) -> None:
        data = self.data
        if data is None:
            return
        now = {record.pupil_id: record for record in records}
        pupils, of_pupils, of_enrolments = data.state
        for record in data.records:
            new = now.get(record.pupil_id, record)
            of_pupils += new.pupil_version - record.pupil_version
            of_enrolments += new.enrolment_version - record.enrolment_version
        kept = tuple(now.get(record.pupil_id, record) for record in data.records)
        # What was saved here is no news; what others saved of other pupils still is.
        self.data = replace(data, records=kept, state=(pupils, of_pupils, of_enrolments))
        self._remember(now.values())

    def _remember(self, records: Iterable[GridRecord]) -> None:
        for record in records:
            known = self._known[record.pupil_id]
            if not known or known[0] != record:
                known.insert(0, record)
                del known[_MOST_KNOWN:]


class PupilGridPart:
    """The grid in the place of the list; `on_open` is called with a pupil whose name is pressed."""

    def __init__(self, context: PageContext, *, on_open: Callable[[int], None]) -> None:
        self._context = context
        self._on_open = on_open
        self.model = PupilGridModel(context)
        self._about = prose.Prose()
        self._about.add_class("pt-said")
        self._grid: EntryGrid | None = None
        self._kept_as = ""
        self._address = ""
        self.widget = ipywidgets.VBox([])
        self.widget.add_class("pt-stack")
        self.widget.add_class("pt-dense")

    def show(
        self, school_id: int, academic_year: int, search: PupilSearch, *, address: str
    ) -> None:
        """Show the records of the pupils searched for; raise what `load_pupil_grid` raises.

        `address` is the query of the page that shows them, to come back to it from a meeting.
        """
        self.model.open(school_id, academic_year, search)
        self._address = address
        self._draw()

    def refresh(self) -> None:
        """Show the records as they are now."""
        self.model.refresh()
        self._draw()

    def close(self) -> None:
        """Put the grid away."""
        self.model.close()
        self.widget.children = ()

    def take_focus(self, pupil_id: int | None) -> None:
        """Put the keyboard's focus on a pupil's name, or the first one's."""
        ids = self.model.pupil_ids
        if self._grid is not None and ids:
            self._grid.take_focus(str(pupil_id if pupil_id in ids else ids[0]))

    def look(self) -> None:
        """Show what others saved meanwhile."""
        news = self.model.take_news()
        if news.is_all:
            self._draw()
        elif news.cells and self._grid is not None:
            self._grid.update_cells(news.cells)
            self._update_rows({int(row) for row, _ in news.cells})

    def _draw(self) -> None:
        data = self.model.data
        if data is None:
            return
        self._say_about()
        if not data.records:
            self.widget.children = (self._about,)
            return
        if self._grid is None or self._kept_as != self.model.kept_as:
            self._kept_as = self.model.kept_as
            self._grid = self._new_grid(self._kept_as)
        self._grid.link_rows(MEETINGS_OF_ROW, meetings_address(self._address))
        found = len(data.records)
        self._grid.replace(
            columns=record_columns(data.columns),
            rows=record_rows(data.records),
            cells=record_cells(data, data.records),
            caption=counted(found, "pupil"),
        )
        self.widget.children = (self._about, self._grid)

    def _new_grid(self, kept_as: str) -> EntryGrid:
        grid = EntryGrid(row_heading="Pupil", columns=(), rows=(), kept_as=kept_as)
        grid.on_changes(self._on_grid_changes)
        grid.on_history(self._on_grid_history)
        grid.on_row_open(self._on_name_press)
        grid.on_error(self._context.tell_fault)
        return grid

    def _say_about(self) -> None:
        model = self.model
        if not model.pupil_ids:
            self._about.show(prose.text(_NOBODY))
            return
        blocks = [prose.small(_HOW)]
        if model.not_included:
            blocks.insert(0, prose.text(not_included_words(model.not_included)))
        self._about.show(*blocks)

    def _update_rows(self, pupil_ids: set[int]) -> None:
        if self._grid is not None and self.model.data is not None:
            records = self.model.data.records
            self._grid.update_rows(record_rows(r for r in records if r.pupil_id in pupil_ids))
        self._say_about()

    # What the grid says -------------------------------------------------------------------------

    def _on_grid_changes(self, changes: tuple[Change, ...]) -> Answer:
        before = self.model.data
        recorded = self.model.record(changes)
        self._context.notice.clear()  # of trouble that is over
        after = self.model.data
        if before is None or after is None or self._grid is None:
            return Answer(())
        sent = {(change.row, change.column) for change in changes}
        touched = {record.pupil_id for record in recorded.records}
        was = [record for record in before.records if record.pupil_id in touched]
        beside = differing_cells(after, was, recorded.records)
        self._grid.update_cells({at: cell for at, cell in beside.items() if at not in sent})
        self._say_about()
        return Answer(
            tuple(outcome_of(outcome) for outcome in recorded.outcomes),
            rows=record_rows(recorded.records),
        )

    def _on_grid_history(self, row: str, column: str) -> tuple[PastEntry, ...]:
        return tuple(past_entry(value) for value in self.model.history(int(row), column))

    def _on_name_press(self, row: str) -> None:
        self._on_open(int(row))
