"""What the small page is about: its pupils, its filter and its diagram, the same for every tool."""

from __future__ import annotations

import os
import random
import sqlite3
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from matplotlib_venn import venn3

PUPILS = 210
FILE = "small-page.sqlite"
VARIABLE = "SMALL_PAGE_DATABASE"
TITLE = "Small page"
SUBJECTS = ("Reading", "Writing", "Maths")
OTHERS = (
    *("Speaking", "Phonics", "Spelling", "Grammar", "Number", "Geometry", "Statistics"),
    *("Science", "History", "Geography", "Computing", "Art", "Music", "PE", "RE"),
)
TESTS = ("Reading score", "Maths score", "Spelling score")
CLASSES = tuple(f"4{letter}" for letter in "ABCDEFG")
ALL, DISADVANTAGED, NOT_DISADVANTAGED = "All", "Disadvantaged", "Not disadvantaged"
CHOICES = (ALL, *(f"Class {name}" for name in CLASSES), DISADVANTAGED, NOT_DISADVANTAGED)
_BEFORE = ("Pupil", "Class", "Sex", "Born", "Disadvantaged", "SEN support", "EAL", "Attendance")
COLUMNS = (*_BEFORE, *SUBJECTS, *OTHERS, *TESTS, "Note")
_JUDGEMENTS = ("Below", "Towards", "On track", "Deeper")
_ON_TRACK = ("On track", "Deeper")


def make_pupils(path: Path) -> None:
    """Write the table of pupils to a new SQLite file. The same pupils every time."""
    chance = random.Random(20260109)  # noqa: S311 - invented pupils, nothing secret
    rows = []
    for number in range(1, PUPILS + 1):
        marks = chance.choices(_JUDGEMENTS, (15, 20, 45, 20), k=len(SUBJECTS) + len(OTHERS))
        scores = [chance.randint(70, 130) for _ in TESTS]
        rows.append(
            (
                f"Surname{number:03}, Forename{number:03}",
                CLASSES[number % len(CLASSES)],
                "FM"[number % 2],
                f"{2017 - (number % 12 < 8)}-{number % 12 + 1:02}-{number % 28 + 1:02}",
                "Yes" if chance.random() < 0.27 else "No",
                "Yes" if chance.random() < 0.15 else "No",
                "Yes" if chance.random() < 0.2 else "No",
                round(chance.uniform(85, 100), 1),
                *marks,
                *scores,
                "",
            )
        )
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    places = ", ".join("?" * len(COLUMNS))
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(f"CREATE TABLE pupils ({names})")
        connection.executemany(f"INSERT INTO pupils VALUES ({places})", rows)  # noqa: S608
    connection.close()


def load_pupils(path: Path | None = None) -> pd.DataFrame:
    """Return every pupil; from the file the environment names unless `path` is given."""
    connection = sqlite3.connect(path or os.environ[VARIABLE])
    try:
        return pd.read_sql_query("SELECT * FROM pupils", connection)
    finally:
        connection.close()


def choose(pupils: pd.DataFrame, choice: str) -> pd.DataFrame:
    """Return the pupils a choice of the filter shows."""
    if choice == ALL:
        return pupils
    if choice in (DISADVANTAGED, NOT_DISADVANTAGED):
        return pupils[pupils["Disadvantaged"] == ("Yes" if choice == DISADVANTAGED else "No")]
    return pupils[pupils["Class"] == choice.removeprefix("Class ")]


def regions(pupils: pd.DataFrame) -> dict[str, int]:
    """Return how many pupils are on track in which of the three subjects: "110" is two of them."""
    on_track = pupils[list(SUBJECTS)].isin(_ON_TRACK)
    found = on_track.astype(int).astype(str).agg("".join, axis=1).value_counts()
    return {key: int(found.get(key, 0)) for key in _KEYS}


_KEYS = ("100", "010", "110", "001", "101", "011", "111", "000")


def draw_venn(pupils: pd.DataFrame) -> Figure:
    """Return the diagram as somebody who uses matplotlib-venn draws it."""
    figure = Figure(figsize=(5, 4))
    counts = regions(pupils)
    venn3([counts[key] for key in _KEYS[:7]], set_labels=SUBJECTS, ax=figure.add_subplot())
    return figure


def label(pupils: pd.DataFrame) -> str:
    """Return the words that say how many pupils are shown."""
    return f"Pupils shown: {len(pupils)}."
