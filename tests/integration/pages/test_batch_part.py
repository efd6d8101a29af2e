"""Reports of many schools, asked for and watched on the Schools page."""

from __future__ import annotations

import ipywidgets
import pytest

from pupiltrack_core.access import Page, Role
from pupiltrack_core.services import batch_jobs
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.storage.report_models import BatchJob
from pupiltrack_portal.pages import batch_part, schools
from pupiltrack_portal.pages.batch_part import BatchPart
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import Form
from pupiltrack_portal.widgets.toggle_row import ToggleRow
from tests.builders import make_authority
from tests.integration.pages.browser import (
    assert_signed_out,
    each,
    field_of,
    offered,
    only,
    press,
    press_cell,
    press_file,
    shown,
    text_of,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import Village


@pytest.fixture
def analyst(open_as: OpenPage) -> PageContext:
    return open_as(Role.LA_ANALYST, Page.SCHOOLS, section="files")


@pytest.fixture
def part(analyst: PageContext, village: Village) -> BatchPart:
    return BatchPart(analyst, make_authority(village.database))


def rows(part: BatchPart) -> list[list[str]]:
    """The cells of each batch, the newest first; two may have been asked for in one minute."""
    lines = only(part.widget, FiguresTable).spec["rows"]
    return [[text_of(cell) for cell in line["cells"]] for line in lines]


def ask(part: BatchPart, *reports: str, **more: str) -> None:
    press(only(part.widget, Form), "make", reports=list(reports), **more)


def told(context: PageContext) -> str:
    return context.notice.messages[0]["text"]


def change(village: Village, **values: object) -> None:
    with village.database.unit_of_work(write=True) as unit:
        job = unit.session.query(BatchJob).order_by(BatchJob.id.desc()).first()
        assert job is not None
        for name, value in values.items():
            setattr(job, name, value)
        unit.commit()


def test_batch_is_asked_for_watched_and_fetched(
    part: BatchPart, analyst: PageContext, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = only(part.widget, Form)
    assert offered(form, "reports") == ["full", "matrix", "venn", "transition", "governors"]
    assert rows(part) == []
    ask(part, "full", "governors", files="both")
    assert "in the queue" in told(analyst)
    ((what, _who, state, files, cancel),) = rows(part)
    assert what == "Full report and Governors' pack, 2025/2026, PDF and Excel"
    assert (state, files, cancel) == ("Waiting", "–", "Cancel")
    assert not list(each(part.widget, FileButton))

    change(village, state="running", total=6, done=2, failed=1)
    part._draw()  # as the watch does every other second
    assert rows(part)[0][2:4] == ["Being made", "2 of 6"]
    table = only(part.widget, FiguresTable)
    assert table.spec["rows"][0]["cells"][3]["note"] == "1 failed"

    change(village, state="finished", done=6, finished_at=analyst.caller.clock(), folder="1-x")
    part._draw()
    assert rows(part)[0][2] == "Finished"
    button = only(part.widget, FileButton)
    part._draw()
    assert only(part.widget, FileButton) is button  # it may have the focus
    ready = press_file(button, monkeypatch)
    assert (ready["kind"], ready["href"]) == ("ready", "/download/batch-1")
    assert ready["name"] == "reports-1.zip"
    change(village, folder=None)
    assert "not there any more" in press_file(button, monkeypatch)["text"]


def test_batch_is_cancelled(part: BatchPart, analyst: PageContext, village: Village) -> None:
    ask(part, "full")
    table = only(part.widget, FiguresTable)
    press_cell(table, "1", "cancel")
    assert told(analyst) == "The batch is cancelled. None of its files is kept."
    assert rows(part)[0][2:] == ["Cancelled", "–", ""]
    ask(part, "venn")
    change(village, state="running", total=3, done=1)
    part._draw()
    press_cell(table, "2", "cancel")
    assert rows(part)[0][2:] == ["Being cancelled", "1 of 3", ""]
    change(village, state="finished", cancelled_at=None)
    press_cell(table, "2", "cancel")  # the page still showed it as being made
    assert "2" in table.spec["rows"][0]["key"]


def test_batch_that_cannot_be_asked_for_says_why_at_the_field(
    part: BatchPart, analyst: PageContext
) -> None:
    form = only(part.widget, Form)
    ask(part)
    assert "at least one report" in form.errors["reports"]
    ask(part, "governors", files="xlsx")
    assert "as PDF only" in form.errors["files"]
    assert rows(part) == []
    for _ in range(4):
        ask(part, "full")
    assert "not finished yet" in form.errors["reports"]
    assert len(rows(part)) == 3


def test_batch_of_a_district_that_is_gone_says_so(
    part: BatchPart, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = only(part.widget, Form)
    district = next((item for item in offered(form, "place") if item.startswith("phase:")), "")
    assert district
    monkeypatch.setattr(batch_jobs, "schools_of", _nowhere)
    ask(part, "full", place=district)
    assert "no such school" in form.errors["place"]


def _nowhere(_caller: Caller, *_args: object, **_more: object) -> None:
    raise batch_part.NotFound("There is no such school. Nothing was made.")


def test_schools_page_opens_the_part_at_its_address_and_by_its_switch(
    analyst: PageContext, open_as: OpenPage
) -> None:
    view = schools.View(schools.open_model(analyst), analyst)
    assert "Reports of many schools" in shown(view.widget)
    row = only(view.widget, ToggleRow)
    assert row.address == "section=files"
    row._on_message(row, {"kind": "toggle", "key": "figures", "on": True}, [])
    assert "Reports of many schools" not in shown(view.widget)
    assert row.address == only(view.widget, Form, name="schools").address
    row._on_message(row, {"kind": "toggle", "key": "files", "on": True}, [])
    assert "Reports of many schools" in shown(view.widget)


def test_batch_part_of_someone_signed_out_does_nothing(
    part: BatchPart, analyst: PageContext, village: Village
) -> None:
    village.revoke(str(Role.LA_ANALYST))
    ask(part, "full")
    assert_signed_out(analyst.notice)
    assert village.count(BatchJob) == 0
    assert isinstance(part.widget, ipywidgets.VBox)
    assert field_of(only(part.widget, Form), "reports")
