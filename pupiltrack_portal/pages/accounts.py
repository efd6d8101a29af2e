"""Accounts: a school's people for its head, and an authority's requests and schools."""

from __future__ import annotations

import ipywidgets
import traitlets

from pupiltrack_core.access import Action, SchoolScope, may, may_over_authority
from pupiltrack_core.services.schools import SchoolChoice, schools_for
from pupiltrack_portal.pages.account_requests_part import AccountRequestsPart
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.people_part import PeoplePart
from pupiltrack_portal.pages.school_choice import find_school, school_options
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.form import Field, Form, Submission
from pupiltrack_portal.widgets.toggle_row import Toggle, ToggleRow

REQUESTS, PEOPLE = "requests", "people"
SECTION, SCHOOL = "section", "school"  # in the page's address


class AccountsModel(traitlets.HasTraits):
    """The schools whose people the person looks after, the one on view, and the section."""

    school = traitlets.Instance(SchoolChoice, allow_none=True)
    authority = traitlets.Int(None, allow_none=True)
    section = traitlets.Unicode(PEOPLE)

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        principal = context.principal()
        for authority in principal.local_authority_ids:
            if may_over_authority(principal, Action.APPROVE_ACCOUNTS, authority):
                self.authority = authority
                break
        self.schools = tuple(
            school
            for school in schools_for(context.caller)
            if may(
                principal,
                Action.MANAGE_PEOPLE,
                SchoolScope(school.school_id, school.local_authority_id),
            )
        )
        asked = context.query.get(SCHOOL, "").replace("/", "")
        self.school = next(
            (school for school in self.schools if school.laestab == asked),
            self.schools[0] if self.schools else None,
        )
        wants_people = bool(asked) or context.query.get(SECTION) == PEOPLE
        if self.authority is not None and not wants_people:
            self.section = REQUESTS

    def choose(self, laestab: str) -> None:
        """Show another school; raise `NotFound` for one that is not the person's to look after."""
        self.school = find_school(self.schools, laestab)


def open_model(context: PageContext) -> AccountsModel:
    """Return the state of the page for whoever opened it."""
    return AccountsModel(context)


class View:
    """The requests or the people, with a choice of school where there are several."""

    def __init__(self, model: AccountsModel, context: PageContext) -> None:
        self.model = model
        self._context = context
        self._row = ToggleRow("Sections")
        self._row.on_toggle(context.guarded(self._on_section_press))
        self._schools = Form(name="school", legend="Choose a school", buttons=(("show", "Show"),))
        self._schools.on_submit(context.guarded(self._on_school_submit))
        self._place = ipywidgets.VBox([])
        self._place.add_class("pt-stack")
        parts = [self._place] if model.authority is None else [self._row, self._place]
        self.widget = ipywidgets.VBox([context.notice, *parts])
        self.widget.add_class("pt-stack")
        self._draw()

    def _on_section_press(self, key: str, _is_on: bool) -> None:
        if key in (REQUESTS, PEOPLE) and key != self.model.section:
            self.model.section = key
            self._draw()

    def _on_school_submit(self, sent: Submission) -> None:
        self.model.choose(str(sent.answers["school"]))
        self._draw()

    def _draw(self) -> None:
        model, chosen = self.model, self.model.section
        self._row.show(
            [
                Toggle(REQUESTS, "Requests", chosen == REQUESTS),
                Toggle(PEOPLE, "People of a school", chosen == PEOPLE),
            ]
        )
        if model.authority is not None and chosen == REQUESTS:
            part = AccountRequestsPart(self._context, model.authority)
            self._place.children = (part.widget,)
            return
        if model.school is None:
            nothing = prose.Prose(prose.text("There is no school whose people you look after."))
            self._place.children = (nothing,)
            return
        people = PeoplePart(self._context, model.school).widget
        self._schools.show(
            [Field("school", "School", "select", model.school.laestab, self._options())]
        )
        choice = (self._schools,) if len(model.schools) > 1 else ()
        self._place.children = (*choice, people)

    def _options(self) -> tuple[tuple[str, str], ...]:
        return school_options(self.model.schools)
