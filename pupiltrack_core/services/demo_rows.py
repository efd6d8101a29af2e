"""Writing the demo's pupils, enrolments, results, assessments and cells to the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sqlalchemy import Connection, Table

from pupiltrack_core.services.demo_assessments import (
    CellMaker,
    DemoAssessment,
    SchoolPlan,
    assessed_year_groups,
    make_assessments,
    make_plans,
)
from pupiltrack_core.services.demo_children import make_children
from pupiltrack_core.services.demo_places import EARLIER, LATER, make_places
from pupiltrack_core.services.demo_recipe import Random, Recipe
from pupiltrack_core.services.demo_results import LATEST, make_results, results_of_pupils
from pupiltrack_core.services.demo_rolls import (
    Roll,
    Rolls,
    enrolment_columns,
    make_rolls,
    pupil_columns,
)
from pupiltrack_core.services.demo_schools import DemoSchools
from pupiltrack_core.services.demo_support import make_interventions, make_meetings
from pupiltrack_core.storage.assessment_models import (
    Assessment,
    AssessmentSubject,
    AssessmentYearGroup,
    JudgementRow,
    StatutoryResult,
)
from pupiltrack_core.storage.bulk_rows import add_rows, follow_ids, next_id
from pupiltrack_core.storage.models import Enrolment, Pupil
from pupiltrack_core.storage.support_models import Intervention, PupilMeeting

Progress = Callable[[int, int], None]
DRAWS = 8  # independent streams of random numbers, so that a change of one part leaves the others


class RowWriter:
    """Makes the rows and hands them to the database, a school at a time where there are many.

    It adds within the transaction of `connection` and never commits.
    """

    def __init__(
        self, connection: Connection, recipe: Recipe, schools: DemoSchools, school_ids: list[int]
    ) -> None:
        self._connection = connection
        self._recipe = recipe
        self._schools = schools
        self._school_ids = np.array(school_ids, dtype=np.int64)
        self._first_pupil = next_id(connection, _table(Pupil))
        self._first_assessment = next_id(connection, _table(Assessment))

    def write(self, draws: list[Random], progress: Progress) -> dict[str, int]:
        """Add every row but those of schools and people; return the counts of a `DemoSummary`."""
        recipe, schools = self._recipe, self._schools
        places = make_places(recipe, schools, draws[0])
        children = make_children(recipe, schools, places, draws[1])
        rolls = make_rolls(places, draws[2])
        self._add_pupils(rolls, pupil_columns(recipe, schools, places, children, rolls, draws[3]))
        for roll in rolls.years:
            columns = enrolment_columns(recipe, schools, places, children, roll, draws[3])
            self._add(
                Enrolment,
                school_id=self._school_ids[roll.school].tolist(),
                academic_year=roll.academic_year,
                pupil_id=self._pupils(roll.pupil.tolist()),
                version=1,
                **columns,
            )
        results = 0
        for found, rows in results_of_pupils(
            make_results(recipe, places, children, draws[4]), rolls, len(places)
        ):
            results += self._add(
                StatutoryResult,
                school_id=self._school_ids[rows["school"]].tolist(),
                pupil_id=self._pupils(rows["pupil"]),
                collection=found.collection.value,
                ending_year=found.ending_year,
                sitting=found.sitting.value,
                measure=found.measure,
                value=rows["value"],
                code=rows["code"],
                source="Demo",
                data_status="provisional" if found.ending_year == LATEST else "final",
            )
        plans = make_plans(recipe, schools, draws[5])
        makers = {
            roll.academic_year: CellMaker(recipe, children, roll, len(schools), draws[6])
            for roll in rolls.years
        }
        assessments = [
            assessment
            for year in (EARLIER, LATER)
            for assessment in make_assessments(recipe, schools, year, draws[5])
        ]
        assessments.sort(key=lambda item: (item.school, item.academic_year, item.term))
        judgements = 0
        for done, assessment in enumerate(assessments, start=1):
            number = self._first_assessment + done - 1
            school_plan = plans[assessment.school]
            self._add_assessment(number, assessment, school_plan)
            maker = makers[assessment.academic_year]
            judgements += self._add_cells(number, assessment, maker, school_plan)
            if done * len(schools) % len(assessments) == 0:
                progress(assessment.school + 1, len(schools))
        for roll in rolls.years:
            self._add_support(
                Intervention, roll, make_interventions(recipe, children, roll, draws[7])
            )
            self._add_support(PupilMeeting, roll, make_meetings(recipe, children, roll, draws[7]))
        numbered = (Pupil, Assessment, Intervention, PupilMeeting)
        follow_ids(self._connection, [_table(model) for model in numbered])
        return {
            "pupils": len(rolls.years[1].pupil),
            "assessments": len(assessments),
            "judgements": judgements,
            "results": results,
        }

    def _pupils(self, numbers: list[int]) -> list[int]:
        """Return the database's ids of pupils numbered from 1."""
        return [self._first_pupil - 1 + number for number in numbers]

    def _add_pupils(self, rolls: Rolls, columns: dict[str, list[Any]]) -> None:
        number = len(rolls.pupil_child)
        self._add(
            Pupil,
            id=list(range(self._first_pupil, self._first_pupil + number)),
            school_id=self._school_ids[rolls.pupil_school].tolist(),
            upn_is_local=False,
            **columns,
        )

    def _add_assessment(self, number: int, assessment: DemoAssessment, plan: SchoolPlan) -> None:
        rules = self._recipe["assessments"]
        key = {
            "school_id": int(self._school_ids[assessment.school]),
            "academic_year": assessment.academic_year,
        }
        self._add(
            Assessment,
            id=[number],
            **key,
            name=assessment.name,
            held_on=assessment.held_on,
            formative_title=rules["formative_title"] if plan.has_formative else None,
            test_title=rules["test_title"] if plan.has_tests else None,
            has_phonics=plan.has_phonics,
            created_at=assessment.recorded_at,
            version=1,
        )
        year_groups = list(assessed_year_groups())
        self._add(AssessmentYearGroup, **key, assessment_id=number, year_group=year_groups)
        self._add(AssessmentSubject, **key, assessment_id=number, subject=list(plan.subjects))

    def _add_cells(
        self, number: int, assessment: DemoAssessment, maker: CellMaker, plan: SchoolPlan
    ) -> int:
        return sum(
            self._add(
                JudgementRow,
                school_id=int(self._school_ids[assessment.school]),
                academic_year=assessment.academic_year,
                assessment_id=number,
                pupil_id=self._pupils(cells["pupil"]),
                subject=cells["subject"],
                kind=kind,
                value=cells["value"],
                version=1,
                changed_at=assessment.recorded_at,
            )
            for kind, cells in maker.cells(assessment, plan)
        )

    def _add_support(self, model: Any, roll: Roll, rows: dict[str, list[Any]]) -> None:
        """Add interventions or meetings, whose `place` is where the roll has the pupil."""
        places = rows.pop("place", [])
        first = next_id(self._connection, _table(model))
        self._add(
            model,
            id=list(range(first, first + len(places))),
            school_id=self._school_ids[roll.school[places]].tolist() if places else [],
            pupil_id=self._pupils(roll.pupil[places].tolist()) if places else [],
            academic_year=roll.academic_year,
            version=1,
            **rows,
        )

    def _add(self, model: Any, **columns: Any) -> int:
        return add_rows(self._connection, _table(model), columns)


def _table(model: Any) -> Table:
    table: Table = model.__table__
    return table
