"""Who did what: the latest of a school, and proof that nothing was altered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pupiltrack_core.access import Action
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.storage.audit import (
    AuditHead,
    ChainCheck,
    find_audit_entries,
    find_audit_head,
    verify_chain,
)
from pupiltrack_core.storage.engine import Database

__all__ = [
    "Activity",
    "AuditAction",
    "AuditHead",
    "ChainCheck",
    "head",
    "recent_activity",
    "verify",
]
MOST_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing somebody did at a school; `who` is their display name or "Operator"."""

    at: datetime
    who: str
    action: str
    detail: Mapping[str, Any]


def recent_activity(caller: Caller, school_id: int, limit: int = 50) -> tuple[Activity, ...]:
    """Return what was last done at the school, newest first, `limit` rows (at most 1000).

    Raises `NotFound` or `AccessDenied` for people who may not see it.
    """
    with caller.begin() as work:
        work.require(Action.SEE_ACTIVITY, school_id)
        rows = find_audit_entries(
            work.session, school_id=school_id, limit=max(0, min(limit, MOST_ROWS))
        )
    return tuple(
        Activity(entry.at, name or "Operator", entry.action, json.loads(entry.detail))
        for entry, name in rows
    )


def head(database: Database) -> AuditHead:
    """Return what to note outside the database, so that a chain cut short is found out later."""
    with database.unit_of_work() as unit:
        return find_audit_head(unit.session)


def verify(
    database: Database, *, noted: AuditHead | Sequence[AuditHead] | None = None
) -> ChainCheck:
    """Check every row of the audit; `noted` are heads written down earlier, outside the database.

    `faults` of what comes back is empty if no row was changed, removed from the middle or, as far
    as `noted` reaches, cut from the end.
    """
    with database.unit_of_work() as unit:
        return verify_chain(unit.session, noted=noted)
