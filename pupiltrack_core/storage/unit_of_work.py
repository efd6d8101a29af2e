"""One transaction for one use case."""

from __future__ import annotations

from types import TracebackType

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from pupiltrack_core.storage.driver_errors import translated


class UnitOfWork:
    """A context manager round one session; nothing is saved without `commit()`."""

    session: Session

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __enter__(self) -> UnitOfWork:
        self.session = Session(self._engine, expire_on_commit=False)
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
