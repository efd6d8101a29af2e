"""The steps of ending in good order."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pupiltrack_portal.server import draining
from pupiltrack_portal.server.draining import RESTARTING, Drain
from pupiltrack_portal.server.kernel_ownership import KernelRegister


class FakeKernels(dict[str, SimpleNamespace]):
    """The kernel manager, as far as draining goes."""

    def __init__(self) -> None:
        super().__init__()
        self.hangs: set[str] = set()
        self.ended: list[str] = []

    def list_kernel_ids(self) -> list[str]:
        """All of them."""
        return list(self)

    def get_kernel(self, kernel_id: str) -> SimpleNamespace:
        """One of them."""
        return self[kernel_id]

    async def end_kernel(self, kernel_id: str) -> None:
        """End one, or hang."""
        if kernel_id in self.hangs:
            await asyncio.Event().wait()
        self.ended.append(kernel_id)


class FakeSocket:
    """A socket that remembers how it was closed."""

    code: int | None = None

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Remember."""
        self.code = code


@pytest.fixture
def register() -> KernelRegister:
    """A register with one page, open in a browser."""
    register = KernelRegister(most=9, most_per_session=9, most_per_person=9)
    register.add("a", session_id=1, user_id=1, page="home")
    register.has_been_sent("a")
    return register


@pytest.fixture
def kernels() -> FakeKernels:
    """Its kernel."""
    kernels = FakeKernels()
    kernels["a"] = SimpleNamespace(execution_state="idle")
    return kernels


def drain(register: KernelRegister, kernels: FakeKernels) -> Drain:
    """Draining over these."""
    return Drain(register=register, kernels=cast(Any, kernels))


def test_finish_work_waits_for_a_kernel_that_works(
    register: KernelRegister, kernels: FakeKernels
) -> None:
    kernels["a"].execution_state = "busy"

    async def run() -> None:
        finishing = asyncio.create_task(drain(register, kernels).finish_work())
        await asyncio.sleep(0.5)
        assert not finishing.done()
        assert register.is_closed
        kernels["a"].execution_state = "idle"
        await finishing

    asyncio.run(run())


def test_finish_work_waits_for_a_page_being_opened(
    register: KernelRegister, kernels: FakeKernels
) -> None:
    register.add("b", session_id=1, user_id=1, page="home")

    async def run() -> None:
        finishing = asyncio.create_task(drain(register, kernels).finish_work())
        await asyncio.sleep(0.5)
        assert not finishing.done()
        register.has_been_sent("b")
        await finishing

    asyncio.run(run())


def test_finish_work_of_a_kernel_that_never_rests_goes_on(
    register: KernelRegister, kernels: FakeKernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draining, "SECONDS_FOR_WORK", 0.1)
    kernels["a"].execution_state = "busy"
    asyncio.run(asyncio.wait_for(drain(register, kernels).finish_work(), timeout=10))


def test_close_sockets_says_that_the_server_restarts(
    register: KernelRegister, kernels: FakeKernels
) -> None:
    socket = FakeSocket()
    register.attend("a", socket)
    asyncio.run(drain(register, kernels).close_sockets())
    assert socket.code == RESTARTING


def test_end_kernels_one_that_hangs_keeps_no_other(
    register: KernelRegister, kernels: FakeKernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draining, "SECONDS_TO_END_KERNELS", 0.1)
    kernels["b"] = SimpleNamespace()
    kernels.hangs.add("a")
    asyncio.run(drain(register, kernels).end_kernels())
    assert kernels.ended == ["b"]
