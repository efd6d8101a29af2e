"""What is shown of a cohort's earlier results: the good level of development and key stage 1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.judgements import NO_DATA_LABEL
from pupiltrack_core.domain.outcomes import NO_DATA
from pupiltrack_core.domain.statutory import Collection, codes_for, result_text
from pupiltrack_core.domain.year_groups import RECEPTION

GLD = "GLD"
EXS_OR_ABOVE = "EXS+"
# Results added up from others.
SUMS: Mapping[str, tuple[str, ...]] = {EXS_OR_ABOVE: ("EXS", "GDS")}
_KS1_YEAR_GROUP = 2
_FIRST_AFTER_KS1 = 3
# The judgements of key stage 1 from the lowest up; what is in no judgement is shown where it is.
_KS1_JUDGEMENTS = (
    *("BLW", "EM", "PKF", "PK1", "PK2", "PK3", "PK4"),
    *("WTS", "HNM", "EXS", "GDS"),
)


def measures_of(collection: Collection) -> tuple[str, ...]:
    """Return the measures of a collection that are shown of a cohort."""
    return (GLD,) if collection is Collection.EYFSP else collection.measures


def year_groups_with(
    collection: Collection, year_groups: Iterable[int], academic_year: int
) -> tuple[int, ...]:
    """Return those of a cohort's year groups that results of a collection are shown of, in order.

    The good level of development of Reception and all above it, because a school may enter one that
    nobody collected. Key stage 1 of Years 3 to 6, if it was statutory when they were in Year 2.
    """
    if collection is Collection.EYFSP:
        return tuple(sorted(group for group in set(year_groups) if group >= RECEPTION))
    return tuple(
        group
        for group in sorted(set(year_groups))
        if group >= _FIRST_AFTER_KS1 and collection.was_taken(_ks1_year(group, academic_year))
    )


def has_years_after_key_stage_1(year_groups: Iterable[int]) -> bool:
    """Whether any of the year groups has key stage 1 behind it."""
    return any(group >= _FIRST_AFTER_KS1 for group in year_groups)


def shown_codes(
    collection: Collection, measure: str, year_groups: Iterable[int], academic_year: int
) -> tuple[str, ...]:
    """Return the results to show of a measure, whether or not a pupil has them, lowest first.

    `year_groups` are those of `year_groups_with`. The others, absent or disapplied for example, are
    shown where somebody has them.
    """
    if collection is Collection.EYFSP:
        return ("Y", "N")
    possible = {
        code.code
        for group in year_groups
        for code in codes_for(collection, measure, _ks1_year(group, academic_year))
    }
    return tuple(code for code in _KS1_JUDGEMENTS if code in possible)


def result_label(collection: Collection, result: str) -> str:
    """Return the words for a result, those added up and No data among them: "Absent (A)"."""
    if result == NO_DATA:
        return NO_DATA_LABEL
    if result == EXS_OR_ABOVE:
        return f"Working at the expected standard or above ({EXS_OR_ABOVE})"
    text = result_text(collection, code=result, value=None)
    return text if collection is Collection.EYFSP else f"{text} ({result})"


def _ks1_year(year_group: int, academic_year: int) -> int:
    """Return the year a year group's key stage 1 results are filed under."""
    return AcademicYear(academic_year).ending - (year_group - _KS1_YEAR_GROUP)
