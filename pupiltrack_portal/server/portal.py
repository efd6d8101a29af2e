"""The portal server: Voila standing alone, with our own doors.

Nothing is read, opened or started on import; `app.main` does that.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import tornado.httpserver
import tornado.web
from jupyter_events import EventLogger
from traitlets.config import Config
from voila.app import Voila

from pupiltrack_core.errors import ConfigurationError
from pupiltrack_core.services.accounts import open_database, policy_for_server
from pupiltrack_core.services.post import post_for
from pupiltrack_core.services.start_checks import require_safe_start
from pupiltrack_core.settings import Settings, derive_key, load_secret
from pupiltrack_portal.kernels.kernelspec import DEFAULT_LIMITS, write_kernelspec
from pupiltrack_portal.server.assets import AssetFolder
from pupiltrack_portal.server.batch_runner import SECONDS_BETWEEN_LOOKS, BatchRunner
from pupiltrack_portal.server.channels import LARGEST_MESSAGE, PortalConnection
from pupiltrack_portal.server.desk import Desk
from pupiltrack_portal.server.draining import Drain
from pupiltrack_portal.server.forks import Forks
from pupiltrack_portal.server.front_end import FrontEnd
from pupiltrack_portal.server.handlers import NotFoundHandler
from pupiltrack_portal.server.identity import PortalIdentityProvider
from pupiltrack_portal.server.kernel_api import OwnKernelsOnly
from pupiltrack_portal.server.kernel_manager import ALLOWED_MESSAGES, PortalKernelManager
from pupiltrack_portal.server.kernel_ownership import KernelRegister
from pupiltrack_portal.server.memory import Memory
from pupiltrack_portal.server.page_run import NotebookFolder
from pupiltrack_portal.server.request_log import log_request
from pupiltrack_portal.server.routes import routes
from pupiltrack_portal.server.shell import Shell
from pupiltrack_portal.server.stopping import Stopping
from pupiltrack_portal.server.sweeper import SECONDS_BETWEEN_ROUNDS, Sweeper
from pupiltrack_portal.server.turns import Turns
from pupiltrack_portal.server.unsafe_options import refuse_unsafe_options
from pupiltrack_portal.server.upkeep import Upkeep

PACKAGE = Path(__file__).resolve().parents[1]
TEMPLATE = "pupiltrack"
TEMPLATE_ROOT = PACKAGE / "templates"
STATIC = PACKAGE / "static"
# Pages that are opened at one moment on one machine only slow each other down.
PAGES_OPENING_AT_ONCE = 4
# With those that wait their turn: the last of them waits some ten seconds, and nobody longer.
PAGES_OPENING_OR_WAITING = 40
PAGES_PER_SESSION = 8
SECONDS_BETWEEN_POSTS = 10
# A line that is dead without having been closed is found out by this: see SILENT_SECONDS.
MS_BETWEEN_PINGS = 10_000
LARGEST_BODY = 64 * 1024  # forms; files come through a page's socket
HTTP_LIMITS = {
    "max_body_size": LARGEST_BODY,
    "max_buffer_size": LARGEST_MESSAGE + LARGEST_BODY,
    # Seconds: for the next request of a connection, and for the whole of a form.
    "idle_connection_timeout": 75,
    "body_timeout": 30,
}


class PortalServer(Voila):  # type: ignore[misc]
    """Voila with sign-in, one owner for each kernel, and no address of its own left open."""

    name = "pupiltrack"
    # Settings come from pupiltrack.toml and the environment; Voila's from ./voila.json alone.
    flags: ClassVar[dict[str, Any]] = {}
    aliases: ClassVar[dict[str, Any]] = {}

    def prepare_server(self, settings: Settings, *, runtime: Path, forks: Forks) -> None:
        """Open what the server holds. `runtime` is a private folder for this run.

        Raises `ConfigurationError` for what would be unsafe or cannot work.
        """
        self.portal_settings = settings
        self.runtime = runtime
        self.forks = forks
        self.database = open_database(settings.database_url)
        require_safe_start(settings, self.database)
        secret = load_secret(settings.secret_file)
        self.form_key = derive_key(secret, "form tokens")
        self.desk = Desk(self.database, policy_for_server(settings))
        self.post = post_for(settings)
        self.register = KernelRegister(
            most=settings.max_kernels,
            most_per_session=PAGES_PER_SESSION,
            # Signed in on several devices: two devices' worth, or a quarter of a large portal.
            most_per_person=max(2 * PAGES_PER_SESSION, settings.max_kernels // 4),
            most_opening=PAGES_OPENING_OR_WAITING,
            has_memory_for=Memory(
                kept_free_mb=settings.min_free_memory_mb, log=self.log
            ).has_room_for,
        )
        self.turns = Turns(PAGES_OPENING_AT_ONCE)
        # Kernels' managers look for it here; each would make and keep one of its own.
        self.event_logger = EventLogger()
        self.front_end = FrontEnd(STATIC)
        self.assets = AssetFolder(STATIC)
        self.notebooks = NotebookFolder(settings.notebooks_dir)
        self.initialize([])
        refuse_unsafe_options(self)
        self._configure(derive_key(secret, "cookies"))

    def _configure(self, cookie_secret: bytes) -> None:
        chosen = self.voila_configuration
        chosen.template = TEMPLATE
        chosen.allow_template_override = chosen.allow_theme_override = "NO"
        chosen.file_allowlist = []
        chosen.http_header_envs = []
        chosen.show_tracebacks = False
        chosen.strip_sources = True
        chosen.multi_kernel_manager_class = PortalKernelManager
        self.cookie_secret = cookie_secret
        self.identity_provider_class = PortalIdentityProvider
        self.authorizer_class = OwnKernelsOnly
        self.kernel_websocket_connection_class = PortalConnection
        self.root_dir = str(self.portal_settings.notebooks_dir)
        self.connection_dir = str(self.runtime / "connections")
        Path(self.connection_dir).mkdir(mode=0o700)
        page_log = self.portal_settings.page_log
        page_log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_kernelspec(
            self.runtime / "kernelspecs",
            socket_path=self.forks.socket,
            log_path=page_log,
            limits={
                **DEFAULT_LIMITS,
                "data": self.portal_settings.kernel_memory_mb * 1024 * 1024,
            },
        )
        self.update_config(
            Config(
                KernelSpecManager={"ensure_native_kernel": False},
                # A kernel started again would be empty and its page's ticket spent.
                KernelManager={"autorestart": False},
                MappingKernelManager={
                    "allow_tracebacks": False,
                    "allowed_message_types": list(ALLOWED_MESSAGES),
                    "traceback_replacement_message": "Something went wrong on this page.",
                    "cull_idle_timeout": 0,  # the sweeper does it, by owner
                },
                # Leaving out messages of a widget would leave it wrong.
                ZMQChannelsWebsocketConnection={"limit_rate": False},
            )
        )

    def setup_template_dirs(self) -> None:
        """Find our template, which needs no installing, and nothing else."""
        self.template_paths = [
            str(TEMPLATE_ROOT / "voila" / "templates" / TEMPLATE),
            str(TEMPLATE_ROOT),
        ]
        self.static_paths: list[str] = []

    def init_handlers(self) -> list[Any]:
        """Return our routes; none of Voila's own."""
        return list(routes())

    def init_settings(self) -> dict[str, Any]:
        """Return Tornado's settings, with what our handlers use."""
        settings = super().init_settings()
        self.kernel_spec_manager.kernel_dirs = [str(self.runtime / "kernelspecs")]
        self.kernel_manager.allowed_message_types = list(ALLOWED_MESSAGES)
        return {
            **settings,
            "assets": self.assets,
            "desk": self.desk,
            "forks": self.forks,
            "form_key": self.form_key,
            "front_end": self.front_end,
            "log_function": log_request,
            "notebooks": self.notebooks,
            "portal_settings": self.portal_settings,
            "register": self.register,
            "shell": Shell(self.template_paths, assets=f"/assets/v-{self.assets.version}"),
            "websocket_max_message_size": LARGEST_MESSAGE,
            "ws_ping_interval": MS_BETWEEN_PINGS,
            "default_handler_class": NotFoundHandler,
            "default_handler_args": {},
        }

    async def serve(self, *, announce: Callable[[], None]) -> None:
        """Answer requests, say so by `announce`, go on until told to stop, end every kernel."""
        self.app = tornado.web.Application(self.init_handlers(), **self.init_settings())
        http = tornado.httpserver.HTTPServer(self.app, **HTTP_LIMITS)
        try:
            http.bind(self.portal_settings.port, self.portal_settings.host)
        except OSError as error:
            raise ConfigurationError(
                f"The portal cannot listen on {self.portal_settings.host}, port "
                f"{self.portal_settings.port}: {error.strerror}. Stop what uses that port, or set "
                "another in PUPILTRACK_PORT."
            ) from error
        http.start()
        stopping = Stopping(
            at_last=lambda: shutil.rmtree(self.runtime, ignore_errors=True), log=self.log
        )
        drain = Drain(register=self.register, kernels=self.kernel_manager)
        sweeping = asyncio.create_task(self._sweep())
        mailing = asyncio.create_task(self._send_mail())
        batches = BatchRunner(
            desk=self.desk, folder=self.portal_settings.batch_folder, log=self.log
        )
        batching = asyncio.create_task(self._make_batches(batches))
        upkeep = Upkeep(
            database=self.database, secret_file=self.portal_settings.secret_file, log=self.log
        )
        keeping = asyncio.create_task(upkeep.go_on())
        # Beside the first requests: compressing takes the best part of a second.
        reading = asyncio.create_task(asyncio.to_thread(self.assets.load_all))
        try:
            announce()
            await stopping.asked()
            await drain.finish_work()
        finally:
            sweeping.cancel()
            mailing.cancel()
            batching.cancel()
            keeping.cancel()
            reading.cancel()
            http.stop()
            await drain.close_sockets()
            await drain.end_kernels()
            await batches.end()
            await upkeep.end()
            self.desk.close()
            self.database.dispose()
            await http.close_all_connections()

    async def _sweep(self) -> None:
        sweeper = Sweeper(
            register=self.register, kernels=self.kernel_manager, desk=self.desk, log=self.log
        )
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_ROUNDS)
            try:
                await sweeper.sweep()
            except Exception as error:  # noqa: BLE001 the next round must come
                self.log.error("Looking round failed: %s", type(error).__name__)  # noqa: TRY400

    async def _make_batches(self, batches: BatchRunner) -> None:
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
            try:
                await batches.look()
            except Exception as error:  # noqa: BLE001 the next look must come
                self.log.error("Looking for batches failed: %s", type(error).__name__)  # noqa: TRY400

    async def _send_mail(self) -> None:
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_POSTS)
            try:
                done = await self.desk.send_due_mail(self.post)
            except Exception as error:  # noqa: BLE001 the next round must come
                self.log.error("Sending mail failed: %s", type(error).__name__)  # noqa: TRY400
                continue
            if done.failed or done.given_up:
                self.log.warning(
                    "Mail: %d sent, %d to be tried again, %d given up.",
                    done.sent,
                    done.failed,
                    done.given_up,
                )
