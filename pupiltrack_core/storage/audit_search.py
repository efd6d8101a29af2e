"""Looking through the audit: one school's or one authority's, newest first, page by page."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, literal_column, or_, select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.models import (
    UNUSUAL_USE,
    AuditEntry,
    MembershipRow,
    UserAccount,
)

_ROWS_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What is looked for; None and empty leave out nothing. `starts` counts in, `ends` does not.

    `only` are the actions wanted, `but` those not wanted. `before` is the number of a row: older
    ones alone are found.
    """

    user_id: int | None = None
    only: Collection[str] | None = None
    but: Collection[str] = ()
    starts: datetime | None = None
    ends: datetime | None = None
    pupil_id: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """A row of the audit with the display name of who did it; None for nobody known."""

    entry_id: int
    at: datetime
    user_id: int | None
    name: str | None
    action: str
    school_id: int | None
    detail: Mapping[str, Any]


def find_entries_of_school(
    session: Session, school_id: int, wanted: AuditFilter, *, limit: int
) -> list[FoundEntry]:
    """Return what was done at a school, and what its people did that belongs to no school.

    The latter are sign-ins, sign-outs and changes of an account.
    """
    people = select(MembershipRow.user_id).where(MembershipRow.school_id == school_id)
    return _find(session, (AuditEntry.school_id == school_id, _nowhere(people)), wanted, limit)


def find_entries_of_authority(
    session: Session, local_authority_id: int, wanted: AuditFilter, *, limit: int
) -> list[FoundEntry]:
    """Return what was done in an authority and its schools, and what their people did elsewhere."""
    people = select(MembershipRow.user_id).where(
        MembershipRow.local_authority_id == local_authority_id
    )
    of_authority = AuditEntry.local_authority_id == local_authority_id
    return _find(session, (of_authority, _nowhere(people)), wanted, limit)


def find_unusual_uses(
    session: Session,
    *,
    school_ids: Collection[int],
    authority_ids: Collection[int],
    since: datetime,
) -> list[FoundEntry]:
    """Return the alarms of unusual use at these schools and in these authorities, newest first."""
    if not (school_ids or authority_ids):
        return []
    rows = session.execute(
        select(AuditEntry, UserAccount.display_name)
        .join(UserAccount, UserAccount.id == AuditEntry.user_id, isouter=True)
        .where(
            # In the text of the statement, for the index that has these rows alone.
            AuditEntry.action == literal_column(f"'{UNUSUAL_USE}'"),
            AuditEntry.at >= since,
            or_(
                AuditEntry.school_id.in_(school_ids),
                AuditEntry.local_authority_id.in_(authority_ids),
            ),
        )
    )
    found = [_found(entry, name, json.loads(entry.detail)) for entry, name in rows]
    return sorted(found, key=lambda entry: entry.entry_id, reverse=True)


def find_people_of_school(session: Session, school_id: int) -> list[tuple[int, str]]:
    """Return (id, display name) of everyone with a role at the school, by name."""
    return _people(session, MembershipRow.school_id == school_id)


def find_people_of_authority(session: Session, local_authority_id: int) -> list[tuple[int, str]]:
    """Return (id, display name) of everyone with a role in the authority or its schools."""
    return _people(session, MembershipRow.local_authority_id == local_authority_id)


def has_entry_since(
    session: Session,
    *,
    user_id: int | None,
    action: str,
    school_id: int,
    pupil_id: int,
    since: datetime,
) -> bool:
    """Whether the person did this with the pupil after `since`; for what is noted only once."""
    rows = session.execute(
        select(AuditEntry.detail).where(
            AuditEntry.user_id == user_id,
            AuditEntry.at > since,
            AuditEntry.action == action,
            AuditEntry.school_id == school_id,
        )
    )
    return any(_is_about(json.loads(detail), pupil_id) for (detail,) in rows)


def find_details_since(
    session: Session, *, user_id: int, actions: Collection[str], since: datetime
) -> list[tuple[str, int | None, Mapping[str, Any]]]:
    """Return (action, school, detail) of what the person did of `actions` after `since`."""
    rows = session.execute(
        select(AuditEntry.action, AuditEntry.school_id, AuditEntry.detail)
        .where(
            AuditEntry.user_id == user_id,
            AuditEntry.at > since,
            AuditEntry.action.in_(actions),
        )
        .order_by(AuditEntry.id)
    )
    return [(action, school_id, json.loads(detail)) for action, school_id, detail in rows]


def _people(session: Session, where: ColumnElement[bool]) -> list[tuple[int, str]]:
    rows = session.execute(
        select(UserAccount.id, UserAccount.display_name)
        .where(UserAccount.id.in_(select(MembershipRow.user_id).where(where)))
        .order_by(UserAccount.display_name, UserAccount.id)
    )
    return [(user_id, name) for user_id, name in rows]


def _nowhere(people: Any) -> ColumnElement[bool]:
    """What these people did that belongs to no school and no authority."""
    return and_(
        AuditEntry.school_id.is_(None),
        AuditEntry.local_authority_id.is_(None),
        AuditEntry.user_id.in_(people),
    )


def _find(
    session: Session, places: Sequence[ColumnElement[bool]], wanted: AuditFilter, limit: int
) -> list[FoundEntry]:
    """Return the newest entries of places that have none in common.

    Each place is read by itself, from the end of an index: asked for together, all that was ever
    done at both would be sorted first.
    """
    found: list[FoundEntry] = []
    with ExitStack() as open_rows:
        streams = [
            open_rows.enter_context(
                session.execute(_query(where, wanted).execution_options(yield_per=_ROWS_AT_A_TIME))
            )
            for where in places
        ]
        for entry, name in merge(*streams, key=lambda row: -row[0].id):
            detail = json.loads(entry.detail)
            if wanted.pupil_id is not None and not _is_about(detail, wanted.pupil_id):
                continue
            found.append(_found(entry, name, detail))
            if len(found) == limit:
                break
    return found


def _found(entry: AuditEntry, name: str | None, detail: Mapping[str, Any]) -> FoundEntry:
    return FoundEntry(
        entry_id=entry.id,
        at=entry.at,
        user_id=entry.user_id,
        name=name,
        action=entry.action,
        school_id=entry.school_id,
        detail=detail,
    )


def _query(where: ColumnElement[bool], wanted: AuditFilter) -> Select[AuditEntry, str]:
    query = (
        select(AuditEntry, UserAccount.display_name)
        .join(UserAccount, UserAccount.id == AuditEntry.user_id, isouter=True)
        .where(where)
        .order_by(AuditEntry.id.desc())
    )
    if wanted.user_id is not None:
        query = query.where(AuditEntry.user_id == wanted.user_id)
    if wanted.only is not None:
        query = query.where(AuditEntry.action.in_(wanted.only))
    if wanted.but:
        query = query.where(AuditEntry.action.not_in(wanted.but))
    if wanted.starts is not None:
        query = query.where(AuditEntry.at >= wanted.starts)
    if wanted.ends is not None:
        query = query.where(AuditEntry.at < wanted.ends)
    if wanted.before is not None:
        query = query.where(AuditEntry.id < wanted.before)
    if wanted.pupil_id is not None:
        # The number may be one of a list; which it is, is told from the detail itself.
        query = query.where(
            AuditEntry.detail.contains('"pupil'), AuditEntry.detail.contains(str(wanted.pupil_id))
        )
    return query


def _is_about(detail: Mapping[str, Any], pupil_id: int) -> bool:
    several = detail.get("pupils")
    return detail.get("pupil") == pupil_id or (isinstance(several, list) and pupil_id in several)
