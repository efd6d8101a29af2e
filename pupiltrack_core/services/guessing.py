"""Guessing at many accounts at once: a few tries with each name, from many places.

No limit of one name or of one address sees it, so names that were tried in vain are counted over
all accounts. Are they more than a usual morning brings, the administrators are told, and signing
in from a device that is not known asks the browser for a proof of work, the dearer the more names
there are. It ends by itself once the window is quiet; no account is locked for it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from pupiltrack_core.access import Role
from pupiltrack_core.errors import InvalidEntry, WorkNeeded
from pupiltrack_core.services.account_letters import letter_about_guessing
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.sign_in_policy import SignInPolicy
from pupiltrack_core.storage.accounts import find_people_to_tell
from pupiltrack_core.storage.audit import AuditDraft, add_audit_entries
from pupiltrack_core.storage.audit_search import find_unusual_uses
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.locks import LockSpace, hold_lock
from pupiltrack_core.storage.models import LocalAuthority
from pupiltrack_core.storage.outgoing_mail import add_mail
from pupiltrack_core.storage.sign_in_attempts import count_strange_names

if TYPE_CHECKING:
    from pupiltrack_core.services.proof_of_work import Challenge

FORM = "sign in"
WINDOW = timedelta(minutes=10)
TOLD_AGAIN_AFTER = timedelta(hours=1)
# Where very many get in, as on the first morning of a term, some give up: one in four is usual.
_GOT_IN_FOR_EACH = 4
# An old laptop takes ten seconds for so much, and whoever guesses has a faster machine than that.
MOST_WORK = 1_200_000
_WORK_NEEDED = (
    "Wrong passwords are being tried with many names at the moment, so a browser that your account "
    "does not know must do a small calculation first. Nobody was signed in. Type your password "
    "once more: this page does the calculation by itself."
)


def is_under_way(database: Database, *, policy: SignInPolicy, now: datetime) -> bool:
    """Whether somebody is guessing at many accounts just now."""
    with database.unit_of_work() as unit:
        return names_too_many(unit.session, policy=policy, now=now) > 0


def names_too_many(session: Session, *, policy: SignInPolicy, now: datetime) -> int:
    """Return by how many the names tried in vain are more than usual; 0 at ordinary times."""
    count = count_strange_names(session, since=now - WINDOW)
    usual = policy.guessed_names + count.got_in // _GOT_IN_FOR_EACH
    return max(0, count.in_vain - usual)


def new_challenge_to_sign_in(
    session: Session, *, policy: SignInPolicy, now: datetime
) -> Challenge | None:
    """Return the work a browser that is not known must do; None at ordinary times."""
    # Loaded by the server alone, and only while it lasts: pages load this module too.
    from pupiltrack_core.services.proof_of_work import difficulty, new_challenge

    names = names_too_many(session, policy=policy, now=now)
    if not names:
        return None
    largest = min(difficulty(names, usual=policy.guessed_names), MOST_WORK)
    return new_challenge(form=FORM, key=policy.proof_key, largest=largest, now=now)


def require_work(session: Session, proof: str, *, policy: SignInPolicy, now: datetime) -> None:
    """Use a proof up where one is asked for. Raises `WorkNeeded` for none, or one that is wrong."""
    if not names_too_many(session, policy=policy, now=now):
        return
    from pupiltrack_core.services.proof_of_work import require_proof

    try:
        require_proof(session, proof, form=FORM, key=policy.proof_key, now=now)
    except InvalidEntry as wrong:
        raise WorkNeeded(_WORK_NEEDED) from wrong


def note_guessing(session: Session, *, policy: SignInPolicy, now: datetime) -> None:
    """Raise the alarm if the failure just written down is one of too many names.

    It is written down for every authority, and its administrators are told, once in an hour.
    """
    if not names_too_many(session, policy=policy, now=now):
        return
    hold_lock(session, LockSpace.GUESSING)
    authorities = session.scalars(select(LocalAuthority.id).order_by(LocalAuthority.id)).all()
    if any(
        "names" in alarm.detail
        for alarm in find_unusual_uses(
            session, school_ids=(), authority_ids=authorities, since=now - TOLD_AGAIN_AFTER
        )
    ):
        return
    names = count_strange_names(session, since=now - WINDOW).in_vain
    minutes = int(WINDOW.total_seconds()) // 60
    drafts = []
    for authority in authorities:
        detail = {"names": names, "minutes": minutes}
        drafts.append(
            AuditDraft(AuditAction.UNUSUAL_USE, None, detail, local_authority_id=authority)
        )
        for told in find_people_to_tell(
            session,
            school_id=None,
            local_authority_id=authority,
            school_role=Role.HEAD,
            authority_role=Role.LA_ADMIN,
        ):
            letter = letter_about_guessing(told, names=names, minutes=minutes)
            add_mail(session, letter, user_id=told.id, at=now)
    add_audit_entries(session, drafts, at=now)
