"""The filters of a cohort as conditions of a query over enrolments and their pupils.

What is not a column of the two is looked up for each enrolment by the keys of its own table: a
cohort of a whole local authority costs a look-up or two a pupil, and no table is gone through.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    case,
    distinct,
    exists,
    extract,
    func,
    select,
)
from sqlalchemy.orm import aliased

from pupiltrack_core.domain.characteristics import (
    KS1_STANDINGS,
    NOT_RECORDED,
    Characteristic,
    Sen,
    ethnicity_codes,
)
from pupiltrack_core.domain.prior_attainment import (
    COUNTING_CODES,
    EXPECTED_CODES,
    GREATER_DEPTH_CODES,
    KS1_MEASURES,
    Ks1Standing,
)
from pupiltrack_core.domain.statutory import Collection
from pupiltrack_core.storage.assessment_models import SchoolResult, StatutoryResult
from pupiltrack_core.storage.models import Enrolment, Pupil
from pupiltrack_core.storage.support_models import Intervention

SUMMER_MONTHS = (4, 8)  # from April to August, both included
_GLD = "GLD"
# The lowest place of the three measures is the standing.
_KS1_PLACES: dict[str, int] = {
    Ks1Standing.NOT_EXPECTED: 0,
    Ks1Standing.EXPECTED: 1,
    Ks1Standing.GREATER_DEPTH: 2,
}
# An alias works its columns out at first use: made once, not with each query.
_NEWER_RESULT = aliased(StatutoryResult)


def has(characteristic: Characteristic, value: str) -> ColumnElement[bool]:
    """Return the condition of one filter; it agrees with `domain.characteristics.matches`."""
    special = _SPECIAL.get(characteristic)
    if special is not None:
        return special(value)
    column = getattr(Enrolment, characteristic.value)
    if value == NOT_RECORDED:
        missing: ColumnElement[bool] = column.is_(None)
        return missing
    recorded: ColumnElement[bool] = column.is_(value == "Y")
    return recorded


def _is_summer_born(value: str) -> ColumnElement[bool]:
    in_summer = extract("month", Pupil.date_of_birth).between(*SUMMER_MONTHS)
    return in_summer if value == "Y" else ~in_summer


def _has_sen(value: str) -> ColumnElement[bool]:
    if value == NOT_RECORDED:
        return Enrolment.sen.is_(None)
    return Enrolment.sen.in_([sen.value for sen in Sen if sen in value])


def _has_ethnicity(value: str) -> ColumnElement[bool]:
    if value == NOT_RECORDED:
        return Enrolment.ethnicity.is_(None)
    return Enrolment.ethnicity.in_(sorted(ethnicity_codes(value)))


def _has_intervention(value: str) -> ColumnElement[bool]:
    found = exists().where(
        Intervention.school_id == Enrolment.school_id,
        Intervention.pupil_id == Enrolment.pupil_id,
        Intervention.academic_year == Enrolment.academic_year,
        Intervention.deleted_at.is_(None),
    )
    return found if value == "Y" else ~found


def _is_mobile(value: str) -> ColumnElement[bool]:
    if value == NOT_RECORDED:
        return Enrolment.mobility_year.is_(None)
    return Enrolment.mobility_year.is_not(None)


def _has_gld(value: str) -> ColumnElement[bool]:
    code = func.coalesce(_official_gld(), _entered_gld())
    return code.is_(None) if value == NOT_RECORDED else code == value


def _official_gld() -> ScalarSelect[str | None]:
    return (
        select(StatutoryResult.code)
        .where(
            StatutoryResult.school_id == Enrolment.school_id,
            StatutoryResult.pupil_id == Enrolment.pupil_id,
            StatutoryResult.collection == Collection.EYFSP.value,
            StatutoryResult.measure == _GLD,
        )
        .order_by(StatutoryResult.ending_year.desc(), StatutoryResult.sitting.desc())
        .limit(1)
        .correlate(Enrolment)
        .scalar_subquery()
    )


def _entered_gld() -> ScalarSelect[str | None]:
    return (
        select(SchoolResult.value)
        .where(
            SchoolResult.school_id == Enrolment.school_id,
            SchoolResult.pupil_id == Enrolment.pupil_id,
            SchoolResult.collection == Collection.EYFSP.value,
            SchoolResult.measure == _GLD,
        )
        .correlate(Enrolment)
        .scalar_subquery()
    )


def _has_ks1(value: str) -> ColumnElement[bool]:
    standing = _ks1_standing()
    if value == NOT_RECORDED:
        return standing.is_(None)
    return standing.in_(sorted(_KS1_PLACES[held] for held in KS1_STANDINGS[value]))


def _ks1_standing() -> ScalarSelect[int | None]:
    """Return the place of `domain.prior_attainment.ks1_standing`, null where that is None."""
    places = _KS1_PLACES
    place = case(
        (StatutoryResult.code.in_(sorted(GREATER_DEPTH_CODES)), places[Ks1Standing.GREATER_DEPTH]),
        (StatutoryResult.code.in_(sorted(EXPECTED_CODES)), places[Ks1Standing.EXPECTED]),
        else_=places[Ks1Standing.NOT_EXPECTED],
    )
    all_three = func.count(distinct(StatutoryResult.measure)) == len(KS1_MEASURES)
    newer = exists().where(
        _NEWER_RESULT.school_id == StatutoryResult.school_id,
        _NEWER_RESULT.pupil_id == StatutoryResult.pupil_id,
        _NEWER_RESULT.collection == StatutoryResult.collection,
        _NEWER_RESULT.ending_year > StatutoryResult.ending_year,
        _NEWER_RESULT.measure == StatutoryResult.measure,
    )
    return (
        select(case((all_three, func.min(place))))
        .where(
            StatutoryResult.school_id == Enrolment.school_id,
            StatutoryResult.pupil_id == Enrolment.pupil_id,
            StatutoryResult.collection == Collection.KS1.value,
            StatutoryResult.measure.in_(KS1_MEASURES),
            StatutoryResult.code.in_(sorted(COUNTING_CODES)),
            ~newer,
        )
        .correlate(Enrolment)
        .scalar_subquery()
    )


_SPECIAL: dict[Characteristic, Callable[[str], ColumnElement[bool]]] = {
    Characteristic.INTERVENTION: _has_intervention,
    Characteristic.SEX: lambda value: Pupil.sex == value,
    Characteristic.SUMMER_BORN: _is_summer_born,
    Characteristic.SEN: _has_sen,
    Characteristic.ETHNICITY: _has_ethnicity,
    Characteristic.MOBILE: _is_mobile,
    Characteristic.GLD: _has_gld,
    Characteristic.KS1: _has_ks1,
}
