"""A head asks for an account: the form, the message that shows whose address it is, the request.

Nobody learns from the form whether an address or a user name is known: the answer is always that a
message is on its way. Who has an account is told so there. A request reaches the local authority
once its link was opened and the password given again, so that nobody can put a password of their
own behind somebody else's address.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from pupiltrack_core.access import Role
from pupiltrack_core.errors import InvalidEntry, NotFound
from pupiltrack_core.services.account_admin import LONGEST_DISPLAY_NAME
from pupiltrack_core.services.account_letters import (
    letter_about_a_known_address,
    letter_about_a_request_received,
    letter_about_a_request_to_decide,
    letter_to_confirm_registration,
)
from pupiltrack_core.services.entered_contacts import required_email
from pupiltrack_core.services.entered_names import required_name
from pupiltrack_core.services.one_use_links import (
    LIVES,
    LinkPurpose,
    find_link,
    new_link,
    use_link,
    withdraw_links,
)
from pupiltrack_core.services.passwords import check_new_password, hash_password, verify_password
from pupiltrack_core.services.rate_limits import attempt_keys, reserve_attempt
from pupiltrack_core.services.security_questions import hash_answer
from pupiltrack_core.services.sessions import AccountStatus
from pupiltrack_core.services.sign_in import LONGEST_USER_NAME, normalise_user_name
from pupiltrack_core.services.sign_in_policy import SignInPolicy
from pupiltrack_core.settings import SignInProfile
from pupiltrack_core.storage.account_models import Registration
from pupiltrack_core.storage.accounts import (
    add_user,
    find_memberships,
    find_user,
    find_user_by_name,
)
from pupiltrack_core.storage.audit import AuditDraft, DetailValue, add_audit_entries
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.locks import LockSpace, hold_lock
from pupiltrack_core.storage.models import LocalAuthority, School, UserAccount
from pupiltrack_core.storage.outgoing_mail import add_mail
from pupiltrack_core.storage.registrations import (
    OF_A_HEAD,
    REJECTED,
    WAITING,
    FoundSchool,
    find_registrations_of,
    find_user_by_email,
    remove_unconfirmed,
    search_schools,
)
from pupiltrack_core.storage.sign_in_attempts import update_attempt_succeeded
from pupiltrack_core.storage.spent_challenges import count_spent

if TYPE_CHECKING:
    from pupiltrack_core.services.proof_of_work import Challenge

FORM = "register"
REGISTERED, CONFIRMED = "registration asked for", "registration confirmed"
MOST_SCHOOLS, LONGEST_SEARCH = 20, 100
UNDONE = "Nothing was sent."


@dataclass(frozen=True, slots=True)
class Application:
    """What a head enters; question and answer only where the profile asks for them."""

    laestab: str
    display_name: str
    user_name: str
    email: str
    password: str = field(repr=False)
    proof: str = field(repr=False)
    question: str = ""
    answer: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Confirming:
    """Whose request a link is to confirm, and for which school."""

    user_id: int
    user_name: str
    school: str
    password_hash: str = field(repr=False)


def suggest_user_name(school: str) -> str:
    """Return the name suggested to a head: the school's with "Head" behind it."""
    return f"{school[: LONGEST_USER_NAME - 5]} Head"


def find_schools_to_register(database: Database, text: str) -> tuple[FoundSchool, ...]:
    """Return up to 20 schools of a number ("999/2001") or with these words in their names."""
    wanted = " ".join(text.split())[:LONGEST_SEARCH]
    if not wanted:
        return ()
    with database.unit_of_work() as unit:
        return search_schools(unit.session, wanted, limit=MOST_SCHOOLS)


def challenge_to_register(database: Database, *, policy: SignInPolicy, now: datetime) -> Challenge:
    """Return the work a browser must do before the form is taken."""
    # Loaded by the server alone: pages, which also load this module, take no such form.
    from pupiltrack_core.services.proof_of_work import difficulty, new_challenge

    with database.unit_of_work() as unit:
        largest = difficulty(count_spent(unit.session, now=now))
    return new_challenge(form=FORM, key=policy.proof_key, largest=largest, now=now)


def register(
    database: Database,
    application: Application,
    *,
    address: str,
    portal: str,
    policy: SignInPolicy,
    now: datetime,
) -> None:
    """Take an application and send the message that goes on with it; nothing comes back.

    `address` is the client's, `portal` the portal's own. Raises `InvalidEntry`, naming the field,
    for what cannot be taken, and `TooManyAttempts`. None of it depends on who has an account.
    """
    from pupiltrack_core.services.proof_of_work import require_proof

    email = required_email(application.email, field="email", undone=UNDONE)
    shown = required_name(
        application.display_name,
        field="display_name",
        longest=LONGEST_DISPLAY_NAME,
        missing="Enter your name.",
        undone=UNDONE,
    )
    name = normalise_user_name(application.user_name)
    if not name:
        raise InvalidEntry(
            f"A user name has 1 to {LONGEST_USER_NAME} characters that can be typed. {UNDONE}",
            field="user_name",
        )
    keys = attempt_keys(user_name=email.lower(), address=address, policy=policy, of="register")
    with database.unit_of_work(write=True) as unit:
        school = _school(unit.session, application.laestab)
        check_new_password(
            application.password,
            user_name=name,
            profile=policy.profile,
            names=(school.name, school.authority, *([school.district] if school.district else [])),
        )
        reserve_attempt(unit.session, keys, now=now)
        require_proof(unit.session, application.proof, form=FORM, key=policy.proof_key, now=now)
        unit.commit()
    stored = hash_password(application.password, policy.hashing)
    asked = None
    if policy.profile is SignInProfile.GUIDES:
        asked = hash_answer(
            application.question,
            application.answer,
            user_name=name,
            password=application.password,
            hashing=policy.hashing,
        )
    with database.unit_of_work(write=True) as unit:
        session = unit.session
        hold_lock(session, LockSpace.REGISTRATION)
        remove_unconfirmed(session, before=now - LIVES[LinkPurpose.REGISTRATION])
        user = find_user_by_email(session, email)
        if user is not None and not _may_be_taken_up(session, user):
            add_mail(session, letter_about_a_known_address(user), user_id=user.id, at=now)
            unit.commit()
            return
        if user is None:
            user = add_user(
                session,
                user_name=free_user_name(session, name),
                display_name=shown,
                password_hash=stored,
                status=AccountStatus.PENDING,
                created_at=now,
                email=email,
            )
        user.display_name, user.password_hash, user.status = shown, stored, AccountStatus.PENDING
        if asked is not None:
            user.security_question, user.security_answer_hash = asked
        _send_request(session, user, school, portal=portal, now=now)
        unit.commit()


def who_confirms(database: Database, token: str, *, now: datetime) -> Confirming | None:
    """Return whose request a link confirms, without using it; None where it no longer works."""
    with database.unit_of_work() as unit:
        link = find_link(unit.session, token, LinkPurpose.REGISTRATION, at=now)
        user = None if link is None else find_user(unit.session, link.user_id or 0)
        request = None if user is None else _unconfirmed(unit.session, user)
        if user is None or request is None:
            return None
        school = unit.session.get_one(School, request.school_id)
        return Confirming(user.id, user.user_name, school.name, user.password_hash)


def confirm_registration(
    database: Database,
    token: str,
    password: str,
    *,
    address: str,
    portal: str,
    policy: SignInPolicy,
    now: datetime,
) -> Confirming:
    """Hand the request to the local authority, for whoever opened the link and has the password.

    Raises `NotFound` for a link that no longer works, `InvalidEntry` for another password, which
    leaves the link as it is, `TooManyAttempts`.
    """
    who = who_confirms(database, token, now=now)
    if who is None:
        raise _gone()
    keys = attempt_keys(user_name=who.user_name, address=address, policy=policy, of="confirm")
    with database.unit_of_work(write=True) as unit:
        attempt = reserve_attempt(unit.session, keys, now=now)
        unit.commit()
    if not verify_password(who.password_hash, password, policy.hashing):
        raise InvalidEntry(
            "This is not the password that was chosen with the request. Nothing was sent. Try "
            "again, or fill in the form anew.",
            field="password",
        )
    with database.unit_of_work(write=True) as unit:
        session = unit.session
        update_attempt_succeeded(session, attempt)
        user = find_user(session, who.user_id, lock=True)
        if user is None or user.password_hash != who.password_hash:
            raise _gone()
        request = _unconfirmed(session, user)
        if request is None or use_link(session, token, LinkPurpose.REGISTRATION, at=now) is None:
            raise _gone()
        request.email_confirmed_at = now
        add_mail(
            session, letter_about_a_request_received(user, who.school), user_id=user.id, at=now
        )
        tell_authority(session, request.local_authority_id, who.school, portal=portal, now=now)
        add_audit_entries(session, [_draft(CONFIRMED, request)], at=now)
        unit.commit()
    return who


def tell_authority(
    session: Session, local_authority_id: int, school: str, *, portal: str, now: datetime
) -> None:
    """Queue the message to the authority's contact that somebody waits, if it has an address."""
    authority = session.get_one(LocalAuthority, local_authority_id)
    if authority.contact_email is None:
        return
    letter = letter_about_a_request_to_decide(
        address=authority.contact_email,
        name=authority.contact_name or authority.name,
        school=school,
        link=f"{portal}/accounts",
    )
    add_mail(session, letter, user_id=None, at=now)


def free_user_name(session: Session, wanted: str) -> str:
    """Return a normalised name nobody has: `wanted`, or with the next free number behind it."""
    if find_user_by_name(session, wanted) is None:
        return wanted
    stem = wanted[: LONGEST_USER_NAME - 5].strip()
    number = 2
    while find_user_by_name(session, f"{stem} {number}") is not None:
        number += 1
    return f"{stem} {number}"


def _school(session: Session, laestab: str) -> FoundSchool:
    number = laestab.replace("/", "").strip()
    found = search_schools(session, number, limit=1) if number.isdigit() else ()
    if not found:
        raise InvalidEntry(
            f"There is no such school in this portal. {UNDONE} Look for it by another word of its "
            "name, or by its LAESTAB number.",
            field="school",
        )
    return found[0]


def _may_be_taken_up(session: Session, user: UserAccount) -> bool:
    """Whether an account is no more than a request: unconfirmed, or turned down before.

    Whoever now asks with the same address, and opens the new link, begins it anew.
    """
    if user.status == AccountStatus.ACTIVE or user.approved_by is not None:
        return False
    if find_memberships(session, user.id):
        return False
    asked = find_registrations_of(session, user.id)
    return bool(asked) and all(
        item.state == REJECTED
        or (item.state == WAITING and item.kind == OF_A_HEAD and item.email_confirmed_at is None)
        for item in asked
    )


def _send_request(
    session: Session, user: UserAccount, school: FoundSchool, *, portal: str, now: datetime
) -> None:
    withdraw_links(session, user.id, LinkPurpose.REGISTRATION, at=now)
    request = _unconfirmed(session, user)
    if request is None:
        request = Registration(user_id=user.id, role=Role.HEAD, kind=OF_A_HEAD, state=WAITING)
        session.add(request)
    request.local_authority_id = school.local_authority_id
    request.school_id, request.asked_at = school.school_id, now
    session.flush()
    link = new_link(session, LinkPurpose.REGISTRATION, user_id=user.id, at=now)
    letter = letter_to_confirm_registration(user, school.name, f"{portal}/register/confirm/{link}")
    add_mail(session, letter, user_id=user.id, at=now)
    add_audit_entries(session, [_draft(REGISTERED, request)], at=now)


def _draft(action: str, request: Registration) -> AuditDraft:
    detail: dict[str, DetailValue] = {"registration": request.id}
    return AuditDraft(
        action, request.user_id, detail, request.school_id, request.local_authority_id
    )


def _unconfirmed(session: Session, user: UserAccount) -> Registration | None:
    return next(
        (
            item
            for item in find_registrations_of(session, user.id)
            if item.state == WAITING and item.kind == OF_A_HEAD and item.email_confirmed_at is None
        ),
        None,
    )


def _gone() -> NotFound:
    return NotFound(
        "This link no longer works: it was used, or is too old, or a newer one was sent. If your "
        "request was not confirmed yet, fill in the form again."
    )
