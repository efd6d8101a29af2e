"""A small school as the pages meet it, on SQLite: the services' own tests cover both databases."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pupiltrack_core.access import Page, Role
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.storage.engine import Database
from pupiltrack_portal.pages.context import PageContext
from tests.builders import make_session
from tests.integration.pages.desk import Desk
from tests.integration.pages.village import Village, build_village

OpenPage = Callable[..., PageContext]


@pytest.fixture(scope="session")
def village_template(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Village]:
    """The village, built once a run, to be copied."""
    path = tmp_path_factory.mktemp("village") / "village.sqlite"
    shutil.copyfile(sqlite_template, path)
    database = Database.open(f"sqlite:///{path}")
    village = build_village(database)
    database.dispose()
    return path, village


@pytest.fixture
def village(village_template: tuple[Path, Village], tmp_path: Path) -> Iterator[Village]:
    """Three schools with pupils, assessments and people; see `village.py`."""
    template, built = village_template
    path = tmp_path / "pupiltrack.sqlite"
    shutil.copyfile(template, path)
    database = Database.open(f"sqlite:///{path}")
    yield replace(built, database=database, people=dict(built.people), sessions={})
    database.dispose()


@pytest.fixture
def open_as(village: Village) -> OpenPage:
    """A function: the context of a page opened by someone of the village, at an address."""

    def open_one(who: str | Role = Role.TEACHER, page: Page = Page.HOME, **query: str):
        session = make_session(village.database, village.people[str(who)])
        village.sessions[str(who)] = session
        return PageContext(page, Caller.for_session(village.database, session), query)

    return open_one


@pytest.fixture
def desk(village: Village, open_as: OpenPage) -> Desk:
    """The grid of Year 4's latest assessment, opened by a teacher."""
    return Desk(village, open_as(Role.TEACHER, years="4"))
