"""Reads what was typed into the form of a pupil: the values to keep, or what is wrong with each.

Pure. One cell of a pupil file and one field of the form are read by the same rules, those of
`interchange.pupil_cells`; what is only of the form is read here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.pupil_fields import (
    MAX_NOTES,
    YES,
    PupilField,
    Recorded,
    choices_of,
    write_value,
)
from pupiltrack_core.domain.year_groups import (
    why_not_placed,
    why_not_primary,
    year_group_by_age,
)
from pupiltrack_core.interchange.pupil_cells import (
    Reading,
    fault_of_characters,
    fault_of_text,
    read_date_of_birth,
    read_ethnicity,
    read_name,
    read_postcode,
    read_sex,
    read_upn,
)
from pupiltrack_core.interchange.sheets import Cell

V = TypeVar("V", bound=str | date)
_CHOOSE = "Choose one of those that are offered."
_CLASS_GONE = "The school has no class of this name, or not any more. Choose another."
_TERM_ALONE = "A term of joining needs the year group the pupil joined in."
_NOT_TEXT = "This cannot be read. Type it again."


@dataclass(frozen=True, slots=True)
class FieldNote:
    """What is to be said of one field."""

    about: PupilField
    text: str


@dataclass(frozen=True, slots=True)
class EntryRules:
    """What reading depends on of the school: its classes and its authority's number."""

    academic_year: AcademicYear
    class_names: Collection[str]
    local_authority: str


@dataclass(frozen=True, slots=True)
class EntryReading:
    """What was read. A field with a problem has no value; warnings may be overruled."""

    values: Mapping[PupilField, Recorded] = field(repr=False)
    problems: tuple[FieldNote, ...] = ()
    warnings: tuple[FieldNote, ...] = ()
    upn_is_local: bool = False

    @property
    def texts(self) -> dict[PupilField, str]:
        """The values as they are written wherever they are shown or compared."""
        return {name: write_value(value) for name, value in self.values.items()}


@dataclass(frozen=True, slots=True)
class Placing:
    """The year group a child is in, and whether the school set it against the age."""

    year_group: int = 0
    is_override: bool = False
    problem: FieldNote | None = None


def read_entry(typed: Mapping[PupilField, str], rules: EntryRules) -> EntryReading:
    """Return what the texts of a form mean, each field read by itself."""
    values: dict[PupilField, Recorded] = {}
    problems: list[FieldNote] = []
    warnings: list[FieldNote] = []
    is_local = False
    for name, text in typed.items():
        reading = _read(name, text, rules)
        if reading.problem is not None:
            problems.append(FieldNote(name, reading.problem))
            continue
        values[name] = reading.value
        warnings += [FieldNote(name, words) for words in reading.warnings]
        if name is PupilField.UPN:
            is_local = _is_local(reading.value, rules)
    if _term_stands_alone(values):
        problems.append(FieldNote(PupilField.MOBILITY_TERM, _TERM_ALONE))
    return EntryReading(values, tuple(problems), tuple(warnings), is_local)


def place_pupil(date_of_birth: date, override: Recorded, academic_year: AcademicYear) -> Placing:
    """Return where a child of this birth date is, by age or where the school puts it.

    A year group that is the one of the age anyway is no override.
    """
    by_age = year_group_by_age(date_of_birth, academic_year)
    if override is None or override == "":
        problem = why_not_primary(date_of_birth, by_age, academic_year)
        chosen = by_age
    else:
        chosen = int(str(override))
        problem = why_not_placed(date_of_birth, chosen, academic_year)
    if problem is not None:
        return Placing(problem=FieldNote(PupilField.DATE_OF_BIRTH, problem))
    return Placing(chosen, chosen != by_age)


def _read(name: PupilField, text: object, rules: EntryRules) -> Reading[Recorded]:
    if not isinstance(text, str):
        return Reading(problem=_NOT_TEXT)
    if name.is_notes:
        return _read_notes(text)
    tidy = text.strip()
    fault = fault_of_text(tidy)
    if fault is not None:
        return Reading(problem=fault)
    reader = _READERS.get(name)
    if reader is not None:
        return reader(Cell(tidy), rules)
    if name is PupilField.CLASS_NAME:
        known = not tidy or tidy in rules.class_names
        return Reading(tidy or None) if known else Reading(problem=_CLASS_GONE)
    return _read_choice(name, tidy)


def _read_choice(name: PupilField, text: str) -> Reading[Recorded]:
    if text not in [value for value, _ in choices_of(name)]:
        return Reading(problem=_CHOOSE)
    if not text:
        return Reading(None)
    if name.is_yes_or_no:
        return Reading(text == YES)
    is_number = name in (PupilField.YEAR_GROUP, PupilField.MOBILITY_YEAR)
    return Reading(int(text) if is_number else text)


def _read_notes(text: str) -> Reading[Recorded]:
    """Return several lines with their breaks as they are, without space at either end."""
    tidy = unicodedata.normalize("NFC", "\n".join(text.expandtabs().splitlines())).strip()
    fault = fault_of_characters(tidy)
    if fault is not None:
        return Reading(problem=fault)
    if len(tidy) > MAX_NOTES:
        return Reading(problem=f"This is {len(tidy):,} characters long and may have {MAX_NOTES:,}.")
    return Reading(tidy or None)


def _widened(reading: Reading[V]) -> Reading[Recorded]:
    """Return a reading of one kind as one of any; an enumeration's member as its code."""
    value: Recorded = str(reading.value) if isinstance(reading.value, str) else reading.value
    return Reading(value, reading.problem, reading.warnings)


def _upn(cell: Cell, rules: EntryRules) -> Reading[Recorded]:
    reading = read_upn(cell, local_authority=rules.local_authority)
    value = None if reading.value is None else reading.value.upn
    return Reading(value, reading.problem, reading.warnings)


def _is_local(upn: Recorded, rules: EntryRules) -> bool:
    value = read_upn(Cell(str(upn)), local_authority=rules.local_authority).value
    return value is not None and value.is_local


_READERS: dict[PupilField, Callable[[Cell, EntryRules], Reading[Recorded]]] = {
    PupilField.UPN: _upn,
    PupilField.SURNAME: lambda cell, _: _widened(read_name(cell, called="surname")),
    PupilField.FORENAMES: lambda cell, _: _widened(read_name(cell, called="forename")),
    PupilField.DATE_OF_BIRTH: lambda cell, _: _widened(read_date_of_birth(cell)),
    PupilField.SEX: lambda cell, _: _widened(read_sex(cell)),
    PupilField.POSTCODE: lambda cell, _: _widened(read_postcode(cell)),
    PupilField.ETHNICITY: lambda cell, _: _widened(read_ethnicity(cell)),
}


def _term_stands_alone(values: Mapping[PupilField, Recorded]) -> bool:
    year, term = PupilField.MOBILITY_YEAR, PupilField.MOBILITY_TERM
    return year in values and values[year] is None and values.get(term) is not None
