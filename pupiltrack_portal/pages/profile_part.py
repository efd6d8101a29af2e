"""A school's details and its logo, as Maintenance keeps them."""

from __future__ import annotations

import ipywidgets

from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.school_profile import (
    MAX_LOGO_MB,
    SchoolDetails,
    save_logo,
    school_logo,
    take_logo_away,
)
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.school_contact_part import SchoolContactPart
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Field, Form, Submission

LOGO, SAVE, REMOVE = "file", "save", "remove"


class ProfilePart:
    """What the register says for reading, how the school is reached to fill in, and the logo."""

    def __init__(self, context: PageContext, school_id: int) -> None:
        reached = SchoolContactPart(context, school_id)
        logo = _LogoPart(context, reached.details)
        pair = ipywidgets.HBox([reached.widget, _register_table(reached.details)])
        pair.add_class("pt-pair")
        self.widget = ipywidgets.VBox([pair, logo.widget])
        self.widget.add_class("pt-stack")


class _LogoPart:
    """The logo on view, and the form to send another or take it away."""

    def __init__(self, context: PageContext, details: SchoolDetails) -> None:
        self._context = context
        self._school_id = details.school_id
        self._state = prose.Prose()
        self._place = ipywidgets.VBox([])
        self._place.add_class("pt-panel")
        self.widget = ipywidgets.VBox(
            [
                prose.Prose(
                    prose.subheading("Logo for reports"),
                    prose.text(
                        "It stands at the head of every PDF of your school. Choose a PNG or JPEG "
                        f"picture of at most {MAX_LOGO_MB} MB; it is made smaller where it is "
                        "large."
                    ),
                ),
                self._state,
                self._place,
            ]
        )
        self.widget.add_class("pt-stack")
        self._draw()

    def _draw(self) -> None:
        held = school_logo(self._context.caller, self._school_id)
        if held is None:
            self._state.show(prose.small("There is no logo yet."))
        else:
            self._state.show(
                prose.picture(held.content, alt=held.alt, size=(held.width, held.height))
            )
        keep = ((SAVE, "Save logo"),)
        self._form = Form(
            name="logo",
            legend="Logo for reports",
            fields=(Field(LOGO, "Picture", "file", accept=".png,.jpg,.jpeg,image/png,image/jpeg"),),
            buttons=keep if held is None else (*keep, (REMOVE, "Remove logo")),
        )
        self._form.on_submit(self._context.guarded(self._on_submit))
        self._place.children = (self._form,)

    def _on_submit(self, sent: Submission) -> None:
        caller = self._context.caller
        if sent.button == REMOVE:
            take_logo_away(caller, self._school_id)
            words = "The logo is removed."
        else:
            file = sent.files.get(LOGO)
            if file is None:
                self._form.complain({LOGO: f"Choose a picture of at most {MAX_LOGO_MB} MB first."})
                return
            try:
                save_logo(caller, self._school_id, file.content)
            except InvalidEntry as error:
                self._form.complain({LOGO: str(error)})
                return
            words = "The logo is saved, and stands on the next PDF you make."
        self._draw()
        self._form.take_focus()
        self._context.notice.show("success", words)


def _register_table(details: SchoolDetails) -> FiguresTable:
    table = FiguresTable()
    rows = (
        ("Name", details.name),
        ("LAESTAB", details.laestab),
        ("URN", details.urn or "Not on record"),
        ("Phase", details.phase.capitalize()),
        ("Type", details.school_type),
    )
    table.show(
        caption="From the register of schools. Your local authority can have it put right.",
        row_heading="Detail",
        columns=(TableColumn("value", "Value"),),
        rows=[TableRow(label, TableCell(label), (TableCell(value),)) for label, value in rows],
    )
    return table
