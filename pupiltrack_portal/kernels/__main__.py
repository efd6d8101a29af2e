"""`python -m pupiltrack_portal.kernels --socket PATH --preload MODULE,... [--rehearse M:F,...]`."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from collections.abc import Sequence

from pupiltrack_portal.kernels.child import prepare_process
from pupiltrack_portal.kernels.errors import SupervisorError
from pupiltrack_portal.kernels.preload import (
    check_forkable,
    clean_environment,
    freeze,
    list_descriptors,
    preload_modules,
    rehearse,
)
from pupiltrack_portal.kernels.protocol import READY
from pupiltrack_portal.kernels.supervisor import ForkedChild, Supervisor

_KERNEL_MODULE = "pupiltrack_portal.kernels.kernelapp"


def parse_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """The command line as attributes; lists where it has commas."""

    def split(text: str) -> list[str]:
        return [part for part in text.split(",") if part]

    parser = argparse.ArgumentParser(
        prog="python -m pupiltrack_portal.kernels", description="Fork kernels on request."
    )
    parser.add_argument("--socket", required=True, help="Unix socket to listen on, absolute")
    parser.add_argument("--preload", type=split, default=[], help="modules to import, by commas")
    parser.add_argument("--rehearse", type=split, default=[], help="module:function to call once")
    parser.add_argument("--keep", type=split, default=[], help="environment variables to keep")
    parser.add_argument("--control-fd", type=int, default=-1, help="for start_supervisor")
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> int:
    """Serve until told to stop; in a forked kernel, run it. The process's exit status."""
    options = parse_arguments(argv)
    clean = clean_environment(dict(os.environ), keep=options.keep)
    if clean != dict(os.environ):
        # Only a new program image is rid of the old environment: it stays readable in memory.
        if options.control_fd >= 0:
            os.set_inheritable(options.control_fd, True)
        command = [sys.executable, *sys.orig_argv[1:]]
        os.execve(sys.executable, command, clean)  # noqa: S606 this very program again
    control = socket.socket(fileno=options.control_fd) if options.control_fd >= 0 else None
    if control is not None:
        control.set_inheritable(False)
    try:
        child = _serve(options, control)
    except SupervisorError as error:
        if control is not None:
            control.sendall(f"refused {error}\n".encode())
        sys.stderr.write(f"{error}\n")
        return 2
    if child is None:
        return 0
    return _become_kernel(child)


def _serve(options: argparse.Namespace, control: socket.socket | None) -> ForkedChild | None:
    before = list_descriptors()
    preload_modules([_KERNEL_MODULE, *options.preload])
    from pupiltrack_portal.kernels.kernelapp import build_kernel

    rehearse(options.rehearse)
    build_kernel()  # after the rehearsal, whose widgets would find it without sockets
    check_forkable(before)
    supervisor = Supervisor(options.socket, control)
    freeze()
    supervisor.listen()
    return supervisor.serve()


def _become_kernel(child: ForkedChild) -> int:
    from pupiltrack_portal.kernels.kernelapp import run_kernel

    def tell(word: bytes) -> None:
        os.write(child.ready, word)
        os.close(child.ready)

    try:
        prepare_process(child.request, lifeline=child.lifeline, ready=child.ready)
    except (OSError, ValueError) as error:
        tell(str(error).encode())
        return 1
    sys.argv = ["ipykernel_launcher", *child.request.argv]
    run_kernel(child.request.argv, on_bound=lambda: tell(READY))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
