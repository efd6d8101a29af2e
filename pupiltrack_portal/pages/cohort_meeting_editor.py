"""A cohort's meeting being written in: every key is saved by itself, a few moments later."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ipywidgets

from pupiltrack_core.domain.cohort_meetings import MeetingContent
from pupiltrack_core.domain.local_time import in_london
from pupiltrack_core.domain.meeting_merging import Path
from pupiltrack_core.errors import InvalidEntry, UserFacingError
from pupiltrack_core.reports.cohort_meeting import (
    BARRIERS,
    DISCUSSION,
    GROUPS,
    SUPPORT,
    figures_blocks,
    title_of,
)
from pupiltrack_core.services.cohort_meeting_records import CohortMeetingRecord
from pupiltrack_core.services.cohort_meeting_saving import (
    SavedMeeting,
    look_up_figures,
    save_cohort_meeting,
)
from pupiltrack_core.services.cohort_meetings import cohort_meeting
from pupiltrack_portal.pages.cohort_meeting_clashes import ClashesPart
from pupiltrack_portal.pages.cohort_meeting_draft import LISTS, MeetingDraft
from pupiltrack_portal.pages.cohort_meeting_fields import (
    HEAD,
    head_fields,
    read_head,
)
from pupiltrack_portal.pages.cohort_meeting_parts import SAVES_AFTER, AreasPart, RowsPart
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.document_blocks import widgets_of
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.form import Answer, Form, Submission
from pupiltrack_portal.widgets.step_heading import HeadingStep, StepHeading

BACK, READ = "back", "read"
STAY, LEAVE = "stay", "leave"
_ABOUT = {
    BARRIERS: "What stands in the way of certain pupils, and how will it be overcome?",
    SUPPORT: "Who could reach the expected standard and make good progress with more support?",
    GROUPS: "Which groups cause concern, and may need more support?",
}
_NO_QUESTIONS = (
    "Your school asked no questions on the day of this meeting. They are kept under Maintenance, "
    "Discussion areas; here they can be written for this meeting alone."
)
_DIFFER = (
    "Judgements, results or pupils have changed since these figures were looked up. What the "
    "meeting had before it stays until you bring it up to date."
)


class CohortMeetingEditor:
    """The form of one meeting; `on_done` is told whether to read the meeting or to go back."""

    def __init__(
        self,
        context: PageContext,
        school_id: int,
        record: CohortMeetingRecord,
        *,
        on_done: Callable[[bool], None],
    ) -> None:
        self.context = context
        self.record = record
        self.draft = MeetingDraft(record.content)
        self._school_id = school_id
        self._on_done = on_done
        self._leaving_to_read = False
        self._heading = StepHeading()
        self._heading.on_step(context.guarded(self._on_step))
        self._question = ipywidgets.VBox([])
        self._clashes = ClashesPart(self)
        self._head = Form(
            name="meeting-head",
            legend="Cohort, assessment and date",
            fields=head_fields(record.choices, record.content.head),
            buttons=(),
            layout="grid",
            saves_after=SAVES_AFTER,
        )
        self._head.on_typed(context.guarded(self._on_head))
        panel = ipywidgets.VBox([self._head])
        panel.add_class("pt-panel")
        self._figures = ipywidgets.VBox([])
        self._figures.add_class("pt-stack")
        self._areas = AreasPart(self)
        self._rows = {name: RowsPart(self, name) for name in ("barriers", "support", "groups")}
        told = [] if record.content.questions else [prose.text(_NO_QUESTIONS)]
        self.widget = ipywidgets.VBox(
            [
                self._heading,
                self._question,
                self._clashes.widget,
                panel,
                self._figures,
                prose.Prose(prose.heading(DISCUSSION), *told),
                self._areas.widget,
                _about(BARRIERS),
                self._rows["barriers"].widget,
                _about(SUPPORT),
                self._rows["support"].widget,
                _about(GROUPS),
                self._rows["groups"].widget,
            ]
        )
        self.widget.add_class("pt-stack")
        self._draw_heading(f"Saved at {in_london(record.saved_at):%H:%M}.")
        self._draw_figures()

    def take_focus(self) -> None:
        """Put the keyboard's focus on the heading."""
        self._heading.take_focus()

    def save(self, form: Form | None, *, act: bool = False) -> bool:
        """Store what was entered and say so in the form; whether everything in it was stored.

        What is wrong with one value is said at its field, and the others are stored. What concerns
        the whole is raised, and everything entered stays.
        """
        saved: list[SavedMeeting] = []

        def store(base: MeetingContent, mine: MeetingContent) -> SavedMeeting:
            key = (self._school_id, self.record.id)
            saved.append(
                save_cohort_meeting(self.context.caller, *key, base=base, mine=mine, act=act)
            )
            return saved[0]

        before = self.draft.base.head
        try:
            changed = self.draft.save(store)
        except UserFacingError:
            self._say(form, "Not saved. It stays here, and is saved with the next change.", True)
            raise
        told = f"Saved at {in_london(saved[-1].saved_at):%H:%M}"
        self._draw_heading(f"{told}.")
        others = [part for part in changed if part != HEAD]
        if before != self.draft.base.head or others:
            self._read_again(changed)
        self._clashes.draw()
        self._tell(form, told)
        return form is None or not form.errors

    def settle(self, path: Path, choice: str) -> None:
        """Let one of two people's values stand, or both, and save."""
        self.draft.choose(path, choice)
        self._redraw(path[:2] if path[0] != HEAD[0] else HEAD)
        self.save(None, act=True)
        self._heading.take_focus()

    @property
    def _parts(self) -> tuple[AreasPart | RowsPart, ...]:
        return (self._areas, *self._rows.values())

    # --- drawing ----------------------------------------------------------------------------------

    def _draw_heading(self, saved: str) -> None:
        self._heading.show(
            title_of(self.record),
            line=f"{self.record.cohort}. {saved} Everything is saved as you type.",
            position="",
            steps=(
                HeadingStep(BACK, "Back to the meetings"),
                HeadingStep(READ, "Read, print, earlier versions"),
            ),
        )

    def _draw_figures(self) -> None:
        record = self.record
        blocks = figures_blocks(record, record.figures)
        widgets = [prose.Prose(prose.heading("Outcomes")), *widgets_of(blocks)]
        if not record.figures.is_as(record.figures_now):
            fresh = Form(
                name="figures",
                legend="Figures",
                buttons=(("figures", "Bring the figures up to date"),),
            )
            fresh.on_submit(self.context.guarded(self._on_figures))
            widgets += [prose.Prose(prose.text(_DIFFER)), fresh]
        self._figures.children = tuple(widgets)

    def _read_again(self, changed: tuple[Path, ...]) -> None:
        """Read the meeting anew, and draw what is not as it is shown any more."""
        self.record = cohort_meeting(self.context.caller, self._school_id, self.record.id)
        self._draw_figures()
        self._areas.draw()
        for rows in self._rows.values():
            rows.draw()
        for part in changed:
            self._redraw(part)

    def _redraw(self, part: Path) -> None:
        if part == HEAD:
            self._head.show(head_fields(self.record.choices, self.draft.mine.head))
            return
        for each in self._parts:
            each.redraw(part)

    def _form_of(self, path: Path) -> Form | None:
        if path[:1] == HEAD:
            return self._head
        found = (each.form_of(path) for each in self._parts)
        return next((form for form in found if form is not None), None)

    def _tell(self, form: Form | None, told: str) -> None:
        """Say in the form what became of it, and at each field that is wrong what is."""
        wrong: dict[Form, dict[str, str]] = {}
        for path, error in self.draft.refused.items():
            found = self._form_of(path)
            if found is None:
                raise error
            wrong.setdefault(found, {})[error.field] = str(error)
        for each in self._forms():
            if each in wrong or each.errors:
                each.complain(wrong.get(each, {}))
        if form in wrong:
            self._say(form, f"{told}, but for what is said at the field.", is_problem=True)
        elif self.draft.clashes:
            told = f"{told}, but for what a colleague changed too: see the top of the page"
            self._say(form, told, is_problem=True)
        else:
            self._say(form, told)

    def _forms(self) -> list[Form]:
        rows = [(name, row.key) for name in LISTS for row in getattr(self.draft.mine, name)]
        found = (self._form_of(path) for path in rows)
        return [self._head, *(form for form in found if form is not None)]

    def _say(self, form: Form | None, text: str, is_problem: bool = False) -> None:
        if form is not None:
            form.say_saved(text, is_problem=is_problem)

    # --- what the person does ---------------------------------------------------------------------

    def _on_head(self, values: Mapping[str, Answer]) -> None:
        shown, error = self.draft.mine.head, None
        try:
            head = read_head(values, shown, self.record.choices)
        except InvalidEntry as caught:  # of the date; the rest is saved
            error = caught
            rest = {key: value for key, value in values.items() if key != error.field}
            head = read_head(rest, shown, self.record.choices)
        for name in ("year_group", "class_name", "assessment_id", "held_on", "teacher"):
            self.draft.enter((*HEAD, name), getattr(head, name))
        if self.save(self._head) and head.year_group != shown.year_group:
            self._redraw(HEAD)
        if error is not None:
            self._head.complain({error.field: str(error)})
            self._say(self._head, "Not saved: see what is said at the field.", is_problem=True)

    def _on_figures(self, _sent: Submission) -> None:
        look_up_figures(self.context.caller, self._school_id, self.record.id)
        self._read_again(())
        self._heading.take_focus()
        self.context.notice.show("success", "The figures are those of now.")

    def _on_step(self, step: str) -> None:
        self._leaving_to_read = step == READ
        if self.draft.is_unsaved:
            try:
                self.save(None, act=True)
            except UserFacingError:
                self._ask_before_leaving()
                raise
        if self.draft.is_unsaved:
            self._ask_before_leaving()
            return
        self._on_done(self._leaving_to_read)

    def _ask_before_leaving(self) -> None:
        form = Form(
            name="leaving",
            legend="Something you entered is not saved",
            buttons=((STAY, "Go on editing"), (LEAVE, "Leave without it")),
        )
        form.on_submit(self.context.guarded(self._on_leaving))
        form.take_focus()
        told = prose.Prose(
            prose.subheading("Something you entered is not saved"),
            prose.text("It is still in the form. Go on editing to put it right or to copy it."),
        )
        box = ipywidgets.VBox([told, form])
        box.add_class("pt-panel")
        self._question.children = (box,)

    def _on_leaving(self, sent: Submission) -> None:
        self._question.children = ()
        if sent.button == LEAVE:
            self._on_done(self._leaving_to_read)
        else:
            self._heading.take_focus()


def _about(title: str) -> prose.Prose:
    return prose.Prose(prose.heading(title), prose.text(_ABOUT[title]))
