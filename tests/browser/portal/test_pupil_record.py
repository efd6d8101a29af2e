"""A pupil's record by keyboard and by mouse: opened from the list, changed, left, and a new one."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from pupiltrack_core.domain.upn import check_letter

from .conftest import Open
from .served import require_sound

pytestmark = [pytest.mark.browser, pytest.mark.served, pytest.mark.xdist_group("portal")]
LIST = "/pupils?school=9992002&years=0"
HEBREW = "\u05e9\u05e8\u05d4"


def names_of(page: Page) -> list[str]:
    return page.locator(".ptw-table th .ptw-press").all_inner_texts()


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=2)).to_have_text(text)


def test_record_is_changed_and_left_by_keyboard_alone(open_as: Open) -> None:
    page = open_as("head2", LIST)
    names = names_of(page)
    page.get_by_role("button", name=f"Open {names[0]}").focus()
    page.keyboard.press("Enter")
    heading(page, names[0])
    expect(page.get_by_role("heading", level=2)).to_be_focused()
    require_sound(page, "the form of a pupil")

    surname = page.get_by_label("Surname")
    surname.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("Aaronson")
    page.get_by_role("button", name="Next pupil").focus()
    page.keyboard.press("Enter")
    save = page.get_by_role("button", name="Save changes")
    expect(page.get_by_role("listitem").filter(has_text="Surname")).to_be_visible()
    expect(save).to_be_focused()
    require_sound(page, "the question about what is not saved")
    page.get_by_role("button", name="Go on editing").press("Enter")
    expect(page.get_by_text("You have changes that are not saved")).to_have_count(0)
    expect(page.get_by_label("Unique pupil number")).to_be_focused()
    expect(surname).to_have_value("Aaronson")
    page.get_by_role("button", name="Next pupil").press("Enter")
    # The form has a button of this name too, until the question has taken its place.
    expect(save).to_be_focused()
    save.press("Enter")
    heading(page, names[1])
    expect(page.get_by_text("The changes are saved.")).to_be_visible()

    page.get_by_role("button", name="Previous pupil").press("Enter")
    expect(surname).to_have_value("Aaronson")
    page.get_by_role("button", name="History").press("Enter")
    expect(page.get_by_role("row").filter(has_text="Aaronson")).to_be_visible()
    require_sound(page, "the history of a record")
    page.get_by_role("button", name="Back to the list").press("Enter")
    expect(page.get_by_role("button", name="Open Aaronson")).to_be_focused()


def test_new_pupil_is_added_after_mistakes(open_as: Open) -> None:
    page = open_as("head2", LIST)
    page.get_by_role("button", name="Add pupil").click()
    expect(page.get_by_label("UPN")).to_be_focused()
    page.get_by_label("Surname").fill(HEBREW)
    page.get_by_label("Forenames").fill("<b>d'Arcy</b>")
    page.get_by_label("Date of birth").fill("1990-01-31")
    page.get_by_role("button", name="Add pupil").click()
    expect(page.get_by_role("alert").get_by_text("The UPN is missing")).to_be_visible()
    require_sound(page, "the complaints of the form")
    expect(page.get_by_label("Surname")).to_have_value(HEBREW)

    body = "999200222950"
    page.get_by_label("UPN").fill(check_letter(f"A{body}") + body)
    page.get_by_label("Sex").select_option(label="Female")
    page.get_by_label("Ethnicity").select_option("WBRI")
    page.get_by_role("button", name="Use the school's postcode").click()
    expect(page.get_by_label("Postcode")).not_to_have_value("")
    page.get_by_role("button", name="Add pupil").click()
    expect(page.get_by_role("alert").get_by_text("years old when")).to_be_visible()
    page.get_by_label("Date of birth").fill("2021-01-31")
    page.get_by_role("button", name="Add pupil").click()
    expect(page.get_by_text("The pupil was added.")).to_be_visible()
    expect(page.get_by_role("button", name=f"Open {HEBREW}, <b>d'Arcy</b>")).to_be_focused()


def test_same_upn_leads_to_the_pupil_who_has_it(open_as: Open) -> None:
    page = open_as("head2", LIST)
    first, second = page.locator(".ptw-table tbody tr").all()[:2]
    name, upn = second.locator("th").inner_text(), second.locator("td").nth(4).inner_text()
    mine = first.locator("th").inner_text()
    first.locator("th").get_by_role("button").click()
    heading(page, mine)  # the list has a field of the same name
    page.get_by_label("UPN").fill(upn)
    page.get_by_role("button", name="Save changes").click()
    way = page.get_by_role("button", name=f"Open {name}")
    expect(way).to_be_visible()
    require_sound(page, "a UPN that is another pupil's")
    way.click()
    page.get_by_role("button", name="Throw them away").click()
    heading(page, name)


def test_two_who_change_one_field_are_given_both_values(open_as: Open) -> None:
    mine, theirs = open_as("head2", LIST), open_as("head2", LIST)
    name = names_of(mine)[2]
    for page, surname in ((mine, "Mine"), (theirs, "Theirs")):
        page.get_by_role("button", name=f"Open {name}").click()
        heading(page, name)
        page.get_by_label("Surname").fill(surname)
    theirs.get_by_role("button", name="Save changes").click()
    expect(theirs.get_by_text("The changes are saved.")).to_be_visible()
    mine.get_by_role("button", name="Save changes").click()
    choice = mine.get_by_label("Surname")
    expect(choice).to_be_focused()
    assert choice.locator("option").all_inner_texts() == [
        "Choose",
        "Yours: Mine",
        "Theirs: Theirs",
    ]
    require_sound(mine, "the choice between two values")
    choice.select_option(label="Yours: Mine")
    mine.get_by_role("button", name="Save with these").click()
    expect(mine.get_by_role("heading", level=2)).to_contain_text("Mine, ")


@pytest.mark.parametrize("width", [1280, 400])
def test_record_is_read_at_any_width(open_as: Open, width: int) -> None:
    page = open_as("teacher", "/pupils?years=4", viewport={"width": width, "height": 800})
    page.locator(".ptw-table .ptw-press").first.click()
    expect(page.get_by_role("rowheader", name="Ethnicity")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_count(0)
    for section in ("Interventions", "Progress meetings", "History", "Journey", "Details"):
        page.get_by_role("button", name=section, exact=True).click()
        expect(page.get_by_role("button", name=section, exact=True)).to_have_attribute(
            "aria-pressed", "true"
        )
        require_sound(page, f"{section} {width} wide")
