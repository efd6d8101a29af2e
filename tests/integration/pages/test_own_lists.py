"""A school's own subjects and kinds of test, kept on the Maintenance page."""

from __future__ import annotations

import ipywidgets
import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.domain.subjects import OwnSubject
from pupiltrack_core.domain.test_ranges import TestRange
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.school_subjects import own_subjects, rename_own_subject
from pupiltrack_core.services.test_types import (
    TestTypeEntry,
    add_kind_of_test,
    change_kind_of_test,
    kinds_of_test,
)
from pupiltrack_core.storage.assessment_models import Assessment
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.kinds_of_test import KindsOfTest
from pupiltrack_portal.pages.own_subjects import OwnSubjects
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.form import Form
from tests.builders import make_judgements
from tests.integration.pages.browser import (
    assert_signed_out,
    cells_of,
    field_of,
    only,
    press,
    press_cell,
    shown,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import Village


@pytest.fixture
def context(open_as: OpenPage) -> PageContext:
    return open_as(Role.HEAD)


def table(widget: ipywidgets.Widget) -> FiguresTable:
    return only(widget, FiguresTable)


def form(widget: ipywidgets.Widget) -> Form:
    return only(widget, Form)


def labels(one: Form) -> list[str]:
    return [button["label"] for button in one.spec["buttons"]]


# --- own subjects -------------------------------------------------------------------------------


@pytest.fixture
def subjects(context: PageContext, village: Village) -> ipywidgets.Widget:
    """The list with one subject, Chess."""
    widget = OwnSubjects(context, village.hillside).widget
    press(form(widget), "add", label="Chess", short="Chess")
    return widget


def test_own_subject_is_added_and_shown(subjects: ipywidgets.Widget, context: PageContext) -> None:
    assert cells_of(table(subjects)) == {"Chess": ["Chess", "In use", "Rename", "Archive"]}
    assert context.notice.messages[0]["text"] == "The subject is saved."
    assert field_of(form(subjects), "label")["value"] == ""


def test_own_subject_that_cannot_be_is_complained_of(subjects: ipywidgets.Widget) -> None:
    for changed, field in (
        ({"label": "", "short": "F"}, "label"),
        ({"label": "Forest", "short": "way too long"}, "short"),
        ({"label": "chess", "short": "F"}, "label"),
    ):
        press(form(subjects), "add", **changed)
        assert list(form(subjects).errors) == [field]
    assert len(cells_of(table(subjects))) == 1


def test_own_subject_is_renamed_archived_and_brought_back(
    subjects: ipywidgets.Widget, context: PageContext, village: Village
) -> None:
    press_cell(table(subjects), "X01", "change")
    assert form(subjects).spec["legend"] == "Rename Chess"
    press(form(subjects), "save", label="<b>Drama</b>", short="Dr")
    assert list(cells_of(table(subjects))) == ["<b>Drama</b>"]
    press_cell(table(subjects), "X01", "archive")
    assert cells_of(table(subjects))["<b>Drama</b>"][1:] == ["Archived", "Rename", "Bring back"]
    press_cell(table(subjects), "X01", "archive")
    (item,) = own_subjects(context.caller, village.hillside)
    assert (item.subject, item.is_archived) == (OwnSubject("X01", "<b>Drama</b>", "Dr"), False)


def test_own_subject_renamed_by_two_is_told_and_saved_over(
    subjects: ipywidgets.Widget, context: PageContext, village: Village
) -> None:
    press_cell(table(subjects), "X01", "change")
    rename_own_subject(
        Caller.for_operator(village.database),
        village.hillside,
        "X01",
        label="Theirs",
        short="Th",
        shown=OwnSubject("X01", "Chess", "Chess"),
    )
    press(form(subjects), "save", label="Mine", short="Mi")
    assert "It is now Theirs; nothing was saved" in form(subjects).errors["label"]
    assert list(cells_of(table(subjects))) == ["Theirs"]
    press(form(subjects), "save", label="Mine", short="Mi")
    assert list(cells_of(table(subjects))) == ["Mine"]


def test_own_subject_put_away_is_not_renamed(subjects: ipywidgets.Widget) -> None:
    press_cell(table(subjects), "X01", "change")
    press(form(subjects), "cancel", label="Mine")
    assert list(cells_of(table(subjects))) == ["Chess"]
    assert labels(form(subjects)) == ["Add subject"]


def test_own_subject_of_an_ended_session_is_not_added(
    subjects: ipywidgets.Widget, context: PageContext, village: Village
) -> None:
    village.revoke(Role.HEAD)
    press(form(subjects), "add", label="Drama", short="Dr")
    assert_signed_out(context.notice)
    assert len(own_subjects(Caller.for_operator(village.database), village.hillside)) == 1


# --- kinds of test ------------------------------------------------------------------------------

AGE = {"name": "Reading age", "lowest": "5", "highest": "18", "decimals": "1"}


@pytest.fixture
def kinds(context: PageContext, village: Village) -> ipywidgets.Widget:
    """The list with one kind of test, Reading age from 5 to 18."""
    widget = KindsOfTest(context, village.hillside).widget
    press(form(widget), "add", **AGE)
    return widget


def test_kinds_of_test_offer_the_usual_three_to_a_school_without_any(
    context: PageContext, village: Village
) -> None:
    widget = KindsOfTest(context, village.hillside).widget
    assert labels(form(widget)) == ["Add kind of test", "Add the usual three"]
    assert "Standardised score, a whole number from 69 to 141" in shown(widget)
    press(form(widget), "ready")
    assert {name: cells[0] for name, cells in cells_of(table(widget)).items()} == {
        "Percentage": "A whole number from 0 to 100",
        "Scaled score": "A whole number from 80 to 120",
        "Standardised score": "A whole number from 69 to 141",
    }
    assert labels(form(widget)) == ["Add kind of test"]


def test_kind_of_test_is_added_changed_archived_and_brought_back(
    kinds: ipywidgets.Widget, context: PageContext, village: Village
) -> None:
    (key,) = [row["key"] for row in table(kinds).spec["rows"]]
    press_cell(table(kinds), key, "change")
    assert field_of(form(kinds), "decimals")["value"] == "1"
    press(form(kinds), "save", highest="19")
    assert cells_of(table(kinds))["Reading age"][0] == (
        "A number from 5 to 19 with at most one decimal"
    )
    press_cell(table(kinds), key, "archive")
    assert kinds_of_test(context.caller, village.hillside)[0].is_archived
    press_cell(table(kinds), key, "archive")
    assert not kinds_of_test(context.caller, village.hillside)[0].is_archived


def test_kind_of_test_that_cannot_be_is_complained_of(kinds: ipywidgets.Widget) -> None:
    for changed, field in (
        ({"name": "READING age"}, "name"),
        ({"name": "A", "lowest": "x"}, "lowest"),
        ({"name": "A", "highest": "4"}, "highest"),
        ({"name": "A", "decimals": ""}, "decimals"),
    ):
        press(form(kinds), "add", **AGE | changed)
        assert list(form(kinds).errors) == [field]
    assert len(cells_of(table(kinds))) == 1


def test_kind_of_test_asks_about_stored_scores_outside_the_new_range(
    context: PageContext, village: Village
) -> None:
    operator = Caller.for_operator(village.database)
    number = add_kind_of_test(operator, village.hillside, TestTypeEntry(*AGE.values()))
    with village.database.unit_of_work(write=True) as work:
        work.session.get_one(Assessment, village.autumn).test_type_id = number
        work.commit()
    scores = {village.pupils["Archer"]: {"READ": "17"}, village.pupils["Baker"]: {"READ": "9"}}
    make_judgements(village.database, village.autumn, scores, kind="test")
    widget = KindsOfTest(context, village.hillside).widget
    press_cell(table(widget), str(number), "change")
    press(form(widget), "save", highest="16")
    assert "1 stored score lies outside the new range" in shown(widget)
    press(form(widget), "back")
    assert field_of(form(widget), "highest")["value"] == "16"
    assert kinds_of_test(operator, village.hillside)[0].range.highest == 18
    press(form(widget), "save")
    press(form(widget), "agree")
    assert kinds_of_test(operator, village.hillside)[0].range.highest == 16
    assert labels(form(widget)) == ["Add kind of test"]


def test_kind_of_test_changed_by_two_is_told_and_saved_over(
    kinds: ipywidgets.Widget, village: Village
) -> None:
    (key,) = [row["key"] for row in table(kinds).spec["rows"]]
    press_cell(table(kinds), key, "change")
    change_kind_of_test(
        Caller.for_operator(village.database),
        village.hillside,
        int(key),
        TestTypeEntry("Theirs", "1", "2"),
        shown=TestRange("Reading age", 5, 18, 1),
    )
    press(form(kinds), "save", name="Mine")
    assert "It is now Theirs: a whole number from 1 to 2" in form(kinds).errors["name"]
    press(form(kinds), "save", name="Mine")
    assert list(cells_of(table(kinds))) == ["Mine"]


def test_kind_of_test_put_away_is_not_changed(kinds: ipywidgets.Widget) -> None:
    (key,) = [row["key"] for row in table(kinds).spec["rows"]]
    press_cell(table(kinds), key, "change")
    press(form(kinds), "cancel", name="Mine")
    assert list(cells_of(table(kinds))) == ["Reading age"]
