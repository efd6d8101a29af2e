"""Accounts: a school's people for its head; an authority's requests, schools and own staff."""

from __future__ import annotations

from urllib.parse import urlencode

import ipywidgets
import traitlets

from pupiltrack_core.access import Action, Place, may_at, may_over_authority
from pupiltrack_core.services.schools import SchoolChoice, classes, schools_for
from pupiltrack_portal.pages.account_requests_part import AccountRequestsPart
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.people_part import PeoplePart
from pupiltrack_portal.pages.school_choice import find_school, school_options
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.form import Field, Form, Submission
from pupiltrack_portal.widgets.toggle_row import Toggle, ToggleRow

REQUESTS, PEOPLE, STAFF = "requests", "people", "staff"
SECTION, SCHOOL = "section", "school"  # in the page's address
SECTIONS = {
    REQUESTS: "Requests",
    PEOPLE: "People of a school",
    STAFF: "Local authority staff",
}


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
            if may_at(principal, Action.MANAGE_PEOPLE, school.place)
        )
        asked = context.query.get(SCHOOL, "").replace("/", "")
        self.school = next(
            (school for school in self.schools if school.laestab == asked),
            self.schools[0] if self.schools else None,
        )
        if self.authority is not None and not asked:
            section = context.query.get(SECTION, "")
            self.section = section if section in SECTIONS else REQUESTS

    def choose(self, laestab: str) -> None:
        """Show another school; raise `NotFound` for one that is not the person's to look after."""
        self.school = find_school(self.schools, laestab)

    def to_address(self) -> str:
        """Return the query of a bookmark: the school whose people are on view, or the section."""
        if self.section == PEOPLE and self.school is not None:
            return urlencode({SCHOOL: self.school.laestab})
        return urlencode({SECTION: self.section})


def open_model(context: PageContext) -> AccountsModel:
    """Return the state of the page for whoever opened it."""
    return AccountsModel(context)


class View:
    """One section, or a school's people; with a choice of school where there are several."""

    def __init__(self, model: AccountsModel, context: PageContext) -> None:
        self.model = model
        self._context = context
        self._row = ToggleRow("Sections", is_choice=True)
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
        if key in SECTIONS and key != self.model.section:
            self.model.section = key
            self._draw()

    def _on_school_submit(self, sent: Submission) -> None:
        self.model.choose(str(sent.answers["school"]))
        self._draw()

    def _draw(self) -> None:
        chosen = self.model.section
        self._row.show([Toggle(key, label, key == chosen) for key, label in SECTIONS.items()])
        authority = self.model.authority
        on_view = self._schools if authority is None else self._row
        on_view.put_in_address(self.model.to_address())
        if authority is not None and chosen == REQUESTS:
            self._place.children = (AccountRequestsPart(self._context, authority).widget,)
        elif authority is not None and chosen == STAFF:
            staff = PeoplePart(self._context, Place(authority), "your local authority")
            self._place.children = (staff.widget,)
        else:
            self._place.children = self._people()

    def _people(self) -> tuple[ipywidgets.Widget, ...]:
        school = self.model.school
        if school is None:
            return (prose.Prose(prose.text("There is no school whose people you look after.")),)
        years, caller = school.academic_years[:1], self._context.caller
        known = classes(caller, school.school_id, years[0]) if years else ()
        asks = self.model.authority is None
        people = PeoplePart(self._context, school.place, school.name, classes=known, asks=asks)
        self._schools.show(
            [
                Field(
                    "school", "School", "select", school.laestab, school_options(self.model.schools)
                )
            ]
        )
        return (*([self._schools] if len(self.model.schools) > 1 else []), people.widget)
