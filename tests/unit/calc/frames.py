"""Small COHORT frames for the tests of calculations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from pupiltrack_core.schemas.cohort import cohort_dtypes, validate_cohort

CODES = ["B", "T", "O", "D", "-"]


def cohort_of(
    judgements: Mapping[str, str | Sequence[str]],
    *,
    include: Sequence[bool] | None = None,
    **columns: Sequence[Any],
) -> pd.DataFrame:
    """Return a COHORT frame from one string of codes per subject: "BTOD-", "-" for no data."""
    size = max((len(codes) for codes in judgements.values()), default=0)
    dtypes = cohort_dtypes(judgements)
    data: dict[str, Any] = {name: [None] * size for name in dtypes}
    data |= {
        "school_id": [1] * size,
        "pupil_id": list(range(1, size + 1)),
        "year_group": [4] * size,
        "include_in_data": [True] * size if include is None else list(include),
        "surname": [f"Surname{number:03}" for number in range(size)],
        "forenames": ["Forename"] * size,
        "upn": [f"X{number:012}" for number in range(size)],
        "date_of_birth": ["2016-10-01"] * size,
        "sex": ["F"] * size,
    }
    data |= {
        subject: [None if code == "-" else code for code in codes]
        for subject, codes in judgements.items()
    }
    data |= {name: list(values) for name, values in columns.items()}
    return validate_cohort(pd.DataFrame(data).astype(dtypes))


@st.composite
def cohorts(draw: st.DrawFn, subjects: Sequence[str] = ("READ", "WRIT", "MATH", "GPS")) -> Any:
    """Up to 25 pupils of two schools and three year groups, some left out of the data.

    Only the columns that calculations read are there: building all of them takes most of the time.
    """
    size = draw(st.integers(0, 25))

    def column(strategy: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(strategy, min_size=size, max_size=size))

    dtypes = cohort_dtypes(subjects)
    data: dict[str, Any] = {
        "school_id": column(st.integers(1, 2)),
        "pupil_id": list(range(1, size + 1)),
        "year_group": column(st.integers(3, 5)),
        "include_in_data": column(st.booleans()),
        "surname": column(st.sampled_from(["Brown", "brown", "O'Neil", "Ali", "Ödegaard"])),
        "forenames": column(st.sampled_from(["Ann", "Zoë", "ann"])),
    }
    for subject in subjects:
        codes = column(st.sampled_from(CODES))
        data[subject] = [None if code == "-" else code for code in codes]
    return pd.DataFrame(
        {name: pd.Series(values, dtype=dtypes[name]) for name, values in data.items()}
    )
