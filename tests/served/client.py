"""A browser reduced to what tests of the server need: raw requests, cookies, a page's socket."""

from __future__ import annotations

import http.client
import itertools
import json
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from websockets.sync.client import ClientConnection, connect

PASSWORD = "correct horse battery"
COOKIE = "pupiltrack_session"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_FORM_TOKEN = re.compile(r'name="_xsrf" value="([^"]+)"')
_KERNEL = re.compile(r'data-kernel="([0-9a-f-]{36})"')


@dataclass(frozen=True)
class Answer:
    """What the server answered."""

    status: int
    headers: http.client.HTTPMessage
    text: str

    def __getitem__(self, name: str) -> str:
        return self.headers.get(name, "")

    @property
    def json(self) -> Any:
        """The answer's JSON."""
        return json.loads(self.text)

    @property
    def kernel_id(self) -> str:
        """The id of the kernel of the page that was sent."""
        found = _KERNEL.search(self.text)
        assert found, self.text[-2000:]
        return found.group(1)


class Browser:
    """Keeps cookies, sends an Origin with writes, follows nothing by itself."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.host = f"127.0.0.1:{port}"
        self.origin = f"http://{self.host}"
        self.cookies: dict[str, str] = {}

    def request(
        self,
        method: str,
        path: str,
        *,
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send exactly this path, as it is written."""
        connection = self.connection()
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            sent = {"Host": self.host, **({"Cookie": self.cookie_line} if self.cookies else {})}
            sent.update(headers or {})
            content = body.encode() if isinstance(body, str) else body
            if content is not None:
                sent["Content-Length"] = str(len(content))
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.endheaders(content)
            response = connection.getresponse()
            text = response.read().decode("utf-8", "replace")
        finally:
            connection.close()
        for line in response.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            if value in ("", '""'):
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return Answer(response.status, response.headers, text)

    def connection(self) -> http.client.HTTPConnection:
        """A new connection to the server."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    @property
    def cookie_line(self) -> str:
        """The Cookie header."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a path."""
        return self.request("GET", path, headers=headers)

    def post(
        self,
        path: str,
        fields: Mapping[str, str] | None = None,
        *,
        with_token: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a form as our own page would, with the form's token unless told otherwise."""
        sent = dict(fields or {})
        if with_token:
            sent.setdefault("_xsrf", self.cookies.get("_xsrf", ""))
        own = {**FORM, "Origin": self.origin, **(headers or {})}
        return self.request("POST", path, body=urlencode(sent), headers=own)

    def sign_in(self, user_name: str, password: str = PASSWORD, **fields: str) -> Answer:
        """Fill the sign-in form in."""
        found = _FORM_TOKEN.search(self.get("/login").text)
        assert found
        return self.post(
            "/login",
            {"user_name": user_name, "password": password, "_xsrf": found.group(1), **fields},
        )

    def socket(
        self, kernel_id: str, *, origin: str | None = "own", session_id: str | None = None
    ) -> ClientConnection:
        """Open the socket of a page's kernel."""
        session_id = str(uuid.uuid4()) if session_id is None else session_id
        return connect(
            f"ws://{self.host}/api/kernels/{kernel_id}/channels?session_id={session_id}",
            origin=self.origin if origin == "own" else origin,  # type: ignore[arg-type]
            additional_headers={"Cookie": self.cookie_line},
            subprotocols=["v1.kernel.websocket.jupyter.org"],  # type: ignore[list-item]
            open_timeout=30,
            max_size=None,
        )

    def wait_until_up(self, seconds: float, *, is_alive: Callable[[], bool]) -> None:
        """Return once the server answers."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and is_alive():
            try:
                self.get("/healthz")
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError("the server did not start")


def message(kind: str, content: Mapping[str, Any], channel: str = "shell") -> bytes:
    """Return a Jupyter message as pages send it."""
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": kind,
        "username": "",
        "session": uuid.uuid4().hex,
        "date": "2026-01-01T00:00:00Z",
        "version": "5.3",
    }
    parts = [json.dumps(part).encode() for part in (header, {}, {}, content)]
    offsets = [8 * (1 + len(parts) + 2)]
    for part in (channel.encode(), *parts):
        offsets.append(offsets[-1] + len(part))
    head = len(offsets).to_bytes(8, "little")
    return (
        head
        + b"".join(n.to_bytes(8, "little") for n in offsets)
        + channel.encode()
        + b"".join(parts)
    )


def read_message(raw: bytes | str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return the type, parent header and content of a message the server sent."""
    assert isinstance(raw, bytes)
    count = int.from_bytes(raw[:8], "little")
    offsets = [int.from_bytes(raw[8 * (i + 1) : 8 * (i + 2)], "little") for i in range(count)]
    pieces = [raw[start:end] for start, end in itertools.pairwise(offsets)]
    header, parent, _, content = (json.loads(piece) for piece in pieces[1:5])
    return header["msg_type"], parent, content
