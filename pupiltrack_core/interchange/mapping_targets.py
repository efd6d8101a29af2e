"""What a column of any list of pupils can be brought in as, and how its heading gives that away.

The headings are those of lists that SIMS, Arbor, Bromcom, ScholarPack and similar systems export.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from pupiltrack_core.domain.postcodes import tidy_postcode
from pupiltrack_core.domain.upn import validate_upn
from pupiltrack_core.interchange.pupil_columns import PupilColumn, recognise


class Target(StrEnum):
    """What a column of a file can be brought in as; the value is kept in saved mappings."""

    UPN = "upn"
    SURNAME = "surname"
    FORENAME = "forename"
    FULL_NAME = "full_name"
    DATE_OF_BIRTH = "date_of_birth"
    SEX = "sex"
    POSTCODE = "postcode"
    ETHNICITY = "ethnicity"
    YEAR_GROUP = "year_group"
    CLASS_NAME = "class_name"
    FSM = "fsm"
    EAL = "eal"
    SEN = "sen"
    LOCAL_NUMBER = "local_number"

    @property
    def label(self) -> str:
        """The words people see."""
        return _LABELS[self]

    @property
    def column(self) -> PupilColumn:
        """The column of the pupil; of the names together, the surname's."""
        return PupilColumn.SURNAME if self is Target.FULL_NAME else PupilColumn[self.name]

    @property
    def is_required(self) -> bool:
        """Whether no pupil can be brought in without it. The names can come in either way."""
        return self in _REQUIRED


_LABELS = {
    Target.UPN: "UPN",
    Target.SURNAME: "Surname",
    Target.FORENAME: "Forename",
    Target.FULL_NAME: "Surname and forename in one column",
    Target.DATE_OF_BIRTH: "Date of birth",
    Target.SEX: "Gender",
    Target.POSTCODE: "Postcode",
    Target.ETHNICITY: "Ethnic code",
    Target.YEAR_GROUP: "Year group",
    Target.CLASS_NAME: "Class",
    Target.FSM: "Free school meals",
    Target.EAL: "English as an additional language",
    Target.SEN: "SEN",
    Target.LOCAL_NUMBER: "LA's own number",
}
_REQUIRED = frozenset(
    {Target.UPN, Target.DATE_OF_BIRTH, Target.SEX, Target.POSTCODE, Target.ETHNICITY}
)
# Ways to head a column, the likeliest first: where a file has both the legal and the preferred
# surname, a statutory record is kept under the legal one; where it has the year a child is taught
# with and another, the curriculum's is meant.
_HEADINGS = {
    Target.UPN: "upn|unique pupil number upn|unique pupil number|pupil upn|student upn|learner upn|"
    "current upn|upn number|upn no|unique pupil no",
    Target.SURNAME: "legal surname|legal last name|surname|last name|family name|pupil surname|"
    "student surname|preferred surname|preferred last name|chosen surname",
    Target.FORENAME: "legal forename|legal first name|legal forenames|forename|forenames|"
    "first name|given name|pupil forename|student forename|preferred forename|"
    "preferred first name|chosen forename",
    Target.FULL_NAME: "surname forename|legal surname legal forename|legal name|full name|"
    "pupil name|student name|name|pupil|student|learner name",
    Target.DATE_OF_BIRTH: "date of birth|dob|d o b|birth date|birthdate|pupil dob|student dob",
    Target.SEX: "legal sex|sex|gender|legal gender|sex gender|gender sex|m f",
    Target.POSTCODE: "home postcode|postcode|post code|home post code|home address postcode|"
    "address postcode|current postcode|main address postcode|pupil postcode|student postcode",
    Target.ETHNICITY: "ethnicity code|ethnic code|ethnicity dfe code|dfe ethnicity code|"
    "ethnicity|ethnic group|ethnic origin|ethnicity description|ethnic background",
    Target.YEAR_GROUP: "nc year actual|actual nc year|nc year group|nc year|"
    "national curriculum year group|national curriculum year|curriculum year|year taught in|"
    "year group|current year group|pupil year group|student year group|year group name|"
    "year group code|school year group|yr group|nc yr|ncy|year|yr",
    Target.CLASS_NAME: "class|class name|registration group|reg group|registration class|"
    "registration form|registration|reg|reg class|reg form|tutor group|form group|form|"
    "form name|current class|current registration group|pupil class|class group|"
    "primary class|registration group name|reg group name|class code",
    Target.FSM: "fsm|free school meals|free school meal|fsm eligible|is fsm|fsm eligibility|"
    "eligible for free meals|eligible for fsm|eligible for free school meals|"
    "free school meals eligible|free school meals eligibility|currently fsm|"
    "current fsm|fsm status|receiving free school meals|in receipt of fsm|"
    "free school meal eligible|fsm entitlement",
    Target.EAL: "eal|english as an additional language|english as additional language|"
    "english additional language|is eal|eal status|first language eal|"
    "is english additional language|first language code|eal indicator",
    Target.SEN: "sen provision code|sen status code|sen code|sen status|sen provision|sen|"
    "sen stage|special educational needs|current sen status|sen need level|send status|send|"
    "current sen provision|sen provision type|sen category",
    Target.LOCAL_NUMBER: "lccno|lcc no|la number|la pupil number|local authority number",
}
_RANKS = {
    heading: (target, rank)
    for target, headings in _HEADINGS.items()
    for rank, heading in enumerate(headings.split("|"))
}
_UNLIKELIEST = 1_000
_LONGEST_HEADING = 120
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def guess_by_heading(headings: Sequence[str]) -> dict[Target, int]:
    """Return the column (from 0) that probably is each target; of several the likeliest heading.

    The names in one column are guessed only where they do not stand in two.
    """
    best: dict[Target, tuple[int, int]] = {}
    for position, heading in enumerate(headings):
        known = _RANKS.get(_words(heading)) or _of_template(heading)
        if known is not None:
            target, rank = known
            best[target] = min(best.get(target, (rank, position)), (rank, position))
    found = {target: best[target][1] for target in Target if target in best}
    if Target.SURNAME in found and Target.FORENAME in found:
        found.pop(Target.FULL_NAME, None)
    elif Target.FULL_NAME in found:
        found.pop(Target.SURNAME, None)
        found.pop(Target.FORENAME, None)
    return found


def _of_template(heading: str) -> tuple[Target, int] | None:
    column = recognise(heading)
    return None if column is None else (Target[column.name], _UNLIKELIEST)


def guess_by_values(
    samples: Mapping[int, Sequence[str]], *, taken: Mapping[Target, int]
) -> dict[Target, int]:
    """Return where UPN and postcode stand by what every sample of a column looks like.

    Only for what is not `taken` by a heading, and among columns that are not.
    """
    found: dict[Target, int] = {}
    for target, looks_right in ((Target.UPN, _is_upn), (Target.POSTCODE, _is_postcode)):
        free = [at for at in samples if at not in taken.values() and at not in found.values()]
        fits = [at for at in free if samples[at] and all(map(looks_right, samples[at]))]
        if target not in taken and fits:
            found[target] = fits[0]
    return found


def _is_upn(text: str) -> bool:
    return not validate_upn(text, statutory=False).problems


def _is_postcode(text: str) -> bool:
    return tidy_postcode(text) is not None


def _words(heading: str) -> str:
    """The words of a heading in small letters: "DateOfBirth" and "Date of birth:" are the same."""
    spaced = _CAMEL.sub(" ", heading[:_LONGEST_HEADING])
    return " ".join(re.findall(r"[a-z0-9]+", spaced.casefold()))
