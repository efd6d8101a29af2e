"""Last year's assessments as this year's, on both databases."""

from __future__ import annotations

import json
from datetime import date

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, Subject
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.services.assessment_copies import (
    ASSESSMENTS_COPIED,
    CopyResult,
    copy_assessments,
    plan_copies,
)
from pupiltrack_core.services.assessments import AssessmentInfo, assessments_for
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.school_subjects import add_own_subject, archive_own_subject
from pupiltrack_core.services.test_types import TestTypeEntry, add_kind_of_test
from pupiltrack_core.storage.engine import Database
from tests.builders import (
    NOW,
    YEAR,
    make_assessment,
    make_school,
    make_session,
    make_user,
)
from tests.integration.services.people import ROLES_WITH_NAMES, audit_rows

LAST = YEAR - 1


class School:
    """A school with two assessments of last year and none of this."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.operator = Caller.for_operator(database)
        self.id = make_school(database)
        kind = TestTypeEntry("Standardised", "69", "141")
        self.kind = add_kind_of_test(self.operator, self.id, kind)
        self.own = add_own_subject(self.operator, self.id, label="Forest school", short="Forest")
        self.autumn = self.make(
            f"Autumn {LAST}",
            date(LAST, 12, 13),
            year_groups=(1, 2, 3, 4, 5, 6),
            subjects=(*CORE_SUBJECTS, Subject.SCIENCE, self.own),
            formative_title="Book band",
            test_title="NFER",
            test_type_id=self.kind,
            has_phonics=True,
        )
        self.summer = self.make("Summer", date(YEAR, 7, 1), year_groups=(6,))
        self.caller = self.sign_in(Role.TEACHER)

    def make(self, name: str, held_on: date, year: int = LAST, **values: object) -> int:
        return make_assessment(
            self.database,
            self.id,
            academic_year=year,
            name=name,
            held_on=held_on,
            **values,  # type: ignore[arg-type]  # any column of the draft
        )

    def sign_in(self, role: Role, school_id: int | None = None) -> Caller:
        at_school = role in (Role.TEACHER, Role.HEAD, Role.DATA_MANAGER)
        user = make_user(
            self.database, role, school_id=(school_id or self.id) if at_school else None
        )
        return Caller.for_session(self.database, make_session(self.database, user))

    def this_year(self) -> list[AssessmentInfo]:
        return list(reversed(assessments_for(self.caller, self.id, YEAR)))

    def copy(self, *source_ids: int) -> CopyResult:
        return copy_assessments(self.caller, self.id, YEAR, source_ids)


@pytest.fixture
def school(database: Database) -> School:
    return School(database)


def test_copy_assessments_makes_last_year_s_set_this_year_s(school: School) -> None:
    planned = plan_copies(school.caller, school.id, YEAR)
    assert [item.source.id for item in planned] == [school.autumn, school.summer]
    result = school.copy(school.autumn, school.summer)
    assert result.skipped == 0
    autumn, summer = school.this_year()
    assert (autumn.id, summer.id) == result.created
    was = {item.id: item for item in assessments_for(school.caller, school.id, LAST)}
    assert (autumn.name, autumn.held_on) == (f"Autumn {YEAR}", date(YEAR, 12, 13))
    assert (summer.name, summer.held_on) == ("Summer", date(YEAR + 1, 7, 1))
    for made, source in ((autumn, was[school.autumn]), (summer, was[school.summer])):
        for part in (
            "year_groups",
            "subjects",
            "formative_title",
            "test_title",
            "test_type",
            "has_phonics",
        ):
            assert getattr(made, part) == getattr(source, part), part
    assert [str(item) for item in autumn.subjects] == ["READ", "WRIT", "MATH", "SCIE", school.own]
    (row,) = audit_rows(school.database, ASSESSMENTS_COPIED)
    assert json.loads(row.detail) == {"academic_year": YEAR, "created": 2, "skipped": 0}


def test_plan_copies_stores_nothing(school: School) -> None:
    plan_copies(school.caller, school.id, YEAR)
    assert school.this_year() == []
    assert audit_rows(school.database, ASSESSMENTS_COPIED) == []


def test_copy_assessments_a_second_time_makes_nothing(school: School) -> None:
    school.copy(school.autumn, school.summer)
    planned = plan_copies(school.caller, school.id, YEAR)
    assert [(item.draft, item.there_already) for item in planned] == [
        (None, (1, 2, 3, 4, 5, 6)),
        (None, (6,)),
    ]
    assert school.copy(school.autumn, school.summer) == CopyResult((), skipped=2)
    assert len(school.this_year()) == 2


def test_copy_assessments_is_for_the_year_groups_without_one_of_the_name(school: School) -> None:
    school.make(f"autumn {YEAR}", date(YEAR, 11, 1), year=YEAR, year_groups=(2, 3))
    school.make("Autumn", date(YEAR, 11, 1), year=YEAR, year_groups=(4,))
    autumn = plan_copies(school.caller, school.id, YEAR)[0]
    assert autumn.there_already == (2, 3)
    school.copy(school.autumn)
    assert school.this_year()[-1].year_groups == (1, 4, 5, 6)


def test_copy_assessments_leaves_out_deleted_ones_of_either_year(school: School) -> None:
    school.make("Spring", date(YEAR, 3, 1), deleted_at=NOW)
    school.make("Summer", date(YEAR + 1, 7, 1), year=YEAR, year_groups=(6,), deleted_at=NOW)
    planned = plan_copies(school.caller, school.id, YEAR)
    assert [item.name for item in planned if item.draft] == [f"Autumn {YEAR}", "Summer"]


def test_copy_assessments_of_a_leap_day_falls_on_the_28th(database: Database) -> None:
    school = School(database)
    both = [school.make("Mock", date(2024, 2, day), year=2023) for day in (28, 29)]
    planned = plan_copies(school.caller, school.id, 2024)
    assert [item.source.id for item in planned] == both
    assert [item.draft.held_on if item.draft else None for item in planned] == [
        date(2025, 2, 28),
        None,  # the same name and day for the same year group: there would be two of one
    ]


def test_copy_assessments_leaves_out_subjects_archived_since(school: School) -> None:
    archive_own_subject(school.operator, school.id, school.own)
    autumn = plan_copies(school.caller, school.id, YEAR)[0]
    assert [item.label for item in autumn.left_out] == ["Forest school"]
    school.copy(school.autumn)
    assert [str(item) for item in school.this_year()[0].subjects] == [
        "READ",
        "WRIT",
        "MATH",
        "SCIE",
    ]


def test_copy_assessments_of_what_is_not_last_year_s_is_refused(school: School) -> None:
    other = make_assessment(school.database, make_school(school.database), academic_year=LAST)
    this = school.make("Spring", date(YEAR + 1, 3, 1), year=YEAR)
    before = len(school.this_year())
    for wanted in ([school.autumn, other], [this], [99_999]):
        with pytest.raises(InvalidEntry, match="Nothing was created"):
            school.copy(*wanted)
    assert len(school.this_year()) == before


def test_copy_assessments_of_none_is_refused(school: School) -> None:
    with pytest.raises(InvalidEntry, match="at least one"):
        school.copy()


@pytest.mark.parametrize("year", [-1, 2000, 2101])
def test_plan_copies_without_a_year_before_is_refused(school: School, year: int) -> None:
    with pytest.raises(InvalidEntry):
        plan_copies(school.caller, school.id, year)


@pytest.mark.parametrize("role", ROLES_WITH_NAMES)
def test_copy_assessments_is_for_the_school_s_own_staff(school: School, role: Role) -> None:
    school.caller = school.sign_in(role)
    if role in (Role.TEACHER, Role.HEAD, Role.DATA_MANAGER):
        assert len(plan_copies(school.caller, school.id, YEAR)) == 2
        assert len(school.copy(school.autumn).created) == 1
        return
    with pytest.raises(AccessDenied):
        plan_copies(school.caller, school.id, YEAR)
    with pytest.raises(AccessDenied):
        school.copy(school.autumn)
    assert school.this_year() == []


def test_copy_assessments_from_another_school_is_not_found(school: School) -> None:
    caller = school.sign_in(Role.HEAD, make_school(school.database))
    with pytest.raises(NotFound):
        plan_copies(caller, school.id, YEAR)
    with pytest.raises(NotFound):
        copy_assessments(caller, school.id, YEAR, [school.autumn])
