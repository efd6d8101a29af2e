"""The form for a new progress meeting about a pupil, or for one that was held."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import ipywidgets

from pupiltrack_core.domain.judgement_wording import JudgementWording
from pupiltrack_core.domain.judgements import NO_DATA_LABEL, Judgement
from pupiltrack_core.domain.meetings import Answer as Said
from pupiltrack_core.domain.meetings import Standards
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.errors import Conflict, InvalidEntry
from pupiltrack_core.services.meeting_entries import MAX_NOTES, MAX_TEACHER, MeetingEntry
from pupiltrack_core.services.pupil_meetings import MeetingRecord, MeetingStart
from pupiltrack_portal.pages.archivable_list import CANCEL, try_to_store
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.entered_days import read_day, write_day
from pupiltrack_portal.pages.intervention_form import theirs_in_words
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.form import Answer, Field, Form, Submission

Store = Callable[[MeetingEntry, int], int]  # the entry, over the version shown; the meeting's id
_STANDARDS = (("previous", "previous standard"), ("current", "current standard"))
_NO_QUESTIONS = (
    "Your school asks no questions on this date. A headteacher or data manager keeps them under "
    "Maintenance, Discussion areas."
)


@dataclass(frozen=True)
class Filling:
    """What a form holds: answers by field, and the questions its notes are on.

    `sources` say which assessments the standards are of, `wording` what the school calls them.
    """

    answers: Mapping[str, str]
    questions: tuple[str, ...]
    wording: JudgementWording
    sources: str = ""

    def entry(self, answers: Mapping[str, Answer]) -> MeetingEntry:
        """Return what was sent as a meeting; raise `InvalidEntry` for no date."""
        sent = {key: str(answer) for key, answer in answers.items()}
        day = read_day(sent["held_on"], "held_on")
        if day is None:
            raise InvalidEntry(
                "Enter the date of the meeting, for example 12/12/2025. Nothing was saved.",
                field="held_on",
            )
        return MeetingEntry(
            held_on=day,
            teacher=sent["teacher"],
            previous=_standards_sent(sent, "previous"),
            current=_standards_sent(sent, "current"),
            answers=tuple(
                Said(question, sent[f"notes_{at}"], sent[f"next_steps_{at}"])
                for at, question in enumerate(self.questions, start=1)
            ),
            comments=sent["comments"],
        )


def fill_for(start: MeetingStart, day: date) -> Filling:
    """Return what a new meeting of that day begins with."""
    current, previous = start.standards_on(day)
    answers = {"held_on": day.isoformat(), "teacher": start.teacher}
    for name, held in (("previous", previous), ("current", current)):
        answers |= _standard_answers(name, held.standards)
    told = (
        f"The current standards are those of {current.source}." if current.source else "",
        f"The previous ones are those of {previous.source}." if previous.source else "",
    )
    sources = " ".join(part for part in told if part)
    return Filling(answers, start.questions_on(day), start.wording, sources)


def fill_again(
    start: MeetingStart, day: date, *, before: Filling, sent: Mapping[str, Answer]
) -> Filling:
    """Return what a form has for another day: what the person changed or wrote stays.

    So does a question that is not asked on that day, if something was written to it.
    """
    fresh = fill_for(start, day)
    answers = dict(fresh.answers)
    for key, answer in sent.items():
        if key not in answers or answer != before.answers.get(key, ""):
            answers[key] = str(answer)
    written = {
        said.question: said
        for said in before.entry({**sent, "held_on": day.isoformat()}).answers
        if said.notes or said.next_steps
    }
    kept = tuple(question for question in written if question not in fresh.questions)
    questions = (*fresh.questions, *kept)
    answers = {key: value for key, value in answers.items() if not key.startswith(_SAID)}
    for at, question in enumerate(questions, start=1):
        said = written.get(question, Said(question))
        answers |= {f"notes_{at}": said.notes, f"next_steps_{at}": said.next_steps}
    return Filling(answers, questions, start.wording, fresh.sources)


_SAID = ("notes_", "next_steps_")


def filled_of(record: MeetingRecord) -> Filling:
    """Return what the form for a meeting on record holds."""
    held = record.meeting
    answers = {
        "held_on": write_day(held.held_on),
        "teacher": held.teacher,
        **_standard_answers("previous", held.previous),
        **_standard_answers("current", held.current),
        "comments": held.comments,
    }
    for at, said in enumerate(held.answers, start=1):
        answers |= {f"notes_{at}": said.notes, f"next_steps_{at}": said.next_steps}
    return Filling(answers, tuple(said.question for said in held.answers), record.wording)


class MeetingForm:
    """Asks for one meeting, hands it to `store`, and stays open while that refuses it.

    A new one has `start`, and follows its date: with another date come its questions and standards.
    """

    def __init__(
        self,
        context: PageContext,
        *,
        start: MeetingStart | None = None,
        present: MeetingRecord | None = None,
        store: Store,
        on_done: Callable[[int | None], None],
    ) -> None:
        """`on_done` is given the id of the meeting that was saved; None when it is put away."""
        self._context = context
        self._start = start
        self._version = 0 if present is None else present.version
        self._store, self._on_done = store, on_done
        if present is not None:
            title = f"Change the meeting of {present.meeting.held_on:%d/%m/%Y}"
            self._filling = filled_of(present)
        elif start is not None:
            title, self._filling = "Add a progress meeting", fill_for(start, start.day)
        else:
            raise ValueError("A form is for a new meeting or for one on record.")
        self._first = self._filling.answers
        self._told: Mapping[str, str] = self._first
        self._heading = prose.subheading(title)
        self._about = prose.Prose()
        self._form = Form(
            name="pupil-meeting",
            legend=title,
            layout="grid",
            buttons=(("save", "Save meeting"), (CANCEL, "Cancel")),
            asks_on_leaving=True,
        )
        self._form.on_change(context.guarded(self._on_change))
        self._form.on_submit(context.guarded(self._on_submit))
        self.widget = ipywidgets.VBox([self._about, self._form])
        self.widget.add_class("pt-panel")
        self._show(self._filling)

    def take_focus(self) -> None:
        """Put the keyboard's focus on the first field."""
        self._form.take_focus()

    @property
    def is_unsaved(self) -> bool:
        """Whether something was entered that is not saved."""
        return any(answer != self._first.get(key, "") for key, answer in self._told.items())

    def draw_again(self) -> None:
        """Draw the form with what was entered, which a browser forgets once it is out of sight."""
        self._form.show(_fields(replace(self._filling, answers=self._told)))

    def _on_change(self, _field: str, answers: Mapping[str, Answer]) -> None:
        self._told = {key: str(answer) for key, answer in answers.items()}

    def _show(self, filling: Filling) -> None:
        self._filling, self._told = filling, filling.answers
        told = [prose.text(filling.sources)] if filling.sources else []
        if self._start is not None and not filling.questions:
            told.append(prose.text(_NO_QUESTIONS))
        self._about.show(self._heading, *told)
        self._form.show(_fields(filling))

    def _on_submit(self, sent: Submission) -> None:
        if sent.button == CANCEL:
            self._on_done(None)
            return
        self._told = {key: str(answer) for key, answer in sent.answers.items()}
        saved: list[int] = []

        def store() -> None:
            entry = self._filling.entry(sent.answers)
            if not self._follows_date(entry.held_on, sent.answers):
                saved.append(self._store(entry, self._version))

        error = try_to_store(self._form, store, conflict="held_on")
        if isinstance(error, Conflict):
            self._version = error.version  # theirs is seen now
            self._about.show(self._heading, *theirs_in_words(error))
        if saved:
            self._on_done(saved[0])

    def _follows_date(self, day: date, sent: Mapping[str, Answer]) -> bool:
        """Show what is asked and known on another day; whether there is anything new to look at."""
        if self._start is None or day.isoformat() == self._filling.answers["held_on"]:
            return False
        filling = fill_again(self._start, day, before=self._filling, sent=sent)
        is_new = filling.questions != self._filling.questions or any(
            str(sent.get(key, "")) != value for key, value in filling.answers.items()
        )
        if is_new:
            self._show(filling)
            self._form.take_focus()
            self._context.notice.show(
                "warning",
                f"On {day:%d/%m/%Y} other questions are asked, or other standards were known. "
                "They are in the form now, and what you wrote is kept. Nothing was saved yet: "
                "look it through and save again.",
            )
        return is_new


def _fields(filling: Filling) -> tuple[Field, ...]:
    held = filling.answers
    choices = (
        ("", NO_DATA_LABEL),
        *((item.value, filling.wording.label(item)) for item in Judgement),
    )
    fields = [  # told at once, each: what was entered is to outlast a look at something else
        Field("held_on", "Date", "date", held.get("held_on", "")),
        Field("teacher", "Teacher", "text", held.get("teacher", ""), max_length=MAX_TEACHER),
    ]
    for subject in CORE_SUBJECTS:
        for name, label in _STANDARDS:
            key, words = f"{name}_{subject.value}", f"{subject.label}: {label}"
            fields.append(Field(key, words, "select", held.get(key, ""), choices))
    for at, question in enumerate(filling.questions, start=1):
        notes = _writing(f"notes_{at}", f"{at}. {question}", held)
        steps = _writing(f"next_steps_{at}", f"Agreed next steps on question {at}", held)
        fields += [replace(notes, hint="Notes"), replace(steps, beside=True)]
    fields.append(_writing("comments", "Comments", held))
    return tuple(replace(field, tells=True) for field in fields)


def _writing(key: str, label: str, held: Mapping[str, str]) -> Field:
    return Field(key, label, "textarea", held.get(key, ""), max_length=MAX_NOTES)


def _standard_answers(name: str, standards: Standards) -> dict[str, str]:
    return {
        f"{name}_{subject.value}": "" if judgement is None else judgement.value
        for subject, judgement in standards.by_subject
    }


def _standards_sent(sent: Mapping[str, str], name: str) -> dict[str, str]:
    return {subject.value: sent[f"{name}_{subject.value}"] for subject in CORE_SUBJECTS}
