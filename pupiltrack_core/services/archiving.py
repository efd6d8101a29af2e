"""Archiving pupils: out of an academic year's lists and figures, and of every later one's.

Earlier years keep them, with all that is on record. The school's office archives, and brings back
for thirty days; after that the local authority brings back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from pupiltrack_core.access import Action
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.archiving import (
    CHOSEN_REASONS,
    RESTORE_WITHIN,
    ArchiveReason,
)
from pupiltrack_core.domain.local_time import day_in_london
from pupiltrack_core.errors import InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.entry_columns import is_pupil_id
from pupiltrack_core.storage.archived_pupils import EVERY_YEAR as EVERY_YEAR
from pupiltrack_core.storage.archived_pupils import (
    LAST_DAY,
    is_archived_in,
    lock_enrolments_of,
    lock_pupils,
)
from pupiltrack_core.storage.models import Enrolment, Pupil
from pupiltrack_core.storage.pupil_details import FieldChange, add_field_changes
from pupiltrack_core.storage.pupil_records import update_enrolment, update_pupil
from pupiltrack_core.storage.school_settings import lock_school

PUPILS_ARCHIVED = "pupils archived"
MOST_AT_ONCE = 1_000
ARCHIVED_FIELD = "archived"  # the field under which it is noted on the record
_UNDONE = "Nothing was changed."
_GONE = (
    "One of the pupils is not there any more, or not at this school. Nothing was changed. Open the "
    "list again and choose anew."
)


@dataclass(frozen=True, slots=True)
class ArchiveResult:
    """How many pupils were archived, and how many had been already; `until` schools can undo it."""

    archived: int
    already: int
    until: date


def archive_pupils(
    caller: Caller,
    school_id: int,
    pupil_ids: Collection[int],
    *,
    from_year: int,
    reason: str,
    last_day: date | None = None,
) -> ArchiveResult:
    """Archive pupils from an academic year on, all of them or none.

    `from_year` EVERY_YEAR takes them out of every year, for records made by mistake only. The last
    day at the school is noted on the enrolment of its year. Whoever is archived from then already
    stays as they are. Raise `InvalidEntry` with the field at fault, `NotFound` for a pupil of
    another school, `AccessDenied` for who may not change pupils.
    """
    with caller.begin(write=True, act=True) as work:
        work.require(Action.EDIT_PUPILS, school_id)
        chosen = _known_reason(reason)
        today = day_in_london(work.now)
        _check_year(from_year, chosen, today)
        _check_last_day(last_day, from_year)
        lock_school(work.session, school_id)
        fresh = [
            pupil
            for pupil in lock_chosen(work, school_id, pupil_ids)
            if not is_archived_in(pupil.archived_from, from_year)
        ]
        if fresh:
            put_away(work, school_id, fresh, reason=chosen, from_year=from_year, last_day=last_day)
            work.audit(
                PUPILS_ARCHIVED,
                school_id=school_id,
                from_year=from_year,
                reason=chosen.value,
                pupils=[pupil.id for pupil in fresh],
            )
            work.commit()
    until = day_in_london(work.now + RESTORE_WITHIN)
    return ArchiveResult(len(fresh), len(set(pupil_ids)) - len(fresh), until)


def from_in_words(archived_from: int) -> str:
    """Return "2025/2026 on", or "every year", for the year from which a pupil is archived."""
    if archived_from == EVERY_YEAR:
        return "every year"
    return f"{AcademicYear(archived_from).label} on"


def put_away(
    work: Work,
    school_id: int,
    pupils: Sequence[Pupil],
    *,
    reason: ArchiveReason,
    from_year: int,
    last_day: date | None,
) -> None:
    """Archive locked pupils from a year on, and note their last day; the audit is not written.

    The school is kept from others by whoever calls. One archived from an earlier year stays so.
    """
    changes: list[tuple[int, FieldChange]] = []
    for pupil in pupils:
        held = pupil.archived_from
        since = from_year if held is None else min(from_year, held)
        words = f"From {from_in_words(since)}: {reason.label}"
        changes.append((pupil.id, FieldChange(ARCHIVED_FIELD, None, words, None)))
        update_pupil(
            work.session,
            school_id,
            pupil.id,
            {
                "archived_from": since,
                "archived_at": work.now,
                "archived_by": work.user_id,
                "archive_reason": reason.value,
            },
        )
    if last_day is not None:
        year = AcademicYear.containing(last_day).start
        changes += [
            set_last_day(work, row, last_day)
            for row in lock_enrolments_of(work.session, school_id, [one.id for one in pupils])
            if row.academic_year == year and row.left_on != last_day
        ]
    note_changes(work, school_id, changes)


def _known_reason(reason: str) -> ArchiveReason:
    for known in CHOSEN_REASONS:
        if known.value == reason:
            return known
    raise InvalidEntry(f"Choose why the pupils are archived. {_UNDONE}", field="reason")


def _check_year(from_year: int, reason: ArchiveReason, today: date) -> None:
    if from_year == EVERY_YEAR:
        if reason is not ArchiveReason.MISTAKE:
            raise InvalidEntry(
                "Only a record made by mistake is taken out of every year. Choose an academic "
                f"year. {_UNDONE}",
                field="from_year",
            )
        return
    try:
        year = AcademicYear(from_year)
    except (ValueError, TypeError) as error:
        raise InvalidEntry(f"Choose an academic year. {_UNDONE}", field="from_year") from error
    if year.start > AcademicYear.containing(today).start + 1:
        raise InvalidEntry(
            f"Choose the present academic year or the next one at the latest. {_UNDONE}",
            field="from_year",
        )


def _check_last_day(last_day: date | None, from_year: int) -> None:
    if last_day is None:
        return
    years = (from_year - 1, from_year)
    if from_year != EVERY_YEAR and AcademicYear.containing(last_day).start not in years:
        raise InvalidEntry(
            "The last day at the school must lie in the academic year they are archived from, or "
            f"in the year before it. {_UNDONE}",
            field="last_day",
        )


def lock_chosen(work: Work, school_id: int, pupil_ids: Collection[int]) -> Sequence[Pupil]:
    """Return the school's pupils of these ids, kept from others; all must be there."""
    wanted = set(pupil_ids)
    if not wanted:
        raise InvalidEntry(f"Tick at least one pupil. {_UNDONE}", field="pupils")
    if len(wanted) > MOST_AT_ONCE:
        raise InvalidEntry(
            f"Tick {MOST_AT_ONCE:,} pupils at most in one go. {_UNDONE}", field="pupils"
        )
    if not all(is_pupil_id(number) for number in wanted):
        raise NotFound(_GONE)
    found = lock_pupils(work.session, school_id, wanted)
    if len(found) != len(wanted):
        raise NotFound(_GONE)
    return found


def set_last_day(work: Work, row: Enrolment, day: date | None) -> tuple[int, FieldChange]:
    """Store the last day of an enrolment, and return the change for the record."""
    key = (row.school_id, row.academic_year, row.pupil_id)
    before = None if row.left_on is None else row.left_on.isoformat()
    update_enrolment(work.session, key, {"left_on": day})
    after = None if day is None else day.isoformat()
    return row.pupil_id, FieldChange(LAST_DAY, before, after, row.academic_year)


def note_changes(work: Work, school_id: int, changes: Sequence[tuple[int, FieldChange]]) -> None:
    """Note for the pupils' records what is being changed."""
    add_field_changes(
        work.session, school_id, changes, changed_at=work.now, changed_by=work.user_id
    )
