"""How long and how much a connection may send before anybody is known to be behind it."""

from __future__ import annotations

import asyncio
from typing import Any

import tornado.httpserver
import tornado.testing
import tornado.web

from pupiltrack_portal.server.portal import HTTP_LIMITS, LARGEST_BODY


class Taker(tornado.web.RequestHandler):
    """Takes a form."""

    def post(self) -> None:
        """Say that it came."""
        self.write("taken")


def answer_to(sent: bytes, **changed: Any) -> bytes:
    """What the server answers, all of it, until it closes the connection."""

    async def ask() -> bytes:
        listener, port = tornado.testing.bind_unused_port()
        server = tornado.httpserver.HTTPServer(
            tornado.web.Application([("/", Taker)]), **(HTTP_LIMITS | changed)
        )
        server.add_socket(listener)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        answer = await asyncio.wait_for(reader.read(), timeout=20)
        writer.close()
        await writer.wait_closed()
        server.stop()
        await server.close_all_connections()
        return answer

    return asyncio.run(ask())


def form(size: int, *, sent: int) -> bytes:
    """A form that says it is so large, of which so much is sent."""
    head = f"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {size}\r\n\r\n"
    return head.encode() + b"x" * sent


def test_form_of_ordinary_size_is_taken() -> None:
    assert b"taken" in answer_to(form(LARGEST_BODY, sent=LARGEST_BODY))


def test_form_that_is_too_large_is_refused() -> None:
    assert b"taken" not in answer_to(form(LARGEST_BODY + 1, sent=100))


def test_form_that_never_ends_and_silence_are_given_up() -> None:
    """With shorter times than ours: the names are right, and they are set."""
    assert HTTP_LIMITS["body_timeout"] <= 60
    assert HTTP_LIMITS["idle_connection_timeout"] <= 120
    assert answer_to(form(100, sent=50), body_timeout=0.2) == b""
    assert answer_to(b"", idle_connection_timeout=0.2) == b""
