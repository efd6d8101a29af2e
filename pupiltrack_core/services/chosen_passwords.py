"""Choosing a password by a link that was sent out: a forgotten one, or the first one.

A link proves that somebody reads the person's e-mail and no more. It never replaces the second
step: five digits, which only the old password could open, are gone and must be given anew by
somebody who knows the person; an app or a passkey is asked for as ever.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from pupiltrack_core.errors import InvalidEntry, NotFound
from pupiltrack_core.services.account_letters import (
    letter_about_a_new_password,
    letter_to_choose_a_password,
)
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.one_use_links import (
    LinkPurpose,
    find_link,
    new_link,
    use_link,
    withdraw_links,
)
from pupiltrack_core.services.passwords import check_new_password, hash_password
from pupiltrack_core.services.rate_limits import attempt_keys, reserve_attempt
from pupiltrack_core.services.second_steps import SecondStep
from pupiltrack_core.services.security_questions import (
    SecurityQuestion,
    hash_answer,
    is_answer,
    question_of,
)
from pupiltrack_core.services.sessions import AccountStatus, SessionEnd, end_sessions
from pupiltrack_core.services.sign_in import normalise_user_name
from pupiltrack_core.services.sign_in_policy import SignInPolicy
from pupiltrack_core.services.stronger_steps import give_up_digits
from pupiltrack_core.settings import SignInProfile
from pupiltrack_core.storage.accounts import (
    find_place_names,
    find_user,
    find_user_by_name,
    update_failures,
)
from pupiltrack_core.storage.audit import AuditDraft, DetailValue, add_audit_entries
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import UserAccount
from pupiltrack_core.storage.outgoing_mail import add_mail
from pupiltrack_core.storage.sign_in_attempts import update_attempt_succeeded

LINKS_THAT_CHOOSE = (LinkPurpose.PASSWORD, LinkPurpose.INVITATION)


@dataclass(frozen=True, slots=True)
class ChosenPassword:
    """What became of an account: whether somebody must give it a new second step."""

    needs_second_step: bool


def ask_for_password_link(
    database: Database,
    user_name: str,
    *,
    address: str,
    portal: str,
    policy: SignInPolicy,
    now: datetime,
) -> None:
    """Send a link to choose a new password, if the name has an account with an e-mail address.

    The caller tells the same whether or not it has: nothing comes back. `portal` is the portal's
    own address. Raises `TooManyAttempts`, for names nobody has too.
    """
    name = normalise_user_name(user_name)
    keys = attempt_keys(user_name=name, address=address, policy=policy, of="forgotten")
    with database.unit_of_work(write=True) as unit:
        reserve_attempt(unit.session, keys, now=now)
        user = find_user_by_name(unit.session, name) if name else None
        if user is not None and user.email and user.status == AccountStatus.ACTIVE:
            send_password_link(unit.session, user, portal=portal, by=user.id, now=now)
        unit.commit()


def send_password_link(
    session: Session, user: UserAccount, *, portal: str, by: int | None, now: datetime
) -> None:
    """Queue the message with the link, in the caller's transaction; older links stop working."""
    withdraw_links(session, user.id, LinkPurpose.PASSWORD, at=now)
    link = new_link(session, LinkPurpose.PASSWORD, user_id=user.id, at=now)
    letter = letter_to_choose_a_password(user, f"{portal}/choose-password/{link}")
    add_mail(session, letter, user_id=user.id, at=now)
    draft = AuditDraft(AuditAction.PASSWORD_LINK_SENT, by, {"of_user": user.id})
    add_audit_entries(session, [draft], at=now)


@dataclass(frozen=True, slots=True)
class Choosing:
    """Who may choose a password by a link, and what the profile `guides` asks beside it.

    `asked` is the security question to be answered; where `chooses_question` is True the person
    chooses one now. `names` are those of the person's places, which no password is made of.
    """

    user_id: int
    user_name: str
    purpose: LinkPurpose
    asked: SecurityQuestion | None = None
    chooses_question: bool = False
    answer_hash: str | None = field(default=None, repr=False)
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionAnswered:
    """What was typed in answer to the security question, or chosen as one: by `guides` alone."""

    question: str = ""
    answer: str = field(default="", repr=False)


NOT_ASKED = QuestionAnswered()


def who_chooses(
    database: Database, token: str, *, policy: SignInPolicy, now: datetime
) -> Choosing | None:
    """Return whose password a link is for, without using it; None where it no longer works."""
    with database.unit_of_work() as unit:
        for purpose in LINKS_THAT_CHOOSE:
            link = find_link(unit.session, token, purpose, at=now)
            user = None if link is None else find_user(unit.session, link.user_id or 0)
            if user is None:
                continue
            by_guides = policy.profile is SignInProfile.GUIDES
            held = question_of(user.security_question) if user.security_answer_hash else None
            forgotten = purpose is LinkPurpose.PASSWORD
            return Choosing(
                user.id,
                user.user_name,
                purpose,
                asked=held if by_guides and forgotten else None,
                chooses_question=by_guides and (held is None or not forgotten),
                answer_hash=user.security_answer_hash,
                names=find_place_names(unit.session, user.id),
            )
    return None


def choose_password(
    database: Database,
    token: str,
    password: str,
    *,
    policy: SignInPolicy,
    now: datetime,
    address: str = "",
    answered: QuestionAnswered = NOT_ASKED,
) -> ChosenPassword:
    """Set the password and use the link up; every session of the account ends.

    A lock that wrong second steps brought about is opened. Raises `InvalidEntry` for a password
    that may not be chosen and for a wrong answer, which leave the link as it is, `NotFound` for a
    link that was used, is too old, or was withdrawn, and `TooManyAttempts` for answers, which are
    counted with the passwords of the name.
    """
    who = who_chooses(database, token, policy=policy, now=now)
    if who is None:
        raise _gone()
    check_new_password(password, user_name=who.user_name, profile=policy.profile, names=who.names)
    chosen = None
    if who.asked is not None:
        _require_answer(database, who, answered.answer, address=address, policy=policy, now=now)
    elif who.chooses_question:
        chosen = hash_answer(
            answered.question,
            answered.answer,
            user_name=who.user_name,
            password=password,
            hashing=policy.hashing,
        )
    stored = hash_password(password, policy.hashing)
    with database.unit_of_work(write=True) as unit:
        link = purpose = None
        for purpose in LINKS_THAT_CHOOSE:
            link = use_link(unit.session, token, purpose, at=now)
            if link is not None:
                break
        user = None if link is None else find_user(unit.session, link.user_id or 0, lock=True)
        if user is None:
            raise _gone()
        user.password_hash = stored
        if chosen is not None:
            user.security_question, user.security_answer_hash = chosen
        if give_up_digits(unit.session, user):
            user.second_step = SecondStep.WITHHELD
        if user.code_failures:
            user.code_failures, user.locked_until = 0, None
        if purpose is LinkPurpose.INVITATION and user.status == AccountStatus.PENDING:
            user.status = AccountStatus.ACTIVE
        drafts = [AuditDraft(AuditAction.PASSWORD_CHANGED, user.id, {"of_user": user.id})]
        drafts += end_sessions(unit.session, user.id, at=now, reason=SessionEnd.REVOKED, by=user.id)
        if user.email and purpose is LinkPurpose.PASSWORD:
            add_mail(unit.session, letter_about_a_new_password(user), user_id=user.id, at=now)
        needs = user.second_step == SecondStep.WITHHELD
        add_audit_entries(unit.session, drafts, at=now)
        unit.commit()
    return ChosenPassword(needs)


def _require_answer(
    database: Database,
    who: Choosing,
    answer: str,
    *,
    address: str,
    policy: SignInPolicy,
    now: datetime,
) -> None:
    """Raise `InvalidEntry` for a wrong answer, which counts as a wrong password does."""
    keys = attempt_keys(user_name=who.user_name, address=address, policy=policy)
    with database.unit_of_work(write=True) as unit:
        attempt = reserve_attempt(unit.session, keys, now=now)
        unit.commit()
    right = is_answer(who.answer_hash, answer, policy.hashing)
    with database.unit_of_work(write=True) as unit:
        if right:
            update_attempt_succeeded(unit.session, attempt)
        else:
            update_failures(unit.session, who.user_id)
            detail: dict[str, DetailValue] = {"reason": "answer"}
            draft = AuditDraft(AuditAction.SIGN_IN_REFUSED, who.user_id, detail)
            add_audit_entries(unit.session, [draft], at=now)
        unit.commit()
    if not right:
        raise InvalidEntry(
            "This is not the answer that was given to your question. Nothing was changed. Try "
            "again, or ask whoever looks after accounts at your school or local authority.",
            field="answer",
        )


def _gone() -> NotFound:
    return NotFound(
        "This link no longer works: it was used, or is too old, or a newer one was sent. Nothing "
        "was changed. Ask for a new one on the sign-in page, under Forgotten your password."
    )
