"""The supervisor's own life: starting, dying, being replaced, ending with its server."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
import time

import pytest
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager

from pupiltrack_portal.kernels import lifecycle
from pupiltrack_portal.kernels.client import UNKNOWN_STATUS
from pupiltrack_portal.kernels.errors import PreloadRefused, SupervisorError
from pupiltrack_portal.kernels.kernelspec import write_kernelspec
from pupiltrack_portal.kernels.lifecycle import start_supervisor


def _wait_until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def patient(monkeypatch):
    """A supervisor that has died stays dead for the length of a test."""
    monkeypatch.setattr(lifecycle, "FIRST_PAUSE_SECONDS", 600.0)


def test_kernels_go_on_and_new_ones_start_slowly_without_a_supervisor(
    make_supervisor, open_kernel, evaluate, patient, caplog
):
    supervisor = make_supervisor()

    async def scenario():
        async with open_kernel(supervisor) as (old_manager, old):
            os.kill(supervisor.pid, signal.SIGKILL)
            _wait_until(lambda: supervisor.pid is None)
            assert await evaluate(old, "'still here'") == "still here"
            assert await old_manager.is_alive()
            for _ in range(2):
                async with open_kernel(supervisor) as (new_manager, new):
                    assert not new_manager.provisioner.is_forked
                    assert await evaluate(new, "1 + 1") == 2
            os.kill(old_manager.provisioner.pid, signal.SIGTERM)
            status = await asyncio.wait_for(old_manager.provisioner.exited(), 60)
            assert status == UNKNOWN_STATUS

    asyncio.run(scenario())
    warnings = [record for record in caplog.records if "start slowly" in record.getMessage()]
    assert [record.levelname for record in warnings].count("WARNING") == 1


def test_supervisor_that_dies_is_replaced(make_supervisor, open_kernel, monkeypatch):
    monkeypatch.setattr(lifecycle, "FIRST_PAUSE_SECONDS", 0.0)
    supervisor = make_supervisor(preload=["random"])
    first = supervisor.pid
    os.kill(first, signal.SIGKILL)
    _wait_until(lambda: supervisor.starts == 2 and supervisor.is_ready)
    assert supervisor.pid != first

    async def scenario():
        async with open_kernel(supervisor) as (manager, _):
            assert manager.provisioner.is_forked

    asyncio.run(scenario())


def test_start_supervisor_twice_gives_the_same_one(supervisor):
    assert start_supervisor(supervisor.socket_path, ["decimal"], os.environ) is supervisor


def test_start_supervisor_where_another_process_serves_is_refused(supervisor, tmp_path):
    script = (
        "import os, sys\n"
        "from pupiltrack_portal.kernels.lifecycle import start_supervisor\n"
        "start_supervisor(sys.argv[1], [], os.environ)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, supervisor.socket_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "Another supervisor already serves" in result.stderr
    assert supervisor.is_ready


def test_start_supervisor_refuses_a_module_that_starts_a_thread(make_supervisor, tmp_path):
    (tmp_path / "busy_module.py").write_text(
        "import threading\n"
        "threading.Thread(target=threading.Event().wait, name='ticker', daemon=True).start()\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    with pytest.raises(PreloadRefused, match="ticker"):
        make_supervisor(environment=environment, preload=["busy_module"])


def test_start_supervisor_in_a_directory_open_to_others_is_refused(tmp_path):
    tmp_path.chmod(0o755)
    with pytest.raises(SupervisorError, match="open to other users"):
        start_supervisor(tmp_path / "s", [], os.environ)


def test_stop_removes_the_socket_and_leaves_kernels_alone(make_supervisor, open_kernel, evaluate):
    supervisor = make_supervisor(preload=["random"])

    async def scenario():
        async with open_kernel(supervisor) as (_, client):
            supervisor.stop()
            assert supervisor.pid is None
            assert not os.path.exists(supervisor.socket_path)
            assert await evaluate(client, "2 + 2") == 4

    asyncio.run(scenario())


def test_kernelspec_without_a_socket_path_starts_an_ordinary_kernel(tmp_path, evaluate):
    write_kernelspec(tmp_path, socket_path="")
    specs = KernelSpecManager(kernel_dirs=[str(tmp_path)])

    async def scenario():
        manager = AsyncKernelManager(kernel_name="pupiltrack", kernel_spec_manager=specs)
        await manager.start_kernel(env=dict(os.environ))
        client = manager.client()
        client.start_channels()
        await client.wait_for_ready(timeout=60)
        assert not manager.provisioner.is_forked
        assert await evaluate(client, "1 + 1") == 2
        client.stop_channels()
        os.kill(manager.provisioner.pid, signal.SIGKILL)
        assert await manager.provisioner.exited() == -signal.SIGKILL
        await manager.shutdown_kernel(now=True)

    asyncio.run(scenario())


def test_supervisor_started_by_hand_is_rid_of_its_environment(make_supervisor):
    folder = os.path.dirname(make_supervisor(preload=[]).socket_path)
    os.mkdir(folder + "/hand", 0o700)
    command = [sys.executable, "-m", "pupiltrack_portal.kernels", "--keep", "WANTED"]
    command += ["--socket", folder + "/hand/supervisor"]
    environment = {**os.environ, "SERVER_SECRET": "swordfish", "WANTED": "this"}
    with subprocess.Popen(command, env=environment) as process:
        _wait_until(lambda: os.path.exists(folder + "/hand/supervisor"))
        with open(f"/proc/{process.pid}/environ", "rb") as file:
            held = file.read()
        process.terminate()
    assert b"WANTED=this" in held
    assert b"swordfish" not in held
    assert process.returncode == 0
    assert os.listdir(folder + "/hand") == []


def test_kernel_keeps_nothing_open_that_a_module_opened(make_supervisor, open_kernel, tmp_path):
    (tmp_path / "device_module.py").write_text("KEPT = open('/dev/zero', 'rb')\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    supervisor = make_supervisor(environment=environment, preload=["device_module"])

    def list_links(pid):
        return [os.readlink(entry) for entry in os.scandir(f"/proc/{pid}/fd")]

    async def scenario():
        async with open_kernel(supervisor) as (manager, _):
            assert "/dev/zero" in list_links(supervisor.pid)
            assert "/dev/zero" not in list_links(manager.provisioner.pid)

    asyncio.run(scenario())


_SERVER = """
import asyncio, os, signal, sys
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from pupiltrack_portal.kernels.kernelspec import write_kernelspec
from pupiltrack_portal.kernels.lifecycle import start_supervisor

async def main(folder):
    supervisor = start_supervisor(folder + "/run/supervisor", ["random"], os.environ)
    write_kernelspec(folder + "/kernels", socket_path=supervisor.socket_path)
    specs = KernelSpecManager(kernel_dirs=[folder + "/kernels"])
    manager = AsyncKernelManager(kernel_name="pupiltrack", kernel_spec_manager=specs)
    await manager.start_kernel(env={})
    print(supervisor.pid, manager.provisioner.pid, flush=True)
    sys.stdin.readline()

asyncio.run(main(sys.argv[1]))
"""


def test_server_killed_takes_supervisor_and_kernels_with_it(make_supervisor):
    folder = os.path.dirname(os.path.dirname(make_supervisor(preload=[]).socket_path)) + "/s"
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        left = [os.pidfd_open(int(pid)) for pid in server.stdout.readline().split()]
        assert len(left) == 2
        server.kill()
    for pidfd in left:
        poll = select.poll()
        poll.register(pidfd, select.POLLIN)
        assert poll.poll(60_000)
        os.close(pidfd)
