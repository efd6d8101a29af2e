"""What a batch of entries will do to the cells that are stored, and the doing of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.statutory import Collection as StatutoryCollection
from pupiltrack_core.services.caller import Work
from pupiltrack_core.services.grid_results import GLD
from pupiltrack_core.storage.cell_changes import add_cell_changes, find_noted
from pupiltrack_core.storage.cells import (
    INCLUDE,
    RESULT,
    CellKey,
    CellWrite,
    StoredCell,
    include_cell,
)
from pupiltrack_core.storage.judgements import (
    find_cells,
    find_enrolments,
    write_cells,
    write_inclusions,
)
from pupiltrack_core.storage.school_results import (
    find_entered_results,
    find_officially_held,
    write_results,
)


@dataclass(slots=True)
class CellPlan:
    """What is stored of the cells of one school's year, and what is to be written over it.

    `stored` follows as it is planned; cells not in it were never filled. `year_groups` are those
    of the pupils on roll; `official` are cells whose official result stands before an entered one.
    """

    work: Work
    school_id: int
    academic_year: int
    year_groups: Mapping[int, int]
    stored: dict[CellKey, StoredCell]
    official: Collection[CellKey]
    writes: list[CellWrite] = field(default_factory=list)
    _before: dict[CellKey, StoredCell] = field(default_factory=dict)
    _after: list[tuple[CellKey, StoredCell]] = field(default_factory=list)

    @property
    def inclusions(self) -> list[CellWrite]:
        """What is written of include-in-data."""
        return [write for write in self.writes if write.key.kind == INCLUDE]

    @property
    def results(self) -> list[CellWrite]:
        """What is written of results the school enters."""
        return [write for write in self.writes if write.key.kind == RESULT]

    @property
    def judgements(self) -> list[CellWrite]:
        """What is written of the columns of assessments."""
        return [write for write in self.writes if write.key.assessment_id is not None]

    @property
    def assessment_ids(self) -> list[int]:
        """The assessments whose columns are written to, ascending."""
        ids = {write.key.assessment_id for write in self.writes}
        return sorted(number for number in ids if number is not None)

    def add(
        self, key: CellKey, *, value: str | None, colour: str | None, over: StoredCell
    ) -> StoredCell:
        """Plan to write a cell over what is stored of it; return what will be stored then."""
        self.writes.append(CellWrite(key, value, over.version, colour))
        self._before.setdefault(key, over)
        written = StoredCell(
            value,
            over.version + 1,
            colour,
            changed_at=self.work.now,
            changed_by=self.work.user_id,
        )
        self.stored[key] = written
        self._after.append((key, written))
        return written

    def write(self) -> bool:
        """Write what was planned, all of it or nothing; return whether it is written.

        It is not when a cell was changed by others after it was read: read and plan again.
        """
        if not self.writes:
            return True
        session, by_whom = self.work.session, self._by_whom()
        with session.begin_nested() as savepoint:
            written = (
                write_inclusions(session, self.school_id, self.academic_year, self.inclusions)
                and write_cells(
                    session, self.school_id, self.academic_year, self.judgements, **by_whom
                )
                and write_results(session, self.school_id, self.results, **by_whom)
            )
            if not written:
                savepoint.rollback()
        return written

    def note_changes(self) -> None:
        """Have the next commit add what was written to the history, which is also the feed.

        A cell whose history does not end with what it held until now gets that first: it was
        filled before history was kept, or by no person.
        """
        if not self._after:
            return
        states = [*self._missing(), *self._after]
        self.work.after_audit(
            lambda session: add_cell_changes(session, self.school_id, self.academic_year, states)
        )

    def _missing(self) -> list[tuple[CellKey, StoredCell]]:
        before = {key: state for key, state in self._before.items() if state.version > 0}
        if not before:
            return []
        noted = find_noted(self.work.session, self.school_id, self.academic_year, before)
        return [(key, state) for key, state in before.items() if key not in noted]

    def _by_whom(self) -> _ByWhom:
        return {"changed_by": self.work.user_id, "changed_at": self.work.now}


class _ByWhom(TypedDict):
    changed_by: int | None
    changed_at: datetime


def read_plan(
    work: Work,
    school_id: int,
    academic_year: int,
    *,
    cells: Collection[CellKey],
    pupil_ids: Collection[int],
) -> CellPlan:
    """Return a plan that knows what is stored of `cells`, and which of the pupils are on roll.

    Until the transaction ends nobody else changes what is stored, where the database locks by row.
    """
    session = work.session
    enrolments = find_enrolments(
        session,
        school_id,
        academic_year,
        pupil_ids=pupil_ids,
        for_update=any(cell.kind == INCLUDE for cell in cells),
    )
    stored = {
        include_cell(pupil_id): StoredCell(
            "Y" if enrolment.include_in_data else "N", enrolment.version
        )
        for pupil_id, enrolment in enrolments.items()
    }
    of_assessments = {cell.assessment_id for cell in cells if cell.assessment_id is not None}
    if of_assessments:
        judgements = [cell for cell in cells if cell.assessment_id is not None]
        stored |= find_cells(
            session,
            school_id,
            academic_year,
            assessment_ids=of_assessments,
            pupil_ids={cell.pupil_id for cell in judgements},
            subjects={cell.subject for cell in judgements},
            kinds={cell.kind for cell in judgements},
            for_update=True,
        )
    with_results = {cell.pupil_id for cell in cells if cell.kind == RESULT}
    if with_results:
        stored |= find_entered_results(session, school_id, pupil_ids=with_results, for_update=True)
    return CellPlan(
        work=work,
        school_id=school_id,
        academic_year=academic_year,
        year_groups={pupil_id: row.year_group for pupil_id, row in enrolments.items()},
        stored=stored,
        official=_find_official(work, school_id, academic_year, cells=cells),
    )


def _find_official(
    work: Work, school_id: int, academic_year: int, *, cells: Collection[CellKey]
) -> set[CellKey]:
    """Return those of the cells that show an official good level of development."""
    collection = StatutoryCollection.EYFSP
    asked = {cell.pupil_id: cell for cell in cells if cell.subject == f"{collection}:{GLD}"}
    if not asked:
        return set()
    held = find_officially_held(
        work.session,
        school_id,
        pupil_ids=asked,
        collection=collection,
        measure=GLD,
        until=AcademicYear(academic_year).ending,
    )
    return {asked[pupil_id] for pupil_id in held}
