"""Browsers a person has signed in with before.

Guessing at a person's name from elsewhere closes the name for strangers; a device that is known
has a count of its own, so that nobody can lock its owner out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.account_letters import letter_about_a_new_device
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.tokens import hash_token, new_token
from pupiltrack_core.storage.account_models import KnownDevice
from pupiltrack_core.storage.accounts import find_user
from pupiltrack_core.storage.audit import AuditDraft, add_audit_entries
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.outgoing_mail import add_mail

NEW_DEVICE_ALERT = "new_device"
_BROWSERS = (
    ("Edge", r"\bEdg/"),
    ("Opera", r"\bOPR/"),
    ("Firefox", r"\bFirefox/"),
    ("Chrome", r"\bChrom(?:e|ium)/"),
    ("Safari", r"\bSafari/"),
)
_SYSTEMS = (
    ("iPad or iPhone", r"\b(?:iPad|iPhone)\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("macOS", r"\bMac OS X\b"),
    ("Linux", r"\bLinux\b"),
)


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """A known device as its owner sees it."""

    device_id: int
    label: str
    first_seen_at: datetime
    last_seen_at: datetime


def device_label(user_agent: str) -> str:
    """Return browser and system in words, such as "Firefox on Windows"; nothing else is kept."""
    return f"{_first(_BROWSERS, user_agent, 'Browser')} on {_first(_SYSTEMS, user_agent, 'device')}"


def find_device(session: Session, user_id: int, token: str | None) -> KnownDevice | None:
    """Return the person's device of a cookie's token, unless they have had it forgotten."""
    if not token:
        return None
    return session.scalar(
        select(KnownDevice).where(
            KnownDevice.token_hash == hash_token(token),
            KnownDevice.user_id == user_id,
            KnownDevice.forgotten_at.is_(None),
        )
    )


def remember_device(
    database: Database, user_id: int, token: str | None, *, label: str, now: datetime
) -> str:
    """Note that the person signed in with this browser; return the token its cookie is to hold.

    The owner is told by e-mail of a device not known before, but for the first, unless they
    have asked not to be.
    """
    with database.unit_of_work(write=True) as unit:
        user = find_user(unit.session, user_id, lock=True)
        if user is None:
            raise NotFound("There is no such account.")
        known = find_device(unit.session, user_id, token)
        if known is not None and token is not None:
            known.last_seen_at = now
            unit.commit()
            return token
        has_others = unit.session.scalar(
            select(KnownDevice.id).where(KnownDevice.user_id == user_id).limit(1)
        )
        made = new_token()
        unit.session.add(
            KnownDevice(
                user_id=user_id,
                token_hash=hash_token(made),
                label=label,
                first_seen_at=now,
                last_seen_at=now,
            )
        )
        if has_others and user.email and (user.alerts or {}).get(NEW_DEVICE_ALERT, True):
            add_mail(unit.session, letter_about_a_new_device(user, label), user_id=user_id, at=now)
        unit.commit()
        return made


def devices_of(session: Session, user_id: int) -> tuple[DeviceRecord, ...]:
    """Return a person's known devices, the last used first."""
    rows = session.scalars(
        select(KnownDevice)
        .where(KnownDevice.user_id == user_id, KnownDevice.forgotten_at.is_(None))
        .order_by(KnownDevice.last_seen_at.desc(), KnownDevice.id)
    )
    return tuple(
        DeviceRecord(row.id, row.label, row.first_seen_at, row.last_seen_at) for row in rows
    )


def forget_device(database: Database, user_id: int, device_id: int, *, now: datetime) -> None:
    """Let a device of this person be a stranger's again; raise `NotFound` for any other."""
    with database.unit_of_work(write=True) as unit:
        row = unit.session.get(KnownDevice, device_id)
        if row is None or row.user_id != user_id or row.forgotten_at is not None:
            raise NotFound("There is no such device. Nothing was changed.")
        row.forgotten_at = now
        draft = AuditDraft(AuditAction.DEVICE_FORGOTTEN, user_id, {"device": device_id})
        add_audit_entries(unit.session, [draft], at=now)
        unit.commit()


def _first(known: tuple[tuple[str, str], ...], user_agent: str, otherwise: str) -> str:
    return next((name for name, mark in known if re.search(mark, user_agent)), otherwise)
