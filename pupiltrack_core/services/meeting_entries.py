"""What a person enters of a progress meeting, checked before it is stored."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from pupiltrack_core.domain.academic_years import FIRST_START, LAST_START, AcademicYear
from pupiltrack_core.domain.judgement_wording import JudgementWording
from pupiltrack_core.domain.meetings import Answer, Standards
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.entered_names import required_name, tidy_text
from pupiltrack_core.storage.pupil_meetings import MeetingDraft

MAX_TEACHER, MAX_NOTES, MAX_QUESTION = 100, 4_000, 500
MOST_ANSWERS = 100
_UNDONE = "Nothing was saved."


@dataclass(frozen=True, slots=True)
class MeetingEntry:
    """A meeting as a form holds it: nothing of it has been checked.

    `previous` and `current` are judgements by subject code, "" or absent for no data. The questions
    of `answers` are the form's own copy.
    """

    held_on: date
    teacher: str
    previous: Mapping[str, str]
    current: Mapping[str, str]
    answers: tuple[Answer, ...] = ()
    comments: str = ""


def check_meeting(
    entry: MeetingEntry, academic_years: Collection[int], *, present: MeetingDraft | None = None
) -> MeetingDraft:
    """Return the entry as it may be stored; raise `InvalidEntry` with the field at fault.

    Fields are those of the entry, `previous_READ` and the like for a standard, and for answers
    `notes_1` and `next_steps_1`. The day has to be in one of `academic_years`. `present` is the
    meeting it changes, whose questions stay.
    """
    answers = tuple(_answer(at, answer) for at, answer in enumerate(entry.answers, start=1))
    if present is not None and _asked(answers) != _asked(present.answers):
        raise InvalidEntry(
            f"A meeting keeps the questions it was held with. {_UNDONE} Open it again.",
            field="comments",
        )
    if len(answers) > MOST_ANSWERS:
        raise InvalidEntry(
            f"A meeting has at most {MOST_ANSWERS} questions. {_UNDONE}", field="comments"
        )
    return MeetingDraft(
        academic_year=_year_of(entry.held_on, academic_years),
        held_on=entry.held_on,
        teacher=required_name(
            entry.teacher,
            field="teacher",
            longest=MAX_TEACHER,
            missing="Say which teacher the meeting was with.",
            undone=_UNDONE,
        ),
        previous=_standards("previous", entry.previous),
        current=_standards("current", entry.current),
        answers=answers,
        comments=_text(entry.comments, "comments"),
    )


def stored_in_words(
    present: MeetingDraft,
    draft: MeetingDraft,
    fields: Collection[str],
    *,
    wording: JudgementWording,
) -> Iterator[str]:
    """Yield what is stored in the fields in which a draft differs: "Teacher: J. Example".

    Standards are told in the school's words.
    """
    if "held_on" in fields:
        yield f"Date: {present.held_on:%d/%m/%Y}"
    if "teacher" in fields:
        yield f"Teacher: {present.teacher}"
    for name, label in (("previous", "Previous standards"), ("current", "Current standards")):
        if name in fields:
            held: Standards = getattr(present, name)
            subjects = zip(CORE_SUBJECTS, held.labels_in(wording), strict=True)
            yield f"{label}: {', '.join(f'{s.label} {words}' for s, words in subjects)}"
    for at, (stored, other) in enumerate(zip(present.answers, draft.answers, strict=True), start=1):
        if stored.notes != other.notes:
            yield f"Notes on question {at}: {stored.notes or 'none'}"
        if stored.next_steps != other.next_steps:
            yield f"Next steps on question {at}: {stored.next_steps or 'none'}"
    if "comments" in fields:
        yield f"Comments: {present.comments or 'none'}"


def _year_of(day: date, academic_years: Collection[int]) -> int:
    if date(FIRST_START, 9, 1) <= day <= date(LAST_START, 8, 31):
        year = AcademicYear.containing(day)
        if year.start in academic_years:
            return year.start
    raise InvalidEntry(
        "The pupil is not on your roll in the academic year of this date. "
        f"{_UNDONE} Look at the year once more.",
        field="held_on",
    )


def _standards(name: str, values: Mapping[str, str]) -> Standards:
    for subject in CORE_SUBJECTS:
        try:
            Standards.read({subject.value: values.get(subject.value)})
        except ValueError as error:
            raise InvalidEntry(
                f"Choose a judgement, or No data. {_UNDONE}", field=f"{name}_{subject.value}"
            ) from error
    return Standards.read(values)


def _answer(at: int, answer: Answer) -> Answer:
    question = required_name(
        answer.question,
        field="comments",
        longest=MAX_QUESTION,
        missing=f"Question {at} is blank.",
        undone=_UNDONE,
    )
    notes = _text(answer.notes, f"notes_{at}")
    return Answer(question, notes, _text(answer.next_steps, f"next_steps_{at}"))


def _asked(answers: Collection[Answer]) -> list[str]:
    return [answer.question for answer in answers]


def _text(text: str, field: str) -> str:
    return tidy_text(text, field=field, longest=MAX_NOTES, undone=_UNDONE)
