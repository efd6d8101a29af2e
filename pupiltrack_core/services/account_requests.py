"""Requests for accounts as the local authority's staff decide them.

Nobody decides on an account of their own, or on one they asked for; each decision is told by e-mail
to whom it is about, and a refusal has a reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pupiltrack_core.access import Action, Membership, Place, Role, may_over_authority
from pupiltrack_core.errors import Conflict, InvalidEntry, NotFound
from pupiltrack_core.services.account_letters import (
    letter_about_a_decision,
    letter_about_another_place,
    letter_about_approval,
    letter_about_rejection,
)
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.entered_names import required_name
from pupiltrack_core.services.invitations import send_invitation
from pupiltrack_core.services.sessions import AccountStatus
from pupiltrack_core.storage.account_models import Registration
from pupiltrack_core.storage.accounts import find_memberships, find_user, update_memberships
from pupiltrack_core.storage.models import School, UserAccount
from pupiltrack_core.storage.outgoing_mail import add_mail
from pupiltrack_core.storage.registrations import (
    APPROVED,
    OF_A_HEAD,
    REJECTED,
    WAITING,
    find_decided,
    find_members,
    find_waiting,
    lock_registration,
)

PROMISE = timedelta(hours=48)
SHOWN_FOR = timedelta(days=60)
LONGEST_REASON = 300
DECIDED = "account request decided"
_UNDONE = "Nothing was changed."


class AddressMatch(StrEnum):
    """How an applicant's address compares with the one the school is known by."""

    SAME = "of the school's own domain"
    OTHER = "of another domain than the school's"
    UNKNOWN = "the school's domain is not on record"


@dataclass(frozen=True, slots=True)
class AccountRequest:
    """Somebody who waits. `asked_by` is the head who asked for them, None for who asks themselves.

    `since` is when the wait began; `heads` are the names of those who are head there already.
    """

    request_id: int
    school: str
    laestab: str
    display_name: str
    user_name: str
    email: str
    role: Role
    asked_by: str | None
    since: datetime
    waited: timedelta
    match: AddressMatch
    heads: tuple[str, ...]
    may_decide: bool

    @property
    def is_late(self) -> bool:
        """Whether it waits longer than was promised."""
        return self.waited > PROMISE


@dataclass(frozen=True, slots=True)
class DecidedRequest:
    """What was decided of late, by whom, and why if it was a refusal."""

    school: str
    display_name: str
    role: Role
    decided_at: datetime
    decided_by: str
    is_approved: bool
    reason: str | None


def waiting_requests(caller: Caller, local_authority_id: int) -> tuple[AccountRequest, ...]:
    """Return who waits, longest first. Raises NotFound, AccessDenied and NotSignedIn."""
    with caller.begin() as work:
        work.require_over_authority(Action.APPROVE_ACCOUNTS, local_authority_id)
        return tuple(
            AccountRequest(
                request_id=request.id,
                school=school.name,
                laestab=school.laestab,
                display_name=user.display_name,
                user_name=user.user_name,
                email=user.email or "",
                role=Role(request.role),
                asked_by=None if asker is None else asker.display_name,
                since=_since(request),
                waited=work.now - _since(request),
                match=match_address(user.email, school.email),
                heads=_heads(work, school),
                may_decide=work.user_id not in (user.id, request.asked_by),
            )
            for request, user, school, asker in find_waiting(work.session, local_authority_id)
        )


def count_waiting(caller: Caller) -> int:
    """Return how many requests wait for the person; 0 for whoever decides none."""
    with caller.begin() as work:
        return sum(
            len(find_waiting(work.session, authority))
            for authority in work.principal.local_authority_ids
            if may_over_authority(work.principal, Action.APPROVE_ACCOUNTS, authority)
        )


def decided_requests(caller: Caller, local_authority_id: int) -> tuple[DecidedRequest, ...]:
    """Return what was decided within 60 days, newest first; raises as `waiting_requests`."""
    with caller.begin() as work:
        work.require_over_authority(Action.APPROVE_ACCOUNTS, local_authority_id)
        since = work.now - SHOWN_FOR
        return tuple(
            DecidedRequest(
                school=school.name,
                display_name=user.display_name,
                role=Role(request.role),
                decided_at=request.decided_at or request.asked_at,
                decided_by="Operator" if by is None else by.display_name,
                is_approved=request.state == APPROVED,
                reason=request.reason,
            )
            for request, user, school, by in find_decided(
                work.session, local_authority_id, since=since
            )
        )


def approve_request(caller: Caller, request_id: int, *, portal: str) -> None:
    """Give the person the role that was asked for, and tell them.

    `portal` is the portal's own address. Raises `InvalidEntry` for a request of one's own,
    `Conflict` where somebody has decided it, NotFound, AccessDenied and NotSignedIn.
    """
    with caller.begin(write=True, act=True) as work:
        request, user, school = _open(work, request_id)
        if user.status == AccountStatus.DISABLED:  # by whoever looks after it, since it was asked
            raise InvalidEntry(
                f"This person's account is disabled. {_UNDONE} Enable it at its school first, or "
                "reject the request.",
                field="request",
            )
        held = find_memberships(work.session, user.id)
        role = Role(request.role)
        classes = tuple(request.class_names)
        wanted = Membership(role, school.local_authority_id, school.id, classes)
        if not any(item.role is role and item.place == wanted.place for item in held):
            update_memberships(work.session, user.id, (*held, wanted))
        user.approved_by = user.approved_by or work.user_id
        if request.kind == OF_A_HEAD:
            user.status = AccountStatus.ACTIVE
            letter = letter_about_approval(user, school.name, f"{portal}/login")
            add_mail(work.session, letter, user_id=user.id, at=work.now)
        elif user.status == AccountStatus.ACTIVE:
            letter = letter_about_another_place(user, school.name, role.in_words)
            add_mail(work.session, letter, user_id=user.id, at=work.now)
        else:
            send_invitation(work, user, wanted.place, role=role, portal=portal)
        _decide(work, request, user, school, state=APPROVED, reason=None)
        work.commit()


def reject_request(caller: Caller, request_id: int, reason: str) -> None:
    """Turn a request down, and tell the person why; raises as `approve_request`."""
    told = required_name(
        reason,
        field="reason",
        longest=LONGEST_REASON,
        missing="Give a reason, which is sent to the person.",
        undone=_UNDONE,
    )
    with caller.begin(write=True, act=True) as work:
        request, user, school = _open(work, request_id)
        if request.kind == OF_A_HEAD:
            if user.status == AccountStatus.PENDING:  # a colleague may have let them in meanwhile
                user.status = AccountStatus.DISABLED
            letter = letter_about_rejection(user, school.name, told)
            add_mail(work.session, letter, user_id=user.id, at=work.now)
        _decide(work, request, user, school, state=REJECTED, reason=told)
        work.commit()


def match_address(email: str | None, known: str | None) -> AddressMatch:
    """Return whether two addresses are of one domain; `known` is the school's on record."""
    if not known:
        return AddressMatch.UNKNOWN
    domains = {(address or "").rpartition("@")[2].lower() for address in (email, known)}
    return AddressMatch.SAME if len(domains) == 1 else AddressMatch.OTHER


def _open(work: Work, request_id: int) -> tuple[Registration, UserAccount, School]:
    """Return a request that waits, if the person may decide it."""
    request = lock_registration(work.session, request_id)
    if request is None:
        raise NotFound(f"There is no such request, or it is not yours to decide. {_UNDONE}")
    try:
        work.require_over_authority(Action.APPROVE_ACCOUNTS, request.local_authority_id)
    except NotFound as error:
        raise NotFound(
            f"There is no such request, or it is not yours to decide. {_UNDONE}"
        ) from error
    if not work.is_operator and work.user_id in (request.user_id, request.asked_by):
        work.note_refusal(Action.APPROVE_ACCOUNTS, local_authority_id=request.local_authority_id)
        raise InvalidEntry(
            f"Nobody decides on their own account, or on one they asked for. {_UNDONE} Ask a "
            "colleague to do it.",
            field="request",
        )
    user = find_user(work.session, request.user_id, lock=True)
    is_ready = request.kind != OF_A_HEAD or request.email_confirmed_at is not None
    if request.state != WAITING or user is None or not is_ready:
        raise Conflict(
            f"This request does not wait any more: somebody else decided it. {_UNDONE} Look at "
            "the list again.",
            yours=None,
            theirs=request.state,
            version=0,
        )
    return request, user, work.session.get_one(School, request.school_id)


def _decide(
    work: Work,
    request: Registration,
    user: UserAccount,
    school: School,
    *,
    state: str,
    reason: str | None,
) -> None:
    request.state, request.reason = state, reason
    request.decided_at, request.decided_by = work.now, work.user_id
    asker = find_user(work.session, request.asked_by or 0)
    if asker is not None and asker.email:
        told = "it was approved." if reason is None else f"it was not approved. {reason}"
        letter = letter_about_a_decision(asker, school.name, told)
        add_mail(work.session, letter, user_id=asker.id, at=work.now)
    work.audit(
        DECIDED, school_id=school.id, registration=request.id, of_user=user.id, decision=state
    )


def _heads(work: Work, school: School) -> tuple[str, ...]:
    place = Place(school.local_authority_id, school.id)
    return tuple(
        user.display_name
        for user, membership in find_members(work.session, place)
        if membership.role == Role.HEAD and user.status == AccountStatus.ACTIVE
    )


def _since(request: Registration) -> datetime:
    return request.email_confirmed_at or request.asked_at
