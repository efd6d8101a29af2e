"""Says in the template's words what the cells of a management information system say in theirs.

Only what is beyond doubt is translated. Everything else is left as it stands, for the readers of
the template to accept or to refuse, so that each rule about a value is in one place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from pupiltrack_core.domain.ethnicities import MAIN_ETHNICITIES, main_ethnicity
from pupiltrack_core.interchange.pupil_columns import PupilColumn
from pupiltrack_core.interchange.sheets import Cell, CellKind

Translation = Callable[[str], str]
NAME_TOGETHER = (
    "This is not written as Surname, Forename with one comma, so it cannot be told where the "
    "surname ends. Export the two names in columns of their own, or correct this cell."
)
_YES = frozenset({"y", "yes", "true", "t", "1", "eligible"})
_NO = frozenset({"n", "no", "false", "f", "0", "not eligible", "ineligible"})
_SEX = {"boy": "M", "girl": "F"}
_SEN = {
    "n": "SEN_N",
    "no": "SEN_N",
    "none": "SEN_N",
    "no sen": "SEN_N",
    "not sen": "SEN_N",
    "no special educational need": "SEN_N",
    "no specified special educational need": "SEN_N",
    "no special educational needs": "SEN_N",
    "no special educational provision": "SEN_N",
    "k": "SEN_K",
    "sen support": "SEN_K",
    "e": "SEN_E",
    "ehc": "SEN_E",
    "ehcp": "SEN_E",
    "ehc plan": "SEN_E",
    "education health and care plan": "SEN_E",
    "education health care plan": "SEN_E",
    "s": "S",
    "statement": "S",
    "statemented": "S",
    "a": "A",
    "school action": "A",
    "p": "P",
    "school action plus": "P",
}
# Codes of the census for a first language that is, or is believed to be, English or another one;
# and for one that nobody told, which says nothing.
_ENGLISH = frozenset({"eng", "enb", "english", "believed to be english"})
_OTHER_LANGUAGE = frozenset(
    {"oth", "otb", "other than english", "believed to be other than english"}
)
_NO_LANGUAGE = frozenset({"ref", "not", "zzz", "refused", "not obtained", "classification pending"})
_YEARS = {
    **dict.fromkeys(("r", "rec", "reception", "yr", "year r", "y r", "year reception"), "R"),
    **dict.fromkeys(("reception year", "0", "00", "y0", "year 0", "f2", "fs2", "fs 2"), "R"),
    **dict.fromkeys(("foundation 2", "foundation stage 2", "foundation year 2"), "R"),
    **dict.fromkeys(("f1", "fs1", "fs 1", "foundation 1", "foundation stage 1"), "N2"),
    **dict.fromkeys(("n", "nursery", "year n", "y n", "yn"), ""),
    **dict.fromkeys(("x", "national curriculum not followed", "nc not followed"), ""),
}
_YEAR = re.compile(r"(?:(?:nc )?(?:year group|year|yr|y)[ .:-]*)?0?([1-9][0-9]?)", re.ASCII)
_DASH = r"\s*[-\u2013\u2014:=(]\s*"
_SEN_CODE_FIRST = re.compile(rf"([A-Za-z])(?:{_DASH}|(\s+))(\S.*)")
_ETHNIC_CODE_FIRST = re.compile(rf"([A-Za-z]{{4}}){_DASH}\S.*")
_ETHNIC_CODE_AND_NAME = re.compile(r"([A-Z]{4})\s+\S.*")
_ETHNIC_CODE_LAST = re.compile(r".*\S\s*\(([A-Z]{4})\)")
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_DAY_MONTH_YEAR = re.compile(
    r"(\d{1,2})[-./ ](\d{1,2})[-./ ](\d{4})(?:[T ]00:00(?::00)?)?", re.ASCII
)
_DAY_NAME_YEAR = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?[-./ ]([A-Za-z]{3,9})[-./, ]+(\d{4})", re.ASCII | re.IGNORECASE
)


def translate(column: PupilColumn, cell: Cell) -> Cell:
    """Return the cell with its text in the template's words, and what the file has beside it."""
    translation = _TRANSLATIONS.get(column)
    if translation is None or cell.day is not None or cell.kind is CellKind.FORMULA:
        return cell
    said = translation(cell.text)
    return cell if said == cell.text else replace(cell, text=said, written=cell.text)


def split_name(cell: Cell) -> tuple[Cell, Cell]:
    """Return the surname and the forenames of a cell that holds "Marsh, Ivy Rose".

    Without exactly one comma with something on both sides both cells say what is wrong.
    """
    surname, comma, forenames = (part.strip() for part in cell.text.partition(","))
    if cell.kind is not CellKind.TEXT or not cell.text:
        return cell, cell
    if not comma or not surname or not forenames or "," in forenames:
        return replace(cell, fault=NAME_TOGETHER), replace(cell, text="", written=cell.text)
    return (
        replace(cell, text=surname, written=cell.text),
        replace(cell, text=forenames, written=cell.text),
    )


def say_yes_no(text: str) -> str:
    """Return Y or N for yes and no as systems write them."""
    words = _plain(text)
    if words in _YES:
        return "Y"
    return "N" if words in _NO else text


def say_eal(text: str) -> str:
    """Return Y or N, also from the census code of a first language; "" where nobody told it."""
    words = _plain(text)
    if words in _ENGLISH:
        return "N"
    if words in _OTHER_LANGUAGE:
        return "Y"
    return "" if words in _NO_LANGUAGE else say_yes_no(text)


def say_sen(text: str) -> str:
    """Return the template's code for a provision given as a code, as words or as both."""
    words = _plain(text)
    if words in _SEN:
        return _SEN[words]
    match = _SEN_CODE_FIRST.fullmatch(text)
    if match is None:
        return text
    code = _SEN.get(match[1].casefold())
    # "K SEN Support" is a code before words that mean the same; "A Level" is not.
    is_code = match[2] is None or _SEN.get(_plain(match[3])) == code
    return code if code is not None and is_code else text


def say_sex(text: str) -> str:
    """Return M or F for a boy and a girl."""
    return _SEX.get(_plain(text), text)


def say_ethnicity(text: str) -> str:
    """Return the code of an ethnic background given with its name, or by its name alone."""
    for pattern in (_ETHNIC_CODE_FIRST, _ETHNIC_CODE_AND_NAME, _ETHNIC_CODE_LAST):
        match = pattern.fullmatch(text)
        if match and main_ethnicity(match[1]) is not None:
            return match[1].upper()
    return _ETHNICITY_BY_NAME.get(_plain(text), text)


def say_year_group(text: str) -> str:
    """Return the number, R, N1 or N2 of a year group; "" where only the age says which it is.

    Year 4, Y4 and 04 are one year; Reception is also the second foundation stage and year 0. A
    nursery of no year, and a child who follows no year's curriculum, say nothing.
    """
    words = _plain(text)
    if words in _YEARS:
        return _YEARS[words]
    match = _YEAR.fullmatch(text.casefold())
    return str(int(match[1])) if match else text


def say_day(text: str) -> str:
    """Return dd/mm/yyyy for a day in the order of the United Kingdom with a year of four figures.

    4-11-2016, 04.11.2016 and 4 Nov 2016 are understood. What has no such day stays as it is.
    """
    if match := _DAY_MONTH_YEAR.fullmatch(text):
        return _day(match[1], int(match[2]), match[3])
    if match := _DAY_NAME_YEAR.fullmatch(text):
        name = "sep" if match[2].casefold() == "sept" else match[2].casefold()
        for number, month in enumerate(_MONTHS, start=1):
            if month.startswith(name):
                return _day(match[1], number, match[3])
    return text


def _day(day: str, month: int, year: str) -> str:
    """The day with slashes, though there may be none such: the template's reader says so."""
    return f"{int(day):02}/{month:02}/{year}"


def _plain(text: str) -> str:
    """The words alone, in small letters."""
    return " ".join(re.findall(r"[a-z0-9]+", text.casefold()))


_ETHNICITY_BY_NAME = {_plain(item.label): item.code for item in MAIN_ETHNICITIES} | {
    "white english": "WENG",
    "white scottish": "WSCO",
    "gypsy roma": "WROM",
    "information not yet obtained": "NOBT",
    "not obtained": "NOBT",
    "information not obtained": "NOBT",
}
_TRANSLATIONS: dict[PupilColumn, Translation] = {
    PupilColumn.DATE_OF_BIRTH: say_day,
    PupilColumn.SEX: say_sex,
    PupilColumn.FSM: say_yes_no,
    PupilColumn.ETHNICITY: say_ethnicity,
    PupilColumn.EAL: say_eal,
    PupilColumn.SEN: say_sen,
    PupilColumn.YEAR_GROUP: say_year_group,
}
