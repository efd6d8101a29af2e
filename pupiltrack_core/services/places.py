"""The local authorities and schools of a portal, as whoever runs it adds and renames them.

For the command line alone: nobody at a page makes or renames a place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select

from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.entered_contacts import required_postcode
from pupiltrack_core.services.entered_names import required_name, tidy_name
from pupiltrack_core.storage.models import LocalAuthority, School

AUTHORITY_ADDED, AUTHORITY_RENAMED = "local authority added", "local authority renamed"
SCHOOL_ADDED, SCHOOL_RENAMED = "school added", "school renamed"
LONGEST_AUTHORITY, LONGEST_SCHOOL, LONGEST_TYPE = 100, 200, 60
PHASES = ("infant", "junior", "primary", "first", "middle", "all-through", "special")
_CODE = re.compile(r"[0-9]{3}")
_LAESTAB = re.compile(r"([0-9]{3})/?([0-9]{4})")
_URN = re.compile(r"[0-9]{6}")
_UNDONE = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class NewSchool:
    """A school as the register of schools has it; "" for what is not known."""

    laestab: str
    name: str
    urn: str = ""
    phase: str = "primary"
    school_type: str = "Community school"
    postcode: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A local authority ("999") or a school ("999/2001") and its name."""

    number: str
    name: str


def authorities(caller: Caller) -> tuple[Place, ...]:
    """Return the local authorities by number."""
    with _operating(caller) as work:
        found = work.session.scalars(select(LocalAuthority).order_by(LocalAuthority.code))
        return tuple(Place(item.code, item.name) for item in found)


def schools_of(caller: Caller, code: str | None = None) -> tuple[Place, ...]:
    """Return the schools by number: of the authority of this number, or all."""
    with _operating(caller) as work:
        query = select(School).order_by(School.laestab)
        if code is not None:
            query = query.where(School.local_authority_id == _authority(work, code).id)
        return tuple(
            Place(f"{item.laestab[:3]}/{item.laestab[3:]}", item.name)
            for item in work.session.scalars(query)
        )


def add_authority(caller: Caller, code: str, name: str) -> None:
    """Add a local authority. Raises `InvalidEntry` for a number that is none or is taken."""
    number = code.strip()
    if not _CODE.fullmatch(number):
        raise InvalidEntry(
            f"A local authority's number has three digits, such as 999. {_UNDONE}", field="code"
        )
    tidy = _name(name, LONGEST_AUTHORITY)
    with _operating(caller, write=True) as work:
        taken = work.session.scalar(select(LocalAuthority).where(LocalAuthority.code == number))
        if taken is not None:
            raise InvalidEntry(
                f"There is a local authority of this number. {_UNDONE}", field="code"
            )
        authority = LocalAuthority(code=number, name=tidy)
        work.session.add(authority)
        work.session.flush()
        work.audit(AUTHORITY_ADDED, local_authority_id=authority.id)
        work.commit()


def rename_authority(caller: Caller, code: str, name: str) -> None:
    """Give a local authority another name. Raises `NotFound`, and `InvalidEntry` for no name."""
    tidy = _name(name, LONGEST_AUTHORITY)
    with _operating(caller, write=True) as work:
        authority = _authority(work, code)
        authority.name = tidy
        work.audit(AUTHORITY_RENAMED, local_authority_id=authority.id)
        work.commit()


def add_school(caller: Caller, new: NewSchool) -> None:
    """Add a school to the local authority that its number begins with.

    Raises `InvalidEntry`, naming the field, for what cannot be kept or a number that is taken, and
    `NotFound` where there is no such authority yet.
    """
    number = _laestab(new.laestab)
    values = _checked(new)
    with _operating(caller, write=True) as work:
        authority = _authority(work, number[:3])
        if _find(work, number) is not None:
            raise InvalidEntry(f"There is a school of this number. {_UNDONE}", field="laestab")
        school = School(local_authority_id=authority.id, laestab=number, **values)
        work.session.add(school)
        work.session.flush()
        work.audit(SCHOOL_ADDED, school_id=school.id)
        work.commit()


def rename_school(caller: Caller, laestab: str, name: str) -> None:
    """Give a school another name. Raises `NotFound`, and `InvalidEntry` for no name."""
    tidy = _name(name, LONGEST_SCHOOL)
    with _operating(caller, write=True) as work:
        school = _find(work, _laestab(laestab))
        if school is None:
            raise NotFound(f"There is no school of this number. {_UNDONE}")
        school.name = tidy
        work.audit(SCHOOL_RENAMED, school_id=school.id)
        work.commit()


@contextmanager
def _operating(caller: Caller, *, write: bool = False) -> Iterator[Work]:
    with caller.begin(write=write) as work:
        if not work.is_operator:
            raise AccessDenied("Places are kept by whoever runs the portal. Nothing was changed.")
        yield work


def _authority(work: Work, code: str) -> LocalAuthority:
    found = work.session.scalar(select(LocalAuthority).where(LocalAuthority.code == code.strip()))
    if found is None:
        raise NotFound(
            f"There is no local authority of this number. {_UNDONE} Add it first with "
            "`pupiltrack authority add`."
        )
    return found


def _find(work: Work, number: str) -> School | None:
    return work.session.scalar(select(School).where(School.laestab == number))


def _laestab(text: str) -> str:
    match = _LAESTAB.fullmatch(text.strip())
    if match is None:
        raise InvalidEntry(
            f"A school's number is written like 999/2001. {_UNDONE}", field="laestab"
        )
    return f"{match[1]}{match[2]}"


def _checked(new: NewSchool) -> dict[str, str | None]:
    urn, phase = new.urn.strip(), new.phase.strip().casefold()
    if urn and not _URN.fullmatch(urn):
        raise InvalidEntry(f"A URN has six digits. {_UNDONE}", field="urn")
    if phase not in PHASES:
        raise InvalidEntry(f"A phase is one of {', '.join(PHASES)}. {_UNDONE}", field="phase")
    postcode = None
    if new.postcode.strip():
        postcode = required_postcode(new.postcode, field="postcode", undone=_UNDONE)
    kind = tidy_name(new.school_type, field="school_type", longest=LONGEST_TYPE, undone=_UNDONE)
    return {
        "name": _name(new.name, LONGEST_SCHOOL),
        "urn": urn or None,
        "phase": phase,
        "school_type": kind or "Community school",
        "postcode": postcode,
    }


def _name(text: str, longest: int) -> str:
    return required_name(
        text, field="name", longest=longest, missing="A name is needed.", undone=_UNDONE
    )
