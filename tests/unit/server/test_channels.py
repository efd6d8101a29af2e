"""What a page's socket sends, takes in and lets in."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from pupiltrack_portal.server.channels import MOST_BYTES_UNREAD, TOO_MUCH, ChannelsHandler

PIECE = b"x" * (MOST_BYTES_UNREAD // 4)


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> ChannelsHandler:
    """A handler whose messages are under way until their futures are done, in `under_way`."""
    made: Any = ChannelsHandler.__new__(ChannelsHandler)
    made.under_way, made.closed_with = [], []

    def send(self: Any, message: bytes, binary: bool = False) -> asyncio.Future[None]:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.under_way.append(future)
        return future

    def close(self: Any, code: int | None = None, reason: str | None = None) -> None:
        self.is_closed = True
        self.closed_with.append(code)

    monkeypatch.setattr(VoilaKernelWebsocketHandler, "write_message", send)
    monkeypatch.setattr(ChannelsHandler, "close", close)
    return made  # type: ignore[no-any-return]


def test_write_message_to_a_browser_that_does_not_read_closes(handler: Any) -> None:
    async def write() -> None:
        for _ in range(6):
            handler.write_message(PIECE, binary=True)

    asyncio.run(write())
    assert len(handler.under_way) == 4
    assert handler.closed_with == [TOO_MUCH]


def test_write_message_to_a_browser_that_reads_goes_on(handler: Any) -> None:
    async def write() -> None:
        for _ in range(12):
            handler.write_message(PIECE, binary=True)
            handler.under_way[-1].set_result(None)
            await asyncio.sleep(0)

    asyncio.run(write())
    assert len(handler.under_way) == 12
    assert handler.closed_with == []
