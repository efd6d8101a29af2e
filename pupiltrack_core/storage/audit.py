"""The audit: rows that are only ever added, each hash covering the row before it.

An edited or removed row breaks the chain where it stood. Rows cut from the end leave a shorter
chain that is whole: only a head noted elsewhere (`find_audit_head`) shows it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.locks import LockSpace, hold_lock
from pupiltrack_core.storage.models import AuditEntry

FIRST_LINK = "0" * 64
DetailValue = bool | int | str | None | Sequence[int] | Sequence[str]
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_WORDS = re.compile(r"[\w .,:;/+()&'-]{0,100}")
_UPN = re.compile(r"\b[A-Z]\d{11}[0-9A-Z]\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AuditDraft:
    """What is to be written down; `detail` holds ids, counts and field names only."""

    action: str
    user_id: int | None
    detail: Mapping[str, DetailValue]
    school_id: int | None = None
    local_authority_id: int | None = None


@dataclass(frozen=True, slots=True)
class AuditHead:
    """How many rows there are and the last one's hash: what to note outside the database."""

    rows: int
    entry_hash: str


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """What checking the chain found; `faults` says where it is broken and is empty if whole."""

    head: AuditHead
    faults: tuple[str, ...]


def add_audit_entries(session: Session, drafts: Sequence[AuditDraft], *, at: datetime) -> None:
    """Append the rows to the chain. Call it last before commit: every writer waits for this lock.

    Raises ValueError for a detail that could hold personal data, which is a fault of the caller.
    """
    bodies = [_encode(draft.detail) for draft in drafts]
    hold_lock(session, LockSpace.AUDIT)
    previous = session.scalar(select(AuditEntry.entry_hash).order_by(AuditEntry.id.desc()).limit(1))
    link = previous or FIRST_LINK
    for draft, body in zip(drafts, bodies, strict=True):
        entry = AuditEntry(
            at=at,
            user_id=draft.user_id,
            action=draft.action,
            local_authority_id=draft.local_authority_id,
            school_id=draft.school_id,
            detail=body,
            previous_hash=link,
        )
        entry.entry_hash = link = _hash(entry)
        session.add(entry)
        session.flush()  # one by one, so that ids follow the chain


def find_audit_head(session: Session) -> AuditHead:
    """Return the number of rows and the last hash; no rows have the first link as theirs."""
    rows = session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    last = session.scalar(select(AuditEntry.entry_hash).order_by(AuditEntry.id.desc()).limit(1))
    return AuditHead(rows=rows, entry_hash=last or FIRST_LINK)


def verify_chain(
    session: Session, *, noted: AuditHead | Sequence[AuditHead] | None = None
) -> ChainCheck:
    """Read every row in order and check its hash, its link and the heads noted before."""
    faults: list[str] = []
    link, rows = FIRST_LINK, 0
    heads = (noted,) if isinstance(noted, AuditHead) else noted or ()
    missing = {item for item in heads if item.rows}
    for entry in session.scalars(
        select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=1000)
    ):
        rows += 1
        if entry.previous_hash != link:
            faults.append(f"Entry {entry.id} does not follow the one before it: rows are missing.")
        if _hash(entry) != entry.entry_hash:
            faults.append(f"Entry {entry.id} was changed after it was written.")
        link = entry.entry_hash
        missing.discard(AuditHead(rows, link))
        session.expunge(entry)
    faults += [
        f"The head noted after {item.rows} entries is not there: rows were cut from the end, "
        "or the chain was written anew."
        for item in sorted(missing, key=lambda item: item.rows)
    ]
    return ChainCheck(head=AuditHead(rows=rows, entry_hash=link), faults=tuple(faults))


def _encode(detail: Mapping[str, DetailValue]) -> str:
    for key, value in detail.items():
        if not _KEY.fullmatch(key):
            raise ValueError(f"Audit detail {key!r} is not a field name.")
        for item in value if isinstance(value, list | tuple) else (value,):
            _require_harmless(key, item)
    return json.dumps(detail, sort_keys=True, separators=(",", ":"))


def _require_harmless(key: str, value: object) -> None:
    if value is None or isinstance(value, bool | int):
        return
    if not isinstance(value, str) or not _WORDS.fullmatch(value) or _UPN.search(value):
        raise ValueError(f"Audit detail {key!r} must be a number or a short code, not free text.")


def _hash(entry: AuditEntry) -> str:
    body = json.dumps(
        [
            entry.previous_hash,
            entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            entry.user_id,
            entry.action,
            entry.local_authority_id,
            entry.school_id,
            entry.detail,
        ],
        separators=(",", ":"),
    )
    return hashlib.sha256(body.encode()).hexdigest()
