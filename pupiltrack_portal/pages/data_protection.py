"""Data protection: what is owed to a pupil, how long records are kept, and breaches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

import ipywidgets
import traitlets

from pupiltrack_core.access import Action, Place, SchoolScope, may, may_over_authority
from pupiltrack_core.services.schools import SchoolChoice, schools_for
from pupiltrack_portal.pages.breaches_part import BreachesPart
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.record_duties_part import HoldsPart, RecordDutiesPart
from pupiltrack_portal.pages.retention_part import RetentionPart
from pupiltrack_portal.pages.school_choice import find_school, school_options
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.form import Field, Form, Submission
from pupiltrack_portal.widgets.toggle_row import Toggle, ToggleRow

SECTION = "section"  # in the page's address


class Part(Protocol):
    """Something kept on this page, with the widget that shows it."""

    widget: ipywidgets.VBox


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its title, what makes it, and whether it is of one school.

    What makes it is given the context, the place and what shows a school's holds, by its LAESTAB.
    A section `for_authority` is of an authority, and not there for anybody else.
    """

    title: str
    make: Callable[[PageContext, Place, Callable[[str], None]], Part]
    of_school: bool = True
    for_authority: bool = False


def _record(context: PageContext, place: Place, _show: Callable[[str], None]) -> Part:
    return RecordDutiesPart(context, _school(place))


def _holds(context: PageContext, place: Place, _show: Callable[[str], None]) -> Part:
    return HoldsPart(context, _school(place))


def _breaches(context: PageContext, place: Place, _show: Callable[[str], None]) -> Part:
    return BreachesPart(context, place)


def _retention(context: PageContext, place: Place, show: Callable[[str], None]) -> Part:
    return RetentionPart(context, place.local_authority_id, show)


def _school(place: Place) -> int:
    if place.school_id is None:
        raise RuntimeError("This section is of one school.")
    return place.school_id


SECTIONS: Mapping[str, Section] = {
    "pupil": Section("One pupil", _record),
    "time": Section("Holds and time", _holds),
    "retention": Section("Past their time", _retention, of_school=False, for_authority=True),
    "breaches": Section("Breaches", _breaches, of_school=False),
}


class DutiesModel(traitlets.HasTraits):
    """The schools whose duties the person carries out, the one chosen, the section on view."""

    school = traitlets.Instance(SchoolChoice, allow_none=True)
    section = traitlets.Unicode(next(iter(SECTIONS)))

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        principal = context.principal()
        self.authority = next(
            (
                authority
                for authority in principal.local_authority_ids
                if may_over_authority(principal, Action.KEEP_DUTIES, authority)
            ),
            None,
        )
        self.schools = tuple(
            school
            for school in schools_for(context.caller)
            if may(
                principal,
                Action.KEEP_DUTIES,
                SchoolScope(school.school_id, school.local_authority_id),
            )
        )
        self.school = self.schools[0] if self.schools else None
        self.sections = {
            key: item
            for key, item in SECTIONS.items()
            if self.authority is not None or not item.for_authority
        }
        asked = context.query.get(SECTION, "")
        if asked in self.sections:
            self.section = asked

    def place_of(self, section: str) -> Place | None:
        """Return whose a section is: the authority's where the person answers for one."""
        if not SECTIONS[section].of_school and self.authority is not None:
            return Place(self.authority)
        if self.school is None:
            return None
        return Place(self.school.local_authority_id, self.school.school_id)

    def choose(self, laestab: str) -> None:
        """Go to another school; raise `NotFound` for one that is not the person's."""
        self.school = find_school(self.schools, laestab)


def open_model(context: PageContext) -> DutiesModel:
    """Return the state of the page for whoever opened it."""
    return DutiesModel(context)


class View:
    """The school where there are several, a switch for each section, and the section."""

    def __init__(self, model: DutiesModel, context: PageContext) -> None:
        self.model = model
        self._context = context
        self._row = ToggleRow("Sections", is_choice=True)
        self._row.on_toggle(context.guarded(self._on_section_press))
        self._choice = Form(name="school", legend="School", buttons=(("choose", "Show"),))
        self._choice.on_submit(context.guarded(self._on_school))
        self._title = prose.Prose()
        self._place = ipywidgets.VBox([])
        self._place.add_class("pt-stack")
        nothing = prose.Prose(prose.text("There is no school whose duties you carry out."))
        parts = [self._title, self._row, self._place] if model.schools else [nothing]
        self.widget = ipywidgets.VBox([context.notice, *parts])
        self.widget.add_class("pt-stack")
        self.part: Part | None = None
        self._draw()

    def _on_section_press(self, key: str, _is_on: bool) -> None:
        if key in self.model.sections and key != self.model.section:
            self.model.section = key
            self._draw()

    def _show_holds(self, laestab: str) -> None:
        self.model.choose(laestab)
        self.model.section = "time"
        self._draw()
        self._choice.take_focus()

    def _on_school(self, sent: Submission) -> None:
        self.model.choose(str(sent.answers["school"]))
        self._draw()

    def _draw(self) -> None:
        model = self.model
        if model.school is None:
            return
        chosen = model.section
        self._row.show(
            [Toggle(key, item.title, key == chosen) for key, item in model.sections.items()]
        )
        self._row.put_in_address(urlencode({SECTION: chosen}))
        place = model.place_of(chosen)
        if place is None:
            return
        of_authority = place.school_id is None
        self._title.show(
            prose.heading("Your local authority" if of_authority else model.school.name)
        )
        if isinstance(self.part, RetentionPart):
            self.part.leave()
        self.part = made = SECTIONS[chosen].make(self._context, place, self._show_holds)
        several = len(model.schools) > 1 and not of_authority
        if several:
            options = school_options(model.schools)
            self._choice.show([Field("school", "School", "select", model.school.laestab, options)])
        self._place.children = (*((self._choice,) if several else ()), made.widget)
