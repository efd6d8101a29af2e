"""The people of a place: who has an account, inviting others, and what may be done for each."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets

from pupiltrack_core.access import Place
from pupiltrack_core.domain.contact_details import MAX_EMAIL
from pupiltrack_core.domain.local_time import day_in_london
from pupiltrack_core.services.account_admin import LONGEST_DISPLAY_NAME
from pupiltrack_core.services.inviting import Invitation, invite_person
from pupiltrack_core.services.people_of_place import (
    PersonOfPlace,
    PersonState,
    asked_people,
    people_of_place,
    roles_given,
)
from pupiltrack_portal.pages.archivable_list import try_to_store
from pupiltrack_portal.pages.attestation_part import AttestationPart
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.person_panel import (
    PersonPanel,
    chosen_classes,
    classes_field,
    role_field,
)
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Field, Form, Submission

_TONES = {PersonState.ACTIVE: "good", PersonState.LOCKED: "problem", PersonState.INVITED: "warning"}
_LINK_WORDS = "The person gets a message with a link, good for seven days, and chooses a password. "
_SCHOOL_WORDS = (
    f"{_LINK_WORDS}A teacher sees the whole school; pages begin with the first of the classes. A "
    "governor sees reports of whole year groups without names, from which small numbers are left "
    "out."
)
_ASKED_WORDS = (
    "A second headteacher, and a person who has an account at another school, are decided by the "
    "local authority."
)
_STAFF_WORDS = (
    f"{_LINK_WORDS}Advisers and analysts see pupils and reports of every school, and change "
    "nothing. An administrator also decides requests for accounts, looks after the accounts of "
    "every school and these, and keeps the authority's news and settings."
)
_KNOWN_WORDS = "Somebody who has an account keeps it: the role is added, and they are told."


class PeoplePart:
    """The list of one place; a press on a name opens what may be done for the person."""

    def __init__(
        self,
        context: PageContext,
        place: Place,
        name: str,
        *,
        classes: Sequence[str] = (),
        asks: bool = False,
    ) -> None:
        """`classes` are the school's, for its teachers; `asks`: of some the authority decides."""
        self._context, self._place, self._name = context, place, name
        self._classes, self._asks = tuple(classes), asks
        self._people: dict[str, PersonOfPlace] = {}
        self._attestation: AttestationPart | None = None
        if place.school_id is not None:
            self._attestation = AttestationPart(
                context, place.school_id, shown=self._shown, on_done=self._draw
            )
        self._table, self._asked = FiguresTable(), FiguresTable()
        self._table.on_press(context.guarded(self._on_person_press))
        self._panel = PersonPanel(
            context, place, classes=classes, on_done=self._on_done, on_close=self._on_close
        )
        self._invite = Form(
            name="invite",
            legend="Invite somebody",
            layout="grid",
            buttons=(("invite", "Invite"),),
        )
        self._invite.on_submit(context.guarded(self._on_invite))
        self._list = ipywidgets.VBox([])
        self._list.add_class("pt-stack")
        self.widget = ipywidgets.VBox([self._list, self._panel.widget])
        self.widget.add_class("pt-stack")
        self._invite.show(self._invite_fields())
        self._draw()

    def _draw(self) -> None:
        people = people_of_place(self._context.caller, self._place)
        self._people = {str(person.user_id): person for person in people}
        with_classes = self._place.school_id is not None
        self._table.show(
            caption=f"People of {self._name}",
            row_heading="Name",
            columns=[column for column in _COLUMNS if with_classes or column is not _CLASSES],
            rows=[
                _row(key, person, with_classes=with_classes) for key, person in self._people.items()
            ],
            sortable=True,
            empty="Nobody has an account here yet. Invite somebody below.",
        )
        words = _SCHOOL_WORDS if with_classes else _STAFF_WORDS
        told = prose.Prose(prose.heading("Invite somebody"), prose.text(words))
        more = prose.Prose(prose.small(_ASKED_WORDS if self._asks else _KNOWN_WORDS))
        invite = ipywidgets.VBox([told, self._invite, more])
        invite.add_class("pt-panel")
        above, waiting = self._draw_of_a_school()
        self._list.children = (*above, self._table, *waiting, invite)

    def _draw_of_a_school(
        self,
    ) -> tuple[tuple[ipywidgets.Widget, ...], tuple[ipywidgets.Widget, ...]]:
        """Return what stands above and below the list of a school alone."""
        if self._attestation is None or self._place.school_id is None:
            return (), ()
        self._attestation.draw()
        asked = asked_people(self._context.caller, self._place.school_id)
        self._asked.show(
            caption="Waiting for the local authority",
            row_heading="E-mail address",
            columns=(TableColumn("role", "Role"), TableColumn("since", "Asked for on")),
            rows=[
                TableRow(
                    str(place),
                    TableCell(item.email),
                    (
                        TableCell(item.role.label),
                        TableCell(f"{day_in_london(item.asked_at):%d/%m/%Y}"),
                    ),
                )
                for place, item in enumerate(asked)
            ],
        )
        return (self._attestation.widget,), ((self._asked,) if asked else ())

    def _shown(self) -> list[int]:
        return [
            person.user_id
            for person in self._people.values()
            if person.state is not PersonState.DISABLED
        ]

    def _invite_fields(self) -> tuple[Field, ...]:
        at_school = self._place.school_id is not None
        return (
            Field("display_name", "Name", "text", max_length=LONGEST_DISPLAY_NAME),
            Field("email", "E-mail address", "text", max_length=MAX_EMAIL),
            role_field(self._place, roles_given(self._place)[0]),
            *([classes_field(self._classes)] if at_school else []),
        )

    def _on_invite(self, sent: Submission) -> None:
        answers = {key: str(sent.answers[key]) for key in ("display_name", "email", "role")}
        invitation = Invitation(**answers, class_names=chosen_classes(sent))
        self._invite.complain({})
        result: list[bool] = []

        def store() -> None:
            caller, portal = self._context.caller, self._context.portal
            result.append(invite_person(caller, self._place, invitation, portal=portal))

        if try_to_store(self._invite, store, conflict="email") is not None:
            return
        self._invite.show(self._invite_fields())
        self._draw()
        self._context.notice.show("success", _INVITED if result[0] else _ASKED)

    def _on_person_press(self, key: str, _column: str) -> None:
        self._list.layout.display = "none"
        self._panel.show(self._people[key])

    def _on_done(self, person: PersonOfPlace, words: str) -> None:
        self._on_close(person)
        self._context.notice.show("success", words)

    def _on_close(self, person: PersonOfPlace) -> None:
        self._draw()
        self._list.layout.display = ""
        self._table.take_focus(str(person.user_id))


_INVITED = "The invitation is on its way."
_ASKED = "The local authority was asked. You are told by e-mail when it has decided."
_CLASSES = TableColumn("classes", "Classes")
_COLUMNS = (
    TableColumn("role", "Role"),
    _CLASSES,
    TableColumn("state", "Account"),
    TableColumn("step", "Second step"),
    TableColumn("seen", "Last sign-in"),
    TableColumn("user_name", "User name"),
)


def _row(key: str, person: PersonOfPlace, *, with_classes: bool) -> TableRow:
    seen = person.last_sign_in_at
    return TableRow(
        key,
        TableCell(person.display_name, press=f"Open {person.display_name}"),
        (
            TableCell(", ".join(role.label for role in person.roles)),
            *([TableCell(", ".join(person.class_names))] if with_classes else []),
            TableCell(person.state.value, tone=_TONES.get(person.state, "")),
            TableCell("Set up" if person.has_second_step else "Not yet"),
            TableCell(
                f"{day_in_london(seen):%d/%m/%Y}" if seen else "Never",
                sort=seen.isoformat() if seen else "",
            ),
            TableCell(person.user_name),
        ),
    )
