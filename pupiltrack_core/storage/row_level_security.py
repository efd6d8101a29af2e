"""Which schools' rows a transaction may touch, as PostgreSQL itself enforces it.

On PostgreSQL every table of pupils has a policy that lets through the rows of the schools in scope,
and nothing where no scope was set: a query that forgets its school finds nothing of another. The
scope is of one transaction, and is set anew when a session begins another. SQLite has no policies;
there the services' checks and the queries' own conditions stand alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session, SessionTransaction

# Tables with a school that hold nothing of any child: accounts and what they may do, which are read
# before anyone knows who is asking, and the audit, which has a guard of its own.
OPEN_TABLES = frozenset(
    {
        "attestation",
        "audit_entry",
        "breach_record",
        "membership",
        "named_access",
        "registration",
        "saved_view",
        "school_logo",
        "tombstone",
    }
)
_SCOPE = "pupiltrack_scope"
_SET = text(
    "SELECT set_config('pupiltrack.schools', :schools, true), "
    "set_config('pupiltrack.authorities', :authorities, true), "
    "set_config('pupiltrack.everywhere', :everywhere, true)"
)


@dataclass(frozen=True, slots=True)
class RowScope:
    """The schools in reach: some by id, all of some local authorities, or all there are."""

    schools: tuple[int, ...] = ()
    authorities: tuple[int, ...] = ()
    everywhere: bool = False


EVERYWHERE = RowScope(everywhere=True)


class ScopedSession(Session):
    """A session that tells the database its scope at the start of each transaction."""


def confine(session: Session, scope: RowScope) -> None:
    """Let the session touch the rows of `scope` alone, from now until it is closed."""
    session.info[_SCOPE] = scope
    if session.in_transaction():
        _tell(session.connection(), scope)


@contextmanager
def widened(session: Session, scope: RowScope) -> Iterator[None]:
    """Let the session touch the rows of `scope` within the block, as few lines as need it.

    What was added within is written before the block ends. After an error the transaction is good
    for nothing but to be undone, and keeps the scope until it is.
    """
    before: RowScope = session.info.get(_SCOPE, RowScope())
    confine(session, scope)
    try:
        yield
        session.flush()
    except BaseException:
        session.info[_SCOPE] = before
        raise
    confine(session, before)


@event.listens_for(ScopedSession, "after_begin")
def _on_begin(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    scope = session.info.get(_SCOPE)
    if scope is not None:
        _tell(connection, scope)


def _tell(connection: Connection, scope: RowScope) -> None:
    if connection.dialect.name != "postgresql":
        return
    connection.execute(
        _SET,
        {
            "schools": ",".join(map(str, scope.schools)),
            "authorities": ",".join(map(str, scope.authorities)),
            "everywhere": "on" if scope.everywhere else "off",
        },
    )
