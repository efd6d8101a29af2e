"""The transition matrix on both databases: its points, its cells, its pupils, who may see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pytest

from pupiltrack_core import access
from pupiltrack_core.access import Role
from pupiltrack_core.domain.attainment_points import Point, PointKind, parse_point
from pupiltrack_core.domain.attainment_scales import Movement
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.subjects import Subject
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.errors import InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.transition import names_in_cell, names_who, transition_report
from pupiltrack_core.storage.assessment_models import Assessment, SchoolResult, StatutoryResult
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import Enrolment
from tests.builders import (
    YEAR,
    make_assessment,
    make_authority,
    make_judgements,
    make_pupil,
    make_school,
    make_session,
    make_user,
)

CORE = ("READ", "WRIT", "MATH")
GLD = Point(PointKind.GLD)
# surname: (summer of Year 3, baseline, autumn, GLD, key stage 1 reading); "-" is no data
CHILDREN = {
    "Ash": ("TTT", "TTT", "OOO", "N", "WTS"),
    "Birch": ("OOO", "OOO", "OOO", "Y", "EXS"),
    "Cedar": ("DDD", "OOO", "TOO", "Y", "GDS"),
    "Damson": ("-", "-", "DDD", "-", "-"),
    "Elm": ("BBB", "BBB", "-", "A", "A"),
    "Fir": ("BBB", "BBB", "BBB", "N", "PK2"),  # Include in data: No
}


@dataclass
class Wood:
    """One school's Year 4 with its past; all were there the year before but for Damson."""

    database: Database
    school: int = 0
    pupils: dict[str, int] = field(default_factory=dict)
    summer: int = 0
    baseline: int = 0
    autumn: int = 0

    @property
    def selection(self) -> CohortSelection:
        return CohortSelection(YEAR, school_id=self.school, years=4)

    def caller(self, role: Role = Role.HEAD, school: int | None = None) -> Caller:
        place = (
            {"local_authority_id": make_authority(self.database)}
            if role in access.LA_ROLES
            else {"school_id": school or self.school}
        )
        user = make_user(self.database, role, **place)
        return Caller.for_session(self.database, make_session(self.database, user))


@pytest.fixture
def wood(database: Database) -> Wood:
    made = Wood(database, make_school(database))
    for surname in CHILDREN:
        made.pupils[surname] = make_pupil(
            database, made.school, pupil={"surname": surname}, include_in_data=surname != "Fir"
        )
    with database.unit_of_work(write=True) as work:
        for surname, (_, _, _, gld, ks1) in CHILDREN.items():
            key = {"school_id": made.school, "pupil_id": made.pupils[surname]}
            if surname != "Damson":
                work.session.add(Enrolment(**key, academic_year=YEAR - 1, year_group=3))
            for collection, year, measure, code in (
                ("EYFSP", 2022, "GLD", gld),
                ("KS1", 2023, "READ", ks1),
            ):
                if code != "-":
                    work.session.add(
                        StatutoryResult(
                            **key,
                            collection=collection,
                            ending_year=year,
                            sitting="main",
                            measure=measure,
                            code=code,
                            source="test",
                        )
                    )
        work.session.add(
            SchoolResult(
                school_id=made.school,
                pupil_id=made.pupils["Damson"],
                collection="EYFSP",
                measure="GLD",
                value="N",
                changed_at=datetime(2025, 9, 1, tzinfo=UTC),
            )
        )
        work.commit()
    subjects = (*Subject,)[:3]
    made.summer = make_assessment(
        database, made.school, academic_year=YEAR - 1, year_groups=(3,), name="Summer",
        held_on=date(2025, 7, 1), subjects=subjects,
    )  # fmt: skip
    made.baseline = make_assessment(
        database, made.school, name="Baseline", held_on=date(2025, 10, 1)
    )
    made.autumn = make_assessment(
        database, made.school, name="Autumn", subjects=(*subjects, Subject.SCIENCE)
    )
    for place, assessment in enumerate((made.summer, made.baseline, made.autumn)):
        make_judgements(
            database,
            assessment,
            {
                made.pupils[surname]: dict(zip(CORE, marks[place], strict=True))
                for surname, marks in CHILDREN.items()
                if marks[place] != "-"
            },
        )
    return made


def cells(report) -> dict[tuple[str, str], int]:
    rows = report.cells[report.cells["pupils"] > 0]
    return {
        (before, after): pupils for before, after, pupils in rows.itertuples(index=False, name=None)
    }


def test_transition_report_starts_at_the_assessment_before(wood: Wood) -> None:
    report = transition_report(wood.caller(), wood.selection)
    assert (report.earlier.label, report.later.label) == (
        "Baseline (01/10/2025)",
        "Autumn (15/12/2025)",
    )
    # All three: Ash no to yes, Birch yes to yes, Cedar yes to no, Damson and Elm half known.
    assert cells(report) == {
        ("NO", "YES"): 1, ("YES", "YES"): 1, ("YES", "NO"): 1, ("-", "HIGH"): 1, ("NO", "-"): 1,
    }  # fmt: skip
    assert report.figures.counts == {Movement.FELL: 1, Movement.STAYED: 1, Movement.ROSE: 1}
    assert (report.figures.no_earlier, report.figures.no_later) == (1, 1)
    assert report.not_included == 1
    assert [item.point.text for item in report.points] == [
        "gld", "ks1", f"assessment:{wood.summer}", f"assessment:{wood.baseline}", "standing",
    ]  # fmt: skip
    assert report.subjects == ("READ", "WRIT", "MATH", "RWM", "SCIE")


def test_transition_report_from_any_point_to_any_later(wood: Wood) -> None:
    caller, summer = wood.caller(), Point(PointKind.ASSESSMENT, wood.summer)
    gld = transition_report(caller, wood.selection, earlier=Point(PointKind.GLD), subject="READ")
    # Damson's good level was entered by the school; Elm was not assessed
    assert cells(gld) == {("N", "O"): 1, ("Y", "O"): 1, ("Y", "T"): 1, ("N", "D"): 1, ("-", "-"): 1}
    ks1 = transition_report(caller, wood.selection, earlier=Point(PointKind.KS1), later=summer,
                            subject="READ")  # fmt: skip
    assert cells(ks1) == {
        ("WTS", "T"): 1, ("EXS", "O"): 1, ("GDS", "D"): 1, ("-", "-"): 1, ("-", "B"): 1,
    }  # fmt: skip
    both = transition_report(
        caller, wood.selection, earlier=Point(PointKind.GLD), later=Point(PointKind.KS1),
        subject="READ",
    )  # fmt: skip
    assert cells(both) == {
        ("N", "WTS"): 1, ("Y", "EXS"): 1, ("Y", "GDS"): 1, ("N", "-"): 1, ("-", "-"): 1,
    }  # fmt: skip
    assert "SCIE" in both.subjects
    science = transition_report(caller, wood.selection, earlier=summer, subject="SCIE")
    assert science.figures.compared == 0  # the subjects of the two assessments differ


def test_transition_report_of_a_range_goes_from_year_to_year(wood: Wood) -> None:
    report = transition_report(
        wood.caller(), CohortSelection(YEAR, school_id=wood.school, years=YearRange.KEY_STAGE_2)
    )
    assert report.earlier.point == Point(PointKind.LATEST, YEAR - 1)
    assert cells(report) == {
        ("NO", "YES"): 1, ("YES", "YES"): 1, ("HIGH", "NO"): 1, ("-", "HIGH"): 1, ("NO", "-"): 1,
    }  # fmt: skip


def test_names_in_cell_and_names_who_are_the_pupils_counted(wood: Wood) -> None:
    caller = wood.caller()
    report = transition_report(caller, wood.selection, subject="READ")
    for before, after, pupils in report.cells.itertuples(index=False, name=None):
        assert len(names_in_cell(caller, report, before, after)) == pupils
    assert names_who(caller, report, Movement.ROSE)["surname"].tolist() == ["Ash"]
    assert names_who(caller, report, "fell")["surname"].tolist() == ["Cedar"]
    with pytest.raises(InvalidEntry):
        names_in_cell(caller, report, "X", "O")
    with pytest.raises(InvalidEntry):
        names_who(caller, report, "flew")
    with pytest.raises(NotFound):
        names_who(wood.caller(school=make_school(wood.database)), report, Movement.ROSE)


def test_transition_report_without_anything_earlier_is_none(wood: Wood) -> None:
    school = make_school(wood.database)
    pupil = make_pupil(wood.database, school, year_group=-1)
    caller = wood.caller(school=school)
    nursery = CohortSelection(YEAR, school_id=school, years=-1)
    assert transition_report(caller, nursery) is None
    year_4 = CohortSelection(YEAR, school_id=school, years=4)
    assert transition_report(caller, year_4) is None
    both = transition_report(caller, year_4, earlier=GLD, later=Point(PointKind.KS1))
    assert both.figures.pupils == 0
    assert pupil


@pytest.mark.parametrize(
    ("points", "fault"),
    [
        ({"earlier": "standing", "later": "gld"}, "earlier"),
        ({"earlier": "standing"}, "earlier"),
        ({"later": "gld"}, "earlier"),
        ({"earlier": "ks2"}, "point"),
        ({"earlier": "latest:2024"}, "point"),
        ({"earlier": "assessment:999999"}, "point"),
        ({"subject": "MUSI"}, "subject"),
        ({"earlier": "ks1", "subject": "GPS"}, "subject"),
    ],
)
def test_transition_report_of_what_cannot_be_compared_is_refused(
    sqlite_database: Database, points: dict[str, str], fault: str
) -> None:
    school = make_school(sqlite_database)
    make_assessment(sqlite_database, school)
    make_pupil(sqlite_database, school)
    caller = Wood(sqlite_database, school).caller()
    asked = {key: text if key == "subject" else parse_point(text) for key, text in points.items()}
    with pytest.raises(InvalidEntry) as caught:
        transition_report(caller, CohortSelection(YEAR, school_id=school, years=4), **asked)
    assert caught.value.field == fault


def test_transition_report_of_a_deleted_assessment_is_refused(wood: Wood) -> None:
    with wood.database.unit_of_work(write=True) as work:
        work.session.get_one(Assessment, wood.baseline).deleted_at = datetime.now(UTC)
        work.commit()
    point = Point(PointKind.ASSESSMENT, wood.baseline)
    with pytest.raises(InvalidEntry, match="deleted"):
        transition_report(wood.caller(), wood.selection, earlier=point)
    usual = transition_report(wood.caller(), wood.selection)
    assert usual.earlier.label == "Summer (01/07/2025), Year 3"


def test_transition_report_of_another_school_is_refused(wood: Wood) -> None:
    assert transition_report(wood.caller(Role.LA_ADVISER), wood.selection) is not None
    with pytest.raises(NotFound):
        transition_report(wood.caller(school=make_school(wood.database)), wood.selection)
