"""The pupils a school has archived: who they are, and bringing them back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pupiltrack_core.access import Action, SchoolScope, may
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.archiving import RESTORE_WITHIN, ArchiveReason, reason_label
from pupiltrack_core.domain.local_time import day_in_london
from pupiltrack_core.domain.names import name_key
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import AccessDenied
from pupiltrack_core.services.archiving import (
    ARCHIVED_FIELD,
    from_in_words,
    lock_chosen,
    note_changes,
    set_last_day,
)
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.cell_history import who_did
from pupiltrack_core.storage.archived_pupils import (
    EVERY_YEAR,
    NOT_ARCHIVED,
    find_archived_pupils,
    find_last_days_noted,
    find_places_of_archived,
    lock_enrolments_of,
)
from pupiltrack_core.storage.models import Pupil
from pupiltrack_core.storage.pupil_details import FieldChange
from pupiltrack_core.storage.pupil_records import update_pupil
from pupiltrack_core.storage.school_settings import lock_school

PUPILS_BROUGHT_BACK = "pupils brought back"
_TOO_LATE = (
    "This record was archived more than {days} days ago. Nothing was changed. The local authority "
    "can bring it back."
)
_HANDED_OVER = (
    "This record was handed over to another school. Nothing was changed. If the pupil has come "
    "back to you, claim the pupil from that school; the local authority can undo a mistake."
)


@dataclass(frozen=True, slots=True)
class ArchivedPupil:
    """A pupil who is archived, by whom, and whether the person may bring the record back.

    `last_place` is like "Year 6, Oak, 2024/2025"; `gone_from` like "2025/2026 on". `why_not` says
    why the person may not bring it back.
    """

    pupil_id: int
    surname: str = field(repr=False)
    forenames: str = field(repr=False)
    upn: str = field(repr=False)
    date_of_birth: date = field(repr=False)
    last_place: str
    gone_from: str
    reason: str
    at: datetime | None
    who: str
    why_not: str

    @property
    def name(self) -> str:
        """ "Surname, Forenames", as lists write it."""
        return f"{self.surname}, {self.forenames}"


def archived_pupils(caller: Caller, school_id: int) -> tuple[ArchivedPupil, ...]:
    """Return the archived pupils of a school, the latest archived first, then by name.

    Raise `NotFound` for a school out of reach, `AccessDenied` for who can neither archive pupils
    nor bring them back.
    """
    with caller.begin() as work:
        always = _may_always_restore(work, school_id)
        places = {row.pupil_id: row for row in find_places_of_archived(work.session, school_id)}
        rows = sorted(
            find_archived_pupils(work.session, school_id),
            key=lambda row: (name_key(row.surname), name_key(row.forenames), row.id),
        )
        rows.sort(key=_day_archived, reverse=True)
        found = [
            ArchivedPupil(
                pupil_id=row.id,
                surname=row.surname,
                forenames=row.forenames,
                upn=row.upn,
                date_of_birth=row.date_of_birth,
                last_place=_place(places.get(row.id)),
                gone_from=from_in_words(row.archived_from),
                reason=reason_label(row.archive_reason),
                at=row.archived_at,
                who=who_did(row.name, row.archived_by),
                why_not="" if always else _why_not(row, work.now),
            )
            for row in rows
        ]
    return tuple(found)


def bring_back_pupils(caller: Caller, school_id: int, pupil_ids: Collection[int]) -> int:
    """Bring archived pupils back into every year, and return how many were archived still.

    The last day that was noted with the archiving is taken away again. Raise `NotFound` for a pupil
    of another school, `AccessDenied` for who may not, and for a school whose thirty days are over
    or that has handed the record over.
    """
    with caller.begin(write=True, act=True) as work:
        always = _may_always_restore(work, school_id)
        lock_school(work.session, school_id)
        chosen = lock_chosen(work, school_id, pupil_ids)
        held = [pupil for pupil in chosen if pupil.archived_from is not None]
        for pupil in held:
            why_not = "" if always else _why_not(pupil, work.now)
            if why_not:
                raise AccessDenied(why_not)
        if held:
            for pupil in held:
                _bring_back(work, pupil)
            numbers = [pupil.id for pupil in held]
            work.audit(PUPILS_BROUGHT_BACK, school_id=school_id, pupils=numbers)
            work.commit()
        return len(held)


def _may_always_restore(work: Work, school_id: int) -> bool:
    """Whether the person may bring back at any time; raise unless they may at least for a while."""
    school = work.school(school_id)
    scope = SchoolScope(school.id, school.local_authority_id)
    if may(work.principal, Action.RESTORE_ARCHIVED, scope):
        return True
    work.require(Action.EDIT_PUPILS, school_id)
    return False


def _why_not(row: Pupil, now: datetime) -> str:
    if row.archive_reason == ArchiveReason.TRANSFERRED:
        return _HANDED_OVER
    if row.archived_at is None or now - row.archived_at > RESTORE_WITHIN:
        return _TOO_LATE.format(days=RESTORE_WITHIN.days)
    return ""


def _bring_back(work: Work, pupil: Pupil) -> None:
    changes: list[tuple[int, FieldChange]] = []
    noted = (
        find_last_days_noted(work.session, pupil.school_id, pupil.id, at=pupil.archived_at)
        if pupil.archived_at is not None
        else ()
    )
    if noted:
        rows = {
            row.academic_year: row
            for row in lock_enrolments_of(work.session, pupil.school_id, [pupil.id])
        }
        for note in noted:
            row = rows.get(note.academic_year)
            # What somebody has changed since stays.
            if row is not None and row.left_on and row.left_on.isoformat() == note.after:
                before = None if note.before is None else date.fromisoformat(note.before)
                changes.append(set_last_day(work, row, before))
    was = f"From {from_in_words(pupil.archived_from or EVERY_YEAR)}"
    changes.append((pupil.id, FieldChange(ARCHIVED_FIELD, was, None, None)))
    update_pupil(work.session, pupil.school_id, pupil.id, dict(NOT_ARCHIVED))
    note_changes(work, pupil.school_id, changes)


def _day_archived(row: Any) -> date:
    return date.min if row.archived_at is None else day_in_london(row.archived_at)


def _place(row: Any) -> str:
    if row is None:
        return ""
    parts = (LABELS[row.year_group], row.class_name, AcademicYear(row.academic_year).label)
    return ", ".join(part for part in parts if part)
