"""What is held for a statutory return: held, partly held, missing and not due are four things."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.domain.statutory import ELGS, Collection
from pupiltrack_core.errors import InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.submissions import (
    COUNT_COLUMNS,
    collections_for,
    count_holdings,
    statutory_results,
)
from pupiltrack_core.storage.assessment_models import StatutoryResult
from pupiltrack_core.storage.engine import Database
from tests.builders import YEAR, make_pupil, make_school, make_session, make_user

ENDING = YEAR + 1


@pytest.fixture
def school(database: Database) -> int:
    return make_school(database)


@pytest.fixture
def caller(database: Database, school: int) -> Caller:
    user = make_user(database, Role.TEACHER, school_id=school)
    return Caller.for_session(database, make_session(database, user))


def hold(
    database: Database,
    school: int,
    pupil: int,
    collection: Collection,
    /,
    *,
    ending: int = ENDING,
    sitting: str = "main",
    **measures: str | int,
) -> None:
    with database.unit_of_work(write=True) as work:
        for measure, held in measures.items():
            work.session.add(
                StatutoryResult(
                    school_id=school,
                    pupil_id=pupil,
                    collection=collection.value,
                    ending_year=ending,
                    sitting=sitting,
                    measure=measure,
                    value=held if isinstance(held, int) else None,
                    code=held if isinstance(held, str) else None,
                    source="test",
                )
            )
        work.commit()


def holdings(frame: pd.DataFrame) -> dict[int, str]:
    return dict(zip(frame["pupil_id"], frame["holding"], strict=True))


def counts(frame: pd.DataFrame) -> list[list[int]]:
    return count_holdings(frame).to_numpy().tolist()


def test_statutory_results_phonics_by_year_group(
    database: Database, school: int, caller: Caller
) -> None:
    def pupil(year_group: int, **results: Any) -> int:
        made = make_pupil(database, school, year_group=year_group)
        for when, measures in results.items():
            ending = ENDING if when == "now" else ENDING - 1
            sitting = "Y1" if when == "before" or year_group == 1 else "Y2"
            hold(
                database,
                school,
                made,
                Collection.PHONICS,
                ending=ending,
                sitting=sitting,
                **measures,
            )
        return made

    marked = pupil(1, now={"MARK": 32})
    absent = pupil(1, now={"OUTCOME": "A"})
    nothing = pupil(1)
    met_before = pupil(2, before={"MARK": 32})
    missed_before = pupil(2, before={"MARK": 31})
    retaken = pupil(2, before={"MARK": 31, "OUTCOME": "Wt"}, now={"MARK": 20, "OUTCOME": "Wt"})
    newcomer = pupil(2)
    make_pupil(database, school, year_group=3)

    frame = statutory_results(caller, school, YEAR, Collection.PHONICS)
    assert holdings(frame) == {
        marked: "held",
        absent: "held",
        nothing: "missing",
        met_before: "not due",
        missed_before: "missing",
        retaken: "held",
        newcomer: "missing",
    }
    shown = frame.set_index("pupil_id")
    assert shown.loc[marked, ["MARK", "OUTCOME"]].tolist() == [
        "32",
        "Met the expected standard",
    ]  # 32 meets it
    assert pd.isna(shown.loc[absent, "MARK"])
    assert pd.isna(shown.loc[nothing, "data_status"])
    assert shown.loc[retaken, "data_status"] == "final"
    # year group, pupils, held, part, missing, not due
    assert counts(frame) == [[1, 3, 2, 0, 1, 0], [2, 4, 1, 0, 2, 1]]


@pytest.mark.parametrize(
    ("year", "autumn", "june", "holding", "shown"),
    [
        # academic year 2020/21: the autumn check alone
        (2020, "Wa", None, "held", "Met the expected standard"),
        (2020, "Wt", None, "held", "Did not meet the expected standard"),
        (2020, None, None, "missing", None),
        # 2021/22: again in June for those who had not met it
        (2021, "Wa", None, "held", "Met the expected standard"),
        (2021, "Wt", None, "part", "Did not meet the expected standard"),
        (2021, "Wt", "Wa", "held", "Met the expected standard"),
        (2021, None, "A", "held", "Absent"),
        (2021, None, None, "missing", None),
        (2022, None, None, "missing", None),
    ],
)
def test_statutory_results_of_the_autumn_phonics_check(
    database: Database,
    school: int,
    caller: Caller,
    *,
    year: int,
    autumn: str | None,
    june: str | None,
    holding: str,
    shown: str | None,
) -> None:
    pupil = make_pupil(database, school, academic_year=year, year_group=2)
    for sitting, outcome in (("autumn", autumn), ("Y2", june)):
        if outcome is not None:
            hold(
                database,
                school,
                pupil,
                Collection.PHONICS,
                ending=year + 1,
                sitting=sitting,
                OUTCOME=outcome,
            )
    frame = statutory_results(caller, school, year, Collection.PHONICS)
    assert holdings(frame) == {pupil: holding}
    assert frame["OUTCOME"].astype(object).where(frame["OUTCOME"].notna(), None).tolist() == [shown]


def test_statutory_results_year_1_of_the_pandemic_is_not_due(
    database: Database, school: int, caller: Caller
) -> None:
    pupil = make_pupil(database, school, academic_year=2020, year_group=1)
    frame = statutory_results(caller, school, 2020, Collection.PHONICS)
    assert holdings(frame) == {pupil: "not due"}


def test_statutory_results_show_the_code_and_the_score(
    database: Database, school: int, caller: Caller
) -> None:
    pupil = make_pupil(database, school, year_group=6)
    with database.unit_of_work(write=True) as work:
        work.session.add(
            StatutoryResult(
                school_id=school,
                pupil_id=pupil,
                collection=Collection.KS2.value,
                ending_year=ENDING,
                sitting="main",
                measure="READ",
                value=104,
                code="AS",
                source="test",
            )
        )
        work.commit()
    frame = statutory_results(caller, school, YEAR, Collection.KS2)
    assert frame["READ"].tolist() == ["Achieved the standard (104)"]


def test_statutory_results_early_years_from_the_goals(
    database: Database, school: int, caller: Caller
) -> None:
    given, derived, partly, none = (make_pupil(database, school, year_group=0) for _ in range(4))
    hold(database, school, given, Collection.EYFSP, GLD="N")
    hold(database, school, derived, Collection.EYFSP, **dict.fromkeys(ELGS, "2"))
    hold(database, school, partly, Collection.EYFSP, E01="2", E02="1")
    frame = statutory_results(caller, school, YEAR, Collection.EYFSP)
    assert holdings(frame) == {given: "held", derived: "held", partly: "part", none: "missing"}
    shown = frame.set_index("pupil_id")["GLD"]
    assert (shown[given], shown[derived]) == ("No", "Yes")
    assert pd.isna(shown[partly])
    assert counts(frame) == [[0, 4, 2, 1, 1, 0]]


def test_statutory_results_multiplication_tables(
    database: Database, school: int, caller: Caller
) -> None:
    zero, absent, missing = (make_pupil(database, school, year_group=4) for _ in range(3))
    hold(database, school, zero, Collection.MTC, MARK=0)
    hold(database, school, absent, Collection.MTC, MARK="A")
    frame = statutory_results(caller, school, YEAR, Collection.MTC)
    assert holdings(frame) == {zero: "held", absent: "held", missing: "missing"}
    assert frame.set_index("pupil_id").loc[zero, "MARK"] == "0"


def test_statutory_results_key_stage_1_is_not_due_after_2023(
    database: Database, school: int, caller: Caller
) -> None:
    kept, none = (make_pupil(database, school, year_group=2) for _ in range(2))
    hold(database, school, kept, Collection.KS1, READ="EXS", WRIT="WTS", MATH="GDS", SCIE="EXS")
    frame = statutory_results(caller, school, YEAR, Collection.KS1)
    assert holdings(frame) == {kept: "held", none: "not due"}

    early = [make_pupil(database, school, academic_year=2022, year_group=2) for _ in range(3)]
    hold(
        database,
        school,
        early[0],
        Collection.KS1,
        ending=2023,
        READ="EXS",
        WRIT="WTS",
        MATH="A",
        SCIE="HNM",
    )
    hold(database, school, early[1], Collection.KS1, ending=2023, READ="EXS")
    hold(database, school, early[2], Collection.KS1, ending=2022, READ="EXS")
    frame = statutory_results(caller, school, 2022, Collection.KS1)
    assert holdings(frame) == dict(zip(early, ["held", "part", "missing"], strict=True))


def test_statutory_results_are_sorted_and_of_the_school_only(
    database: Database, school: int, caller: Caller
) -> None:
    for surname in ("Zeal", "ash", "Marsh"):
        make_pupil(database, school, year_group=4, pupil={"surname": surname})
    other = make_school(database)
    make_pupil(database, other, year_group=4)
    frame = statutory_results(caller, school, YEAR, Collection.MTC)
    assert list(frame["surname"]) == ["ash", "Marsh", "Zeal"]
    with pytest.raises(NotFound):
        statutory_results(caller, other, YEAR, Collection.MTC)


def test_statutory_results_of_an_empty_school(school: int, caller: Caller) -> None:
    frame = statutory_results(caller, school, YEAR, Collection.MTC)
    assert frame.empty
    empty = count_holdings(frame)
    assert empty.empty
    assert tuple(empty.columns) == COUNT_COLUMNS


def test_statutory_results_of_no_academic_year(school: int, caller: Caller) -> None:
    with pytest.raises(InvalidEntry):
        statutory_results(caller, school, 1, Collection.MTC)


def test_collections_for_says_which_are_statutory() -> None:
    def statutory(year: int) -> list[str]:
        return [item.collection.value for item in collections_for(year) if item.is_statutory]

    assert statutory(2025) == ["EYFSP", "PHONICS", "KS2", "MTC"]
    assert statutory(2022) == ["EYFSP", "PHONICS", "KS1", "KS2", "MTC"]
    assert statutory(2019) == []  # cancelled in 2020
    assert statutory(2020) == ["PHONICS"]  # the check missed in June 2020, taken in the autumn


def test_collections_for_says_which_were_in_levels() -> None:
    def in_levels(year: int) -> list[str]:
        return [item.collection.value for item in collections_for(year) if item.in_levels]

    assert in_levels(2014) == ["KS1", "KS2"]
    assert in_levels(2015) == []
