"""How both databases would look for what pages ask most: by an index, and never table by table.

The statements are those the functions send, caught on their way: one that is changed is judged as
it then is. PostgreSQL would rightly read such small tables whole; told not to, it still has to
where no index serves.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from pupiltrack_core.domain.attainment_points import STANDING, Point, PointKind
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.meetings import MeetingKind
from pupiltrack_core.storage import (
    archived_pupils,
    assessed_subjects,
    assessments,
    audit,
    audit_search,
    cell_changes,
    discussion_questions,
    downloads,
    duties,
    interventions,
    judgements,
    marks,
    pupil_details,
    pupil_journeys,
    pupil_meetings,
    pupil_records,
    report_lookups,
    school_results,
    school_settings,
    schools,
    sessions,
    sign_in_attempts,
    statutory_results,
    test_types,
    transfer_requests,
    transition_tallies,
)
from pupiltrack_core.storage.cells import CellKey, CellWrite, StoredCell, include_cell, result_cell
from pupiltrack_core.storage.cohort_frames import load_cohort
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.row_level_security import RowScope
from pupiltrack_core.storage.support_models import PupilMeeting
from pupiltrack_core.storage.tallies import tally_schools
from tests.builders import (
    NOW,
    YEAR,
    make_assessment,
    make_authority,
    make_judgements,
    make_pupils,
    make_school,
    make_session,
    make_user,
)
from tests.postgres_server import as_owner

# What grows with pupils, with years or with use; the rest has a few hundred rows at most.
BIG = {
    "assessment",
    "assessment_subject",
    "assessment_year_group",
    "audit_entry",
    "cell_change",
    "discussion_question",
    "download",
    "enrolment",
    "intervention",
    "judgement",
    "membership",
    "page_ticket",
    "pupil",
    "pupil_field_change",
    "pupil_meeting",
    "pupil_meeting_answer",
    "school_result",
    "statutory_result",
    "user_session",
}
# Read from its end, one row; and read whole from an index of a few rows, files left alone.
FROM_THE_END = {"audit_entry"}
FROM_THE_INDEX = {"download": "ix_download_expires_at"}


@dataclass(frozen=True)
class Place:
    """What the functions are asked about."""

    authority: int
    school: int
    pupils: list[int]
    assessment: int
    session: int

    @property
    def result(self) -> CellKey:
        return result_cell(self.pupils[0], "KS1", "READ_SCORE")

    @property
    def cell(self) -> CellKey:
        return CellKey(self.assessment, self.pupils[0], "READ", "tracking")


Ask = Callable[[Session, Place], object]


@dataclass(frozen=True)
class Case:
    """A question, and the index whose use is the point of it."""

    ask: Ask
    index: str = ""
    whole: frozenset[str] = frozenset()


def _audit(session: Session, place: Place) -> None:
    draft = audit.AuditDraft("tried", None, {}, place.school, place.authority)
    audit.add_audit_entries(session, [draft], at=NOW)


def _write_cells(session: Session, place: Place) -> None:
    writes = [CellWrite(place.cell, "B", 1)]
    judgements.write_cells(session, place.school, YEAR, writes, changed_by=None, changed_at=NOW)


def _find_cells(session: Session, place: Place) -> None:
    judgements.find_cells(
        session,
        place.school,
        YEAR,
        assessment_ids=[place.assessment],
        pupil_ids=place.pupils,
    )


def _write_results(session: Session, place: Place) -> None:
    writes = [CellWrite(place.result, "100", 1)]
    school_results.write_results(session, place.school, writes, changed_by=None, changed_at=NOW)


def _find_held(session: Session, place: Place) -> None:
    school_results.find_officially_held(
        session,
        place.school,
        pupil_ids=place.pupils,
        collection="EYFSP",
        measure="GLD",
        until=YEAR,
    )


def _find_results(session: Session, place: Place) -> None:
    statutory_results.find_results(
        session, place.school, YEAR, collection="PHONICS", year_groups=[1, 2]
    )


def _narrowed(item: Characteristic, value: str) -> Ask:
    """Ask for the cohort of a school and the tally of an authority, narrowed by one filter."""
    chosen = ((item, value),)

    def ask(session: Session, place: Place) -> None:
        load_cohort(session, CohortSelection(YEAR, place.school, years=4, characteristics=chosen))
        over = CohortSelection(YEAR, local_authority_id=place.authority, characteristics=chosen)
        tally_schools(session, over)

    return ask


def _over(place: Place) -> CohortSelection:
    return CohortSelection(YEAR, local_authority_id=place.authority)


def _followed(earlier: Point) -> Callable[[Session, Place], object]:
    def ask(session: Session, place: Place) -> None:
        measures = ("GLD",) if earlier.kind is PointKind.GLD else ("READ", "WRIT", "MATH")
        for subjects in (("READ", "WRIT", "MATH"), ("SCIE",)):
            asked = (
                transition_tallies.AskedPoint(earlier, measures),
                transition_tallies.AskedPoint(STANDING, subjects),
            )
            transition_tallies.tally_pairs(session, _over(place), *asked)
            key = (*("" for _ in measures), 0) if earlier.kind.collection else (0, 0)
            transition_tallies.find_pupils_of_pairs(
                session, _over(place), *asked, keys=[key], most=1
            )

    return ask


IDLE = NOW - timedelta(hours=1)
CASES: dict[str, Case] = {
    "session by token": Case(lambda s, p: sessions.find_session_by_hash(s, "0" * 64)),
    "session by number": Case(lambda s, p: sessions.find_session(s, p.session)),
    "live sessions": Case(lambda s, p: sessions.find_sessions(s, [p.session, p.session + 1])),
    "touch": Case(lambda s, p: sessions.update_last_act(s, p.session, at=NOW, idle_since=IDLE)),
    "tickets to forget": Case(
        lambda s, p: sessions.remove_expired_tickets(s, before=NOW), "ix_page_ticket_expires_at"
    ),
    "ticket": Case(lambda s, p: sessions.redeem_ticket(s, "0" * 64, page="home", at=NOW)),
    "downloads of nobody": Case(
        lambda s, p: downloads.has_useless_downloads(s, now=NOW, idle_since=IDLE),
        whole=frozenset(FROM_THE_INDEX),
    ),
    "downloads to forget": Case(
        lambda s, p: downloads.remove_expired_downloads(s, now=NOW), "ix_download_expires_at"
    ),
    "oldest downloads": Case(
        lambda s, p: downloads.remove_oldest_downloads(s, p.session, keep=9),
        "ix_download_session_id",
    ),
    "download": Case(lambda s, p: downloads.find_download(s, "0" * 64, now=NOW)),
    "audit append": Case(_audit, whole=frozenset(FROM_THE_END)),
    "activity of a school": Case(
        lambda s, p: audit_search.find_entries_of_school(
            s, p.school, audit_search.AuditFilter(), limit=20
        ),
        "ix_audit_entry_school_id_id",
        whole=frozenset({"membership"}),  # of all the people, from an index
    ),
    "unusual use at places": Case(
        lambda s, p: audit_search.find_unusual_uses(
            s, school_ids=[p.school], authority_ids=[p.authority], since=NOW
        ),
        "ix_audit_entry_unusual_use",
    ),
    "names tried by strangers": Case(
        lambda s, p: sign_in_attempts.count_strange_names(s, since=NOW),
        "ix_sign_in_attempt_at",
    ),
    "academic years": Case(lambda s, p: schools.find_academic_years(s, [p.school, p.school + 1])),
    "classes": Case(lambda s, p: schools.find_classes(s, p.school, YEAR)),
    "pupils by class": Case(lambda s, p: school_settings.count_by_class(s, p.school, YEAR)),
    "assessments": Case(
        lambda s, p: assessments.find_assessments(s, p.school, YEAR), "ix_assessment_latest"
    ),
    "assessments of several years": Case(
        lambda s, p: assessments.find_assessments_by_year(s, p.school, {YEAR - 1, YEAR}),
        "ix_assessment_latest",
    ),
    "deleted assessments": Case(
        lambda s, p: assessments.find_deleted_assessments(s, p.school, since=NOW),
        "ix_assessment_latest",
    ),
    "marks": Case(lambda s, p: marks.find_marks(s, p.school, YEAR, p.assessment)),
    "scores of a kind of test": Case(
        lambda s, p: test_types.count_scores_of_type(s, p.school, 1), "ix_assessment_latest"
    ),
    "cohort": Case(lambda s, p: load_cohort(s, CohortSelection(YEAR, school_id=p.school, years=4))),
    "cells": Case(_find_cells),
    "enrolments": Case(
        lambda s, p: judgements.find_enrolments(s, p.school, YEAR, pupil_ids=p.pupils)
    ),
    "cell written": Case(_write_cells),
    "inclusion written": Case(
        lambda s, p: judgements.write_inclusions(
            s, p.school, YEAR, [CellWrite(include_cell(p.pupils[0]), "N", 1)]
        )
    ),
    "changes of others": Case(
        lambda s, p: cell_changes.find_changes_after(s, p.school, YEAR, mark=1, at_most=10),
        "ix_cell_change_feed",
    ),
    "newest change": Case(
        lambda s, p: cell_changes.find_newest_mark(s, p.school, YEAR), "ix_cell_change_feed"
    ),
    "history of a judgement": Case(
        lambda s, p: cell_changes.find_history(s, p.school, YEAR, p.cell, at_most=9),
        "ix_cell_change_pupil",
    ),
    "history of a result": Case(
        lambda s, p: cell_changes.find_history(s, p.school, YEAR, p.result, at_most=9),
        "ix_cell_change_pupil",
    ),
    "ends of histories": Case(
        lambda s, p: cell_changes.find_noted(
            s, p.school, YEAR, dict.fromkeys([p.cell, p.result], StoredCell("O", 1))
        ),
        "ix_cell_change_pupil",
    ),
    "entered results": Case(
        lambda s, p: school_results.find_entered_results(s, p.school, pupil_ids=p.pupils)
    ),
    "results officially held": Case(_find_held),
    "result written": Case(_write_results),
    "tally of a school": Case(
        lambda s, p: tally_schools(s, CohortSelection(YEAR, school_id=p.school))
    ),
    "tally of an authority": Case(
        lambda s, p: tally_schools(s, CohortSelection(YEAR, local_authority_id=p.authority)),
        "ix_enrolment_cohort",
    ),
    "days held": Case(
        lambda s, p: transition_tallies.find_days_held(s, _over(p)),
        "assessment_year_group",
    ),
    "subjects of a cohort": Case(
        lambda s, p: transition_tallies.find_subjects_of_cohort(s, _over(p))
    ),
    **{
        f"transition from {earlier.text}": Case(_followed(earlier), "ix_enrolment_cohort")
        for earlier in (
            Point(PointKind.GLD),
            Point(PointKind.KS1),
            Point(PointKind.AUTUMN, YEAR),
            Point(PointKind.LATEST, YEAR - 1),
        )
    },
    **{
        f"cohort by {item} {value}": Case(_narrowed(item, value), index)
        for (item, index) in (
            (Characteristic.INTERVENTION, "ix_intervention_pupil"),
            (Characteristic.GLD, ""),
            (Characteristic.KS1, ""),
        )
        for value in (item.values[0].value, item.values[-1].value)
    },
    "pupils": Case(lambda s, p: pupil_records.find_pupils_of_year(s, p.school, YEAR)),
    "record of a pupil": Case(
        lambda s, p: pupil_details.find_record(s, p.school, YEAR, p.pupils[0])
    ),
    "pupil by number": Case(lambda s, p: pupil_details.find_by_upn(s, p.school, "X")),
    "pupils born on a day": Case(
        lambda s, p: pupil_details.find_born_on(s, p.school, YEAR, NOW.date())
    ),
    "archived pupils": Case(lambda s, p: archived_pupils.find_archived_pupils(s, p.school)),
    "places of archived pupils": Case(
        lambda s, p: archived_pupils.find_places_of_archived(s, p.school)
    ),
    "records past their time": Case(
        lambda s, p: duties.find_aging(s, born_by=NOW.date(), school_id=p.school)
    ),
    "records past their time in an authority": Case(
        lambda s, p: duties.find_aging(s, born_by=NOW.date(), local_authority_id=p.authority)
    ),
    "claims of a school": Case(
        lambda s, p: transfer_requests.find_requests_of(s, p.school, at_most=200),
        "ix_transfer_request_school",
    ),
    "claims of a day": Case(
        lambda s, p: transfer_requests.count_requests(s, p.school, since=NOW),
        "ix_transfer_request_school",
    ),
    "claim of a number": Case(
        lambda s, p: transfer_requests.has_open_request(s, p.school, "X", today=NOW.date()),
        "ix_transfer_request_school",
    ),
    "claims in an authority": Case(
        lambda s, p: transfer_requests.find_open_requests(s, p.authority, today=NOW.date()),
        "ix_transfer_request_school",
    ),
    "claims of a school's pupils": Case(
        lambda s, p: transfer_requests.find_requests_at(
            s, s.get_one(School, p.school), today=NOW.date()
        ),
        "ix_transfer_request_school",
    ),
    "who holds a pupil": Case(lambda s, p: transfer_requests.find_holders(s, p.authority, [1])),
    "last day of a pupil": Case(
        lambda s, p: archived_pupils.has_left(s, p.school, p.pupils[0], on=NOW.date())
    ),
    "numbers of a school": Case(lambda s, p: pupil_details.find_numbers(s, p.school)),
    "pupils of earlier years": Case(
        lambda s, p: pupil_records.find_pupils_before(s, p.school, YEAR + 1)
    ),
    "latest enrolment": Case(
        lambda s, p: pupil_details.find_latest_enrolment(s, p.school, p.pupils[0])
    ),
    "nursery of a school": Case(
        lambda s, p: pupil_details.has_year_groups_below(s, p.school, [YEAR - 1, YEAR], 0),
        "ix_enrolment_cohort",
    ),
    "history of a record": Case(
        lambda s, p: pupil_details.find_field_changes(s, p.school, p.pupils[0], at_most=9),
        "ix_pupil_field_change_pupil",
    ),
    "results": Case(_find_results),
    "pupil of a journey": Case(lambda s, p: pupil_journeys.find_pupil(s, p.school, p.pupils[0])),
    "years of a journey": Case(
        lambda s, p: pupil_journeys.find_enrolments_of_pupil(
            s, p.school, p.pupils[0], [YEAR - 1, YEAR]
        )
    ),
    "cells of a journey": Case(
        lambda s, p: pupil_journeys.find_cells_of_pupil(s, p.school, p.pupils[0], [YEAR - 1, YEAR])
    ),
    "results of a journey": Case(
        lambda s, p: pupil_journeys.find_results_of_pupil(s, p.school, p.pupils[0])
    ),
    "own results of a journey": Case(
        lambda s, p: pupil_journeys.find_school_results_of_pupil(s, p.school, p.pupils[0])
    ),
    "interventions of a journey": Case(
        lambda s, p: interventions.find_interventions_of_pupil(s, p.school, p.pupils[0]),
        "ix_intervention_pupil",
    ),
    "meetings of a journey": Case(
        lambda s, p: pupil_meetings.find_meetings_of_pupil(s, p.school, p.pupils[0]),
        "ix_pupil_meeting_pupil",
    ),
    "judgements around an intervention": Case(
        lambda s, p: assessed_subjects.find_assessed_subjects(
            s, p.school, p.pupils[0], [YEAR - 1, YEAR]
        )
    ),
    "intervention": Case(lambda s, p: interventions.lock_intervention(s, p.school, p.pupils[0], 1)),
    "meeting": Case(lambda s, p: pupil_meetings.find_meeting(s, p.school, p.pupils[0], 1)),
    "answers of a meeting": Case(
        lambda s, p: pupil_meetings.find_answers(s, PupilMeeting(id=1, school_id=p.school))
    ),
    "pupils with meetings": Case(
        lambda s, p: pupil_meetings.find_pupils_with_meetings(s, p.school, YEAR, p.pupils),
        "ix_pupil_meeting_pupil",
    ),
    "all pupils with meetings": Case(
        lambda s, p: pupil_meetings.find_pupils_with_meetings(s, p.school, YEAR, range(1, 2000)),
        "ix_pupil_meeting_pupil",
    ),
    "questions": Case(
        lambda s, p: discussion_questions.find_questions(s, p.school, MeetingKind.PUPIL),
        "ix_discussion_question_school",
    ),
    "questions of both kinds": Case(
        lambda s, p: discussion_questions.find_questions(s, p.school),
        "ix_discussion_question_school",
    ),
    "latest year of a school": Case(
        lambda s, p: report_lookups.find_latest_year_of_school(s, p.school)
    ),
    "latest year of an authority": Case(
        lambda s, p: report_lookups.find_latest_year_of_authority(s, p.authority)
    ),
}


def _add_changes(database: Database, school: int, pupils: list[int], *, times: int = 10) -> None:
    """Add changes enough, and let PostgreSQL count them, that one index is better than another."""
    keys = [
        key
        for pupil in pupils
        for key in (include_cell(pupil), result_cell(pupil, "KS1", "READ_SCORE"))
    ]
    states = [(key, StoredCell("Y", version)) for version in range(1, times + 1) for key in keys]
    with database.unit_of_work(write=True) as unit:
        cell_changes.add_cell_changes(unit.session, school, YEAR, states)
        unit.commit()
        if database.url.get_backend_name() == "postgresql":
            unit.session.execute(text("ANALYZE cell_change"))
            unit.commit()


def _built(database: Database) -> Place:
    school = make_school(database)
    pupils = make_pupils(database, school, 2, class_name="Ash")
    assessment = make_assessment(database, school)
    make_judgements(database, assessment, {pupils[0]: {"READ": "O"}})
    session = make_session(database, make_user(database, school_id=school))
    _add_changes(database, school, [*pupils, *make_pupils(database, school, 30)])
    elsewhere = make_school(database)
    # Most of them, as in an authority: of two schools alike, passing over the other's is as cheap.
    _add_changes(database, elsewhere, make_pupils(database, elsewhere, 30), times=80)
    return Place(make_authority(database), school, pupils, assessment, session)


@contextmanager
def _caught() -> Iterator[list[tuple[str, Any]]]:
    found: list[tuple[str, Any]] = []

    def catch(connection: Any, _cursor: Any, statement: str, given: Any, *more: Any) -> None:
        many = more[-1]
        if statement.startswith(("SELECT", "WITH", "UPDATE", "DELETE")):
            found.append((statement, given[0] if many else given))

    event.listen(Engine, "before_cursor_execute", catch)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", catch)


def _plans(
    database: Database, place: Place, case: Case, scope: RowScope | None = None
) -> list[Any]:
    """Return the plan of every statement of the case: lines on SQLite, a tree on PostgreSQL."""
    with database.unit_of_work(write=True, scope=scope) as unit:  # never committed
        with _caught() as statements:
            case.ask(unit.session, place)
        assert statements
        connection = unit.session.connection()
        if connection.dialect.name == "sqlite":
            return [
                [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", given)]
                for text, given in statements
            ]
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return [
            connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {text}", given).scalar_one()
            for text, given in statements
            if "pg_advisory" not in text
        ]


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Go through the nodes of a plan that are run.

    Nothing below a condition that is never true is: PostgreSQL keeps a table there for its policy.
    """
    if isinstance(tree, list):
        for item in tree:
            yield from _nodes(item)
    elif isinstance(tree, dict) and tree.get("One-Time Filter") != "false":
        yield tree
        for value in tree.values():
            yield from _nodes(value)


def _is_slow(line: str, case: Case) -> bool:
    """Whether a line of SQLite's plan goes through all rows of a big table, or sorts what it finds.

    Of rows in the order of an index only those alike in its columns are sorted: the "right part".
    """
    if line == "USE TEMP B-TREE FOR ORDER BY":
        return True
    if not line.startswith("SCAN "):
        return False
    table = line.split()[1].rstrip("_0123456789")
    if table not in BIG:
        return False
    index = FROM_THE_INDEX.get(table)
    allowed = table in case.whole and (index is None or line.endswith(f"COVERING INDEX {index}"))
    return not allowed


def test_sqlite_finds_what_pages_ask_by_an_index(sqlite_database: Database) -> None:
    place = _built(sqlite_database)
    faults = {}
    for name, case in CASES.items():
        plans = _plans(sqlite_database, place, case)
        lines = [line for plan in plans for line in plan]
        slow = [line for line in lines if _is_slow(line, case)]
        if slow or case.index not in " ".join(lines):
            faults[name] = slow or lines
    assert faults == {}


def test_postgresql_finds_what_pages_ask_by_an_index(postgres_database: Database) -> None:
    """As the portal's own role: no policy of row-level security may hide an index."""
    owner = as_owner(postgres_database)
    place = _built(owner)
    owner.dispose()
    scope = RowScope(schools=(place.school,), authorities=(place.authority,))
    faults = {}
    for name, case in CASES.items():
        plans = _plans(postgres_database, place, case, scope)
        whole = [
            f"{node['Node Type']} {node['Relation Name']}"
            for node in _nodes(plans)
            if node.get("Relation Name") in BIG - case.whole
            and node["Node Type"] not in ("ModifyTable", "LockRows")
            and "Index Cond" not in node
            and "Recheck Cond" not in node
        ]
        if whole or case.index not in json.dumps(plans):
            faults[name] = whole or [json.dumps(plans)[:2000]]
    assert faults == {}
    policy = [node.get("Filter") for node in _nodes(plans)]  # held, and not passed over
    assert "hashed SubPlan" in json.dumps(policy)


def test_nodes_leaves_out_what_is_never_run() -> None:
    scan = {"Node Type": "Seq Scan"}
    assert list(_nodes([{"Plan": {"One-Time Filter": "false", "Plans": [scan]}}]))[1:] == []
    assert scan in _nodes([{"Plan": {"One-Time Filter": "$0", "Plans": [scan]}}])
