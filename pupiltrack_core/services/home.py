"""The home page: the headline figures of a school or an authority, and the news."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from pupiltrack_core.access import Action, SchoolScope, may
from pupiltrack_core.calc.headlines import headline_figures
from pupiltrack_core.calc.summary import summarise
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.local_time import day_in_london
from pupiltrack_core.domain.rounding import format_percentage
from pupiltrack_core.domain.subjects import subject_label
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.schemas import summaries, tallies
from pupiltrack_core.schemas.cohort import YEAR_GROUP
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.storage.report_lookups import (
    find_latest_year_of_authority,
    find_latest_year_of_school,
    find_news,
)
from pupiltrack_core.storage.tallies import tally_schools


@dataclass(frozen=True, slots=True)
class Headline:
    """How many pupils of a year group are on track or deeper in a subject: `count` out of `of`."""

    year_group: int
    subject: str
    count: int
    of: int
    text: str


@dataclass(frozen=True, slots=True)
class News:
    """An item of news from the local authority, shown from `starts_on` to `ends_on`."""

    title: str
    body: str
    starts_on: date
    ends_on: date | None


def headlines(caller: Caller, school_id: int | None = None) -> tuple[Headline, ...]:
    """Return the headlines of a school; without one, of the reader's whole local authority.

    They are of the latest academic year with pupils, at each year group's latest assessment, in
    reading, writing, maths and all three; by year group, and only where anyone has a judgement.
    Nothing for who may see no reports, and for who has no role over an authority where no school
    is given. Raises `NotFound` for a school out of reach.
    """
    with caller.begin() as work:
        if school_id is not None:
            return _of_school(work, school_id)
        authorities = work.principal.local_authority_ids
        return tuple(
            headline for authority in authorities for headline in _of_authority(work, authority)
        )


def news(caller: Caller) -> tuple[News, ...]:
    """Return what the reader's local authorities publish today, newest first."""
    with caller.begin() as work:
        today = day_in_london(work.now)
        authorities = {membership.local_authority_id for membership in work.principal.memberships}
        return tuple(
            News(item.title, item.body, item.starts_on, item.ends_on)
            for item in find_news(work.session, authorities, on=today)
        )


def headline_text(figure: tuple[int, str, int, int], *, whose: str = "your {group}") -> str:
    """Return "64 % of your Year 4 cohort (7/11 pupils) are on track in maths".

    `figure` is year group, subject, count and denominator; percentages are rounded half away from
    zero. `whose` has a `{group}` for the year group's label.
    """
    group, subject, count, of = figure
    name = subject_label(subject).lower()
    cohort = whose.format(group=LABELS[group])
    pupils = "pupil" if of == 1 else "pupils"
    return (
        f"{format_percentage(count, of)} of {cohort} cohort ({count}/{of} {pupils}) "
        f"are on track in {name}"
    )


def _of_school(work: Work, school_id: int) -> tuple[Headline, ...]:
    school = work.school(school_id)
    scope = SchoolScope(school.id, school.local_authority_id)
    if not may(work.principal, Action.SEE_REPORTS, scope):
        return ()  # they are of year groups small enough to tell of a child
    year = find_latest_year_of_school(work.session, school_id)
    if year is None:
        return ()
    selection = CohortSelection(academic_year=year, school_id=school_id)
    return _headlines(
        tally_schools(work.session, selection, by=(YEAR_GROUP,), core_only=True),
        whose="your {group}",
    )


def _of_authority(work: Work, local_authority_id: int) -> tuple[Headline, ...]:
    work.require_over_authority(Action.SEE_ALL_SCHOOLS, local_authority_id)
    year = find_latest_year_of_authority(work.session, local_authority_id)
    if year is None:
        return ()
    selection = CohortSelection(academic_year=year, local_authority_id=local_authority_id)
    return _headlines(
        tally_schools(work.session, selection, by=(YEAR_GROUP,), core_only=True),
        whose="your schools' {group}",
    )


def _headlines(tally: pd.DataFrame, *, whose: str) -> tuple[Headline, ...]:
    figures = headline_figures(summarise(tally))
    taken = figures[[YEAR_GROUP, tallies.SUBJECT, summaries.ON_TRACK_OR_DEEPER, summaries.PUPILS]]
    return tuple(
        Headline(*figure, text=headline_text(figure, whose=whose))
        for figure in (
            (int(group), str(subject), int(count), int(of))
            for group, subject, count, of in taken.itertuples(index=False, name=None)
        )
    )
