"""The people of a school: who has an account, inviting others, and what may be done for each."""

from __future__ import annotations

import ipywidgets

from pupiltrack_core.access import Role
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.contact_details import MAX_EMAIL
from pupiltrack_core.domain.local_time import day_in_london
from pupiltrack_core.services.account_admin import LONGEST_DISPLAY_NAME
from pupiltrack_core.services.attestation import Attestation, attest_people, attestation_of
from pupiltrack_core.services.inviting import Invitation, invite_person
from pupiltrack_core.services.people_of_school import (
    PersonOfSchool,
    PersonState,
    asked_people,
    people_of_school,
)
from pupiltrack_core.services.schools import SchoolChoice, classes
from pupiltrack_portal.pages.archivable_list import try_to_store
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.person_panel import (
    PersonPanel,
    chosen_classes,
    classes_field,
    role_options,
)
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Field, Form, Submission

_TONES = {PersonState.ACTIVE: "good", PersonState.LOCKED: "problem", PersonState.INVITED: "warning"}
_INVITE_WORDS = (
    "The person gets a message with a link, good for seven days, and chooses a password. A teacher "
    "sees the whole school; pages begin with the first of the classes. A governor sees reports of "
    "whole year groups without names, from which small numbers are left out."
)
_HEAD_WORDS = (
    "A second headteacher, and a person who has an account at another school, are decided by the "
    "local authority."
)


class PeoplePart:
    """The list of one school; a press on a name opens what may be done for the person."""

    def __init__(self, context: PageContext, school: SchoolChoice) -> None:
        self._context = context
        self._school = school
        self._people: dict[str, PersonOfSchool] = {}
        self._attest_told = prose.Prose()
        self._attest = Form(
            name="attest", legend="Who still works here", buttons=(("attest", _ATTEST),)
        )
        self._attest.on_submit(context.guarded(self._on_attest))
        self._attest_box = ipywidgets.VBox([self._attest_told, self._attest])
        self._attest_box.add_class("pt-panel")
        self._table, self._asked = FiguresTable(), FiguresTable()
        self._table.on_press(context.guarded(self._on_person_press))
        self._panel = PersonPanel(
            context, school, classes=self._classes(), on_done=self._on_done, on_close=self._on_close
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

    def _classes(self) -> tuple[str, ...]:
        year = self._school.academic_years[:1]
        return classes(self._context.caller, self._school.school_id, year[0]) if year else ()

    def _draw(self) -> None:
        caller, school = self._context.caller, self._school.school_id
        people = people_of_school(caller, school)
        self._people = {str(person.user_id): person for person in people}
        attestation = attestation_of(caller, school)
        self._attest_told.show(*_attestation_blocks(attestation))
        self._attest.layout.display = "" if attestation.is_due else "none"
        self._table.show(
            caption=f"People of {self._school.name}",
            row_heading="Name",
            columns=_COLUMNS,
            rows=[_row(key, person) for key, person in self._people.items()],
            sortable=True,
            empty="Nobody has an account here yet. Invite somebody below.",
        )
        asked = asked_people(caller, school)
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
        told = prose.Prose(prose.heading("Invite somebody"), prose.text(_INVITE_WORDS))
        more = prose.Prose(prose.small(_HEAD_WORDS))
        invite = ipywidgets.VBox([told, self._invite, more])
        invite.add_class("pt-panel")
        waiting = (self._asked,) if asked else ()
        self._list.children = (self._attest_box, self._table, *waiting, invite)

    def _invite_fields(self) -> tuple[Field, ...]:
        return (
            Field("display_name", "Name", "text", max_length=LONGEST_DISPLAY_NAME),
            Field("email", "E-mail address", "text", max_length=MAX_EMAIL),
            Field("role", "Role", "select", Role.TEACHER.value, role_options()),
            classes_field(self._classes()),
        )

    def _on_invite(self, sent: Submission) -> None:
        answers = {key: str(sent.answers[key]) for key in ("display_name", "email", "role")}
        self._invite.complain({})
        result: list[bool] = []

        def store() -> None:
            result.append(
                invite_person(
                    self._context.caller,
                    self._school.school_id,
                    Invitation(**answers, class_names=chosen_classes(sent)),
                    portal=self._context.portal,
                )
            )

        if try_to_store(self._invite, store, conflict="email") is not None:
            return
        self._invite.show(self._invite_fields())
        self._draw()
        self._context.notice.show("success", _INVITED if result[0] else _ASKED)

    def _on_attest(self, _sent: Submission) -> None:
        shown = [
            person.user_id
            for person in self._people.values()
            if person.state is not PersonState.DISABLED
        ]
        try:
            attest_people(self._context.caller, self._school.school_id, shown)
        finally:
            self._draw()
        self._context.notice.show("success", "It is noted that all of them still work here.")

    def _on_person_press(self, key: str, _column: str) -> None:
        self._list.layout.display = "none"
        self._panel.show(self._people[key])

    def _on_done(self, person: PersonOfSchool, words: str) -> None:
        self._on_close(person)
        self._context.notice.show("success", words)

    def _on_close(self, person: PersonOfSchool) -> None:
        self._draw()
        self._list.layout.display = ""
        self._table.take_focus(str(person.user_id))


_ATTEST = "All on the list still work here"
_INVITED = "The invitation is on its way."
_ASKED = "The local authority was asked. You are told by e-mail when it has decided."
_COLUMNS = (
    TableColumn("role", "Role"),
    TableColumn("classes", "Classes"),
    TableColumn("state", "Account"),
    TableColumn("step", "Second step"),
    TableColumn("seen", "Last sign-in"),
    TableColumn("user_name", "User name"),
)


def _row(key: str, person: PersonOfSchool) -> TableRow:
    seen = person.last_sign_in_at
    return TableRow(
        key,
        TableCell(person.display_name, press=f"Open {person.display_name}"),
        (
            TableCell(", ".join(role.label for role in person.roles)),
            TableCell(", ".join(person.class_names)),
            TableCell(person.state.value, tone=_TONES.get(person.state, "")),
            TableCell("Set up" if person.has_second_step else "Not yet"),
            TableCell(
                f"{day_in_london(seen):%d/%m/%Y}" if seen else "Never",
                sort=seen.isoformat() if seen else "",
            ),
            TableCell(person.user_name),
        ),
    )


def _attestation_blocks(attestation: Attestation) -> tuple[dict[str, object], ...]:
    year = AcademicYear(attestation.academic_year).label
    last = ""
    if attestation.last_at is not None:
        last = (
            f"Last done on {day_in_london(attestation.last_at):%d/%m/%Y} by {attestation.last_by}, "
            f"for {attestation.people} {'person' if attestation.people == 1 else 'people'}."
        )
    if not attestation.is_due:
        return (prose.small(f"The list was gone through for {year}. {last}"),)
    return (
        prose.heading(f"Go through the list for {year}"),
        prose.text(
            "Once a year, look whether everybody below still works with your school's data, in "
            "this role. Disable who does not; then say that the list is right."
        ),
        *((prose.small(last),) if last else ()),
    )
