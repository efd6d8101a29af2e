"""Taking the five digits from an account that may not go on with them.

They go with the password that sealed them, and they are not enough for a role over a whole local
authority, which sees every school.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pupiltrack_core.services.account_letters import letter_about_a_second_step_taken_back
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.sessions import SessionEnd, end_sessions
from pupiltrack_core.services.sign_in import NO_SECOND_STEP
from pupiltrack_core.storage.account_models import Passkey
from pupiltrack_core.storage.audit import AuditDraft
from pupiltrack_core.storage.models import UserAccount
from pupiltrack_core.storage.outgoing_mail import add_mail


def give_up_digits(session: Session, user: UserAccount) -> bool:
    """Take the digits from a locked row, in the caller's transaction; app and passkeys stay.

    Returns whether that leaves no second step: what the account has then, the caller writes down.
    """
    if user.code_sealed is None:
        return False
    user.code_sealed = user.code_places = None
    passkey = select(Passkey.id).where(Passkey.user_id == user.id).limit(1)
    return user.totp_sealed is None and session.scalar(passkey) is None


def require_stronger_step(
    session: Session, user: UserAccount, *, by: int | None, now: datetime
) -> list[AuditDraft]:
    """Take the digits from somebody who is given a role over an authority; return what to audit.

    They are signed out, and set up another step at the next sign-in if there is none.
    """
    if user.code_sealed is None:
        return []
    if give_up_digits(session, user):
        user.second_step = NO_SECOND_STEP
        if user.email:
            letter = letter_about_a_second_step_taken_back(user)
            add_mail(session, letter, user_id=user.id, at=now)
    draft = AuditDraft(AuditAction.SECOND_STEP_WITHDRAWN, by, {"of_user": user.id})
    return [draft, *end_sessions(session, user.id, at=now, reason=SessionEnd.REVOKED, by=by)]
