"""What is held for a statutory return, pupil by pupil, and what is still missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pandas as pd

from pupiltrack_core.access import Action
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.names import name_key
from pupiltrack_core.domain.statutory import (
    AUTUMN_PHONICS_YEARS,
    Collection,
    Sitting,
    good_level_of_development,
    phonics_outcome,
    phonics_sittings,
    result_text,
    takes_phonics_in_year_2,
)
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.storage.pupil_records import find_pupils_of_year
from pupiltrack_core.storage.statutory_results import find_results

Outcomes = dict[str, tuple[str | None, int | None]]  # the code and the value of each measure


class Holding(StrEnum):
    """How much of a pupil's result is held. Not due and missing are two different things."""

    HELD = "held"
    PART = "part"
    MISSING = "missing"
    NOT_DUE = "not due"

    @property
    def label(self) -> str:
        """The words people see."""
        return _HOLDING_LABELS[self]


_HOLDING_LABELS = {
    Holding.HELD: "Held",
    Holding.PART: "Partly held",
    Holding.MISSING: "Missing",
    Holding.NOT_DUE: "Not due",
}
PUPIL_COLUMNS = (
    "pupil_id",
    "upn",
    "surname",
    "forenames",
    "sex",
    "date_of_birth",
    "year_group",
    "class_name",
)
COUNT_COLUMNS = ("year_group", "pupils", *(holding.name.lower() for holding in Holding))


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """A collection as offered for an academic year.

    `is_statutory` is False where no result of the kind held here was due; `in_levels` says that the
    return of that year was made in levels instead.
    """

    collection: Collection
    label: str
    year_groups: tuple[int, ...]
    is_statutory: bool
    in_levels: bool


def collections_for(academic_year: int) -> tuple[CollectionInfo, ...]:
    """Return every collection and whether a return of it is due in the academic year."""
    ending = _ending(academic_year)
    return tuple(
        CollectionInfo(
            item,
            item.label,
            item.year_groups,
            is_statutory=item.was_taken(ending)
            or (item is Collection.PHONICS and ending in AUTUMN_PHONICS_YEARS),
            in_levels=item.was_in_levels(ending),
        )
        for item in Collection
    )


def statutory_results(
    caller: Caller, school_id: int, academic_year: int, collection: Collection
) -> pd.DataFrame:
    """Return what is held of the collection of that academic year, one row a pupil.

    Columns: `PUPIL_COLUMNS`, one for each measure that decides the return (`deciding_measures`: the
    words people see, as `result_text`; missing where nothing is held), holding (a `Holding`) and
    data_status ("provisional", "revised", "final"; missing without a result). The pupils are those
    enrolled in the collection's year groups, by year group, surname and forenames. A phonics
    outcome is worked out from a mark, a good level of development from 17 goals, where only those
    are held. A pupil of Year 2 who met the phonics standard before is not due, nor is anyone in a
    year without a statutory return. In 2021/22, when Year 2 had two checks, the later one held is
    shown, and an autumn result that June's has to follow is held in part. Raises InvalidEntry for a
    year that cannot be, NotFound, AccessDenied.
    """
    ending = _ending(academic_year)
    with caller.begin() as work:
        work.require(Action.SEE_ASSESSMENTS, school_id)
        pupils = [
            row
            for row in find_pupils_of_year(work.session, school_id, academic_year)
            if row.year_group in collection.year_groups
        ]
        results = find_results(
            work.session,
            school_id,
            academic_year,
            collection=collection.value,
            year_groups=collection.year_groups,
        )
    held = _Held(collection, ending, results)
    pupils.sort(key=lambda row: (row.year_group, name_key(row.surname), name_key(row.forenames)))
    measures = deciding_measures(collection)
    columns = [*PUPIL_COLUMNS, *measures, "holding", "data_status"]
    records = [
        (
            *(getattr(row, column) for column in PUPIL_COLUMNS),
            *held.describe(row.pupil_id, row.year_group, measures),
        )
        for row in pupils
    ]
    frame = pd.DataFrame.from_records(records, columns=columns)
    kinds: dict[str, str] = dict.fromkeys((*measures, "holding", "data_status"), "string")
    return frame.astype({"pupil_id": "int64", "year_group": "int8"} | kinds)


def count_holdings(results: pd.DataFrame) -> pd.DataFrame:
    """Return how many pupils are held, partly held, missing and not due, by year group.

    `results` is what `statutory_results` returns. Columns: `COUNT_COLUMNS`; `pupils` is the sum of
    the four others.
    """
    counts = pd.crosstab(results["year_group"], results["holding"].astype(object))
    counts = counts.reindex(columns=[holding.value for holding in Holding], fill_value=0)
    counts.insert(0, "pupils", counts.sum(axis=1))
    counts = counts.reset_index()
    counts.columns = pd.Index(COUNT_COLUMNS)
    return counts.astype(dict.fromkeys(COUNT_COLUMNS, "int64"))


def deciding_measures(collection: Collection) -> tuple[str, ...]:
    """Return the measures that must all be held for a pupil's return, in the order shown."""
    if collection is Collection.EYFSP:
        return ("GLD",)
    if collection is Collection.PHONICS:
        return ("MARK", "OUTCOME")
    return collection.measures


def _ending(academic_year: int) -> int:
    try:
        return AcademicYear(academic_year).ending
    except ValueError as error:
        raise InvalidEntry(str(error), field="academic_year") from error


class _Held:
    """The results of one collection, by pupil, ending year and sitting."""

    def __init__(self, collection: Collection, ending: int, results: Any) -> None:
        self.collection = collection
        self.ending = ending
        self.outcomes: dict[tuple[int, int, str], Outcomes] = defaultdict(dict)
        self.statuses: dict[tuple[int, int, str], str] = {}
        for row in results:
            key = (row.pupil_id, row.ending_year, row.sitting)
            self.outcomes[key][row.measure] = (row.code, row.value)
            self.statuses[key] = row.data_status

    def describe(
        self, pupil_id: int, year_group: int, measures: tuple[str, ...]
    ) -> tuple[str | None, ...]:
        """Return the measures' values, the holding and the status of one pupil."""
        if self.collection is Collection.PHONICS:
            sitting, holding = self._phonics(pupil_id, year_group)
        else:
            sitting, holding = Sitting.MAIN, self._holding(pupil_id)
        outcomes = self._outcomes(pupil_id, self.ending, sitting)
        values = tuple(
            result_text(self.collection, code=outcomes[measure][0], value=outcomes[measure][1])
            if measure in outcomes
            else None
            for measure in measures
        )
        return (*values, holding.value, self.statuses.get((pupil_id, self.ending, sitting)))

    def _outcomes(self, pupil_id: int, ending: int, sitting: Sitting) -> Outcomes:
        return _completed(
            self.collection, self.outcomes.get((pupil_id, ending, sitting), {}), ending
        )

    def _holding(self, pupil_id: int) -> Holding:
        outcomes = self._outcomes(pupil_id, self.ending, Sitting.MAIN)
        if set(deciding_measures(self.collection)) <= set(outcomes):
            return Holding.HELD
        if outcomes:
            return Holding.PART
        return Holding.MISSING if self.collection.was_taken(self.ending) else Holding.NOT_DUE

    def _phonics(self, pupil_id: int, year_group: int) -> tuple[Sitting, Holding]:
        """Return the latest sitting held, or else due, and how much of what was due is held."""
        possible = (Sitting.YEAR_1,) if year_group == 1 else (Sitting.AUTUMN, Sitting.YEAR_2)
        due = phonics_sittings(year_group, self.ending)
        held = [item for item in possible if self._outcomes(pupil_id, self.ending, item)]
        if not held:
            return possible[-1], self._holding_of_none(pupil_id, due)
        outcome = self._phonics_outcome(pupil_id, self.ending, held[-1])
        if outcome is None:
            return held[-1], Holding.PART
        is_last = not due or held[-1] is due[-1]
        settled = is_last or not takes_phonics_in_year_2(outcome)
        return held[-1], Holding.HELD if settled else Holding.PART

    def _holding_of_none(self, pupil_id: int, due: tuple[Sitting, ...]) -> Holding:
        if not due:
            return Holding.NOT_DUE
        if due == (Sitting.YEAR_2,):
            before = self._phonics_outcome(pupil_id, self.ending - 1, Sitting.YEAR_1)
            if not takes_phonics_in_year_2(before):
                return Holding.NOT_DUE
        return Holding.MISSING

    def _phonics_outcome(self, pupil_id: int, ending: int, sitting: Sitting) -> str | None:
        # an absent pupil has an outcome without a mark
        return self._outcomes(pupil_id, ending, sitting).get("OUTCOME", (None, None))[0]


def _completed(collection: Collection, outcomes: Mapping[str, Any], ending: int) -> Outcomes:
    """Add what follows from the rest; what is held is never overruled, nor an odd value used."""
    complete: Outcomes = dict(outcomes)
    try:
        if collection is Collection.PHONICS and "OUTCOME" not in complete:
            mark = complete.get("MARK", (None, None))[1]
            if mark is not None:
                complete["OUTCOME"] = (phonics_outcome(mark, ending), None)
        if collection is Collection.EYFSP and "GLD" not in complete:
            goals = {measure: code for measure, (code, _) in complete.items() if code is not None}
            level = good_level_of_development(goals, ending)
            if level is not None:
                complete["GLD"] = (level, None)
    except ValueError:
        return dict(outcomes)
    return complete
