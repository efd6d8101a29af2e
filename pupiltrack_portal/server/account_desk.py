"""What the server asks of the services for somebody's own account, off the event loop."""

from __future__ import annotations

from pupiltrack_core.services import known_devices, my_account, passkeys
from pupiltrack_core.services.my_account import MyAccount, Proof
from pupiltrack_portal.server.desk_part import DeskPart


class AccountDesk(DeskPart):
    """The part of the desk behind My account."""

    async def find(self, user_id: int, session_id: int) -> MyAccount:
        """Return the account as its owner sees it."""
        return await self._ask(lambda: my_account.my_account(self._database, user_id, session_id))

    async def prove_password(self, user_id: int, password: str, *, address: str) -> Proof:
        """Check the present password. Raises `InvalidEntry` or `TooManyAttempts`."""
        return await self._hash(
            lambda: my_account.prove_password(
                self._database,
                user_id,
                password,
                address=address,
                policy=self._policy,
                now=self._clock(),
            )
        )

    async def change_own_password(self, proof: Proof, *, password: str, session_id: int) -> None:
        """Set a new password. Raises `InvalidEntry` for one that may not be chosen."""
        await self._hash(
            lambda: my_account.change_own_password(
                self._database,
                proof,
                password=password,
                session_id=session_id,
                policy=self._policy,
                now=self._clock(),
            )
        )

    async def ask_for_new_address(self, proof: Proof, address: str, *, portal: str) -> None:
        """Send the links that change the address. Raises `InvalidEntry`."""
        await self._ask(
            lambda: my_account.ask_for_new_address(
                self._database, proof, address, portal=portal, now=self._clock()
            )
        )

    async def confirm_address(self, token: str) -> bool:
        """Use a link; True once the address has changed. Raises `NotFound`."""
        return await self._ask(
            lambda: my_account.confirm_address(self._database, token, now=self._clock())
        )

    async def choose_alerts(self, user_id: int, *, of_new_devices: bool) -> None:
        """Keep which messages the person wants."""
        await self._ask(
            lambda: my_account.choose_alerts(
                self._database, user_id, of_new_devices=of_new_devices, now=self._clock()
            )
        )

    async def forget_device(self, user_id: int, device_id: int) -> None:
        """Let a device be a stranger's again. Raises `NotFound`."""
        await self._ask(
            lambda: known_devices.forget_device(
                self._database, user_id, device_id, now=self._clock()
            )
        )

    async def remove_passkey(self, user_id: int, passkey_id: int) -> None:
        """Remove a passkey of the person. Raises `NotFound`."""
        await self._ask(
            lambda: passkeys.remove_passkey(
                self._database, user_id, passkey_id, by=user_id, now=self._clock()
            )
        )

    async def end_other_sessions(self, user_id: int, session_id: int) -> int:
        """End every session of the person but this one; return how many there were."""
        return await self._ask(
            lambda: my_account.end_other_sessions(
                self._database, user_id, session_id, now=self._clock()
            )
        )
