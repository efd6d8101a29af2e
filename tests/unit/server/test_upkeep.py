"""What the server does by itself: a round that fails is logged, and the next one comes."""

from __future__ import annotations

import asyncio
import logging
from datetime import date
from pathlib import Path

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.services.audit_anchor import anchor_file
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.erasure import ErasureReason, order_erasure
from pupiltrack_core.services.retention_runs import order_retention, retention_runs_of
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import Pupil
from pupiltrack_portal.server import upkeep
from pupiltrack_portal.server.upkeep import Upkeep
from tests.builders import make_authority, make_pupil, make_school, make_session, make_user

LOG = logging.getLogger("tests.upkeep")


def test_look_erases_what_was_ordered_and_notes_the_head_once_a_day(
    sqlite_database: Database, tmp_path: Path
) -> None:
    school = make_school(sqlite_database)
    pupil = make_pupil(sqlite_database, school)
    head = make_user(sqlite_database, Role.HEAD, school_id=school)
    caller = Caller.for_session(sqlite_database, make_session(sqlite_database, head))
    order_erasure(caller, school, pupil, ErasureReason.REQUEST)
    secret = tmp_path / "secret"
    keeping = Upkeep(database=sqlite_database, secret_file=secret, log=LOG)

    async def day() -> None:
        await keeping.begin()
        await keeping.look()
        await keeping.look()
        await keeping.end()

    asyncio.run(day())
    with sqlite_database.unit_of_work() as unit:
        assert unit.session.get(Pupil, pupil) is None
    occasions = [
        line.split('"occasion": "')[1] for line in anchor_file(secret).read_text().splitlines()
    ]
    assert [text.split('"')[0] for text in occasions] == ["start", "stop"]


def test_look_goes_through_a_run_school_after_school(
    sqlite_database: Database, tmp_path: Path
) -> None:
    schools = [make_school(sqlite_database) for _ in range(2)]
    for school in schools:
        make_pupil(sqlite_database, school, pupil={"date_of_birth": date(1990, 1, 1)})
    admin = make_user(sqlite_database, Role.LA_ADMIN)
    caller = Caller.for_session(sqlite_database, make_session(sqlite_database, admin))
    authority = make_authority(sqlite_database)
    order_retention(caller, authority, expected=2)
    keeping = Upkeep(database=sqlite_database, secret_file=tmp_path / "secret", log=LOG)
    asyncio.run(keeping.look())
    (state,) = retention_runs_of(caller, authority)
    assert (state.is_over, state.schools_done, state.erased) == (True, 2, 2)


def test_look_and_end_that_fail_are_logged_without_what_failed(
    sqlite_database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("A999200100017")

    monkeypatch.setattr(upkeep, "carry_out_erasures", fail)
    monkeypatch.setattr(upkeep, "note_head", fail)
    keeping = Upkeep(database=sqlite_database, secret_file=tmp_path / "secret", log=LOG)

    async def round_() -> None:
        await keeping.look()
        await keeping.end()

    asyncio.run(round_())
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    assert "OSError" in caplog.text
    assert "A9992" not in caplog.text
