"""Saving what is entered in the grid of many pupils: every cell by itself, the good ones together.

What a cell names (pupil, column, value, version) comes from a browser and is believed in nothing.
A field is read as in the form of one pupil; what that form would ask about first is refused here,
where nobody can be asked about one cell of hundreds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pupiltrack_core.access import Action
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.pupil_fields import PupilField
from pupiltrack_core.errors import AccessDenied, StorageUnavailable
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.cell_plan import read_plan
from pupiltrack_core.services.entry_columns import INCLUSION, is_pupil_id
from pupiltrack_core.services.pupil_entry import (
    EntryReading,
    EntryRules,
    FieldNote,
    Placing,
    place_pupil,
    read_entry,
)
from pupiltrack_core.services.pupil_grid import (
    GridRecord,
    RecordColumn,
    grid_record,
    offered_columns,
    require_year,
)
from pupiltrack_core.services.pupil_saving import nursery_questions
from pupiltrack_core.services.record_change import RecordChange, record_change
from pupiltrack_core.services.recording import CellOutcome, Status, require_batch
from pupiltrack_core.storage.cells import include_cell
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.pupil_details import add_field_changes
from pupiltrack_core.storage.pupil_grid import find_records, update_enrolments, update_pupils
from pupiltrack_core.storage.school_settings import lock_school

PUPILS_CHANGED = "pupils changed"
_NO_PUPIL = "This pupil is not on this school's roll for the academic year. Nothing was changed."
_NO_COLUMN = (
    "This column is not there, or not for you to change. Nothing was changed. Open the page again."
)
_CONFLICT = "Someone else changed this first. Choose which of the two to keep."
_ON_THE_RECORD = "To save it all the same, open the pupil's record."
_BUSY = (
    "Others are changing the same pupils at this moment. Nothing was changed by what you just did. "
    "Try again."
)
_MOBILITY = frozenset({PupilField.MOBILITY_YEAR, PupilField.MOBILITY_TERM})


@dataclass(frozen=True, slots=True)
class PupilCellChange:
    """A text entered over a cell; None clears it.

    `version` is that of the cell when it was shown, and `shown` the text that stood there, None
    where that is not known. A version counts changes of the whole record: a cell that still holds
    what was shown was changed by nobody.
    """

    pupil_id: int
    column_key: str
    value: str | None
    version: int
    shown: str | None = None


@dataclass(frozen=True, slots=True)
class PupilsRecorded:
    """What became of each change, in their order, and the records of their pupils as they are."""

    outcomes: tuple[CellOutcome, ...]
    records: tuple[GridRecord, ...]


def record_pupil_cells(
    caller: Caller, school_id: int, academic_year: int, changes: Sequence[PupilCellChange]
) -> PupilsRecorded:
    """Save the changes that may be saved, in one transaction, and return what became of each.

    What is already stored counts as saved, so sending a batch again does no harm. Raise
    `InvalidEntry` for more than 20,000 changes or an academic year that cannot be,
    `StorageUnavailable` when nothing could be saved now, `NotFound` or `AccessDenied` for a school
    out of reach or a role that may not change pupils; none of these changes anything.
    """
    require_batch(changes)
    with caller.begin(write=True, act=True) as work:
        work.require(Action.EDIT_PUPILS, school_id)
        year = require_year(academic_year)
        _require_looked_after(work, school_id, changes)
        entering = _Entering.begin(work, lock_school(work.session, school_id), year, changes)
        entering.decide(changes)
        if entering.has_written:
            entering.write()
            work.commit()
        return PupilsRecorded(
            tuple(entering.outcome(change) for change in changes),
            tuple(entering.records.values()),
        )


def _require_looked_after(work: Work, school_id: int, changes: Iterable[PupilCellChange]) -> None:
    """Have it written down when a cell is sent that the person cannot have been shown."""
    if any(change.column_key == PupilField.LOOKED_AFTER for change in changes):
        with suppress(AccessDenied):  # the cell is refused as any other that is not there
            work.require(Action.SEE_LOOKED_AFTER, school_id)


@dataclass(frozen=True, slots=True)
class _Decision:
    status: Status
    text: str = field(default="", repr=False)
    reason: str = ""


_SAVED = _Decision("saved")


@dataclass(slots=True)
class _Entering:
    """A batch on its way into the database, with its pupils kept from others."""

    work: Work
    school: School
    academic_year: AcademicYear
    columns: Mapping[str, RecordColumn]
    rules: EntryRules
    records: dict[int, GridRecord]
    decisions: dict[tuple[int, str], _Decision] = field(default_factory=dict)
    changes: dict[int, RecordChange] = field(default_factory=dict)
    inclusions: dict[int, str] = field(default_factory=dict)

    @classmethod
    def begin(
        cls,
        work: Work,
        school: School,
        academic_year: AcademicYear,
        changes: Iterable[PupilCellChange],
    ) -> _Entering:
        """Return a batch that knows what is stored of its pupils, whom nobody else changes now."""
        year = academic_year.start
        ids = {change.pupil_id for change in changes if is_pupil_id(change.pupil_id)}
        rows = find_records(work.session, school.id, year, ids, lock=True)
        columns = {item.key: item for item in offered_columns(work, school, year, rows.values())}
        classes = [value for value, _ in columns[PupilField.CLASS_NAME].choices]
        return cls(
            work,
            school,
            academic_year,
            columns=columns,
            rules=EntryRules(academic_year, classes, school.laestab[:3]),
            records={number: grid_record(row) for number, row in rows.items()},
        )

    @property
    def has_written(self) -> bool:
        """Whether anything is to be written."""
        return bool(self.changes or self.inclusions)

    # What may be saved --------------------------------------------------------------------------

    def decide(self, changes: Iterable[PupilCellChange]) -> None:
        """Decide on every change; of two of one cell the later counts."""
        by_pupil: dict[int, dict[str, PupilCellChange]] = defaultdict(dict)
        for change in changes:
            if change.pupil_id in self.records:
                by_pupil[change.pupil_id][change.column_key] = change
        for pupil_id, cells in by_pupil.items():
            self._decide_pupil(self.records[pupil_id], cells)

    def _decide_pupil(self, record: GridRecord, cells: Mapping[str, PupilCellChange]) -> None:
        typed: dict[PupilField, str] = {}
        for key, change in cells.items():
            column = self.columns.get(key)
            if column is None:
                continue  # it has no outcome but that
            text, problem = self._read(record, column, change.value)
            decision = _decide_cell(record, column, change, text=text, problem=problem)
            if decision is not None:
                self.decisions[record.pupil_id, key] = decision
            elif column.about is None:
                self.inclusions[record.pupil_id] = text
                self.decisions[record.pupil_id, key] = _SAVED
            else:
                typed[column.about] = text
        if typed:
            self._plan(record, typed)

    def _read(self, record: GridRecord, column: RecordColumn, value: str | None) -> tuple[str, str]:
        """Return the text of an entry as it is stored, and what is wrong with it."""
        if column.about is None:
            try:
                return INCLUSION.read(value) or "", ""
            except ValueError as error:
                return value or "", str(error)
        reading = read_entry({column.about: value or ""}, self.rules)
        problems = [note.text for note in reading.problems if note.about is column.about]
        text = reading.texts.get(column.about, value or "")
        if column.about is PupilField.YEAR_GROUP and text and not problems:
            placing = place_pupil(record.date_of_birth, text, self.academic_year)
            text = text if placing.is_override or placing.problem else ""  # the year of the age
        return text, " ".join(problems)

    def _plan(self, record: GridRecord, typed: dict[PupilField, str]) -> None:
        """Plan to write the fields that go together, and refuse the others."""
        while typed:
            reading = read_entry({**self._beside(record, typed), **typed}, self.rules)
            placing = self._place(record, reading, typed)
            problems = [*reading.problems, *self._would_ask(reading, placing)]
            if placing is not None and placing.problem is not None:
                problems.append(placing.problem)
            refused = _refused(problems, typed)
            if not refused:
                break
            for name, reason in refused.items():
                text = typed.pop(name)
                self.decisions[record.pupil_id, name] = _Decision("refused", text, reason)
        else:
            return
        for name in typed:
            self.decisions[record.pupil_id, name] = _SAVED
        self.changes[record.pupil_id] = record_change(
            reading,
            stored={name: record.values[name] for name in typed},
            changed=typed,
            placing=placing,
            academic_year=self.academic_year.start,
        )

    def _beside(self, record: GridRecord, typed: Mapping[PupilField, str]) -> dict[PupilField, str]:
        """Return the stored texts that those typed have to go with."""
        if _MOBILITY.isdisjoint(typed):
            return {}
        return {name: record.values[name] for name in _MOBILITY}

    def _place(
        self, record: GridRecord, reading: EntryReading, typed: Mapping[PupilField, str]
    ) -> Placing | None:
        if PupilField.YEAR_GROUP not in typed:
            return None
        override = reading.values.get(PupilField.YEAR_GROUP)
        return place_pupil(record.date_of_birth, override, self.academic_year)

    def _would_ask(self, reading: EntryReading, placing: Placing | None) -> Iterable[FieldNote]:
        notes = list(reading.warnings)
        if placing is not None and placing.problem is None:
            year = self.academic_year.start
            notes += nursery_questions(self.work.session, self.school.id, year, placing)
        return [FieldNote(note.about, f"{note.text} {_ON_THE_RECORD}") for note in notes]

    # What is saved ------------------------------------------------------------------------------

    def write(self) -> None:
        """Write what was planned, with its history and the audit; read the records again."""
        work, school_id, year = self.work, self.school.id, self.academic_year.start
        session = work.session
        update_pupils(session, school_id, _columns_of(self.changes, "pupil"))
        update_enrolments(session, school_id, year, _columns_of(self.changes, "enrolment"))
        # Afterwards, so that the feed of other pages has the version that is stored at the end.
        plan = read_plan(
            work,
            school_id,
            year,
            cells=[include_cell(number) for number in self.inclusions],
            pupil_ids=self.inclusions,
        )
        for number, text in self.inclusions.items():
            key = include_cell(number)
            plan.add(key, value=text, colour=None, over=plan.stored[key])
        if not plan.write():
            raise StorageUnavailable(_BUSY)
        noted = [(number, item) for number, made in self.changes.items() for item in made.noted]
        add_field_changes(session, school_id, noted, changed_at=work.now, changed_by=work.user_id)
        self._audit({item.field for _, item in noted})
        plan.note_changes()
        rows = find_records(session, school_id, year, self.records)
        self.records = {number: grid_record(row) for number, row in rows.items()}

    def _audit(self, fields: Iterable[str]) -> None:
        statuses = [decision.status for decision in self.decisions.values()]
        self.work.audit(
            PUPILS_CHANGED,
            school_id=self.school.id,
            academic_year=self.academic_year.start,
            pupils=sorted({*self.changes, *self.inclusions}),
            fields=sorted(fields),
            inclusion_changed=len(self.inclusions),
            saved=statuses.count("saved"),
            refused=statuses.count("refused"),
            conflicts=statuses.count("conflict"),
        )

    def outcome(self, change: PupilCellChange) -> CellOutcome:
        """Return what became of one change, with what is stored now."""
        record = self.records.get(change.pupil_id)
        column = self.columns.get(change.column_key)
        if record is None or column is None:
            reason = _NO_PUPIL if record is None else _NO_COLUMN
            return CellOutcome(
                change.pupil_id, change.column_key, "refused", None, 0, reason=reason
            )
        decision = self.decisions[change.pupil_id, change.column_key]
        stored = record.values[column.key] or None
        is_conflict = decision.status == "conflict"
        return CellOutcome(
            change.pupil_id,
            change.column_key,
            decision.status,
            decision.text or None if is_conflict else stored,
            record.version_of(column),
            reason=decision.reason,
            theirs=stored if is_conflict else None,
        )


def _decide_cell(
    record: GridRecord,
    column: RecordColumn,
    change: PupilCellChange,
    *,
    text: str,
    problem: str,
) -> _Decision | None:
    """Return the decision on a cell by itself; None where it is to be written."""
    stored = record.values[column.key]
    if problem:
        return _Decision("refused", text, problem)
    if text == stored:
        return _SAVED
    if change.version != record.version_of(column) and change.shown != stored:
        return _Decision("conflict", text, _CONFLICT)
    return None


def _refused(
    problems: Iterable[FieldNote], typed: Mapping[PupilField, str]
) -> dict[PupilField, str]:
    """Return what is refused of the fields typed, and why.

    What is wrong may be said of a field beside: of the term when the year it needs is cleared, of
    the date of birth when the year group set against it is too far.
    """
    causes = {
        PupilField.MOBILITY_TERM: PupilField.MOBILITY_YEAR,
        PupilField.DATE_OF_BIRTH: PupilField.YEAR_GROUP,
    }
    refused = {}
    for note in problems:
        name = note.about if note.about in typed else causes.get(note.about, note.about)
        if name in typed:
            refused[name] = note.text
    return refused


def _columns_of(
    changes: Mapping[int, RecordChange], table: str
) -> list[tuple[int, Mapping[str, object]]]:
    found: list[tuple[int, Any]] = [
        (number, getattr(change, table)) for number, change in changes.items()
    ]
    return [(number, values) for number, values in found if values]
