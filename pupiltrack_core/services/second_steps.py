"""The second step of signing in: two of five digits, or an authenticator app's code.

After the password everyone is asked for the second step, whether the password was right, wrong or
that of nobody, and told of a mistake only then, in the same words. Between the two steps the server
keeps what it needs in its memory, for ten minutes.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from pupiltrack_core.errors import NotSignedIn, SignInRefused
from pupiltrack_core.services.account_letters import letter_about_locking
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.entry_codes import (
    matches_code,
    new_places,
    open_code,
    places_of_nobody,
)
from pupiltrack_core.services.guessing import note_guessing
from pupiltrack_core.services.one_time_codes import open_secret, step_of_code
from pupiltrack_core.services.sessions import SessionEnd, end_sessions
from pupiltrack_core.services.sign_in import (
    HALF_DONE_LIFE,
    REFUSAL,
    SET_UP,
    SignIn,
    complete_second_step,
    normalise_user_name,
    sign_in,
)
from pupiltrack_core.services.sign_in_policy import SignInPolicy
from pupiltrack_core.services.tokens import new_token
from pupiltrack_core.storage.accounts import find_user, find_user_by_name
from pupiltrack_core.storage.audit import AuditDraft, add_audit_entries
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import UserAccount
from pupiltrack_core.storage.outgoing_mail import add_mail
from pupiltrack_core.storage.sign_in_attempts import update_attempt_failed

# A 1 in 10 guess for digits, 1 in 333,333 for an app's code: so many wrong ones lock the account.
WRONG_DIGITS_LOCK = 3
WRONG_CODES_LOCK = 5
_MOST_WAITING = 5_000


class SecondStep(StrEnum):
    """What an account has: nothing yet, some second step, or one that was taken back.

    It is taken back when a forgotten password is replaced: the digits went with the password, and
    who can read a person's e-mail must not get in by that alone.
    """

    NONE = "none"
    SET = "set"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class WaitingSignIn:
    """Somebody between the two steps; where the first was not right, there is no `user_id`.

    `attempt_id` is then None too: that attempt has failed already.
    """

    user_name: str
    user_id: int | None
    places: str
    asked_at: datetime
    must_set_up: bool = False
    attempt_id: int | None = None
    password_key: bytes | None = field(default=None, repr=False)


class WaitingSignIns:
    """Everyone between the two steps, in the memory of the server's process alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_token: OrderedDict[str, WaitingSignIn] = OrderedDict()

    def add(self, token: str, waiting: WaitingSignIn) -> None:
        """Keep it under the token; the oldest go where there are more than any server has."""
        with self._lock:
            self._by_token[token] = waiting
            while len(self._by_token) > _MOST_WAITING:
                self._by_token.popitem(last=False)

    def find(self, token: str, now: datetime) -> WaitingSignIn | None:
        """Return what waits under the token, or None where nothing does any more."""
        with self._lock:
            found = self._by_token.get(token)
            if found is not None and now - found.asked_at > HALF_DONE_LIFE:
                del self._by_token[token]
                return None
            return found

    def take(self, token: str, now: datetime) -> WaitingSignIn | None:
        """Return what waits under the token, which then waits no more."""
        found = self.find(token, now)
        with self._lock:
            self._by_token.pop(token, None)
        return found


@dataclass(frozen=True, slots=True)
class SecondAnswer:
    """What was typed: the digits in their order, or the app's code; the other is empty."""

    digits: str = field(default="", repr=False)
    app_code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class StepAsked:
    """The password was taken in; `token` goes into the cookie until the second step is done."""

    token: str = field(repr=False)
    must_set_up: bool = False


def ask_second_step(
    database: Database,
    waiting: WaitingSignIns,
    *,
    user_name: str,
    password: str,
    address: str,
    policy: SignInPolicy,
    device: str | None = None,
    proof: str = "",
    now: datetime,
) -> SignIn | StepAsked:
    """Take name and password; return a whole sign-in or what is to be asked next.

    Whole only for an account without a second step where none is required. Where one is required
    a wrong password and an unknown name are asked for it like everybody else. Raises
    `TooManyAttempts` and `WorkNeeded`, and `SignInRefused` where no second step is required of the
    name.
    """
    name = normalise_user_name(user_name)
    try:
        begun = sign_in(
            database,
            user_name=user_name,
            password=password,
            address=address,
            policy=policy,
            device=device,
            proof=proof,
            now=now,
        )
    except SignInRefused:
        places = _places_asked(database, name, policy)
        if places is None:
            raise
        token = new_token()
        waiting.add(token, WaitingSignIn(name, None, places, now))
        return StepAsked(token)
    if begun.second_step is None:
        return begun
    must_set_up = begun.second_step == SET_UP
    places = _places_asked(database, name, policy) or ""
    waiting.add(
        begun.token,
        WaitingSignIn(
            name,
            begun.user_id,
            places,
            now,
            must_set_up,
            attempt_id=begun.attempt_id,
            password_key=begun.password_key,
        ),
    )
    return StepAsked(begun.token, must_set_up)


def answer_second_step(
    database: Database,
    waiting: WaitingSignIns,
    token: str,
    answer: SecondAnswer,
    *,
    policy: SignInPolicy,
    now: datetime,
) -> SignIn:
    """Check the second step and return the whole sign-in, under a new token.

    Every answer is taken once: after a wrong one the person begins again. Raises `SignInRefused`,
    in the words of a wrong password, and `NotSignedIn` for a token that is not waiting. A wrong
    answer counts against the name as a wrong password does; three wrong digit pairs, or five wrong
    codes, lock the account as well, and its owner is told by e-mail.
    """
    asked = waiting.take(token, now)
    if asked is None or asked.must_set_up:
        raise NotSignedIn(SessionEnd.HALF_DONE.message)
    with database.unit_of_work(write=True) as unit:
        # Nobody has the number 0: behind a wrong password as much is read and written.
        user = find_user(unit.session, asked.user_id or 0, lock=True)
        if user is None or not is_right_answer(user, asked, answer, policy=policy, now=now):
            update_attempt_failed(unit.session, asked.attempt_id)
            note_guessing(unit.session, policy=policy, now=now)
            count_wrong_answer(unit.session, user, answer, now=now)
            unit.commit()
            raise SignInRefused(REFUSAL)
        note_right_answer(user, answer)
        unit.commit()
    return complete_second_step(database, token, now, policy=policy)


def code_places_of(database: Database, user_id: int) -> str:
    """Return the two places of the person's own code to ask for; "" where they have none."""
    with database.unit_of_work() as unit:
        user = find_user(unit.session, user_id)
    return (user.code_places or "") if user is not None and user.code_sealed is not None else ""


def _places_asked(database: Database, name: str, policy: SignInPolicy) -> str | None:
    """Return the two places to show for a name, real or not; None where none are asked.

    Places of an account are drawn when it gets its code and again after each right answer, and
    stay the same in between: whoever watched one sign-in cannot reload until the pair returns.
    """
    with database.unit_of_work() as unit:
        user = find_user_by_name(unit.session, name) if name else None
        has_step = user is not None and user.second_step != SecondStep.NONE
        places = None if user is None else user.code_places
    if not has_step and not policy.second_step_required:
        return None
    return places or places_of_nobody(name, pepper=policy.code_pepper)


def is_right_answer(
    user: UserAccount,
    asked: WaitingSignIn,
    answer: SecondAnswer,
    *,
    policy: SignInPolicy,
    now: datetime,
) -> bool:
    """Whether the answer is the account's, whose row is locked; an app's code is used up."""
    if answer.app_code:
        return _takes_app_code(user, answer.app_code, policy=policy, now=now)
    # The places may have moved on since they were shown, by a sign-in elsewhere.
    if user.code_sealed is None or asked.password_key is None or user.code_places != asked.places:
        return False
    code = open_code(
        user.code_sealed, key=asked.password_key, pepper=policy.code_pepper, user_id=user.id
    )
    return code is not None and matches_code(code, asked.places, answer.digits)


def _takes_app_code(user: UserAccount, typed: str, *, policy: SignInPolicy, now: datetime) -> bool:
    if user.totp_sealed is None:
        return False
    secret = open_secret(user.totp_sealed, key=policy.app_key, user_id=user.id)
    step = secret and step_of_code(secret, typed, at=now, after=user.totp_step)
    if not step:
        return False
    user.totp_step = step
    return True


def note_right_answer(user: UserAccount, answer: SecondAnswer) -> None:
    """Forget wrong answers on a locked row, and draw other digits to be asked for next time."""
    user.code_failures = 0
    if answer.digits:
        user.code_places = new_places()


def count_wrong_answer(
    session: Session, user: UserAccount | None, answer: SecondAnswer, *, now: datetime
) -> None:
    """Count a wrong answer against a locked row, and lock the account after too many.

    None is for an answer behind a wrong password, which is noted and counts against nobody.
    """
    failures = 0
    if user is not None:
        failures = user.code_failures = user.code_failures + 1
    kind = "app" if answer.app_code else "digits"
    drafts = [
        AuditDraft(
            AuditAction.SIGN_IN_REFUSED,
            None if user is None else user.id,
            {"reason": "second step", "kind": kind, "failures": failures},
        )
    ]
    most = WRONG_CODES_LOCK if answer.app_code else WRONG_DIGITS_LOCK
    if user is not None and failures >= most:
        drafts += lock_for_good(session, user, by=None, now=now)
    add_audit_entries(session, drafts, at=now)


def lock_for_good(
    session: Session, user: UserAccount, *, by: int | None, now: datetime
) -> list[AuditDraft]:
    """Lock an account until somebody unlocks it, tell its owner, and return the audit drafts."""
    user.locked_until = _far_from(now)
    if user.email:
        add_mail(session, letter_about_locking(user), user_id=user.id, at=now)
    detail: dict[str, int | bool] = {"of_user": user.id, "locked": True}
    drafts = [AuditDraft(AuditAction.ACCOUNT_LOCKED, by, detail)]
    return drafts + end_sessions(session, user.id, at=now, reason=SessionEnd.REVOKED, by=by)


def _far_from(now: datetime) -> datetime:
    return now + timedelta(days=365 * 100)
