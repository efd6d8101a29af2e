"""The register of personal data breaches: every one, with what article 33(5) wants kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from pupiltrack_core.access import Action, Place
from pupiltrack_core.domain.breaches import BreachClock, Risk, breach_clock, clock_in_words
from pupiltrack_core.domain.local_time import day_in_london, write_moment
from pupiltrack_core.errors import Conflict, InvalidEntry, NotFound
from pupiltrack_core.interchange.plain_tables import table_csv
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.storage.account_models import BreachRecord
from pupiltrack_core.storage.models import School

BREACH_RECORDED, BREACH_CHANGED = "breach recorded", "breach changed"
BREACHES_EXPORTED = "breach register exported"
MAX_TEXT, MOST_PEOPLE = 10_000, 10_000_000
HEADINGS = (
    *("Number", "School", "Known since", "Happened on", "Facts", "Effects", "Remedy"),
    *("People affected", "Risk", "Report due by", "Reported", "People told", "Closed"),
)


@dataclass(frozen=True, slots=True)
class BreachEntry:
    """What is entered: moments are aware. `people_affected` None is not known yet."""

    aware_at: datetime
    risk: Risk
    facts: str = field(repr=False)
    effects: str = field(default="", repr=False)
    remedy: str = field(default="", repr=False)
    happened_on: date | None = None
    people_affected: int | None = None
    reported_at: datetime | None = None
    people_told_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Breach:
    """A breach on record, with its clock as of the moment it was read."""

    breach_id: int
    school_id: int | None
    school: str
    entry: BreachEntry
    version: int
    clock: BreachClock

    @property
    def clock_in_words(self) -> str:
        """What is shown of the clock, "" when it has stopped."""
        return clock_in_words(self.clock)


def breaches_of(caller: Caller, place: Place) -> tuple[Breach, ...]:
    """Return the breaches of a school, or of an authority and all its schools, newest first.

    Raise `NotFound` and `AccessDenied` for people who do not carry out the place's duties.
    """
    with caller.begin() as work:
        _require(work, place)
        return _load(work, place)


def record_breach(caller: Caller, place: Place, entry: BreachEntry) -> int:
    """Put a breach on record; return its number. Raise `InvalidEntry`, otherwise as above."""
    with caller.begin(write=True, act=True) as work:
        _require(work, place)
        checked = _checked(entry, work.now)
        row = BreachRecord(
            local_authority_id=place.local_authority_id,
            school_id=place.school_id,
            written_by=work.user_id,
            **_columns(checked),
        )
        work.session.add(row)
        work.session.flush()
        _audit(work, BREACH_RECORDED, row)
        work.commit()
        return row.id


def change_breach(
    caller: Caller, place: Place, breach_id: int, entry: BreachEntry, *, version: int
) -> None:
    """Write a breach on record anew; nothing is ever removed from the register.

    Raise `Conflict` where somebody else changed it since `version`, otherwise as `record_breach`.
    """
    with caller.begin(write=True, act=True) as work:
        _require(work, place)
        row = work.session.get(BreachRecord, breach_id, with_for_update=True)
        if row is None or not _is_of(row, place):
            raise NotFound("There is no such breach on record here.")
        if row.version != version:
            raise Conflict(
                "Somebody else has just changed this entry. Nothing of yours was saved: open it "
                "again and enter your change once more.",
                yours=None,
                theirs=row.facts,
                version=row.version,
            )
        for name, value in _columns(_checked(entry, work.now)).items():
            setattr(row, name, value)
        row.version += 1
        _audit(work, BREACH_CHANGED, row)
        work.commit()


def export_breaches(caller: Caller, place: Place) -> tuple[str, bytes]:
    """Return a file name and the register as CSV; audited before it is made. Raises as above."""
    with caller.begin(write=True, act=True) as work:
        _require(work, place)
        found = _load(work, place)
        work.audit(
            BREACHES_EXPORTED,
            school_id=place.school_id,
            local_authority_id=place.local_authority_id,
            breaches=len(found),
        )
        work.commit()
    rows = [_row(breach) for breach in found]
    return f"breach register {caller.clock():%Y-%m-%d}.csv", table_csv(HEADINGS, rows)


def _require(work: Work, place: Place) -> None:
    if place.school_id is not None:
        school = work.require(Action.KEEP_DUTIES, place.school_id)
        if school.local_authority_id != place.local_authority_id:
            raise NotFound("There is no such school, or it is not one of yours.")
    else:
        work.require_over_authority(Action.KEEP_DUTIES, place.local_authority_id)


def _is_of(row: BreachRecord, place: Place) -> bool:
    if row.local_authority_id != place.local_authority_id:
        return False
    return place.school_id is None or row.school_id == place.school_id


def _load(work: Work, place: Place) -> tuple[Breach, ...]:
    query = (
        select(BreachRecord, School.name)
        .join(School, School.id == BreachRecord.school_id, isouter=True)
        .where(BreachRecord.local_authority_id == place.local_authority_id)
        .order_by(BreachRecord.aware_at.desc(), BreachRecord.id.desc())
    )
    if place.school_id is not None:
        query = query.where(BreachRecord.school_id == place.school_id)
    return tuple(_breach(row, name or "", work.now) for row, name in work.session.execute(query))


def _breach(row: BreachRecord, school: str, now: datetime) -> Breach:
    risk = Risk(row.risk)
    entry = BreachEntry(
        aware_at=row.aware_at,
        risk=risk,
        facts=row.facts,
        effects=row.effects,
        remedy=row.remedy,
        happened_on=row.happened_on,
        people_affected=row.people_affected,
        reported_at=row.reported_at,
        people_told_at=row.people_told_at,
        closed_at=row.closed_at,
    )
    clock = breach_clock(row.aware_at, now, risk=risk, reported_at=row.reported_at)
    return Breach(row.id, row.school_id, school, entry, row.version, clock)


def _checked(entry: BreachEntry, now: datetime) -> BreachEntry:
    texts = {name: getattr(entry, name).strip() for name in ("facts", "effects", "remedy")}
    if not texts["facts"]:
        raise InvalidEntry("Say what happened.", field="facts")
    for name, text in texts.items():
        if len(text) > MAX_TEXT:
            raise InvalidEntry(f"Say it in {MAX_TEXT} letters or fewer.", field=name)
    if entry.aware_at > now:
        raise InvalidEntry("This moment is still to come.", field="aware_at")
    if entry.happened_on is not None and entry.happened_on > day_in_london(now):
        raise InvalidEntry("This day is still to come.", field="happened_on")
    people = entry.people_affected
    if people is not None and not 0 <= people <= MOST_PEOPLE:
        raise InvalidEntry("Enter how many people, as a whole number.", field="people_affected")
    for name in ("reported_at", "people_told_at", "closed_at"):
        moment = getattr(entry, name)
        if moment is not None and not entry.aware_at <= moment <= now:
            raise InvalidEntry(
                "This cannot be before the breach was known, nor after now.", field=name
            )
    if entry.closed_at is not None:
        _require_done(entry, texts)
    return replace(entry, **texts)


def _require_done(entry: BreachEntry, texts: dict[str, str]) -> None:
    for name, asked in (("effects", "Say what it led to"), ("remedy", "Say what was done")):
        if not texts[name]:
            raise InvalidEntry(f"{asked} before you close the entry.", field=name)
    if entry.risk.must_be_reported and entry.reported_at is None:
        raise InvalidEntry("Enter when it was reported before you close it.", field="reported_at")
    if entry.risk.people_must_be_told and entry.people_told_at is None:
        raise InvalidEntry(
            "Enter when people were told before you close it.", field="people_told_at"
        )


def _columns(entry: BreachEntry) -> dict[str, Any]:
    return {**asdict(entry), "risk": str(entry.risk)}


def _audit(work: Work, action: str, row: BreachRecord) -> None:
    work.audit(
        action,
        school_id=row.school_id,
        local_authority_id=row.local_authority_id,
        breach=row.id,
        risk=row.risk,
        reported=row.reported_at is not None,
        closed=row.closed_at is not None,
    )


def _row(breach: Breach) -> list[str | int]:
    entry = breach.entry

    def moment(at: datetime | None) -> str:
        return "" if at is None else write_moment(at)

    return [
        breach.breach_id,
        breach.school,
        moment(entry.aware_at),
        "" if entry.happened_on is None else f"{entry.happened_on:%d/%m/%Y}",
        entry.facts,
        entry.effects,
        entry.remedy,
        "" if entry.people_affected is None else entry.people_affected,
        entry.risk.label,
        moment(breach.clock.due_at) if entry.risk.must_be_reported else "",
        moment(entry.reported_at),
        moment(entry.people_told_at),
        moment(entry.closed_at),
    ]
