"""A row in every table that holds data of pupils, each with a mark of its own to look for."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Boolean, Date, DateTime, Integer, String, Table, insert
from sqlalchemy.orm import Session

from pupiltrack_core.storage.all_tables import METADATA
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.pupil_tables import PUPIL, find_pupil_tables
from pupiltrack_core.storage.report_models import CohortMeeting, CohortMeetingVersion
from pupiltrack_core.storage.school_year_models import ReceptionLoad, RollForward
from tests.builders import NOW, YEAR, make_assessment, make_user

# What a constraint of the table allows in a column of text.
_FIXED = {
    "sex": "F",
    "sen": "K",
    "mobility_term": "Spring",
    "upn_is_local": False,
    "outcome": "added",
    "state": "confirmed",
    "data_status": "final",
}
_KINDS = {"judgement": "formative", "cell_change": "formative"}
_LONG_ENOUGH = 12


def fill_every_table(database: Database, school_id: int, pupil_id: int, mark: str) -> set[str]:
    """Give the pupil a row in every table of pupils; return the marks that were written."""
    user = make_user(database, school_id=school_id)
    assessment = make_assessment(database, school_id, name="Autumn")
    marks: set[str] = set()
    with database.unit_of_work(write=True) as unit:
        keys = _parents(unit.session, school_id, pupil_id, user) | {"assessment_id": assessment}
        for table in find_pupil_tables(METADATA).values():
            if table.name in (PUPIL, "enrolment"):
                continue
            found = f"{mark}{len(marks):02d}"
            values = _row(table, keys, found)
            if any(value == found for value in values.values()):
                marks.add(found)
            done = unit.session.execute(insert(table).values(values))
            if table.name == "pupil_meeting":
                (keys["meeting_id"],) = done.inserted_primary_key or (None,)
        unit.commit()
    return marks | _mention(database, school_id, pupil_id, mark)


def _parents(session: Session, school_id: int, pupil_id: int, user: int) -> dict[str, Any]:
    run = RollForward(
        school_id=school_id,
        from_year=YEAR - 1,
        to_year=YEAR,
        done_at=NOW,
        moved=1,
        left=0,
        undone_at=NOW,
    )
    load = ReceptionLoad(
        local_authority_id=1,
        academic_year=YEAR,
        digest="d",
        made_at=NOW,
        made_by=user,
        schools=1,
        added=1,
        changed=0,
        unchanged=0,
    )
    session.add_all((run, load))
    session.flush()
    return {
        "school_id": school_id,
        "pupil_id": pupil_id,
        "new_pupil_id": pupil_id,
        "academic_year": YEAR,
        "roll_forward_id": run.id,
        "load_id": load.id,
        "asked_by": user,
    }


def _row(table: Table, keys: dict[str, Any], mark: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column in table.c:
        name = column.name
        if name == "id" or name.startswith("holder_"):
            continue
        if name in keys:
            values[name] = keys[name]
        elif name in _FIXED:
            values[name] = _FIXED[name]
        elif name == "kind":
            values[name] = _KINDS[table.name]
        elif isinstance(column.type, String):
            long_enough = (column.type.length or 99) >= _LONG_ENOUGH
            values[name] = mark if long_enough else mark[: column.type.length]
        elif not column.nullable:
            values[name] = _of_type(column.type)
    return values


def _of_type(kind: Any) -> Any:
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Date):
        return date(2025, 11, 20)
    if isinstance(kind, Integer):
        return 1
    return NOW if isinstance(kind, DateTime) or hasattr(kind, "impl") else {}


def _mention(database: Database, school_id: int, pupil_id: int, mark: str) -> set[str]:
    """Name the pupil in a meeting about a year group, with another pupil in another row of it."""
    content = {
        "barriers": [
            {"key": "1", "pupils": [pupil_id, 999_999], "barrier": f"{mark}90", "next_steps": ""},
            {"key": "2", "pupils": [999_999], "barrier": "OTHERS", "next_steps": ""},
        ],
        "support": [{"key": "3", "pupils": [pupil_id], "subjects": [], "comments": f"{mark}91"}],
    }
    with database.unit_of_work(write=True) as unit:
        meeting = CohortMeeting(
            school_id=school_id,
            academic_year=YEAR,
            year_group=4,
            held_on=date(2025, 11, 20),
            teacher="T",
            content=content,
            created_at=NOW,
            saved_at=NOW,
        )
        unit.session.add(meeting)
        unit.session.flush()
        unit.session.add(
            CohortMeetingVersion(
                meeting_id=meeting.id, version=1, school_id=school_id, content=content, saved_at=NOW
            )
        )
        unit.commit()
    return {f"{mark}90", f"{mark}91"}
