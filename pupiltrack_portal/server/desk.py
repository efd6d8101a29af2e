"""What the server asks of the accounts and downloads services, off the event loop.

Each question is one short transaction in a worker thread, so that a slow database or a password
hash holds up nobody else's socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TypeVar

from pupiltrack_core.access import Principal
from pupiltrack_core.services import accounts, downloads, open_sessions
from pupiltrack_core.services.accounts import LiveSession, SignIn, SignInPolicy
from pupiltrack_core.services.downloads import File
from pupiltrack_core.storage.engine import Database

T = TypeVar("T")
THREADS = 8
SIGN_IN_THREADS = 2  # hashing a password keeps a processor busy, and not every one of them


def utc_now() -> datetime:
    """Return this moment, aware, in UTC."""
    return datetime.now(UTC)


class Desk:
    """The way to the services. Made once by the application."""

    def __init__(
        self,
        database: Database,
        policy: SignInPolicy,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._policy = policy
        self._clock = clock
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="desk")
        # Apart: a crowd that signs in must not keep those waiting who are signed in.
        self._sign_ins = ThreadPoolExecutor(SIGN_IN_THREADS, thread_name_prefix="sign-in")

    def close(self) -> None:
        """End the threads; questions not yet begun are dropped."""
        for threads in (self._threads, self._sign_ins):
            threads.shutdown(wait=False, cancel_futures=True)

    async def find_session(self, token: str) -> LiveSession | None:
        """Return the live session of a cookie's token, with the person's roles as of now."""
        return await self._ask(
            lambda: accounts.session_for_token(
                self._database, token, self._clock(), policy=self._policy
            )
        )

    async def place_names(self, principal: Principal) -> tuple[str, ...]:
        """Return the names of the places the person works at, for the page's header."""
        return await self._ask(lambda: open_sessions.place_names(self._database, principal))

    async def live_sessions(self, session_ids: Iterable[int]) -> frozenset[int]:
        """Return which of the sessions are still live."""
        wanted = tuple(session_ids)
        if not wanted:
            return frozenset()
        return await self._ask(
            lambda: open_sessions.live_session_ids(
                self._database, wanted, self._clock(), policy=self._policy
            )
        )

    async def why_ended(self, token: str) -> str | None:
        """Return, in words for the person, why the session of a token is over."""
        end = await self._ask(
            lambda: accounts.why_ended(self._database, token, self._clock(), policy=self._policy)
        )
        return None if end is None else end.message

    async def sign_in(self, *, user_name: str, password: str, address: str) -> SignIn:
        """Sign in. Raises `SignInRefused` or `TooManyAttempts`."""
        return await asyncio.get_running_loop().run_in_executor(
            self._sign_ins,
            lambda: accounts.sign_in(
                self._database,
                user_name=user_name,
                password=password,
                address=address,
                now=self._clock(),
                policy=self._policy,
            ),
        )

    async def sign_out(self, token: str) -> None:
        """End the session of a token; one that is not live is left as it is."""
        await self._ask(lambda: accounts.sign_out(self._database, token, self._clock()))

    async def touch(self, session_id: int) -> None:
        """Note that the person did something, which moves the idle limit."""
        await self._ask(
            lambda: accounts.touch(self._database, session_id, self._clock(), policy=self._policy)
        )

    async def issue_page_ticket(self, session_id: int, page: str) -> str:
        """Return the ticket by which a page's kernel learns whose page it is, once."""
        return await self._ask(
            lambda: accounts.issue_page_ticket(self._database, session_id, page, self._clock())
        )

    async def collect(self, session_id: int, token: str) -> File:
        """Return a file made for this session. Raises `NotFound` for anybody else's."""
        return await self._ask(
            lambda: downloads.collect(
                self._database, session_id, token, self._clock(), policy=self._policy
            )
        )

    async def purge_downloads(self) -> None:
        """Forget the files nobody can fetch any more."""
        await self._ask(lambda: downloads.purge(self._database, self._clock(), policy=self._policy))

    async def check_database(self) -> None:
        """Return once the database has answered. Raises `StorageUnavailable` when it cannot."""
        await self.find_session("")

    async def _ask(self, question: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, question)
