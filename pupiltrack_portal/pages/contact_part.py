"""Whom schools may ask at the local authority, as its administrators keep it."""

from __future__ import annotations

import ipywidgets

from pupiltrack_core.domain.contact_details import MAX_EMAIL, MAX_PHONE
from pupiltrack_core.errors import Conflict
from pupiltrack_core.services.support import (
    MAX_NAME,
    AuthorityContact,
    authority_contact,
    save_authority_contact,
)
from pupiltrack_portal.pages.archivable_list import try_to_store
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.form import Field, Form, Submission

_HEADING = (
    prose.subheading("Contact for schools"),
    prose.text("Your schools see it on their Support page."),
)


class ContactPart:
    """The name, e-mail address and telephone number that schools see under Support."""

    def __init__(self, context: PageContext, local_authority_id: int) -> None:
        self._context = context
        self._authority = local_authority_id
        self._held = authority_contact(context.caller, local_authority_id)
        self._told = prose.Prose()
        self._form = Form(
            name="contact",
            legend="Contact for schools",
            layout="grid",
            buttons=(("save", "Save contact"),),
        )
        self._form.add_class("pt-panel")
        self._form.on_submit(context.guarded(self._on_submit))
        self.widget = ipywidgets.VBox([self._told, self._form])
        self.widget.add_class("pt-stack")
        self._draw()

    def _draw(self) -> None:
        held = self._held
        self._told.show(*_HEADING)
        self._form.show(
            (
                Field("name", "Name of the person or team", "text", held.name, max_length=MAX_NAME),
                Field("email", "E-mail", "text", held.email, max_length=MAX_EMAIL),
                Field("phone", "Telephone", "text", held.phone, max_length=MAX_PHONE),
            )
        )

    def _on_submit(self, sent: Submission) -> None:
        self._form.complain({})
        error = try_to_store(self._form, lambda: self._store(sent), conflict="name")
        if isinstance(error, Conflict):
            self._told.show(*_HEADING, prose.text(f"It is now: {error.theirs}"))
            self._held = authority_contact(self._context.caller, self._authority)  # seen now
        if error is None:
            self._draw()
            self._context.notice.show("success", "The contact is saved.")

    def _store(self, sent: Submission) -> None:
        entered = AuthorityContact(**{key: str(answer) for key, answer in sent.answers.items()})
        self._held = save_authority_contact(
            self._context.caller, self._authority, entered, shown=self._held
        )
