"""The ways out of the grid: what is offered, what a file holds, that each is in the audit."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import openpyxl
import pytest

from pupiltrack_core.access import Page, Role
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.reports.shown_columns import columns_shown
from pupiltrack_core.services.assessment_grid import load_grid
from pupiltrack_core.services.downloads import File, collect
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.files import CSV, PDF, XLSX
from pupiltrack_portal.pages.grid_downloads import (
    DownloadKind,
    GridDownloads,
    file_name,
    make_download,
)
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import Form
from tests.integration.pages.browser import change, field_of, offered, only, press_file
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import PERSONAL, Village
from tests.pdf_reading import text_of

BOM = b"\xef\xbb\xbf"


@dataclass
class Ways:
    """The part of a page, over Year 4's autumn assessment."""

    village: Village
    context: PageContext
    part: GridDownloads

    @property
    def form(self) -> Form:
        return only(self.part.widget, Form)

    @property
    def button(self) -> FileButton:
        return only(self.part.widget, FileButton)

    def take(self, kind: DownloadKind, who: str, monkeypatch: pytest.MonkeyPatch) -> File:
        """Choose a kind, press the button and fetch the file."""
        change(self.form, "kind", kind.value)
        answer = press_file(self.button, monkeypatch)
        assert answer["kind"] == "ready", answer
        token = answer["href"].removeprefix("/download/")
        return collect(self.village.database, self.village.sessions[who], token)


@pytest.fixture
def ways(village: Village, open_as: OpenPage) -> Ways:
    return open_ways(village, open_as)


def open_ways(village: Village, open_as: OpenPage, who: str = Role.TEACHER) -> Ways:
    context = open_as(who, Page.ASSESSMENTS)
    selection = year_4(village)

    def make(kind: DownloadKind) -> tuple[str, str, bytes]:
        return make_download(
            context.caller,
            kind,
            selection=selection,
            load=lambda: load_grid(context.caller, selection, [village.autumn]),
        )

    part = GridDownloads(context, make, school_id=lambda: village.hillside)
    return Ways(village, context, part)


def year_4(village: Village, **values) -> CohortSelection:
    return CohortSelection(2025, school_id=village.hillside, years=4, **values)


def test_grid_downloads_offers_every_kind(ways: Ways) -> None:
    assert offered(ways.form, "kind") == [kind.value for kind in DownloadKind]
    assert [label for _, label in field_of(ways.form, "kind")["options"]] == [
        "Screen data (Excel)",
        "Screen data (CSV)",
        "All data (Excel)",
        "All data (CSV)",
        "Sheet to print (PDF)",
        "Empty sheet to print (PDF)",
    ]
    assert ways.button.label == "Download"


@pytest.mark.parametrize(
    ("kind", "name", "media_type", "start", "what"),
    [
        ("screen-workbook", "assessments-year-4-2025-26.xlsx", XLSX, b"PK", "assessments"),
        (
            "screen-csv",
            "assessments-year-4-2025-26.csv",
            CSV,
            b"\xef\xbb\xbf",
            "assessments as CSV",
        ),
        ("all-workbook", "all-data-2025-26.xlsx", XLSX, b"PK", "all data"),
        ("all-csv", "all-data-2025-26.csv", CSV, BOM, "all data as CSV"),
        ("sheet", "assessments-year-4-2025-26.pdf", PDF, b"%PDF", "assessments on paper"),
        (
            "empty-sheet",
            "assessments-year-4-2025-26-to-fill-in.pdf",
            PDF,
            b"%PDF",
            "assessments to fill in on paper",
        ),
    ],
)
def test_grid_downloads_makes_each_kind_and_notes_it(
    ways: Ways, monkeypatch, kind, name, media_type, start, what
) -> None:
    file = ways.take(DownloadKind(kind), Role.TEACHER, monkeypatch)
    assert (file.file_name, file.media_type) == (name, media_type)
    assert file.content.startswith(start)
    noted = ways.village.details("report made")
    assert [detail["what"] for detail in noted] == [what]
    assert noted[0]["with_names"] is True
    assert not any(person in str(noted) + file.file_name for person in PERSONAL)


def test_grid_downloads_files_hold_the_pupils_in_the_data(ways: Ways, monkeypatch) -> None:
    for kind in (DownloadKind.SCREEN_CSV, DownloadKind.ALL_CSV):
        content = ways.take(kind, Role.TEACHER, monkeypatch).content
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        surnames = [row[0] for row in rows[1:]]
        assert "Dunn" not in surnames
        year_4 = ["<b>Finch</b>", "Archer", "Baker", "Carter", "Evans"]
        assert surnames == (
            year_4 if kind is DownloadKind.SCREEN_CSV else ["Gray", "Hill", *year_4]
        )
    sheet = ways.take(DownloadKind.EMPTY_SHEET, Role.TEACHER, monkeypatch)
    text = text_of(sheet.content)
    assert "Archer" in text
    assert "Dunn" not in text
    assert "On track" not in text


def test_grid_downloads_screen_data_holds_what_the_page_hands_over(
    village: Village, open_as: OpenPage
) -> None:
    context, selection = open_as(), year_4(village, class_name="Birch")
    grid = load_grid(context.caller, selection, [village.autumn])
    shown = [column for column in columns_shown(grid) if column.key.endswith(("WRIT", "RWM"))]
    _, _, content = make_download(
        context.caller,
        DownloadKind.SCREEN_WORKBOOK,
        selection=selection,
        load=lambda: grid,
        shown=shown,
    )
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert [cell.value for cell in sheet[6]][4:] == ["Writing", "R W M on track", "Writing"]
    assert sheet["A2"].value == "Year 4, 2025/2026, Autumn, class Birch"
    assert [sheet.cell(row, 1).value for row in (7, 8)] == ["<b>Finch</b>", "Evans"]


def test_grid_downloads_without_a_grid_offers_the_whole_school_s_data(
    ways: Ways, monkeypatch
) -> None:
    ways.part.offer(has_school=True, has_grid=False)
    assert offered(ways.form, "kind") == ["all-workbook", "all-csv"]
    assert field_of(ways.form, "kind")["value"] == "all-workbook"
    assert press_file(ways.button, monkeypatch)["name"] == "all-data-2025-26.xlsx"
    ways.part.offer(has_school=True, has_grid=True)
    assert field_of(ways.form, "kind")["value"] == "all-workbook"  # what was chosen stays
    ways.part.offer(has_school=False, has_grid=False)
    assert press_file(ways.button, monkeypatch)["kind"] == "refused"


def test_grid_downloads_a_forged_kind_changes_nothing(ways: Ways, monkeypatch) -> None:
    ways.part.offer(has_school=True, has_grid=False)
    for forged in ("sheet", "everything", None, ["sheet"]):
        change(ways.form, "kind", forged)
        assert press_file(ways.button, monkeypatch)["name"] == "all-data-2025-26.xlsx"


def test_grid_downloads_of_an_ended_session_are_not_made(ways: Ways, monkeypatch) -> None:
    ways.village.revoke(Role.TEACHER)
    answer = press_file(ways.button, monkeypatch)
    assert answer["kind"] == "refused"
    assert "sign in" in answer["text"].lower()
    assert ways.village.details("report made") == []


def test_grid_downloads_without_a_role_are_not_made(ways: Ways, monkeypatch) -> None:
    ways.village.take_roles_from(Role.TEACHER)
    change(ways.form, "kind", DownloadKind.ALL_WORKBOOK.value)
    assert press_file(ways.button, monkeypatch)["kind"] == "refused"


def test_grid_downloads_of_a_reader_are_made(village: Village, open_as: OpenPage, monkeypatch):
    ways = open_ways(village, open_as, Role.LA_ADVISER)
    file = ways.take(DownloadKind.ALL_CSV, Role.LA_ADVISER, monkeypatch)
    assert b"Archer" in file.content


def test_make_download_of_an_authority_is_refused(village: Village, open_as: OpenPage) -> None:
    authority = CohortSelection(2025, local_authority_id=1)
    with pytest.raises(InvalidEntry):
        make_download(open_as().caller, DownloadKind.ALL_CSV, selection=authority, load=pytest.fail)


@pytest.mark.parametrize(
    ("years", "name"),
    [
        (0, "assessments-reception-2025-26.csv"),
        (-1, "assessments-nursery-2-2025-26.csv"),
        (YearRange.KEY_STAGE_2, "assessments-years-ks2-2025-26.csv"),
    ],
)
def test_file_name_says_which_years(village: Village, years, name) -> None:
    selection = CohortSelection(2025, school_id=village.hillside, years=years)
    assert file_name(DownloadKind.SCREEN_CSV, selection) == name
