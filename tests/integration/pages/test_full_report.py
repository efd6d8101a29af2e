"""Full report: its figures, the names behind them, its PDF, and what a browser cannot ask."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from pupiltrack_core import access
from pupiltrack_core.access import Role
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import NOT_APPLICABLE
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.downloads import collect
from pupiltrack_core.services.recording import CellChange, record_changes
from pupiltrack_core.storage.models import Download
from pupiltrack_portal.pages import full_report
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.drawing import Drawing
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import Form
from tests.builders import make_school, make_user
from tests.integration.pages.browser import (
    assert_signed_out,
    cells_of,
    change,
    each,
    only,
    press,
    press_cell,
    press_file,
    shown,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import FARAWAY, OAKFIELD, Village

YEAR_4 = {"years": "4"}
HEADINGS = [
    "below",
    "towards",
    "on_track",
    "deeper",
    "mixed",
    "on_track_or_deeper",
    "not_on_track",
    "no_data",
]


SAVE, SAVE_NAMES = "Save as PDF", "Save with names (PDF)"


def view_of(context: PageContext) -> full_report.View:
    return full_report.View(full_report.open_model(context), context)


def button_of(view: full_report.View, label: str) -> FileButton:
    return next(button for button in each(view.widget, FileButton) if button.label == label)


def figures(view: full_report.View) -> FiguresTable:
    return next(each(view.widget, FiguresTable))


def names(view: full_report.View) -> list[str] | None:
    tables = list(each(view.widget, FiguresTable))
    return list(cells_of(tables[1])) if len(tables) > 1 else None


def pct(count: int, share: int) -> str:
    return f"{count} ({share}\u202f%)"


def test_table_shows_count_share_and_denominator(open_as: OpenPage) -> None:
    view = view_of(open_as(**YEAR_4))
    table = figures(view)
    assert [column["key"] for column in table.spec["columns"]] == [*HEADINGS, "pupils", "bars"]
    # Of 5: reading B T O D and one blank, each 1 of 5; on track or deeper 2, not on track 2.
    one, two = pct(1, 20), pct(2, 40)
    reading = cells_of(table)["Reading"]
    assert reading == [one, one, one, one, NOT_APPLICABLE, two, two, one, "5"]
    # Together: Archer OOO, Baker DDD, Finch TTT, Carter off track, Evans blank.
    together = cells_of(table)["Reading, writing and maths"]
    assert together == [pct(0, 0), one, one, one, pct(0, 0), two, two, one, "5"]


def test_bar_of_a_subject_stands_in_its_row_and_the_chart_below_for_narrow_windows(
    open_as: OpenPage,
) -> None:
    view = view_of(open_as(**YEAR_4))
    bars = {row["head"]: row["cells"][-1]["drawing"] for row in figures(view).spec["rows"]}
    one = pct(1, 20)
    assert (
        f'"Below {one}, Towards {one}, On track {one}, Deeper learning {one}, ' in bars["Reading"]
    )
    key, chart = each(view.widget, Drawing)
    assert key._dom_classes == ("pt-key-of-bars",)
    assert chart._dom_classes == ("pt-bars", "pt-bars-below")
    assert "Not on track, levels mixed" in key.svg  # Carter, off track in a part of the three
    assert "Maths" in chart.svg


def test_comparison_takes_the_room_of_the_bars(open_as: OpenPage) -> None:
    view = view_of(open_as(**YEAR_4, compare="previous"))
    assert figures(view).spec["columns"][-1]["key"] == "pupils"
    (chart,) = each(view.widget, Drawing)
    assert chart._dom_classes == ("pt-bars",)
    press(only(view.widget, Form, name="more"), "show", compare="")
    assert figures(view).spec["columns"][-1]["key"] == "bars"
    assert chart._dom_classes == ("pt-bars", "pt-bars-below")


def test_notes_say_which_assessment_and_who_is_left_out(open_as: OpenPage) -> None:
    words = shown(view_of(open_as(**YEAR_4)).widget)
    assert "Assessment used: Year 4: Autumn." in words
    assert "1 pupil is left out because Include in data is set to No." in words


def test_pressed_figure_shows_its_pupils_and_again_hides_them(open_as: OpenPage) -> None:
    view = view_of(open_as(**YEAR_4))
    table = figures(view)
    press_cell(table, "READ", "on_track_or_deeper")
    assert [name.split(",")[0] for name in names(view)] == ["Archer", "Baker"]
    assert table.pressed == "READ/on_track_or_deeper"
    press_cell(table, "READ", "on_track_or_deeper")
    assert names(view) is None
    assert table.pressed == ""


@pytest.mark.parametrize("subject", ["READ", "RWM"])
def test_names_behind_every_figure_are_as_many_as_it_says(open_as: OpenPage, subject: str) -> None:
    model = full_report.open_model(open_as(**YEAR_4))
    line = model.report.summary.set_index("subject").loc[subject]
    for row in SummaryRow:
        if row is SummaryRow.MIXED and subject != "RWM":
            continue
        model.behind = ()
        model.toggle(subject, row.value)
        assert len(model.names()) == line[row.value], row


def test_pupil_left_out_of_the_data_is_behind_no_figure(open_as: OpenPage) -> None:
    model = full_report.open_model(open_as(**YEAR_4))
    model.toggle("READ", "below")
    assert list(model.names()["surname"]) == ["Carter"]


def test_surname_with_markup_stays_text(open_as: OpenPage) -> None:
    view = view_of(open_as(**YEAR_4))
    press_cell(figures(view), "READ", "towards")
    assert [name.split(",")[0] for name in names(view)] == ["<b>Finch</b>"]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("READ", "mixed"),  # does not apply
        ("RWM", "below"),  # nobody
        ("READ", "pupils"),
        ("SCIE", "below"),
        ("READ", "surname"),
        (None, None),
    ],
)
def test_forged_press_shows_nobody(open_as: OpenPage, row: Any, column: Any) -> None:
    context = open_as(**YEAR_4)
    view = view_of(context)
    table = figures(view)
    content = {"kind": "press", "row": row, "column": column}
    table._on_message(table, content, [])
    assert (view.model.behind, names(view)) == ((), None)
    assert context.notice.messages == []


def test_names_of_a_figure_that_is_not_there_are_refused(open_as: OpenPage) -> None:
    model = full_report.open_model(open_as(**YEAR_4))
    model.toggle("SCIE", "below")
    with pytest.raises(InvalidEntry):
        model.names()


def test_report_of_an_authority_names_pupils_with_their_schools(open_as: OpenPage) -> None:
    context = open_as(Role.LA_ANALYST)
    view = view_of(context)
    assert view.model.report.cohort is None
    assert "Demo Authority" in shown(view.widget)
    # Hillside's five and Oakfield's one, Years 1 to 6, and the two of Year 1 without judgement.
    assert cells_of(figures(view))["Reading"][-1] == "8"
    press_cell(figures(view), "READ", "on_track")
    table = list(each(view.widget, FiguresTable))[1]
    assert [column["label"] for column in table.spec["columns"]][:3] == ["School", "Year", "Class"]
    assert {name.split(",")[0]: cells[0] for name, cells in cells_of(table).items()} == {
        "Archer": "Hillside Primary School",
        "Oak": "Oakfield Primary School",
    }
    assert not button_of(view, SAVE_NAMES).enabled


def test_report_for_who_may_see_no_pupils_withholds_small_figures(
    open_as: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = access.GRANTS[Role.LA_ANALYST] - {access.Action.SEE_PUPILS}
    monkeypatch.setitem(access.GRANTS, Role.LA_ANALYST, without)
    view = view_of(open_as(Role.LA_ANALYST))
    reading = cells_of(figures(view))["Reading"]
    assert reading == [*["c"] * 4, NOT_APPLICABLE, *["c"] * 3, "8"]
    assert "is withheld" in shown(view.widget)
    press_cell(figures(view), "READ", "on_track")
    assert names(view) is None


def test_local_authority_opens_one_school_with_names(open_as: OpenPage) -> None:
    view = view_of(open_as(Role.LA_ANALYST, school=OAKFIELD, **YEAR_4))
    press_cell(figures(view), "READ", "on_track")
    assert [name.split(",")[0] for name in names(view)] == ["Oak"]


def test_select_reads_the_report_again_and_hides_names(open_as: OpenPage) -> None:
    view = view_of(open_as(**YEAR_4))
    press_cell(figures(view), "READ", "towards")
    form = only(view.widget, Form, name="cohort")
    press(form, "select", **{"class": "Maple"})
    assert names(view) is None
    assert cells_of(figures(view))["Reading"][-1] == "3"  # Archer, Baker, Carter; Dunn is left out
    change(form, "year", "2024")
    assert cells_of(figures(view))["Reading"][-1] == "3"
    press(form, "select")
    assert cells_of(figures(view))["Reading"][-1] == "0"


def test_refresh_sees_what_was_saved_meanwhile(open_as: OpenPage, village: Village) -> None:
    context = open_as(**YEAR_4)
    model = full_report.open_model(context)
    key = f"{village.autumn}:tracking:READ"
    change_ = CellChange(village.pupils["Evans"], key, "D", 0)
    (outcome,) = record_changes(context.caller, village.hillside, 2025, [change_])
    assert outcome.status == "saved"
    model.refresh()
    line = model.report.summary.set_index("subject").loc["READ"]
    assert (line["deeper"], line["no_data"]) == (2, 0)


def test_cohort_of_nobody_shows_no_percentage(village: Village, open_as: OpenPage) -> None:
    new = make_school(village.database, "New School", laestab="9992099")
    village.people["new"] = make_user(village.database, Role.HEAD, school_id=new)
    view = view_of(open_as("new"))
    nobody = f"0 ({NOT_APPLICABLE})"
    reading = [*[nobody] * 4, NOT_APPLICABLE, *[nobody] * 3, "0"]
    assert cells_of(figures(view))["Reading"] == reading


def test_pdf_is_deposited_for_this_session_alone(
    open_as: OpenPage, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = view_of(open_as(**YEAR_4))
    answer = press_file(button_of(view, SAVE), monkeypatch)
    assert answer["kind"] == "ready"
    token = answer["href"].removeprefix("/download/")
    file = collect(village.database, village.sessions["teacher"], token)
    assert file.content.startswith(b"%PDF")
    assert (file.file_name, file.media_type) == ("full-report.pdf", "application/pdf")


@pytest.mark.parametrize(("label", "named"), [(SAVE, False), (SAVE_NAMES, True)])
def test_pdf_holds_names_only_when_asked(
    open_as: OpenPage,
    village: Village,
    monkeypatch: pytest.MonkeyPatch,
    label: str,
    named: bool,
) -> None:
    view = view_of(open_as(**YEAR_4))
    answer = press_file(button_of(view, label), monkeypatch)
    token = answer["href"].removeprefix("/download/")
    content = collect(village.database, village.sessions["teacher"], token).content
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    assert ("Archer" in text) is named


def test_pdf_after_the_session_was_revoked_is_not_made(
    open_as: OpenPage, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = view_of(open_as(**YEAR_4))
    village.revoke(Role.TEACHER)
    answer = press_file(button_of(view, SAVE), monkeypatch)
    assert answer["kind"] == "refused"
    assert village.count(Download) == 0


def test_revoked_session_shows_no_names(open_as: OpenPage, village: Village) -> None:
    context = open_as(**YEAR_4)
    view = view_of(context)
    village.revoke(Role.TEACHER)
    press_cell(figures(view), "READ", "towards")
    assert names(view) is None
    assert_signed_out(context.notice)


def test_address_of_another_authoritys_school_shows_the_own_school(open_as: OpenPage) -> None:
    context = open_as(school=FARAWAY)
    view = view_of(context)
    assert "Faraway" not in shown(view.widget)
    assert view.model.report.school_name == "Hillside Primary School"
    assert context.notice.messages[0]["kind"] == "warning"


def test_view_without_any_school_says_so(open_as: OpenPage, village: Village) -> None:
    context = open_as()
    village.take_roles_from(Role.TEACHER)
    view = view_of(context)
    assert view.model.report is None
    assert "no school to report on yet" in shown(view.widget)


def test_fault_while_making_the_pdf_is_told_by_reference_and_logs_nobody(
    open_as: OpenPage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("Archer, Ann")

    view = view_of(open_as(**YEAR_4))
    monkeypatch.setattr(full_report, "full_report_pdf", fail)
    answer = press_file(button_of(view, SAVE), monkeypatch)
    assert answer["kind"] == "refused"
    assert answer["text"].split("reference ")[1][:8] in caplog.text
    assert "Archer" not in caplog.text + answer["text"]


def test_comparison_stands_under_each_figure_and_stays_in_the_address(open_as: OpenPage) -> None:
    view = view_of(open_as(**YEAR_4))
    press(only(view.widget, Form, name="more"), "show", compare="previous")
    # Archer alone was judged at the baseline, Below: now one of five is Below, Carter.
    cells = figures(view).spec["rows"][0]["cells"]
    assert cells[0]["note"] == "= was 1 (20\u202f%)"
    assert cells[5]["note"] == "▲ was 0 (0\u202f%)"
    assert "Compared with the same pupils at Baseline (01/10/2025)." in shown(view.widget)
    assert "compare=previous" in only(view.widget, Form, name="cohort").address


def test_comparison_with_nothing_says_so(open_as: OpenPage) -> None:
    view = view_of(open_as(years="1", compare="previous"))
    assert "nothing earlier to compare" in shown(view.widget)
    assert not any(cell.get("note") for cell in figures(view).spec["rows"][0]["cells"][:4])


def test_groups_show_their_gap_and_their_pupils(open_as: OpenPage) -> None:
    view = view_of(open_as(**YEAR_4, group="sex", figure="on_track"))
    table = list(each(view.widget, FiguresTable))[1]
    # On track in reading: Archer of the four girls, nobody of one boy, Baker.
    assert cells_of(table)["Reading"] == [
        "1 (25\u202f%) of 4", "0 (0\u202f%) of 1", "+25 pts", "+1 pupil",
    ]  # fmt: skip
    press_cell(table, "READ", "F")
    listed = cells_of(list(each(view.widget, FiguresTable))[2])
    assert [name.split(",")[0] for name in listed] == ["Archer"]
    press_cell(figures(view), "READ", "towards")
    assert [name.split(",")[0] for name in names(view)] == ["<b>Finch</b>"]
    assert table.pressed == ""


@pytest.mark.parametrize(
    "query",
    [{"group": "height"}, {"group": "looked_after"}, {"compare": "<b>"}, {"figure": "pupils"}],
)
def test_address_of_what_cannot_be_shown_shows_the_report_alone(
    open_as: OpenPage, query: dict[str, str]
) -> None:
    view = view_of(open_as(**YEAR_4, **query))
    assert len(list(each(view.widget, FiguresTable))) == 1
    assert view.model.extras.comparison is None


def test_workbook_is_deposited_without_names(
    open_as: OpenPage, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = view_of(open_as(**YEAR_4, group="sex", compare="previous"))
    answer = press_file(button_of(view, "Save as Excel"), monkeypatch)
    token = answer["href"].removeprefix("/download/")
    file = collect(village.database, village.sessions["teacher"], token)
    assert file.content.startswith(b"PK")
    assert not village.details("report made")[0]["with_names"]


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Headteacher's pack (PDF)", "head-pack.pdf"),
        ("Governors' pack (PDF)", "governors-pack.pdf"),
    ],
)
def test_pack_of_the_school_on_view_is_saved(
    open_as: OpenPage, monkeypatch: pytest.MonkeyPatch, label: str, name: str
) -> None:
    ready = press_file(button_of(view_of(open_as(Role.HEAD, **YEAR_4)), label), monkeypatch)
    assert (ready["kind"], ready["name"]) == ("ready", name)


def test_pack_of_several_schools_is_not_offered(open_as: OpenPage) -> None:
    view = view_of(open_as(Role.LA_ANALYST))
    assert view.model.report.selection.school_id is None
    packs = [button for button in each(view.widget, FileButton) if "pack" in button.label]
    assert [button.enabled for button in packs] == [False, False]
