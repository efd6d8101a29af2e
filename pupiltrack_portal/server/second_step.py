"""The pages of the second step: answering it, and setting it up at the first sign-in."""

from __future__ import annotations

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.httputil import url_concat

from pupiltrack_core.errors import InvalidEntry, NotSignedIn, SignInRefused
from pupiltrack_core.services.second_step_setup import StepMethod
from pupiltrack_core.services.second_steps import SecondAnswer, WaitingSignIn
from pupiltrack_portal.server.errors_shown import NO_SUCH_PAGE, PortalHTTPError
from pupiltrack_portal.server.identity import session_token
from pupiltrack_portal.server.local_paths import local_page
from pupiltrack_portal.server.passkey_site import passkey_site
from pupiltrack_portal.server.signing_in import EntryHandler, forget_session
from pupiltrack_portal.server.typed_fields import typed, typed_digits


class BetweenSteps(EntryHandler):
    """A request of somebody whose password was taken and whose second step is to come."""

    must_set_up = False

    @property
    def next_page(self) -> str:
        """Where the person was going."""
        return local_page(self.get_argument("next", None))

    def who(self) -> tuple[str, WaitingSignIn] | None:
        """Return the cookie's token and who waits under it; start again where nobody does."""
        token = session_token(self, self.portal_settings)
        waiting = None if token is None else self.desk.waiting(token)
        if token is None or waiting is None or waiting.must_set_up != self.must_set_up:
            self.redirect(url_concat("/login", {"next": self.next_page}))
            return None
        return token, waiting


class SecondStepHandler(BetweenSteps):
    """`/second-step`: two of five digits or an app's code, the same page for everyone."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Ask for it. The places of the digits stay the same until they are answered."""
        who = self.who()
        if who is None:
            return
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(
            self.shell.entry_page(
                "second_step.html.j2",
                title="Second step",
                form_token=self.issue_form_token(),
                next_page=self.next_page,
                places=[int(place) for place in who[1].places],
            )
        )

    @allow_unauthenticated
    async def post(self) -> None:
        """Take the answer. A wrong one goes back to the start, like a wrong password."""
        who = self.who()
        if who is None:
            return
        answer = SecondAnswer(digits=typed_digits(self), app_code=typed(self, "app_code"))
        try:
            signed_in = await self.desk.answer_second_step(who[0], answer)
        except SignInRefused as refused:
            forget_session(self)
            await self.show_refusal(refused, next_page=self.next_page, user_name=who[1].user_name)
            return
        except NotSignedIn as ended:
            forget_session(self)
            await self.show_sign_in(next_page=self.next_page, notice=str(ended))
            return
        await self.let_in(signed_in)
        self.redirect(self.next_page, status=303)


class SetUpHandler(BetweenSteps):
    """`/second-step/set-up`: the first sign-in, where a second step is chosen."""

    must_set_up = True

    @allow_unauthenticated
    async def get(self) -> None:
        """Show what may be chosen: digits, shown once, or an app, or a passkey."""
        who = self.who()
        if who is not None:
            await self._show(*who)

    @allow_unauthenticated
    async def post(self) -> None:
        """Take what was proved, and let the person in."""
        who = self.who()
        if who is None:
            return
        token, waiting = who
        user_id, key = waiting.user_id, waiting.password_key
        method = self.get_body_argument("method", "")
        if user_id is None or method not in await self.desk.allowed_methods(user_id):
            raise PortalHTTPError(NO_SUCH_PAGE)
        offer = self.desk.offer(token, user_id)
        try:
            if method == StepMethod.DIGITS and key is not None:
                await self.desk.take_digits(
                    offer, typed_digits(self), password_key=key, half_done=token
                )
            elif method == StepMethod.APP:
                await self.desk.take_app(offer, typed(self, "app_code"), half_done=token)
            else:
                await self.desk.add_passkey(
                    user_id,
                    self.get_body_argument("passkey", ""),
                    passkey_site(self),
                    name=self.get_body_argument("passkey_name", ""),
                    half_done=token,
                )
            whole = await self.desk.complete_set_up(token)
        except InvalidEntry as invalid:
            self.set_status(422)
            await self._show(token, waiting, problem=str(invalid), at=method)
            return
        except NotSignedIn as ended:
            forget_session(self)
            await self.show_sign_in(next_page=self.next_page, notice=str(ended))
            return
        await self.let_in(whole)
        self.redirect(self.next_page, status=303)

    async def _show(
        self, token: str, waiting: WaitingSignIn, *, problem: str | None = None, at: str = ""
    ) -> None:
        user_id = waiting.user_id
        if user_id is None:
            raise PortalHTTPError(NO_SUCH_PAGE)
        offer = self.desk.offer(token, user_id)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(
            self.shell.set_up_page(
                form_token=self.issue_form_token(),
                next_page=self.next_page,
                offer=offer,
                user_name=waiting.user_name,
                methods=await self.desk.allowed_methods(user_id),
                problem=problem,
                at=at,
            )
        )


class SetUpPasskeyHandler(BetweenSteps):
    """`/second-step/set-up/passkey`: what the browser needs in order to make one."""

    must_set_up = True
    answers_json = True

    @allow_unauthenticated
    async def post(self) -> None:
        """Return the options, for the person who is setting up and nobody else."""
        token = session_token(self, self.portal_settings)
        waiting = None if token is None else self.desk.waiting(token)
        if waiting is None or not waiting.must_set_up or waiting.user_id is None:
            self.answer_json({"error": "You have not finished signing in."}, status=401)
            return
        options = await self.desk.passkey_registration(waiting.user_id, passkey_site(self))
        self.answer_json({"options": options})
