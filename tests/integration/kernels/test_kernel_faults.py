"""Supervisors that hang or die in the middle of a launch, and kernels that take too much."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time

import pytest
from traitlets.config import Config

from pupiltrack_portal.kernels import lifecycle
from pupiltrack_portal.kernels.client import UNKNOWN_STATUS, fork_kernel
from pupiltrack_portal.kernels.errors import SupervisorError
from pupiltrack_portal.kernels.kernelspec import KERNEL_OPTIONS
from pupiltrack_portal.kernels.protocol import LaunchRequest

MANY = 200


def _children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
        return children.read().split()


def _wait_until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _has_ended(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] in "ZX"
    except FileNotFoundError:
        return True


@pytest.fixture
def make_request(tmp_path):
    """A function: a request for a kernel of its own, as the provisioner would make it."""

    def request(number=0):
        ports = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
        connection = {port: place for place, port in enumerate(ports, start=1)}
        connection |= {"transport": "ipc", "ip": str(tmp_path / f"k{number}"), "key": "a key"}
        file = tmp_path / f"{number}.json"
        file.write_text(json.dumps(connection | {"signature_scheme": "hmac-sha256"}))
        return LaunchRequest(("-f", str(file), *KERNEL_OPTIONS), {}, str(tmp_path))

    return request


@pytest.fixture
def patient(monkeypatch):
    """A supervisor that has died stays dead for the length of a test."""
    monkeypatch.setattr(lifecycle, "FIRST_PAUSE_SECONDS", 600.0)


def test_launch_that_was_given_up_leaves_no_kernel(make_supervisor, make_request):
    supervisor = make_supervisor(preload=[])
    os.kill(supervisor.pid, signal.SIGSTOP)
    with pytest.raises(SupervisorError, match="no answer"):
        asyncio.run(fork_kernel(supervisor.socket_path, make_request(), timeout=0.2))
    os.kill(supervisor.pid, signal.SIGCONT)
    # It takes up the old request before this one; that kernel's lifeline has closed.
    process = asyncio.run(fork_kernel(supervisor.socket_path, make_request(1), timeout=60))
    _wait_until(lambda: _children_of(supervisor.pid) == [str(process.pid)])
    process.close()
    _wait_until(lambda: _children_of(supervisor.pid) == [])


def test_supervisor_killed_before_it_accepts_is_an_error(make_supervisor, make_request, patient):
    supervisor = make_supervisor(preload=[])
    os.kill(supervisor.pid, signal.SIGSTOP)

    async def scenario():
        asked = asyncio.create_task(fork_kernel(supervisor.socket_path, make_request(), timeout=60))
        await asyncio.sleep(0)
        os.kill(supervisor.pid, signal.SIGKILL)
        await asked

    with pytest.raises(SupervisorError):
        asyncio.run(scenario())


def test_supervisor_killed_while_its_kernel_starts_leaves_none_that_nobody_holds(
    make_supervisor, make_request, patient
):
    supervisor = make_supervisor(preload=[])

    async def scenario():
        asked = asyncio.create_task(fork_kernel(supervisor.socket_path, make_request(), timeout=60))
        while not _children_of(supervisor.pid):
            await asyncio.sleep(0)
        (kernel,) = map(int, _children_of(supervisor.pid))
        os.kill(supervisor.pid, signal.SIGKILL)
        return kernel, *await asyncio.gather(asked, return_exceptions=True)

    kernel, answer = asyncio.run(scenario())
    if not isinstance(answer, SupervisorError):  # it had been told of its kernel before the end
        assert answer.poll() is None
        answer.kill()
        assert answer.wait(60) == UNKNOWN_STATUS
    _wait_until(lambda: _has_ended(kernel))


def test_many_launches_at_once_are_all_answered(make_supervisor, make_request):
    supervisor = make_supervisor(preload=[])

    async def launch(number):
        process = await fork_kernel(supervisor.socket_path, make_request(number), timeout=60)
        process.close()
        return process.pid

    async def scenario():
        return await asyncio.gather(*(launch(number) for number in range(MANY)))

    assert len(set(asyncio.run(scenario()))) == MANY
    _wait_until(lambda: _children_of(supervisor.pid) == [])
    assert supervisor.is_ready
    assert supervisor.starts == 1


def test_kernel_that_wants_too_much_memory_is_told_and_harms_no_other(
    supervisor, open_kernel, evaluate
):
    config = Config({"ForkProvisioner": {"limits": {"core": 0, "data": 1 << 30}}})

    async def scenario():
        async with open_kernel(supervisor) as (_, other):
            async with open_kernel(supervisor, config=config) as (_, greedy):
                reply = await greedy.execute("held = bytearray(2 << 30)", reply=True, timeout=60)
                assert reply["content"]["ename"] == "MemoryError"
                assert await evaluate(greedy, "1 + 1") == 2
            assert await evaluate(other, "len(bytearray(2 << 20))") == 2 << 20

    asyncio.run(scenario())


def test_kernel_that_finds_the_disk_full_goes_on(supervisor, open_kernel, evaluate, tmp_path):
    config = Config({"ForkProvisioner": {"limits": {"core": 0, "fsize": 0}}})

    async def scenario():
        async with open_kernel(supervisor, config=config) as (manager, client):
            assert manager.provisioner.is_forked
            writing = f"pathlib.Path({str(tmp_path / 'file')!r}).write_text('x')"
            reply = await client.execute(f"import pathlib\n{writing}", reply=True, timeout=60)
            assert reply["content"]["ename"] == "OSError"
            assert await evaluate(client, "1 + 1") == 2

    asyncio.run(scenario())


def test_what_a_kernel_started_ends_with_it_also_when_it_spins(supervisor, open_kernel, evaluate):
    async def scenario():
        async with open_kernel(supervisor) as (manager, client):
            started = "subprocess.Popen(['/bin/sleep', '600']).pid"
            child = await evaluate(client, started, setup="import subprocess")
            client.execute("while True:\n    pass")
            await manager.shutdown_kernel(now=True)
            return child

    child = asyncio.run(scenario())
    _wait_until(lambda: _has_ended(child))


def test_what_a_kernel_started_ends_with_it_also_when_it_ends_by_itself(
    supervisor, open_kernel, evaluate
):
    async def scenario():
        async with open_kernel(supervisor) as (manager, client):
            started = "subprocess.Popen(['/bin/sleep', '600']).pid"
            child = await evaluate(client, started, setup="import os, subprocess")
            client.execute("os._exit(3)")
            assert await asyncio.wait_for(manager.provisioner.exited(), 60) == 3
            return child

    child = asyncio.run(scenario())
    _wait_until(lambda: _has_ended(child))
