"""Lists of other systems, transfer files and the list given out, on the page."""

from __future__ import annotations

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.services.downloads import collect
from pupiltrack_core.storage.models import Pupil
from pupiltrack_core.storage.school_year_models import ImportMapping
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.pupil_export import PupilExport
from pupiltrack_portal.pages.pupil_import import PupilImport
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import Form
from pupiltrack_portal.widgets.step_heading import StepHeading
from tests.integration.pages.browser import (
    assert_signed_out,
    cells_of,
    change,
    each,
    field_of,
    offered,
    only,
    press,
    press_file,
    press_with_file,
    shown,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import Village
from tests.unit.interchange.ctf_files import ctf_file, pupil_xml
from tests.unit.interchange.files import OWN, csv_file, row

LIST = csv_file(
    row(1, surname="Kestrel", fsm="True", lccno="Red"),
    row(2, surname="<b>Linnet</b>", fsm="False"),
    headings=OWN,
)
YEAR = 2025


class Panel:
    """The import panel of a school, opened, and what is done to it."""

    def __init__(self, context: PageContext, village: Village) -> None:
        self.accepted = 0
        self.context = context
        self.part = PupilImport(context, on_accepted=self._count)
        self.part.set_place(village.hillside, YEAR)
        press(self.form("open-import"), "open")

    def _count(self) -> None:
        self.accepted += 1

    def form(self, name: str) -> Form:
        return only(self.part.widget, Form, name=name)

    def names(self) -> list[str]:
        return [form.spec["name"] for form in each(self.part.widget, Form)]

    def check(self, content: bytes, name: str = "list.csv") -> None:
        press_with_file(self.form("import"), "preview", name, content)

    def choose(self, **changed: str) -> None:
        press(self.form("columns"), "check", **changed)

    def step(self, key: str) -> None:
        heading = only(self.part.widget, StepHeading)
        heading._on_message(heading, {"kind": "step", "key": key}, [])

    def heading(self) -> str:
        return only(self.part.widget, StepHeading).heading

    def text(self) -> str:
        return shown(self.part.widget)


@pytest.fixture
def panel(open_as: OpenPage, village: Village) -> Panel:
    return Panel(open_as(Role.DATA_MANAGER), village)


def test_columns_are_guessed_shown_with_values_then_checked_and_accepted(
    panel: Panel, village: Village
) -> None:
    before = village.count(Pupil)
    panel.check(LIST)
    assert panel.heading() == "Say what the columns are"
    assert "These are guesses from the headings." in panel.text()
    form = panel.form("columns")
    surname = field_of(form, "surname")
    assert surname["value"] == "1"
    assert ["1", "Last name"] in surname["options"]
    assert surname["hint"] == "Values: Kestrel; <b>Linnet</b>"
    assert field_of(form, "full_name")["value"] == ""
    columns = cells_of(only(panel.part.widget, FiguresTable))
    assert columns["Sex"] == ["Gender", "F"]
    assert columns["House"] == ["Not brought in", "Red"]
    panel.choose()
    assert panel.heading() == "What this file would change"
    assert panel.context.notice.messages == []  # what was told meanwhile is over
    press(panel.form("accept"), "all")
    assert village.count(Pupil) == before + 2
    assert panel.accepted == 1
    assert panel.context.notice.messages[0]["kind"] == "success"
    # The next list with these headings begins with the school's own choice.
    press(panel.form("open-import"), "open")
    panel.check(LIST)
    assert "This is what your school said on" in panel.text()
    panel.choose()
    assert "2 pupils already as in the file" in panel.text()


def test_class_and_year_are_shown_before_they_are_taken(panel: Panel, village: Village) -> None:
    rows = ([*row(1, surname="Kestrel"), "3", "Rowan"], [*row(2, surname="Linnet"), "", ""])
    panel.check(csv_file(*rows, headings=[*OWN, "Year", "Reg"]))
    panel.choose()
    assert "One class is new and would be added to the school's class names: Rowan." in panel.text()
    table = list(each(panel.part.widget, FiguresTable))[-1]
    assert cells_of(table)["2"] == ["Added", "Kestrel, Ivy1", "Year 3", "Rowan", ""]
    assert cells_of(table)["3"][2:4] == ["Year 4", "No class"]


def test_a_choice_is_drawn_and_its_faults_are_said_at_their_fields(
    panel: Panel, village: Village
) -> None:
    panel.check(LIST)
    change(panel.form("columns"), "local_number", "10")
    assert cells_of(only(panel.part.widget, FiguresTable))["House"] == ["LA's own number", "Red"]
    assert field_of(panel.form("columns"), "local_number")["hint"] == "Values: Red"
    panel.choose(sen="0", postcode="", full_name="10", local_number="")
    errors = panel.form("columns").errors
    assert set(errors) == {"sen", "upn", "postcode", "surname", "forename"}
    assert "“Pupil UPN” is chosen for UPN too" in errors["sen"]
    assert village.count(ImportMapping) == 0
    panel.choose(upn="-1", sex="../..")  # forged: what was not offered is nothing chosen
    assert set(panel.form("columns").errors) == {"upn", "sex"}


def test_another_choice_can_be_made_after_the_preview(panel: Panel) -> None:
    panel.check(csv_file(row(1, fsm="perhaps"), headings=OWN))
    panel.choose()
    assert "1 row with a problem" in panel.text()
    assert "FSM (“FSM eligible”)" in panel.text()
    panel.step("columns")
    assert panel.names() == ["columns"]
    panel.choose(fsm="")
    assert [key["key"] for key in panel.form("accept").spec["buttons"]] == ["all", "cancel"]
    panel.step("columns")
    assert field_of(panel.form("columns"), "fsm")["value"] == ""
    panel.step("back")
    assert panel.names() == ["import"]


def test_the_template_with_values_of_a_system_can_be_read_as_a_list(panel: Panel) -> None:
    panel.check(csv_file(row(1, fsm="True", sen="K - SEN support")))
    panel.step("columns")
    panel.choose()
    assert "1 pupil to add" in panel.text()
    assert "0 rows with a problem" in panel.text()


def test_a_transfer_file_is_previewed_with_what_is_left_out(panel: Panel, village: Village) -> None:
    before = village.count(Pupil)
    panel.check(ctf_file(pupil_xml(1, more="<Odd/>"), pupil_xml(2, sex="X")), "a.xml")
    assert "Not known here and left out, with how often each occurs: Odd (1)." in panel.text()
    assert only(panel.part.widget, StepHeading).steps == []
    press(panel.form("accept"), "good")
    assert village.count(Pupil) == before + 1


def test_other_place_forgets_the_list(panel: Panel, village: Village) -> None:
    panel.check(LIST)
    form = panel.form("columns")
    panel.part.set_place(village.hillside, YEAR - 1)
    press(form, "check")  # forged: the form is not on view any more
    assert panel.names() == ["open-import"]
    assert village.count(ImportMapping) == 0


def test_role_or_session_gone_since_the_columns_were_shown(
    panel: Panel, village: Village, open_as: OpenPage
) -> None:
    panel.check(LIST)
    village.take_roles_from(Role.DATA_MANAGER)
    panel.choose()
    assert panel.context.notice.messages[0]["kind"] == "error"
    other = Panel(open_as(Role.HEAD), village)
    other.check(LIST)
    village.revoke(Role.HEAD)
    other.choose()
    assert_signed_out(other.context.notice)
    assert village.count(ImportMapping) == 0


def test_columns_offered_are_those_of_the_file(panel: Panel) -> None:
    panel.check(LIST)
    assert offered(panel.form("columns"), "upn") == ["", *map(str, range(11))]


def test_list_given_out_is_read_again_and_changes_nothing(
    panel: Panel, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = {button.label: button for button in each(panel.part.widget, FileButton)}
    for label in ("Get the list as Excel", "Get the list as CSV"):
        answer = press_file(labels[label], monkeypatch)
        assert answer["kind"] == "ready"
        token = answer["href"].rpartition("/")[2]
        file = collect(village.database, village.sessions[str(Role.DATA_MANAGER)], token)
        panel.check(file.content, file.file_name)
        assert "0 pupils to add" in panel.text()
        assert "0 pupils to change" in panel.text()
        press(panel.form("accept"), "cancel")
        press(panel.form("open-import"), "open")
        labels = {button.label: button for button in each(panel.part.widget, FileButton)}


def test_list_of_no_school_is_not_given_out(
    open_as: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = PupilExport(open_as(Role.TEACHER))
    button = next(each(part.widget, FileButton))
    assert press_file(button, monkeypatch)["kind"] == "refused"
