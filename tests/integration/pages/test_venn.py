"""The Venn page: its regions in the drawing and in the table, their pupils, and its PDF."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.domain.venn import REGIONS, VennKind
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.downloads import collect
from pupiltrack_portal.pages import venn
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import Form
from pupiltrack_portal.widgets.venn_diagram import VennDiagram
from tests.builders import make_school, make_user
from tests.integration.pages.browser import (
    assert_signed_out,
    cells_of,
    each,
    only,
    press,
    press_cell,
    press_file,
    shown,
    text_of,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import OAKFIELD, Village

YEAR_4 = {"years": "4"}


def view_of(context: PageContext) -> venn.View:
    return venn.View(venn.open_model(context), context)


def press_region(view: venn.View, key: object) -> None:
    diagram = only(view.widget, VennDiagram)
    diagram._on_message(diagram, {"kind": "region", "key": key}, [])


def names(view: venn.View) -> list[str] | None:
    tables = list(each(view.widget, FiguresTable))
    if len(tables) == 1:
        return None
    return [name.split(",")[0] for name in cells_of(tables[1])]


def counts(view: venn.View) -> dict[str, str]:
    table = next(each(view.widget, FiguresTable))
    return {row["key"]: text_of(row["cells"][0]).split()[0] for row in table.spec["rows"]}


def test_regions_hold_every_included_pupil_once(open_as: OpenPage) -> None:
    view = view_of(open_as(**YEAR_4))
    # OOO and DDD in all three, B O T in writing only, TTT in none, one without any judgement.
    expected = {"111": "2", "010": "1", "000": "1", "blank": "1"}
    assert counts(view) == {region: expected.get(region, "0") for region in REGIONS}
    assert (
        next(each(view.widget, FiguresTable)).spec["caption"] == "The same in numbers, of 5 pupils"
    )


def test_regions_without_pupils_are_no_buttons(open_as: OpenPage) -> None:
    view = view_of(open_as(**YEAR_4))
    diagram = only(view.widget, VennDiagram)
    assert {region["key"] for region in diagram.regions} == {"111", "010", "000", "blank"}
    assert all(f'id="region-{region["key"]}"' in diagram.svg for region in diagram.regions)
    assert "2 (40\u202f%)" in next(r["label"] for r in diagram.regions if r["key"] == "111")


def test_region_shows_its_pupils_and_again_hides_them(open_as: OpenPage) -> None:
    view = view_of(open_as(**YEAR_4))
    press_region(view, "111")
    assert names(view) == ["Archer", "Baker"]
    assert only(view.widget, VennDiagram).selected == "111"
    press_region(view, "111")
    assert names(view) is None


def test_region_from_the_table_is_the_region_of_the_diagram(open_as: OpenPage) -> None:
    view = view_of(open_as(**YEAR_4))
    press_cell(next(each(view.widget, FiguresTable)), "000", "pupils")
    assert names(view) == ["<b>Finch</b>"]
    assert only(view.widget, VennDiagram).selected == "000"


@pytest.mark.parametrize("kind", list(VennKind))
def test_pupils_of_each_region_are_as_many_as_it_says(open_as: OpenPage, kind: VennKind) -> None:
    model = venn.open_model(open_as(**YEAR_4))
    model.kind = kind
    model.refresh()
    for region, pupils in zip(
        model.report.regions["region"], model.report.regions["pupils"], strict=True
    ):
        model.region = ""
        model.toggle(region)
        assert len(model.names()) == pupils, region


@pytest.mark.parametrize("key", ["110", "222", "", None, ["111"], "surname"])
def test_forged_region_shows_nobody(open_as: OpenPage, key: object) -> None:
    view = view_of(open_as(**YEAR_4))
    press_region(view, key)
    assert (view.model.region, names(view)) == ("", None)


def test_region_the_browser_wrote_into_the_widget_shows_nobody(open_as: OpenPage) -> None:
    view = view_of(open_as(**YEAR_4))
    only(view.widget, VennDiagram).set_state({"regions": [{"key": "every", "label": "x"}]})
    press_region(view, "every")
    assert (view.model.region, names(view)) == ("", None)
    with pytest.raises(InvalidEntry):
        view.model.toggle("every")
    assert view.model.region == ""


def test_other_diagram_counts_the_off_track(open_as: OpenPage) -> None:
    view = view_of(open_as(**YEAR_4))
    press_region(view, "111")
    press(only(view.widget, Form, name="diagram"), "show", kind="not-on-track")
    # B . T is off track in reading and maths, T T T in all three; O O O and D D D in none.
    expected = {"101": "1", "111": "1", "000": "2", "blank": "1"}
    assert counts(view) == {region: expected.get(region, "0") for region in REGIONS}
    assert names(view) is None


def test_forged_kind_keeps_the_diagram(open_as: OpenPage) -> None:
    view = view_of(open_as(**YEAR_4))
    press(only(view.widget, Form, name="diagram"), "show", kind="everyone")
    assert view.model.kind is VennKind.ON_TRACK


def test_pdf_names_the_region_on_view(
    open_as: OpenPage, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = view_of(open_as(**YEAR_4))
    press_region(view, "111")
    answer = press_file(next(each(view.widget, FileButton)), monkeypatch)
    assert answer["kind"] == "ready", answer
    token = answer["href"].removeprefix("/download/")
    file = collect(village.database, village.sessions["teacher"], token)
    assert file.content.startswith(b"%PDF")


def test_local_authority_sees_all_its_schools_and_can_open_one(open_as: OpenPage) -> None:
    context = open_as(Role.LA_ADVISER)
    view = view_of(context)
    assert view.model.report.school_name == "Demo Authority"
    (the_list,) = (
        item for item in each(view.widget, FileButton) if item.label == "Save the list (PDF)"
    )
    assert not the_list.enabled
    press_region(view, "111")
    assert names(view) == ["Archer", "Baker"]
    form = only(view.widget, Form, name="diagram")
    assert [button["key"] for button in form.spec["buttons"]] == ["show"]
    press(form, "everyone")  # not offered, whatever the browser sends
    assert (names(view), view.model.lists_everyone) == (["Archer", "Baker"], False)
    press(only(view.widget, Form, name="cohort"), "select", school=OAKFIELD)
    assert view.model.report.school_name == "Oakfield Primary School"
    assert the_list.enabled
    assert [button["key"] for button in form.spec["buttons"]] == ["show", "everyone"]


def test_two_subjects_are_drawn_and_stay_in_the_address(open_as: OpenPage) -> None:
    view = view_of(open_as(**YEAR_4))
    form = only(view.widget, Form, name="diagram")
    press(form, "show", first="MATH", second="READ", third="")
    # Reading and maths: Archer and Baker both, Carter and Finch neither, Evans no data
    assert counts(view) == {"11": "2", "10": "0", "01": "0", "00": "2", "blank": "1"}
    assert only(view.widget, VennDiagram).label == "Venn diagram of reading and maths, on track"
    query = {key: value for key, (value,) in
             parse_qs(only(view.widget, Form, name="cohort").address).items()}  # fmt: skip
    assert query["subjects"] == "READ,MATH"
    again = view_of(open_as(**query))
    assert counts(again) == counts(view)
    press_region(again, "00")
    assert names(again) == ["<b>Finch</b>", "Carter"]


@pytest.mark.parametrize(
    "subjects", ["READ", "READ,READ", "READ,MUSI", "<b>,x", "READ,WRIT,MATH,GPS"]
)
def test_address_of_subjects_that_are_not_there_draws_the_usual(
    open_as: OpenPage, subjects: str
) -> None:
    view = view_of(open_as(**YEAR_4, subjects=subjects))
    assert view.model.subjects == ("READ", "WRIT", "MATH")


def test_same_subject_twice_is_refused_and_the_diagram_stays(open_as: OpenPage) -> None:
    context = open_as(**YEAR_4)
    view = view_of(context)
    press(only(view.widget, Form, name="diagram"), "show", first="READ", second="READ", third="")
    assert "two or three subjects" in context.notice.messages[0]["text"]
    assert len(counts(view)) == 9


def test_all_pupils_are_listed_by_name_and_hidden_again(open_as: OpenPage) -> None:
    view = view_of(open_as(years="ks2"))
    form = only(view.widget, Form, name="diagram")
    press(form, "everyone")
    assert names(view) == ["<b>Finch</b>", "Archer", "Baker", "Carter", "Evans"]
    press_region(view, "111")
    assert names(view) == ["Archer", "Baker"]
    press(form, "everyone")
    press(form, "everyone")
    assert names(view) is None


@pytest.mark.parametrize(
    ("label", "file_name", "start", "named"),
    [
        ("Save as PDF", "venn-diagram.pdf", b"%PDF", False),
        ("Save the list (PDF)", "venn-diagram-pupils.pdf", b"%PDF", True),
        ("Save as Excel", "venn-diagram.xlsx", b"PK", True),
    ],
)
def test_files_are_deposited_and_noted(
    open_as: OpenPage,
    village: Village,
    monkeypatch: pytest.MonkeyPatch,
    label: str,
    file_name: str,
    start: bytes,
    named: bool,
) -> None:
    view = view_of(open_as(**YEAR_4))
    button = next(item for item in each(view.widget, FileButton) if item.label == label)
    token = press_file(button, monkeypatch)["href"].removeprefix("/download/")
    file = collect(village.database, village.sessions["teacher"], token)
    assert (file.file_name, file.content.startswith(start)) == (file_name, True)
    assert village.details("report made")[0]["with_names"] is named


def test_cohort_of_nobody_is_drawn_without_pupils(village: Village, open_as: OpenPage) -> None:
    new = make_school(village.database, "New School", laestab="9992099")
    village.people["new"] = make_user(village.database, Role.HEAD, school_id=new)
    view = view_of(open_as("new"))
    assert only(view.widget, VennDiagram).regions == []
    assert set(counts(view).values()) == {"0"}


def test_revoked_session_shows_no_names(open_as: OpenPage, village: Village) -> None:
    context = open_as(**YEAR_4)
    view = view_of(context)
    village.revoke(Role.TEACHER)
    press_region(view, "111")
    press(only(view.widget, Form, name="diagram"), "show", kind="not-on-track")
    assert (view.model.region, view.model.kind) == ("", VennKind.ON_TRACK)
    assert names(view) is None
    assert_signed_out(context.notice)


def test_view_without_any_school_says_so(open_as: OpenPage, village: Village) -> None:
    context = open_as()
    village.take_roles_from(Role.TEACHER)
    view = view_of(context)
    assert "no school to report on yet" in shown(view.widget)
    with pytest.raises(InvalidEntry):
        view.model.pdf()
