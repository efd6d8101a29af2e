"""Activity: who did what, when and with which pupil, for those who answer for the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import ipywidgets
import traitlets

from pupiltrack_core.access import Action, Place, SchoolScope, may, may_over_authority
from pupiltrack_core.domain.local_time import write_moment
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.audit_export import (
    ActivityForm,
    detail_in_words,
    export_activity,
)
from pupiltrack_core.services.audit_search import (
    ActivityKind,
    ActivityPage,
    ActivityRow,
    ActivitySearch,
    people_of,
    search_activity,
)
from pupiltrack_core.services.pupil_finding import HeldPupil
from pupiltrack_core.services.schools import schools_for
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.entered_days import read_day, write_day
from pupiltrack_portal.pages.files import CSV, XLSX, Made, file_maker
from pupiltrack_portal.pages.pupil_picker import PupilPicker, name_of
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import Answer, Chip, Field, Form, Step, Submission

_PUPIL = "pupil"
_OLDER, _NEWEST = "older", "newest"
_ALL = ""


class ActivityModel(traitlets.HasTraits):
    """The places the person may look at, what is looked for, and what was found."""

    place = traitlets.Instance(Place, allow_none=True)
    search = traitlets.Instance(ActivitySearch)
    pupil = traitlets.Instance(HeldPupil, allow_none=True)
    found = traitlets.Instance(ActivityPage)

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._caller = context.caller
        self.places = activity_places(context)
        self.people: tuple[tuple[int, str], ...] = ()
        self.search = ActivitySearch()
        self.found = ActivityPage((), None)
        asked = context.query.get("kind", "")
        kinds = {kind.value: kind for kind in ActivityKind}
        if self.places:
            self._take_place(self.places[0][0])
            self.look(ActivitySearch(kind=kinds.get(asked)))

    def look(self, search: ActivitySearch) -> None:
        """Look for this at the place."""
        if self.place is None:
            return
        self.found = search_activity(self._caller, self.place, search)
        self.search = search

    def choose(self, answers: Mapping[str, Answer]) -> None:
        """Look for what the form says; raise `InvalidEntry` for a day that is none."""
        wanted = str(answers.get("place", "0"))
        at = int(wanted) if wanted.isascii() and wanted.isdigit() else 0
        place = self.places[at][0] if at < len(self.places) else self.places[0][0]
        is_other = place != self.place
        person, kind = str(answers.get("person", _ALL)), str(answers.get("kind", _ALL))
        search = ActivitySearch(
            user_id=int(person) if person and not is_other else None,
            kind=ActivityKind(kind) if kind else None,
            first_day=read_day(answers.get("first_day", ""), "first_day"),
            last_day=read_day(answers.get("last_day", ""), "last_day"),
            pupil_id=None if is_other or self.pupil is None else self.pupil.pupil_id,
        )
        if is_other:
            self._take_place(place)
        self.look(search)

    def about(self, pupil: HeldPupil | None) -> None:
        """Look for what was done with this pupil only, or with anyone."""
        self.pupil = pupil
        wanted = None if pupil is None else pupil.pupil_id
        self.look(replace(self.search, pupil_id=wanted, before=None))

    def older(self) -> None:
        """Go to the next older rows."""
        self.look(replace(self.search, before=self.found.older))

    def newest(self) -> None:
        """Go back to the newest rows."""
        self.look(replace(self.search, before=None))

    def fields(self) -> tuple[Field, ...]:
        """Return the form's fields with the present choice in them."""
        search = self.search
        places = [place for place, _ in self.places]
        where = Field(
            "place",
            "Where",
            "select",
            str(places.index(self.place)) if self.place in places else "",
            tuple((str(at), name) for at, (_, name) in enumerate(self.places)),
        )
        return (
            *((where,) if len(self.places) > 1 else ()),
            Field(
                "person",
                "Who",
                "select",
                _ALL if search.user_id is None else str(search.user_id),
                ((_ALL, "Anyone"), *((str(number), name) for number, name in self.people)),
            ),
            Field(
                "kind",
                "What",
                "select",
                _ALL if search.kind is None else search.kind.value,
                ((_ALL, "Everything"), *((kind.value, kind.label) for kind in ActivityKind)),
            ),
            Field("first_day", "From", "date", write_day(search.first_day)),
            Field("last_day", "To", "date", write_day(search.last_day)),
        )

    def _take_place(self, place: Place) -> None:
        self.place, self.pupil = place, None
        self.people = people_of(self._caller, place)


def open_model(context: PageContext) -> ActivityModel:
    """Return the state of the page for whoever opened it."""
    return ActivityModel(context)


class View:
    """The search, the pupil it is about, what was found, and files of it."""

    def __init__(self, model: ActivityModel, context: PageContext) -> None:
        self.model = model
        self._context = context
        self._form = Form(name="activity", legend="Look for", buttons=(("look", "Show"),))
        self._form.on_submit(context.guarded(self._on_submit))
        self._form.on_chip(context.guarded(self._on_chip))
        self._form.on_step(context.guarded(self._on_step))
        self._picker = PupilPicker(
            context,
            legend="Pupil",
            on_pick=self._on_pick,
            fold="What was done with one pupil",
        )
        self._table = FiguresTable()
        self._files = ipywidgets.HBox([self._button(form) for form in ActivityForm])
        self._files.add_class("pt-actions")
        told = prose.Prose(
            prose.heading("Who did what"),
            prose.text(
                "Sign-ins, refusals, looks at pupils' records, files and changes, each written "
                "down as it happens. Nothing here can be altered or removed, by anyone."
            ),
        )
        parts = [told, self._form, self._picker.widget, self._table, self._files]
        nothing = prose.Prose(prose.text("There is no school whose activity you may see."))
        self.widget = ipywidgets.VBox([context.notice, *(parts if model.places else [nothing])])
        self.widget.add_class("pt-stack")
        self._draw()

    def _button(self, form: ActivityForm) -> FileButton:
        excel = form is ActivityForm.WORKBOOK
        button = FileButton("Save as Excel" if excel else "Save as CSV")

        def make() -> Made:
            if self.model.place is None:
                raise RuntimeError("There is no place whose activity could be given out.")
            search = replace(self.model.search, before=None)  # whatever page is on view
            name, content = export_activity(self._context.caller, self.model.place, search, form)
            return name, XLSX if excel else CSV, content

        button.on_make(file_maker(self._context, make, school_id=self._school_id))
        return button

    def _school_id(self) -> int | None:
        return None if self.model.place is None else self.model.place.school_id

    def _on_submit(self, sent: Submission) -> None:
        self._form.complain({})
        self._try(lambda: self.model.choose(sent.answers))

    def _on_pick(self, pupil: HeldPupil) -> None:
        self._try(lambda: self.model.about(pupil))
        self._form.take_focus()

    def _on_chip(self, _key: str) -> None:
        self._try(lambda: self.model.about(None))

    def _on_step(self, key: str) -> None:
        self._try(self.model.older if key == _OLDER else self.model.newest)

    def _try(self, look: Callable[[], None]) -> None:
        try:
            look()
        except InvalidEntry as error:
            self._form.complain({error.field: str(error)})
            return
        self._draw()

    def _draw(self) -> None:
        model = self.model
        if model.place is None:
            return
        self._form.show(model.fields())
        chips = [] if model.pupil is None else [Chip(_PUPIL, f"Pupil: {name_of(model.pupil)}")]
        self._form.show_chips(chips, label="Only about", action="Take off")
        self._form.show_steps(
            (
                Step(_NEWEST, "Newest", is_open=model.search.before is not None),
                Step(_OLDER, "Older", is_open=model.found.older is not None),
            ),
            label="Newer and older",
        )
        self._picker.set_school(model.place.school_id)
        show_activity(
            self._table,
            model.found.rows,
            caption=_caption(model),
            several=model.place.school_id is None,
            empty="Nothing was found. Take something out of the search.",
        )


def show_activity(
    table: FiguresTable,
    rows: Sequence[ActivityRow],
    *,
    caption: str,
    empty: str,
    several: bool = False,
) -> None:
    """Show what was done in a table; `several` names the school of each row."""
    table.show(
        caption=caption,
        row_heading="When",
        columns=(
            TableColumn("who", "Who"),
            TableColumn("what", "What"),
            TableColumn("pupil", "Pupil"),
            *((TableColumn("place", "School"),) if several else ()),
            TableColumn("detail", "Details"),
        ),
        rows=[_row(row, several=several) for row in rows],
        empty=empty,
    )


def _caption(model: ActivityModel) -> str:
    number = len(model.found.rows)
    more = ", and older ones" if model.found.older is not None else ""
    return f"{number} {'entry' if number == 1 else 'entries'}, newest first{more}"


def _row(row: ActivityRow, *, several: bool) -> TableRow:
    return TableRow(
        str(row.entry_id),
        TableCell(write_moment(row.at)),
        (
            TableCell(row.who),
            TableCell(row.what.capitalize()),
            TableCell(row.pupil),
            *((TableCell(row.place),) if several else ()),
            TableCell(detail_in_words(row.detail)),
        ),
    )


def activity_places(context: PageContext) -> tuple[tuple[Place, str], ...]:
    """Return the places whose activity the person may see: authorities first, then schools."""
    principal = context.principal()
    over = [
        (Place(authority), "The whole local authority")
        for authority in principal.local_authority_ids
        if may_over_authority(principal, Action.SEE_ACTIVITY, authority)
    ]
    schools = [
        (Place(school.local_authority_id, school.school_id), school.name)
        for school in schools_for(context.caller)
        if may(
            principal,
            Action.SEE_ACTIVITY,
            SchoolScope(school.school_id, school.local_authority_id),
        )
    ]
    return (*over, *schools)
