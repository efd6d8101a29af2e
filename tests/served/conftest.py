"""The real server, in a process of its own, on a free port, with a database of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pupiltrack_core.access import Membership, Role
from pupiltrack_core.services import accounts
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage.engine import Database
from tests.builders import make_authority, make_school
from tests.served.client import PASSWORD, Browser

NOTEBOOKS = Path(__file__).parent / "notebooks"
SECONDS_TO_START = 60
SERVER_SECRET = "a-secret-of-the-server"


class Portal:
    """A server that runs: its address, its database, its log."""

    def __init__(
        self, process: subprocess.Popen[str], port: int, database: Database, temporary: Path
    ) -> None:
        self.process = process
        self.port = port
        self.database = database
        self.temporary = temporary
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line)

    @property
    def log(self) -> str:
        """What the server has said so far."""
        return "".join(self.lines)

    def browser(self) -> Browser:
        """A browser without cookies."""
        return Browser(self.port)

    def signed_in(self, user_name: str = "teacher") -> Browser:
        """A browser in which this person has just signed in."""
        browser = self.browser()
        browser.sign_in(user_name)
        return browser

    def stop(self) -> None:
        """End the server as its operator would, unless it has ended."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        self._reader.join(timeout=5)
        if self.process.stdout:
            self.process.stdout.close()
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


def free_port() -> int:
    """Return a port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def start_portal(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[Callable[..., Portal]]:
    """Start a server; keywords are settings. All are stopped at the end."""
    started: list[Portal] = []

    def start(*, voila_json: str | None = None, **settings: object) -> Portal:
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
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PUPILTRACK_")
        }
        environment |= {f"PUPILTRACK_{name.upper()}": str(chosen[name]) for name in chosen}
        environment["SERVICE_API_KEY"] = SERVER_SECRET
        # Sockets of kernels lie below it, and their paths must be short.
        temporary = Path(tempfile.mkdtemp(prefix="pt"))
        environment["TMPDIR"] = str(temporary)
        process = subprocess.Popen(
            [sys.executable, "-m", "pupiltrack_portal.server.app"],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        portal = Portal(process, port, database, temporary)
        started.append(portal)
        portal.browser().wait_until_up(SECONDS_TO_START, is_alive=lambda: process.poll() is None)
        return portal

    yield start
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
