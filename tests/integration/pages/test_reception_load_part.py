"""Loading Reception pupils on the Maintenance page, and what the schools see of it."""

from __future__ import annotations

import asyncio
from typing import Any

import ipywidgets
import pytest

from pupiltrack_core.access import Page, Role
from pupiltrack_core.errors import StorageUnavailable
from pupiltrack_core.services.reception_load import LoadedSchool
from pupiltrack_core.storage.models import Pupil
from pupiltrack_core.storage.school_year_models import ReceptionLoad
from pupiltrack_portal.pages import home, reception_load_part
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.reception_arrivals_part import ReceptionArrivalsPart
from pupiltrack_portal.pages.reception_load_part import ReceptionLoadPart
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import Form
from tests.builders import make_authority
from tests.integration.pages.browser import (
    assert_signed_out,
    cells_of,
    each,
    offered,
    only,
    press,
    press_file,
    press_with_file,
    shown,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import HILLSIDE, OAKFIELD, Village
from tests.unit.interchange.files import HEADINGS, csv_file, row


@pytest.fixture
def context(open_as: OpenPage) -> PageContext:
    return open_as(Role.LA_ADMIN, Page.MAINTENANCE)


@pytest.fixture
def part(context: PageContext, village: Village) -> ipywidgets.Widget:
    return ReceptionLoadPart(context, make_authority(village.database)).widget


def file_of(*rows: list[Any]) -> bytes:
    return csv_file(*rows, headings=["LAESTAB", *HEADINGS])


def born(context: PageContext) -> str:
    """A day on which a child of this year's Reception was born."""
    return f"04/11/{context.academic_year_now() - 5}"


def good(context: PageContext) -> bytes:
    return file_of(
        [HILLSIDE, *row(1, surname="<b>New</b>", dob=born(context))],
        [HILLSIDE, *row(2, dob=born(context))],
        [OAKFIELD, *row(3, dob=born(context))],
    )


def form(widget: ipywidgets.Widget, name: str) -> Form:
    return only(widget, Form, name=name)


def check(widget: ipywidgets.Widget, content: bytes, name: str = "october.csv") -> None:
    press_with_file(form(widget, "reception-file"), "check", name, content)


def tables(widget: ipywidgets.Widget) -> dict[str, dict[str, list[str]]]:
    return {table.spec["caption"]: cells_of(table) for table in each(widget, FiguresTable)}


def labels(widget: ipywidgets.Widget) -> list[str]:
    return [item["label"] for one in each(widget, Form) for item in one.spec["buttons"]]


def told(context: PageContext) -> tuple[str, str]:
    (message,) = context.notice.messages
    return message["kind"], message["text"]


def test_file_is_previewed_and_loaded_school_by_school(
    part: ipywidgets.Widget, context: PageContext, village: Village, open_as: OpenPage
) -> None:
    before = village.count(Pupil)
    check(part, good(context))
    assert tables(part)["2 schools in the file"] == {
        "Hillside Primary School": [HILLSIDE, "2", "0", "0", "0"],
        "Oakfield Primary School": [OAKFIELD, "1", "0", "0", "0"],
    }
    assert labels(part)[1:] == ["Load 3 pupils at 2 schools", "Put the file away"]
    assert village.count(Pupil) == before
    press(form(part, "reception-load"), "load")
    assert told(context) == ("success", "3 pupils loaded at 2 of 2 schools.")
    assert village.count(Pupil) == before + 3
    assert tables(part)["Schools loaded"]["Hillside Primary School"] == ["2", "0", "0", "0", ""]
    (past,) = tables(part)["Earlier loads"].values()
    assert past[2:] == ["2", "3", "0", "0"]
    check(part, good(context))
    assert "There is nothing to load." in shown(part)
    assert "This very file was loaded on" in shown(part)
    assert labels(part)[1:] == ["Put the file away"]

    teacher = open_as(Role.TEACHER)
    at_home = shown(home.View(home.open_model(teacher), teacher).widget)
    assert "2 Reception pupils were loaded by the local authority on" in at_home
    assert f"/pupils?school={HILLSIDE}&year={context.academic_year_now()}&years=0" in at_home
    arrived = ReceptionArrivalsPart(open_as(Role.HEAD), village.hillside).widget
    assert list(cells_of(only(arrived, FiguresTable))) == ["<b>New</b>, Ivy1", "Marsh2, Ivy2"]


def test_school_without_arrivals_is_told_so_and_home_says_nothing(
    village: Village, open_as: OpenPage
) -> None:
    context = open_as(Role.HEAD)
    arrived = ReceptionArrivalsPart(context, village.hillside).widget
    assert "has loaded nobody of late" in shown(arrived)
    assert "Reception pupils were" not in shown(home.View(home.open_model(context), context).widget)


def test_problems_are_shown_and_left_out(part: ipywidgets.Widget, context: PageContext) -> None:
    check(
        part,
        file_of(
            [HILLSIDE, *row(1, dob=born(context))],
            ["9992999", *row(2, dob=born(context))],
            [HILLSIDE, *row(3, dob="31/02/2021")],
        ),
    )
    assert set(tables(part)["Problems and warnings: 2"]) == {"3", "4"}
    assert labels(part)[1] == "Load 1 pupil at 1 school, leave out the problems"
    press(form(part, "reception-load"), "load")
    assert told(context)[1] == "1 pupil loaded at 1 of 1 school."


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", csv_file(row()), "lacks a column headed LAESTAB"),
        ("a.exe", b"MZ", "Only CSV files"),
        ("a.csv", b"", "The file is empty."),
    ],
)
def test_file_that_cannot_be_read_is_explained(
    part: ipywidgets.Widget, name: str, content: bytes, words: str
) -> None:
    check(part, content, name)
    assert words in shown(part)
    assert "The file cannot be read" in shown(part)
    assert labels(part)[1:] == ["Put the file away"]


def test_no_file_and_a_forged_year_are_complained_of(
    part: ipywidgets.Widget, context: PageContext
) -> None:
    press(form(part, "reception-file"), "check")
    assert list(form(part, "reception-file").errors) == ["file"]
    now = context.academic_year_now()
    assert offered(form(part, "reception-file"), "year") == [str(now), str(now + 1)]
    file = form(part, "reception-file")
    values = {"year": "1", "file": ""}
    sent = {"kind": "button", "button": "check", "values": values}
    sent["files"] = {"file": {"name": "a.csv", "buffer": 0}}
    file._on_message(file, sent, [memoryview(good(context))])
    assert list(file.errors) == ["file"]


def test_file_is_put_away(part: ipywidgets.Widget, context: PageContext, village: Village) -> None:
    check(part, good(context))
    press(form(part, "reception-load"), "away")
    assert told(context) == ("info", "The file was put away. Nothing was changed.")
    assert labels(part) == ["Check the file"]
    assert village.count(ReceptionLoad) == 0


def test_load_is_stopped_after_a_school_and_gone_on_with(
    part: ipywidgets.Widget, context: PageContext, village: Village
) -> None:
    before = village.count(Pupil)
    check(part, good(context))

    async def stop_after_one() -> None:
        press(form(part, "reception-load"), "load")
        progress = form(part, "reception-progress")
        assert progress.said == "0 of 2 schools loaded …"
        check(part, good(context))
        assert "A file is being loaded" in str(form(part, "reception-file").errors)
        while progress.said.startswith("0"):
            await asyncio.sleep(0.005)
        press(progress, "stop")

    asyncio.run(stop_after_one())
    assert told(context) == (
        "warning",
        "2 pupils loaded at 1 of 2 schools. What was loaded stays. Check the file again to go on.",
    )
    assert village.count(Pupil) == before + 2
    check(part, good(context))
    assert labels(part)[1] == "Load 1 pupil at 1 school"
    press(form(part, "reception-load"), "load")
    assert village.count(Pupil) == before + 3


def test_school_that_fails_is_passed_over_and_the_others_go_on(
    part: ipywidgets.Widget, context: PageContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = reception_load_part.load_school

    def failing(*args: Any) -> LoadedSchool:
        if args[3] == 1:
            raise StorageUnavailable("The database is busy.")
        return real(*args)

    monkeypatch.setattr(reception_load_part, "load_school", failing)
    check(part, good(context))
    press(form(part, "reception-load"), "load")
    assert told(context)[0] == "warning"
    assert "1 pupil loaded at 1 of 2 schools" in told(context)[1]
    assert tables(part)["Schools loaded"]["Hillside Primary School"][4] == "The database is busy."


def test_fault_of_ours_ends_the_load_with_a_reference(
    part: ipywidgets.Widget, context: PageContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> LoadedSchool:
        raise ZeroDivisionError

    monkeypatch.setattr(reception_load_part, "load_school", broken)
    check(part, good(context))
    press(form(part, "reception-load"), "load")
    assert told(context)[0] == "error"
    assert "reference" in told(context)[1]
    assert labels(part) == ["Check the file"]


def test_sign_out_in_the_middle_ends_the_load(
    part: ipywidgets.Widget,
    context: PageContext,
    village: Village,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = reception_load_part.load_school

    def then_out(*args: Any) -> LoadedSchool:
        done = real(*args)
        village.revoke(Role.LA_ADMIN)
        return done

    monkeypatch.setattr(reception_load_part, "load_school", then_out)
    check(part, good(context))
    press(form(part, "reception-load"), "load")
    assert "2 pupils loaded at 1 of 2 schools." in told(context)[1]
    assert_signed_out(context.notice)


def test_template_is_handed_out(
    part: ipywidgets.Widget, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = press_file(only(part, FileButton), monkeypatch)
    assert (answer["kind"], answer["name"]) == ("ready", "reception-template.csv")
