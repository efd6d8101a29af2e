from __future__ import annotations

import pandas as pd
import pytest

from pupiltrack_core.domain.characteristics import WORKED_OUT, Characteristic
from pupiltrack_core.schemas.cohort import (
    JUDGEMENT_DTYPE,
    NAME_COLUMNS,
    YES_NO_COLUMNS,
    cohort_dtypes,
    subjects_of,
    validate_cohort,
)
from tests.unit.calc.frames import cohort_of


def test_validate_cohort_returns_a_good_frame() -> None:
    cohort = cohort_of({"READ": "BTOD-", "SCIE": "-----"})
    assert validate_cohort(cohort) is cohort
    assert subjects_of(cohort) == ("READ", "SCIE")


def test_validate_cohort_takes_a_schools_own_subjects() -> None:
    cohort = cohort_of({"READ": "B", "X01": "D", "X99": "-"})
    assert validate_cohort(cohort) is cohort
    assert subjects_of(cohort) == ("READ", "X01", "X99")
    with pytest.raises(ValueError, match="X00 is unknown"):
        validate_cohort(cohort.assign(X00="B"))


def test_validate_cohort_of_nobody_and_of_no_subject() -> None:
    assert len(validate_cohort(cohort_of({"READ": ""}))) == 0
    assert subjects_of(cohort_of({})) == ()


def test_validate_cohort_without_names() -> None:
    cohort = cohort_of({"READ": "B"}).drop(columns=list(NAME_COLUMNS))
    assert validate_cohort(cohort) is cohort


def test_validate_cohort_names_every_fault() -> None:
    cohort = cohort_of({"READ": "BT"}).drop(columns=["sex"]).assign(shoe_size=4)
    cohort["READ"] = cohort["READ"].astype("str")
    cohort["year_group"] = cohort["year_group"].astype("int64")
    cohort["class_name"] = cohort["class_name"].astype("str")
    cohort["date_of_birth"] = cohort["date_of_birth"].astype("str")
    with pytest.raises(ValueError, match="Not a COHORT frame") as caught:
        validate_cohort(cohort)
    message = str(caught.value)
    for fault in (
        "sex is missing",
        "shoe_size is unknown",
        "READ is str",
        "year_group is int64, not int8",
        "class_name is str, not category",
        "date_of_birth is str",
    ):
        assert fault in message
    assert "Surname" not in message


def test_validate_cohort_refuses_half_the_names() -> None:
    with pytest.raises(ValueError, match="upn is missing"):
        validate_cohort(cohort_of({"READ": "B"}).drop(columns=["upn"]))


def test_validate_cohort_refuses_a_pupil_twice() -> None:
    with pytest.raises(ValueError, match="stands in it twice"):
        cohort_of({"READ": "BB"}, pupil_id=[1, 1])
    cohort_of({"READ": "BB"}, pupil_id=[1, 1], school_id=[1, 2])  # two schools may each know a 1


def test_columns_are_those_a_cohort_can_be_narrowed_by() -> None:
    columns = set(cohort_dtypes([]))
    assert {item for item in Characteristic if item.value not in columns} == WORKED_OUT
    yes_no = {
        item.value
        for item in Characteristic
        if [choice.value for choice in item.values] == ["Y", "N", "U"]  # noqa: PD011 - no frame
    }
    assert yes_no == set(YES_NO_COLUMNS)


def test_missing_yes_no_is_neither() -> None:
    cohort = cohort_of({"READ": "BB"}, fsm=[True, None])
    assert cohort["fsm"].tolist() == [True, pd.NA]
    assert cohort["READ"].dtype == JUDGEMENT_DTYPE
