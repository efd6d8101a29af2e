"""Erasing a pupil's record for good, so that it stays erased when a backup is restored.

A page only orders it: the key of the hash that is kept belongs to the server, which carries the
order out within a minute. The audit keeps the fact and the number, and none of the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import select

from pupiltrack_core.access import Action
from pupiltrack_core.errors import Conflict, InvalidEntry
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.pupil_finding import require_held_pupil
from pupiltrack_core.services.sign_in_policy import Clock, utc_now
from pupiltrack_core.services.tombstones import (
    ErasedRecord,
    append_tombstones,
    hash_of,
    read_tombstones,
    tombstone_key,
)
from pupiltrack_core.storage.account_models import Tombstone
from pupiltrack_core.storage.all_tables import METADATA
from pupiltrack_core.storage.duties import (
    claim_order,
    find_order,
    find_order_ids,
    find_tombstone,
    find_tombstones,
    find_tombstones_of_school,
    is_held,
)
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import Pupil, School
from pupiltrack_core.storage.pupil_mentions import remove_mentions
from pupiltrack_core.storage.pupil_tables import remove_rows_of_pupil

ERASURE_ORDERED = "erasure ordered"
ERASURE_DROPPED = "erasure not done"
PUPIL_ERASED = "pupil erased"
ERASED_AGAIN = "pupil erased again after a restore"
LISTED_FOR = timedelta(days=90)
_HELD = (
    "There is a reason on record to keep this pupil's record, so it was not erased. Lift the hold "
    "first if it no longer stands."
)


class ErasureReason(StrEnum):
    """Why a record is erased."""

    REQUEST = "request"
    MISTAKE = "mistake"
    RETENTION = "retention"

    @property
    def label(self) -> str:
        """As offered in a form."""
        return _REASONS[self]


_REASONS = {
    ErasureReason.REQUEST: "Asked for by the family or the person, and granted",
    ErasureReason.MISTAKE: "The record should never have been here",
    ErasureReason.RETENTION: "Its time is over",
}


@dataclass(frozen=True, slots=True)
class Erasure:
    """An order, or what was erased (`erased_at` set); nobody is named."""

    why: str
    asked_at: datetime
    erased_at: datetime | None


def order_erasure(caller: Caller, school_id: int, pupil_id: int, why: ErasureReason) -> None:
    """Have a pupil's record at a school erased; the server does it within a minute.

    Raise `InvalidEntry` where a hold stands, `Conflict` where it was ordered already, `NotFound`
    where there is no record, and `NotFound` and `AccessDenied` for people who may not.
    """
    with caller.begin(write=True, act=True) as work:
        order_within(work, school_id, pupil_id, why)
        work.commit()


def order_within(work: Work, school_id: int, pupil_id: int, why: ErasureReason) -> int:
    """Order within a use case under way, which commits; return the order's number.

    Raises as `order_erasure`.
    """
    require_held_pupil(work, school_id, pupil_id, Action.KEEP_DUTIES)
    if is_held(work.session, school_id, pupil_id):
        raise InvalidEntry(_HELD, field="why")
    if find_order(work.session, school_id, pupil_id) is not None:
        raise Conflict("Somebody has ordered this already. The record goes within a minute.")
    order = Tombstone(
        school_id=school_id,
        pupil_id=pupil_id,
        why=str(why),
        asked_at=work.now,
        erased_by=work.user_id,
    )
    work.session.add(order)
    work.session.flush()
    work.audit(ERASURE_ORDERED, school_id=school_id, pupil=pupil_id, why=str(why))
    return order.id


def erasures_of(caller: Caller, school_id: int) -> tuple[Erasure, ...]:
    """Return a school's orders and what was erased in the last ninety days, newest first."""
    with caller.begin() as work:
        work.require(Action.KEEP_DUTIES, school_id)
        rows = find_tombstones_of_school(work.session, school_id, since=work.now - LISTED_FOR)
        return tuple(
            Erasure(ErasureReason(row.why).label, row.asked_at, row.erased_at) for row in rows
        )


def carry_out_erasures(database: Database, secret_file: Path, *, clock: Clock = utc_now) -> int:
    """Carry out every order, each in a transaction of its own; return how many were erased.

    The file of tombstones is brought up to date as well: after a crash it may lag behind. Raises
    `ConfigurationError` for a secret or a file that cannot be used.
    """
    with Caller.for_operator(database, clock=clock).begin() as work:
        orders = find_order_ids(work.session)
    return carry_out_orders(database, secret_file, orders, clock=clock)


def carry_out_orders(
    database: Database, secret_file: Path, orders: Sequence[int], *, clock: Clock = utc_now
) -> int:
    """Carry out these orders, by number; return and raise as `carry_out_erasures`."""
    caller = Caller.for_operator(database, clock=clock)
    key = tombstone_key(secret_file) if orders else b""
    erased = sum(_carry_out(caller, order_id, key) for order_id in orders)
    write_tombstones(database, secret_file)
    return erased


def write_tombstones(database: Database, secret_file: Path) -> None:
    """Append to the file what the database has and it has not."""
    with Caller.for_operator(database).begin() as work:
        rows = find_tombstones(work.session)
    if not rows:
        return
    known = {(item.laestab, item.pupil_hash, item.at) for item in read_tombstones(secret_file)}
    records = [
        ErasedRecord(laestab, row.pupil_hash, row.why, row.erased_at)
        for laestab, row in rows
        if row.pupil_hash is not None and row.erased_at is not None
    ]
    append_tombstones(
        secret_file,
        [item for item in records if (item.laestab, item.pupil_hash, item.at) not in known],
    )


def replay_tombstones(database: Database, secret_file: Path, *, clock: Clock = utc_now) -> int:
    """Erase again, in a restored database, what was erased after its backup was made.

    A tombstone that the backup has is not replayed: a pupil who came back after it stays. Holds do
    not count, as none stood when the record was erased. Return how many records went.
    """
    caller = Caller.for_operator(database, clock=clock)
    lines = read_tombstones(secret_file)
    if not lines:
        return 0
    key = tombstone_key(secret_file)
    newest: dict[tuple[str, str], ErasedRecord] = {}
    for line in lines:
        before = newest.get((line.laestab, line.pupil_hash))
        if before is None or line.at > before.at:
            newest[line.laestab, line.pupil_hash] = line
    erased = 0
    for laestab in sorted({laestab for laestab, _ in newest}):
        mine = {item.pupil_hash: item for item in newest.values() if item.laestab == laestab}
        with caller.begin(write=True) as work:
            erased += _replay_school(work, laestab, mine, key)
            work.commit()
    return erased


def _replay_school(work: Work, laestab: str, erased: dict[str, ErasedRecord], key: bytes) -> int:
    school = work.session.scalar(select(School).where(School.laestab == laestab))
    if school is None:
        return 0
    wanted: set[str] = set()
    for pupil_hash, item in erased.items():
        known = find_tombstone(work.session, school.id, pupil_hash)
        if known is not None and known.erased_at is not None and known.erased_at >= item.at:
            continue
        wanted.add(pupil_hash)
        row = known or Tombstone(school_id=school.id, pupil_hash=pupil_hash, asked_at=item.at)
        row.why, row.erased_at = item.why, item.at
        work.session.add(row)
    done = 0
    for pupil in work.session.scalars(select(Pupil).where(Pupil.school_id == school.id)).all():
        if hash_of(key, laestab, pupil.upn) in wanted:
            rows = _remove(work, school.id, pupil.id)
            work.audit(ERASED_AGAIN, school_id=school.id, pupil=pupil.id, rows=rows)
            done += 1
    return done


def _carry_out(caller: Caller, order_id: int, key: bytes) -> int:
    with caller.begin(write=True) as work:
        order = claim_order(work.session, order_id)
        if order is None or order.pupil_id is None:
            return 0
        school_id, pupil_id = order.school_id, order.pupil_id
        pupil = work.session.get(Pupil, pupil_id, with_for_update=True)  # or a hold could slip in
        held = is_held(work.session, school_id, pupil_id)
        if pupil is None or pupil.school_id != school_id or held:
            work.session.delete(order)
            work.audit(ERASURE_DROPPED, school_id=school_id, pupil=pupil_id, held=held)
            work.commit()
            return 0
        school = work.session.get_one(School, school_id)
        pupil_hash = hash_of(key, school.laestab, pupil.upn)
        work.session.expunge(pupil)
        rows = _remove(work, school_id, pupil_id)
        _set_tombstone(work, order, pupil_hash)
        work.audit(PUPIL_ERASED, school_id=school_id, pupil=pupil_id, why=order.why, rows=rows)
        work.commit()
    return 1


def _set_tombstone(work: Work, order: Tombstone, pupil_hash: str) -> None:
    """Make the order the pupil's tombstone; one of an earlier erasure gives way to it."""
    earlier = find_tombstone(work.session, order.school_id, pupil_hash)
    if earlier is not None:
        work.session.delete(earlier)
        work.session.flush()
    order.pupil_id, order.pupil_hash, order.erased_at = None, pupil_hash, work.now


def _remove(work: Work, school_id: int, pupil_id: int) -> int:
    changed = remove_mentions(work.session, school_id, pupil_id)
    return changed + remove_rows_of_pupil(work.session, METADATA, school_id, pupil_id)
