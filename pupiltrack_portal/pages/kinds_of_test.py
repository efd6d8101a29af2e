"""A school's kinds of test and their ranges, as Maintenance keeps them."""

from __future__ import annotations

from dataclasses import dataclass

import ipywidgets

from pupiltrack_core.domain.test_ranges import READY_RANGES
from pupiltrack_core.errors import Conflict
from pupiltrack_core.services.test_types import (
    MAX_TYPE_NAME,
    StoredTestType,
    TestTypeEntry,
    add_kind_of_test,
    add_ready_kinds,
    archive_kind_of_test,
    bring_back_kind_of_test,
    change_kind_of_test,
    kinds_of_test,
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


@dataclass(frozen=True, slots=True)
class _Asked:
    """A change of a range that waits for an answer."""

    sent: Submission
    outside: int


class KindsOfTest:
    """The list of a school's kinds of test, and the form for a new one or for one's range."""

    def __init__(self, context: PageContext, school_id: int) -> None:
        self._context = context
        self._school_id = school_id
        self._shown: dict[str, StoredTestType] = {}
        self._changing: StoredTestType | None = None
        self._asked: _Asked | None = None
        self._table = FiguresTable()
        self._table.on_press(context.guarded(self._on_press))
        self._place = ipywidgets.VBox([])
        self.widget = ipywidgets.VBox(
            [
                prose.Prose(
                    prose.subheading("Kinds of test"),
                    prose.text(
                        "An assessment with test scores may name one: scores outside its range "
                        "are then refused. An archived one stays on the assessments that name it."
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
        found = kinds_of_test(self._context.caller, self._school_id)
        self._shown = {str(item.id): item for item in found}
        self._table.show(
            caption="The school's kinds of test, in use and archived",
            row_heading="Kind of test",
            columns=(
                TableColumn("range", "Scores"),
                TableColumn("state", "State"),
                TableColumn(CHANGE, "Change"),
                TableColumn(ARCHIVE, "Archive"),
            ),
            rows=[
                TableRow(
                    key,
                    TableCell(item.range.name),
                    (
                        TableCell(item.range.words.capitalize()),
                        *state_cells(item.range.name, item.is_archived, change="Change"),
                    ),
                )
                for key, item in self._shown.items()
            ],
            empty="The school has described no kind of test.",
        )

    def _show_form(
        self, changing: StoredTestType | None, *, sent: Submission | None = None
    ) -> None:
        self._changing, self._asked = changing, None
        held = _texts(changing) if sent is None else {k: str(v) for k, v in sent.answers.items()}
        ready = () if self._shown else (("ready", "Add the usual three"),)
        title = "Add a kind of test" if changing is None else f"Change {changing.range.name}"
        adding = (("add", "Add kind of test"), *ready)
        self._form = Form(
            name="kind-of-test",
            legend=title,
            fields=(
                Field("name", "Name", "text", held["name"], max_length=MAX_TYPE_NAME),
                Field("lowest", "Lowest score", "text", held["lowest"], max_length=3),
                Field("highest", "Highest score", "text", held["highest"], max_length=3),
                Field(
                    "decimals",
                    "Decimals",
                    "select",
                    held["decimals"],
                    (("0", "Whole numbers"), ("1", "One decimal"), ("2", "Two decimals")),
                ),
            ),
            buttons=adding if changing is None else (("save", "Save changes"), (CANCEL, "Cancel")),
        )
        self._form.on_submit(self._context.guarded(self._on_submit))
        told = [prose.subheading(title)]
        if changing is None and ready:
            usual = "; ".join(f"{item.name}, {item.words}" for item in READY_RANGES)
            told.append(prose.text(f"The usual three: {usual}."))
        self._place.children = (prose.Prose(*told), self._form)

    def _on_press(self, key: str, column: str) -> None:
        item = self._shown[key]
        if column == CHANGE:
            self._show_form(item)
            self._form.take_focus()
            return
        change = bring_back_kind_of_test if item.is_archived else archive_kind_of_test
        change(self._context.caller, self._school_id, item.id)
        self._draw()
        self._context.notice.show("success", archived_in_words(item.range.name, item.is_archived))

    def _on_submit(self, sent: Submission) -> None:
        if sent.button == CANCEL:
            self._show_form(None)
            self._form.take_focus()
        elif sent.button == "ready":
            added = add_ready_kinds(self._context.caller, self._school_id)
            self._saved(f"{added} kinds of test were added.")
        else:
            self._store(sent, agreed=0)

    def _store(self, sent: Submission, *, agreed: int) -> None:
        entry = TestTypeEntry(*(str(sent.answers[key]) for key in _TEXT_KEYS))
        outside = 0

        def store() -> None:
            nonlocal outside
            outside = self._save(entry, agreed)

        error = try_to_store(self._form, store, conflict="name")
        if isinstance(error, Conflict) and self._changing is not None:
            self._draw()
            self._changing = self._shown[str(self._changing.id)]  # theirs is seen now
        if error is not None:
            return
        if outside:
            self._ask(sent, outside)
        else:
            self._saved("The kind of test is saved.")

    def _save(self, entry: TestTypeEntry, agreed: int) -> int:
        """Store it; return how many scores must be agreed to first, 0 when it is stored."""
        caller, changing = self._context.caller, self._changing
        if changing is None:
            add_kind_of_test(caller, self._school_id, entry)
            return 0
        edit = change_kind_of_test(
            caller, self._school_id, changing.id, entry, shown=changing.range, agreed=agreed
        )
        return 0 if edit.is_saved else edit.outside

    def _ask(self, sent: Submission, outside: int) -> None:
        self._asked = _Asked(sent, outside)
        scores = "1 stored score lies" if outside == 1 else f"{outside} stored scores lie"
        words = (
            f"{scores} outside the new range. They are kept as they are; scores entered from now "
            "on must lie within."
        )
        question = Form(
            name="confirm-range",
            legend=words,
            buttons=(("back", "Back to the form"), ("agree", "Save all the same")),
        )
        question.on_submit(self._context.guarded(self._on_answer))
        question.take_focus()
        self._place.children = (prose.Prose(prose.text(words)), question)

    def _on_answer(self, answer: Submission) -> None:
        if self._asked is None:
            return
        sent, outside = self._asked.sent, self._asked.outside
        self._show_form(self._changing, sent=sent)
        if answer.button == "agree":
            self._store(sent, agreed=outside)
        else:
            self._form.take_focus()

    def _saved(self, words: str) -> None:
        self._draw()
        self._show_form(None)
        self._form.take_focus()
        self._context.notice.show("success", words)


_TEXT_KEYS = ("name", "lowest", "highest", "decimals")


def _texts(item: StoredTestType | None) -> dict[str, str]:
    if item is None:
        return {"name": "", "lowest": "", "highest": "", "decimals": "0"}
    held = item.range
    values = (held.name, str(held.lowest), str(held.highest), str(held.decimals))
    return dict(zip(_TEXT_KEYS, values, strict=True))
