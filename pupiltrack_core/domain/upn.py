"""Unique pupil numbers: their form, check letter and what is wrong with one.

Source: the DfE's guide to unique pupil numbers. Nothing about a child may be read from the parts;
the local authority number is looked at only to warn of a slip of the keyboard. Messages never
repeat the number: it is personal data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

CHECK_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"  # worth 0 to 22; I, O and S are never used
_FORM = re.compile(rf"[{CHECK_LETTERS}][0-9]{{11}}[0-9{CHECK_LETTERS}]")
_BODY = re.compile(rf"[0-9]{{11}}[0-9{CHECK_LETTERS}]")
_LENGTH = 13
LAST_SERIAL = 999

# Numbers of local authorities past and present, the first and last of each run.
_LA_RUNS = (
    (1, 5),
    (201, 213),
    (301, 320),
    (330, 336),
    (340, 344),
    (350, 359),
    (370, 373),
    (380, 384),
    (390, 394),
    (420, 420),
    (660, 681),
    (701, 708),
    (800, 803),
    (805, 808),
    (810, 813),
    (815, 816),
    (820, 823),
    (825, 826),
    (830, 831),
    (835, 841),
    (845, 846),
    (850, 852),
    (855, 857),
    (860, 861),
    (865, 896),
    (908, 909),
    (916, 916),
    (919, 919),
    (921, 921),
    (925, 926),
    (928, 929),
    (931, 931),
    (933, 933),
    (935, 938),
    (940, 943),
)


@dataclass(frozen=True, slots=True)
class UpnCheck:
    """What a check found. With no `problems` the number may be used; `warnings` may be overruled.

    `is_local` is a number of the right form with the wrong check letter: an identifier that a
    school or local authority made up for itself.
    """

    normalised: str
    is_temporary: bool
    is_local: bool
    problems: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def is_usable(self) -> bool:
        """Whether there is no problem."""
        return not self.problems


def check_letter(upn: str) -> str:
    """Return the letter that the number should begin with.

    `upn` has 13 characters, whose first is left unread, or the 12 after it. The characters from
    the second on weigh 2 to 13; a final letter (a temporary number) is worth its place among the
    check letters; the remainder by 23 is the place of the letter. Raise ValueError for another
    form.
    """
    body = upn[-12:]
    if len(upn) not in {12, _LENGTH} or not _BODY.fullmatch(body):
        raise ValueError("A UPN is a letter, 11 digits and a digit or a letter.")
    values = [int(mark) if mark.isdigit() else CHECK_LETTERS.index(mark) for mark in body]
    total = sum(weight * value for weight, value in enumerate(values, start=2))
    return CHECK_LETTERS[total % len(CHECK_LETTERS)]


def validate_upn(upn: str, *, statutory: bool) -> UpnCheck:
    """Return what is wrong with a number as typed; spaces and small letters are put right first.

    A wrong check letter is a problem when the number is for a statutory return and a warning when
    it was entered by hand, since schools hold local identifiers. An unknown local authority number
    and a temporary number are warnings.
    """
    normalised = "".join(upn.split()).upper()
    if not _FORM.fullmatch(normalised):
        return UpnCheck(normalised, False, False, (_fault_of_form(normalised),), ())
    problems: list[str] = []
    warnings: list[str] = []
    is_local = check_letter(normalised) != normalised[0]
    if is_local:
        (problems if statutory else warnings).append(
            "The first letter does not agree with the rest of the UPN: check each character. "
            "Only a local identifier may differ."
        )
    if not is_known_authority(normalised[1:4]):
        warnings.append("Characters 2 to 4 of the UPN are not the number of a local authority.")
    is_temporary = normalised[-1].isalpha()
    if is_temporary:
        warnings.append("The UPN is temporary: ask the previous school for the permanent one.")
    return UpnCheck(normalised, is_temporary, is_local, tuple(problems), tuple(warnings))


def is_known_authority(number: str) -> bool:
    """Whether the three digits are the number of a local authority, closed ones included."""
    return any(first <= int(number) <= last for first, last in _LA_RUNS)


def local_upn(laestab: str, year: int, serial: int) -> str:
    """Return a number that a school makes up for a child who has no UPN.

    Made as a UPN is, of the school's number, the year and a serial number from 1 to 999, but with a
    check letter that is never the right one: it cannot be the UPN of any child.
    """
    if not 1 <= serial <= LAST_SERIAL:
        raise ValueError(f"A serial number lies between 1 and {LAST_SERIAL}.")
    body = f"{laestab}{year % 100:02d}{serial:03d}"
    right = CHECK_LETTERS.index(check_letter(body))
    return CHECK_LETTERS[(right + 1) % len(CHECK_LETTERS)] + body


def serial_of_local_upn(upn: str, laestab: str, year: int) -> int | None:
    """Return the serial number of what `local_upn` gave out for the school and year, or None."""
    start = f"{laestab}{year % 100:02d}"
    if not upn[1:].startswith(start) or not upn[-3:].isdigit():
        return None
    serial = int(upn[-3:])
    return serial if serial and local_upn(laestab, year, serial) == upn else None


def _fault_of_form(normalised: str) -> str:
    if not normalised:
        return "There is no UPN."
    if len(normalised) != _LENGTH:
        return f"A UPN has 13 characters; this has {len(normalised)}."
    if set(normalised[0] + normalised[-1]) & set("IOS"):
        return "A UPN never has the letters I, O or S: they are the digits 1, 0 or 5."
    return "A UPN is a letter, then 11 digits, then a digit (or a letter if it is temporary)."
