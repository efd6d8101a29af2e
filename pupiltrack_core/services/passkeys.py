"""Signing in with a passkey (WebAuthn): no password, no code, nothing to remember.

The person's device keeps the private key and asks for a finger, a face or its own number, so a
passkey is two steps in one. The portal keeps the public key, which opens nothing.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from pupiltrack_core.errors import InvalidEntry, NotFound, SignInRefused
from pupiltrack_core.services.account_letters import letter_about_a_second_step
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.rate_limits import attempt_keys, reserve_attempt
from pupiltrack_core.services.second_step_setup import (
    StepMethod,
    note_second_step,
    require_setting_up,
)
from pupiltrack_core.services.second_steps import SecondStep
from pupiltrack_core.services.sessions import AccountStatus, is_locked
from pupiltrack_core.services.sign_in import REFUSAL, SignIn, begin_session
from pupiltrack_core.services.sign_in_policy import SignInPolicy
from pupiltrack_core.services.tokens import new_token
from pupiltrack_core.storage.account_models import Passkey
from pupiltrack_core.storage.accounts import find_user
from pupiltrack_core.storage.audit import AuditDraft, add_audit_entries
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import UserAccount
from pupiltrack_core.storage.outgoing_mail import add_mail
from pupiltrack_core.storage.unit_of_work import UnitOfWork

SITE_NAME = "PupilTrack"
CHALLENGE_LIFE = timedelta(minutes=5)
LONGEST_NAME = 60
MOST_PASSKEYS = 10
_MOST_CHALLENGES = 5_000


@dataclass(frozen=True, slots=True)
class Site:
    """The portal as the browser knows it: the host name passkeys belong to, and the origin."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class PasskeyRecord:
    """A passkey as its owner sees it."""

    passkey_id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


class Challenges:
    """Random numbers to be signed, each once and within five minutes, in memory alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: OrderedDict[bytes, tuple[datetime, int | None]] = OrderedDict()

    def new(self, now: datetime, *, user_id: int | None = None) -> bytes:
        """Return a challenge; one made for a person is good for that person only."""
        challenge = secrets.token_bytes(32)
        with self._lock:
            self._made[challenge] = (now, user_id)
            while len(self._made) > _MOST_CHALLENGES:
                self._made.popitem(last=False)
        return challenge

    def take(self, challenge: bytes, now: datetime, *, user_id: int | None = None) -> bool:
        """Whether this challenge was made, for this person, and had not been taken or grown old."""
        with self._lock:
            made = self._made.pop(challenge, None)
        return made is not None and now - made[0] <= CHALLENGE_LIFE and made[1] == user_id


def registration_options(
    database: Database, user_id: int, challenges: Challenges, site: Site, *, now: datetime
) -> str:
    """Return, as JSON, what the browser needs to make a passkey for this person here."""
    with database.unit_of_work() as unit:
        user = _require_user(unit.session, user_id)
        known = [row.credential_id for row in _passkeys(unit.session, user_id)]
        name, shown = user.user_name, user.display_name
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=SITE_NAME,
        user_id=_handle(user_id),
        user_name=name,
        user_display_name=shown,
        challenge=challenges.new(now, user_id=user_id),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in known
        ],
    )
    return options_to_json(options)


def add_passkey(
    database: Database,
    user_id: int,
    answer: str,
    challenges: Challenges,
    site: Site,
    *,
    name: str,
    policy: SignInPolicy,
    now: datetime,
    half_done: str | None = None,
) -> int:
    """Check what the browser made, keep it under a name, and return its row number.

    `half_done` is the token of a sign-in that sets its first step up. Raises `InvalidEntry` for an
    answer that does not prove itself, a name that is blank or too long, and an eleventh passkey;
    and as `require_setting_up`.
    """
    shown = " ".join(name.split())
    if not shown.isprintable() or not 0 < len(shown) <= LONGEST_NAME:
        raise InvalidEntry(
            f"A passkey's name has 1 to {LONGEST_NAME} characters. Nothing was changed.",
            field="passkey_name",
        )
    parsed, challenge = _parse(answer)
    if challenge is None or not challenges.take(challenge, now, user_id=user_id):
        raise _unproved()
    try:
        made = verify_registration_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except WebAuthnException as error:
        raise _unproved() from error
    with database.unit_of_work(write=True) as unit:
        user = _require_user(unit.session, user_id, lock=True)
        require_setting_up(unit.session, user, half_done, policy=policy, now=now)
        if len(_passkeys(unit.session, user_id)) >= MOST_PASSKEYS:
            raise InvalidEntry(
                f"An account has at most {MOST_PASSKEYS} passkeys. Nothing was changed. Remove one "
                "you no longer use first.",
                field="passkey_name",
            )
        row = Passkey(
            user_id=user_id,
            credential_id=bytes_to_base64url(made.credential_id),
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            transports=_transports(parsed),
            name=shown,
            created_at=now,
        )
        unit.session.add(row)
        unit.session.flush()
        passkey_id = row.id
        note_second_step(unit.session, user, StepMethod.PASSKEY, now=now)
        unit.commit()
    return passkey_id


def passkeys_in(session: Session, user_id: int) -> tuple[PasskeyRecord, ...]:
    """Return a person's passkeys, oldest first, in the caller's transaction."""
    return tuple(
        PasskeyRecord(row.id, row.name, row.created_at, row.last_used_at)
        for row in _passkeys(session, user_id)
    )


def sign_in_options(challenges: Challenges, site: Site, *, now: datetime) -> str:
    """Return, as JSON, what the browser needs to offer the passkeys it has for the portal."""
    options = generate_authentication_options(
        rp_id=site.host,
        challenge=challenges.new(now),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def sign_in_with_passkey(
    database: Database,
    answer: str,
    challenges: Challenges,
    site: Site,
    *,
    address: str,
    policy: SignInPolicy,
    now: datetime,
) -> SignIn:
    """Check the signature and begin a whole session, as name, password and second step do.

    Raises `SignInRefused`, the same for every cause, and `TooManyAttempts`.
    """
    # Only the address is limited: a passkey cannot be guessed, and comes without a name to close.
    keys = attempt_keys(user_name=new_token(), address=address, policy=policy, of="passkey")
    parsed, challenge = _parse(answer)
    with database.unit_of_work(write=True) as unit:
        attempt_id = reserve_attempt(unit.session, keys, now=now)
        row = _find_passkey(unit.session, parsed)
        user = None if row is None else find_user(unit.session, row.user_id, lock=True)
        is_made = challenge is not None and challenges.take(challenge, now)
        if row is None or user is None or challenge is None or not is_made:
            return _refuse(unit, "unknown passkey", None if user is None else user.id, now=now)
        count = _verified_count(row, parsed, challenge, site)
        if count is None:
            return _refuse(unit, "passkey", user.id, now=now)
        if user.status != AccountStatus.ACTIVE or is_locked(user.locked_until, now):
            return _refuse(unit, "account", user.id, now=now)
        row.sign_count, row.last_used_at = count, now
        begun = begin_session(
            unit.session, user, attempt_id, keys, policy=policy, now=now, by_passkey=True
        )
        unit.commit()
    return begun


def proves_passkey_of(
    session: Session,
    user_id: int,
    answer: str,
    challenges: Challenges,
    site: Site,
    *,
    now: datetime,
) -> bool:
    """Whether a passkey of this very person signed the answer, in the caller's transaction."""
    parsed, challenge = _parse(answer)
    row = _find_passkey(session, parsed)
    if row is None or row.user_id != user_id or challenge is None:
        return False
    if not challenges.take(challenge, now):
        return False
    count = _verified_count(row, parsed, challenge, site)
    if count is None:
        return False
    row.sign_count, row.last_used_at = count, now
    return True


def remove_passkey(
    database: Database, user_id: int, passkey_id: int, *, by: int | None, now: datetime
) -> None:
    """Remove a passkey of this person; raise `NotFound` for any other.

    An account left without any second step sets one up at its next sign-in.
    """
    with database.unit_of_work(write=True) as unit:
        user = _require_user(unit.session, user_id, lock=True)
        row = unit.session.get(Passkey, passkey_id)
        if row is None or row.user_id != user_id:
            raise NotFound("There is no such passkey. Nothing was changed.")
        unit.session.delete(row)
        unit.session.flush()
        has_other = user.code_sealed is not None or user.totp_sealed is not None
        if not has_other and not _passkeys(unit.session, user_id):
            user.second_step = SecondStep.NONE
        if user.email:
            letter = letter_about_a_second_step(user, "A passkey was removed from your account.")
            add_mail(unit.session, letter, user_id=user_id, at=now)
        draft = AuditDraft(AuditAction.PASSKEY_REMOVED, by, {"of_user": user_id})
        add_audit_entries(unit.session, [draft], at=now)
        unit.commit()


def _refuse(unit: UnitOfWork, reason: str, user_id: int | None, *, now: datetime) -> SignIn:
    draft = AuditDraft(AuditAction.SIGN_IN_REFUSED, user_id, {"reason": reason})
    add_audit_entries(unit.session, [draft], at=now)
    unit.commit()
    raise SignInRefused(REFUSAL)


def _verified_count(
    row: Passkey, parsed: dict[str, Any], challenge: bytes, site: Site
) -> int | None:
    """Return the device's new count of signatures, or None where the signature is not good."""
    try:
        return verify_authentication_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        ).new_sign_count
    except WebAuthnException:
        return None


def _parse(answer: str) -> tuple[dict[str, Any], bytes | None]:
    """Return the browser's answer and the challenge it signed; an empty one for nonsense."""
    try:
        parsed = json.loads(answer)
        client = json.loads(base64url_to_bytes(parsed["response"]["clientDataJSON"]))
        return parsed, base64url_to_bytes(client["challenge"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}, None


def _transports(parsed: dict[str, Any]) -> list[str]:
    given = parsed.get("response", {}).get("transports", [])
    known = ("usb", "nfc", "ble", "internal", "hybrid", "smart-card")
    return [name for name in known if isinstance(given, list) and name in given]


def _find_passkey(session: Session, parsed: dict[str, Any]) -> Passkey | None:
    credential_id = parsed.get("id")
    if not isinstance(credential_id, str):
        return None
    return session.scalar(select(Passkey).where(Passkey.credential_id == credential_id))


def _passkeys(session: Session, user_id: int) -> list[Passkey]:
    return list(
        session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id))
    )


def _require_user(session: Session, user_id: int, *, lock: bool = False) -> UserAccount:
    user = find_user(session, user_id, lock=lock)
    if user is None:
        raise NotFound("There is no such account. Nothing was changed.")
    return user


def _handle(user_id: int) -> bytes:
    # WebAuthn wants a handle that is no name and no address; it never leaves device and portal.
    return f"pupiltrack-{user_id}".encode()


def _unproved() -> InvalidEntry:
    return InvalidEntry(
        "The passkey could not be checked. Nothing was changed. Try again; if it does not work, "
        "use an authenticator app.",
        field="passkey",
    )
