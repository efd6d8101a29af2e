"""The interventions of a pupil on a page: the list, the form, two people, and who is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.intervention_entries import InterventionEntry
from pupiltrack_core.services.interventions import (
    change_pupil_intervention,
    delete_pupil_intervention,
    interventions_of,
)
from pupiltrack_core.storage.support_models import Intervention
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.interventions_part import InterventionsPart
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.form import Form
from tests.builders import YEAR
from tests.integration.pages.browser import (
    assert_signed_out,
    cells_of,
    change,
    each,
    field_of,
    offered,
    only,
    press,
    press_cell,
    shown,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import OAKFIELD, PERSONAL, Village

ENTERED = {
    "title": "Phonics catch-up",
    "subject": "READ",
    "starts_on": "2026-01-05",
    "ends_on": "2026-03-20",
    "group_name": "Owls",
    "run_by": "Mrs Teal",
    "cost": "12.50",
    "details": "Every day",
}


class Opened:
    """The part, with the interventions of Archer."""

    def __init__(self, context: PageContext, village: Village) -> None:
        self.context, self.village = context, village
        self.key = (village.hillside, village.pupils["Archer"])
        self.part = InterventionsPart(context)
        self.part.show(*self.key)

    @property
    def form(self) -> Form:
        return only(self.part.widget, Form)

    @property
    def table(self) -> FiguresTable:
        return only(self.part.widget, FiguresTable)

    def add(self, **changed: Any) -> None:
        press(self.form, "add")
        press(self.form, "save", **ENTERED | changed)

    def press_row(self, column: str, at: int = 0) -> None:
        press_cell(self.table, self.table.spec["rows"][at]["key"], column)

    def labels(self) -> list[str]:
        return [button["label"] for button in self.form.spec["buttons"]]

    def told(self) -> tuple[str, str]:
        (message,) = self.context.notice.messages
        return message["kind"], message["text"]

    def stored(self) -> list[str]:
        operator = Caller.for_operator(self.village.database)
        return [item.stored.title for item in interventions_of(operator, *self.key).interventions]


@pytest.fixture
def opened(open_as: OpenPage, village: Village) -> Opened:
    return Opened(open_as(Role.TEACHER), village)


def test_part_shows_nothing_before_a_pupil(open_as: OpenPage) -> None:
    assert InterventionsPart(open_as(Role.TEACHER)).widget.children == ()


def test_form_asks_before_the_tab_is_closed_over_what_was_typed(opened: Opened) -> None:
    press(opened.form, "add")
    assert opened.form.asks_on_leaving is True


def test_intervention_is_added_and_shown_with_the_judgements_around_it(opened: Opened) -> None:
    opened.add(assessment_id=str(opened.village.autumn))
    assert cells_of(opened.table) == {
        "Phonics catch-up": [
            "2025/2026",
            "Autumn",
            "Reading",
            "05/01/2026 to 20/03/2026",
            "On track (Autumn, 15/12/2025)",
            "No assessment since",
            "Owls, run by Mrs Teal",
            "£12.50",
            "Every day",
            "Edit",
            "Delete",
        ]
    }
    assert opened.told() == ("success", "The intervention is saved.")
    assert opened.labels() == ["Add intervention"]


def test_form_offers_the_pupils_years_assessments_and_subjects(opened: Opened) -> None:
    press(opened.form, "add")
    assert offered(opened.form, "academic_year") == [str(YEAR)]
    assert offered(opened.form, "assessment_id") == [
        "",
        str(opened.village.autumn),
        str(opened.village.baseline),
    ]
    assert len(offered(opened.form, "subject")) == 18
    change(opened.form, "academic_year", str(YEAR))
    assert opened.form.spec["layout"] == "grid"


def test_form_complains_at_the_field_and_keeps_what_was_entered(opened: Opened) -> None:
    press(opened.form, "add")
    for changed, field in (
        ({"title": ""}, "title"),
        ({"starts_on": "2026-02-30"}, "starts_on"),
        ({"starts_on": "soon"}, "starts_on"),
        ({"ends_on": "2026-01-01"}, "ends_on"),
        ({"cost": "-5"}, "cost"),
        ({"academic_year": "1999"}, "academic_year"),  # not offered: nothing chosen
        ({"details": "x" * 5_000}, "details"),
    ):
        press(opened.form, "save", **ENTERED | changed)
        assert list(opened.form.errors) == [field]
    # Forged choices count as none chosen.
    press(opened.form, "save", **ENTERED | {"assessment_id": "1e9", "subject": "<b>"})
    assert cells_of(opened.table)["Phonics catch-up"][1:3] == ["", ""]


def test_intervention_is_edited_and_cancelled(opened: Opened) -> None:
    opened.add()
    opened.press_row("change")
    assert field_of(opened.form, "cost")["value"] == "12.50"
    assert list(each(opened.part.widget, FiguresTable)) == []  # nothing else can be pressed
    press(opened.form, "cancel", title="Never")
    opened.press_row("change")
    press(opened.form, "save", title="<script>x</script>")
    assert list(cells_of(opened.table)) == ["<script>x</script>"]


def test_intervention_is_deleted_and_brought_back_at_once(opened: Opened) -> None:
    opened.add()
    opened.press_row("delete")
    assert cells_of(opened.table) == {}
    assert opened.told() == ("success", "Phonics catch-up is deleted.")
    assert opened.labels() == ["Bring back Phonics catch-up", "Add intervention"]
    assert opened.form.focus_wanted == 1
    press(opened.form, "back")
    assert list(cells_of(opened.table)) == ["Phonics catch-up"]
    assert opened.labels() == ["Add intervention"]
    opened.press_row("delete")
    opened.part.show(*opened.key)
    assert opened.labels() == ["Add intervention"]  # no longer at once


def test_intervention_changed_by_two_shows_theirs_and_is_saved_over(opened: Opened) -> None:
    opened.add()
    opened.press_row("change")
    operator = Caller.for_operator(opened.village.database)
    (item,) = interventions_of(operator, *opened.key).interventions
    theirs = replace(_entry(), title="Theirs")
    change_pupil_intervention(operator, *opened.key, item.stored.id, theirs, version=1)
    press(opened.form, "save", title="Mine")
    assert "Nothing was saved" in opened.form.errors["title"]
    assert "Intervention: Theirs" in shown(opened.part.widget)
    assert opened.stored() == ["Theirs"]
    press(opened.form, "save", title="Mine")
    assert opened.stored() == ["Mine"]


def test_intervention_deleted_by_another_is_told_and_what_was_entered_stays(
    opened: Opened,
) -> None:
    opened.add()
    operator = Caller.for_operator(opened.village.database)
    (item,) = interventions_of(operator, *opened.key).interventions
    opened.press_row("change")
    delete_pupil_intervention(operator, *opened.key, item.stored.id, version=1)
    press(opened.form, "save", title="Mine")
    assert opened.told()[0] == "error"
    assert "saved as a new one" in opened.told()[1]
    assert opened.form.spec["name"] == "intervention"
    press(opened.form, "cancel")
    assert cells_of(opened.table) == {}


def test_delete_of_what_another_changed_shows_it_as_it_is_now(opened: Opened) -> None:
    opened.add()
    operator = Caller.for_operator(opened.village.database)
    (item,) = interventions_of(operator, *opened.key).interventions
    theirs = replace(_entry(), title="Theirs")
    change_pupil_intervention(operator, *opened.key, item.stored.id, theirs, version=1)
    opened.press_row("delete")
    assert opened.told()[0] == "error"
    assert list(cells_of(opened.table)) == ["Theirs"]
    opened.press_row("delete")
    assert opened.stored() == []


def test_what_was_entered_outlasts_a_look_at_something_else(opened: Opened) -> None:
    press(opened.form, "add")
    assert not opened.part.is_unsaved
    change(opened.form, "title", "Half written")
    assert opened.part.is_unsaved
    opened.part.show(*opened.key)
    assert field_of(opened.form, "title")["value"] == "Half written"
    opened.part.show(opened.key[0], opened.village.pupils["Baker"])
    assert not opened.part.is_unsaved
    assert opened.labels() == ["Add intervention"]


def test_local_authority_reads_without_a_button(open_as: OpenPage, village: Village) -> None:
    Opened(open_as(Role.TEACHER), village).add()
    part = InterventionsPart(open_as(Role.LA_ADVISER))
    part.show(village.hillside, village.pupils["Archer"])
    assert list(each(part.widget, Form)) == []
    (cells,) = cells_of(only(part.widget, FiguresTable)).values()
    assert len(cells) == 9
    everything = shown(part.widget)
    assert not any(name in everything for name in PERSONAL)


def test_pupil_of_another_school_is_not_shown_and_what_was_stays(opened: Opened) -> None:
    opened.add()
    for school, pupil in (
        (opened.village.schools[OAKFIELD], opened.village.pupils["Oak"]),
        (opened.village.hillside, opened.village.pupils["Oak"]),
    ):
        with pytest.raises(NotFound):
            opened.part.show(school, pupil)
    assert list(cells_of(opened.table)) == ["Phonics catch-up"]


def test_nothing_is_stored_after_the_session_ended(opened: Opened) -> None:
    press(opened.form, "add")
    opened.village.revoke(Role.TEACHER)
    press(opened.form, "save", **ENTERED)
    assert_signed_out(opened.context.notice)
    assert opened.form.spec["name"] == "intervention"  # what was entered is still there
    assert opened.village.count(Intervention) == 0


def test_nothing_is_stored_once_the_role_is_gone(opened: Opened) -> None:
    opened.add()
    opened.village.take_roles_from(Role.TEACHER)
    opened.press_row("delete")
    assert opened.told()[0] == "error"
    assert opened.stored() == ["Phonics catch-up"]


def _entry() -> InterventionEntry:
    return InterventionEntry(
        title=ENTERED["title"],
        academic_year=YEAR,
        subject="READ",
        starts_on=date(2026, 1, 5),
        ends_on=date(2026, 3, 20),
        group_name="Owls",
        run_by="Mrs Teal",
        cost="12.50",
        details="Every day",
    )
