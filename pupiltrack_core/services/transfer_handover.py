"""Handing a pupil's record over: what is copied to the new school, and what is put away at the old.

The child's identity, characteristics, interventions and official results go along. Judgements,
meetings and notes are the old school's own: they stay there, in the years before the pupil left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.archiving import ArchiveReason
from pupiltrack_core.domain.subjects import Subject
from pupiltrack_core.domain.transfers import TRAVELS_WITH_ENROLMENT, TRAVELS_WITH_PUPIL
from pupiltrack_core.errors import Conflict
from pupiltrack_core.services.archiving import note_changes, put_away, set_last_day
from pupiltrack_core.services.caller import Work
from pupiltrack_core.services.pupil_details import ADDED
from pupiltrack_core.services.pupil_entry import place_pupil
from pupiltrack_core.services.record_change import place_columns
from pupiltrack_core.storage.archived_pupils import (
    NOT_ARCHIVED,
    lock_enrolments_of,
    lock_pupils,
)
from pupiltrack_core.storage.interventions import (
    InterventionDraft,
    add_intervention,
    find_interventions_of_pupil,
)
from pupiltrack_core.storage.models import Enrolment, Pupil, School
from pupiltrack_core.storage.pupil_details import FieldChange, find_by_upn
from pupiltrack_core.storage.pupil_records import add_enrolments, update_pupil
from pupiltrack_core.storage.school_year_models import TransferRequest
from pupiltrack_core.storage.transfer_requests import (
    add_received_pupil,
    copy_statutory_results,
    join_people,
)

CAME_FROM = "came_from"  # the field under which the record says it


def hand_over(
    work: Work, claim: TransferRequest, *, school: School, pupil_id: int, last_day: date
) -> tuple[int, int, int]:
    """Move a pupil of `school` to the school that claims, both kept from others; write no audit.

    Return the pupil's id there, and the numbers of interventions and official results that were
    copied. Raise `Conflict` where the other school has come to hold the number for another child.
    """
    (pupil,) = lock_pupils(work.session, school.id, [pupil_id])
    enrolments = lock_enrolments_of(work.session, school.id, [pupil_id])
    new_id = _receive(work, claim, pupil)
    _enrol(work, claim, new_id, enrolments)
    came = FieldChange(CAME_FROM, None, school.name, claim.academic_year)
    note_changes(work, claim.school_id, [(new_id, came)])
    there, here = (claim.school_id, new_id), (school.id, pupil_id)
    interventions = _copy_interventions(work, of=here, to=there)
    results = copy_statutory_results(work.session, of=here, to=there)
    put_away(
        work,
        school.id,
        [pupil],
        reason=ArchiveReason.TRANSFERRED,
        from_year=AcademicYear.containing(last_day).start + 1,
        last_day=last_day,
    )
    return new_id, interventions, results


def _receive(work: Work, claim: TransferRequest, pupil: Pupil) -> int:
    """Return the pupil's id at the school that claims: a new record, or the one it has already."""
    session, school_id = work.session, claim.school_id
    held = find_by_upn(session, school_id, claim.upn)
    for row in held:
        if row.upn != claim.upn or row.date_of_birth != claim.date_of_birth:
            raise Conflict(
                "The school that claims has come to hold this number for another child. Nothing "
                "was changed. Ask the local authority to look at both records."
            )
    if not held:
        values = {name: getattr(pupil, name) for name in TRAVELS_WITH_PUPIL}
        new_id = add_received_pupil(session, school_id, person_key=pupil.person_key, **values)
        note_changes(
            work, school_id, [(new_id, FieldChange(ADDED, None, None, claim.academic_year))]
        )
        return new_id
    (own,) = lock_pupils(session, school_id, [held[0].id])
    join_people(session, kept=pupil.person_key, given_up=own.person_key)
    if own.archived_from is not None:
        update_pupil(session, school_id, own.id, dict(NOT_ARCHIVED))
    return own.id


def _enrol(
    work: Work, claim: TransferRequest, pupil_id: int, enrolments: Sequence[Enrolment]
) -> None:
    """Enrol the pupil in the year of the claim, unless the school has done so already."""
    session, school_id, year = work.session, claim.school_id, claim.academic_year
    for row in lock_enrolments_of(session, school_id, [pupil_id]):
        if row.academic_year == year:
            if row.left_on is not None and row.left_on <= claim.joins_on:
                note_changes(work, school_id, [set_last_day(work, row, None)])  # back already
            return
    placing = place_pupil(claim.date_of_birth, claim.year_group, AcademicYear(year))
    values = (
        {name: getattr(enrolments[-1], name) for name in TRAVELS_WITH_ENROLMENT}
        if enrolments
        else {}
    )
    new = {
        **values,
        **place_columns(placing),
        "pupil_id": pupil_id,
        "class_name": claim.class_name,
        "joined_on": claim.joins_on,
    }
    add_enrolments(session, school_id, year, [new])


def _copy_interventions(work: Work, *, of: tuple[int, int], to: tuple[int, int]) -> int:
    """Copy what the other record has not got already; assessments and own subjects stay behind."""
    held = [_travelling(one.draft) for one in find_interventions_of_pupil(work.session, *to)]
    number = 0
    for one in sorted(find_interventions_of_pupil(work.session, *of), key=lambda one: one.id):
        draft = _travelling(one.draft)
        if draft not in held:
            add_intervention(work.session, *to, draft, created_by=None, created_at=work.now)
            number += 1
    return number


def _travelling(draft: InterventionDraft) -> InterventionDraft:
    known = draft.subject in {subject.value for subject in Subject}
    return replace(draft, assessment_id=None, subject=draft.subject if known else None)
