"""The data sets of a pupil matrix chosen in words, as on the command line and in a notebook."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.reports.choosing import choose_authority, choose_cohort
from pupiltrack_core.services.caller import Caller

LAYER_HELP = (
    "Parts are divided by semicolons: school=999/2001 or authority=999 (district=, phase=), "
    "year=2024/2025, years=4, assessment=NAME, class=NAME, and filters such as sex=F or sen=KE. "
    "What is not named is as in the primary set, but for class, assessment and filters."
)
_PLACE = ("school", "authority", "district", "phase")
_FIELD_OF = {
    **{name: name for name in (*_PLACE, "year", "years", "assessment")},
    "class": "class_name",
}


@dataclass(frozen=True, slots=True)
class SetWords:
    """One data set in words; see `reports.choosing` for what each part may be.

    `filters` are pairs of a characteristic and a value, as they stand in a page's address.
    """

    school: str | None = None
    authority: str | None = None
    district: str | None = None
    phase: str | None = None
    year: str | None = None
    years: str = YearRange.ALL_YEARS.value
    class_name: str | None = None
    assessment: str | None = None
    filters: tuple[tuple[str, str], ...] = ()


def read_layer(text: str, primary: SetWords) -> SetWords:
    """Return the layer that `text` describes beside a primary set; see `LAYER_HELP`.

    Raise `InvalidEntry` for a part that is not "name=value" or whose name is unknown.
    """
    parts = [read_pair(part) for part in text.split(";") if part.strip()]
    named: dict[str, Any] = {_FIELD_OF[name]: value for name, value in parts if name in _FIELD_OF}
    filters = tuple((name, value) for name, value in parts if name not in _FIELD_OF)
    start = replace(primary, class_name=None, assessment=None, filters=filters)
    if named.keys() & {"school", "authority"}:
        start = replace(start, school=None, authority=None, district=None, phase=None)
    return replace(start, **named)


def read_pair(text: str) -> tuple[str, str]:
    """Return the two sides of "name=value"; raise `InvalidEntry` for anything else."""
    name, found, value = (part.strip() for part in text.partition("="))
    if not (name and found and value):
        raise InvalidEntry(
            f"“{text.strip()}” is not understood. Write name=value, as in years=4 or sex=F.",
            field="layer",
        )
    return name.lower(), value


def choose_set(caller: Caller, words: SetWords) -> CohortSelection:
    """Return the cohort of a data set; raise as `choose_cohort` and `choose_authority`.

    `InvalidEntry` too where neither or both of school and authority are named, and for filters
    there are not.
    """
    if (words.school is None) == (words.authority is None):
        raise InvalidEntry(
            "Name a school or an authority for each data set, and not both.", field="school"
        )
    if words.school is not None and (words.district or words.phase):
        raise InvalidEntry(
            "A district or a phase goes with an authority, not with a school.", field="school"
        )
    if words.authority is not None:
        if words.class_name or words.assessment:
            raise InvalidEntry(
                "A class or an assessment goes with a school, not with an authority.",
                field="school",
            )
        selection = choose_authority(
            caller,
            words.authority,
            year=words.year,
            years=words.years,
            district=words.district,
            phase=words.phase,
        )
    else:
        selection = choose_cohort(
            caller,
            school=str(words.school),
            year=words.year,
            years=words.years,
            class_name=words.class_name,
            assessment=words.assessment,
        )
    return replace(selection, characteristics=tuple(_characteristics(words.filters)))


def _characteristics(
    filters: Iterable[tuple[str, str]],
) -> Iterable[tuple[Characteristic, str]]:
    known = {item.value: item for item in Characteristic}
    for name, value in filters:
        if name not in known:
            raise InvalidEntry(
                f"There is no filter “{name}”. Those there are: {', '.join(known)}.",
                field="filter",
            )
        yield known[name], value
