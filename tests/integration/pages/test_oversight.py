"""Activity and Data protection, as a browser works them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pupiltrack_core.access import Page, Role
from pupiltrack_core.domain.local_time import in_london
from pupiltrack_core.services.erasure import carry_out_erasures
from pupiltrack_core.services.legal_holds import place_hold
from pupiltrack_core.services.retention_runs import advance_retention
from pupiltrack_core.storage.account_models import BreachRecord, LegalHold
from pupiltrack_core.storage.models import Pupil
from pupiltrack_portal.pages import activity, data_protection
from pupiltrack_portal.pages.retention_part import RetentionPart
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import Form
from pupiltrack_portal.widgets.toggle_row import ToggleRow
from tests.builders import make_pupil
from tests.integration.pages.browser import (
    cells_of,
    chips_of,
    each,
    field_of,
    offered,
    only,
    press,
    press_cell,
    press_chip,
    press_file,
    press_step,
    shown,
    steps_of,
    text_of,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import HILLSIDE, OAKFIELD, Village


def table(view: Any, caption: str) -> FiguresTable:
    return next(item for item in each(view.widget, FiguresTable) if caption in item.spec["caption"])


def open_activity(context: Any) -> activity.View:
    return activity.View(activity.open_model(context), context)


def open_duties(context: Any) -> data_protection.View:
    return data_protection.View(data_protection.open_model(context), context)


def find(view: Any, name: str) -> None:
    press(only(view.widget, Form, name="find-pupil"), "find", name=name)


# --- activity -----------------------------------------------------------------------------------


def test_activity_of_one_pupil_and_back(open_as: OpenPage, village: Village) -> None:
    view = open_activity(open_as(Role.HEAD, Page.ACTIVITY))
    find(view, "xx")
    assert "Nobody was found" in shown(view.widget)
    find(view, "x")
    form = only(view.widget, Form, name="find-pupil")
    assert "two letters" in form.errors["name"]
    find(view, "arch")
    press_cell(table(view, "1 pupil found"), "0", "choose")
    looked = only(view.widget, Form, name="activity")
    (chip,) = chips_of(looked).values()
    assert chip.startswith("Pupil: Archer")
    assert "Nothing was found" in table(view, "entries").spec["empty"]
    press_chip(looked, "pupil")
    assert chips_of(looked) == {}
    assert steps_of(looked) == {"Newest": False, "Older": False}


def test_activity_searched_by_who_what_and_when(open_as: OpenPage, village: Village) -> None:
    context = open_as(Role.HEAD, Page.ACTIVITY)
    with context.caller.begin(write=True) as work:
        for number in range(101):
            work.audit("tested", school_id=village.hillside, number=number)
        work.commit()
    view = open_activity(context)
    form = only(view.widget, Form, name="activity")
    assert table(view, "100 entries, newest first, and older ones")
    press_step(form, "older")
    assert table(view, "1 entry, newest first")
    press_step(form, "newest")
    press(form, "look", kind="denials")
    assert table(view, "0 entries")
    press(form, "look", kind="", person=str(village.people[Role.HEAD]))
    assert table(view, "100 entries")
    press(form, "look", first_day="2020-13-45")
    assert "date" in form.errors["first_day"]
    press(form, "look", first_day="2025-01-02", last_day="2025-01-01")
    assert "after the last day" in form.errors["first_day"]


def test_activity_of_an_authority_names_the_schools(
    open_as: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = open_activity(open_as(Role.LA_ADMIN, Page.ACTIVITY))
    form = only(view.widget, Form, name="activity")
    assert len(offered(form, "place")) == 3  # the authority and its two schools
    assert "School" in [column["label"] for column in table(view, "entr").spec["columns"]]
    find(view, "Archer")
    assert "Choose one school" in only(view.widget, Form, name="find-pupil").errors["name"]
    press(form, "look", place="1")
    find(view, "Archer")
    assert table(view, "1 pupil found")
    for button in each(view.widget, FileButton):
        assert press_file(button, monkeypatch)["href"].startswith("/download/")


# --- data protection ----------------------------------------------------------------------------


def test_record_is_given_out_held_and_erased(
    open_as: OpenPage, village: Village, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    context = open_as(Role.HEAD, Page.DUTIES)
    view = open_duties(context)
    find(view, "arch")
    press_cell(table(view, "1 pupil found"), "0", "choose")
    assert "Archer" in shown(view.widget)
    answer = press_file(only(view.widget, FileButton), monkeypatch)
    assert answer["name"].startswith("pupil record ")
    assert "Archer" not in answer["name"]
    hold, erase = (only(view.widget, Form, name=name) for name in ("hold", "erase"))
    press(hold, "hold", reason=" ")
    assert hold.errors["reason"]
    press(hold, "hold", reason="A claim is open")
    assert village.count(LegalHold) == 1
    press(erase, "erase", why="request", confirm="ERASE")
    assert "reason on record" in erase.errors["why"]
    view._on_section_press("time", True)
    holds = table(view, "Holds that stand")
    ((name, cells),) = cells_of(holds).items()
    assert name.startswith("Archer")
    assert cells[0] == "A claim is open"
    press_cell(holds, holds.spec["rows"][0]["key"], "lift")
    assert "No record is held." in table(view, "Holds that stand").spec["empty"]
    view._on_section_press("pupil", True)
    find(view, "arch")
    press_cell(table(view, "1 pupil found"), "0", "choose")
    erase = only(view.widget, Form, name="erase")
    press(erase, "erase", why="", confirm="ERASE")
    assert erase.errors["why"]
    press(erase, "erase", why="request", confirm="erase")
    assert "Nothing was erased" in erase.errors["confirm"]
    before = village.count(Pupil)
    press(erase, "erase", why="request", confirm="ERASE")
    assert "within a minute" in context.notice.messages[0]["text"]
    carry_out_erasures(village.database, tmp_path / "secret")
    assert village.count(Pupil) == before - 1
    view._on_section_press("time", True)
    assert len(table(view, "Erased").spec["rows"]) == 1


def make_old(village: Village, laestab: str, *births: date) -> list[int]:
    """Pupils of long ago at a school."""
    return [
        make_pupil(village.database, village.schools[laestab], pupil={"date_of_birth": day})
        for day in births
    ]


def test_records_past_their_time_are_told_erased_and_a_run_cancelled(
    open_as: OpenPage, village: Village, tmp_path: Path
) -> None:
    make_old(village, HILLSIDE, date(1990, 1, 1), date(1989, 10, 1))
    (held,) = make_old(village, OAKFIELD, date(1990, 1, 1))
    context = open_as(Role.LA_ADMIN, Page.DUTIES, section="retention")
    place_hold(context.caller, village.schools[OAKFIELD], held, "A claim is open")
    view = open_duties(context)
    assert "25th birthday" in shown(view.widget)
    told = table(view, "What a run today would erase: 2 records")
    assert [[row["head"], *row["cells"]] for row in told.spec["rows"]] == [
        ["Hillside Primary School", "2014/2015", "2", "0"],
        ["Oakfield Primary School", "2014/2015", "0", "1"],
    ]
    form = only(view.widget, Form, name="retention")
    press(form, "erase", confirm="erase")
    assert "Nothing was erased" in form.errors["confirm"]
    make_old(village, OAKFIELD, date(1991, 1, 1))
    press(form, "erase", confirm="ERASE")
    assert "3 now" in form.errors["confirm"]
    assert table(view, "would erase: 3 records")
    press(form, "erase", confirm="ERASE")
    assert "begins within a minute" in context.notice.messages[0]["text"]
    assert form.spec["fields"] == []  # nothing to confirm while a run is under way
    runs = table(view, "Runs of")
    assert text_of(runs.spec["rows"][0]["cells"][1]) == "Waiting: within a minute"
    secret = tmp_path / "secret"
    assert advance_retention(village.database, secret)
    part = view.part
    assert isinstance(part, RetentionPart)
    part._draw()  # as the watch does every three seconds
    cells = [text_of(cell) for cell in runs.spec["rows"][0]["cells"]]
    assert cells[1:5] == ["Under way", "1 of 2", "2 of 3", "0"]
    press(form, "cancel")
    assert "before its next school" in context.notice.messages[0]["text"]
    assert text_of(runs.spec["rows"][0]["cells"][1]) == "Being cancelled"
    assert not list(each(view.widget, Form))
    assert advance_retention(village.database, secret)
    part._draw()
    assert text_of(runs.spec["rows"][0]["cells"][1]) == "Cancelled"
    assert table(view, "would erase: 1 record")
    assert only(view.widget, Form, name="retention") is form
    assert field_of(form, "confirm")["value"] == ""
    press_cell(table(view, "kept by a hold"), f"{OAKFIELD}-{held}", "holds")
    assert "Oakfield Primary School" in shown(view.widget)
    assert table(view, "Holds that stand").spec["rows"]
    assert village.details("retention run")[0]["erased"] == 2


def test_head_sees_the_schools_figures_and_runs_nothing(
    open_as: OpenPage, village: Village
) -> None:
    make_old(village, HILLSIDE, date(1990, 1, 1))
    view = open_duties(open_as(Role.HEAD, Page.DUTIES, section="retention"))
    row = only(view.widget, ToggleRow)
    assert "retention" not in {item[0] for item in row.toggles}
    assert view.model.section == "pupil"
    view._on_section_press("retention", True)
    assert view.model.section == "pupil"
    view._on_section_press("time", True)
    assert row.address == "section=time"
    assert cells_of(table(view, "Past their time")) == {"2014/2015": ["1", "0"]}


def test_breach_is_recorded_reported_and_closed(
    open_as: OpenPage, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = open_as(Role.HEAD, Page.DUTIES, section="breaches")
    view = open_duties(context)
    form = only(view.widget, Form, name="breach")
    known = in_london(context.caller.clock() - timedelta(hours=1))
    wrong = (
        ({"facts": ""}, "facts"),
        ({"aware_day": ""}, "aware_day"),
        ({"aware_time": "25:00"}, "aware_time"),
        ({"reported_time": "09:00"}, "reported_day"),
        ({"people_affected": "many"}, "people_affected"),
        ({"risk": ""}, "risk"),
    )
    right = {
        "facts": "A list was mailed to the wrong address",
        "aware_day": f"{known:%Y-%m-%d}",
        "aware_time": f"{known:%H:%M}",
    }
    for changed, field in wrong:
        press(form, "save", **{**right, **changed})
        assert field in form.errors, changed
    assert village.count(BreachRecord) == 0
    press(form, "save", **right)
    (row,) = table(view, "Breaches on record").spec["rows"]
    assert "left" in str(row["cells"])
    press_cell(table(view, "Breaches on record"), row["key"], "open")
    assert field_of(form, "facts")["value"] == right["facts"]
    today = f"{in_london(context.caller.clock()):%Y-%m-%d}"
    press(form, "save", effects="None", remedy="Asked to delete it", closed=today)
    assert "reported" in form.errors["reported_day"]
    press(
        form,
        "save",
        effects="None",
        remedy="Asked to delete it",
        risk="none",
        closed=today,
    )
    assert "Closed" in str(table(view, "Breaches on record").spec["rows"])
    press(form, "new")
    assert field_of(form, "facts")["value"] == ""
    answer = press_file(only(view.widget, FileButton), monkeypatch)
    assert answer["name"].endswith(".csv")


def test_administrator_chooses_the_school_and_has_one_register(
    open_as: OpenPage, village: Village
) -> None:
    context = open_as(Role.LA_ADMIN, Page.DUTIES)
    view = open_duties(context)
    choice = only(view.widget, Form, name="school")
    press(choice, "choose", school="9992002")
    find(view, "arch")
    assert "Nobody was found" in shown(view.widget)
    press(choice, "choose", school="8882001")  # of another authority: never offered
    assert context.notice.messages[0]["kind"] == "error"
    view._on_section_press("breaches", True)
    assert "Your local authority" in shown(view.widget)
    assert "School" in [column["label"] for column in table(view, "Breaches").spec["columns"]]
