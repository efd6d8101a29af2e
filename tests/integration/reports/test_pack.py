"""The packs of a school, and what every report has in common, as PDF and as workbook."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from pupiltrack_core.access import Role
from pupiltrack_core.cli import main
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.report_batches import BatchItem, FileKind, ReportKind
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.reports import pack as packs
from pupiltrack_core.reports.batch_making import _MAKERS
from pupiltrack_core.reports.documents import Printed, Table
from pupiltrack_core.reports.pack import Audience, pack_document, pack_pdf, school_pack
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.reports import REPORT_MADE, full_report
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import AuditEntry
from tests.builders import (
    NOW,
    YEAR,
    make_assessment,
    make_judgements,
    make_pupil,
    make_school,
    make_session,
    make_user,
)
from tests.pdf_reading import read, tags_of, text_of

PRINTED = Printed("A. Person", NOW)
HARD = "<b>*#table עברית 🦊" + "x" * 60
CORE = ("READ", "WRIT", "MATH")


@pytest.fixture
def school_id(sqlite_database: Database) -> int:
    """Twenty pupils in Year 4 and twenty in Year 5, girls and boys in turn, a hard name."""
    school_id = make_school(sqlite_database)
    for year_group, marks in ((4, "O" * 12 + "B" * 8), (5, "O" * 14 + "D" * 3 + "B" * 3)):
        assessment = make_assessment(sqlite_database, school_id, year_groups=(year_group,))
        for place, mark in enumerate(marks):
            pupil = make_pupil(
                sqlite_database,
                school_id,
                year_group=year_group,
                disadvantaged=place % 2 == 0,
                pupil={"sex": "MF"[place % 2], "surname": f"Surname{place}", "forenames": HARD},
            )
            make_judgements(sqlite_database, assessment, {pupil: dict.fromkeys(CORE, mark)})
    return school_id


@pytest.fixture
def head(sqlite_database: Database, school_id: int) -> Caller:
    user = make_user(sqlite_database, Role.HEAD, school_id=school_id)
    return Caller.for_session(sqlite_database, make_session(sqlite_database, user))


@pytest.fixture
def selection(school_id: int) -> CohortSelection:
    return CohortSelection(YEAR, school_id=school_id)


def rows_of(caller: Caller, selection: CohortSelection, audience: Audience) -> dict[str, tuple]:
    """The rows of the pack's first table, by what they are called."""
    document = pack_document(school_pack(caller, selection, audience=audience), printed=PRINTED)
    table = next(block for block in document.blocks if isinstance(block, Table))
    return {row[0]: tuple(cell.replace("\u202f", " ") for cell in row[1:]) for row in table.rows}


def test_governors_pack_tells_shares_and_withholds_small_figures(
    head: Caller, selection: CohortSelection
) -> None:
    rows = rows_of(head, selection, Audience.GOVERNORS)
    # 12 + 17 of 40 are on track or deeper; in Year 5 3 are not, so Year 4 gives that away too
    assert rows["Whole school"] == (*("29 (73 %)",) * 4, "40")
    assert rows["Year 4"] == rows["Year 5"] == ("c", "c", "c", "c", "20")
    # boys: places 0, 2, ...: 6 of 10 in Year 4, 7 + 2 of 10 in Year 5: 15 of 20; 5 are not
    assert rows["Girls"] == rows["Boys"] == ("c", "c", "c", "c", "20")
    assert "Year 1" not in rows  # nobody is in it
    assert not [name for name in rows if name.startswith("Last year")]


def test_head_s_pack_tells_every_figure_that_the_full_report_tells(
    head: Caller, selection: CohortSelection
) -> None:
    rows = rows_of(head, selection, Audience.HEAD)
    line = full_report(head, selection).summary.set_index("subject").loc["READ"]
    assert line["on_track_or_deeper"] == 29
    assert rows["Whole school"][4] == "29 (73 %)"
    assert rows["Year 5"] == (
        "3 (15 %)", "0 (0 %)", "14 (70 %)", "3 (15 %)", "17 (85 %)", "3 (15 %)", "0 (0 %)", "20",
    )  # fmt: skip


def test_packs_name_pupils_for_the_head_alone(
    head: Caller, selection: CohortSelection, sqlite_database: Database
) -> None:
    with_names = text_of(pack_pdf(head, selection, audience=Audience.HEAD))
    without = text_of(pack_pdf(head, selection, audience=Audience.GOVERNORS))
    assert "Surname7" in with_names
    assert "Contains personal data" in with_names
    assert "Surname" not in without
    assert "Contains personal data" not in without
    for words in ("Venn diagrams", "Transition matrix", "Every subject"):
        assert (words in with_names, words in without) == (True, False)
    with sqlite_database.unit_of_work() as unit:
        entries = unit.session.query(AuditEntry).filter_by(action=REPORT_MADE).all()
    noted = sorted(re.findall(r'"what":\s*"([^"]*)"', entry.detail)[0] for entry in entries)
    assert noted == ["governors' pack", "headteacher's pack"]


def test_pack_is_of_the_whole_of_one_school(head: Caller, selection: CohortSelection) -> None:
    narrowed = replace(selection, class_name="4B")
    assert (
        rows_of(head, narrowed, Audience.GOVERNORS)["Whole school"]
        == rows_of(head, selection, Audience.GOVERNORS)["Whole school"]
    )
    several = CohortSelection(YEAR, local_authority_id=1)
    with pytest.raises(InvalidEntry, match="of one school"):
        school_pack(head, several, audience=Audience.GOVERNORS)


def test_pack_of_another_school_is_refused(head: Caller, sqlite_database: Database) -> None:
    other = make_school(sqlite_database, "Other", laestab="9992009")
    with pytest.raises((NotFound, AccessDenied)):
        pack_pdf(head, CohortSelection(YEAR, school_id=other), audience=Audience.GOVERNORS)


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("pupils", [0, 1])
def test_pack_of_nobody_and_of_one(
    sqlite_database: Database, audience: Audience, pupils: int
) -> None:
    school = make_school(sqlite_database, "Small", laestab="9992008")
    for _ in range(pupils):
        make_pupil(sqlite_database, school)
    caller = Caller.for_operator(sqlite_database)
    text = text_of(pack_pdf(caller, CohortSelection(YEAR, school_id=school), audience=audience))
    assert ("There are no pupils in this cohort." in text) == (pupils == 0)


def test_pack_of_the_first_year_on_record_has_no_year_before() -> None:
    first = CohortSelection(packs.FIRST_START, school_id=1)
    assert [item.label for item in packs._last_year(first)] == []


PRINTED_REPORTS = [item for item in _MAKERS if item.file_kind is FileKind.PDF]


@pytest.mark.parametrize("item", PRINTED_REPORTS, ids=lambda item: item.report.value)
def test_every_report_as_pdf_is_tagged_named_and_told_in_english(
    head: Caller, selection: CohortSelection, item: BatchItem
) -> None:
    make: Callable[..., bytes] = _MAKERS[item]
    pdf = make(head, selection, item.report.can_list_pupils)
    held = read(pdf)
    root = held.trailer["/Root"]
    # marked as tagged, a language, a title that is shown, PDF/UA-1 claimed, tags, bookmarks
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].lower().startswith("en")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert held.metadata is not None
    assert held.metadata.title
    assert re.search(rb"pdfuaid:part[>=\"]+\s*1", root["/Metadata"].get_data())
    assert held.outline
    tags = tags_of(pdf)
    assert all(tag.alt for tag in tags if tag.kind == "/Figure")
    assert [tag for tag in tags if tag.kind == "/TH"]
    if item.report in (ReportKind.FULL, ReportKind.VENN, ReportKind.HEAD):
        assert [tag for tag in tags if tag.kind == "/Figure"]


WORKBOOKS = [item for item in _MAKERS if item.file_kind is FileKind.XLSX]


@pytest.mark.parametrize("item", WORKBOOKS, ids=lambda item: item.report.value)
def test_every_report_as_workbook_has_numbers_headings_that_stay_and_no_formula(
    head: Caller, selection: CohortSelection, sqlite_database: Database, item: BatchItem
) -> None:
    pupil = make_pupil(
        sqlite_database,
        selection.school_id or 0,
        year_group=4,
        pupil={"surname": "=1+1", "forenames": "@SUM(A1)"},
    )
    assert pupil
    content = _MAKERS[item](head, selection, item.report.can_list_pupils)
    book = openpyxl.load_workbook(BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert any(cell.value == "=1+1, @SUM(A1)" for cell in cells) == item.report.can_list_pupils
    shares = [cell for cell in cells if cell.number_format == "0%" and cell.value is not None]
    assert shares
    assert all(isinstance(cell.value, int | float) and cell.value <= 1 for cell in shares)
    assert all(sheet.freeze_panes for sheet in book)
    assert any(sheet.auto_filter.ref for sheet in book)


def test_workbooks_open_in_libreoffice(
    head: Caller, selection: CohortSelection, tmp_path: Path
) -> None:
    assert shutil.which("soffice"), (
        "LibreOffice was not found. Run `make test`, which installs it, or install the Debian "
        "package libreoffice-calc-nogui."
    )
    files = []
    for item in WORKBOOKS:
        file = tmp_path / f"{item.report.value}.xlsx"
        file.write_bytes(_MAKERS[item](head, selection, item.report.can_list_pupils))
        files.append(str(file))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*command, *files], check=True, capture_output=True, timeout=120)
    for item in WORKBOOKS:
        assert (tmp_path / f"{item.report.value}.pdf").read_bytes()[:4] == b"%PDF"


@pytest.mark.parametrize(
    ("years", "name"),
    [(4, "Whole school"), (0, "Early years"), (YearRange.KEY_STAGE_2, "Key stage 2")],
)
def test_pack_of_one_year_group_is_of_all_years(
    head: Caller, selection: CohortSelection, years: YearRange | int, name: str
) -> None:
    assert name in rows_of(head, replace(selection, years=years), Audience.GOVERNORS)


def test_report_pack_writes_the_file_and_says_whether_it_is_personal(
    school_id: int, sqlite_url: str, tmp_path: Path
) -> None:
    start = ["report", "pack", "--database", sqlite_url, "--school", "999/2001"]
    for audience, said in (("head", "; it contains personal data"), ("governors", "")):
        out = tmp_path / f"{audience}.pdf"
        result = CliRunner().invoke(main, [*start, "--for", audience, "--out", str(out)])
        assert result.output == f"Wrote {out}{said}.\n"
        assert Audience(audience).heading in text_of(out.read_bytes())
    refused = CliRunner().invoke(main, [*start, "--for", "head", "--out", str(tmp_path / "x.xlsx")])
    assert refused.exit_code == 2
    assert "must end in .pdf" in refused.output
