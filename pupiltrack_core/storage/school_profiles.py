"""A school's logo, and the local authority it belongs to, as profiles need them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.models import LocalAuthority, SchoolLogo


def lock_authority(session: Session, local_authority_id: int) -> LocalAuthority:
    """Return the authority as it is now, kept from others until the transaction ends."""
    return session.scalars(
        select(LocalAuthority)
        .where(LocalAuthority.id == local_authority_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def find_authorities(session: Session, ids: Collection[int]) -> Sequence[LocalAuthority]:
    """Return these authorities, by name."""
    return session.scalars(
        select(LocalAuthority)
        .where(LocalAuthority.id.in_(sorted(ids)))
        .order_by(LocalAuthority.name)
    ).all()


def find_logo(session: Session, school_id: int) -> SchoolLogo | None:
    """Return the school's logo; None where it has none."""
    return session.get(SchoolLogo, school_id)


def put_logo(
    session: Session,
    school_id: int,
    *,
    content: bytes,
    media_type: str,
    size: tuple[int, int],
    saved_at: datetime,
    saved_by: int | None,
) -> None:
    """Keep this logo in place of any the school had; `size` is width and height in pixels."""
    width, height = size
    session.merge(
        SchoolLogo(
            school_id=school_id,
            content=content,
            media_type=media_type,
            width=width,
            height=height,
            saved_at=saved_at,
            saved_by=saved_by,
        )
    )
    session.flush()


def remove_logo(session: Session, school_id: int) -> bool:
    """Remove the school's logo; False when it had none."""
    held = find_logo(session, school_id)
    if held is None:
        return False
    session.delete(held)
    session.flush()
    return True
