"""The transition matrix: from each step at an earlier point to each at a later, with the pupils."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from pupiltrack_core.access import Action
from pupiltrack_core.calc.summary import outcome_of_each, sort_by_name
from pupiltrack_core.calc.transition import (
    APART,
    EARLIER,
    LATER,
    MovementFigures,
    movement_figures,
    pupils_in_cell,
    pupils_who,
    transition_cells,
)
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
from pupiltrack_core.services.reports import load_report_cohort

DEFAULT_SUBJECT = RWM


@dataclass(frozen=True)
class TransitionReport:
    """The matrix of one subject between two points of a cohort of one school.

    `cells` and `figures` are those of `calc.transition`; `pairs` is the PAIRS frame they were
    counted from, with `pupil_id`, names, year group and class, by name. `points` are all that can
    be compared and `subjects` those of both points. `assessments` are those the pupils stand at,
    where that is the later point; `labels` and `wording` are as in `services.reports.FullReport`.
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
    figures: MovementFigures
    pairs: pd.DataFrame
    not_included: int
    points: tuple[NamedPoint, ...]
    subjects: tuple[str, ...]
    assessments: Mapping[int, str]
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
    for a local authority, points in the wrong order, and a subject that one of them does not have.
    """
    if selection.school_id is None:
        raise InvalidEntry(
            "A transition matrix follows the pupils of one school. Choose a school; nothing was "
            "changed.",
            field="school",
        )
    with caller.begin() as work:
        loaded = load_report_cohort(work, selection)
        if not loaded.may_see_names:
            raise AccessDenied(
                "Your role does not let you see single pupils, as nearly every cell of a "
                "transition matrix would. Open the full report for the figures of the cohort."
            )
        points = points_of(work, selection)
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
        subjects = _subjects(loaded.cohort, before, after)
        wanted = subject or (DEFAULT_SUBJECT if DEFAULT_SUBJECT in subjects else subjects[0])
        if wanted not in subjects:
            raise InvalidEntry(
                "This subject is not assessed at both points. Choose another subject; nothing was "
                "changed.",
                field="subject",
            )
        pairs = _pairs(work, selection, loaded.cohort, (before.point, after.point), wanted)
    scales = [scale_at(item.point.kind, wanted, wording=loaded.wording) for item in (before, after)]
    earlier_scale, later_scale = (scale for scale in scales if scale is not None)
    cells = transition_cells(pairs, earlier=earlier_scale, later=later_scale)
    return TransitionReport(
        selection=selection,
        subject=wanted,
        earlier=before,
        later=after,
        earlier_scale=earlier_scale,
        later_scale=later_scale,
        school_name=loaded.school_name,
        description=loaded.description,
        cells=cells,
        figures=movement_figures(cells, earlier=earlier_scale, later=later_scale),
        pairs=pairs,
        not_included=loaded.not_included,
        points=points,
        subjects=subjects,
        assessments=loaded.assessments if after.point == STANDING else {},
        labels=loaded.labels,
        wording=loaded.wording,
    )


def transition_points(caller: Caller, selection: CohortSelection) -> tuple[NamedPoint, ...]:
    """Return the points of a cohort, the earliest first; raises as `transition_report`."""
    if selection.school_id is None:
        raise InvalidEntry("Choose a school; nothing was changed.", field="school")
    with caller.begin() as work:
        work.require(Action.SEE_REPORTS, selection.school_id)
        return points_of(work, selection)


def names_in_cell(
    caller: Caller, report: TransitionReport, before: str, after: str
) -> pd.DataFrame:
    """Return the pupils a cell counts: the columns of `pairs`, one row each, by name.

    Raises `AccessDenied` for whoever may no longer see them, `InvalidEntry` for no cell.
    """
    _require_names(caller, report)
    if before not in report.earlier_scale.codes or after not in report.later_scale.codes:
        raise InvalidEntry("There is no such cell in this matrix.", field="cell")
    return pupils_in_cell(report.pairs, before, after)


def names_who(caller: Caller, report: TransitionReport, what: Movement | str) -> pd.DataFrame:
    """Return the pupils who fell, stayed or rose, or who are one of `calc.transition.APART`.

    Shape and errors as in `names_in_cell`.
    """
    _require_names(caller, report)
    if what not in {*Movement, *APART}:
        raise InvalidEntry("There is no such figure in this report.", field="figure")
    return pupils_who(
        report.pairs,
        what,
        earlier=report.earlier_scale,
        later=report.later_scale,
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


def _subjects(cohort: pd.DataFrame, *points: NamedPoint) -> tuple[str, ...]:
    every = tallies.tallied_subjects(columns.subjects_of(cohort))
    return tuple(
        subject
        for subject in every
        if all(scale_at(item.point.kind, subject) is not None for item in points)
    )


def _pairs(
    work: Work,
    selection: CohortSelection,
    cohort: pd.DataFrame,
    points: tuple[Point, Point],
    subject: str,
) -> pd.DataFrame:
    ordered = sort_by_name(cohort)
    outcomes = outcome_of_each(ordered, subject)
    ids = [int(number) for number in ordered[columns.PUPIL_ID]]
    pupils = dict(zip(ids, outcomes, strict=True))
    frame = ordered[
        [
            columns.PUPIL_ID,
            columns.INCLUDE_IN_DATA,
            columns.SURNAME,
            columns.FORENAMES,
            columns.YEAR_GROUP,
            columns.CLASS_NAME,
        ]
    ].reset_index(drop=True)
    for name, point in zip((EARLIER, LATER), points, strict=True):
        steps = steps_at(work, selection, point, pupils=pupils, subject=subject)
        frame[name] = pd.array([steps.get(number, NO_DATA) for number in ids], dtype="str")
    return frame


def _require_names(caller: Caller, report: TransitionReport) -> None:
    with caller.begin() as work:
        work.require(Action.SEE_PUPILS, report.selection.school_id or 0)
