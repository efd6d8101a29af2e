"""Tests of the report services on both databases: figures, names, and who may have them."""

import pytest
from sqlalchemy import func, select

from pupiltrack_core import access
from pupiltrack_core.access import Action, Role
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.venn import VennKind
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound, NotSignedIn
from pupiltrack_core.services import group_names
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.reports import (
    REPORT_MADE,
    describe_school,
    full_report,
    names_behind,
    note_export,
)
from pupiltrack_core.services.venn_reports import (
    names_in_region,
    names_of_diagram,
    venn_report,
)
from pupiltrack_core.storage.models import AuditEntry, UserSession
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

SUBJECTS = ("READ", "WRIT", "MATH")


def caller_of(database, role, **place):
    return Caller.for_session(database, make_session(database, make_user(database, role, **place)))


def add_class(database, school_id, *judgements, year_group=4, name="Autumn", **enrolment):
    """Add a pupil and marks for each of `judgements`, such as "OT-"; return the pupils' ids."""
    assessment = make_assessment(database, school_id, year_groups=[year_group], name=name)
    pupils = [
        make_pupil(database, school_id, year_group=year_group, **enrolment) for _ in judgements
    ]
    marks = {
        pupil: {s: m for s, m in zip(SUBJECTS, marks, strict=True) if m != "-"}
        for pupil, marks in zip(pupils, judgements, strict=True)
    }
    make_judgements(database, assessment, marks)
    return pupils


@pytest.fixture
def school_id(database):
    return make_school(database)


@pytest.fixture
def head(database, school_id):
    return caller_of(database, Role.HEAD, school_id=school_id)


def year_4(school_id, **values):
    return CohortSelection(academic_year=YEAR, school_id=school_id, years=4, **values)


def figure(report, subject, column):
    (row,) = report.summary[report.summary["subject"] == subject].to_dict("records")
    return row[column]


def test_full_report_counts_the_cohort(database, school_id, head):
    add_class(database, school_id, "OOD", "OTB", "BBB", "---")
    report = full_report(head, year_4(school_id))
    assert figure(report, "READ", "pupils") == 4
    assert figure(report, "READ", "on_track_or_deeper") == 2
    assert figure(report, "MATH", "no_data") == 1
    assert figure(report, "RWM", "mixed") == 1  # OOD
    assert figure(report, "RWM", "not_on_track") == 2  # OTB, BBB
    assert report.school_name == "Hillside Primary School"
    assert report.description == "Year 4, 2025/2026, Autumn"
    assert dict(report.assessments) == {4: "Autumn"}


def test_full_report_leaves_out_pupils_not_included_and_says_how_many(database, school_id, head):
    add_class(database, school_id, "OOO", "OOO")
    make_pupil(database, school_id, include_in_data=False)
    report = full_report(head, year_4(school_id))
    assert figure(report, "READ", "pupils") == 2
    assert report.not_included == 1


def test_full_report_of_a_range_takes_each_year_group_at_its_own_assessment(
    database, school_id, head
):
    add_class(database, school_id, "OOO", year_group=3, name="Spring")
    add_class(database, school_id, "BBB", "OOO", year_group=4, name="Autumn")
    selection = CohortSelection(
        academic_year=YEAR, school_id=school_id, years=YearRange.KEY_STAGE_2
    )
    report = full_report(head, selection)
    assert dict(report.assessments) == {3: "Spring", 4: "Autumn"}
    reading = report.by_year_group[report.by_year_group["subject"] == "READ"]
    assert reading[["year_group", "pupils", "below"]].to_numpy().tolist() == [[3, 1, 0], [4, 2, 1]]
    assert figure(report, "READ", "pupils") == 3


def test_full_report_of_pupils_without_assessment_counts_them_as_no_data(database, school_id, head):
    make_pupil(database, school_id)
    report = full_report(head, year_4(school_id))
    assert figure(report, "READ", "no_data") == figure(report, "READ", "pupils") == 1
    assert report.assessments == {}


def test_full_report_of_nobody_is_all_zeros(database, school_id, head):
    report = full_report(head, year_4(school_id))
    assert report.summary["pupils"].tolist() == [0, 0, 0, 0]
    assert report.by_year_group.empty


def test_full_report_describes_the_filters_by_the_school_s_own_names(database):
    school_id = make_school(database, custom_filter_names=["Breakfast club"])
    add_class(database, school_id, "OOO", custom_1=True)
    head = caller_of(database, Role.HEAD, school_id=school_id)
    selection = year_4(school_id, characteristics=((Characteristic.CUSTOM_1, "Y"),))
    assert "Breakfast club: Yes" in full_report(head, selection).description


def test_full_report_of_another_school_is_not_found(database, school_id, head):
    other = make_school(database)
    with pytest.raises(NotFound):
        full_report(head, year_4(other))
    with pytest.raises(NotFound):
        venn_report(head, year_4(other))
    with pytest.raises(NotFound):
        note_export(head, year_4(other), what="full report", with_names=False)


def test_full_report_after_the_session_ended_is_refused(database, school_id):
    session_id = make_session(database, make_user(database, Role.HEAD, school_id=school_id))
    caller = Caller.for_session(database, session_id)
    report = full_report(caller, year_4(school_id))
    with database.unit_of_work(write=True) as work:
        work.session.get_one(UserSession, session_id).revoked_at = report.selection and (
            work.session.get_one(UserSession, session_id).created_at
        )
        work.commit()
    with pytest.raises(NotSignedIn):
        full_report(caller, year_4(school_id))
    with pytest.raises(NotSignedIn):
        names_behind(caller, report, "READ", SummaryRow.NO_DATA)


def test_names_behind_gives_as_many_pupils_as_the_figure_alphabetically(database, school_id, head):
    names = [("Cole", "Cy"), ("ali", "Zed"), ("Cole", "Ada"), ("Dunn", "Di")]
    assessment = make_assessment(database, school_id)
    marks = {}
    for (surname, forenames), judgement in zip(names, "OODB", strict=True):
        pupil = make_pupil(
            database, school_id, pupil={"surname": surname, "forenames": forenames},
            class_name="Elm",
        )  # fmt: skip
        marks[pupil] = {"READ": judgement}
    make_judgements(database, assessment, marks)
    report = full_report(head, year_4(school_id))
    behind = names_behind(head, report, "READ", SummaryRow.ON_TRACK_OR_DEEPER)
    assert len(behind) == figure(report, "READ", "on_track_or_deeper") == 3
    assert behind[["surname", "forenames"]].to_numpy().tolist() == [
        ["ali", "Zed"], ["Cole", "Ada"], ["Cole", "Cy"],
    ]  # fmt: skip
    assert list(behind.columns) == ["surname", "forenames", "year_group", "class_name", *SUBJECTS]
    assert behind["READ"].tolist() == ["O", "D", "O"]
    assert behind["WRIT"].isna().all()


def test_names_behind_takes_each_figure_s_own_name(database, school_id, head):
    add_class(database, school_id, "OOO", "DDO", "BTO", "---")
    report = full_report(head, year_4(school_id))
    for row in SummaryRow:
        for subject in (*SUBJECTS, "RWM"):
            count = figure(report, subject, row.value)
            if subject != "RWM" and row is SummaryRow.MIXED:
                count = 0
            assert len(names_behind(head, report, subject, row.value)) == count


def test_names_behind_an_unknown_figure_is_refused(database, school_id, head):
    report = full_report(head, year_4(school_id))
    with pytest.raises(InvalidEntry):
        names_behind(head, report, "HIST", SummaryRow.BELOW)
    with pytest.raises(InvalidEntry):
        names_behind(head, report, "READ", "everyone")


def test_names_behind_for_a_caller_of_another_school_is_refused(database, school_id, head):
    report = full_report(head, year_4(school_id))
    stranger = caller_of(database, Role.HEAD, school_id=make_school(database))
    with pytest.raises(NotFound):
        names_behind(stranger, report, "READ", SummaryRow.BELOW)


def test_full_report_of_an_authority_adds_up_its_schools_and_names_on_request(database):
    authority = make_authority(database)
    for marks in (["OOO", "BBB"], ["DDD"], ["OT-", "---", "OOO"]):
        add_class(database, make_school(database), *marks)
    adviser = caller_of(database, Role.LA_ADVISER, local_authority_id=authority)
    selection = CohortSelection(academic_year=YEAR, local_authority_id=authority, years=4)
    report = full_report(adviser, selection)
    assert report.school_name == "Demo Authority"
    assert figure(report, "READ", "pupils") == 6
    assert figure(report, "READ", "on_track_or_deeper") == 4
    assert figure(report, "RWM", "no_data") == 1  # ---; OT- is already off track
    assert report.cohort is None
    behind = names_behind(adviser, report, "READ", SummaryRow.ON_TRACK_OR_DEEPER)
    assert len(behind) == 4
    assert set(behind.columns) >= {"school_name", "surname", "READ"}
    assert names_behind(adviser, report, "RWM", SummaryRow.MIXED).empty


@pytest.fixture
def four_schools(database):
    """Schools of two districts and phases with 1, 2, 3 and 4 pupils On track in reading."""
    places = [("North", "infant"), ("North", "primary"), ("South", "infant"), ("South", "primary")]
    schools = []
    for number, (district, phase) in enumerate(places, start=1):
        school = make_school(database, f"School {number}", district=district, phase=phase)
        add_class(database, school, *["OOO"] * number)
        schools.append(school)
    return schools


@pytest.fixture
def adviser(database):
    return caller_of(database, Role.LA_ADVISER, local_authority_id=make_authority(database))


GROUPS = [
    ({}, 10, "Demo Authority"),
    ({"district": "South"}, 7, "Demo Authority, district South, 2 schools"),
    ({"phase": "infant"}, 4, "Demo Authority, infant schools, 2 schools"),
    (
        {"district": "North", "phase": "primary"},
        2,
        "Demo Authority, district North, primary schools, 1 school",
    ),
    ({"schools": (0, 3)}, 5, "School 1, School 4"),
    ({"schools": (0, 1, 2, 3)}, 10, "Demo Authority, 4 schools"),
    ({"district": "West"}, 0, "Demo Authority, district West, 0 schools"),
]


def test_full_report_of_a_group_counts_its_schools_alone(database, four_schools, adviser):
    authority = make_authority(database)
    for part, pupils, name in GROUPS:
        ids = tuple(four_schools[place] for place in part.get("schools", ()))
        fields = {"school_ids": ids} if ids else part
        selection = CohortSelection(
            academic_year=YEAR, local_authority_id=authority, years=4, **fields
        )
        report = full_report(adviser, selection)
        assert (figure(report, "READ", "on_track"), report.school_name) == (pupils, name)
        assert len(names_behind(adviser, report, "READ", SummaryRow.ON_TRACK)) == pupils


def test_full_report_of_a_group_with_another_authority_s_school_is_refused(
    database, four_schools, adviser
):
    far = make_school(database, local_authority_id=make_authority(database, "888", "Far"))
    selection = CohortSelection(
        academic_year=YEAR,
        local_authority_id=make_authority(database),
        school_ids=(four_schools[0], far),
    )
    with pytest.raises(NotFound):
        full_report(adviser, selection)


def test_names_behind_of_too_many_pupils_are_refused_in_words(
    database, four_schools, adviser, monkeypatch
):
    monkeypatch.setattr(group_names, "MOST_NAMES", 9)
    selection = CohortSelection(
        academic_year=YEAR, local_authority_id=make_authority(database), years=4
    )
    report = full_report(adviser, selection)
    with pytest.raises(InvalidEntry, match="These are 10 pupils"):
        names_behind(adviser, report, "READ", SummaryRow.ON_TRACK)


def test_full_report_for_who_may_see_no_pupils_has_no_small_figure(
    database, four_schools, adviser, monkeypatch
):
    without = access.GRANTS[Role.LA_ADVISER] - {Action.SEE_PUPILS}
    monkeypatch.setitem(access.GRANTS, Role.LA_ADVISER, without)
    selection = CohortSelection(
        academic_year=YEAR, local_authority_id=make_authority(database), years=4
    )
    report = full_report(adviser, selection)
    assert not report.has_names
    assert report.summary["on_track"].isna().all()  # 10 of 10: all of a small group
    assert report.by_year_group["no_data"].isna().all()
    with pytest.raises(AccessDenied):
        names_behind(adviser, report, "READ", SummaryRow.ON_TRACK)
    single = full_report(adviser, year_4(four_schools[3]))
    assert single.cohort is None
    assert single.summary["pupils"].isna().all()  # 4 pupils


def test_full_report_of_an_authority_without_pupils_is_all_zeros(database):
    authority = make_authority(database)
    adviser = caller_of(database, Role.LA_ADVISER, local_authority_id=authority)
    selection = CohortSelection(academic_year=YEAR, local_authority_id=authority)
    assert full_report(adviser, selection).summary["pupils"].tolist() == [0, 0, 0, 0]


def test_full_report_of_an_authority_is_not_for_its_schools(database, school_id, head):
    selection = CohortSelection(academic_year=YEAR, local_authority_id=make_authority(database))
    with pytest.raises(NotFound):
        full_report(head, selection)


def test_full_report_of_an_authority_equals_that_of_its_only_school(database, school_id, head):
    add_class(database, school_id, "OOD", "OTB", "BBB", "---", "TTT")
    authority = make_authority(database)
    adviser = caller_of(database, Role.LA_ADVISER, local_authority_id=authority)
    selection = CohortSelection(academic_year=YEAR, local_authority_id=authority, years=4)
    whole = full_report(adviser, selection).summary
    assert whole.to_dict() == full_report(head, year_4(school_id)).summary.to_dict()


def test_venn_report_counts_regions_and_names_their_pupils(database, school_id, head):
    add_class(database, school_id, "OOD", "OTB", "BBB", "---")
    report = venn_report(head, year_4(school_id))
    counts = dict(zip(report.regions["region"], report.regions["pupils"], strict=True))
    assert (counts["111"], counts["100"], counts["000"], counts["blank"]) == (1, 1, 1, 1)
    inside = names_in_region(head, report, "100")
    assert inside[list(SUBJECTS)].to_numpy().tolist() == [["O", "T", "B"]]
    opposite = venn_report(head, year_4(school_id), kind=VennKind.NOT_ON_TRACK)
    assert len(names_in_region(head, opposite, "011")) == 1


def test_names_in_region_of_an_unknown_region_is_refused(database, school_id, head):
    report = venn_report(head, year_4(school_id))
    with pytest.raises(InvalidEntry):
        names_in_region(head, report, "211")


def test_venn_report_of_an_authority_equals_that_of_its_only_school(
    database, school_id, head, adviser
):
    add_class(database, school_id, "OOD", "OTB", "BBB", "---", "TOO", "-O-")
    make_pupil(database, school_id, year_group=5)  # a year group without an assessment
    authority = make_authority(database)
    for years in (4, YearRange.KEY_STAGE_2):
        for kind in VennKind:
            for subjects in (SUBJECTS, ("READ", "MATH")):
                several = venn_report(
                    adviser,
                    CohortSelection(YEAR, local_authority_id=authority, years=years),
                    kind=kind,
                    subjects=subjects,
                )
                alone = venn_report(
                    head,
                    CohortSelection(YEAR, school_id=school_id, years=years),
                    kind=kind,
                    subjects=subjects,
                )
                assert several.regions.equals(alone.regions)
                assert several.cohort is None
    inside = names_in_region(adviser, several, "00")
    assert len(inside) == alone.regions.set_index("region")["pupils"]["00"]
    assert set(inside["school_name"]) == {"Hillside Primary School"}
    assert "WRIT" not in inside.columns
    with pytest.raises(AccessDenied):
        names_of_diagram(adviser, several)


def test_venn_report_of_any_subjects_names_the_pupils_with_those_alone(database, school_id, head):
    assessment = make_assessment(database, school_id, subjects=(*SUBJECTS, "MUSI"))
    pupil = make_pupil(database, school_id)
    make_judgements(database, assessment, {pupil: {"READ": "O", "MUSI": "B"}})
    report = venn_report(head, year_4(school_id), subjects=("MUSI", "READ"))
    assert (report.subjects, report.circles) == (("READ", "MUSI"), ("Reading", "Music"))
    assert report.offered == (*SUBJECTS, "MUSI")
    inside = names_in_region(head, report, "10")
    assert inside[["READ", "MUSI"]].to_numpy().tolist() == [["O", "B"]]
    assert "MATH" not in inside.columns
    assert len(names_of_diagram(head, report)) == 1


@pytest.mark.parametrize("subjects", [("READ",), ("READ", "READ"), ("READ", "MUSI"), ("READ", "X")])
def test_venn_report_of_subjects_there_are_not_is_refused(database, school_id, head, subjects):
    with pytest.raises(InvalidEntry) as caught:
        venn_report(head, year_4(school_id), subjects=subjects)
    assert caught.value.field == "subjects"


def test_venn_report_is_for_who_may_see_the_pupils(database, school_id, adviser, monkeypatch):
    without = access.GRANTS[Role.LA_ADVISER] - {Action.SEE_PUPILS}
    monkeypatch.setitem(access.GRANTS, Role.LA_ADVISER, without)
    authority = make_authority(database)
    for selection in (year_4(school_id), CohortSelection(YEAR, local_authority_id=authority)):
        with pytest.raises(AccessDenied, match="full report"):
            venn_report(adviser, selection)


def test_note_export_is_written_to_the_audit_without_names(database, school_id, head):
    note = note_export(head, year_4(school_id), what="full report", with_names=True)
    assert note.by.startswith("User ")
    with database.unit_of_work() as work:
        (entry,) = work.session.scalars(
            select(AuditEntry).where(AuditEntry.action == REPORT_MADE)
        ).all()
    assert entry.school_id == school_id
    assert '"with_names":true' in entry.detail.replace(" ", "")
    assert note.by not in entry.detail


def test_note_export_over_another_authority_is_refused_and_not_noted(database, head):
    selection = CohortSelection(academic_year=YEAR, local_authority_id=make_authority(database))
    with pytest.raises(NotFound):
        note_export(head, selection, what="full report", with_names=False)
    with database.unit_of_work() as work:
        noted = work.session.scalar(
            select(func.count()).select_from(AuditEntry).where(AuditEntry.action == REPORT_MADE)
        )
    assert noted == 0


def test_describe_school_names_the_school_and_the_assessment_chosen(database, school_id, head):
    add_class(database, school_id, "OOO", name="Autumn")
    (assessment,) = set(full_report(head, year_4(school_id)).cohort["assessment_id"])
    selection = year_4(school_id, assessment_id=int(assessment))
    name, description = describe_school(head, selection)
    assert name == "Hillside Primary School"
    assert description == "Year 4, 2025/2026, Autumn"
    with pytest.raises(NotFound):
        describe_school(head, year_4(make_school(database)))


def test_describe_school_of_an_authority_is_refused(database, head):
    authority = make_authority(database)
    with pytest.raises(InvalidEntry):
        describe_school(head, CohortSelection(academic_year=YEAR, local_authority_id=authority))


def test_note_export_over_an_authority_is_noted_there(database):
    authority = make_authority(database)
    adviser = caller_of(database, Role.LA_ADVISER, local_authority_id=authority)
    selection = CohortSelection(academic_year=YEAR, local_authority_id=authority)
    note_export(adviser, selection, what="full report", with_names=False)
    with database.unit_of_work() as work:
        (entry,) = work.session.scalars(
            select(AuditEntry).where(AuditEntry.action == REPORT_MADE)
        ).all()
    assert (entry.school_id, entry.local_authority_id) == (None, authority)
