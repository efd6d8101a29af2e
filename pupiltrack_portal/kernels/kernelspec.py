"""The kernelspec by which a Jupyter server finds the fork provisioner and its supervisor."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from traitlets import Unicode, default

KERNEL_NAME = "pupiltrack"
PROVISIONER_NAME = "fork-provisioner"
# Without others: no dumps of a page's memory on disk, and no page that starts processes for ever.
DEFAULT_LIMITS: Mapping[str, int] = {"core": 0, "nproc": 4096}

# A served page has nobody typing code: no history to keep, nothing to complete. What a library in C
# prints goes to the log, not through two more threads to the page.
KERNEL_OPTIONS = [
    "--HistoryManager.enabled=False",
    "--Completer.use_jedi=False",
    "--IPKernelApp.capture_fd_output=False",
]


class DirectoryKernelSpecManager(KernelSpecManager):
    """Knows the kernels of one directory, and no others of the machine or the user.

    A notebook that asks for another Python kernel by name gets the one of its language here, so a
    page cannot be made to run outside the supervisor by what its file says.
    """

    directory = Unicode(help="The directory that `write_kernelspec` wrote to.").tag(config=True)

    @default("kernel_dirs")
    def _default_kernel_dirs(self) -> list[str]:
        return [self.directory]

    @default("ensure_native_kernel")
    def _default_ensure_native_kernel(self) -> bool:
        return False


def make_kernelspec(
    *,
    socket_path: str,
    display_name: str,
    log_path: str = "",
    limits: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """The contents of kernel.json for kernels of the supervisor at `socket_path`.

    Its command is an ordinary kernel of this Python: what runs when there is no supervisor.
    """
    return {
        "argv": [
            sys.executable,
            "-m",
            "ipykernel_launcher",
            "-f",
            "{connection_file}",
            *KERNEL_OPTIONS,
        ],
        "display_name": display_name,
        "language": "python",
        "interrupt_mode": "signal",
        "metadata": {
            "debugger": False,
            "kernel_provisioner": {
                "provisioner_name": PROVISIONER_NAME,
                # An empty path would hide the one that traitlets' configuration may hold.
                "config": {"socket_path": socket_path}
                | ({"log_path": log_path} if log_path else {})
                | ({"limits": dict(limits)} if limits else {}),
            },
        },
    }


def write_kernelspec(
    directory: str | os.PathLike[str],
    *,
    socket_path: str | os.PathLike[str],
    name: str = KERNEL_NAME,
    display_name: str = "PupilTrack",
    log_path: str | os.PathLike[str] = "",
    limits: Mapping[str, int] | None = None,
) -> Path:
    """Write `<directory>/<name>/kernel.json`, replacing what is there, and return its folder.

    `directory` is the one to give `DirectoryKernelSpecManager`. `log_path` is a file for what the
    kernels write to standard output and error; otherwise it goes nowhere. `limits` are all the
    resource limits of a kernel, by name as in `ForkProvisioner.limits`. Safe while a server reads
    it.
    """
    folder = Path(directory) / name
    folder.mkdir(parents=True, exist_ok=True)
    spec = make_kernelspec(
        socket_path=os.fspath(socket_path),
        display_name=display_name,
        log_path=os.fspath(log_path),
        limits=limits,
    )
    unfinished = folder / f".kernel.json.{os.getpid()}"
    unfinished.write_text(json.dumps(spec, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(folder / "kernel.json")
    return folder
