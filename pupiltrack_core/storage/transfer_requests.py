"""Claims of pupils who came from another school, and what is copied when one is confirmed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from pupiltrack_core.domain.archiving import ArchiveReason
from pupiltrack_core.domain.transfers import OPEN_STATES, ClaimState
from pupiltrack_core.storage.assessment_models import StatutoryResult
from pupiltrack_core.storage.models import Pupil, School, UserAccount
from pupiltrack_core.storage.school_year_models import TransferRequest

_OPEN = tuple(state.value for state in OPEN_STATES)
# A record handed over, or one that should never have been, is no longer this school's to give.
_NOT_HELD = (ArchiveReason.TRANSFERRED.value, ArchiveReason.MISTAKE.value)


def add_request(session: Session, **values: Any) -> int:
    """Add a claim that waits, and return its id."""
    row = TransferRequest(state=ClaimState.WAITING.value, **values)
    session.add(row)
    session.flush()
    return row.id


def count_requests(session: Session, school_id: int, *, since: datetime) -> int:
    """Return how many claims a school has made since a moment, withdrawn ones too."""
    return (
        session.scalar(
            select(func.count())
            .select_from(TransferRequest)
            .where(TransferRequest.school_id == school_id, TransferRequest.asked_at >= since)
        )
        or 0
    )


def has_open_request(session: Session, school_id: int, upn: str, *, today: date) -> bool:
    """Whether the school's claim of a number is open."""
    table = TransferRequest
    found = session.scalar(
        select(table.id)
        .where(
            table.school_id == school_id,
            table.state.in_(_OPEN),
            table.upn == upn,
            table.expires_on >= today,
        )
        .limit(1)
    )
    return found is not None


def find_requests_of(session: Session, school_id: int, *, at_most: int) -> Sequence[Any]:
    """Return the claims a school has made, newest first: (TransferRequest, who made it)."""
    return session.execute(
        select(TransferRequest, UserAccount.display_name)
        .join(UserAccount, UserAccount.id == TransferRequest.asked_by)
        .where(TransferRequest.school_id == school_id)
        .order_by(TransferRequest.id.desc())
        .limit(at_most)
    ).all()


def find_request(
    session: Session, request_id: int, *, lock: bool = False
) -> TransferRequest | None:
    """Return a claim of whatever school; `lock` keeps it from others until the transaction ends."""
    query = (
        select(TransferRequest)
        .where(TransferRequest.id == request_id)
        .execution_options(populate_existing=True)
    )
    return session.scalar(query.with_for_update() if lock else query)


def find_open_requests(session: Session, local_authority_id: int, *, today: date) -> Sequence[Any]:
    """Return the open claims in a local authority, in no order, each with its school's name."""
    return session.execute(
        select(TransferRequest, School.name)
        .join(School, School.id == TransferRequest.school_id)
        .where(
            School.local_authority_id == local_authority_id,
            TransferRequest.state.in_(_OPEN),
            TransferRequest.expires_on >= today,
        )
    ).all()


def find_requests_at(session: Session, school: School, *, today: date) -> Sequence[int]:
    """Return the ids of other schools' open claims that name a pupil of this school."""
    asking = aliased(School)
    return session.scalars(
        select(TransferRequest.id)
        .join(asking, asking.id == TransferRequest.school_id)
        .join(Pupil, and_(Pupil.school_id == school.id, _is_claimed()))
        .where(
            asking.local_authority_id == school.local_authority_id,
            TransferRequest.school_id != school.id,
            TransferRequest.state.in_(_OPEN),
            TransferRequest.expires_on >= today,
        )
    ).all()


def find_holders(
    session: Session, local_authority_id: int, request_ids: Collection[int]
) -> Sequence[Any]:
    """Return the pupils whom claims name at the authority's other schools.

    Columns: request_id, school_id, school_name, pupil_id, surname, forenames.
    """
    if not request_ids:
        return ()
    return session.execute(
        select(
            TransferRequest.id.label("request_id"),
            School.id.label("school_id"),
            School.name.label("school_name"),
            Pupil.id.label("pupil_id"),
            Pupil.surname,
            Pupil.forenames,
        )
        .join(School, School.id != TransferRequest.school_id)
        .join(Pupil, and_(Pupil.school_id == School.id, _is_claimed()))
        .where(
            TransferRequest.id.in_(sorted(request_ids)),
            School.local_authority_id == local_authority_id,
        )
    ).all()


def update_request(session: Session, row: TransferRequest, **values: Any) -> None:
    """Set columns of a locked claim."""
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()


def add_received_pupil(session: Session, school_id: int, **values: Any) -> int:
    """Add the record of a child who is known at another school, `person_key` being among `values`.

    Return its id.
    """
    row = Pupil(school_id=school_id, **values)
    session.add(row)
    session.flush()
    return row.id


def join_people(session: Session, *, kept: str, given_up: str) -> None:
    """Let all records of one person be those of another: they are the same child."""
    session.execute(
        update(Pupil).where(Pupil.person_key == given_up).values(person_key=kept),
        execution_options={"synchronize_session": False},
    )


def copy_statutory_results(session: Session, *, of: tuple[int, int], to: tuple[int, int]) -> int:
    """Copy official results from one (school, pupil) to another, and return how many.

    What the other holds already of the same collection, year, sitting and measure stays.
    """
    held = {_result_key(row) for row in _results(session, *to)}
    school_id, pupil_id = to
    names = [column.key for column in StatutoryResult.__table__.columns]
    rows = [
        {name: getattr(row, name) for name in names}
        | {"school_id": school_id, "pupil_id": pupil_id}
        for row in _results(session, *of)
        if _result_key(row) not in held
    ]
    if rows:
        session.execute(insert(StatutoryResult), rows)
    return len(rows)


def _is_claimed() -> Any:
    return and_(
        Pupil.upn == TransferRequest.upn,
        Pupil.date_of_birth == TransferRequest.date_of_birth,
        or_(Pupil.archive_reason.is_(None), Pupil.archive_reason.not_in(_NOT_HELD)),
    )


def _results(session: Session, school_id: int, pupil_id: int) -> Sequence[StatutoryResult]:
    return session.scalars(
        select(StatutoryResult).where(
            StatutoryResult.school_id == school_id, StatutoryResult.pupil_id == pupil_id
        )
    ).all()


def _result_key(row: StatutoryResult) -> tuple[str, int, str, str]:
    return row.collection, row.ending_year, row.sitting, row.measure
