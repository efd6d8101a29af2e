"""One pupil's record on its page: read, changed, asked about, and left for another pupil's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import ipywidgets
import pytest
from sqlalchemy import select, update

from pupiltrack_core.access import Role
from pupiltrack_core.domain.pupil_fields import PupilField
from pupiltrack_core.errors import AccessDenied, NotFound
from pupiltrack_core.services.pupil_details import pupil_details
from pupiltrack_core.services.pupil_saving import change_pupil
from pupiltrack_core.storage.models import Enrolment, Pupil, School
from pupiltrack_portal.pages import pupils
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.pupil_panel import PupilPanel
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.form import Form
from pupiltrack_portal.widgets.step_heading import StepHeading
from pupiltrack_portal.widgets.toggle_row import ToggleRow
from tests.builders import YEAR
from tests.integration.pages.browser import (
    assert_signed_out,
    cells_of,
    change,
    each,
    field_of,
    keys_of,
    offered,
    only,
    press,
    press_cell,
    press_step,
    shown,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import PERSONAL, Village
from tests.unit.interchange.files import upn

FORM = "pupil-details"


@dataclass
class Office:
    """The page of pupils with its list, and the record that is opened from it."""

    village: Village
    context: PageContext
    view: pupils.View = field(init=False)

    def __post_init__(self) -> None:
        self.view = pupils.View(pupils.open_model(self.context), self.context)

    def open(self, surname: str) -> None:
        press_cell(only(self.view.widget, FiguresTable), str(self.village.pupils[surname]), "")

    def add(self) -> None:
        press(only(self.view.widget, Form, name="open-new-pupil"), "add")

    @property
    def head(self) -> StepHeading:
        return only(self.view.widget, StepHeading)

    @property
    def form(self) -> Form:
        return only(self.view.widget, Form, name=FORM)

    def ask(self, name: str) -> Form:
        return only(self.view.widget, Form, name=name)

    @property
    def forms(self) -> list[str]:
        return [item.spec["name"] for item in each(self.view.widget, Form)]

    def step(self, key: str) -> None:
        self.head._on_message(self.head, {"kind": "step", "key": key}, [])

    def section(self, title: str) -> None:
        row = only(self.view.widget, ToggleRow)
        key = next(toggle[0] for toggle in row.toggles if toggle[1] == title)
        row._on_message(row, {"kind": "toggle", "key": key, "on": True}, [])

    def said(self) -> str:
        return " ".join(message["text"] for message in self.context.notice.messages)

    def stored(self, surname: str) -> tuple[Pupil, Enrolment]:
        with self.village.database.unit_of_work() as work:
            number = self.village.pupils[surname]
            key = (self.village.hillside, YEAR, number)
            return work.session.get_one(Pupil, number), work.session.get_one(Enrolment, key)


@pytest.fixture(autouse=True)
def _complete(village: Village) -> None:
    """Records that nothing is wrong with, and a school with a postcode."""
    with village.database.unit_of_work(write=True) as work:
        work.session.execute(update(Enrolment).values(ethnicity="WBRI"))
        work.session.execute(
            update(School)
            .where(School.id == village.hillside)
            .values(postcode="LA1 1AA", custom_filter_names=["<i>Choir</i>", *[""] * 5])
        )
        work.commit()


@pytest.fixture
def office(village: Village, open_as: OpenPage) -> Office:
    return Office(village, open_as(Role.HEAD))


@pytest.fixture
def reader(village: Village, open_as: OpenPage) -> Office:
    return Office(village, open_as(Role.TEACHER))


# --- opening ------------------------------------------------------------------------------------


def test_name_opens_the_record_in_place_of_the_list(office: Office) -> None:
    office.open("Archer")
    assert office.head.heading.startswith("Archer, Forename")
    assert office.head.line == "Year 4, Maple, 2025/2026"
    assert office.head.position == "2 of 8"
    assert office.head.focus_wanted == 1
    assert field_of(office.form, "surname")["value"] == "Archer"
    assert "search" not in office.forms
    others = [name for name in PERSONAL if name not in ("Archer", "A9992")]
    assert not any(name in shown(office.view.widget) for name in others)


def test_record_has_the_schools_own_filters_as_text(office: Office) -> None:
    office.open("Archer")
    assert field_of(office.form, "custom_1")["label"] == "<i>Choir</i>"
    assert "custom_2" not in keys_of(office.form)
    assert "looked_after" not in keys_of(office.form)
    assert offered(office.form, "class_name")[0] == ""
    assert set(offered(office.form, "class_name")) >= {"Maple", "Birch", "Ash"}


@pytest.mark.parametrize("role", [Role.TEACHER, Role.LA_ADVISER, Role.LA_ANALYST, Role.LA_ADMIN])
def test_readers_see_the_details_without_a_form(
    village: Village, open_as: OpenPage, role: Role
) -> None:
    office = Office(village, open_as(role))
    assert "open-new-pupil" not in office.forms
    office.open("Archer")
    assert office.forms == []
    cells = cells_of(only(office.view.widget, FiguresTable))
    assert cells["Ethnicity"] == ["White British (WBRI)"]
    assert cells["SEN"] == ["Not recorded"]
    assert "Looked after" not in cells


def test_back_shows_the_list_with_the_focus_on_the_name(office: Office) -> None:
    office.open("Archer")
    office.step("back")
    table = only(office.view.widget, FiguresTable)
    assert table.focus_wanted["at"] == f"{office.village.pupils['Archer']}/"
    assert "search" in office.forms


def test_row_that_is_not_in_the_list_opens_nothing(office: Office) -> None:
    table = only(office.view.widget, FiguresTable)
    for row in (str(office.village.pupils["Oak"]), "0", "x", "-1"):
        press_cell(table, row, "")
    office.view._on_pupil_press(str(office.village.pupils["Oak"]), "")
    assert "search" in office.forms


def test_panel_of_another_school_is_not_found(office: Office, village: Village) -> None:
    panel = PupilPanel(office.context, on_close=lambda _: None, on_saved=lambda: None)
    with pytest.raises(NotFound):
        panel.show(village.hillside, YEAR, village.pupils["Oak"])
    with pytest.raises(NotFound):
        panel.show(list(village.schools.values())[1], YEAR, village.pupils["Oak"])
    assert not panel.is_open


def test_form_of_a_new_pupil_is_not_given_to_readers(reader: Office, village: Village) -> None:
    panel = PupilPanel(reader.context, on_close=lambda _: None, on_saved=lambda: None)
    with pytest.raises(AccessDenied):
        panel.show_new(village.hillside, YEAR)


# --- going through ------------------------------------------------------------------------------


def test_next_and_previous_go_through_the_list_in_its_order(reader: Office) -> None:
    reader.open("Archer")
    reader.step("next")
    assert reader.head.heading.startswith("Baker")
    assert reader.head.said["words"].startswith("Baker, ")
    reader.step("previous")
    reader.step("previous")
    assert reader.head.heading.startswith("<b>Finch</b>, ")
    assert reader.head.position == "1 of 8"
    reader.step("previous")  # leads nowhere
    assert reader.head.position == "1 of 8"


def test_next_goes_through_what_was_searched_for(reader: Office) -> None:
    press(only(reader.view.widget, Form, name="search"), "search", **{"class": "Birch"})
    reader.open("<b>Finch</b>")
    assert reader.head.position == "1 of 2"
    reader.step("next")
    assert reader.head.heading.startswith("Evans")


def test_section_stays_from_one_pupil_to_the_next(reader: Office) -> None:
    reader.open("Archer")
    reader.section("Journey")
    assert "Timeline" in shown(reader.view.widget)
    reader.step("next")
    assert [name for _, name, is_on, _ in only(reader.view.widget, ToggleRow).toggles if is_on] == [
        "Journey"
    ]
    reader.section("Details")
    assert cells_of(only(reader.view.widget, FiguresTable))["Surname"] == ["Baker"]


@dataclass
class Part:
    """A section of somebody else's, that notes for whom it is shown."""

    context: PageContext
    asked: list[tuple[int, int]]
    is_unsaved: bool = False
    widget: ipywidgets.Widget = field(default_factory=lambda: ipywidgets.VBox([]))

    def show(self, school_id: int, pupil_id: int) -> None:
        self.asked.append((school_id, pupil_id))


@dataclass
class WithPart:
    """The panel with such a section, open on Archer with Baker next."""

    office: Office
    asked: list[tuple[int, int]] = field(default_factory=list)
    made: list[Part] = field(default_factory=list)
    panel: PupilPanel = field(init=False)

    def __post_init__(self) -> None:
        self.panel = PupilPanel(
            self.office.context,
            [("Meetings", self.make)],
            on_close=lambda _: None,
            on_saved=lambda: None,
        )
        archer, baker = self.ids
        self.panel.show(self.office.village.hillside, YEAR, archer, (archer, baker))

    @property
    def ids(self) -> tuple[int, int]:
        pupils = self.office.village.pupils
        return pupils["Archer"], pupils["Baker"]

    def make(self, context: PageContext) -> Part:
        self.made.append(Part(context, self.asked))
        return self.made[-1]

    def section(self, key: str) -> None:
        row = only(self.panel.widget, ToggleRow)
        row._on_message(row, {"kind": "toggle", "key": key, "on": True}, [])

    def next(self) -> None:
        head = only(self.panel.widget, StepHeading)
        head._on_message(head, {"kind": "step", "key": "next"}, [])


def test_parts_of_others_are_sections_shown_for_the_pupil(office: Office, village: Village) -> None:
    desk = WithPart(office)
    row = only(desk.panel.widget, ToggleRow)
    assert [label for _, label, _, _ in row.toggles] == [
        "Details",
        "Meetings",
        "History",
        "Journey",
    ]
    assert desk.made == []
    desk.section("part-0")
    desk.next()
    assert desk.asked == [(village.hillside, pupil_id) for pupil_id in desk.ids]
    assert len(desk.made) == 1
    desk.section("part-9")
    assert len(desk.asked) == 2


def test_part_with_something_unsaved_asks_before_it_is_left(office: Office) -> None:
    desk = WithPart(office)
    desk.section("part-0")
    desk.made[0].is_unsaved = True
    desk.section("history")
    desk.next()
    question = only(desk.panel.widget, Form, name="unsaved")
    assert [button["key"] for button in question.spec["buttons"]] == ["stay", "drop"]
    assert "Meetings" in shown(desk.panel.widget)
    press(question, "stay")
    assert desk.panel.pupil_id == desk.ids[0]
    assert desk.made[0].widget in list(each(desk.panel.widget, ipywidgets.Widget))
    desk.next()
    press(only(desk.panel.widget, Form, name="unsaved"), "drop")
    assert desk.panel.pupil_id == desk.ids[1]
    assert len(desk.made) == 2  # made anew, without what was thrown away
    desk.next()
    assert desk.panel.pupil_id == desk.ids[1]


def test_page_has_the_sections_of_interventions_and_meetings(reader: Office) -> None:
    reader.open("Archer")
    for title in ("Interventions", "Progress meetings", "History", "Journey", "Details"):
        reader.section(title)
        assert reader.said() == ""


# --- changing -----------------------------------------------------------------------------------


def test_save_writes_and_draws_heading_and_list_anew(office: Office) -> None:
    office.open("Archer")
    press(office.form, "save", surname="Archerson", eal="Y", class_name="Birch")
    assert office.said() == "The changes are saved."
    assert office.head.heading.startswith("Archerson, ")
    assert office.head.line == "Year 4, Birch, 2025/2026"
    pupil, enrolment = office.stored("Archer")
    assert (pupil.surname, enrolment.eal, enrolment.class_name) == ("Archerson", True, "Birch")
    office.section("History")
    rows = only(office.view.widget, FiguresTable).spec["rows"]
    assert [row["cells"][:3] for row in rows] == [
        ["English as an additional language", "Not recorded", "Yes"],
        ["Class", "Maple", "Birch"],
        ["Surname", "Archer", "Archerson"],
    ]
    office.step("back")
    assert any(name.startswith("Archerson") for name in cells_of(office.view._table))


def test_save_with_mistakes_says_all_and_keeps_what_was_typed(office: Office) -> None:
    office.open("Archer")
    press(office.form, "save", surname="Kept", upn="A1", postcode="", date_of_birth="1995-01-01")
    assert set(office.form.errors) == {"upn", "postcode", "date_of_birth"}
    assert field_of(office.form, "surname")["value"] == "Kept"
    assert office.stored("Archer")[0].surname == "Archer"
    assert office.said() == ""


def test_save_of_something_odd_asks_first(office: Office) -> None:
    office.open("Archer")
    press(office.form, "save", surname="123")
    question = office.ask("confirm-pupil")
    assert "no letter" in shown(office.view.widget)
    press(question, "back")
    assert field_of(office.form, "surname")["value"] == "123"
    press(office.form, "save")
    press(office.ask("confirm-pupil"), "save")
    assert office.stored("Archer")[0].surname == "123"
    assert FORM in office.forms
    assert office.form.focus_wanted


def test_forged_choices_fall_away_or_are_refused(office: Office) -> None:
    office.open("Archer")
    form = office.form
    content = {
        "kind": "button",
        "button": "save",
        "values": {"surname": ["x"], "sen": "Z", "looked_after": "Y", "school_id": 7, "sex": {}},
        "files": {},
    }
    form._on_message(form, content, [])
    assert {"surname", "sex", "upn"} <= set(form.errors)
    pupil, enrolment = office.stored("Archer")
    assert (pupil.surname, enrolment.sen, enrolment.looked_after) == ("Archer", None, False)


def test_schools_postcode_is_put_in(office: Office) -> None:
    office.open("Archer")
    press(office.form, "postcode", surname="Typed")
    assert field_of(office.form, "postcode")["value"] == "LA1 1AA"
    assert field_of(office.form, "surname")["value"] == "Typed"
    assert "number" not in [button["key"] for button in office.form.spec["buttons"]]


def test_number_is_issued_at_an_independent_school(office: Office, village: Village) -> None:
    with village.database.unit_of_work(write=True) as work:
        work.session.execute(update(School).values(school_type="Other independent school"))
        work.commit()
    office.add()
    press(office.form, "number", surname="New")
    number = field_of(office.form, "upn")["value"]
    assert number[1:8] == "9992001"
    assert field_of(office.form, "surname")["value"] == "New"


# --- leaving ------------------------------------------------------------------------------------


def test_next_with_changes_asks_and_can_stay(office: Office) -> None:
    office.open("Archer")
    change(office.form, "surname", "Typed")
    office.step("next")
    question = office.ask("unsaved")
    assert '"Surname"' in shown(office.view.widget)
    assert question.focus_wanted
    press(question, "stay")
    assert office.head.heading.startswith("Archer")
    assert field_of(office.form, "surname")["value"] == "Typed"


def test_next_with_changes_can_throw_them_away(office: Office) -> None:
    office.open("Archer")
    change(office.form, "surname", "Typed")
    office.step("next")
    press(office.ask("unsaved"), "drop")
    assert office.head.heading.startswith("Baker")
    assert office.stored("Archer")[0].surname == "Archer"


def test_next_with_changes_can_save_them(office: Office) -> None:
    office.open("Archer")
    change(office.form, "surname", "Typed")
    office.step("next")
    press(office.ask("unsaved"), "save")
    assert office.head.heading.startswith("Baker")
    assert office.stored("Archer")[0].surname == "Typed"
    assert "saved" in office.said()


def test_next_stays_when_the_changes_cannot_be_saved(office: Office) -> None:
    office.open("Archer")
    change(office.form, "postcode", "?")
    office.step("back")
    press(office.ask("unsaved"), "save")
    assert office.head.heading.startswith("Archer")
    assert "postcode" in office.form.errors
    assert field_of(office.form, "postcode")["value"] == "?"


def test_section_keeps_what_was_typed(office: Office) -> None:
    office.open("Archer")
    change(office.form, "surname", "Typed")
    office.section("History")
    office.section("Details")
    assert field_of(office.form, "surname")["value"] == "Typed"
    press(office.form, "drop", surname="Typed")
    assert field_of(office.form, "surname")["value"] == "Archer"
    office.step("next")
    assert office.head.heading.startswith("Baker")


# --- two people ---------------------------------------------------------------------------------


def by_another(office: Office, open_as: OpenPage, who: str, /, **typed: str) -> None:
    """Change a record at another desk."""
    caller = open_as(Role.DATA_MANAGER).caller
    there = office.village.pupils[who]
    record = pupil_details(caller, office.village.hillside, YEAR, there)
    result = change_pupil(caller, record, {PupilField(key): text for key, text in typed.items()})
    assert result.is_saved


@pytest.mark.parametrize(("choice", "expected"), [("mine", "Mine"), ("theirs", "Theirs")])
def test_same_field_changed_by_two_is_chosen_between(
    office: Office, open_as: OpenPage, choice: str, expected: str
) -> None:
    office.open("Archer")
    by_another(office, open_as, "Archer", surname="Theirs", eal="Y")
    press(office.form, "save", surname="Mine", class_name="Birch")
    question = office.ask("which-value")
    labels = [option[1] for option in field_of(question, "surname")["options"]]
    assert labels == ["Choose", "Yours: Mine", "Theirs: Theirs"]
    press(question, "save")
    assert "surname" in question.errors
    press(question, "save", surname=choice)
    pupil, enrolment = office.stored("Archer")
    assert (pupil.surname, enrolment.class_name, enrolment.eal) == (expected, "Birch", True)
    assert office.head.heading.startswith(f"{expected}, ")


def test_same_field_changed_by_two_can_go_back_to_the_form(
    office: Office, open_as: OpenPage
) -> None:
    office.open("Archer")
    by_another(office, open_as, "Archer", surname="Theirs")
    press(office.form, "save", surname="Mine")
    press(office.ask("which-value"), "back")
    assert field_of(office.form, "surname")["value"] == "Mine"
    assert office.stored("Archer")[0].surname == "Theirs"


def test_another_field_changed_by_another_is_kept_and_told_of(
    office: Office, open_as: OpenPage
) -> None:
    office.open("Archer")
    by_another(office, open_as, "Archer", class_name="Birch")
    press(office.form, "save", surname="Mine")
    assert office.said().endswith("which is kept too: Class.")
    assert field_of(office.form, "class_name")["value"] == "Birch"


# --- adding -------------------------------------------------------------------------------------

NEW: dict[str, Any] = {
    "upn": upn(600),
    "surname": "<script>x</script>",
    "forenames": "Ada",
    "date_of_birth": "2017-01-31",
    "sex": "F",
    "postcode": "LA1 4YF",
    "ethnicity": "WBRI",
    "class_name": "Maple",
}


def test_add_saves_and_goes_back_to_the_list(office: Office) -> None:
    office.add()
    assert (office.head.heading, office.head.line) == ("Add a pupil", "To 2025/2026")
    assert office.form.focus_wanted
    assert list(each(office.view.widget, ToggleRow)) == []
    press(office.form, "save", **NEW)
    assert office.said() == "The pupil was added."
    table = only(office.view.widget, FiguresTable)
    assert "<script>x</script>, Ada" in cells_of(table)
    assert table.spec["caption"] == "9 pupils found"
    assert table.focus_wanted["at"]


def test_add_cancelled_adds_nothing(office: Office, village: Village) -> None:
    before = village.count(Pupil)
    office.add()
    press(office.form, "drop", **NEW)
    assert village.count(Pupil) == before
    assert only(office.view.widget, Form, name="open-new-pupil").focus_wanted


def test_add_left_half_way_asks_and_can_be_saved(office: Office, village: Village) -> None:
    before = village.count(Pupil)
    office.add()
    form = office.form
    form._on_message(
        form,
        {"kind": "change", "field": "upn", "values": {"alternative_assessment": "N", **NEW}},
        [],
    )
    office.step("back")
    press(office.ask("unsaved"), "save")
    assert village.count(Pupil) == before + 1
    assert "search" in office.forms
    assert office.said() == "The pupil was added."


def test_add_with_a_upn_of_the_school_leads_to_that_pupil(office: Office) -> None:
    number = office.stored("Archer")[0].upn
    office.add()
    press(office.form, "save", **(NEW | {"upn": number}))
    assert "another pupil of the school" in office.form.errors["upn"]
    way = office.ask("same-upn")
    assert way.spec["buttons"][0]["label"].startswith("Open Archer, ")
    press(way, "open")
    press(office.ask("unsaved"), "drop")
    assert office.head.heading.startswith("Archer, ")
    assert field_of(office.form, "upn")["value"] == number


def test_add_with_a_upn_of_another_school_gives_no_hint(office: Office, village: Village) -> None:
    with village.database.unit_of_work(write=True) as work:
        work.session.execute(
            update(Pupil).where(Pupil.id == village.pupils["Oak"]).values(upn=upn(600))
        )
        work.commit()
    office.add()
    press(office.form, "save", **NEW)
    assert office.said() == "The pupil was added."


# --- sessions -----------------------------------------------------------------------------------


def test_ended_session_saves_nothing_and_keeps_what_was_typed(
    office: Office, village: Village
) -> None:
    office.open("Archer")
    village.revoke(Role.HEAD)
    press(office.form, "save", surname="Late")
    assert_signed_out(office.context.notice)
    with village.database.unit_of_work() as work:
        assert "Late" not in set(work.session.scalars(select(Pupil.surname)))


def test_role_taken_away_meanwhile_saves_nothing(office: Office, village: Village) -> None:
    office.open("Archer")
    village.take_roles_from(Role.HEAD)
    press(office.form, "save", surname="Late")
    assert office.said()
    assert office.stored("Archer")[0].surname == "Archer"


def test_archived_meanwhile_is_told(office: Office, village: Village) -> None:
    office.open("Archer")
    with village.database.unit_of_work(write=True) as work:
        number = village.pupils["Archer"]
        work.session.execute(update(Pupil).where(Pupil.id == number).values(archived_from=0))
        work.commit()
    press(office.form, "save", surname="Late")
    assert "archived" in office.said()
    office.section("History")
    assert "archived" in office.said()


# --- closing the tab ----------------------------------------------------------------------------


def test_form_asks_before_the_tab_is_closed_over_what_is_not_saved(office: Office) -> None:
    office.open("Archer")
    assert (office.form.asks_on_leaving, office.form.is_unsaved) == (True, False)
    change(office.form, "surname", "Archers")
    assert office.form.is_unsaved is True
    change(office.form, "surname", "Archer")
    assert office.form.is_unsaved is False
    # What stands in the way of the record holds what was typed too.
    change(office.form, "surname", "Archers")
    press_step(only(office.view.widget, StepHeading), "next")
    question = only(office.view.widget, Form, name="unsaved")
    assert (question.asks_on_leaving, question.is_unsaved) == (True, True)
    press(question, "drop")
    assert office.form.is_unsaved is False
