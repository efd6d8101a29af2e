"""Filters as a teacher uses them: applied by Select, taken off by chips, and class by class."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select, update

from pupiltrack_core.storage.models import Enrolment, School

from .conftest import Open
from .grid_page import GridPage
from .served import Portal, go, require_sound

pytestmark = [pytest.mark.browser, pytest.mark.served, pytest.mark.xdist_group("portal")]

SMALL = "9992002"
MOST_HEIGHT = 150  # px of a window 1366 px wide


def chips(page: Page) -> list[str]:
    """Return what is shown as applied."""
    shown = page.get_by_role("list", name="Filters applied").get_by_role("button")
    return [
        text.removeprefix("Remove filter: ").rstrip("\u00d7") for text in shown.all_text_contents()
    ]


def chip(page: Page, words: str) -> Locator:
    return page.get_by_role("button", name=f"Remove filter: {words}", exact=True)


def said(page: Page) -> Locator:
    return page.locator(".ptw-form-said")


def bar(page: Page) -> Locator:
    return page.get_by_role("form", name="Choose the pupils to show")


def choose(page: Page, label: str, value: str) -> None:
    page.get_by_label(label, exact=True).select_option(label=value)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def wait_for_rows(page: Page, relation: str, number: int) -> None:
    """Wait until the grid's rows stand in this relation to a number of them."""
    rows = "document.querySelectorAll('.ptg-row').length"
    page.wait_for_function(f"(number) => {rows} {relation} number", arg=number)


@pytest.fixture
def own_names(portal: Portal) -> Iterator[str]:
    """A name of the small school's own for the first custom filter."""
    with portal.database.unit_of_work(write=True) as work:
        school = work.session.scalars(select(School).where(School.laestab == SMALL)).one()
        before = list(school.custom_filter_names)
        school.custom_filter_names = ["Choir", *before[1:]]
        work.commit()
    yield "Choir"
    with portal.database.unit_of_work(write=True) as work:
        work.session.execute(
            update(School).where(School.laestab == SMALL).values(custom_filter_names=before)
        )
        work.commit()


def test_class_teacher_lands_on_the_own_class(open_as: Open, portal: Portal) -> None:
    page = open_as("teacher", "/assessments")
    if not page.url.split("?")[0].endswith("/assessments"):
        go(page, "/assessments")
    page.locator(".ptg-table").wait_for()
    own = page.get_by_label("Class", exact=True).input_value()
    assert chips(page) == [f"Class: {own}"]
    class_size = len(GridPage(page).names())
    chip(page, f"Class: {own}").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Select", exact=True)).to_be_focused()
    expect(said(page)).to_have_text(f"Taken off: Class: {own}.")
    expect(page.get_by_role("list", name="Filters applied")).to_have_count(0)
    wait_for_rows(page, ">", class_size)


def test_filters_are_chips_that_the_keyboard_takes_off(open_as: Open, own_names: str) -> None:
    page = open_as("head2", f"/assessments?school={SMALL}&years=4")
    page.locator(".ptg-table").wait_for()
    everyone = len(GridPage(page).names())
    press(page, "Filter by characteristics")
    choose(page, "Intervention", "No")
    choose(page, "Sex", "Female")
    choose(page, "SEN", "No SEN")
    choose(page, own_names, "No")
    require_sound(page, "characteristics open")
    press(page, "Select")
    expect(chip(page, "Sex: Female")).to_be_visible()
    applied = ["Intervention: No", "Sex: Female", "SEN: No SEN", f"{own_names}: No"]
    assert chips(page) == applied
    expect(page.get_by_label("Sex", exact=True)).to_be_hidden()
    assert "sex=F" in page.url
    wait_for_rows(page, "<", everyone)
    few = len(GridPage(page).names())
    require_sound(page, "filters applied")
    for width in (1366, 768, 320):
        page.set_viewport_size({"width": width, "height": 800})
        sizes = page.locator(".ptw-chip, .ptw-step").evaluate_all(
            "all => all.map((one) => Math.min(one.offsetWidth, one.offsetHeight))"
        )
        assert min(sizes) >= 24
    require_sound(page, "filters at 320")

    page.set_viewport_size({"width": 1366, "height": 800})
    chip(page, "Sex: Female").focus()
    page.keyboard.press("Enter")
    expect(chip(page, "SEN: No SEN")).to_be_focused()
    wait_for_rows(page, ">", few)
    assert "sex=" not in page.url
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Select", exact=True)).to_be_focused()
    press(page, "Reset")
    expect(said(page)).to_have_text("All filters were taken off.")
    wait_for_rows(page, "===", everyone)


def test_another_year_group_takes_the_filters_off_at_once(open_as: Open) -> None:
    page = open_as("head2", f"/assessments?school={SMALL}&years=4&sen=N")
    page.locator(".ptg-table").wait_for()
    choose(page, "Years", "Year 5")
    press(page, "Select")  # before the page can have answered the choice of a year
    expect(said(page)).to_have_text(
        "Filters were taken off because another year group was chosen: SEN: No SEN."
    )
    expect(page.get_by_role("list", name="Filters applied")).to_have_count(0)
    assert "sen=" not in page.url
    assert said(page).get_attribute("role") == "status"


def test_classes_are_gone_through_with_two_buttons(open_as: Open, portal: Portal) -> None:
    page = open_as("head2", f"/assessments?school={SMALL}&years=1")
    page.locator(".ptg-table").wait_for()
    forward = page.get_by_role("button", name=re.compile("^Next class:"))
    back = page.get_by_role("button", name=re.compile("^Previous class:"))
    forward.focus()
    for _ in range(2):
        name = forward.inner_text().split(": ")[1]
        page.keyboard.press("Enter")
        expect(page.get_by_label("Class", exact=True)).to_have_value(name)
        expect(said(page)).to_contain_text(f"On view: {name}, ")
        expect(forward).to_be_focused()
    with portal.database.unit_of_work() as work:
        taught = work.session.scalars(
            select(Enrolment.class_name).where(
                Enrolment.class_name.is_not(None), Enrolment.school_id == 2
            )
        )
        assert name in set(taught)
    while "none" not in forward.inner_text():
        at = page.get_by_label("Class", exact=True).input_value()
        forward.click()
        expect(page.get_by_label("Class", exact=True)).not_to_have_value(at)
    assert forward.get_attribute("aria-disabled") == "true"
    at = page.get_by_label("Class", exact=True).input_value()
    forward.focus()
    expect(forward).to_be_focused()  # it can be reached, and says that there is none
    page.keyboard.press("Enter")
    expect(page.get_by_label("Class", exact=True)).to_have_value(at)
    back.click()
    expect(page.get_by_label("Class", exact=True)).not_to_have_value(at)


def test_bar_leaves_room_for_the_grid(open_as: Open) -> None:
    page = open_as(
        "head2",
        f"/assessments?school={SMALL}&years=4&sen=N&fsm=N",
        viewport={"width": 1366, "height": 768},
    )
    page.locator(".ptg-table").wait_for()
    box = bar(page).bounding_box()
    assert box is not None
    assert box["height"] <= MOST_HEIGHT


def test_chips_stand_on_the_reports_too(open_as: Open) -> None:
    for path in ("full-report", "venn"):
        page = open_as("head2", f"/{path}?school={SMALL}&years=4&sen=N")
        expect(chip(page, "SEN: No SEN")).to_be_visible()
        expect(page.get_by_role("button", name=re.compile("^Next class:"))).to_have_count(0)
        choose(page, "Years", "Year 5")
        press(page, "Select")
        page.wait_for_url(re.compile("years=5"))
        assert chips(page) == ["SEN: No SEN"]
