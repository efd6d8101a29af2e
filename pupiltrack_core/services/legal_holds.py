"""Reasons to keep a pupil's record beyond its time: while one stands, nothing erases it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pupiltrack_core.access import Action
from pupiltrack_core.domain.names import name_key
from pupiltrack_core.errors import Conflict, InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.pupil_finding import require_held_pupil
from pupiltrack_core.storage.account_models import LegalHold
from pupiltrack_core.storage.duties import find_holds

HOLD_PLACED, HOLD_LIFTED = "hold placed", "hold lifted"
MAX_REASON = 300


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold that stands."""

    hold_id: int
    pupil_id: int
    name: str = field(repr=False)
    reason: str = field(repr=False)
    placed_at: datetime
    placed_by: str


def holds_of(caller: Caller, school_id: int) -> tuple[Hold, ...]:
    """Return the holds that stand at a school, by the pupil's name.

    Raise `NotFound` and `AccessDenied` for people who do not carry out its duties.
    """
    with caller.begin() as work:
        work.require(Action.KEEP_DUTIES, school_id)
        rows = find_holds(work.session, school_id)
    found = [
        Hold(
            hold.id,
            hold.pupil_id,
            f"{surname}, {forenames}",
            hold.reason,
            hold.placed_at,
            who or "Operator",
        )
        for hold, surname, forenames, who in rows
    ]
    return tuple(sorted(found, key=lambda hold: (name_key(hold.name), hold.hold_id)))


def place_hold(caller: Caller, school_id: int, pupil_id: int, reason: str) -> int:
    """Keep a pupil's record until the hold is lifted; return the hold's number.

    Raise `InvalidEntry` without a reason or for one that is too long, otherwise as `holds_of`, and
    `NotFound` where there is no record.
    """
    words = " ".join(reason.split())
    if not words:
        raise InvalidEntry("Say why the record must be kept.", field="reason")
    if len(words) > MAX_REASON:
        raise InvalidEntry(f"Say it in {MAX_REASON} letters or fewer.", field="reason")
    with caller.begin(write=True, act=True) as work:
        require_held_pupil(work, school_id, pupil_id, Action.KEEP_DUTIES)
        hold = LegalHold(
            school_id=school_id,
            pupil_id=pupil_id,
            reason=words,
            placed_at=work.now,
            placed_by=work.user_id,
        )
        work.session.add(hold)
        work.session.flush()
        work.audit(HOLD_PLACED, school_id=school_id, pupil=pupil_id, hold=hold.id)
        work.commit()
        return hold.id


def lift_hold(caller: Caller, school_id: int, hold_id: int) -> None:
    """Let the record be kept no longer than others. Raise `Conflict` where it was lifted already.

    Raise `NotFound` for a hold of another school, otherwise as `holds_of`.
    """
    with caller.begin(write=True, act=True) as work:
        work.require(Action.KEEP_DUTIES, school_id)
        hold = work.session.get(LegalHold, hold_id, with_for_update=True)
        if hold is None or hold.school_id != school_id:
            raise NotFound("There is no such hold at this school.")
        if hold.lifted_at is not None:
            raise Conflict("Somebody else has just lifted this hold. Nothing more was changed.")
        hold.lifted_at, hold.lifted_by = work.now, work.user_id
        work.audit(HOLD_LIFTED, school_id=school_id, pupil=hold.pupil_id, hold=hold_id)
        work.commit()
