"""A school's details, logo, words and time under Maintenance, and what they change elsewhere."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from pupiltrack_core.access import Role
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.judgement_wording import STANDARD_WORDING
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.reports.pdf import full_report_pdf, pupil_journey_pdf, venn_pdf
from pupiltrack_core.services.cell_history import history_of
from pupiltrack_core.services.idle_limits import save_school_idle_limit
from pupiltrack_core.services.judgement_wording import judgement_labels, save_judgement_wording
from pupiltrack_core.services.pupil_journey import journey_of
from pupiltrack_core.services.pupil_meetings import start_meeting
from pupiltrack_core.services.school_profile import (
    ContactDetails,
    save_contact_details,
    school_details,
    school_logo,
)
from pupiltrack_core.storage.models import LocalAuthority, School
from pupiltrack_portal.pages import full_report, maintenance
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.meeting_form import _fields, fill_for
from pupiltrack_portal.widgets.form import Form
from tests.integration.pages.browser import (
    field_of,
    only,
    press,
    press_with_file,
    shown,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.desk import Desk
from tests.integration.pages.village import Village
from tests.pdf_reading import tags_of, text_of


def view_of(context: PageContext, section: str) -> maintenance.View:
    asked = replace(context, query={"section": section})
    return maintenance.View(maintenance.open_model(asked), asked)


def form(view: maintenance.View, name: str) -> Form:
    return only(view.widget, Form, name=name)


def picture(kind: str = "PNG") -> bytes:
    held = BytesIO()
    Image.new("RGB", (200, 100), "navy").save(held, kind)
    return held.getvalue()


# --- details and logo ---------------------------------------------------------------------------


def test_contact_details_are_saved_and_the_register_is_for_reading(
    open_as: OpenPage, village: Village
) -> None:
    context = open_as(Role.HEAD)
    view = view_of(context, "profile")
    contact = form(view, "contact")
    press(contact, "save", head_name="  A.  Head ", postcode="la14yf", name="Forged", urn="999999")
    assert "The details are saved." in str(context.notice.messages)
    assert field_of(contact, "postcode")["value"] == "LA1 4YF"
    press(contact, "save", phone="none")
    assert list(contact.errors) == ["phone"]
    held = school_details(context.caller, village.hillside)
    assert (held.name, held.contact.head_name) == ("Hillside Primary School", "A. Head")


def test_details_changed_by_someone_else_show_both(open_as: OpenPage, village: Village) -> None:
    context = open_as(Role.HEAD)
    view = view_of(context, "profile")
    theirs = ContactDetails(head_name="Theirs")
    save_contact_details(context.caller, village.hillside, theirs, shown=ContactDetails())
    press(form(view, "contact"), "save", head_name="Mine")
    assert "Someone else" in form(view, "contact").errors["head_name"]
    assert "It is now: Theirs" in shown(view.widget)
    press(form(view, "contact"), "save", head_name="Mine")
    assert school_details(context.caller, village.hillside).contact.head_name == "Mine"


def test_logo_is_shown_and_stands_on_every_pdf_of_the_school(
    open_as: OpenPage, village: Village
) -> None:
    context = open_as(Role.HEAD)
    view = view_of(context, "profile")
    press_with_file(form(view, "logo"), "save", "logo.jpg", picture("JPEG"))
    assert '"alt": "Logo of Hillside Primary School"' in shown(view.widget)
    caller, selection = context.caller, CohortSelection(2025, school_id=village.hillside, years=4)
    for pdf in (
        full_report_pdf(caller, selection),
        venn_pdf(caller, selection),
        pupil_journey_pdf(caller, village.hillside, next(iter(village.pupils.values()))),
    ):
        assert "Logo of Hillside Primary School" in [tag.alt for tag in tags_of(pdf)]
    over = open_as(Role.LA_ADMIN)
    (authority,) = over.principal().local_authority_ids
    pdf = full_report_pdf(over.caller, CohortSelection(2025, local_authority_id=authority))
    assert not [tag.alt for tag in tags_of(pdf) if tag.alt and "Logo" in tag.alt]
    press(form(view, "logo"), "remove")
    assert "There is no logo yet." in shown(view.widget)
    assert school_logo(caller, village.hillside) is None


@pytest.mark.parametrize(
    "content", [b"", b"<svg onload='x'/>", picture()[:70], b"GIF89a" + b"0" * 99]
)
def test_file_that_is_no_logo_is_complained_of(
    open_as: OpenPage, village: Village, content: bytes
) -> None:
    context = open_as(Role.HEAD)
    view = view_of(context, "profile")
    press_with_file(form(view, "logo"), "save", "logo.png", content)
    assert "The logo was left as it was." in form(view, "logo").errors["file"]
    assert school_logo(context.caller, village.hillside) is None


def test_saving_without_a_file_asks_for_one(open_as: OpenPage) -> None:
    view = view_of(open_as(Role.HEAD), "profile")
    press(form(view, "logo"), "save")
    assert "Choose a picture" in form(view, "logo").errors["file"]


# --- words and colours --------------------------------------------------------------------------


def with_words(context: PageContext, village: Village) -> None:
    save_judgement_wording(
        context.caller,
        village.hillside,
        labels={Judgement.BELOW: "Working <below>", Judgement.ON_TRACK: "Secure"},
        colours={Judgement.BELOW: "amber"},
        shown=STANDARD_WORDING,
    )


def test_words_and_colours_are_saved(open_as: OpenPage, village: Village) -> None:
    context = open_as(Role.HEAD)
    view = view_of(context, "words")
    words = form(view, "wording")
    assert field_of(words, "label_B")["value"] == "Below"
    assert field_of(words, "colour_B")["value"] == "red"
    press(words, "save", label_B="Working below", colour_B="amber", colour_D="pink")
    held = judgement_labels(context.caller, village.hillside)
    assert held.label(Judgement.BELOW) == "Working below"
    assert held.colours == {Judgement.BELOW: "amber", Judgement.ON_TRACK: "green"}  # pink is none
    press(words, "save", colour_D="amber")
    assert list(words.errors) == ["colour_D"]
    press(words, "standard")
    assert field_of(words, "label_B")["value"] == "Below"
    assert judgement_labels(context.caller, village.hillside) == held  # not saved yet
    press(words, "save")
    assert judgement_labels(context.caller, village.hillside) == STANDARD_WORDING


def test_words_changed_by_someone_else_show_both(open_as: OpenPage, village: Village) -> None:
    context = open_as(Role.HEAD)
    view = view_of(context, "words")
    with_words(context, village)
    press(form(view, "wording"), "save", label_O="Mine")
    assert "Someone else" in form(view, "wording").errors["label_B"]
    assert "The words are now: Working <below>, Towards, Secure" in shown(view.widget)
    press(form(view, "wording"), "save", label_O="Mine")
    assert judgement_labels(context.caller, village.hillside).label(Judgement.ON_TRACK) == "Mine"


def test_schools_words_stand_in_grid_history_and_reports(
    open_as: OpenPage, village: Village
) -> None:
    head = open_as(Role.HEAD)
    with_words(head, village)
    desk = Desk(village, open_as(Role.TEACHER, years="4"))
    column = next(item for item in desk.grid._content.columns if item.key == desk.column())
    assert column.choices == (
        ("B", "Working <below>"),
        ("T", "Towards"),
        ("O", "Secure"),
        ("D", "Deeper learning"),
    )
    assert column.colours == {"B": "amber"}
    labels = {line.label for line in desk.grid._content.foot}
    assert {"Secure", "Secure or Deeper learning", "No data"} <= labels
    surname = next(iter(village.pupils))
    version = (desk.stored(surname) or (None, 0))[1]
    desk.enter((surname, desk.column(), "O", version))
    past = history_of(head.caller, village.hillside, 2025, village.pupils[surname], desk.column())
    assert past[0].text == "Secure"
    context = open_as(Role.TEACHER, school="9992001", years="4")
    text = shown(full_report.View(full_report.open_model(context), context).widget)
    assert "Secure or Deeper learning" in text
    assert "“Secure” is On track (O)." in text
    selection = CohortSelection(2025, school_id=village.hillside, years=4)
    assert "“Secure” is On track (O)." in text_of(full_report_pdf(head.caller, selection))


def test_meeting_form_offers_the_schools_words(open_as: OpenPage, village: Village) -> None:
    head = open_as(Role.HEAD)
    with_words(head, village)
    start = start_meeting(head.caller, village.hillside, next(iter(village.pupils.values())))
    filling = fill_for(start, start.day)
    assert filling.wording.label(Judgement.ON_TRACK) == "Secure"
    choices = next(x for x in _fields(filling) if x.key == "current_READ").options
    assert choices[1:4] == (("B", "Working <below>"), ("T", "Towards"), ("O", "Secure"))


def test_local_authority_reads_the_standard_words(open_as: OpenPage, village: Village) -> None:
    with_words(open_as(Role.HEAD), village)
    over = open_as(Role.LA_ADMIN)
    (authority,) = over.principal().local_authority_ids
    told = text_of(
        full_report_pdf(over.caller, CohortSelection(2025, local_authority_id=authority))
    )
    assert "On track" in told
    assert not re.search("Secure|Words of this school", told)


# --- idle time and contact ----------------------------------------------------------------------


def stored(village: Village, model: Any, number: int) -> Any:
    with village.database.unit_of_work() as work:
        return work.session.get_one(model, number)


def test_idle_time_of_a_school_is_saved(open_as: OpenPage, village: Village) -> None:
    context = open_as(Role.HEAD)
    view = view_of(context, "profile")
    press(form(view, "idle"), "save", idle_minutes="20")
    assert stored(village, School, village.hillside).idle_minutes == 20
    assert "did nothing for 20 minutes" in shown(view.widget)
    press(form(view, "idle"), "save", idle_minutes="61")  # none of those offered: no time
    assert stored(village, School, village.hillside).idle_minutes is None
    save_school_idle_limit(context.caller, village.hillside, 45, shown=None)
    press(form(view, "idle"), "save", idle_minutes="15")
    assert "It is now: 45 minutes." in shown(view.widget)
    press(form(view, "idle"), "save", idle_minutes="15")
    assert stored(village, School, village.hillside).idle_minutes == 15


def test_contact_and_idle_time_of_an_authority_are_saved(
    open_as: OpenPage, village: Village
) -> None:
    context = open_as(Role.LA_ADMIN)
    (authority,) = context.principal().local_authority_ids
    view, other = view_of(context, "settings"), view_of(context, "settings")
    press(form(view, "contact"), "save", name="Assessment <team>", email="x")
    assert list(form(view, "contact").errors) == ["email"]
    press(form(view, "contact"), "save", name="Assessment <team>", email="team@la.example")
    press(form(view, "idle"), "save", idle_minutes="30")
    held = stored(village, LocalAuthority, authority)
    assert (held.contact_name, held.contact_email, held.idle_minutes) == (
        *("Assessment <team>", "team@la.example", 30),
    )
    press(form(other, "contact"), "save", name="Mine")
    assert "It is now: Assessment <team>; team@la.example" in shown(other.widget)
    press(form(other, "contact"), "save", name="Mine")
    assert stored(village, LocalAuthority, authority).contact_name == "Mine"


def test_pupils_journey_is_in_the_schools_words(open_as: OpenPage, village: Village) -> None:
    context = open_as(Role.HEAD)
    with_words(context, village)
    desk = Desk(village, open_as(Role.TEACHER, years="4"))
    surname, pupil_id = next(iter(village.pupils.items()))
    desk.enter((surname, desk.column(), "O", (desk.stored(surname) or (None, 0))[1]))
    journey = journey_of(context.caller, village.hillside, pupil_id)
    words = {mark.text for event in journey.events for mark in event.marks}
    assert "Secure" in words
    assert not words & {"Below", "On track"}
    told = text_of(pupil_journey_pdf(context.caller, village.hillside, pupil_id))
    assert "“Secure” is On track (O)." in told
