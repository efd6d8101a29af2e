"""What a page turns into when it is used: forms with faults, a scrolled grid, paper."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from .conftest import Open
from .served import Watch, require_sound

pytestmark = [pytest.mark.browser, pytest.mark.served, pytest.mark.xdist_group("portal")]


def test_form_with_faults_is_sound(open_as: Open) -> None:
    page = open_as("head2", "/assessments?school=9992002&years=5&fsm=Y")
    page.locator(".ptg-table").wait_for()
    page.get_by_role("button", name="Filter by characteristics").click()
    expect(page.get_by_label("Sex", exact=True)).to_be_visible()
    page.get_by_role("button", name="New assessment").click()
    form = page.get_by_role("form", name="New assessment")
    expect(form.get_by_label("Assessment name")).to_be_focused()
    form.get_by_role("button", name="Create assessment").click()
    summary = form.get_by_role("alert")
    expect(summary).to_be_focused()
    require_sound(page, "new assessment with faults")
    summary.get_by_role("button").first.click()
    expect(form.get_by_label("Assessment name")).to_be_focused()
    form.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="New assessment")).to_be_focused()


def test_group_heading_stays_in_sight_when_the_grid_is_scrolled(open_as: Open) -> None:
    page = open_as("head2", "/assessments?school=9992002&years=5&assessment=year")
    scroll = page.locator(".ptg-scroll")
    scroll.wait_for()
    frozen = page.locator(".ptg-heading").bounding_box()
    assert frozen is not None
    groups = page.locator(".ptg-group").filter(has_text=re.compile("Spring"))
    wide = groups.evaluate_all(
        """(cells) => {
            const cell = cells.sort((a, b) => b.offsetWidth - a.offsetWidth)[0];
            const label = cell.querySelector('.ptg-group-label');
            const scroller = cell.closest('.ptg-scroll');
            const frozen = cell.closest('table').querySelector('.ptg-heading').offsetWidth;
            scroller.scrollLeft = cell.offsetLeft - frozen + cell.offsetWidth / 3;
            return [label.getBoundingClientRect().left,
                scroller.getBoundingClientRect().left + frozen];
        }"""
    )
    label_left, edge = wide
    assert edge <= label_left <= edge + 20


def test_maintenance_states_are_sound(open_as: Open) -> None:
    page = open_as("head2", "/maintenance?section=names")
    form = page.get_by_role("form", name="Class names")
    form.get_by_label("Class 1", exact=True).fill("")
    form.get_by_label("Class 2", exact=True).fill("x" * 40)
    second = form.get_by_label("Class 2", exact=True).input_value()
    form.get_by_label("Class 3", exact=True).fill(second)
    form.get_by_role("button", name="Save class names").click()
    expect(form.get_by_role("alert")).to_contain_text("what you entered is kept")
    expect(form.get_by_label("Class 3", exact=True)).to_have_value(second)
    require_sound(page, "class names with a fault")


def test_report_on_paper_is_the_figures_and_names_alone(open_as: Open) -> None:
    page = open_as("head2", "/full-report?school=9992002&years=6")
    page.get_by_role("button", name=re.compile("Reading, Below: show the pupils")).click()
    names = page.get_by_role("table", name=re.compile("^Reading: Below"))
    expect(names).to_be_visible()
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 720, "height": 1000})
    for gone in (page.locator(".ptw-form"), page.locator(".pt-nav"), page.locator(".ptw-file")):
        expect(gone.first).to_be_hidden()
    expect(page.get_by_role("heading", name="Longcombe Primary School")).to_be_visible()
    cut = page.locator(".ptw-table-region").evaluate_all(
        "(parts) => parts.filter((part) => getComputedStyle(part).overflowX !== 'visible').length"
    )
    assert cut == 0
    assert names.evaluate("(table) => table.getBoundingClientRect().right <= innerWidth")


def test_sign_in_refused_keeps_the_name_and_says_why(
    new_context: Callable[..., BrowserContext], watch: Watch
) -> None:
    watch.expected = ("Failed to load resource",)
    page = new_context().new_page()
    page.goto("/login")
    require_sound(page, "sign-in")
    page.get_by_label("User name").fill("head")
    page.get_by_label("Password", exact=True).fill("not this one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("User name")).to_have_value("head")
    require_sound(page, "sign-in refused")
