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
