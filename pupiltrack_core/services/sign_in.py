"""Signing in with name and password; whoever has a second step is half in until it is done.

Whatever is wrong - name, password, an account that is locked, pending or disabled - takes the same
path, does the same work and gives the same answer.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from pupiltrack_core.errors import NotSignedIn, SignInRefused
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.entry_codes import open_code, seal_code
from pupiltrack_core.services.guessing import (
    new_challenge_to_sign_in,
    note_guessing,
    require_work,
)
from pupiltrack_core.services.known_devices import find_device
from pupiltrack_core.services.passwords import (
    HashedPassword,
    check_password,
    hash_with_key,
    needs_rehash,
)
from pupiltrack_core.services.rate_limits import (
    AttemptKeys,
    attempt_keys,
    closed_for,
    reserve_attempt,
)
from pupiltrack_core.services.sessions import (
    AccountStatus,
    SessionEnd,
    end_half_done_sessions,
    end_sessions,
    is_locked,
    require_half_done_session,
)
from pupiltrack_core.services.sign_in_policy import DEFAULT_POLICY, SignInPolicy, utc_now
from pupiltrack_core.services.tokens import hash_token, new_token
from pupiltrack_core.storage.accounts import find_user, find_user_by_name, update_failures
from pupiltrack_core.storage.audit import AuditDraft, DetailValue, add_audit_entries
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import UserAccount
from pupiltrack_core.storage.sessions import add_session, update_second_step_done
from pupiltrack_core.storage.sign_in_attempts import update_attempt_succeeded

if TYPE_CHECKING:
    from pupiltrack_core.services.proof_of_work import Challenge

LONGEST_USER_NAME = 100
NO_SECOND_STEP = "none"
# For an account that must have a second step and has none yet: it is set up before a page opens.
SET_UP = "set up"
# Between password and second step there is not much time, and no page to spend it on.
HALF_DONE_LIFE = timedelta(minutes=10)
REFUSAL = (
    "You were not signed in. Something that was typed is not right, or the account cannot be used "
    "at the moment. Check the name, the password and, if it was asked for, the code, and try "
    "again. If it still does not work, ask whoever looks after accounts at your school or local "
    "authority."
)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A session begun. `token` goes into the cookie and is kept nowhere else.

    `second_step` names the step still to be done, None where there is none: until then the token
    opens no page. `failed_before` counts the failures since the last sign-in, to be told.
    `attempt_id` is the attempt to sign in that a wrong second step makes a failure, and
    `password_key` what this password alone yields; it is stored nowhere.
    """

    token: str = field(repr=False)
    session_id: int
    user_id: int
    expires_at: datetime
    second_step: str | None
    failed_before: int
    attempt_id: int | None = None
    password_key: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class _Attempt:
    id: int
    keys: AttemptKeys
    user_id: int | None
    password_hash: str | None


def sign_in(
    database: Database,
    *,
    user_name: str,
    password: str,
    address: str,
    policy: SignInPolicy,
    device: str | None = None,
    proof: str = "",
    now: datetime | None = None,
) -> SignIn:
    """Check name and password and begin a session; the newest one ends the person's others.

    `address` is the client's and `device` its cookie's token, if it has one: for rate limits.
    Raises `SignInRefused`, the same for every cause, or `TooManyAttempts` for a name or an address
    tried too often, known or not. While somebody guesses at many accounts, `WorkNeeded` where the
    device is not known and `proof` is none.
    """
    moment = now or utc_now()
    attempt = _reserve(database, user_name, address, device, proof=proof, policy=policy, now=moment)
    check = check_password(attempt.password_hash, password, policy.hashing)
    old = attempt.password_hash and needs_rehash(attempt.password_hash, policy.hashing)
    renewed = hash_with_key(password, policy.hashing) if check.right and old else None
    with database.unit_of_work(write=True) as unit:
        user = find_user(unit.session, attempt.user_id or 0, lock=True)
        refusal = _refusal(user, attempt, right=check.right, now=moment)
        if user is None or refusal is not None:
            _refuse(unit.session, attempt, refusal or "unknown", policy=policy, now=moment)
            unit.commit()
            raise SignInRefused(REFUSAL)
        key = check.key
        if renewed is not None:
            _renew(user, renewed, key, policy=policy)
            key = renewed.key
        begun = begin_session(
            unit.session, user, attempt.id, attempt.keys, policy=policy, now=moment
        )
        unit.commit()
    return replace(begun, password_key=key)


def challenge_to_sign_in(
    database: Database,
    user_name: str,
    *,
    device: str | None,
    policy: SignInPolicy,
    now: datetime,
) -> Challenge | None:
    """Return the work to do before this name is tried; None at ordinary times.

    None as well for a device that the name knows, which its owner alone has.
    """
    with database.unit_of_work() as unit:
        user = find_user_by_name(unit.session, normalise_user_name(user_name))
        if user is not None and find_device(unit.session, user.id, device) is not None:
            return None
        return new_challenge_to_sign_in(unit.session, policy=policy, now=now)


def complete_second_step(
    database: Database,
    token: str,
    now: datetime | None = None,
    *,
    policy: SignInPolicy = DEFAULT_POLICY,
) -> SignIn:
    """Make a half-done session whole, once its second step has been checked; its token changes.

    The check itself belongs to the step. Raises `NotSignedIn` for a token that is not waiting.
    """
    moment = now or utc_now()
    with database.unit_of_work(write=True) as unit:
        waiting = require_half_done_session(unit.session, hash_token(token), moment, policy)
        find_user(unit.session, waiting.user_id, lock=True)
        whole, expires_at = new_token(), waiting.created_at + policy.lifetime
        if not update_second_step_done(
            unit.session,
            waiting.session_id,
            token_hash=hash_token(whole),
            at=moment,
            expires_at=expires_at,
        ):
            raise NotSignedIn(SessionEnd.HALF_DONE.message)
        drafts = [
            AuditDraft(
                AuditAction.SECOND_STEP_DONE, waiting.user_id, {"session": waiting.session_id}
            )
        ]
        if policy.single_device:
            drafts += end_sessions(
                unit.session,
                waiting.user_id,
                at=moment,
                reason=SessionEnd.REPLACED,
                by=waiting.user_id,
                but=waiting.session_id,
            )
        add_audit_entries(unit.session, drafts, at=moment)
        unit.commit()
    return SignIn(
        token=whole,
        session_id=waiting.session_id,
        user_id=waiting.user_id,
        expires_at=expires_at,
        second_step=None,
        failed_before=0,
    )


def normalise_user_name(user_name: str) -> str:
    """Return the name as it is stored: composed, trimmed, case-folded; "" for one nobody can have.

    A name nobody can have is too long or holds characters that cannot be seen.
    """
    text = unicodedata.normalize("NFKC", user_name).strip().casefold()
    if not text.isprintable() or len(text) > LONGEST_USER_NAME:
        return ""
    return text


def _reserve(
    database: Database,
    user_name: str,
    address: str,
    device: str | None,
    *,
    proof: str,
    policy: SignInPolicy,
    now: datetime,
) -> _Attempt:
    name = normalise_user_name(user_name)
    with database.unit_of_work(write=True) as unit:
        user = find_user_by_name(unit.session, name)
        known = find_device(unit.session, 0 if user is None else user.id, device)
        # A device its owner has used before has a count of its own: see `known_devices`.
        counted = "name" if known is None else f"name on device {known.id}"
        keys = attempt_keys(user_name=name, address=address, policy=policy, of=counted)
        if known is None:
            require_work(unit.session, proof, policy=policy, now=now)
        attempt_id = reserve_attempt(unit.session, keys, now=now, by_stranger=known is None)
        unit.commit()
    return _Attempt(
        id=attempt_id,
        keys=keys,
        user_id=None if user is None else user.id,
        password_hash=None if user is None else user.password_hash,
    )


def _renew(
    user: UserAccount, renewed: HashedPassword, key: bytes | None, *, policy: SignInPolicy
) -> None:
    """Store the dearer hash, and seal the five digits anew: their key comes of the hash."""
    user.password_hash = renewed.stored
    if user.code_sealed is None:
        return
    code = key and open_code(user.code_sealed, key=key, pepper=policy.code_pepper, user_id=user.id)
    user.code_sealed = (
        seal_code(code, key=renewed.key, pepper=policy.code_pepper, user_id=user.id)
        if code
        else None
    )


def _refusal(
    user: UserAccount | None, attempt: _Attempt, *, right: bool, now: datetime
) -> str | None:
    """Why the audit says it was refused; the person is never told."""
    if user is None:
        return "unknown"
    if not right or user.password_hash != attempt.password_hash:
        return "password"
    if user.status != AccountStatus.ACTIVE:
        return user.status
    return "locked" if is_locked(user.locked_until, now) else None


def _refuse(
    session: Session, attempt: _Attempt, reason: str, *, policy: SignInPolicy, now: datetime
) -> None:
    update_failures(session, attempt.user_id)
    note_guessing(session, policy=policy, now=now)
    wait = closed_for(session, attempt.keys, now=now)
    detail: dict[str, str | int] = {
        "reason": reason,
        "from": attempt.keys.address_hash[:12],
        "closed_for_seconds": int(wait.total_seconds()),
    }
    draft = AuditDraft(AuditAction.SIGN_IN_REFUSED, attempt.user_id, detail)
    add_audit_entries(session, [draft], at=now)


def begin_session(
    session: Session,
    user: UserAccount,
    attempt_id: int,
    keys: AttemptKeys,
    *,
    policy: SignInPolicy,
    now: datetime,
    by_passkey: bool = False,
) -> SignIn:
    """Begin a session for a locked row whose owner has proved themselves, in its transaction.

    It is whole for a passkey, which is both steps in one, and where no second step is asked.
    """
    update_attempt_succeeded(session, attempt_id)
    failed_before, user.failed_attempts = user.failed_attempts, 0
    user.last_sign_in_at = now
    step = user.second_step
    if step == NO_SECOND_STEP and policy.second_step_required:
        step = SET_UP
    whole = by_passkey or step == NO_SECOND_STEP
    expires_at = now + (policy.lifetime if whole else HALF_DONE_LIFE)
    drafts: list[AuditDraft] = []
    end_half_done_sessions(session, user.id, at=now)
    if whole and policy.single_device:
        # A password alone must not throw out whoever has done both steps.
        drafts += end_sessions(session, user.id, at=now, reason=SessionEnd.REPLACED, by=user.id)
    token = new_token()
    session_id = add_session(
        session,
        user_id=user.id,
        token_hash=hash_token(token),
        created_at=now,
        expires_at=expires_at,
        second_step_done=whole,
    )
    detail: dict[str, DetailValue] = {
        "session": session_id,
        "from": keys.address_hash[:12],
        "failed_before": failed_before,
        "passkey": by_passkey,
    }
    drafts.append(AuditDraft(AuditAction.SIGNED_IN, user.id, detail))
    add_audit_entries(session, drafts, at=now)
    return SignIn(
        token=token,
        session_id=session_id,
        user_id=user.id,
        expires_at=expires_at,
        second_step=None if whole else step,
        failed_before=failed_before,
        attempt_id=attempt_id,
    )
