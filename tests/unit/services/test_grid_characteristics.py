"""Characteristics as columns of the grid."""

from __future__ import annotations

import pandas as pd

from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.schemas.cohort import cohort_dtypes
from pupiltrack_core.services.grid_characteristics import (
    characteristic_cells,
    characteristic_columns,
)
from tests.report_frames import make_cohort

ALL = frozenset(Characteristic)


def test_characteristic_columns_leave_out_what_the_person_may_not_choose_by() -> None:
    shown = characteristic_columns(ALL - {Characteristic.LOOKED_AFTER})
    assert "pupil:looked_after" not in [column.key for column in shown]
    assert "pupil:sen" in [column.key for column in shown]


def test_characteristic_columns_have_customs_by_the_schools_names_only() -> None:
    shown = characteristic_columns(ALL, ("Breakfast club", "", "Choir"))
    customs = [column for column in shown if column.characteristic.is_custom]
    assert [(column.key, column.title) for column in customs] == [
        ("pupil:custom_1", "Breakfast club"),
        ("pupil:custom_3", "Choir"),
    ]


def test_characteristic_columns_are_facts_of_the_cohort_frame() -> None:
    for column in characteristic_columns(ALL, ("a", "b", "c", "d", "e", "f")):
        name = column.key.removeprefix("pupil:")
        assert name == "summer_born" or name in cohort_dtypes(())


def test_characteristic_cells_tell_not_recorded_from_no() -> None:
    pupils = make_cohort(3).assign(
        fsm=pd.array([True, False, pd.NA], dtype="boolean"),
        sen=pd.Categorical(["K", "N", None], categories=["N", "K", "E"]),
        ethnicity=pd.Categorical(["WIRI", "ZZZZ", None]),
        sex=pd.Categorical(["F", "M", "M"], categories=["F", "M"]),
    )
    cells = characteristic_cells(pupils, characteristic_columns(ALL))
    told = {
        name: [cells[pupil, f"pupil:{name}"] for pupil in (1, 2, 3)]
        for name in ("fsm", "sen", "ethnicity", "sex")
    }
    assert told == {
        "fsm": ["Yes", "No", "Not recorded"],
        "sen": ["SEN support", "No SEN", "Not recorded"],
        "ethnicity": ["White Irish", "ZZZZ", "Not recorded"],
        "sex": ["Female", "Male", "Male"],
    }


def test_characteristic_cells_of_summer_born_come_from_the_birthday() -> None:
    pupils = make_cohort(2).assign(date_of_birth=pd.to_datetime(["2017-08-31", "2017-03-31"]))
    cells = characteristic_cells(pupils, characteristic_columns(ALL))
    assert [cells[pupil, "pupil:summer_born"] for pupil in (1, 2)] == ["Yes", "No"]
