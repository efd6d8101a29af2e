"""Who may see which pupils are looked after, as the head of a school says."""

from __future__ import annotations

import ipywidgets

from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.named_access import NameablePerson, name_person, nameable_people
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.toggle_row import Toggle, ToggleRow

_HEADING = prose.subheading("Looked-after children")
_EXPLAINED = prose.text(
    "Which pupils are looked after is shown to nobody by their role, not even to heads. Press the "
    "people who need to know it; press again to take it back. It counts at once, and is written "
    "down with your name."
)


class NamedAccessPart:
    """A switch for each person who sees the school's pupils."""

    def __init__(self, context: PageContext, school_id: int) -> None:
        self._context = context
        self._school_id = school_id
        self._told = prose.Prose()
        self._row = ToggleRow("May see which pupils are looked after")
        self._row.on_toggle(context.guarded(self._on_person_press))
        self.widget = ipywidgets.VBox([self._told, self._row])
        self.widget.add_class("pt-stack")
        self._draw(nameable_people(context.caller, school_id))

    def _draw(self, people: tuple[NameablePerson, ...]) -> None:
        self._people = {str(person.user_id): person for person in people}
        named = [person.display_name for person in people if person.named_at is not None]
        who = f"Named now: {', '.join(named)}." if named else "Nobody is named now."
        self._told.show(_HEADING, _EXPLAINED, prose.text(who))
        self._row.show(
            [
                Toggle(
                    key, f"{person.display_name} ({person.works_as})", person.named_at is not None
                )
                for key, person in self._people.items()
            ]
        )

    def _on_person_press(self, key: str, is_on: bool) -> None:
        try:
            people = name_person(self._context.caller, self._school_id, int(key), is_named=is_on)
        except NotFound:  # they left since the page was opened
            self._draw(nameable_people(self._context.caller, self._school_id))
            raise
        name = self._people[key].display_name
        self._draw(people)
        change = "may now see" if is_on else "may no longer see"
        self._context.notice.show("success", f"{name} {change} which pupils are looked after.")
