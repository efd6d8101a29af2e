"""One transaction for one use case."""

from __future__ import annotations

from types import TracebackType

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from pupiltrack_core.storage.driver_errors import translated
from pupiltrack_core.storage.row_level_security import RowScope, ScopedSession, confine


class UnitOfWork:
    """A context manager round one session; nothing is saved without `commit()`.

    Without a `scope` it has no schools' rows on PostgreSQL until `confine` gives it some.
    """

    session: Session

    def __init__(self, engine: Engine, scope: RowScope | None = None) -> None:
        self._engine = engine
        self._scope = scope

    def __enter__(self) -> UnitOfWork:
        self.session = ScopedSession(self._engine, expire_on_commit=False)
        if self._scope is not None:
            confine(self.session, self._scope)
        return self

    def commit(self) -> None:
        """Save what was done so far. Raises `Conflict` or `StorageUnavailable`, saving nothing."""
        self.session.commit()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Roll back what was not committed and give the connection back."""
        self.session.close()
        ours = translated(error)
        if ours is not None:
            raise ours from error
