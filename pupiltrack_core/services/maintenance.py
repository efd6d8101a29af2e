"""A school's names for its classes and custom filters."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pupiltrack_core.access import Action
from pupiltrack_core.domain.characteristics import CUSTOM, Characteristic
from pupiltrack_core.domain.cohorts import MAX_CLASS_NAME
from pupiltrack_core.errors import Conflict, InvalidEntry
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.school_settings import (
    count_by_class,
    find_current_year,
    lock_school,
    update_class_names,
    update_school_names,
)

CLASSES_NAMED = "class names saved"
FILTERS_NAMED = "custom filter names saved"
MAX_CLASSES = 500  # more than any school has: it bounds what a browser can send
MAX_FILTER_NAME = 40


@dataclass(frozen=True, slots=True)
class SchoolProfile:
    """What a school may set. Names are "" where none is given.

    `custom_filter_names` has six places, in the order of the custom filters.
    `academic_year` is the current one, in which a class that is renamed is renamed on pupils;
    `pupils_by_class` counts that year's pupils, None and no counts in a school without any.
    """

    school_id: int
    laestab: str
    name: str
    class_names: tuple[str, ...]
    custom_filter_names: tuple[str, ...]
    academic_year: int | None
    pupils_by_class: dict[str, int]


def school_profile(caller: Caller, school_id: int) -> SchoolProfile:
    """Return a school's settings. Raises NotFound, AccessDenied and NotSignedIn."""
    with caller.begin() as work:
        return _profile(work, work.require(Action.MAINTAIN_SCHOOL, school_id))


def save_class_names(
    caller: Caller, school_id: int, names: Sequence[str], *, shown: Sequence[str]
) -> SchoolProfile:
    """Save the class names and return the settings as they are now.

    `shown` are the names the person saw, place by place: a name that differs from the one shown
    in its place renames that class on this academic year's pupils and on roles; earlier years
    keep the old name. Raises InvalidEntry for a name too long, given twice, unreadable, or taken
    away from a class that still has pupils this year; Conflict when the names were changed since
    they were shown; NotFound, AccessDenied and NotSignedIn. Nothing is saved then.
    """
    places = max(len(names), len(shown))
    if places > MAX_CLASSES:
        raise InvalidEntry(
            f"There are at most {MAX_CLASSES} class names. Nothing was saved.", field="class_name"
        )
    wanted = _tidy(names, places=places, longest=MAX_CLASS_NAME, called="class name")
    seen = _tidy(shown, places=places, longest=MAX_CLASS_NAME, called="class name")
    with caller.begin(write=True, act=True) as work:
        work.require(Action.MAINTAIN_SCHOOL, school_id)
        school = lock_school(work.session, school_id)
        _require_as_shown(_without_end(school.class_names), _without_end(seen))
        year = find_current_year(work.session, school_id)
        renamed = {
            old: new for old, new in zip(seen, wanted, strict=True) if old and new and old != new
        }
        _require_empty(work, school_id, year, gone=set(seen) - {""} - set(wanted) - set(renamed))
        _require_free(work, school_id, year, taken=set(renamed.values()) - set(renamed))
        pupils = update_class_names(work.session, school_id, year, renamed)
        kept = [name for name in wanted if name]
        update_school_names(work.session, school_id, class_names=kept)
        work.audit(
            CLASSES_NAMED,
            school_id=school_id,
            academic_year=year,
            classes=len(kept),
            renamed=len(renamed),
            pupils=pupils,
        )
        work.commit()
        return _profile(work, lock_school(work.session, school_id))


def save_custom_filter_names(
    caller: Caller, school_id: int, names: Sequence[str], *, shown: Sequence[str]
) -> SchoolProfile:
    """Save the names of the six custom filters and return the settings as they are now.

    A filter without a name goes by its number. Raises InvalidEntry for a name too long, given
    twice, unreadable, or that of another filter; Conflict when the names were changed since they
    were `shown`; NotFound, AccessDenied and NotSignedIn. Nothing is saved then.
    """
    places = len(CUSTOM)
    wanted = _tidy(names, places=places, longest=MAX_FILTER_NAME, called="filter name")
    seen = _tidy(shown, places=places, longest=MAX_FILTER_NAME, called="filter name")
    _require_own_names(wanted)
    with caller.begin(write=True, act=True) as work:
        work.require(Action.MAINTAIN_SCHOOL, school_id)
        school = lock_school(work.session, school_id)
        _require_as_shown(_places(school.custom_filter_names, places), seen)
        update_school_names(work.session, school_id, custom_filter_names=wanted)
        named = sum(bool(name) for name in wanted)
        work.audit(FILTERS_NAMED, school_id=school_id, filters=named)
        work.commit()
        return _profile(work, lock_school(work.session, school_id))


def _profile(work: Work, school: School) -> SchoolProfile:
    year = find_current_year(work.session, school.id)
    return SchoolProfile(
        school_id=school.id,
        laestab=school.laestab,
        name=school.name,
        class_names=tuple(school.class_names),
        custom_filter_names=_places(school.custom_filter_names, len(CUSTOM)),
        academic_year=year,
        pupils_by_class={} if year is None else count_by_class(work.session, school.id, year),
    )


def _places(names: Sequence[str], places: int) -> tuple[str, ...]:
    return (*names, *[""] * (places - len(names)))


def _without_end(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names without blank places after the last one."""
    last = max((place for place, name in enumerate(names, start=1) if name), default=0)
    return tuple(names[:last])


def _tidy(names: Sequence[str], *, places: int, longest: int, called: str) -> tuple[str, ...]:
    """Return the names in all places, without outer and doubled spaces; refuse bad ones."""
    field = called.replace(" ", "_")
    if len(names) > places:
        raise InvalidEntry(f"There are at most {places} {called}s. Nothing was saved.", field=field)
    tidy = [" ".join(unicodedata.normalize("NFC", name).split()) for name in names]
    for name in tidy:
        if len(name) > longest:
            raise InvalidEntry(
                f"A {called} has at most {longest} characters. Nothing was saved.", field=field
            )
        if any(unicodedata.category(mark).startswith("C") for mark in name):
            raise InvalidEntry(
                f"A {called} holds an invisible character. Type it again. Nothing was saved.",
                field=field,
            )
    repeated = [
        name
        for name, number in Counter(name.casefold() for name in tidy if name).items()
        if number > 1
    ]
    if repeated:
        raise InvalidEntry(
            f"Each {called} may be given once only; one is given twice. Nothing was saved.",
            field=field,
        )
    return _places(tidy, places)


def _require_own_names(names: Sequence[str]) -> None:
    others = {item.label.casefold(): place for place, item in _other_labels(names)}
    for place, name in enumerate(names):
        if others.get(name.casefold(), place) != place:
            raise InvalidEntry(
                f"{name} is the name of another filter. Choose a different one. Nothing was saved.",
                field="filter_name",
            )


def _other_labels(names: Sequence[str]) -> list[tuple[int, Characteristic]]:
    """Every label on show, with the place whose own it is: -1 for the filters all schools have."""
    place_of = {item: place for place, item in enumerate(CUSTOM)}
    return [
        (place_of.get(item, -1), item)
        for item in Characteristic
        if item not in place_of or not names[place_of[item]]
    ]


def _require_as_shown(stored: tuple[str, ...], seen: tuple[str, ...]) -> None:
    if stored != seen:
        raise Conflict(
            "Someone else changed these names after they were shown to you. Nothing was saved. "
            "Open the page again to see the names as they are now."
        )


def _require_empty(work: Work, school_id: int, year: int | None, *, gone: set[str]) -> None:
    if year is None or not gone:
        return
    pupils = count_by_class(work.session, school_id, year)
    full = sorted(gone & set(pupils))
    if full:
        raise InvalidEntry(
            f"{', '.join(full)} still has pupils this year. Move them to another class first, or "
            "write the class's new name in the same place. Nothing was saved.",
            field="class_name",
        )


def _require_free(work: Work, school_id: int, year: int | None, *, taken: set[str]) -> None:
    """A class must not run together with another that keeps its name and has pupils."""
    if year is None or not taken:
        return
    clash = sorted(taken & set(count_by_class(work.session, school_id, year)))
    if clash:
        raise InvalidEntry(
            f"{', '.join(clash)} already has pupils this year, and two classes would become one. "
            "Give the class another name. Nothing was saved.",
            field="class_name",
        )
