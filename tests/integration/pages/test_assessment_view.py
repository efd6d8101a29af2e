"""What is on view of the grid: sections, assessments side by side, and what others saved."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.services.grid_sections import Section
from pupiltrack_core.services.pupil_meetings import MeetingEntry, add_pupil_meeting
from pupiltrack_core.services.view_choices import load_view
from pupiltrack_core.storage.assessment_models import StatutoryResult
from pupiltrack_portal.widgets.entry_grid import Layout
from pupiltrack_portal.widgets.form import Form
from pupiltrack_portal.widgets.toggle_row import ToggleRow
from tests.integration.pages.browser import each, field_of, only, press, shown
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.desk import Desk, foot_of_database, foot_on_view
from tests.integration.pages.village import Village

YEAR_4 = {"years": "4"}


def toggle(desk: Desk, key: str, *, on: bool) -> None:
    row = next(
        row
        for row in each(desk.view.widget, ToggleRow)
        if any(item[0] == key for item in row.toggles)
    )
    row._on_message(row, {"kind": "toggle", "key": key, "on": on}, [])


def states(desk: Desk, legend: str) -> dict[str, bool]:
    row = next(row for row in each(desk.view.widget, ToggleRow) if row.legend == legend)
    return {label: is_on for _, label, is_on, _ in row.toggles}


def prefixes(desk: Desk) -> set[str]:
    return {key.split(":")[0] for key in desk.columns() if not key[0].isdigit()}


def test_characteristics_and_custom_fields_are_off_at_first(desk: Desk) -> None:
    assert prefixes(desk) == {"include", "result"}
    assert states(desk, "Sections")["Pupil characteristics"] is False


def test_section_switched_on_is_shown_and_remembered(
    desk: Desk, village: Village, open_as: OpenPage
) -> None:
    toggle(desk, Section.CHARACTERISTICS, on=True)
    assert "pupil:sen" in desk.columns()
    again = Desk(village, open_as(**YEAR_4))
    assert "pupil:sen" in again.columns()
    someone_else = Desk(village, open_as(Role.HEAD, **YEAR_4))
    assert "pupil:sen" not in someone_else.columns()


def test_section_switched_off_goes_and_its_figures_with_it(desk: Desk) -> None:
    toggle(desk, Section.TRACKING, on=False)
    assert not [key for key in desk.columns() if ":tracking:" in key or ":rwm:" in key]
    toggle(desk, Section.TRACKING, on=True)
    assert foot_on_view(desk) == foot_of_database(desk)


def test_assessment_switched_on_stands_beside_the_latest(desk: Desk, village: Village) -> None:
    assert states(desk, "Assessments") == {"Baseline": False, "Autumn": True}
    toggle(desk, str(village.baseline), on=True)
    assert [item.name for item in desk.view.model.data.assessments] == ["Baseline", "Autumn"]
    cohort = only(desk.view.widget, Form, name="cohort")
    assert field_of(cohort, "assessment")["value"] == "year"


def test_assessments_all_switched_off_says_so_and_keeps_the_pupils(
    desk: Desk, village: Village
) -> None:
    toggle(desk, str(village.autumn), on=False)
    assert "switched off" in shown(desk.view.widget)
    assert len(desk.grid._content.rows) == 6
    toggle(desk, str(village.autumn), on=True)
    assert [item.name for item in desk.view.model.data.assessments] == ["Autumn"]


def test_assessment_of_another_year_group_cannot_be_switched_on(
    desk: Desk, village: Village
) -> None:
    desk.view._on_assessment(village.elsewhere, True)
    assert [item.name for item in desk.view.model.data.assessments] == ["Autumn"]


def test_widths_and_bars_are_remembered_for_the_next_assessment_too(
    desk: Desk, village: Village, open_as: OpenPage
) -> None:
    desk.view._on_grid_layout(Layout({desk.column("READ"): 222}, bars=True))
    again = Desk(village, open_as(years="4", assessment=str(village.baseline)))
    assert again.grid._layout.widths == {desk.column("READ", village.baseline): 222}
    assert again.view.model.view.bars is True
    assert load_view(again.context.caller, "assessments")["widths"] == {"tracking:READ": 222}


def test_result_a_school_enters_is_saved_and_an_official_one_is_locked(desk: Desk) -> None:
    gld, score = "result:EYFSP:GLD", "result:KS1:READ_SCORE"
    assert desk.outcome("Archer", score, "101", 0)["status"] == "saved"
    assert desk.outcome("Archer", score, "140", 1)["status"] == "refused"
    assert desk.outcome("Baker", gld, "Y", 0)["status"] == "saved"
    assert desk.view.model.data.cells[desk.village.pupils["Baker"], gld][:2] == ("Y", 1)
    carter = desk.village.pupils["Carter"]
    with desk.village.database.unit_of_work(write=True) as work:
        work.session.add(
            StatutoryResult(
                school_id=desk.village.hillside,
                pupil_id=carter,
                collection="EYFSP",
                ending_year=2022,
                sitting="main",
                measure="GLD",
                code="N",
                source="Test",
            )
        )
        work.commit()
    # Loaded while the page was open: the service knows, and the page once it draws anew.
    assert "official" in desk.outcome("Carter", gld, "Y", 0)["reason"]
    desk.view._on_selected()
    assert desk.grid.cells[str(carter), gld].locked
    assert desk.outcome("Carter", gld, "Y", 0)["status"] == "refused"


# --- what others save -----------------------------------------------------------------------------


@pytest.fixture
def other(village: Village, open_as: OpenPage) -> Desk:
    """The head's own page of the same year group."""
    return Desk(village, open_as(Role.HEAD, **YEAR_4))


@pytest.fixture
def told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The messages the grid sends of itself."""
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(desk.grid, "send", sent.append)
    return sent


def test_look_shows_what_someone_else_saved_with_the_foot(
    desk: Desk, other: Desk, told: list[dict[str, Any]]
) -> None:
    other.outcome("Evans", other.column(), "D", 0)
    desk.view.watch.look()
    kinds = [message["type"] for message in told]
    assert kinds == ["cells", "foot"]
    evans = str(desk.village.pupils["Evans"])
    assert [evans, desk.column(), "D", 1] in [cell[:4] for cell in told[0]["cells"]]
    assert foot_on_view(desk) == foot_of_database(desk)
    told.clear()
    desk.view.watch.look()
    assert told == []


def test_look_shows_who_is_no_longer_included(
    desk: Desk, other: Desk, told: list[dict[str, Any]]
) -> None:
    other.enter(("Carter", "include", "N", 1))
    desk.view.watch.look()
    assert "rows" in [message["type"] for message in told]
    assert desk.flag("Carter") == "Not included in data"
    assert "for 2 pupils" in shown(desk.view.widget)


def test_look_tells_nothing_of_what_the_page_saved_itself(
    desk: Desk, told: list[dict[str, Any]]
) -> None:
    desk.outcome("Evans", desk.column(), "D", 0)
    told.clear()
    desk.view.watch.look()
    assert told == []


def test_look_after_the_session_was_revoked_ends(desk: Desk, other: Desk, village: Village) -> None:
    other.outcome("Evans", other.column(), "D", 0)
    village.revoke(Role.TEACHER)
    desk.view.watch.look()
    assert desk.view.watch.is_over
    assert desk.view.model.data.cells.get((village.pupils["Evans"], desk.column())) is None


def test_look_at_what_was_saved_of_another_year_group_shows_nothing(
    desk: Desk, village: Village, open_as: OpenPage, told: list[dict[str, Any]]
) -> None:
    other = Desk(village, open_as(Role.HEAD, years="1"))
    pupil = other.grid._content.rows[0].key
    assert other.enter((pupil, "include", "N", 1))["outcomes"][0][2] == "saved"
    desk.view.watch.look()
    assert told == []
    assert not desk.view.watch.is_over


# --- one pupil ------------------------------------------------------------------------------------


def test_pupil_opened_shows_the_journey_in_place_and_back(desk: Desk) -> None:
    evans = desk.village.pupils["Evans"]
    desk.grid._open_row(str(evans))
    assert desk.view._journey.pupil_id == evans
    assert list(each(desk.view.widget, ToggleRow)) == []
    ids = desk.view.model.pupil_ids
    desk.view._journey._on_step_press("previous")
    assert desk.view._journey.pupil_id == ids[ids.index(evans) - 1]
    desk.view._journey._on_step_press("back")
    assert desk.view._journey.pupil_id is None
    assert len(desk.grid._content.rows) == 6
    assert desk.grid.focus_wanted == [str(ids[ids.index(evans) - 1]), 1]


def test_pupil_who_is_not_on_view_cannot_be_opened(desk: Desk) -> None:
    desk.view._on_pupil_open("999999")
    assert desk.view._journey.pupil_id is None


def test_form_of_filters_drops_no_switch(desk: Desk) -> None:
    toggle(desk, Section.CUSTOM, on=True)
    press(only(desk.view.widget, Form, name="cohort"), "select", **{"class": "Birch"})
    assert Section.CUSTOM in desk.view.model.view.sections


def test_rows_mark_in_words_and_shape_who_was_met_about_this_year(desk: Desk) -> None:
    caller, village = desk.context.caller, desk.village
    entry = MeetingEntry(date(2025, 11, 3), "Ms Grey", {}, {})
    add_pupil_meeting(caller, village.hillside, village.pupils["Archer"], entry)
    desk.view._on_selected()
    marks = {row.label.split(",")[0]: row.mark for row in desk.grid._content.rows}
    assert (marks["Archer"].is_filled, marks["Archer"].text) == (True, "Meeting")
    assert marks["Archer"].description == "Progress meeting held this year"
    assert marks["Baker"].is_filled is False
    # It stands there still when the row is told anew.
    (row, *_) = desk.enter(("Archer", "include", "N", 1))["rows"]
    assert row[3:] == ["Not included in data", [1, "Meeting", "Progress meeting held this year"]]
