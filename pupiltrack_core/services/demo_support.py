"""What the demo schools do for single children: interventions, and meetings about them."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np

from pupiltrack_core.services.demo_children import DemoChildren
from pupiltrack_core.services.demo_recipe import Flags, Random, Recipe, Whole, highest
from pupiltrack_core.services.demo_rolls import Roll

_NOISE = 0.8  # standard deviation of what else than ability makes a school step in
_TERMS = ((0, 9, 22), (1, 1, 12), (1, 4, 20))  # when programmes start: year offset, month, day
_MEETINGS = ((0, 11, 10), (1, 3, 2))  # the first days of the weeks in which people meet
_STILL_OPEN = 0.08  # share of programmes whose end nobody has noted
Rows = dict[str, list[Any]]


def make_interventions(recipe: Recipe, children: DemoChildren, roll: Roll, random: Random) -> Rows:
    """Return the columns of a year's interventions but ids and fixed ones; `place` is the roll's.

    The children who find learning hardest are likeliest to have one.
    """
    rules = recipe["support"]
    rows: Rows = defaultdict(list)
    chosen = _in_need(children, roll, rules["interventions"], random)
    for place, chance in zip(
        chosen.tolist(), random.random((len(chosen), 4)).tolist(), strict=True
    ):
        year_group = int(roll.year_group[place])
        programmes = [
            item for item in rules["programmes"] if item["from"] <= year_group <= item["to"]
        ]
        programme = programmes[int(chance[0] * len(programmes))]
        offset, month, day = _TERMS[int(chance[1] * len(_TERMS))]
        starts_on = _school_day(date(roll.academic_year + offset, month, day))
        ends_on = starts_on + timedelta(days=7 * programme["weeks"] - 3)
        rows["place"].append(place)
        rows["title"].append(programme["title"])
        rows["subject"].append(programme.get("subject"))
        rows["details"].append(programme["details"])
        rows["starts_on"].append(starts_on)
        rows["ends_on"].append(None if chance[2] < _STILL_OPEN else ends_on)
        rows["run_by"].append(rules["helpers"][int(chance[3] * len(rules["helpers"]))])
        rows["created_at"].append(_noted(starts_on))
    return rows


def make_meetings(recipe: Recipe, children: DemoChildren, roll: Roll, random: Random) -> Rows:
    """Return the columns of a year's meetings but ids and fixed ones; `place` is the roll's."""
    rules = recipe["support"]
    rows: Rows = defaultdict(list)
    chosen = _in_need(children, roll, rules["meetings"], random)
    for place, chance in zip(
        chosen.tolist(), random.random((len(chosen), 4)).tolist(), strict=True
    ):
        offset, month, day = _MEETINGS[int(chance[0] * len(_MEETINGS))]
        week = date(roll.academic_year + offset, month, day)
        held_on = _school_day(week + timedelta(days=int(chance[1] * 5)))
        rows["place"].append(place)
        rows["held_on"].append(held_on)
        rows["teacher"].append(rules["teachers"][int(chance[2] * len(rules["teachers"]))])
        rows["comments"].append(rules["comments"][int(chance[3] * len(rules["comments"]))])
        rows["created_at"].append(_noted(held_on))
    return rows


def _in_need(children: DemoChildren, roll: Roll, share: float, random: Random) -> Whole:
    """Return the places of the share of the roll most in need, among those there all year."""
    need = -children.general[roll.child] + _NOISE * random.standard_normal(len(roll.child))
    all_year: Flags = (roll.joined_place < 0) & (roll.left_place < 0)
    places: Whole = np.flatnonzero(highest(need, share) & all_year)
    return places


def _school_day(day: date) -> date:
    """Return the day, or the Monday after a weekend."""
    return day + timedelta(days=7 - day.weekday() if day.weekday() > 4 else 0)


def _noted(day: date) -> datetime:
    return datetime.combine(day, time(16, 0), UTC)
