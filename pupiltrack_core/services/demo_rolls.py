"""The pupil and enrolment rows of the demo children, school by school."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np

from pupiltrack_core.services.demo_children import NO_SEN, PLAN, SEN_CODES, DemoChildren
from pupiltrack_core.services.demo_names import make_forenames, make_surnames, make_upns
from pupiltrack_core.services.demo_places import EARLIER, LATER, NOWHERE, DemoPlaces
from pupiltrack_core.services.demo_recipe import Flags, Random, Recipe, Whole
from pupiltrack_core.services.demo_schools import DemoSchools, class_place

_FIRST_DAY, _LAST_DAY = (9, 2), (7, 22)
# Days on which children join or leave in the course of a year: year offset, month, day, term
_IN_YEAR = ((0, 11, 3, "Autumn"), (1, 1, 6, "Spring"), (1, 2, 23, "Spring"), (1, 4, 20, "Summer"))


@dataclass(frozen=True, slots=True)
class Roll:
    """Who is enrolled in one year: parallel arrays, sorted by school and then by pupil.

    `joined_place` and `left_place` are places in `_IN_YEAR`, -1 for not in the course of the year.
    """

    academic_year: int
    child: Whole
    school: Whole
    pupil: Whole  # ids, from 1 up; the database adds its own offset
    year_group: Whole
    joined_place: Whole
    left_place: Whole


@dataclass(frozen=True, slots=True)
class Rolls:
    """The pupil records (a child at a school) and the two years' rolls over them."""

    pupil_child: Whole  # place p is pupil p + 1
    pupil_school: Whole
    years: tuple[Roll, Roll]


def make_rolls(places: DemoPlaces, random: Random) -> Rolls:
    """Return the records; pupils are numbered school by school, children within it mixed."""
    number = len(places)
    children = np.arange(number)
    at = np.stack([places.earlier, places.later])
    moved = (at[0] != NOWHERE) & (at[1] != NOWHERE) & (at[0] != at[1])
    home = np.where(at[1] == NOWHERE, at[0], at[1])
    child = np.concatenate([children, children[moved]])
    school = np.concatenate([home, at[0][moved]])
    order = np.lexsort((random.random(len(child)), school))
    child, school = child[order], school[order]
    years = tuple(_roll(year, places, child, school, random) for year in (EARLIER, LATER))
    return Rolls(child, school, (years[0], years[1]))


def _roll(
    year: int, places: DemoPlaces, pupil_child: Whole, pupil_school: Whole, random: Random
) -> Roll:
    here = np.flatnonzero(places.school_in(year)[pupil_child] == pupil_school)
    child = pupil_child[here]
    number = len(here)
    in_year = random.integers(0, len(_IN_YEAR), number)
    joined = left = np.full(number, -1)
    if year == LATER:
        late = places.moved_in[child] & (random.random(number) < 0.5)
        joined = np.where(late, in_year, -1)
        left = np.where(places.left_in_year[child] & ~late, in_year, -1)
    return Roll(
        academic_year=year,
        child=child,
        school=pupil_school[here],
        pupil=here + 1,
        year_group=places.cohort[child] - (LATER - year),
        joined_place=joined,
        left_place=left,
    )


def day_in_year(academic_year: int, place: int) -> date:
    """Return the day of a place in the course of a year."""
    offset, month, day, _ = _IN_YEAR[place]
    return date(academic_year + offset, month, day)


def pupil_columns(
    recipe: Recipe,
    schools: DemoSchools,
    places: DemoPlaces,
    children: DemoChildren,
    rolls: Rolls,
    random: Random,
) -> dict[str, list[Any]]:
    """Return the columns of the pupil table but its keys, a list each, in the order of `rolls`."""
    number = len(places)
    surnames = make_surnames(recipe, children.ethnicity, random)
    forenames = make_forenames(recipe, children.ethnicity, children.male, random)
    first_school = np.where(places.earlier == NOWHERE, places.later, places.earlier)
    upns = make_upns(
        recipe["authority"]["code"],
        first_school + recipe["authority"]["first_establishment"],
        (LATER - places.cohort) % 100,
        random.random(number) < recipe["pupils"]["temporary_upn"],
        random,
    )
    keys = [
        str(UUID(bytes=row.tobytes(), version=4))
        for row in random.integers(0, 256, (number, 16), dtype=np.uint8)
    ]
    streets = random.integers(0, 26, (number, 3))
    postcodes = [
        f"{schools.postcodes[school][:4]} {street % 9 + 1}{chr(65 + one)}{chr(65 + two)}"
        for school, (street, one, two) in zip(
            np.where(places.later == NOWHERE, places.earlier, places.later).tolist(),
            streets.tolist(),
            strict=True,
        )
    ]
    born = children.born.astype(object).tolist()
    sexes = np.where(children.male, "M", "F").tolist()
    order = rolls.pupil_child.tolist()
    by_child: dict[str, Any] = {
        "person_key": keys,
        "upn": upns,
        "surname": surnames.tolist(),
        "forenames": forenames.tolist(),
        "date_of_birth": born,
        "sex": sexes,
        "postcode": postcodes,
    }
    return {name: [values[child] for child in order] for name, values in by_child.items()}


def enrolment_columns(
    recipe: Recipe,
    schools: DemoSchools,
    places: DemoPlaces,
    children: DemoChildren,
    roll: Roll,
    random: Random,
) -> dict[str, list[Any]]:
    """Return the columns of the enrolment table but its keys, a list each, in the roll's order."""
    rates, number, child = recipe["pupils"], len(roll.child), roll.child
    later = roll.academic_year == LATER
    fsm = (children.fsm if later else children.fsm_before)[child]
    ever6 = (children.ever6 if later else children.ever6_before)[child]
    looked_after = children.looked_after[child]
    sen = (children.sen if later else children.sen_before)[child]
    codes = np.array([rule["code"] for rule in recipe["ethnicities"]], dtype=object)
    unknown = random.random(number) < rates["not_recorded"]
    custom_rates = recipe["schools"]["custom_rates"]
    arrived = np.isin(roll.joined_place, (2, 3))
    alternative = (sen == PLAN) & (children.general[child] < -1.9)
    # those left out of the data are first of all those who follow another curriculum
    left_out = (random.random(number) * np.where(alternative, 0.05, 1.0)) < rates["not_included"]
    columns: dict[str, list[Any]] = {
        "year_group": roll.year_group.tolist(),
        "year_override": children.out_of_year[child].tolist(),
        "class_name": _class_names(schools, roll),
        "include_in_data": (~left_out & ~(arrived & (random.random(number) < 0.3))).tolist(),
        "joined_on": _joined(roll, places),
        "left_on": _left(roll, places),
        "ethnicity": codes[children.ethnicity[child]].tolist(),
        "sen": np.array(SEN_CODES, dtype=object)[sen].tolist(),
        "eal": _sparse(children.eal[child], unknown),
        "fsm": fsm.tolist(),
        "ever6": ever6.tolist(),
        "pupil_premium": (ever6 | looked_after | children.service[child]).tolist(),
        "disadvantaged": (ever6 | looked_after).tolist(),
        "looked_after": looked_after.tolist(),
        "young_carer": _sparse(
            children.young_carer[child], random.random(number) < 5 * rates["not_recorded"]
        ),
        "alternative_assessment": alternative.tolist(),
        "mobility_year": _mobility(roll, places, roll.year_group.tolist()),
        "mobility_term": _mobility(
            roll, places, [_IN_YEAR[place][3] for place in np.maximum(roll.joined_place, 0)]
        ),
    }
    for place, rate in enumerate(custom_rates, start=1):
        chance = rate * np.where(ever6 | (sen != NO_SEN), 1.6, 0.7)
        columns[f"custom_{place}"] = (random.random(number) < chance).tolist()
    return columns


def _sparse(flags: Flags, unknown: Flags) -> list[bool | None]:
    """Return the flags with None where it is not recorded."""
    return [
        None if gap else flag for flag, gap in zip(flags.tolist(), unknown.tolist(), strict=True)
    ]


def _class_names(schools: DemoSchools, roll: Roll) -> list[str]:
    # A child's turn stays the same from year to year, so that a class moves up together.
    turns = roll.child.tolist()
    return [
        schools.class_names[school][class_place(schools.arrangement[school], year_group, turn)]
        for school, year_group, turn in zip(
            roll.school.tolist(), roll.year_group.tolist(), turns, strict=True
        )
    ]


def _joined(roll: Roll, places: DemoPlaces) -> list[date]:
    new = (places.moved_in | places.moved_within)[roll.child] & (roll.academic_year == LATER)
    start = np.where(new, LATER, LATER - places.cohort[roll.child])
    return [
        date(year, *_FIRST_DAY) if place < 0 else day_in_year(roll.academic_year, place)
        for year, place in zip(start.tolist(), roll.joined_place.tolist(), strict=True)
    ]


def _left(roll: Roll, places: DemoPlaces) -> list[date | None]:
    gone = (places.later[roll.child] != roll.school) & (roll.academic_year == EARLIER)
    return [
        day_in_year(roll.academic_year, place)
        if place >= 0
        else date(roll.academic_year + 1, *_LAST_DAY)
        if has_gone
        else None
        for has_gone, place in zip(gone.tolist(), roll.left_place.tolist(), strict=True)
    ]


def _mobility(roll: Roll, places: DemoPlaces, values: list[Any]) -> list[Any]:
    """Return the values of those who joined after Reception, None for the rest."""
    new = (places.moved_in | places.moved_within)[roll.child] & (roll.academic_year == LATER)
    return [value if is_new else None for value, is_new in zip(values, new.tolist(), strict=True)]
