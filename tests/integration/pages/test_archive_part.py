"""Archiving from the pupil list: ticking, the question, the archived, and who is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.services.archiving import archive_pupils
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.pupils import list_pupils
from pupiltrack_core.services.schools import schools_for
from pupiltrack_core.storage.models import Pupil
from pupiltrack_portal.pages.archive_part import ArchivePart, listed_pupils
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.form import Form
from tests.builders import YEAR
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
from tests.integration.pages.village import HILLSIDE, Village


class Opened:
    """The part, opened from the list of a year's pupils."""

    def __init__(self, context: PageContext, village: Village) -> None:
        self.context, self.village = context, village
        self.closed = 0
        self.part = ArchivePart(context, on_close=self._close)

    def _close(self) -> None:
        self.closed += 1

    def show(self) -> None:
        caller = self.context.caller
        school = next(one for one in schools_for(caller) if one.laestab == HILLSIDE)
        pupils = list_pupils(caller, school.school_id, YEAR)
        self.part.show(school, YEAR, listed_pupils(pupils))

    def number(self, surname: str) -> str:
        return str(self.village.pupils[surname])

    @property
    def form(self) -> Form:
        return only(self.part.widget, Form)

    @property
    def table(self) -> FiguresTable:
        return only(self.part.widget, FiguresTable)

    def go_on(self, **answers: Any) -> None:
        filled = {"pupils": [self.number("Archer")], "reason": "moved", **answers}
        press(self.form, "go-on", **filled)

    def told(self) -> tuple[str, str]:
        (message,) = self.context.notice.messages
        return message["kind"], message["text"]


@pytest.fixture
def opened(open_as: OpenPage, village: Village) -> Opened:
    opened = Opened(open_as(Role.HEAD), village)
    opened.show()
    return opened


def test_ticked_pupils_are_archived_once_it_is_confirmed(opened: Opened) -> None:
    assert len(offered(opened.form, "pupils")) == 8
    opened.go_on(pupils=[opened.number("Archer"), opened.number("Baker")], last_day="2026-03-27")
    question = shown(opened.part.widget)
    assert "Archive 2 pupils?" in question
    assert "Archer" in question
    assert "Gone from 2025/2026 on. Why: moved to another school." in question
    assert "27/03/2026" in question
    press(opened.form, "archive")
    kind, text = opened.told()
    assert kind == "success"
    assert text.startswith("2 pupils archived. You can bring them back until ")
    assert len(offered(opened.form, "pupils")) == 6
    assert len(opened.table.spec["rows"]) == 2
    assert "Archived: 2 pupils" in opened.table.spec["caption"]


def test_changing_something_keeps_what_was_entered(opened: Opened) -> None:
    opened.go_on(from_year=str(YEAR + 1), last_day="2026-03-27")
    press(opened.form, "change")
    assert field_of(opened.form, "from_year")["value"] == str(YEAR + 1)
    assert field_of(opened.form, "pupils")["value"] == [opened.number("Archer")]
    assert field_of(opened.form, "last_day")["value"] == "2026-03-27"


def test_archived_from_next_year_stays_in_the_list(opened: Opened) -> None:
    opened.go_on(from_year=str(YEAR + 1))
    press(opened.form, "archive")
    assert opened.number("Archer") in offered(opened.form, "pupils")


@pytest.mark.parametrize(
    ("answers", "about"),
    [
        ({"pupils": []}, "pupils"),
        ({"pupils": ["999999"]}, "pupils"),  # not offered
        ({"reason": ""}, "reason"),
        ({"reason": "transferred"}, "reason"),
        ({"last_day": "27th"}, "last_day"),
    ],
)
def test_what_is_missing_is_said_at_its_field(
    opened: Opened, answers: dict[str, Any], about: str
) -> None:
    opened.go_on(**answers)
    assert list(opened.form.errors) == [about]
    assert opened.form.spec["name"] == "archive-pupils"


def test_what_the_service_refuses_is_said_at_its_field(opened: Opened) -> None:
    opened.go_on(from_year="0")
    press(opened.form, "archive")
    assert list(opened.form.errors) == ["from_year"]


def test_bring_back_and_names_are_never_markup(opened: Opened) -> None:
    opened.go_on(pupils=[opened.number("<b>Finch</b>")])
    press(opened.form, "archive")
    key = opened.table.spec["rows"][0]["key"]
    press_cell(opened.table, key, "restore")
    assert opened.told()[1].startswith("<b>Finch</b>, ")
    assert opened.told()[1].endswith(" is back.")
    assert opened.table.spec["rows"] == []


def test_someone_else_was_first(opened: Opened, village: Village) -> None:
    opened.go_on()
    operator = Caller.for_operator(village.database)
    numbers = [village.pupils["Archer"]]
    archive_pupils(operator, village.hillside, numbers, from_year=YEAR, reason="left")
    press(opened.form, "archive")
    assert "1 pupil had been archived by someone else already" in opened.told()[1]


def test_after_thirty_days_the_authority_is_asked(opened: Opened, village: Village) -> None:
    opened.go_on()
    press(opened.form, "archive")
    with village.database.unit_of_work(write=True) as work:
        row = work.session.get_one(Pupil, village.pupils["Archer"])
        row.archived_at -= timedelta(days=31)
        work.commit()
    press_cell(opened.table, opened.number("Archer"), "restore")
    assert opened.told()[0] == "error"
    (cells,) = cells_of(opened.table).values()
    assert cells[-1] == "Ask the local authority"


def test_the_authority_sees_and_brings_back_but_does_not_archive(
    open_as: OpenPage, village: Village
) -> None:
    operator = Caller.for_operator(village.database)
    numbers = [village.pupils["Archer"]]
    archive_pupils(operator, village.hillside, numbers, from_year=YEAR, reason="left")
    opened = Opened(open_as(Role.LA_ADMIN), village)
    opened.show()
    assert list(each(opened.part.widget, Form)) == []
    assert opened.part.widget.children[0].heading == "Archived pupils"
    (cells,) = cells_of(opened.table).values()
    assert cells[-2:] == ["Not on record: imported, or from before changes were kept", "Bring back"]
    press_cell(opened.table, opened.number("Archer"), "restore")
    assert opened.told()[0] == "success"


def test_back_leads_to_the_list(opened: Opened) -> None:
    heading = opened.part.widget.children[0]
    heading._on_message(heading, {"kind": "step", "key": "back"}, [])
    assert opened.closed == 1


def test_a_session_that_ended_archives_nothing(opened: Opened, village: Village) -> None:
    opened.go_on()
    village.revoke(Role.HEAD)
    press(opened.form, "archive")
    assert_signed_out(opened.context.notice)
    with village.database.unit_of_work() as work:
        assert work.session.get_one(Pupil, village.pupils["Archer"]).archived_from is None
