"""An LA adviser looks across the schools, opens one to read, and reaches nothing else."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import format_count_and_percentage
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, RWM
from pupiltrack_core.services.local_authority import (
    OVERVIEW_SUBJECTS,
    count_column,
    of_column,
    schools_overview,
)
from pupiltrack_core.services.reports import full_report
from pupiltrack_core.services.schools import school_by_laestab, schools_for
from tests.builders import make_authority, make_pupil, make_school

from .conftest import Open
from .grid_page import figures_of
from .served import Portal, Watch, go, require_sound, wait_until_open

pytestmark = [pytest.mark.browser, pytest.mark.served, pytest.mark.xdist_group("portal")]

DRAWN = """() => [...document.querySelectorAll('#pt-outputs canvas')].some((canvas) => {
    if (!canvas.width || !canvas.height) return false;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const seen = new Set();
    for (let at = 0; at < data.length; at += 4) seen.add(data[at] * 256 + data[at + 1]);
    return seen.size > 20;
})"""


def overview_of(portal: Portal) -> tuple[pd.DataFrame, int]:
    year = schools_for(portal.operator)[0].academic_years[0]
    authority = schools_for(portal.operator)[0].local_authority_id
    return schools_overview(portal.operator, authority, year), year


def show_as(page: Page, look: str) -> None:
    page.get_by_label("Show as").select_option(look)
    page.get_by_role("button", name="Show", exact=True).click()


def test_schools_are_drawn_and_told_in_the_same_figures(open_as: Open, portal: Portal) -> None:
    page = open_as("adviser", "/schools")
    page.wait_for_function(DRAWN)
    show_as(page, "table")
    table = page.get_by_role("table", name="Schools of the local authority")
    expect(table).to_be_visible()
    overview, _ = overview_of(portal)
    for school in overview.to_dict("records"):
        row = table.get_by_role("row", name=re.compile(f"^Open {school['name']} "))
        figures = [
            format_count_and_percentage(school[count_column(s)], school[of_column(s)])
            for s in OVERVIEW_SUBJECTS
        ]
        expect(row.get_by_role("cell")).to_have_text(
            [
                school["laestab"],
                str(school["pupils"]),
                *figures,
                format_count_and_percentage(school["no_data"], school["pupils"]),
            ]
        )
    require_sound(page, "schools as a table")
    show_as(page, "grid")
    page.wait_for_function(DRAWN)


def test_adviser_opens_a_school_and_only_reads(open_as: Open, portal: Portal) -> None:
    school = school_by_laestab(portal.operator, "9992003")
    page = open_as("adviser", "/schools?show=table")
    page.get_by_role("button", name=f"Open {school.name}").click()
    link = page.get_by_role("link", name="Full report of this school")
    expect(link).to_be_visible()
    require_sound(page, "a school chosen")
    link.click()
    wait_until_open(page)
    expect(page.get_by_role("heading", name=school.name)).to_be_visible()

    year = school.academic_years[0]
    go(page, f"/assessments?school={school.laestab}&year={year}&years=3")
    page.locator(".ptg-table").wait_for()
    expect(page.locator(".ptw-prose")).to_contain_text("the school enters them")
    expect(page.get_by_role("button", name="New assessment")).to_be_hidden()
    expect(page.locator(".ptg-table")).to_have_attribute("aria-readonly", "true")
    first = page.locator(".ptg-row").first
    shown = first.inner_text()
    body = first.locator("td.ptg-k-choice").nth(1)
    body.dblclick()
    for key in ("b", "Delete", "Enter", "t"):
        page.keyboard.press(key)
    touched = page.locator(".ptg-editor, .ptg-s-pending, .ptg-s-saved, .ptg-s-unsaved")
    expect(touched).to_have_count(0)
    assert first.inner_text() == shown


def test_report_over_all_schools_names_pupils_with_their_schools(
    open_as: Open, portal: Portal
) -> None:
    page = open_as("adviser", "/full-report?school=all")
    table = page.get_by_role("table", name="Numbers and percentages of pupils by subject")
    overview, _ = overview_of(portal)
    for subject in (*(s.value for s in CORE_SUBJECTS), RWM):
        count, of = (int(overview[c(subject)].sum()) for c in (count_column, of_column))
        expect(table).to_contain_text(format_count_and_percentage(count, of))
    figure = table.get_by_role("button", name=re.compile("Reading, Below: show the pupils"))
    figure.click()
    names = page.get_by_role("table", name=re.compile("^Reading: Below"))
    expect(names.get_by_role("columnheader", name="School")).to_be_visible()
    expect(names.locator("tbody tr").first).to_contain_text("Primary")


def test_figures_of_a_school_are_the_schools_own(open_as: Open, portal: Portal) -> None:
    school = school_by_laestab(portal.operator, "9992003")
    page = open_as("adviser", f"/full-report?school={school.laestab}&years=ks2")
    table = page.get_by_role("table", name="Numbers and percentages of pupils by subject")
    expect(table).to_be_visible()
    report = full_report(
        portal.operator,
        CohortSelection.from_query(
            {"year": str(school.academic_years[0]), "years": "ks2"}, school_id=school.school_id
        ),
    )
    wanted = figures_of(report, SummaryRow)
    row = table.get_by_role("row", name=re.compile("^Maths "))
    expect(row.get_by_role("cell").and_(row.locator(":not(.ptw-drawn)"))).to_have_text(
        [*(wanted[item.label]["Ma"] for item in SummaryRow), wanted["Pupils included"]["Ma"]]
    )
    bar = row.get_by_role("img", name=f"Below {wanted['Below']['Ma']}, Towards")
    expect(bar).to_be_in_viewport()


def test_school_of_another_authority_is_out_of_reach(open_as: Open, portal: Portal) -> None:
    elsewhere = make_authority(portal.database, "998", "Farshire")
    school = make_school(
        portal.database, "Far Away Primary School", laestab="9982001", local_authority_id=elsewhere
    )
    make_pupil(portal.database, school, pupil={"surname": "Quillfeather"})
    page = open_as("adviser", "/schools?show=table")
    page.get_by_role("table", name="Schools of the local authority").wait_for()
    assert "Far Away" not in page.content()
    for address in ("/full-report", "/assessments", "/pupils", "/venn"):
        page.goto(f"{address}?school=9982001")
        expect(page.locator("#pt-skeleton")).to_have_count(0)
        said = page.get_by_text(re.compile("no such school"))
        expect(said.first).to_be_visible()
        assert "Far Away" not in page.content()
        assert "Quillfeather" not in page.content()


def test_school_person_cannot_open_the_schools_page(open_as: Open, watch: Watch) -> None:
    watch.expected = ("Failed to load resource",)
    page = open_as("head", "/home")
    expect(page.get_by_role("link", name="Schools")).to_have_count(0)
    answer = page.goto("/schools")
    assert answer is not None
    assert answer.status == 403
    require_sound(page, "refused")
