"""Tests of the command line, as typed."""

import csv
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text

from pupiltrack_core.access import Role
from pupiltrack_core.cli import main
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.services.audit_anchor import Occasion, note_head
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.reports import REPORT_MADE
from pupiltrack_core.settings import load_secret
from pupiltrack_core.storage.database_roles import role_script
from pupiltrack_core.storage.models import AuditEntry, MembershipRow, UserAccount
from tests.builders import (
    make_assessment,
    make_authority,
    make_judgements,
    make_pupil,
    make_school,
    make_user,
)
from tests.pdf_reading import read, text_of

PASSWORD = "pebble harbour lantern"


@pytest.fixture(autouse=True)
def _plain_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # No pupiltrack.toml of whoever runs the tests, and hashes that take no second each.
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PUPILTRACK_DATABASE_URL", raising=False)
    monkeypatch.setenv("PUPILTRACK_PASSWORD_HASHING", "floor")


@pytest.fixture
def call(sqlite_url):
    def run(*arguments: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(
            main, [*arguments, "--database", sqlite_url], input=typed, catch_exceptions=False
        )

    return run


@pytest.fixture
def school_id(sqlite_database):
    school_id = make_school(sqlite_database)
    for year_group, name in ((3, "Autumn"), (4, "Spring")):
        assessment = make_assessment(
            sqlite_database, school_id, year_groups=[year_group], name=name
        )
        for judgement in "OOB":
            pupil = make_pupil(
                sqlite_database, school_id, year_group=year_group, class_name=f"Class {year_group}"
            )
            make_judgements(
                sqlite_database, assessment, {pupil: dict.fromkeys(CORE_SUBJECTS, judgement)}
            )
    return school_id


@pytest.mark.usefixtures("school_id")
def test_report_full_writes_a_pdf_without_names(call, tmp_path):
    out = tmp_path / "full.pdf"
    result = call("report", "full", "--school", "999/2001", "--out", str(out))
    assert result.exit_code == 0, result.output
    assert "personal data" not in result.output
    written = text_of(out.read_bytes())
    assert "4 (67 %)" in written  # four of six on track
    assert "Surname" not in written
    assert "Printed by Operator" in written


@pytest.mark.usefixtures("school_id")
def test_report_full_with_names_says_that_the_file_holds_personal_data(call, tmp_path):
    out = tmp_path / "full.pdf"
    result = call("report", "full", "--school", "9992001", "--names", "--out", str(out))
    assert result.exit_code == 0, result.output
    assert "personal data" in result.output
    assert "Surname" in text_of(out.read_bytes())


@pytest.mark.usefixtures("school_id")
@pytest.mark.parametrize(
    ("options", "year_groups", "pupils"),
    [
        (["--years", "4"], [], 3),
        (["--years", "ks2"], ["Year 3", "Year 4"], 6),
        (["--years", "ks1"], [], 0),
        (["--years", "R"], [], 0),
        (["--class", "Class 3"], ["Year 3"], 3),
        (["--years", "4", "--assessment", "spring"], ["Year 4"], 3),
    ],
)
def test_report_full_chooses_the_cohort(call, tmp_path, options, year_groups, pupils):
    out = tmp_path / "full.csv"
    result = call("report", "full", "--school", "999/2001", *options, "--out", str(out))
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(StringIO(out.read_text(encoding="utf-8-sig"))))
    whole = [row for row in rows if row["Year group"] == "All" and row["Subject"] == "Reading"]
    assert [row["Pupils"] for row in whole] == [str(pupils)]
    assert set(year_groups) <= {row["Year group"] for row in rows}


@pytest.mark.usefixtures("school_id")
def test_report_full_of_an_authority(call, tmp_path):
    out = tmp_path / "la.csv"
    result = call("report", "full", "--authority", "999", "--out", str(out))
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(StringIO(out.read_text(encoding="utf-8-sig"))))
    assert rows[0]["Place"] == "Demo Authority"
    assert rows[0]["Pupils"] == "6"


@pytest.mark.usefixtures("school_id")
def test_report_full_to_publish_withholds_small_figures(call, tmp_path):
    out = tmp_path / "la.csv"
    result = call("report", "full", "--authority", "999", "--publish", "--out", str(out))
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(StringIO(out.read_text(encoding="utf-8-sig"))))
    reading = {row["Year group"]: row for row in rows if row["Subject"] == "Reading"}
    # six pupils, three in each of two year groups; four on track
    assert [row["Pupils"] for row in reading.values()] == ["6", "c", "c"]
    assert {row["On track"] for row in reading.values()} == {"c"}
    assert {row["On track %"] for row in reading.values()} == {"c"}
    assert {row[SummaryRow.MIXED.label] for row in reading.values()} == {"z"}


@pytest.mark.usefixtures("school_id")
def test_report_full_to_publish_of_nobody_withholds_nothing(call, tmp_path):
    out = tmp_path / "la.csv"
    result = call(
        "report", "full", "--authority", "999", "--years", "R", "--publish", "--out", str(out)
    )
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(StringIO(out.read_text(encoding="utf-8-sig"))))
    assert {(row["Pupils"], row["On track"], row["On track %"]) for row in rows} == {
        ("0", "0", "z")
    }


@pytest.mark.usefixtures("school_id")
def test_report_full_to_publish_is_refused_as_pdf(call, tmp_path):
    out = tmp_path / "la.pdf"
    result = call("report", "full", "--authority", "999", "--publish", "--out", str(out))
    assert result.exit_code == 2
    assert not out.exists()


def test_report_full_csv_disarms_what_a_spreadsheet_would_run(call, sqlite_database, tmp_path):
    school_id = make_school(sqlite_database, "=HYPERLINK(1)")
    make_pupil(sqlite_database, school_id)
    out = tmp_path / "full.csv"
    assert call("report", "full", "--school", "999/2001", "--out", str(out)).exit_code == 0
    rows = list(csv.DictReader(StringIO(out.read_text(encoding="utf-8-sig"))))
    assert {row["Place"] for row in rows} == {"'=HYPERLINK(1)"}


def test_report_full_is_noted_in_the_audit_as_the_operator_s(
    call, sqlite_database, school_id, tmp_path
):
    call("report", "full", "--school", "999/2001", "--out", str(tmp_path / "full.pdf"))
    with sqlite_database.unit_of_work() as work:
        (entry,) = work.session.scalars(select(AuditEntry)).all()
    assert (entry.action, entry.school_id, entry.user_id) == (REPORT_MADE, school_id, None)
    assert "operator" in entry.detail


@pytest.mark.usefixtures("school_id")
@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--school", "999/9999"], 1, "There is no such school"),
        (["--school", "999/2001", "--year", "2025"], 1, '"2025/2026"'),
        (["--school", "999/2001", "--years", "9"], 1, "no such years"),
        (["--school", "999/2001", "--years", "4", "--assessment", "Winter"], 1, "Spring"),
        (["--school", "999/2001", "--assessment", "Autumn"], 1, "one year group"),
        (["--authority", "998"], 1, "no such local authority"),
        ([], 2, "--school"),
        (["--school", "999/2001", "--authority", "999"], 2, "--school"),
        (["--authority", "999", "--class", "Elm"], 2, "--school"),
        (["--authority", "999", "--names"], 1, "counts alone"),
    ],
)
def test_report_full_refuses_in_a_sentence(call, tmp_path, arguments, status, words):
    out = tmp_path / "full.pdf"
    result = call("report", "full", *arguments, "--out", str(out))
    assert result.exit_code == status, result.output
    assert words in result.output
    assert "Traceback" not in result.output
    assert not out.exists()


@pytest.mark.usefixtures("school_id")
def test_report_full_refuses_other_kinds_of_file(call, tmp_path):
    for name, more in (("full.docx", []), ("full.csv", ["--names"])):
        result = call(
            "report", "full", "--school", "999/2001", *more, "--out", str(tmp_path / name)
        )
        assert result.exit_code == 2


@pytest.mark.usefixtures("school_id")
def test_report_full_that_cannot_be_written_says_why(call, tmp_path):
    out = tmp_path / "missing" / "full.pdf"
    result = call("report", "full", "--school", "999/2001", "--out", str(out))
    assert result.exit_code == 1
    assert "could not be written" in result.output


@pytest.mark.usefixtures("school_id")
def test_report_venn_draws_both_diagrams_or_one(call, tmp_path):
    both, one = tmp_path / "both.pdf", tmp_path / "one.pdf"
    assert call("report", "venn", "--school", "999/2001", "--out", str(both)).exit_code == 0
    result = call(
        "report", "venn", "--school", "999/2001", "--kind", "not-on-track", "--names", "111",
        "--out", str(one),
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert len(read(both.read_bytes()).pages) == 2
    assert "Not on track in reading, writing and maths 2 33 %" in text_of(one.read_bytes())
    assert text_of(one.read_bytes()).count("Surname") == 2


@pytest.mark.usefixtures("school_id")
def test_report_venn_with_all_names_lists_everyone(call, tmp_path):
    out = tmp_path / "venn.pdf"
    call("report", "venn", "--school", "999/2001", "--kind", "on-track", "--names", "all",
         "--out", str(out))  # fmt: skip
    assert text_of(out.read_bytes()).count("Surname") == 6


def test_db_upgrade_makes_the_tables_once(tmp_path):
    url = f"sqlite:///{tmp_path}/new.sqlite"
    first = CliRunner().invoke(main, ["db", "upgrade", "--database", url])
    again = CliRunner().invoke(main, ["db", "upgrade", "--database", url])
    assert first.exit_code == again.exit_code == 0
    assert "it was at none" in first.output
    assert "nothing was changed" in again.output
    assert CliRunner().invoke(main, ["db", "check", "--database", url]).exit_code == 0


def test_db_check_of_a_database_without_tables_says_what_to_run(tmp_path):
    url = f"sqlite:///{tmp_path}/new.sqlite"
    result = CliRunner().invoke(main, ["db", "check", "--database", url])
    assert result.exit_code == 2
    assert "pupiltrack db upgrade" in result.output


def test_db_roles_prints_what_psql_runs():
    printed = CliRunner().invoke(main, ["db", "roles"]).output
    assert printed.strip() == role_script().strip()
    assert "PASSWORD" not in printed


def test_a_command_takes_the_database_of_the_settings(monkeypatch, sqlite_url):
    monkeypatch.setenv("PUPILTRACK_DATABASE_URL", sqlite_url)
    assert CliRunner().invoke(main, ["db", "check"]).exit_code == 0


def test_a_malformed_setting_stops_with_its_name(monkeypatch):
    monkeypatch.setenv("PUPILTRACK_PORT", "many")
    result = CliRunner().invoke(main, ["db", "check"])
    assert result.exit_code == 2
    assert "port" in result.output.lower()


def test_user_add_makes_an_account_with_its_role(call, sqlite_database, school_id):
    result = call(
        "user", "add", "New.Head", "--name", "Noor Head", "--role", "head", "--school", "999/2001",
        typed=f"{PASSWORD}\n{PASSWORD}\n",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    with sqlite_database.unit_of_work() as work:
        account = work.session.scalars(select(UserAccount)).one()
        role = work.session.scalars(select(MembershipRow)).one()
    assert (account.user_name, account.status) == ("new.head", "active")
    assert (role.role, role.school_id) == (Role.HEAD, school_id)


def test_user_add_reads_the_password_from_standard_input(call, sqlite_database):
    make_authority(sqlite_database)
    result = call(
        "user", "add", "adviser", "--name", "Ada", "--role", "la_adviser", "--authority", "999",
        "--password-stdin", typed=f"{PASSWORD}\n",
    )  # fmt: skip
    assert result.exit_code == 0, result.output


@pytest.mark.usefixtures("school_id")
@pytest.mark.parametrize(
    ("options", "password", "words"),
    [
        (["--role", "head", "--school", "999/9999"], PASSWORD, "no school"),
        (["--role", "head", "--authority", "999"], PASSWORD, "at one school"),
        (["--role", "head", "--school", "999/2001"], "short", "password"),
    ],
)
def test_user_add_refuses_in_a_sentence(call, options, password, words):
    result = call(
        "user", "add", "someone", "--name", "S", *options, "--password-stdin", typed=password
    )
    assert result.exit_code == 1
    assert words in result.output.lower()


def test_user_password_disable_and_enable(call, sqlite_database, school_id):
    make_user(sqlite_database, school_id=school_id, user_name="teacher")
    assert call("user", "disable", "teacher").exit_code == 0
    with sqlite_database.unit_of_work() as work:
        assert work.session.scalars(select(UserAccount.status)).one() == "disabled"
    assert call("user", "enable", "teacher").exit_code == 0
    result = call("user", "password", "teacher", "--password-stdin", typed=f"{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    with sqlite_database.unit_of_work() as work:
        account = work.session.scalars(select(UserAccount)).one()
    assert account.status == "active"
    assert account.password_hash.startswith("$argon2id$")
    assert call("user", "disable", "nobody").exit_code == 1


def test_audit_verify_tells_a_whole_audit_from_an_altered_one(
    call, sqlite_database, school_id, tmp_path
):
    make_user(sqlite_database, school_id=school_id, user_name="teacher")
    for command in ("disable", "enable"):
        call("user", command, "teacher")
    whole = call("audit", "verify")
    assert whole.exit_code == 0, whole.output
    noted = whole.output.split("later if its end is cut off: ")[1].split()
    assert call("audit", "verify", *noted).exit_code == 0
    with sqlite_database.unit_of_work(write=True) as work:
        triggers = work.session.scalars(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ).all()
        for trigger in triggers:
            work.session.execute(text(f'DROP TRIGGER "{trigger}"'))
        work.session.execute(text("DELETE FROM audit_entry WHERE id = 2"))
        work.commit()
    # whole as far as it goes, but shorter than what was noted
    assert call("audit", "verify").exit_code == 0
    cut = call("audit", "verify", *noted)
    assert cut.exit_code == 1
    assert "altered" in cut.output
    assert call("audit", "verify", "--noted-rows", "2").exit_code == 2


def test_audit_verify_reads_the_heads_the_server_noted(call, sqlite_database, tmp_path):
    secret = tmp_path / "var" / "secret"
    for number in range(2):
        with Caller.for_operator(sqlite_database).begin(write=True) as work:
            work.audit("tested", number=number)
            work.commit()
        note_head(sqlite_database, secret, occasion=Occasion.DAILY, at=datetime.now(UTC))
    whole = call("audit", "verify")
    assert whole.exit_code == 0, whole.output
    assert "each of 2 heads" in whole.output
    with sqlite_database.unit_of_work(write=True) as work:
        work.session.execute(text("DROP TRIGGER audit_entry_no_delete"))
        work.session.execute(text("DELETE FROM audit_entry WHERE id = 2"))
        work.commit()
    cut = call("audit", "verify")
    assert cut.exit_code == 1
    assert "noted after 2 entries" in cut.output


def test_retention_tells_first_and_erases_when_told_to(call, sqlite_database, school_id, tmp_path):
    born = {"date_of_birth": date(1990, 1, 1), "surname": "Oldfield"}
    pupil = make_pupil(sqlite_database, school_id, pupil=born)
    told = call("retention")
    assert told.exit_code == 0, told.output
    assert f"pupil {pupil}: kept until 01/01/2015" in told.output
    assert "Nothing was erased" in told.output
    secret = tmp_path / "var" / "secret"
    without = call("retention", "--apply")
    assert without.exit_code == 2
    assert "secret file" in without.output
    assert not secret.exists()
    load_secret(secret)
    done = call("retention", "--apply")
    assert "Erased 1 of 1 records; 0 held." in done.output
    assert "Oldfield" not in told.output + done.output
    assert "0 records are past their time" in call("retention").output


def test_demo_sets_up_a_new_database_and_tells_who_can_sign_in(tmp_path):
    url = f"sqlite:///{tmp_path}/demo.sqlite"

    def demo(*options: str) -> Result:
        return CliRunner().invoke(main, ["demo", *options, "--database", url])

    made = demo("--schools", "2")
    assert made.exit_code == 0, made.output
    assert "Made 2 schools" in made.output
    assert "adviser" in made.output
    again = demo("--schools", "2")
    assert again.exit_code == 1
    assert "nothing was changed" in again.output
    assert demo("--if-absent").exit_code == 0
    present = demo("--if-absent")
    assert "adviser" in present.output
    assert "Made" not in present.output


def test_help_loads_neither_pandas_nor_matplotlib():
    from subprocess import run
    from sys import executable

    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from pupiltrack_core.cli import main\n"
        "assert CliRunner().invoke(main, ['report', 'full', '--help']).exit_code == 0\n"
        "sys.exit(any(name in sys.modules for name in ('pandas', 'matplotlib', 'typst')))\n"
    )
    assert run([executable, "-c", code], check=False).returncode == 0
