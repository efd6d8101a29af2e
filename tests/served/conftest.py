"""The real server, in a process of its own, on a free port, with a database of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from pupiltrack_core.access import Membership, Role
from pupiltrack_core.services import accounts
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage.engine import Database
from tests.builders import make_authority, make_school
from tests.served.client import PASSWORD, Browser
from tests.served.forge import ForgedServer

NOTEBOOKS = Path(__file__).parent / "notebooks"
SECONDS_TO_START = 60
SERVER_SECRET = "a-secret-of-the-server"


StartServer = Callable[[Path, Mapping[str, str], Path], "subprocess.Popen[bytes] | ForgedServer"]


class Portal:
    """A server that runs: its address, its database, its log."""

    def __init__(
        self, start: StartServer, folder: Path, settings: Mapping[str, object], database: Database
    ) -> None:
        self.port = int(str(settings["port"]))
        self.database = database
        self._said = folder / "said.log"
        environment = environment_with(settings) | {"SERVICE_API_KEY": SERVER_SECRET}
        # Sockets of kernels lie below it, and their paths must be short.
        self.temporary = Path(tempfile.mkdtemp(prefix="pt"))
        environment["TMPDIR"] = str(self.temporary)
        self.process = start(folder, environment, self._said)

    @property
    def log(self) -> str:
        """What the server has said so far."""
        return self._said.read_text(encoding="utf-8") if self._said.exists() else ""

    def browser(self) -> Browser:
        """A browser without cookies."""
        return Browser(self.port)

    def signed_in(self, user_name: str = "teacher") -> Browser:
        """A browser in which this person has just signed in."""
        browser = self.browser()
        browser.sign_in(user_name)
        return browser

    def is_alive(self) -> bool:
        """Whether the server has not ended."""
        return self.process.poll() is None

    def ask_to_end(self) -> None:
        """Tell the server to end, as its operator would, unless it has ended."""
        if self.is_alive():
            self.process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """Tell the server to end, and wait until it has."""
        self.ask_to_end()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.database.dispose()


def add_people(database: Database) -> None:
    """Two schools of one authority; a person of each role at the first, a teacher at the second."""
    authority = make_authority(database, name="Exampleshire")
    first = make_school(database, "Marsh Lane Primary School", local_authority_id=authority)
    second = make_school(database, "Hill Top Primary School", local_authority_id=authority)
    roles = {role.value: Membership(role, authority, first) for role in Role}
    for role in (Role.LA_ADVISER, Role.LA_ANALYST, Role.LA_ADMIN):
        roles[role.value] = Membership(role, authority)
    roles["other"] = Membership(Role.TEACHER, authority, second)
    for name, membership in roles.items():
        accounts.create_user(
            database,
            user_name=name,
            display_name=f"<b>{name}</b> O'Neill",
            password=PASSWORD,
            memberships=[membership],
            hashing=PasswordHashing.FLOOR,
        )


def environment_with(settings: Mapping[str, object]) -> dict[str, str]:
    """Return this process's environment with these settings, and none of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PUPILTRACK_")}
    return kept | {f"PUPILTRACK_{name.upper()}": str(settings[name]) for name in settings}


def run_command(folder: Path, environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a server as its operator does."""
    with log.open("ab") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "pupiltrack_portal.server.app"],
            cwd=folder,
            env=environment,
            stdout=said,
            stderr=subprocess.STDOUT,
        )


def free_port() -> int:
    """Return a port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def start_portal(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[Callable[..., Portal]]:
    """Start a server; keywords are settings. All are stopped at the end.

    `by_command` starts it as an operator does, with all pages loaded before they are asked for.
    """
    started: list[Portal] = []

    def start(
        *, voila_json: str | None = None, by_command: bool = False, **settings: object
    ) -> Portal:
        folder = tmp_path_factory.mktemp("portal")
        if voila_json is not None:
            (folder / "voila.json").write_text(voila_json)
        file = folder / "pupiltrack.sqlite"
        file.write_bytes(sqlite_template.read_bytes())
        database = Database.open(f"sqlite:///{file}")
        add_people(database)
        port = free_port()
        chosen = {
            "database_url": f"sqlite:///{file}",
            "secret_file": folder / "secret",
            "port": port,
            "password_hashing": "floor",
            "second_step": "optional",
            "notebooks_dir": NOTEBOOKS,
            **settings,
        }
        portal = Portal(run_command if by_command else ForgedServer, folder, chosen, database)
        started.append(portal)
        portal.browser().wait_until_up(SECONDS_TO_START, is_alive=portal.is_alive)
        return portal

    yield start
    for portal in started:
        portal.ask_to_end()
    for portal in started:
        portal.stop()
        shutil.rmtree(portal.temporary, ignore_errors=True)


@pytest.fixture(scope="session")
def portal(start_portal: Callable[..., Portal]) -> Portal:
    """One server for all tests that only look at it."""
    return start_portal(single_device="no", max_kernels=400)


@pytest.fixture(scope="session")
def empty_portal(
    start_portal: Callable[..., Portal], tmp_path_factory: pytest.TempPathFactory
) -> Portal:
    """A server without notebooks: it says whether a page may be opened, and starts no kernel."""
    return start_portal(notebooks_dir=tmp_path_factory.mktemp("none"), single_device="no")
