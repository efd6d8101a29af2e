"""Two schools of one authority and one of another, with the pupils the page tests count.

Hillside, Year 4, Autumn (15 December 2025). Reading, writing, maths:

    Archer   Maple  O O O
    Baker    Maple  D D D
    Carter   Maple  B O T
    Dunn     Maple  B B B   Include in data: No
    Evans    Birch  - - -
    Finch    Birch  T T T   surname spelt with markup: "<b>Finch</b>"

Five are included: on track or deeper in reading 2 of 5, in writing 3 of 5, in maths 2 of 5, in all
three 2 of 5. Earlier that year stands Baseline (1 October), where only Archer was judged (B B B).
Year 1 (class Ash) has Gray and Hill, no assessment, and Gray's phonics mark of 2026.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from pupiltrack_core.access import Role
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.services.accounts import SessionEnd
from pupiltrack_core.storage.assessment_models import StatutoryResult
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import AuditEntry, MembershipRow, UserSession
from pupiltrack_core.storage.table_base import Base
from tests.builders import (
    make_assessment,
    make_authority,
    make_judgements,
    make_pupil,
    make_school,
    make_user,
)

HILLSIDE, OAKFIELD, FARAWAY = "9992001", "9992002", "8882001"
CLASS_TEACHER = "class teacher"
MARKS = {
    "Archer": "OOO",
    "Baker": "DDD",
    "Carter": "BOT",
    "Dunn": "BBB",
    "<b>Finch</b>": "TTT",
}
PERSONAL = ("Archer", "Baker", "Carter", "Dunn", "Evans", "Finch", "Gray", "Hill,", "A9992")


@dataclass
class Village:
    """What was built: ids of schools, pupils, assessments and people by name."""

    database: Database
    schools: dict[str, int] = field(default_factory=dict)
    pupils: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    sessions: dict[str, int] = field(default_factory=dict)
    autumn: int = 0
    baseline: int = 0
    elsewhere: int = 0  # an assessment of Oakfield

    @property
    def address(self) -> str:
        """The database's address, as settings hold it."""
        return self.database.url.render_as_string(hide_password=False)

    @property
    def hillside(self) -> int:
        return self.schools[HILLSIDE]

    def revoke(self, who: str) -> None:
        """End the session of someone who has a page open."""
        with self.database.unit_of_work(write=True) as work:
            work.session.execute(
                update(UserSession)
                .where(UserSession.id == self.sessions[str(who)])
                .values(revoked_at=datetime.now(UTC), revoked_reason=SessionEnd.REVOKED)
            )
            work.commit()

    def take_roles_from(self, who: str) -> None:
        """Take every role from someone who has a page open; the session lives on."""
        with self.database.unit_of_work(write=True) as work:
            work.session.execute(
                delete(MembershipRow).where(MembershipRow.user_id == self.people[str(who)])
            )
            work.commit()

    def count(self, table: type[Base]) -> int:
        """Count the rows of a table."""
        with self.database.unit_of_work() as work:
            return work.session.scalar(select(func.count()).select_from(table)) or 0

    def actions(self) -> list[str]:
        """Return the actions in the audit, in order."""
        with self.database.unit_of_work() as work:
            return list(work.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))

    def details(self, action: str) -> list[dict[str, Any]]:
        """Return what the audit holds of an action, in order."""
        with self.database.unit_of_work() as work:
            found = select(AuditEntry.detail).where(AuditEntry.action == action)
            return [
                json.loads(text) for text in work.session.scalars(found.order_by(AuditEntry.id))
            ]

    def last_detail(self) -> dict[str, Any]:
        """Return what the audit's newest entry holds."""
        with self.database.unit_of_work() as work:
            newest = select(AuditEntry.detail).order_by(AuditEntry.id.desc()).limit(1)
            return json.loads(work.session.scalar(newest) or "{}")


def build_village(database: Database) -> Village:
    """Build it; every person of it is a key of `people`: a role, or `CLASS_TEACHER`."""
    village = Village(database)
    near, far = make_authority(database), make_authority(database, "888", "Far Authority")
    village.schools = {
        HILLSIDE: make_school(
            database,
            "Hillside Primary School",
            laestab=HILLSIDE,
            local_authority_id=near,
            class_names=["Maple", "Birch", "Ash"],
            custom_filter_names=["Choir"],
        ),
        OAKFIELD: make_school(
            database, "Oakfield Primary School", laestab=OAKFIELD, local_authority_id=near
        ),
        FARAWAY: make_school(
            database, "Faraway Primary School", laestab=FARAWAY, local_authority_id=far
        ),
    }
    _add_hillside(village)
    _add_others(village)
    _add_people(village, near)
    return village


def _add_hillside(village: Village) -> None:
    database, school = village.database, village.hillside
    year_4 = {"Archer": "Maple", "Baker": "Maple", "Carter": "Maple", "Dunn": "Maple"}
    year_4 |= {"Evans": "Birch", "<b>Finch</b>": "Birch"}
    for surname, class_name in year_4.items():
        village.pupils[surname] = make_pupil(
            database,
            school,
            pupil={"surname": surname, "sex": "M" if surname == "Baker" else "F"},
            class_name=class_name,
            include_in_data=surname != "Dunn",
            looked_after=surname == "Carter",
            custom_1=surname == "Archer",
        )
    for surname in ("Gray", "Hill"):
        village.pupils[surname] = make_pupil(
            database, school, year_group=1, pupil={"surname": surname}, class_name="Ash"
        )
    make_pupil(database, school, academic_year=2024, year_group=6, class_name="Yew")
    village.baseline = make_assessment(
        database, school, name="Baseline", held_on=date(2025, 10, 1), year_groups=(4,)
    )
    village.autumn = make_assessment(
        database, school, name="Autumn", year_groups=(4,), test_title="Reading test"
    )
    make_judgements(
        database, village.autumn, {village.pupils[n]: _core(m) for n, m in MARKS.items()}
    )
    make_judgements(database, village.baseline, {village.pupils["Archer"]: _core("BBB")})
    with database.unit_of_work(write=True) as work:
        work.session.add(
            StatutoryResult(
                school_id=school,
                pupil_id=village.pupils["Gray"],
                collection="PHONICS",
                ending_year=2026,
                sitting="Y1",
                measure="MARK",
                value=35,
                source="test",
                data_status="provisional",
            )
        )
        work.commit()


def _add_others(village: Village) -> None:
    database = village.database
    for laestab, surname, marks in ((OAKFIELD, "Oak", "OBO"), (FARAWAY, "Far", "DDD")):
        school = village.schools[laestab]
        pupil = make_pupil(database, school, pupil={"surname": surname}, class_name="Elm")
        village.pupils[surname] = pupil
        assessment = make_assessment(database, school, name="Oaken")
        make_judgements(database, assessment, {pupil: _core(marks)})
        if laestab == OAKFIELD:
            village.elsewhere = assessment


def _add_people(village: Village, authority: int) -> None:
    database = village.database
    for role in Role:
        over = role in (Role.LA_ADVISER, Role.LA_ANALYST, Role.LA_ADMIN)
        village.people[str(role)] = make_user(
            database,
            role,
            school_id=None if over else village.hillside,
            local_authority_id=authority if over else None,
            display_name="<i>Jo</i> Example",
        )
    user = make_user(database, Role.TEACHER, school_id=village.hillside)
    village.people[CLASS_TEACHER] = user
    with database.unit_of_work(write=True) as work:
        of_two = update(MembershipRow).where(MembershipRow.user_id == user)
        work.session.execute(of_two.values(class_names=["Maple", "Birch"]))
        work.commit()


CORE_CODES = tuple(subject.value for subject in CORE_SUBJECTS)


def _core(marks: str) -> dict[str, str]:
    return dict(zip(CORE_CODES, marks, strict=True))
