"""Which tables hold data of pupils, found by walking the schema, and what is done about the others.

A table is a pupil's where a foreign key of it leads to `pupil`, by way of other such tables too.
Every other table stands in `MENTIONS` or `WITHOUT_PUPILS`: a table that somebody adds must be put
in one of them, or be given a heading here, before the tests pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKeyConstraint,
    MetaData,
    Table,
    and_,
    delete,
    false,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

PUPIL = "pupil"
# What an export calls each table of pupils; in the order in which they are given.
HEADINGS: Mapping[str, str] = {
    PUPIL: "The pupil",
    "enrolment": "Each school year: class, characteristics",
    "judgement": "Judgements and scores",
    "cell_change": "Earlier values of judgements and scores",
    "statutory_result": "Results of statutory assessments",
    "school_result": "Results the school entered",
    "intervention": "Interventions",
    "pupil_meeting": "Progress meetings",
    "pupil_meeting_answer": "What was said in progress meetings",
    "pupil_field_change": "Changes of the record",
    "transfer_request": "Claims by other schools",
    "reception_arrival": "Loaded by the local authority",
    "roll_forward_pupil": "Moved up at the start of a year",
    "legal_hold": "Reasons to keep the record longer",
}
# Tables that name pupils without a key of theirs, and who deals with it.
MENTIONS: Mapping[str, str] = {
    "cohort_meeting": "numbers of pupils in its content; pupil_mentions",
    "cohort_meeting_version": "numbers of pupils in its content; pupil_mentions",
    "audit_entry": "numbers of pupils in its detail; given out, and never removed",
    "download": "whole files for ten minutes; removed with the pupil",
    "tombstone": "the order to erase; after it a hash that only the server's key makes",
}
WITHOUT_PUPILS: frozenset[str] = frozenset(
    {
        *("assessment", "assessment_subject", "assessment_year_group", "attestation"),
        *("batch_job", "breach_record", "discussion_question", "import_batch", "import_mapping"),
        *("known_device", "local_authority", "membership", "named_access", "news_item"),
        *("one_use_token", "outgoing_mail", "page_ticket", "passkey", "reception_load"),
        *(
            "registration",
            "retention_run",
            "roll_forward",
            "saved_selection",
            "saved_view",
            "school",
        ),
        *("school_logo", "school_subject", "sign_in_attempt", "spent_challenge", "test_type"),
        *("user_account", "user_session"),
    }
)


def find_pupil_tables(metadata: MetaData) -> dict[str, Table]:
    """Return the tables that lead to `pupil`, by name, parents before children."""
    found: dict[str, Table] = {}
    for table in metadata.sorted_tables:
        if table.name == PUPIL or any(_parents(table, found)):
            found[table.name] = table
    return found


def find_undecided_tables(metadata: MetaData) -> set[str]:
    """Return the tables nobody has said anything about, or something that is not so."""
    of_pupils = set(find_pupil_tables(metadata))
    others = set(metadata.tables) - of_pupils
    decided = set(MENTIONS) | WITHOUT_PUPILS
    suspicious = {
        name
        for name in others & WITHOUT_PUPILS
        if any("pupil" in column.name or column.name == "upn" for column in metadata.tables[name].c)
    }
    return (of_pupils ^ set(HEADINGS)) | (others ^ (decided & others)) | suspicious


def find_rows_of_pupil(
    session: Session, metadata: MetaData, school_id: int, pupil_id: int
) -> dict[str, list[dict[str, Any]]]:
    """Return every row of the pupil by table, in the order of `HEADINGS`; columns by name."""
    tables = find_pupil_tables(metadata)
    rows: dict[str, list[dict[str, Any]]] = {}
    for name in HEADINGS:
        table = tables[name]
        query = select(table).where(_of_pupil(table, tables, school_id, pupil_id))
        found = session.execute(query.order_by(*table.primary_key)).mappings()
        rows[name] = [dict(row) for row in found]
    return rows


def remove_rows_of_pupil(
    session: Session, metadata: MetaData, school_id: int, pupil_id: int
) -> int:
    """Remove every row of the pupil, the record itself last; return how many went.

    What another school asked for is that school's: only its link to the pupil is taken away.
    """
    tables = find_pupil_tables(metadata)
    removed = 0
    for table in reversed(tables.values()):
        _cut_links(session, table, school_id, pupil_id)
        gone = session.execute(delete(table).where(_of_pupil(table, tables, school_id, pupil_id)))
        removed += int(getattr(gone, "rowcount", 0))
    return removed


def _cut_links(session: Session, table: Table, school_id: int, pupil_id: int) -> None:
    """Let go of the pupil in rows that are another school's, known by their own `school_id`."""
    for school, pupil in _keys(table):
        if school.name != "school_id":
            session.execute(
                update(table)
                .where(school == school_id, pupil == pupil_id, table.c.school_id != school_id)
                .values({school.name: None, pupil.name: None})
            )


def _of_pupil(
    table: Table, tables: Mapping[str, Table], school_id: int, pupil_id: int
) -> ColumnElement[bool]:
    if table.name == PUPIL:
        return and_(table.c.school_id == school_id, table.c.id == pupil_id)
    direct = [and_(school == school_id, pupil == pupil_id) for school, pupil in _keys(table)]
    if direct:
        return or_(*direct)
    through = []
    for key in _parents(table, tables):
        parent = tables[key.referred_table.name]
        wanted = select(*(element.column for element in key.elements)).where(
            _of_pupil(parent, tables, school_id, pupil_id)
        )
        through.append(tuple_(*key.columns).in_(wanted))
    return or_(false(), *through)


def _parents(table: Table, tables: Mapping[str, Table]) -> Iterator[ForeignKeyConstraint]:
    for key in table.foreign_key_constraints:
        if key.referred_table.name in tables:
            yield key


def _keys(table: Table) -> Iterator[tuple[Any, Any]]:
    """Yield the pairs of columns (school, pupil) by which rows of the table are a pupil's."""
    seen = set()
    for key in table.foreign_key_constraints:
        columns = {item.column.name: item.parent for item in key.elements}
        pupil = columns.get("id" if key.referred_table.name == PUPIL else "pupil_id")
        school = columns.get("school_id")
        if pupil is None or school is None or (school.name, pupil.name) in seen:
            continue
        seen.add((school.name, pupil.name))
        yield school, pupil
