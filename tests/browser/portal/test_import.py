"""A head brings pupils in from a file with mistakes in it, one of them with markup for a name."""

from __future__ import annotations

import io
import re

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from pupiltrack_core.domain.upn import check_letter
from pupiltrack_core.services.pupils import TemplateFormat, import_template, list_pupils
from pupiltrack_core.services.schools import SchoolChoice, school_by_laestab

from .conftest import Open
from .grid_page import GridPage
from .served import Portal, go, require_sound

pytestmark = [pytest.mark.browser, pytest.mark.served, pytest.mark.xdist_group("portal")]

SCHOOL = "9992002"
MARKUP = "<img src=x onerror=alert(1)>"
ACCEPT = "Accept the 2 good rows, leave out the others"


def upn(number: int) -> str:
    body = f"999{SCHOOL[3:]}25{number:03d}"
    return check_letter(f"A{body}") + body


def csv_file(year: int) -> bytes:
    """Rows 2 and 3 are good; 4, 5 and 6 have something wrong."""
    born = f"12/11/{year - 7}"  # in Year 2
    rows = [
        [upn(901), MARKUP, "Zed", born, "F", "ZZ99 3AA", "Y", "WBRI", "N", "SEN_K", ""],
        [upn(902), "Marwood", "Ines", born, "M", "ZZ99 3AA", "", "WBRI", "", "", ""],
        [upn(903), "Nettle", "Bo", f"31/02/{year - 7}", "M", "ZZ99 3AA", "", "WBRI", "", "", ""],
        [upn(904), "Oakes", "Al", born, "X", "ZZ99 3AA", "", "WBRI", "", "", ""],
        [upn(905), "Pike", "Di", born, "F", "ZZ99 3AA", "perhaps", "WBRI", "", "", ""],
    ]
    headings = import_template(TemplateFormat.CSV)
    return headings.rstrip() + "".join(f"\r\n{','.join(row)}" for row in rows).encode() + b"\r\n"


def pupils_held(portal: Portal, school: SchoolChoice) -> pd.DataFrame:
    return list_pupils(portal.operator, school.school_id, school.academic_years[0])


def check_file(page: Page, content: bytes) -> Locator:
    page.get_by_role("button", name="Import pupils").click()
    page.get_by_label("Pupil file").set_input_files(
        {"name": "september.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("heading", name="What this file would change")).to_be_visible()
    return page.locator(".pt-panel")


def require_problem(problems: Locator, row: int, column: str, value: str) -> None:
    line = problems.get_by_role("row", name=re.compile(rf"^{row} Problem "))
    cells = line.get_by_role("cell")
    expect(cells.nth(1)).to_contain_text(column)
    expect(cells.nth(2)).to_have_text(value)
    expect(cells.nth(3)).to_have_text(re.compile(r"\w.{10,}"))
    expect(cells.nth(4)).to_have_text("september.csv")


def test_head_imports_the_good_rows_of_a_file(open_as: Open, portal: Portal) -> None:
    school = school_by_laestab(portal.operator, SCHOOL)
    year = school.academic_years[0]
    content = csv_file(year)
    before = pupils_held(portal, school)
    page = open_as("head2", f"/pupils?school={SCHOOL}&year={year}")

    page.get_by_role("button", name="Import pupils").click()
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("alert").filter(has_text="put these right")).to_be_visible()
    require_sound(page, "no file chosen")
    page.get_by_role("button", name="Close").click()

    panel = check_file(page, content)
    problems = panel.get_by_role("table", name=re.compile("Problems and warnings"))
    require_problem(problems, 4, "DOB", f"31/02/{year - 7}")
    require_problem(problems, 5, "Gender", "X")
    require_problem(problems, 6, "FSM", "perhaps")
    added = panel.get_by_role("table", name="Pupils to add and to change")
    expect(added.get_by_text(f"{MARKUP}, Zed")).to_be_visible()
    require_sound(page, "import preview")
    assert pupils_held(portal, school).equals(before)

    panel.get_by_role("button", name=ACCEPT).click()
    expect(page.get_by_role("status").filter(has_text="2 added")).to_contain_text(
        "3 rows with problems were left out"
    )
    assert len(pupils_held(portal, school)) == len(before) + 2

    panel = check_file(page, content)
    expect(panel).to_contain_text("2 pupils already as in the file")
    expect(panel).to_contain_text("There is nothing to save.")
    panel.get_by_role("button", name="Put the import away").click()
    expect(page.get_by_role("status").filter(has_text="Nothing was changed")).to_be_visible()

    page.get_by_label("Surname").fill("<img")
    page.get_by_role("button", name="Search", exact=True).click()
    # Another test brings in a pupil of this surname too, before or after.
    found = page.get_by_role("table", name=re.compile("pupils? found"))
    expect(found.get_by_role("rowheader").filter(has_text=f"{MARKUP}, Zed")).to_have_count(1)

    find_markup_on_other_pages(page, school)


def find_markup_on_other_pages(page: Page, school: SchoolChoice) -> None:
    """The name is text in the grid, among the names behind a figure and on paper."""
    year = school.academic_years[0]
    query = f"school={SCHOOL}&year={year}&years=2"
    go(page, f"/assessments?{query}")
    page.locator(".ptg-table").wait_for()
    grid = GridPage(page)
    assert f"{MARKUP}, Zed" in grid.names()
    assert page.locator(".ptg-table img, .pt-stack img").count() == 0

    go(page, f"/full-report?{query}")
    figure = page.get_by_role("button", name=re.compile("Reading, No data: show the pupils"))
    figure.click()
    names = page.get_by_role("table", name=re.compile("^Reading: No data"))
    expect(names.get_by_text(f"{MARKUP}, Zed")).to_be_visible()
    require_sound(page, "names behind a figure")

    go(page, f"/venn?{query}")
    page.locator('.ptw-venn [data-region="blank"]').focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("rowheader", name=f"{MARKUP}, Zed")).to_be_visible()
    require_sound(page, "names in a region")
    with page.expect_download() as started:
        page.get_by_role("button", name="Save as PDF").click()
    pages = PdfReader(io.BytesIO(started.value.path().read_bytes())).pages
    printed = "".join(one.extract_text() for one in pages)
    assert MARKUP.replace(" ", "") in re.sub(r"\s+", "", printed)
    assert page.locator("main img").count() == 0


def test_file_of_another_kind_is_refused_in_words(open_as: Open, portal: Portal) -> None:
    page = open_as("head2", f"/pupils?school={SCHOOL}")
    page.get_by_role("button", name="Import pupils").click()
    page.get_by_label("Pupil file").set_input_files(
        {"name": "list.csv", "mimeType": "text/csv", "buffer": b"MZ\x00\x01" + bytes(200)}
    )
    page.get_by_role("button", name="Check the file").click()
    said = page.get_by_role("row", name=re.compile("Whole file")).or_(page.get_by_role("alert"))
    expect(said.filter(has_text=re.compile(r"\w{3,}")).first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Accept"))).to_have_count(0)


def test_head_names_the_columns_of_a_list_by_keyboard(open_as: Open, portal: Portal) -> None:
    """From the file to the saved pupil without the mouse; the focus is never lost on the way."""
    school = school_by_laestab(portal.operator, SCHOOL)
    year = school.academic_years[0]
    before = len(pupils_held(portal, school))
    page = open_as("head2", f"/pupils?school={SCHOOL}&year={year}")
    press_by_keyboard(page, "Import pupils")
    expect(page.get_by_label("Pupil file")).to_be_focused()
    content = (
        "Unique Pupil Number,Legal Surname,Legal Forename,Date of Birth,Sex,Home Postcode,"
        f"Ethnicity,Notes\r\n{upn(911)},{MARKUP},Zoe,12 Nov {year - 7},Female,ZZ99 3AA,"
        f"White - British,K\r\n"
    )
    page.get_by_label("Pupil file").set_input_files(
        {"name": "list.csv", "mimeType": "text/csv", "buffer": content.encode()}
    )
    press_by_keyboard(page, "Check the file")
    expect(page.get_by_role("heading", name="Say what the columns are")).to_be_focused()
    columns = page.get_by_role("form", name="What the columns are")
    expect(columns.get_by_label("Surname", exact=True)).to_have_value("1")
    expect(page.get_by_role("row", name=re.compile("^Sex Gender Female"))).to_be_visible()
    require_sound(page, "columns guessed")

    sen = columns.get_by_label("SEN", exact=True)
    sen.focus()
    page.keyboard.type("Unique")
    expect(page.get_by_role("row", name=re.compile("UPN and SEN"))).to_be_visible()
    expect(sen).to_be_focused()
    press_by_keyboard(page, "Check the rows")
    faults = page.get_by_role("alert").filter(has_text="is chosen for UPN too")
    expect(faults).to_be_visible()
    require_sound(page, "one column chosen twice")

    sen.focus()
    page.keyboard.type("Notes")
    expect(page.get_by_role("row", name=re.compile("^Notes SEN K"))).to_be_visible()
    press_by_keyboard(page, "Check the rows")
    expect(page.get_by_role("heading", name="What this file would change")).to_be_focused()
    press_by_keyboard(page, "Accept 1 row")
    expect(page.get_by_role("status").filter(has_text="1 added")).to_be_visible()
    expect(page.get_by_role("button", name="Import pupils")).to_be_focused()
    assert len(pupils_held(portal, school)) == before + 1


def press_by_keyboard(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).focus()
    page.keyboard.press("Enter")
