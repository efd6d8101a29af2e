"""Signing in with a passkey: the question, and its answer."""

from __future__ import annotations

from jupyter_server.auth.decorator import allow_unauthenticated

from pupiltrack_core.errors import SignInRefused, TooManyAttempts
from pupiltrack_portal.server.local_paths import local_page
from pupiltrack_portal.server.passkey_site import passkey_site
from pupiltrack_portal.server.signing_in import EntryHandler


class PasskeyQuestionHandler(EntryHandler):
    """`/login/passkey/question`: what the browser is to have signed."""

    answers_json = True

    @allow_unauthenticated
    async def post(self) -> None:
        """Return the options; they say nothing of any account."""
        self.answer_json({"options": self.desk.passkey_question(passkey_site(self))})


class PasskeyEntryHandler(EntryHandler):
    """`/login/passkey`: the signed answer, sent by the sign-in page's form."""

    @allow_unauthenticated
    async def post(self) -> None:
        """Let the owner in. Everything wrong is answered like a wrong password."""
        next_page = local_page(self.get_body_argument("next", None))
        try:
            signed_in = await self.desk.sign_in_with_passkey(
                self.get_body_argument("passkey", ""), passkey_site(self), address=self.address
            )
        except (SignInRefused, TooManyAttempts) as refused:
            await self.show_refusal(refused, next_page=next_page)
            return
        await self.let_in(signed_in)
        self.redirect(next_page, status=303)
