"""Figures of a school as its governors see them: whole year groups, no names, no small numbers.

There is nothing to choose but the academic year and the key stages: two cohorts chosen by hand
could differ by one child. What may be shown of one report is decided in `calc.publication`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pupiltrack_core.access import Action
from pupiltrack_core.calc.publication import may_publish_regions, withhold_shares
from pupiltrack_core.calc.summary import summarise_cohort
from pupiltrack_core.calc.venn import CORE, PUPILS, venn_regions
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.judgement_wording import JudgementWording
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.venn import VennKind
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.schemas import summaries, tallies
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.reports import (
    load_report_cohort,
    report_of_loaded,
    with_core,
)

SHARE = SummaryRow.ON_TRACK_OR_DEEPER
# They have no pupil in common, so that neither says anything of the other.
YEARS = (YearRange.ALL_YEARS, YearRange.EARLY_YEARS)


@dataclass(frozen=True)
class GovernorFigures:
    """Counts by subject of all, and one share of each year group; small ones are missing.

    `summary` is a SUMMARY as `withhold` leaves it, `year_groups` what `withhold_shares` leaves of
    `SHARE`.
    `regions` are those of the Venn diagram of reading, writing and maths on track, None where one
    of them is small. The rest is as in `FullReport`.
    """

    school_name: str
    description: str
    summary: pd.DataFrame
    year_groups: pd.DataFrame
    regions: pd.DataFrame | None
    assessments: Mapping[int, str]
    labels: Mapping[str, str]
    wording: JudgementWording
    not_included: int | None = None  # so few that they could be known


def governor_figures(
    caller: Caller,
    school_id: int,
    *,
    academic_year: int,
    years: YearRange | str = YearRange.ALL_YEARS,
) -> GovernorFigures:
    """Return the figures of a school, whoever asks: heads see what governors do.

    Raises `InvalidEntry` for years that are none of `YEARS`, NotFound, AccessDenied, NotSignedIn.
    """
    if years not in YEARS:
        raise InvalidEntry("Choose one of the ranges of years. Nothing was changed.", field="years")
    selection = CohortSelection(
        academic_year=academic_year, school_id=school_id, years=YearRange(years)
    )
    with caller.begin() as work:
        loaded = load_report_cohort(work, selection, action=Action.SEE_FIGURES)
    report = report_of_loaded(selection, loaded, with_names=False)
    told = with_core(())
    by_year_group = summarise_cohort(loaded.cohort, told, by=[columns.YEAR_GROUP])
    return GovernorFigures(
        school_name=report.school_name,
        description=report.description,
        summary=report.summary,
        year_groups=withhold_shares(by_year_group, SHARE),
        regions=_regions(loaded.cohort, report.summary),
        assessments=report.assessments,
        labels=report.labels,
        wording=report.wording,
    )


def _regions(cohort: pd.DataFrame, summary: pd.DataFrame) -> pd.DataFrame | None:
    """Return the regions if none is small, nor any figure they add up to withheld."""
    if not set(CORE) <= set(columns.subjects_of(cohort)):
        return None
    told = summary[summary[tallies.SUBJECT].isin(CORE)]
    if told[[summaries.PUPILS, summaries.NO_DATA]].isna().to_numpy().any():
        return None
    regions = venn_regions(cohort, kind=VennKind.ON_TRACK)
    return regions if may_publish_regions([int(count) for count in regions[PUPILS]]) else None
