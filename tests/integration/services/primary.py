"""A small school at the turn of an academic year, with pupils of the ages of their year groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select, update

from pupiltrack_core.access import SCHOOL_ROLES, Role
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import Enrolment, School
from tests.builders import make_pupil, make_school, make_session, make_user

OLD, NEW = 2025, 2026
SEPTEMBER = datetime(2026, 9, 2, 9, 0, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "include_in_data": False,
    "ethnicity": "WBRI",
    "sen": "K",
    "sen_notes": "Reads large print",
    "eal": True,
    "fsm": False,
    "ever6": True,
    "pupil_premium": True,
    "disadvantaged": False,
    "looked_after": True,
    "young_carer": None,
    "alternative_assessment": True,
    "mobility_year": 2,
    "mobility_term": "Spring",
    **{f"custom_{number}": number % 2 == 0 for number in range(1, 7)},
}


@dataclass
class Primary:
    """A school with a pupil in each of Years 4 (of 4B, with facts), 5 (no class) and 6."""

    database: Database
    school: int
    four: int
    five: int
    six: int

    def sign_in(
        self, role: Role = Role.HEAD, *, now: datetime = SEPTEMBER, school: int | None = None
    ) -> Caller:
        at = (school or self.school) if role in SCHOOL_ROLES else None
        session = make_session(self.database, make_user(self.database, role, school_id=at), now=now)
        return Caller.for_session(self.database, session, clock=lambda: now)

    def enrolment(self, pupil: int, year: int = NEW) -> Enrolment | None:
        with self.database.unit_of_work() as unit:
            return unit.session.get(Enrolment, (self.school, year, pupil))

    def enrolled(self, year: int = NEW) -> set[int]:
        with self.database.unit_of_work() as unit:
            found = select(Enrolment.pupil_id).where(Enrolment.academic_year == year)
            return set(unit.session.scalars(found))

    def change(self, pupil: int, year: int, **values: Any) -> None:
        """Change an enrolment as any service would, its version counted."""
        with self.database.unit_of_work(write=True) as unit:
            unit.session.execute(
                update(Enrolment)
                .where(Enrolment.pupil_id == pupil, Enrolment.academic_year == year)
                .values(**values, version=Enrolment.version + 1)
            )
            unit.commit()

    def class_names(self) -> list[str]:
        with self.database.unit_of_work() as unit:
            return list(unit.session.get_one(School, self.school).class_names)


def add(
    database: Database, school: int, year_group: int = 4, *, year: int = OLD, **more: Any
) -> int:
    """Add a pupil of the age of the year group."""
    born = more.pop("born", date(year - 5 - year_group, 10, 1))
    pupil = {"date_of_birth": born, **more.pop("pupil", {})}
    return make_pupil(
        database, school, academic_year=year, year_group=year_group, pupil=pupil, **more
    )


def make_primary(database: Database) -> Primary:
    """Build the school."""
    school = make_school(database, class_names=["4B", "Fir"])
    joined = date(2025, 11, 3)
    return Primary(
        database,
        school,
        add(database, school, class_name="4B", joined_on=joined, **FACTS),
        add(database, school, 5),
        add(database, school, 6, class_name="Fir"),
    )
