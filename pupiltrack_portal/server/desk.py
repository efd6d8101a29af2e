"""What the server asks of the accounts and downloads services, off the event loop.

Each question is one short transaction in a worker thread, so that a slow database or a password
hash holds up nobody else's socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from pupiltrack_core.access import Principal
from pupiltrack_core.services import (
    accounts,
    batch_files,
    chosen_passwords,
    downloads,
    guessing,
    known_devices,
    mail_sending,
    open_sessions,
    passkeys,
    renewal,
    second_step_setup,
    second_steps,
    sign_in,
)
from pupiltrack_core.services.accounts import LiveSession, SignIn, SignInPolicy
from pupiltrack_core.services.batch_files import BatchFile
from pupiltrack_core.services.downloads import File
from pupiltrack_core.services.passkeys import Challenges, Site
from pupiltrack_core.services.passwords import HASHES_AT_ONCE
from pupiltrack_core.services.post import Post
from pupiltrack_core.services.proof_of_work import Challenge
from pupiltrack_core.services.second_step_setup import Offer, Offers
from pupiltrack_core.services.second_steps import (
    SecondAnswer,
    StepAsked,
    WaitingSignIn,
    WaitingSignIns,
)
from pupiltrack_core.settings import SignInProfile
from pupiltrack_core.storage.engine import Database
from pupiltrack_portal.server.account_desk import AccountDesk
from pupiltrack_portal.server.registration_desk import RegistrationDesk

T = TypeVar("T")
THREADS = 8
SIGN_IN_THREADS = HASHES_AT_ONCE  # more would wait for each other at the database


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
        self._waiting = WaitingSignIns()
        self._offers = Offers()
        self._challenges = Challenges()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="desk")
        # Apart: a crowd that signs in must not keep those waiting who are signed in.
        self._sign_ins = ThreadPoolExecutor(SIGN_IN_THREADS, thread_name_prefix="sign-in")
        self._mail = ThreadPoolExecutor(1, thread_name_prefix="mail")
        self.registration = RegistrationDesk(
            database, policy, clock=clock, ask=self._ask, hash_=self._sign_in
        )
        self.account = AccountDesk(
            database, policy, clock=clock, ask=self._ask, hash_=self._sign_in
        )

    def close(self) -> None:
        """End the threads; questions not yet begun are dropped."""
        for threads in (self._threads, self._sign_ins, self._mail):
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

    @property
    def profile(self) -> SignInProfile:
        """Whose rules sign-in follows."""
        return self._policy.profile

    # --- signing in -------------------------------------------------------------------------

    async def ask_second_step(
        self,
        *,
        user_name: str,
        password: str,
        address: str,
        device: str | None = None,
        proof: str = "",
    ) -> SignIn | StepAsked:
        """Take name and password. Raises `SignInRefused`, `TooManyAttempts` or `WorkNeeded`."""
        return await self._sign_in(
            lambda: second_steps.ask_second_step(
                self._database,
                self._waiting,
                user_name=user_name,
                password=password,
                address=address,
                device=device,
                proof=proof,
                now=self._clock(),
                policy=self._policy,
            )
        )

    async def guessing_is_under_way(self) -> bool:
        """Whether passwords are being guessed, so that strange devices are asked for work."""
        return await self._ask(
            lambda: guessing.is_under_way(self._database, policy=self._policy, now=self._clock())
        )

    async def sign_in_challenge(self, user_name: str, device: str | None) -> Challenge | None:
        """Return the work a browser must do before this name is tried, if any."""
        return await self._ask(
            lambda: sign_in.challenge_to_sign_in(
                self._database,
                user_name,
                device=device,
                policy=self._policy,
                now=self._clock(),
            )
        )

    def waiting(self, token: str) -> WaitingSignIn | None:
        """Return who waits between the two steps under this token."""
        return self._waiting.find(token, self._clock())

    async def answer_second_step(self, token: str, answer: SecondAnswer) -> SignIn:
        """Take the second step. Raises `SignInRefused` or `NotSignedIn`."""
        return await self._sign_in(
            lambda: second_steps.answer_second_step(
                self._database,
                self._waiting,
                token,
                answer,
                now=self._clock(),
                policy=self._policy,
            )
        )

    async def complete_set_up(self, token: str) -> SignIn:
        """Make a sign-in whole whose second step has just been set up."""
        self._waiting.take(token, self._clock())
        self._offers.forget(token)
        return await self._ask(
            lambda: accounts.complete_second_step(
                self._database, token, self._clock(), policy=self._policy
            )
        )

    async def allowed_methods(self, user_id: int) -> frozenset[second_step_setup.StepMethod]:
        """Return the second steps a person's roles and the profile allow."""
        return await self._ask(
            lambda: second_step_setup.allowed_methods(
                accounts.memberships_of(self._database, user_id), self._policy.profile
            )
        )

    def offer(self, token: str, user_id: int) -> Offer:
        """Return the code and the app's secret on offer under this token."""
        return self._offers.offer(token, user_id, self._clock())

    async def take_digits(
        self, offer: Offer, typed: str, *, password_key: bytes, half_done: str | None = None
    ) -> None:
        """Make the offered code the person's. Raises `InvalidEntry` or `NotSignedIn`."""
        await self._ask(
            lambda: second_step_setup.take_digits(
                self._database,
                offer,
                typed,
                password_key=password_key,
                policy=self._policy,
                now=self._clock(),
                half_done=half_done,
            )
        )

    async def take_app(self, offer: Offer, typed: str, *, half_done: str | None = None) -> None:
        """Make the offered app the person's. Raises `InvalidEntry` or `NotSignedIn`."""
        await self._ask(
            lambda: second_step_setup.take_app(
                self._database,
                offer,
                typed,
                policy=self._policy,
                now=self._clock(),
                half_done=half_done,
            )
        )

    def forget_offer(self, token: str) -> None:
        """Let go of what was offered under this token: it has been taken."""
        self._offers.forget(token)

    async def passkey_registration(self, user_id: int, site: Site) -> str:
        """Return what a browser needs to make a passkey for this person."""
        return await self._ask(
            lambda: passkeys.registration_options(
                self._database, user_id, self._challenges, site, now=self._clock()
            )
        )

    async def add_passkey(
        self, user_id: int, answer: str, site: Site, *, name: str, half_done: str | None = None
    ) -> int:
        """Keep the passkey a browser made. Raises `InvalidEntry` or `NotSignedIn`."""
        return await self._ask(
            lambda: passkeys.add_passkey(
                self._database,
                user_id,
                answer,
                self._challenges,
                site,
                name=name,
                policy=self._policy,
                now=self._clock(),
                half_done=half_done,
            )
        )

    def passkey_question(self, site: Site) -> str:
        """Return what a browser needs to sign in with a passkey."""
        return passkeys.sign_in_options(self._challenges, site, now=self._clock())

    async def sign_in_with_passkey(self, answer: str, site: Site, *, address: str) -> SignIn:
        """Sign in by a passkey's signature. Raises `SignInRefused` or `TooManyAttempts`."""
        return await self._ask(
            lambda: passkeys.sign_in_with_passkey(
                self._database,
                answer,
                self._challenges,
                site,
                address=address,
                policy=self._policy,
                now=self._clock(),
            )
        )

    async def remember_device(self, user_id: int, token: str | None, *, label: str) -> str:
        """Note the browser a person signed in with; return the token for its cookie."""
        return await self._ask(
            lambda: known_devices.remember_device(
                self._database, user_id, token, label=label, now=self._clock()
            )
        )

    async def code_places(self, user_id: int) -> str:
        """Return the two places of the person's code to ask for; "" where there is none."""
        return await self._ask(lambda: second_steps.code_places_of(self._database, user_id))

    async def renew_session(
        self, principal: Principal, *, password: str, answer: SecondAnswer, address: str
    ) -> None:
        """Let the session begin anew. Raises `InvalidEntry`, `TooManyAttempts`, `NotSignedIn`."""
        await self._sign_in(
            lambda: renewal.renew_session(
                self._database,
                user_id=principal.user_id,
                session_id=principal.session_id,
                password=password,
                answer=answer,
                address=address,
                policy=self._policy,
                now=self._clock(),
            )
        )

    async def renew_session_by_passkey(self, principal: Principal, answer: str, site: Site) -> None:
        """Let the session begin anew. Raises `InvalidEntry` or `NotSignedIn`."""
        await self._ask(
            lambda: renewal.renew_session_by_passkey(
                self._database,
                user_id=principal.user_id,
                session_id=principal.session_id,
                answer=answer,
                challenges=self._challenges,
                site=site,
                policy=self._policy,
                now=self._clock(),
            )
        )

    # --- sessions and files -----------------------------------------------------------------

    async def ask_for_password_link(self, user_name: str, *, address: str, portal: str) -> None:
        """Send a link to choose a password, if there is somebody to send it to."""
        await self._ask(
            lambda: chosen_passwords.ask_for_password_link(
                self._database,
                user_name,
                address=address,
                portal=portal,
                policy=self._policy,
                now=self._clock(),
            )
        )

    async def who_chooses(self, token: str) -> chosen_passwords.Choosing | None:
        """Return whose password a link is for, or None where it no longer works."""
        return await self._ask(
            lambda: chosen_passwords.who_chooses(
                self._database, token, policy=self._policy, now=self._clock()
            )
        )

    async def choose_password(
        self,
        token: str,
        password: str,
        *,
        address: str,
        answered: chosen_passwords.QuestionAnswered,
    ) -> chosen_passwords.ChosenPassword:
        """Set the password of a link. Raises `InvalidEntry`, `NotFound`, `TooManyAttempts`."""
        return await self._sign_in(
            lambda: chosen_passwords.choose_password(
                self._database,
                token,
                password,
                policy=self._policy,
                now=self._clock(),
                address=address,
                answered=answered,
            )
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

    async def collect_batch(self, session_id: int, job_id: int, folder: Path) -> BatchFile:
        """Return the ZIP file of a batch of reports. Raises `NotFound` for anybody else's."""
        return await self._ask(
            lambda: batch_files.collect_batch(
                self._database, session_id, job_id, folder, now=self._clock(), policy=self._policy
            )
        )

    async def has_batch_to_make(self) -> bool:
        """Whether a batch of reports waits to be made."""
        return await self._ask(lambda: batch_files.has_batch_to_make(self._database, self._clock()))

    async def remove_old_batches(self, folder: Path) -> None:
        """Remove the files of batches that nobody can fetch any more."""
        await self._ask(
            lambda: batch_files.remove_old_batches(self._database, folder, self._clock())
        )

    async def purge_downloads(self) -> None:
        """Forget the files nobody can fetch any more."""
        await self._ask(lambda: downloads.purge(self._database, self._clock(), policy=self._policy))

    async def send_due_mail(self, post: Post) -> mail_sending.Round:
        """Send what is queued; a mail server that is slow holds up nobody."""
        return await asyncio.get_running_loop().run_in_executor(
            self._mail,
            lambda: mail_sending.send_due_mail(self._database, post, now=self._clock()),
        )

    async def check_database(self) -> None:
        """Return once the database has answered. Raises `StorageUnavailable` when it cannot."""
        await self.find_session("")

    async def _sign_in(self, question: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._sign_ins, question)

    async def _ask(self, question: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, question)
