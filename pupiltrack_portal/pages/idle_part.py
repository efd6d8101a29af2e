"""After how long people are signed out, as a school or a local authority sets it."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets

from pupiltrack_core.domain.idle_times import OFFERED
from pupiltrack_core.errors import Conflict
from pupiltrack_core.services.idle_limits import (
    FIELD,
    IdleLimits,
    authority_idle_limits,
    save_authority_idle_limit,
    save_school_idle_limit,
    school_idle_limits,
)
from pupiltrack_portal.pages.archivable_list import try_to_store
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.form import Field, Form, Submission

_HEADING = prose.subheading("Signing out by itself")
Save = Callable[[int | None, int | None], IdleLimits]  # wanted, shown


class IdlePart:
    """One choice of minutes, with what is in force beside it."""

    def __init__(
        self, context: PageContext, *, who: str, load: Callable[[], IdleLimits], save: Save
    ) -> None:
        self._context = context
        self._who, self._load, self._save = who, load, save
        self._limits = load()
        self._told = prose.Prose()
        self._form = Form(
            name="idle", legend="Signing out by itself", buttons=(("save", "Save time"),)
        )
        self._form.add_class("pt-panel")
        self._form.on_submit(context.guarded(self._on_submit))
        self.widget = ipywidgets.VBox([self._told, self._form])
        self.widget.add_class("pt-stack")
        self._draw()

    def _draw(self) -> None:
        limits = self._limits
        above = "" if limits.above is None else f", your local authority's {limits.above} minutes"
        self._told.show(
            _HEADING,
            prose.text(
                f"{self._who} are signed out when they did nothing for {limits.in_force} minutes; "
                "they are warned before, and what they entered is saved. The shortest time counts: "
                f"the portal's is {limits.portal} minutes{above}."
            ),
        )
        minutes = sorted({*OFFERED, *([] if limits.own is None else [limits.own])})
        options = (("", "No time of our own"), *((str(one), f"{one} minutes") for one in minutes))
        own = "" if limits.own is None else str(limits.own)
        self._form.show([Field(FIELD, "Our own time", "select", own, options)])

    def _on_submit(self, sent: Submission) -> None:
        self._form.complain({})
        error = try_to_store(self._form, lambda: self._store(sent), conflict=FIELD)
        if isinstance(error, Conflict):
            self._limits = self._load()
            self._told.show(_HEADING, prose.text(f"It is now: {error.theirs}."))
        if error is None:
            self._draw()
            self._context.notice.show("success", "The time is saved, and counts from now on.")

    def _store(self, sent: Submission) -> None:
        chosen = str(sent.answers[FIELD])
        self._limits = self._save(int(chosen) if chosen else None, self._limits.own)


def school_idle_part(context: PageContext, school_id: int) -> IdlePart:
    """Return the part for a school's own time."""
    caller = context.caller
    return IdlePart(
        context,
        who="Your school's staff",
        load=lambda: school_idle_limits(caller, school_id),
        save=lambda minutes, shown: save_school_idle_limit(caller, school_id, minutes, shown=shown),
    )


def authority_idle_part(context: PageContext, local_authority_id: int) -> IdlePart:
    """Return the part for a local authority's time, which is its schools' as well."""
    caller = context.caller
    return IdlePart(
        context,
        who="Your staff and those of your schools",
        load=lambda: authority_idle_limits(caller, local_authority_id),
        save=lambda minutes, shown: save_authority_idle_limit(
            caller, local_authority_id, minutes, shown=shown
        ),
    )
