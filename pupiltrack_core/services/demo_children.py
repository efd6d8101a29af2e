"""What is known of each demo child, and the abilities that every judgement and result comes of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pupiltrack_core.domain.characteristics import Sen
from pupiltrack_core.domain.subjects import Subject
from pupiltrack_core.services.demo_places import LATER, NOWHERE, DemoPlaces
from pupiltrack_core.services.demo_recipe import (
    Flags,
    Floats,
    Random,
    Recipe,
    Whole,
    highest,
    standardised,
)
from pupiltrack_core.services.demo_schools import DemoSchools

Days = np.ndarray[tuple[int], np.dtype[np.datetime64]]
ABILITIES = ("READ", "WRIT", "MATH", "GPS", "SCIE")
_EAL_YEARS = 3  # Reception to Year 2


@dataclass(frozen=True, slots=True)
class DemoChildren:
    """One place of each array a child. The yes/no facts of the earlier year have `_before`."""

    born: Days
    out_of_year: Flags  # taught a year above their age
    male: Flags
    ethnicity: Whole  # a place among the recipe's ethnicities
    eal: Flags
    fsm: Flags
    fsm_before: Flags
    ever6: Flags
    ever6_before: Flags
    looked_after: Flags
    service: Flags
    young_carer: Flags
    sen: Whole  # a place among `SEN_CODES`
    sen_before: Whole
    ability: dict[str, Floats]  # by subject, standard deviations
    general: Floats


SEN_CODES = tuple(code.value for code in Sen)
NO_SEN, SUPPORT, PLAN = range(3)


def make_children(
    recipe: Recipe, schools: DemoSchools, places: DemoPlaces, random: Random
) -> DemoChildren:
    """Return the children of these places."""
    rates, number = recipe["pupils"], len(places)
    home = np.where(places.later == NOWHERE, places.earlier, places.later)
    poverty = 0.45 * schools.deprivation[home] + random.standard_normal(number)
    fsm = highest(poverty, rates["fsm"])
    ever6 = highest(poverty, rates["ever6"])
    new_claim = fsm & (random.random(number) < 0.06)
    looked_after = random.random(number) < rates["looked_after"]
    male = random.random(number) < rates["male"]
    ethnicity = _ethnicities(recipe, schools.diversity[home], random)
    eal = (
        random.random(number) < np.array([rule["eal"] for rule in recipe["ethnicities"]])[ethnicity]
    )
    talent = random.standard_normal(number)
    need = -0.9 * talent + 0.45 * male + 0.35 * ever6 + random.logistic(size=number)
    has_sen = highest(need, rates["sen"])
    plan = np.zeros(number, dtype=bool)
    plan[has_sen] = highest((need + random.logistic(size=number))[has_sen], rates["sen_plan"])
    sen = np.where(plan, PLAN, np.where(has_sen, SUPPORT, NO_SEN))
    newly = random.random(number) < 0.08
    out_of_year = random.random(number) < rates["year_override"]
    born = _births(places.cohort, out_of_year, random)
    effects = recipe["ability"]
    general = (
        talent
        + effects["school_spread"] * schools.effect[home]
        + effects["deprivation"] * schools.deprivation[home]
        + effects["disadvantaged"] * (ever6 | looked_after)
        + np.array([0.0, effects["sen_support"], effects["sen_plan"]])[sen]
        + _age_effect(effects, born, places.cohort)
        + effects["new_to_english"] * (eal & (places.cohort < _EAL_YEARS))
    )
    general = standardised(general)
    return DemoChildren(
        born=born,
        out_of_year=out_of_year,
        male=male,
        ethnicity=ethnicity,
        eal=eal,
        fsm=fsm,
        fsm_before=fsm & ~new_claim,
        ever6=ever6,
        ever6_before=ever6 & ~new_claim,
        looked_after=looked_after,
        service=random.random(number) < rates["service"],
        young_carer=random.random(number) < rates["young_carer"],
        sen=sen,
        sen_before=np.where(newly, np.maximum(sen - 1, NO_SEN), sen),
        ability=_abilities(effects, general, male, random),
        general=general,
    )


def summer_born(born: Days) -> Flags:
    """Return who was born from April to August."""
    month = born.astype("datetime64[M]").astype(np.int64) % 12 + 1
    flags: Flags = (month >= 4) & (month <= 8)
    return flags


def _births(cohort: Whole, out_of_year: Flags, random: Random) -> Days:
    """Draw birthdays from 1 September to 31 August, a year later for those placed out of year."""
    first_year = LATER - 5 - cohort + out_of_year
    first = (first_year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + 8
    start = first.astype("datetime64[D]")
    days = ((first + 12).astype("datetime64[D]") - start).astype(np.int64)
    born: Days = start + random.integers(0, days)
    return born


def _age_effect(effects: dict[str, float], born: Days, cohort: Whole) -> Floats:
    summer = summer_born(born)
    youngest = summer & (cohort < 2)
    result: Floats = effects["summer_born"] * summer - effects["youngest_years"] * youngest
    return result


def _abilities(
    effects: dict[str, Any], general: Floats, male: Flags, random: Random
) -> dict[str, Floats]:
    common = effects["in_common"]
    female_effect = effects["female"]
    abilities = {
        subject: standardised(
            np.sqrt(common) * general
            + np.sqrt(1 - common) * random.standard_normal(len(general))
            + female_effect[subject] * ~male
        )
        for subject in ABILITIES
    }
    other = [str(subject) for subject in Subject if subject not in ABILITIES]
    share = common - 0.2  # the wider curriculum has less in common
    for subject in other:
        abilities[subject] = np.sqrt(share) * general + np.sqrt(1 - share) * random.standard_normal(
            len(general)
        )
    return abilities


def _ethnicities(recipe: Recipe, diversity: Floats, random: Random) -> Whole:
    """Draw by the national shares; in a school of more diversity the smaller groups are larger."""
    shares = np.array([rule["share"] for rule in recipe["ethnicities"]])
    odds = np.where(np.arange(len(shares)) == 0, 1.0, np.exp(0.95 * diversity - 0.3)[:, None])
    edges = np.cumsum(shares * odds, axis=1)
    drawn = random.random(len(diversity)) * edges[:, -1]
    places: Whole = (drawn[:, None] >= edges).sum(axis=1)
    return places
