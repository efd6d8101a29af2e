"""Deciding about claims: the school that holds the pupil confirms or refuses, or the authority."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pupiltrack_core.access import Action, SchoolScope, may, may_over_authority
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.local_time import day_in_london
from pupiltrack_core.domain.transfers import ClaimState, Refusal, is_open, refusal_label
from pupiltrack_core.errors import Conflict, InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.entry_columns import is_pupil_id
from pupiltrack_core.services.transfer_handover import hand_over
from pupiltrack_core.services.transfer_holders import AskedFor, asked_at, holders_of
from pupiltrack_core.services.transfers import NO_CLAIM
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.school_settings import lock_school
from pupiltrack_core.storage.school_year_models import TransferRequest
from pupiltrack_core.storage.transfer_requests import (
    find_open_requests,
    find_request,
    update_request,
)

PUPIL_HANDED_OVER = "pupil record handed over"
PUPIL_RECEIVED = "pupil record received"
CLAIM_REFUSED = "claim refused"
CLAIM_CLOSED = "claim closed"
_UNDONE = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """An open claim as the local authority sees it: `holders` can hand the pupil over.

    `refusal` says why the school asked has refused, "" where it has not.
    """

    claim_id: int
    by_school: str
    joins_on: date
    asked_at: datetime
    expires_on: date
    refusal: str
    holders: tuple[AskedFor, ...]


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What travelled with a record: the numbers of interventions and of official results."""

    interventions: int
    results: int


def asked_for(caller: Caller, school_id: int) -> tuple[AskedFor, ...]:
    """Return the pupils of a school whom other schools claim and nobody has decided, oldest first.

    Raise `NotFound` for a school out of reach, `AccessDenied` for who may not decide there.
    """
    with caller.begin() as work:
        school = _require_decider(work, school_id)
        return asked_at(work, school)


def open_claims(caller: Caller, local_authority_id: int) -> tuple[OpenClaim, ...]:
    """Return every open claim in a local authority, oldest first.

    Raise `NotFound` for another authority, `AccessDenied` for who may not decide.
    """
    with caller.begin() as work:
        work.require_over_authority(Action.DECIDE_TRANSFERS, local_authority_id)
        today = day_in_london(work.now)
        rows = find_open_requests(work.session, local_authority_id, today=today)
        holders = holders_of(work, local_authority_id, rows)
        return tuple(
            OpenClaim(
                claim_id=row.id,
                by_school=name,
                joins_on=row.joins_on,
                asked_at=row.asked_at,
                expires_on=row.expires_on,
                refusal=refusal_label(row.reason) if row.state == ClaimState.REFUSED else "",
                holders=tuple(holders[row.id]),
            )
            for row, name in sorted(rows, key=lambda found: found[0].id)
        )


def count_open(caller: Caller) -> int:
    """Return how many claims wait for the person to decide, at their schools or their authority.

    0 for who decides nothing.
    """
    with caller.begin() as work:
        today, number = day_in_london(work.now), 0
        for authority in work.principal.local_authority_ids:
            if may_over_authority(work.principal, Action.DECIDE_TRANSFERS, authority):
                number += len(find_open_requests(work.session, authority, today=today))
        for school_id in work.principal.school_ids:
            school = work.school(school_id)
            scope = SchoolScope(school.id, school.local_authority_id)
            if may(work.principal, Action.EDIT_PUPILS, scope):
                number += len(asked_at(work, school))
        return number


def confirm_claim(
    caller: Caller, school_id: int, claim_id: int, *, last_day: date | None
) -> HandedOver:
    """Hand a pupil's record over to the school that claims it; `school_id` is the one that has it.

    `last_day` is the pupil's last day there. Either all of it is done or nothing. Raise
    `InvalidEntry` for a last day that cannot be, `Conflict` for a claim that was decided, withdrawn
    or is over, `NotFound` for one that names no pupil of the school, `AccessDenied` for who may not
    decide there.
    """
    with caller.begin(write=True, act=True) as work:
        school = _require_decider(work, school_id)
        with work.across_authority(school.local_authority_id):
            row = _hold(work, school, claim_id)
            asked = _named(work, school, row)
            checked = _checked_day(last_day, row.joins_on)
            new_pupil_id, interventions, results = hand_over(
                work, row, school=school, pupil_id=asked.pupil_id, last_day=checked
            )
            update_request(
                work.session,
                row,
                **_decided(work, ClaimState.CONFIRMED),
                reason=None,
                holder_school_id=school_id,
                holder_pupil_id=asked.pupil_id,
                new_pupil_id=new_pupil_id,
            )
        work.audit(PUPIL_HANDED_OVER, school_id=school_id, claim=claim_id, pupil=asked.pupil_id)
        work.audit(PUPIL_RECEIVED, school_id=row.school_id, claim=claim_id, pupil=new_pupil_id)
        work.commit()
    return HandedOver(interventions, results)


def refuse_claim(caller: Caller, school_id: int, claim_id: int, *, reason: str) -> None:
    """Refuse to hand a pupil's record over. The local authority sees it, who claims does not.

    Raise `InvalidEntry` for no reason, else as `confirm_claim`.
    """
    with caller.begin(write=True, act=True) as work:
        school = _require_decider(work, school_id)
        if reason not in {item.value for item in Refusal}:
            raise InvalidEntry(
                f"Choose why the record is not handed over. {_UNDONE}", field="reason"
            )
        with work.across_authority(school.local_authority_id):
            row = _hold(work, school, claim_id)
            asked = _named(work, school, row)
            update_request(
                work.session,
                row,
                **_decided(work, ClaimState.REFUSED),
                reason=reason,
                holder_school_id=school_id,
                holder_pupil_id=asked.pupil_id,
            )
        work.audit(CLAIM_REFUSED, school_id=school_id, claim=claim_id, reason=reason)
        work.commit()


def close_claim(caller: Caller, local_authority_id: int, claim_id: int) -> None:
    """Close an open claim that no school is to confirm, as if its sixty days were over.

    Raise `Conflict` for one that is not open any more, `NotFound` for another authority's,
    `AccessDenied` for who may not decide.
    """
    with caller.begin(write=True, act=True) as work:
        work.require_over_authority(Action.DECIDE_TRANSFERS, local_authority_id)
        row = find_request(work.session, claim_id, lock=True) if is_pupil_id(claim_id) else None
        claiming = None if row is None else work.session.get(School, row.school_id)
        if row is None or claiming is None or claiming.local_authority_id != local_authority_id:
            raise NotFound(NO_CLAIM)
        _require_open(work, row)
        update_request(work.session, row, **_decided(work, ClaimState.EXPIRED))
        work.audit(CLAIM_CLOSED, local_authority_id=local_authority_id, claim=claim_id)
        work.commit()


def _require_decider(work: Work, school_id: int) -> School:
    """Return the school if the person may decide about its pupils, as its office or over it."""
    school = work.school(school_id)
    if not _is_over(work, school):
        work.require(Action.EDIT_PUPILS, school_id)
    return school


def _is_over(work: Work, school: School) -> bool:
    scope = SchoolScope(school.id, school.local_authority_id)
    return may(work.principal, Action.DECIDE_TRANSFERS, scope)


def _hold(work: Work, school: School, claim_id: int) -> TransferRequest:
    """Return an open claim of the authority, it and both schools kept from others."""
    found = find_request(work.session, claim_id) if is_pupil_id(claim_id) else None
    claiming = None if found is None else work.session.get(School, found.school_id)
    if claiming is None or claiming.local_authority_id != school.local_authority_id:
        raise NotFound(NO_CLAIM)
    # In one order for everyone, so that two who exchange pupils never wait for each other.
    for number in sorted({school.id, claiming.id}):
        lock_school(work.session, number)
    row = find_request(work.session, claim_id, lock=True)
    if row is None:
        raise NotFound(NO_CLAIM)
    return row


def _named(work: Work, school: School, row: TransferRequest) -> AskedFor:
    """Return the school's pupil whom the claim names; raise where there is none to decide about.

    A claim that names none of the school's is not found, whatever has become of it.
    """
    for asked in holders_of(work, school.local_authority_id, [(row, "")])[row.id]:
        if asked.school_id == school.id:
            break
    else:
        if row.holder_school_id != school.id:
            raise NotFound(NO_CLAIM)
        raise _over()
    _require_open(work, row)
    if row.state == ClaimState.REFUSED and not _is_over(work, school):
        raise _over()
    return asked


def _require_open(work: Work, row: TransferRequest) -> None:
    if not is_open(row.state, row.expires_on, today=day_in_london(work.now)):
        raise _over()


def _over() -> Conflict:
    return Conflict(
        "This claim is not open any more: it was decided or withdrawn, or its time is over. "
        f"{_UNDONE} The list shows what is open now."
    )


def _checked_day(last_day: date | None, joins_on: date) -> date:
    if last_day is None:
        raise InvalidEntry(f"Enter the pupil's last day at the school. {_UNDONE}", field="last_day")
    if last_day > joins_on:
        raise InvalidEntry(
            f"The pupil joins the other school on {joins_on:%d/%m/%Y}: the last day cannot be "
            f"later. {_UNDONE}",
            field="last_day",
        )
    if last_day < AcademicYear.containing(joins_on).previous.previous.first_day:
        raise InvalidEntry(
            f"This is long before the pupil joins the other school. Check the year. {_UNDONE}",
            field="last_day",
        )
    return last_day


def _decided(work: Work, state: ClaimState) -> dict[str, Any]:
    return {"state": state.value, "decided_at": work.now, "decided_by": work.user_id}
