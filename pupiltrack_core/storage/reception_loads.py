"""Files of new Reception pupils as a local authority loaded them, and whom they brought where."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from pupiltrack_core.storage.archived_pupils import is_there
from pupiltrack_core.storage.models import Enrolment, Pupil, School, UserAccount
from pupiltrack_core.storage.school_year_models import ReceptionArrival, ReceptionLoad


def find_schools_by_number(
    session: Session, local_authority_id: int, numbers: Collection[str]
) -> Sequence[Any]:
    """Return those schools of the authority that have one of these LAESTABs, by name.

    Columns: id, laestab, name.
    """
    return session.execute(
        select(School.id, School.laestab, School.name)
        .where(School.local_authority_id == local_authority_id, School.laestab.in_(sorted(numbers)))
        .order_by(School.name, School.laestab)
    ).all()


def find_same_load(
    session: Session, local_authority_id: int, academic_year: int, digest: str
) -> ReceptionLoad | None:
    """Return the latest load of this very file into the academic year, None without one."""
    return session.scalars(
        select(ReceptionLoad)
        .where(
            ReceptionLoad.local_authority_id == local_authority_id,
            ReceptionLoad.academic_year == academic_year,
            ReceptionLoad.digest == digest,
        )
        .order_by(ReceptionLoad.id.desc())
        .limit(1)
    ).first()


def find_load(session: Session, local_authority_id: int, load_id: int) -> ReceptionLoad | None:
    """Return a load of the authority, None for no such one."""
    return session.scalar(
        select(ReceptionLoad).where(
            ReceptionLoad.local_authority_id == local_authority_id, ReceptionLoad.id == load_id
        )
    )


def find_loads(session: Session, local_authority_id: int, *, at_most: int) -> Sequence[Any]:
    """Return the loads of the authority, newest first: (ReceptionLoad, display name)."""
    return session.execute(
        select(ReceptionLoad, UserAccount.display_name)
        .outerjoin(UserAccount, UserAccount.id == ReceptionLoad.made_by)
        .where(ReceptionLoad.local_authority_id == local_authority_id)
        .order_by(ReceptionLoad.id.desc())
        .limit(at_most)
    ).all()


def add_load(session: Session, **values: Any) -> int:
    """Add a load that has reached no school yet, and return its id."""
    load = ReceptionLoad(**values, schools=0, added=0, changed=0, unchanged=0)
    session.add(load)
    session.flush()
    return load.id


def add_school_to_load(
    session: Session, load_id: int, *, added: int, changed: int, unchanged: int
) -> None:
    """Count one more school, and what was done there, to a load."""
    table = ReceptionLoad
    session.execute(
        update(table)
        .where(table.id == load_id)
        .values(
            schools=table.schools + 1,
            added=table.added + added,
            changed=table.changed + changed,
            unchanged=table.unchanged + unchanged,
        ),
        execution_options={"synchronize_session": False},
    )


def add_arrivals(
    session: Session, load_id: int, school_id: int, pupils: Mapping[str, Collection[int]]
) -> None:
    """Note whom a load brought to a school, the pupils' ids by outcome."""
    rows = [
        {"load_id": load_id, "school_id": school_id, "pupil_id": pupil_id, "outcome": outcome}
        for outcome, found in pupils.items()
        for pupil_id in found
    ]
    if rows:
        session.execute(insert(ReceptionArrival), rows)


def find_arrivals(session: Session, school_id: int, *, since: datetime) -> Sequence[Any]:
    """Return whom loads since a moment brought to a school, newest load first, then by id.

    Columns: pupil_id, surname, forenames, date_of_birth, class_name, outcome, made_at and
    academic_year. Those archived in that year, or taken out of it since, are left out.
    """
    return session.execute(
        select(
            Pupil.id.label("pupil_id"),
            Pupil.surname,
            Pupil.forenames,
            Pupil.date_of_birth,
            Enrolment.class_name,
            ReceptionArrival.outcome,
            ReceptionLoad.made_at,
            ReceptionLoad.academic_year,
        )
        .join(ReceptionLoad, ReceptionLoad.id == ReceptionArrival.load_id)
        .join(
            Pupil,
            (Pupil.school_id == ReceptionArrival.school_id)
            & (Pupil.id == ReceptionArrival.pupil_id),
        )
        .join(
            Enrolment,
            (Enrolment.school_id == Pupil.school_id)
            & (Enrolment.pupil_id == Pupil.id)
            & (Enrolment.academic_year == ReceptionLoad.academic_year),
        )
        .where(
            ReceptionArrival.school_id == school_id,
            ReceptionLoad.made_at >= since,
            is_there(ReceptionLoad.academic_year),
        )
        .order_by(ReceptionLoad.id.desc(), Pupil.id)
    ).all()


def find_enrolled_elsewhere(
    session: Session,
    local_authority_id: int,
    academic_year: int,
    at: Mapping[str, int],
) -> dict[str, str]:
    """Return the UPNs that a pupil of another school has in the year, with that school's name.

    `at` has the school that each UPN is about to be at. Pupils who left or are archived, and
    schools of other authorities, are not looked at.
    """
    rows = session.execute(
        select(Pupil.upn, School.id, School.name)
        .join(School, School.id == Pupil.school_id)
        .join(
            Enrolment,
            (Enrolment.school_id == Pupil.school_id) & (Enrolment.pupil_id == Pupil.id),
        )
        .where(
            School.local_authority_id == local_authority_id,
            Enrolment.academic_year == academic_year,
            Enrolment.year_group == 0,
            Enrolment.left_on.is_(None),
            is_there(academic_year),
        )
    )
    return {upn: name for upn, school_id, name in rows if at.get(upn, school_id) != school_id}
