"""The kernel manager: every kernel has an owner, a page, a ticket and a bare environment."""

from __future__ import annotations

import asyncio
import os
import uuid
from functools import partial
from typing import Any, Protocol, cast

import zmq
from jupyter_core.utils import ensure_async
from jupyter_server.base.call_context import CallContext
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.web import HTTPError
from traitlets import default

from pupiltrack_core.access import Page
from pupiltrack_core.settings import Settings, page_environment
from pupiltrack_portal.server.capacity import sockets_for
from pupiltrack_portal.server.desk import Desk
from pupiltrack_portal.server.identity import PortalUser
from pupiltrack_portal.server.kernel_environment import kernel_environment
from pupiltrack_portal.server.kernel_ownership import KernelRegister
from pupiltrack_portal.server.turns import Turns

# What a browser may send a kernel: messages of widgets that are there, and one question that
# changes nothing. Not comm_open, which could make widgets; not execute_request, which would run
# code; not shutdown_request, which has a route of its own.
ALLOWED_MESSAGES = (
    "comm_close",
    "comm_msg",
    "comm_info_request",
)
# Kept for a page that lost its line. Leaving any out would leave the page wrong when it is back.
MOST_BYTES_KEPT = 16 * 1024 * 1024
FAREWELL = 4404  # a web socket's close code of ours: the kernel is gone


class Application(Protocol):
    """What the kernel manager takes from the application it belongs to."""

    portal_settings: Settings
    desk: Desk
    register: KernelRegister
    turns: Turns


class PageLeft(Exception):
    """The browser went away before it was its page's turn to be opened."""


class PortalKernelManager(AsyncMappingKernelManager):
    """Starts kernels for the person whose request is being answered, and for nobody else."""

    @default("context")
    def _context_default(self) -> zmq.Context[Any]:
        context: zmq.Context[Any] = super()._context_default()
        most = cast(Application, self.parent).portal_settings.max_kernels
        context.set(zmq.MAX_SOCKETS, sockets_for(most))
        return context

    async def start_kernel(  # type: ignore[override]
        self, *, kernel_id: str | None = None, env: dict[str, str] | None = None, **kwargs: Any
    ) -> str:
        """Start a kernel for the page that is being opened and return its id.

        The owner is taken from the request in hand, never from an argument. Of `env`, which Voila
        fills with the server's own environment, only the address's query is used. Waits until it
        is this page's turn. Raises 403 where no signed-in person opens a page, 401 where the
        session ended while the kernel started, and `PageLeft` where the browser has gone.
        """
        handler, user, page = _opener()
        app = cast(Application, self.parent)
        kernel_id = str(uuid.uuid4())
        app.register.add(
            kernel_id,
            session_id=user.principal.session_id,
            user_id=user.principal.user_id,
            page=page,
        )
        # The answer's end is the end of the opening: `has_been_sent` is told from there.
        handler.opens_kernel = kernel_id
        try:
            await self._wait_for_turn(kernel_id, handler)
            ticket = await app.desk.issue_page_ticket(user.principal.session_id, page)
            await super().start_kernel(
                kernel_id=kernel_id,
                env=kernel_environment(
                    os.environ,
                    settings=app.portal_settings.kernel_environment(),
                    page=page_environment(page=page, ticket=ticket),
                    query=(env or {}).get("QUERY_STRING", ""),
                ),
                **kwargs,
            )
        except BaseException:
            app.register.remove(kernel_id)
            app.turns.give_back(kernel_id)
            raise
        if app.register.find(kernel_id) is None:
            # Ended meanwhile, when there was no process to end: nobody else knows of this one.
            await self.end_kernel(kernel_id)
            raise HTTPError(401, "the session ended while a page of it was opened")
        app.register.has_started(kernel_id)
        return kernel_id

    async def _wait_for_turn(self, kernel_id: str, handler: Any) -> None:
        app = cast(Application, self.parent)
        await app.turns.take(kernel_id)
        if handler.has_gone:
            raise PageLeft
        if app.register.find(kernel_id) is None:
            raise HTTPError(401, "the session ended while a page of it waited for its turn")

    def has_been_sent(self, kernel_id: str) -> None:
        """The page of this kernel is complete in the browser: the next one's turn."""
        app = cast(Application, self.parent)
        app.turns.give_back(kernel_id)
        app.register.has_been_sent(kernel_id)

    async def end_kernel(self, kernel_id: str) -> None:
        """Close the kernel's sockets and end it at once; one already gone is no error."""
        app = cast(Application, self.parent)
        owned = app.register.remove(kernel_id)
        app.turns.give_back(kernel_id)
        for socket in tuple(owned.sockets) if owned else ():
            socket.close(FAREWELL, "ended")
        if kernel_id not in self:
            return
        try:
            # Pages save each change as it is made: there is nothing a kernel must still write.
            await ensure_async(cast(Any, self).shutdown_kernel(kernel_id, now=True))
        except HTTPError as error:
            if error.status_code != 404:
                raise

    async def end_kernels_of(self, session_id: int) -> None:
        """End every kernel of a session."""
        app = cast(Application, self.parent)
        owned = app.register.of_session(session_id)
        await asyncio.gather(*(self.end_kernel(kernel.kernel_id) for kernel in owned))

    def start_buffering(self, kernel_id: str, session_key: str, channels: dict[str, Any]) -> None:
        """Keep what the kernel says while no browser listens; end it when that grows too much.

        Of a kernel that is being ended, nothing: who would let go of it again?
        """
        if cast(Application, self.parent).register.find(kernel_id) is None:
            for stream in channels.values():
                stream.close()
            return
        super().start_buffering(kernel_id, session_key, channels)  # type: ignore[no-untyped-call]
        kept: list[tuple[str, list[bytes]]] = self._kernel_buffers[kernel_id]["buffer"]
        size = 0

        def keep(channel: str, parts: list[bytes]) -> None:
            nonlocal size
            if size > MOST_BYTES_KEPT:
                return
            size += sum(len(part) for part in parts)
            kept.append((channel, parts))
            if size > MOST_BYTES_KEPT:
                self.log.warning("Kernel %s says too much to nobody and ends.", kernel_id[:8])
                self._ending = asyncio.ensure_future(self.end_kernel(kernel_id))

        for channel, stream in channels.items():
            stream.on_recv(partial(keep, channel))

    def remove_kernel(self, kernel_id: str) -> Any:
        """Forget a kernel, however it ended, and tell the browsers that still listen to it."""
        owned = cast(Application, self.parent).register.remove(kernel_id)
        for socket in tuple(owned.sockets) if owned else ():
            socket.close(FAREWELL, "ended")
        return super().remove_kernel(kernel_id)


def _opener() -> tuple[Any, PortalUser, Page]:
    handler = CallContext.get(CallContext.JUPYTER_HANDLER)
    user = getattr(handler, "current_user", None)
    page = getattr(handler, "page", None)
    if not isinstance(user, PortalUser) or not isinstance(page, Page):
        raise HTTPError(403, "a kernel is started only for a page that a person opens")
    return handler, user, page
