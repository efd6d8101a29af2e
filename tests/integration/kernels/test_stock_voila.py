"""A plain notebook in Voila as it comes, with forked kernels: what the folder's README promises."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil

NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": "0",
            "metadata": {},
            "outputs": [],
            "source": "import os\n\nos.getpid(), os.getppid(), 6 * 7",
        }
    ],
    "metadata": {
        "kernelspec": {"display_name": "Any", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    },
    "nbformat": 4,
    "nbformat_minor": 5,
}
SPEC_MANAGER = "DirectoryKernelSpecManager"
SHOWN = re.compile(r"\((\d+), (\d+), 42\)")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def read(address: str, *, seconds: float = 60.0) -> str:
    until = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=seconds) as answer:  # noqa: S310 our own
                return answer.read().decode()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def test_plain_notebook_in_voila_runs_in_a_fork(supervisor, tmp_path: Path) -> None:
    from pupiltrack_portal.kernels.kernelspec import write_kernelspec

    write_kernelspec(tmp_path / "specs", socket_path=supervisor.socket_path)
    (tmp_path / "plain.ipynb").write_text(json.dumps(NOTEBOOK))
    port = free_port()
    folder = "pupiltrack_portal.kernels"
    command = [
        *(sys.executable, "-m", "voila", str(tmp_path / "plain.ipynb"), "--no-browser"),
        *(f"--port={port}", "--Voila.ip=127.0.0.1"),
        f"--VoilaConfiguration.kernel_spec_manager_class={folder}.kernelspec.{SPEC_MANAGER}",
        f"--DirectoryKernelSpecManager.directory={tmp_path / 'specs'}",
        f"--KernelManager.client_class={folder}.readiness.PromptKernelClient",
    ]
    environment = {**os.environ, "JUPYTER_PREFER_ENV_PATH": "1"}
    with (tmp_path / "log").open("w") as log:
        voila = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        shown = SHOWN.search(read(f"http://127.0.0.1:{port}/"))
        assert shown, (tmp_path / "log").read_text()
        kernel, parent = int(shown.group(1)), int(shown.group(2))
        assert parent == supervisor.pid
        assert psutil.Process(kernel).name() == "forked-kernel"
    finally:
        voila.terminate()
        voila.wait(30)
    # Its server has gone, and with it the kernel.
    until = time.monotonic() + 30
    while psutil.pid_exists(kernel) and time.monotonic() < until:
        time.sleep(0.05)
    assert not psutil.pid_exists(kernel)
