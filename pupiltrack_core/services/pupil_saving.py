"""Adding a pupil and changing one: what was typed is checked, asked about, and saved or not.

A record is saved whole or not at all. Two people may change one record at once: fields that only
one of them changed are both kept, a field that both changed is given back with both values.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from pupiltrack_core.access import Action
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.pupil_fields import PupilField
from pupiltrack_core.domain.year_groups import RECEPTION, first_of_nursery
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.pupil_details import (
    ADDED,
    PupilDetails,
    describe_record,
    require_record,
    stored_values,
)
from pupiltrack_core.services.pupil_entry import (
    EntryReading,
    EntryRules,
    FieldNote,
    Placing,
    place_pupil,
    read_entry,
)
from pupiltrack_core.services.pupil_outcomes import Clash, SamePupil, SaveResult
from pupiltrack_core.services.pupil_plan import FORMER_UPN
from pupiltrack_core.services.record_change import columns_of, place_columns, record_change
from pupiltrack_core.storage.archived_pupils import is_archived_in
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.pupil_details import (
    FieldChange,
    add_field_changes,
    find_born_on,
    find_by_upn,
    find_latest_enrolment,
    has_year_groups_below,
)
from pupiltrack_core.storage.pupil_records import (
    add_enrolments,
    add_pupils,
    update_enrolment,
    update_pupil,
)
from pupiltrack_core.storage.school_settings import lock_school

PUPIL_ADDED = "pupil added"
PUPIL_CHANGED = "pupil changed"
_UPN_ON_ROLL = "This is the UPN of another pupil of the school. Nothing was saved."
_UPN_ARCHIVED = (
    "This is the UPN of a pupil whose record the school has archived. Nothing was saved. Bring "
    "that record back from the archived pupils instead, or check the number."
)
_NAMESAKE = (
    "The school already holds a pupil of this name and date of birth under another UPN. Save only "
    "if these are two pupils."
)
_NAMED = frozenset({PupilField.SURNAME, PupilField.FORENAMES, PupilField.DATE_OF_BIRTH})
_PLACED = frozenset({PupilField.DATE_OF_BIRTH, PupilField.YEAR_GROUP})


def add_pupil(
    caller: Caller,
    school_id: int,
    academic_year: int,
    typed: Mapping[PupilField, str],
    *,
    agreed: Collection[FieldNote] = (),
) -> SaveResult:
    """Add a pupil, enrolled in the academic year; `agreed` are questions answered with yes.

    Raise `InvalidEntry` for an academic year that cannot be, `NotFound` for a school out of reach,
    `AccessDenied` for a role that may not change pupils, or not what was typed.
    """
    with caller.begin(write=True, act=True) as work:
        saving = _begin(work, school_id, academic_year, typed)
        blank = describe_record(work, saving.school, academic_year, None)
        reading = read_entry({**blank.values, **typed}, saving.rules(blank))
        refused = saving.check(reading, changed=set(PupilField), pupil_id=None, agreed=agreed)
        if refused is not None:
            return refused
        number = saving.add(reading)
        work.commit()
    return SaveResult(number, tuple(reading.values))


def change_pupil(
    caller: Caller,
    shown: PupilDetails,
    typed: Mapping[PupilField, str],
    *,
    agreed: Collection[FieldNote] = (),
) -> SaveResult:
    """Save what differs between the record as it was `shown` and what was typed over it.

    Fields that were not typed stay as they are. Raise `NotFound` for a pupil not there any more;
    else as `add_pupil`.
    """
    with caller.begin(write=True, act=True) as work:
        saving = _begin(work, shown.school_id, shown.academic_year, typed)
        found = require_record(
            work, shown.school_id, shown.academic_year, shown.pupil_id, lock=True
        )
        pupil_id = found[0].id
        stored = stored_values(*found)
        present = describe_record(work, saving.school, shown.academic_year, found)
        rules = saving.rules(present)
        mine = _changed(shown.values, typed, rules)
        others = {name for name in shown.values if shown.values[name] != stored[name]}
        clashes = tuple(
            Clash(name, text, stored[name])
            for name, text in mine.items()
            if name in others and text != stored[name]
        )
        if clashes:
            return SaveResult(clashes=clashes, present=present)
        reading = read_entry({**present.values, **mine}, rules)
        changed = {name for name, text in mine.items() if text != stored[name]}
        refused = saving.check(reading, changed=changed, pupil_id=pupil_id, agreed=agreed)
        if refused is not None:
            return refused
        if changed:
            saving.change(pupil_id, stored, reading, changed=changed)
            work.commit()
    return SaveResult(pupil_id, _in_order(changed), merged=_in_order(others - set(mine)))


def nursery_questions(
    session: Session, school_id: int, academic_year: int, placing: Placing
) -> tuple[FieldNote, ...]:
    """Return what is to be asked of a child placed in a nursery year; () for nothing."""
    group = placing.year_group
    if group >= RECEPTION or has_year_groups_below(
        session, school_id, (academic_year - 1, academic_year), RECEPTION
    ):
        return ()
    return (FieldNote(PupilField.DATE_OF_BIRTH, first_of_nursery(group)),)


def _begin(
    work: Work, school_id: int, academic_year: int, typed: Mapping[PupilField, str]
) -> _Saving:
    work.require(Action.EDIT_PUPILS, school_id)
    if PupilField.LOOKED_AFTER in typed:
        work.require(Action.SEE_LOOKED_AFTER, school_id)
    try:
        year = AcademicYear(academic_year)
    except ValueError as error:
        raise InvalidEntry(f"{error} Nothing was saved.", field="academic_year") from error
    return _Saving(work, lock_school(work.session, school_id), year)


def _changed(
    shown: Mapping[PupilField, str], typed: Mapping[PupilField, str], rules: EntryRules
) -> dict[PupilField, str]:
    """Return what differs from what was shown; a text that cannot be read stands as typed."""
    read = read_entry(typed, rules).texts
    texts = {name: read.get(name, text) for name, text in typed.items()}
    return {name: text for name, text in texts.items() if text != shown.get(name, "")}


def _in_order(fields: Iterable[PupilField]) -> tuple[PupilField, ...]:
    wanted = set(fields)
    return tuple(name for name in PupilField if name in wanted)


@dataclass(slots=True)
class _Saving:
    """One record on its way into the database, with the school kept from others."""

    work: Work
    school: School
    academic_year: AcademicYear
    placing: Placing | None = None  # where the pupil goes, once that is to be worked out

    def rules(self, details: PupilDetails) -> EntryRules:
        """Return what the reading of an entry depends on."""
        return EntryRules(self.academic_year, details.class_names, self.school.laestab[:3])

    def check(
        self,
        reading: EntryReading,
        *,
        changed: Collection[PupilField],
        pupil_id: int | None,
        agreed: Collection[FieldNote],
    ) -> SaveResult | None:
        """Return why nothing can be saved yet; None where all is in order or agreed to."""
        problems = list(reading.problems)
        same: SamePupil | None = None
        if PupilField.UPN in changed and PupilField.UPN in reading.values:
            same, fault = self._find_same(str(reading.values[PupilField.UPN]), pupil_id)
            problems += [FieldNote(PupilField.UPN, fault)] if fault else []
        born = reading.values.get(PupilField.DATE_OF_BIRTH)
        if _PLACED & set(changed) and isinstance(born, date):
            override = reading.values.get(PupilField.YEAR_GROUP)
            self.placing = place_pupil(born, override, self.academic_year)
            problems += [self.placing.problem] if self.placing.problem else []
        if problems:
            return SaveResult(problems=tuple(problems), same_upn=same)
        questions = (
            *(note for note in reading.warnings if note.about in changed),
            *self._questions(reading, changed=changed, pupil_id=pupil_id),
        )
        if any(note not in agreed for note in questions):
            return SaveResult(questions=questions)
        return None

    def add(self, reading: EntryReading) -> int:
        """Write a new pupil, and return its id."""
        session, placing = self.work.session, self.placing
        if placing is None:
            raise ValueError("A pupil is placed before it is added.")
        pupil = columns_of(reading.values, of_pupil=True) | {"upn_is_local": reading.upn_is_local}
        (pupil_id,) = add_pupils(session, self.school.id, [pupil])
        enrolment = columns_of(reading.values, of_pupil=False) | place_columns(placing)
        rows = [{**enrolment, "pupil_id": pupil_id}]
        add_enrolments(session, self.school.id, self.academic_year.start, rows)
        self._note(pupil_id, [FieldChange(ADDED, None, None, self.academic_year.start)])
        self._audit(PUPIL_ADDED, pupil_id)
        return pupil_id

    def change(
        self,
        pupil_id: int,
        stored: Mapping[PupilField, str],
        reading: EntryReading,
        *,
        changed: Collection[PupilField],
    ) -> None:
        """Write the fields that changed."""
        session, year = self.work.session, self.academic_year.start
        change = record_change(
            reading, stored=stored, changed=changed, placing=self.placing, academic_year=year
        )
        if change.pupil:
            update_pupil(session, self.school.id, pupil_id, dict(change.pupil))
        if change.enrolment:
            update_enrolment(session, (self.school.id, year, pupil_id), dict(change.enrolment))
        self._note(pupil_id, list(change.noted))
        self._audit(PUPIL_CHANGED, pupil_id, fields=[item.field for item in change.noted])

    def _find_same(self, upn: str, pupil_id: int | None) -> tuple[SamePupil | None, str]:
        """Return who of the school has the number, and what is wrong with giving it again."""
        session, school_id = self.work.session, self.school.id
        found = [row for row in find_by_upn(session, school_id, upn) if row.id != pupil_id]
        holders = [row for row in found if row.upn == upn]
        if not holders:
            return None, FORMER_UPN if found else ""
        (holder,) = holders
        latest = find_latest_enrolment(session, school_id, holder.id)
        if latest is None or is_archived_in(holder.archived_from, self.academic_year.start):
            return None, _UPN_ARCHIVED
        name = f"{holder.surname}, {holder.forenames}"
        return SamePupil(holder.id, name, latest), _UPN_ON_ROLL

    def _questions(
        self, reading: EntryReading, *, changed: Collection[PupilField], pupil_id: int | None
    ) -> Iterable[FieldNote]:
        session = self.work.session
        if self.placing is not None:
            yield from nursery_questions(
                session, self.school.id, self.academic_year.start, self.placing
            )
        born = reading.values.get(PupilField.DATE_OF_BIRTH)
        if not _NAMED & set(changed) or not isinstance(born, date):
            return
        name = _person(reading.texts[PupilField.SURNAME], reading.texts[PupilField.FORENAMES])
        if any(
            _person(row.surname, row.forenames) == name and row.id != pupil_id
            for row in find_born_on(session, self.school.id, self.academic_year.start, born)
        ):
            yield FieldNote(PupilField.SURNAME, _NAMESAKE)

    def _note(self, pupil_id: int, changes: list[FieldChange]) -> None:
        add_field_changes(
            self.work.session,
            self.school.id,
            [(pupil_id, change) for change in changes],
            changed_at=self.work.now,
            changed_by=self.work.user_id,
        )

    def _audit(self, action: str, pupil_id: int, fields: list[str] | None = None) -> None:
        self.work.audit(
            action,
            school_id=self.school.id,
            academic_year=self.academic_year.start,
            pupil=pupil_id,
            fields=fields,
        )


def _person(surname: str, forenames: str) -> tuple[str, str]:
    return surname.casefold(), forenames.casefold()
