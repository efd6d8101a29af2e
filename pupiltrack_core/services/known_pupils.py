"""Loads what a school holds of its pupils, for an import to be compared with."""

from __future__ import annotations

from sqlalchemy.orm import Session

from pupiltrack_core.services.pupil_records import KnownEnrolment, KnownPupil
from pupiltrack_core.storage.archived_pupils import is_archived_in
from pupiltrack_core.storage.models import Enrolment, Pupil
from pupiltrack_core.storage.pupil_records import (
    find_all_pupils,
    find_enrolments,
    find_pupils_before,
)


def load_known_pupils(
    session: Session, school_id: int, academic_year: int, *, lock: bool = False
) -> list[KnownPupil]:
    """Return every pupil the school has ever had, with the enrolments of the year and of the last.

    `lock` keeps others from changing them until the transaction ends.
    """
    years = (academic_year - 1, academic_year)
    pupils = find_all_pupils(session, school_id, lock=lock)
    enrolments = {
        (row.pupil_id, row.academic_year): _known_enrolment(row)
        for row in find_enrolments(session, school_id, years, lock=lock)
    }
    earlier = find_pupils_before(session, school_id, academic_year)
    return [
        _known_pupil(
            pupil,
            academic_year,
            enrolment=enrolments.get((pupil.id, academic_year)),
            before=enrolments.get((pupil.id, academic_year - 1)),
            was_here=pupil.id in earlier,
        )
        for pupil in pupils
    ]


def _known_enrolment(row: Enrolment) -> KnownEnrolment:
    return KnownEnrolment(
        year_group=row.year_group,
        year_override=row.year_override,
        ethnicity=row.ethnicity,
        fsm=row.fsm,
        eal=row.eal,
        sen=row.sen,
        class_name=row.class_name,
    )


def _known_pupil(
    row: Pupil,
    academic_year: int,
    *,
    enrolment: KnownEnrolment | None,
    before: KnownEnrolment | None,
    was_here: bool,
) -> KnownPupil:
    return KnownPupil(
        pupil_id=row.id,
        upn=row.upn,
        upn_is_local=row.upn_is_local,
        former_upn=row.former_upn,
        surname=row.surname,
        forenames=row.forenames,
        date_of_birth=row.date_of_birth,
        sex=row.sex,
        postcode=row.postcode,
        local_number=row.local_number,
        is_archived=is_archived_in(row.archived_from, academic_year),
        enrolment=enrolment,
        before=before,
        was_here=was_here,
    )
