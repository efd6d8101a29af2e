"""The sign-in page and its form, and signing out."""

from __future__ import annotations

from typing import cast

from jupyter_server.auth.decorator import allow_unauthenticated

from pupiltrack_core.errors import SignInRefused, TooManyAttempts
from pupiltrack_portal.server.client_address import client_address
from pupiltrack_portal.server.handlers import PortalHandler
from pupiltrack_portal.server.identity import (
    PortalUser,
    cookie_name,
    cookie_options,
    session_token,
)
from pupiltrack_portal.server.kernel_manager import PortalKernelManager
from pupiltrack_portal.server.local_paths import local_page

_SIGNED_OUT = "signed-out"
_NOTICE = "You have signed out."
_LONGEST_NAME = 100
_LONGEST_PASSWORD = 1000


class SignInHandler(PortalHandler):
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
            # Tell why the session ended, once: the cookie goes with it.
            notice = await self.desk.why_ended(token) or notice
            forget_session(self)
        self._show(next_page=next_page, notice=notice)

    @allow_unauthenticated
    async def post(self) -> None:
        """Sign in. The same page and text answer every way of getting it wrong."""
        next_page = local_page(self.get_body_argument("next", None))
        user_name = self.get_body_argument("user_name", "")[: _LONGEST_NAME + 1]
        password = self.get_body_argument("password", "", strip=False)[: _LONGEST_PASSWORD + 1]
        try:
            signed_in = await self.desk.sign_in(
                user_name=user_name,
                password=password,
                address=client_address(
                    self.request, behind_proxy=self.portal_settings.behind_proxy
                ),
            )
        except SignInRefused as refused:
            self.set_status(403)
            self._show(next_page=next_page, user_name=user_name, problem=str(refused))
            return
        except TooManyAttempts as wait:
            self.set_status(429)
            self.set_header("Retry-After", str(wait.retry_after))
            self._show(next_page=next_page, user_name=user_name, problem=str(wait))
            return
        # The old session of this browser, if there was one, ends with its cookie.
        if isinstance(self.current_user, PortalUser):
            await end_session(self, self.current_user)
        self.set_cookie(
            cookie_name(self.portal_settings),
            signed_in.token,
            **cookie_options(self.portal_settings),
        )
        self.set_form_cookie(self.form_token_of(signed_in.token))
        self.redirect(next_page, status=303)

    def _show(
        self,
        *,
        next_page: str,
        user_name: str = "",
        problem: str | None = None,
        notice: str | None = None,
    ) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(
            self.shell.sign_in_page(
                form_token=self.issue_form_token(),
                next_page=next_page,
                user_name=user_name,
                problem=problem,
                notice=notice,
            )
        )


class SignOutHandler(PortalHandler):
    """`/logout`: only by POST, so that no link or image signs anybody out."""

    async def post(self) -> None:
        """End the session, its kernels and sockets, and what the browser kept."""
        await end_session(self, self.user)
        forget_session(self)
        self.clear_cookie("_xsrf", path="/")
        # The browser's cache holds no page (they are no-store), only the portal's public files.
        self.set_header("Clear-Site-Data", '"cookies", "storage"')
        self.redirect(f"/login?{_SIGNED_OUT}", status=303)


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
