"""Edit many pupils: found by the list's search, typed into as a browser does it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.domain.pupil_fields import PupilField
from pupiltrack_core.services.maintenance import save_class_names, school_profile
from pupiltrack_core.services.pupil_details import pupil_details
from pupiltrack_core.services.pupil_saving import change_pupil
from pupiltrack_core.storage.models import Enrolment, Pupil
from pupiltrack_portal.pages import pupils
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.pupil_grid import PupilGridPart
from pupiltrack_portal.widgets.entry_grid import EntryGrid
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.form import Form
from pupiltrack_portal.widgets.step_heading import StepHeading
from tests.builders import YEAR
from tests.integration.pages.browser import each, only, press, press_chip, press_step, shown
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import HILLSIDE, Village

ACTIONS = "open-new-pupil"


@dataclass
class Office:
    """The page of pupils with the grid of many on view."""

    village: Village
    context: PageContext
    view: pupils.View = field(init=False)
    _sequence: int = 0

    def __post_init__(self) -> None:
        self.view = pupils.View(pupils.open_model(self.context), self.context)
        press(only(self.view.widget, Form, name=ACTIONS), "edit")

    @property
    def grid(self) -> EntryGrid:
        return only(self.view.widget, EntryGrid)

    @property
    def part(self) -> PupilGridPart:
        return self.view._grid

    def search(self, **asked: str) -> None:
        press(only(self.view.widget, Form, name="search"), "search", **asked)

    def names(self) -> list[str]:
        return [row.label.split(",")[0] for row in self.grid._content.rows]

    def value(self, surname: str, column: str) -> str | None:
        return self.grid.cells[str(self.village.pupils[surname]), column].value

    def enter(self, *cells: tuple[str, str, str | None]) -> list[dict[str, Any]]:
        """Type over cells as they are shown: (surname, column, text)."""
        sent = []
        for surname, column, text in cells:
            row = str(self.village.pupils.get(surname, surname))
            version = (
                self.grid.cells[row, column].version if (row, column) in self.grid.cells else 0
            )
            sent.append([row, column, text, version])
        return self.send(sent)

    def send(self, cells: list[list[Any]]) -> list[dict[str, Any]]:
        """Send cells as the browser does, and return their outcomes."""
        self._sequence += 1
        message = {"type": "changes", "client": "abc123", "seq": self._sequence, "cells": cells}
        names = ("row", "column", "status", "value", "version", "reason", "theirs", "colour")
        outcomes = self.grid.handle_batch(message)["outcomes"]
        return [dict(zip(names, outcome, strict=True)) for outcome in outcomes]

    def by_hand(self, surname: str, **typed: str) -> None:
        """Change a pupil's record in its form, as a colleague does meanwhile."""
        caller, number = self.context.caller, self.village.pupils[surname]
        start = pupil_details(caller, self.village.hillside, YEAR, number)
        values = {PupilField(name): text for name, text in typed.items()}
        assert change_pupil(caller, start, {**start.values, **values}).is_saved

    def enrolment(self, surname: str) -> Enrolment:
        with self.village.database.unit_of_work() as work:
            key = (self.village.hillside, YEAR, self.village.pupils[surname])
            return work.session.get_one(Enrolment, key)


@pytest.fixture
def office(village: Village, open_as: OpenPage) -> Office:
    # The records of the village have no ethnicity, without which the form of one cannot be saved.
    with village.database.unit_of_work(write=True) as work:
        for row in work.session.query(Enrolment):
            row.ethnicity = "WBRI"
        work.commit()
    return Office(village, open_as(Role.DATA_MANAGER))


@pytest.mark.parametrize(
    ("role", "expected"),
    [(Role.HEAD, True), (Role.TEACHER, False), (Role.LA_ADVISER, False), (Role.LA_ADMIN, False)],
)
def test_grid_is_offered_to_those_who_change_pupils(
    open_as: OpenPage, role: Role, expected: bool
) -> None:
    context = open_as(role, school=HILLSIDE, view="grid")
    view = pupils.View(pupils.open_model(context), context)
    assert bool(list(each(view.widget, EntryGrid))) is expected
    assert bool(list(each(view.widget, FiguresTable))) is not expected


def test_grid_has_every_pupil_found_with_rows_and_columns(office: Office) -> None:
    assert office.names() == [
        "<b>Finch</b>",
        "Archer",
        "Baker",
        "Carter",
        "Dunn",
        "Evans",
        "Gray",
        "Hill",
    ]
    columns = {column.key: column for column in office.grid._content.columns}
    assert [columns[key].kind for key in ("upn", "born", "year")] == ["readonly"] * 3
    assert (columns["class_name"].kind, columns["postcode"].kind) == ("choice", "text")
    assert columns["custom_1"].label == "Choir"
    groups = [column.group for column in office.grid._content.columns]
    assert groups == sorted(groups, key=groups.index)  # each group's columns stand together
    assert "looked_after" not in columns
    assert office.value("Baker", "sex") == "M"
    assert office.value("Archer", "born") == "01/10/2017"
    assert (office.value("Dunn", "include"), office.value("Evans", "include")) == ("N", "Y")
    # A blank cell is there too: what is typed into it goes over the version of the record.
    assert office.grid.cells[str(office.village.pupils["Hill"]), "fsm"].version == 1


def test_grid_says_how_many_are_left_out_and_follows(office: Office) -> None:
    assert "set to No for 1 pupil" in shown(office.view.widget)
    office.enter(("Evans", "include", "N"))
    assert "set to No for 2 pupils" in shown(office.view.widget)
    (row,) = [row for row in office.grid._content.rows if row.label.startswith("Evans")]
    assert row.flag == "Not included in data"
    office.enter(("Evans", "include", "Y"), ("Dunn", "include", "Y"))
    assert "set to No" not in shown(office.view.widget)


def test_search_narrows_the_grid_and_clear_widens_it(office: Office) -> None:
    office.search(surname="ar")
    assert office.names() == ["Archer", "Carter"]
    office.search(surname="", sex="M")
    assert office.names() == ["Baker"]
    form = only(office.view.widget, Form, name="search")
    assert parse_qs(form.address)["sex"] == ["M"]
    assert parse_qs(form.address)["view"] == ["grid"]
    press_chip(form, "sex")
    assert len(office.names()) == 8
    office.search(surname="nobody")
    assert not list(each(office.view.widget, EntryGrid))
    assert "No pupil matches" in shown(office.view.widget)
    press(form, "clear")
    assert len(office.names()) == 8


def test_entered_cells_are_saved_with_what_they_change_beside(office: Office) -> None:
    fill = [(name, "class_name", "Birch") for name in ("Archer", "Baker", "Carter")]
    assert {outcome["status"] for outcome in office.enter(*fill)} == {"saved"}
    (outcome,) = office.enter(("Archer", "year_group", "5"))
    assert outcome["status"] == "saved"
    assert office.value("Archer", "year") == "Year 5"  # worked out, for reading
    # Cell after cell of one row, each over the version it was shown at.
    assert office.enter(("Archer", "fsm", "Y"))[0]["status"] == "saved"
    assert office.enter(("Archer", "fsm", None))[0]["value"] is None
    row = office.enrolment("Archer")
    assert (row.class_name, row.year_group, row.fsm) == ("Birch", 5, None)


def test_forged_cells_are_refused_one_by_one(office: Office) -> None:
    elsewhere = str(office.village.pupils["Oak"])
    forged = [
        (elsewhere, "fsm", "Y"),
        ("x", "fsm", "Y"),
        ("Archer", "upn", "A"),
        ("Archer", "looked_after", "Y"),
        ("Archer", "class_name", "<script>"),
        ("Archer", "fsm", "maybe"),
        ("Archer", "postcode", "nowhere"),
    ]
    outcomes = office.enter(*forged, ("Archer", "eal", "Y"))
    assert sorted(outcome["status"] for outcome in outcomes) == ["refused"] * 7 + ["saved"]
    assert all(outcome["reason"] for outcome in outcomes if outcome["status"] == "refused")


def test_change_of_a_colleague_shows_both_values(office: Office) -> None:
    before = office.grid.cells[str(office.village.pupils["Archer"]), "sen"].version
    office.by_hand("Archer", sen="E")
    (outcome,) = office.send([[str(office.village.pupils["Archer"]), "sen", "K", before]])
    assert (outcome["status"], outcome["value"], outcome["theirs"]) == ("conflict", "K", "E")
    assert office.enter(("Archer", "sen", "K"))[0]["status"] == "saved"


def test_change_of_a_colleague_in_another_field_stands_beside(office: Office) -> None:
    office.by_hand("Archer", eal="Y")
    assert office.enter(("Archer", "sen", "K"))[0]["status"] == "saved"
    assert office.value("Archer", "eal") == "Y"


def test_what_others_save_comes_by_itself(office: Office) -> None:
    office.enter(("Archer", "fsm", "Y"))
    state = office.part.model.data
    office.view.watch.look()
    assert office.part.model.data is state  # one's own changes are no news
    office.by_hand("Baker", fsm="N")
    typed_at = office.grid.cells[str(office.village.pupils["Baker"]), "sen"].version
    office.view.watch.look()
    assert office.value("Baker", "fsm") == "N"
    # A cell that was being typed into meanwhile: nobody else changed that one.
    (outcome,) = office.send([[str(office.village.pupils["Baker"]), "sen", "K", typed_at]])
    assert outcome["status"] == "saved"


def test_class_renamed_meanwhile_is_offered_by_its_new_name(office: Office) -> None:
    caller, school = office.context.caller, office.village.hillside
    profile = school_profile(caller, school)
    renamed = ["Oak" if name == "Maple" else name for name in profile.class_names]
    save_class_names(caller, school, renamed, shown=profile.class_names)
    (gone,) = office.enter(("Evans", "class_name", "Maple"))
    assert (gone["status"], "no class of this name" in gone["reason"]) == ("refused", True)
    office.view.watch.look()
    (column,) = [c for c in office.grid._content.columns if c.key == "class_name"]
    assert [value for value, _ in column.choices] == ["Oak", "Birch", "Ash"]
    assert office.value("Archer", "class_name") == "Oak"
    assert office.enter(("Evans", "class_name", "Oak"))[0]["status"] == "saved"


def test_history_of_a_cell_is_told(office: Office) -> None:
    office.enter(("Archer", "sen", "K"))
    past = office.part._on_grid_history(str(office.village.pupils["Archer"]), "sen")
    assert [entry.text for entry in past] == ["SEN support", "Not recorded"]


def test_name_opens_the_record_and_back_is_the_grid(office: Office) -> None:
    office.grid._open_row(str(office.village.pupils["Baker"]))
    head = only(office.view.widget, StepHeading)
    assert head.heading.startswith("Baker, ")
    press_step(head, "next")
    office.by_hand("Carter", fsm="Y")
    press_step(head, "back")
    assert office.value("Carter", "fsm") == "Y"
    assert office.grid.focus_wanted[0] == str(office.village.pupils["Carter"])


def test_back_to_the_list_shows_what_was_changed(office: Office) -> None:
    office.enter(("Archer", "class_name", "Birch"))
    press(only(office.view.widget, Form, name="leave-grid"), "list")
    table = only(office.view.widget, FiguresTable)
    (archer,) = [row for row in table.spec["rows"] if row["key"] == _key(office, "Archer")]
    assert archer["cells"][1] == "Birch"
    assert "view" not in parse_qs(only(office.view.widget, Form, name="search").address)


def test_ended_session_saves_nothing_and_ends_the_looking(office: Office) -> None:
    office.by_hand("Baker", fsm="Y")
    office.village.revoke(Role.DATA_MANAGER)
    (outcome,) = office.enter(("Archer", "fsm", "Y"))
    assert outcome["status"] == "unsaved"
    office.view.watch.look()
    assert office.view.watch.is_over
    assert office.enrolment("Archer").fsm is None


def _key(office: Office, surname: str) -> str:
    return str(office.village.pupils[surname])


def test_pupil_who_is_found_no_more_stays_until_the_next_search(office: Office) -> None:
    office.search(**{"class": "Maple"})
    office.enter(("Archer", "class_name", "Birch"))
    office.by_hand("Baker", class_name="Birch")
    office.view.watch.look()
    assert office.names() == ["Archer", "Baker", "Carter", "Dunn"]
    office.grid._open_row(_key(office, "Archer"))
    press_step(only(office.view.widget, StepHeading), "back")
    assert office.grid.focus_wanted[0] == _key(office, "Archer")
    office.search(**{"class": "Maple"})
    assert office.names() == ["Carter", "Dunn"]


def test_pupil_archived_meanwhile_is_taken_off_the_grid(office: Office) -> None:
    with office.village.database.unit_of_work(write=True) as work:
        work.session.get_one(Pupil, office.village.pupils["Hill"]).archived_from = YEAR
        work.commit()
    (outcome,) = office.enter(("Hill", "fsm", "Y"))
    assert (outcome["status"], "not on this school's roll" in outcome["reason"]) == (
        "refused",
        True,
    )
    office.view.watch.look()
    assert "Hill" not in office.names()
