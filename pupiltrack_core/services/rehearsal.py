"""A small invented school to open pages on before anybody has asked for one.

Opening a page for the first time in a process is slow: statements are compiled, mappers configured,
modules loaded on first use. The portal does all of it once, on this school, in the process that
pages are forked from. Nothing in it is real, and nothing of it is left.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pupiltrack_core.access import Role
from pupiltrack_core.services import accounts
from pupiltrack_core.services.demo import create_demo
from pupiltrack_core.services.demo_accounts import SIGN_INS
from pupiltrack_core.services.demo_recipe import load_recipe
from pupiltrack_core.services.sign_in_policy import SignInPolicy, utc_now
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.schema import upgrade

# Each year group: enough for every judgement and characteristic to occur.
_PUPILS = 12


@dataclass(frozen=True, slots=True)
class RehearsalSchool:
    """The database the school is in, and the sessions of two people who see all pages of it."""

    url: str
    database: Database
    sessions: dict[Role, int]

    def ticket(self, role: Role, page: str) -> str:
        """Return a ticket for one opening of a page."""
        return accounts.issue_page_ticket(self.database, self.sessions[role], page, utc_now())


@contextmanager
def rehearsal_school() -> Iterator[RehearsalSchool]:
    """Make the school in a folder of its own, and remove both at the end."""
    with tempfile.TemporaryDirectory(prefix="pupiltrack-rehearsal-") as folder:
        url = f"sqlite:///{Path(folder) / 'rehearsal.sqlite'}"
        upgrade(url)
        database = Database.open(url)
        recipe = load_recipe()
        recipe["schools"]["first_size"] = _PUPILS
        create_demo(database, schools=1, hashing=PasswordHashing.FLOOR, recipe=recipe)
        policy = SignInPolicy(hashing=PasswordHashing.FLOOR, rate_limit_key=secrets.token_bytes(32))
        sessions: dict[Role, int] = {}
        for person in SIGN_INS:
            if person.role in (Role.HEAD, Role.LA_ADMIN) and not person.school:
                signed_in = accounts.sign_in(
                    database,
                    user_name=person.user_name,
                    password=person.password,
                    address="rehearsal",
                    now=utc_now(),
                    policy=policy,
                )
                sessions[person.role] = signed_in.session_id
        try:
            yield RehearsalSchool(url, database, sessions)
        finally:
            database.dispose()
