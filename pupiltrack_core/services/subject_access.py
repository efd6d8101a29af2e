"""Everything a school holds of one pupil, as the person concerned may have it (UK GDPR article 15).

The tables are found by walking the schema, so that nothing is forgotten. Of a meeting about a group
only what was said of this pupil is given. Staff stand with their role and not their name: what was
done and in which office is the pupil's to know, and a member of staff's name is that person's own
data; schools that want to give the names know them from Activity. Free text may name other people,
which no program can tell: the first file in the archive says which parts to read before it is
handed over.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import String, Table, Text, select
from sqlalchemy.orm import Session

from pupiltrack_core.access import Action, Role
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.local_time import write_moment
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.interchange.plain_tables import table_csv
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.erasure import ERASED_AGAIN, PUPIL_ERASED
from pupiltrack_core.services.pupil_finding import require_held_pupil
from pupiltrack_core.services.record_pages import record_html
from pupiltrack_core.storage.all_tables import METADATA
from pupiltrack_core.storage.assessment_models import Assessment
from pupiltrack_core.storage.audit_search import AuditFilter, find_entries_of_school
from pupiltrack_core.storage.models import MembershipRow
from pupiltrack_core.storage.pupil_mentions import find_mentions
from pupiltrack_core.storage.pupil_tables import HEADINGS, find_pupil_tables, find_rows_of_pupil

ARCHIVE = "application/zip"
MOST_ENTRIES = 50_000
STAFF, OPERATOR_ROLE = "A member of staff", "The operator of the portal"
# What is long enough to be written freely, and so may speak of somebody else.
FREE_TEXT = 100
_SHORT_WORDS = {word: word.upper() for word in ("upn", "sen", "eal", "fsm")}
_INNER = {
    *("id", "school id", "pupil id", "version", "person key", "meeting id", "load id"),
    *("holder school id", "holder pupil id", "new pupil id", "roll forward id"),
}
_MEETINGS, _SEEN = "cohort_meetings", "activity"
_MORE_HEADINGS = {
    _MEETINGS: "Said of the pupil in meetings about a class or year group",
    _SEEN: "Who looked at the record or changed it",
}


@dataclass(frozen=True, slots=True)
class RecordTable:
    """One part of what is held: a heading, its columns, and rows of them in words."""

    name: str
    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    free_text: tuple[str, ...] = ()


def export_record(caller: Caller, school_id: int, pupil_id: int) -> tuple[str, bytes]:
    """Return a file name and a ZIP of everything the school holds of a pupil.

    In it are a note to read first, the whole as HTML and as JSON, and a CSV for each table with
    rows. That it was given out is audited before it is made. Raise `NotFound` where there is no
    record, and `NotFound` and `AccessDenied` for people who do not carry out the school's duties.
    """
    with caller.begin(write=True, act=True) as work:
        pupil = require_held_pupil(work, school_id, pupil_id, Action.KEEP_DUTIES)
        school = work.school(school_id)
        with work.across_authority(school.local_authority_id):  # claims are other schools'
            raw = _raw(work.session, school_id, pupil_id)
        staff = _roles(work.session, school.local_authority_id)
        assessments = _assessments(work.session, school_id)
        now = work.now
        school_name = school.name
        work.audit(
            AuditAction.RECORD_GIVEN_OUT,
            school_id=school_id,
            pupil=pupil_id,
            rows=sum(map(len, raw.values())),
        )
        work.commit()
    tables = _tables(raw, staff, assessments)
    who = f"{pupil.forenames} {pupil.surname}"
    told = f"Everything {school_name} holds of {who} in PupilTrack, on {write_moment(now)}"
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("READ FIRST.txt", _read_first(told, tables))
        archive.writestr("record.html", record_html(told, [_shown(table) for table in tables]))
        archive.writestr("record.json", _as_json(tables))
        for table in tables:
            if table.rows:
                archive.writestr(f"tables/{table.name}.csv", table_csv(table.columns, table.rows))
    return f"pupil record {pupil_id} {now:%Y-%m-%d}.zip", held.getvalue()


def _raw(session: Session, school_id: int, pupil_id: int) -> dict[str, list[dict[str, Any]]]:
    found = find_rows_of_pupil(session, METADATA, school_id, pupil_id)
    found[_MEETINGS] = find_mentions(session, school_id, pupil_id)
    wanted = AuditFilter(pupil_id=pupil_id)
    entries = find_entries_of_school(session, school_id, wanted, limit=MOST_ENTRIES)
    # A number that was given up by erasing may have been given to this pupil: older entries are
    # about somebody else.
    erasing = (PUPIL_ERASED, ERASED_AGAIN)
    ends = [entry.entry_id for entry in entries if entry.action in erasing]
    found[_SEEN] = [
        {"at": entry.at, "user_id": entry.user_id, "what": entry.action}
        for entry in reversed(entries)
        if not ends or entry.entry_id > max(ends)
    ]
    return found


def _roles(session: Session, local_authority_id: int) -> dict[int, str]:
    """Return what each person of the authority and its schools is, by the account's number."""
    rows = session.execute(
        select(MembershipRow.user_id, MembershipRow.role)
        .where(MembershipRow.local_authority_id == local_authority_id)
        .order_by(MembershipRow.id)
    )
    known = {role.value: role.label for role in Role}
    return {user_id: known.get(role, STAFF) for user_id, role in rows}


def _assessments(session: Session, school_id: int) -> dict[int, str]:
    rows = session.execute(
        select(Assessment.id, Assessment.name, Assessment.held_on).where(
            Assessment.school_id == school_id
        )
    )
    return {number: f"{name}, {held_on:%d/%m/%Y}" for number, name, held_on in rows}


def _tables(
    raw: Mapping[str, Sequence[Mapping[str, Any]]],
    staff: Mapping[int, str],
    assessments: Mapping[int, str],
) -> list[RecordTable]:
    known = find_pupil_tables(METADATA)
    made = []
    for name, rows in raw.items():
        table = known.get(name)
        people = {"user_id"} if table is None else _columns_of_people(table)
        columns = list(dict.fromkeys(column for row in rows for column in row))
        free = () if table is None else _free_text(table)
        if name == _MEETINGS:
            free = tuple(columns)
        made.append(
            RecordTable(
                name=name,
                heading=HEADINGS.get(name) or _MORE_HEADINGS[name],
                columns=tuple(map(_title, columns)),
                rows=tuple(
                    tuple(
                        _in_words(column, row.get(column), people, staff, assessments)
                        for column in columns
                    )
                    for row in rows
                ),
                free_text=tuple(map(_title, free)) if rows else (),
            )
        )
    return made


def _title(column: str) -> str:
    words = column.replace("_", " ").split()
    return " ".join(_SHORT_WORDS.get(word, word) for word in words)


def _columns_of_people(table: Table) -> set[str]:
    """Return the columns that hold the number of an account; by name where there is no key."""
    keyed = {
        element.parent.name
        for key in table.foreign_key_constraints
        if key.referred_table.name == "user_account"
        for element in key.elements
    }
    return keyed | {column.name for column in table.c if column.name.endswith("_by")} - {"run_by"}


def _free_text(table: Table) -> tuple[str, ...]:
    return tuple(
        column.name
        for column in table.c
        if isinstance(column.type, Text)
        or (isinstance(column.type, String) and (column.type.length or 0) >= FREE_TEXT)
    )


def _in_words(
    column: str,
    value: Any,
    people: set[str],
    staff: Mapping[int, str],
    assessments: Mapping[int, str],
) -> str:
    if value is None:
        return OPERATOR_ROLE if column == "user_id" else ""
    if column in people:
        return staff.get(value, STAFF)
    if column == "assessment_id":
        return assessments.get(value, str(value))
    if column == "academic_year":
        return AcademicYear(value).label
    if column == "year_group":
        return LABELS[value]
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return write_moment(value)
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)


def _as_json(tables: Sequence[RecordTable]) -> str:
    return json.dumps(
        {
            table.name: [dict(zip(table.columns, row, strict=True)) for row in table.rows]
            for table in tables
        },
        ensure_ascii=False,
        indent=2,
    )


def _shown(table: RecordTable) -> tuple[str, list[str], list[list[str]]]:
    """Return what is read by people: without the numbers by which tables know each other."""
    kept = [at for at, column in enumerate(table.columns) if column not in _INNER]
    columns = [table.columns[at] for at in kept]
    return table.heading, columns, [[row[at] for at in kept] for row in table.rows]


def _read_first(told: str, tables: Sequence[RecordTable]) -> str:
    lines = [
        told,
        "",
        "Before you hand this over, read the parts that people wrote freely. They may speak of",
        "another child, a parent or someone who complained; black that out unless that person",
        "agrees or it is reasonable without. Staff are given by their role.",
        "",
        *(
            f"- {table.heading}: {', '.join(table.free_text)}"
            for table in tables
            if table.free_text
        ),
        "",
        "record.html is to be read and printed, record.json is for programs, and the folder",
        "tables has a file for each part that opens in a spreadsheet.",
        "",
        "A request is answered within one calendar month; the educational record of a maintained",
        "school is shown to parents within 15 school days.",
        "",
    ]
    return "\r\n".join(lines)
