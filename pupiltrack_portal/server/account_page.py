"""My account: the page, and each thing that can be changed on it.

The page is plain HTML of the server's own and no notebook: it handles passwords, which no kernel
may see.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.web import authenticated

from pupiltrack_core.errors import InvalidEntry, NotFound, TooManyAttempts
from pupiltrack_core.services.my_account import Proof
from pupiltrack_core.services.passwords import password_rule
from pupiltrack_core.services.second_step_setup import StepMethod
from pupiltrack_portal.server.errors_shown import NO_SUCH_PAGE, PortalHTTPError
from pupiltrack_portal.server.handlers import PortalHandler
from pupiltrack_portal.server.passkey_site import passkey_site
from pupiltrack_portal.server.typed_fields import typed_digits, typed_password

_LONGEST_TEXT = 400
_DONE = {
    "password": "Your password was changed. You were signed out everywhere else.",
    "digits": "You have a new five-digit code.",
    "app": "Your authenticator app is set up.",
    "passkey": "The passkey was added.",
    "passkey-removed": "The passkey was removed.",
    "address": "Messages were sent to confirm the new address. Open the link in each.",
    "alerts": "Your choice was saved.",
    "device": "The device was forgotten.",
    "sessions": "You were signed out everywhere else.",
}


class AccountHandler(PortalHandler):
    """`/account`: what the account has, and a form for each change."""

    @authenticated
    async def get(self) -> None:
        """Show the page."""
        await self.show(done=_DONE.get(self.get_query_argument("done", "")))

    async def show(
        self, *, done: str | None = None, problem: str | None = None, at: str = ""
    ) -> None:
        """Finish with the page; `at` is the section the problem is about."""
        principal = self.user.principal
        account = await self.desk.account.find(principal.user_id, principal.session_id)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(
            self.shell.account_page(
                self.user,
                form_token=self.issue_form_token(),
                account=account,
                offer=self.desk.offer(self.user.token, principal.user_id),
                methods=await self.desk.allowed_methods(principal.user_id),
                rule=password_rule(self.desk.profile),
                done=done,
                problem=problem,
                at=at,
            )
        )


class AccountChangeHandler(AccountHandler):
    """`/account/<change>`: one form of the page."""

    SUPPORTED_METHODS: ClassVar[tuple[str, ...]] = ("POST",)  # type: ignore[misc]

    @authenticated
    async def post(self, change: str) -> None:
        """Make the change and go back to the page, or show it with what is wrong."""
        await self.desk.touch(self.user.principal.session_id)
        try:
            done = await ACCOUNT_CHANGES[change](self)
        except (InvalidEntry, NotFound, TooManyAttempts) as wrong:
            self.set_status(429 if isinstance(wrong, TooManyAttempts) else 422)
            await self.show(problem=str(wrong), at=change)
            return
        self.redirect(f"/account?done={done}", status=303)

    async def _change_password(self) -> str:
        await self.desk.account.change_own_password(
            await self._proof(),
            password=typed_password(self, "new_password"),
            session_id=self.user.principal.session_id,
        )
        return "password"

    async def _set_digits(self) -> str:
        proof = await self._proof()
        if proof.password_key is None or StepMethod.DIGITS not in await self._methods():
            raise PortalHTTPError(NO_SUCH_PAGE)
        offer = self.desk.offer(self.user.token, proof.user_id)
        await self.desk.take_digits(offer, typed_digits(self), password_key=proof.password_key)
        self.desk.forget_offer(self.user.token)
        return "digits"

    async def _set_app(self) -> str:
        proof = await self._proof()
        offer = self.desk.offer(self.user.token, proof.user_id)
        await self.desk.take_app(offer, self._text("app_code"))
        self.desk.forget_offer(self.user.token)
        return "app"

    async def _add_passkey(self) -> str:
        proof = await self._proof()
        await self.desk.add_passkey(
            proof.user_id,
            self.get_body_argument("passkey", ""),
            passkey_site(self),
            name=self._text("passkey_name"),
        )
        return "passkey"

    async def _remove_passkey(self) -> str:
        proof = await self._proof()
        await self.desk.account.remove_passkey(proof.user_id, self._number("passkey_id"))
        return "passkey-removed"

    async def _ask_for_address(self) -> str:
        portal = passkey_site(self).origin
        await self.desk.account.ask_for_new_address(
            await self._proof(), self._text("email"), portal=portal
        )
        return "address"

    async def _choose_alerts(self) -> str:
        await self.desk.account.choose_alerts(
            self.user.principal.user_id, of_new_devices=bool(self._text("new_devices"))
        )
        return "alerts"

    async def _forget_device(self) -> str:
        await self.desk.account.forget_device(
            self.user.principal.user_id, self._number("device_id")
        )
        return "device"

    async def _end_sessions(self) -> str:
        principal = self.user.principal
        await self.desk.account.end_other_sessions(principal.user_id, principal.session_id)
        return "sessions"

    async def _proof(self) -> Proof:
        return await self.desk.account.prove_password(
            self.user.principal.user_id,
            typed_password(self, "current_password"),
            address=self.address,
        )

    async def _methods(self) -> frozenset[StepMethod]:
        return await self.desk.allowed_methods(self.user.principal.user_id)

    def _text(self, name: str) -> str:
        return self.get_body_argument(name, "").strip()[:_LONGEST_TEXT]

    def _number(self, name: str) -> int:
        text = self._text(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


# By the last part of their address.
ACCOUNT_CHANGES: dict[str, Callable[[AccountChangeHandler], Awaitable[str]]] = {
    "password": AccountChangeHandler._change_password,
    "digits": AccountChangeHandler._set_digits,
    "app": AccountChangeHandler._set_app,
    "passkey": AccountChangeHandler._add_passkey,
    "remove-passkey": AccountChangeHandler._remove_passkey,
    "address": AccountChangeHandler._ask_for_address,
    "alerts": AccountChangeHandler._choose_alerts,
    "forget-device": AccountChangeHandler._forget_device,
    "end-sessions": AccountChangeHandler._end_sessions,
}


class AccountPasskeyHandler(PortalHandler):
    """`/account/passkey/options`: what the browser needs in order to make one."""

    answers_json = True

    @authenticated
    async def post(self) -> None:
        """Return the options for the person signed in."""
        options = await self.desk.passkey_registration(
            self.user.principal.user_id, passkey_site(self)
        )
        self.answer_json({"options": options})


class ConfirmAddressHandler(PortalHandler):
    """`/account/address/<token>`: a link of a message; who opens it need not be signed in."""

    @allow_unauthenticated
    async def get(self, token: str) -> None:
        """Ask for a press: mail programs open links by themselves, and that must change nothing."""
        self._show(token=token)

    @allow_unauthenticated
    async def post(self, token: str) -> None:
        """Use the link."""
        try:
            has_changed = await self.desk.account.confirm_address(token)
        except NotFound as gone:
            self.set_status(404)
            self._show(problem=str(gone))
            return
        self._show(
            done="Your e-mail address was changed."
            if has_changed
            else "Thank you. The address changes as soon as the link in the other message is "
            "opened too."
        )

    def _show(
        self, *, token: str | None = None, done: str | None = None, problem: str | None = None
    ) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(
            self.shell.entry_page(
                "confirm_address.html.j2",
                title="Confirm your e-mail address",
                form_token=self.issue_form_token(),
                token=token,
                done=done,
                problem=problem,
            )
        )
