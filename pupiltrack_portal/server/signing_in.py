"""The sign-in page and its form, and signing out."""

from __future__ import annotations

from dataclasses import asdict
from typing import cast

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.httputil import url_concat

from pupiltrack_core.errors import SignInRefused, TooManyAttempts, WorkNeeded
from pupiltrack_core.services.accounts import SessionEnd, SignIn
from pupiltrack_core.services.known_devices import device_label
from pupiltrack_portal.server.handlers import PortalHandler
from pupiltrack_portal.server.identity import (
    PortalUser,
    cookie_name,
    cookie_options,
    device_cookie_name,
    device_token,
    session_token,
)
from pupiltrack_portal.server.kernel_manager import PortalKernelManager
from pupiltrack_portal.server.local_paths import local_page
from pupiltrack_portal.server.typed_fields import typed_password, typed_proof, typed_user_name

SECOND_STEP = "/second-step"
SET_UP = "/second-step/set-up"
_SIGNED_OUT = "signed-out"
_NOTICE = "You have signed out."
_DEVICE_KNOWN_FOR = 365  # days


class EntryHandler(PortalHandler):
    """What all ways in have in common: one answer for everything that is wrong, one cookie."""

    async def show_sign_in(
        self,
        *,
        next_page: str,
        user_name: str = "",
        problem: str | None = None,
        notice: str | None = None,
    ) -> None:
        """Finish with the sign-in page, which does a calculation while passwords are guessed."""
        asks_work = await self.desk.guessing_is_under_way()
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(
            self.shell.sign_in_page(
                form_token=self.issue_form_token(),
                next_page=next_page,
                user_name=user_name,
                problem=problem,
                notice=notice,
                asks_work=asks_work,
            )
        )

    async def show_refusal(
        self,
        refused: SignInRefused | TooManyAttempts | WorkNeeded,
        *,
        next_page: str,
        user_name: str = "",
    ) -> None:
        """Finish with the sign-in page and why nobody was signed in."""
        self.set_status(403)
        if isinstance(refused, TooManyAttempts):
            self.set_status(429)
            self.set_header("Retry-After", str(refused.retry_after))
        await self.show_sign_in(next_page=next_page, user_name=user_name, problem=str(refused))

    async def let_in(self, signed_in: SignIn) -> None:
        """Set the cookie of a whole sign-in; the browser's old session ends with its own."""
        if isinstance(self.current_user, PortalUser):
            await end_session(self, self.current_user)
        self.remember(signed_in.token)
        self.set_form_cookie(self.form_token_of(signed_in.token))
        device = await self.desk.remember_device(
            signed_in.user_id,
            device_token(self, self.portal_settings),
            label=device_label(self.request.headers.get("User-Agent", "")),
        )
        self.set_cookie(
            device_cookie_name(self.portal_settings),
            device,
            **{**cookie_options(self.portal_settings), "expires_days": _DEVICE_KNOWN_FOR},
        )

    def remember(self, token: str) -> None:
        """Put a token into the session cookie."""
        self.set_cookie(
            cookie_name(self.portal_settings), token, **cookie_options(self.portal_settings)
        )


class SignInHandler(EntryHandler):
    """`/login`: open to everyone."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Show the form, or go straight on for somebody who is signed in already."""
        next_page = local_page(self.get_query_argument("next", None))
        if isinstance(self.current_user, PortalUser):
            self.redirect(next_page)
            return
        notice = _NOTICE if _SIGNED_OUT in self.request.query_arguments else None
        token = session_token(self, self.portal_settings)
        if token is not None:
            # Tell why the session ended, once: the cookie goes with it. Between the two steps it
            # is the same for everybody, whether or not the password was right.
            if self.desk.waiting(token) is not None:
                notice = SessionEnd.HALF_DONE.message
            else:
                notice = await self.desk.why_ended(token) or notice
            forget_session(self)
        await self.show_sign_in(next_page=next_page, notice=notice)

    @allow_unauthenticated
    async def post(self) -> None:
        """Take name and password. The same answer goes to every way of getting them wrong."""
        next_page = local_page(self.get_body_argument("next", None))
        user_name = typed_user_name(self)
        password = typed_password(self, "password")
        try:
            taken = await self.desk.ask_second_step(
                user_name=user_name,
                password=password,
                address=self.address,
                device=device_token(self, self.portal_settings),
                proof=typed_proof(self),
            )
        except (SignInRefused, TooManyAttempts, WorkNeeded) as refused:
            await self.show_refusal(refused, next_page=next_page, user_name=user_name)
            return
        if isinstance(taken, SignIn):
            await self.let_in(taken)
            self.redirect(next_page, status=303)
            return
        if isinstance(self.current_user, PortalUser):
            await end_session(self, self.current_user)
        self.remember(taken.token)
        self.redirect(step_address(taken.must_set_up, next_page), status=303)


class SignInChallengeHandler(PortalHandler):
    """`/login/challenge`: the work to do before the form is sent, asked while it may be any."""

    answers_json = True

    @allow_unauthenticated
    async def post(self) -> None:
        """Make a challenge; `null` for a device that the name knows, and at ordinary times."""
        challenge = await self.desk.sign_in_challenge(
            typed_user_name(self), device_token(self, self.portal_settings)
        )
        self.answer_json({"challenge": None if challenge is None else asdict(challenge)})


class SignOutHandler(PortalHandler):
    """`/logout`: only by POST, so that no link or image signs anybody out."""

    async def post(self) -> None:
        """End the session, its kernels and sockets, and what the browser kept."""
        await end_session(self, self.user)
        forget_session(self)
        self.clear_cookie("_xsrf", path="/")
        # The browser's cache holds no page (they are no-store), only the portal's public files. One
        # cookie stays, by which the person's own device is known the next time.
        self.set_header("Clear-Site-Data", '"storage"')
        self.redirect(f"/login?{_SIGNED_OUT}", status=303)


def step_address(must_set_up: bool, next_page: str) -> str:
    """Return where the second step is answered or set up, on the way to a page."""
    return url_concat(SET_UP if must_set_up else SECOND_STEP, {"next": next_page})


async def end_session(handler: PortalHandler, user: PortalUser) -> None:
    """Revoke the session first, so that nothing new can begin, then end what runs in it."""
    await handler.desk.sign_out(user.token)
    kernels = cast(PortalKernelManager, handler.kernel_manager)
    await kernels.end_kernels_of(user.principal.session_id)


def forget_session(handler: PortalHandler) -> None:
    """Take the session cookie out of the browser."""
    options = cookie_options(handler.portal_settings)
    options.pop("expires_days")
    handler.clear_cookie(cookie_name(handler.portal_settings), **options)
