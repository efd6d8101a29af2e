"""The fields of a pupil's record: what each is called, where it is kept, and how it is written.

A form, the record of changes and people reading either meet a value as a text: a code, a day as
2016-11-04, Y or N, and "" for nothing recorded. What may be entered is said where entries are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from pupiltrack_core.domain.characteristics import (
    CUSTOM,
    NOT_RECORDED_LABEL,
    Characteristic,
    Sen,
    Sex,
)
from pupiltrack_core.domain.ethnicities import ETHNICITIES, main_ethnicity
from pupiltrack_core.domain.year_groups import LABELS

MAX_NOTES = 2_000
YES, NO = "Y", "N"
BY_AGE_LABEL = "By date of birth"
Recorded = str | bool | int | date | None
Choice = tuple[str, str]


class MobilityTerm(StrEnum):
    """The term in which a child joined who came at another time than most."""

    AUTUMN = "Autumn"
    SPRING = "Spring"
    SUMMER = "Summer"


class PupilField(StrEnum):
    """A field, in the order of the form; the value is the column it is kept in.

    `YEAR_GROUP` is what a school sets against the age; blank, the date of birth says it.
    """

    UPN = "upn"
    SURNAME = "surname"
    FORENAMES = "forenames"
    DATE_OF_BIRTH = "date_of_birth"
    SEX = "sex"
    CLASS_NAME = "class_name"
    YEAR_GROUP = "year_group"
    POSTCODE = "postcode"
    ETHNICITY = "ethnicity"
    MOBILITY_YEAR = "mobility_year"
    MOBILITY_TERM = "mobility_term"
    SEN = "sen"
    SEN_NOTES = "sen_notes"
    DISADVANTAGED = "disadvantaged"
    EAL = "eal"
    FSM = "fsm"
    EVER6 = "ever6"
    PUPIL_PREMIUM = "pupil_premium"
    YOUNG_CARER = "young_carer"
    LOOKED_AFTER = "looked_after"
    CUSTOM_1 = "custom_1"
    CUSTOM_2 = "custom_2"
    CUSTOM_3 = "custom_3"
    CUSTOM_4 = "custom_4"
    CUSTOM_5 = "custom_5"
    CUSTOM_6 = "custom_6"
    ALTERNATIVE_ASSESSMENT = "alternative_assessment"
    NOTES = "notes"

    @property
    def is_of_pupil(self) -> bool:
        """Whether it belongs to the child at the school, and not to one academic year."""
        return self in _OF_PUPIL

    @property
    def is_notes(self) -> bool:
        """Whether it holds several lines of a school's own words."""
        return self in (PupilField.NOTES, PupilField.SEN_NOTES)

    @property
    def is_yes_or_no(self) -> bool:
        """Whether it says Yes, No or, but for `ALTERNATIVE_ASSESSMENT`, nothing."""
        return self in _YES_OR_NO

    def label(self, custom_names: Sequence[str] = ()) -> str:
        """Return what it is called; `custom_names` are a school's for its custom filters."""
        if self in _LABELS:
            return _LABELS[self]
        characteristic = Characteristic(self.value)
        place = CUSTOM.index(characteristic) if characteristic.is_custom else len(custom_names)
        named = custom_names[place] if place < len(custom_names) else ""
        return named or characteristic.label


_OF_PUPIL = frozenset(
    {
        PupilField.UPN,
        PupilField.SURNAME,
        PupilField.FORENAMES,
        PupilField.DATE_OF_BIRTH,
        PupilField.SEX,
        PupilField.POSTCODE,
        PupilField.NOTES,
    }
)
CUSTOM_FIELDS = tuple(PupilField(item.value) for item in CUSTOM)
_YES_OR_NO = frozenset(
    {
        PupilField.DISADVANTAGED,
        PupilField.EAL,
        PupilField.FSM,
        PupilField.EVER6,
        PupilField.PUPIL_PREMIUM,
        PupilField.YOUNG_CARER,
        PupilField.LOOKED_AFTER,
        PupilField.ALTERNATIVE_ASSESSMENT,
        *CUSTOM_FIELDS,
    }
)
_LABELS = {
    PupilField.UPN: "Unique pupil number (UPN)",
    PupilField.SURNAME: "Surname",
    PupilField.FORENAMES: "Forenames",
    PupilField.DATE_OF_BIRTH: "Date of birth",
    PupilField.CLASS_NAME: "Class",
    PupilField.YEAR_GROUP: "Year override",
    PupilField.POSTCODE: "Postcode",
    PupilField.MOBILITY_YEAR: "Mobility year",
    PupilField.MOBILITY_TERM: "Mobility term",
    PupilField.SEN_NOTES: "SEN notes",
    PupilField.ALTERNATIVE_ASSESSMENT: "Alternative assessment",
    PupilField.NOTES: "Notes",
}
_NOTHING: Choice = ("", NOT_RECORDED_LABEL)
_CHOICES: dict[PupilField, tuple[Choice, ...]] = {
    PupilField.SEX: (("", "Choose"), *((sex.value, sex.label) for sex in Sex)),
    PupilField.YEAR_GROUP: (
        ("", BY_AGE_LABEL),
        *((str(group), label) for group, label in LABELS.items()),
    ),
    PupilField.ETHNICITY: (
        ("", "Choose"),
        *((item.code, f"{item.label} ({item.code})") for item in ETHNICITIES.values()),
    ),
    PupilField.MOBILITY_YEAR: (
        _NOTHING,
        *((str(group), label) for group, label in LABELS.items() if group >= 0),
    ),
    PupilField.MOBILITY_TERM: (_NOTHING, *((term.value, term.value) for term in MobilityTerm)),
    PupilField.SEN: (_NOTHING, *((sen.value, sen.label) for sen in Sen)),
    PupilField.ALTERNATIVE_ASSESSMENT: ((NO, "No"), (YES, "Yes")),
}


def choices_of(field: PupilField) -> tuple[Choice, ...]:
    """Return the values a field is chosen from with their words; empty for one that is typed.

    The classes are each school's own and not here. The main ethnic codes are offered; a record may
    hold an extended one.
    """
    yes_or_no = (_NOTHING, (YES, "Yes"), (NO, "No")) if field.is_yes_or_no else ()
    return _CHOICES.get(field, yes_or_no)


def write_value(value: Recorded) -> str:
    """Return what is kept as the text it is shown and compared by."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    return value.isoformat() if isinstance(value, date) else str(value)


def words_of(field: PupilField, text: str) -> str:
    """Return the words people read for a text; an unknown code stands for itself."""
    if not text:
        return BY_AGE_LABEL if field is PupilField.YEAR_GROUP else NOT_RECORDED_LABEL
    if field is PupilField.DATE_OF_BIRTH:
        return f"{date.fromisoformat(text):%d/%m/%Y}"
    if field is PupilField.ETHNICITY:
        return _ethnicity_words(text)
    return dict(choices_of(field)).get(text, text)


def _ethnicity_words(code: str) -> str:
    main = main_ethnicity(code)
    if main is None:
        return code
    label = ETHNICITIES[main].label
    return f"{label} ({code})" if main == code else f"{code}, counted as {label}"
