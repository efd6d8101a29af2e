"""What the parts of the desk have alike: how each reaches the services, off the event loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol, TypeVar

from pupiltrack_core.services.accounts import SignInPolicy
from pupiltrack_core.storage.engine import Database

T = TypeVar("T")


class Ask(Protocol):
    """Runs a question in a thread and gives its answer."""

    def __call__(self, question: Callable[[], T]) -> Awaitable[T]: ...


class DeskPart:
    """A part of the desk. `hash_` runs what hashes a password, and so keeps a processor busy."""

    def __init__(
        self,
        database: Database,
        policy: SignInPolicy,
        *,
        clock: Callable[[], datetime],
        ask: Ask,
        hash_: Ask,
    ) -> None:
        self._database = database
        self._policy = policy
        self._clock = clock
        self._ask = ask
        self._hash = hash_
