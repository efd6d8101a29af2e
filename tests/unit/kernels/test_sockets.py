"""The private directory of a supervisor."""

from __future__ import annotations

import os
import socket

import pytest

from pupiltrack_portal.kernels.errors import SupervisorError
from pupiltrack_portal.kernels.sockets import (
    check_private_directory,
    check_socket_path,
    lock_directory,
    make_private_directory,
    remove_dead_sockets,
    remove_stale_socket,
)


def test_make_private_directory_is_for_its_owner_only(tmp_path):
    directory = tmp_path / "a" / "run"
    make_private_directory(str(directory))
    assert directory.stat().st_mode & 0o777 == 0o700


def test_check_private_directory_refuses_one_open_to_others(tmp_path):
    tmp_path.chmod(0o755)
    with pytest.raises(SupervisorError, match="mode 0700"):
        check_private_directory(str(tmp_path))


def test_check_private_directory_refuses_a_link_to_one(tmp_path):
    make_private_directory(str(tmp_path / "real"))
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(SupervisorError, match="not a directory"):
        check_private_directory(str(tmp_path / "link"))


def test_check_private_directory_refuses_another_users(tmp_path, monkeypatch):
    tmp_path.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(SupervisorError, match="open to other users"):
        check_private_directory(str(tmp_path))


def test_check_socket_path_refuses_one_the_system_would_cut():
    check_socket_path("/" + "a" * 106)
    with pytest.raises(SupervisorError, match="107 bytes"):
        check_socket_path("/" + "a" * 107)


def test_check_socket_path_refuses_a_relative_one():
    with pytest.raises(SupervisorError, match="absolute"):
        check_socket_path("run/supervisor")


def test_lock_directory_held_once_is_refused_until_closed(tmp_path):
    make_private_directory(str(tmp_path / "run"))
    path = str(tmp_path / "run")
    held = lock_directory(path)
    with pytest.raises(SupervisorError, match="Another supervisor"):
        lock_directory(path)
    os.close(held)
    os.close(lock_directory(path))


def test_remove_stale_socket_leaves_a_file_that_is_no_socket(tmp_path):
    file = tmp_path / "supervisor"
    file.write_text("notes")
    with pytest.raises(SupervisorError, match="Nothing was removed"):
        remove_stale_socket(str(file))
    assert file.read_text() == "notes"


def test_remove_stale_socket_without_one_does_nothing(tmp_path):
    remove_stale_socket(str(tmp_path / "supervisor"))
    assert list(tmp_path.iterdir()) == []


def test_remove_dead_sockets_leaves_those_that_listen(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a relative path is short enough wherever the tests run
    with socket.socket(socket.AF_UNIX) as alive, socket.socket(socket.AF_UNIX) as dead:
        alive.bind("kernel-alive")
        alive.listen()
        dead.bind("kernel-dead")
        dead.listen()
        dead.close()
        (tmp_path / "kernel-notes").write_text("")
        with socket.socket(socket.AF_UNIX) as other:
            other.bind("other-dead")
        assert remove_dead_sockets(".", prefix="kernel-") == 1
    assert {path.name for path in tmp_path.iterdir()} == {
        "kernel-alive",
        "kernel-notes",
        "other-dead",
    }
