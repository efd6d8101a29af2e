"""The counts of a whole local authority, held to the calculation over the frames of its schools."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, text

from pupiltrack_core.calc.summary import tally_cohort
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, Subject
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.schemas.cohort import (
    INCLUDE_IN_DATA,
    SCHOOL_ID,
    YEAR_GROUP,
    subjects_of,
)
from pupiltrack_core.schemas.tallies import OUTCOME, PUPILS, SUBJECT
from pupiltrack_core.storage import assessment_models, models, support_models
from pupiltrack_core.storage.cohort_frames import load_cohort
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.tallies import tally_schools
from tests.builders import (
    NOW,
    YEAR,
    make_assessment,
    make_authority,
    make_judgements,
    make_pupil,
    make_school,
)

CORE = [str(subject) for subject in CORE_SUBJECTS]


def test_tally_schools_counts_by_hand(database: Database) -> None:
    school, empty = make_school(database), make_school(database)
    number = make_assessment(database, school, subjects=[*CORE, "SCIE"])
    full, mixed, blank, left_out = (
        make_pupil(database, school, include_in_data=include)
        for include in (True, True, True, False)
    )
    make_pupil(database, school, year_group=5)  # in a year group without an assessment
    marks = {
        full: {"READ": "O", "WRIT": "O", "MATH": "O", "SCIE": "D"},
        mixed: {"READ": "O", "WRIT": "D", "MATH": "B"},
        blank: {"READ": "D", "WRIT": "D"},
        left_out: {"READ": "B", "WRIT": "B", "MATH": "B", "SCIE": "B"},
    }
    make_judgements(database, number, marks)
    with database.unit_of_work() as work:
        selection = CohortSelection(YEAR, local_authority_id=make_authority(database))
        tally = tally_schools(work.session, selection)
    assert empty not in set(tally[SCHOOL_ID])
    found = {
        (row[SUBJECT], row[OUTCOME]): row[PUPILS] for row in tally.to_dict("records") if row[PUPILS]
    }
    # Four pupils count: full, mixed, blank and the one in Year 5.
    assert found == {
        ("READ", "O"): 2,
        ("READ", "D"): 1,
        ("READ", "-"): 1,
        ("WRIT", "O"): 1,
        ("WRIT", "D"): 2,
        ("WRIT", "-"): 1,
        ("MATH", "B"): 1,
        ("MATH", "O"): 1,
        ("MATH", "-"): 2,
        ("RWM", "OOO"): 1,  # full
        ("RWM", "NO"): 1,  # mixed: Below in maths
        ("RWM", "-"): 2,  # blank, and Year 5
        ("SCIE", "D"): 1,
        ("SCIE", "-"): 3,
    }


def test_tally_schools_of_nobody_has_no_rows_by_school(database: Database) -> None:
    authority = make_authority(database)
    selection = CohortSelection(YEAR, local_authority_id=authority)
    with database.unit_of_work() as work:
        assert tally_schools(work.session, selection).empty
        whole = tally_schools(work.session, selection, by=())
    assert set(whole[SUBJECT]) == {*CORE, "RWM"}
    assert whole[PUPILS].sum() == 0


def test_tally_schools_of_core_subjects_is_the_same_without_the_others(database: Database) -> None:
    school = make_school(database)
    number = make_assessment(database, school, subjects=[*CORE, "SCIE"])
    make_judgements(database, number, {make_pupil(database, school): {"READ": "O", "SCIE": "D"}})
    selection = CohortSelection(YEAR, school_id=school)
    with database.unit_of_work() as work:
        every = tally_schools(work.session, selection)
        core = tally_schools(work.session, selection, core_only=True)
    assert set(every[SUBJECT]) - set(core[SUBJECT]) == {"SCIE"}
    same = every[every[SUBJECT] != "SCIE"].reset_index(drop=True)
    pd.testing.assert_frame_equal(core, same)


def test_tally_schools_leaves_schools_own_subjects_out_of_an_authority(database: Database) -> None:
    school = make_school(database)
    number = make_assessment(database, school, subjects=[*CORE, "SCIE", "X01"])
    make_judgements(database, number, {make_pupil(database, school): {"X01": "D", "SCIE": "O"}})
    with database.unit_of_work() as work:
        own = tally_schools(work.session, CohortSelection(YEAR, school_id=school))
        authority = CohortSelection(YEAR, local_authority_id=make_authority(database))
        every = tally_schools(work.session, authority)
        cohort = load_cohort(work.session, CohortSelection(YEAR, school_id=school, years=4))
    assert subjects_of(cohort) == (*CORE, "SCIE", "X01")
    assert own[(own[SUBJECT] == "X01") & (own[OUTCOME] == "D")][PUPILS].tolist() == [1]
    assert set(own[SUBJECT]) - set(every[SUBJECT]) == {"X01"}


def test_tally_schools_is_of_one_local_authority(database: Database) -> None:
    other = make_authority(database, "998", "Other Authority")
    make_pupil(database, make_school(database, laestab="9982001", local_authority_id=other))
    selection = CohortSelection(YEAR, local_authority_id=make_authority(database))
    with database.unit_of_work() as work:
        assert tally_schools(work.session, selection).empty


_mark = st.sampled_from([None, "", "B", "T", "O", "D"])  # "" is a cell that was cleared
_yes_no = st.sampled_from([None, True, False])


def _mostly(value: bool) -> st.SearchStrategy[bool]:
    return st.sampled_from([value, value, value, not value])


_pupils = st.fixed_dictionaries(
    {
        "year_group": st.sampled_from([0, 1, 3, 4]),
        "include_in_data": _mostly(True),
        "left_on": st.sampled_from(
            [None, date(YEAR, 12, 14), date(YEAR, 12, 15), date(2030, 1, 1)]
        ),
        "fsm": _yes_no,
        "sen": st.sampled_from([None, "N", "K", "E"]),
        "ethnicity": st.sampled_from([None, "WBRI", "AOPK", "QQQQ"]),
        "archived": _mostly(False),
        "sex": st.sampled_from(["F", "M"]),
        "month": st.integers(1, 12),
        "mobility_year": st.sampled_from([None, 3]),
        "interventions": st.sampled_from([(), (None,), (NOW,), (NOW, None)]),  # deleted when
        "gld": st.sampled_from([None, "Y", "N"]),
        "ks1": st.sampled_from([None, "GDS", "EXS", "WTS"]),
        "marks": st.lists(st.lists(_mark, min_size=5, max_size=5), min_size=3, max_size=3),
    }
)
_assessments = st.fixed_dictionaries(
    {
        "year_groups": st.sets(st.sampled_from([0, 1, 3, 4]), max_size=4),
        "held_on": st.sampled_from([date(YEAR, 12, 15), date(YEAR + 1, 3, 1)]),
        "deleted": _mostly(False),
        "subjects": st.sets(st.sampled_from([*CORE, "SCIE", "HIST"])),
    }
)
_schools = st.fixed_dictionaries(
    {
        "pupils": st.lists(_pupils, max_size=6),
        "assessments": st.lists(_assessments, min_size=0, max_size=3),
    }
)
_FILTERS: tuple[tuple[tuple[Characteristic, str], ...], ...] = (
    (),
    ((Characteristic.FSM, "Y"),),
    ((Characteristic.FSM, "U"), (Characteristic.SEX, "F")),
    ((Characteristic.SUMMER_BORN, "Y"),),
    ((Characteristic.SUMMER_BORN, "N"), (Characteristic.SEN, "KE")),
    ((Characteristic.ETHNICITY, "ASIAN"),),
    ((Characteristic.ETHNICITY, "U"),),
    ((Characteristic.INTERVENTION, "Y"),),
    ((Characteristic.INTERVENTION, "N"), (Characteristic.MOBILE, "U")),
    ((Characteristic.GLD, "Y"), (Characteristic.KS1, "EXS")),
    ((Characteristic.KS1, "U"),),
)
_YEARS = (YearRange.ALL_YEARS, YearRange.KEY_STAGE_2, YearRange.EARLY_YEARS, 4)
_BY = ((), (SCHOOL_ID,), (YEAR_GROUP,), (SCHOOL_ID, YEAR_GROUP))


def _build(database: Database, worlds: Sequence[dict[str, Any]]) -> list[int]:
    """Replace what is stored by these schools, in few statements; return their ids."""
    with database.unit_of_work(write=True) as work:
        for table in ("judgement", "assessment_subject", "assessment_year_group", "assessment"):
            work.session.execute(text(f"DELETE FROM {table}"))  # noqa: S608
        for model in (
            support_models.Intervention,
            assessment_models.StatutoryResult,
            models.Enrolment,
            models.Pupil,
            models.School,
        ):
            work.session.execute(delete(model))
        work.session.commit()
        numbers = iter(range(1, 10_000))
        schools = []
        authority = work.session.query(models.LocalAuthority).one().id
        for world in worlds:
            school = next(numbers)
            schools.append(school)
            work.session.add(
                models.School(
                    id=school,
                    local_authority_id=authority,
                    laestab=str(9_990_000 + school),
                    name="S",
                )
            )
            work.session.flush()
            _fill(work.session, school, world, numbers)
        work.commit()
    return schools


def _fill(session: Any, school: int, world: dict[str, Any], numbers: Any) -> None:
    key = {"school_id": school, "academic_year": YEAR}
    points = [next(numbers) for _ in world["assessments"]]
    for number, point in zip(points, world["assessments"], strict=True):
        session.add(
            assessment_models.Assessment(
                **key,
                id=number,
                name="A",
                held_on=point["held_on"],
                created_at=NOW,
                deleted_at=NOW if point["deleted"] else None,
            )
        )
        session.flush()
        for year_group in point["year_groups"]:
            session.add(
                assessment_models.AssessmentYearGroup(
                    **key, assessment_id=number, year_group=year_group
                )
            )
        for subject in point["subjects"]:
            session.add(
                assessment_models.AssessmentSubject(**key, assessment_id=number, subject=subject)
            )
    for facts in world["pupils"]:
        facts = dict(facts)
        pupil = next(numbers)
        marks, month, sex = facts.pop("marks"), facts.pop("month"), facts.pop("sex")
        archived, interventions = facts.pop("archived"), facts.pop("interventions")
        gld, ks1 = facts.pop("gld"), facts.pop("ks1")
        session.add(
            models.Pupil(
                id=pupil,
                school_id=school,
                person_key=str(pupil),
                upn=f"A{pupil:012d}",
                surname="S",
                forenames="F",
                date_of_birth=date(2016, month, 28),
                sex=sex,
                postcode="ZZ99 3AA",
                archived_from=0 if archived else None,
            )
        )
        session.flush()
        session.add(models.Enrolment(**key, pupil_id=pupil, **facts))
        session.flush()
        for deleted_at in interventions:
            session.add(
                support_models.Intervention(
                    **key, pupil_id=pupil, title="T", created_at=NOW, deleted_at=deleted_at
                )
            )
        codes = {("EYFSP", "GLD"): gld} | {("KS1", measure): ks1 for measure in CORE}
        for (collection, measure), code in codes.items():
            if code is not None:
                session.add(
                    assessment_models.StatutoryResult(
                        school_id=school,
                        pupil_id=pupil,
                        collection=collection,
                        ending_year=2023,
                        sitting="main",
                        measure=measure,
                        code=code,
                        source="test",
                    )
                )
        for number, row in zip(points, marks, strict=False):
            for subject, value in zip([*CORE, "SCIE", "HIST"], row, strict=True):
                if value is not None:
                    session.add(
                        assessment_models.JudgementRow(
                            **key,
                            assessment_id=number,
                            pupil_id=pupil,
                            subject=subject,
                            kind="tracking",
                            value=value or None,
                            changed_at=NOW,
                        )
                    )
    session.flush()


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    worlds=st.lists(_schools, min_size=1, max_size=3),
    years=st.sampled_from(_YEARS),
    filters=st.sampled_from(_FILTERS),
    by=st.sampled_from(_BY),
)
def test_tally_schools_equals_tally_cohort_over_the_frames(
    database: Database,
    worlds: list[dict[str, Any]],
    years: YearRange | int,
    filters: tuple[tuple[Characteristic, str], ...],
    by: tuple[str, ...],
) -> None:
    authority = make_authority(database)
    schools = _build(database, worlds)
    for chosen in (filters, ()):
        _compare(database, authority, schools, keys=(by,), years=years, characteristics=chosen)


def test_tally_schools_equals_tally_cohort_over_crowded_schools(database: Database) -> None:
    """So many pupils that every rule decides about somebody."""
    draw = random.Random(4)  # noqa: S311
    authority = make_authority(database)
    schools = _build(database, [_crowded_school(draw) for _ in range(3)])
    every_year = [(years, ()) for years in _YEARS[1:]]
    for years, filters in [*every_year, *((_YEARS[0], filters) for filters in _FILTERS)]:
        _compare(database, authority, schools, keys=_BY, years=years, characteristics=filters)


def _compare(
    database: Database,
    authority: int,
    schools: Sequence[int],
    *,
    keys: Sequence[tuple[str, ...]],
    **chosen: Any,
) -> None:
    over_authority = CohortSelection(YEAR, local_authority_id=authority, **chosen)
    with database.unit_of_work() as work:
        tallied = {by: tally_schools(work.session, over_authority, by=by) for by in keys}
        frames = [
            load_cohort(work.session, CohortSelection(YEAR, school, **chosen)) for school in schools
        ]
    cohort = pd.concat(frames, ignore_index=True)
    for by, counted in tallied.items():
        # A subject stands in the counts when the assessment of a counted pupil has it.
        subjects = [item.value for item in Subject if item.value in set(counted[SUBJECT])] or CORE
        others = [name for name in subjects_of(cohort) if name not in subjects]
        assert cohort.loc[cohort[INCLUDE_IN_DATA], others].isna().all(axis=None)
        expected = tally_cohort(cohort, subjects, by=by)
        pd.testing.assert_frame_equal(counted, expected, check_column_type=False)


def _crowded_school(draw: random.Random) -> dict[str, Any]:
    # Year 3 has no assessment; Year 4's latest is of the spring, Year 1's and Reception's is not.
    autumn, spring = date(YEAR, 12, 15), date(YEAR + 1, 3, 1)
    points = [
        (autumn, {0, 1, 4}, {*CORE, "SCIE"}, False),
        (spring, {4}, {"HIST"}, False),
        (spring, {0, 1}, {*CORE}, True),
    ]
    days = [day + timedelta(days=step) for day in (autumn, spring) for step in (-1, 0, 1)]
    return {
        "assessments": [
            {"held_on": day, "year_groups": groups, "subjects": subjects, "deleted": deleted}
            for day, groups, subjects, deleted in points
        ],
        "pupils": [
            {
                "year_group": draw.choice([0, 1, 3, 4]),
                "include_in_data": draw.random() < 0.9,
                "left_on": draw.choice([None] * 8 + days),
                "fsm": draw.choice([None, True, False]),
                "sen": draw.choice([None, "N", "K", "E"]),
                "ethnicity": draw.choice([None, "WBRI", "AOPK", "QQQQ"]),
                "archived": draw.random() < 0.1,
                "sex": draw.choice(["F", "M"]),
                "month": draw.randrange(1, 13),
                "mobility_year": draw.choice([None, None, 3]),
                "interventions": draw.choice([(), (None,), (NOW,), (NOW, None)]),
                "gld": draw.choice([None, "Y", "N"]),
                "ks1": draw.choice([None, "GDS", "EXS", "WTS"]),
                "marks": [[draw.choice([None, "", *"BTOD"]) for _ in range(5)] for _ in range(3)],
            }
            for _ in range(120)
        ],
    }
