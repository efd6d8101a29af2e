"""Looking through the audit of a school or an authority: by who, what, when and which pupil."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from pupiltrack_core.access import Action, Place
from pupiltrack_core.domain.local_time import LONDON
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.erasure import ERASED_AGAIN, PUPIL_ERASED
from pupiltrack_core.services.pupil_export import PUPILS_EXPORTED
from pupiltrack_core.services.reports import REPORT_MADE
from pupiltrack_core.storage.audit_search import (
    AuditFilter,
    FoundEntry,
    find_entries_of_authority,
    find_entries_of_school,
    find_people_of_authority,
    find_people_of_school,
)
from pupiltrack_core.storage.duties import find_last_erasures
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.pupil_finding import find_pupil_names

ROWS_OF_A_PAGE = 100
MOST_EXPORTED = 50_000
OPERATOR_NAME, SOMEBODY = "Operator", "Not known"
ACTIVITY_EXPORTED = "activity exported"


class ActivityKind(StrEnum):
    """Kinds of what people do, as the page offers them."""

    SIGN_INS = "sign-ins"
    VIEWS = "views"
    FILES = "files"
    DENIALS = "denials"
    CHANGES = "changes"

    @property
    def label(self) -> str:
        """As offered in the form."""
        return _LABELS[self]


_LABELS = {
    ActivityKind.SIGN_INS: "Signing in and accounts",
    ActivityKind.VIEWS: "Looking at pupils' records",
    ActivityKind.FILES: "Reports and files",
    ActivityKind.DENIALS: "Refused",
    ActivityKind.CHANGES: "Changes",
}
_ACTIONS: dict[ActivityKind, frozenset[str]] = {
    ActivityKind.VIEWS: frozenset({AuditAction.PUPIL_SEEN}),
    ActivityKind.FILES: frozenset(
        {
            AuditAction.FILE_MADE,
            AuditAction.FILE_FETCHED,
            REPORT_MADE,
            PUPILS_EXPORTED,
            ACTIVITY_EXPORTED,
            AuditAction.RECORD_GIVEN_OUT,
        }
    ),
    ActivityKind.DENIALS: frozenset({AuditAction.ACCESS_DENIED, AuditAction.SIGN_IN_REFUSED}),
    ActivityKind.SIGN_INS: frozenset(
        {
            AuditAction.SIGNED_IN,
            AuditAction.SIGN_IN_REFUSED,
            AuditAction.SECOND_STEP_DONE,
            AuditAction.SECOND_STEP_SET,
            AuditAction.SECOND_STEP_WITHDRAWN,
            AuditAction.PASSKEY_REMOVED,
            AuditAction.SESSION_RENEWED,
            AuditAction.SIGNED_OUT,
            AuditAction.SESSIONS_REVOKED,
            AuditAction.ACCOUNT_CREATED,
            AuditAction.ACCOUNT_STATUS_CHANGED,
            AuditAction.ACCOUNT_LOCKED,
            AuditAction.PASSWORD_CHANGED,
            AuditAction.ADDRESS_ASKED,
            AuditAction.ADDRESS_CHANGED,
            AuditAction.ALERTS_CHOSEN,
            AuditAction.DEVICE_FORGOTTEN,
            AuditAction.PASSWORD_LINK_SENT,
            AuditAction.ROLES_CHANGED,
            AuditAction.UNUSUAL_USE,
        }
    ),
}
# What is none of the others: each area of the portal has names of its own for what it changes.
_NOT_CHANGES = frozenset[str]().union(*_ACTIONS.values())


@dataclass(frozen=True, slots=True)
class ActivitySearch:
    """What is looked for; the days are England's and both count in."""

    user_id: int | None = None
    kind: ActivityKind | None = None
    first_day: date | None = None
    last_day: date | None = None
    pupil_id: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """One thing that was done. `who` is a display name; `place` a school's name or "".

    `pupil` is the name of the pupil it was done with, as it is now; "" for several, for none, and
    for one whose record was erased.
    """

    entry_id: int
    at: datetime
    who: str
    what: str
    place: str
    detail: Mapping[str, Any]
    pupil: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """Rows, newest first; `older` is what to look `before` for the next ones, None at the end."""

    rows: tuple[ActivityRow, ...]
    older: int | None


def search_activity(caller: Caller, place: Place, search: ActivitySearch) -> ActivityPage:
    """Return a hundred rows of what was done at the place.

    Raise `InvalidEntry` where the first day is after the last one, `NotFound` and `AccessDenied`
    for people who may not see it.
    """
    wanted = _filter(search)
    with caller.begin() as work:
        work.require_at(Action.SEE_ACTIVITY, place)
        rows = _rows(work, place, wanted, limit=ROWS_OF_A_PAGE + 1)
    page = rows[:ROWS_OF_A_PAGE]
    return ActivityPage(page, page[-1].entry_id if len(rows) > len(page) else None)


def people_of(caller: Caller, place: Place) -> tuple[tuple[int, str], ...]:
    """Return (id, display name) of everyone with a role at the place. Raises as the search."""
    with caller.begin() as work:
        work.require_at(Action.SEE_ACTIVITY, place)
        if place.school_id is not None:
            return tuple(find_people_of_school(work.session, place.school_id))
        return tuple(find_people_of_authority(work.session, place.local_authority_id))


def rows_to_export(caller: Caller, place: Place, search: ActivitySearch) -> tuple[ActivityRow, ...]:
    """Return everything that is found, 50,000 rows at most; that it is taken away is audited.

    Raises as `search_activity`.
    """
    wanted = _filter(search)
    with caller.begin(write=True, act=True) as work:
        work.require_at(Action.SEE_ACTIVITY, place)
        rows = _rows(work, place, wanted, limit=MOST_EXPORTED)
        work.audit(
            ACTIVITY_EXPORTED,
            school_id=place.school_id,
            local_authority_id=place.local_authority_id,
            rows=len(rows),
        )
        work.commit()
    return rows


def _filter(search: ActivitySearch) -> AuditFilter:
    first, last = search.first_day, search.last_day
    if first is not None and last is not None and first > last:
        raise InvalidEntry("The first day is after the last day.", field="first_day")
    only: Collection[str] | None = None if search.kind is None else _ACTIONS.get(search.kind)
    return AuditFilter(
        user_id=search.user_id,
        only=only,
        but=_NOT_CHANGES if search.kind is ActivityKind.CHANGES else (),
        starts=None if first is None else _midnight(first),
        ends=None if last is None else _midnight(last + timedelta(days=1)),
        pupil_id=search.pupil_id,
        before=search.before,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=LONDON)


def _rows(work: Work, place: Place, wanted: AuditFilter, *, limit: int) -> tuple[ActivityRow, ...]:
    if place.school_id is not None:
        found = find_entries_of_school(work.session, place.school_id, wanted, limit=limit)
    else:
        found = find_entries_of_authority(
            work.session, place.local_authority_id, wanted, limit=limit
        )
    schools: dict[int, str] = {}
    for school_id in {entry.school_id for entry in found if entry.school_id is not None}:
        school = work.session.get(School, school_id)
        schools[school_id] = "" if school is None else school.name
    pupils = find_pupil_names(
        work.session,
        {pupil for entry in found if isinstance(pupil := entry.detail.get("pupil"), int)},
    )
    erased = find_last_erasures(work.session, schools, (PUPIL_ERASED, ERASED_AGAIN))
    return tuple(_row(entry, schools, pupils, erased) for entry in found)


def _row(
    entry: FoundEntry,
    schools: Mapping[int, str],
    pupils: Mapping[tuple[int, int], str],
    erased: Mapping[tuple[int, int], int],
) -> ActivityRow:
    nobody = OPERATOR_NAME if entry.detail.get("operator") else SOMEBODY
    school_id = entry.school_id or 0
    pupil = (school_id, int(entry.detail.get("pupil", 0)))
    is_of_another = entry.entry_id <= erased.get(pupil, 0)
    return ActivityRow(
        entry_id=entry.entry_id,
        at=entry.at,
        who=entry.name or nobody,
        what=entry.action.replace(".", ", "),
        place=schools.get(school_id, ""),
        detail=entry.detail,
        pupil="" if is_of_another else pupils.get(pupil, ""),
    )
