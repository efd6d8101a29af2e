"""The start of an academic year: a dry run of what becomes of every pupil, then all of it or none.

Writing and undoing are for whoever may change pupils and maintain the school. A year is begun once:
the database itself keeps a second roll-forward out while the first one stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.cohorts import MAX_CLASS_NAME
from pupiltrack_core.domain.counted import counted
from pupiltrack_core.domain.local_time import day_in_london, write_moment
from pupiltrack_core.domain.moving_up import carried_over, opens_on
from pupiltrack_core.errors import Conflict, InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.entered_names import tidy_name
from pupiltrack_core.services.roll_forward_plan import (
    Outcome,
    PlannedPupil,
    PupilChoice,
    RollForwardPlan,
    YearChoices,
    is_year_choice,
    plan_year,
)
from pupiltrack_core.services.roll_forward_state import (
    UNDONE,
    class_names,
    pupils_now,
    require_school,
    require_year,
    why_not_undone,
)
from pupiltrack_core.services.school_classes import ClassSpelling, name_classes
from pupiltrack_core.storage.archived_pupils import LAST_DAY
from pupiltrack_core.storage.models import Enrolment, School
from pupiltrack_core.storage.pupil_details import FieldChange, add_field_changes
from pupiltrack_core.storage.pupil_records import add_enrolments, find_enrolments
from pupiltrack_core.storage.roll_forwards import (
    add_roll_forward,
    find_roll_forward,
    find_roll_forward_pupils,
    find_untouched,
    hold_enrolments,
    remove_enrolments,
    update_last_day,
)
from pupiltrack_core.storage.school_settings import lock_school

YEAR_STARTED = "academic year started"
YEAR_UNDONE = "start of academic year undone"


@dataclass(frozen=True, slots=True)
class StartResult:
    """How many pupils went on and left, and what can be undone by."""

    run_id: int
    moved: int
    left: int


@dataclass(frozen=True, slots=True)
class UndoResult:
    """How many enrolments were removed, how many kept because they were changed, who is back."""

    removed: int
    kept: int
    back: int


def plan_roll_forward(
    caller: Caller, school_id: int, academic_year: int, choices: YearChoices
) -> RollForwardPlan:
    """Return what starting the academic year would do to each pupil; nothing is written.

    Class names are tidied, and written as the school writes them already. Raise `InvalidEntry` for
    one that cannot be kept, for a year group that is none, or for a year that cannot be begun;
    else as `year_start`.
    """
    with caller.begin() as work:
        school = require_school(work, school_id)
        year = require_year(work, school_id, academic_year)
        tidy = _tidy(choices, class_names(work, school, year))
        return plan_year(
            pupils_now(work, school_id, year), tidy, school_id=school_id, academic_year=year
        )


def start_year(caller: Caller, plan: RollForwardPlan) -> StartResult:
    """Write what the dry run showed, all of it or nothing.

    Every pupil who moves or stays is enrolled in the new year with what is carried over; who
    leaves has 31 August as the last day. Classes new to the school are added to its class names.
    Raise `InvalidEntry` while a pupil has a problem, before the year opens, or when nothing would
    change; `Conflict` when the year was begun by now or the pupils were changed since the dry run;
    else as `year_start`.
    """
    with caller.begin(write=True, act=True) as work:
        require_school(work, plan.school_id)
        school = lock_school(work.session, plan.school_id)
        year = require_year(work, school.id, plan.to_year)
        _require_open(work, year)
        before = find_enrolments(work.session, school.id, [year.start - 1], lock=True)
        present = plan_year(
            pupils_now(work, school.id, year),
            plan.choices,
            school_id=school.id,
            academic_year=year,
        )
        if present.pupils != plan.pupils:
            raise Conflict(
                "Pupils of the school were changed after you looked, so something else would be "
                f"done than you were shown. {UNDONE} Look at what would happen again."
            )
        _require_startable(plan)
        result = _write(work, school, plan, {row.pupil_id: row for row in before})
        work.commit()
        return result


def undo_start(caller: Caller, school_id: int, run_id: int) -> UndoResult:
    """Take back the start of an academic year: what it made, and nobody changed since.

    Pupils whose record of the new year was changed, or who have an intervention or a meeting in
    it, stay in the new year. Those it let leave are back unless their last day was changed. Raise
    `NotFound` for no such start, `Conflict` for one undone already, `InvalidEntry` once a mark was
    entered in the new year; else as `year_start`.
    """
    with caller.begin(write=True, act=True) as work:
        require_school(work, school_id)
        session = work.session
        lock_school(session, school_id)
        run = find_roll_forward(session, school_id, run_id)
        if run is None:
            raise NotFound(f"There is no such start of an academic year here. {UNDONE}")
        if run.undone_at is not None:
            raise Conflict(f"This was undone on {write_moment(run.undone_at)}. {UNDONE}")
        hold_enrolments(session, school_id, run.to_year)
        why_not = why_not_undone(work, school_id, run.to_year)
        if why_not:
            raise InvalidEntry(f"{why_not} {UNDONE}", field="undo")
        made = find_roll_forward_pupils(session, run.id, left=False)
        gone = find_roll_forward_pupils(session, run.id, left=True)
        untouched = find_untouched(session, school_id, run.to_year, made)
        remove_enrolments(session, school_id, run.to_year, untouched)
        last_day = AcademicYear(run.from_year).last_day
        back = update_last_day(session, school_id, run.from_year, gone, was=last_day, becomes=None)
        _note_last_day(work, school_id, run.from_year, back, last_day, None)
        run.undone_at, run.undone_by = work.now, work.user_id
        result = UndoResult(len(untouched), len(made) - len(untouched), len(back))
        work.audit(
            YEAR_UNDONE,
            school_id=school_id,
            academic_year=run.to_year,
            run=run.id,
            removed=result.removed,
            kept=result.kept,
            back=result.back,
        )
        work.commit()
        return result


def _require_open(work: Work, year: AcademicYear) -> None:
    opens = opens_on(year)
    if day_in_london(work.now) < opens:
        raise InvalidEntry(
            f"{year.label} can be started from {opens:%d/%m/%Y} on, when nobody enters this "
            f"year's assessments any more. {UNDONE}",
            field="academic_year",
        )


def _require_startable(plan: RollForwardPlan) -> None:
    problems = plan.count(Outcome.PROBLEM)
    if problems:
        raise InvalidEntry(
            f"It is not clear which year {counted(problems, 'pupil')} would go into. {UNDONE} "
            "Choose a year for each, or correct the date of birth under Pupils.",
            field="pupils",
        )
    if not plan.would_write:
        raise InvalidEntry(
            f"Every pupil is in the new year already, or has left. {UNDONE}", field="pupils"
        )


def _tidy(choices: YearChoices, known: tuple[str, ...]) -> YearChoices:
    """Return the choices with tidy class names, each written in one way only."""
    spelling = ClassSpelling(known)

    def tidy(name: str, field: str) -> str:
        found = tidy_name(name, field=field, longest=MAX_CLASS_NAME, undone=UNDONE)
        return spelling.of(found) if found else ""

    classes = {
        key: tidy(name, class_field(place))
        for place, (key, name) in enumerate(choices.classes.items())
    }
    pupils: dict[int, PupilChoice] = {}
    for pupil_id, choice in choices.pupils.items():
        if choice.year_group is not None and not is_year_choice(choice.year_group):
            raise InvalidEntry(f"There is no such year group. {UNDONE}", field="year_group")
        name = choice.class_name
        pupils[pupil_id] = PupilChoice(
            choice.year_group, choice.leaves, None if name is None else tidy(name, "class_name")
        )
    return YearChoices(classes, pupils)


def class_field(place: int) -> str:
    """Return the field an error about the class name at this place of the choices names."""
    return f"class_{place}"


def _write(
    work: Work, school: School, plan: RollForwardPlan, before: Mapping[int, Enrolment]
) -> StartResult:
    session, school_id = work.session, school.id
    leaving = [item.pupil.pupil_id for item in plan.pupils if item.outcome is Outcome.LEAVES]
    rows = [carried_over(before[item.pupil.pupil_id]) | _place(item) for item in plan.going_on]
    add_enrolments(session, school_id, plan.to_year, rows)
    last_day = AcademicYear(plan.from_year).last_day
    update_last_day(session, school_id, plan.from_year, leaving, was=None, becomes=last_day)
    _note_last_day(work, school_id, plan.from_year, leaving, None, last_day)
    name_classes(session, school, plan.new_classes)
    moved = [item.pupil.pupil_id for item in plan.going_on]
    run_id = add_roll_forward(
        session,
        school_id=school_id,
        years=(plan.from_year, plan.to_year),
        done_at=work.now,
        done_by=work.user_id,
        moved=moved,
        left=leaving,
    )
    work.audit(
        YEAR_STARTED,
        school_id=school_id,
        academic_year=plan.to_year,
        run=run_id,
        moved=plan.count(Outcome.MOVES),
        stayed=plan.count(Outcome.STAYS),
        left=len(leaving),
        there_already=plan.count(Outcome.THERE),
    )
    return StartResult(run_id, len(moved), len(leaving))


def _place(item: PlannedPupil) -> dict[str, object]:
    return {
        "pupil_id": item.pupil.pupil_id,
        "year_group": item.year_group,
        "year_override": item.is_override,
        "class_name": item.class_name or None,
    }


def _note_last_day(
    work: Work,
    school_id: int,
    academic_year: int,
    pupil_ids: list[int],
    before: date | None,
    after: date | None,
) -> None:
    change = FieldChange(
        LAST_DAY,
        None if before is None else before.isoformat(),
        None if after is None else after.isoformat(),
        academic_year,
    )
    add_field_changes(
        work.session,
        school_id,
        [(pupil_id, change) for pupil_id in pupil_ids],
        changed_at=work.now,
        changed_by=work.user_id,
    )
