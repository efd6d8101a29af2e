"""The people who work with a school's data, as its head and the local authority look after them.

Whatever touches the whole account (a lock, the second step, a disabling) is for whoever looks after
every place the person works at; nobody does it to themselves, and no head to another head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pupiltrack_core import access
from pupiltrack_core.access import Action, Membership, Role, SchoolScope
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.services.account_admin import own_classes
from pupiltrack_core.services.account_letters import letter_about_a_second_step_taken_back
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
    find_user,
    update_memberships,
)
from pupiltrack_core.storage.audit import add_audit_entries
from pupiltrack_core.storage.models import School, UserAccount
from pupiltrack_core.storage.outgoing_mail import add_mail
from pupiltrack_core.storage.registrations import find_members, find_waiting_at_school

UNDONE = "Nothing was changed."


class PersonState(StrEnum):
    """What may be said of an account in a word."""

    ACTIVE = "Active"
    INVITED = "Invited"
    LOCKED = "Locked"
    DISABLED = "Disabled"


@dataclass(frozen=True, slots=True)
class PersonOfSchool:
    """Somebody with a role at the school; `why_not` says why the reader may change nothing.

    With `may_let_go` they may end the person's access to the school all the same.
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


def people_of_school(caller: Caller, school_id: int) -> tuple[PersonOfSchool, ...]:
    """Return who has a role at the school, by name. Raises NotFound, AccessDenied, NotSignedIn."""
    with caller.begin() as work:
        school = work.require(Action.MANAGE_PEOPLE, school_id)
        people = {user.id: user for user, _ in find_members(work.session, school_id)}
        held = find_memberships_of(work.session, people)
        return tuple(_person(work, school, user, held[user.id]) for user in people.values())


def asked_people(caller: Caller, school_id: int) -> tuple[AskedPerson, ...]:
    """Return whom the school's heads asked for and who waits; raises as `people_of_school`."""
    with caller.begin() as work:
        work.require(Action.MANAGE_PEOPLE, school_id)
        return tuple(
            AskedPerson(user.email or "", Role(request.role), request.asked_at)
            for request, user in find_waiting_at_school(work.session, school_id)
        )


# In the order in which they are offered.
GIVEN = (Role.TEACHER, Role.DATA_MANAGER, Role.GOVERNOR, Role.HEAD)


def may_give(work: Work, role: Role, school: School) -> bool:
    """Whether the person gives this role at the school without asking the local authority."""
    return role is not Role.HEAD or _decides(work, school)


def change_role(
    caller: Caller,
    school_id: int,
    user_id: int,
    *,
    role: Role | str,
    class_names: Sequence[str] = (),
) -> None:
    """Make this the person's only role at the school; it acts at their next call.

    Classes are a teacher's own, with the first of which their pages begin. Raises `InvalidEntry`
    for a role the local authority decides on, and as `disable_person`.
    """
    with caller.begin(write=True, act=True) as work:
        school, user = _managed(work, school_id, user_id)
        wanted = role_at(school, role, class_names)
        if not may_give(work, wanted.role, school):
            raise InvalidEntry(
                f"Who is head is decided by the local authority. {UNDONE} Invite the person as a "
                "headteacher; the request then goes to the local authority.",
                field="role",
            )
        held = find_memberships(work.session, user.id)
        elsewhere = [item for item in held if item.school_id != school.id]
        update_memberships(work.session, user.id, [*elsewhere, wanted])
        work.audit(
            AuditAction.ROLES_CHANGED, school_id=school.id, of_user=user.id, role=str(wanted.role)
        )
        work.commit()


def disable_person(caller: Caller, school_id: int, user_id: int) -> None:
    """Disable an account, whose sessions end at once; of who works elsewhere too, end access here.

    Raises `NotFound` for a person or school out of reach, `InvalidEntry` for oneself,
    `AccessDenied` for a head, whom the local authority disables, and for people whose other places
    the reader does not look after.
    """
    with caller.begin(write=True, act=True) as work:
        school, user = _member(work, school_id, user_id)
        _require_other(work, user)
        _require_not_a_head(work, school, user)
        held = find_memberships(work.session, user.id)
        elsewhere = [item for item in held if item.school_id != school.id]
        if elsewhere:
            update_memberships(work.session, user.id, elsewhere)
            work.audit(AuditAction.ROLES_CHANGED, school_id=school.id, of_user=user.id, role="none")
        else:
            _change_status(work, school, user, AccountStatus.DISABLED)
            _end_sessions(work, user)
        work.commit()


def enable_person(caller: Caller, school_id: int, user_id: int, *, portal: str) -> None:
    """Let a disabled person in again; who never chose a password gets a new invitation."""
    with caller.begin(write=True, act=True) as work:
        school, user = _managed(work, school_id, user_id)
        if user.status != AccountStatus.DISABLED:
            return
        if has_password(user):
            _change_status(work, school, user, AccountStatus.ACTIVE)
        else:
            _change_status(work, school, user, AccountStatus.PENDING)
            _invite_again(work, school, user, portal=portal)
        work.commit()


def invite_again(caller: Caller, school_id: int, user_id: int, *, portal: str) -> None:
    """Send a person who has not chosen a password yet another invitation.

    The one before stops working. Raises as `reset_second_step`.
    """
    with caller.begin(write=True, act=True) as work:
        school, user = _managed(work, school_id, user_id)
        if user.status != AccountStatus.PENDING:
            raise InvalidEntry(
                f"This person has chosen a password already. {UNDONE}", field="person"
            )
        _invite_again(work, school, user, portal=portal)
        work.commit()


def reset_second_step(caller: Caller, school_id: int, user_id: int) -> None:
    """Take code and app away: the person sets up a second step anew, and is told by e-mail.

    Sessions end; passkeys stay. Raises `NotFound`, `InvalidEntry` for oneself, `AccessDenied` for
    people whose other places the reader does not look after.
    """
    with caller.begin(write=True, act=True) as work:
        school, user = _managed(work, school_id, user_id)
        clear_second_step(user)
        user.locked_until = None
        if user.email:
            letter = letter_about_a_second_step_taken_back(user)
            add_mail(work.session, letter, user_id=user.id, at=work.now)
        work.audit(AuditAction.SECOND_STEP_WITHDRAWN, school_id=school.id, of_user=user.id)
        _end_sessions(work, user)
        work.commit()


def unlock_person(caller: Caller, school_id: int, user_id: int) -> None:
    """Open a lock that wrong second steps brought about; raises as `reset_second_step`."""
    with caller.begin(write=True, act=True) as work:
        school, user = _managed(work, school_id, user_id)
        user.locked_until, user.code_failures = None, 0
        work.audit(AuditAction.ACCOUNT_LOCKED, school_id=school.id, of_user=user.id, locked=False)
        work.commit()


def send_person_password_link(caller: Caller, school_id: int, user_id: int, *, portal: str) -> None:
    """Send the person a link to choose a new password; raises as `reset_second_step`.

    Nobody chooses it for them, and their second step is asked for as ever.
    """
    with caller.begin(write=True, act=True) as work:
        school, user = _managed(work, school_id, user_id)
        if user.status != AccountStatus.ACTIVE or not user.email:
            raise InvalidEntry(
                f"Only an active account with an e-mail address is sent a link. {UNDONE}",
                field="person",
            )
        work.audit(PASSWORD_RESET_BEGUN, school_id=school.id, of_user=user.id)
        send_password_link(work.session, user, portal=portal, by=work.user_id, now=work.now)
        work.commit()


PASSWORD_RESET_BEGUN = "password reset begun"  # noqa: S105 the name of an act


def has_password(user: UserAccount) -> bool:
    """Whether somebody has chosen a password for the account, however long ago."""
    return user.password_hash.startswith("$")


def role_at(school: School, role: Role | str, class_names: Sequence[str] = ()) -> Membership:
    """Return a role at the school; raise `InvalidEntry` for one no school gives."""
    if role not in GIVEN:
        raise InvalidEntry(f"Choose one of the roles. {UNDONE}", field="role")
    given = Role(role)
    return Membership(given, school.local_authority_id, school.id, own_classes(given, class_names))


def _person(
    work: Work, school: School, user: UserAccount, held: Sequence[Membership]
) -> PersonOfSchool:
    at_school = [item for item in held if item.school_id == school.id]
    is_anothers = _is_anothers_head(work, school, held)
    return PersonOfSchool(
        user_id=user.id,
        display_name=user.display_name,
        user_name=user.user_name,
        email=user.email or "",
        roles=tuple(item.role for item in at_school),
        class_names=tuple(name for item in at_school for name in item.class_names),
        state=_state(user, work.now),
        has_second_step=user.second_step == SecondStep.SET,
        last_sign_in_at=user.last_sign_in_at,
        why_not=_why_not(work, user, held, is_anothers=is_anothers),
        may_let_go=user.id != work.user_id and not is_anothers,
    )


def _state(user: UserAccount, now: datetime) -> PersonState:
    if user.status == AccountStatus.DISABLED:
        return PersonState.DISABLED
    if user.status == AccountStatus.PENDING:
        return PersonState.INVITED
    return PersonState.LOCKED if is_locked(user.locked_until, now) else PersonState.ACTIVE


def _member(work: Work, school_id: int, user_id: int) -> tuple[School, UserAccount]:
    """Return the school and a person with a role there, whose row is locked."""
    school = work.require(Action.MANAGE_PEOPLE, school_id)
    user = find_user(work.session, user_id, lock=True)
    at_school = () if user is None else find_memberships(work.session, user.id)
    if user is None or not any(item.school_id == school.id for item in at_school):
        raise NotFound(f"There is no such person at this school. {UNDONE}")
    return school, user


def _managed(work: Work, school_id: int, user_id: int) -> tuple[School, UserAccount]:
    """Return them if the whole account may be touched."""
    school, user = _member(work, school_id, user_id)
    _require_other(work, user)
    _require_not_a_head(work, school, user)
    if _works_elsewhere(work, find_memberships(work.session, user.id)):
        work.note_refusal(Action.MANAGE_PEOPLE, local_authority_id=school.local_authority_id)
        raise AccessDenied(f"{_ELSEWHERE} {UNDONE}")
    return school, user


_ELSEWHERE = "This person also works elsewhere, so the local authority does this."
_ONESELF = "This is your own account: a colleague changes it."
_A_HEAD = "Another head's access is changed by the local authority."


def _why_not(
    work: Work, user: UserAccount, held: Sequence[Membership], *, is_anothers: bool
) -> str:
    if user.id == work.user_id:
        return _ONESELF
    if is_anothers:
        return _A_HEAD
    return _ELSEWHERE if _works_elsewhere(work, held) else ""


def _works_elsewhere(work: Work, held: Sequence[Membership]) -> bool:
    """Whether one of the places a person has a role at is not the reader's to look after."""
    for item in held:
        if item.school_id is None:
            may = access.may_over_authority(
                work.principal, Action.APPROVE_ACCOUNTS, item.local_authority_id
            )
        else:
            scope = SchoolScope(item.school_id, item.local_authority_id)
            may = access.may(work.principal, Action.MANAGE_PEOPLE, scope)
        if not may:
            return True
    return False


def _require_other(work: Work, user: UserAccount) -> None:
    if user.id == work.user_id:
        raise InvalidEntry(f"{_ONESELF} {UNDONE}", field="person")


def _require_not_a_head(work: Work, school: School, user: UserAccount) -> None:
    if _is_anothers_head(work, school, find_memberships(work.session, user.id)):
        work.note_refusal(Action.APPROVE_ACCOUNTS, local_authority_id=school.local_authority_id)
        raise AccessDenied(f"{_A_HEAD} {UNDONE} Ask it to do that.")


def _is_anothers_head(work: Work, school: School, held: Sequence[Membership]) -> bool:
    """Whether it is a head of the school, which is for the authority and the reader is not it."""
    is_head = any(item.role is Role.HEAD and item.school_id == school.id for item in held)
    return is_head and not _decides(work, school)


def _decides(work: Work, school: School) -> bool:
    return access.may_over_authority(
        work.principal, Action.APPROVE_ACCOUNTS, school.local_authority_id
    )


def _invite_again(work: Work, school: School, user: UserAccount, *, portal: str) -> None:
    held = find_memberships(work.session, user.id)
    role = next(item.role for item in held if item.school_id == school.id)
    send_invitation(work, user, school, role=role, portal=portal)


def _change_status(work: Work, school: School, user: UserAccount, status: AccountStatus) -> None:
    work.audit(
        AuditAction.ACCOUNT_STATUS_CHANGED,
        school_id=school.id,
        of_user=user.id,
        status=str(status),
        before=user.status,
    )
    user.status = status


def _end_sessions(work: Work, user: UserAccount) -> None:
    drafts = end_sessions(
        work.session, user.id, at=work.now, reason=SessionEnd.REVOKED, by=work.user_id
    )
    work.after_audit(lambda session: add_audit_entries(session, drafts, at=work.now))
