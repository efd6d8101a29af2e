"""IPython's kernel application, without what a served page never uses.

Importing this module imports all of ipykernel but its debugger, which costs a third of a kernel's
memory and opens a way to stop a kernel from outside.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Any

_DEBUGGER = "debugpy"
# What a kernel imports while it starts, and not before.
_LATE_MODULES = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
)
_CONTROL_SECONDS = 5.0


def _import_without_debugger() -> None:
    """Import ipykernel.debugger while debugpy looks absent, so that it settles to do without."""
    if _DEBUGGER in sys.modules or "ipykernel.debugger" in sys.modules:
        return
    sys.modules[_DEBUGGER] = None  # type: ignore[assignment]  # the import system's own "absent"
    try:
        import ipykernel.debugger  # noqa: F401
    finally:
        del sys.modules[_DEBUGGER]


_import_without_debugger()
for _name in _LATE_MODULES:
    importlib.import_module(_name)

from ipykernel.ipkernel import IPythonKernel  # noqa: E402
from ipykernel.kernelapp import IPKernelApp  # noqa: E402
from traitlets import Callable as CallableTrait  # noqa: E402
from traitlets import default  # noqa: E402

from pupiltrack_portal.kernels.kernel_log import keep_values_out_of_logs  # noqa: E402


class ForkedKernel(IPythonKernel):
    """IPython's kernel with the debugger's event queue left alone when there is no debugger."""

    async def poll_stopped_queue(self) -> None:
        if hasattr(self, "debugger"):
            await super().poll_stopped_queue()  # type: ignore[no-untyped-call]


class ForkedKernelApp(IPKernelApp):
    """IPython's kernel application for a process that is already imported and set up."""

    name = "ipython-kernel"
    on_bound = CallableTrait()

    def init_heartbeat(self) -> None:
        """Start the heartbeat, the last of the sockets, and tell that all are bound."""
        super().init_heartbeat()  # type: ignore[no-untyped-call]
        self.on_bound()

    @default("kernel_class")
    def _default_kernel_class(self) -> type[Any]:
        return ForkedKernel

    def log_connection_info(self) -> None:
        """Note the ports, without the advice for people at a terminal that nobody reads here."""
        self._ports = {
            channel: getattr(self, f"{channel}_port")
            for channel in ("shell", "iopub", "stdin", "hb", "control")
        }

    def start(self) -> None:
        """Run until shut down, then let the control thread finish.

        It answers the shutdown request through the output thread, which the interpreter's exit
        stops first: whoever lost that race waited ten seconds.
        """
        super().start()  # type: ignore[no-untyped-call]
        self.control_thread.stop()
        self.control_thread.join(timeout=_CONTROL_SECONDS)


def run_kernel(argv: Sequence[str], *, on_bound: Callable[[], None]) -> None:
    """Run a kernel with the command line `argv` until it is shut down.

    `on_bound` is called once, when clients can connect.
    """
    keep_values_out_of_logs()
    app: Any = ForkedKernelApp.instance(on_bound=on_bound)
    app.initialize(list(argv))
    app.start()
