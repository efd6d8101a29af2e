"""What one look round ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from pupiltrack_core.errors import StorageUnavailable
from pupiltrack_portal.server.kernel_ownership import KernelRegister
from pupiltrack_portal.server.sweeper import Sweeper


class FakeKernel:
    """A kernel that lives or not."""

    def __init__(self, *, alive: bool) -> None:
        self.alive = alive

    async def is_alive(self) -> bool:
        """Whether it lives."""
        return self.alive


class FakeKernels(dict[str, FakeKernel]):
    """The kernel manager, as far as the sweeper goes."""

    def __init__(self, register: KernelRegister) -> None:
        super().__init__()
        self.register = register

    def get_kernel(self, kernel_id: str) -> FakeKernel:
        """One kernel."""
        return self[kernel_id]

    def list_kernel_ids(self) -> list[str]:
        """All of them."""
        return list(self)

    async def end_kernel(self, kernel_id: str) -> None:
        """End one."""
        self.register.remove(kernel_id)
        self.pop(kernel_id, None)

    async def end_kernels_of(self, session_id: int) -> None:
        """End those of one session."""
        for kernel in self.register.of_session(session_id):
            await self.end_kernel(kernel.kernel_id)


class FakeDesk:
    """Sessions that live, or a database that does not answer (None)."""

    def __init__(self, live: Iterable[int] | None) -> None:
        self.live = live
        self.has_purged = False

    async def purge_downloads(self) -> None:
        """Forget files."""
        self.has_purged = True

    async def live_sessions(self, session_ids: Iterable[int]) -> frozenset[int]:
        """Those of the sessions that live."""
        if self.live is None:
            raise StorageUnavailable("The database does not answer. Nothing was changed.")
        return frozenset(self.live) & frozenset(session_ids)


def sweep(live: Iterable[int] | None, kernels: dict[str, tuple[int, bool]]) -> set[str]:
    """The kernels left after one round; each is given by its session and whether it is alive."""
    register = KernelRegister(most=99, most_per_session=99, most_per_person=99)
    manager = FakeKernels(register)
    for kernel_id, (session_id, alive) in kernels.items():
        register.add(kernel_id, session_id=session_id, user_id=session_id, page="home")
        register.has_started(kernel_id)
        manager[kernel_id] = FakeKernel(alive=alive)
    sweeper = Sweeper(
        register=register,
        kernels=manager,  # type: ignore[arg-type]
        desk=FakeDesk(live),  # type: ignore[arg-type]
        log=logging.getLogger("test"),
    )
    asyncio.run(sweeper.sweep())
    return set(manager)


def test_sweep_ends_kernels_of_ended_sessions_only() -> None:
    assert sweep({1}, {"a": (1, True), "b": (2, True), "c": (2, True)}) == {"a"}


def test_sweep_forgets_dead_kernels() -> None:
    assert sweep({1}, {"a": (1, True), "b": (1, False)}) == {"a"}


def test_sweep_without_database_ends_nobody_but_goes_on() -> None:
    assert sweep(None, {"a": (1, True), "b": (1, False)}) == {"a"}


def test_sweep_leaves_a_kernel_that_is_still_starting() -> None:
    register = KernelRegister(most=9, most_per_session=9, most_per_person=99)
    register.add("a", session_id=1, user_id=1, page="home")
    manager = FakeKernels(register)
    manager["a"] = FakeKernel(alive=False)
    sweeper = Sweeper(
        register=register,
        kernels=manager,  # type: ignore[arg-type]
        desk=FakeDesk({1}),  # type: ignore[arg-type]
        log=logging.getLogger("test"),
    )
    asyncio.run(sweeper.sweep())
    assert set(manager) == {"a"}


def test_sweep_ends_a_kernel_without_owner_in_the_second_round() -> None:
    register = KernelRegister(most=9, most_per_session=9, most_per_person=99)
    register.add("a", session_id=1, user_id=1, page="home")
    manager = FakeKernels(register)
    manager["a"] = manager["orphan"] = FakeKernel(alive=True)
    sweeper = Sweeper(
        register=register,
        kernels=manager,  # type: ignore[arg-type]
        desk=FakeDesk({1}),  # type: ignore[arg-type]
        log=logging.getLogger("test"),
    )
    asyncio.run(sweeper.sweep())
    assert set(manager) == {"a", "orphan"}
    asyncio.run(sweeper.sweep())
    assert set(manager) == {"a"}


def test_sweep_forgets_files() -> None:
    register = KernelRegister(most=9, most_per_session=9, most_per_person=99)
    desk = FakeDesk(())
    sweeper = Sweeper(
        register=register,
        kernels=FakeKernels(register),  # type: ignore[arg-type]
        desk=desk,  # type: ignore[arg-type]
        log=logging.getLogger("test"),
    )
    asyncio.run(sweeper.sweep())
    assert desk.has_purged
