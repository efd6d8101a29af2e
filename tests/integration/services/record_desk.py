"""A school's office as tests of pupils' records use it: forms filled in and sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select, update

from pupiltrack_core.access import Role
from pupiltrack_core.domain.pupil_fields import PupilField
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.pupil_details import PupilDetails, pupil_details
from pupiltrack_core.services.pupil_outcomes import SaveResult
from pupiltrack_core.services.pupil_saving import add_pupil, change_pupil
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import Enrolment, Pupil, School
from pupiltrack_core.storage.table_base import Base
from tests.builders import YEAR, make_pupil, make_school, make_session, make_user
from tests.unit.interchange.files import upn


@dataclass
class RecordDesk:
    """A school, someone at its office, and the database under them."""

    database: Database
    role: Role = Role.DATA_MANAGER
    school: int = 0
    caller: Caller = field(init=False)

    def __post_init__(self) -> None:
        self.school = self.school or make_school(
            self.database,
            class_names=["Maple", "Birch"],
            custom_filter_names=["Choir", "", "", "", "", ""],
            postcode="LA1 1AA",
        )
        self.caller = self.sign_in(self.role)

    def sign_in(self, role: Role, school: int | None = None) -> Caller:
        over = role in (Role.LA_ADVISER, Role.LA_ANALYST, Role.LA_ADMIN)
        place = {} if over else {"school_id": school or self.school}
        user = make_user(self.database, role, **place)
        return Caller.for_session(self.database, make_session(self.database, user))

    def make(self, number: int = 1, **changes: Any) -> int:
        """Add a pupil of Year 4 whose record nothing is wrong with; `pupil` sets its columns."""
        pupil = {
            "upn": upn(number),
            "surname": "Archer",
            "forenames": "Ivy",
            "postcode": "LA1 4YF",
            **changes.pop("pupil", {}),
        }
        values = {"ethnicity": "WBRI", "class_name": "Maple", **changes}
        return make_pupil(self.database, self.school, pupil=pupil, **values)

    def shown(self, pupil_id: int, caller: Caller | None = None) -> PupilDetails:
        return pupil_details(caller or self.caller, self.school, YEAR, pupil_id)

    def add(self, agreed: Any = (), **typed: Any) -> SaveResult:
        """Send the form of a new pupil, filled in well but for what is `typed`."""
        form = form_of(**typed)
        return add_pupil(self.caller, self.school, YEAR, form, agreed=agreed)

    def change(
        self, shown: PupilDetails, agreed: Any = (), caller: Caller | None = None, **typed: Any
    ) -> SaveResult:
        """Send the form of a record as it was shown but for what is `typed`."""
        form = {**shown.values, **{PupilField(name): text for name, text in typed.items()}}
        return change_pupil(caller or self.caller, shown, form, agreed=agreed)

    def row(self, pupil_id: int) -> tuple[Pupil, Enrolment]:
        with self.database.unit_of_work() as work:
            pupil = work.session.get_one(Pupil, pupil_id)
            return pupil, work.session.get_one(Enrolment, (self.school, YEAR, pupil_id))

    def archive(self, pupil_id: int) -> None:
        with self.database.unit_of_work(write=True) as work:
            work.session.execute(update(Pupil).where(Pupil.id == pupil_id).values(archived_from=0))
            work.commit()

    def set_school(self, **values: Any) -> None:
        with self.database.unit_of_work(write=True) as work:
            work.session.execute(update(School).where(School.id == self.school).values(**values))
            work.commit()

    def all_of(self, table: type[Base]) -> list[Any]:
        with self.database.unit_of_work() as work:
            return list(work.session.scalars(select(table)))


def form_of(**typed: Any) -> dict[PupilField, str]:
    """The form of a new pupil of Year 4, filled in well but for what is `typed`."""
    values = {
        "upn": upn(500),
        "surname": "Baker",
        "forenames": "Tom",
        "date_of_birth": date(2016, 11, 4).isoformat(),
        "sex": "M",
        "postcode": "LA1 4YF",
        "ethnicity": "WBRI",
        **typed,
    }
    return {PupilField(name): text for name, text in values.items()}


def problems_of(result: SaveResult) -> dict[str, str]:
    return {note.about.value: note.text for note in result.problems}


def questions_of(result: SaveResult) -> dict[str, str]:
    return {note.about.value: note.text for note in result.questions}
