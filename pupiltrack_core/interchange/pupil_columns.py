"""The columns of a file of pupils, eleven of them the pupil template's, and their headings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pupiltrack_core.interchange.sheets import SheetRow, shown


class PupilColumn(StrEnum):
    """A column; the value is its heading. Those of the template come first, in its order."""

    UPN = "UPN"
    SURNAME = "Surname"
    FORENAME = "Forename"
    DATE_OF_BIRTH = "DOB dd/mm/yyyy"
    SEX = "Gender M or F"
    POSTCODE = "Postcode"
    FSM = "FSM Allow Y, N or blank"
    ETHNICITY = "Ethnic code"
    EAL = "English as additional language Allow Y, N or blank"
    SEN = "SEN Allow SEN_K, SEN_E, S"
    LOCAL_NUMBER = "(office use) LCCNo"
    # Only of a list whose columns somebody has named: the template begins a pupil by its age.
    YEAR_GROUP = "Year group"
    CLASS_NAME = "Class"

    @property
    def short(self) -> str:
        """The heading without its explanation, as problems name the column."""
        return _SHORT[self]


_SHORT = {
    PupilColumn.UPN: "UPN",
    PupilColumn.SURNAME: "Surname",
    PupilColumn.FORENAME: "Forename",
    PupilColumn.DATE_OF_BIRTH: "DOB",
    PupilColumn.SEX: "Gender",
    PupilColumn.POSTCODE: "Postcode",
    PupilColumn.FSM: "FSM",
    PupilColumn.ETHNICITY: "Ethnic code",
    PupilColumn.EAL: "English as additional language",
    PupilColumn.SEN: "SEN",
    PupilColumn.LOCAL_NUMBER: "LCCNo",
    PupilColumn.YEAR_GROUP: "Year group",
    PupilColumn.CLASS_NAME: "Class",
}
TEMPLATE = tuple(
    column
    for column in PupilColumn
    if column not in (PupilColumn.YEAR_GROUP, PupilColumn.CLASS_NAME)
)
# A column that is left out cannot be told from one whose heading is misspelt, so all are needed.
REQUIRED = tuple(column for column in TEMPLATE if column is not PupilColumn.LOCAL_NUMBER)

_NAMES = {
    "upn": PupilColumn.UPN,
    "unique pupil number": PupilColumn.UPN,
    "surname": PupilColumn.SURNAME,
    "legal surname": PupilColumn.SURNAME,
    "last name": PupilColumn.SURNAME,
    "family name": PupilColumn.SURNAME,
    "forename": PupilColumn.FORENAME,
    "forenames": PupilColumn.FORENAME,
    "legal forename": PupilColumn.FORENAME,
    "first name": PupilColumn.FORENAME,
    "dob": PupilColumn.DATE_OF_BIRTH,
    "date of birth": PupilColumn.DATE_OF_BIRTH,
    "gender": PupilColumn.SEX,
    "sex": PupilColumn.SEX,
    "postcode": PupilColumn.POSTCODE,
    "post code": PupilColumn.POSTCODE,
    "fsm": PupilColumn.FSM,
    "free school meals": PupilColumn.FSM,
    "ethnic code": PupilColumn.ETHNICITY,
    "ethnicity code": PupilColumn.ETHNICITY,
    "ethnicity": PupilColumn.ETHNICITY,
    "english as additional language": PupilColumn.EAL,
    "english as an additional language": PupilColumn.EAL,
    "eal": PupilColumn.EAL,
    "sen": PupilColumn.SEN,
    "sen status": PupilColumn.SEN,
    "special educational needs": PupilColumn.SEN,
    "lccno": PupilColumn.LOCAL_NUMBER,
    "lcc no": PupilColumn.LOCAL_NUMBER,
}
# What the template writes after a heading to explain it; anything else is another column.
_EXPLANATION = re.compile(
    r" (allow|dd ?mm ?yyyy|m or f|m f|y n|y or n|sen k|for office use|office use)\b.*"
)
_OFFICE_USE = re.compile(r"^(for )?office use( only)? ")
_LONGEST_HEADING = 120


@dataclass(frozen=True, slots=True)
class Headings:
    """Where each column stands in a file (from 0), and what is wrong with its headings.

    `called` is what the file calls a column that problems should name otherwise than the template.
    """

    positions: dict[PupilColumn, int]
    width: int
    problems: tuple[str, ...]
    ignored: tuple[str, ...]
    called: Mapping[PupilColumn, str] = field(default_factory=dict)

    def name_of(self, column: PupilColumn) -> str:
        """The name by which problems speak of a column."""
        return self.called.get(column, column.short)


def recognise(heading: str) -> PupilColumn | None:
    """Return the column a heading means, whatever its case, spacing and explanation, or None."""
    words = _OFFICE_USE.sub("", _words(heading))
    return _NAMES.get(words) or _NAMES.get(_EXPLANATION.sub("", words))


def _words(heading: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", heading[:_LONGEST_HEADING].casefold()))


def count_recognised(headings: list[str]) -> int:
    """Return how many different columns of the template a row of headings names."""
    return len({recognise(heading) for heading in headings} - {None})


def is_template(headings: list[str]) -> bool:
    """Whether the headings are the template's own, as it writes them or without explanation.

    A file that only calls its columns alike may write their values in another way.
    """
    own = {_words(text): column for column in TEMPLATE for text in (column.value, column.short)}
    found = [own.get(_words(heading)) for heading in headings]
    columns = [column for column in found if column is not None]
    return set(REQUIRED) <= set(columns) and len(columns) == len(set(columns))


def read_headings(row: SheetRow) -> Headings:
    """Return where the columns stand; every missing or repeated one is a problem."""
    positions: dict[PupilColumn, int] = {}
    repeated: list[str] = []
    ignored: list[str] = []
    for position, cell in enumerate(row.cells):
        column = recognise(cell.text)
        if column is None:
            if cell.text:
                ignored.append(shown(cell.text))
        elif column in positions:
            repeated.append(column.short)
        else:
            positions[column] = position
    problems = []
    missing = [column.short for column in REQUIRED if column not in positions]
    if missing:
        problems.append(
            f"The first row lacks these headings: {', '.join(missing)}. Use the template's "
            "headings; a column you know nothing of may be left blank but not left out."
        )
    if repeated:
        problems.append(f"These headings stand more than once: {', '.join(repeated)}. Keep one.")
    return Headings(
        positions=positions,
        width=len(row.cells),
        problems=tuple(problems),
        ignored=tuple(ignored),
    )
