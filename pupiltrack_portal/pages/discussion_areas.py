"""The questions a school asks at its progress meetings, as Maintenance keeps them."""

from __future__ import annotations

from functools import partial
from textwrap import shorten

import ipywidgets

from pupiltrack_core.domain.meetings import MeetingKind, Question
from pupiltrack_core.errors import Conflict, NotFound
from pupiltrack_core.services.discussion_questions import (
    QuestionEntry,
    add_discussion_question,
    add_ready_questions,
    bring_back_discussion_question,
    change_discussion_question,
    delete_discussion_question,
    discussion_questions,
    move_discussion_question,
    ready_questions,
)
from pupiltrack_core.services.meeting_entries import MAX_QUESTION
from pupiltrack_portal.pages.archivable_list import CANCEL, CHANGE, try_to_store
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.entered_days import read_day, write_day
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Field, Form, Submission

ADD, BACK, DELETE, READY, UP, DOWN = "add", "back", "delete", "ready", "up", "down"
_COLUMNS = (
    TableColumn("order", "Order", numeric=True),
    TableColumn("starts_on", "From"),
    TableColumn("ends_on", "Until"),
    TableColumn(UP, "Move up"),
    TableColumn(DOWN, "Move down"),
    TableColumn(CHANGE, "Edit"),
    TableColumn(DELETE, "Delete"),
)


class DiscussionAreas:
    """The lists of both kinds, each with its buttons, and the form for one question."""

    def __init__(self, context: PageContext, school_id: int) -> None:
        self._context = context
        self._school_id = school_id
        self._shown: dict[str, Question] = {}
        self._changing: Question | None = None
        self._deleted: Question | None = None
        self._tables: dict[MeetingKind, FiguresTable] = {}
        self._ready: dict[MeetingKind, ipywidgets.VBox] = {}
        for kind in MeetingKind:
            self._tables[kind] = FiguresTable()
            self._tables[kind].on_press(context.guarded(self._on_press))
            self._ready[kind] = ipywidgets.VBox([])
            self._ready[kind].add_class("pt-stack")
        self._undo = ipywidgets.VBox([])
        self._place = ipywidgets.VBox([])
        self._place.add_class("pt-panel")
        lists = [part for kind in MeetingKind for part in (self._tables[kind], self._ready[kind])]
        self.widget = ipywidgets.VBox(
            [
                prose.Prose(
                    prose.subheading("Discussion areas"),
                    prose.text(
                        "What is asked at progress meetings, from one day to another. A meeting "
                        "keeps the questions it was held with, whatever is changed here."
                    ),
                ),
                *lists,
                self._undo,
                self._place,
            ]
        )
        self.widget.add_class("pt-stack")
        self._draw()
        self._show_form(None)

    def _draw(self) -> None:
        found = discussion_questions(self._context.caller, self._school_id)
        self._shown = {str(item.id): item for item in found}
        for kind in MeetingKind:
            mine = [item for item in found if item.kind is kind]
            self._tables[kind].show(
                caption=f"{kind.label}: what is asked",
                row_heading="Question",
                columns=_COLUMNS,
                rows=[_row(at, item) for at, item in enumerate(mine, start=1)],
                empty="Nothing is asked yet.",
            )
            self._ready[kind].children = () if mine else self._offer(kind)
        self._undo.children = ()
        if self._deleted is not None:
            back = Form(
                name="bring-back-question",
                legend="The question that was just deleted",
                buttons=((BACK, f"Bring back {shorten(self._deleted.description, 60)}"),),
            )
            back.on_submit(self._context.guarded(self._on_back))
            back.take_focus()
            self._undo.children = (back,)

    def _offer(self, kind: MeetingKind) -> tuple[ipywidgets.Widget, ...]:
        """Return what a school without questions of a kind can begin with."""
        form = Form(
            name=f"ready-{kind.value}-questions",
            legend=f"{kind.label}: questions to begin with",
            buttons=((READY, "Use these to begin with"),),
        )
        form.on_submit(self._context.guarded(partial(self._on_ready, kind)))
        told = prose.Prose(
            prose.text("These are ready to be used, and changed as you like:"),
            prose.bullets(ready_questions(kind)),
        )
        return told, form

    def _show_form(self, changing: Question | None) -> None:
        self._changing = changing
        title = "Add a question" if changing is None else "Change a question"
        today = self._context.today()
        held = Question(0, MeetingKind.PUPIL, "", today, None) if changing is None else changing
        kinds = tuple((kind.value, kind.label) for kind in MeetingKind)
        self._heading = prose.subheading(title)
        self._about = prose.Prose(self._heading)
        if changing is not None:
            self._about.show(self._heading, prose.text(f"{changing.kind.label}."))
        self._form = Form(
            name="discussion-question",
            legend=title,
            layout="column",
            fields=(
                *(
                    ()
                    if changing is not None  # whose meetings it is for stays
                    else (Field("kind", "Asked at", "select", held.kind.value, kinds),)
                ),
                Field("description", "Question", "text", held.description, max_length=MAX_QUESTION),
                Field("starts_on", "Asked from", "date", write_day(held.starts_on)),
                Field(
                    "ends_on",
                    "Asked until",
                    "date",
                    write_day(held.ends_on),
                    hint="Leave it blank for no end.",
                ),
            ),
            buttons=(
                ((ADD, "Add question"),)
                if changing is None
                else (("save", "Save question"), (CANCEL, "Cancel"))
            ),
        )
        self._form.on_submit(self._context.guarded(self._on_submit))
        self._place.children = (self._about, self._form)

    def _on_press(self, key: str, column: str) -> None:
        item = self._shown[key]
        caller, school_id = self._context.caller, self._school_id
        self._deleted = None
        if column == CHANGE:
            self._show_form(item)
            self._form.take_focus()
            return
        try:
            if column == DELETE:
                delete_discussion_question(caller, school_id, item.id, version=item.version)
                self._deleted, words = item, "The question is deleted. Meetings held keep it."
            else:
                by = -1 if column == UP else 1
                place, of = move_discussion_question(caller, school_id, item.id, by=by)
                words = f"“{item.description}” is number {place} of {of}."
        except (Conflict, NotFound):
            self._draw()  # so that it is seen as it is now
            raise
        self._draw()
        self._context.notice.show("success", words)

    def _on_submit(self, sent: Submission) -> None:
        if sent.button == CANCEL:
            self._show_form(None)
            self._form.take_focus()
            return
        try:
            error = try_to_store(self._form, lambda: self._store(sent), conflict="description")
        except NotFound:
            self._draw()  # without the one that has gone; what was entered stays in the form
            raise
        if isinstance(error, Conflict) and self._changing is not None:
            told = (prose.text(f"It is now: {error.theirs}"),)
            self._draw()
            self._changing = self._shown[str(self._changing.id)]  # theirs is seen now
            self._about.show(self._heading, *told)
        if error is None:
            self._deleted = None
            self._draw()
            self._show_form(None)
            self._form.take_focus()
            self._context.notice.show("success", "The question is saved.")

    def _store(self, sent: Submission) -> None:
        answers = sent.answers
        entry = QuestionEntry(
            description=str(answers["description"]),
            starts_on=read_day(answers["starts_on"], "starts_on"),
            ends_on=read_day(answers["ends_on"], "ends_on"),
        )
        caller, changing = self._context.caller, self._changing
        if changing is None:
            kind = MeetingKind(str(answers["kind"]) or MeetingKind.PUPIL.value)
            add_discussion_question(caller, self._school_id, kind, entry)
        else:
            change_discussion_question(
                caller, self._school_id, changing.id, entry, version=changing.version
            )

    def _on_ready(self, kind: MeetingKind, _sent: Submission) -> None:
        number = add_ready_questions(self._context.caller, self._school_id, kind)
        self._draw()
        self._form.take_focus()
        self._context.notice.show("success", f"{kind.label}: {number} questions were added.")

    def _on_back(self, _sent: Submission) -> None:
        if self._deleted is None:
            return
        deleted, self._deleted = self._deleted, None
        bring_back_discussion_question(self._context.caller, self._school_id, deleted.id)
        self._draw()
        self._form.take_focus()
        self._context.notice.show("success", "The question is asked again.")


def _row(place: int, item: Question) -> TableRow:
    words = item.description
    return TableRow(
        str(item.id),
        TableCell(words),
        (
            TableCell(str(place)),
            TableCell(f"{item.starts_on:%d/%m/%Y}"),
            TableCell(f"{item.ends_on:%d/%m/%Y}" if item.ends_on else "No end"),
            TableCell("Up", press=f"Move up: {words}"),
            TableCell("Down", press=f"Move down: {words}"),
            TableCell("Edit", press=f"Edit: {words}"),
            TableCell("Delete", press=f"Delete: {words}"),
        ),
    )
