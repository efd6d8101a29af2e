"""Commands for whoever runs a portal: places, accounts, backups, as typed."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from pupiltrack_core.access import Role
from pupiltrack_core.cli import main
from pupiltrack_core.errors import AccessDenied
from pupiltrack_core.services import places
from pupiltrack_core.services.accounts import lock_account, utc_now
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.erasure import ErasureReason, carry_out_erasures, order_erasure
from pupiltrack_core.settings import load_secret
from pupiltrack_core.storage.account_models import Passkey
from pupiltrack_core.storage.models import AuditEntry, Pupil, School, UserAccount
from tests.builders import make_authority, make_pupils, make_school, make_session, make_user

PASSWORD = "pebble harbour lantern"


@pytest.fixture(autouse=True)
def _plain_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PUPILTRACK_PASSWORD_HASHING", "floor")


@pytest.fixture
def call(sqlite_url, monkeypatch):
    monkeypatch.setenv("PUPILTRACK_DATABASE_URL", sqlite_url)

    def run(*arguments: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(main, [*arguments], input=typed, catch_exceptions=False)

    return run


def account(database, user_name: str) -> UserAccount:
    with database.unit_of_work() as unit:
        return unit.session.scalars(
            select(UserAccount).where(UserAccount.user_name == user_name)
        ).one()


def test_places_are_added_listed_and_renamed(call, sqlite_database):
    assert call("school", "add", "998/2001", "Hill Top").exit_code == 1  # no such authority yet
    assert call("authority", "add", "998", "Exampleshire").exit_code == 0
    added = call(
        "school", "add", "998/2001", " Hill  Top Primary ", "--urn", "123456", "--phase", "Infant",
        "--postcode", "zz993aa",
    )  # fmt: skip
    assert added.exit_code == 0, added.output
    assert call("school", "rename", "9982001", "Hill Top Academy").exit_code == 0
    assert call("authority", "rename", "998", "New Exampleshire").exit_code == 0
    assert call("school", "list", "--authority", "998").output == "998/2001  Hill Top Academy\n"
    assert call("school", "list").output == "998/2001  Hill Top Academy\n"
    assert call("authority", "list").output == "998  New Exampleshire\n"
    with sqlite_database.unit_of_work() as unit:
        school = unit.session.scalars(select(School)).one()
        actions = unit.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert (school.urn, school.phase, school.postcode) == ("123456", "infant", "ZZ99 3AA")
    assert actions == [
        "local authority added",
        "school added",
        "school renamed",
        "local authority renamed",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["authority", "add", "99", "X"], "three digits"),
        (["authority", "add", "999", "X"], "is a local authority of this number"),
        (["authority", "add", "997", "  "], "A name is needed"),
        (["authority", "rename", "997", "X"], "no local authority"),
        (["school", "add", "9992001", "X"], "is a school of this number"),
        (["school", "add", "999-2002", "X"], "999/2001"),
        (["school", "add", "999/2002", ""], "A name is needed"),
        (["school", "add", "999/2002", "X", "--urn", "12345"], "six digits"),
        (["school", "add", "999/2002", "X", "--phase", "college"], "A phase is one of"),
        (["school", "add", "999/2002", "X", "--postcode", "nowhere"], "not a postcode"),
        (["school", "rename", "999/2002", "X"], "no school"),
    ],
)
def test_places_that_cannot_be_kept_are_refused_in_a_sentence(
    call, sqlite_database, arguments, words
):
    make_school(sqlite_database)
    result = call(*arguments)
    assert result.exit_code == 1
    assert words in result.output
    assert "Nothing was changed" in result.output
    with sqlite_database.unit_of_work() as unit:
        assert len(unit.session.scalars(select(School)).all()) == 1


def test_places_are_nobodys_to_keep_at_a_page(sqlite_database):
    user = make_user(sqlite_database, Role.LA_ADMIN)
    caller = Caller.for_session(sqlite_database, make_session(sqlite_database, user))
    with pytest.raises(AccessDenied):
        places.add_authority(caller, "997", "Elsewhere")


def test_user_unlock_lets_a_locked_account_in_again(call, sqlite_database):
    user = make_user(sqlite_database, user_name="teacher", code_failures=3)
    lock_account(sqlite_database, user, until=utc_now() + timedelta(days=1))
    assert "locked" in call("user", "list").output
    assert call("user", "unlock", "Teacher").exit_code == 0
    found = account(sqlite_database, "teacher")
    assert (found.locked_until, found.code_failures) == (None, 0)
    assert "locked" not in call("user", "list").output


def test_user_second_step_is_taken_away_from_one_or_from_everyone(call, sqlite_database):
    for name in ("first", "second", "third"):
        make_user(sqlite_database, user_name=name, totp_sealed=b"x", second_step="set")
    make_user(sqlite_database, user_name="plain")
    assert call("user", "second-step", "first").exit_code == 0
    assert account(sqlite_database, "first").totp_sealed is None
    assert account(sqlite_database, "second").totp_sealed == b"x"
    everyone = call("user", "second-step", "--everyone")
    assert everyone.output.endswith(": 2.\n")
    assert account(sqlite_database, "third").second_step == "none"
    assert call("user", "second-step").exit_code == 2
    assert call("user", "second-step", "first", "--everyone").exit_code == 2


def test_user_sessions_are_shown_and_ended(call, sqlite_database):
    user = make_user(sqlite_database, user_name="teacher")
    assert call("user", "sessions", "teacher").output == "teacher is not signed in.\n"
    make_session(sqlite_database, user)
    assert call("user", "sessions", "teacher").output.startswith("Since 20")
    assert "sessions ended: 1" in call("user", "sessions", "teacher", "--end").output
    assert call("user", "sessions", "teacher").output == "teacher is not signed in.\n"
    assert call("user", "sessions", "nobody").exit_code == 1


def test_user_list_names_roles_and_can_be_of_one_place(call, sqlite_database):
    school = make_school(sqlite_database)
    make_user(sqlite_database, Role.HEAD, school_id=school, user_name="head")
    make_user(sqlite_database, Role.LA_ADVISER, user_name="adviser")
    everyone = call("user", "list").output
    assert re.search(
        r"^head +active +second step none +never +Headteacher 999/2001$", everyone, re.M
    )
    assert re.search(r"^adviser .* LA adviser 999$", everyone, re.M)
    assert call("user", "list", "--at", "999/2001").output.count("\n") == 1
    assert "adviser" in call("user", "list", "--at", "999").output


def test_user_role_is_given_changed_and_taken_away(call, sqlite_database):
    school = make_school(sqlite_database)
    make_user(sqlite_database, Role.TEACHER, school_id=school, user_name="teacher")
    at = ("--school", "999/2001")
    assert call("user", "role", "teacher", "--role", "head", *at).exit_code == 0
    assert "Class teacher 999/2001; Headteacher 999/2001" in call("user", "list").output
    both = ("--class", "Elm", "--class", " Oak ")
    again = call("user", "role", "teacher", "--role", "teacher", *at, *both)
    assert again.exit_code == 0, again.output
    assert "Class teacher 999/2001 (Elm, Oak)" in call("user", "list").output
    assert call("user", "role", "teacher", "--role", "teacher", *at, "--remove").exit_code == 0
    assert call("user", "list").output.endswith("Headteacher 999/2001\n")
    gone = call("user", "role", "teacher", "--role", "teacher", *at, "--remove")
    assert gone.exit_code == 1
    assert "Nothing was changed" in gone.output


def test_user_add_keeps_an_email_address_that_is_one(call, sqlite_database):
    make_authority(sqlite_database)
    options = ("--name", "Ada", "--role", "la_adviser", "--authority", "999", "--password-stdin")
    bad = call("user", "add", "ada", *options, "--email", "nowhere", typed=PASSWORD)
    assert bad.exit_code == 1
    assert (
        call("user", "add", "ada", *options, "--email", "ada@la.example", typed=PASSWORD).exit_code
        == 0
    )
    assert account(sqlite_database, "ada").email == "ada@la.example"


@pytest.mark.parametrize(("with_passkey", "step"), [(False, "none"), (True, "set")])
def test_user_password_takes_away_digits_that_the_old_one_sealed(
    call, sqlite_database, with_passkey, step
):
    user = make_user(
        sqlite_database, user_name="teacher", code_sealed=b"x", code_places="13", second_step="set"
    )
    if with_passkey:
        with sqlite_database.unit_of_work(write=True) as unit:
            unit.session.add(
                Passkey(
                    user_id=user, credential_id="a", public_key=b"b", sign_count=0, transports=[],
                    name="Phone", created_at=utc_now(),
                )
            )  # fmt: skip
            unit.commit()
    assert call("user", "password", "teacher", "--password-stdin", typed=PASSWORD).exit_code == 0
    found = account(sqlite_database, "teacher")
    assert (found.code_sealed, found.second_step) == (None, step)


def test_restore_of_yesterdays_backup_leaves_an_erased_pupil_erased(
    call, sqlite_database, tmp_path
):
    """Statement 39, with the commands."""
    school = make_school(sqlite_database)
    erased, stays = make_pupils(sqlite_database, school, 2)
    secret = tmp_path / "var" / "secret"
    load_secret(secret)
    line = call("backup", "new-key", "key").output.splitlines()[0]
    (tmp_path / "pupiltrack.toml").write_text(line)
    assert call("backup", "make").exit_code == 0
    (file,) = (tmp_path / "var" / "backups").iterdir()
    operator = Caller.for_operator(sqlite_database)
    order_erasure(operator, school, erased, ErasureReason.REQUEST)
    carry_out_erasures(sqlite_database, secret)
    sqlite_database.dispose()
    done = call("restore", "--identity", "key", "--replace", str(file))
    assert done.exit_code == 0, done.output
    assert "now once more: 1." in done.output
    with sqlite_database.unit_of_work() as unit:
        assert unit.session.scalars(select(Pupil.id)).all() == [stays]
    verified = call("audit", "verify")
    assert verified.exit_code == 0, verified.output


def test_restore_that_could_not_be_noted_changes_nothing(call, sqlite_database, tmp_path):
    make_school(sqlite_database)
    load_secret(tmp_path / "var" / "secret")
    line = call("backup", "new-key", "key").output.splitlines()[0]
    (tmp_path / "pupiltrack.toml").write_text(line)
    assert call("backup", "make").exit_code == 0
    (file,) = (tmp_path / "var" / "backups").iterdir()
    make_school(sqlite_database, "Made since")
    sqlite_database.dispose()
    heads = tmp_path / "var" / "audit-heads.jsonl"
    with heads.open("a") as noted:
        noted.write('{"at": "20')
    refused = call("restore", "--identity", "key", "--replace", str(file))
    assert refused.exit_code == 2
    assert "Nothing was changed" in refused.output
    with sqlite_database.unit_of_work() as unit:
        assert "Made since" in unit.session.scalars(select(School.name)).all()
    sqlite_database.dispose()
    heads.rename(heads.with_suffix(".damaged"))
    done = call("restore", "--identity", "key", "--replace", str(file))
    assert done.exit_code == 0, done.output
    assert ".before-" in done.output


def test_restore_without_the_secret_takes_away_what_it_sealed(
    call, sqlite_database, tmp_path, monkeypatch
):
    make_user(sqlite_database, user_name="teacher", totp_sealed=b"x", second_step="set")
    sqlite_database.dispose()
    line = call("backup", "new-key", "key").output.splitlines()[0]
    (tmp_path / "pupiltrack.toml").write_text(line)
    call("backup", "make")
    (file,) = (tmp_path / "var" / "backups").iterdir()
    monkeypatch.setenv("PUPILTRACK_DATABASE_URL", f"sqlite:///{tmp_path}/elsewhere.sqlite")
    done = call("restore", "--identity", "key", "--without-secret", str(file))
    assert done.exit_code == 0, done.output
    assert "at their next sign-in: 1." in done.output


def test_backup_make_list_check_and_restore(call, sqlite_database, tmp_path):
    make_school(sqlite_database)
    sqlite_database.dispose()
    assert "none" in call("backup", "list").output.replace("There is no backup", "none")
    without = call("backup", "make")
    assert without.exit_code == 2
    assert "backup new-key" in without.output
    made = call("backup", "new-key", "key")
    assert made.exit_code == 0
    line = next(line for line in made.output.splitlines() if line.startswith("backup_recipients"))
    (tmp_path / "pupiltrack.toml").write_text(line)
    assert call("backup", "make").exit_code == 0
    (file,) = (tmp_path / "var" / "backups").iterdir()
    assert str(file) in call("backup", "list").output
    whole = call("backup", "check", "--identity", "key", str(file))
    assert "is whole: a sqlite database" in whole.output
    lost = call("restore", "--identity", "key", "--replace", str(file))
    assert lost.exit_code == 2
    assert "--without-secret" in lost.output
    load_secret(tmp_path / "var" / "secret")
    refused = call("restore", "--identity", "key", str(file))
    assert refused.exit_code == 1
    assert "--replace" in refused.output
    done = call("restore", "--identity", "key", "--replace", str(file))
    assert done.exit_code == 0, done.output
    assert "What was there before is kept" in done.output
    assert call("db", "check").exit_code == 0
    assert call("audit", "verify").exit_code == 0
