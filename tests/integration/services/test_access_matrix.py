"""Every use case there is, called by every role about every kind of place.

On SQLite, where the services' own checks stand alone: what PostgreSQL keeps apart besides is tested
with the storage. What each case needs is written out in `access_rows`.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from pupiltrack_core import access
from pupiltrack_core.access import GRANTS, SCHOOL_ROLES, Action, Role
from pupiltrack_core.errors import AccessDenied, NotFound, NotSignedIn
from pupiltrack_core.services.account_requests import approve_request, reject_request
from pupiltrack_core.services.accounts import change_memberships, change_status, membership_for
from pupiltrack_core.services.batch_jobs import cancel_batch
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.news import end_news, remove_news
from pupiltrack_core.services.schools import school_by_laestab
from pupiltrack_core.services.sessions import AccountStatus
from pupiltrack_core.storage.account_models import Registration
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import NewsItem, School
from pupiltrack_core.storage.report_models import BatchJob
from tests.builders import NOW, make_authority, make_school, make_session, make_user
from tests.integration.services.access_rows import (
    OF_A_SCHOOL,
    OF_AN_AUTHORITY,
    OF_NO_PLACE,
    needs_by_name,
)
from tests.integration.services.use_cases import ABSENT, UseCase, Where, use_cases

CASES = {case.name: case for case in use_cases()}
# Advisers and analysts are granted the same: one of them stands for both.
ROLES = [role for role in Role if role is not Role.LA_ANALYST]
REACH = "REACH"


@dataclass
class World:
    """Two schools of an authority and one of another; a caller of each role at the first."""

    database: Database
    near: int
    far: int
    schools: tuple[int, int, int]
    people: dict[Role, int]
    callers: dict[Role, Caller]
    granted: list[str] = field(default_factory=list)  # in the call under way

    def outcome(self, role: Role, case: UseCase, where: Where) -> tuple[str, str]:
        """Call it and return "missing", "denied" or "through", and the words of a refusal.

        Whatever happens once the caller has been let through is no matter here: the other
        arguments are made up.
        """
        self.granted.clear()
        try:
            case.function(self.callers[role], **case.arguments(where))
        except AccessDenied as error:
            return "denied", str(error)
        except NotFound as error:
            return ("through" if self.granted else "missing"), str(error)
        except Exception:  # noqa: BLE001 - made-up arguments fail in any way
            return "through", ""
        return "through", ""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[World]:
    path = tmp_path_factory.mktemp("matrix") / "matrix.sqlite"
    shutil.copyfile(sqlite_template, path)
    database = Database.open(f"sqlite:///{path}")
    event.listen(database.writer, "connect", _never_wait_for_the_disk)
    near, far = make_authority(database), make_authority(database, "998", "Other Authority")
    schools = (
        make_school(database),
        make_school(database),
        make_school(database, laestab="9982001", local_authority_id=far),
    )
    people = {
        role: make_user(
            database,
            role,
            school_id=schools[0] if role in SCHOOL_ROLES else None,
            local_authority_id=near,
        )
        for role in ROLES
    }
    callers = {
        role: Caller.for_session(database, make_session(database, user))
        for role, user in people.items()
    }
    built = World(database, near, far, schools, people, callers)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("require", "require_over_authority", "school"):
            patch.setattr(Work, name, _noting(built.granted, getattr(Work, name)))
        yield built
    database.dispose()


def _never_wait_for_the_disk(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF").close()


def _noting(granted: list[str], check: Callable[..., Any]) -> Callable[..., Any]:
    def noting(work: Work, *given: Any, **more: Any) -> Any:
        found = check(work, *given, **more)
        granted.append(str(given[0]))
        return found

    return noting


def is_granted(role: Role, needs: str) -> bool:
    if needs == REACH:
        return True
    if " or " in needs:
        return any(Action[one] in GRANTS[role] for one in needs.split(" or "))
    return all(Action[one] in GRANTS[role] for one in needs.split())


def faults_of_school(world: World, role: Role, only: str = "") -> list[str]:
    """Return where a role at the first school does not get what is written out."""
    own, neighbour, elsewhere = world.schools
    faults = []
    for name, needs in needs_by_name(OF_A_SCHOOL).items():
        if not name.startswith(only):
            continue
        case = CASES[name]
        found, words = world.outcome(role, case, Where(own, world.near))
        if found != ("through" if is_granted(role, needs) else "denied"):
            faults.append(f"{name} at the own school: {found} ({words})")
        if found == "through" and not world.granted:
            faults.append(f"{name} at the own school: nothing was asked")
        if role in SCHOOL_ROLES:
            out = [Where(neighbour, world.near), Where(ABSENT, world.near)]
        else:
            out = [Where(elsewhere, world.far), Where(ABSENT, world.near)]
        # Reach is asked before the role: that what is there reads like what is not, three show.
        out = out if role in (Role.TEACHER, Role.HEAD, Role.LA_ADMIN) else out[:1]
        faults += _faults_out_of_reach(world, role, case, out)
    return faults


def faults_of_authority(world: World, role: Role, only: str = "") -> list[str]:
    """Return where a role does not get what is written out of whole authorities."""
    faults = []
    out = [Where(None, world.far), Where(None, ABSENT)]
    for name, needs in needs_by_name(OF_AN_AUTHORITY).items():
        if not name.startswith(only):
            continue
        case = CASES[name]
        if role in SCHOOL_ROLES:
            if world.outcome(role, case, Where(None, world.near))[0] != "missing":
                faults.append(f"{name} of the school's own authority")
            faults += _faults_out_of_reach(world, role, case, out)
            continue
        found, words = world.outcome(role, case, Where(None, world.near))
        if found != ("through" if is_granted(role, needs) else "denied"):
            faults.append(f"{name} of the own authority: {found} ({words})")
        if found == "through" and not world.granted:
            faults.append(f"{name} of the own authority: nothing was asked")
        faults += _faults_out_of_reach(world, role, case, out)
    return faults


def _faults_out_of_reach(world: World, role: Role, case: UseCase, out: list[Where]) -> list[str]:
    answers = {world.outcome(role, case, where) for where in out}
    if {found for found, _ in answers} != {"missing"}:
        return [f"{case.name} out of reach: {sorted(answers)}"]
    if len(answers) > 1:
        return [f"{case.name} tells what is there from what is not: {sorted(answers)}"]
    return []


def test_every_use_case_has_a_row() -> None:
    of_a_place = needs_by_name(OF_A_SCHOOL).keys() | needs_by_name(OF_AN_AUTHORITY).keys()
    of_none = needs_by_name(OF_NO_PLACE).keys()
    assert of_a_place | of_none == CASES.keys()
    assert not of_a_place & of_none
    # Whatever takes a place by name is called about it, but for what is told apart on purpose.
    named = {
        name
        for name, case in CASES.items()
        if case.parameters.keys() & {"school_id", "local_authority_id"}
    }
    assert named & of_none == {
        "grid_changes.has_news",
        "pupil_grid.pupils_state",
        "report_batches.schools_of",
    }


def test_every_action_has_a_row_and_a_role() -> None:
    needed = set(re.findall(r"[A-Z_]+", " ".join((*OF_A_SCHOOL, *OF_AN_AUTHORITY)))) - {REACH}
    # Asked within a use case, of one column of what it gives; tested with who is named for it.
    assert needed | {"SEE_LOOKED_AFTER"} == {action.name for action in Action}
    assert GRANTS[Role.LA_ANALYST] == GRANTS[Role.LA_ADVISER]


@pytest.mark.parametrize("role", ROLES)
def test_use_case_of_a_school_for_every_role_and_school(world: World, role: Role) -> None:
    assert faults_of_school(world, role) == []


@pytest.mark.parametrize("role", ROLES)
def test_use_case_of_an_authority_for_every_role_and_authority(world: World, role: Role) -> None:
    assert faults_of_authority(world, role) == []


def test_use_case_of_the_operator_is_for_nobody_signed_in(world: World) -> None:
    for name in needs_by_name(OF_NO_PLACE):
        if name.startswith("places."):
            for role in (Role.HEAD, Role.LA_ADMIN):
                found = world.outcome(role, CASES[name], Where(world.schools[0], world.near))
                assert found[0] == "denied", (name, found)


# --- the matrix would tell ----------------------------------------------------------------------


@pytest.mark.parametrize("action", [Action.MANAGE_PEOPLE, Action.RECORD_JUDGEMENTS])
def test_matrix_tells_of_a_grant_too_many_or_too_few(
    world: World, monkeypatch: pytest.MonkeyPatch, action: Action
) -> None:
    """The rows are those of before: each case of the action then comes out otherwise."""
    role = Role.TEACHER
    expected = {
        name: is_granted(role, needs)
        for name, needs in needs_by_name(OF_A_SCHOOL).items()
        if action.name == needs
    }
    monkeypatch.setitem(GRANTS, role, GRANTS[role] ^ {action})
    where = Where(world.schools[0], world.near)
    for name, was_granted in expected.items():
        assert world.outcome(role, CASES[name], where)[0] == (
            "denied" if was_granted else "through"
        )
    assert expected


def test_matrix_tells_of_reach_that_does_not_look_at_the_school(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "reaches", lambda *_: True)
    monkeypatch.setattr(access, "_covers", lambda *_: True)
    assert faults_of_school(world, Role.TEACHER, only="pupil_details.")


@pytest.mark.parametrize(
    ("module", "role"),
    [("pupil_details.", Role.GOVERNOR), ("people_of_place.", Role.TEACHER)],
)
def test_matrix_tells_of_a_check_that_is_gone(
    world: World, monkeypatch: pytest.MonkeyPatch, module: str, role: Role
) -> None:
    monkeypatch.setattr(
        Work, "require", lambda work, _action, school_id: work.session.get(School, school_id)
    )
    faults = faults_of_school(world, role, only=module)
    cases = [name for name in needs_by_name(OF_A_SCHOOL) if name.startswith(module)]
    assert {fault.split()[0] for fault in faults} == set(cases)


# --- who is nobody ------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [AccountStatus.PENDING, AccountStatus.DISABLED])
def test_account_that_is_not_active_calls_nothing(world: World, status: AccountStatus) -> None:
    user = make_user(world.database, Role.HEAD, school_id=world.schools[0], status=str(status))
    caller = Caller.for_session(world.database, make_session(world.database, user))
    for name in needs_by_name(OF_A_SCHOOL):
        if name.startswith("pupil_"):
            with pytest.raises(NotSignedIn):
                CASES[name].function(
                    caller, **CASES[name].arguments(Where(world.schools[0], world.near))
                )


def test_account_disabled_while_a_page_is_open_calls_nothing_more(world: World) -> None:
    user = make_user(world.database, Role.HEAD, school_id=world.schools[0])
    caller = Caller.for_session(world.database, make_session(world.database, user))
    with caller.begin() as work:
        work.require(Action.SEE_PUPILS, world.schools[0])
    change_status(world.database, user, AccountStatus.DISABLED)
    with pytest.raises(NotSignedIn), caller.begin():
        pass


def test_teacher_who_moved_school_finds_the_old_one_no_more(world: World) -> None:
    """In a page that was open meanwhile: the same caller."""
    own, neighbour, _ = world.schools
    user = make_user(world.database, Role.TEACHER, school_id=own)
    moved = Caller.for_session(world.database, make_session(world.database, user))
    world.callers[Role.TEACHER], before = moved, world.callers[Role.TEACHER]
    try:
        case = CASES["pupils.list_pupils"]
        assert world.outcome(Role.TEACHER, case, Where(own, world.near))[0] == "through"
        with world.database.unit_of_work() as unit:
            laestab = unit.session.get_one(School, neighbour).laestab
        role = membership_for(world.database, Role.TEACHER, laestab=laestab)
        change_memberships(world.database, user, [role])
        for name in needs_by_name(OF_A_SCHOOL):
            if name.startswith(("pupil", "recording", "assessment", "report", "venn", "cohort")):
                out = [Where(own, world.near), Where(ABSENT, world.near)]
                assert _faults_out_of_reach(world, Role.TEACHER, CASES[name], out) == []
        assert world.outcome(Role.TEACHER, case, Where(neighbour, world.near))[0] == "through"
    finally:
        world.callers[Role.TEACHER] = before


def test_item_of_another_authority_is_not_found(world: World) -> None:
    admin, elsewhere = world.callers[Role.LA_ADMIN], world.schools[2]
    author = world.people[Role.LA_ADMIN]
    with world.database.unit_of_work(write=True) as unit:
        item = NewsItem(
            local_authority_id=world.far,
            title="A",
            body="B",
            starts_on=date(2025, 9, 1),
            published_by=author,
        )
        request = Registration(
            user_id=make_user(world.database, school_id=elsewhere, status="pending"),
            local_authority_id=world.far,
            school_id=elsewhere,
            role="head",
            kind="head",
            state="waiting",
            asked_at=NOW,
            email_confirmed_at=NOW,
        )
        job = BatchJob(
            local_authority_id=world.far,
            asked_by=author,
            asked_at=NOW,
            request={},
            state="waiting",
            total=1,
            done=0,
            failed=0,
        )
        unit.session.add_all([item, request, job])
        unit.commit()
        numbers = {"news": item.id, "request": request.id, "batch": job.id}
    for act, number in (
        (lambda n: remove_news(admin, n), numbers["news"]),
        (lambda n: end_news(admin, n), numbers["news"]),
        (lambda n: approve_request(admin, n, portal="http://x"), numbers["request"]),
        (lambda n: reject_request(admin, n, reason="Not known"), numbers["request"]),
        (lambda n: cancel_batch(admin, n), numbers["batch"]),
    ):
        told = []
        for asked in (number, ABSENT):
            with pytest.raises(NotFound) as caught:
                act(asked)
            told.append(str(caught.value))
        assert told[0] == told[1]
    for laestab in ("9982001", "9989999"):
        with pytest.raises(NotFound):
            school_by_laestab(admin, laestab)
