"""A school's pupils taken into a new academic year: who goes, what was made, what may be unmade."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, delete, exists, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.storage.archived_pupils import is_there
from pupiltrack_core.storage.assessment_models import CellChange, JudgementRow, StatutoryResult
from pupiltrack_core.storage.models import Enrolment, Pupil, UserAccount
from pupiltrack_core.storage.school_year_models import RollForward, RollForwardPupil
from pupiltrack_core.storage.support_models import Intervention, PupilMeeting


def find_pupils_to_move(
    session: Session, school_id: int, from_year: int, to_year: int
) -> Sequence[Any]:
    """Return the pupils enrolled in a year who are not archived by the next one, in no order.

    Columns: pupil_id, surname, forenames, date_of_birth, year_group, year_override, class_name,
    left_on, and of an enrolment in the next year there_group and there_class, both None without
    one.
    """
    there = aliased(Enrolment)
    query = (
        select(
            Pupil.id.label("pupil_id"),
            Pupil.surname,
            Pupil.forenames,
            Pupil.date_of_birth,
            Enrolment.year_group,
            Enrolment.year_override,
            Enrolment.class_name,
            Enrolment.left_on,
            there.year_group.label("there_group"),
            there.class_name.label("there_class"),
        )
        .join(
            Enrolment,
            and_(Enrolment.school_id == Pupil.school_id, Enrolment.pupil_id == Pupil.id),
        )
        .outerjoin(
            there,
            and_(
                there.school_id == Pupil.school_id,
                there.pupil_id == Pupil.id,
                there.academic_year == to_year,
            ),
        )
        .where(
            Enrolment.school_id == school_id,
            Enrolment.academic_year == from_year,
            is_there(to_year),
        )
    )
    return session.execute(query).all()


def find_standing_roll_forward(session: Session, school_id: int) -> Any:
    """Return the newest roll-forward of a school that was not undone, None without one.

    Columns: those of `RollForward` but for its undoing, and name, of who did it.
    """
    return session.execute(
        select(
            RollForward.id,
            RollForward.school_id,
            RollForward.from_year,
            RollForward.to_year,
            RollForward.done_at,
            RollForward.done_by,
            RollForward.moved,
            RollForward.left,
            UserAccount.display_name.label("name"),
        )
        .outerjoin(UserAccount, UserAccount.id == RollForward.done_by)
        .where(RollForward.school_id == school_id, RollForward.undone_at.is_(None))
        .order_by(RollForward.to_year.desc())
        .limit(1)
    ).one_or_none()


def find_roll_forward(session: Session, school_id: int, run_id: int) -> RollForward | None:
    """Return a roll-forward of the school as it is now, undone or not; None for no such one."""
    return session.scalar(
        select(RollForward)
        .where(RollForward.school_id == school_id, RollForward.id == run_id)
        .execution_options(populate_existing=True)
    )


def was_undone(session: Session, school_id: int, to_year: int) -> bool:
    """Whether the school's start of an academic year was ever undone."""
    found = exists().where(
        RollForward.school_id == school_id,
        RollForward.to_year == to_year,
        RollForward.undone_at.is_not(None),
    )
    return bool(session.scalar(select(found)))


def add_roll_forward(
    session: Session,
    *,
    school_id: int,
    years: tuple[int, int],
    done_at: datetime,
    done_by: int | None,
    moved: Collection[int],
    left: Collection[int],
) -> int:
    """Note a roll-forward between `years` and each pupil it `moved` or let leave; return its id."""
    run = RollForward(
        school_id=school_id,
        from_year=years[0],
        to_year=years[1],
        done_at=done_at,
        done_by=done_by,
        moved=len(moved),
        left=len(left),
    )
    session.add(run)
    session.flush()
    rows = [
        {"roll_forward_id": run.id, "school_id": school_id, "pupil_id": pupil_id, "left": has_left}
        for pupils, has_left in ((moved, False), (left, True))
        for pupil_id in pupils
    ]
    if rows:
        session.execute(insert(RollForwardPupil), rows)
    return run.id


def find_roll_forward_pupils(session: Session, run_id: int, *, left: bool) -> Sequence[int]:
    """Return the pupils whom a roll-forward moved, or with `left` those it let leave."""
    return session.scalars(
        select(RollForwardPupil.pupil_id)
        .where(RollForwardPupil.roll_forward_id == run_id, RollForwardPupil.left.is_(left))
        .order_by(RollForwardPupil.pupil_id)
    ).all()


def update_last_day(
    session: Session,
    school_id: int,
    academic_year: int,
    pupil_ids: Collection[int],
    *,
    was: date | None,
    becomes: date | None,
) -> list[int]:
    """Change the last day of those of the pupils for whom it still `was` that, and return them."""
    stands = Enrolment.left_on.is_(None) if was is None else Enrolment.left_on == was
    return list(
        session.scalars(
            update(Enrolment)
            .where(
                Enrolment.school_id == school_id,
                Enrolment.academic_year == academic_year,
                Enrolment.pupil_id.in_(sorted(pupil_ids)),
                stands,
            )
            .values(left_on=becomes, version=Enrolment.version + 1)
            .returning(Enrolment.pupil_id),
            execution_options={"synchronize_session": False},
        )
    )


def has_marks(session: Session, school_id: int, academic_year: int) -> bool:
    """Whether anything was ever entered in an assessment, or a result of the school's year.

    Statutory results are filed under the calendar year in which the academic year ends.
    """
    in_assessment = exists().where(
        JudgementRow.school_id == school_id, JudgementRow.academic_year == academic_year
    )
    in_results = exists().where(
        StatutoryResult.school_id == school_id,
        StatutoryResult.ending_year == AcademicYear(academic_year).ending,
    )
    return bool(session.scalar(select(or_(in_assessment, in_results))))


def hold_enrolments(session: Session, school_id: int, academic_year: int) -> None:
    """Keep the year's enrolments from being changed or referred to until the transaction ends.

    Whoever is entering a first mark at this moment is waited for, and seen; who comes later waits.
    """
    session.execute(
        select(Enrolment.pupil_id)
        .where(Enrolment.school_id == school_id, Enrolment.academic_year == academic_year)
        .order_by(Enrolment.pupil_id)
        .with_for_update()
    ).all()


def find_untouched(
    session: Session, school_id: int, academic_year: int, pupil_ids: Collection[int]
) -> list[int]:
    """Return those of the pupils whose enrolment is as it was made and whom nothing hangs on.

    Left out are those with a field or cell changed, an intervention or a meeting in the year.
    """
    key = and_(
        CellChange.school_id == Enrolment.school_id,
        CellChange.academic_year == Enrolment.academic_year,
        CellChange.pupil_id == Enrolment.pupil_id,
    )
    hangs = [
        exists().where(key),
        *(
            exists().where(
                table.school_id == Enrolment.school_id,
                table.academic_year == Enrolment.academic_year,
                table.pupil_id == Enrolment.pupil_id,
            )
            for table in (Intervention, PupilMeeting)
        ),
    ]
    return list(
        session.scalars(
            select(Enrolment.pupil_id)
            .where(
                Enrolment.school_id == school_id,
                Enrolment.academic_year == academic_year,
                Enrolment.pupil_id.in_(sorted(pupil_ids)),
                Enrolment.version == 1,
                ~or_(*hangs),
            )
            .order_by(Enrolment.pupil_id)
        )
    )


def remove_enrolments(
    session: Session, school_id: int, academic_year: int, pupil_ids: Collection[int]
) -> None:
    """Remove the pupils' enrolments of the academic year."""
    session.execute(
        delete(Enrolment).where(
            Enrolment.school_id == school_id,
            Enrolment.academic_year == academic_year,
            Enrolment.pupil_id.in_(sorted(pupil_ids)),
        ),
        execution_options={"synchronize_session": False},
    )
