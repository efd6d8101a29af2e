"""The socket between a page and its kernel: who may open it, and what passes in each direction."""

from __future__ import annotations

import asyncio
import json
import re
from itertools import pairwise
from typing import Any, cast

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.ioloop import IOLoop
from tornado.web import HTTPError
from tornado.websocket import WebSocketClosedError
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from pupiltrack_portal.server.cross_site import is_same_origin
from pupiltrack_portal.server.handlers import PortalHandler
from pupiltrack_portal.server.kernel_ownership import is_farewell

# Answers and widgets' messages. Not what a notebook's author sees: code, printed text, results.
OUTGOING = frozenset(
    {
        *("comm_open", "comm_msg", "comm_close", "comm_info_reply"),
        *("status", "display_data", "update_display_data", "error"),
    }
)
LARGEST_MESSAGE = 12 * 1024 * 1024  # a file sent through an upload widget travels in one message
# A page has one; one that lost its line has a second until the first is seen to be dead.
MOST_SOCKETS = 3
# What a browser has not read yet is kept here in memory.
MOST_BYTES_UNREAD = 32 * 1024 * 1024
TOO_MUCH = 1008
SILENT_SECONDS = 25.0  # two pings without an answer, and some
# The name of the socket at the kernel, and in the log: a page makes up a UUID.
_SESSION_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
PROTOCOL = "v1.kernel.websocket.jupyter.org"
_SECONDS_TO_BE_HEARD = 0.25
_NUMBER = 8  # bytes of each length in that protocol
# Channel, header, parent, metadata and content, with an end; a widget's buffers come after them.
_FEWEST_OFFSETS, _MOST_OFFSETS = 6, 1000


class PortalConnection(ZMQChannelsWebsocketConnection):
    """Passes messages on, leaving out what a page must not send or see."""

    _is_new = False

    async def prepare(self) -> None:
        """Get ready without asking the kernel anything: the server has just talked to it."""
        await self._register_session()  # type: ignore[no-untyped-call]
        self.session.key = self.kernel_manager.session.key
        self._run_session = self.kernel_manager.session.session.encode()

    def create_stream(self) -> None:
        """Open the two channels a page uses; there is nothing to ask a person, or to interrupt."""
        self._is_new = True
        identity = self.session.bsession
        for channel in ("iopub", "shell"):
            stream = getattr(self.kernel_manager, f"connect_{channel}")(identity=identity)
            stream.channel = channel
            self.channels[channel] = stream

    def nudge(self) -> asyncio.Future[None]:
        """Wait until what the kernel publishes reaches us.

        A kernel that runs the notebook publishes anyway; one that has done so is asked a question,
        and says that it is busy with it. In the library's way it is asked over two more sockets,
        with a look every twentieth of a second. Channels that were kept need nothing.
        """
        return asyncio.ensure_future(self._until_heard() if self._is_new else asyncio.sleep(0))

    async def _until_heard(self) -> None:
        iopub = self.channels["iopub"]
        heard = asyncio.Event()

        def hear(_message: Any) -> None:
            iopub.stop_on_recv()
            heard.set()

        iopub.on_recv(hear)
        self.session.send(self.channels["shell"], "kernel_info_request")
        try:
            await asyncio.wait_for(heard.wait(), _SECONDS_TO_BE_HEARD)
        except TimeoutError:
            await super().nudge()

    def handle_incoming_message(self, incoming_msg: Any) -> None:
        """Pass one message of the browser on to the kernel, if it may be sent at all."""
        if not self.is_acceptable(incoming_msg):
            return
        super().handle_incoming_message(incoming_msg)

    def is_acceptable(self, message: Any) -> bool:
        """Whether a message is one a page sends. Malformed ones are dropped, not answered."""
        try:
            channel, parts = read_parts(message)
            kind = json.loads(parts[0])["msg_type"]
            json.loads(parts[3]).keys()  # an object, or the kernel would stumble over it
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self.log.warning("A malformed message from a page was dropped.")
            return False
        if channel != "shell" or kind not in self.multi_kernel_manager.allowed_message_types:
            self.log.warning("A message of type %.40r from a page was dropped.", kind)
            return False
        return True

    def handle_outgoing_message(self, stream: Any, outgoing_msg: list[Any]) -> None:
        """Pass one message of the kernel on, unless the browser has gone."""
        if not cast(ChannelsHandler, self.websocket_handler).is_closed:
            super().handle_outgoing_message(stream, outgoing_msg)

    def _on_zmq_reply(self, stream: Any, msg_list: Any) -> None:
        """Pass one message of the kernel on to the browser, if it is of a kind pages use."""
        header: dict[str, Any] = json.loads(msg_list[0])
        # What the notebook's run says of its widgets stands in the page's HTML.
        if header["msg_type"] in OUTGOING and self._run_session not in bytes(msg_list[1]):
            super()._on_zmq_reply(stream, msg_list)  # type: ignore[no-untyped-call]

    def _on_error(self, channel: str, msg: Any, msg_list: Any) -> None:
        """Take kind, text and traceback out of an error; the page's code has logged them."""
        if channel != "iopub":
            return
        msg["header"] = json.loads(msg_list[0])
        if msg["header"]["msg_type"] != "error":
            return
        content = {
            "ename": "Error",
            "evalue": "",
            "traceback": [self.multi_kernel_manager.traceback_replacement_message],
        }
        msg["content"] = content
        msg_list[3] = self.session.pack(content)


def read_parts(message: Any) -> tuple[str, list[bytes]]:
    """Return the channel and the parts of a message in Jupyter's binary protocol.

    Raises ValueError for one that is not whole. The lengths it states are checked before they are
    used: a reader that believes them can be kept busy for ever with a few bytes.
    """
    if not isinstance(message, bytes) or len(message) < _NUMBER:
        raise ValueError("not a binary message")
    count = int.from_bytes(message[:_NUMBER], "little")
    if not _FEWEST_OFFSETS <= count <= _MOST_OFFSETS or len(message) < _NUMBER * (count + 1):
        raise ValueError("an impossible number of parts")
    offsets = [
        int.from_bytes(message[_NUMBER * i : _NUMBER * (i + 1)], "little")
        for i in range(1, count + 1)
    ]
    if offsets != sorted(offsets) or offsets[-1] > len(message):
        raise ValueError("parts outside the message")
    channel, *parts = (message[start:end] for start, end in pairwise(offsets))
    return channel.decode("ascii"), parts


class ChannelsHandler(VoilaKernelWebsocketHandler, PortalHandler):  # type: ignore[misc]
    """`/api/kernels/<id>/channels`: for the kernel's owner, from our own pages only."""

    SUPPORTED_METHODS = ("GET",)  # type: ignore[misc]
    answers_json = True
    is_closed = False
    _unread = 0  # bytes

    def set_default_headers(self) -> None:
        """A refused handshake carries the security headers like any answer."""
        PortalHandler.set_default_headers(self)

    def check_origin(self, origin: str | None = None) -> bool:
        """Whether the socket is asked for by our own page. Without an Origin it is not."""
        return is_same_origin(
            origin or self.get_origin(),
            host=self.request.host,
            public_url=self.portal_settings.public_url,
        )

    async def get(self, kernel_id: str) -> None:
        """Open the socket. 403 for another origin, 404 for a kernel that is not one's own.

        400 for the older protocol, which our pages do not speak, and for a page's number that is
        none; 429 for more sockets than a page uses.
        """
        if not self.check_origin():
            raise HTTPError(403, "a socket asked for by another site")
        owned = self.register.find(kernel_id)
        if owned is None or owned.session_id != self.user.principal.session_id:
            raise HTTPError(404)
        if not _SESSION_ID.fullmatch(self.get_query_argument("session_id", "")):
            raise HTTPError(400, "a socket without the page's own number")
        if PROTOCOL not in self.request.headers.get("Sec-WebSocket-Protocol", ""):
            raise HTTPError(400, "a socket for another protocol")
        if owned.connections >= MOST_SOCKETS:
            raise HTTPError(429, "more sockets than a page uses")
        self.traffic = owned.traffic
        owned.connections += 1  # already in its handshake it costs what an open one does
        try:
            await cast(Any, super().get(kernel_id))  # returns when the socket has closed
        finally:
            owned.connections -= 1

    @property
    def ping_timeout(self) -> float:
        """As long as the interval, which Tornado reads in seconds: its own pings are never due."""
        return float(self.ping_interval)

    def send_ping(self) -> None:
        """Ask the browser for a sign of life, and close when there has been none for long."""
        if self.ws_connection is None or self.is_closed:
            if self.ping_callback is not None:
                self.ping_callback.stop()
            return
        now = IOLoop.current().time()
        if now - self.last_pong > SILENT_SECONDS:
            self.close()
            return
        self.ping(b"")
        self.last_ping = now

    async def open(self, kernel_id: str) -> None:
        """The handshake is done; the session may have ended since it began."""
        if not self.register.is_owned_by(kernel_id, self.user.principal.session_id):
            self.close()
            return
        self.register.attend(kernel_id, self)
        await cast(Any, super().open(kernel_id))

    def on_message(self, ws_message: Any) -> None:
        """Pass a message on unless the page sends more than any page does."""
        if self.is_closed:
            return
        if self.traffic.is_too_much(len(ws_message), now=IOLoop.current().time()):
            self.log.warning("A page sent too much; its socket was closed.")
            self.close(TOO_MUCH, "too much")
            return
        super().on_message(ws_message)

    def write_message(self, message: Any, binary: bool = False) -> None:
        """Send a message; to a browser that has just gone, nothing, and that is no error.

        A browser that leaves too much unread loses the connection, and with it its page.
        """
        if self.is_closed:
            return
        size = len(message)
        if self._unread and self._unread + size > MOST_BYTES_UNREAD:
            self.log.warning("A page does not read what it is sent; its socket was closed.")
            self.close(TOO_MUCH, "too much unread")
            return
        try:
            sending = super().write_message(message, binary)
        except WebSocketClosedError:
            return
        if sending is None:
            return
        self._unread += size

        def has_been_sent(sent: Any) -> None:
            self._unread -= size
            if not sent.cancelled():
                sent.exception()  # seen, so that it is not reported as forgotten

        sending.add_done_callback(has_been_sent)

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Close the socket; from now on nothing passes in either direction."""
        self.is_closed = True
        super().close(code, reason)

    def on_close(self) -> None:
        """Note that the page has gone, or lost its line."""
        self.is_closed = True
        self.register.leave(self.kernel_id, self, is_farewell=is_farewell(self.close_code))
        if getattr(self, "connection", None) is not None:
            super().on_close()
