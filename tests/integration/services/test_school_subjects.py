"""A school's own subjects, from adding one to the reports that count it, on both databases."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.subjects import OWN_CODES, OwnSubject
from pupiltrack_core.errors import AccessDenied, Conflict, InvalidEntry, NotFound
from pupiltrack_core.reports.all_data import all_data_workbook
from pupiltrack_core.reports.documents import Printed
from pupiltrack_core.reports.full_report import full_report_document
from pupiltrack_core.reports.grid_csv import all_data_csv
from pupiltrack_core.reports.html import document_html
from pupiltrack_core.reports.pdf import full_report_pdf
from pupiltrack_core.reports.tables import write_full_report_csv
from pupiltrack_core.reports.workbooks import grid_workbook
from pupiltrack_core.services.assessment_grid import load_grid
from pupiltrack_core.services.assessments import assessments_for, create_assessment
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.recording import CellChange
from pupiltrack_core.services.reports import full_report, names_behind
from pupiltrack_core.services.school_subjects import (
    SUBJECT_ADDED,
    SUBJECT_ARCHIVED,
    SUBJECT_BROUGHT_BACK,
    SUBJECT_RENAMED,
    add_own_subject,
    archive_own_subject,
    bring_back_own_subject,
    own_subjects,
    rename_own_subject,
)
from pupiltrack_core.storage.assessment_models import SchoolSubject
from pupiltrack_core.storage.engine import Database
from tests.builders import NOW, YEAR, make_authority, make_school
from tests.integration.services.grid_world import World, selection_of
from tests.integration.services.people import ROLES_WITH_NAMES, audit_rows
from tests.pdf_reading import text_of


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


@pytest.fixture
def head(world: World) -> Caller:
    return world.sign_in(Role.HEAD)


def add(world: World, head: Caller, label: str = "Forest school", short: str = "Forest") -> str:
    return add_own_subject(head, world.school, label=label, short=short)


def held(world: World, head: Caller) -> list[tuple[str, str, str, bool]]:
    return [
        (item.subject.value, item.subject.label, item.subject.short, item.is_archived)
        for item in own_subjects(head, world.school)
    ]


def assess(world: World, *subjects: str, **values: Any) -> int:
    return create_assessment(
        world.caller,
        school_id=world.school,
        academic_year=YEAR,
        name="Spring",
        held_on=date(YEAR + 1, 3, 20),
        year_groups=[4],
        subjects=subjects,
        **values,
    )


def test_add_own_subject_takes_the_first_code_never_used(world: World, head: Caller) -> None:
    assert add(world, head, "  Forest   school ") == "X01"
    assert add(world, head, "Latin", "Lat") == "X02"
    archive_own_subject(head, world.school, "X01")
    assert add(world, head, "Chess", "Chess") == "X03"
    assert held(world, head) == [
        ("X01", "Forest school", "Forest", True),
        ("X02", "Latin", "Lat", False),
        ("X03", "Chess", "Chess", False),
    ]
    added = audit_rows(world.database, SUBJECT_ADDED)
    assert [json.loads(row.detail) for row in added] == [
        {"subject": code} for code in ("X01", "X02", "X03")
    ]
    assert len(audit_rows(world.database, SUBJECT_ARCHIVED)) == 1


@pytest.mark.parametrize(
    ("label", "short", "field"),
    [
        ("", "F", "label"),
        ("Forest", " ", "short"),
        ("x" * 61, "F", "label"),
        ("Forest", "x" * 9, "short"),
        ("For\x00est", "F", "label"),
        ("Forest", "F\u200b", "short"),
        ("HISTORY", "F", "label"),
        ("Forest", "his", "short"),
        ("forest SCHOOL", "F", "label"),
        ("Another", "forest", "short"),
        ("Gone", "F", "label"),
    ],
)
def test_add_own_subject_refuses_and_says_which_field(
    world: World, head: Caller, label: str, short: str, field: str
) -> None:
    add(world, head)
    archive_own_subject(head, world.school, add(world, head, "Gone", "Gone"))
    before = held(world, head)
    with pytest.raises(InvalidEntry, match="Nothing was saved") as caught:
        add(world, head, label, short)
    assert caught.value.field == field
    assert held(world, head) == before


def test_add_own_subject_the_hundredth_is_refused(world: World, head: Caller) -> None:
    with world.database.unit_of_work(write=True) as work:
        work.session.add_all(
            SchoolSubject(school_id=world.school, code=code, label=f"Own {code}", short=code)
            for code in OWN_CODES
        )
        work.commit()
    with pytest.raises(InvalidEntry, match="at most 99"):
        add(world, head)


def test_rename_own_subject_renames_it_on_assessments(world: World, head: Caller) -> None:
    code = add(world, head)
    assess(world, code)
    shown = OwnSubject(code, "Forest school", "Forest")
    renamed = rename_own_subject(
        head, world.school, code, label="Outdoor learning", short="Forest", shown=shown
    )
    newest = assessments_for(world.caller, world.school, YEAR)[0]
    assert newest.subjects[-1] == renamed == OwnSubject(code, "Outdoor learning", "Forest")
    assert len(audit_rows(world.database, SUBJECT_RENAMED)) == 1


def test_rename_own_subject_that_was_renamed_meanwhile_is_a_conflict(
    world: World, head: Caller
) -> None:
    code = add(world, head)
    shown = OwnSubject(code, "Forest school", "Forest")
    rename_own_subject(head, world.school, code, label="Theirs", short="Th", shown=shown)
    with pytest.raises(Conflict):
        rename_own_subject(head, world.school, code, label="Mine", short="Mi", shown=shown)
    assert held(world, head) == [(code, "Theirs", "Th", False)]


def test_archived_subject_stays_on_assessments_and_is_offered_to_no_new_one(
    world: World, head: Caller
) -> None:
    code = add(world, head)
    number = assess(world, code)
    archive_own_subject(head, world.school, code)
    newest = assessments_for(world.caller, world.school, YEAR)[0]
    assert [str(item) for item in newest.subjects] == [
        "READ",
        "WRIT",
        "MATH",
        code,
    ]
    (outcome,) = world.record(CellChange(world.ana, f"{number}:tracking:{code}", "O", 0))
    assert outcome.status == "saved"
    with pytest.raises(InvalidEntry, match="archived"):
        assess(world, code, test_title="Another")
    bring_back_own_subject(head, world.school, code)
    assert held(world, head)[0][3] is False
    assert len(audit_rows(world.database, SUBJECT_BROUGHT_BACK)) == 1


def test_own_subject_of_another_school_is_refused(world: World, head: Caller) -> None:
    other = World(world.database)
    code = add_own_subject(other.sign_in(Role.HEAD), other.school, label="Latin", short="Lat")
    with pytest.raises(InvalidEntry) as caught:
        assess(world, code)
    assert caught.value.field == "subjects"
    for call in (archive_own_subject, bring_back_own_subject):
        with pytest.raises(NotFound):
            call(head, world.school, code)


# --- who may ------------------------------------------------------------------------------------

_SHOWN = OwnSubject("X01", "Forest school", "Forest")
_CALLS: dict[str, Callable[[Caller, int], object]] = {
    "add": lambda caller, school: add_own_subject(caller, school, label="Chess", short="Ch"),
    "rename": lambda caller, school: rename_own_subject(
        caller, school, "X01", label="Drama", short="Dr", shown=_SHOWN
    ),
    "archive": lambda caller, school: archive_own_subject(caller, school, "X01"),
    "bring back": lambda caller, school: bring_back_own_subject(caller, school, "X01"),
}


@pytest.mark.parametrize("role", ROLES_WITH_NAMES)
def test_own_subjects_are_kept_by_heads_and_data_managers(
    world: World, head: Caller, role: Role
) -> None:
    add(world, head)
    caller = world.sign_in(role)
    assert len(own_subjects(caller, world.school)) == 1  # everyone may read them
    for call in _CALLS.values():
        if role in (Role.HEAD, Role.DATA_MANAGER):
            call(caller, world.school)
            continue
        with pytest.raises(AccessDenied):
            call(caller, world.school)
        assert held(world, head) == [("X01", "Forest school", "Forest", False)]


def test_own_subjects_from_another_school_are_not_found(world: World, head: Caller) -> None:
    add(world, head)
    caller = world.sign_in(Role.HEAD, make_school(world.database))
    for call in (*_CALLS.values(), own_subjects):
        with pytest.raises(NotFound):
            call(caller, world.school)


# --- in grids and reports -----------------------------------------------------------------------


@pytest.fixture
def forest(world: World, head: Caller) -> str:
    """An own subject judged at Spring: Ana Deeper learning, Ben nothing."""
    code = add(world, head)
    world.assessment = assess(world, code)
    world.put("D", subject=code)
    return code


def test_grid_has_a_column_of_an_own_subject(world: World, forest: str) -> None:
    grid = load_grid(world.caller, selection_of(world), [world.assessment])
    assert grid.cells[world.ana, world.key(forest)] == ("D", 1, None)
    assert grid.assessments[0].subjects[-1].short == "Forest"


def test_full_report_counts_an_own_subject_under_its_name(
    world: World, head: Caller, forest: str
) -> None:
    report = full_report(head, CohortSelection(YEAR, school_id=world.school, years=4))
    line = report.summary.set_index("subject").loc[forest]
    assert (line["pupils"], line["deeper"], line["no_data"]) == (2, 1, 1)
    assert report.labels == {forest: "Forest school"}
    names = names_behind(head, report, forest, SummaryRow.DEEPER)
    assert names[forest].tolist() == ["D"]
    printed = Printed("Jo Example", NOW)
    html = document_html(full_report_document(report, printed=printed, include_names=True))
    assert html.count("Forest school") >= 3  # the table, the chart in words, the names
    assert forest not in html
    assert "Forest school,2,0,0" in write_full_report_csv(report).decode()


def test_every_file_taken_away_names_an_own_subject(
    world: World, head: Caller, forest: str
) -> None:
    chosen = selection_of(world)
    grid = load_grid(head, chosen, [world.assessment])
    workbooks = (
        grid_workbook(head, grid, chosen),
        all_data_workbook(head, world.school, YEAR),
    )
    for content in workbooks:
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        cells = {cell for row in sheet.values for cell in row}
        assert {"Forest", "Deeper learning"} <= cells
        assert forest not in cells
    for text in (
        all_data_csv(head, world.school, YEAR).decode(),
        text_of(full_report_pdf(head, chosen, include_names=True)),
    ):
        assert "Forest" in text
        assert forest not in text


def test_full_report_without_own_subjects_asks_for_no_labels(world: World, head: Caller) -> None:
    add(world, head)
    report = full_report(head, CohortSelection(YEAR, school_id=world.school, years=4))
    assert report.labels == {}


def test_full_report_of_a_local_authority_leaves_own_subjects_out(
    world: World, forest: str
) -> None:
    analyst = world.sign_in(Role.LA_ANALYST)
    authority = make_authority(world.database)
    report = full_report(analyst, CohortSelection(YEAR, local_authority_id=authority))
    assert forest not in set(report.summary["subject"])
    assert set(report.summary["subject"]) >= {"READ", "RWM"}
