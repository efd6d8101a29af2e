"""Several use cases that read as of one moment: one transaction, the person looked up once.

Each thread has a moment of its own: a session of the database serves one thread only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType

from sqlalchemy.orm import Session

from pupiltrack_core.access import Principal
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.unit_of_work import UnitOfWork

LookUp = Callable[[Session], Principal]


class ReadingMoment(threading.local):
    """Opened with `with`; while it is open, `share` gives every reader the same transaction."""

    def __init__(self) -> None:
        self.is_open = False
        self._shared: tuple[UnitOfWork, Principal] | None = None
        self._held = ExitStack()
        self._kept: list[object] = []

    def __enter__(self) -> None:
        """Open the moment; nothing is read yet."""
        self.is_open = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it and give the connection back."""
        self.is_open = False
        self.end()

    def share(self, database: Database, look_up: LookUp) -> tuple[UnitOfWork, Principal]:
        """Return the transaction and who was found in it, begun and looked up if none is."""
        if self._shared is None:
            with ExitStack() as held:
                unit = held.enter_context(database.unit_of_work())
                self._shared = (unit, look_up(unit.session))
                self._held = held.pop_all()
        return self._shared

    def keep(self, row: object) -> None:
        """Hold on to a row while the transaction lasts; a session forgets what nobody holds."""
        if self._shared is not None:
            self._kept.append(row)

    def end(self) -> None:
        """End the transaction: what is read next is read anew, the person with it."""
        self._shared = None
        self._kept.clear()
        self._held.close()
