"""The messages between provisioner and supervisor."""

from __future__ import annotations

import os
import socket

import pytest

from pupiltrack_portal.kernels.errors import SupervisorError
from pupiltrack_portal.kernels.protocol import (
    MAX_PACKET_BYTES,
    LaunchRequest,
    is_peer_allowed,
    read_peer_uid,
    receive_message,
    send_message,
)

REQUEST = LaunchRequest(
    argv=("-f", "connection.json"), environment={"A": "1"}, cwd="/", limits={"core": 0}
)


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        yield ours, theirs


@pytest.mark.parametrize(
    ("peer", "own", "allowed"), [(1000, 1000, True), (1001, 1000, False), (0, 1000, False)]
)
def test_is_peer_allowed_only_for_the_same_user(peer, own, allowed):
    assert is_peer_allowed(peer, own_uid=own) is allowed


def test_read_peer_uid_of_this_process_is_our_own(pair):
    assert read_peer_uid(pair[0]) == os.geteuid()


def test_receive_message_returns_what_was_sent(pair):
    ours, theirs = pair
    send_message(ours, REQUEST.as_message())
    message, descriptors = receive_message(theirs)
    assert LaunchRequest.from_message(message) == REQUEST
    assert descriptors == []


def test_receive_message_brings_descriptors_that_are_not_inherited(pair):
    ours, theirs = pair
    read_end, write_end = os.pipe()
    send_message(ours, {"a": 1}, descriptors=(read_end,))
    _, (copy,) = receive_message(theirs)
    os.write(write_end, b"x")
    assert os.read(copy, 1) == b"x"
    assert not os.get_inheritable(copy)
    for descriptor in (read_end, write_end, copy):
        os.close(descriptor)


def test_receive_message_of_a_closed_connection_is_none(pair):
    ours, theirs = pair
    ours.close()
    assert receive_message(theirs) == (None, [])


@pytest.mark.parametrize("packet", [b"no json", b"[1]", b'{"a": '])
def test_receive_message_refuses_what_is_no_object(pair, packet):
    ours, theirs = pair
    ours.send(packet)
    with pytest.raises(ValueError):
        receive_message(theirs)


def test_receive_message_closes_the_descriptors_of_a_bad_packet(pair):
    ours, theirs = pair
    read_end, write_end = os.pipe()
    socket.send_fds(ours, [b"no json"], [read_end])
    os.close(read_end)
    with pytest.raises(ValueError):
        receive_message(theirs)
    with pytest.raises(BrokenPipeError):
        os.write(write_end, b"x")
    os.close(write_end)


def test_send_message_refuses_an_environment_too_long_to_arrive_whole(pair):
    with pytest.raises(SupervisorError, match="smaller environment"):
        send_message(pair[0], {"environment": {"A": "x" * MAX_PACKET_BYTES}})


@pytest.mark.parametrize(
    "change",
    [{"argv": None}, {"environment": {"A": 1}}, {"cwd": 3}, {"limits": {"core": "0"}}],
)
def test_launch_request_with_a_field_of_the_wrong_type_is_refused(change):
    with pytest.raises(ValueError, match="launch request"):
        LaunchRequest.from_message(REQUEST.as_message() | change)


def test_launch_request_without_a_field_is_refused():
    message = REQUEST.as_message()
    del message["cwd"]
    with pytest.raises(ValueError, match="lacks a field"):
        LaunchRequest.from_message(message)


def test_launch_request_keeps_bytes_that_are_no_text():
    odd = LaunchRequest(argv=(), environment={"A": os.fsdecode(b"\xff")}, cwd="/")
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        send_message(ours, odd.as_message())
        message, _ = receive_message(theirs)
    assert os.fsencode(LaunchRequest.from_message(message).environment["A"]) == b"\xff"
