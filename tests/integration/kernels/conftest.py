"""Supervisors and kernels, started for a test and gone after it."""

from __future__ import annotations

import ast
import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from jupyter_client import AsyncKernelManager
from traitlets.config import Config

from pupiltrack_portal.kernels.kernelspec import DirectoryKernelSpecManager, write_kernelspec
from pupiltrack_portal.kernels.lifecycle import start_supervisor

CLIENT_CLASS = "pupiltrack_portal.kernels.readiness.PromptKernelClient"
PRELOAD = ["random", "numpy.random"]


@pytest.fixture(scope="session")
def make_supervisor():
    """A function that starts a supervisor in a directory of its own; all are stopped at the end.

    The directory is not pytest's: with a long one its path would not fit a Unix socket.
    """
    with contextlib.ExitStack() as started:

        def make(*, environment=None, preload=PRELOAD):
            directory = tempfile.mkdtemp(prefix="k")
            started.callback(shutil.rmtree, directory)
            path = f"{directory}/run/supervisor"
            handle = start_supervisor(path, preload, environment or dict(os.environ))
            started.callback(handle.stop)
            return handle

        yield make


@pytest.fixture(scope="session")
def supervisor(make_supervisor):
    """One supervisor for the tests that do it no harm, with a secret in its environment."""
    return make_supervisor(environment={**os.environ, "SERVER_SECRET": "swordfish"})


@pytest.fixture
def find_specs():
    """A function from a supervisor to a kernelspec manager that knows its kernels."""

    def find(supervisor):
        folder = Path(supervisor.socket_path).parent.parent / "kernels"
        write_kernelspec(folder, socket_path=supervisor.socket_path)
        return DirectoryKernelSpecManager(directory=str(folder))

    return find


@pytest.fixture
def open_kernel(find_specs):
    """An async context manager: a kernel of a supervisor, as (manager, client)."""

    @contextlib.asynccontextmanager
    async def opened(supervisor, *, config=None, **arguments):
        manager = AsyncKernelManager(
            kernel_name="pupiltrack",
            kernel_spec_manager=find_specs(supervisor),
            client_class=CLIENT_CLASS,
            config=config or Config(),
        )
        arguments.setdefault("env", dict(os.environ))
        await manager.start_kernel(**arguments)
        client = manager.client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=60)
            yield manager, client
        finally:
            client.stop_channels()
            await manager.shutdown_kernel(now=True)

    return opened


@pytest.fixture
def evaluate():
    """An async function: the value of a Python expression in a client's kernel."""

    async def value(client, expression, *, setup=""):
        content = {"status": "aborted"}
        while content["status"] == "aborted":  # as what comes in the moment after an error is
            reply = await client.execute(
                setup, user_expressions={"value": expression}, reply=True, timeout=60
            )
            content = reply["content"]
        assert content["status"] == "ok", content
        found = content["user_expressions"]["value"]
        assert found["status"] == "ok", found
        return ast.literal_eval(found["data"]["text/plain"])

    return value
