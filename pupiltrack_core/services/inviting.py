"""Inviting somebody to work with the data of a school, or of all of an authority's.

Whoever is new gets a link. Another head of a school, and a person who has an account already, wait
for the local authority: it knows who runs a school, and who moves between schools.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pupiltrack_core.access import LA_ROLES, Action, Membership, Place, Role
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.account_admin import LONGEST_DISPLAY_NAME
from pupiltrack_core.services.account_letters import letter_about_another_place
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.entered_contacts import required_email
from pupiltrack_core.services.entered_names import required_name
from pupiltrack_core.services.invitations import send_invitation
from pupiltrack_core.services.people_of_place import UNDONE, audit_of, may_give, role_at
from pupiltrack_core.services.registration import free_user_name, tell_authority
from pupiltrack_core.services.sessions import AccountStatus
from pupiltrack_core.services.sign_in import LONGEST_USER_NAME, normalise_user_name
from pupiltrack_core.services.stronger_steps import require_stronger_step
from pupiltrack_core.storage.account_models import Registration
from pupiltrack_core.storage.accounts import (
    add_user,
    find_memberships,
    find_name_of_place,
    update_memberships,
)
from pupiltrack_core.storage.audit import add_audit_entries
from pupiltrack_core.storage.locks import LockSpace, hold_lock
from pupiltrack_core.storage.models import School, UserAccount
from pupiltrack_core.storage.outgoing_mail import add_mail
from pupiltrack_core.storage.registrations import (
    INVITED,
    SECOND,
    WAITING,
    find_registrations_of,
    find_user_by_email,
)

ASKED_FOR = "account asked for"
_NO_PASSWORD = "!"  # noqa: S105 no hash at all: nobody signs in until a password was chosen


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whom to invite, and as what; classes only of a teacher."""

    display_name: str
    email: str
    role: Role | str
    class_names: Sequence[str] = ()


def invite_person(caller: Caller, place: Place, invitation: Invitation, *, portal: str) -> bool:
    """Invite somebody, or ask the local authority for them; True where the link is on its way.

    `portal` is the portal's own address. Raises `InvalidEntry`, naming the field, for what cannot
    be taken, for who has a role here already and for a disabled account; NotFound, AccessDenied and
    NotSignedIn.
    """
    shown = required_name(
        invitation.display_name,
        field="display_name",
        longest=LONGEST_DISPLAY_NAME,
        missing="Enter the person's name.",
        undone=UNDONE,
    )
    email = required_email(invitation.email, field="email", undone=UNDONE)
    with caller.begin(write=True, act=True) as work:
        where = work.require_at(Action.MANAGE_PEOPLE, place)
        wanted = role_at(where, invitation.role, invitation.class_names)
        hold_lock(work.session, LockSpace.REGISTRATION)
        user = find_user_by_email(work.session, email)
        gives = may_give(work, wanted.role, where)
        is_new = user is None
        if user is None:
            user = _add(work, shown, email)
        held = find_memberships(work.session, user.id)
        here = [item for item in held if item.place == where]
        if here and (gives or any(item.role is wanted.role for item in here)):
            raise InvalidEntry(
                f"This person has a role here already. {UNDONE} Change it in the list.",
                field="email",
            )
        is_sent = gives and (is_new or may_give(work, Role.HEAD, where))
        if is_sent:
            _give(work, user, (*held, wanted), wanted, portal=portal)
        else:
            _ask_authority(work, user, wanted, portal=portal)
        work.commit()
    return is_sent


def _add(work: Work, shown: str, email: str) -> UserAccount:
    stem = normalise_user_name(shown) or email.partition("@")[0]
    return add_user(
        work.session,
        user_name=free_user_name(work.session, stem[:LONGEST_USER_NAME]),
        display_name=shown,
        password_hash=_NO_PASSWORD,
        status=AccountStatus.PENDING,
        created_at=work.now,
        email=email,
    )


def _give(
    work: Work,
    user: UserAccount,
    memberships: tuple[Membership, ...],
    wanted: Membership,
    *,
    portal: str,
) -> None:
    if user.status == AccountStatus.DISABLED:
        raise InvalidEntry(
            f"This person has an account that is disabled. {UNDONE} Enable it where they worked "
            "before, then invite them.",
            field="email",
        )
    update_memberships(work.session, user.id, memberships)
    user.approved_by = user.approved_by or work.user_id
    role, place = wanted.role, wanted.place
    audit_of(work, AuditAction.ROLES_CHANGED, place, user, role=str(role))
    if role in LA_ROLES:
        drafts = require_stronger_step(work.session, user, by=work.user_id, now=work.now)
        work.after_audit(lambda session: add_audit_entries(session, drafts, at=work.now))
    if user.status == AccountStatus.PENDING:
        send_invitation(work, user, place, role=role, portal=portal)
    else:
        name = find_name_of_place(work.session, place)
        letter = letter_about_another_place(user, name, role.in_words)
        add_mail(work.session, letter, user_id=user.id, at=work.now)


def _ask_authority(work: Work, user: UserAccount, wanted: Membership, *, portal: str) -> None:
    school = work.session.get_one(School, wanted.school_id)
    waiting = any(
        item.state == WAITING and item.school_id == school.id
        for item in find_registrations_of(work.session, user.id)
    )
    if waiting:
        return
    work.session.add(
        Registration(
            user_id=user.id,
            local_authority_id=school.local_authority_id,
            school_id=school.id,
            role=wanted.role,
            class_names=list(wanted.class_names),
            kind=SECOND if wanted.role is Role.HEAD else INVITED,
            state=WAITING,
            asked_at=work.now,
            asked_by=work.user_id,
        )
    )
    work.session.flush()
    work.audit(ASKED_FOR, school_id=school.id, of_user=user.id, role=str(wanted.role))
    tell_authority(
        work.session, school.local_authority_id, school.name, portal=portal, now=work.now
    )
