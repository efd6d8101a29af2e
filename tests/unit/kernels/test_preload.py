"""What is checked before anything is forked."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from pupiltrack_portal.kernels.errors import PreloadRefused
from pupiltrack_portal.kernels.preload import (
    check_descriptors,
    check_threads,
    clean_environment,
    give_back_memory,
    list_descriptors,
    preload_modules,
    rehearse,
)


def test_clean_environment_drops_what_it_does_not_know():
    clean = clean_environment({"PATH": "/bin", "DATABASE_URL": "secret", "LC_ALL": "C"})
    assert clean["PATH"] == "/bin"
    assert clean["LC_ALL"] == "C"
    assert "DATABASE_URL" not in clean


def test_clean_environment_keeps_what_is_asked_for():
    assert clean_environment({"MODEL_DIR": "/m"}, keep=["MODEL_DIR"])["MODEL_DIR"] == "/m"


def test_clean_environment_has_one_thread_per_library_whatever_was_set():
    assert clean_environment({"OPENBLAS_NUM_THREADS": "8"})["OPENBLAS_NUM_THREADS"] == "1"


def test_clean_environment_of_a_clean_one_changes_nothing():
    clean = clean_environment({"PATH": "/bin", "A": "1"})
    assert clean_environment(clean) == clean


def test_check_threads_names_the_thread_that_runs():
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, name="left-behind")
    thread.start()
    try:
        with pytest.raises(PreloadRefused, match="left-behind"):
            check_threads()
    finally:
        stop.set()
        thread.join()


def test_check_descriptors_refuses_a_socket_left_open():
    before = list_descriptors()
    with socket.socket(), pytest.raises(PreloadRefused, match="socket"):
        check_descriptors(before)


def test_check_descriptors_lets_a_device_stay_open():
    before = list_descriptors()
    with open(os.devnull, "rb"):
        check_descriptors(before)


def test_preload_modules_names_the_module_that_fails():
    with pytest.raises(PreloadRefused, match="no_such_module_here"):
        preload_modules(["json", "no_such_module_here"])


def test_rehearse_names_the_function_that_fails():
    with pytest.raises(PreloadRefused, match="json:no_such_function"):
        rehearse(["json:no_such_function"])


def resident() -> int:
    """The bytes of memory this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_give_back_memory_leaves_the_system_what_is_free_between_what_is_held():
    each, number = 40_000, 1000  # small enough for the heap, which shrinks at its end alone
    held = [bytes(each) for _ in range(number)]
    last = bytes(each)
    before = resident()
    del held
    give_back_memory()
    assert before - resident() > each * number // 2
    assert len(last) == each
