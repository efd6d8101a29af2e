"""Opening a page: role, room, kernel, and the HTML sent while the notebook runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

from tornado.iostream import StreamClosedError

from pupiltrack_core.access import Page, may_open
from pupiltrack_portal.kernels.kernelspec import KERNEL_NAME
from pupiltrack_portal.server.desk import utc_now
from pupiltrack_portal.server.errors_shown import NO_SUCH_PAGE, NOT_YOURS, PortalHTTPError
from pupiltrack_portal.server.forks import Forks
from pupiltrack_portal.server.front_end import PAGES_WITH_DATAGRID, FrontEnd
from pupiltrack_portal.server.handlers import PortalHandler, new_reference
from pupiltrack_portal.server.headers import content_security_policy
from pupiltrack_portal.server.json_in_html import json_in_html
from pupiltrack_portal.server.kernel_manager import PortalKernelManager
from pupiltrack_portal.server.kernel_ownership import Room
from pupiltrack_portal.server.live import idle_seconds
from pupiltrack_portal.server.page_run import Failure, NotebookFolder, PageRun

# A server that has just started: its forks are ready sooner than a kernel of its own would be.
_SECONDS_FOR_FORKS = 10.0


class PageHandler(PortalHandler):
    """One page of the portal at its own address."""

    page: Page | None = None
    _is_abandoned = False

    async def get(self, address: str) -> None:
        """Send the page. 404 for no page, 403 for a role that does not open it, 503 when full."""
        page = Page(address) if address in set(Page) else None
        if page is None:
            raise PortalHTTPError(NO_SUCH_PAGE)
        if not may_open(self.user.principal, page):
            raise PortalHTTPError(NOT_YOURS)
        notebook = cast(NotebookFolder, self.settings["notebooks"]).load(page)
        if notebook is None:
            raise PortalHTTPError(NO_SUCH_PAGE)
        # Opening a page is an act. Before a place is held: what fails here must not keep one.
        await self.desk.touch(self.user.principal.session_id)
        room = self.register.hold_room(
            self.user.principal.session_id, user_id=self.user.principal.user_id
        )
        self.page = page
        run = PageRun(
            notebook,
            start=lambda: self._start_kernel(room),
            log=self.log,
            new_reference=new_reference,
        )
        # Begun at once: the frame is made and sent while the kernel starts.
        starting = asyncio.create_task(run.kernel_start())
        is_open = False
        try:
            await self._send(page, run, starting)
            is_open = not self._is_abandoned and not run.has_failed
        except StreamClosedError:
            self.log.info("A page was left before it was whole.")
        finally:
            await asyncio.wait([starting])
            room.give_up()
            await run.close()
            if not is_open and run.kernel_id is not None:
                await cast(PortalKernelManager, self.kernel_manager).end_kernel(run.kernel_id)

    def on_connection_close(self) -> None:
        """The browser went away before the page was whole."""
        self._is_abandoned = True

    async def _send(self, page: Page, run: PageRun, starting: asyncio.Task[str | Failure]) -> None:
        files = cast(FrontEnd, self.settings["front_end"]).files_for(page)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header(
            "Content-Security-Policy",
            content_security_policy(evaluate=page in PAGES_WITH_DATAGRID),
        )

        async def kernel_start() -> str | Failure:
            # What comes before is the frame and the skeleton: shown while the kernel starts.
            await self.flush()
            return await starting

        async def outputs() -> AsyncIterator[dict[str, Any] | Failure]:
            # The kernel's id: the page's script opens the line to it while the notebook runs.
            await self.flush()
            async for output in run.outputs():
                yield output

        pieces = self.shell.frame(
            page,
            self.user,
            places=await self.desk.place_names(self.user.principal),
            form_token=self.issue_form_token(),
            files=files,
            idle_seconds=idle_seconds(self.user.live, now=utc_now()),
            steps={
                "kernel_start": kernel_start,
                "outputs": outputs,
                "widget_state": lambda: json_in_html(run.widget_state()),
                "config": json_in_html({"extensions": files.extensions}),
                "json": json_in_html,
            },
        )
        async for piece in pieces:
            self.write(piece)

    async def _start_kernel(self, room: Room) -> tuple[str, Any]:
        kernels = cast(PortalKernelManager, self.kernel_manager)
        forks = cast(Forks, self.settings["forks"])
        if forks.is_starting:
            await asyncio.to_thread(forks.wait, _SECONDS_FOR_FORKS)
        room.give_up()  # start_kernel records the kernel before it waits for anything
        kernel_id = await kernels.start_kernel(
            kernel_name=KERNEL_NAME, path="", env={"QUERY_STRING": self.request.query}
        )
        return kernel_id, kernels.get_kernel(kernel_id)
