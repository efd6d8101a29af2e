"""The schools of the demo local authority: names, sizes, classes and how well off they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pupiltrack_core.services.demo_recipe import Floats, Random, Recipe, Whole, quotas

YEAR_GROUPS = 7  # Reception to Year 6
_ONE_FORM = 2  # place of the usual school among the recipe's sizes


@dataclass(frozen=True, slots=True)
class DemoSchools:
    """The schools, one place of each list and array a school; the first is the recipe's own."""

    names: list[str]
    types: list[str]
    laestabs: list[str]
    urns: list[str]
    districts: list[str]
    postcodes: list[str]
    arrangement: list[str]  # how classes are made
    class_names: list[list[str]]
    least: Whole  # pupils in a year group
    most: Whole
    deprivation: Floats  # standard deviations above the mean
    diversity: Floats
    effect: Floats

    def __len__(self) -> int:
        return len(self.names)


def make_schools(recipe: Recipe, number: int, random: Random) -> DemoSchools:
    """Return `number` schools."""
    rules, authority = recipe["schools"], recipe["authority"]
    kinds = _dealt([kind[2] for kind in rules["kinds"]], number, random)
    sizes = _dealt([size["share"] for size in rules["sizes"]], number, random)
    sizes[0] = 0
    if number > 1 and number < len(rules["sizes"]):
        sizes[1:] = _ONE_FORM
    names = _names(recipe, kinds, random)
    chosen = [rules["sizes"][size] for size in sizes]
    least = np.array([size["least"] for size in chosen], dtype=np.int64)
    most = np.array([size["most"] for size in chosen], dtype=np.int64)
    least[0] = most[0] = rules["first_size"]
    arrangement = [size["classes"] for size in chosen]
    themes = random.integers(0, len(rules["class_themes"]), number)
    themes[0] = 0
    deprivation = random.standard_normal(number)
    deprivation[0] = 0.1  # the first school is an average one, so that every group is in it
    diversity = random.standard_normal(number)
    diversity[0] = 0.5
    establishment = authority["first_establishment"]
    districts = authority["districts"]
    return DemoSchools(
        names=names,
        types=[rules["kinds"][kind][1] for kind in kinds],
        laestabs=[f"{authority['code']}{establishment + place:04}" for place in range(number)],
        urns=[str(authority["first_urn"] + place) for place in range(number)],
        districts=[districts[place] for place in random.integers(0, len(districts), number)],
        postcodes=[
            f"ZZ{district} {number % 9 + 1}AA"
            for number, district in enumerate(random.integers(10, 40, number))
        ],
        arrangement=arrangement,
        class_names=[
            rules["class_themes"][theme][: classes_in(way)]
            for theme, way in zip(themes, arrangement, strict=True)
        ],
        least=least,
        most=most,
        deprivation=deprivation,
        diversity=diversity,
        effect=random.standard_normal(number),
    )


def classes_in(arrangement: str) -> int:
    """Return how many classes a school so arranged has."""
    return {"two forms": 14, "three in two years": 11, "one form": 7, "mixed": 4}[arrangement]


def class_place(arrangement: str, year_group: int, turn: int) -> int:
    """Return the place in the school's class names of the child who is `turn`-th in the year group.

    Mixed-age schools teach Reception with Year 1, Year 2 with 3, 4 with 5, and Year 6. Where three
    classes share two years, the middle one takes a third of each; Reception has two of its own.
    """
    if arrangement == "two forms":
        return 2 * year_group + turn % 2
    if arrangement == "one form":
        return year_group
    if arrangement == "mixed":
        return min(year_group // 2, 3)
    if year_group == 0:
        return turn % 2
    pair, older = divmod(year_group - 1, 2)
    in_the_middle = turn % 3 == 2
    return 2 + 3 * pair + (1 if in_the_middle else 2 * older)


def _dealt(shares: list[float], number: int, random: Random) -> Whole:
    dealt = np.repeat(np.arange(len(shares)), quotas(shares, number))
    random.shuffle(dealt)
    return dealt


def _names(recipe: Recipe, kinds: Whole, random: Random) -> list[str]:
    rules = recipe["schools"]
    places = [
        f"{beginning}{ending}" for beginning in rules["beginnings"] for ending in rules["endings"]
    ]
    order = random.permutation(len(places))
    names = [rules["first_name"]]
    for number, kind in enumerate(kinds[1:], start=1):
        place = places[order[number % len(places)]]
        if number >= len(places):
            place = f"Upper {place}"
        saint = rules["saints"][number % len(rules["saints"])]
        names.append(rules["kinds"][kind][0].format(place=place, saint=saint))
    return names
