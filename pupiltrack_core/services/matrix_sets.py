"""The data sets of a pupil matrix as they are read: who may see them, and what they count."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pupiltrack_core.access import Action, SchoolScope, may
from pupiltrack_core.calc.matrix import DATA_SET, Part
from pupiltrack_core.calc.summary import summarise, tally_cohort
from pupiltrack_core.domain.cohort_overlap import are_apart, holds
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.judgement_wording import (
    STANDARD_WORDING,
    JudgementWording,
    wording_of,
)
from pupiltrack_core.domain.outcomes import outcomes_of
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.schemas import tallies
from pupiltrack_core.services.caller import Work
from pupiltrack_core.services.cohort_filters import require_filters
from pupiltrack_core.services.cohort_places import require_group
from pupiltrack_core.services.reports import describe_cohort
from pupiltrack_core.storage.core_cohorts import CoreCohorts
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.report_lookups import find_assessment_names
from pupiltrack_core.storage.tallies import tally_schools

_CORE = tuple(subject.value for subject in CORE_SUBJECTS)


@dataclass(frozen=True)
class ReadSet:
    """One data set as it was read, small figures and all: for whoever puts a matrix together.

    `pupils` is the frame of a school's cohort, `tally` the counts by year group of one of several
    schools; both are None where `trouble` says why there are no figures. `standing` is the
    assessment of each year group, `schools` the keys of the schools it is of.
    """

    selection: CohortSelection
    place: str = ""
    description: str = ""
    trouble: str = ""
    schools: frozenset[int] = frozenset()
    may_see_names: bool = False
    pupils: pd.DataFrame | None = None
    tally: pd.DataFrame | None = None
    not_included: int | None = None
    standing: Mapping[int, int] = field(default_factory=dict)
    assessments: Mapping[int, str] = field(default_factory=dict)
    wording: JudgementWording = STANDARD_WORDING


@dataclass
class SetReader:
    """Reads data sets in one unit of work; what several share is read once."""

    work: Work
    _cohorts: CoreCohorts = field(init=False)

    def __post_init__(self) -> None:
        self._cohorts = CoreCohorts(self.work.session)

    def read(self, selection: CohortSelection) -> ReadSet:
        """Return a data set; raise as `services.reports.full_report`."""
        if selection.school_id is None:
            return self._read_group(selection)
        school = self.work.require(Action.SEE_REPORTS, selection.school_id)
        scope = SchoolScope(school.id, school.local_authority_id)
        require_filters(self.work.principal, selection, scope)
        cohort = self._cohorts.read(selection)
        used = self._names_of(school, cohort.assessments)
        return ReadSet(
            selection=selection,
            place=school.name,
            description=describe_cohort(selection, school, used),
            schools=frozenset({school.id}),
            may_see_names=may(self.work.principal, Action.SEE_PUPILS, scope),
            pupils=cohort.pupils,
            not_included=int((~cohort.pupils[columns.INCLUDE_IN_DATA]).sum()),
            standing=cohort.assessments,
            assessments=used,
            wording=wording_of(school.judgement_wording or {}),
        )

    def read_layer(self, selection: CohortSelection) -> ReadSet:
        """Return a data set; of one that is out of reach or gone, what the trouble is."""
        try:
            return self.read(selection)
        except (AccessDenied, InvalidEntry, NotFound) as error:
            return self._troubled(selection, str(error))

    def _read_group(self, selection: CohortSelection) -> ReadSet:
        group = require_group(self.work, selection)
        return ReadSet(
            selection=selection,
            place=group.name,
            description=selection.describe(),
            schools=frozenset(group.schools),
            may_see_names=group.may_see_names,
            tally=tally_schools(
                self.work.session, selection, by=(columns.YEAR_GROUP,), core_only=True
            ),
        )

    def _names_of(self, school: School, standing: Mapping[int, int]) -> dict[int, str]:
        names = find_assessment_names(self.work.session, school.id, set(standing.values()))
        return {group: names[standing[group]] for group in sorted(standing)}

    def _troubled(self, selection: CohortSelection, trouble: str) -> ReadSet:
        """Return what can be said of a data set without figures: of a place in reach, which."""
        if selection.school_id is None:
            return ReadSet(selection, description=selection.describe(), trouble=trouble)
        try:
            school = self.work.school(selection.school_id)
        except NotFound:
            return ReadSet(selection, description=selection.describe(), trouble=trouble)
        chosen = selection.assessment_id
        names = find_assessment_names(
            self.work.session, school.id, set() if chosen is None else {chosen}
        )
        used = dict.fromkeys(selection.year_groups, names[chosen]) if chosen in names else {}
        return ReadSet(
            selection,
            place=school.name,
            description=describe_cohort(selection, school, used),
            trouble=trouble,
            schools=frozenset({school.id}),
        )


def summarise_sets(sets: Sequence[ReadSet]) -> pd.DataFrame:
    """Return one SUMMARY of all the sets keyed by `data_set`, their places; of nobody zeros."""
    numbers = np.arange(len(sets), dtype=np.int64)
    rows = [
        (subject, outcome)
        for subject in tallies.tallied_subjects(_CORE)
        for outcome in outcomes_of(subject)
    ]
    nobody = tallies.tally_frame(
        pd.DataFrame({DATA_SET: numbers}), rows, np.zeros(len(sets) * len(rows), dtype=np.int64)
    )
    frames = [
        one.pupils.assign(**{DATA_SET: number})
        for number, one in enumerate(sets)
        if one.pupils is not None
    ]
    parts = [nobody]
    if frames:
        parts.append(tally_cohort(pd.concat(frames, ignore_index=True), _CORE, by=[DATA_SET]))
    parts += [
        tallies.complete_tallies(one.tally, _CORE)
        .assign(**{DATA_SET: number})
        .loc[:, list(nobody.columns)]
        for number, one in enumerate(sets)
        if one.tally is not None
    ]
    return summarise(pd.concat(parts, ignore_index=True))


def pupils_in_data(one: ReadSet, year_groups: Collection[int]) -> int:
    """Return how many pupils of a set are in these year groups and included in the data."""
    if one.pupils is not None:
        inside = one.pupils[columns.YEAR_GROUP].isin(list(year_groups))
        return int((inside & one.pupils[columns.INCLUDE_IN_DATA]).sum())
    if one.tally is None:
        return 0
    of_reading = one.tally[one.tally[tallies.SUBJECT] == _CORE[0]]
    return int(
        of_reading.loc[of_reading[columns.YEAR_GROUP].isin(list(year_groups)), tallies.PUPILS].sum()
    )


def parts_among(sets: Sequence[ReadSet]) -> list[Part]:
    """Return the pairs of sets of which the second is a part of the first, at one assessment.

    Of several schools the assessments are not known; they are taken for the same.
    """
    return [
        (wide, part)
        for wide, wider in enumerate(sets)
        for part, narrower in enumerate(sets)
        if wide != part
        and not (wider.trouble or narrower.trouble)
        and holds(
            wider.selection,
            narrower.selection,
            wider_schools=wider.schools,
            narrower_schools=narrower.schools,
        )
        and _stand_together(wider, narrower)
    ]


def pairs_apart(sets: Sequence[ReadSet]) -> list[Part]:
    """Return the pairs of sets that share no pupil, each pair once."""
    return [
        (one, other)
        for one, first in enumerate(sets)
        for other, second in enumerate(sets[one + 1 :], start=one + 1)
        if not (first.trouble or second.trouble)
        and are_apart(
            first.selection,
            second.selection,
            schools=first.schools,
            other_schools=second.schools,
        )
    ]


def _stand_together(wider: ReadSet, narrower: ReadSet) -> bool:
    if wider.pupils is None or narrower.pupils is None:
        return True
    return all(
        wider.standing.get(group) == narrower.standing.get(group)
        for group in narrower.selection.year_groups
    )
