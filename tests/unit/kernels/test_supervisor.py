"""The supervisor's end of a connection, without forking."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile

import pytest

from pupiltrack_portal.kernels import supervisor as supervisor_module
from pupiltrack_portal.kernels.protocol import receive_message, send_message
from pupiltrack_portal.kernels.supervisor import Supervisor


@pytest.fixture
def supervisor():
    """A supervisor that listens in this process; its signal handlers are taken back after."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    handlers = {number: signal.getsignal(number) for number in numbers}
    directory = tempfile.mkdtemp(prefix="k")
    listening = Supervisor(f"{directory}/supervisor")
    listening.listen()
    yield listening
    listening.close()
    for number, handler in handlers.items():
        signal.signal(number, handler)
    shutil.rmtree(directory)


@pytest.fixture
def connection(supervisor):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as visitor:
        visitor.settimeout(5)
        visitor.connect(supervisor.socket_path)
        yield visitor


def _serve_what_waits(supervisor):
    """One round of the supervisor's loop."""
    for key, _ in supervisor._selector.select(timeout=1):
        assert supervisor._dispatch(key.fileobj) is None


def test_supervisor_answers_a_ping(supervisor, connection):
    send_message(connection, {"ping": True})
    _serve_what_waits(supervisor)
    _serve_what_waits(supervisor)
    answer, _ = receive_message(connection)
    assert answer["kernels"] == 0


def test_supervisor_hangs_up_on_another_user(supervisor, connection, monkeypatch, caplog):
    monkeypatch.setattr(supervisor_module, "read_peer_uid", lambda _: 12345)
    send_message(connection, {"ping": True})
    _serve_what_waits(supervisor)
    with pytest.raises(ConnectionResetError):
        receive_message(connection)
    assert "12345" in caplog.text


@pytest.mark.parametrize("message", [{"argv": []}, {"ping": False}])
def test_supervisor_refuses_what_is_no_launch_request(supervisor, connection, message):
    send_message(connection, message)
    _serve_what_waits(supervisor)
    _serve_what_waits(supervisor)
    answer, _ = receive_message(connection)
    assert "launch request" in answer["error"]
    assert receive_message(connection) == (None, [])


def test_supervisor_socket_is_for_its_owner_only(supervisor):
    assert os.stat(supervisor.socket_path).st_mode & 0o777 == 0o600
