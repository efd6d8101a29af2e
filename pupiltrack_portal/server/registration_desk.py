"""What the server asks of the registration service, off the event loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol, TypeVar

from pupiltrack_core.services import registration
from pupiltrack_core.services.accounts import SignInPolicy
from pupiltrack_core.services.proof_of_work import Challenge
from pupiltrack_core.services.registration import Application, Confirming
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.registrations import FoundSchool

T = TypeVar("T")


class Ask(Protocol):
    """Runs a question in a thread and gives its answer."""

    def __call__(self, question: Callable[[], T]) -> Awaitable[T]: ...


class RegistrationDesk:
    """The part of the desk for people who have no account yet.

    `hash_` runs what hashes a password, and so keeps a processor busy.
    """

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

    async def find_schools(self, text: str) -> tuple[FoundSchool, ...]:
        """Return the schools of a number or of these words."""
        return await self._ask(lambda: registration.find_schools_to_register(self._database, text))

    async def challenge(self) -> Challenge:
        """Return the work a browser must do before the form is taken."""
        return await self._ask(
            lambda: registration.challenge_to_register(
                self._database, policy=self._policy, now=self._clock()
            )
        )

    async def register(self, application: Application, *, address: str, portal: str) -> None:
        """Take an application. Raises `InvalidEntry` or `TooManyAttempts`."""
        await self._hash(
            lambda: registration.register(
                self._database,
                application,
                address=address,
                portal=portal,
                policy=self._policy,
                now=self._clock(),
            )
        )

    async def who_confirms(self, token: str) -> Confirming | None:
        """Return whose request a link confirms, or None where it no longer works."""
        return await self._ask(
            lambda: registration.who_confirms(self._database, token, now=self._clock())
        )

    async def confirm(self, token: str, password: str, *, address: str, portal: str) -> Confirming:
        """Use the link. Raises `NotFound`, `InvalidEntry` or `TooManyAttempts`."""
        return await self._hash(
            lambda: registration.confirm_registration(
                self._database,
                token,
                password,
                address=address,
                portal=portal,
                policy=self._policy,
                now=self._clock(),
            )
        )
