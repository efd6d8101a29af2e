"""What the server asks of the registration service, off the event loop."""

from __future__ import annotations

from pupiltrack_core.services import registration
from pupiltrack_core.services.proof_of_work import Challenge
from pupiltrack_core.services.registration import Application, Confirming
from pupiltrack_core.storage.registrations import FoundSchool
from pupiltrack_portal.server.desk_part import DeskPart


class RegistrationDesk(DeskPart):
    """The part of the desk for people who have no account yet."""

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
