"""A small school with every kind of grid column, for tests of the entry grid's services."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from pupiltrack_core.access import SCHOOL_ROLES, Role
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, Subject
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.recording import CellChange, CellOutcome, record_changes
from pupiltrack_core.storage.assessment_models import JudgementRow
from pupiltrack_core.storage.engine import Database
from tests.builders import (
    YEAR,
    make_assessment,
    make_pupil,
    make_school,
    make_session,
    make_user,
)


class World:
    """A school with two pupils in Year 4 and an assessment with every kind of column."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.school = make_school(database)
        self.ana = make_pupil(
            database, self.school, class_name="4B", pupil={"surname": "Zed", "forenames": "Ana"}
        )
        self.ben = make_pupil(
            database, self.school, class_name="4B", pupil={"surname": "abel", "forenames": "Ben"}
        )
        self.assessment = make_assessment(
            database,
            self.school,
            subjects=(*CORE_SUBJECTS, Subject.SCIENCE),
            formative_title="Book band",
            test_title="Test",
            has_phonics=True,
        )
        self.user = make_user(database, school_id=self.school)
        self.session = make_session(database, self.user)
        self.caller = Caller.for_session(database, self.session)

    def sign_in(self, role: Role, school_id: int | None = None) -> Caller:
        """Return someone of the role, at this school unless another is named."""
        at_school = role in SCHOOL_ROLES
        school = school_id or self.school
        user = make_user(self.database, role, school_id=school if at_school else None)
        return Caller.for_session(self.database, make_session(self.database, user))

    def key(self, subject: str = "READ", kind: str = "tracking") -> str:
        return f"{self.assessment}:{kind}:{subject}"

    def record(self, *changes: CellChange) -> tuple[CellOutcome, ...]:
        return record_changes(self.caller, self.school, YEAR, changes)

    def put(
        self, value: str | None, version: int = 0, *, pupil: int | None = None, **column: str
    ) -> CellOutcome:
        (outcome,) = self.record(CellChange(pupil or self.ana, self.key(**column), value, version))
        return outcome

    def stored(self) -> list[tuple[Any, ...]]:
        table = JudgementRow.__table__
        columns = (table.c.pupil_id, table.c.subject, table.c.kind, table.c.value, table.c.version)
        with self.database.unit_of_work() as work:
            return [tuple(row) for row in work.session.execute(select(*columns).order_by(*columns))]


def selection_of(world: World, **more: Any) -> CohortSelection:
    return CohortSelection(academic_year=YEAR, school_id=world.school, years=4, **more)
