"""The transition matrix over several schools on both databases, beside that of each by itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event

from pupiltrack_core import access
from pupiltrack_core.access import Action, Role
from pupiltrack_core.domain.attainment_points import Point, PointKind
from pupiltrack_core.domain.attainment_scales import Movement
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, Subject
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.services import group_names
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.transition import (
    TransitionReport,
    names_in_cell,
    names_who,
    transition_points,
    transition_report,
)
from pupiltrack_core.storage.assessment_models import SchoolResult, StatutoryResult
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

GLD, KS1 = Point(PointKind.GLD), Point(PointKind.KS1)
AUTUMN, SPRING = Point(PointKind.AUTUMN, YEAR), Point(PointKind.SPRING, YEAR)
LAST_YEAR = Point(PointKind.LATEST, YEAR - 1)
# By school: (surname, last summer, autumn, spring, GLD, key stage 1 reading); "-" is no data.
# Oak has no spring assessment, Elder's Year 4 has none at all this year.
SCHOOLS = {
    "Ash Primary School": [
        ("Abel", "TTT", "TTT", "OOO", "N", "WTS"),
        ("Babbage", "OOO", "OOO", "OOO", "Y", "EXS"),
        ("Carroll", "DDD", "DDD", "TOO", "Y", "GDS"),
        ("Darwin", "-", "-", "BBB", "-", "-"),  # Include in data: No
    ],
    "Oak Primary School": [
        ("Eliot", "OOO", "DDD", "-", "Y", "EXS"),
        ("Faraday", "BBB", "-", "-", "A", "PK2"),
    ],
    "Elder Primary School": [("Gaskell", "-", "-", "-", "N", "-")],
}
HELD = (date(2025, 7, 1), date(2025, 12, 10), date(2026, 3, 20))


@dataclass
class District:
    """Three schools of an authority, and one of another whose pupil must never count."""

    database: Database
    authority: int
    schools: dict[str, int] = field(default_factory=dict)

    @property
    def selection(self) -> CohortSelection:
        return CohortSelection(YEAR, local_authority_id=self.authority, years=4)

    def caller(self, role: Role = Role.LA_ADVISER, **place: int) -> Caller:
        user = make_user(self.database, role, **(place or {"local_authority_id": self.authority}))
        return Caller.for_session(self.database, make_session(self.database, user))


@pytest.fixture
def district(database: Database) -> District:
    made = District(database, make_authority(database))
    made.schools = {name: make_school(database, name) for name in SCHOOLS}
    other = make_school(
        database, laestab="8882001", local_authority_id=make_authority(database, "888", "Other")
    )
    rows = [(made.schools[name], *row) for name, pupils in SCHOOLS.items() for row in pupils]
    rows.append((other, "Zola", "OOO", "OOO", "OOO", "Y", "EXS"))
    marks: dict[tuple[int, int], dict[int, dict[str, str]]] = {}
    with database.unit_of_work(write=True) as work:
        for school, surname, *judged, gld, ks1 in rows:
            pupil = make_pupil(
                database, school, pupil={"surname": surname}, include_in_data=surname != "Darwin"
            )
            key = {"school_id": school, "pupil_id": pupil}
            if judged[0] != "-":
                work.session.add(Enrolment(**key, academic_year=YEAR - 1, year_group=3))
            for place, text in enumerate(judged):
                if text != "-":
                    marks.setdefault((school, place), {})[pupil] = dict(
                        zip(map(str, CORE_SUBJECTS), text, strict=True)
                    )
            for collection, year, measure, code in (
                ("EYFSP", 2022, "GLD", gld),
                ("KS1", 2023, "READ", "BLW"),
                ("KS1", 2024, "READ", ks1),
                ("KS1", 2027, "READ", "GDS"),  # after the cohort's year
            ):
                if code != "-":
                    result = {"collection": collection, "measure": measure, "ending_year": year}
                    work.session.add(
                        StatutoryResult(**key, **result, sitting="main", code=code, source="test")
                    )
            if surname == "Darwin":
                work.session.add(
                    SchoolResult(
                        **key, collection="EYFSP", measure="GLD", value="Y",
                        changed_at=datetime(2025, 9, 1, tzinfo=UTC),
                    )
                )  # fmt: skip
        work.commit()
    for (school, place), held in sorted(marks.items()):
        is_past = place == 0
        assessment = make_assessment(
            database, school, academic_year=YEAR - is_past, year_groups=(3 if is_past else 4,),
            held_on=HELD[place], name=f"Assessment {school} {place}",
            subjects=(*(*Subject,)[:3], *((Subject.SCIENCE,) if place == 2 else ())),
        )  # fmt: skip
        make_judgements(database, assessment, held)
    return made


def counted(report: TransitionReport | None) -> dict[tuple[str, str], int]:
    assert report is not None
    rows = report.cells[report.cells["pupils"] > 0]
    return {(b, a): int(n) for b, a, n in rows.itertuples(index=False, name=None)}


def test_schools_share_terms_and_results_as_points(district: District) -> None:
    points = transition_points(district.caller(), district.selection)
    assert [item.point.text for item in points] == [
        "gld", "ks1", "latest:2024", "summer:2024", "autumn:2025", "spring:2025", "standing",
    ]  # fmt: skip
    assert [item.label for item in points][-3:] == [
        "Autumn term, 2025/2026", "Spring term, 2025/2026", "Latest assessments, 2025/2026",
    ]  # fmt: skip


def test_schools_are_followed_from_the_term_before_to_where_they_stand(district: District) -> None:
    report = transition_report(district.caller(), district.selection)
    assert report is not None
    assert (report.school_name, report.earlier.point) == ("Demo Authority", AUTUMN)
    # Abel no to yes, Babbage yes to yes, Carroll high to no. Oak stands at its autumn assessment,
    # so nothing is earlier: Eliot high, Faraday nothing. Gaskell's school has assessed nobody.
    assert counted(report) == {
        ("NO", "YES"): 1, ("YES", "YES"): 1, ("HIGH", "NO"): 1, ("-", "HIGH"): 1, ("-", "-"): 2,
    }  # fmt: skip
    assert report.figures.counts == dict.fromkeys(Movement, 1)
    assert (report.pairs, report.has_names, report.not_included) == (None, True, None)
    # From term to term Oak's autumn counts, and it has no spring.
    to_spring = transition_report(district.caller(), district.selection, later=SPRING)
    assert counted(to_spring) == {
        ("NO", "YES"): 1, ("YES", "YES"): 1, ("HIGH", "NO"): 1, ("HIGH", "-"): 1, ("-", "-"): 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("earlier", "later", "subject"),
    [
        (GLD, None, "READ"),
        (GLD, KS1, "READ"),
        (KS1, None, "RWM"),
        (LAST_YEAR, None, "RWM"),
        (LAST_YEAR, None, "MATH"),
    ],
)
def test_schools_together_are_the_sum_of_each(
    district: District, earlier: Point, later: Point | None, subject: str
) -> None:
    caller, asked = district.caller(), {"earlier": earlier, "later": later, "subject": subject}
    whole = replace(district.selection, years=YearRange.KEY_STAGE_2)
    sums: Counter[tuple[str, str]] = Counter()
    for school in district.schools.values():
        own = transition_report(caller, whole.at_school(school), **asked)
        # A school that has assessed nobody has no report: that is Gaskell's.
        sums.update(counted(own) if own else {("N" if earlier == GLD else "-", "-"): 1})
    assert counted(transition_report(caller, whole, **asked)) == sums


def test_subject_that_some_schools_assess_has_no_data_at_the_others(district: District) -> None:
    caller = district.caller()
    report = transition_report(caller, district.selection, earlier=GLD, subject="SCIE")
    assert report is not None
    assert report.subjects == ("READ", "WRIT", "MATH", "RWM", "SCIE")
    # Babbage, Carroll and Eliot had a good level, Abel and Gaskell none, of Faraday nothing is held
    assert counted(report) == {("Y", "-"): 3, ("N", "-"): 2, ("-", "-"): 1}


def test_names_of_schools_are_the_pupils_counted(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = district.caller()
    report = transition_report(caller, district.selection, earlier=GLD, subject="READ")
    assert report is not None
    for (before, after), pupils in counted(report).items():
        assert len(names_in_cell(caller, report, before, after)) == pupils
    assert names_in_cell(caller, report, "Y", "B").empty
    with pytest.raises(AccessDenied, match="pupils behind"):
        names_in_cell(caller, report.to_publish(), "Y", "O")
    stayed = names_who(caller, report, Movement.STAYED)
    assert stayed[["surname", "school_name", "earlier", "later"]].to_numpy().tolist() == [
        ["Babbage", "Ash Primary School", "Y", "O"],
        ["Eliot", "Oak Primary School", "Y", "D"],
    ]
    monkeypatch.setattr(group_names, "MOST_NAMES", 1)
    with pytest.raises(InvalidEntry, match="up to 1 are listed"):
        names_who(caller, report, Movement.STAYED)
    oak = replace(district.selection, school_ids=(district.schools["Oak Primary School"],))
    of_oak = transition_report(caller, oak, earlier=GLD, subject="READ")
    assert of_oak is not None
    assert of_oak.school_name == "Oak Primary School"
    assert names_who(caller, of_oak, "fell")["surname"].tolist() == []


def test_schools_are_followed_in_as_many_statements_as_one(district: District) -> None:
    caller, sent = district.caller(), []
    schools = sorted(district.schools.values())
    listened = (district.database.reader, "before_cursor_execute", lambda *told: sent.append(told))
    event.listen(*listened)
    try:
        counts = []
        for some in (schools[:1], schools):
            sent.clear()
            report = transition_report(caller, replace(district.selection, school_ids=tuple(some)))
            assert report is not None
            assert len(names_who(caller, report, Movement.ROSE)) == 1
            counts.append(len(sent))
    finally:
        event.remove(*listened)
    assert counts[1] <= counts[0] < 30


def test_schools_narrowed_by_a_characteristic(district: District) -> None:
    girls = replace(district.selection, characteristics=((Characteristic.SEX, "F"),))
    boys = replace(district.selection, characteristics=((Characteristic.SEX, "M"),))
    reports = [transition_report(district.caller(), one) for one in (girls, boys)]
    assert sum(sum(counted(report).values()) for report in reports) == 6


def test_schools_of_others_are_refused(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    head = district.caller(Role.HEAD, school_id=district.schools["Ash Primary School"])
    for asked in (transition_report, transition_points):
        with pytest.raises(NotFound):
            asked(head, district.selection)
        with pytest.raises(NotFound):
            asked(head, district.selection.at_school(district.schools["Oak Primary School"]))
    adviser = district.caller()
    report = transition_report(adviser, district.selection)
    assert report is not None
    with pytest.raises(NotFound):
        names_in_cell(head, report, "NO", "YES")
    with pytest.raises(InvalidEntry, match="no such point"):
        transition_report(adviser, district.selection, earlier=Point(PointKind.ASSESSMENT, 1))
    without = access.GRANTS[Role.LA_ADVISER] - {Action.SEE_PUPILS}
    monkeypatch.setitem(access.GRANTS, Role.LA_ADVISER, without)
    with pytest.raises(AccessDenied, match="pupils behind"):
        names_in_cell(adviser, report, "NO", "YES")


def test_schools_of_few_pupils_are_withheld_from_who_may_see_none(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    adviser = district.caller()
    seen = transition_report(adviser, district.selection)
    assert seen is not None
    without = access.GRANTS[Role.LA_ADVISER] - {Action.SEE_PUPILS}
    monkeypatch.setitem(access.GRANTS, Role.LA_ADVISER, without)
    for place in (district.selection, district.selection.at_school(min(district.schools.values()))):
        told = transition_report(adviser, place)
        assert told is not None
        assert told.is_withheld
        assert told.cells["pupils"].isna().all()
        assert (told.has_names, told.not_included) == (False, None)
        with pytest.raises(AccessDenied):
            names_who(adviser, told, Movement.ROSE)
    published = seen.to_publish()
    assert published.cells["pupils"].isna().all()
    with pytest.raises(AccessDenied):
        names_in_cell(district.caller(), published, "NO", "YES")


def test_schools_without_anything_to_compare_have_no_report(district: District) -> None:
    caller = district.caller()
    nursery = replace(district.selection, years=-1)
    assert transition_points(caller, nursery) == ()
    assert transition_report(caller, nursery) is None
