"""The people who work with the data of a school, or of all schools of a local authority.

A school's are looked after by its head and the authority's administrators, the authority's own
staff by its administrators. Whatever touches the whole account (a lock, the second step, a
disabling) is for whoever looks after every place the person works at; nobody does it to themselves,
no head to another head, and an authority keeps an administrator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pupiltrack_core import access
from pupiltrack_core.access import Action, Membership, Place, Role
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.services.account_admin import own_classes
from pupiltrack_core.services.account_letters import (
    letter_about_a_role,
    letter_about_a_second_step_taken_back,
    letter_about_access_ended,
    letter_about_access_returned,
    letter_about_unlocking,
)
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.chosen_passwords import send_password_link
from pupiltrack_core.services.invitations import send_invitation
from pupiltrack_core.services.second_step_setup import clear_second_step
from pupiltrack_core.services.second_steps import SecondStep
from pupiltrack_core.services.sessions import AccountStatus, SessionEnd, end_sessions, is_locked
from pupiltrack_core.storage.accounts import (
    find_memberships,
    find_memberships_of,
    find_name_of_place,
    find_user,
    has_another_active,
    update_memberships,
)
from pupiltrack_core.storage.audit import DetailValue, add_audit_entries
from pupiltrack_core.storage.locks import LockSpace, hold_lock
from pupiltrack_core.storage.models import UserAccount
from pupiltrack_core.storage.outgoing_mail import Letter, add_mail
from pupiltrack_core.storage.registrations import find_members, find_waiting_at_school

UNDONE = "Nothing was changed."


class PersonState(StrEnum):
    """What may be said of an account in a word."""

    ACTIVE = "Active"
    INVITED = "Invited"
    LOCKED = "Locked"
    DISABLED = "Disabled"


@dataclass(frozen=True, slots=True)
class PersonOfPlace:
    """Somebody with a role at the place; `why_not` says why the reader may change nothing.

    With `may_let_go` they may end the person's access to the place all the same.
    """

    user_id: int
    display_name: str
    user_name: str
    email: str
    roles: tuple[Role, ...]
    class_names: tuple[str, ...]
    state: PersonState
    has_second_step: bool
    last_sign_in_at: datetime | None
    why_not: str
    may_let_go: bool


@dataclass(frozen=True, slots=True)
class AskedPerson:
    """Somebody the head asked for, on whom the local authority has not decided."""

    email: str
    role: Role
    asked_at: datetime


def people_of_place(caller: Caller, place: Place) -> tuple[PersonOfPlace, ...]:
    """Return who has a role at the place, by name. Raises NotFound, AccessDenied, NotSignedIn."""
    with caller.begin() as work:
        where = work.require_at(Action.MANAGE_PEOPLE, place)
        people = {user.id: user for user, _ in find_members(work.session, where)}
        held = find_memberships_of(work.session, people)
        return tuple(_person(work, where, user, held[user.id]) for user in people.values())


def asked_people(caller: Caller, school_id: int) -> tuple[AskedPerson, ...]:
    """Return whom the school's heads asked for and who waits; raises as `people_of_place`."""
    with caller.begin() as work:
        work.require(Action.MANAGE_PEOPLE, school_id)
        return tuple(
            AskedPerson(user.email or "", Role(request.role), request.asked_at)
            for request, user in find_waiting_at_school(work.session, school_id)
        )


# In the order in which they are offered.
_AT_SCHOOL = (Role.TEACHER, Role.DATA_MANAGER, Role.GOVERNOR, Role.HEAD)
_OVER_AUTHORITY = (Role.LA_ADVISER, Role.LA_ANALYST, Role.LA_ADMIN)


def roles_given(place: Place) -> tuple[Role, ...]:
    """Return the roles that people are given at a school, or over an authority; commonest first."""
    return _OVER_AUTHORITY if place.school_id is None else _AT_SCHOOL


def may_give(work: Work, role: Role, place: Place) -> bool:
    """Whether the person gives this role at the place without asking the local authority."""
    return role is not Role.HEAD or _decides(work, place)


def change_role(
    caller: Caller,
    place: Place,
    user_id: int,
    *,
    role: Role | str,
    class_names: Sequence[str] = (),
) -> None:
    """Make this the person's only role at the place; it acts at their next call.

    Classes are a teacher's own, with the first of which their pages begin. Raises `InvalidEntry`
    for a role the local authority decides on, and as `disable_person`.
    """
    with caller.begin(write=True, act=True) as work:
        where, user = _managed(work, place, user_id)
        wanted = role_at(where, role, class_names)
        if not may_give(work, wanted.role, where):
            raise InvalidEntry(
                f"Who is head is decided by the local authority. {UNDONE} Invite the person as a "
                "headteacher; the request then goes to the local authority.",
                field="role",
            )
        if wanted.role is not Role.LA_ADMIN:
            _require_another_administrator(work, where, user)
        held = find_memberships(work.session, user.id)
        here = [item.role for item in held if item.place == where]
        elsewhere = [item for item in held if item.place != where]
        update_memberships(work.session, user.id, [*elsewhere, wanted])
        audit_of(work, AuditAction.ROLES_CHANGED, where, user, role=str(wanted.role))
        if here != [wanted.role]:
            name = find_name_of_place(work.session, where)
            _tell(work, user, letter_about_a_role, name, wanted.role.in_words)
        work.commit()


def disable_person(caller: Caller, place: Place, user_id: int) -> None:
    """Disable an account, whose sessions end at once; of who works elsewhere too, end access here.

    Raises `NotFound` for a person or place out of reach, `InvalidEntry` for oneself and for an
    authority's last administrator, `AccessDenied` for a head, whom the local authority disables,
    and for people whose other places the reader does not look after.
    """
    with caller.begin(write=True, act=True) as work:
        where, user = _member(work, place, user_id)
        _require_other(work, user)
        _require_not_a_head(work, where, user)
        _require_another_administrator(work, where, user)
        held = find_memberships(work.session, user.id)
        elsewhere = [item for item in held if item.place != where]
        if elsewhere:
            update_memberships(work.session, user.id, elsewhere)
            audit_of(work, AuditAction.ROLES_CHANGED, where, user, role="none")
        else:
            _change_status(work, where, user, AccountStatus.DISABLED)
            _end_sessions(work, user)
        _tell(work, user, letter_about_access_ended, find_name_of_place(work.session, where))
        work.commit()


def enable_person(caller: Caller, place: Place, user_id: int, *, portal: str) -> None:
    """Let a disabled person in again; who never chose a password gets a new invitation."""
    with caller.begin(write=True, act=True) as work:
        where, user = _managed(work, place, user_id)
        if user.status != AccountStatus.DISABLED:
            return
        if has_password(user):
            _change_status(work, where, user, AccountStatus.ACTIVE)
            name = find_name_of_place(work.session, where)
            _tell(work, user, letter_about_access_returned, name)
        else:
            _change_status(work, where, user, AccountStatus.PENDING)
            _invite_again(work, where, user, portal=portal)
        work.commit()


def invite_again(caller: Caller, place: Place, user_id: int, *, portal: str) -> None:
    """Send a person who has not chosen a password yet another invitation.

    The one before stops working. Raises as `reset_second_step`.
    """
    with caller.begin(write=True, act=True) as work:
        where, user = _managed(work, place, user_id)
        if user.status != AccountStatus.PENDING:
            raise InvalidEntry(
                f"This person has chosen a password already. {UNDONE}", field="person"
            )
        _invite_again(work, where, user, portal=portal)
        work.commit()


def reset_second_step(caller: Caller, place: Place, user_id: int) -> None:
    """Take code and app away: the person sets up a second step anew, and is told by e-mail.

    Sessions end; passkeys stay. Raises `NotFound`, `InvalidEntry` for oneself, `AccessDenied` for
    people whose other places the reader does not look after.
    """
    with caller.begin(write=True, act=True) as work:
        where, user = _managed(work, place, user_id)
        clear_second_step(user)
        user.locked_until = None
        _tell(work, user, letter_about_a_second_step_taken_back)
        audit_of(work, AuditAction.SECOND_STEP_WITHDRAWN, where, user)
        _end_sessions(work, user)
        work.commit()


def unlock_person(caller: Caller, place: Place, user_id: int) -> None:
    """Open a lock that wrong second steps brought about; raises as `reset_second_step`."""
    with caller.begin(write=True, act=True) as work:
        where, user = _managed(work, place, user_id)
        user.locked_until, user.code_failures = None, 0
        _tell(work, user, letter_about_unlocking)
        audit_of(work, AuditAction.ACCOUNT_LOCKED, where, user, locked=False)
        work.commit()


def send_person_password_link(caller: Caller, place: Place, user_id: int, *, portal: str) -> None:
    """Send the person a link to choose a new password; raises as `reset_second_step`.

    Nobody chooses it for them, and their second step is asked for as ever.
    """
    with caller.begin(write=True, act=True) as work:
        where, user = _managed(work, place, user_id)
        if user.status != AccountStatus.ACTIVE or not user.email:
            raise InvalidEntry(
                f"Only an active account with an e-mail address is sent a link. {UNDONE}",
                field="person",
            )
        audit_of(work, PASSWORD_RESET_BEGUN, where, user)
        send_password_link(work.session, user, portal=portal, by=work.user_id, now=work.now)
        work.commit()


PASSWORD_RESET_BEGUN = "password reset begun"  # noqa: S105 the name of an act


def has_password(user: UserAccount) -> bool:
    """Whether somebody has chosen a password for the account, however long ago."""
    return user.password_hash.startswith("$")


def role_at(place: Place, role: Role | str, class_names: Sequence[str] = ()) -> Membership:
    """Return a role at the place; raise `InvalidEntry` for one that is not given there."""
    if role not in roles_given(place):
        raise InvalidEntry(f"Choose one of the roles. {UNDONE}", field="role")
    given = Role(role)
    return Membership(
        given, place.local_authority_id, place.school_id, own_classes(given, class_names)
    )


def _person(
    work: Work, where: Place, user: UserAccount, held: Sequence[Membership]
) -> PersonOfPlace:
    here = [item for item in held if item.place == where]
    is_anothers = _is_anothers_head(work, where, held)
    return PersonOfPlace(
        user_id=user.id,
        display_name=user.display_name,
        user_name=user.user_name,
        email=user.email or "",
        roles=tuple(item.role for item in here),
        class_names=tuple(name for item in here for name in item.class_names),
        state=_state(user, work.now),
        has_second_step=user.second_step == SecondStep.SET,
        last_sign_in_at=user.last_sign_in_at,
        why_not=_why_not(work, where, user, held, is_anothers=is_anothers),
        may_let_go=user.id != work.user_id and not is_anothers,
    )


def _state(user: UserAccount, now: datetime) -> PersonState:
    if user.status == AccountStatus.DISABLED:
        return PersonState.DISABLED
    if user.status == AccountStatus.PENDING:
        return PersonState.INVITED
    return PersonState.LOCKED if is_locked(user.locked_until, now) else PersonState.ACTIVE


def _member(work: Work, place: Place, user_id: int) -> tuple[Place, UserAccount]:
    """Return the place and a person with a role there, whose row is locked."""
    where = work.require_at(Action.MANAGE_PEOPLE, place)
    if where.school_id is None:  # two administrators who let each other go: one comes first
        hold_lock(work.session, LockSpace.STAFF, str(where.local_authority_id))
    user = find_user(work.session, user_id, lock=True)
    held = () if user is None else find_memberships(work.session, user.id)
    if user is None or not any(item.place == where for item in held):
        raise NotFound(f"There is no such person at this {_kind(where)}. {UNDONE}")
    return where, user


def _managed(work: Work, place: Place, user_id: int) -> tuple[Place, UserAccount]:
    """Return them if the whole account may be touched."""
    where, user = _member(work, place, user_id)
    _require_other(work, user)
    _require_not_a_head(work, where, user)
    if _works_elsewhere(work, find_memberships(work.session, user.id)):
        work.note_refusal(Action.MANAGE_PEOPLE, local_authority_id=where.local_authority_id)
        raise AccessDenied(f"{_elsewhere(where)} {UNDONE}")
    return where, user


_ONESELF = "This is your own account: a colleague changes it."
_A_HEAD = "Another head's access is changed by the local authority."
_LAST = (
    "Nobody else who is an administrator of the local authority can sign in. Make somebody else "
    "an administrator first."
)


def _kind(where: Place) -> str:
    return "local authority" if where.school_id is None else "school"


def _elsewhere(where: Place) -> str:
    if where.school_id is None:
        return "This person also works elsewhere, where others look after accounts."
    return "This person also works elsewhere, so the local authority does this."


def _why_not(
    work: Work,
    where: Place,
    user: UserAccount,
    held: Sequence[Membership],
    *,
    is_anothers: bool,
) -> str:
    if user.id == work.user_id:
        return _ONESELF
    if is_anothers:
        return _A_HEAD
    return _elsewhere(where) if _works_elsewhere(work, held) else ""


def _works_elsewhere(work: Work, held: Sequence[Membership]) -> bool:
    """Whether one of the places a person has a role at is not the reader's to look after."""
    return not all(access.may_at(work.principal, Action.MANAGE_PEOPLE, item.place) for item in held)


def _require_other(work: Work, user: UserAccount) -> None:
    if user.id == work.user_id:
        raise InvalidEntry(f"{_ONESELF} {UNDONE}", field="person")


def _require_not_a_head(work: Work, where: Place, user: UserAccount) -> None:
    if _is_anothers_head(work, where, find_memberships(work.session, user.id)):
        work.note_refusal(Action.APPROVE_ACCOUNTS, local_authority_id=where.local_authority_id)
        raise AccessDenied(f"{_A_HEAD} {UNDONE} Ask it to do that.")


def _is_anothers_head(work: Work, where: Place, held: Sequence[Membership]) -> bool:
    """Whether it is a head of the school, which is for the authority and the reader is not it."""
    is_head = any(item.role is Role.HEAD and item.place == where for item in held)
    return is_head and not _decides(work, where)


def _decides(work: Work, where: Place) -> bool:
    return access.may_over_authority(
        work.principal, Action.APPROVE_ACCOUNTS, where.local_authority_id
    )


def _require_another_administrator(work: Work, where: Place, user: UserAccount) -> None:
    """Raise `InvalidEntry` where the person is the last who may sign in and give roles there."""
    if where.school_id is not None:
        return
    held = find_memberships(work.session, user.id)
    is_one = any(item.role is Role.LA_ADMIN and item.place == where for item in held)
    if is_one and not has_another_active(work.session, Role.LA_ADMIN, where, than=user.id):
        raise InvalidEntry(f"{_LAST} {UNDONE}", field="role")


def _invite_again(work: Work, where: Place, user: UserAccount, *, portal: str) -> None:
    held = find_memberships(work.session, user.id)
    role = next(item.role for item in held if item.place == where)
    send_invitation(work, user, where, role=role, portal=portal)


def _change_status(work: Work, where: Place, user: UserAccount, status: AccountStatus) -> None:
    audit_of(
        work,
        AuditAction.ACCOUNT_STATUS_CHANGED,
        where,
        user,
        status=str(status),
        before=user.status,
    )
    user.status = status


def audit_of(
    work: Work, action: str, where: Place, user: UserAccount, **detail: DetailValue
) -> None:
    """Write down what is done for somebody's account at a place."""
    work.audit(
        action,
        school_id=where.school_id,
        local_authority_id=where.local_authority_id,
        of_user=user.id,
        **detail,
    )


def _tell(work: Work, user: UserAccount, letter: Callable[..., Letter], *told: str) -> None:
    """Queue a letter to the person, if they have an address."""
    if user.email:
        add_mail(work.session, letter(user, *told), user_id=user.id, at=work.now)


def _end_sessions(work: Work, user: UserAccount) -> None:
    drafts = end_sessions(
        work.session, user.id, at=work.now, reason=SessionEnd.REVOKED, by=work.user_id
    )
    work.after_audit(lambda session: add_audit_entries(session, drafts, at=work.now))
