"""A small authority in a database of its own, and tickets to its pages."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pupiltrack_core.access import Page, Role
from pupiltrack_core.services.accounts import issue_page_ticket
from pupiltrack_core.storage.engine import Database
from pupiltrack_portal.kernels.kernelspec import DirectoryKernelSpecManager, write_kernelspec
from pupiltrack_portal.kernels.lifecycle import start_supervisor
from pupiltrack_portal.server.app import PRELOADED
from tests.builders import make_session
from tests.integration.pages.village import Village, build_village

IssueTicket = Callable[..., str]


@pytest.fixture(scope="module")
def village(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    """Three schools with pupils, assessments and people; shared, so nothing may change it."""
    path = tmp_path_factory.mktemp("village") / "pupiltrack.sqlite"
    shutil.copyfile(sqlite_template, path)
    database = Database.open(f"sqlite:///{path}")
    yield build_village(database)
    database.dispose()


@pytest.fixture(scope="session")
def kernels() -> Iterator[DirectoryKernelSpecManager]:
    """Kernels forked from a process that has loaded the pages, as the server's are."""
    # Not pytest's folder: with a long one its path would not fit a Unix socket.
    folder = Path(tempfile.mkdtemp(prefix="pt"))
    supervisor = start_supervisor(folder / "run" / "socket", PRELOADED, os.environ)
    write_kernelspec(folder / "kernels", socket_path=supervisor.socket_path)
    yield DirectoryKernelSpecManager(directory=str(folder / "kernels"))
    supervisor.stop()
    shutil.rmtree(folder)


@pytest.fixture
def issue(village: Village) -> IssueTicket:
    """A function: a ticket to a page in a new session of someone of the village."""

    def ticket(page: Page, role: Role = Role.HEAD) -> str:
        session = make_session(village.database, village.people[role])
        village.sessions[role] = session
        return issue_page_ticket(village.database, session, page.value)

    return ticket
