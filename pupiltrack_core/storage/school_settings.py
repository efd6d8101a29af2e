"""A school's own names for classes and filters, and what has to move with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, case, func, select, update
from sqlalchemy.orm import Session

from pupiltrack_core.storage.models import Enrolment, MembershipRow, School


def lock_school(session: Session, school_id: int) -> School:
    """Return the school as it is now, kept from others until the transaction ends.

    On SQLite a writing unit of work has the database to itself already.
    """
    return session.scalars(
        select(School)
        .where(School.id == school_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def find_current_year(session: Session, school_id: int) -> int | None:
    """Return the latest academic year with enrolments at the school."""
    return session.scalar(
        select(func.max(Enrolment.academic_year)).where(Enrolment.school_id == school_id)
    )


def count_by_class(session: Session, school_id: int, academic_year: int) -> dict[str, int]:
    """Return the number of pupils enrolled in each class of the year; classless ones left out."""
    rows = session.execute(
        select(Enrolment.class_name, func.count())
        .where(
            Enrolment.school_id == school_id,
            Enrolment.academic_year == academic_year,
            Enrolment.class_name.is_not(None),
        )
        .group_by(Enrolment.class_name)
    )
    return {name: number for name, number in rows if name is not None}


def update_class_names(
    session: Session, school_id: int, academic_year: int | None, renamed: Mapping[str, str]
) -> int:
    """Rename classes on the year's enrolments and on roles; return the number of enrolments.

    All at once, so that two classes may exchange names.
    """
    if not renamed:
        return 0
    roles = (
        select(MembershipRow)
        .where(MembershipRow.school_id == school_id)
        .order_by(MembershipRow.id)
        .with_for_update()  # or a role taken away meanwhile would be looked for in vain
        .execution_options(populate_existing=True)
    )
    for role in session.scalars(roles):
        names = dict.fromkeys(renamed.get(name, name) for name in role.class_names)
        if list(names) != role.class_names:
            role.class_names = list(names)
    session.flush()
    if academic_year is None:
        return 0
    moved = cast(
        "CursorResult[Any]",
        session.execute(
            update(Enrolment)
            .where(
                Enrolment.school_id == school_id,
                Enrolment.academic_year == academic_year,
                Enrolment.class_name.in_(renamed),
            )
            .values(
                class_name=case(dict(renamed), value=Enrolment.class_name),
                version=Enrolment.version + 1,
            ),
            execution_options={"synchronize_session": False},
        ),
    )
    return moved.rowcount


def update_school_names(
    session: Session,
    school_id: int,
    *,
    class_names: Sequence[str] | None = None,
    custom_filter_names: Sequence[str] | None = None,
) -> None:
    """Store the school's own names, those that are given."""
    values = {"class_names": class_names, "custom_filter_names": custom_filter_names}
    given = {name: list(value) for name, value in values.items() if value is not None}
    session.execute(
        update(School).where(School.id == school_id).values(**given),
        execution_options={"synchronize_session": False},
    )
