"""Giving an account its second step: five digits, an authenticator app, a passkey.

What is offered is kept in the server's memory until it has been proved, and is shown once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from pupiltrack_core.access import LA_ROLES, Membership
from pupiltrack_core.errors import InvalidEntry, NotFound, NotSignedIn
from pupiltrack_core.services.account_letters import letter_about_a_second_step
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.entry_codes import matches_code, new_code, new_places, seal_code
from pupiltrack_core.services.one_time_codes import new_secret, seal_secret, step_of_code
from pupiltrack_core.services.second_steps import SecondStep
from pupiltrack_core.services.sessions import SessionEnd, require_half_done_session
from pupiltrack_core.services.sign_in_policy import SignInPolicy
from pupiltrack_core.services.tokens import hash_token
from pupiltrack_core.settings import SignInProfile
from pupiltrack_core.storage.accounts import find_user
from pupiltrack_core.storage.audit import AuditDraft, add_audit_entries
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import UserAccount
from pupiltrack_core.storage.outgoing_mail import add_mail
from pupiltrack_core.storage.unit_of_work import UnitOfWork

OFFER_LIFE = timedelta(minutes=10)
_MOST_OFFERS = 2_000


class StepMethod(StrEnum):
    """The second steps there are; each but the digits asks nothing of a person's memory."""

    DIGITS = "digits"
    APP = "app"
    PASSKEY = "passkey"


def allowed_methods(
    memberships: Collection[Membership], profile: SignInProfile
) -> frozenset[StepMethod]:
    """Return the second steps a person of these roles may have.

    Under `hardened` five digits are not enough for roles over a local authority: they see every
    school, and approve accounts.
    """
    over_authority = any(membership.role in LA_ROLES for membership in memberships)
    if over_authority and profile is SignInProfile.HARDENED:
        return frozenset({StepMethod.APP, StepMethod.PASSKEY})
    return frozenset(StepMethod)


@dataclass(frozen=True, slots=True)
class Offer:
    """A code and an app's secret, shown to one person and not yet theirs."""

    user_id: int
    made_at: datetime
    code: str = field(repr=False)
    places: str
    secret: str = field(repr=False)


class Offers:
    """What is being set up, in the memory of the server's process alone, by session token."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_token: OrderedDict[str, Offer] = OrderedDict()

    def offer(self, token: str, user_id: int, now: datetime) -> Offer:
        """Return what this sign-in was offered, the same until it is taken or ten minutes old."""
        with self._lock:
            standing = self._by_token.get(token)
            if standing and standing.user_id == user_id and now - standing.made_at <= OFFER_LIFE:
                return standing
            made = Offer(user_id, now, new_code(), new_places(), new_secret())
            self._by_token[token] = made
            while len(self._by_token) > _MOST_OFFERS:
                self._by_token.popitem(last=False)
            return made

    def forget(self, token: str) -> None:
        """Let go of what was offered."""
        with self._lock:
            self._by_token.pop(token, None)


def take_digits(
    database: Database,
    offer: Offer,
    typed: str,
    *,
    password_key: bytes,
    policy: SignInPolicy,
    now: datetime,
    half_done: str | None = None,
) -> None:
    """Make the offered code the account's, once two of its digits were typed back.

    `password_key` is of the account's present password, `half_done` the token of a sign-in that
    sets its first step up. Raises `InvalidEntry` for other digits; nothing is changed then, and the
    same code stays on offer; and as `require_setting_up`.
    """
    if not matches_code(offer.code, offer.places, typed):
        raise InvalidEntry(
            "These are not the digits of the code above. Nothing was changed. Look at the code "
            "again and enter the two that are asked for.",
            field="digits",
        )
    sealed = seal_code(
        offer.code, key=password_key, pepper=policy.code_pepper, user_id=offer.user_id
    )
    with database.unit_of_work(write=True) as unit:
        user = _require_user(unit, offer.user_id)
        require_setting_up(unit.session, user, half_done, policy=policy, now=now)
        user.code_sealed, user.code_places = sealed, new_places()
        note_second_step(unit.session, user, StepMethod.DIGITS, now=now)
        unit.commit()


def take_app(
    database: Database,
    offer: Offer,
    typed: str,
    *,
    policy: SignInPolicy,
    now: datetime,
    half_done: str | None = None,
) -> None:
    """Make the offered app secret the account's, once a code of it was typed.

    `half_done` is the token of a sign-in that sets its first step up. Raises `InvalidEntry` for any
    other code; nothing is changed then; and as `require_setting_up`.
    """
    step = step_of_code(offer.secret, typed, at=now, after=None)
    if step is None:
        raise InvalidEntry(
            "This is not the code that your app should show now. Nothing was changed. Check that "
            "your phone sets its clock by itself, wait for the next code and enter that one.",
            field="app_code",
        )
    with database.unit_of_work(write=True) as unit:
        user = _require_user(unit, offer.user_id)
        require_setting_up(unit.session, user, half_done, policy=policy, now=now)
        user.totp_sealed = seal_secret(offer.secret, key=policy.app_key, user_id=user.id)
        user.totp_step = step
        note_second_step(unit.session, user, StepMethod.APP, now=now)
        unit.commit()


def withdraw_second_step(
    database: Database, user_id: int, *, by: int | None, now: datetime
) -> None:
    """Take digits and app away, so that the next sign-in sets up a second step anew.

    For whoever looks after accounts, when a person has lost the code or the phone; passkeys stay.
    Raises `NotFound` for no account.
    """
    with database.unit_of_work(write=True) as unit:
        user = _require_user(unit, user_id)
        clear_second_step(user)
        draft = AuditDraft(AuditAction.SECOND_STEP_WITHDRAWN, by, {"of_user": user_id})
        add_audit_entries(unit.session, [draft], at=now)
        unit.commit()


def clear_second_step(user: UserAccount) -> None:
    """Take digits and app from a locked row, in the caller's transaction; passkeys stay."""
    user.code_sealed = user.code_places = None
    user.totp_sealed = user.totp_step = None
    user.code_failures = 0
    user.second_step = SecondStep.NONE


def require_setting_up(
    session: Session,
    user: UserAccount,
    half_done: str | None,
    *,
    policy: SignInPolicy,
    now: datetime,
) -> None:
    """Raise `NotSignedIn` unless this sign-in waits for the first second step of a locked row.

    What the server remembers of it outlives its session, and the account may have a step by now:
    who knows no more than a password, perhaps an old one, must not add a step of their own. None is
    for a person who is signed in.
    """
    if half_done is None:
        return
    waiting = require_half_done_session(session, hash_token(half_done), now, policy)
    if waiting.user_id != user.id or user.second_step != SecondStep.NONE:
        raise NotSignedIn(SessionEnd.HALF_DONE.message)


def note_second_step(
    session: Session, user: UserAccount, method: StepMethod, *, now: datetime
) -> None:
    """Note on a locked row that the account has a second step, audit it and tell its owner."""
    user.second_step = SecondStep.SET
    user.code_failures = 0
    if user.email:
        letter = letter_about_a_second_step(user, _SET_UP[method])
        add_mail(session, letter, user_id=user.id, at=now)
    draft = AuditDraft(AuditAction.SECOND_STEP_SET, user.id, {"method": str(method)})
    add_audit_entries(session, [draft], at=now)


_SET_UP = {
    StepMethod.DIGITS: "A five-digit code was set up for your account.",
    StepMethod.APP: "An authenticator app was set up for your account.",
    StepMethod.PASSKEY: "A passkey was added to your account.",
}


def _require_user(unit: UnitOfWork, user_id: int) -> UserAccount:
    user = find_user(unit.session, user_id, lock=True)
    if user is None:
        raise NotFound("There is no such account. Nothing was changed.")
    return user
