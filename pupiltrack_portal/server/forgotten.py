"""Asking for a link to choose a new password, and choosing it."""

from __future__ import annotations

from jupyter_server.auth.decorator import allow_unauthenticated

from pupiltrack_core.errors import InvalidEntry, NotFound, TooManyAttempts
from pupiltrack_core.services.chosen_passwords import Choosing, QuestionAnswered
from pupiltrack_core.services.passwords import password_rule
from pupiltrack_core.services.security_questions import LONGEST_ANSWER, SecurityQuestion
from pupiltrack_core.services.sign_in import LONGEST_USER_NAME
from pupiltrack_portal.server.passkey_site import passkey_site
from pupiltrack_portal.server.signing_in import EntryHandler
from pupiltrack_portal.server.typed_fields import typed_password


class ForgottenHandler(EntryHandler):
    """`/forgotten`: open to everyone; the answer is the same for every name."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Ask for the user name."""
        self._show()

    @allow_unauthenticated
    async def post(self) -> None:
        """Have the link sent, if there is anybody to send it to."""
        name = self.get_body_argument("user_name", "")[: LONGEST_USER_NAME + 1]
        try:
            await self.desk.ask_for_password_link(
                name, address=self.address, portal=passkey_site(self).origin
            )
        except TooManyAttempts as wait:
            self.set_status(429)
            self.set_header("Retry-After", str(wait.retry_after))
            self._show(problem=str(wait))
            return
        self._show(done=True)

    def _show(self, *, problem: str | None = None, done: bool = False) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(
            self.shell.entry_page(
                "forgotten.html.j2",
                title="Forgotten your password",
                form_token=self.issue_form_token(),
                problem=problem,
                done=done,
            )
        )


class ChoosePasswordHandler(EntryHandler):
    """`/choose-password/<token>`: a link of a message, good once."""

    @allow_unauthenticated
    async def get(self, token: str) -> None:
        """Show the form; opening the link changes nothing."""
        who = await self.desk.who_chooses(token)
        if who is None:
            self.set_status(404)
        self._show(token, who)

    @allow_unauthenticated
    async def post(self, token: str) -> None:
        """Set the password."""
        password = typed_password(self, "new_password")
        answered = QuestionAnswered(
            self.get_body_argument("question", "")[:3],
            self.get_body_argument("answer", "")[: LONGEST_ANSWER + 1],
        )
        who = await self.desk.who_chooses(token)
        try:
            chosen = await self.desk.choose_password(
                token, password, address=self.address, answered=answered
            )
        except InvalidEntry as wrong:
            self.set_status(422)
            self._show(token, who, problem=str(wrong), at=wrong.field)
            return
        except TooManyAttempts as wait:
            self.set_status(429)
            self.set_header("Retry-After", str(wait.retry_after))
            self._show(token, who, problem=str(wait))
            return
        except NotFound:
            self.set_status(404)
            self._show(token, None)
            return
        notice = "Your password was set. Sign in with it."
        if chosen.needs_second_step:
            notice += (
                " Your five-digit code went with the old password: ask whoever looks after "
                "accounts at your school or local authority to let you choose a new second step."
            )
        name = who.user_name if who else ""
        await self.show_sign_in(next_page="/home", user_name=name, notice=notice)

    def _show(
        self, token: str, who: Choosing | None, *, problem: str | None = None, at: str = "password"
    ) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(
            self.shell.entry_page(
                "choose_password.html.j2",
                title="Choose a password",
                form_token=self.issue_form_token(),
                token=token,
                who=who,
                rule=password_rule(self.desk.profile),
                questions=tuple(SecurityQuestion),
                problem=problem,
                at=at,
            )
        )
