"""One person of a place: their role and classes, and what can be done for their account."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets

from pupiltrack_core.access import Place, Role
from pupiltrack_core.domain.local_time import write_moment
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services import people_of_place as people
from pupiltrack_core.services.account_admin import CLASSES
from pupiltrack_core.services.people_of_place import PersonOfPlace, PersonState, roles_given
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.form import Field, Form, Submission
from pupiltrack_portal.widgets.step_heading import HeadingStep, StepHeading

SAVE, LINK, STEP, UNLOCK = "save", "link", "step", "unlock"
AGAIN, DISABLE, ENABLE = "again", "disable", "enable"
_LABELS = {
    SAVE: "Save role",
    LINK: "Send password link",
    STEP: "Reset second step",
    UNLOCK: "Unlock",
    AGAIN: "Send invitation again",
    DISABLE: "Disable",
    ENABLE: "Enable",
}
_DONE = {
    SAVE: "The role is saved, and acts at once.",
    LINK: "A link to choose a new password is on its way.",
    STEP: "The second step is reset: the person chooses a new one at the next sign-in.",
    UNLOCK: "The account is unlocked.",
    AGAIN: "The invitation is on its way again. The one before no longer works.",
    DISABLE: "The person has no access any more.",
    ENABLE: "The person has access again.",
}
_ABOUT = {
    LINK: "Send password link: for a forgotten password. Nobody chooses it for the person.",
    STEP: "Reset second step: when the code or the phone is lost. Be sure who asks you for it.",
    UNLOCK: "Unlock: after too many wrong codes.",
    AGAIN: "Send invitation again: when the first did not arrive or is too old.",
    DISABLE: "Disable: the person is signed out at once. You can enable the account again.",
    ENABLE: "Enable: the person signs in as before.",
}


def role_field(place: Place, held: Role) -> Field:
    """Return the field of a person's role at the place."""
    offered = tuple((role.value, role.label) for role in roles_given(place))
    return Field("role", "Role", "select", held.value, offered)


def classes_field(known: Sequence[str], own: Sequence[str] = ()) -> Field:
    """Return the field of a teacher's classes: those of the school, and those held already."""
    offered = tuple((name, name) for name in dict.fromkeys((*known, *own)))
    return Field(
        CLASSES, "Classes, of a teacher", "picks", tuple(own), offered, hint="Choose classes"
    )


def chosen_classes(sent: Submission) -> tuple[str, ...]:
    """Return the classes that were chosen in `classes_field`, where there is one."""
    chosen = sent.answers.get(CLASSES)
    return chosen if isinstance(chosen, tuple) else ()


class PersonPanel:
    """Takes the place of the list until one of its callbacks is called with the person."""

    def __init__(
        self,
        context: PageContext,
        place: Place,
        *,
        classes: Sequence[str],
        on_done: Callable[[PersonOfPlace, str], None],
        on_close: Callable[[PersonOfPlace], None],
    ) -> None:
        self._context, self._place, self._classes = context, place, tuple(classes)
        self._on_done, self._on_close = on_done, on_close
        self._person: PersonOfPlace | None = None
        self._heading = StepHeading()
        self._heading.on_step(context.guarded(self._on_step))
        self._form: Form | None = None
        self.widget = ipywidgets.VBox([])
        self.widget.add_class("pt-stack")

    def show(self, person: PersonOfPlace) -> None:
        """Show a person, with the buttons that make sense for the account as it is."""
        self._person = person
        self._heading.show(
            person.display_name,
            line=", ".join(role.label for role in person.roles),
            position="",
            steps=(HeadingStep("back", "Back to the list"),),
        )
        seen = person.last_sign_in_at
        facts = [
            f"User name: {person.user_name}",
            f"E-mail address: {person.email or 'none'}",
            f"Account: {person.state.value.lower()}",
            f"Last sign-in: {write_moment(seen) if seen else 'never'}",
        ]
        told = prose.Prose(prose.bullets(facts))
        if person.why_not and not person.may_let_go:
            why = prose.Prose(prose.text(person.why_not))
            self.widget.children = (self._heading, told, why)
        else:
            acts = self._acts(person)
            self._form = Form(
                name="person",
                legend=f"What to do for {person.display_name}",
                fields=self._fields(person) if SAVE in acts else (),
                buttons=tuple((act, _LABELS[act]) for act in acts),
            )
            self._form.on_submit(self._context.guarded(self._on_submit))
            about = prose.Prose(prose.bullets([_ABOUT[act] for act in acts if act in _ABOUT]))
            box = ipywidgets.VBox([self._form, about])
            box.add_class("pt-panel")
            self.widget.children = (self._heading, told, box)
        self._heading.take_focus()

    def _acts(self, person: PersonOfPlace) -> tuple[str, ...]:
        if person.why_not:
            return (DISABLE,)
        if person.state is PersonState.DISABLED:
            return (ENABLE,)
        acts = [SAVE]
        if person.state is PersonState.INVITED:
            return (*acts, AGAIN, DISABLE)
        if person.email:
            acts.append(LINK)
        return (*acts, STEP, *((UNLOCK,) if person.state is PersonState.LOCKED else ()), DISABLE)

    def _fields(self, person: PersonOfPlace) -> tuple[Field, ...]:
        role = role_field(self._place, person.roles[0])
        if self._place.school_id is None:
            return (role,)
        return (role, classes_field(self._classes, person.class_names))

    def _on_submit(self, sent: Submission) -> None:
        person, form = self._person, self._form
        if person is None or form is None or sent.button not in self._acts(person):
            return
        form.complain({})
        try:
            self._do(sent, person)
        except InvalidEntry as error:
            if error.field not in sent.answers:
                raise
            form.complain({error.field: str(error)})
            return
        self._leave()
        self._on_done(person, _DONE[sent.button])

    def _do(self, sent: Submission, person: PersonOfPlace) -> None:
        caller, place, user = self._context.caller, self._place, person.user_id
        portal = self._context.portal
        match sent.button:
            case "save":
                role, names = str(sent.answers["role"]), chosen_classes(sent)
                people.change_role(caller, place, user, role=role, class_names=names)
            case "link":
                people.send_person_password_link(caller, place, user, portal=portal)
            case "step":
                people.reset_second_step(caller, place, user)
            case "unlock":
                people.unlock_person(caller, place, user)
            case "again":
                people.invite_again(caller, place, user, portal=portal)
            case "disable":
                people.disable_person(caller, place, user)
            case "enable":
                people.enable_person(caller, place, user, portal=portal)

    def _on_step(self, _key: str) -> None:
        person = self._person
        if person is not None:
            self._leave()
            self._on_close(person)

    def _leave(self) -> None:
        self._person = self._form = None
        self.widget.children = ()
