"""The classes of a school in the order they are walked through, one press at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClassPlace:
    """A class, and the year group it is shown under: the first one of a class of mixed years."""

    name: str
    year_group: int


def class_places(
    year_groups: Mapping[str, Sequence[int]], offered: Sequence[int]
) -> tuple[ClassPlace, ...]:
    """Return the classes that have an `offered` year group, by year group.

    Within a year group they stand in the order of `year_groups`, which is that of their names.
    """
    places = [
        ClassPlace(name, min(group for group in found if group in offered))
        for name, found in year_groups.items()
        if set(found) & set(offered)
    ]
    return tuple(sorted(places, key=lambda place: place.year_group))


def neighbours(
    places: Sequence[ClassPlace], *, class_name: str | None, year_group: int
) -> tuple[ClassPlace | None, ClassPlace | None]:
    """Return the classes before and after the one on view, None at the ends.

    With no class on view the whole year group is: before it comes the last class of an earlier year
    group, after it its own first.
    """
    for at, place in enumerate(places):
        if place.name == class_name:
            before = places[at - 1] if at else None
            return before, places[at + 1] if at + 1 < len(places) else None
    earlier = [place for place in places if place.year_group < year_group]
    later = [place for place in places if place.year_group >= year_group]
    return (earlier[-1] if earlier else None), (later[0] if later else None)
