"""What the server looks up about sessions that are open: which still live, and whose places.

Reads only, a few rows at a time, without pandas: the server does this every few seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from pupiltrack_core.access import Principal
from pupiltrack_core.services.sessions import live_among
from pupiltrack_core.services.sign_in_policy import DEFAULT_POLICY, SignInPolicy, utc_now
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import LocalAuthority, School


def live_session_ids(
    database: Database,
    session_ids: Iterable[int],
    now: datetime | None = None,
    *,
    policy: SignInPolicy = DEFAULT_POLICY,
) -> frozenset[int]:
    """Return those of `session_ids` that may still be used, all as of one moment."""
    moment = now or utc_now()
    with database.unit_of_work() as unit:
        return live_among(unit.session, frozenset(session_ids), moment, policy)


def place_names(database: Database, principal: Principal) -> tuple[str, ...]:
    """Return the names of the schools, then of the local authorities, the person has a role at."""
    with database.unit_of_work() as unit:
        schools = select(School.name).where(School.id.in_(principal.school_ids))
        authorities = select(LocalAuthority.name).where(
            LocalAuthority.id.in_(principal.local_authority_ids)
        )
        return (
            *unit.session.scalars(schools.order_by(School.name)),
            *unit.session.scalars(authorities.order_by(LocalAuthority.name)),
        )
