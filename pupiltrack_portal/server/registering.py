"""Registering as the head of a school: find the school, fill in the form, open the link."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated

from pupiltrack_core.errors import InvalidEntry, NotFound, TooManyAttempts
from pupiltrack_core.services.passwords import password_rule
from pupiltrack_core.services.registration import (
    MOST_SCHOOLS,
    Application,
    suggest_user_name,
)
from pupiltrack_core.services.security_questions import SecurityQuestion
from pupiltrack_core.settings import SignInProfile
from pupiltrack_portal.server.handlers import PortalHandler
from pupiltrack_portal.server.passkey_site import passkey_site
from pupiltrack_portal.server.signing_in import EntryHandler
from pupiltrack_portal.server.typed_fields import typed_proof

_TITLE = "Register your school"
_LONGEST = {"password": 1001, "email": 300}
_LONGEST_FIELD = 150
_KEPT = ("display_name", "user_name", "email")


class _RegisteringHandler(EntryHandler):
    """What the pages of registering have in common."""

    def field(self, name: str, *, strip: bool = True) -> str:
        """Return what was typed into a field, no longer than it could be taken."""
        text = self.get_body_argument(name, "", strip=strip)
        return text[: _LONGEST.get(name, _LONGEST_FIELD)]

    def ask_to_wait(self, wait: TooManyAttempts) -> None:
        """Answer 429, with how long to wait."""
        self.set_status(429)
        self.set_header("Retry-After", str(wait.retry_after))

    def show(self, template: str, **values: Any) -> None:
        """Finish with one of the pages."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        told: dict[str, Any] = {"title": _TITLE, "problem": None, "at": "", **values}
        self.finish(self.shell.entry_page(template, form_token=self.issue_form_token(), **told))


class RegisterHandler(_RegisteringHandler):
    """`/register`: open to everyone; its answer does not depend on who has an account."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Ask for the school, and for the rest once it is found."""
        laestab = self.get_query_argument("laestab", "")[:_LONGEST_FIELD]
        if laestab:
            await self._show_form(laestab, {})
            return
        text = self.get_query_argument("school", "")[:_LONGEST_FIELD]
        found = await self.desk.registration.find_schools(text)
        self.show("register_school.html.j2", text=text, schools=found, most=MOST_SCHOOLS)

    @allow_unauthenticated
    async def post(self) -> None:
        """Take the form."""
        application = Application(
            laestab=self.field("laestab"),
            display_name=self.field("display_name"),
            user_name=self.field("user_name"),
            email=self.field("email"),
            password=self.field("password", strip=False),
            proof=typed_proof(self),
            question=self.field("question"),
            answer=self.field("answer"),
        )
        kept = {name: self.field(name) for name in _KEPT}
        try:
            _require_same(application.password, self.field("password_again", strip=False))
            await self.desk.registration.register(
                application, address=self.address, portal=passkey_site(self).origin
            )
        except InvalidEntry as wrong:
            self.set_status(422)
            await self._show_form(application.laestab, kept, problem=str(wrong), at=wrong.field)
        except TooManyAttempts as wait:
            self.ask_to_wait(wait)
            await self._show_form(application.laestab, kept, problem=str(wait))
        else:
            self.show("register_sent.html.j2", email=application.email)

    async def _show_form(
        self, laestab: str, kept: dict[str, str], *, problem: str | None = None, at: str = ""
    ) -> None:
        found = await self.desk.registration.find_schools(laestab)
        if len(found) != 1:
            self.set_status(404)
            self.show("register_school.html.j2", text=laestab, schools=())
            return
        (school,) = found
        values = {
            "display_name": "",
            "email": "",
            "user_name": suggest_user_name(school.name),
            **kept,
        }
        by_guides = self.desk.profile is SignInProfile.GUIDES
        self.show(
            "register.html.j2",
            school=school,
            values=values,
            rule=password_rule(self.desk.profile),
            questions=tuple(SecurityQuestion) if by_guides else (),
            problem=problem,
            at=at,
        )


def _require_same(password: str, again: str) -> None:
    if again != password:
        raise InvalidEntry(
            "The two passwords are not the same. Nothing was sent. Type both again.",
            field="password",
        )


class RegisterChallengeHandler(PortalHandler):
    """`/register/challenge`: the work to do before the form is sent."""

    answers_json = True

    @allow_unauthenticated
    async def get(self) -> None:
        """Make a challenge."""
        self.answer_json({"challenge": asdict(await self.desk.registration.challenge())})


class ConfirmRegistrationHandler(_RegisteringHandler):
    """`/register/confirm/<token>`: the link in the message, good once."""

    @allow_unauthenticated
    async def get(self, token: str) -> None:
        """Ask for the password; opening the link changes nothing."""
        who = await self.desk.registration.who_confirms(token)
        if who is None:
            self.set_status(404)
        self.show("register_confirm.html.j2", token=token, who=who, done=False)

    @allow_unauthenticated
    async def post(self, token: str) -> None:
        """Hand the request to the local authority."""
        who = await self.desk.registration.who_confirms(token)
        problem, done = None, False
        try:
            who = await self.desk.registration.confirm(
                token,
                self.field("password", strip=False),
                address=self.address,
                portal=passkey_site(self).origin,
            )
            done = True
        except InvalidEntry as wrong:
            self.set_status(422)
            problem = str(wrong)
        except TooManyAttempts as wait:
            self.ask_to_wait(wait)
            problem = str(wait)
        except NotFound:
            self.set_status(404)
            who = None
        self.show("register_confirm.html.j2", token=token, who=who, done=done, problem=problem)
