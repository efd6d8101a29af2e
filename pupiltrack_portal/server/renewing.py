"""Signing in again at the end of a session's full time, while pages stay open."""

from __future__ import annotations

from tornado.web import authenticated

from pupiltrack_core.errors import InvalidEntry, TooManyAttempts
from pupiltrack_core.services.second_steps import SecondAnswer
from pupiltrack_portal.server.handlers import PortalHandler
from pupiltrack_portal.server.passkey_site import passkey_site
from pupiltrack_portal.server.typed_fields import typed, typed_digits, typed_password


class RenewHandler(PortalHandler):
    """`/renew`: opened in a tab of its own by a page whose session is about to end."""

    @authenticated
    async def get(self) -> None:
        """Ask for password and second step, or for a passkey."""
        await self._show()

    @authenticated
    async def post(self) -> None:
        """Begin the session anew; the pages that are open learn of it by themselves."""
        principal = self.user.principal
        passkey = self.get_body_argument("passkey", "")
        try:
            if passkey:
                await self.desk.renew_session_by_passkey(principal, passkey, passkey_site(self))
            else:
                await self.desk.renew_session(
                    principal,
                    password=typed_password(self, "password"),
                    answer=SecondAnswer(
                        digits=typed_digits(self), app_code=typed(self, "app_code")
                    ),
                    address=self.address,
                )
        except (InvalidEntry, TooManyAttempts) as wrong:
            self.set_status(429 if isinstance(wrong, TooManyAttempts) else 422)
            await self._show(problem=str(wrong))
            return
        await self._show(done=True)

    async def _show(self, *, problem: str | None = None, done: bool = False) -> None:
        principal = self.user.principal
        account = await self.desk.account.find(principal.user_id, principal.session_id)
        places = await self.desk.code_places(principal.user_id)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(
            self.shell.entry_page(
                "renew.html.j2",
                title="Sign in again",
                form_token=self.issue_form_token(),
                account=account,
                places=[int(place) for place in places],
                problem=problem,
                done=done,
            )
        )
