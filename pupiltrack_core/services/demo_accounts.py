"""The people of the demonstration, and whether a database holds one.

Apart from the generator, so that a start of the portal need not load it to find all in place.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from pupiltrack_core.access import Role
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import LocalAuthority, School, UserAccount


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """Someone to sign in as. `school` is the place among the demo schools, None for the LA.

    `class_place` is the place of a teacher's own class among the school's class names.
    """

    user_name: str
    password: str = field(repr=False)
    display_name: str
    role: Role
    school: int | None = None
    class_place: int | None = None


# Known to everyone who reads this: a database with these accounts must hold invented people only.
SIGN_INS = (
    DemoSignIn("teacher", "maple puddle lantern", "Tara Whitlock", Role.TEACHER, 0, 8),
    DemoSignIn("head", "copper kite orchard", "Helen Marsh", Role.HEAD, 0),
    DemoSignIn("data", "velvet harbour acorn", "Dev Mistry", Role.DATA_MANAGER, 0),
    DemoSignIn("governor", "amber lantern bridge", "Grace Adeyemi", Role.GOVERNOR, 0),
    DemoSignIn("teacher2", "pebble thunder quilt", "Tomasz Nowak", Role.TEACHER, 1, 2),
    DemoSignIn("head2", "ribbon meadow comet", "Hannah O'Neill", Role.HEAD, 1),
    DemoSignIn("adviser", "saffron ladder river", "Adaeze Okafor", Role.LA_ADVISER),
    DemoSignIn("analyst", "marble willow beacon", "Anil Sharma", Role.LA_ANALYST),
    DemoSignIn("admin", "juniper anchor violet", "Alice Penhaligon", Role.LA_ADMIN),
)


def has_demo(database: Database) -> bool:
    """Whether the database holds any school or account, so that no demo can be made in it."""
    with database.unit_of_work() as work:
        return is_in_use(work.session)


def is_in_use(session: Session) -> bool:
    """Whether there is any local authority, school or account."""
    found = (select(table.id).limit(1) for table in (LocalAuthority, School, UserAccount))
    return any(session.scalar(query) is not None for query in found)


def demo_sign_ins(database: Database) -> tuple[DemoSignIn, ...]:
    """Return the people of the demonstration who have an account; passwords may since differ."""
    with database.unit_of_work() as work:
        names = set(work.session.scalars(select(UserAccount.user_name)))
    return tuple(item for item in SIGN_INS if item.user_name in names)
