"""A school's own subjects, as Maintenance keeps them."""

from __future__ import annotations

import ipywidgets

from pupiltrack_core.domain.subjects import MAX_OWN_LABEL, MAX_OWN_SHORT
from pupiltrack_core.errors import Conflict
from pupiltrack_core.services.school_subjects import (
    StoredSubject,
    add_own_subject,
    archive_own_subject,
    bring_back_own_subject,
    own_subjects,
    rename_own_subject,
)
from pupiltrack_portal.pages.archivable_list import (
    ARCHIVE,
    CANCEL,
    CHANGE,
    archived_in_words,
    state_cells,
    try_to_store,
)
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Field, Form, Submission


class OwnSubjects:
    """The list of a school's own subjects, and the form for a new one or for one's names."""

    def __init__(self, context: PageContext, school_id: int) -> None:
        self._context = context
        self._school_id = school_id
        self._shown: dict[str, StoredSubject] = {}
        self._changing: StoredSubject | None = None
        self._table = FiguresTable()
        self._table.on_press(context.guarded(self._on_press))
        self._place = ipywidgets.VBox([])
        self.widget = ipywidgets.VBox(
            [
                prose.Prose(
                    prose.subheading("Subjects of your own"),
                    prose.text(
                        "They can be chosen for any assessment, beside the subjects every school "
                        "has. An archived subject stays on the assessments that have it."
                    ),
                ),
                self._table,
                self._place,
            ]
        )
        self.widget.add_class("pt-stack")
        self._place.add_class("pt-panel")
        self._draw()
        self._show_form(None)

    def _draw(self) -> None:
        found = own_subjects(self._context.caller, self._school_id)
        self._shown = {item.subject.value: item for item in found}
        self._table.show(
            caption="The school's subjects, in use and archived",
            row_heading="Subject",
            columns=(
                TableColumn("short", "Short name"),
                TableColumn("state", "State"),
                TableColumn(CHANGE, "Rename"),
                TableColumn(ARCHIVE, "Archive"),
            ),
            rows=[
                TableRow(
                    code,
                    TableCell(item.subject.label),
                    (
                        TableCell(item.subject.short),
                        *state_cells(item.subject.label, item.is_archived, change="Rename"),
                    ),
                )
                for code, item in self._shown.items()
            ],
            empty="The school has no subjects of its own.",
        )

    def _show_form(self, changing: StoredSubject | None) -> None:
        self._changing = changing
        held = None if changing is None else changing.subject
        label, short = ("", "") if held is None else (held.label, held.short)
        adding = (("add", "Add subject"),)
        title = "Add a subject" if changing is None else f"Rename {label}"
        self._form = Form(
            name="own-subject",
            legend=title,
            fields=(
                Field("label", "Name", "text", label, max_length=MAX_OWN_LABEL),
                Field(
                    "short",
                    "Short name",
                    "text",
                    short,
                    hint="For the heading of its column, eight characters at most.",
                    max_length=MAX_OWN_SHORT,
                ),
            ),
            buttons=adding if changing is None else (("save", "Save names"), (CANCEL, "Cancel")),
        )
        self._form.on_submit(self._context.guarded(self._on_submit))
        self._place.children = (prose.Prose(prose.subheading(title)), self._form)

    def _on_press(self, code: str, column: str) -> None:
        item = self._shown[code]
        if column == CHANGE:
            self._show_form(item)
            self._form.take_focus()
            return
        change = bring_back_own_subject if item.is_archived else archive_own_subject
        change(self._context.caller, self._school_id, code)
        self._draw()
        words = archived_in_words(item.subject.label, item.is_archived)
        self._context.notice.show("success", words)

    def _on_submit(self, sent: Submission) -> None:
        if sent.button == CANCEL:
            self._show_form(None)
            self._form.take_focus()
            return
        error = try_to_store(self._form, lambda: self._store(sent), conflict="label")
        if error is not None:
            if isinstance(error, Conflict) and self._changing is not None:
                self._draw()
                self._changing = self._shown[self._changing.subject.value]  # theirs is seen now
            return
        self._draw()
        self._show_form(None)
        self._form.take_focus()
        self._context.notice.show("success", "The subject is saved.")

    def _store(self, sent: Submission) -> None:
        label, short = str(sent.answers["label"]), str(sent.answers["short"])
        caller, changing = self._context.caller, self._changing
        if changing is None:
            add_own_subject(caller, self._school_id, label=label, short=short)
            return
        rename_own_subject(
            caller,
            self._school_id,
            changing.subject.value,
            label=label,
            short=short,
            shown=changing.subject,
        )
