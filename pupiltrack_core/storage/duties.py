"""Rows of the duties of data protection: holds, orders to erase, what is past its time."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.account_models import LegalHold, Tombstone
from pupiltrack_core.storage.models import AuditEntry, Enrolment, Pupil, School, UserAccount


@dataclass(frozen=True, slots=True)
class AgingRecord:
    """What says how long a record is kept."""

    school_id: int
    pupil_id: int
    date_of_birth: date
    had_needs: bool
    was_looked_after: bool
    is_held: bool


def is_held(session: Session, school_id: int, pupil_id: int) -> bool:
    """Whether a reason to keep the pupil's record stands."""
    found = session.scalar(
        select(func.count())
        .select_from(LegalHold)
        .where(
            LegalHold.school_id == school_id,
            LegalHold.pupil_id == pupil_id,
            LegalHold.lifted_at.is_(None),
        )
    )
    return bool(found)


def find_holds(
    session: Session, school_id: int
) -> Sequence[tuple[LegalHold, str, str, str | None]]:
    """Return the holds that stand at a school with surname, forenames and who placed each."""
    rows = session.execute(
        select(LegalHold, Pupil.surname, Pupil.forenames, UserAccount.display_name)
        .join(Pupil, (Pupil.school_id == LegalHold.school_id) & (Pupil.id == LegalHold.pupil_id))
        .join(UserAccount, UserAccount.id == LegalHold.placed_by, isouter=True)
        .where(LegalHold.school_id == school_id, LegalHold.lifted_at.is_(None))
        .order_by(LegalHold.id)
    )
    return [(hold, surname, forenames, name) for hold, surname, forenames, name in rows]


def find_order(session: Session, school_id: int, pupil_id: int) -> Tombstone | None:
    """Return the order to erase the pupil that waits to be carried out."""
    return session.scalar(
        select(Tombstone).where(Tombstone.school_id == school_id, Tombstone.pupil_id == pupil_id)
    )


def find_order_ids(session: Session) -> Sequence[int]:
    """Return the numbers of the orders to erase, oldest first."""
    return session.scalars(
        select(Tombstone.id).where(Tombstone.pupil_id.is_not(None)).order_by(Tombstone.id)
    ).all()


def claim_order(session: Session, order_id: int) -> Tombstone | None:
    """Return an order that is still to be carried out, kept from others; None if it is not."""
    return session.scalar(
        select(Tombstone)
        .where(Tombstone.id == order_id, Tombstone.pupil_id.is_not(None))
        .with_for_update(skip_locked=True)
    )


def find_tombstone(session: Session, school_id: int, pupil_hash: str) -> Tombstone | None:
    """Return the tombstone with this hash at a school."""
    return session.scalar(
        select(Tombstone).where(
            Tombstone.school_id == school_id, Tombstone.pupil_hash == pupil_hash
        )
    )


def find_tombstones(session: Session) -> Sequence[tuple[str, Tombstone]]:
    """Return (LAESTAB, tombstone) of everyone who was erased, in the order of the numbers."""
    rows = session.execute(
        select(School.laestab, Tombstone)
        .join(School, School.id == Tombstone.school_id)
        .where(Tombstone.pupil_hash.is_not(None))
        .order_by(Tombstone.id)
    )
    return [(laestab, row) for laestab, row in rows]


def find_last_erasures(
    session: Session, school_ids: Collection[int], actions: Collection[str]
) -> dict[tuple[int, int], int]:
    """Return, by school and number of a pupil, the audit's entry that says it was erased.

    A number that was given up may be given again: older entries are about somebody else. `actions`
    are the names under which erasing is written down.
    """
    schools = session.scalars(
        select(Tombstone.school_id).where(Tombstone.school_id.in_(school_ids)).distinct()
    ).all()
    if not schools:
        return {}
    rows = session.execute(
        select(AuditEntry.school_id, AuditEntry.detail, AuditEntry.id)
        .where(AuditEntry.school_id.in_(schools), AuditEntry.action.in_(actions))
        .order_by(AuditEntry.id)
    )
    return {
        (school_id or 0, int(json.loads(detail).get("pupil", 0))): number
        for school_id, detail, number in rows
    }


def find_tombstones_of_school(
    session: Session, school_id: int, *, since: datetime
) -> Sequence[Tombstone]:
    """Return the orders of a school and what was erased after `since`, newest first."""
    return session.scalars(
        select(Tombstone)
        .where(
            Tombstone.school_id == school_id,
            or_(Tombstone.erased_at.is_(None), Tombstone.erased_at > since),
        )
        .order_by(Tombstone.id.desc())
    ).all()


def find_aging(
    session: Session, *, born_by: date, school_id: int | None = None
) -> Sequence[AgingRecord]:
    """Return the records of everyone born on `born_by` or before, by school and number."""
    of_pupil = and_(Enrolment.school_id == Pupil.school_id, Enrolment.pupil_id == Pupil.id)
    needs = select(Enrolment.pupil_id).where(of_pupil, Enrolment.sen.in_(("K", "E"))).exists()
    cared = select(Enrolment.pupil_id).where(of_pupil, Enrolment.looked_after.is_(True)).exists()
    held = (
        select(LegalHold.id)
        .where(
            LegalHold.school_id == Pupil.school_id,
            LegalHold.pupil_id == Pupil.id,
            LegalHold.lifted_at.is_(None),
        )
        .exists()
    )
    query = select(Pupil.school_id, Pupil.id, Pupil.date_of_birth, needs, cared, held).where(
        Pupil.date_of_birth <= born_by
    )
    if school_id is not None:
        query = query.where(Pupil.school_id == school_id)
    rows = session.execute(query.order_by(Pupil.school_id, Pupil.id))
    return [AgingRecord(*row) for row in rows]
