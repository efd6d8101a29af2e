"""The points at which pupils of several schools can be compared, and where they stood.

Schools hold their assessments on days of their own and name them as they like. What they share is
the term: a point is the latest assessment of a term, or of a year, at each school, for the year
group a pupil was in then. The results at the end of a stage are the same everywhere.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from pupiltrack_core.calc.transition import EARLIER, LATER
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.attainment_points import (
    STANDING,
    TERMS,
    Point,
    PointKind,
    days_of_term,
)
from pupiltrack_core.domain.attainment_scales import HIGH_SCORE, HIGHER_STANDARD, result_step
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.services.attainment_points import (
    NamedPoint,
    latest_words,
    measures_at,
    statutory_points,
    step_of_judgements,
)
from pupiltrack_core.services.caller import Work
from pupiltrack_core.services.group_names import MOST_NAMES, SCHOOL_NAME, require_few
from pupiltrack_core.storage.transition_tallies import (
    AskedPoint,
    CountedPair,
    find_days_held,
    find_pupils_of_pairs,
    tally_pairs,
)

Cell = tuple[str, str]  # the steps at both points


@dataclass(frozen=True, slots=True)
class Way:
    """What pupils are followed through: a subject, or RWM, from one point to a later."""

    earlier: Point
    later: Point
    subject: str

    @property
    def asked(self) -> tuple[AskedPoint, AskedPoint]:
        """What the database is asked of the two points."""
        before, after = (
            AskedPoint(point, measures_at(point, self.subject))
            for point in (self.earlier, self.later)
        )
        return before, after

    def cell_of(self, pair: CountedPair) -> Cell:
        """Return the steps that pupils with these values stand at."""
        return (
            _step(self.earlier, self.subject, pair.earlier),
            _step(self.later, self.subject, pair.later),
        )


def points_of_schools(work: Work, selection: CohortSelection) -> tuple[NamedPoint, ...]:
    """Return every point the pupils of a cohort of several schools have, the earliest first.

    The caller has checked the right to the schools' reports.
    """
    points = statutory_points(selection)
    for year, days in find_days_held(work.session, selection).items():
        is_now = year == selection.academic_year
        latest = STANDING if is_now else Point(PointKind.LATEST, year)
        points.append(NamedPoint(latest, latest_words(year), max(days)))
        for term in TERMS:
            first, last = days_of_term(term, year)
            within = [day for day in days if first <= day <= last]
            if within:
                label = f"{term.value.capitalize()} term, {AcademicYear(year).label}"
                points.append(NamedPoint(Point(term, year), label, max(within)))
    return tuple(sorted(points, key=lambda item: (item.day, item.point.kind, item.point.text)))


def count_cells(work: Work, selection: CohortSelection, way: Way) -> dict[Cell, int]:
    """Return how many pupils of the schools stand at each pair of steps."""
    counts: dict[Cell, int] = {}
    for pair in tally_pairs(work.session, selection, *way.asked):
        cell = way.cell_of(pair)
        counts[cell] = counts.get(cell, 0) + pair.pupils
    return counts


def pupils_in_cells(
    work: Work,
    selection: CohortSelection,
    way: Way,
    *,
    cells: Collection[Cell],
    schools: dict[int, str],
) -> pd.DataFrame:
    """Return the pupils at these pairs of steps, in no order: `school_name`, `pupil_id`,
    `surname`, `forenames`, `year_group`, `class_name`, `earlier`, `later`.

    `schools` are their names. The caller has checked the right to the pupils. Raises `InvalidEntry`
    when they are more than can be listed.
    """
    wanted: dict[tuple[int | str, ...], Cell] = {}
    number = 0
    for pair in tally_pairs(work.session, selection, *way.asked):
        cell = way.cell_of(pair)
        if cell in cells:
            wanted[pair.key] = cell
            number += pair.pupils
    require_few(number)
    found = find_pupils_of_pairs(work.session, selection, *way.asked, keys=wanted, most=MOST_NAMES)
    return pd.DataFrame(
        [(schools[person[0]], *person[1:], *wanted[key]) for key, person in found],
        columns=[
            SCHOOL_NAME,
            columns.PUPIL_ID,
            columns.SURNAME,
            columns.FORENAMES,
            columns.YEAR_GROUP,
            columns.CLASS_NAME,
            EARLIER,
            LATER,
        ],
    )


def _step(point: Point, subject: str, values: tuple[str, ...]) -> str:
    held = dict(zip(measures_at(point, subject), values, strict=True))
    if point.kind.collection is None:
        return step_of_judgements(subject, held)
    results = {measure: _result(code) for measure, code in held.items() if code}
    return result_step(point.kind, subject, results)


def _result(code: str) -> tuple[str, int | None]:
    return ("AS", HIGH_SCORE) if code == HIGHER_STANDARD else (code, None)
