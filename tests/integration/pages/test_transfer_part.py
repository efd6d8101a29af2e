"""Transfers on a page: claiming, answering a claim, the authority's view, and who is refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.domain.local_time import day_in_london
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.schools import schools_for
from pupiltrack_core.services.transfer_decisions import refuse_claim
from pupiltrack_core.services.transfers import ClaimEntry, claim_pupil, claims_of
from pupiltrack_core.storage.models import Pupil
from pupiltrack_portal.pages import home, pupils
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.transfer_part import TransferPart
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.form import Form
from pupiltrack_portal.widgets.prose import Prose
from pupiltrack_portal.widgets.step_heading import StepHeading
from tests.builders import make_pupil, make_session, make_user
from tests.integration.pages.browser import (
    assert_signed_out,
    cells_of,
    each,
    field_of,
    only,
    press,
    press_cell,
    shown,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import HILLSIDE, OAKFIELD, Village
from tests.unit.interchange.files import upn

NUMBER, UNKNOWN = upn(7), upn(9)


class Opened:
    """The part at Hillside, with Ivy <i>Rowan</i> at Oakfield, whose head is someone else."""

    def __init__(self, context: PageContext, village: Village) -> None:
        self.context, self.village = context, village
        self.today = day_in_london(context.caller.clock())
        year = self.today.year if self.today.month >= 9 else self.today.year - 1
        self.born = date(year - 9, 10, 1)
        self.oakfield = village.schools[OAKFIELD]
        self.ivy = make_pupil(
            village.database,
            self.oakfield,
            academic_year=year,
            pupil={
                "upn": NUMBER,
                "surname": "<i>Rowan</i>",
                "forenames": "Ivy",
                "date_of_birth": self.born,
            },
        )
        user = make_user(village.database, Role.HEAD, school_id=self.oakfield)
        session = make_session(village.database, user)
        self.other_head = Caller.for_session(village.database, session)
        self.closed = 0
        self.part = TransferPart(context, on_close=self._close)

    def _close(self) -> None:
        self.closed += 1

    def show(self, laestab: str = HILLSIDE) -> None:
        found = schools_for(self.context.caller)
        self.part.show(next(one for one in found if one.laestab == laestab))

    def claim(self, **answers: Any) -> None:
        filled = {"upn": NUMBER, "date_of_birth": self.born.isoformat(), **answers}
        press(self.form, "claim", **filled)

    def claim_from_oakfield(self, surname: str) -> int:
        """Let the other school claim a pupil of Hillside."""
        with self.village.database.unit_of_work(write=True) as work:
            pupil = work.session.get_one(Pupil, self.village.pupils[surname])
            pupil.upn, pupil.date_of_birth = upn(5), self.born
            work.commit()
        entry = ClaimEntry(upn=upn(5), date_of_birth=self.born, joins_on=self.today)
        return claim_pupil(self.other_head, self.oakfield, entry)

    @property
    def form(self) -> Form:
        return only(self.part.widget, Form)

    def table(self, at: int) -> FiguresTable:
        return list(each(self.part.widget, FiguresTable))[at]

    def told(self) -> tuple[str, str]:
        (message,) = self.context.notice.messages
        return message["kind"], message["text"]


@pytest.fixture
def opened(open_as: OpenPage, village: Village) -> Opened:
    opened = Opened(open_as(Role.HEAD), village)
    opened.show()
    return opened


def test_what_is_told_of_a_claim_is_the_same_for_a_number_nobody_has(opened: Opened) -> None:
    told = []
    for number in (NUMBER, UNKNOWN):
        opened.claim(upn=number)
        told.append((opened.told(), cells_of(opened.table(0))[number]))
    assert told[0] == told[1]
    (kind, text), cells = told[0]
    assert kind == "success"
    assert text.startswith("The claim is noted, and open until ")
    assert cells[-2:] == ["Waiting for an answer", "Withdraw"]
    assert "Rowan" not in shown(opened.part.widget)


@pytest.mark.parametrize(
    ("answers", "about"),
    [
        ({"upn": "123"}, "upn"),
        ({"date_of_birth": ""}, "date_of_birth"),
        ({"date_of_birth": "soon"}, "date_of_birth"),
        ({"joins_on": "2001-01-01"}, "joins_on"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    opened: Opened, answers: dict[str, Any], about: str
) -> None:
    opened.claim(**answers)
    assert list(opened.form.errors) == [about]


def test_a_claim_is_withdrawn(opened: Opened) -> None:
    opened.claim()
    key = opened.table(0).spec["rows"][0]["key"]
    press_cell(opened.table(0), key, "withdraw")
    assert opened.told() == ("success", "The claim is withdrawn.")
    assert cells_of(opened.table(0))[NUMBER][-2:] == ["Withdrawn", ""]


def test_a_claimed_pupil_is_handed_over_when_it_is_confirmed(opened: Opened) -> None:
    opened.claim_from_oakfield("Archer")
    opened.show()
    table = opened.table(0)
    assert table.spec["caption"] == "Claimed from you: 1 pupil"
    press_cell(table, table.spec["rows"][0]["key"], "give")
    assert "Archer, " in opened.form.spec["legend"]
    assert "Oakfield Primary School?" in opened.form.spec["legend"]
    press(opened.form, "do-it", last_day=(opened.today + timedelta(days=1)).isoformat())
    assert list(opened.form.errors) == ["last_day"]
    press(opened.form, "do-it", last_day=opened.today.isoformat())
    kind, text = opened.told()
    assert kind == "success"
    assert "handed over to Oakfield Primary School, with 0 interventions and" in text
    claims = claims_of(opened.other_head, opened.oakfield)
    assert claims[0].outcome.value.startswith("Confirmed")
    assert "Claimed from you" not in shown(opened.part.widget)


def test_a_refusal_needs_a_reason_and_nothing_can_be_done_yet(opened: Opened) -> None:
    opened.claim_from_oakfield("Archer")
    opened.show()
    key = opened.table(0).spec["rows"][0]["key"]
    press_cell(opened.table(0), key, "refuse")
    press(opened.form, "cancel")
    assert len(opened.table(0).spec["rows"]) == 1
    press_cell(opened.table(0), key, "refuse")
    press(opened.form, "do-it")
    assert list(opened.form.errors) == ["reason"]
    press(opened.form, "do-it", reason="stays")
    assert opened.told()[0] == "success"
    claims = claims_of(opened.other_head, opened.oakfield)
    assert claims[0].outcome.value == "Waiting for an answer"


def test_decided_by_someone_else_meanwhile(opened: Opened, village: Village) -> None:
    number = opened.claim_from_oakfield("Archer")
    opened.show()
    press_cell(opened.table(0), opened.table(0).spec["rows"][0]["key"], "give")
    operator = Caller.for_operator(village.database)
    refuse_claim(operator, village.hillside, number, reason="unsure")
    press(opened.form, "do-it", last_day=opened.today.isoformat())
    assert opened.told()[0] == "error"
    assert "not open any more" in opened.told()[1]
    assert opened.form.spec["name"] == "claim-pupil"


def test_the_authority_sees_every_open_claim_and_decides(
    open_as: OpenPage, village: Village
) -> None:
    opened = Opened(open_as(Role.LA_ADMIN), village)
    refused = opened.claim_from_oakfield("Archer")
    operator = Caller.for_operator(village.database)
    refuse_claim(operator, village.hillside, refused, reason="stays")
    entry = ClaimEntry(upn=UNKNOWN, date_of_birth=opened.born, joins_on=opened.today)
    claim_pupil(opened.other_head, opened.oakfield, entry)
    opened.show()
    table = opened.table(0)
    first, second = table.spec["rows"]
    texts = [
        [cell if isinstance(cell, str) else cell["text"] for cell in row["cells"]]
        for row in (first, second)
    ]
    assert texts[0][0].startswith("Archer, ")
    assert texts[0][5] == "The pupil is still at our school"
    assert texts[1][:2] == ["", "No school has this pupil"]
    press_cell(table, first["key"], "give")
    press(opened.form, "do-it", last_day=opened.today.isoformat())
    assert "handed over to Oakfield" in opened.told()[1]
    press_cell(opened.table(0), second["key"], "close")
    press(opened.form, "do-it")
    assert opened.told() == ("success", "The claim of Oakfield Primary School is closed.")
    assert opened.table(0).spec["rows"] == []


def test_names_are_never_markup_and_the_first_day_is_today(opened: Opened) -> None:
    assert field_of(opened.form, "joins_on")["value"] == opened.today.isoformat()
    opened.claim(upn="<b>x</b>")
    assert list(opened.form.errors) == ["upn"]


def test_back_leads_to_the_list(opened: Opened) -> None:
    heading = opened.part.widget.children[0]
    heading._on_message(heading, {"kind": "step", "key": "back"}, [])
    assert opened.closed == 1


def test_a_session_that_ended_claims_nothing(opened: Opened, village: Village) -> None:
    village.revoke(Role.HEAD)
    opened.claim()
    assert_signed_out(opened.context.notice)
    operator = Caller.for_operator(village.database)
    assert claims_of(operator, village.hillside) == ()


def test_home_says_how_many_are_claimed_and_leads_to_the_transfers(
    open_as: OpenPage, village: Village
) -> None:
    opened = Opened(open_as(Role.HEAD), village)
    opened.claim_from_oakfield("Archer")
    expected = {
        Role.HEAD: "1 pupil of yours is claimed by another school: hand over or refuse",
        Role.LA_ADMIN: "1 open claim of pupils in your schools",
        Role.TEACHER: "",
    }
    for role, words in expected.items():
        context = open_as(role)
        links = [
            (block["text"], block["href"])
            for item in each(home.View(home.open_model(context), context).widget, Prose)
            for block in item.blocks
            if block["kind"] == "link" and "transfers" in block["href"]
        ]
        assert links == ([(words, "/pupils?view=transfers")] if words else [])
        page = open_as(role, view="transfers")
        view = pupils.View(pupils.open_model(page), page)
        assert ("Transfers between schools" in shown(view.widget)) is bool(words)
        view.watch.end()


def test_the_list_opens_both_parts_and_comes_back(open_as: OpenPage) -> None:
    context = open_as(Role.HEAD)
    view = pupils.View(pupils.open_model(context), context)
    for button, title in (
        ("transfers", "Transfers between schools"),
        ("archive", "Archive pupils"),
    ):
        press(only(view.widget, Form, name="open-new-pupil"), button)
        (heading,) = each(view.widget, StepHeading)
        assert heading.heading == title
        heading._on_message(heading, {"kind": "step", "key": "back"}, [])
        assert len(only(view.widget, FiguresTable).spec["rows"]) == 8
    view.watch.end()
