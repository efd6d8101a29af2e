"""`fork-provisioner`: a kernel from the supervisor, or an ordinary one when there is none."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
from pathlib import Path
from typing import Any, ClassVar

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import CaselessStrEnum, Dict, Float, Integer, TraitError, Unicode, validate
from traitlets.utils.bunch import Bunch

from pupiltrack_portal.kernels.child import apply_limits, find_limit
from pupiltrack_portal.kernels.client import ForkedProcess, fork_kernel
from pupiltrack_portal.kernels.errors import SupervisorError
from pupiltrack_portal.kernels.kernelspec import DEFAULT_LIMITS
from pupiltrack_portal.kernels.protocol import MAX_SOCKET_PATH_BYTES, LaunchRequest
from pupiltrack_portal.kernels.sockets import IPC_PREFIX, check_private_directory

_LAUNCHER = ["-m", "ipykernel_launcher"]


class ForkProvisioner(LocalProvisioner):
    """Starts kernels by forking a pre-imported process.

    Everything a kernel manager asks of a local kernel works as with `LocalProvisioner`. Without
    `socket_path`, or when no supervisor answers there, the kernelspec's own command is run, with
    one warning until forking works again.
    """

    socket_path = Unicode(
        "", help="Unix socket of the supervisor; empty: never fork. Usually set by the kernelspec."
    ).tag(config=True)

    launch_timeout = Float(
        10.0, help="Seconds the supervisor gets to answer before an ordinary kernel is started."
    ).tag(config=True)

    transport = CaselessStrEnum(
        ["ipc", "tcp"],
        default_value="ipc",
        help="How server and kernel talk: 'ipc', Unix sockets beside the supervisor's in its "
        "private directory, or 'tcp', what the kernel manager is set to. A kernel manager set to "
        "anything but tcp is left as it is.",
    ).tag(config=True)

    limits = Dict(
        value_trait=Integer(),
        key_trait=Unicode(),
        default_value=dict(DEFAULT_LIMITS),
        help="Soft resource limits of each kernel, by RLIMIT name in lower case: core, nproc (of "
        "all the user's processes and threads together), data, as, nofile, cpu.",
    ).tag(config=True)

    log_path = Unicode(
        "", help="File that forked kernels' own output is appended to; empty: dropped."
    ).tag(config=True)

    @validate("limits")
    def _check_limits(self, proposal: Bunch) -> dict[str, int]:
        limits: dict[str, int] = proposal["value"]
        try:
            for name in limits:
                find_limit(name)
        except ValueError as error:
            raise TraitError(f"ForkProvisioner.limits: {error}") from error
        return limits

    # The sockets whose supervisor has been reported missing: one warning for an outage, not one
    # for each page opened during it.
    _reported: ClassVar[set[str]] = set()
    _ipc_prefix = ""
    process: Any = None

    @property
    def is_forked(self) -> bool:
        """Whether the kernel running now came from the supervisor."""
        return isinstance(self.process, ForkedProcess)

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """As LocalProvisioner, after choosing Unix sockets for the kernel where possible."""
        if self.transport == "ipc" and not self._ipc_prefix:
            self._use_unix_sockets()
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel, or run `cmd` when that cannot be done."""
        try:
            process = await self._fork(cmd, kwargs)
        except SupervisorError as error:
            self._report(error)
            info = await super().launch_kernel(cmd, **kwargs)
            with contextlib.suppress(ProcessLookupError):  # it has ended already
                apply_limits(self.limits, pid=self.process.pid)
            return info
        self._reported.discard(self.socket_path)
        self.process = process
        self.pid = self.pgid = process.pid
        self.cwd = kwargs.get("cwd") or Path.cwd()
        return self.connection_info

    async def wait(self) -> int | None:
        """The kernel's exit status once it has ended; at once, where it was forked."""
        if not isinstance(self.process, ForkedProcess):
            return await super().wait()
        process = self.process
        status = await process.wait_async()
        if self.process is process:
            self.process = None
        return status

    async def exited(self) -> int | None:
        """As `wait`, for an observer: the kernel stays managed. None when there is no kernel."""
        if isinstance(self.process, ForkedProcess):
            return await self.process.wait_async()
        while self.process and (status := await self.poll()) is None:
            await asyncio.sleep(0.1)
        return status if self.process else None

    async def send_signal(self, signum: int) -> None:
        """Signal the kernel and what it started, only while it is alive."""
        if isinstance(self.process, ForkedProcess):
            self.process.send_group_signal(signum)
            return
        await super().send_signal(signum)

    async def cleanup(self, restart: bool = False) -> None:
        """Let go of the process and remove its sockets; a kernel that still runs is killed."""
        if isinstance(self.process, ForkedProcess):
            if self.process.poll() is None:
                self.process.send_group_signal(signal.SIGKILL)
            self.process.close()
            self.process = None
        await super().cleanup(restart=restart)
        if self._ipc_prefix:
            directory, name = os.path.split(self._ipc_prefix)
            with contextlib.suppress(FileNotFoundError):  # it goes with its server
                for entry in os.scandir(directory):
                    if entry.name.startswith(f"{name}-"):
                        os.unlink(entry.path)

    async def _fork(self, cmd: list[str], kwargs: dict[str, Any]) -> ForkedProcess:
        if not self.socket_path:
            raise SupervisorError("no socket path is set")
        if cmd[1:3] != _LAUNCHER:
            raise SupervisorError(f"the kernelspec does not run {' '.join(_LAUNCHER)}")
        request = LaunchRequest(
            argv=tuple(cmd[3:]),
            environment=dict(kwargs.get("env", {})),
            cwd=os.path.abspath(kwargs.get("cwd") or "."),
            limits=dict(self.limits),
            log_path=self.log_path,
        )
        return await fork_kernel(self.socket_path, request, timeout=self.launch_timeout)

    def _report(self, error: SupervisorError) -> None:
        first = self.socket_path not in self._reported
        self._reported.add(self.socket_path)
        report = self.log.warning if first else self.log.debug
        report("Kernels start slowly, as ordinary processes, because %s.", error)

    def _use_unix_sockets(self) -> None:
        """Point the kernel manager at sockets in the supervisor's directory, if it is usable."""
        manager = self.parent
        directory = os.path.dirname(self.socket_path)
        if manager is None or manager.transport != "tcp" or not directory:
            return
        prefix = os.path.join(directory, IPC_PREFIX + secrets.token_hex(8))
        if len(os.fsencode(prefix)) + len("-5") > MAX_SOCKET_PATH_BYTES:
            return
        try:
            check_private_directory(directory)
        except SupervisorError:
            return
        manager.transport = "ipc"
        manager.ip = self._ipc_prefix = prefix
