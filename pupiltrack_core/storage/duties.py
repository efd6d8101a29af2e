"""Rows of the duties of data protection: holds, orders to erase, what is past its time."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.account_models import LegalHold, RetentionRun, Tombstone
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
    session: Session,
    *,
    born_by: date,
    school_id: int | None = None,
    local_authority_id: int | None = None,
) -> Sequence[AgingRecord]:
    """Return the records of everyone born on `born_by` or before, by school and number.

    Of a school, of the schools of an authority, or of all in the session's scope.
    """
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
    if local_authority_id is not None:
        query = query.where(Pupil.school_id.in_(_schools_of(local_authority_id)))
    rows = session.execute(query.order_by(Pupil.school_id, Pupil.id))
    return [AgingRecord(*row) for row in rows]


# --- runs over an authority's schools -----------------------------------------------------------


def find_runs(
    session: Session, local_authority_id: int, *, most: int
) -> Sequence[tuple[RetentionRun, str]]:
    """Return the latest runs of an authority, newest first, with who ordered each."""
    rows = session.execute(
        select(RetentionRun, UserAccount.display_name)
        .join(UserAccount, UserAccount.id == RetentionRun.asked_by)
        .where(RetentionRun.local_authority_id == local_authority_id)
        .order_by(RetentionRun.id.desc())
        .limit(most)
    )
    return [(run, name) for run, name in rows]


def find_oldest_run(session: Session) -> RetentionRun | None:
    """Return the run that waits or is under way for longest."""
    return session.scalar(
        select(RetentionRun)
        .where(RetentionRun.finished_at.is_(None))
        .order_by(RetentionRun.id)
        .limit(1)
    )


def claim_run(session: Session, run_id: int) -> RetentionRun | None:
    """Return a run that is not over, kept from others; None where it is, or another has it."""
    return session.scalar(
        select(RetentionRun)
        .where(RetentionRun.id == run_id, RetentionRun.finished_at.is_(None))
        .with_for_update(skip_locked=True)
    )


def find_next_school(session: Session, run: RetentionRun) -> int | None:
    """Return the school of the run's authority that comes next."""
    return session.scalar(
        select(School.id)
        .where(School.local_authority_id == run.local_authority_id, School.id > run.after_school)
        .order_by(School.id)
        .limit(1)
    )


def count_schools(session: Session, local_authority_id: int) -> int:
    """Return how many schools an authority has."""
    query = (
        select(func.count())
        .select_from(School)
        .where(School.local_authority_id == local_authority_id)
    )
    return session.scalar(query) or 0


def count_of_run(session: Session, run: RetentionRun, *, why: str) -> tuple[int, int]:
    """Return how many of a run's orders wait to be carried out, and how many records went.

    They are those of whoever ordered the run, for the reason `why`, since then.
    """
    waiting, erased = session.execute(
        select(func.count(Tombstone.pupil_id), func.count(Tombstone.pupil_hash)).where(
            _is_of_run(run, why)
        )
    ).one()
    return int(waiting), int(erased)


def _is_of_run(run: RetentionRun, why: str) -> ColumnElement[bool]:
    return and_(
        Tombstone.school_id.in_(_schools_of(run.local_authority_id)),
        Tombstone.why == why,
        Tombstone.erased_by == run.asked_by,
        Tombstone.asked_at >= run.asked_at,
    )


def _schools_of(local_authority_id: int) -> Select[int]:
    return select(School.id).where(School.local_authority_id == local_authority_id)
