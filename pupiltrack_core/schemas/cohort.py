"""The COHORT frame: one row per enrolment in a cohort, one column per fact and subject.

Every calculation starts from this frame. A missing yes/no is not recorded; a missing judgement is
no data; a missing `assessment_id` says that no assessment applies to the pupil's year group.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from pupiltrack_core.domain.characteristics import CUSTOM, Sen, Sex
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.subjects import OWN_CODES, Subject

SCHOOL_ID = "school_id"
PUPIL_ID = "pupil_id"
YEAR_GROUP = "year_group"
CLASS_NAME = "class_name"
INCLUDE_IN_DATA = "include_in_data"
ASSESSMENT_ID = "assessment_id"
SURNAME = "surname"
FORENAMES = "forenames"
UPN = "upn"
DATE_OF_BIRTH = "date_of_birth"
SEX = "sex"
ETHNICITY = "ethnicity"
SEN = "sen"
EAL = "eal"
FSM = "fsm"
EVER6 = "ever6"
PUPIL_PREMIUM = "pupil_premium"
DISADVANTAGED = "disadvantaged"
LOOKED_AFTER = "looked_after"
YOUNG_CARER = "young_carer"

NAME_COLUMNS = (SURNAME, FORENAMES, UPN, DATE_OF_BIRTH)  # absent when read without names
YES_NO_COLUMNS = (
    EAL,
    FSM,
    EVER6,
    PUPIL_PREMIUM,
    DISADVANTAGED,
    LOOKED_AFTER,
    YOUNG_CARER,
    *(item.value for item in CUSTOM),
)
JUDGEMENT_DTYPE = pd.CategoricalDtype([item.value for item in Judgement], ordered=True)
# The seventeen, then whatever subjects of its own a school may have, in the order shown.
SUBJECT_CODES = (*(item.value for item in Subject), *OWN_CODES)

_DTYPES: dict[str, Any] = {
    SCHOOL_ID: "int64",
    PUPIL_ID: "int64",
    YEAR_GROUP: "int8",
    CLASS_NAME: "category",
    INCLUDE_IN_DATA: "bool",
    ASSESSMENT_ID: "Int64",
    SURNAME: "str",
    FORENAMES: "str",
    UPN: "str",
    DATE_OF_BIRTH: "datetime64[s]",
    SEX: pd.CategoricalDtype([item.value for item in Sex]),
    ETHNICITY: "category",
    SEN: pd.CategoricalDtype([item.value for item in Sen]),
    **dict.fromkeys(YES_NO_COLUMNS, "boolean"),
}


def cohort_dtypes(subjects: Iterable[str], *, with_names: bool = True) -> dict[str, Any]:
    """Return the columns of a COHORT frame in order, each with the dtype to cast it to."""
    left_out = () if with_names else NAME_COLUMNS
    dtypes = {name: dtype for name, dtype in _DTYPES.items() if name not in left_out}
    wanted = set(subjects)
    return dtypes | {code: JUDGEMENT_DTYPE for code in SUBJECT_CODES if code in wanted}


def subjects_of(cohort: pd.DataFrame) -> tuple[str, ...]:
    """Return the codes of the subjects the frame has a column for, in the order they are shown."""
    return tuple(code for code in SUBJECT_CODES if code in cohort.columns)


def validate_cohort(cohort: pd.DataFrame) -> pd.DataFrame:
    """Return `cohort` unchanged if it is a COHORT frame, with or without the name columns.

    Raise ValueError naming every column that is missing, unknown or of the wrong type, and for a
    pupil who stands in it twice. The message holds no value of any pupil.
    """
    with_names = any(name in cohort.columns for name in NAME_COLUMNS)
    dtypes = cohort_dtypes(subjects_of(cohort), with_names=with_names)
    faults = [f"{name} is missing" for name in dtypes if name not in cohort.columns]
    faults += [f"{name} is unknown" for name in cohort.columns if name not in dtypes]
    faults += [
        f"{name} is {cohort[name].dtype}, not {dtype}"
        for name, dtype in dtypes.items()
        if name in cohort.columns and not _is_of(cohort[name].dtype, dtype)
    ]
    if not faults and cohort.duplicated([SCHOOL_ID, PUPIL_ID]).any():
        faults.append("a pupil stands in it twice")
    if faults:
        raise ValueError(f"Not a COHORT frame: {'; '.join(faults)}.")
    return cohort


def _is_of(actual: Any, wanted: Any) -> bool:
    if wanted == "category":
        return isinstance(actual, pd.CategoricalDtype)
    if wanted == "datetime64[s]":
        return pd.api.types.is_datetime64_dtype(actual)
    return bool(actual == pd.api.types.pandas_dtype(wanted))
