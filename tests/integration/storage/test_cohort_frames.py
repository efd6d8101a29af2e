"""Who is in the COHORT frame, and at which assessment they stand, on both databases."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Connection, event

from pupiltrack_core.domain.characteristics import Characteristic, matches
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.prior_attainment import ks1_standing
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.errors import NotFound
from pupiltrack_core.schemas.cohort import (
    ASSESSMENT_ID,
    NAME_COLUMNS,
    PUPIL_ID,
    subjects_of,
    validate_cohort,
)
from pupiltrack_core.storage import cohort_frames
from pupiltrack_core.storage.assessment_models import SchoolResult, StatutoryResult
from pupiltrack_core.storage.cohort_frames import load_cohort
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.support_models import Intervention
from pupiltrack_core.storage.table_base import Base
from tests.builders import (
    NOW,
    YEAR,
    make_assessment,
    make_judgements,
    make_pupil,
    make_school,
)

CORE = [str(subject) for subject in CORE_SUBJECTS]


def _load(database: Database, school_id: int, **chosen: Any) -> pd.DataFrame:
    selection = CohortSelection(YEAR, school_id, **{"years": 4, **chosen})
    with database.unit_of_work() as work:
        return validate_cohort(load_cohort(work.session, selection))


def _ids(frame: pd.DataFrame) -> list[int]:
    return frame[PUPIL_ID].tolist()


# --- which assessment ---------------------------------------------------------------------------


def test_load_cohort_stands_at_the_latest_assessment_of_each_year_group(
    database: Database,
) -> None:
    school = make_school(database)
    three = make_pupil(database, school, year_group=3)
    four = make_pupil(database, school, year_group=4)
    five = make_pupil(database, school, year_group=5)
    autumn = make_assessment(database, school, year_groups=(3, 4))
    spring = make_assessment(
        database, school, year_groups=(4,), held_on=date(YEAR + 1, 3, 1), subjects=["SCIE"]
    )
    make_judgements(database, autumn, {three: {"READ": "O"}, four: {"READ": "B", "MATH": "B"}})
    make_judgements(database, spring, {four: {"READ": "D", "SCIE": "T"}})
    frame = _load(database, school, years=YearRange.ALL_YEARS)
    assert _ids(frame) == [three, four, five]
    assert frame[ASSESSMENT_ID].tolist() == [autumn, spring, pd.NA]
    assert subjects_of(frame) == ("READ", "WRIT", "MATH", "SCIE")
    read = frame["READ"].astype(object)
    assert read.where(read.notna(), None).tolist() == ["O", "D", None]
    assert frame["MATH"].isna().all()  # the autumn's Below is not the spring's
    assert frame["SCIE"].astype(object).tolist()[1] == "T"


@pytest.mark.parametrize("years", [3, YearRange.ALL_YEARS])
def test_load_cohort_is_the_same_whether_its_pupils_are_named_or_not(
    database: Database, monkeypatch: pytest.MonkeyPatch, years: Any
) -> None:
    school = make_school(database)
    pupils = [make_pupil(database, school, year_group=group) for group in (3, 3, 4)]
    number = make_assessment(database, school, year_groups=(3, 4))
    make_judgements(database, number, {pupil: {"READ": "O"} for pupil in pupils[1:]})
    named = _load(database, school, years=years)
    assert named["READ"].notna().sum() == (1 if years == 3 else 2)
    monkeypatch.setattr(cohort_frames, "FEW_PUPILS", 0)
    pd.testing.assert_frame_equal(_load(database, school, years=years), named)


def test_load_cohort_of_two_on_one_day_stands_at_the_one_made_last(database: Database) -> None:
    school = make_school(database)
    make_pupil(database, school)
    make_assessment(database, school)
    second = make_assessment(database, school, name="Resit")
    assert _load(database, school)[ASSESSMENT_ID].tolist() == [second]


def test_load_cohort_passes_over_a_deleted_assessment(database: Database) -> None:
    school = make_school(database)
    make_pupil(database, school)
    first = make_assessment(database, school)
    make_assessment(database, school, held_on=date(YEAR + 1, 3, 1), deleted_at=NOW)
    assert _load(database, school)[ASSESSMENT_ID].tolist() == [first]


def test_load_cohort_at_a_chosen_assessment(database: Database) -> None:
    school = make_school(database)
    pupil = make_pupil(database, school)
    first = make_assessment(database, school)
    make_assessment(database, school, held_on=date(YEAR + 1, 3, 1))
    make_judgements(database, first, {pupil: {"WRIT": "T"}})
    frame = _load(database, school, assessment_id=first)
    assert frame[ASSESSMENT_ID].tolist() == [first]
    assert frame["WRIT"].tolist() == ["T"]


@pytest.mark.parametrize("case", ["unknown", "other year", "other year group", "other school"])
def test_load_cohort_at_an_assessment_not_there_is_not_found(database: Database, case: str) -> None:
    school = make_school(database)
    make_pupil(database, school)
    number = {
        "unknown": lambda: 10_000,
        "other year": lambda: make_assessment(database, school, academic_year=YEAR - 1),
        "other year group": lambda: make_assessment(database, school, year_groups=(5,)),
        "other school": lambda: make_assessment(database, make_school(database)),
    }[case]()
    with pytest.raises(NotFound):
        _load(database, school, assessment_id=number)


def test_load_cohort_reads_tracking_judgements_of_listed_subjects_only(database: Database) -> None:
    school = make_school(database)
    pupil = make_pupil(database, school)
    number = make_assessment(database, school)
    make_judgements(database, number, {pupil: {"READ": "words"}}, kind="formative")
    make_judgements(database, number, {pupil: {"MATH": "99"}}, kind="test")
    make_judgements(database, number, {pupil: {"HIST": "D", "WRIT": None}})
    frame = _load(database, school)
    assert subjects_of(frame) == tuple(CORE)
    assert frame[CORE].isna().all(axis=None)


# --- who is in ----------------------------------------------------------------------------------


def test_load_cohort_leaves_out_who_left_before_the_assessment(database: Database) -> None:
    school = make_school(database)
    day = date(YEAR, 12, 15)
    make_assessment(database, school, held_on=day)
    make_pupil(database, school, left_on=day - timedelta(days=1))
    on_the_day = make_pupil(database, school, left_on=day)
    after = make_pupil(database, school, left_on=day + timedelta(days=1))
    assert _ids(_load(database, school)) == [on_the_day, after]


def test_load_cohort_without_assessment_looks_at_the_last_day_of_the_year(
    database: Database,
) -> None:
    school = make_school(database)
    make_pupil(database, school, left_on=date(YEAR + 1, 8, 30))
    last_day = make_pupil(database, school, left_on=date(YEAR + 1, 8, 31))
    stays = make_pupil(database, school)
    frame = _load(database, school)
    assert _ids(frame) == [last_day, stays]
    assert frame[ASSESSMENT_ID].isna().all()


def test_load_cohort_leaves_out_archived_pupils(database: Database) -> None:
    school = make_school(database)
    make_pupil(database, school, pupil={"archived_from": 0})
    assert _ids(_load(database, school)) == []


def test_load_cohort_keeps_pupils_not_included_in_the_data(database: Database) -> None:
    school = make_school(database)
    make_pupil(database, school, include_in_data=False)
    assert _load(database, school)["include_in_data"].tolist() == [False]


def test_load_cohort_is_of_one_school_year_group_and_class(database: Database) -> None:
    school = make_school(database)
    wanted = make_pupil(database, school, class_name="4B")
    make_pupil(database, school, class_name="4C")
    make_pupil(database, school)
    make_pupil(database, school, year_group=5, class_name="4B")
    make_pupil(database, school, academic_year=YEAR - 1, class_name="4B")
    make_pupil(database, make_school(database), class_name="4B")
    assert _ids(_load(database, school, class_name="4B")) == [wanted]


def test_load_cohort_of_nobody_is_an_empty_frame(database: Database) -> None:
    frame = _load(database, make_school(database))
    assert frame.empty
    assert subjects_of(frame) == tuple(CORE)


def test_load_cohort_without_names_has_none(database: Database) -> None:
    school = make_school(database)
    make_pupil(database, school)
    with database.unit_of_work() as work:
        selection = CohortSelection(YEAR, school, years=4)
        frame = validate_cohort(load_cohort(work.session, selection, with_names=False))
    assert len(frame) == 1
    assert not set(NAME_COLUMNS) & set(frame.columns)


def test_load_cohort_of_a_local_authority_is_refused(database: Database) -> None:
    with database.unit_of_work() as work, pytest.raises(ValueError, match="one school"):
        load_cohort(work.session, CohortSelection(YEAR, local_authority_id=1))


def test_load_cohort_gives_every_fact_as_recorded(database: Database) -> None:
    school = make_school(database)
    facts = {"eal": True, "fsm": False, "sen": "K", "ethnicity": "WBRI", "custom_6": True}
    born = {"date_of_birth": date(2016, 2, 29), "sex": "M"}
    make_pupil(database, school, pupil=born, **facts)
    row = _load(database, school).iloc[0]
    assert {name: row[name] for name in facts} == facts
    assert row["date_of_birth"] == pd.Timestamp("2016-02-29")
    assert row["sex"] == "M"
    assert row["pupil_premium"] is pd.NA


def test_load_cohort_asks_the_same_number_of_queries_of_any_cohort(database: Database) -> None:
    statements: list[str] = []

    def note(_c: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith(("SELECT", "WITH")):
            statements.append(statement)

    school = make_school(database)
    counts = []
    event.listen(database.reader, "before_cursor_execute", note)
    for _ in range(2):
        statements.clear()
        _load(database, school, years=YearRange.ALL_YEARS)
        counts.append(len(statements))
        for year_group in range(1, 7):
            make_pupil(database, school, year_group=year_group)
            make_assessment(database, school, year_groups=(year_group,))
    assert counts == [4, 4]


# --- filters ------------------------------------------------------------------------------------

_RECORDED: dict[str, Sequence[Any]] = {
    "sex": ["F", "M"],
    "sen": [None, "N", "K", "E"],
    "ethnicity": [None, "WBRI", "WTUR", "APKN", "AOPK", "CHNE", "REFU", "QQQQ"],
    "summer_born": [date(2016, month, day) for month in range(1, 13) for day in (1, 28)]
    + [date(2016, 8, 31), date(2016, 3, 31), date(2016, 9, 1), date(2016, 4, 1)],
    "mobile": [None, 1, 6],
}


@pytest.mark.parametrize("characteristic", list(Characteristic), ids=str)
def test_filters_agree_with_the_domain(database: Database, characteristic: Characteristic) -> None:
    if characteristic in _FROM_OTHER_TABLES:
        _compare(database, characteristic, _FROM_OTHER_TABLES[characteristic](database))
        return
    school = make_school(database)
    recorded: dict[int, Any] = {}
    for value in _RECORDED.get(characteristic.value, [None, True, False]):
        if characteristic is Characteristic.SUMMER_BORN:
            pupil = make_pupil(database, school, pupil={"date_of_birth": value})
        elif characteristic is Characteristic.SEX:
            pupil = make_pupil(database, school, pupil={"sex": value})
        elif characteristic is Characteristic.MOBILE:
            pupil = make_pupil(database, school, mobility_year=value)
        else:
            pupil = make_pupil(database, school, **{characteristic.value: value})
        recorded[pupil] = value
    _compare(database, characteristic, (school, recorded))


def _compare(
    database: Database, characteristic: Characteristic, built: tuple[int, dict[int, Any]]
) -> None:
    """The query finds those the domain finds, by what is recorded of each pupil."""
    school, recorded = built
    for choice in characteristic.values:  # noqa: PD011
        expected = [
            pupil for pupil, held in recorded.items() if matches(characteristic, choice.value, held)
        ]
        chosen = ((characteristic, choice.value),)
        assert _ids(_load(database, school, characteristics=chosen)) == expected, choice


def _add(database: Database, *rows: Base) -> None:
    with database.unit_of_work(write=True) as work:
        work.session.add_all(rows)
        work.commit()


def _intervention(school: int, pupil: int, **changes: Any) -> Intervention:
    details = {"academic_year": YEAR, "title": "Phonics group", "created_at": NOW, **changes}
    return Intervention(school_id=school, pupil_id=pupil, **details)


def _result(school: int, pupil: int, measure: str, code: str, **changes: Any) -> StatutoryResult:
    key = {"collection": "KS1", "ending_year": YEAR - 1, "sitting": "main", **changes}
    return StatutoryResult(
        school_id=school, pupil_id=pupil, measure=measure, code=code, source="test", **key
    )


def _with_interventions(database: Database) -> tuple[int, dict[int, Any]]:
    school = make_school(database)
    none, one, two, deleted, last_year = (make_pupil(database, school) for _ in range(5))
    _add(
        database,
        _intervention(school, one),
        _intervention(school, two),
        _intervention(school, two, deleted_at=NOW),
        _intervention(school, deleted, deleted_at=NOW),
        _intervention(school, last_year, academic_year=YEAR - 1),
    )
    return school, {none: False, one: True, two: True, deleted: False, last_year: False}


def _with_gld(database: Database) -> tuple[int, dict[int, Any]]:
    school = make_school(database)
    recorded: dict[int, Any] = {}
    cases: list[tuple[dict[int, str], str | None, str | None]] = [
        # official codes by year, what the school entered, what counts
        ({}, None, None),
        ({2022: "Y"}, None, "Y"),
        ({2022: "N"}, "Y", "N"),
        ({2022: "A"}, "Y", "A"),
        ({2021: "Y", 2022: "N"}, None, "N"),
        ({}, "Y", "Y"),
        ({}, "N", "N"),
        ({}, "", None),  # entered and cleared again
    ]
    for official, entered, counts in cases:
        pupil = make_pupil(database, school)
        recorded[pupil] = counts
        rows: list[Base] = [
            _result(school, pupil, "GLD", code, collection="EYFSP", ending_year=year)
            for year, code in official.items()
        ]
        rows += [
            _result(school, pupil, "E01", "2", collection="EYFSP", ending_year=year)
            for year in (*official, 2023)
        ]
        if entered is not None:
            key = {"school_id": school, "pupil_id": pupil, "collection": "EYFSP", "measure": "GLD"}
            rows.append(SchoolResult(**key, value=entered or None, changed_at=NOW))
            score = key | {"collection": "KS1", "measure": "READ_SCORE"}
            rows.append(SchoolResult(**score, value="100", changed_at=NOW))
        _add(database, *rows)
    return school, recorded


def _with_ks1(database: Database) -> tuple[int, dict[int, Any]]:
    """Every code at every place of the three, some missing, some of two years."""
    draw = random.Random(11)  # noqa: S311
    school = make_school(database)
    recorded: dict[int, Any] = {}
    codes = [None, "GDS", "GDS", "EXS", "EXS", "WTS", "PK1", "A", "Q", "XX"]
    rows: list[Base] = []
    for number in range(60):
        pupil = make_pupil(database, school)
        newest: dict[str, str] = {}
        for year in (2022, 2023)[: 1 if number % 3 else 2]:
            for measure in ("READ", "WRIT", "MATH", "SCIE"):
                code = "GDS" if number in (1, 2) else draw.choice(codes)
                if code is not None:
                    rows.append(_result(school, pupil, measure, code, ending_year=year))
                    newest[measure] = code
        rows.append(_result(school, pupil, "READ", "AS", collection="KS2", ending_year=2026))
        recorded[pupil] = ks1_standing(newest)
    _add(database, *rows)
    assert set(recorded.values()) == {None, "GDS", "EXS", "BEL"}
    return school, recorded


_FROM_OTHER_TABLES = {
    Characteristic.INTERVENTION: _with_interventions,
    Characteristic.GLD: _with_gld,
    Characteristic.KS1: _with_ks1,
}


@pytest.mark.parametrize("item", [Characteristic.GLD, Characteristic.KS1], ids=str)
def test_filters_look_at_the_own_schools_results_only(
    database: Database, item: Characteristic
) -> None:
    other = make_pupil(database, elsewhere := make_school(database))
    school = make_school(database)
    make_pupil(database, school)
    rows: list[Base] = [_result(elsewhere, other, "GLD", "Y", collection="EYFSP")]
    rows += [_result(elsewhere, other, measure, "GDS") for measure in CORE]
    _add(database, *rows)
    value = item.values[0].value  # noqa: PD011
    chosen = ((item, value),)
    assert _ids(_load(database, school, characteristics=chosen)) == []
    assert _ids(_load(database, elsewhere, characteristics=chosen)) == [other]


def test_filters_narrow_together(database: Database) -> None:
    school = make_school(database)
    make_pupil(database, school, fsm=True, eal=False)
    both = make_pupil(database, school, fsm=True, eal=True)
    chosen = ((Characteristic.FSM, "Y"), (Characteristic.EAL, "Y"))
    assert _ids(_load(database, school, characteristics=chosen)) == [both]
