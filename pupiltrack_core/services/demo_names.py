"""Names and UPNs of the demo children: common names of many backgrounds, numbers of nobody."""

from __future__ import annotations

from typing import Any

import numpy as np

from pupiltrack_core.domain.upn import CHECK_LETTERS
from pupiltrack_core.services.demo_recipe import Flags, Random, Recipe, Whole

Texts = np.ndarray[tuple[int], np.dtype[np.object_]]


def make_surnames(recipe: Recipe, ethnicity: Whole, random: Random) -> Texts:
    """Return a surname for each child; `ethnicity` is a place among the recipe's ethnicities."""
    own = _chosen(recipe, "surnames", ethnicity, recipe["surnames"], random)
    second = _chosen(recipe, "surnames", ethnicity, recipe["surnames"], random)
    double = random.random(len(own)) < recipe["pupils"]["double_surname"]
    for place in np.flatnonzero(double):
        first, last = own[place], second[place]
        if first != last and "-" not in first + last and " " not in first + last:
            own[place] = f"{first}-{last}"
    return own


def make_forenames(recipe: Recipe, ethnicity: Whole, male: Flags, random: Random) -> Texts:
    """Return one forename, or two, for each child."""
    names = np.empty(len(ethnicity), dtype=object)
    for sex, flags in (("male", male), ("female", ~male)):
        lists = {background: both[sex] for background, both in recipe["forenames"].items()}
        who = np.flatnonzero(flags)
        first = _chosen(recipe, "forenames", ethnicity[who], lists, random)
        second = _chosen(recipe, "forenames", ethnicity[who], lists, random)
        two = random.random(len(who)) < recipe["pupils"]["two_forenames"]
        for place in np.flatnonzero(two):
            if first[place] != second[place] and "-" not in second[place]:
                first[place] = f"{first[place]} {second[place]}"
        names[who] = first
    return names


def make_upns(
    authority: str, establishment: Whole, year: Whole, temporary: Flags, random: Random
) -> list[str]:
    """Return a different UPN for each child, with its check letter.

    `establishment` and `year` (of allocation) have the child's own number 001, 002, ... behind
    them; a temporary number has two digits and a letter. The authority's number is not in use in
    England, so no child has any of these.
    """
    digits = np.zeros((len(establishment), 12), dtype=np.int64)
    digits[:, 0:3] = [int(digit) for digit in authority]
    for place, power in enumerate((1000, 100, 10, 1)):
        digits[:, 3 + place] = establishment // power % 10
    digits[:, 7], digits[:, 8] = year // 10 % 10, year % 10
    serial = _serials(establishment * 200 + (year % 100) * 2 + temporary)
    if len(serial) and (serial.max() > 999 or serial[temporary].max(initial=0) > 99):
        raise ValueError("There are too many children for the numbers of one school and year.")
    letters = random.integers(0, len(CHECK_LETTERS), len(serial))
    digits[:, 9] = np.where(temporary, serial // 10 % 10, serial // 100 % 10)
    digits[:, 10] = np.where(temporary, serial % 10, serial // 10 % 10)
    digits[:, 11] = np.where(temporary, letters, serial % 10)
    check = digits @ np.arange(2, 14) % len(CHECK_LETTERS)
    body = ["".join(map(str, row)) for row in digits[:, :11].tolist()]
    last = [
        CHECK_LETTERS[value] if is_temporary else str(value)
        for value, is_temporary in zip(digits[:, 11].tolist(), temporary.tolist(), strict=True)
    ]
    return [
        f"{CHECK_LETTERS[letter]}{middle}{end}"
        for letter, middle, end in zip(check.tolist(), body, last, strict=True)
    ]


def _serials(groups: Whole) -> Whole:
    """Number the members of each group from 1, in their order."""
    order = np.argsort(groups, kind="stable")
    _, starts, sizes = np.unique(groups[order], return_index=True, return_counts=True)
    serial = np.empty(len(groups), dtype=np.int64)
    serial[order] = np.arange(len(groups)) - np.repeat(starts, sizes) + 1
    return serial


def _chosen(
    recipe: Recipe, part: str, ethnicity: Whole, lists: dict[str, Any], random: Random
) -> Texts:
    """Choose from the lists of the child's ethnicity, the first names of a list most often."""
    chosen = np.empty(len(ethnicity), dtype=object)
    for place, rule in enumerate(recipe["ethnicities"]):
        who = np.flatnonzero(ethnicity == place)
        background = random.integers(0, len(rule[part]), len(who))
        for number, name in enumerate(rule[part]):
            here = who[background == number]
            names = np.array(lists[name], dtype=object)
            weights = 1 / (np.arange(len(names)) + 8)
            chosen[here] = names[random.choice(len(names), len(here), p=weights / weights.sum())]
    return chosen
