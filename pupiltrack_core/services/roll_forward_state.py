"""Which academic year a school can begin next, and which it began last.

A year can be begun once pupils are in the one before it. It counts as under way without that when
most of those who go on are in it already, for a school that brings its pupils in from a file; not
where its start was undone, for then it is to be started again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pupiltrack_core.access import Action
from pupiltrack_core.domain.academic_years import LAST_START, AcademicYear
from pupiltrack_core.domain.counted import counted
from pupiltrack_core.domain.local_time import day_in_london, write_moment
from pupiltrack_core.domain.moving_up import opens_on, prepared_from
from pupiltrack_core.errors import Conflict, InvalidEntry
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.cell_history import who_did
from pupiltrack_core.services.roll_forward_plan import (
    MovingClass,
    PupilNow,
    is_begun,
    moving_classes,
)
from pupiltrack_core.services.school_classes import offered_classes
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.roll_forwards import (
    find_pupils_to_move,
    find_standing_roll_forward,
    has_marks,
    was_undone,
)
from pupiltrack_core.storage.school_settings import find_current_year
from pupiltrack_core.storage.schools import find_academic_years

UNDONE = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class PastStart:
    """An academic year that was begun here, and whether that can be undone (`why_not` "")."""

    run_id: int
    academic_year: int
    done_at: datetime
    who: str
    moved: int
    left: int
    why_not: str

    @property
    def words(self) -> str:
        """What was done, by whom and when."""
        return (
            f"{AcademicYear(self.academic_year).label} was started on {write_moment(self.done_at)} "
            f"by {self.who}: {counted(self.moved, 'pupil')} went on, {self.left} left."
        )


@dataclass(frozen=True, slots=True)
class YearStart:
    """Which academic year can be begun next, if any, and which was begun last.

    `opens_on` is None from the day on which it can be begun, `prepared_from` from the day on which
    it is offered to be looked at. `class_names` are those a pupil can
    be put in so far, `classes` those whose pupils go on.
    """

    school_id: int
    academic_year: int | None
    opens_on: date | None
    prepared_from: date | None
    pupils: int
    classes: tuple[MovingClass, ...]
    class_names: tuple[str, ...]
    last: PastStart | None


def year_start(caller: Caller, school_id: int) -> YearStart:
    """Return what a school can begin, and what it began last.

    Raise `NotFound` for a school out of reach, `AccessDenied` for a role that may not do this.
    """
    with caller.begin() as work:
        school = require_school(work, school_id)
        year = _next_year(work, school_id)
        pupils = () if year is None else pupils_now(work, school_id, year)
        today = day_in_london(work.now)
        return YearStart(
            school_id=school_id,
            academic_year=None if year is None else year.start,
            opens_on=None if year is None else _still_to_come(opens_on(year), today),
            prepared_from=None if year is None else _still_to_come(prepared_from(year), today),
            pupils=len(pupils),
            classes=() if year is None else moving_classes(pupils),
            class_names=() if year is None else class_names(work, school, year),
            last=_last(work, school_id),
        )


def _still_to_come(day: date, today: date) -> date | None:
    return day if today < day else None


def require_school(work: Work, school_id: int) -> School:
    """Return the school if the person may begin its academic years; raise as `year_start`."""
    work.require(Action.EDIT_PUPILS, school_id)
    return work.require(Action.MAINTAIN_SCHOOL, school_id)


def _next_year(work: Work, school_id: int) -> AcademicYear | None:
    """Return the academic year to begin: the latest while it is not under way, else the next."""
    on_record = find_academic_years(work.session, [school_id]).get(school_id, ())
    if not on_record:
        return None
    latest = AcademicYear(on_record[0])
    standing = find_standing_roll_forward(work.session, school_id)
    begun = standing is not None and standing.to_year >= latest.start
    if latest.start - 1 in on_record and not begun:
        undone = was_undone(work.session, school_id, latest.start)
        if undone or not is_begun(pupils_now(work, school_id, latest), latest):
            return latest
    return latest.following if latest.start < LAST_START else None


def require_year(work: Work, school_id: int, academic_year: int) -> AcademicYear:
    """Return the academic year if it is the next to be begun.

    Raise `Conflict` for one begun already, which says when and by whom; `InvalidEntry` for another.
    """
    standing = find_standing_roll_forward(work.session, school_id)
    if standing is not None and standing.to_year == academic_year:
        last = _past(work, standing)
        raise Conflict(f"{last.words} It cannot be started twice. {UNDONE}")
    year = _next_year(work, school_id)
    if year is None or year.start != academic_year:
        raise InvalidEntry(
            f"This academic year is not the next one to be started here. {UNDONE} Open the page "
            "again.",
            field="academic_year",
        )
    return year


def pupils_now(work: Work, school_id: int, year: AcademicYear) -> tuple[PupilNow, ...]:
    """Return the pupils of the year before `year`, without those archived by then."""
    return tuple(
        PupilNow(
            pupil_id=row.pupil_id,
            surname=row.surname,
            forenames=row.forenames,
            date_of_birth=row.date_of_birth,
            year_group=row.year_group,
            is_override=row.year_override,
            class_name=row.class_name or "",
            left_on=row.left_on,
            there_group=row.there_group,
            there_class=row.there_class or "",
        )
        for row in find_pupils_to_move(work.session, school_id, year.start - 1, year.start)
    )


def class_names(work: Work, school: School, year: AcademicYear) -> tuple[str, ...]:
    """Return the classes with a name, then those in use in either of the two years."""
    return offered_classes(work, school, year.start - 1, year.start)


def _last(work: Work, school_id: int) -> PastStart | None:
    standing = find_standing_roll_forward(work.session, school_id)
    return None if standing is None else _past(work, standing)


def _past(work: Work, row: Any) -> PastStart:
    return PastStart(
        run_id=row.id,
        academic_year=row.to_year,
        done_at=row.done_at,
        who=who_did(row.name, row.done_by),
        moved=row.moved,
        left=row.left,
        why_not=why_not_undone(work, row.school_id, row.to_year),
    )


def why_not_undone(work: Work, school_id: int, academic_year: int) -> str:
    """Return why the start of an academic year cannot be undone any more; "" if it can."""
    label = AcademicYear(academic_year).label
    if has_marks(work.session, school_id, academic_year):
        return (
            f"Marks were entered in {label} already, so its start cannot be undone any more. "
            "Correct single pupils under Pupils."
        )
    if (find_current_year(work.session, school_id) or 0) > academic_year:
        return f"Pupils are in a later academic year already, so {label} stays as it is."
    return ""
