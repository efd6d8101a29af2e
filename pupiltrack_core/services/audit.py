"""What was done is written down for good: the proof that nothing of it was altered."""

from __future__ import annotations

from collections.abc import Sequence

from pupiltrack_core.storage.audit import AuditHead, ChainCheck, find_audit_head, verify_chain
from pupiltrack_core.storage.engine import Database

__all__ = [
    "AuditHead",
    "ChainCheck",
    "head",
    "verify",
]


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
