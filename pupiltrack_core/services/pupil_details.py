"""One pupil's record: every field as it stands, who changed what, and numbers for who has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from pupiltrack_core import access
from pupiltrack_core.access import Action, SchoolScope
from pupiltrack_core.domain.academic_years import FIRST_START, LAST_START, AcademicYear
from pupiltrack_core.domain.local_time import day_in_london
from pupiltrack_core.domain.pupil_fields import (
    CUSTOM_FIELDS,
    NO,
    PupilField,
    Recorded,
    words_of,
    write_value,
)
from pupiltrack_core.domain.school_types import is_outside_state_system
from pupiltrack_core.domain.upn import LAST_SERIAL, local_upn, serial_of_local_upn
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.cell_history import who_did
from pupiltrack_core.services.entry_columns import is_pupil_id
from pupiltrack_core.services.pupil_views import write_down_view
from pupiltrack_core.services.school_classes import offered_classes
from pupiltrack_core.storage.archived_pupils import LAST_DAY
from pupiltrack_core.storage.models import Enrolment, Pupil, School
from pupiltrack_core.storage.pupil_details import (
    PastChange,
    find_field_changes,
    find_numbers,
    find_record,
)
from pupiltrack_core.storage.pupil_journeys import find_pupil

NO_SUCH_PUPIL = (
    "There is no such pupil at this school in the academic year, or the record was archived. "
    "Choose another pupil."
)
ADDED = "added"  # the change that a record begins with
MOST_CHANGES = 500
_NUMBERED_ELSEWHERE = (
    "Numbers are issued here only for schools outside the state system. Issue a UPN in your "
    "management information system and type it in."
)


@dataclass(frozen=True, slots=True)
class PupilDetails:
    """A record as it is stored, or a blank one (`pupil_id` None, versions 0).

    `values` has the text of every field the person may see, of the custom filters those with a
    name. `year_group` is the one the pupil is in, by age or set by the school.
    """

    school_id: int
    academic_year: int
    pupil_id: int | None
    values: Mapping[PupilField, str] = field(repr=False)
    pupil_version: int = 0
    enrolment_version: int = 0
    year_group: int | None = None
    may_edit: bool = False
    class_names: tuple[str, ...] = ()
    custom_names: tuple[str, ...] = ()
    school_postcode: str = ""
    may_issue_number: bool = False

    @property
    def name(self) -> str:
        """ "Surname, Forenames", as lists write it."""
        return f"{self.values[PupilField.SURNAME]}, {self.values[PupilField.FORENAMES]}"

    @property
    def place(self) -> str:
        """ "Year 4, Maple, 2025/2026"."""
        group = "" if self.year_group is None else LABELS[self.year_group]
        parts = (group, self.values[PupilField.CLASS_NAME], AcademicYear(self.academic_year).label)
        return ", ".join(part for part in parts if part)

    def label(self, name: PupilField) -> str:
        """Return what a field is called at this school."""
        return name.label(self.custom_names)


@dataclass(frozen=True, slots=True)
class FieldPast:
    """One change of one field, in words; `academic_year` is "" for what belongs to no year."""

    label: str
    before: str = field(repr=False)
    after: str = field(repr=False)
    academic_year: str
    who: str
    at: datetime


def pupil_details(
    caller: Caller, school_id: int, academic_year: int, pupil_id: int
) -> PupilDetails:
    """Return a pupil's record in an academic year; that it was looked at is written down first.

    Raise `NotFound` for a pupil of another school, one not enrolled in the year or archived, and
    for a school out of reach; `AccessDenied` for a role that may not see pupils.
    """
    with caller.begin() as work:
        school = work.require(Action.SEE_PUPILS, school_id)
        found = require_record(work, school_id, academic_year, pupil_id)
        details = describe_record(work, school, academic_year, found)
    write_down_view(caller, school_id, pupil_id)
    return details


def blank_details(caller: Caller, school_id: int, academic_year: int) -> PupilDetails:
    """Return what the form of a new pupil begins with. Raises as adding one does."""
    with caller.begin() as work:
        school = work.require(Action.EDIT_PUPILS, school_id)
        return describe_record(work, school, academic_year, None)


def issue_number(caller: Caller, school_id: int) -> str:
    """Return a number for a pupil without a UPN that nobody of the school has or had.

    It is kept for nobody until a pupil is saved with it. Raise `InvalidEntry` at a school of the
    state system, which issues UPNs itself, and when a year's 999 numbers are used up; `NotFound`
    and `AccessDenied` as for changing pupils.
    """
    with caller.begin() as work:
        school = work.require(Action.EDIT_PUPILS, school_id)
        if not is_outside_state_system(school.school_type):
            raise InvalidEntry(_NUMBERED_ELSEWHERE, field=PupilField.UPN)
        year = day_in_london(work.now).year
        used = [
            serial_of_local_upn(number, school.laestab, year)
            for number in find_numbers(work.session, school_id)
        ]
    serial = max((number for number in used if number is not None), default=0) + 1
    if serial > LAST_SERIAL:
        raise InvalidEntry(
            f"All {LAST_SERIAL} numbers of {year} are used up. Ask the local authority for one.",
            field=PupilField.UPN,
        )
    return local_upn(school.laestab, year, serial)


def pupil_history(caller: Caller, school_id: int, pupil_id: int) -> tuple[FieldPast, ...]:
    """Return who changed what of a pupil's record, newest first, 500 changes at most.

    Raises as `pupil_details`. What the person may not see of a pupil is not there.
    """
    with caller.begin() as work:
        school = work.require(Action.SEE_PUPILS, school_id)
        if not is_pupil_id(pupil_id) or find_pupil(work.session, school_id, pupil_id) is None:
            raise NotFound(NO_SUCH_PUPIL)
        found = find_field_changes(work.session, school_id, pupil_id, at_most=MOST_CHANGES)
        hidden = None if may_see_looked_after(work, school) else PupilField.LOOKED_AFTER.value
        names = tuple(school.custom_filter_names)
    return tuple(_past(past, names) for past in found if past.change.field != hidden)


def may_see_looked_after(work: Work, school: School) -> bool:
    """Whether the person may see which pupils of the school are looked after."""
    scope = SchoolScope(school.id, school.local_authority_id)
    return access.may(work.principal, Action.SEE_LOOKED_AFTER, scope)


def require_record(
    work: Work, school_id: int, academic_year: int, pupil_id: int | None, *, lock: bool = False
) -> tuple[Pupil, Enrolment]:
    """Return a pupil and the enrolment of the year; raise `NotFound` where they are not there.

    `lock` keeps others from changing them until the transaction ends.
    """
    found = None
    if pupil_id and is_pupil_id(pupil_id) and FIRST_START <= academic_year <= LAST_START:
        found = find_record(work.session, school_id, academic_year, pupil_id, lock=lock)
    if found is None:
        raise NotFound(NO_SUCH_PUPIL)
    return found


def describe_record(
    work: Work, school: School, academic_year: int, found: tuple[Pupil, Enrolment] | None
) -> PupilDetails:
    """Return a stored record, or the blank one of a new pupil, as the person may see it."""
    custom_names = tuple(school.custom_filter_names)
    values = _blank_values() if found is None else stored_values(*found)
    if not may_see_looked_after(work, school):
        del values[PupilField.LOOKED_AFTER]
    for place, name in enumerate(CUSTOM_FIELDS):
        if not any(custom_names[place : place + 1]):
            del values[name]
    scope = SchoolScope(school.id, school.local_authority_id)
    may_edit = access.may(work.principal, Action.EDIT_PUPILS, scope)
    return PupilDetails(
        school_id=school.id,
        academic_year=academic_year,
        pupil_id=None if found is None else found[0].id,
        values=values,
        pupil_version=0 if found is None else found[0].version,
        enrolment_version=0 if found is None else found[1].version,
        year_group=None if found is None else found[1].year_group,
        may_edit=may_edit,
        class_names=offered_classes(work, school, academic_year, own=values[PupilField.CLASS_NAME]),
        custom_names=custom_names,
        school_postcode=school.postcode or "",
        may_issue_number=may_edit and is_outside_state_system(school.school_type),
    )


def stored_values(pupil: Pupil, enrolment: Enrolment) -> dict[PupilField, str]:
    """Return the text of every field of a stored record, whoever may see it."""
    values: dict[PupilField, str] = {}
    for name in PupilField:
        recorded: Recorded = getattr(pupil if name.is_of_pupil else enrolment, name.value)
        values[name] = write_value(recorded)
    if not enrolment.year_override:
        values[PupilField.YEAR_GROUP] = ""
    return values


def _blank_values() -> dict[PupilField, str]:
    blank = dict.fromkeys(PupilField, "")
    return blank | {PupilField.ALTERNATIVE_ASSESSMENT: NO}


def _past(past: PastChange, custom_names: tuple[str, ...]) -> FieldPast:
    change = past.change
    year = "" if change.academic_year is None else AcademicYear(change.academic_year).label
    who = who_did(past.name, past.changed_by)
    known = {item.value: item for item in PupilField}.get(change.field)
    if change.field == ADDED:
        label, before, after = "Record", "", "Added"
    elif change.field == LAST_DAY:
        label = "Last day at the school"
        days = (change.before, change.after)
        before, after = (f"{date.fromisoformat(day):%d/%m/%Y}" if day else "" for day in days)
    elif known is None:
        label = change.field.replace("_", " ").capitalize()
        before, after = change.before or "", change.after or ""
    else:
        label = known.label(custom_names)
        before, after = (words_of(known, text or "") for text in (change.before, change.after))
    return FieldPast(label, before, after, year, who, past.changed_at)
