"""What people do with their own account: password, second steps, address, alerts, devices.

Everything that could be used to take an account over asks for the present password again, counts
wrong ones like sign-in does, and is told to the owner by e-mail.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pupiltrack_core.errors import InvalidEntry, NotFound
from pupiltrack_core.services.account_letters import (
    letter_about_a_new_password,
    letter_to_confirm_address,
    letter_to_give_up_address,
)
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.entered_contacts import required_email
from pupiltrack_core.services.entry_codes import open_code, seal_code
from pupiltrack_core.services.known_devices import (
    NEW_DEVICE_ALERT,
    DeviceRecord,
    devices_of,
)
from pupiltrack_core.services.one_use_links import (
    LinkPurpose,
    has_unused_link,
    new_link,
    use_link,
    withdraw_links,
)
from pupiltrack_core.services.passkeys import PasskeyRecord, passkeys_in
from pupiltrack_core.services.passwords import check_new_password, check_password, hash_with_key
from pupiltrack_core.services.rate_limits import attempt_keys, reserve_attempt
from pupiltrack_core.services.sessions import SessionEnd, end_sessions
from pupiltrack_core.services.sign_in_policy import SignInPolicy
from pupiltrack_core.storage.accounts import find_place_names, find_user
from pupiltrack_core.storage.audit import AuditDraft, add_audit_entries
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import UserAccount, UserSession
from pupiltrack_core.storage.outgoing_mail import add_mail
from pupiltrack_core.storage.sign_in_attempts import update_attempt_succeeded

SIGN_INS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class PastSignIn:
    """A sign-in of the person, the latest first; `ended` is why it is over, None while it lasts."""

    at: datetime
    is_this_one: bool
    ended: str | None


@dataclass(frozen=True, slots=True)
class MyAccount:
    """An account as its owner sees it."""

    user_name: str
    display_name: str
    email: str | None
    has_digits: bool
    has_app: bool
    passkeys: tuple[PasskeyRecord, ...]
    devices: tuple[DeviceRecord, ...]
    sign_ins: tuple[PastSignIn, ...]
    tells_of_new_devices: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """That the present password was given just now, at which attempt, with the key it yields."""

    user_id: int
    attempt_id: int
    password_key: bytes | None = field(repr=False)


def my_account(database: Database, user_id: int, session_id: int) -> MyAccount:
    """Return the account of the person of this session. Raises `NotFound` for none."""
    with database.unit_of_work() as unit:
        user = _require(unit.session, user_id)
        return MyAccount(
            user_name=user.user_name,
            display_name=user.display_name,
            email=user.email,
            has_digits=user.code_sealed is not None,
            has_app=user.totp_sealed is not None,
            passkeys=passkeys_in(unit.session, user_id),
            devices=devices_of(unit.session, user_id),
            sign_ins=_past_sign_ins(unit.session, user_id, session_id),
            tells_of_new_devices=bool((user.alerts or {}).get(NEW_DEVICE_ALERT, True)),
        )


def prove_password(
    database: Database,
    user_id: int,
    password: str,
    *,
    address: str,
    policy: SignInPolicy,
    now: datetime,
    wrong: str = "This is not your present password. Nothing was changed. Try again.",
) -> Proof:
    """Check the present password of somebody signed in.

    Raises `InvalidEntry`, in the words of `wrong`, for a wrong one and `TooManyAttempts` for too
    many of them; a session left open on a desk is no way to guess.
    """
    with database.unit_of_work(write=True) as unit:
        user = _require(unit.session, user_id)
        keys = attempt_keys(user_name=user.user_name, address=address, policy=policy)
        attempt = reserve_attempt(unit.session, keys, now=now)
        stored = user.password_hash
        unit.commit()
    check = check_password(stored, password, policy.hashing)
    if not check.right:
        raise InvalidEntry(wrong, field="current_password")
    with database.unit_of_work(write=True) as unit:
        update_attempt_succeeded(unit.session, attempt)
        unit.commit()
    return Proof(user_id, attempt, check.key)


def change_own_password(
    database: Database,
    proof: Proof,
    *,
    password: str,
    session_id: int,
    policy: SignInPolicy,
    now: datetime,
) -> None:
    """Set a new password; the five digits stay, and every session but this one ends.

    Raises `InvalidEntry` for a password that may not be chosen. The owner is told by e-mail.
    """
    with database.unit_of_work() as unit:
        name = _require(unit.session, proof.user_id).user_name
        places = find_place_names(unit.session, proof.user_id)
    check_new_password(password, user_name=name, profile=policy.profile, names=places)
    made = hash_with_key(password, policy.hashing)
    with database.unit_of_work(write=True) as unit:
        user = _require(unit.session, proof.user_id, lock=True)
        user.code_sealed = _sealed_anew(user, proof.password_key, made.key, policy=policy)
        user.password_hash = made.stored
        drafts = [AuditDraft(AuditAction.PASSWORD_CHANGED, user.id, {"of_user": user.id})]
        drafts += end_sessions(
            unit.session, user.id, at=now, reason=SessionEnd.REVOKED, by=user.id, but=session_id
        )
        if user.email:
            add_mail(unit.session, letter_about_a_new_password(user), user_id=user.id, at=now)
        add_audit_entries(unit.session, drafts, at=now)
        unit.commit()


def ask_for_new_address(
    database: Database, proof: Proof, address: str, *, portal: str, now: datetime
) -> None:
    """Send a link to the new address and, if there is one, to the old; both must be opened.

    `portal` is the portal's own address. Until then the old address stays. Raises `InvalidEntry`
    for what is no address.
    """
    wanted = required_email(address, field="email", undone="Nothing was changed.")
    with database.unit_of_work(write=True) as unit:
        user = _require(unit.session, proof.user_id, lock=True)
        both = (LinkPurpose.NEW_ADDRESS, LinkPurpose.OLD_ADDRESS)
        withdraw_links(unit.session, user.id, *both, at=now)
        detail = {"address": wanted, "replaces": user.email}
        link = new_link(
            unit.session, LinkPurpose.NEW_ADDRESS, user_id=user.id, at=now, detail=detail
        )
        letter = letter_to_confirm_address(user, wanted, f"{portal}/account/address/{link}")
        add_mail(unit.session, letter, user_id=user.id, at=now)
        if user.email:
            link = new_link(
                unit.session, LinkPurpose.OLD_ADDRESS, user_id=user.id, at=now, detail=detail
            )
            letter = letter_to_give_up_address(user, f"{portal}/account/address/{link}")
            add_mail(unit.session, letter, user_id=user.id, at=now)
        draft = AuditDraft(AuditAction.ADDRESS_ASKED, user.id, {"of_user": user.id})
        add_audit_entries(unit.session, [draft], at=now)
        unit.commit()


def confirm_address(database: Database, token: str, *, now: datetime) -> bool:
    """Use one of the two links; return True once both were used and the address has changed.

    Raises `NotFound` for a link that was used, is too old, or was withdrawn by a newer one.
    """
    with database.unit_of_work(write=True) as unit:
        link, other = None, LinkPurpose.OLD_ADDRESS
        for purpose, its_other in (
            (LinkPurpose.NEW_ADDRESS, LinkPurpose.OLD_ADDRESS),
            (LinkPurpose.OLD_ADDRESS, LinkPurpose.NEW_ADDRESS),
        ):
            if link is None:
                link, other = use_link(unit.session, token, purpose, at=now), its_other
        if link is None or link.user_id is None:
            raise NotFound(
                "This link no longer works: it was used, or is too old, or a newer one was asked "
                "for. Nothing was changed. Sign in and ask for a new one under My account."
            )
        user = _require(unit.session, link.user_id, lock=True)
        needs_other = link.detail.get("replaces") is not None
        if needs_other and has_unused_link(unit.session, user.id, other):
            unit.commit()
            return False
        if user.email == link.detail.get("replaces"):
            user.email = str(link.detail["address"])
        draft = AuditDraft(AuditAction.ADDRESS_CHANGED, user.id, {"of_user": user.id})
        add_audit_entries(unit.session, [draft], at=now)
        unit.commit()
        return True


def choose_alerts(database: Database, user_id: int, *, of_new_devices: bool, now: datetime) -> None:
    """Keep which messages the person wants; those about a changed account are always sent."""
    with database.unit_of_work(write=True) as unit:
        user = _require(unit.session, user_id, lock=True)
        user.alerts = {**(user.alerts or {}), NEW_DEVICE_ALERT: of_new_devices}
        draft = AuditDraft(AuditAction.ALERTS_CHOSEN, user_id, {"new_devices": of_new_devices})
        add_audit_entries(unit.session, [draft], at=now)
        unit.commit()


def end_other_sessions(database: Database, user_id: int, session_id: int, *, now: datetime) -> int:
    """End every session of the person but this one; return how many there were."""
    with database.unit_of_work(write=True) as unit:
        _require(unit.session, user_id, lock=True)
        drafts = end_sessions(
            unit.session, user_id, at=now, reason=SessionEnd.REVOKED, by=user_id, but=session_id
        )
        add_audit_entries(unit.session, drafts, at=now)
        unit.commit()
    ended = drafts[0].detail["sessions"] if drafts else ()
    return len(ended) if isinstance(ended, tuple) else 0


def _sealed_anew(
    user: UserAccount, old_key: bytes | None, new_key: bytes, *, policy: SignInPolicy
) -> bytes | None:
    if user.code_sealed is None or old_key is None:
        return None
    code = open_code(user.code_sealed, key=old_key, pepper=policy.code_pepper, user_id=user.id)
    if code is None:
        return None
    return seal_code(code, key=new_key, pepper=policy.code_pepper, user_id=user.id)


def _past_sign_ins(session: Session, user_id: int, session_id: int) -> tuple[PastSignIn, ...]:
    rows = session.scalars(
        select(UserSession)
        .where(UserSession.user_id == user_id, UserSession.second_step_done)
        .order_by(UserSession.id.desc())
        .limit(SIGN_INS_SHOWN)
    )
    return tuple(
        PastSignIn(row.created_at, row.id == session_id, row.revoked_reason) for row in rows
    )


def _require(session: Session, user_id: int, *, lock: bool = False) -> UserAccount:
    user = find_user(session, user_id, lock=lock)
    if user is None:
        raise NotFound("There is no such account. Nothing was changed.")
    return user
