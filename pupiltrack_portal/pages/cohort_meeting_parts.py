"""The parts of a meeting's form: areas that fold, and lists whose rows come and go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import ipywidgets

from pupiltrack_core.domain.cohort_meetings import (
    Barrier,
    MeetingContent,
    SpecificGroup,
    TargetedSupport,
    areas_of,
    ask_about,
    fresh_key,
)
from pupiltrack_core.domain.meeting_merging import Path, value_at
from pupiltrack_core.errors import UserFacingError
from pupiltrack_core.reports.cohort_meeting import group_lines
from pupiltrack_core.services.cohort_meeting_records import CohortMeetingRecord
from pupiltrack_portal.pages.cohort_meeting_draft import MeetingDraft
from pupiltrack_portal.pages.cohort_meeting_fields import (
    part_fields,
    question_fields,
    read_questions,
    read_values,
)
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.form import Answer, Field, Form, Submission

SAVES_AFTER = 1_500  # milliseconds after the last key
ADD, BACK, DELETE = "add", "back", "delete"
QUESTIONS, DONE, REMOVE = "questions", "done", "remove"
Row = Barrier | TargetedSupport | SpecificGroup
_NEW_ROW: Mapping[str, type[Barrier] | type[TargetedSupport] | type[SpecificGroup]] = {
    "barriers": Barrier,
    "support": TargetedSupport,
    "groups": SpecificGroup,
}
_NAMES = {"barriers": "barrier", "support": "targeted support", "groups": "group"}


class Editing(Protocol):
    """What the parts need of the editor they stand in."""

    context: PageContext
    draft: MeetingDraft
    record: CohortMeetingRecord

    def save(self, form: Form | None, *, act: bool = False) -> bool:
        """Store what was entered and say so in the form; whether it was stored."""


class AreasPart:
    """The subjects or areas of learning talked about, each a form that folds."""

    def __init__(self, editing: Editing) -> None:
        self._editing = editing
        self._forms: dict[str, Form] = {}
        self._asking: set[str] = set()  # areas whose questions are being worded
        self._list = ipywidgets.VBox([])
        self._list.add_class("pt-stack")
        self._list.add_class("pt-dense")
        self._more = Form(
            name="add-area",
            legend="Talk about another subject",
            buttons=((ADD, "Add subject"),),
            is_plain=True,
        )
        self._more.on_submit(editing.context.guarded(self._on_more))
        self.widget = ipywidgets.VBox([self._list, self._more])
        self.widget.add_class("pt-stack")
        self.draw()

    def form_of(self, part: Path) -> Form | None:
        """Return the form of an area, by the first two steps of a path."""
        return self._forms.get(part[1]) if part[0] == "areas" and len(part) > 1 else None

    def draw(self) -> None:
        """Show the areas there are; forms that are there already stay as they are."""
        record, areas = self._editing.record, self._editing.draft.mine.areas
        keys = [area.key for area in areas]
        self._forms = {key: self._forms.get(key) or self._form(key) for key in keys}
        self._list.children = tuple(self._forms.values())
        rest = [(code, label) for code, label in record.areas.items() if code not in keys]
        self._more.show((Field("area", "Another subject", "select", "", tuple(rest)),))

    def redraw(self, part: Path) -> None:
        """Show an area as it is now."""
        form = self.form_of(part)
        if form is not None:
            form.show(self._fields(part[1]))

    def _form(self, area: str, *, is_open: bool = False) -> Form:
        editing = self._editing
        label = editing.record.label_of(area)
        buttons = [(DONE, "Done")] if area in self._asking else [(QUESTIONS, "Edit the questions")]
        if area not in areas_of(editing.draft.mine.head.year_group) and area not in self._asking:
            buttons.append((REMOVE, f"Remove {label}"))
        form = Form(
            name=f"area-{area}",
            legend=label,
            fields=self._fields(area),
            buttons=buttons,
            layout="grid",
            saves_after=SAVES_AFTER,
            fold=label,
            is_open=is_open,
            is_plain=True,
        )

        def on_typed(values: Mapping[str, Answer]) -> None:
            self._enter(area, values)
            editing.save(form)

        def on_submit(sent: Submission) -> None:
            self._enter(area, sent.answers)
            if sent.button == REMOVE:
                self._remove(area)
            elif editing.save(form, act=True):
                self._ask(area, sent.button == QUESTIONS)

        form.on_typed(editing.context.guarded(on_typed))
        form.on_submit(editing.context.guarded(on_submit))
        return form

    def _fields(self, area: str) -> tuple[Field, ...]:
        content = self._editing.draft.mine
        if area in self._asking:
            return question_fields(value_at(content, ("areas", area)))
        return part_fields(self._editing.record, content, ("areas", area))

    def _enter(self, area: str, values: Mapping[str, Answer]) -> None:
        draft = self._editing.draft
        if area in self._asking:
            held = next((item for item in draft.mine.areas if item.key == area), None)
            if held is not None:
                draft.enter(("areas", area, "answers"), read_questions(values, held))
            return
        for path, value in read_values(values):
            draft.enter(path, value)

    def _ask(self, area: str, is_asking: bool) -> None:
        """Show an area's questions to be worded, or to be answered again."""
        if is_asking:
            self._asking.add(area)
        else:
            self._asking.discard(area)
        self._forms[area] = self._form(area, is_open=True)
        self._forms[area].take_focus()
        self.draw()

    def _remove(self, area: str) -> None:
        editing = self._editing
        left = tuple(item for item in editing.draft.mine.areas if item.key != area)
        editing.draft.enter(("areas",), left)
        if editing.save(self._forms[area], act=True):
            self._asking.discard(area)
            self.draw()
            self._more.take_focus()
            editing.context.notice.show(
                "success",
                f"{editing.record.label_of(area)} is taken out. What was written stays in the "
                "earlier versions.",
            )

    def _on_more(self, sent: Submission) -> None:
        editing, area = self._editing, str(sent.answers["area"])
        draft = editing.draft
        if not area or any(item.key == area for item in draft.mine.areas):
            return
        added = ask_about(area, draft.mine.questions)
        draft.enter(("areas",), (*draft.mine.areas, added))
        if editing.save(None, act=True):
            self._forms[area] = self._form(area, is_open=True)
            self._forms[area].take_focus()
            self.draw()


class RowsPart:
    """A list of barriers, of support or of groups: rows are added, written in and deleted."""

    def __init__(self, editing: Editing, name: str) -> None:
        self._editing = editing
        self._name = name
        self._forms: dict[str, Form] = {}
        self._boxes: dict[str, ipywidgets.VBox] = {}
        self._figures: dict[str, prose.Prose] = {}
        self._made = 0
        self._deleted: Row | None = None
        self._list = ipywidgets.VBox([])
        self._list.add_class("pt-stack")
        self._foot = ipywidgets.VBox([])
        self.widget = ipywidgets.VBox([self._list, self._foot])
        self.widget.add_class("pt-stack")
        self.draw()

    def form_of(self, part: Path) -> Form | None:
        """Return the form of a row, by the first two steps of a path."""
        return self._forms.get(part[1]) if part[0] == self._name and len(part) > 1 else None

    def draw(self) -> None:
        """Show the rows there are; forms that are there already stay as they are."""
        keys = [row.key for row in self._rows]
        for key in keys:
            if key not in self._forms:
                self._add_form(key)
        self._forms = {key: self._forms[key] for key in keys}
        self._list.children = tuple(self._boxes[key] for key in keys)
        self._draw_foot()
        self.draw_figures()

    def redraw(self, part: Path) -> None:
        """Show a row as it is now."""
        form = self.form_of(part)
        if form is not None:
            form.show(part_fields(self._editing.record, self._editing.draft.mine, part))

    def draw_figures(self) -> None:
        """Show the figures of the groups chosen; other lists have none."""
        for row in self._rows:
            if isinstance(row, SpecificGroup):
                lines = group_lines(self._editing.record, row) if row.group else []
                self._figures[row.key].show(*(prose.text(line) for line in lines))

    @property
    def _rows(self) -> tuple[Row, ...]:
        content: MeetingContent = self._editing.draft.mine
        rows: tuple[Row, ...] = getattr(content, self._name)
        return rows

    def _add_form(self, key: str) -> None:
        editing, part = self._editing, (self._name, key)
        self._made += 1
        legend = f"{_NAMES[self._name].capitalize()} {self._made}"
        form = Form(
            name=f"{self._name}-row",
            legend=legend,
            fields=part_fields(editing.record, editing.draft.mine, part),
            buttons=((DELETE, f"Delete {legend[0].lower()}{legend[1:]}"),),
            layout="grid",
            saves_after=SAVES_AFTER,
            is_plain=True,
        )

        def enter(values: Mapping[str, Answer]) -> None:
            for path, value in read_values(values):
                editing.draft.enter(path, value)

        def on_typed(values: Mapping[str, Answer]) -> None:
            enter(values)
            if editing.save(form):
                self.draw_figures()

        def on_submit(sent: Submission) -> None:
            enter(sent.answers)
            self._delete(key)

        form.on_typed(editing.context.guarded(on_typed))
        form.on_submit(editing.context.guarded(on_submit))
        figures = prose.Prose()
        box = ipywidgets.VBox([form, figures] if self._name == "groups" else [form])
        box.add_class("pt-panel")
        self._forms[key], self._boxes[key], self._figures[key] = form, box, figures

    def _draw_foot(self) -> None:
        what = _NAMES[self._name]
        buttons = [(ADD, f"Add {what}")]
        if self._deleted is not None:
            buttons.insert(0, (BACK, f"Bring back the {what} just deleted"))
        self._add = Form(
            name=f"add-{self._name}", legend=f"Add {what}", buttons=buttons, is_plain=True
        )
        self._add.on_submit(self._editing.context.guarded(self._on_foot))
        self._foot.children = (self._add,)

    def _on_foot(self, sent: Submission) -> None:
        row: Row = _NEW_ROW[self._name](fresh_key())
        if sent.button == BACK and self._deleted is not None:
            row = self._deleted
        draft, rows = self._editing.draft, self._rows
        draft.enter((self._name,), (*rows, row))
        try:
            is_saved = self._editing.save(None, act=True)
        except UserFacingError:
            draft.enter((self._name,), rows)  # it is not on view: there is nothing to keep
            raise
        if is_saved:
            self._deleted = None
            self.draw()
            self._forms[row.key].take_focus()

    def _delete(self, key: str) -> None:
        editing = self._editing
        row = next((item for item in self._rows if item.key == key), None)
        left = tuple(item for item in self._rows if item.key != key)
        editing.draft.enter((self._name,), left)
        if editing.save(self._forms[key], act=True):
            self._deleted = row
            self.draw()
            self._add.take_focus()
