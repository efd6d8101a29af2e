"""The pupil matrix: a primary set of data, and layers of other sets to compare it with.

The figures of all sets are of one summary. Of sets whose pupils the reader may not see, and of all
when the matrix is to be published, small figures are withheld, and those that would give one away.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import pandas as pd

from pupiltrack_core.access import Action
from pupiltrack_core.calc import result_figures as results
from pupiltrack_core.calc.matrix import DATA_SET, PRIMARY, withhold_sets
from pupiltrack_core.domain import statutory
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.judgement_wording import STANDARD_WORDING, JudgementWording
from pupiltrack_core.domain.prior_results import (
    SUMS,
    has_years_after_key_stage_1,
    measures_of,
    shown_codes,
    year_groups_with,
)
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.matrix_sets import (
    ReadSet,
    SetReader,
    pairs_apart,
    parts_among,
    pupils_in_data,
    summarise_sets,
)
from pupiltrack_core.services.reports import REPORT_MADE, ExportNote
from pupiltrack_core.storage.prior_results import PriorResults, tally_results

MOST_LAYERS = 40
_FILTER_OF = {
    statutory.Collection.EYFSP: Characteristic.GLD,
    statutory.Collection.KS1: Characteristic.KS1,
}
WHAT = "pupil matrix"


@dataclass(frozen=True)
class DataSet:
    """One data set of a matrix.

    `summary` is a SUMMARY without keys of reading, writing, maths and all three, small figures
    missing where they are withheld. Where `trouble` says why there are no figures, it is empty.
    `assessments` names the assessment each year group stands at; `not_included` pupils are in no
    figure, None when unknown or not for the reader.
    """

    selection: CohortSelection
    place: str
    description: str
    summary: pd.DataFrame
    assessments: Mapping[int, str]
    not_included: int | None
    may_see_names: bool
    trouble: str = ""


@dataclass(frozen=True)
class ResultTable:
    """What the pupils of the primary set had reached before, in one collection.

    `figures` has `measure`, `result`, `pupils` and `of` (`calc.result_figures`); `of` are the
    pupils of `year_groups`, those of the cohort it applies to. Empty where it applies to none.
    """

    collection: statutory.Collection
    year_groups: tuple[int, ...]
    figures: pd.DataFrame

    @cached_property
    def by_place(self) -> Mapping[tuple[str, str], tuple[int | None, int | None]]:
        """The count and denominator by measure and result; None for each that is withheld."""
        columns = [results.MEASURE, results.RESULT, results.PUPILS, results.OF]
        return {
            (str(measure), str(result)): (
                None if pd.isna(count) else int(count),
                None if pd.isna(of) else int(of),
            )
            for measure, result, count, of in self.figures[columns].itertuples(
                index=False, name=None
            )
        }


@dataclass(frozen=True)
class PupilMatrix:
    """A primary set, its layers as they are shown, and earlier results of the primary set.

    `wording` is what the school calls the judgements if all sets are of one, else the standard.
    `is_published` says that small figures are withheld whoever reads it.
    """

    primary: DataSet
    layers: tuple[DataSet, ...]
    results: tuple[ResultTable, ...]
    wording: JudgementWording
    is_published: bool
    _sets: tuple[ReadSet, ...] = field(repr=False)
    _results: tuple[ResultTable, ...] = field(repr=False)

    @property
    def sets(self) -> tuple[DataSet, ...]:
        """The primary set and the layers."""
        return (self.primary, *self.layers)

    def arranged(self, order: Sequence[int]) -> PupilMatrix:
        """Return the matrix with these of its layers, by their places from 0, in this order."""
        kept = [self._sets[PRIMARY], *(self._sets[1 + place] for place in order)]
        return _put_together(kept, self._results, publish=self.is_published)

    def to_publish(self) -> PupilMatrix:
        """Return the matrix as it can be given to readers outside."""
        return _put_together(self._sets, self._results, publish=True)


def pupil_matrix(
    caller: Caller, primary: CohortSelection, layers: Sequence[CohortSelection] = ()
) -> PupilMatrix:
    """Return the matrix of these cohorts.

    A layer whose assessment was deleted, or that is out of the reader's reach, has no figures and
    says why. Raises as `services.reports.full_report` for the primary set, and `InvalidEntry` for
    more than `MOST_LAYERS` layers.
    """
    _require_room(len(layers))
    with caller.begin() as work:
        reader = SetReader(work)
        first = reader.read(primary)
        sets = [first, *(reader.read_layer(layer) for layer in layers)]
        found = _read_results(work, first)
    return _put_together(sets, found, publish=False)


def add_layer(caller: Caller, matrix: PupilMatrix, layer: CohortSelection) -> PupilMatrix:
    """Return the matrix with one more layer at the head of the others, which are not read again.

    Raises as `pupil_matrix`, for a layer that is out of reach or gone too.
    """
    _require_room(len(matrix.layers) + 1)
    with caller.begin() as work:
        added = SetReader(work).read(layer)
    first, *others = matrix._sets
    return _put_together((first, added, *others), matrix._results, publish=matrix.is_published)


def note_matrix_export(
    caller: Caller, matrix: PupilMatrix, *, what: str = WHAT, with_names: bool = False
) -> ExportNote:
    """Check that the reader may take every set of the matrix away, write it down, say who and when.

    The audit has a row for each place, committed before anything is made. Raises as
    `services.reports.note_export`.
    """
    with caller.begin(write=True, act=True) as work:
        noted = set()
        for one in matrix.sets:
            place = (one.selection.school_id, one.selection.local_authority_id)
            if one.trouble or place in noted:
                continue
            noted.add(place)
            school_id, authority = place
            if school_id is not None:
                work.require(Action.EXPORT, school_id)
            elif authority is not None:
                work.require_over_authority(Action.EXPORT, authority)
            work.audit(
                REPORT_MADE,
                school_id=school_id,
                local_authority_id=authority,
                what=f"{what} to publish" if matrix.is_published else what,
                academic_year=one.selection.academic_year,
                years=str(one.selection.years),
                layers=len(matrix.layers),
                with_names=with_names,
            )
        work.commit()
        return ExportNote(by=work.principal.display_name, at=work.now)


def _require_room(layers: int) -> None:
    if layers > MOST_LAYERS:
        raise InvalidEntry(
            f"A matrix has up to {MOST_LAYERS} layers. Remove one to add another; nothing was "
            "changed.",
            field="layers",
        )


def _read_results(work: Work, first: ReadSet) -> tuple[ResultTable, ...]:
    chosen = first.selection
    tables = []
    for collection in _FILTER_OF:
        groups = year_groups_with(collection, chosen.year_groups, chosen.academic_year)
        if not groups and not (
            collection is statutory.Collection.KS1
            and has_years_after_key_stage_1(chosen.year_groups)
        ):
            continue
        measures = measures_of(collection)
        wanted = PriorResults(chosen, collection, measures, groups)
        codes = {
            measure: shown_codes(collection, measure, groups, chosen.academic_year)
            for measure in (measures if groups else ())
        }
        figures = results.result_figures(
            tally_results(work.session, wanted),
            codes,
            of=pupils_in_data(first, groups),
            sums=SUMS,
        )
        tables.append(ResultTable(collection, groups, figures))
    return tuple(tables)


def _put_together(
    sets: Sequence[ReadSet], found: tuple[ResultTable, ...], *, publish: bool
) -> PupilMatrix:
    summary = summarise_sets(sets)
    seen = [] if publish else [at for at, one in enumerate(sets) if one.may_see_names]
    if len(seen) < len(sets):
        summary = withhold_sets(
            summary, parts=parts_among(sets), apart=pairs_apart(sets), seen=seen
        )
    by_set = {int(str(number)): lines for number, lines in summary.groupby(DATA_SET, sort=True)}
    shown = [
        _shown(
            one,
            by_set[number].drop(columns=DATA_SET).reset_index(drop=True),
            is_seen=number in seen,
        )
        for number, one in enumerate(sets)
    ]
    tables = found
    if PRIMARY not in seen:
        chosen_by = {item for one in sets for item, _ in one.selection.characteristics}
        tables = tuple(_withheld(table, chosen_by) for table in found)
    places = {one.selection.school_id for one in sets}
    return PupilMatrix(
        primary=shown[PRIMARY],
        layers=tuple(shown[1:]),
        results=tables,
        wording=sets[PRIMARY].wording if len(places) == 1 else STANDARD_WORDING,
        is_published=publish,
        _sets=tuple(sets),
        _results=found,
    )


def _withheld(table: ResultTable, chosen_by: Collection[Characteristic]) -> ResultTable:
    """Return a table without its small figures, and without any where a set is chosen by them.

    How many such a set has would tell one figure, and that one the rest.
    """
    figures = results.withhold_results(table.figures, sums=SUMS)
    if figures[results.PUPILS].isna().any() and _FILTER_OF[table.collection] in chosen_by:
        figures[results.PUPILS] = pd.array([pd.NA] * len(figures), dtype="Int64")
    return replace(table, figures=figures)


def _shown(one: ReadSet, summary: pd.DataFrame, *, is_seen: bool) -> DataSet:
    return DataSet(
        selection=one.selection,
        place=one.place,
        description=one.description,
        summary=summary.iloc[:0] if one.trouble else summary,
        assessments=one.assessments,
        not_included=one.not_included if is_seen else None,
        may_see_names=one.may_see_names,
        trouble=one.trouble,
    )
