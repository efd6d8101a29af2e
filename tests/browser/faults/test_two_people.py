"""Two people in one grid: each sees what the other enters, and neither overwrites the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from pupiltrack_core.domain.rounding import format_count_and_percentage
from tests.browser.faults.grid_page import CONFLICT, GridPage
from tests.browser.faults.portal import DemoPortal, Ground

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("faults")]

MINE, THEIRS = "entered by the head", "entered by the teacher"
BELOW = "Below"


@pytest.fixture
def both(ground: Ground, new_profile: Callable[[], BrowserContext]) -> tuple[GridPage, GridPage]:
    """The teacher's grid and the head's, opened before either changes anything."""
    teacher = GridPage.signed_in(new_profile(), "teacher", ground)
    return teacher, GridPage.signed_in(new_profile(), "head", ground)


@pytest.fixture
def included_again(
    portal: DemoPortal, ground: Ground, both: tuple[GridPage, GridPage]
) -> Iterator[int]:
    """A pupil who counts, and does so again afterwards."""
    pupil = ground.pupils[15]
    assert portal.counts(pupil)
    yield pupil
    both[0].choose(pupil, "include", "Yes")
    both[0].expect_saved()


def test_each_sees_what_the_other_enters_without_doing_anything(
    portal: DemoPortal,
    ground: Ground,
    both: tuple[GridPage, GridPage],
    included_again: int,
) -> None:
    teacher, head = both
    pupil, column = included_again, ground.tracking("WRIT")
    teacher.choose(pupil, column, BELOW)
    expect(head.cell(pupil, column)).to_contain_text(BELOW)
    expect(head.cell(pupil, column)).to_have_class(re.compile(r"\bptg-c-red\b"))
    teacher.colour(pupil, column, "Purple")
    expect(head.cell(pupil, column)).to_have_class(re.compile(r"\bptg-c-purple\b"))
    expect(head.said).to_contain_text("changed by someone else")
    head.expect_foot(BELOW, column, below(portal, ground, column))

    head.choose(pupil, "include", "No")
    expect(teacher.page.locator(f'tr[data-row="{pupil}"]')).to_contain_text("Not included in data")
    expect(teacher.cell(pupil, "include")).to_have_text("No")
    expect(teacher.page.locator(".ptw-prose")).to_contain_text("Include in data is set to No")
    assert not portal.counts(pupil)
    teacher.expect_foot(BELOW, column, below(portal, ground, column))
    head.expect_foot(BELOW, column, below(portal, ground, column))
    assert teacher.foot() == head.foot()


def below(portal: DemoPortal, ground: Ground, column: str) -> str:
    """How many of the class are Below in a column, counted one by one, as the foot prints it."""
    counted = [pupil for pupil in ground.pupils if portal.counts(pupil)]
    found = [pupil for pupil in counted if portal.stored(pupil, column) == "B"]
    return format_count_and_percentage(len(found), len(counted))


def open_before_theirs_came(both: tuple[GridPage, GridPage], pupil: int, column: str) -> None:
    """The head is typing into a cell when the teacher's entry for it comes."""
    teacher, head = both
    head.start_typing(pupil, column, MINE)
    teacher.type_text(pupil, column, THEIRS)
    teacher.expect_saved()
    # The head's page has looked since, and left alone the cell that is being typed in.
    elsewhere = teacher.ground.pupils[16]
    word = f"beside {pupil}"
    teacher.type_text(elsewhere, column, word)
    expect(head.cell(elsewhere, column)).to_contain_text(word)
    expect(head.page.locator(".ptg-editor")).to_have_value(MINE)
    head.page.keyboard.press("Enter")
    expect(head.cell(pupil, column)).to_have_class(CONFLICT)
    expect(head.cell(pupil, column)).to_contain_text(MINE)


def test_two_people_in_one_cell_see_both_values_and_choose(
    portal: DemoPortal, ground: Ground, both: tuple[GridPage, GridPage]
) -> None:
    _, head = both
    column = ground.formative("MATH")
    for pupil, button, outcome in (
        (ground.pupils[10], "Keep mine", MINE),
        (ground.pupils[11], "Take theirs", THEIRS),
    ):
        open_before_theirs_came(both, pupil, column)
        expect(head.status).to_contain_text("needs your choice")
        assert portal.stored(pupil, column) == THEIRS
        head.go_to(pupil, column)
        head.page.keyboard.press("Enter")
        dialog = head.page.get_by_role("dialog", name="Changed by someone else")
        expect(dialog).to_contain_text(MINE)
        expect(dialog).to_contain_text(THEIRS)
        dialog.get_by_role("button", name=button).click()
        head.expect_saved()
        expect(head.cell(pupil, column)).to_contain_text(outcome)
        assert portal.stored(pupil, column) == outcome


def test_conflict_left_undecided_keeps_both_values(
    portal: DemoPortal, ground: Ground, both: tuple[GridPage, GridPage]
) -> None:
    _, head = both
    pupil, column = ground.pupils[12], ground.formative("MATH")
    open_before_theirs_came(both, pupil, column)
    # Going on elsewhere neither sends it again nor drops it.
    head.type_text(ground.pupils[13], column, "another cell")
    expect(head.cell(ground.pupils[13], column)).to_have_class(re.compile(r"\bptg-s-saved\b"))
    expect(head.cell(pupil, column)).to_contain_text(MINE)
    expect(head.cell(pupil, column)).to_have_class(CONFLICT)
    assert portal.stored(pupil, column) == THEIRS
    assert portal.stored(ground.pupils[13], column) == "another cell"
