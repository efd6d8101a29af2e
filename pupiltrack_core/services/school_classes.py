"""The classes of a school: those it has named and those in use, and how a new one is written."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from pupiltrack_core.domain.names import name_key
from pupiltrack_core.services.caller import Work
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.school_settings import update_school_names
from pupiltrack_core.storage.schools import find_classes


def offered_classes(
    work: Work, school: School, *academic_years: int, own: str = ""
) -> tuple[str, ...]:
    """Return the classes a pupil can be put in: with a name, in use in a year, and its `own`."""
    named = list(school.class_names)
    in_use = {
        name for year in academic_years for name in find_classes(work.session, school.id, year)
    }
    if own:
        in_use.add(own)
    return (*named, *sorted(in_use - set(named), key=name_key))


class ClassSpelling:
    """Writes each class in one way, that of the classes `known`, the first before the later."""

    def __init__(self, known: Iterable[str]) -> None:
        self._written: dict[str, str] = {}
        for name in known:
            self.of(name)

    def of(self, name: str) -> str:
        """Return the name as it is written already; a new one as it first came."""
        return self._written.setdefault(name_key(name), name)


def name_classes(session: Session, school: School, names: Iterable[str]) -> None:
    """Add the classes nobody has named yet, so that they can be chosen and renamed.

    The school is kept from others by whoever calls.
    """
    named = list(school.class_names)
    new = [name for name in names if name not in named]
    if new:
        update_school_names(session, school.id, class_names=[*named, *new])
