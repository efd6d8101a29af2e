"""Kernels that start and end at the same time."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
import zmq
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.web import HTTPError
from traitlets.config import Configurable

from pupiltrack_core.access import Membership, Page, Principal, Role
from pupiltrack_core.settings import Settings
from pupiltrack_portal.server import kernel_manager
from pupiltrack_portal.server.capacity import sockets_for
from pupiltrack_portal.server.kernel_manager import PageLeft, PortalKernelManager
from pupiltrack_portal.server.kernel_ownership import KernelRegister
from pupiltrack_portal.server.turns import Turns

TEACHER = Principal(1, 7, "u", "U", (Membership(Role.TEACHER, 1, 1),))


class Desk:
    """A desk that gives tickets."""

    async def issue_page_ticket(self, session_id: int, page: str) -> str:
        """A ticket."""
        return "ticket"


class App(Configurable):
    """What the manager takes from the application."""

    desk = Desk()
    portal_settings = Settings()

    def __init__(self) -> None:
        super().__init__()
        self.register = KernelRegister(most=9, most_per_session=9, most_per_person=99)
        self.turns = Turns(1)
        self.handler = SimpleNamespace(has_gone=False)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> App:
    """An application in which one person opens the home page."""
    user = SimpleNamespace(principal=TEACHER)
    app = App()
    monkeypatch.setattr(kernel_manager, "_opener", lambda: (app.handler, user, Page.HOME))
    return app


def test_start_kernel_of_a_session_that_ends_meanwhile_leaves_none(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = []

    async def start(self: Any, *, kernel_id: str, **_: Any) -> None:
        await self.end_kernels_of(TEACHER.session_id)  # the person signs out
        self._kernels[kernel_id] = object()

    async def shut_down(self: Any, kernel_id: str, *, now: bool) -> None:
        ended.append(kernel_id)
        del self._kernels[kernel_id]

    monkeypatch.setattr(AsyncMappingKernelManager, "start_kernel", start)
    monkeypatch.setattr(AsyncMappingKernelManager, "shutdown_kernel", shut_down)
    manager = PortalKernelManager(parent=app)
    with pytest.raises(HTTPError) as refused:
        asyncio.run(manager.start_kernel())
    assert refused.value.status_code == 401
    assert len(ended) == 1
    assert manager.list_kernel_ids() == []
    assert len(app.register) == 0
    assert len(app.turns) == 0


def test_start_kernel_holds_its_turn_until_the_page_has_been_sent(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def start(self: Any, *, kernel_id: str, **_: Any) -> None:
        self._kernels[kernel_id] = object()

    async def open_two() -> None:
        first = await manager.start_kernel()
        second = asyncio.ensure_future(manager.start_kernel())
        await asyncio.sleep(0.01)
        assert not second.done()
        assert app.register.opening() == 2
        manager.has_been_sent(first)
        await second
        assert app.register.opening() == 1

    monkeypatch.setattr(AsyncMappingKernelManager, "start_kernel", start)
    manager = PortalKernelManager(parent=app)
    asyncio.run(open_two())


def test_start_kernel_for_a_browser_that_has_gone_starts_none(app: App) -> None:
    app.handler.has_gone = True
    manager = PortalKernelManager(parent=app)
    with pytest.raises(PageLeft):
        asyncio.run(manager.start_kernel())
    assert len(app.register) == 0
    assert len(app.turns) == 0


def test_start_kernel_of_a_session_that_ends_in_the_queue_starts_none(app: App) -> None:
    manager = PortalKernelManager(parent=app)

    async def wait_and_end() -> None:
        await app.turns.take("somebody else")
        waiting = asyncio.ensure_future(manager.start_kernel())
        await asyncio.sleep(0)
        await manager.end_kernels_of(TEACHER.session_id)
        app.turns.give_back("somebody else")
        with pytest.raises(HTTPError) as refused:
            await waiting
        assert refused.value.status_code == 401

    asyncio.run(wait_and_end())
    assert len(app.turns) == 0


class Stream:
    """A kernel's channel, which calls back when told."""

    is_closed = False

    def on_recv(self, callback: Any) -> None:
        """Remember who is to be called."""
        self.callback = callback

    def close(self) -> None:
        """Remember that as well."""
        self.is_closed = True


@pytest.mark.parametrize(("messages", "ends"), [(16, False), (17, True), (30, True)])
def test_start_buffering_ends_a_kernel_that_says_too_much(
    app: App, monkeypatch: pytest.MonkeyPatch, messages: int, ends: bool
) -> None:
    ended = []

    async def end(kernel_id: str) -> None:
        ended.append(kernel_id)

    async def listen() -> int:
        manager = PortalKernelManager(parent=app)
        manager._kernels["a"] = cast(Any, object())
        app.register.add("a", session_id=1, user_id=1, page="home")
        monkeypatch.setattr(manager, "end_kernel", end)
        stream = Stream()
        manager.start_buffering("a", "a:1", {"iopub": stream})
        for _ in range(messages):
            stream.callback([b"x" * 1024 * 1024])
        await asyncio.sleep(0)
        return len(manager.get_buffer("a", "a:1")["buffer"])

    assert asyncio.run(listen()) == min(messages, 17)
    assert ended == (["a"] if ends else [])


def test_start_buffering_of_a_kernel_that_is_being_ended_keeps_nothing(app: App) -> None:
    manager = PortalKernelManager(parent=app)
    manager._kernels["a"] = cast(Any, object())
    stream = Stream()
    manager.start_buffering("a", "a:1", {"iopub": stream})
    assert stream.is_closed
    assert manager.get_buffer("a", "a:1") is None


def test_context_has_sockets_for_every_kernel(app: App) -> None:
    manager = PortalKernelManager(parent=app)
    assert manager.context.get(zmq.MAX_SOCKETS) == sockets_for(Settings().max_kernels)
