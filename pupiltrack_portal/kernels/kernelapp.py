"""IPython's kernel application: built before the fork, given its sockets after it.

Building it, with its kernel and its shell, takes as long as everything else a kernel does to start,
and twenty megabytes that kernels can share. What must not be shared stays for the fork: sockets,
threads, the event loop, the session's number and key.

Importing this module imports all of ipykernel but its debugger, which costs a third of a kernel's
memory and opens a way to stop a kernel from outside.
"""

from __future__ import annotations

import importlib
import os
import sys
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import zmq

_DEBUGGER = "debugpy"
# What a kernel imports while it starts, and not before.
_LATE_MODULES = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "faulthandler",
    "tornado.platform.asyncio",
)
_CONTROL_SECONDS = 5.0
# What a page is told leaves by a thread of its own, which Python lets wait for five milliseconds
# while the page's code goes on computing.
_SWITCH_SECONDS = 0.001


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

from ipykernel.control import ControlThread  # noqa: E402
from ipykernel.ipkernel import IPythonKernel  # noqa: E402
from ipykernel.kernelapp import IPKernelApp  # noqa: E402
from IPython.core.application import BaseIPythonApplication  # noqa: E402
from traitlets import Callable as CallableTrait  # noqa: E402
from traitlets import default  # noqa: E402
from zmq.eventloop.zmqstream import ZMQStream  # noqa: E402

from pupiltrack_portal.kernels.kernel_log import keep_values_out_of_logs  # noqa: E402
from pupiltrack_portal.kernels.kernelspec import KERNEL_OPTIONS  # noqa: E402


class ForkedKernel(IPythonKernel):
    """IPython's kernel without the debugger's sockets, which it would wait for and warn about."""

    def start(self) -> None:
        """Take messages from now on."""
        if self.shell is not None:
            self.shell.exit_now = False
        super(IPythonKernel, self).start()  # type: ignore[no-untyped-call]


class ForkedKernelApp(IPKernelApp):
    """IPython's kernel application for a process that is already imported and set up."""

    name = "ipython-kernel"
    on_bound = CallableTrait()
    is_built = False

    def build(self, options: Sequence[str]) -> None:
        """Do all of `initialize` that opens nothing, for kernels that get these `options`."""
        BaseIPythonApplication.initialize(self, list(options))  # type: ignore[no-untyped-call]
        kernel_class: Any = self.kernel_class
        self.kernel: Any = kernel_class.instance(
            parent=self,
            session=self.session,
            log=self.log,
            profile_dir=self.profile_dir,
            user_ns=self.user_ns,
        )
        self.init_pdb()  # type: ignore[no-untyped-call]
        self.init_path()  # type: ignore[no-untyped-call]
        self.init_shell()  # type: ignore[no-untyped-call]
        self.init_gui_pylab()  # type: ignore[no-untyped-call]
        self.init_extensions()  # type: ignore[no-untyped-call]
        self.init_code()  # type: ignore[no-untyped-call]
        # The first cell is the slowest: what it loads and compiles is there now.
        self.kernel.shell.run_cell("None", store_history=False)
        self.kernel.shell.reset(new_session=True)
        _settle_annotations()
        self.is_built = True

    def connect(self, connection_file: str) -> None:
        """Do the rest of `initialize`, in the kernel's own process: sockets, streams, threads."""
        self.connection_file = connection_file
        self._become_another()
        sys.setswitchinterval(_SWITCH_SECONDS)
        self.init_connection_file()  # type: ignore[no-untyped-call]
        self.init_poller()  # type: ignore[no-untyped-call]
        self.init_sockets()  # type: ignore[no-untyped-call]
        self.init_heartbeat()
        self.write_connection_file()
        self.log_connection_info()
        self.init_io()  # type: ignore[no-untyped-call]
        self.init_signal()  # type: ignore[no-untyped-call]
        self._attach_kernel()

    def _become_another(self) -> None:
        """Give session and kernel what no two of them may share."""
        self.session.session = str(uuid.uuid4())
        self.session.pid = os.getpid()
        self.kernel.ident = str(uuid.uuid4())
        # Where the page's environment says nothing, as `init_gui_pylab` would have set it.
        os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")

    def _attach_kernel(self) -> None:
        """What `init_kernel` gives a kernel that it makes, given to the one that is there."""
        kernel, shell = self.kernel, self.kernel.shell
        kernel.shell_stream = ZMQStream(self.shell_socket)
        kernel.control_stream = ZMQStream(self.control_socket, self.control_thread.io_loop)
        kernel.control_thread = self.control_thread
        kernel.iopub_thread = self.iopub_thread
        kernel.iopub_socket = self.iopub_socket
        kernel.stdin_socket = self.stdin_socket
        kernel._stdout, kernel._stderr = sys.stdout, sys.stderr
        self.control_thread.start()
        shell.displayhook.session = shell.display_pub.session = self.session
        shell.displayhook.pub_socket = shell.display_pub.pub_socket = self.iopub_socket
        shell.displayhook.topic = kernel._topic("execute_result")
        self.displayhook.get_execution_count = lambda: kernel.execution_count
        kernel.record_ports({name + "_port": port for name, port in self._ports.items()})
        if session_name := os.environ.get("JPY_SESSION_NAME"):
            shell.user_ns["__session__"] = session_name

    def init_control(self, context: Any) -> None:
        """Open the control channel alone: no debugger, and no thread that deals out requests.

        A page has one shell. With that thread, which serves several, each message would pass
        through two more sockets.
        """
        self.control_socket = context.socket(zmq.ROUTER)
        self.control_socket.linger = 1000
        self._apply_curve_server_options(self.control_socket)
        self.control_port = self._bind_socket(self.control_socket, self.control_port)  # type: ignore[no-untyped-call]
        self.control_socket.router_handover = 1
        self.control_thread = ControlThread(daemon=True)  # type: ignore[no-untyped-call]

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


def _settle_annotations() -> None:
    """Have Python note, for each class pyzmq asks for its annotations, that it has none.

    The first such question changes the class, and with it what is kept of each class below it.
    `typing.Generic` is one: a fork that asks first writes to several hundred classes, three
    megabytes that were shared.
    """
    for asked in (zmq.Context, zmq.Socket):
        for parent in asked.__mro__:
            getattr(parent, "__annotations__", None)


def build_kernel() -> None:
    """Build the application that a fork becomes, as far as nothing is opened. Called once."""
    app: Any = ForkedKernelApp.instance()
    app.build(KERNEL_OPTIONS)


def run_kernel(argv: Sequence[str], *, on_bound: Callable[[], None]) -> None:
    """Run a kernel with the command line `argv` until it is shut down.

    `on_bound` is called once, when clients can connect. A command line other than the kernelspec's
    own gets a kernel that is built for it, in more time. ValueError for one without "-f FILE".
    """
    keep_values_out_of_logs()
    options = list(argv)
    place = options.index("-f")
    _, connection_file = options[place : place + 2]
    del options[place : place + 2]
    app: Any = ForkedKernelApp.instance()
    if not app.is_built or options != KERNEL_OPTIONS:
        _forget_built(app)
        app = ForkedKernelApp.instance()
        app.build(options)
    app.on_bound = on_bound
    app.connect(connection_file)
    app.start()


def _forget_built(app: Any) -> None:
    if app.is_built:
        type(app.kernel.shell).clear_instance()
        type(app.kernel).clear_instance()
    type(app).clear_instance()
