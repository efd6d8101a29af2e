"""What is known of a pupil besides attainment, and the filters a cohort can be narrowed by.

Free school meals, Ever 6, pupil premium and disadvantaged are four separate facts with four
separate sources; none is ever derived from another. Not recorded is a value of its own, never No.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pupiltrack_core.domain.ethnicities import ETHNICITIES as ETHNICITIES
from pupiltrack_core.domain.ethnicities import EXTENDED_ETHNICITIES as EXTENDED_ETHNICITIES
from pupiltrack_core.domain.ethnicities import EthnicGroup as EthnicGroup
from pupiltrack_core.domain.ethnicities import ethnicity_codes as ethnicity_codes
from pupiltrack_core.domain.ethnicities import main_ethnicity as main_ethnicity
from pupiltrack_core.domain.prior_attainment import Ks1Standing

NOT_RECORDED = "U"
NOT_RECORDED_LABEL = "Not recorded"


class Sex(StrEnum):
    """Sex as the school census records it."""

    FEMALE = "F"
    MALE = "M"

    @property
    def label(self) -> str:
        """The word people see."""
        return "Female" if self is Sex.FEMALE else "Male"


class Sen(StrEnum):
    """Provision for special educational needs."""

    NONE = "N"
    SUPPORT = "K"
    EHC_PLAN = "E"

    @property
    def label(self) -> str:
        """The words people see."""
        return _SEN_LABELS[self]


_SEN_LABELS = {
    Sen.NONE: "No SEN",
    Sen.SUPPORT: "SEN support",
    Sen.EHC_PLAN: "Education, health and care plan",
}
ANY_SEN = "KE"


class TermOfBirth(StrEnum):
    """The part of the academic year a child was born in."""

    AUTUMN = "autumn"
    SPRING = "spring"
    SUMMER = "summer"

    @property
    def label(self) -> str:
        """The words people see."""
        return f"{self.value.capitalize()} born"


def term_of_birth(date_of_birth: date) -> TermOfBirth:
    """Return autumn (September to December), spring (January to March) or summer (April to August).

    Source: the terms of birth of the DfE's pupil attainment statistics.
    """
    month = date_of_birth.month
    if month >= 9:
        return TermOfBirth.AUTUMN
    return TermOfBirth.SPRING if month <= 3 else TermOfBirth.SUMMER


def is_summer_born(date_of_birth: date) -> bool:
    """Whether the child was born from 1 April to 31 August."""
    return term_of_birth(date_of_birth) is TermOfBirth.SUMMER


# --- filters ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FilterValue:
    """One choice of a filter: what is kept in addresses, and the words people see."""

    value: str
    label: str


_NOT_RECORDED = FilterValue(NOT_RECORDED, NOT_RECORDED_LABEL)
_YES_NO = (FilterValue("Y", "Yes"), FilterValue("N", "No"), _NOT_RECORDED)


class Characteristic(StrEnum):
    """What a cohort can be narrowed by; the value is the COHORT column, but for `WORKED_OUT`.

    Members stand in the order they are shown. Those worked out are no column of a pupil's record:

    * `INTERVENTION`: whether an intervention that is not deleted stands for the pupil at the school
      in the academic year.
    * `SUMMER_BORN`: from the date of birth.
    * `MOBILE`: whether a year of joining is recorded in the enrolment. It is recorded only of a
      child who joined at another time than most, so that nobody can enter a No. Whoever has none is
      "Not recorded" here: the children who did not move, and those nobody asked about.
    * `GLD`: the newest official good level of development, else the one the school entered.
    * `KS1`: the newest official codes of reading, writing and maths, see `Ks1Standing`.
    """

    INTERVENTION = "intervention"
    SEX = "sex"
    SUMMER_BORN = "summer_born"
    SEN = "sen"
    ETHNICITY = "ethnicity"
    PUPIL_PREMIUM = "pupil_premium"
    FSM = "fsm"
    EVER6 = "ever6"
    DISADVANTAGED = "disadvantaged"
    EAL = "eal"
    YOUNG_CARER = "young_carer"
    MOBILE = "mobile"
    LOOKED_AFTER = "looked_after"
    GLD = "gld"
    KS1 = "ks1"
    CUSTOM_1 = "custom_1"
    CUSTOM_2 = "custom_2"
    CUSTOM_3 = "custom_3"
    CUSTOM_4 = "custom_4"
    CUSTOM_5 = "custom_5"
    CUSTOM_6 = "custom_6"

    @property
    def label(self) -> str:
        """The words people see; a school may have its own for the custom filters."""
        return _LABELS[self]

    @property
    def values(self) -> tuple[FilterValue, ...]:
        """The choices, in the order they are shown; Not recorded, where it can be, last."""
        return _VALUES.get(self, _YES_NO)

    @property
    def is_custom(self) -> bool:
        """Whether the school gives it its name and meaning."""
        return self in CUSTOM

    def value_label(self, value: str) -> str:
        """Return the words for one of `values`; raise ValueError for any other."""
        for choice in self.values:
            if choice.value == value:
                return choice.label
        raise ValueError(f"{self.label} has no such choice.")


_LABELS = {
    Characteristic.INTERVENTION: "Intervention",
    Characteristic.SEX: "Sex",
    Characteristic.SUMMER_BORN: "Summer born",
    Characteristic.SEN: "SEN",
    Characteristic.ETHNICITY: "Ethnicity",
    Characteristic.PUPIL_PREMIUM: "Pupil premium",
    Characteristic.FSM: "Free school meals",
    Characteristic.EVER6: "Ever 6 free school meals",
    Characteristic.DISADVANTAGED: "Disadvantaged",
    Characteristic.EAL: "English as an additional language",
    Characteristic.YOUNG_CARER: "Young carer",
    Characteristic.MOBILE: "Mobile",
    Characteristic.LOOKED_AFTER: "Looked after",
    Characteristic.GLD: "Good level of development",
    Characteristic.KS1: "Key stage 1",
    Characteristic.CUSTOM_1: "Custom 1",
    Characteristic.CUSTOM_2: "Custom 2",
    Characteristic.CUSTOM_3: "Custom 3",
    Characteristic.CUSTOM_4: "Custom 4",
    Characteristic.CUSTOM_5: "Custom 5",
    Characteristic.CUSTOM_6: "Custom 6",
}
CUSTOM = tuple(member for member in Characteristic if member.value.startswith("custom_"))
WORKED_OUT = frozenset(
    {
        Characteristic.INTERVENTION,
        Characteristic.SUMMER_BORN,
        Characteristic.MOBILE,
        Characteristic.GLD,
        Characteristic.KS1,
    }
)
_VALUES: dict[Characteristic, tuple[FilterValue, ...]] = {
    Characteristic.INTERVENTION: _YES_NO[:2],
    Characteristic.SEX: tuple(FilterValue(sex.value, sex.label) for sex in Sex),
    Characteristic.SUMMER_BORN: _YES_NO[:2],
    Characteristic.SEN: (
        FilterValue(ANY_SEN, "Any SEN"),
        *(FilterValue(sen.value, sen.label) for sen in Sen),
        _NOT_RECORDED,
    ),
    Characteristic.ETHNICITY: (
        *(FilterValue(group.value, group.label) for group in EthnicGroup),
        *(FilterValue(ethnicity.code, ethnicity.label) for ethnicity in ETHNICITIES.values()),
        _NOT_RECORDED,
    ),
    Characteristic.MOBILE: (_YES_NO[0], _NOT_RECORDED),
    Characteristic.GLD: (*_YES_NO[:2], FilterValue("A", "Not assessed"), _NOT_RECORDED),
    Characteristic.KS1: (
        *(FilterValue(standing.value, standing.label) for standing in Ks1Standing),
        _NOT_RECORDED,
    ),
}
# "Or above": whoever is at greater depth in all three is at the expected standard in them too.
KS1_STANDINGS: dict[str, frozenset[str]] = {
    **{standing.value: frozenset({standing.value}) for standing in Ks1Standing},
    Ks1Standing.EXPECTED.value: frozenset({Ks1Standing.EXPECTED, Ks1Standing.GREATER_DEPTH}),
}


def matches(
    characteristic: Characteristic, value: str, recorded: str | bool | int | date | None
) -> bool:
    """Whether what is recorded of one pupil falls under a filter's `value`.

    `recorded` is the stored value: a code, True or False, None for not recorded; for `SUMMER_BORN`
    the date of birth, for `INTERVENTION` whether there is one, for `MOBILE` the year of joining,
    for `GLD` the code that counts, for `KS1` the standing. Every query that filters must agree
    with this. Raise ValueError for a value the filter does not have.
    """
    characteristic.value_label(value)
    if recorded is None:
        return value == NOT_RECORDED
    if isinstance(recorded, bool):
        return value == ("Y" if recorded else "N")
    if isinstance(recorded, date):
        return value == ("Y" if is_summer_born(recorded) else "N")
    if isinstance(recorded, int):
        return value == "Y"
    return value != NOT_RECORDED and recorded in _codes_under(characteristic, value)


def _codes_under(characteristic: Characteristic, value: str) -> Collection[str]:
    if characteristic is Characteristic.ETHNICITY:
        return ethnicity_codes(value)
    if characteristic is Characteristic.SEN:
        return tuple(value)
    return KS1_STANDINGS[value] if characteristic is Characteristic.KS1 else (value,)
