"""Signing in again without leaving: a session at the end of its full time begins anew.

The session stays the same one, so that pages that are open go on with all that was typed in them.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from pupiltrack_core.errors import InvalidEntry, NotSignedIn
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.my_account import prove_password
from pupiltrack_core.services.passkeys import Challenges, Site, proves_passkey_of
from pupiltrack_core.services.second_steps import (
    SecondAnswer,
    SecondStep,
    WaitingSignIn,
    count_wrong_answer,
    is_right_answer,
    note_right_answer,
)
from pupiltrack_core.services.sessions import SessionEnd, require_live_session
from pupiltrack_core.services.sign_in_policy import SignInPolicy
from pupiltrack_core.storage.accounts import find_user
from pupiltrack_core.storage.audit import AuditDraft, add_audit_entries
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.sessions import update_expiry
from pupiltrack_core.storage.sign_in_attempts import update_attempt_failed


def renew_session(
    database: Database,
    *,
    user_id: int,
    session_id: int,
    password: str,
    answer: SecondAnswer,
    address: str,
    policy: SignInPolicy,
    now: datetime,
) -> datetime:
    """Check password and second step, and return the new end of the session.

    Raises `InvalidEntry` for a wrong answer, whichever half it was, `TooManyAttempts` for too many
    of them, and `NotSignedIn` for a session that is over: that one cannot be had back.
    """
    proof = prove_password(
        database, user_id, password, address=address, policy=policy, now=now, wrong=_WRONG
    )
    with database.unit_of_work(write=True) as unit:
        user = find_user(unit.session, user_id, lock=True)
        if user is None:
            raise NotSignedIn(SessionEnd.ACCOUNT.message)
        if user.second_step != SecondStep.NONE:
            asked = WaitingSignIn(
                user.user_name,
                user_id,
                user.code_places or "",
                now,
                password_key=proof.password_key,
            )
            if not is_right_answer(user, asked, answer, policy=policy, now=now):
                update_attempt_failed(unit.session, proof.attempt_id)
                count_wrong_answer(unit.session, user, answer, now=now)
                unit.commit()
                raise InvalidEntry(_WRONG, field="password")
            note_right_answer(user, answer)
        ends = _renew(unit.session, user_id, session_id, policy=policy, now=now)
        unit.commit()
    return ends


def renew_session_by_passkey(
    database: Database,
    *,
    user_id: int,
    session_id: int,
    answer: str,
    challenges: Challenges,
    site: Site,
    policy: SignInPolicy,
    now: datetime,
) -> datetime:
    """Check a passkey of this very person, and return the new end of the session.

    Raises `InvalidEntry` and `NotSignedIn` as `renew_session` does.
    """
    with database.unit_of_work(write=True) as unit:
        if not proves_passkey_of(unit.session, user_id, answer, challenges, site, now=now):
            raise InvalidEntry(_WRONG, field="passkey")
        ends = _renew(unit.session, user_id, session_id, policy=policy, now=now)
        unit.commit()
    return ends


_WRONG = (
    "Something that was typed is not right. Your session goes on until its end, and nothing was "
    "changed. Check the password and the second step and try again."
)


def _renew(
    session: Session, user_id: int, session_id: int, *, policy: SignInPolicy, now: datetime
) -> datetime:
    require_live_session(session, session_id, now, policy)
    ends = now + policy.lifetime
    update_expiry(session, session_id, expires_at=ends, at=now)
    draft = AuditDraft(AuditAction.SESSION_RENEWED, user_id, {"session": session_id})
    add_audit_entries(session, [draft], at=now)
    return ends
