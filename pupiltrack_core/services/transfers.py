"""Claiming a pupil who has come from another school of the local authority.

A claim names a UPN and a date of birth. It is taken down without a look at any other school, so
that neither the answer nor the time it takes says whether the number is known elsewhere. Only the
school that holds the pupil, and the local authority, see whom it names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from pupiltrack_core.access import Action
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.cohorts import MAX_CLASS_NAME
from pupiltrack_core.domain.local_time import LONDON, day_in_london
from pupiltrack_core.domain.transfers import (
    CLAIM_LASTS,
    CLAIMS_A_DAY,
    ClaimOutcome,
    ClaimState,
    is_open,
    outcome,
)
from pupiltrack_core.domain.upn import validate_upn
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import (
    AccessDenied,
    Conflict,
    InvalidEntry,
    NotFound,
    TooManyAttempts,
)
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.entered_names import tidy_name
from pupiltrack_core.services.entry_columns import is_pupil_id
from pupiltrack_core.services.pupil_entry import place_pupil
from pupiltrack_core.services.school_classes import offered_classes
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.pupil_details import find_by_upn
from pupiltrack_core.storage.school_settings import lock_school
from pupiltrack_core.storage.school_year_models import TransferRequest
from pupiltrack_core.storage.transfer_requests import (
    add_request,
    count_requests,
    find_request,
    find_requests_of,
    has_open_request,
    update_request,
)

PUPIL_CLAIMED = "pupil claimed"
CLAIM_WITHDRAWN = "claim withdrawn"
MOST_CLAIMS = 200
_UNDONE = "Nothing was saved."
NO_CLAIM = (
    "This claim is not there any more, or is not yours to decide. Nothing was changed. Open the "
    "list again."
)


@dataclass(frozen=True, slots=True)
class ClaimEntry:
    """A claim as a form holds it: nothing of it has been checked. "" is none.

    `year_group` is a number as text, "" for the one of the date of birth.
    """

    upn: str = field(repr=False)
    date_of_birth: date | None = field(repr=False)
    joins_on: date | None
    year_group: str = ""
    class_name: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim as the school that made it may see it."""

    id: int
    upn: str = field(repr=False)
    date_of_birth: date = field(repr=False)
    joins_on: date
    place: str
    asked_at: datetime
    who: str
    expires_on: date
    outcome: ClaimOutcome
    new_pupil_id: int | None

    @property
    def may_be_withdrawn(self) -> bool:
        """Whether it is still open."""
        return self.outcome is ClaimOutcome.WAITING


def claim_pupil(caller: Caller, school_id: int, entry: ClaimEntry) -> int:
    """Take down a school's claim of a pupil who has joined it, or is about to; return its id.

    The answer is the same whether or not another school knows the number, knows it with another
    date of birth, or is asked by a third school already. Raise `InvalidEntry` with the field at
    fault, from what the school itself can know; `TooManyAttempts` after many in one day; `NotFound`
    and `AccessDenied` as for changing pupils.
    """
    with caller.begin(write=True, act=True) as work:
        work.require(Action.EDIT_PUPILS, school_id)
        if work.user_id is None:
            raise AccessDenied(f"A claim is made by a person who is signed in. {_UNDONE}")
        school = lock_school(work.session, school_id)
        today = day_in_london(work.now)
        values = _checked(work, school, entry, today)
        _require_few(work, school_id, today)
        number = add_request(
            work.session,
            school_id=school_id,
            **values,
            asked_at=work.now,
            asked_by=work.user_id,
            expires_on=today + CLAIM_LASTS,
        )
        work.audit(PUPIL_CLAIMED, school_id=school_id, claim=number)
        work.commit()
    return number


def claims_of(caller: Caller, school_id: int) -> tuple[Claim, ...]:
    """Return what a school has claimed, newest first, 200 claims at most.

    Raise `NotFound` and `AccessDenied` as `claim_pupil`.
    """
    with caller.begin() as work:
        work.require(Action.EDIT_PUPILS, school_id)
        today = day_in_london(work.now)
        rows = find_requests_of(work.session, school_id, at_most=MOST_CLAIMS)
        return tuple(_described(row, who, today) for row, who in rows)


def withdraw_claim(caller: Caller, school_id: int, claim_id: int) -> None:
    """Withdraw a claim that is open; nobody is asked any more.

    Raise `Conflict` for one that was confirmed or is over, `NotFound` for another school's; else as
    `claim_pupil`.
    """
    with caller.begin(write=True, act=True) as work:
        work.require(Action.EDIT_PUPILS, school_id)
        row = find_request(work.session, claim_id, lock=True) if is_pupil_id(claim_id) else None
        if row is None or row.school_id != school_id:
            raise NotFound(NO_CLAIM)
        if not is_open(row.state, row.expires_on, today=day_in_london(work.now)):
            raise Conflict(
                "This claim is not waiting any more. Nothing was changed. The list shows what "
                "became of it."
            )
        update_request(
            work.session,
            row,
            state=ClaimState.WITHDRAWN.value,
            decided_at=work.now,
            decided_by=work.user_id,
        )
        work.audit(CLAIM_WITHDRAWN, school_id=school_id, claim=claim_id)
        work.commit()


def claim_classes(caller: Caller, school_id: int) -> tuple[str, ...]:
    """Return the classes that a claim of today can name. Raises as `claim_pupil`."""
    with caller.begin() as work:
        school = work.require(Action.EDIT_PUPILS, school_id)
        year = AcademicYear.containing(day_in_london(work.now)).start
        return offered_classes(work, school, year)


def _checked(work: Work, school: School, entry: ClaimEntry, today: date) -> dict[str, object]:
    """Return the columns of a claim, checked by what the school itself knows."""
    check = validate_upn(entry.upn, statutory=False)
    if not check.is_usable:
        raise InvalidEntry(f"{' '.join(check.problems)} {_UNDONE}", field="upn")
    upn = check.normalised
    if entry.date_of_birth is None:
        raise InvalidEntry(f"Enter the date of birth. {_UNDONE}", field="date_of_birth")
    joins_on = entry.joins_on
    if joins_on is None:
        raise InvalidEntry(f"Enter the day the pupil joins. {_UNDONE}", field="joins_on")
    now = AcademicYear.containing(today)
    if not now.previous.first_day <= joins_on <= AcademicYear(now.start + 1).last_day:
        raise InvalidEntry(
            "The day of joining must lie in this academic year, the one before or the next one. "
            f"{_UNDONE}",
            field="joins_on",
        )
    year = AcademicYear.containing(joins_on)
    if entry.year_group and entry.year_group not in {str(group) for group in LABELS}:
        raise InvalidEntry(f"Choose a year group. {_UNDONE}", field="year_group")
    placing = place_pupil(entry.date_of_birth, entry.year_group, year)
    if placing.problem is not None:
        raise InvalidEntry(f"{placing.problem.text} {_UNDONE}", field="date_of_birth")
    class_name = tidy_name(
        entry.class_name, field="class_name", longest=MAX_CLASS_NAME, undone=_UNDONE
    )
    if class_name and class_name not in offered_classes(work, school, year.start):
        raise InvalidEntry(
            f"The school has no class of this name. Choose another. {_UNDONE}", field="class_name"
        )
    _require_not_ours(work, school, upn, entry.date_of_birth)
    if has_open_request(work.session, school.id, upn, today=today):
        raise InvalidEntry(
            f"Your school has claimed this UPN already, and the claim is open. {_UNDONE}",
            field="upn",
        )
    return {
        "academic_year": year.start,
        "upn": upn,
        "date_of_birth": entry.date_of_birth,
        "year_group": placing.year_group,
        "class_name": class_name or None,
        "joins_on": joins_on,
    }


def _require_not_ours(work: Work, school: School, upn: str, date_of_birth: date) -> None:
    """Refuse a number that stands for another child at the school itself."""
    for row in find_by_upn(work.session, school.id, upn):
        if row.upn != upn:
            raise InvalidEntry(
                "This is the former UPN of a pupil of your school who has another one now. Claim "
                f"with the present one. {_UNDONE}",
                field="upn",
            )
        if row.date_of_birth != date_of_birth:
            raise InvalidEntry(
                "Your school holds this UPN with another date of birth. Check which is right. "
                f"{_UNDONE}",
                field="date_of_birth",
            )


def _require_few(work: Work, school_id: int, today: date) -> None:
    midnight = datetime.combine(today, time(), LONDON)
    if count_requests(work.session, school_id, since=midnight.astimezone(UTC)) < CLAIMS_A_DAY:
        return
    tomorrow = datetime.combine(today + timedelta(days=1), time(), LONDON)
    raise TooManyAttempts(
        f"Your school has claimed {CLAIMS_A_DAY} pupils today, which is the most in one day. "
        f"{_UNDONE} Go on tomorrow, or ask the local authority.",
        retry_after=max(1, int((tomorrow - work.now).total_seconds())),
    )


def _described(row: TransferRequest, who: str, today: date) -> Claim:
    group = "" if row.year_group is None else LABELS[row.year_group]
    parts = (group, row.class_name, AcademicYear(row.academic_year).label)
    told = outcome(row.state, row.expires_on, today=today)
    return Claim(
        id=row.id,
        upn=row.upn,
        date_of_birth=row.date_of_birth,
        joins_on=row.joins_on,
        place=", ".join(part for part in parts if part),
        asked_at=row.asked_at,
        who=who,
        expires_on=row.expires_on,
        outcome=told,
        new_pupil_id=row.new_pupil_id if told is ClaimOutcome.CONFIRMED else None,
    )
