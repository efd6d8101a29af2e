"""The questions a school asks at its progress meetings: adding, changing, ordering, deleting them.

Meetings that were held keep the questions they were held with, whatever happens here.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache

from pupiltrack_core.access import Action
from pupiltrack_core.domain.academic_years import FIRST_START, LAST_START, AcademicYear
from pupiltrack_core.domain.local_time import day_in_london
from pupiltrack_core.domain.meetings import MeetingKind, Question
from pupiltrack_core.errors import Conflict, InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.entered_names import required_name
from pupiltrack_core.services.meeting_entries import MAX_QUESTION
from pupiltrack_core.shipped_data import shipped_data
from pupiltrack_core.storage.discussion_questions import (
    QuestionDraft,
    add_question,
    exchange_places,
    find_question,
    find_question_rows,
    find_questions,
    mark_question_deleted,
    update_question,
)
from pupiltrack_core.storage.school_settings import find_current_year, lock_school
from pupiltrack_core.storage.support_models import DiscussionQuestion

QUESTION_ADDED = "discussion question added"
QUESTION_CHANGED = "discussion question changed"
QUESTION_MOVED = "discussion question moved"
QUESTION_DELETED = "discussion question deleted"
QUESTION_BROUGHT_BACK = "discussion question brought back"
MOST_QUESTIONS = 40  # of one kind
_UNDONE = "Nothing was saved."


@dataclass(frozen=True, slots=True)
class QuestionEntry:
    """A question as a form holds it; `ends_on` None is for good."""

    description: str
    starts_on: date | None
    ends_on: date | None = None


def discussion_questions(caller: Caller, school_id: int) -> tuple[Question, ...]:
    """Return the school's questions of both kinds, each kind in the order asked.

    Raise `NotFound` for a school out of reach, `AccessDenied` for who may not maintain it.
    """
    with caller.begin() as work:
        work.require(Action.MAINTAIN_SCHOOL, school_id)
        return find_questions(work.session, school_id)


@cache
def ready_questions(kind: MeetingKind) -> tuple[str, ...]:
    """Return the questions that come with PupilTrack, for a school to begin with."""
    held = tomllib.loads(shipped_data("questions.toml").read_text(encoding="utf-8"))
    return tuple(item["description"] for item in held[kind.value])


def add_discussion_question(
    caller: Caller, school_id: int, kind: MeetingKind, entry: QuestionEntry
) -> int:
    """Add a question after the others of its kind, which is for good; return its id.

    Raise `InvalidEntry` with the field at fault, also for more than 40 of a kind; else as
    `discussion_questions`.
    """
    with caller.begin(write=True, act=True) as work:
        _begin(work, school_id)
        number = _add(work, school_id, kind, _checked(entry))
        work.commit()
    return number


def add_ready_questions(caller: Caller, school_id: int, kind: MeetingKind) -> int:
    """Add the questions that come with PupilTrack and return how many.

    They are asked from the first day of the school's latest academic year, so that a meeting held
    earlier in it has them. Nothing is done, and 0 returned, where the school has questions of the
    kind by now. Raises as `discussion_questions`.
    """
    with caller.begin(write=True, act=True) as work:
        _begin(work, school_id)
        if find_question_rows(work.session, school_id, kind):
            return 0
        ready, first_day = ready_questions(kind), _first_day(work, school_id)
        for description in ready:
            _add(work, school_id, kind, QuestionDraft(description, first_day))
        work.commit()
    return len(ready)


def change_discussion_question(
    caller: Caller, school_id: int, question_id: int, entry: QuestionEntry, *, version: int
) -> None:
    """Store a question anew, over the `version` that was shown; its kind and its place stay.

    Raise `Conflict` where someone else changed it first, whose `theirs` is what is stored now, else
    as `add_discussion_question`, and `NotFound` for one that is not there.
    """
    with caller.begin(write=True, act=True) as work:
        row = _find(work, school_id, question_id)
        draft = _checked(entry)
        if draft == QuestionDraft(row.description, row.starts_on, row.ends_on):
            return
        _refuse_stale(row, version, "Nothing was saved. Save again to put yours in its place.")
        update_question(work.session, row, draft)
        work.audit(QUESTION_CHANGED, school_id=school_id, question=question_id)
        work.commit()


def move_discussion_question(
    caller: Caller, school_id: int, question_id: int, *, by: int
) -> tuple[int, int]:
    """Move a question one place up (`by` below 0) or down; return its place and how many there are.

    At the end of its kind it stays where it is. Raises as `change_discussion_question`.
    """
    with caller.begin(write=True, act=True) as work:
        row = _find(work, school_id, question_id)
        rows = find_question_rows(work.session, school_id, MeetingKind(row.kind))
        at = rows.index(row)
        to = at + (1 if by > 0 else -1)
        if not 0 <= to < len(rows):
            return at + 1, len(rows)
        exchange_places(work.session, row, rows[to])
        work.audit(QUESTION_MOVED, school_id=school_id, question=question_id)
        work.commit()
    return to + 1, len(rows)


def delete_discussion_question(
    caller: Caller, school_id: int, question_id: int, *, version: int
) -> None:
    """Ask a question at no new meeting; it can be brought back, and meetings held keep it.

    Raises as `change_discussion_question`.
    """
    with caller.begin(write=True, act=True) as work:
        row = _find(work, school_id, question_id)
        _refuse_stale(row, version, "It was not deleted. Delete it again if it is not wanted.")
        mark_question_deleted(work.session, row, work.now)
        work.audit(QUESTION_DELETED, school_id=school_id, question=question_id)
        work.commit()


def bring_back_discussion_question(caller: Caller, school_id: int, question_id: int) -> None:
    """Bring a deleted question back to its place; one that is not deleted stays as it is.

    Raises as `add_discussion_question`.
    """
    with caller.begin(write=True, act=True) as work:
        row = _find(work, school_id, question_id, even_deleted=True)
        if row.deleted_at is None:
            return
        _refuse_more(work, school_id, MeetingKind(row.kind))
        mark_question_deleted(work.session, row, None)
        work.audit(QUESTION_BROUGHT_BACK, school_id=school_id, question=question_id)
        work.commit()


def _first_day(work: Work, school_id: int) -> date:
    latest = find_current_year(work.session, school_id)
    today = AcademicYear.containing(day_in_london(work.now))
    return (today if latest is None else AcademicYear(latest)).first_day


def _begin(work: Work, school_id: int) -> None:
    work.require(Action.MAINTAIN_SCHOOL, school_id)
    lock_school(work.session, school_id)


def _find(
    work: Work, school_id: int, question_id: int, *, even_deleted: bool = False
) -> DiscussionQuestion:
    _begin(work, school_id)
    row = find_question(work.session, school_id, question_id)
    if row is None or (row.deleted_at is not None and not even_deleted):
        raise NotFound(
            "This question is not there any more: someone may have deleted it. Nothing was changed."
        )
    return row


def _add(work: Work, school_id: int, kind: MeetingKind, draft: QuestionDraft) -> int:
    _refuse_more(work, school_id, kind)
    number = add_question(work.session, school_id, kind, draft)
    work.audit(QUESTION_ADDED, school_id=school_id, question=number)
    return number


def _refuse_more(work: Work, school_id: int, kind: MeetingKind) -> None:
    if len(find_question_rows(work.session, school_id, kind)) >= MOST_QUESTIONS:
        raise InvalidEntry(
            f"A school asks at most {MOST_QUESTIONS} questions of a kind. {_UNDONE} Delete one "
            "that is not asked any more.",
            field="description",
        )


def _refuse_stale(row: DiscussionQuestion, version: int, undone: str) -> None:
    if row.version != version:
        until = f" until {row.ends_on:%d/%m/%Y}" if row.ends_on else ""
        raise Conflict(
            f"Someone else changed this question after it was shown to you. {undone}",
            yours=None,
            theirs=f"{row.description} (from {row.starts_on:%d/%m/%Y}{until})",
            version=row.version,
        )


def _checked(entry: QuestionEntry) -> QuestionDraft:
    description = required_name(
        entry.description,
        field="description",
        longest=MAX_QUESTION,
        missing="Write the question.",
        undone=_UNDONE,
    )
    if entry.starts_on is None:
        raise InvalidEntry(
            f"Say from which day it is asked, for example 12/12/2025. {_UNDONE}", field="starts_on"
        )
    for field, day in (("starts_on", entry.starts_on), ("ends_on", entry.ends_on)):
        if day is not None and not _FIRST_DAY <= day <= _LAST_DAY:
            raise InvalidEntry(f"Look at the year of this date. {_UNDONE}", field=field)
    if entry.ends_on is not None and entry.ends_on < entry.starts_on:
        raise InvalidEntry(f"The last day lies before the first. {_UNDONE}", field="ends_on")
    return QuestionDraft(description, entry.starts_on, entry.ends_on)


_FIRST_DAY, _LAST_DAY = AcademicYear(FIRST_START).first_day, AcademicYear(LAST_START).last_day
