"""Bringing pupils in on the page: check, see, accept or not, and nothing saved before that."""

from __future__ import annotations

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.services import pupils as service
from pupiltrack_core.services.pupils import accept_import, preview_import
from pupiltrack_core.storage.models import Enrolment, ImportBatch, Pupil
from pupiltrack_portal.pages import pupils
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import MAX_FILE_BYTES, Form
from tests.integration.pages.browser import (
    assert_signed_out,
    cells_of,
    each,
    only,
    press,
    press_file,
    press_with_file,
    shown,
    text_of,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import Village
from tests.unit.interchange.files import csv_file, row, upn, xlsx_file

GOOD = (row(1, surname="Kestrel"), row(2, surname="Linnet"))
BAD = row(3, surname="Magpie", dob="31/02/2016")


@pytest.fixture
def context(open_as: OpenPage) -> PageContext:
    return open_as(Role.DATA_MANAGER)


@pytest.fixture
def view(context: PageContext) -> pupils.View:
    view = pupils.View(pupils.open_model(context), context)
    open_import(view)
    return view


def open_import(view: pupils.View) -> None:
    press(only(view.widget, Form, name="open-import"), "open")


def file_button(view: pupils.View, label: str) -> FileButton:
    (found,) = [button for button in each(view.widget, FileButton) if button.label == label]
    return found


def check(view: pupils.View, content: bytes, name: str = "pupils.csv") -> None:
    press_with_file(only(view.widget, Form, name="import"), "preview", name, content)


def decide(view: pupils.View, button: str) -> None:
    press(only(view.widget, Form, name="accept"), button)


def assert_put_away(view: pupils.View) -> None:
    """The import is a button among others again, and asks nothing."""
    names = {item.spec["name"] for item in each(view.widget, Form)}
    assert "open-import" in names
    assert names.isdisjoint({"import", "columns", "accept"})


def buttons(view: pupils.View) -> list[str]:
    return [item["key"] for item in only(view.widget, Form, name="accept").spec["buttons"]]


def table(view: pupils.View, caption: str) -> FiguresTable:
    (found,) = [t for t in each(view.widget, FiguresTable) if caption in t.spec["caption"]]
    return found


def captions(view: pupils.View) -> list[str]:
    return [item.spec["caption"] for item in each(view.widget, FiguresTable)]


def test_check_shows_every_change_and_saves_nothing(view: pupils.View, village: Village) -> None:
    before = village.count(Pupil)
    check(view, csv_file(*GOOD))
    changes = cells_of(table(view, "Pupils to add and to change"))
    assert [cells[:3] for cells in changes.values()] == [
        ["Added", "Kestrel, Ivy1", "Year 4"],
        ["Added", "Linnet, Ivy2", "Year 4"],
    ]
    assert "2 pupils to add" in shown(view.widget)
    assert buttons(view) == ["all", "cancel"]
    assert village.count(Pupil) == before


def test_accept_saves_and_shows_the_pupils(
    view: pupils.View, village: Village, context: PageContext
) -> None:
    before = village.count(Pupil)
    check(view, csv_file(*GOOD))
    decide(view, "all")
    assert village.count(Pupil) == before + 2
    assert context.notice.messages == [
        {"kind": "success", "text": "Imported: 2 added, 0 changed, 0 unchanged."}
    ]
    assert any(name.startswith("Kestrel") for name in cells_of(table(view, "pupils found")))
    assert "pupils imported" in village.actions()


def test_whole_flow_with_problems_then_again_is_unchanged(
    view: pupils.View, village: Village, context: PageContext
) -> None:
    before = village.count(Pupil)
    content = csv_file(*GOOD, BAD)
    check(view, content)
    problems = table(view, "Problems and warnings").spec["rows"]
    blocking = [r for r in problems if text_of(r["cells"][0]) == "Problem"]
    assert {text_of(r["head"]) for r in blocking} == {"4"}  # the third row under the headings
    assert {r["cells"][0]["tone"] for r in blocking} == {"problem"}
    assert buttons(view) == ["good", "cancel"]
    decide(view, "all")  # forged: it is not offered while there are problems
    assert village.count(Pupil) == before
    decide(view, "good")
    assert village.count(Pupil) == before + 2
    assert "left out" in context.notice.messages[0]["text"]
    open_import(view)
    check(view, content)
    words = shown(view.widget)
    assert "2 pupils already as in the file" in words
    assert "This very file was imported on" in words
    assert "There is nothing to save." in words
    assert buttons(view) == ["cancel"]
    assert village.count(ImportBatch) == 1


def test_changed_pupil_shows_old_and_new_value(view: pupils.View, village: Village) -> None:
    check(view, csv_file(*GOOD))
    decide(view, "all")
    open_import(view)
    check(view, csv_file(row(1, surname="Kestrel", postcode="LA1 4ZZ"), GOOD[1]))
    ((what, pupil, _, _, words),) = cells_of(table(view, "to change")).values()
    assert (what, pupil) == ("Changed", "Kestrel, Ivy1")
    assert "LA1 4YF" in words
    assert "LA1 4ZZ" in words


def test_markup_in_a_name_stays_text(view: pupils.View, village: Village) -> None:
    name = '<img src=x onerror="alert(1)">'
    check(view, csv_file(row(1, surname=name)))
    (cells,) = cells_of(table(view, "Pupils to add")).values()
    assert cells[1] == f"{name}, Ivy1"
    decide(view, "all")
    assert f"{name}, Ivy1" in cells_of(table(view, "pupils found"))


def test_workbook_is_read_as_well(view: pupils.View, village: Village) -> None:
    before = village.count(Pupil)
    check(view, xlsx_file(*GOOD), "pupils.xlsx")
    decide(view, "all")
    assert village.count(Pupil) == before + 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pupils.csv", b""),
        ("pupils.csv", b"a,b\n1,2\n"),
        ("pupils.xlsx", b"PK\x03\x04 not an archive"),
        ("pupils.pdf", b"%PDF-1.4"),
        ("../../etc/passwd", b"root"),
        ("pupils.csv", "Ünïcödé".encode("utf-16")),
    ],
)
def test_file_that_cannot_be_read_says_why_and_offers_nothing(
    view: pupils.View, village: Village, context: PageContext, name: str, content: bytes
) -> None:
    before = village.count(Pupil)
    check(view, content, name)
    forms = {item.spec["name"]: item for item in each(view.widget, Form)}
    if "accept" in forms:
        assert [item["key"] for item in forms["accept"].spec["buttons"]] == ["cancel"]
        assert [c for c in captions(view) if "Problems and warnings" in c]
    else:
        assert forms["import"].errors["file"]
    assert village.count(Pupil) == before
    assert context.notice.messages == []


def test_check_without_a_file_asks_for_one(view: pupils.View) -> None:
    form = only(view.widget, Form, name="import")
    press(form, "preview")
    assert "Choose a CSV or Excel file" in form.errors["file"]


def test_file_over_the_limit_is_not_taken(view: pupils.View) -> None:
    form = only(view.widget, Form, name="import")
    press_with_file(form, "preview", "pupils.csv", bytes(MAX_FILE_BYTES + 1))
    assert "20 MB" in form.errors["file"]


def test_import_put_away_changes_nothing(
    view: pupils.View, village: Village, context: PageContext
) -> None:
    before = village.count(Pupil)
    check(view, csv_file(*GOOD))
    decide(view, "cancel")
    assert village.count(Pupil) == before
    assert context.notice.messages[0]["text"].endswith("Nothing was changed.")
    assert_put_away(view)


def test_other_year_drops_the_preview(view: pupils.View, village: Village) -> None:
    check(view, csv_file(*GOOD))
    press(only(view.widget, Form, name="search"), "search", year="2024")
    assert_put_away(view)


def test_search_in_the_same_year_keeps_the_preview(view: pupils.View) -> None:
    check(view, csv_file(*GOOD))
    press(only(view.widget, Form, name="search"), "search", surname="x")
    assert buttons(view) == ["all", "cancel"]


def test_import_is_into_the_year_on_view(view: pupils.View, village: Village) -> None:
    press(only(view.widget, Form, name="search"), "search", year="2024")
    open_import(view)
    check(view, csv_file(*GOOD))
    decide(view, "all")
    with village.database.unit_of_work() as work:
        years = [
            enrolment.academic_year
            for enrolment in work.session.query(Enrolment)
            .join(Pupil, Pupil.id == Enrolment.pupil_id)
            .filter(Pupil.upn == upn(1))
        ]
    assert years == [2024]


def test_pupils_changed_since_the_check_are_a_conflict(
    view: pupils.View, village: Village, context: PageContext, open_as: OpenPage
) -> None:
    check(view, csv_file(*GOOD))
    other = open_as(Role.HEAD).caller
    plan = preview_import(
        other,
        school_id=village.hillside,
        academic_year=2025,
        file_name="x.csv",
        content=csv_file(GOOD[0]),
    )
    accept_import(other, plan)
    before = village.count(Pupil)
    decide(view, "all")
    assert village.count(Pupil) == before
    assert "Preview the file again" in context.notice.messages[0]["text"]


def test_role_taken_away_since_the_check_saves_nothing(
    view: pupils.View, village: Village, context: PageContext
) -> None:
    before = village.count(Pupil)
    check(view, csv_file(*GOOD))
    village.take_roles_from(Role.DATA_MANAGER)
    decide(view, "all")
    assert village.count(Pupil) == before
    assert context.notice.messages[0]["kind"] == "error"


def test_revoked_session_since_the_check_saves_nothing(
    view: pupils.View, village: Village, context: PageContext
) -> None:
    before = village.count(Pupil)
    check(view, csv_file(*GOOD))
    village.revoke(Role.DATA_MANAGER)
    decide(view, "all")
    assert village.count(Pupil) == before
    assert_signed_out(context.notice)


def test_teacher_who_forges_the_import_is_refused(open_as: OpenPage, village: Village) -> None:
    context = open_as(Role.TEACHER)
    view = pupils.View(pupils.open_model(context), context)
    before = village.count(Pupil)
    panel = view._import  # the browser can address every widget the page has made
    panel.set_place(village.hillside, 2025)
    press(panel._open, "open")
    press_with_file(panel._form, "preview", "pupils.csv", csv_file(*GOOD))
    assert "Your role does not let you import pupils" in panel._form.errors["file"]
    assert village.count(Pupil) == before


def test_fault_in_the_middle_is_told_by_reference_and_logs_nobody(
    view: pupils.View,
    village: Village,
    context: PageContext,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("Kestrel, Ivy1 A999200125001")

    check(view, csv_file(*GOOD))
    monkeypatch.setattr("pupiltrack_portal.pages.pupil_import.accept_import", fail)
    decide(view, "all")
    (message,) = context.notice.messages
    reference = message["text"].split("reference ")[1][:8]
    assert reference in caplog.text
    assert "RuntimeError" in caplog.text
    for personal in ("Kestrel", "Ivy1", "A9992"):
        assert personal not in caplog.text
        assert personal not in message["text"]


def test_empty_template_can_be_had(view: pupils.View, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = press_file(file_button(view, "Get the empty template"), monkeypatch)
    assert answer["kind"] == "ready"
    assert answer["name"] == service.TemplateFormat.WORKBOOK.value


def test_more_rows_than_are_shown_are_said_to_be_more(view: pupils.View) -> None:
    many = [row(number, surname=f"Bird{number}") for number in range(1, 502)]
    check(view, csv_file(*many))
    found = table(view, "Pupils to add and to change")
    assert "(the first 500 are shown)" in found.spec["caption"]
    assert len(found.spec["rows"]) == 500
    assert "501 pupils to add" in shown(view.widget)
