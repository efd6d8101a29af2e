"""Who last said that all who work with a school's data still do."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.account_models import AttestationRow
from pupiltrack_core.storage.models import UserAccount


def find_newest_attestation(session: Session, school_id: int) -> tuple[AttestationRow, str] | None:
    """Return a school's newest attestation and the name of who made it, None for none."""
    query = (
        select(AttestationRow, UserAccount.display_name)
        .join(UserAccount, UserAccount.id == AttestationRow.attested_by)
        .where(AttestationRow.school_id == school_id)
        .order_by(AttestationRow.id.desc())
        .limit(1)
    )
    found = session.execute(query).first()
    return None if found is None else (found[0], found[1])
