"""Cohorts of schools for comparing many at once: reading, writing and maths alone, without names.

What several of them share is read once: the judgements of an assessment, whoever looks at it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.storage.assessment_models import JudgementRow
from pupiltrack_core.storage.cohort_frames import (
    read_enrolments,
    read_standing,
    select_judgements,
)

_CORE = tuple(subject.value for subject in CORE_SUBJECTS)
_READ = (columns.PUPIL_ID, columns.YEAR_GROUP, columns.INCLUDE_IN_DATA)
_CODE_OF = {value: code for code, value in enumerate(columns.JUDGEMENT_DTYPE.categories)}
_NONE = (-1,) * len(_CORE)
Codes = tuple[int, ...]  # of reading, writing and maths; -1 where there is no judgement


@dataclass(frozen=True)
class CoreCohort:
    """Some columns of a COHORT frame, and the assessment each year group stands at.

    `pupils` has `year_group`, `include_in_data` and the judgements in reading, writing and maths.
    """

    pupils: pd.DataFrame
    assessments: dict[int, int]


@dataclass
class CoreCohorts:
    """Reads cohorts of schools one after another, within one transaction."""

    session: Session
    _marks: dict[int, dict[int, Codes]] = field(default_factory=dict)

    def read(self, selection: CohortSelection) -> CoreCohort:
        """Return a cohort of one school, the same pupils as `cohort_frames.load_cohort`.

        Raise `NotFound` when the chosen assessment is not there.
        """
        standing = read_standing(self.session, selection)
        self._read_marks(selection, {assessment for assessment, _ in standing.values()})
        rows = read_enrolments(self.session, selection, standing, _READ)
        ids, year_groups, included = zip(*rows, strict=True) if rows else ((), (), ())
        marks: dict[int, dict[int, Codes]] = {
            group: self._marks[assessment] for group, (assessment, _) in standing.items()
        }
        nothing: dict[int, Codes] = {}
        codes = np.array(
            [
                marks.get(group, nothing).get(pupil_id, _NONE)
                for pupil_id, group in zip(ids, year_groups, strict=True)
            ],
            dtype=np.int8,
        ).reshape(len(ids), len(_CORE))
        frame = pd.DataFrame(
            {
                columns.YEAR_GROUP: np.array(year_groups, dtype=np.int8),
                columns.INCLUDE_IN_DATA: np.array(included, dtype=bool),
                **{
                    subject: pd.Categorical.from_codes(
                        codes[:, place], dtype=columns.JUDGEMENT_DTYPE
                    )
                    for place, subject in enumerate(_CORE)
                },
            }
        )
        return CoreCohort(frame, {group: assessment for group, (assessment, _) in standing.items()})

    def _read_marks(self, selection: CohortSelection, wanted: Iterable[int]) -> None:
        missing = set(wanted) - self._marks.keys()
        if not missing:
            return
        query = select_judgements(selection, missing).where(JudgementRow.subject.in_(_CORE))
        place_of = {subject: place for place, subject in enumerate(_CORE)}
        found: dict[int, dict[int, list[int]]] = defaultdict(dict)
        for assessment_id, pupil_id, subject, value in self.session.execute(query):
            marks = found[assessment_id].setdefault(pupil_id, list(_NONE))
            marks[place_of[subject]] = _CODE_OF[value]
        for assessment_id in missing:
            self._marks[assessment_id] = {
                pupil_id: tuple(marks) for pupil_id, marks in found[assessment_id].items()
            }
