"""Looking after accounts: making, approving, disabling, changing roles and passwords.

Whatever narrows what a person may do ends their sessions in the same transaction. `by` is the
account that asked for it, None for the operator at the command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pupiltrack_core.access import LA_ROLES, SCHOOL_ROLES, Membership, Role
from pupiltrack_core.domain.cohorts import MAX_CLASS_NAME
from pupiltrack_core.errors import InvalidEntry, NotFound
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.entered_names import tidy_name
from pupiltrack_core.services.passwords import check_new_password, hash_password
from pupiltrack_core.services.sessions import AccountStatus, SessionEnd, end_sessions
from pupiltrack_core.services.sign_in import (
    LONGEST_USER_NAME,
    NO_SECOND_STEP,
    normalise_user_name,
)
from pupiltrack_core.services.sign_in_policy import utc_now
from pupiltrack_core.services.stronger_steps import give_up_digits, require_stronger_step
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage.accounts import (
    add_user,
    find_memberships,
    find_user,
    find_user_by_name,
    update_memberships,
)
from pupiltrack_core.storage.audit import AuditDraft, DetailValue, add_audit_entries
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import LocalAuthority, School, UserAccount

LONGEST_DISPLAY_NAME = 120
MOST_OWN_CLASSES = 50
CLASSES = "class_names"  # the field in which they are entered


def create_user(
    database: Database,
    *,
    user_name: str,
    display_name: str,
    password: str,
    memberships: Sequence[Membership],
    status: AccountStatus = AccountStatus.ACTIVE,
    email: str | None = None,
    second_step: str = NO_SECOND_STEP,
    hashing: PasswordHashing = PasswordHashing.HARDENED,
    by: int | None = None,
    now: datetime | None = None,
) -> int:
    """Add an account with its roles and return its id.

    Raises `InvalidEntry`, naming the field, for a name that is taken or cannot be typed, a
    password that is too weak, and a role that does not fit its school or local authority.
    """
    moment = now or utc_now()
    name = _require_user_name(user_name)
    shown = display_name.strip()
    if not shown or not shown.isprintable() or len(shown) > LONGEST_DISPLAY_NAME:
        raise InvalidEntry(
            f"A display name has 1 to {LONGEST_DISPLAY_NAME} characters. Nothing was changed.",
            field="display_name",
        )
    check_new_password(password, user_name=name)
    password_hash = hash_password(password, hashing)
    with database.unit_of_work(write=True) as unit:
        if find_user_by_name(unit.session, name) is not None:
            raise InvalidEntry(
                "There is an account of this name. Nothing was changed. Choose another name.",
                field="user_name",
            )
        _require_fitting_roles(unit.session, memberships)
        user = add_user(
            unit.session,
            user_name=name,
            display_name=shown,
            password_hash=password_hash,
            status=AccountStatus(status),
            created_at=moment,
            email=email,
            second_step=second_step,
        )
        update_memberships(unit.session, user.id, memberships)
        detail: dict[str, DetailValue] = {
            "of_user": user.id,
            "status": user.status,
            "roles": _roles(memberships),
        }
        drafts = [AuditDraft(AuditAction.ACCOUNT_CREATED, by, detail)]
        add_audit_entries(unit.session, drafts, at=moment)
        unit.commit()
    return user.id


def find_user_id(database: Database, user_name: str) -> int:
    """Return the id of the account of this name; raise `NotFound` if there is none."""
    with database.unit_of_work() as unit:
        user = find_user_by_name(unit.session, normalise_user_name(user_name))
    if user is None:
        raise NotFound("There is no account of this name.")
    return user.id


def memberships_of(database: Database, user_id: int) -> tuple[Membership, ...]:
    """Return the roles of an account, in the order they were given; none for no account."""
    with database.unit_of_work() as unit:
        return find_memberships(unit.session, user_id)


def membership_for(
    database: Database,
    role: Role,
    *,
    laestab: str | None = None,
    local_authority_code: str | None = None,
    class_names: Sequence[str] = (),
) -> Membership:
    """Return the role at the school of `laestab` ("999/2001") or over the local authority ("999").

    Raises `NotFound` where there is no such school or authority, `InvalidEntry` unless a school's
    role names a school and an authority's role names an authority.
    """
    wants_school = role in SCHOOL_ROLES
    code = laestab if wants_school else local_authority_code
    if not code or (laestab and local_authority_code):
        raise _unfitting(role)
    with database.unit_of_work() as unit:
        if not wants_school:
            authority = unit.session.scalar(
                select(LocalAuthority).where(LocalAuthority.code == code.strip())
            )
            if authority is None:
                raise NotFound("There is no local authority of this number.")
            return Membership(role, authority.id)
        number = code.strip().replace("/", "")
        school = unit.session.scalar(select(School).where(School.laestab == number))
        if school is None:
            raise NotFound("There is no school of this number.")
        return Membership(
            role, school.local_authority_id, school.id, own_classes(role, class_names)
        )


def own_classes(role: Role, names: Sequence[str]) -> tuple[str, ...]:
    """Return the classes of a role, tidied, each once: a teacher's; none of any other role.

    Raises `InvalidEntry` for a name that no class can have, and for more than anybody teaches.
    """
    if role is not Role.TEACHER:
        return ()
    tidy = (
        tidy_name(name, field=CLASSES, longest=MAX_CLASS_NAME, undone="Nothing was changed.")
        for name in names[: MOST_OWN_CLASSES + 1]
    )
    found = tuple(dict.fromkeys(filter(None, tidy)))
    if len(names) > MOST_OWN_CLASSES:
        raise InvalidEntry(
            f"A teacher has at most {MOST_OWN_CLASSES} classes. Nothing was changed. For somebody "
            "who teaches everywhere choose none: pages then begin with the whole school.",
            field=CLASSES,
        )
    return found


def change_status(
    database: Database,
    user_id: int,
    status: AccountStatus,
    *,
    by: int | None = None,
    now: datetime | None = None,
) -> None:
    """Approve, disable or re-enable an account; its sessions end unless it is now active.

    Raises `InvalidEntry` for people who would approve themselves, `NotFound` for no account.
    """
    moment = now or utc_now()
    if status is AccountStatus.ACTIVE and by == user_id:
        raise InvalidEntry(
            "Nobody approves their own account. Nothing was changed. Ask a colleague to do it.",
            field="status",
        )
    with database.unit_of_work(write=True) as unit:
        user = _require_user(unit.session, user_id)
        detail: dict[str, DetailValue] = {
            "of_user": user_id,
            "status": str(status),
            "before": user.status,
        }
        drafts = [AuditDraft(AuditAction.ACCOUNT_STATUS_CHANGED, by, detail)]
        if status is AccountStatus.ACTIVE and user.status == AccountStatus.PENDING:
            user.approved_by = by
        user.status = AccountStatus(status)
        if status is not AccountStatus.ACTIVE:
            drafts += end_sessions(
                unit.session, user_id, at=moment, reason=SessionEnd.REVOKED, by=by
            )
        add_audit_entries(unit.session, drafts, at=moment)
        unit.commit()


def lock_account(
    database: Database,
    user_id: int,
    *,
    until: datetime | None,
    by: int | None = None,
    now: datetime | None = None,
) -> None:
    """Lock an account until a time and end its sessions; None unlocks it."""
    moment = now or utc_now()
    with database.unit_of_work(write=True) as unit:
        user = _require_user(unit.session, user_id)
        user.locked_until = until
        if until is None:
            user.code_failures = 0  # or the next wrong answer would lock it again
        detail: dict[str, DetailValue] = {"of_user": user_id, "locked": until is not None}
        drafts = [AuditDraft(AuditAction.ACCOUNT_LOCKED, by, detail)]
        if until is not None:
            drafts += end_sessions(
                unit.session, user_id, at=moment, reason=SessionEnd.REVOKED, by=by
            )
        add_audit_entries(unit.session, drafts, at=moment)
        unit.commit()


def change_memberships(
    database: Database,
    user_id: int,
    memberships: Sequence[Membership],
    *,
    by: int | None = None,
    now: datetime | None = None,
) -> None:
    """Make these the account's only roles. They act at the person's next call, without sign-in."""
    moment = now or utc_now()
    with database.unit_of_work(write=True) as unit:
        user = _require_user(unit.session, user_id)
        _require_fitting_roles(unit.session, memberships)
        update_memberships(unit.session, user_id, memberships)
        detail: dict[str, DetailValue] = {"of_user": user_id, "roles": _roles(memberships)}
        drafts = [AuditDraft(AuditAction.ROLES_CHANGED, by, detail)]
        if any(item.school_id is None for item in memberships):
            drafts += require_stronger_step(unit.session, user, by=by, now=moment)
        add_audit_entries(unit.session, drafts, at=moment)
        unit.commit()


def change_password(
    database: Database,
    user_id: int,
    *,
    password: str,
    hashing: PasswordHashing = PasswordHashing.HARDENED,
    by: int | None = None,
    now: datetime | None = None,
) -> None:
    """Set a new password and end all sessions of the account."""
    moment = now or utc_now()
    with database.unit_of_work() as unit:
        user = find_user(unit.session, user_id)
    if user is None:
        raise _no_account()
    check_new_password(password, user_name=user.user_name)
    password_hash = hash_password(password, hashing)
    with database.unit_of_work(write=True) as unit:
        changed = _require_user(unit.session, user_id)
        changed.password_hash = password_hash
        # Sealed with the password that was: nothing opens them any more.
        if give_up_digits(unit.session, changed):
            changed.second_step = NO_SECOND_STEP
        drafts = [AuditDraft(AuditAction.PASSWORD_CHANGED, by, {"of_user": user_id})]
        drafts += end_sessions(unit.session, user_id, at=moment, reason=SessionEnd.REVOKED, by=by)
        add_audit_entries(unit.session, drafts, at=moment)
        unit.commit()


def _require_user(session: Session, user_id: int) -> UserAccount:
    user = find_user(session, user_id, lock=True)
    if user is None:
        raise _no_account()
    return user


def _no_account() -> NotFound:
    return NotFound("There is no such account. Nothing was changed.")


def _require_user_name(user_name: str) -> str:
    name = normalise_user_name(user_name)
    if not name:
        raise InvalidEntry(
            f"A user name has 1 to {LONGEST_USER_NAME} characters that can be typed. Nothing was "
            "changed.",
            field="user_name",
        )
    return name


def _require_fitting_roles(session: Session, memberships: Sequence[Membership]) -> None:
    for membership in memberships:
        at_school = membership.school_id is not None
        if at_school != (membership.role in SCHOOL_ROLES):
            raise _unfitting(membership.role)
        if not at_school:
            if session.get(LocalAuthority, membership.local_authority_id) is None:
                raise NotFound("There is no such local authority. Nothing was changed.")
            continue
        school = session.get(School, membership.school_id)
        if school is None or school.local_authority_id != membership.local_authority_id:
            raise NotFound("There is no such school in this local authority. Nothing was changed.")
    if len({(m.role, m.local_authority_id, m.school_id) for m in memberships}) < len(memberships):
        raise InvalidEntry("A role is given twice. Nothing was changed.", field="role")


def _unfitting(role: Role) -> InvalidEntry:
    place = "over a whole local authority" if role in LA_ROLES else "at one school"
    return InvalidEntry(
        f"The role {role.label} is held {place}. Nothing was changed.", field="role"
    )


def _roles(memberships: Sequence[Membership]) -> tuple[str, ...]:
    return tuple(
        f"{m.role} {'school' if m.school_id else 'authority'} {m.school_id or m.local_authority_id}"
        for m in memberships
    )
