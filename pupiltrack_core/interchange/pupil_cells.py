"""One reader for each kind of cell in a pupil file: the value, or why there is none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from pupiltrack_core.domain.characteristics import Sen, Sex
from pupiltrack_core.domain.cohorts import MAX_CLASS_NAME
from pupiltrack_core.domain.ethnicities import is_well_formed, main_ethnicity
from pupiltrack_core.domain.formula_text import looks_like_formula
from pupiltrack_core.domain.postcodes import tidy_postcode
from pupiltrack_core.domain.upn import validate_upn
from pupiltrack_core.domain.year_groups import year_group_of
from pupiltrack_core.interchange.sheets import MAX_CELL_LENGTH, Cell, CellKind, is_control

T = TypeVar("T")
MAX_NAME_LENGTH = 200
MAX_LOCAL_NUMBER_LENGTH = 20
_DAY_MONTH_YEAR = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_YEAR_MONTH_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00)?)?", re.ASCII)
_YES_NO = {"Y": True, "YES": True, "N": False, "NO": False, "": None}
_SEX = {"M": Sex.MALE, "MALE": Sex.MALE, "F": Sex.FEMALE, "FEMALE": Sex.FEMALE}
_SEN = {
    "N": Sen.NONE,
    "NONE": Sen.NONE,
    "NO": Sen.NONE,
    "K": Sen.SUPPORT,
    "E": Sen.EHC_PLAN,
}
# Kinds of provision that have ended, each with what it counts as today.
_FORMER_SEN = {
    "S": (Sen.EHC_PLAN, "a statement of special educational needs, which ended in March 2018"),
    "A": (Sen.SUPPORT, "School Action, which ended by 2015"),
    "P": (Sen.SUPPORT, "School Action Plus, which ended by 2015"),
}


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """A value read from a cell. With a `problem` there is no value and the row cannot be saved."""

    value: T | None = None
    problem: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UpnValue:
    """A UPN in capitals; `is_local` when its check letter is wrong, so no statutory use."""

    upn: str
    is_local: bool


def fault_of_cell(cell: Cell) -> str | None:
    """Return why no value can be taken from a cell of whatever column, or None."""
    if cell.kind is CellKind.FORMULA:
        return "The cell holds a formula. Replace it with its value (paste as values)."
    if cell.kind is CellKind.ERROR:
        return "The cell holds a spreadsheet error."
    if cell.fault:
        return cell.fault
    return fault_of_text(cell.text)


def fault_of_text(text: str) -> str | None:
    """Return why no value can be taken from one line of text, or None."""
    if len(text) > MAX_CELL_LENGTH:
        return f"This holds more than {MAX_CELL_LENGTH} characters."
    if "\n" in text or "\r" in text:
        return "This holds a line break."
    return fault_of_characters(text)


def fault_of_characters(text: str) -> str | None:
    """Return why a text of one or several lines cannot be kept as it is, or None."""
    if any(is_control(character) for character in text if character not in "\r\n"):
        return "This holds an invisible control character. Type the text again."
    if "\ufffd" in text:
        return "A character was lost when this text was converted earlier. Type it again."
    return None


def read_name(cell: Cell, *, called: str, check_accents: bool = False) -> Reading[str]:
    """Return a surname or forename as written: Unicode NFC, every kind of space a plain one."""
    if not cell.text:
        return Reading(problem=f"The {called} is missing.")
    if cell.kind is CellKind.DATE:
        return Reading(problem=f"The {called} is a date. Type it again in a cell set to Text.")
    if len(cell.text) > MAX_NAME_LENGTH:
        return Reading(problem=f"The {called} is longer than {MAX_NAME_LENGTH} characters.")
    name = re.sub(r"\s", " ", unicodedata.normalize("NFC", cell.text))
    warnings = []
    if looks_like_formula(name):
        warnings.append(
            f"The {called} begins with {name[0]}, as a spreadsheet formula does. "
            "It is kept as text."
        )
    if cell.kind is CellKind.NUMBER or not any(character.isalpha() for character in name):
        warnings.append(f"The {called} has no letter in it.")
    if _looks_garbled(name):
        warnings.append(f"The {called} looks garbled by an earlier conversion. Check its accents.")
    elif check_accents and not name.isascii():
        warnings.append(f"The {called} has an accent, and the encoding was guessed. Check it.")
    return Reading(name, warnings=tuple(warnings))


def _looks_garbled(name: str) -> bool:
    """Whether UTF-8 was once read as Windows-1252: an é that has become two characters."""
    if name.isascii():
        return False
    try:
        name.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return False
    return True


def read_upn(cell: Cell, *, local_authority: str | None = None) -> Reading[UpnValue]:
    """Return the UPN; a wrong check letter is a warning and marks it as a local identifier.

    The number of the school's own `local_authority` is never warned of as unknown.
    """
    if not cell.text:
        return Reading(
            problem="The UPN is missing. Every pupil needs one: ask the previous school, "
            "or issue one in your management information system."
        )
    check = validate_upn(cell.text, statutory=False)
    if check.problems:
        return Reading(problem=" ".join(check.problems))
    warnings = check.warnings
    if check.normalised[1:4] == local_authority:
        warnings = tuple(text for text in warnings if "local authority" not in text)
    return Reading(UpnValue(check.normalised, check.is_local), warnings=warnings)


def read_date_of_birth(cell: Cell) -> Reading[date]:
    """Return a date of birth from a real date, dd/mm/yyyy, or the unmistakable yyyy-mm-dd."""
    if cell.day is not None:
        return Reading(cell.day)
    if not cell.text:
        return Reading(problem="The date of birth is missing.")
    if match := _DAY_MONTH_YEAR.fullmatch(cell.text):
        day, month, year = (int(part) for part in match.groups())
    elif match := _YEAR_MONTH_DAY.fullmatch(cell.text):
        year, month, day = (int(part) for part in match.groups())
    else:
        return Reading(
            problem="The date of birth is not written dd/mm/yyyy, with four figures for the year."
        )
    try:
        return Reading(date(year, month, day))
    except ValueError:
        hint = " Is the month written first?" if month > 12 >= day else ""
        return Reading(problem=f"There is no such date.{hint}")


def read_sex(cell: Cell) -> Reading[Sex]:
    """Return the sex, from M or F."""
    sex = _SEX.get(cell.text.upper())
    if sex is not None:
        return Reading(sex)
    what = "is not M or F" if cell.text else "is missing"
    return Reading(problem=f"The gender {what}. The school census records M or F.")


def read_postcode(cell: Cell) -> Reading[str]:
    """Return the postcode with its space."""
    if not cell.text:
        return Reading(
            problem="The postcode is missing. If you do not know it, use the school's own."
        )
    postcode = tidy_postcode(cell.text)
    if postcode is None:
        return Reading(
            problem="This is not a postcode of the United Kingdom. If the pupil has none, "
            "use the school's own."
        )
    return Reading(postcode)


def read_ethnicity(cell: Cell) -> Reading[str]:
    """Return the ethnic code as given, in capitals: an extended code is kept, not rolled up.

    Four letters that are no known code are kept with a warning, for authorities use codes of their
    own; anything else is a problem.
    """
    if not cell.text:
        return Reading(
            problem="The ethnic code is missing. Use NOBT if it was not obtained, "
            "REFU if it was refused."
        )
    code = cell.text.upper()
    if main_ethnicity(code) is not None:
        return Reading(code)
    if not is_well_formed(code):
        return Reading(
            problem="This is not an ethnic code of the school census: four letters, such as WBRI "
            "or APKN."
        )
    warning = (
        "This ethnic code is not known here. It is kept as given and counted in no ethnic group; "
        "use the main code it belongs to if the pupil should be."
    )
    return Reading(code, warnings=(warning,))


def read_yes_no(cell: Cell) -> Reading[bool]:
    """Return True, False, or None for a blank cell, which says nothing."""
    text = cell.text.upper()
    if text not in _YES_NO:
        return Reading(problem="Write Y, N or leave the cell blank.")
    return Reading(_YES_NO[text])


def read_sen(cell: Cell) -> Reading[Sen]:
    """Return the provision, or None for a blank cell; a former kind with a warning."""
    if not cell.text:
        return Reading()
    code = re.sub(r"^SEN[ _-]?(?=[A-Z])", "", cell.text.upper())
    if code in _SEN:
        return Reading(_SEN[code])
    if code in _FORMER_SEN:
        provision, what = _FORMER_SEN[code]
        return Reading(
            provision, warnings=(f"{cell.text.upper()} is {what}. Kept as: {provision.label}.",)
        )
    return Reading(
        problem="Write SEN_K (SEN support), SEN_E (education, health and care plan), S (former "
        "statement), SEN_N (none), or leave the cell blank."
    )


def read_local_number(cell: Cell) -> Reading[str]:
    """Return the local authority's own number for the pupil, or None for a blank cell."""
    if len(cell.text) > MAX_LOCAL_NUMBER_LENGTH:
        return Reading(problem=f"The number is longer than {MAX_LOCAL_NUMBER_LENGTH} characters.")
    return Reading(cell.text or None)


def read_year_group(cell: Cell) -> Reading[int]:
    """Return the year group, or None for a blank cell, which leaves it to the date of birth."""
    if not cell.text:
        return Reading()
    year_group = year_group_of(cell.text)
    if year_group is None:
        return Reading(
            problem="This is not a year group of a primary school. Write 1 to 6, R (Reception), "
            "N1 or N2 (Nursery), or leave the cell blank."
        )
    return Reading(year_group)


def read_class_name(cell: Cell) -> Reading[str]:
    """Return the name of the class with single spaces, or None for a blank cell."""
    if cell.kind is CellKind.DATE:
        return Reading(problem="The class is a date. Type it again in a cell set to Text.")
    name = " ".join(unicodedata.normalize("NFC", cell.text).split())
    if len(name) > MAX_CLASS_NAME:
        return Reading(problem=f"The class is longer than {MAX_CLASS_NAME} characters.")
    if any(unicodedata.category(mark) == "Cf" for mark in name):
        return Reading(problem="The class holds a character nobody can see. Type it again.")
    return Reading(name or None)


CellReader = Callable[[Cell], Reading[T]]
