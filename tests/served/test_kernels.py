"""Kernels and their sockets: for their owner, from our own pages, and for widgets alone."""

from __future__ import annotations

import contextlib
import http.client
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from tests.served.client import message, read_message
from tests.served.conftest import Portal

pytestmark = pytest.mark.served


def messages_until(socket: ClientConnection, kind: str) -> list[tuple[str, Any, Any]]:
    """What the server sends, up to and with the first message of this kind."""
    found = []
    while True:
        found.append(read_message(socket.recv(timeout=20)))
        if found[-1][0] == kind:
            return found


def answers_to(socket: ClientConnection, *sent: bytes) -> list[tuple[str, Any, Any]]:
    """What the server sends for these messages: all up to the reply to a question after them."""
    for item in sent:
        socket.send(item)
    socket.send(message("comm_info_request", {"target_name": "jupyter.widget"}))
    return messages_until(socket, "comm_info_reply")


def test_socket_of_the_owner_answers(portal: Portal) -> None:
    browser = portal.signed_in("teacher")
    with browser.socket(browser.get("/home").kernel_id) as socket:
        reply = answers_to(socket)[-1]
    assert reply[2]["comms"]


@pytest.mark.parametrize("other", ["other", "head", "la_admin", "teacher"])
def test_kernel_of_somebody_else_is_not_there(portal: Portal, other: str) -> None:
    """Also for the same person in another session."""
    browser, stranger = portal.signed_in("teacher"), portal.signed_in(other)
    kernel_id = browser.get("/home").kernel_id
    assert stranger.get(f"/api/kernels/{kernel_id}").status == 404
    assert (
        stranger.request(
            "DELETE",
            f"/api/kernels/{kernel_id}",
            headers={"X-XSRFToken": stranger.cookies["_xsrf"], "Origin": stranger.origin},
        ).status
        == 404
    )
    assert stranger.post(f"/api/kernels/{kernel_id}/farewell").status == 404
    with pytest.raises(InvalidStatus) as refused:
        stranger.socket(kernel_id)
    assert refused.value.response.status_code == 404
    assert browser.get(f"/api/kernels/{kernel_id}").status == 200


@pytest.mark.parametrize("origin", [None, "https://example.org", "null", "http://127.0.0.1:1"])
def test_socket_from_another_origin_is_refused(portal: Portal, origin: str | None) -> None:
    browser = portal.signed_in("teacher")
    kernel_id = browser.get("/home").kernel_id
    with pytest.raises(InvalidStatus) as refused:
        browser.socket(kernel_id, origin=origin)
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("session_id", ["", "a%0Ab", "a:b", "a" * 65, "%C3%A9"])
def test_socket_with_a_strange_number_is_refused(portal: Portal, session_id: str) -> None:
    browser = portal.signed_in("teacher")
    kernel_id = browser.get("/home").kernel_id
    with pytest.raises(InvalidStatus) as refused:
        browser.socket(kernel_id, session_id=session_id)
    assert refused.value.response.status_code == 400
    with browser.socket(kernel_id, session_id="a" * 64):
        pass


def test_socket_without_session_is_refused(portal: Portal) -> None:
    browser = portal.signed_in("teacher")
    kernel_id = browser.get("/home").kernel_id
    with pytest.raises(InvalidStatus) as refused:
        portal.browser().socket(kernel_id)
    assert refused.value.response.status_code in (401, 403)


def test_sockets_of_one_kernel_are_few(portal: Portal) -> None:
    browser = portal.signed_in("teacher")
    kernel_id = browser.get("/home").kernel_id
    with browser.socket(kernel_id), browser.socket(kernel_id), browser.socket(kernel_id) as third:
        with pytest.raises(InvalidStatus) as refused:
            browser.socket(kernel_id)
        assert refused.value.response.status_code == 429
        third.close()
        with browser.socket(kernel_id) as socket:
            assert answers_to(socket)


def test_socket_after_one_that_sent_too_much_is_closed_too(portal: Portal) -> None:
    browser = portal.signed_in("teacher")
    kernel_id = browser.get("/home").kernel_id
    padding = message("comm_info_request", {"target_name": "x" * 9_000_000})
    with browser.socket(kernel_id) as first:
        for _ in range(4):
            answers_to(first, padding)
    with browser.socket(kernel_id) as second:
        second.send(padding)
        with pytest.raises(ConnectionClosed) as closed:
            answers_to(second)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


def test_farewell_needs_the_form_token_and_a_post(portal: Portal) -> None:
    browser = portal.signed_in("teacher")
    kernel_id = browser.get("/home").kernel_id
    address = f"/api/kernels/{kernel_id}/farewell"
    assert browser.post(address, with_token=False).status == 403
    assert browser.post(address, headers={"Origin": "https://example.org"}).status == 403
    assert browser.get(address).status == 405
    assert browser.get(f"/api/kernels/{kernel_id}").status == 200
    assert browser.post(address).status == 204
    assert browser.get(f"/api/kernels/{kernel_id}").status == 404
    assert browser.post(address).status == 404


@pytest.mark.parametrize(
    ("kind", "content", "channel"),
    [
        ("execute_request", {"code": "1+1", "silent": False, "store_history": False}, "shell"),
        ("execute_request", {"code": "1+1", "silent": False, "store_history": False}, "control"),
        ("shutdown_request", {"restart": False}, "control"),
        ("shutdown_request", {"restart": False}, "shell"),
        ("interrupt_request", {}, "control"),
        ("complete_request", {"code": "im", "cursor_pos": 2}, "shell"),
        ("inspect_request", {"code": "print", "cursor_pos": 2}, "shell"),
        ("history_request", {"hist_access_type": "tail", "n": 10, "output": True}, "shell"),
        ("debug_request", {"type": "request", "seq": 1, "command": "initialize"}, "control"),
        ("create_subshell_request", {}, "control"),
        ("input_reply", {"value": "x"}, "stdin"),
    ],
)
def test_socket_drops_what_is_not_for_widgets(
    portal: Portal, kind: str, content: dict[str, Any], channel: str
) -> None:
    browser = portal.signed_in("teacher")
    kernel_id = browser.get("/home").kernel_id
    with browser.socket(kernel_id) as socket:
        answered = {item[0] for item in answers_to(socket, message(kind, content, channel))}
        assert answered <= {"status", "comm_info_reply"}
    assert browser.get(f"/api/kernels/{kernel_id}").status == 200


def test_socket_drops_new_widgets_and_malformed_messages(portal: Portal) -> None:
    browser = portal.signed_in("teacher")
    new_widget = message(
        "comm_open",
        {
            "comm_id": "forged",
            "target_name": "jupyter.widget",
            "data": {"state": {"_model_name": "TextModel"}, "buffer_paths": []},
        },
    )
    with browser.socket(browser.get("/home").kernel_id) as socket:
        backwards = message("comm_msg", {}).replace((56).to_bytes(8, "little"), b"\0" * 7 + b"\x10")
        malformed = (
            *(b"", b"\xff" * 100, b"\0" * 100, (10**6).to_bytes(8, "little") * 9, backwards),
            *(message("comm_msg", {})[:40], message("comm_msg", {})[:-1], "{}", "not json"),
        )
        reply = answers_to(socket, new_widget, *malformed)[-1]
    assert "forged" not in reply[2]["comms"]


def test_socket_sends_no_traceback_and_no_printed_text(portal: Portal) -> None:
    browser = portal.signed_in("teacher")
    with browser.socket(browser.get("/venn").kernel_id) as socket:
        comms = answers_to(socket)[-1][2]["comms"]
        clicks = [
            message(
                "comm_msg",
                {"comm_id": comm, "data": {"method": "custom", "content": {"event": "click"}}},
            )
            for comm in comms
        ]
        answers = answers_to(socket, *clicks)
    assert "A-CHILDS-MARK" not in str(answers)
    assert "A-PRINTED-MARK" not in str(answers)
    assert "venn" not in str(answers)
    errors = [content for kind, _, content in answers if kind == "error"]
    for content in errors:
        assert content["ename"] == "Error"
        assert content["traceback"] == ["Something went wrong on this page."]


def test_socket_that_sends_far_too_much_is_closed(portal: Portal) -> None:
    browser = portal.signed_in("teacher")
    with browser.socket(browser.get("/home").kernel_id) as socket:
        padding = message("comm_info_request", {"target_name": "x" * 9_000_000})
        with pytest.raises(ConnectionClosed) as closed:
            for _ in range(8):
                socket.send(padding)
            while True:
                socket.recv(timeout=20)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code in (1008, 1009)


def test_kernel_of_a_page_abandoned_while_opening_ends(portal: Portal) -> None:
    browser = portal.signed_in("other")
    connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=30)
    connection.request("GET", "/home", headers={"Cookie": browser.cookie_line})
    connection.sock.recv(100)  # the frame has come: the kernel is starting
    connection.close()
    # Eight pages is the limit: none is used up by pages that were abandoned.
    for _ in range(3):
        answer = browser.get("/home")
        assert browser.post(f"/api/kernels/{answer.kernel_id}/farewell").status == 204


def test_session_endpoint_tells_whether_the_kernel_lives(portal: Portal) -> None:
    browser = portal.signed_in("teacher")
    kernel_id = browser.get("/home").kernel_id
    assert browser.get(f"/api/session?kernel={kernel_id}").json["kernel"] is True
    browser.post(f"/api/kernels/{kernel_id}/farewell")
    assert browser.get(f"/api/session?kernel={kernel_id}").json["kernel"] is False
    assert browser.get("/api/session?kernel=..%2f").json["kernel"] is False


def limit_of_data(portal: Portal) -> set[str]:
    """The soft limits of memory of the kernels of this server."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "comm").read_text().strip() != "forked-kernel":
                continue
            if str(portal.temporary).encode() not in (process / "environ").read_bytes():
                continue
            lines = (process / "limits").read_text().splitlines()
            found |= {line.split()[3] for line in lines if line.startswith("Max data size")}
    return found


def test_kernel_has_the_memory_of_the_settings(start_portal: Callable[..., Portal]) -> None:
    portal = start_portal(kernel_memory_mb=700)
    browser = portal.signed_in("teacher")
    with browser.socket(browser.get("/home").kernel_id) as socket:
        assert answers_to(socket)[-1][2]["comms"]
        assert limit_of_data(portal) == {str(700 * 1024 * 1024)}
