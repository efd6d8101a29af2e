"""The page of progress meetings: begun, written in by two, read, printed, who is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from pupiltrack_core.access import Page, Role
from pupiltrack_core.domain.cohort_meetings import MeetingContent, MeetingHead
from pupiltrack_core.domain.meeting_merging import put_at
from pupiltrack_core.domain.meetings import MeetingKind
from pupiltrack_core.errors import StorageUnavailable
from pupiltrack_core.services import cohort_meeting_entries
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.cohort_meeting_saving import MEETING_CHANGED, save_cohort_meeting
from pupiltrack_core.services.cohort_meetings import (
    cohort_meeting,
    cohort_meetings,
    delete_cohort_meeting,
)
from pupiltrack_core.services.discussion_questions import QuestionEntry, add_discussion_question
from pupiltrack_core.services.downloads import collect
from pupiltrack_core.storage.models import Pupil
from pupiltrack_core.storage.report_models import CohortMeeting
from pupiltrack_portal.pages import cohort_meeting_editor, meetings
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import Form
from pupiltrack_portal.widgets.prose import Prose
from pupiltrack_portal.widgets.step_heading import StepHeading
from tests.builders import NOW, make_judgements
from tests.integration.pages.browser import (
    assert_signed_out,
    cells_of,
    each,
    field_of,
    keys_of,
    only,
    press,
    press_cell,
    press_file,
    shown,
)
from tests.integration.pages.browser import change as change_field
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import CLASS_TEACHER, PERSONAL, Village
from tests.pdf_reading import text_of

MORNING = datetime(2026, 1, 12, 9, 1, tzinfo=UTC)
NOTES, STEPS = "areas.READ.answers.1.notes", "areas.READ.answers.1.next_steps"
NOTES_PATH = tuple(NOTES.split("."))


def typed(form: Form, **values: Any) -> None:
    """Type into a form that saves by itself; dots of a key are written as two underscores."""
    changed = {key.replace("__", "."): value for key, value in values.items()}
    held = {field["key"]: field["value"] for field in form.spec["fields"]}
    form._on_message(form, {"kind": "typed", "values": held | changed}, [])


class Opened:
    """The page on a morning in January, with one question of the school."""

    def __init__(self, context: PageContext, village: Village) -> None:
        caller = replace(context.caller, clock=lambda: MORNING)
        self.context, self.village = replace(context, caller=caller), village
        self.operator = Caller.for_operator(village.database, clock=lambda: MORNING)
        self.view = meetings.View(meetings.open_model(self.context), self.context)

    @property
    def school(self) -> int:
        return self.village.hillside

    def form(self, name: str) -> Form:
        return only(self.view.widget, Form, name=name)

    def forms(self, name: str) -> list[Form]:
        return [item for item in each(self.view.widget, Form) if item.spec["name"] == name]

    def begin(self, **changed: str) -> None:
        """Begin a meeting about Year 4, as a person does."""
        press(self.form("meetings-acts"), "add")
        change_field(self.form("add-meeting"), "head.year_group", "4")
        answers = {f"head.{name}": value for name, value in changed.items()}
        press(self.form("add-meeting"), "begin", **answers)

    def step(self, key: str) -> None:
        heading = only(self.view.widget, StepHeading)
        heading._on_message(heading, {"kind": "step", "key": key}, [])

    def press_row(self, column: str, at: int = 0) -> None:
        table = only(self.view.widget, FiguresTable)
        press_cell(table, table.spec["rows"][at]["key"], column)

    def stored(self) -> MeetingContent:
        (line,) = cohort_meetings(self.operator, self.school, 2025).meetings
        return cohort_meeting(self.operator, self.school, line.id).content

    def by_colleague(self, path: tuple[str, ...], value: Any) -> None:
        """Let someone else write something."""
        (line,) = cohort_meetings(self.operator, self.school, 2025).meetings
        base = self.stored()
        mine = put_at(base, path, value)
        save_cohort_meeting(self.operator, self.school, line.id, base=base, mine=mine)

    def told(self) -> tuple[str, str]:
        (message,) = self.context.notice.messages
        return message["kind"], message["text"]

    def said(self) -> list[str]:
        """Everything written as headings and paragraphs."""
        return [
            block.get("text", "") for item in each(self.view.widget, Prose) for block in item.blocks
        ]


@pytest.fixture
def opened(open_as: OpenPage, village: Village) -> Opened:
    page = Opened(open_as(Role.TEACHER, Page.MEETINGS), village)
    entry = QuestionEntry("What helped?", date(2025, 9, 1))
    add_discussion_question(page.operator, page.school, MeetingKind.COHORT, entry)
    return page


# --- begun ----------------------------------------------------------------------------------------


def test_meeting_is_begun_and_shows_figures_and_questions(opened: Opened) -> None:
    press(opened.form("meetings-acts"), "add")
    form = opened.form("add-meeting")
    assert field_of(form, "head.held_on")["value"] == "2026-01-12"
    assert field_of(form, "head.year_group")["value"] == "1"
    change_field(form, "head.year_group", "4")
    form = opened.form("add-meeting")
    assert [option[1] for option in field_of(form, "head.assessment_id")["options"]] == [
        "None",
        "Autumn (15/12/2025)",
        "Baseline (01/10/2025)",
    ]
    assert [option[0] for option in field_of(form, "head.class_name")["options"]] == [
        "",
        "Birch",
        "Maple",
    ]
    press(form, "begin", **{"head.teacher": "Mr <b>Osei</b>"})
    (table,) = each(opened.view.widget, FiguresTable)
    # Hillside's Year 4: 5 included; Archer and Baker on track or deeper in reading, Carter and
    # Finch not, Evans not judged. At the baseline only Archer was judged, Below.
    assert cells_of(table)["On track or deeper"][:2] == [
        "40\u202f% (2 of 5)",
        "0\u202f% (0 of 5)",
    ]
    assert cells_of(table)["Below"][:2] == ["20\u202f% (1 of 5)", "20\u202f% (1 of 5)"]
    labels = [item.spec["fold"] for item in each(opened.view.widget, Form) if item.spec["fold"]]
    assert labels == ["Reading", "Writing", "Maths"]
    reading = opened.form("area-READ")
    assert keys_of(reading) == [NOTES, STEPS]
    assert field_of(reading, NOTES)["label"] == "1. What helped?"
    assert reading.spec["saves"] > 0
    assert opened.stored().head.teacher == "Mr <b>Osei</b>"


def test_start_is_a_class_teachers_own_class(open_as: OpenPage, village: Village) -> None:
    page = Opened(open_as(CLASS_TEACHER, Page.MEETINGS), village)
    press(page.form("meetings-acts"), "add")
    form = page.form("add-meeting")
    assert field_of(form, "head.year_group")["value"] == "4"
    assert field_of(form, "head.class_name")["value"] == "Birch"
    press(form, "begin", **{"head.held_on": ""})
    assert list(page.form("add-meeting").errors) == ["head.held_on"]
    press(form, "begin", **{"head.teacher": " "})
    assert list(page.form("add-meeting").errors) == ["head.teacher"]
    press(form, "cancel")
    assert [item.spec["name"] for item in each(page.view.widget, Form)][-1] == "meetings-acts"
    assert page.village.count(CohortMeeting) == 0


def test_reception_talks_about_areas_of_learning(opened: Opened) -> None:
    press(opened.form("meetings-acts"), "add")
    change_field(opened.form("add-meeting"), "head.year_group", "0")
    press(opened.form("add-meeting"), "begin")
    labels = [item.spec["fold"] for item in each(opened.view.widget, Form) if item.spec["fold"]]
    assert labels[0] == "Communication and language"
    assert len(labels) == 7
    assert only(opened.view.widget, StepHeading).heading == "Reception progress meeting"
    (table,) = each(opened.view.widget, FiguresTable)
    assert list(cells_of(table))[-1] == "Good level of development"


# --- written in -----------------------------------------------------------------------------------


def test_what_is_typed_is_saved_and_said_beside_it(opened: Opened) -> None:
    opened.begin()
    form = opened.form("area-READ")
    before = form.spec
    typed(form, areas__READ__answers__1__notes="Ten <b>minutes</b> a day ")
    assert form.saved["text"] == "Saved at 09:01"
    assert form.spec is before  # nobody draws where someone types
    assert opened.stored().areas[0].answers[0].notes == "Ten <b>minutes</b> a day"
    typed(opened.form("meeting-head"), head__teacher="Ms Wu", head__held_on="2026-01-13")
    assert opened.stored().head == MeetingHead(
        4, None, opened.village.autumn, date(2026, 1, 13), "Ms Wu"
    )
    assert opened.village.details(MEETING_CHANGED)[-1]["fields"] == ["head"]


def test_what_is_wrong_is_said_at_its_field_and_saved_once_put_right(opened: Opened) -> None:
    opened.begin()
    form = opened.form("area-READ")
    typed(form, areas__READ__answers__1__notes="x" * 4_001)
    assert list(form.errors) == [NOTES]
    assert form.saved["problem"]
    head = opened.form("meeting-head")
    typed(head, head__held_on="", head__teacher="Ms Wu")
    assert list(head.errors) == ["head.held_on"]
    assert opened.stored().head.teacher == "Ms Wu"  # one bad value keeps no other from being saved
    maths = opened.form("area-MATH")
    typed(maths, areas__MATH__answers__1__notes="Sums")
    assert maths.saved["text"] == "Saved at 09:01"
    assert opened.stored().areas[2].answers[0].notes == "Sums"
    assert list(form.errors) == [NOTES]
    typed(head, head__teacher=" ")
    assert list(head.errors) == ["head.teacher"]
    opened.step("back")
    press(opened.form("leaving"), "stay")
    typed(form, areas__READ__answers__1__notes="Short")
    assert (form.errors, form.saved["problem"]) == ({}, False)
    assert opened.stored().areas[0].answers[0].notes == "Short"


def test_rows_beyond_the_most_are_refused_and_not_shown(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cohort_meeting_entries, "MOST_ROWS", 1)
    opened.begin()
    press(opened.form("add-barriers"), "add")
    press(opened.form("add-barriers"), "add")
    assert opened.told()[0] == "error"
    assert len(opened.forms("barriers-row")) == 1
    opened.step("back")
    assert opened.form("meetings-acts")


def test_another_year_group_brings_its_classes_and_figures(opened: Opened) -> None:
    opened.begin(class_name="Maple")
    head = opened.form("meeting-head")
    assert field_of(head, "head.class_name")["value"] == "Maple"
    typed(head, head__year_group="1")
    assert field_of(head, "head.class_name")["value"] == ""
    assert [option[0] for option in field_of(head, "head.class_name")["options"]] == ["", "Ash"]
    assert opened.stored().head.assessment_id is None
    assert any("No assessment was chosen" in words for words in opened.said())


def test_rows_are_added_written_in_deleted_and_brought_back(opened: Opened) -> None:
    village = opened.village
    opened.begin()
    press(opened.form("add-barriers"), "add")
    press(opened.form("add-barriers"), "add")
    first, second = opened.forms("barriers-row")
    key = opened.stored().barriers[0].key
    options = field_of(first, f"barriers.{key}.pupils")["options"]
    assert [label.split(",")[0] for _, label in options] == [
        "<b>Finch</b>",
        "Archer",
        "Baker",
        "Carter",
        "Dunn",  # not in the data, but a child of the class
        "Evans",
    ]
    archer = str(village.pupils["Archer"])
    values = {f"barriers.{key}.pupils": [archer, "999"], f"barriers.{key}.barrier": "Sleep"}
    typed(first, **values)
    assert opened.stored().barriers[0].pupils == (village.pupils["Archer"],)
    assert opened.forms("barriers-row") == [first, second]  # what is typed elsewhere stays
    press(first, "delete", **values)
    assert len(opened.stored().barriers) == 1
    press(opened.form("add-barriers"), "back")
    assert [row.barrier for row in opened.stored().barriers] == ["", "Sleep"]


def test_support_and_groups_take_subjects_and_show_figures(opened: Opened) -> None:
    opened.begin()
    press(opened.form("add-support"), "add")
    row = opened.stored().support[0].key
    typed(opened.form("support-row"), **{f"support.{row}.subjects": ["PHON", "READ", "ZZ"]})
    assert opened.stored().support[0].subjects == ("READ", "PHON")
    press(opened.form("add-groups"), "add")
    row = opened.stored().groups[0].key
    group = {f"groups.{row}.group": "sex:F", f"groups.{row}.subjects": ["READ"]}
    typed(opened.form("groups-row"), **group, **{f"groups.{row}.name": "<i>who</i> read"})
    # The girls included are Archer, Carter, Evans and Finch; Archer is on track.
    assert "Reading: on track or deeper 25\u202f% (1 of 4)." in opened.said()


def test_further_subject_is_added_opened_and_removed(opened: Opened) -> None:
    opened.begin()
    press(opened.form("add-area"), "add", area="PHON")
    phonics = opened.form("area-PHON")
    assert (phonics.spec["fold"], phonics.spec["open"]) == ("Phonics", True)
    assert [button["label"] for button in phonics.spec["buttons"]] == [
        "Edit the questions",
        "Remove Phonics",
    ]
    press(opened.form("add-area"), "add", area="")  # nothing chosen
    offered = [option[0] for option in field_of(opened.form("add-area"), "area")["options"]]
    assert "PHON" not in offered
    assert [button["key"] for button in opened.form("area-READ").spec["buttons"]] == ["questions"]
    press(phonics, "remove")
    assert [area.key for area in opened.stored().areas] == ["READ", "WRIT", "MATH"]


def test_questions_are_worded_anew_for_this_meeting(opened: Opened) -> None:
    opened.begin()
    press(opened.form("area-READ"), "questions", **{NOTES: "Kept"})
    form = opened.form("area-READ")
    question, another = keys_of(form)
    typed(form, **{question: "What helped most?", another: "What next?"})
    assert [row.question for row in opened.stored().areas[0].answers] == [
        "What helped most?",
        "What next?",
    ]
    press(form, "done", **{question: "What helped most?", another: ""})
    form = opened.form("area-READ")
    assert field_of(form, NOTES)["label"] == "1. What helped most?"
    assert field_of(form, NOTES)["value"] == "Kept"
    assert len(keys_of(form)) == 2
    press(form, "questions")
    form = opened.form("area-READ")
    press(form, "done", **{keys_of(form)[0]: ""})  # something was said to it
    assert list(opened.form("area-READ").errors) == [question]
    assert [row.question for row in opened.stored().areas[1].answers] == ["What helped?"]


def test_figures_are_brought_up_to_date_when_asked(opened: Opened) -> None:
    opened.begin()
    assert opened.forms("figures") == []
    evans = opened.village.pupils["Evans"]
    make_judgements(opened.village.database, opened.village.autumn, {evans: {"READ": "O"}})
    opened.step("back")
    opened.press_row("edit")
    assert any("have changed since" in words for words in opened.said())
    press(opened.form("figures"), "figures")
    (table,) = each(opened.view.widget, FiguresTable)
    assert cells_of(table)["On track or deeper"][0] == "60\u202f% (3 of 5)"
    assert opened.forms("figures") == []


# --- two people -----------------------------------------------------------------------------------


def test_what_a_colleague_wrote_elsewhere_appears_and_nothing_typed_is_drawn_over(
    opened: Opened,
) -> None:
    opened.begin()
    opened.by_colleague(("areas", "MATH", "answers", "1", "notes"), "Theirs")
    opened.by_colleague(("head", "teacher"), "Ms Wu")
    form = opened.form("area-READ")
    before = form.spec
    typed(form, **{NOTES: "Mine"})
    assert field_of(opened.form("area-MATH"), "areas.MATH.answers.1.notes")["value"] == "Theirs"
    assert field_of(opened.form("meeting-head"), "head.teacher")["value"] == "Ms Wu"
    assert form.spec is before
    assert opened.forms("clash") == []


@pytest.mark.parametrize(
    ("choice", "kept"), [("mine", "Mine"), ("theirs", "Theirs"), ("both", "Theirs\nMine")]
)
def test_both_are_shown_where_two_wrote_and_the_person_chooses(
    opened: Opened, choice: str, kept: str
) -> None:
    opened.begin()
    opened.by_colleague(NOTES_PATH, "Theirs")
    form = opened.form("area-READ")
    typed(form, **{NOTES: "Mine"})
    said = opened.said()
    assert {"Yours: Mine", "Theirs: Theirs"} <= set(said)
    assert "Two of you wrote here: Reading, Notes on question 1" in said
    assert form.saved["problem"]
    typed(form, **{NOTES: "Mine", STEPS: "More"})  # is saved; the notes wait for a choice
    answer = opened.stored().areas[0].answers[0]
    assert (answer.notes, answer.next_steps) == ("Theirs", "More")
    opened.step("back")
    press(opened.form("leaving"), "stay")
    press(opened.form("clash"), choice)
    assert opened.stored().areas[0].answers[0].notes == kept
    assert field_of(opened.form("area-READ"), NOTES)["value"] == kept
    assert opened.forms("clash") == []


def test_clash_of_choices_is_told_in_words(opened: Opened) -> None:
    village = opened.village
    opened.begin()
    press(opened.form("add-barriers"), "add")
    key = opened.stored().barriers[0].key
    opened.by_colleague(("barriers", key, "pupils"), (village.pupils["Baker"],))
    typed(
        opened.form("barriers-row"),
        **{f"barriers.{key}.pupils": [str(village.pupils["Archer"])]},
    )
    assert "Two of you wrote here: Barriers, Pupils" in opened.said()
    press(opened.form("clash"), "both")
    assert len(opened.stored().barriers[0].pupils) == 2
    opened.by_colleague(("head", "class_name"), "Maple")
    typed(opened.form("meeting-head"), head__class_name="Birch")
    assert {"Yours: Birch", "Theirs: Maple"} <= set(opened.said())
    press(opened.form("clash"), "theirs")
    assert field_of(opened.form("meeting-head"), "head.class_name")["value"] == "Maple"


def test_meeting_deleted_by_another_keeps_what_is_typed_on_the_page(opened: Opened) -> None:
    opened.begin()
    (line,) = cohort_meetings(opened.operator, opened.school, 2025).meetings
    delete_cohort_meeting(opened.operator, opened.school, line.id, seen=line.saved_at)
    form = opened.form("area-READ")
    typed(form, **{NOTES: "Mine"})
    assert opened.told()[0] == "error"
    assert "still on this page" in opened.told()[1]
    assert form.saved["text"].startswith("Not saved")
    opened.step("back")
    press(opened.form("leaving"), "leave")
    assert opened.form("meetings-acts")


def test_what_could_not_be_saved_goes_with_the_next_change(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.begin()

    def fail(*_: object, **__: object) -> None:
        raise StorageUnavailable("The database is busy. Nothing was changed. Try again.")

    form = opened.form("area-READ")
    with monkeypatch.context() as patched:
        patched.setattr(cohort_meeting_editor, "save_cohort_meeting", fail)
        typed(form, **{NOTES: "Kept"})
        assert form.saved["text"].startswith("Not saved")
    typed(opened.form("area-MATH"), areas__MATH__answers__1__notes="Later")
    assert opened.stored().areas[0].answers[0].notes == "Kept"


# --- read -----------------------------------------------------------------------------------------


def test_meeting_is_read_printed_and_edited_again(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.begin()
    typed(opened.form("area-READ"), **{NOTES: "Ten minutes\n<b>a day</b>", STEPS: "Go on"})
    press(opened.form("add-barriers"), "add")
    key = opened.stored().barriers[0].key
    archer = opened.village.pupils["Archer"]
    typed(opened.form("barriers-row"), **{f"barriers.{key}.pupils": [str(archer)]})
    with opened.village.database.unit_of_work(write=True) as work:
        pupil = work.session.get_one(Pupil, archer)
        pupil.archived_at, pupil.archived_from, pupil.surname = NOW, 0, "Arrow"
        work.commit()
    opened.step("read")
    said = opened.said()
    for words in (
        "Discussion: Reading",
        "What helped?",
        "Ten minutes",
        "<b>a day</b>",  # the browser is told to show text
        "Agreed next steps: Go on",
        "None were noted.",
    ):
        assert words in said
    assert any(words.startswith("Arrow, ") for words in said)
    answer = press_file(only(opened.view.widget, FileButton), monkeypatch)
    assert (answer["kind"], answer["name"]) == ("ready", "cohort-meeting.pdf")
    session = opened.village.sessions[Role.TEACHER]
    file = collect(opened.village.database, session, answer["href"].rsplit("/", 1)[1], MORNING)
    assert "Agreed next steps: Go on" in text_of(file.content)
    opened.step("edit")
    assert field_of(opened.form("area-READ"), NOTES)["value"] == "Ten minutes\n<b>a day</b>"


def test_earlier_version_is_read_only(opened: Opened) -> None:
    opened.begin()
    opened.by_colleague(NOTES_PATH, "Theirs")
    opened.step("read")
    assert "Theirs" in opened.said()
    versions = list(each(opened.view.widget, FiguresTable))[-1]
    assert len(versions.spec["rows"]) == 2
    press_cell(versions, "2", "")  # the one on view is no button
    press_cell(versions, "1", "")
    assert "Theirs" not in opened.said()
    assert "An earlier version" in opened.said()
    heading = only(opened.view.widget, StepHeading)
    assert [step["key"] for step in heading.steps] == ["back", "now"]
    opened.step("now")
    assert "Theirs" in opened.said()
    opened.step("back")
    assert opened.form("meetings-acts")


def test_list_names_cohort_assessment_and_who_saved(opened: Opened) -> None:
    opened.begin(class_name="Maple")
    opened.step("back")
    table = only(opened.view.widget, FiguresTable)
    assert cells_of(table) == {
        "12/01/2026": [
            "Year 4, Maple, 2025/2026",
            "Autumn",
            "<i>Jo</i> Example",
            "12/01/2026 at 09:01 by <i>Jo</i> Example",
            "Edit",
            "Delete",
        ]
    }
    press(opened.form("meetings"), "submit", year="2024")
    assert cells_of(only(opened.view.widget, FiguresTable)) == {}
    assert opened.form("meetings").address == "school=9992001&year=2024"


def test_meeting_is_deleted_and_brought_back(opened: Opened) -> None:
    opened.begin()
    opened.step("back")
    opened.press_row("delete")
    assert opened.told() == ("success", "The meeting of 12/01/2026 is deleted.")
    press(opened.form("meetings-acts"), "back")
    assert len(only(opened.view.widget, FiguresTable).spec["rows"]) == 1
    (line,) = cohort_meetings(opened.operator, opened.school, 2025).meetings
    delete_cohort_meeting(opened.operator, opened.school, line.id, seen=line.saved_at)
    opened.press_row("")
    assert opened.told()[0] == "error"
    assert only(opened.view.widget, FiguresTable).spec["rows"] == []


# --- who may --------------------------------------------------------------------------------------


def test_local_authority_reads_without_changing(
    opened: Opened, open_as: OpenPage, village: Village
) -> None:
    opened.begin()
    reader = Opened(open_as(Role.LA_ADVISER, Page.MEETINGS, school="9992001"), village)
    assert [item.spec["name"] for item in each(reader.view.widget, Form)] == ["meetings"]
    assert len(cells_of(only(reader.view.widget, FiguresTable))["12/01/2026"]) == 4
    reader.press_row("")
    heading = only(reader.view.widget, StepHeading)
    assert [step["key"] for step in heading.steps] == ["back"]
    reader.step("edit")  # forged: it is not offered
    assert list(each(reader.view.widget, Form)) == []
    reader.step("back")
    assert len(only(reader.view.widget, FiguresTable).spec["rows"]) == 1


def test_school_out_of_reach_is_not_shown(open_as: OpenPage, village: Village) -> None:
    page = Opened(open_as(Role.TEACHER, Page.MEETINGS, school="8882001"), village)
    assert page.told()[0] == "warning"
    assert page.view.model.school_id == village.hillside
    assert not any(name in shown(page.view.widget) for name in PERSONAL)


def test_nothing_is_stored_after_the_session_ended(opened: Opened) -> None:
    opened.begin()
    before = opened.stored()
    opened.village.revoke(Role.TEACHER)
    typed(opened.form("area-READ"), **{NOTES: "Lost?"})
    assert_signed_out(opened.context.notice)
    press(opened.form("add-barriers"), "add")
    assert_signed_out(opened.context.notice)
    assert opened.stored() == before
