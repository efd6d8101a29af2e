"""What pages ask about their session, and how they say that the person did something."""

from __future__ import annotations

from jupyter_server.auth.decorator import allow_unauthenticated

from pupiltrack_portal.server.desk import utc_now
from pupiltrack_portal.server.handlers import PortalHandler
from pupiltrack_portal.server.live import idle_seconds, overall_seconds


class SessionHandler(PortalHandler):
    """`/api/session`: asked every few seconds, so it must leave the idle clock alone."""

    answers_json = True

    async def get(self) -> None:
        """Return the seconds to each end of the session; 401 once it is over.

        With `kernel`, also whether that kernel runs and is the person's own.
        """
        kernel_id = self.get_query_argument("kernel", "")
        session_id = self.user.principal.session_id
        self.answer_json(
            {
                "idle_seconds": idle_seconds(self.user.live, now=utc_now()),
                "overall_seconds": overall_seconds(self.user.live, now=utc_now()),
                "kernel": self.register.is_owned_by(kernel_id, session_id),
            }
        )


class RoomHandler(PortalHandler):
    """`/api/room`: asked by a page that says the portal is busy, until it may be opened."""

    answers_json = True

    async def get(self) -> None:
        """Return whether a page of this person could be opened now. Nothing is kept for them."""
        why = self.register.why_no_room(
            self.user.principal.session_id, user_id=self.user.principal.user_id
        )
        self.answer_json({"room": why is None})


class ActHandler(PortalHandler):
    """`/api/act`: a key was pressed or a pointer used. Never sent by a timer."""

    answers_json = True

    async def post(self) -> None:
        """Restart the idle clock and return the seconds it now has; 401 when it had run out."""
        await self.desk.touch(self.user.principal.session_id)
        live = await self.desk.find_session(self.user.token)
        if live is None:
            self.answer_json({"error": "The session is over."}, status=401)
            return
        self.answer_json(
            {
                "idle_seconds": idle_seconds(live, now=utc_now()),
                "overall_seconds": overall_seconds(live, now=utc_now()),
            }
        )


class HealthHandler(PortalHandler):
    """`/healthz`: for whatever watches over the server. Says nothing but whether it works."""

    answers_json = True

    async def prepare(self, **kwargs: object) -> None:
        """Needs no session and no particular host name."""
        self.current_user = self._jupyter_current_user = None

    @allow_unauthenticated
    async def get(self) -> None:
        """Answer 200 when the database answers; 503 when it does not, or the server is ending."""
        if self.register.is_closed:
            self.answer_json({"status": "stopping"}, status=503)
            return
        await self.desk.check_database()
        self.answer_json({"status": "ok"})
