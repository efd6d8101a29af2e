"""Properties of every plan: accepted once, the same file has nothing left to write."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.characteristics import Sen, Sex
from pupiltrack_core.domain.year_groups import PRIMARY
from pupiltrack_core.interchange.pupil_template import ParsedFile, PupilRow
from pupiltrack_core.services.pupil_plan import plan_import
from pupiltrack_core.services.pupil_records import (
    ImportPlan,
    KnownEnrolment,
    KnownPupil,
    RowStatus,
)
from pupiltrack_core.storage.archived_pupils import NOT_ARCHIVED

YEAR = AcademicYear(2025)
UPNS = ["A100000000001", "A100000000002", "A10000000001T", "A10000000002T", "A100000000003"]
NAMES = st.sampled_from(["Marsh", "marsh", "Reed"])
DAYS = st.sampled_from([date(2016, 11, 4), date(2017, 1, 1), date(1990, 1, 1), date(2022, 1, 1)])
YES_NO = st.sampled_from([True, False, None])


@st.composite
def files(draw: st.DrawFn) -> ParsedFile:
    upns = draw(st.lists(st.sampled_from(UPNS), unique=True, max_size=5))
    rows = tuple(
        PupilRow(
            row=number,
            upn=upn,
            upn_is_local=False,
            surname=draw(NAMES),
            forenames="Ivy",
            date_of_birth=draw(DAYS),
            sex=draw(st.sampled_from(list(Sex))),
            postcode=draw(st.sampled_from(["LA1 4YF", "LA2 4YF"])),
            ethnicity=draw(st.sampled_from(["WBRI", "AOPK"])),
            fsm=draw(YES_NO),
            eal=draw(YES_NO),
            sen=draw(st.sampled_from([*Sen, None])),
            local_number=draw(st.sampled_from(["7", None])),
            year_group=draw(st.sampled_from([None, 2, 4, 6])),
            class_name=draw(st.sampled_from([None, "Oak", "oak", "Élan"])),
        )
        for number, upn in enumerate(upns, start=2)
    )
    return ParsedFile(file_name="pupils.csv", digest="", rows=rows)


def accepted(known: list[KnownPupil], plan: ImportPlan) -> list[KnownPupil]:
    """The records after the plan is written: a slow and plain stand-in for the database."""
    records = {pupil.pupil_id: pupil for pupil in known}
    for row in plan.to_write:
        columns = dict(row.pupil)
        is_archived = "archived_from" not in columns
        for name in NOT_ARCHIVED:
            columns.pop(name, None)
        facts = dict(row.enrolment)
        pupil_id = row.pupil_id or max(records, default=0) + 1
        if row.pupil_id is None:
            blank = dict.fromkeys(("local_number", "former_upn", "enrolment"))
            record = KnownPupil(pupil_id=pupil_id, is_archived=False, **(blank | columns))
        else:
            old = records[pupil_id]
            record = replace(old, **columns, is_archived=old.is_archived and is_archived)
        if row.is_new_enrolment:
            none = dict.fromkeys(("ethnicity", "fsm", "eal", "sen"))
            enrolment = KnownEnrolment(
                year_group=row.year_group or 0, year_override=row.is_override, **(none | facts)
            )
        else:
            enrolment = replace(record.enrolment, **facts)
        records[pupil_id] = replace(record, enrolment=enrolment)
    return list(records.values())


@settings(max_examples=300, deadline=None)
@given(files(), files())
def test_plan_import_once_accepted_has_nothing_left_to_write(
    first: ParsedFile, second: ParsedFile
) -> None:
    known: list[KnownPupil] = []
    for parsed in (first, second):
        plan = plan_import(parsed, known, YEAR)
        known = accepted(known, plan)
        upns = [pupil.upn for pupil in known]
        assert len(upns) == len(set(upns))
        again = plan_import(parsed, known, YEAR)
        assert again.to_write == ()
        assert again.count(RowStatus.PROBLEM) == plan.count(RowStatus.PROBLEM)


@settings(max_examples=200, deadline=None)
@given(files(), files())
def test_plan_import_accounts_for_every_row(first: ParsedFile, second: ParsedFile) -> None:
    known = accepted([], plan_import(first, [], YEAR))
    plan = plan_import(second, known, YEAR)
    assert [row.row for row in plan.rows] == [row.row for row in second.rows]
    blocked = {problem.row for problem in plan.problems if problem.blocking}
    assert blocked == {row.row for row in plan.rows if row.status is RowStatus.PROBLEM}
    for row in plan.to_write:
        assert row.year_group in PRIMARY
        assert row.changes
    for row in plan.rows:
        assert (row.status is RowStatus.ADDED) == (row.year_group is not None and not row.pupil_id)


def a_row(born: date, **changed: object) -> PupilRow:
    return replace(
        PupilRow(
            row=2,
            upn=UPNS[0],
            upn_is_local=False,
            surname="Marsh",
            forenames="Ivy",
            date_of_birth=born,
            sex=Sex.FEMALE,
            postcode="LA1 4YF",
            ethnicity="WBRI",
            fsm=None,
            eal=None,
            sen=None,
            local_number=None,
        ),
        **changed,  # type: ignore[arg-type]
    )


# In 2025/2026 Reception takes who was born from 1 September 2020 to 31 August 2021.
@pytest.mark.parametrize(
    ("born", "status", "is_override", "warned"),
    [
        (date(2021, 1, 4), RowStatus.ADDED, False, False),
        (date(2020, 7, 4), RowStatus.ADDED, True, True),  # a year late
        (date(2019, 7, 4), RowStatus.PROBLEM, False, False),
        (date(2022, 1, 4), RowStatus.PROBLEM, False, False),
    ],
)
def test_plan_import_of_reception_places_by_the_cohort(
    born: date, status: RowStatus, is_override: bool, warned: bool
) -> None:
    parsed = ParsedFile(file_name="october.csv", digest="", rows=(a_row(born),))
    plan = plan_import(parsed, [], AcademicYear(2025), is_reception=True)
    (row,) = plan.rows
    assert row.status is status
    if status is RowStatus.ADDED:
        assert (row.year_group, row.is_override) == (0, is_override)
    assert bool([item for item in plan.problems if not item.blocking]) is warned


def test_plan_import_of_reception_leaves_who_is_in_the_year_where_they_are() -> None:
    born = date(2019, 7, 4)  # Year 2 by age
    parsed = ParsedFile(file_name="october.csv", digest="", rows=(a_row(born),))
    known = accepted([], plan_import(parsed, [], AcademicYear(2025)))
    plan = plan_import(parsed, known, AcademicYear(2025), is_reception=True)
    assert plan.to_write == ()
    assert plan.count(RowStatus.UNCHANGED) == 1


def one_row(**changed: object) -> ParsedFile:
    row = a_row(date(2016, 11, 4), **changed)  # Year 4 in 2025/2026 by age
    return ParsedFile(file_name="list.csv", digest="", rows=(row,))


@pytest.mark.parametrize(
    ("stated", "year_group", "is_override", "warned", "refused"),
    [
        (None, 4, False, False, False),
        (4, 4, False, False, False),
        (5, 5, True, False, False),
        (3, 3, True, False, False),
        (6, 6, True, True, False),
        (2, 2, True, True, False),
        (1, None, False, False, True),
    ],
)
def test_plan_import_places_by_the_file_and_by_age_where_it_says_nothing(
    stated: int | None, year_group: int | None, is_override: bool, warned: bool, refused: bool
) -> None:
    plan = plan_import(one_row(year_group=stated), [], YEAR)
    (row,) = plan.rows
    assert (row.year_group, row.is_override) == (year_group, is_override)
    assert [item.blocking for item in plan.problems] == [refused] * (warned or refused)
    if warned:
        (problem,) = plan.problems
        assert (problem.column, problem.value) == ("Year group", f"Year {stated}")
        assert "would be in Year 4" in problem.reason


def test_plan_import_moves_who_is_in_another_year_group_and_says_from_where() -> None:
    known = accepted([], plan_import(one_row(year_group=6), [], YEAR))
    same = plan_import(one_row(year_group=6), known, YEAR)
    assert (same.to_write, same.problems) == ((), ())  # warned of once, when it was set
    assert plan_import(one_row(), known, YEAR).to_write == ()
    (row,) = plan_import(one_row(year_group=4), known, YEAR).to_write
    assert [(item.field, item.old, item.new) for item in row.changes] == [
        ("Year group", "Year 6", "Year 4")
    ]
    assert dict(row.enrolment) == {"year_group": 4, "year_override": False}


@pytest.mark.parametrize(("stated", "warned"), [((3, 3, 4), True), ((3, 4, 4), False)])
def test_plan_import_asks_whether_the_list_is_of_another_year(
    stated: tuple[int, ...], warned: bool
) -> None:
    rows = tuple(
        replace(a_row(date(2016, 11, 4)), row=number + 2, upn=UPNS[number], year_group=year_group)
        for number, year_group in enumerate(stated)
    )
    plan = plan_import(ParsedFile(file_name="list.csv", digest="", rows=rows), [], YEAR)
    about_file = [item.reason for item in plan.problems if item.row is None]
    assert any("Is it a list of another year?" in reason for reason in about_file) is warned


@pytest.mark.parametrize(
    ("stated", "written", "new"),
    [("élan", "Élan", ()), ("Oak", "Oak", ("Oak",)), (None, None, ())],
)
def test_plan_import_writes_a_class_as_the_school_does(
    stated: str | None, written: str | None, new: tuple[str, ...]
) -> None:
    plan = plan_import(one_row(class_name=stated), [], YEAR, class_names=["Élan", "elan"])
    assert (dict(plan.rows[0].enrolment).get("class_name"), plan.new_classes) == (written, new)
    refused = plan_import(one_row(class_name=stated, year_group=1), [], YEAR)
    assert refused.new_classes == ()


def test_plan_import_of_who_was_here_before_shows_what_is_not_as_it_was() -> None:
    (pupil,) = accepted([], plan_import(one_row(fsm=True, class_name="Oak"), [], YEAR))
    before = replace(pupil, enrolment=None, before=pupil.enrolment, was_here=True)
    row = one_row(fsm=True, eal=True, class_name="Elm")
    (planned,) = plan_import(row, [before], YEAR.following).to_write
    assert [(item.field, item.old, item.new) for item in planned.changes] == [
        ("English as additional language", "Not recorded", "Yes"),
        ("Class", "Oak", "Elm"),
        ("Year group", None, "Year 5 in 2026/2027"),
        ("All else", None, "as the school recorded it last"),
    ]
    assert dict(planned.enrolment)["fsm"] is True
