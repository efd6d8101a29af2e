"""Rows of pupils for analysis, and figures by school, on both databases."""

import json

import pandas as pd
import pytest
from sqlalchemy import select

from pupiltrack_core.access import Role
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.errors import AccessDenied, NotFound
from pupiltrack_core.services import school_summaries
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.pupil_rows import pupil_rows
from pupiltrack_core.services.school_summaries import summaries_by_school
from pupiltrack_core.storage.models import AuditEntry
from tests.builders import (
    make_assessment,
    make_authority,
    make_judgements,
    make_pupil,
    make_school,
    make_user,
)


def build_two_schools(database):
    """Two schools with two pupils each; return their ids by place."""
    schools = []
    for place, marks in enumerate(("OD", "B-")):
        school = make_school(database)
        assessment = make_assessment(database, school, year_groups=(4,))
        pupils = [
            make_pupil(
                database, school, class_name=f"Class {place}", looked_after=True, custom_1=True
            )
            for _ in marks
        ]
        told = {
            pupil: dict.fromkeys(CORE_SUBJECTS, mark)
            for pupil, mark in zip(pupils, marks, strict=True)
            if mark != "-"
        }
        make_judgements(database, assessment, told)
        schools.append(school)
    make_school(database)  # nobody is there
    return schools


def audited(database):
    with database.unit_of_work() as unit:
        entries = unit.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        return [(entry.action, entry.school_id, json.loads(entry.detail)) for entry in entries]


def test_pupil_rows_of_a_school_and_of_an_authority(database):
    first, second = build_two_schools(database)
    authority = make_authority(database)
    operator = Caller.for_operator(database)
    one = pupil_rows(
        operator, CohortSelection(academic_year=2025, school_id=first, years=4), with_names=True
    )
    assert one["READ"].tolist() == ["O", "D"]
    assert one["custom_1"].tolist() == [True, True]
    assert "surname" in one
    assert "looked_after" not in one
    all_rows = pupil_rows(
        operator,
        CohortSelection(academic_year=2025, local_authority_id=authority, years=4),
        with_names=False,
    )
    assert all_rows["school_id"].tolist() == [first, first, second, second]
    assert all_rows["MATH"].astype(object).where(all_rows["MATH"].notna(), "-").tolist() == [
        *"ODB-"
    ]
    assert all_rows["MATH"].cat.ordered
    assert all_rows["class_name"].tolist() == ["Class 0", "Class 0", "Class 1", "Class 1"]
    assert not {"surname", "upn", "custom_1", "looked_after"} & set(all_rows.columns)
    noted = audited(database)
    assert [(school, detail["with_names"]) for _, school, detail in noted] == [
        (first, True),
        (None, False),
    ]
    assert {detail["what"] for _, _, detail in noted} == {"pupil rows for analysis"}


def test_pupil_rows_of_a_year_without_pupils_have_the_same_columns(database):
    build_two_schools(database)
    authority = make_authority(database)
    frames = [
        pupil_rows(
            Caller.for_operator(database),
            CohortSelection(academic_year=year, local_authority_id=authority, years=4),
            with_names=False,
        )
        for year in (2025, 2030)
    ]
    assert len(frames[1]) == 0
    assert frames[1].dtypes.astype(str).to_dict() == frames[0].dtypes.astype(str).to_dict()


def test_pupil_rows_of_another_school_are_refused_and_nothing_is_noted_as_taken(database):
    first, second = build_two_schools(database)
    head = make_user(database, Role.HEAD, school_id=first)
    caller = Caller.for_account(database, head)
    selection = CohortSelection(academic_year=2025, school_id=second, years=4)
    with pytest.raises(NotFound):
        pupil_rows(caller, selection, with_names=False)
    assert [(action, detail["wanted"]) for action, _, detail in audited(database)] == [
        ("access denied", "export")
    ]


def test_summaries_by_school_counts_each_school_by_itself(database, monkeypatch):
    first, second = build_two_schools(database)
    authority = make_authority(database)
    adviser = make_user(database, Role.LA_ADVISER, local_authority_id=authority)
    caller = Caller.for_account(database, adviser)
    selection = CohortSelection(academic_year=2025, local_authority_id=authority)
    found = summaries_by_school(caller, selection)
    reading = found[found["subject"] == "READ"].set_index("school_id")
    # The first has O and D of two, the second B of two and one without data.
    assert reading["pupils"].to_dict() == {first: 2, second: 2}
    assert reading["on_track_or_deeper"].to_dict() == {first: 2, second: 0}
    assert reading["no_data"].to_dict() == {first: 0, second: 1}

    def nameless(work, chosen):
        return pd.Series({"may_see_names": False})

    monkeypatch.setattr(school_summaries, "require_group", nameless)
    with pytest.raises(AccessDenied):
        summaries_by_school(caller, selection)
