"""Many pupils' records side by side: what a grid of them shows, and what a cell of it held before.

What is entered there is saved by `pupil_grid_entry`; one pupil's whole record by `pupil_saving`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pupiltrack_core.access import Action
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.ethnicities import ETHNICITIES
from pupiltrack_core.domain.pupil_fields import (
    CUSTOM_FIELDS,
    PupilField,
    choices_of,
    words_of,
    write_value,
)
from pupiltrack_core.errors import InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.cell_history import NOBODY, PastValue, history_of, who_did
from pupiltrack_core.services.entry_columns import is_pupil_id
from pupiltrack_core.services.grid_columns import INCLUDE, YES_OR_NO
from pupiltrack_core.services.pupil_details import MOST_CHANGES, may_see_looked_after
from pupiltrack_core.services.pupil_search import PupilSearch, find_searched
from pupiltrack_core.services.school_classes import offered_classes
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.pupil_details import PastChange, find_field_changes
from pupiltrack_core.storage.pupil_grid import find_records, find_state
from pupiltrack_core.storage.row_level_security import RowScope

INCLUDE_TITLE = "Include in data"
# Who a child is, is changed on the record alone, where a UPN or a name can be asked about.
_FIELDS = (
    PupilField.CLASS_NAME,
    PupilField.YEAR_GROUP,
    INCLUDE,
    PupilField.ALTERNATIVE_ASSESSMENT,
    PupilField.SEX,
    PupilField.SEN,
    PupilField.ETHNICITY,
    PupilField.DISADVANTAGED,
    PupilField.EAL,
    PupilField.FSM,
    PupilField.EVER6,
    PupilField.PUPIL_PREMIUM,
    PupilField.YOUNG_CARER,
    PupilField.LOOKED_AFTER,
    *CUSTOM_FIELDS,
    PupilField.MOBILITY_YEAR,
    PupilField.MOBILITY_TERM,
    PupilField.POSTCODE,
)
_NO_CELL = (
    "There is no such cell: the pupil may have been archived, or the column taken away. Open the "
    "page again."
)


@dataclass(frozen=True, slots=True)
class RecordColumn:
    """A column that can be entered; one without `choices` is typed into as text.

    `about` is the field of a pupil's record, None for include-in-data.
    """

    key: str
    title: str
    choices: tuple[tuple[str, str], ...]
    about: PupilField | None


@dataclass(frozen=True, slots=True)
class GridRecord:
    """One pupil as the grid shows the record; `values` are texts by column key, "" for nothing."""

    pupil_id: int
    surname: str = field(repr=False)
    forenames: str = field(repr=False)
    upn: str = field(repr=False)
    date_of_birth: date = field(repr=False)
    year_group: int
    values: Mapping[str, str] = field(repr=False)
    pupil_version: int
    enrolment_version: int

    def version_of(self, column: RecordColumn) -> int:
        """Return the version of what a cell is kept in: the pupil, or the enrolment."""
        is_of_pupil = column.about is not None and column.about.is_of_pupil
        return self.pupil_version if is_of_pupil else self.enrolment_version


@dataclass(frozen=True, slots=True)
class PupilGrid:
    """The records of the pupils searched for, by surname and forenames, and the columns.

    `state` is what `pupils_state` said when they were read.
    """

    school_id: int
    academic_year: int
    columns: tuple[RecordColumn, ...]
    records: tuple[GridRecord, ...]
    state: tuple[int, int, int]


def load_pupil_grid(
    caller: Caller, school_id: int, academic_year: int, search: PupilSearch
) -> PupilGrid:
    """Return the records of the pupils searched for, to be changed.

    Raise `InvalidEntry` for an academic year or a search that cannot be, `NotFound` for a school
    out of reach, `AccessDenied` for a role that may not change pupils.
    """
    with caller.begin() as work:
        school = work.require(Action.EDIT_PUPILS, school_id)
        year = require_year(academic_year).start
        ids = [row.pupil_id for row in find_searched(work, school, year, search)]
        return _read_grid(work, school, year, ids)


def reload_pupil_grid(caller: Caller, grid: PupilGrid) -> PupilGrid:
    """Return the records of the same pupils as they are now, whether or not they would be found.

    Whoever is not there any more is left out. Raises as `load_pupil_grid`.
    """
    with caller.begin() as work:
        school = work.require(Action.EDIT_PUPILS, grid.school_id)
        ids = [record.pupil_id for record in grid.records]
        return _read_grid(work, school, grid.academic_year, ids)


def pupils_state(caller: Caller, school_id: int, academic_year: int) -> tuple[int, int, int]:
    """Return what differs from before once anything was changed in the school's year.

    Tells no more than that, and nothing of whoever asks is looked up: reading the grid does that.
    """
    with caller.database.unit_of_work(scope=RowScope((school_id,))) as unit:
        return find_state(unit.session, school_id, academic_year)


def pupil_cell_history(
    caller: Caller, school_id: int, academic_year: int, pupil_id: int, column_key: str
) -> tuple[PastValue, ...]:
    """Return what a cell holds and held, newest first; empty for one never changed.

    Raise `NotFound` for a pupil or a column that is not there, else as `load_pupil_grid`.
    """
    if column_key == INCLUDE:
        with caller.begin() as work:
            work.require(Action.EDIT_PUPILS, school_id)
        return history_of(caller, school_id, academic_year, pupil_id, INCLUDE)
    with caller.begin() as work:
        school = work.require(Action.EDIT_PUPILS, school_id)
        year = require_year(academic_year).start
        columns = {item.key: item for item in offered_columns(work, school, year, ())}
        wanted = [pupil_id] if is_pupil_id(pupil_id) else []
        column = columns.get(column_key)
        if column is None or column.about is None:
            raise NotFound(_NO_CELL)
        if not find_records(work.session, school_id, year, wanted):
            raise NotFound(_NO_CELL)
        past = [
            item
            for item in find_field_changes(work.session, school_id, pupil_id, at_most=MOST_CHANGES)
            if item.change.field == column_key and item.change.academic_year in (None, year)
        ]
    return _past_values(column.about, past)


def require_year(academic_year: int) -> AcademicYear:
    """Return the academic year; raise `InvalidEntry` for a number that cannot be one."""
    try:
        return AcademicYear(academic_year)
    except ValueError as error:
        raise InvalidEntry(f"{error} Nothing was saved.", field="academic_year") from error


def offered_columns(
    work: Work, school: School, academic_year: int, rows: Iterable[Any]
) -> tuple[RecordColumn, ...]:
    """Return the columns the person may see and change at the school.

    Of the custom filters those with a name. Beside the main ethnic codes those are offered that one
    of the `rows` has.
    """
    names = tuple(school.custom_filter_names)
    classes = tuple((name, name) for name in offered_classes(work, school, academic_year))
    in_use = sorted({row.ethnicity for row in rows if row.ethnicity})
    hidden = set() if may_see_looked_after(work, school) else {PupilField.LOOKED_AFTER}
    hidden |= {name for at, name in enumerate(CUSTOM_FIELDS) if not any(names[at : at + 1])}
    columns = []
    for name in _FIELDS:
        if not isinstance(name, PupilField):
            columns.append(RecordColumn(INCLUDE, INCLUDE_TITLE, YES_OR_NO, None))
        elif name not in hidden:
            choices = classes if name is PupilField.CLASS_NAME else _choices(name, in_use)
            columns.append(RecordColumn(name.value, name.label(names), choices, name))
    return tuple(columns)


def grid_record(row: Any) -> GridRecord:
    """Return a row of `find_records` as the grid has it, whoever may see which column."""
    values: dict[str, str] = {
        name: write_value(getattr(row, name)) for name in _FIELDS if isinstance(name, PupilField)
    }
    if not row.year_override:
        values[PupilField.YEAR_GROUP] = ""
    return GridRecord(
        pupil_id=row.pupil_id,
        surname=row.surname,
        forenames=row.forenames,
        upn=row.upn,
        date_of_birth=row.date_of_birth,
        year_group=row.year_group,
        values={**values, INCLUDE: write_value(row.include_in_data)},
        pupil_version=row.pupil_version,
        enrolment_version=row.enrolment_version,
    )


def _read_grid(work: Work, school: School, year: int, pupil_ids: Sequence[int]) -> PupilGrid:
    # First, so that what is changed meanwhile is read again rather than missed.
    state = find_state(work.session, school.id, year)
    rows = find_records(work.session, school.id, year, pupil_ids)
    return PupilGrid(
        school.id,
        year,
        columns=offered_columns(work, school, year, rows.values()),
        records=tuple(grid_record(rows[number]) for number in pupil_ids if number in rows),
        state=state,
    )


def _choices(name: PupilField, ethnicities: Sequence[str]) -> tuple[tuple[str, str], ...]:
    if name is not PupilField.ETHNICITY:
        return tuple(choice for choice in choices_of(name) if choice[0])
    # By the words alone, which is what stands in a column of a spreadsheet.
    main = tuple((item.code, item.label) for item in ETHNICITIES.values())
    others = (code for code in ethnicities if code not in ETHNICITIES)
    return (*main, *((code, words_of(name, code)) for code in others))


def _past_values(name: PupilField, past: Sequence[PastChange]) -> tuple[PastValue, ...]:
    if not past:
        return ()
    values = [
        _past_value(name, item.change.after, who_did(item.name, item.changed_by), item)
        for item in past
    ]
    return (*values, _past_value(name, past[-1].change.before, NOBODY, None))


def _past_value(name: PupilField, text: str | None, who: str, item: PastChange | None) -> PastValue:
    at = None if item is None else item.changed_at
    return PastValue(text, words_of(name, text or ""), None, 0, who, at)
