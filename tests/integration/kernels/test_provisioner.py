"""Kernels forked from a supervisor, through jupyter_client."""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal

import pytest
from traitlets import TraitError
from traitlets.config import Config

from pupiltrack_portal.kernels.provisioner import ForkProvisioner

# What ipykernel itself puts into a kernel's environment.
SET_BY_IPYKERNEL = {
    *("TERM", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "PAGER", "GIT_PAGER", "MPLBACKEND"),
}


def test_kernel_computes_in_a_fork_of_the_supervisor(supervisor, open_kernel, evaluate):
    async def scenario():
        async with open_kernel(supervisor) as (manager, client):
            assert manager.provisioner.is_forked
            assert await evaluate(client, "6 * 7") == 42
            parent = await evaluate(client, "os.getppid()", setup="import os")
            assert parent == supervisor.pid

    asyncio.run(scenario())


def test_kernel_talks_over_sockets_in_the_private_directory(supervisor, open_kernel):
    async def scenario():
        async with open_kernel(supervisor) as (manager, _):
            assert manager.transport == "ipc"
            assert os.path.dirname(manager.ip) == os.path.dirname(supervisor.socket_path)

    asyncio.run(scenario())


def test_kernel_environment_is_exactly_the_given_one(supervisor, open_kernel, evaluate, tmp_path):
    given = {"PAGE_TICKET": "abc", "HOME": str(tmp_path), "TEXT": "a=b\nü"}

    async def scenario():
        async with open_kernel(supervisor, env=given) as (_, client):
            seen = await evaluate(client, "dict(os.environ)", setup="import os")
            inherited = await evaluate(
                client, "open('/proc/self/environ', 'rb').read()", setup="import subprocess"
            )
            passed_on = await evaluate(client, "subprocess.check_output(['/usr/bin/env', '-0'])")
        assert {name: seen[name] for name in given} == given
        assert set(seen) - set(given) <= SET_BY_IPYKERNEL
        assert b"swordfish" not in inherited
        assert b"PAGE_TICKET=abc" in passed_on
        assert b"swordfish" not in passed_on

    asyncio.run(scenario())


def test_kernel_runs_where_it_is_told_to(supervisor, open_kernel, evaluate, tmp_path):
    async def scenario():
        async with open_kernel(supervisor, cwd=str(tmp_path)) as (_, client):
            return await evaluate(client, "os.getcwd()", setup="import os")

    assert asyncio.run(scenario()) == str(tmp_path)


def test_start_kernel_in_a_folder_that_is_not_there_is_an_error(supervisor, open_kernel, tmp_path):
    async def scenario():
        async with open_kernel(supervisor, cwd=str(tmp_path / "gone")):
            pass

    with pytest.raises(FileNotFoundError):
        asyncio.run(scenario())


def test_kernel_leads_a_session_with_limits_and_no_debugger(supervisor, open_kernel, evaluate):
    async def scenario():
        async with open_kernel(supervisor) as (manager, client):
            setup = "import os, resource, sys"
            pid = manager.provisioner.pid
            assert await evaluate(client, "(os.getpid(), os.getsid(0))", setup=setup) == (pid, pid)
            soft, _ = await evaluate(client, "resource.getrlimit(resource.RLIMIT_CORE)")
            assert soft == 0
            assert await evaluate(client, "'debugpy' in sys.modules") is False
            with open(f"/proc/{pid}/comm", encoding="ascii") as name:
                assert name.read().strip() == "forked-kernel"

    asyncio.run(scenario())
    assert resource.getrlimit(resource.RLIMIT_NPROC)  # this process has kept its own


def test_kernel_writes_its_own_errors_to_the_log(supervisor, open_kernel, evaluate, tmp_path):
    log = tmp_path / "kernels.log"
    config = Config({"ForkProvisioner": {"log_path": str(log)}})

    async def scenario():
        async with open_kernel(supervisor, config=config) as (_, client):
            await evaluate(client, "os.write(2, b'from a library')", setup="import os")

    asyncio.run(scenario())
    assert b"from a library" in log.read_bytes()
    assert log.stat().st_mode & 0o777 == 0o600


def test_kernel_that_cannot_be_set_up_says_why_and_an_ordinary_one_starts(
    supervisor, open_kernel, evaluate, tmp_path, caplog, monkeypatch
):
    monkeypatch.setattr(ForkProvisioner, "_reported", set())  # one warning for each outage
    config = Config({"ForkProvisioner": {"log_path": str(tmp_path / "gone" / "kernels.log")}})

    async def scenario():
        async with open_kernel(supervisor, config=config) as (manager, client):
            assert not manager.provisioner.is_forked
            assert await evaluate(client, "1 + 1") == 2

    asyncio.run(scenario())
    assert "No such file or directory" in caplog.text


def test_provisioner_refuses_a_limit_the_system_does_not_know():
    with pytest.raises(TraitError, match="patience"):
        ForkProvisioner(limits={"patience": 1})


def _list_sockets(pid):
    links = [os.readlink(entry) for entry in os.scandir(f"/proc/{pid}/fd")]
    return {link for link in links if link.startswith("socket:")}


def test_kernel_shares_no_socket_with_the_supervisor(supervisor, open_kernel):
    async def scenario():
        async with open_kernel(supervisor), open_kernel(supervisor) as (manager, _):
            return _list_sockets(supervisor.pid), _list_sockets(manager.provisioner.pid)

    supervisors, kernels = asyncio.run(scenario())
    assert supervisors
    assert kernels
    assert not supervisors & kernels


def test_random_numbers_differ_between_kernels(supervisor, open_kernel, evaluate):
    drawn = "(random.random(), float(numpy.random.random()))"

    async def draw():
        async with open_kernel(supervisor) as (_, client):
            return await evaluate(client, drawn, setup="import random, numpy.random")

    async def scenario():
        return await asyncio.gather(*(draw() for _ in range(3)))

    draws = asyncio.run(scenario())
    for position in (0, 1):
        assert len({draw[position] for draw in draws}) == 3


def test_interrupt_stops_what_the_kernel_does(supervisor, open_kernel, evaluate):
    async def scenario():
        async with open_kernel(supervisor) as (manager, client):
            request = client.execute("import time\nprint('go')\ntime.sleep(600)")
            while True:
                message = await client.get_iopub_msg(timeout=60)
                if message["msg_type"] == "stream":
                    break
            await manager.interrupt_kernel()
            reply = await client._async_recv_reply(request, timeout=60)
            assert reply["content"]["ename"] == "KeyboardInterrupt"
            assert await evaluate(client, "1 + 1") == 2

    asyncio.run(scenario())


def test_exit_status_of_a_kernel_is_reported(supervisor, open_kernel):
    async def scenario():
        async with open_kernel(supervisor) as (manager, client):
            client.execute("import os\nos._exit(7)")
            status = await asyncio.wait_for(manager.provisioner.exited(), 60)
            return status, await manager.provisioner.poll(), await manager.is_alive()

    assert asyncio.run(scenario()) == (7, 7, False)


def test_killed_kernel_is_seen_by_all_who_wait(supervisor, open_kernel):
    async def scenario():
        async with open_kernel(supervisor) as (manager, _):
            waiting = [asyncio.create_task(manager.provisioner.exited()) for _ in range(2)]
            await asyncio.sleep(0)
            os.kill(manager.provisioner.pid, signal.SIGKILL)
            return await asyncio.wait_for(asyncio.gather(*waiting), 60)

    assert asyncio.run(scenario()) == [-signal.SIGKILL, -signal.SIGKILL]


def test_restart_gives_another_fork_that_works(supervisor, open_kernel, evaluate):
    async def scenario():
        async with open_kernel(supervisor) as (manager, client):
            first = manager.provisioner.pid
            await manager.restart_kernel(now=True)
            await client.wait_for_ready(timeout=60)
            assert manager.provisioner.is_forked
            assert manager.provisioner.pid != first
            assert await evaluate(client, "3 * 3") == 9

    asyncio.run(scenario())


def test_shutdown_asked_for_ends_the_kernel_in_order(supervisor, open_kernel):
    async def scenario():
        async with open_kernel(supervisor) as (manager, client):
            observer = asyncio.create_task(manager.provisioner.exited())
            await asyncio.sleep(0)
            client.shutdown()
            return await asyncio.wait_for(observer, 60)

    assert asyncio.run(scenario()) == 0


def test_fifty_kernels_leave_nothing_behind(make_supervisor, open_kernel, evaluate):
    supervisor = make_supervisor(preload=["random"])
    directory = os.path.dirname(supervisor.socket_path)

    async def one(number):
        async with open_kernel(supervisor) as (_, client):
            assert await evaluate(client, str(number)) == number

    async def cycles():
        for first in range(0, 50, 5):
            await asyncio.gather(*(one(first + n) for n in range(5)))

    def count(pid):
        gc.collect()  # what earlier tests left in cycles is not this test's
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            return len(os.listdir(f"/proc/{pid}/fd")), children.read().split()

    asyncio.run(one(0))  # whatever the first use opens for good
    own, theirs = count(os.getpid()), count(supervisor.pid)
    asyncio.run(cycles())
    assert count(os.getpid()) == own
    assert count(supervisor.pid) == theirs
    assert os.listdir(directory) == ["supervisor"]
