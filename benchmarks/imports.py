"""Bringing 1,000 pupils in: each kind of file previewed, then accepted; and the list given out."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import openpyxl

from benchmarks.measuring import Result, absolute, milliseconds
from pupiltrack_core.access import Role
from pupiltrack_core.domain.upn import check_letter
from pupiltrack_core.interchange.pupil_columns import TEMPLATE as COLUMNS
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.mapped_import import MappingStep, open_pupil_file, preview_mapped
from pupiltrack_core.services.pupil_export import ExportForm, export_pupils
from pupiltrack_core.services.pupil_import import ImportPreview, accept_import
from pupiltrack_core.storage import schema
from pupiltrack_core.storage.engine import Database
from tests.builders import make_school, make_session, make_user

PUPILS, RUNS = 1_000, 5
YEAR = 2025
GOAL = 2  # seconds
TEMPLATE = [column.value for column in COLUMNS]
OF_A_SYSTEM = [
    "Unique Pupil Number",
    "Legal Surname",
    "Legal Forename",
    "Date of Birth",
    "Sex",
    "Home Postcode",
    "FSM Eligible",
    "Ethnicity",
    "EAL",
    "SEN Status",
    "House",
]


def run(_folder: Path) -> list[Result]:
    """Return the figures of import and export: a school of its own for each run."""
    files = {
        "the template as CSV": ("pupils.csv", csv_file(TEMPLATE, _rows())),
        "the template as Excel": ("pupils.xlsx", workbook(TEMPLATE, _rows())),
        "a list of another system as Excel": ("list.xlsx", workbook(OF_A_SYSTEM, _rows())),
        "a common transfer file": ("pupils.xml", transfer_file(_rows())),
    }
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/imports.sqlite"
        schema.upgrade(url)
        database = Database.open(url)
        try:
            for what, (name, content) in files.items():
                results += _measure(database, what, name, content)
            results += _measure_changes_and_export(database)
        finally:
            database.dispose()
    return results


def _measure(database: Database, what: str, name: str, content: bytes) -> list[Result]:
    previews, accepts = [], []
    for turn in range(RUNS + 1):
        caller, school = _school(database)
        shown: list[ImportPreview] = []
        previews.append(
            milliseconds(_into(shown, lambda c=caller, s=school: preview(c, s, name, content)))
        )
        accepts.append(milliseconds(lambda c=caller, p=shown[0]: accept_import(c, p)))
        if shown[0].counts.added != PUPILS:
            raise RuntimeError(f"{what}: not all pupils would be added.")
        if turn == 0:  # the first fills the caches
            previews.clear()
            accepts.clear()
    return [
        absolute(f"Preview of {PUPILS:,} new pupils: {what}", _seconds(previews), **_TO_BE_MET),
        absolute(f"Acceptance of {PUPILS:,} new pupils: {what}", _seconds(accepts), **_TO_BE_MET),
    ]


def _measure_changes_and_export(database: Database) -> list[Result]:
    """A file that changes two facts of every pupil, which is the most an acceptance writes."""
    caller, school = _school(database)
    accept_import(caller, preview(caller, school, "a.csv", csv_file(TEMPLATE, _rows())))
    previews, accepts, exports = [], [], []
    for turn in range(RUNS):
        changed = csv_file(TEMPLATE, _rows(postcode=f"LA{turn + 2} 4YF", fsm="YN"[turn % 2]))
        shown: list[ImportPreview] = []
        previews.append(
            milliseconds(_into(shown, lambda f=changed: preview(caller, school, "a.csv", f)))
        )
        accepts.append(milliseconds(lambda p=shown[0]: accept_import(caller, p)))
        exports.append(
            milliseconds(lambda: export_pupils(caller, school, YEAR, ExportForm.WORKBOOK))
        )
    what = f"{PUPILS:,} changed pupils"
    return [
        absolute(f"Preview of {what}", _seconds(previews), **_TO_BE_MET),
        absolute(f"Acceptance of {what}", _seconds(accepts), **_TO_BE_MET),
        absolute(f"The list of {PUPILS:,} pupils as Excel", _seconds(exports), **_TO_BE_MET),
    ]


_TO_BE_MET = {"unit": "s", "goal": GOAL}


def preview(caller: Caller, school: int, name: str, content: bytes) -> ImportPreview:
    """Open a file and, for a list of another system, take the columns as they are guessed."""
    opened = open_pupil_file(
        caller, school_id=school, academic_year=YEAR, file_name=name, content=content
    )
    if isinstance(opened, MappingStep):
        return preview_mapped(caller, opened, opened.choice)
    return opened


def _into(found: list[ImportPreview], make: Callable[[], ImportPreview]) -> Callable[[], None]:
    return lambda: found.append(make())


def _seconds(runs: list[float]) -> list[float]:
    return [run / 1000 for run in runs]


def _school(database: Database) -> tuple[Caller, int]:
    school = make_school(database)
    person = make_user(database, Role.DATA_MANAGER, school_id=school)
    return Caller.for_session(database, make_session(database, person)), school


def _rows(**changes: str) -> list[list[str]]:
    rows = []
    for number in range(PUPILS):
        body = f"999200125{number:03d}"
        born = f"{number % 28 + 1:02}/{number % 12 + 1:02}/{2015 + number % 5}"
        values = {"postcode": "LA1 4YF", "fsm": "Y"} | changes
        upn = check_letter(f"A{body}") + body
        names = [f"Surname{number}", f"Forename{number}"]
        facts = [values["postcode"], values["fsm"], "WBRI", "N", "SEN_K", ""]
        rows.append([upn, *names, born, "MF"[number % 2], *facts])
    return rows


def csv_file(headings: list[str], rows: list[list[str]]) -> bytes:
    """The rows as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([headings, *rows])
    return text.getvalue().encode()


def workbook(headings: list[str], rows: list[list[str]]) -> bytes:
    """The rows as a workbook."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Pupils")
    for values in (headings, *rows):
        sheet.append(values)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def transfer_file(rows: list[list[str]]) -> bytes:
    """The rows as a common transfer file, with attendance that is left out."""
    attendance = "<YearData><Year>2025</Year><SessionsPossible>190</SessionsPossible></YearData>"
    pupils = []
    for upn, surname, forename, born, sex, postcode, *_ in rows:
        day = "-".join(reversed(born.split("/")))
        pupils.append(
            f"<Pupil><UPN>{upn}</UPN><Surname>{surname}</Surname><Forename>{forename}</Forename>"
            f"<DOB>{day}</DOB><Sex>{sex}</Sex><BasicDetails><Ethnicity>WBRI</Ethnicity>"
            "</BasicDetails><SENhistory><SEN><SENprovision>K</SENprovision></SEN></SENhistory>"
            f"<Address><PostCode>{postcode}</PostCode></Address>"
            f"<Attendance>{attendance * 30}</Attendance></Pupil>"
        )
    return f"<CTfile><CTFpupilData>{''.join(pupils)}</CTFpupilData></CTfile>".encode()
