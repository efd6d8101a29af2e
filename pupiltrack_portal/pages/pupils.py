"""Pupils: the list with its search, one pupil's record or many, and pupils from a file."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

import ipywidgets
import pandas as pd

from pupiltrack_core.domain.characteristics import Sex
from pupiltrack_core.domain.counted import counted
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import UserFacingError
from pupiltrack_core.schemas import cohort
from pupiltrack_portal.pages.archive_part import ARCHIVED, ARCHIVING, ArchivePart, listed_pupils
from pupiltrack_portal.pages.cell_text import Record, text_or_blank
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.interventions_part import InterventionsPart
from pupiltrack_portal.pages.meetings_part import MeetingsPart
from pupiltrack_portal.pages.pupil_address import INTERVENTIONS, MEETINGS, PUPIL, SECTION
from pupiltrack_portal.pages.pupil_export import PupilExport
from pupiltrack_portal.pages.pupil_grid import PupilGridPart
from pupiltrack_portal.pages.pupil_import import PupilImport
from pupiltrack_portal.pages.pupil_panel import PupilPanel
from pupiltrack_portal.pages.pupils_model import VIEW, PupilsModel
from pupiltrack_portal.pages.transfer_part import TransferPart
from pupiltrack_portal.pages.watch import Watch
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Form, Submission

_SEARCH_SAVED = (
    "Your choice of school, academic year, class, year group and characteristics comes back at "
    "your next visit. Names and UPNs you search for are never kept."
)
_NOT_ON_LIST = (
    "The pupil you asked for is not on this list: gone from the school in this academic year, or "
    "of a school that is not yours. The list itself is shown."
)
_MANY = "Edit many pupils: "
ARCHIVE, TRANSFERS = "archive", "transfers"
_TRANSFERS_BUTTON = (TRANSFERS, "Transfers")
# What leads to a section of the pupil's record, a column or an address, and the section's title.
_SECTIONS = {INTERVENTIONS: "Interventions", MEETINGS: "Progress meetings"}


def open_model(context: PageContext) -> PupilsModel:
    """Return the state of the page for the search in its address."""
    return PupilsModel(context)


class View:
    """The search over the list, the grid of many or one record; and how pupils are brought in."""

    def __init__(self, model: PupilsModel, context: PageContext) -> None:
        self.model = model
        self._context = context
        self._form = Form(
            name="search",
            legend="Search for pupils",
            fields=model.fields(),
            buttons=(
                ("search", "Search"),
                ("save", "Search and save selection"),
                ("clear", "Clear"),
            ),
        )
        self._form.on_submit(context.guarded(self._on_search_submit))
        self._form.on_chip(context.guarded(self._on_filter_off))
        self._about = prose.Prose()
        self._table = FiguresTable()
        self._table.on_press(context.guarded(self._on_pupil_press))
        self._add = Form(
            name="open-new-pupil",
            legend="Add a pupil, edit many, or say who goes and comes",
            buttons=(
                ("add", "Add pupil"),
                ("edit", "Edit many pupils"),
                (ARCHIVE, ARCHIVING),
                _TRANSFERS_BUTTON,
            ),
            is_plain=True,
        )
        self._add.on_submit(context.guarded(self._on_action_press))
        # For the local authority, which adds, edits and archives nobody.
        self._moves = Form(
            name="open-moves",
            legend="Pupils who go and come",
            buttons=((ARCHIVE, ARCHIVED), _TRANSFERS_BUTTON),
            is_plain=True,
        )
        self._moves.on_submit(context.guarded(self._on_moves_press))
        self._import = PupilImport(context, on_accepted=self._on_import_accepted)
        # For those who bring nobody in; the import panel has the same buttons.
        self._export = PupilExport(context)
        self._panel = PupilPanel(
            context,
            (
                (_SECTIONS[INTERVENTIONS], InterventionsPart),
                (_SECTIONS[MEETINGS], MeetingsPart),
            ),
            on_close=self._on_panel_close,
            on_saved=self._on_record_saved,
        )
        self._actions = ipywidgets.HBox([])
        self._actions.add_class("pt-actions")
        self.widget = ipywidgets.VBox([])
        self.widget.add_class("pt-stack")
        self._draw()
        if context.query.get(VIEW) == TRANSFERS and model.may_move:
            self._open_moves(TRANSFERS)
        elif PUPIL in context.query:
            self._open_asked(context.query[PUPIL], context.query.get(SECTION, ""))
        self.watch = Watch(self._look)
        self.watch.begin()

    # Made when it is first wanted: most people who open the list never edit many.

    @cached_property
    def _grid(self) -> PupilGridPart:
        return PupilGridPart(self._context, on_open=self._on_grid_open)

    @cached_property
    def _back(self) -> Form:
        form = Form(
            name="leave-grid",
            legend="Edit many pupils",
            buttons=(("list", "Back to the list"),),
            is_plain=True,
        )
        form.on_submit(self._context.guarded(self._on_list_press))
        return form

    @cached_property
    def _archive(self) -> ArchivePart:
        return ArchivePart(self._context, on_close=self._on_moves_close)

    @cached_property
    def _transfers(self) -> TransferPart:
        return TransferPart(self._context, on_close=self._on_moves_close)

    # The search ---------------------------------------------------------------------------------

    def _on_search_submit(self, sent: Submission) -> None:
        kept = {key: sent.answers.get(key, "") for key in ("school", "year")}
        self.model.find(kept if sent.button == "clear" else sent.answers)
        self._draw()
        if sent.button == "save":
            self.model.save_search()
            self._context.notice.show("success", _SEARCH_SAVED)

    def _on_filter_off(self, key: str) -> None:
        self.model.take_off(key)
        self._draw()

    def _on_import_accepted(self) -> None:
        self.model.refresh()
        self._draw_list()

    # Many pupils --------------------------------------------------------------------------------

    def _on_action_press(self, sent: Submission) -> None:
        school = self.model.school
        if school is None:
            return
        if sent.button in (ARCHIVE, TRANSFERS):
            self._open_moves(sent.button)
            return
        if sent.button == "edit":
            self.model.edits_many = True
            self._draw()
            self._grid.take_focus(None)
            return
        self._panel.show_new(school.school_id, self.model.academic_year)
        self.widget.children = (self._context.notice, self._panel.widget)

    def _on_list_press(self, _sent: Submission) -> None:
        self._grid.close()
        self.model.edits_many = False
        self.model.refresh()
        self._draw()
        self._add.take_focus()

    def _on_grid_open(self, pupil_id: int) -> None:
        school, order = self.model.school, self._grid.model.pupil_ids
        if school is not None and pupil_id in order:
            self._panel.show(school.school_id, self.model.academic_year, pupil_id, order)
            self.widget.children = (self._context.notice, self._panel.widget)

    def _look(self) -> None:
        if self.model.edits_many and not self._panel.is_open:
            self._grid.look()

    # Pupils who go and come ---------------------------------------------------------------------

    def _on_moves_press(self, sent: Submission) -> None:
        self._open_moves(sent.button)

    def _open_moves(self, which: str) -> None:
        school, pupils = self.model.school, self.model.pupils
        if school is None or pupils is None:
            return
        if which == TRANSFERS:
            self._transfers.show(school)
            part: ArchivePart | TransferPart = self._transfers
        else:
            self._archive.show(school, self.model.academic_year, listed_pupils(pupils))
            part = self._archive
        self.widget.children = (self._context.notice, part.widget)

    def _on_moves_close(self) -> None:
        self.model.refresh()
        self._draw()
        (self._add if self.model.may_edit else self._moves).take_focus()

    # One pupil ----------------------------------------------------------------------------------

    def _open_asked(self, pupil: str, section: str) -> None:
        """Open the record that the address asks for, over the list it is on."""
        if pupil not in {str(number) for number in self.model.pupil_ids}:
            self._context.notice.show("warning", _NOT_ON_LIST)
            return
        try:
            self._on_pupil_press(pupil, section)
        except UserFacingError as error:
            self._context.tell_fault(error)

    def _on_pupil_press(self, row: str, column: str) -> None:
        school = self.model.school
        if school is None or int(row) not in self.model.pupil_ids:
            return
        self._panel.show(
            school.school_id,
            self.model.academic_year,
            int(row),
            self.model.pupil_ids,
            section=_SECTIONS.get(column),
        )
        self.widget.children = (self._context.notice, self._panel.widget)

    def _on_record_saved(self) -> None:
        if not self.model.edits_many:
            self.model.refresh()
            self._draw_list()

    def _on_panel_close(self, pupil_id: int | None) -> None:
        if self.model.edits_many:
            self._grid.refresh()
            self._put(self._grid.widget)
            self._grid.take_focus(pupil_id)
            return
        self.model.refresh()  # a meeting or an intervention may have been added
        self._draw_found()
        if pupil_id is None or not self._table.take_focus(str(pupil_id)):
            (self._add if self.model.may_edit else self._form).take_focus()

    # What is on view ----------------------------------------------------------------------------

    def _draw(self) -> None:
        model = self.model
        self._form.show(model.fields())
        self._form.show_chips(model.applied(), label="Filters applied", action="Remove filter")
        self._form.put_in_address(model.to_address())
        actions: list[ipywidgets.Widget] = []
        if model.edits_many:
            actions += [self._about, self._back]  # in one line: the grid needs the room
        elif model.school is not None:
            if model.may_edit:
                actions.append(self._add)
            elif model.may_move:
                actions.append(self._moves)
            if model.may_import:
                self._import.set_place(model.school.school_id, model.academic_year)
                actions.append(self._import.widget)
            elif model.may_export:
                self._export.set_place(model.school.school_id, model.academic_year)
                actions.append(self._export.widget)
        self._actions.children = tuple(actions)
        self._draw_found()

    def _draw_found(self) -> None:
        """Show the pupils found in the grid or in the list, in the place of whatever is there."""
        model = self.model
        self._about.show(
            prose.text("There is no school to show yet.")
            if model.school is None
            else prose.heading(
                f"{_MANY}{model.school.name}" if model.edits_many else model.school.name
            )
        )
        if model.edits_many:
            self.widget.add_class("pt-dense")
        else:
            self.widget.remove_class("pt-dense")
        shown: ipywidgets.Widget = self._table
        if model.school is not None and model.edits_many:
            self._grid.show(
                model.school.school_id,
                model.academic_year,
                model.wanted,
                address=model.to_address(),
            )
            shown = self._grid.widget
        else:
            self._draw_list()
        self._put(shown)

    def _put(self, shown: ipywidgets.Widget) -> None:
        """Show the list or the grid under the search."""
        about = () if self.model.edits_many else (self._about,)
        notice = self._context.notice
        self.widget.children = (notice, self._form, *about, self._actions, shown)

    def _draw_list(self) -> None:
        model = self.model
        if model.pupils is None:
            return
        found = len(model.pupils)
        self._table.show(
            caption=f"{counted(found, 'pupil')} found",
            row_heading="Name",
            columns=(
                TableColumn(cohort.YEAR_GROUP, "Year"),
                TableColumn(cohort.CLASS_NAME, "Class"),
                TableColumn(cohort.SEX, "Sex"),
                TableColumn(cohort.DATE_OF_BIRTH, "Date of birth"),
                TableColumn(cohort.UPN, "UPN"),
                TableColumn(cohort.INCLUDE_IN_DATA, "Included in data"),
                TableColumn(INTERVENTIONS, "Interventions"),
                TableColumn(MEETINGS, "Progress meeting"),
            ),
            rows=[
                _row(pupil, met=model.met, helped=model.helped)
                for pupil in model.pupils.to_dict("records")
            ],
            sortable=True,
            empty="No pupil matches. Search for less of the name, or press Clear.",
        )


def _row(pupil: Record, *, met: Collection[int], helped: Collection[int]) -> TableRow:
    born = pd.Timestamp(str(pupil[cohort.DATE_OF_BIRTH]))
    year_group = int(str(pupil[cohort.YEAR_GROUP]))
    number = int(str(pupil[cohort.PUPIL_ID]))
    name = f"{pupil[cohort.SURNAME]}, {pupil[cohort.FORENAMES]}"
    cells = (
        TableCell(LABELS[year_group], sort=year_group),
        TableCell(text_or_blank(pupil[cohort.CLASS_NAME])),
        TableCell(Sex(str(pupil[cohort.SEX])).label),
        TableCell(f"{born:%d/%m/%Y}", sort=f"{born:%Y-%m-%d}"),
        TableCell(str(pupil[cohort.UPN])),
        TableCell("Yes" if pupil[cohort.INCLUDE_IN_DATA] else "No"),
        TableCell(
            "This year" if number in helped else "None",
            press=f"{'This year' if number in helped else 'None'}: interventions of {name}",
        ),
        _meeting_cell(name, is_held=number in met),
    )
    return TableRow(str(number), TableCell(name, press=f"Open {name}"), cells)


def _meeting_cell(name: str, *, is_held: bool) -> TableCell:
    """Return the person mark: by colour, by shape and in words."""
    words = "Held" if is_held else "None yet"
    return TableCell(
        f"{'●' if is_held else '○'} {words}",
        press=f"{words}: progress meetings about {name}",
        tone="good" if is_held else "",
    )
