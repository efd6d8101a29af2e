"""The progress meetings about a pupil on a page: list, view, form, PDF, and who is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.domain.meetings import Answer, MeetingKind
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.discussion_questions import (
    QuestionEntry,
    add_discussion_question,
    delete_discussion_question,
)
from pupiltrack_core.services.downloads import collect
from pupiltrack_core.services.meeting_entries import MeetingEntry
from pupiltrack_core.services.pupil_meetings import (
    add_pupil_meeting,
    change_pupil_meeting,
    delete_pupil_meeting,
    meetings_of,
    pupil_meeting,
)
from pupiltrack_core.storage.support_models import PupilMeeting
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.meetings_part import MeetingsPart
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import Form
from pupiltrack_portal.widgets.prose import Prose
from tests.integration.pages.browser import (
    assert_signed_out,
    cells_of,
    change,
    each,
    field_of,
    keys_of,
    only,
    press,
    press_cell,
    press_file,
    shown,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import OAKFIELD, PERSONAL, Village
from tests.pdf_reading import text_of

MORNING = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)
DAY = "2026-01-12"
MEETING = MeetingEntry(
    held_on=date(2026, 1, 12),
    teacher="Mr Osei",
    previous={"READ": "B"},
    current={"READ": "O"},
    answers=(Answer("What goes well?", "Reading\nSwimming", "Ten words"),),
    comments="A good term.",
)


class Opened:
    """The part, with the meetings about Archer, on a morning in January."""

    def __init__(self, context: PageContext, village: Village) -> None:
        caller = replace(context.caller, clock=lambda: MORNING)
        self.context, self.village = replace(context, caller=caller), village
        self.operator = Caller.for_operator(village.database)
        self.key = (village.hillside, village.pupils["Archer"])
        self.part = MeetingsPart(self.context)

    def show(self) -> None:
        self.part.show(*self.key)

    def ask(self, words: str, first: str = "2025-09-01", last: str | None = None) -> int:
        until = None if last is None else date.fromisoformat(last)
        entry = QuestionEntry(words, date.fromisoformat(first), until)
        return add_discussion_question(
            self.operator, self.village.hillside, MeetingKind.PUPIL, entry
        )

    def add_stored(self, **values: Any) -> int:
        return add_pupil_meeting(self.operator, *self.key, replace(MEETING, **values))

    @property
    def form(self) -> Form:
        return only(self.part.widget, Form)

    @property
    def table(self) -> FiguresTable:
        return only(self.part.widget, FiguresTable)

    def press_row(self, column: str, at: int = 0) -> None:
        press_cell(self.table, self.table.spec["rows"][at]["key"], column)

    def labels(self) -> list[str]:
        return [button["label"] for button in self.form.spec["buttons"]]

    def told(self) -> tuple[str, str]:
        (message,) = self.context.notice.messages
        return message["kind"], message["text"]

    def said(self) -> list[str]:
        """Everything written as headings and paragraphs."""
        return [
            block.get("text", "") for item in each(self.part.widget, Prose) for block in item.blocks
        ]

    def days(self) -> list[date]:
        return [item.held_on for item in meetings_of(self.operator, *self.key).meetings]


@pytest.fixture
def opened(open_as: OpenPage, village: Village) -> Opened:
    return Opened(open_as(Role.TEACHER), village)


def start(opened: Opened, **changed: Any) -> None:
    press(opened.form, "add")
    for key, value in changed.items():
        change(opened.form, key, value)


def test_part_shows_nothing_before_a_pupil(opened: Opened) -> None:
    assert opened.part.widget.children == ()


def test_form_asks_before_the_tab_is_closed_over_what_was_typed(opened: Opened) -> None:
    opened.show()
    start(opened)
    assert opened.form.asks_on_leaving is True


def test_form_is_filled_for_its_date(opened: Opened) -> None:
    opened.ask("What goes well?")
    opened.ask("What next?", last="2026-06-30")
    opened.ask("Too late", first="2026-02-01")
    opened.show()
    start(opened)
    assert field_of(opened.form, "teacher")["value"] == "<i>Jo</i> Example"
    assert field_of(opened.form, "held_on")["value"] == DAY
    assert keys_of(opened.form) == [
        "held_on",
        "teacher",
        *(
            f"{when}_{code}"
            for code in ("READ", "WRIT", "MATH")
            for when in ("previous", "current")
        ),
        *("notes_1", "next_steps_1", "notes_2", "next_steps_2", "comments"),
    ]
    assert field_of(opened.form, "notes_1")["label"] == "1. What goes well?"
    assert field_of(opened.form, "current_READ")["value"] == "O"
    assert field_of(opened.form, "previous_READ")["value"] == "B"
    assert (
        "The current standards are those of Autumn, 15/12/2025. "
        "The previous ones are those of Baseline, 01/10/2025." in opened.said()
    )


def test_form_of_a_school_that_asks_nothing_says_who_can_change_that(opened: Opened) -> None:
    opened.show()
    start(opened)
    assert any("Discussion areas" in words for words in opened.said())
    press(opened.form, "save", comments="Only this")
    assert opened.days() == [date(2026, 1, 12)]


def test_meeting_is_saved_and_shown_in_full(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.ask("What goes well?")
    opened.show()
    start(opened)
    words = {"notes_1": "Reading.\n<b>Swimming</b>", "next_steps_1": "Ten words"}
    press(opened.form, "save", teacher="Mr Osei", current_MATH="", **words)
    assert opened.told() == ("success", "The meeting is saved.")
    assert opened.said() == [
        "Meeting on 12/01/2026",
        "With Mr Osei. Year 4, Maple, 2025/2026.",
        "1. What goes well?",
        "Reading.",
        "<b>Swimming</b>",  # the browser is told to show text
        "Agreed next steps: Ten words",
        "Comments",
        "Nothing was noted.",
    ]
    assert cells_of(opened.table) == {
        "Previous": ["Below", "Below", "Below"],
        "Current": ["On track", "On track", "No data"],
    }
    answer = press_file(only(opened.part.widget, FileButton), monkeypatch)
    assert (answer["kind"], answer["name"]) == ("ready", "pupil-meeting.pdf")
    token = answer["href"].rsplit("/", 1)[1]
    session = opened.village.sessions[Role.TEACHER]
    file = collect(opened.village.database, session, token, MORNING)
    assert "Agreed next steps: Ten words" in text_of(file.content)
    assert opened.labels() == ["Back to the meetings", "Edit"]
    press(opened.form, "close")
    assert list(cells_of(opened.table)) == ["12/01/2026"]


def test_another_date_brings_its_questions_and_keeps_what_was_written(opened: Opened) -> None:
    opened.ask("In autumn", last="2025-12-31")
    opened.ask("Always")
    opened.ask("From spring", first="2026-01-01")
    opened.show()
    start(opened)  # in January: Always, From spring
    press(
        opened.form,
        "save",
        held_on="2025-11-03",
        notes_1="Kept",
        notes_2="Kept as well",
        current_WRIT="D",
    )
    kind, text = opened.told()
    assert (kind, "Nothing was saved yet" in text) == ("warning", True)
    labels = [field["label"] for field in opened.form.spec["fields"]]
    assert [label for label in labels if label[0].isdigit()] == [
        "1. In autumn",
        "2. Always",
        "3. From spring",  # not asked then, but something was written
    ]
    values = {field["key"]: field["value"] for field in opened.form.spec["fields"]}
    assert (values["notes_1"], values["notes_2"], values["notes_3"]) == ("", "Kept", "Kept as well")
    assert values["current_WRIT"] == "D"  # chosen by a person
    assert values["current_READ"] == "B"  # Baseline was the latest then
    assert opened.days() == []
    press(opened.form, "save")
    assert opened.days() == [date(2025, 11, 3)]


def test_question_deleted_while_the_form_is_open_is_saved_with_it(opened: Opened) -> None:
    number = opened.ask("What goes well?")
    opened.show()
    start(opened)
    delete_discussion_question(opened.operator, opened.village.hillside, number, version=1)
    press(opened.form, "save", notes_1="Reading")
    (item,) = meetings_of(opened.operator, *opened.key).meetings
    record = pupil_meeting(opened.operator, *opened.key, item.id)
    assert record.meeting.answers == (Answer("What goes well?", "Reading"),)


def test_form_complains_at_the_field_and_keeps_what_was_entered(opened: Opened) -> None:
    opened.ask("What goes well?")
    opened.show()
    start(opened)
    for changed, field in (
        ({"held_on": ""}, "held_on"),
        ({"held_on": "yesterday"}, "held_on"),
        ({"teacher": " "}, "teacher"),
        ({"notes_1": "x" * 4_001}, "notes_1"),
        ({"next_steps_1": "x" * 4_001}, "next_steps_1"),
        ({"comments": "a\x00b"}, "comments"),
    ):
        press(opened.form, "save", **changed)
        assert list(opened.form.errors) == [field]
    press(opened.form, "save", held_on="2031-01-12")  # not on the roll; other standards are shown
    press(opened.form, "save", held_on="2031-01-12")
    assert list(opened.form.errors) == ["held_on"]
    press(opened.form, "save", held_on=DAY, current_READ="<b>")  # forged: No data
    assert opened.days() == [date(2026, 1, 12)]


def test_meetings_stand_in_order_of_date(opened: Opened) -> None:
    for day in (date(2026, 5, 4), date(2025, 10, 6)):
        opened.add_stored(held_on=day)
    opened.show()
    assert cells_of(opened.table) == {
        "06/10/2025": ["Mr Osei", "2025/2026", "Edit", "Delete"],
        "04/05/2026": ["Mr Osei", "2025/2026", "Edit", "Delete"],
    }


def test_meeting_is_edited_with_its_own_questions(opened: Opened) -> None:
    opened.add_stored()
    opened.ask("Asked since")
    opened.show()
    opened.press_row("change")
    assert field_of(opened.form, "notes_1")["value"] == "Reading\nSwimming"
    assert field_of(opened.form, "notes_1")["label"] == "1. What goes well?"
    press(opened.form, "save", held_on="2026-01-13", next_steps_1="")
    assert "Agreed next steps: Ten words" not in opened.said()
    assert opened.days() == [date(2026, 1, 13)]
    press(opened.form, "change")
    press(opened.form, "cancel")
    assert opened.labels() == ["Add progress meeting"]


def test_meeting_is_deleted_and_brought_back_at_once(opened: Opened) -> None:
    opened.add_stored()
    opened.show()
    opened.press_row("delete")
    assert opened.told() == ("success", "The meeting of 12/01/2026 is deleted.")
    assert opened.labels() == ["Bring back the meeting of 12/01/2026", "Add progress meeting"]
    press(opened.form, "back")
    assert list(cells_of(opened.table)) == ["12/01/2026"]
    assert opened.labels() == ["Add progress meeting"]


def test_meeting_changed_by_two_shows_theirs_and_is_saved_over(opened: Opened) -> None:
    number = opened.add_stored()
    opened.show()
    opened.press_row("change")
    theirs = replace(MEETING, comments="Theirs")
    change_pupil_meeting(opened.operator, *opened.key, number, theirs, version=1)
    press(opened.form, "save", comments="Mine")
    assert "Nothing was saved" in opened.form.errors["held_on"]
    assert "Comments: Theirs" in shown(opened.part.widget)
    press(opened.form, "save", comments="Mine")
    assert pupil_meeting(opened.operator, *opened.key, number).meeting.comments == "Mine"


def test_meeting_deleted_by_another_is_told(opened: Opened) -> None:
    number = opened.add_stored()
    opened.show()
    delete_pupil_meeting(opened.operator, *opened.key, number, version=1)
    opened.press_row("")
    assert opened.told()[0] == "error"
    assert cells_of(opened.table) == {}


def test_what_was_entered_outlasts_a_look_at_something_else(opened: Opened) -> None:
    opened.ask("What goes well?")
    opened.show()
    start(opened, notes_1="Half written")
    assert opened.part.is_unsaved
    opened.show()
    assert field_of(opened.form, "notes_1")["value"] == "Half written"
    assert field_of(opened.form, "notes_1")["label"] == "1. What goes well?"
    opened.part.show(opened.key[0], opened.village.pupils["Baker"])
    assert not opened.part.is_unsaved


def test_local_authority_reads_and_saves_without_changing(
    opened: Opened, open_as: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.add_stored()
    reader = Opened(open_as(Role.LA_ADVISER), opened.village)
    reader.show()
    assert list(each(reader.part.widget, Form)) == []
    assert cells_of(reader.table) == {"12/01/2026": ["Mr Osei", "2025/2026"]}
    reader.press_row("")
    assert reader.labels() == ["Back to the meetings"]
    assert press_file(only(reader.part.widget, FileButton), monkeypatch)["kind"] == "ready"
    everything = shown(reader.part.widget)
    assert not any(name in everything for name in PERSONAL)


def test_pupil_of_another_school_is_not_shown_and_what_was_stays(opened: Opened) -> None:
    opened.add_stored()
    opened.show()
    for school, pupil in (
        (opened.village.schools[OAKFIELD], opened.village.pupils["Oak"]),
        (opened.village.hillside, opened.village.pupils["Oak"]),
    ):
        with pytest.raises(NotFound):
            opened.part.show(school, pupil)
    assert list(cells_of(opened.table)) == ["12/01/2026"]


def test_nothing_is_stored_or_saved_as_a_file_after_the_session_ended(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.add_stored()
    opened.show()
    opened.press_row("")
    button = only(opened.part.widget, FileButton)
    opened.part.show(*opened.key)
    start(opened)
    opened.village.revoke(Role.TEACHER)
    press(opened.form, "save", comments="Lost?")
    assert_signed_out(opened.context.notice)
    assert opened.form.spec["name"] == "pupil-meeting"  # what was entered is still there
    assert opened.village.count(PupilMeeting) == 1
    assert press_file(button, monkeypatch)["kind"] == "refused"
