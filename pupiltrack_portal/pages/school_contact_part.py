"""How a school is reached: kept by itself under Maintenance, by its authority under Schools."""

from __future__ import annotations

import ipywidgets

from pupiltrack_core.domain.contact_details import MAX_EMAIL, MAX_PHONE
from pupiltrack_core.errors import Conflict
from pupiltrack_core.services.school_profile import (
    MAX_ADDRESS,
    MAX_HEAD,
    MAX_POSTCODE,
    ContactDetails,
    save_contact_details,
    school_details,
)
from pupiltrack_portal.pages.archivable_list import try_to_store
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.form import Field, Form, Submission

SAVE = "save"
_HEADING = prose.subheading("How the school is reached")
_NOTHING = "Not on record"


class SchoolContactPart:
    """A form for whoever may change it; with `is_read` what is held is told above, to anybody."""

    def __init__(self, context: PageContext, school_id: int, *, is_read: bool = False) -> None:
        """Raises what `services.school_profile.school_details` raises."""
        self._context, self._school_id, self._is_read = context, school_id, is_read
        self.details = school_details(context.caller, school_id)
        self._told = prose.Prose()
        self._form = Form(
            name="contact",
            legend="How the school is reached",
            layout="column",
            buttons=((SAVE, "Save details"),),
            fold="Change how the school is reached" if is_read else "",
        )
        self._form.on_submit(context.guarded(self._on_submit))
        parts = [self._told, *([self._form] if self.details.may_change else [])]
        self.widget = ipywidgets.VBox(parts)
        self.widget.add_class("pt-panel")
        self._draw()

    def _draw(self) -> None:
        held = self.details.contact
        told = prose.text("Your local authority sees it too. Nothing of it is printed on reports.")
        self._told.show(_HEADING, prose.bullets(_lines(held)) if self._is_read else told)
        self._form.show(
            (
                Field("head_name", "Headteacher", "text", held.head_name, max_length=MAX_HEAD),
                Field("phone", "Telephone", "text", held.phone, max_length=MAX_PHONE),
                Field("email", "E-mail", "text", held.email, max_length=MAX_EMAIL),
                Field("address", "Address", "textarea", held.address, max_length=MAX_ADDRESS),
                Field("postcode", "Postcode", "text", held.postcode, max_length=MAX_POSTCODE),
            )
        )

    def _on_submit(self, sent: Submission) -> None:
        self._form.complain({})
        error = try_to_store(self._form, lambda: self._store(sent), conflict="head_name")
        if isinstance(error, Conflict):
            self._told.show(_HEADING, prose.text(f"It is now: {error.theirs}"))
            self.details = school_details(self._context.caller, self._school_id)  # seen now
        if error is None:
            self._draw()
            self._context.notice.show("success", "The details are saved.")

    def _store(self, sent: Submission) -> None:
        entered = ContactDetails(**{key: str(answer) for key, answer in sent.answers.items()})
        self.details = save_contact_details(
            self._context.caller, self._school_id, entered, shown=self.details.contact
        )


def _lines(held: ContactDetails) -> list[str]:
    address = ", ".join(line.strip(" ,") for line in held.address.splitlines() if line.strip(" ,"))
    return [
        f"Headteacher: {held.head_name or _NOTHING}",
        f"Telephone: {held.phone or _NOTHING}",
        f"E-mail: {held.email or _NOTHING}",
        f"Address: {', '.join(filter(None, (address, held.postcode))) or _NOTHING}",
    ]
