"""Maintenance: what a school sets for itself, and who did what; an LA's news and settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

import ipywidgets
import traitlets

from pupiltrack_core.access import (
    Action,
    SchoolScope,
    may,
    may_over_authority,
)
from pupiltrack_core.services.schools import SchoolChoice, schools_for
from pupiltrack_portal.pages.activity_part import ActivityPart
from pupiltrack_portal.pages.contact_part import ContactPart
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.discussion_areas import DiscussionAreas
from pupiltrack_portal.pages.idle_part import authority_idle_part, school_idle_part
from pupiltrack_portal.pages.kinds_of_test import KindsOfTest
from pupiltrack_portal.pages.named_access_part import NamedAccessPart
from pupiltrack_portal.pages.names_part import NamesPart
from pupiltrack_portal.pages.news_part import NewsPart
from pupiltrack_portal.pages.own_subjects import OwnSubjects
from pupiltrack_portal.pages.profile_part import ProfilePart
from pupiltrack_portal.pages.reception_arrivals_part import ReceptionArrivalsPart
from pupiltrack_portal.pages.reception_load_part import ReceptionLoadPart
from pupiltrack_portal.pages.roll_forward_part import RollForwardPart
from pupiltrack_portal.pages.wording_part import WordingPart
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.toggle_row import Toggle, ToggleRow

SECTION = "section"  # in the page's address


class Part(Protocol):
    """Something kept on this page, with the widget that shows it."""

    widget: ipywidgets.VBox


Make = Callable[[PageContext, int], Part]


@dataclass(frozen=True, slots=True)
class Section:
    """One of the page's sections: what it is called, and what makes the parts in it.

    One that `is_read` only is made anew at each visit; the others stay as they were left, with what
    was typed. A school's is there for whoever may do what it `needs`.
    """

    title: str
    makes: tuple[Make, ...]
    is_read: bool = False
    needs: Action = Action.MAINTAIN_SCHOOL


# Made when its section is opened, with the id of the school.
SCHOOL_SECTIONS: dict[str, Section] = {
    "profile": Section("School details", (ProfilePart, school_idle_part)),
    "names": Section("Classes and filters", (NamesPart,)),
    "words": Section("Words and colours", (WordingPart,)),
    "subjects": Section("Subjects and tests", (OwnSubjects, KindsOfTest)),
    "questions": Section("Discussion areas", (DiscussionAreas,)),
    "year": Section("New year", (RollForwardPart, ReceptionArrivalsPart)),
    "looked-after": Section(
        "Looked-after children", (NamedAccessPart,), is_read=True, needs=Action.NAME_PEOPLE
    ),
    "activity": Section("What was last done", (ActivityPart,), is_read=True),
}
# With the id of the local authority.
AUTHORITY_SECTIONS: dict[str, Section] = {
    "news": Section("News", (NewsPart,)),
    "reception": Section("Reception pupils", (ReceptionLoadPart,)),
    "settings": Section("Contact and signing out", (ContactPart, authority_idle_part)),
}


class MaintenanceModel(traitlets.HasTraits):
    """The school or local authority the person maintains, and the section on view.

    `sections` are those there are, by key; both places' for a person with both roles.
    """

    school = traitlets.Instance(SchoolChoice, allow_none=True)
    authority = traitlets.Int(None, allow_none=True)
    section = traitlets.Unicode()

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._open: dict[str, Section] = {}
        principal = context.principal()
        for authority in principal.local_authority_ids:
            if may_over_authority(principal, Action.PUBLISH_NEWS, authority):
                self.authority = authority
        for school in schools_for(context.caller) if principal.school_ids else ():
            scope = SchoolScope(school.school_id, school.local_authority_id)
            if may(principal, Action.MAINTAIN_SCHOOL, scope):
                self.school = school
                self._open = {
                    key: section
                    for key, section in SCHOOL_SECTIONS.items()
                    if may(principal, section.needs, scope)
                }
                break
        asked = context.query.get(SECTION, "")
        if self.sections:
            self.section = asked if asked in self.sections else next(iter(self.sections))

    @property
    def sections(self) -> Mapping[str, Section]:
        """The sections open to the person, in order."""
        return {
            **self._open,
            **({} if self.authority is None else AUTHORITY_SECTIONS),
        }

    def place_of(self, section: str) -> int | None:
        """Return the id of the school or local authority a section is about."""
        if section in SCHOOL_SECTIONS and self.school is not None:
            return self.school.school_id
        return self.authority if section in AUTHORITY_SECTIONS else None


def open_model(context: PageContext) -> MaintenanceModel:
    """Return the state of the page for whoever opened it."""
    return MaintenanceModel(context)


class View:
    """A switch for each section, and the section on view."""

    def __init__(self, model: MaintenanceModel, context: PageContext) -> None:
        self.model = model
        self._context = context
        self._row = ToggleRow("Sections", is_choice=True)
        self._row.on_toggle(context.guarded(self._on_section_press))
        self._made: dict[str, ipywidgets.VBox] = {}
        self._place = ipywidgets.VBox([])
        nothing = prose.Prose(prose.text("There is nothing here for you to maintain."))
        place = "Your local authority" if model.school is None else model.school.name
        title = prose.Prose(prose.heading(place))
        parts = [title, self._row, self._place] if model.sections else [nothing]
        self.widget = ipywidgets.VBox([context.notice, *parts])
        self.widget.add_class("pt-stack")
        self._draw()

    def _on_section_press(self, key: str, _is_on: bool) -> None:
        if key in self.model.sections and key != self.model.section:
            self.model.section = key
            self._draw()

    def _draw(self) -> None:
        chosen = self.model.section
        self._row.show(
            [Toggle(key, item.title, key == chosen) for key, item in self.model.sections.items()]
        )
        self._row.put_in_address(urlencode({SECTION: chosen}))
        place = self.model.place_of(chosen)
        if place is None:
            return
        section = self.model.sections[chosen]
        if section.is_read or chosen not in self._made:
            made = ipywidgets.VBox([make(self._context, place).widget for make in section.makes])
            made.add_class("pt-stack")
            self._made[chosen] = made
        for key, held in self._made.items():
            held.layout.display = "" if key == chosen else "none"
        self._place.children = tuple(self._made.values())
