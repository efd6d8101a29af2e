"""Creating, changing, deleting, bringing back and copying assessments by their forms."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from pupiltrack_core.access import Role
from pupiltrack_core.domain.rounding import NOT_APPLICABLE
from pupiltrack_core.services.assessments import assessments_for
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.school_subjects import add_own_subject
from pupiltrack_core.services.test_types import TestTypeEntry, add_kind_of_test
from pupiltrack_core.storage.assessment_models import Assessment, JudgementRow
from pupiltrack_portal.pages.assessment_forms import AssessmentForms
from pupiltrack_portal.pages.cohort_choice import CohortChoice
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.form import Form
from tests.builders import make_assessment
from tests.integration.pages.browser import (
    assert_signed_out,
    cells_of,
    each,
    field_of,
    offered,
    only,
    press,
    press_cell,
    shown,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import Village


class Bench:
    """The forms on a page that does with them what the Assessments page does."""

    def __init__(self, village: Village, context: PageContext) -> None:
        self.village = village
        self.context = context
        self.choice = CohortChoice(context, by_year_group=True)
        self.changed: list[int | None] = []
        self.forms = AssessmentForms(self.choice, context, on_changed=self._on_changed)
        self.show()

    def show(self, *, several: bool = False) -> None:
        first = self.choice.assessments[0] if self.choice.assessments else None
        self.forms.show_for(None if several else self.choice.assessment or first)

    def _on_changed(self, assessment_id: int | None) -> None:
        self.changed.append(assessment_id)
        if self.choice.selection is not None:
            self.choice.choose(self.choice.selection)
        self.show()

    def form(self, name: str) -> Form:
        return only(self.forms.widget, Form, name=name)

    @property
    def buttons(self) -> list[str]:
        return [item["label"] for item in self.form("open-assessment").spec["buttons"]]

    def open(self, button: str, form: str = "") -> Form:
        press(self.form("open-assessment"), button)
        return self.form(form) if form else self.form("open-assessment")

    @property
    def said(self) -> str:
        return " ".join(item["text"] for item in self.context.notice.messages)

    def stored(self) -> Assessment:
        with self.village.database.unit_of_work() as work:
            return work.session.get_one(Assessment, self.village.autumn)

    def marks(self) -> list[tuple[Any, ...]]:
        table = JudgementRow.__table__
        with self.village.database.unit_of_work() as work:
            return [tuple(row) for row in work.session.execute(select(table).order_by(*table.c))]


@pytest.fixture
def bench(village: Village, open_as: OpenPage) -> Bench:
    return Bench(village, open_as(Role.TEACHER, years="4"))


# --- the row of buttons -------------------------------------------------------------------------


def test_row_offers_what_there_is_to_do(bench: Bench) -> None:
    assert bench.buttons == ["New assessment", "Edit", "Delete", "Copy last year's set"]
    assert bench.forms.widget.layout.display is None


def test_row_without_an_assessment_has_nothing_to_edit(village: Village, open_as: OpenPage) -> None:
    bench = Bench(village, open_as(Role.TEACHER, years="5"))
    assert bench.buttons == ["New assessment", "Copy last year's set"]


@pytest.mark.parametrize("role", [Role.LA_ADVISER, Role.LA_ANALYST, Role.LA_ADMIN])
def test_row_is_hidden_from_readers_and_refused_all_the_same(
    village: Village, open_as: OpenPage, role: Role
) -> None:
    bench = Bench(village, open_as(role, years="4"))
    assert bench.forms.widget.layout.display == "none"
    press(bench.open("open", "new-assessment"), "create", name="Mine", held_on="2026-03-20")
    assert "Your role does not let you manage" in bench.said
    assert bench.changed == []


def test_row_asks_which_where_several_are_on_view(bench: Bench) -> None:
    bench.show(several=True)
    which = bench.open("edit", "which-assessment")
    assert offered(which, "assessment") == [str(bench.village.autumn), str(bench.village.baseline)]
    press(which, "go", assessment=str(bench.village.baseline))
    assert field_of(bench.form("edit-assessment"), "name")["value"] == "Baseline"
    press(bench.form("edit-assessment"), "cancel")
    press(bench.open("delete", "which-assessment"), "cancel")
    assert bench.form("open-assessment").focus_wanted


def test_open_form_is_put_away_when_another_school_is_chosen(
    village: Village, open_as: OpenPage
) -> None:
    bench = Bench(village, open_as(Role.LA_ADVISER, years="4"))
    bench.open("open", "new-assessment")
    bench.show()
    assert bench.form("new-assessment")
    other = next(s.laestab for s in bench.choice.schools if s.school_id != village.hillside)
    bench.choice.choose_from({"school": other, "year": "2025", "years": "4"})
    bench.show()
    assert bench.form("open-assessment")


def test_forms_of_an_ended_session_do_nothing(bench: Bench, village: Village) -> None:
    form = bench.open("edit", "edit-assessment")
    village.revoke(Role.TEACHER)
    press(form, "save", name="Mine")
    assert_signed_out(bench.context.notice)
    assert bench.stored().name == "Autumn"


# --- creating -----------------------------------------------------------------------------------


def test_new_assessment_may_have_the_school_s_own_subjects_and_tests(
    village: Village, open_as: OpenPage
) -> None:
    operator = Caller.for_operator(village.database)
    code = add_own_subject(operator, village.hillside, label="<b>Chess</b>", short="Chess")
    kind = add_kind_of_test(operator, village.hillside, TestTypeEntry("Age", "5", "18", "1"))
    bench = Bench(village, open_as(Role.TEACHER, years="4"))
    form = bench.open("open", "new-assessment")
    assert field_of(form, "subjects")["options"][-1] == [code, "<b>Chess</b>"]
    assert field_of(form, "test_type")["options"][1] == [
        str(kind),
        "Age: a number from 5 to 18 with at most one decimal",
    ]
    press(
        form,
        "create",
        name="Spring",
        held_on="2026-03-20",
        subjects=[code],
        test_title="Reading ages",
        test_type=str(kind),
    )
    made = assessments_for(bench.context.caller, village.hillside, 2025)[0]
    assert bench.changed == [made.id]
    assert (str(made.subjects[-1]), made.test_type_id) == (code, kind)
    assert "is open below" in bench.said


# --- changing -----------------------------------------------------------------------------------


def test_edit_form_is_filled_with_what_is_there(bench: Bench) -> None:
    form = bench.open("edit", "edit-assessment")
    assert form.spec["legend"] == "Edit Autumn"
    assert field_of(form, "name")["value"] == "Autumn"
    assert field_of(form, "held_on")["value"] == "2025-12-15"
    assert field_of(form, "year_groups")["value"] == ["4"]
    assert set(field_of(form, "subjects")["value"]) == {"READ", "WRIT", "MATH"}
    press(form, "save", name="Winter", subjects=["SCIE"], has_phonics=True)
    row = bench.stored()
    assert (row.name, row.has_phonics, row.version) == ("Winter", True, 2)
    assert bench.changed == [bench.village.autumn]
    assert bench.form("open-assessment").focus_wanted


def test_edit_form_shows_what_is_stored_now_not_what_was_chosen(bench: Bench) -> None:
    with bench.village.database.unit_of_work(write=True) as work:
        row = work.session.get_one(Assessment, bench.village.autumn)
        row.name, row.version = "Theirs", 2
        work.commit()
    form = bench.open("edit", "edit-assessment")
    assert field_of(form, "name")["value"] == "Theirs"
    press(form, "save", name="Mine")
    assert bench.stored().name == "Mine"


def test_edit_that_hides_marks_asks_first_and_saves_when_agreed(bench: Bench) -> None:
    before = bench.marks()
    form = bench.open("edit", "edit-assessment")
    press(form, "save", name="Winter", year_groups=["5"])
    assert bench.stored().name == "Autumn"
    question = bench.form("confirm-edit")
    # Archer, Baker, Carter, Dunn and Finch have three marks each; Evans has none.
    assert "takes 15 marks of 5 pupils out of sight" in shown(bench.forms.widget)
    assert question.focus_wanted
    press(question, "back")
    again = bench.form("edit-assessment")
    assert field_of(again, "name")["value"] == "Winter"
    assert field_of(again, "year_groups")["value"] == ["5"]
    press(again, "save")
    press(bench.form("confirm-edit"), "agree")
    assert bench.stored().name == "Winter"
    assert bench.marks() == before
    assert bench.changed == [bench.village.autumn]


def test_edit_against_someone_else_s_keeps_what_was_entered(bench: Bench) -> None:
    form = bench.open("edit", "edit-assessment")
    with bench.village.database.unit_of_work(write=True) as work:
        row = work.session.get_one(Assessment, bench.village.autumn)
        row.name, row.version = "Theirs", 2
        work.commit()
    press(form, "save", name="Mine")
    assert bench.stored().name == "Theirs"
    assert "It is now: Theirs, 15/12/2025" in form.errors["name"]
    press(form, "save", name="Mine")
    assert bench.stored().name == "Mine"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"held_on": "2024-12-15"}, "held_on"),
        ({"held_on": "soon"}, "held_on"),
        ({"year_groups": []}, "year_groups"),
        ({"name": "Baseline", "held_on": "2025-10-01"}, "name"),
    ],
)
def test_edit_that_cannot_be_is_complained_of(
    bench: Bench, changed: dict[str, Any], field: str
) -> None:
    form = bench.open("edit", "edit-assessment")
    press(form, "save", **changed)
    assert list(form.errors) == [field]
    assert bench.stored().version == 1


def test_edit_of_an_assessment_deleted_meanwhile_says_so(bench: Bench) -> None:
    with bench.village.database.unit_of_work(write=True) as work:
        work.session.get_one(Assessment, bench.village.autumn).deleted_at = datetime.now(UTC)
        work.commit()
    bench.open("edit")
    assert "was deleted" in bench.said


# --- deleting and bringing back -----------------------------------------------------------------


def test_delete_asks_with_the_marks_and_bring_back_undoes_it(bench: Bench) -> None:
    before = bench.marks()
    form = bench.open("delete", "delete-assessment")
    assert "This hides 15 marks of 5 pupils" in shown(bench.forms.widget)
    press(form, "delete")
    assert bench.changed == [None]
    assert [item.name for item in bench.choice.assessments] == ["Baseline"]
    assert bench.buttons[-1] == "Deleted (1)"
    assert "Autumn was deleted" in bench.said

    bench.open("deleted", "close-deleted")
    table = only(bench.forms.widget, FiguresTable)
    row = cells_of(table)["Autumn"]
    assert row[:3] == ["15/12/2025", "Year 4", "2025/2026"]
    assert row[4:] == ["30", "Bring back"]
    press_cell(table, str(bench.village.autumn), "back")
    assert bench.changed == [None, bench.village.autumn]
    assert len(bench.choice.assessments) == 2
    assert bench.marks() == before
    assert "Deleted (1)" not in bench.buttons


def test_delete_that_is_not_meant_changes_nothing(bench: Bench) -> None:
    press(bench.open("delete", "delete-assessment"), "keep")
    assert bench.stored().deleted_at is None
    assert bench.changed == []


def test_delete_asks_again_when_marks_came_meanwhile(bench: Bench) -> None:
    form = bench.open("delete", "delete-assessment")
    with bench.village.database.unit_of_work(write=True) as work:
        work.session.add(
            JudgementRow(
                school_id=bench.village.hillside,
                academic_year=2025,
                assessment_id=bench.village.autumn,
                pupil_id=bench.village.pupils["Evans"],
                subject="READ",
                kind="tracking",
                value="O",
                changed_at=datetime.now(UTC),
            )
        )
        work.commit()
    press(form, "delete")
    assert bench.stored().deleted_at is None
    assert "16 marks of 6 pupils" in shown(bench.forms.widget)
    press(bench.form("delete-assessment"), "delete")
    assert bench.stored().deleted_at is not None


def test_bring_back_where_the_name_is_taken_says_so(bench: Bench) -> None:
    press(bench.open("delete", "delete-assessment"), "delete")
    make_assessment(bench.village.database, bench.village.hillside)
    bench.show()
    bench.open("deleted", "close-deleted")
    press_cell(only(bench.forms.widget, FiguresTable), str(bench.village.autumn), "back")
    assert "This one was not brought back" in bench.said
    press(bench.form("close-deleted"), "close")
    assert bench.form("open-assessment")


# --- copying ------------------------------------------------------------------------------------


def test_copy_shows_what_would_be_and_creates_those_ticked(bench: Bench) -> None:
    for name, day, groups in (
        ("Autumn 2024", date(2024, 12, 13), (3, 4)),
        ("Summer 2025", date(2025, 7, 1), (6,)),
        ("Autumn", date(2024, 11, 1), (4,)),
    ):
        make_assessment(
            bench.village.database,
            bench.village.hillside,
            academic_year=2024,
            name=name,
            held_on=day,
            year_groups=groups,
        )
    form = bench.open("copy", "copy-assessments")
    cells = cells_of(only(bench.forms.widget, FiguresTable))
    assert cells == {
        "Autumn": [*[NOT_APPLICABLE] * 3, "Autumn, 01/11/2024", "Passed over: there already."],
        "Autumn 2025": ["13/12/2025", "Year 3, Year 4", "3", "Autumn 2024, 13/12/2024", ""],
        "Summer 2026": ["01/07/2026", "Year 6", "3", "Summer 2025, 01/07/2025", ""],
    }
    ticks = field_of(form, "copies")
    assert len(ticks["value"]) == len(ticks["options"]) == 2
    press(form, "create", copies=[])
    assert list(form.errors) == ["copies"]
    press(form, "create", copies=ticks["value"][1:])
    names = {
        item.name for item in assessments_for(bench.context.caller, bench.village.hillside, 2025)
    }
    assert names == {"Autumn", "Baseline", "Summer 2026"}
    assert bench.changed == [None]
    assert "1 assessment was created from last year's." in bench.said


def test_copy_without_a_last_year_says_so(bench: Bench) -> None:
    form = bench.open("copy", "copy-assessments")
    assert "There are no assessments of 2024/2025 to copy." in shown(bench.forms.widget)
    assert [item["label"] for item in form.spec["buttons"]] == ["Close"]
    press(form, "cancel")
    assert bench.form("open-assessment")
    assert [item.spec["name"] for item in each(bench.forms.widget, Form)] == ["open-assessment"]
