"""The Venn report: which pupils stand in which region of two or three subjects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from pupiltrack_core.calc.summary import sort_by_name
from pupiltrack_core.calc.venn import CORE, pupils_in_region, regions_of_patterns, venn_regions
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.judgement_wording import STANDARD_WORDING, JudgementWording
from pupiltrack_core.domain.subjects import RWM, subject_label
from pupiltrack_core.domain.venn import VennKind, check_subjects
from pupiltrack_core.errors import AccessDenied, InvalidEntry
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.cohort_places import require_group
from pupiltrack_core.services.group_names import SCHOOL_NAME, group_names_in_region
from pupiltrack_core.services.reports import (
    NAMES,
    load_report_cohort,
    named_cohort,
    names_of,
    with_core,
)
from pupiltrack_core.storage.tallies import tally_patterns

VENN_SUBJECTS = CORE  # unless others are asked for


@dataclass(frozen=True)
class VennReport:
    """How many pupils stand in each region: `regions` has `region` and `pupils`.

    `subjects` are the codes of the circles and `circles` their labels. `cohort` is None for several
    schools, whose names `names_in_region` reads when asked. The rest is as in `FullReport`.
    """

    selection: CohortSelection
    kind: VennKind
    school_name: str
    description: str
    regions: pd.DataFrame
    cohort: pd.DataFrame | None
    not_included: int | None
    assessments: Mapping[int, str]
    wording: JudgementWording = STANDARD_WORDING
    labels: Mapping[str, str] = field(default_factory=dict)
    subjects: tuple[str, ...] = VENN_SUBJECTS
    offered: tuple[str, ...] = VENN_SUBJECTS

    @property
    def circles(self) -> tuple[str, ...]:
        """The labels of the subjects, in the order of the regions' digits."""
        return tuple(subject_label(code, self.labels) for code in self.subjects)


def venn_report(
    caller: Caller,
    selection: CohortSelection,
    *,
    kind: VennKind = VennKind.ON_TRACK,
    subjects: Sequence[str] = VENN_SUBJECTS,
) -> VennReport:
    """Return the regions of one Venn diagram of a cohort; raises as `venn_reports`."""
    (report,) = venn_reports(caller, selection, kinds=(VennKind(kind),), subjects=subjects)
    return report


def venn_reports(
    caller: Caller,
    selection: CohortSelection,
    *,
    kinds: Sequence[VennKind] = tuple(VennKind),
    subjects: Sequence[str] = VENN_SUBJECTS,
) -> tuple[VennReport, ...]:
    """Return the diagrams of two or three subjects of one cohort, which is read once.

    Raises as `full_report`; `AccessDenied` for who may see no names, since regions are small, and
    `InvalidEntry` for subjects that are not assessed, not two or three or not each once. `offered`
    are those there are; of several schools they are reading, writing and maths.
    """
    with caller.begin() as work:
        if selection.local_authority_id is not None:
            return _group_venn(work, selection, kinds, subjects)
        loaded = load_report_cohort(work, selection)
    if not loaded.may_see_names:
        raise AccessDenied(_NO_SMALL_REGIONS)
    offered = tuple(code for code in with_core(columns.subjects_of(loaded.cohort)) if code != RWM)
    chosen = _venn_subjects(subjects, offered)
    return tuple(
        VennReport(
            selection=selection,
            kind=kind,
            school_name=loaded.school_name,
            description=loaded.description,
            regions=venn_regions(loaded.cohort, kind=kind, subjects=chosen),
            cohort=loaded.cohort,
            not_included=loaded.not_included,
            assessments=loaded.assessments,
            wording=loaded.wording,
            labels=loaded.labels,
            subjects=chosen,
            offered=offered,
        )
        for kind in kinds
    )


_NO_SMALL_REGIONS = (
    "Your role does not let you see single pupils, as many parts of a Venn diagram would. Open the "
    "full report for the figures of the cohort."
)


def _group_venn(
    work: Work, selection: CohortSelection, kinds: Sequence[VennKind], subjects: Sequence[str]
) -> tuple[VennReport, ...]:
    group = require_group(work, selection)
    if not group.may_see_names:
        raise AccessDenied(_NO_SMALL_REGIONS)
    chosen = _venn_subjects(subjects, VENN_SUBJECTS)
    patterns = tally_patterns(work.session, selection)
    return tuple(
        VennReport(
            selection=selection,
            kind=kind,
            school_name=group.name,
            description=selection.describe(),
            regions=regions_of_patterns(patterns, kind=kind, subjects=chosen),
            cohort=None,
            not_included=None,
            assessments={},
            subjects=chosen,
        )
        for kind in kinds
    )


def _venn_subjects(subjects: Sequence[str], offered: Sequence[str]) -> tuple[str, ...]:
    """Return the subjects of a diagram in the order shown; raise `InvalidEntry` for others."""
    try:
        chosen = check_subjects(subjects)
    except ValueError as error:
        raise InvalidEntry(f"{error} Nothing was changed.", field="subjects") from error
    if set(chosen) - set(offered):
        raise InvalidEntry(
            "One of these subjects is not assessed for these pupils. Choose others; nothing was "
            "changed.",
            field="subjects",
        )
    return tuple(code for code in offered if code in chosen)


def names_of_diagram(caller: Caller, report: VennReport) -> pd.DataFrame:
    """Return every pupil who counts in the diagram of one school; as `names_in_region`."""
    cohort = named_cohort(caller, report.selection, report.cohort)
    return _shown(report, sort_by_name(cohort[cohort[columns.INCLUDE_IN_DATA].astype(bool)]))


def names_in_region(caller: Caller, report: VennReport, region: str) -> pd.DataFrame:
    """Return the pupils in a region of the diagram; shape and errors as in `names_behind`.

    Of their subjects those of the diagram.
    """
    if region not in set(report.regions["region"]):
        raise InvalidEntry("There is no such part of the diagram.", field="region")
    kind, subjects = report.kind, report.subjects
    if report.cohort is None:
        with caller.begin() as work:
            found = group_names_in_region(
                work, report.selection, region, kind=kind, subjects=subjects
            )
    else:
        cohort = named_cohort(caller, report.selection, report.cohort)
        found = pupils_in_region(cohort, region, kind=kind, subjects=subjects)
    return _shown(report, found)


def _shown(report: VennReport, pupils: pd.DataFrame) -> pd.DataFrame:
    inside = names_of(pupils)
    wanted = {SCHOOL_NAME, *NAMES, *report.subjects}
    return inside[[name for name in inside.columns if name in wanted]]
