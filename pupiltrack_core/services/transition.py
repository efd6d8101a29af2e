"""The transition matrix: from each step at an earlier point to each at a later, with the pupils."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from pupiltrack_core.access import Action
from pupiltrack_core.calc.summary import outcome_of_each, sort_by_name
from pupiltrack_core.calc.transition import (
    APART,
    EARLIER,
    LATER,
    PUPILS,
    MovementFigures,
    Totals,
    cells_of_counts,
    cells_who,
    movement_figures,
    pupils_in_cell,
    pupils_who,
    totals_of,
    transition_cells,
)
from pupiltrack_core.calc.transition_publication import withhold_transition
from pupiltrack_core.domain.attainment_points import STANDING, Point
from pupiltrack_core.domain.attainment_scales import Movement, Scale, scale_at
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.judgement_wording import STANDARD_WORDING, JudgementWording
from pupiltrack_core.domain.outcomes import NO_DATA
from pupiltrack_core.domain.subjects import RWM
from pupiltrack_core.errors import AccessDenied, InvalidEntry
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.schemas import tallies
from pupiltrack_core.services.attainment_points import (
    NamedPoint,
    earlier_than,
    points_of,
    steps_at,
    usual_earlier,
)
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.cohort_places import require_group
from pupiltrack_core.services.points_of_schools import (
    Way,
    count_cells,
    points_of_schools,
    pupils_in_cells,
)
from pupiltrack_core.services.reports import load_report_cohort
from pupiltrack_core.storage.transition_tallies import find_subjects_of_cohort

DEFAULT_SUBJECT = RWM


@dataclass(frozen=True)
class TransitionReport:
    """The matrix of one subject between two points of a cohort of one school, or of several.

    `cells`, `totals` and `figures` are those of `calc.transition`. `pairs` is the PAIRS frame they
    were counted from, with `pupil_id`, names, year group and class, by name: of one school, and
    for whoever may see its pupils. `names_on_request` says that those of several schools are read
    when asked for. For others small figures are missing, see `calc.transition_publication`.
    `points` are all that can be compared and `subjects` those of both points. `assessments` are
    those the pupils stand at, where that is the later point; `not_included`, `labels` and `wording`
    are as in `services.reports.FullReport`.
    """

    selection: CohortSelection
    subject: str
    earlier: NamedPoint
    later: NamedPoint
    earlier_scale: Scale
    later_scale: Scale
    school_name: str
    description: str
    cells: pd.DataFrame
    totals: Totals
    figures: MovementFigures
    pairs: pd.DataFrame | None
    not_included: int | None
    points: tuple[NamedPoint, ...]
    subjects: tuple[str, ...]
    assessments: Mapping[int, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    wording: JudgementWording = STANDARD_WORDING
    names_on_request: bool = False

    @property
    def has_names(self) -> bool:
        """Whether `names_in_cell` gives the reader the pupils of a cell."""
        return self.pairs is not None or self.names_on_request

    @property
    def is_withheld(self) -> bool:
        """Whether any figure is withheld."""
        return bool(self.cells[PUPILS].isna().any())

    def to_publish(self) -> TransitionReport:
        """Return the report as it can be given to readers who may not see the pupils."""
        if not self.has_names:
            return self  # made for such a reader already
        told = withhold_transition(self.cells, earlier=self.earlier_scale, later=self.later_scale)
        return replace(
            self,
            cells=told.cells,
            totals=told.totals,
            figures=told.figures,
            pairs=None,
            not_included=None,
            names_on_request=False,
        )


@dataclass(frozen=True)
class _Followed:
    """The cohort a matrix follows, before it is known from where to where."""

    name: str
    description: str
    points: tuple[NamedPoint, ...]
    assessed: tuple[str, ...]
    may_see_names: bool
    cohort: pd.DataFrame | None = None  # of one school
    not_included: int | None = None
    assessments: Mapping[int, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    wording: JudgementWording = STANDARD_WORDING


def transition_report(
    caller: Caller,
    selection: CohortSelection,
    *,
    earlier: Point | None = None,
    later: Point | None = None,
    subject: str | None = None,
) -> TransitionReport | None:
    """Return the matrix of a cohort; None while there is no assessment, or none earlier.

    Unless told, the later point is the assessment the pupils stand at, the earlier the one before
    it, and the subject reading, writing and maths together. Raises `NotFound` for a place out of
    reach or a point that is not there, `AccessDenied` where the role is not enough, `InvalidEntry`
    for points in the wrong order, and a subject that one of them does not have.
    """
    with caller.begin() as work:
        of_one = selection.school_id is not None
        followed = _one_school(work, selection) if of_one else _schools(work, selection)
        points = followed.points
        if later is None and STANDING not in {item.point for item in points}:
            return None
        after = _named(points, later or STANDING)
        before = usual_earlier(points, after) if earlier is None else _named(points, earlier)
        if before is None and later is None:
            return None
        if before is None or before not in earlier_than(points, after):
            start = "Nothing is" if before is None else f"{before.label} is not"
            raise InvalidEntry(
                f"{start} before {after.label}. Choose an earlier point to start from, or a later "
                "one to go to; nothing was changed.",
                field="earlier",
            )
        subjects = _subjects(followed.assessed, before, after)
        wanted = subject or (DEFAULT_SUBJECT if DEFAULT_SUBJECT in subjects else subjects[0])
        if wanted not in subjects:
            raise InvalidEntry(
                "This subject is not assessed at both points. Choose another subject; nothing was "
                "changed.",
                field="subject",
            )
        scales = [
            scale_at(item.point.kind, wanted, wording=followed.wording) for item in (before, after)
        ]
        earlier_scale, later_scale = (scale for scale in scales if scale is not None)
        way = Way(before.point, after.point, wanted)
        if followed.cohort is not None:
            pairs = _pairs(work, selection, followed.cohort, way)
            cells = transition_cells(pairs, earlier=earlier_scale, later=later_scale)
        else:
            pairs = None
            counts = count_cells(work, selection, way)
            cells = cells_of_counts(counts, earlier=earlier_scale, later=later_scale)
    report = TransitionReport(
        selection=selection,
        subject=wanted,
        earlier=before,
        later=after,
        earlier_scale=earlier_scale,
        later_scale=later_scale,
        school_name=followed.name,
        description=followed.description,
        cells=cells,
        totals=totals_of(cells),
        figures=movement_figures(cells, earlier=earlier_scale, later=later_scale),
        pairs=pairs,
        not_included=followed.not_included,
        points=points,
        subjects=subjects,
        assessments=followed.assessments if after.point == STANDING else {},
        labels=followed.labels,
        wording=followed.wording,
        names_on_request=not of_one,
    )
    return report if followed.may_see_names else report.to_publish()


def transition_points(caller: Caller, selection: CohortSelection) -> tuple[NamedPoint, ...]:
    """Return the points of a cohort, the earliest first; raises as `transition_report`."""
    with caller.begin() as work:
        if selection.school_id is None:
            require_group(work, selection)
            return points_of_schools(work, selection)
        work.require(Action.SEE_REPORTS, selection.school_id)
        return points_of(work, selection)


def names_in_cell(
    caller: Caller, report: TransitionReport, before: str, after: str
) -> pd.DataFrame:
    """Return the pupils a cell counts: the columns of `pairs`, one row each, by name.

    Those of several schools have `school_name` instead of `include_in_data`. Raises `AccessDenied`
    for whoever may not, or no longer, see them, `InvalidEntry` for no cell and, of several schools,
    for more pupils than can be listed.
    """
    _require_names(caller, report)
    if before not in report.earlier_scale.codes or after not in report.later_scale.codes:
        raise InvalidEntry("There is no such cell in this matrix.", field="cell")
    if report.pairs is None:
        return _names_of_schools(caller, report, [(before, after)])
    return pupils_in_cell(report.pairs, before, after)


def names_who(caller: Caller, report: TransitionReport, what: Movement | str) -> pd.DataFrame:
    """Return the pupils who fell, stayed or rose, or who are one of `calc.transition.APART`.

    Shape and errors as in `names_in_cell`.
    """
    _require_names(caller, report)
    if what not in {*Movement, *APART}:
        raise InvalidEntry("There is no such figure in this report.", field="figure")
    earlier, later = report.earlier_scale, report.later_scale
    if report.pairs is None:
        return _names_of_schools(caller, report, cells_who(what, earlier=earlier, later=later))
    return pupils_who(report.pairs, what, earlier=earlier, later=later)


def _one_school(work: Work, selection: CohortSelection) -> _Followed:
    loaded = load_report_cohort(work, selection)
    return _Followed(
        name=loaded.school_name,
        description=loaded.description,
        points=points_of(work, selection),
        assessed=columns.subjects_of(loaded.cohort),
        may_see_names=loaded.may_see_names,
        cohort=loaded.cohort,
        not_included=loaded.not_included,
        assessments=loaded.assessments,
        labels=loaded.labels,
        wording=loaded.wording,
    )


def _schools(work: Work, selection: CohortSelection) -> _Followed:
    group = require_group(work, selection)
    return _Followed(
        name=group.name,
        description=selection.describe(),
        points=points_of_schools(work, selection),
        assessed=tuple(find_subjects_of_cohort(work.session, selection)),
        may_see_names=group.may_see_names,
    )


def _named(points: tuple[NamedPoint, ...], wanted: Point) -> NamedPoint:
    for item in points:
        if item.point == wanted:
            return item
    raise InvalidEntry(
        "These pupils have no such point to compare, or its assessment was deleted. Choose again "
        "from the lists; nothing was changed.",
        field="point",
    )


def _subjects(assessed: tuple[str, ...], *points: NamedPoint) -> tuple[str, ...]:
    return tuple(
        subject
        for subject in tallies.tallied_subjects(assessed)
        if all(scale_at(item.point.kind, subject) is not None for item in points)
    )


def _pairs(work: Work, selection: CohortSelection, cohort: pd.DataFrame, way: Way) -> pd.DataFrame:
    # Without names the order is of no consequence: only the counts are shown.
    ordered = sort_by_name(cohort) if columns.SURNAME in cohort.columns else cohort
    outcomes = outcome_of_each(ordered, way.subject)
    ids = [int(number) for number in ordered[columns.PUPIL_ID]]
    pupils = dict(zip(ids, outcomes, strict=True))
    frame = ordered[[name for name in _OF_A_PUPIL if name in ordered.columns]]
    frame = frame.reset_index(drop=True)
    for name, point in ((EARLIER, way.earlier), (LATER, way.later)):
        steps = steps_at(work, selection, point, pupils=pupils, subject=way.subject)
        frame[name] = pd.array([steps.get(number, NO_DATA) for number in ids], dtype="str")
    return frame


_OF_A_PUPIL = (
    columns.PUPIL_ID,
    columns.INCLUDE_IN_DATA,
    columns.SURNAME,
    columns.FORENAMES,
    columns.YEAR_GROUP,
    columns.CLASS_NAME,
)


def _require_names(caller: Caller, report: TransitionReport) -> None:
    with caller.begin() as work:
        if report.selection.school_id is not None:
            work.require(Action.SEE_PUPILS, report.selection.school_id)
            may_see = True
        else:
            may_see = require_group(work, report.selection).may_see_names
    if not (may_see and report.has_names):
        raise AccessDenied("Your role does not let you see the pupils behind these figures.")


def _names_of_schools(
    caller: Caller, report: TransitionReport, cells: Collection[tuple[str, str]]
) -> pd.DataFrame:
    way = Way(report.earlier.point, report.later.point, report.subject)
    with caller.begin() as work:
        schools = dict(require_group(work, report.selection).schools)
        found = pupils_in_cells(work, report.selection, way, cells=cells, schools=schools)
    return sort_by_name(found)
