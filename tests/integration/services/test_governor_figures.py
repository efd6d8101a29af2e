"""Statement 34: what governors see names nobody, and holds no figure that tells of a child."""

from __future__ import annotations

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.governor_figures import governor_figures
from pupiltrack_core.services.home import headlines
from pupiltrack_core.services.reports import full_report
from pupiltrack_core.services.schools import class_year_groups
from pupiltrack_core.services.venn_reports import venn_report
from pupiltrack_core.storage.engine import Database
from tests.builders import (
    make_assessment,
    make_judgements,
    make_pupil,
    make_school,
    make_session,
    make_user,
)

# Year 4: 12 pupils, 7 of them on track in all three and 5 below. Year 5: 24, of whom 12 and 12.
GROUPS = {4: (7, 5), 5: (12, 12)}


@pytest.fixture
def school(database: Database) -> int:
    school = make_school(database)
    for group, (on_track, below) in GROUPS.items():
        assessment = make_assessment(database, school, year_groups=[group])
        marks = ["O"] * on_track + ["B"] * below
        pupils = [make_pupil(database, school, year_group=group) for _ in marks]
        make_judgements(
            database,
            assessment,
            {
                pupil: dict.fromkeys(("READ", "WRIT", "MATH"), mark)
                for pupil, mark in zip(pupils, marks, strict=True)
            },
        )
    return school


def caller_of(database: Database, role: Role, school: int) -> Caller:
    user = make_user(database, role, school_id=school)
    return Caller.for_session(database, make_session(database, user))


def test_governor_figures_leave_small_numbers_out(database: Database, school: int) -> None:
    governor = caller_of(database, Role.GOVERNOR, school)
    figures = governor_figures(governor, school, academic_year=2025)
    reading = figures.summary.set_index("subject").loc["READ"]
    # Of 36: 7 + 12 = 19 on track, 5 + 12 = 17 below.
    assert (reading["pupils"], reading["on_track_or_deeper"], reading["below"]) == (36, 19, 17)
    groups = figures.year_groups.set_index(["year_group", "subject"])["on_track_or_deeper"]
    # The 5 of Year 4 who are not on track are few; without Year 5 beside it they would be known.
    assert groups[[(4, "READ"), (5, "READ"), (4, "RWM"), (5, "RWM")]].isna().all()
    assert figures.not_included is None
    assert figures.regions is not None  # 19 in all three circles, 17 in none
    assert dict(zip(figures.regions["region"], figures.regions["pupils"], strict=True))["111"] == 19
    names = {"surname", "forenames", "upn"}
    for frame in (figures.summary, figures.year_groups, figures.regions):
        assert not names & set(frame.columns)


def test_governor_figures_without_a_diagram_where_a_part_is_small(
    database: Database, school: int
) -> None:
    assessment = make_assessment(database, school, year_groups=[6])
    pupil = make_pupil(database, school, year_group=6)
    make_judgements(database, assessment, {pupil: {"READ": "O", "WRIT": "B", "MATH": "B"}})
    governor = caller_of(database, Role.GOVERNOR, school)
    assert governor_figures(governor, school, academic_year=2025).regions is None
    early = governor_figures(governor, school, academic_year=2025, years=YearRange.EARLY_YEARS)
    assert early.regions is None


def test_a_governor_sees_nothing_else(database: Database, school: int) -> None:
    governor = caller_of(database, Role.GOVERNOR, school)
    selection = CohortSelection(academic_year=2025, school_id=school)
    assert headlines(governor, school) == ()
    for look in (
        lambda: full_report(governor, selection),
        lambda: venn_report(governor, selection),
        lambda: class_year_groups(governor, school, 2025),
    ):
        with pytest.raises(AccessDenied):
            look()
    with pytest.raises(NotFound):
        governor_figures(governor, make_school(database), academic_year=2025)
    # Years chosen one by one could be taken from each other.
    for years in (YearRange.KEY_STAGE_1, "4"):
        with pytest.raises(InvalidEntry):
            governor_figures(governor, school, academic_year=2025, years=years)
    with pytest.raises(AccessDenied):
        governor_figures(caller_of(database, Role.TEACHER, school), school, academic_year=2025)
    # A head sees what governors see.
    head = caller_of(database, Role.HEAD, school)
    assert governor_figures(head, school, academic_year=2025).summary.equals(
        governor_figures(governor, school, academic_year=2025).summary
    )
