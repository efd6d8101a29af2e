from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import func, select

from pupiltrack_core.calc.summary import summarise_cohort
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.characteristics import ETHNICITIES
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.statutory import (
    Collection,
    codes_for,
    phonics_threshold,
    scaled_score_outcome,
)
from pupiltrack_core.domain.subjects import Subject
from pupiltrack_core.domain.upn import validate_upn
from pupiltrack_core.domain.year_groups import year_group_by_age
from pupiltrack_core.errors import ConfigurationError, InvalidEntry
from pupiltrack_core.services.accounts import SignInPolicy, session_for_token, sign_in
from pupiltrack_core.services.audit import verify
from pupiltrack_core.services.demo import (
    MOST_SCHOOLS,
    DemoSummary,
    create_demo,
)
from pupiltrack_core.services.demo_accounts import SIGN_INS, has_demo
from pupiltrack_core.services.demo_recipe import load_recipe
from pupiltrack_core.services.grid_columns import GridColumn, Kind, columns_of, read_value
from pupiltrack_core.services.passwords import check_new_password
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage.assessment_models import Assessment, JudgementRow, StatutoryResult
from pupiltrack_core.storage.assessments import find_assessments
from pupiltrack_core.storage.cohort_frames import load_cohort
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import (
    AuditEntry,
    Enrolment,
    MembershipRow,
    NewsItem,
    Pupil,
    School,
    UserAccount,
)
from pupiltrack_core.storage.table_base import Base
from tests.builders import make_pupil

SCHOOLS = 6
EARLIER, LATER = 2024, 2025
CHEAP = PasswordHashing.FLOOR


@pytest.fixture(scope="module")
def demo(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Database, DemoSummary, list[tuple[int, int]]]]:
    """A demo of six schools, made once: the tests of this module only read it."""
    path = tmp_path_factory.mktemp("demo") / "demo.sqlite"
    shutil.copyfile(sqlite_template, path)
    database = Database.open(f"sqlite:///{path}")
    told: list[tuple[int, int]] = []
    summary = create_demo(
        database, schools=SCHOOLS, hashing=CHEAP, progress=lambda done, of: told.append((done, of))
    )
    yield database, summary, told
    database.dispose()


@pytest.fixture(scope="module")
def filled(demo: tuple[Database, DemoSummary, Any]) -> Database:
    return demo[0]


def rows(database: Database, *columns: Any, **by: Any) -> list[Any]:
    with database.unit_of_work() as work:
        return list(work.session.execute(select(*columns).filter_by(**by)).all())


def contents(database: Database) -> dict[str, list[Any]]:
    """Every row of every table but what is salted or depends on it."""
    left_out = {"password_hash"}
    found = {}
    with database.unit_of_work() as work:
        for table in Base.metadata.sorted_tables:
            columns = [column for column in table.columns if column.name not in left_out]
            query = select(*columns).order_by(*table.primary_key.columns)
            found[table.name] = [tuple(row) for row in work.session.execute(query)]
    return found


# --- what is made, and when -----------------------------------------------------------------------


def test_create_demo_says_what_it_made(demo: tuple[Database, DemoSummary, Any]) -> None:
    database, summary, told = demo
    with database.unit_of_work() as work:
        counted = {
            model: work.session.scalar(select(func.count()).select_from(model))
            for model in (School, Assessment, JudgementRow, StatutoryResult, UserAccount)
        }
        pupils = work.session.scalar(
            select(func.count()).select_from(Enrolment).where(Enrolment.academic_year == LATER)
        )
    assert summary.schools == counted[School] == SCHOOLS
    assert summary.assessments == counted[Assessment] == SCHOOLS * 2 * 3
    assert summary.judgements == counted[JudgementRow]
    assert summary.results == counted[StatutoryResult]
    assert summary.pupils == pupils
    assert len(summary.sign_ins) == counted[UserAccount] == len(SIGN_INS)
    assert told == [(done, SCHOOLS) for done in range(1, SCHOOLS + 1)]


def test_create_demo_makes_the_same_from_the_same_seed(
    sqlite_database: Database, tmp_path: Path, sqlite_template: Path
) -> None:
    create_demo(sqlite_database, schools=2, hashing=CHEAP)
    for seed, is_same in ((None, True), (7, False)):
        path = tmp_path / f"again-{seed}.sqlite"
        shutil.copyfile(sqlite_template, path)
        again = Database.open(f"sqlite:///{path}")
        create_demo(again, schools=2, hashing=CHEAP, **({"seed": seed} if seed else {}))
        assert (contents(again) == contents(sqlite_database)) is is_same
        again.dispose()


def test_create_demo_on_postgresql_equals_sqlite(
    sqlite_database: Database, postgres_database: Database
) -> None:
    create_demo(sqlite_database, schools=1, hashing=CHEAP)
    create_demo(postgres_database, schools=1, hashing=CHEAP)
    ours, theirs = contents(sqlite_database), contents(postgres_database)
    for table, found in ours.items():
        assert sorted(found, key=repr) == sorted(theirs[table], key=repr), table


def test_create_demo_leaves_numbers_free_for_what_comes_after(database: Database) -> None:
    create_demo(database, schools=1, hashing=CHEAP)
    (school,) = rows(database, School.id)
    last = max(row.id for row in rows(database, Pupil.id))
    assert make_pupil(database, school.id) == last + 1


def test_create_demo_refuses_a_database_in_use(sqlite_database: Database) -> None:
    assert not has_demo(sqlite_database)
    create_demo(sqlite_database, schools=1, hashing=CHEAP)
    assert has_demo(sqlite_database)
    before = contents(sqlite_database)
    with pytest.raises(InvalidEntry, match="Nothing was made") as caught:
        create_demo(sqlite_database, schools=1, hashing=CHEAP)
    assert caught.value.field == "database"
    assert contents(sqlite_database) == before


@pytest.mark.parametrize("schools", [0, -1, MOST_SCHOOLS + 1])
def test_create_demo_refuses_a_number_of_schools(sqlite_database: Database, schools: int) -> None:
    with pytest.raises(InvalidEntry, match="1 to 900 schools"):
        create_demo(sqlite_database, schools=schools, hashing=CHEAP)
    assert not has_demo(sqlite_database)


def test_create_demo_keeps_nothing_when_it_fails_half_way(sqlite_database: Database) -> None:
    def stop(done: int, of: int) -> None:
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        create_demo(sqlite_database, schools=2, hashing=CHEAP, progress=stop)
    assert not has_demo(sqlite_database)
    assert rows(sqlite_database, Pupil.id) == []


# --- places ---------------------------------------------------------------------------------------


def test_first_school_has_two_forms_in_every_year_group(filled: Database) -> None:
    school = rows(filled, School.id, School.name, School.class_names, laestab="9992001")[0]
    assert school.name == "Alderbrook Primary School"
    pupils = rows(
        filled,
        Enrolment.year_group,
        Enrolment.class_name,
        school_id=school.id,
        academic_year=LATER,
    )
    by_class = pd.DataFrame(pupils, columns=["year_group", "class_name"]).value_counts()
    assert len(pupils) == 420
    assert len(by_class) == 14
    assert set(by_class) == {30}
    assert {name for _, name in by_class.index} == set(school.class_names)


def test_schools_differ(filled: Database) -> None:
    found = rows(filled, School.laestab, School.name, School.class_names)
    assert [row.laestab for row in found] == [f"999200{place}" for place in range(1, SCHOOLS + 1)]
    assert len({row.name for row in found}) == SCHOOLS
    sizes = defaultdict(int)
    mixed: dict[int, set[int]] = defaultdict(set)
    for row in rows(
        filled, Enrolment.school_id, Enrolment.year_group, Enrolment.class_name, academic_year=LATER
    ):
        sizes[row.school_id] += 1
        mixed[(row.school_id, row.class_name)].add(row.year_group)
    assert min(sizes.values()) < 110 < 170 < max(sizes.values())
    assert any(len(year_groups) > 1 for year_groups in mixed.values())
    assert all(max(year_groups) - min(year_groups) <= 1 for year_groups in mixed.values())


def test_children_move_up_a_year_and_some_move_school(filled: Database) -> None:
    found: dict[str, dict[int, tuple[int, int, date | None]]] = defaultdict(dict)
    with filled.unit_of_work() as work:
        for row in work.session.execute(
            select(
                Pupil.person_key,
                Enrolment.academic_year,
                Enrolment.year_group,
                Enrolment.school_id,
                Enrolment.left_on,
            ).join(Enrolment, Enrolment.pupil_id == Pupil.id)
        ):
            found[row.person_key][row.academic_year] = (row.year_group, row.school_id, row.left_on)
    both = [years for years in found.values() if len(years) == 2]
    assert all(years[LATER][0] == years[EARLIER][0] + 1 for years in both)
    moved = [years for years in both if years[LATER][1] != years[EARLIER][1]]
    assert 0 < len(moved) < len(both) / 20
    assert all(years[EARLIER][2] is not None for years in moved)
    only_earlier = [years[EARLIER] for years in found.values() if LATER not in years]
    assert {6} < {year_group for year_group, _, _ in only_earlier}  # leavers of Year 6, and others
    assert all(left is not None for _, _, left in only_earlier)
    only_later = [years[LATER] for years in found.values() if EARLIER not in years]
    assert {0} < {year_group for year_group, _, _ in only_later}  # Reception, and newcomers


def test_year_groups_follow_the_dates_of_birth(filled: Database) -> None:
    with filled.unit_of_work() as work:
        found = work.session.execute(
            select(Pupil.date_of_birth, Enrolment).join(Enrolment, Enrolment.pupil_id == Pupil.id)
        ).all()
    for born, enrolment in found:
        by_age = year_group_by_age(born, AcademicYear(enrolment.academic_year))
        assert (by_age != enrolment.year_group) is enrolment.year_override
    assert 0 < sum(enrolment.year_override for _, enrolment in found) < len(found) / 50


# --- children -------------------------------------------------------------------------------------


def test_every_upn_is_right_and_a_childs_own(filled: Database) -> None:
    found = rows(filled, Pupil.upn, Pupil.person_key, Pupil.postcode)
    checks = [validate_upn(row.upn, statutory=True) for row in found]
    assert all(check.is_usable for check in checks)
    assert 0 < sum(check.is_temporary for check in checks) < len(found) / 50
    assert all(row.upn[1:4] == "999" for row in found)  # no local authority of England
    people = {row.upn: row.person_key for row in found}
    assert len(people) == len({row.person_key for row in found}) < len(found)
    assert all(people[row.upn] == row.person_key for row in found)
    assert all(row.postcode.startswith("ZZ") for row in found)


def test_names_are_of_many_kinds(filled: Database) -> None:
    names = [
        f"{row.forenames} {row.surname}" for row in rows(filled, Pupil.forenames, Pupil.surname)
    ]
    assert any("'" in name for name in names)
    assert any("-" in name for name in names)
    assert any(not name.isascii() for name in names)
    assert len(set(names)) > 0.8 * len(names)


def test_free_meals_premium_and_disadvantage_agree(filled: Database) -> None:
    for row in rows(
        filled,
        Enrolment.fsm,
        Enrolment.ever6,
        Enrolment.looked_after,
        Enrolment.disadvantaged,
        Enrolment.pupil_premium,
    ):
        assert row.ever6 or not row.fsm
        assert row.disadvantaged == (row.ever6 or row.looked_after)
        assert row.pupil_premium or not row.disadvantaged


@pytest.mark.parametrize(
    ("condition", "least", "most"),
    [
        (Enrolment.fsm, 0.22, 0.28),
        (Enrolment.ever6, 0.25, 0.32),
        (Enrolment.sen == "K", 0.12, 0.16),
        (Enrolment.sen == "E", 0.03, 0.05),
        (Enrolment.eal, 0.12, 0.32),
        (~Enrolment.include_in_data, 0.008, 0.025),
    ],
)
def test_characteristics_are_at_national_rates(
    filled: Database, condition: Any, least: float, most: float
) -> None:
    with filled.unit_of_work() as work:
        share = work.session.scalar(
            select(func.avg(func.iif(condition, 1.0, 0.0))).where(Enrolment.academic_year == LATER)
        )
    assert least < share < most


def test_ethnicities_are_known_and_something_is_not_recorded(filled: Database) -> None:
    found = rows(filled, Enrolment.ethnicity, Enrolment.eal, academic_year=LATER)
    assert {row.ethnicity for row in found} <= set(ETHNICITIES)
    assert len({row.ethnicity for row in found}) >= 15
    assert 0 < sum(row.eal is None for row in found) < len(found) / 20


# --- judgements -----------------------------------------------------------------------------------


def test_every_cell_may_be_entered_by_hand(filled: Database) -> None:
    with filled.unit_of_work() as work:
        columns = {
            assessment.id: {
                (column.kind.value, column.subject.value)
                for column in columns_of(assessment).values()
            }
            for school in rows(filled, School.id)
            for year in (EARLIER, LATER)
            for assessment in find_assessments(work.session, school.id, year)
        }
    kinds = set()
    values: set[tuple[str, str]] = set()
    for row in rows(
        filled,
        JudgementRow.assessment_id,
        JudgementRow.kind,
        JudgementRow.subject,
        JudgementRow.value,
    ):
        assert (row.kind, row.subject) in columns[row.assessment_id]
        values.add((row.kind, row.value))
        kinds.add((row.kind, row.subject))
    assert all(
        read_value(GridColumn(1, Kind(kind), Subject.READING), value) == value
        for kind, value in values
    )
    assert {kind for kind, _ in kinds} == {item.value for item in Kind}
    assert {"READ", "WRIT", "MATH", "SCIE"} <= {subject for _, subject in kinds}


def test_assessments_are_held_in_their_terms_on_school_days(filled: Database) -> None:
    for row in rows(filled, Assessment.name, Assessment.held_on, Assessment.academic_year):
        assert AcademicYear.containing(row.held_on).start == row.academic_year
        assert row.held_on.weekday() < 5
        months = {"Autumn": (11, 12), "Spring": (2, 3), "Summer": (6,)}[row.name.split()[0]]
        assert row.held_on.month in months
        assert row.name.endswith(str(row.held_on.year))


def test_nobody_is_assessed_before_joining_or_after_leaving(filled: Database) -> None:
    held = {row.id: row.held_on for row in rows(filled, Assessment.id, Assessment.held_on)}
    there = {
        (row.pupil_id, row.academic_year): (row.joined_on, row.left_on or date.max)
        for row in rows(
            filled,
            Enrolment.pupil_id,
            Enrolment.academic_year,
            Enrolment.joined_on,
            Enrolment.left_on,
        )
    }
    for row in rows(
        filled, JudgementRow.pupil_id, JudgementRow.academic_year, JudgementRow.assessment_id
    ):
        joined, left = there[(row.pupil_id, row.academic_year)]
        assert joined <= held[row.assessment_id] < left


def outcome_shares(cohort: pd.DataFrame) -> dict[str, float]:
    summary = summarise_cohort(cohort, ["READ", "WRIT", "MATH"]).set_index("subject")
    return (summary["on_track_or_deeper"] / summary["pupils"]).to_dict()


def test_attainment_is_believable(filled: Database) -> None:
    with filled.unit_of_work() as work:
        cohorts = [
            load_cohort(work.session, CohortSelection(LATER, school_id=row.id))
            for row in rows(filled, School.id)
        ]
    cohort = pd.concat(cohorts)
    cohort = cohort.astype(cohorts[0].dtypes[["READ", "WRIT", "MATH"]].to_dict())
    everyone = outcome_shares(cohort)
    assert 0.55 < everyone["RWM"] < 0.68
    assert everyone["WRIT"] < everyone["READ"]
    disadvantaged = cohort["disadvantaged"].fillna(value=False).to_numpy(dtype=bool)
    gap = (
        outcome_shares(cohort[~disadvantaged])["RWM"] - outcome_shares(cohort[disadvantaged])["RWM"]
    )
    assert 0.08 < gap < 0.30
    support = outcome_shares(cohort[cohort["sen"] == "K"])["RWM"]
    plan = outcome_shares(cohort[cohort["sen"] == "E"])["RWM"]
    assert plan < support < everyone["RWM"] - 0.2
    codes = cohort[["READ", "WRIT", "MATH"]].apply(lambda column: column.cat.codes)
    together = codes[(codes >= 0).all(axis=1)].corr().to_numpy()
    assert together[0, 1] > 0.5  # subjects go together
    missing = (codes < 0).to_numpy().mean()
    assert 0.015 < missing < 0.05


def test_judgements_of_one_term_resemble_those_of_the_next(filled: Database) -> None:
    found = pd.DataFrame(
        rows(
            filled,
            JudgementRow.pupil_id,
            JudgementRow.assessment_id,
            JudgementRow.value,
            kind="tracking",
            subject="READ",
            academic_year=LATER,
            school_id=1,
        )
    )
    found = found.set_index(["pupil_id", "assessment_id"])["value"].unstack()  # noqa: PD010
    first, second, _ = (found[column] for column in found.columns)
    both = first.notna() & second.notna()
    agreeing = (first[both] == second[both]).mean()
    assert 0.6 < agreeing < 0.95


# --- statutory results ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def results(filled: Database) -> list[Any]:
    return rows(filled, StatutoryResult)


def test_results_have_codes_of_their_year(results: list[Any]) -> None:
    for (result,) in results:
        collection = Collection(result.collection)
        assert collection.was_taken(result.ending_year)
        allowed = {code.code for code in codes_for(collection, result.measure, result.ending_year)}
        assert result.code is None or result.code in allowed
    assert {result.collection for (result,) in results} == {item.value for item in Collection}


def test_results_are_no_newer_than_the_year_at_the_school(
    filled: Database, results: list[Any]
) -> None:
    last = {}
    for row in rows(filled, Enrolment.pupil_id, Enrolment.academic_year):
        last[row.pupil_id] = max(row.academic_year + 1, last.get(row.pupil_id, 0))
    assert all(result.ending_year <= last[result.pupil_id] for (result,) in results)
    status = {(result.ending_year == LATER + 1, result.data_status) for (result,) in results}
    assert status == {(True, "provisional"), (False, "final")}


def test_phonics_outcomes_follow_the_marks(results: list[Any]) -> None:
    held: dict[tuple[int, int, str], dict[str, Any]] = defaultdict(dict)
    for (result,) in results:
        if result.collection == "PHONICS":
            key = (result.pupil_id, result.ending_year, result.sitting)
            held[key][result.measure] = result.value if result.measure == "MARK" else result.code
    for (_, year, _), outcome in held.items():
        if "MARK" in outcome:
            met = outcome["MARK"] >= phonics_threshold(year)
            assert outcome["OUTCOME"] == ("Wa" if met else "Wt")
        else:
            assert outcome["OUTCOME"] in {"A", "D"}
    again = [(pupil, year) for pupil, year, sitting in held if sitting == "Y2"]
    assert again
    for pupil, year in again:
        before = held.get((pupil, year - 1, "Y1")) or held.get((pupil, year, "autumn"))
        assert before is None or before["OUTCOME"] != "Wa"


def test_key_stage_2_outcomes_follow_the_scores(results: list[Any]) -> None:
    tested = [
        result
        for (result,) in results
        if result.collection == "KS2" and result.measure in {"READ", "MATH", "GPS"}
    ]
    assert {result.code for result in tested} >= {"AS", "NS", "B"}
    for result in tested:
        if result.value is None:
            assert result.code in {"A", "B", "U"}
        else:
            assert result.code == scaled_score_outcome(result.value)


# --- people ---------------------------------------------------------------------------------------


def test_everyone_can_sign_in(sqlite_database: Database) -> None:
    summary = create_demo(sqlite_database, schools=2, hashing=CHEAP)
    policy = SignInPolicy(hashing=CHEAP, rate_limit_key=b"k" * 32)
    now = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
    for item in summary.sign_ins:
        check_new_password(item.password, user_name=item.user_name)
        assert len(item.password.split()) == 3
        signed_in = sign_in(
            sqlite_database,
            user_name=item.user_name,
            password=item.password,
            address="192.0.2.1",
            policy=policy,
            now=now,
        )
        live = session_for_token(sqlite_database, signed_in.token, policy=policy, now=now)
        assert live is not None
        (membership,) = live.principal.memberships
        assert membership.role is item.role
        assert (membership.school_id is None) is (item.school is None)
    assert verify(sqlite_database).faults == ()


def test_people_of_schools_that_are_not_made_are_left_out(sqlite_database: Database) -> None:
    summary = create_demo(sqlite_database, schools=1, hashing=CHEAP)
    assert {item.user_name for item in SIGN_INS} - {
        item.user_name for item in summary.sign_ins
    } == {"teacher2", "head2"}
    assert summary.sign_ins[0].password not in repr(summary)


def test_teachers_have_a_class_with_pupils(filled: Database) -> None:
    classes = {row.class_name for row in rows(filled, Enrolment.class_name, school_id=1)}
    own = rows(filled, MembershipRow.class_names, role="teacher", school_id=1)
    assert [set(row.class_names) <= classes for row in own if row.class_names] == [True]


def test_news_and_the_audit_are_there(filled: Database) -> None:
    assert len(rows(filled, NewsItem.title)) == 3
    actions = [row.action for row in rows(filled, AuditEntry.action)]
    assert actions == ["demo created", *["account created"] * len(SIGN_INS)]


# --- the recipe -----------------------------------------------------------------------------------


def test_load_recipe_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_recipe(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("[authority")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_recipe(broken)
    short = tmp_path / "short.toml"
    short.write_text("[authority]\ncode = '999'")
    with pytest.raises(ConfigurationError, match="lacks: schools, movement"):
        load_recipe(short)


def test_recipe_shares_add_up() -> None:
    recipe = load_recipe()
    assert sum(rule["share"] for rule in recipe["ethnicities"]) == pytest.approx(1, abs=0.01)
    assert {rule["code"] for rule in recipe["ethnicities"]} == set(ETHNICITIES)
    for shares in recipe["judgements"]["shares"].values():
        assert len(shares) == 3
        assert 0.5 < sum(shares) < 1
    backgrounds = {name for rule in recipe["ethnicities"] for name in rule["forenames"]}
    assert backgrounds <= set(recipe["forenames"])
