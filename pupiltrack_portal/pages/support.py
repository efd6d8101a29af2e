"""Support: the user guide, the empty import template, whom to ask, and which PupilTrack this is."""

from __future__ import annotations

from typing import Any

import ipywidgets
import traitlets

from pupiltrack_core.access import Page, may_open
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.guides import (
    Block,
    BlockKind,
    GuideSection,
    HowTo,
    guide_for,
    how_to,
    tasks_for,
)
from pupiltrack_core.services.pupils import TemplateFormat, import_template
from pupiltrack_core.services.support import (
    SupportContact,
    installed_version,
    support_contacts,
)
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.files import CSV, XLSX, Made, file_maker
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.file_button import FileButton

GUIDE = "guide"  # in the page's address


class SupportModel(traitlets.HasTraits):
    """Whom to ask, the guide to the person's pages, and the how-to page on view, if any."""

    contacts = traitlets.Tuple()
    sections = traitlets.Tuple()
    tasks = traitlets.Tuple()
    version = traitlets.Unicode()
    how_to = traitlets.Instance(HowTo, allow_none=True)
    problem = traitlets.Unicode()
    school_id = traitlets.Int(None, allow_none=True)
    has_pupils = traitlets.Bool(True)  # whether the person opens the page Pupils


def open_model(context: PageContext) -> SupportModel:
    """Return the state of the page; what the address asks for and is not there is a problem."""
    principal = context.principal()
    model = SupportModel(
        contacts=support_contacts(context.caller),
        sections=guide_for(principal),
        tasks=tasks_for(principal),
        version=installed_version(),
        school_id=next(iter(principal.school_ids), None),
        has_pupils=may_open(principal, Page.PUPILS),
    )
    asked = context.query.get(GUIDE)
    if asked:
        try:
            model.how_to = how_to(asked)
        except NotFound as error:
            model.problem = str(error)
    return model


class View:
    """A how-to page, or the contact, the template and the guide."""

    def __init__(self, model: SupportModel, context: PageContext) -> None:
        self.model = model
        self._context = context
        parts = self._overview() if model.how_to is None else [_told(model.how_to)]
        self.widget = ipywidgets.VBox([context.notice, *parts])
        self.widget.add_class("pt-stack")
        if model.problem:
            context.notice.show("warning", model.problem)

    def _overview(self) -> list[ipywidgets.Widget]:
        panels = [prose.Prose(*_contact_blocks(self.model.contacts))]
        if self.model.has_pupils:
            panels.append(self._template())
        for part in panels:
            part.add_class("pt-panel")
        pair = ipywidgets.HBox(panels)
        pair.add_class("pt-pair")
        return [
            pair,
            prose.Prose(*_guide_blocks(self.model.sections, self.model.tasks)),
            prose.Prose(prose.small(f"PupilTrack, version {self.model.version}")),
        ]

    def _template(self) -> ipywidgets.Widget:
        buttons = []
        for form, label in (
            (TemplateFormat.WORKBOOK, "Import template (Excel)"),
            (TemplateFormat.CSV, "Import template (CSV)"),
        ):
            button = FileButton(label)
            button.on_make(
                file_maker(
                    self._context,
                    lambda form=form: _template_file(form),  # type: ignore[misc]  # bound now
                    school_id=lambda: self.model.school_id,
                )
            )
            buttons.append(button)
        row = ipywidgets.HBox(buttons)
        row.add_class("pt-actions")
        return ipywidgets.VBox([prose.Prose(*_TEMPLATE), row])


_TEMPLATE = (
    prose.heading("Import template"),
    prose.text(
        "An empty list for bringing pupils in. Fill it from your school's information system, then "
        "import it on the Pupils page."
    ),
)


def _template_file(form: TemplateFormat) -> Made:
    return form.value, CSV if form is TemplateFormat.CSV else XLSX, import_template(form)


def _contact_blocks(contacts: tuple[SupportContact, ...]) -> list[dict[str, Any]]:
    blocks = [prose.heading("Whom to ask")]
    for item in contacts:
        contact = item.contact
        lines = [
            contact.name,
            f"E-mail: {contact.email}" if contact.email else "",
            f"Telephone: {contact.phone}" if contact.phone else "",
        ]
        told = [line for line in lines if line]
        blocks.append(prose.subheading(item.place))
        blocks.append(prose.bullets(told) if told else prose.text(_NO_CONTACT))
    blocks.append(
        prose.small(
            "If a message gave you a reference number, quote it. Never send a pupil's name or UPN "
            "by e-mail."
        )
    )
    return blocks


_NO_CONTACT = "Your local authority has not given a contact here yet."


def _guide_blocks(
    sections: tuple[GuideSection, ...], tasks: tuple[tuple[str, str], ...]
) -> list[dict[str, Any]]:
    blocks = [prose.heading("Guide")]
    if tasks:
        blocks.append(prose.text("Tasks from beginning to end:"))
        blocks += [prose.link(title, _address(name)) for name, title in tasks]
    for section in sections:
        blocks += [
            prose.subheading(section.page.heading),
            prose.text(section.text),
            prose.bullets(section.points),
            prose.link(f"Open {section.page.heading}", f"/{section.page.value}"),
            *(prose.link(title, _address(name)) for name, title in section.guides),
        ]
    return blocks


def _address(name: str) -> str:
    return f"/support?{GUIDE}={name}"


def _told(page: HowTo) -> prose.Prose:
    return prose.Prose(
        prose.link("Back to Support", "/support"),
        prose.heading(page.title),
        *(_block(block) for block in page.blocks),
        prose.link("Back to Support", "/support"),
    )


def _block(block: Block) -> dict[str, Any]:
    match block.kind:
        case BlockKind.HEADING | BlockKind.SUBHEADING:
            return prose.subheading(block.text)
        case BlockKind.STEPS:
            return prose.steps(block.items)
        case BlockKind.BULLETS:
            return prose.bullets(block.items)
        case BlockKind.PICTURE:
            return prose.picture(block.png, alt=block.text, size=block.size)
        case BlockKind.CODE:
            return prose.small(block.text)
        case BlockKind.TEXT:
            return prose.text(block.text)
