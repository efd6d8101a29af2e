"""Assessments: what the page shows, a new assessment, and the workbook."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.services.downloads import collect
from pupiltrack_core.storage.assessment_models import Assessment
from pupiltrack_portal.widgets.entry_grid import EntryGrid
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import Form
from tests.integration.pages.browser import (
    each,
    field_of,
    only,
    press,
    press_file,
    shown,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.desk import Desk, foot_of_database, foot_on_view
from tests.integration.pages.village import CLASS_TEACHER, PERSONAL, Village

YEAR_4 = {"years": "4"}


def test_class_teacher_starts_at_the_year_group_of_the_class(
    village: Village, open_as: OpenPage
) -> None:
    desk = Desk(village, open_as(CLASS_TEACHER))
    assert desk.view.model.choice.selection.years == 4
    assert [item.name for item in desk.view.model.data.assessments] == ["Autumn"]


def test_grid_shows_every_pupil_and_flags_the_one_left_out(desk: Desk) -> None:
    rows = desk.grid._content.rows
    assert [row.label.split(",")[0] for row in rows] == [
        "<b>Finch</b>",
        "Archer",
        "Baker",
        "Carter",
        "Dunn",
        "Evans",
    ]
    assert [row.label.split(",")[0] for row in rows if row.flag] == ["Dunn"]
    assert "Include in data is set to No for 1 pupil" in shown(desk.view.widget)


def test_grid_works_out_reading_writing_and_maths_together(desk: Desk) -> None:
    expected = {"Archer": "Yes", "Baker": "Yes", "Carter": "No", "<b>Finch</b>": "No"}
    assert {name: desk.together(name) for name in expected} == expected
    assert desk.together("Evans") is None


def test_foot_is_the_count_over_the_database(desk: Desk) -> None:
    assert foot_on_view(desk) == foot_of_database(desk)
    assert desk.foot()["on_track_or_deeper"][desk.column("READ")] == "2 (40\u202f%)"


def test_year_group_without_assessment_offers_to_create_one(
    village: Village, open_as: OpenPage
) -> None:
    desk = Desk(village, open_as(years="5"))
    assert "Create one, or choose" in shown(desk.view.widget)
    assert desk.columns() == ["include", *(item.key for item in desk.view.model.data.results)]


def test_reader_is_not_offered_a_new_assessment(village: Village, open_as: OpenPage) -> None:
    for years in ("4", "5"):
        desk = Desk(village, open_as(Role.LA_ADVISER, years=years))
        assert "Create one, or choose" not in shown(desk.view.widget)
        assert desk.view._forms.widget.layout.display == "none"


def test_whole_year_stands_side_by_side_oldest_first(village: Village, open_as: OpenPage) -> None:
    desk = Desk(village, open_as(years="4", assessment="year"))
    assert [item.name for item in desk.view.model.data.assessments] == ["Baseline", "Autumn"]
    assert (
        desk.outcome("Archer", desk.column("READ", village.baseline), "T", 1)["status"] == "saved"
    )
    assert desk.stored("Archer") == ("O", 1)


def test_class_chosen_narrows_grid_and_foot(desk: Desk) -> None:
    press(only(desk.view.widget, Form, name="cohort"), "select", **{"class": "Birch"})
    assert len(desk.grid._content.rows) == 2
    # Evans without a judgement and Finch Towards: 1 of 2.
    assert desk.foot()["towards"][desk.column("READ")] == "1 (50\u202f%)"


def test_address_holds_the_choice_and_no_pupil(desk: Desk) -> None:
    address = only(desk.view.widget, Form, name="cohort").address
    assert "years=4" in address
    assert not any(name in address for name in PERSONAL)


def open_form(desk: Desk) -> Form:
    press(only(desk.view.widget, Form, name="open-assessment"), "open")
    return only(desk.view.widget, Form, name="new-assessment")


def test_new_assessment_is_created_and_opened(desk: Desk, village: Village) -> None:
    form = open_form(desk)
    assert field_of(form, "year_groups")["value"] == ["4"]
    press(form, "create", name="Spring", held_on="2026-03-20", subjects=["SCIE"], has_phonics=True)
    (made,) = desk.view.model.data.assessments
    assert (made.name, made.year_groups, made.has_phonics) == ("Spring", (4,), True)
    assert [subject.value for subject in made.subjects] == ["READ", "WRIT", "MATH", "SCIE"]
    assert desk.context.notice.messages[0]["kind"] == "success"
    cohort = only(desk.view.widget, Form, name="cohort")
    assert field_of(cohort, "assessment")["value"] == str(made.id)
    assert f"assessment={made.id}" in cohort.address
    assert desk.outcome("Evans", desk.column("SCIE", made.id), "O", 0)["status"] == "saved"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "Autumn", "held_on": "2025-12-15"}, "name"),
        ({"held_on": ""}, "held_on"),
        ({"held_on": "2024-12-15"}, "held_on"),
        ({"held_on": "15/12/2025"}, "held_on"),
        ({"year_groups": []}, "year_groups"),
        ({"year_groups": ["13"]}, "year_groups"),
        ({"test_title": "x" * 61}, "test_title"),
    ],
)
def test_new_assessment_that_cannot_be_is_complained_of(
    desk: Desk, village: Village, changed: dict[str, Any], field: str
) -> None:
    before = village.count(Assessment)
    form = open_form(desk)
    press(form, "create", **({"name": "Spring", "held_on": "2026-03-20"} | changed))
    assert list(form.errors) == [field]
    assert village.count(Assessment) == before


def test_new_assessment_put_away_creates_nothing(desk: Desk, village: Village) -> None:
    before = village.count(Assessment)
    press(open_form(desk), "cancel")
    names = [item.spec["name"] for item in each(desk.view.widget, Form)]
    assert "open-assessment" in names
    assert "new-assessment" not in names
    assert village.count(Assessment) == before


def test_new_assessment_by_a_reader_is_refused(village: Village, open_as: OpenPage) -> None:
    desk = Desk(village, open_as(Role.LA_ADVISER, **YEAR_4))
    before = village.count(Assessment)
    press(open_form(desk), "create", name="Spring", held_on="2026-03-20")
    assert village.count(Assessment) == before
    assert "Your role does not let you manage" in desk.context.notice.messages[0]["text"]


def test_workbook_holds_what_is_stored_now(
    desk: Desk, village: Village, open_as: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Desk(village, open_as(Role.HEAD, **YEAR_4))
    other.outcome("Evans", other.column(), "D", 0)
    answer = press_file(only(desk.view.widget, FileButton), monkeypatch)
    assert answer["kind"] == "ready", answer
    token = answer["href"].removeprefix("/download/")
    file = collect(village.database, village.sessions["teacher"], token)
    sheet = openpyxl.load_workbook(io.BytesIO(file.content)).active
    rows = [[cell for cell in row if cell is not None] for row in sheet.values]
    evans = next(row for row in rows if "Evans" in row)
    assert "Deeper learning" in evans
    assert any("<b>Finch</b>" in row for row in rows)
    assert not any("Dunn" in row for row in rows)


def test_workbook_by_a_revoked_session_is_not_made(
    desk: Desk, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    village.revoke(Role.TEACHER)
    assert press_file(only(desk.view.widget, FileButton), monkeypatch)["kind"] == "refused"


def test_page_without_any_school_says_so(village: Village, open_as: OpenPage) -> None:
    context = open_as()
    village.take_roles_from(Role.TEACHER)
    desk = Desk(village, context)
    assert "no school to show yet" in shown(desk.view.widget)
    assert list(each(desk.view.widget, EntryGrid)) == []
