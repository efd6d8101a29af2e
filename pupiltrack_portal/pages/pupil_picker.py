"""Picking one pupil of a school, whoever has a record: by a part of the surname or the UPN."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.counted import counted
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.pupil_finding import MOST_FOUND, HeldPupil, find_pupils
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Field, Form, Submission

_CHOOSE = "choose"


class PupilPicker:
    """A search, and the pupils found; `on_pick` is called with the one that is pressed."""

    def __init__(
        self,
        context: PageContext,
        *,
        legend: str,
        on_pick: Callable[[HeldPupil], None],
        fold: str = "",
    ) -> None:
        self._context = context
        self._on_pick = on_pick
        self._school_id: int | None = None
        self._found: Sequence[HeldPupil] = ()
        self._form = Form(name="find-pupil", legend=legend, buttons=(("find", "Find"),), fold=fold)
        self._form.on_submit(context.guarded(self._on_submit))
        self._table = FiguresTable()
        self._table.on_press(context.guarded(self._on_press))
        self.widget = ipywidgets.VBox([self._form])
        self.set_school(None)

    def set_school(self, school_id: int | None) -> None:
        """Search the pupils of this school from now on; None has nobody to search."""
        self._school_id = school_id
        self.clear()

    def clear(self) -> None:
        """Show nobody, and an empty search."""
        self._found = ()
        hint = "" if self._school_id is not None else "Choose one school first."
        self._form.show([Field("name", "Surname or UPN", "search", hint=hint, max_length=100)])
        self.widget.children = (self._form,)

    def take_focus(self) -> None:
        """Put the keyboard's focus on the search."""
        self._form.take_focus()

    def _on_submit(self, sent: Submission) -> None:
        self._form.complain({})
        if self._school_id is None:
            self._form.complain({"name": "Choose one school first."})
            return
        try:
            wanted = str(sent.answers["name"])
            self._found = find_pupils(self._context.caller, self._school_id, wanted)
        except InvalidEntry as error:
            self._form.complain({error.field: str(error)})
            return
        self._draw()

    def _draw(self) -> None:
        number = len(self._found)
        most = f" (the first {MOST_FOUND})" if number == MOST_FOUND else ""
        self._table.show(
            caption=f"{counted(number, 'pupil')} found{most}",
            row_heading="Pupil",
            columns=(
                TableColumn("born", "Date of birth"),
                TableColumn("last", "Last year here"),
                TableColumn("state", "Record"),
                TableColumn(_CHOOSE, "Choose"),
            ),
            rows=[_row(place, pupil) for place, pupil in enumerate(self._found)],
            empty="Nobody was found. Try fewer letters of the surname.",
            reveal=True,
        )
        self.widget.children = (self._form, self._table)

    def _on_press(self, row: str, _column: str) -> None:
        if not (row.isascii() and row.isdigit() and int(row) < len(self._found)):
            return
        pupil = self._found[int(row)]
        self.clear()
        self._on_pick(pupil)


def name_of(pupil: HeldPupil) -> str:
    """ "Surname, Forenames", as lists write it."""
    return f"{pupil.surname}, {pupil.forenames}"


def _row(place: int, pupil: HeldPupil) -> TableRow:
    last = "" if pupil.last_year is None else AcademicYear(pupil.last_year).label
    return TableRow(
        str(place),
        TableCell(name_of(pupil)),
        (
            TableCell(f"{pupil.date_of_birth:%d/%m/%Y}"),
            TableCell(last),
            TableCell("Archived" if pupil.is_archived else "In use"),
            TableCell("Choose", press=f"Choose {name_of(pupil)}"),
        ),
    )
