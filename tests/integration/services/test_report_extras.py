"""What a full report shows on demand, on both databases: comparisons, groups, their pupils."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from pupiltrack_core import access
from pupiltrack_core.access import Action, Role
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, Subject
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.report_comparison import Against, compare_report
from pupiltrack_core.services.report_extras import Wanted, report_extras
from pupiltrack_core.services.report_groups import group_report, groupings_of, names_in_group
from pupiltrack_core.services.reports import full_report
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

CORE = tuple(subject.value for subject in CORE_SUBJECTS)
PREVIOUS, LAST_YEAR = Against.PREVIOUS, Against.LAST_YEAR


def caller_of(database, role, **place):
    return Caller.for_session(database, make_session(database, make_user(database, role, **place)))


def judge(database, assessment, marks):
    """Enter {pupil: "OTB"}; a dash is left out."""
    given = {
        pupil: {s: m for s, m in zip(CORE, three, strict=True) if m != "-"}
        for pupil, three in marks.items()
    }
    make_judgements(database, assessment, given)


@pytest.fixture
def school_id(database):
    return make_school(database, custom_filter_names=["Choir"])


@pytest.fixture
def head(database, school_id):
    return caller_of(database, Role.HEAD, school_id=school_id)


@pytest.fixture
def pupils(database, school_id):
    """Two girls and two boys of Year 4, of whom one boy is not included; EAL of the girls alone."""
    return [
        make_pupil(
            database,
            school_id,
            pupil={"sex": sex, "surname": surname},
            include_in_data=surname != "Dunn",
            eal=True if sex == "F" else None,
        )
        for sex, surname in (("F", "Archer"), ("F", "Baker"), ("M", "Carter"), ("M", "Dunn"))
    ]


@pytest.fixture
def year_4(database, school_id, pupils):
    """Their autumn, after a baseline of which one has no judgement."""
    baseline = make_assessment(database, school_id, name="Baseline", held_on=date(YEAR, 10, 1))
    autumn = make_assessment(
        database, school_id, name="Autumn", subjects=(*CORE_SUBJECTS, Subject.MUSIC)
    )
    judge(database, baseline, dict(zip(pupils, ("TTT", "OOO", "---", "DDD"), strict=True)))
    judge(database, autumn, dict(zip(pupils, ("OOO", "OOT", "BBB", "DDD"), strict=True)))
    return CohortSelection(YEAR, school_id=school_id, years=4)


def line(summary, subject="READ"):
    (found,) = summary[summary["subject"] == subject].to_dict("records")
    return found["pupils"], found["on_track_or_deeper"], found["no_data"]


def test_compare_report_with_the_assessment_before_takes_the_same_pupils(head, year_4):
    report = full_report(head, year_4)
    assert line(report.summary) == (3, 2, 0)
    found = compare_report(head, report, PREVIOUS)
    assert line(found.summary) == (3, 1, 1)
    assert found.sentence == "Compared with the same pupils at Baseline (01/10/2025)."
    assert found.subjects == {*CORE, "RWM"}  # music was assessed in the autumn alone


def test_compare_report_with_the_assessment_before_reaches_back_to_the_year_before(
    database, school_id, head, pupils
):
    summer = make_assessment(
        database, school_id, academic_year=YEAR - 1, year_groups=(3,), name="Summer",
        held_on=date(YEAR, 7, 1),
    )  # fmt: skip
    with database.unit_of_work(write=True) as work:
        for pupil in pupils[:2]:
            key = {"school_id": school_id, "academic_year": YEAR - 1, "pupil_id": pupil}
            work.session.add(Enrolment(**key, year_group=3))
        work.commit()
    judge(database, summer, dict(zip(pupils[:2], ("OOO", "TTT"), strict=True)))
    autumn = make_assessment(database, school_id)
    judge(database, autumn, {pupils[0]: "DDD"})
    report = full_report(head, CohortSelection(YEAR, school_id=school_id, years=4))
    found = compare_report(head, report, PREVIOUS)
    assert line(found.summary) == (3, 1, 1)
    assert found.sentence == "Compared with the same pupils at Summer (2024/2025)."


def test_compare_report_with_last_year_takes_the_nearest_day_and_other_pupils(
    database, school_id, head, year_4
):
    then = [make_pupil(database, school_id, academic_year=YEAR - 1) for _ in range(3)]
    for name, day, marks in (
        ("Old autumn", date(YEAR - 1, 12, 10), ("OOO", "OOO", "---")),
        ("Old summer", date(YEAR, 7, 1), ("DDD", "DDD", "DDD")),
    ):
        made = make_assessment(database, school_id, academic_year=YEAR - 1, name=name, held_on=day)
        judge(database, made, dict(zip(then, marks, strict=True)))
    found = compare_report(head, full_report(head, year_4), LAST_YEAR)
    assert line(found.summary) == (3, 2, 1)
    assert "Year 4 at Old autumn (10/12/2024)" in found.sentence
    assert "other pupils, in 2024/2025" in found.sentence


def test_compare_report_of_a_range_compares_each_year_group_with_its_own(
    database, school_id, head, year_4
):
    five = make_pupil(database, school_id, year_group=5)
    for name, day, marks in (("One", date(YEAR, 11, 1), "BBB"), ("Two", date(YEAR, 12, 1), "OOO")):
        made = make_assessment(database, school_id, year_groups=(5,), name=name, held_on=day)
        judge(database, made, {five: marks})
    whole = replace(year_4, years=YearRange.KEY_STAGE_2)
    found = compare_report(head, full_report(head, whole), PREVIOUS)
    assert line(found.summary) == (4, 1, 1)
    assert "Baseline (01/10/2025); One (01/11/2025)" in found.sentence


@pytest.mark.parametrize("against", list(Against))
def test_compare_report_without_anything_before_is_none(database, school_id, head, against):
    pupil = make_pupil(database, school_id)
    judge(database, make_assessment(database, school_id), {pupil: "OOO"})
    selection = CohortSelection(YEAR, school_id=school_id, years=4)
    assert compare_report(head, full_report(head, selection), against) is None
    extras = report_extras(head, full_report(head, selection), Wanted(against=against))
    assert extras.nothing_before


def test_group_report_counts_each_group_and_names_its_pupils(head, year_4):
    report = full_report(head, year_4)
    groupings = {item.characteristic: item for item in groupings_of(head, report)}
    assert groupings[Characteristic.CUSTOM_1].label == "Choir"
    assert Characteristic.CUSTOM_2 not in groupings
    sex = groupings[Characteristic.SEX]
    found = group_report(head, report, sex)
    assert {value: line(frame) for value, frame in found.summaries.items()} == {
        "F": (2, 2, 0),
        "M": (1, 0, 0),
    }
    row = SummaryRow.ON_TRACK_OR_DEEPER
    girls = names_in_group(head, report, sex, "F", subject="READ", row=row)
    assert girls["surname"].tolist() == ["Archer", "Baker"]
    with pytest.raises(InvalidEntry):
        names_in_group(head, report, sex, "X", subject="READ", row=row)
    with pytest.raises(NotFound):
        stranger = caller_of(head.database, Role.HEAD, school_id=make_school(head.database))
        names_in_group(stranger, report, sex, "F", subject="READ", row=row)


def test_groupings_of_a_cohort_narrowed_by_one_leave_it_out(head, year_4):
    narrowed = replace(year_4, characteristics=((Characteristic.SEX, "F"),))
    report = full_report(head, narrowed)
    assert Characteristic.SEX not in {g.characteristic for g in groupings_of(head, report)}
    with pytest.raises(InvalidEntry) as caught:
        report_extras(head, report, Wanted(grouped_by=Characteristic.SEX))
    assert caught.value.field == "group"


def test_extras_of_an_authority_equal_those_of_its_only_school(database, head, year_4):
    authority = make_authority(database)
    make_pupil(database, year_4.school_id, academic_year=YEAR - 1)
    adviser = caller_of(database, Role.LA_ADVISER, local_authority_id=authority)
    wanted = Wanted(LAST_YEAR, Characteristic.EAL)
    one = full_report(head, year_4)
    several = full_report(adviser, CohortSelection(YEAR, local_authority_id=authority, years=4))
    alone = report_extras(head, one, replace(wanted, against=None))
    together = report_extras(adviser, several, wanted)
    for value, frame in alone.groups.summaries.items():
        core = frame[frame["subject"].isin([*CORE, "RWM"])].to_dict("records")
        whole = together.groups.summaries[value]
        assert whole[whole["subject"].isin([*CORE, "RWM"])].to_dict("records") == core
    assert line(together.comparison.summary) == (1, 0, 1)
    assert compare_report(adviser, several, PREVIOUS) is None
    grouping = together.groups.grouping
    named = names_in_group(
        adviser, several, grouping, "Y", subject="READ", row=SummaryRow.ON_TRACK_OR_DEEPER
    )
    assert named["surname"].tolist() == ["Archer", "Baker"]
    assert set(named["school_name"]) == {"Hillside Primary School"}


def test_extras_are_not_for_who_may_see_no_pupils(database, year_4, monkeypatch):
    adviser = caller_of(database, Role.LA_ADVISER, local_authority_id=make_authority(database))
    seen = full_report(adviser, year_4)
    sex = next(iter(groupings_of(adviser, seen)))
    authority = make_authority(database)
    whole = replace(year_4, school_id=None, local_authority_id=authority)
    seen_of_several = full_report(adviser, whole)
    without = access.GRANTS[Role.LA_ADVISER] - {Action.SEE_PUPILS}
    monkeypatch.setitem(access.GRANTS, Role.LA_ADVISER, without)
    report = full_report(adviser, year_4)
    assert groupings_of(adviser, report) == ()
    assert compare_report(adviser, report, PREVIOUS) is None
    with pytest.raises(AccessDenied):
        group_report(adviser, report, sex)
    with pytest.raises(AccessDenied):
        group_report(adviser, seen, sex)  # one that was read while the role still let it
    with pytest.raises(AccessDenied):
        group_report(adviser, seen_of_several, sex)
