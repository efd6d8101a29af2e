"""Progress meetings about cohorts: begun, written in by two at once, kept, deleted, taken out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from pupiltrack_core.access import SCHOOL_ROLES, Role
from pupiltrack_core.domain.areas_of_learning import GLD, AreaOfLearning
from pupiltrack_core.domain.cohort_meetings import (
    Barrier,
    MeetingContent,
    MeetingHead,
    SpecificGroup,
)
from pupiltrack_core.domain.meeting_merging import Clash, put_at
from pupiltrack_core.domain.meetings import MeetingKind
from pupiltrack_core.errors import AccessDenied, Conflict, InvalidEntry, NotFound, NotSignedIn
from pupiltrack_core.services import cohort_meeting_saving as saving
from pupiltrack_core.services import cohort_meetings as service
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.cohort_meeting_records import CohortMeetingRecord
from pupiltrack_core.services.cohort_meeting_saving import look_up_figures, save_cohort_meeting
from pupiltrack_core.services.cohort_meetings import (
    add_cohort_meeting,
    bring_back_cohort_meeting,
    cohort_meeting,
    cohort_meetings,
    delete_cohort_meeting,
    meeting_versions,
    note_cohort_meeting_export,
    start_cohort_meeting,
)
from pupiltrack_core.services.discussion_questions import (
    QuestionEntry,
    add_discussion_question,
    delete_discussion_question,
)
from pupiltrack_core.services.reports import REPORT_MADE
from pupiltrack_core.storage.assessment_models import Assessment, SchoolResult, StatutoryResult
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import Pupil, UserSession
from tests.builders import (
    NOW,
    YEAR,
    make_assessment,
    make_judgements,
    make_pupil,
    make_session,
)
from tests.integration.services.grid_world import World
from tests.integration.services.people import TurnableClock, audit_rows, run_all

DAY = date(2026, 1, 12)
NOTES = ("areas", "READ", "answers", "1", "notes")
MORNING = datetime(2026, 1, 12, 9, 1, tzinfo=UTC)


class Staffroom(World):
    """The school with two Year 4 pupils, its clock, one question, and a meeting to begin."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.clock = TurnableClock(MORNING)
        self.caller = self.come_in()
        head = self.sign_in(Role.HEAD)
        self.question = add_discussion_question(
            head, self.school, MeetingKind.COHORT, QuestionEntry("What helped?", date(2025, 9, 1))
        )
        self.head_teacher = head

    def come_in(self, role: Role = Role.TEACHER) -> Caller:
        """Return someone who is signed in by the clock."""
        caller = self.sign_in(role)
        with self.database.unit_of_work(write=True) as work:
            session = work.session.get_one(UserSession, caller.session_id)
            session.created_at = session.last_act_at = self.clock.now
            session.expires_at = self.clock.now + timedelta(hours=12)
            work.commit()
        return replace(caller, clock=self.clock)

    def begin(self, **changed: Any) -> int:
        head = MeetingHead(4, "4B", self.assessment, DAY, "Mr Osei")
        return add_cohort_meeting(self.caller, self.school, YEAR, replace(head, **changed))

    def read(self, number: int, version: int | None = None) -> CohortMeetingRecord:
        return cohort_meeting(self.caller, self.school, number, version=version)

    def save(
        self,
        number: int,
        base: MeetingContent,
        mine: MeetingContent,
        caller: Caller | None = None,
    ) -> saving.SavedMeeting:
        return save_cohort_meeting(caller or self.caller, self.school, number, base=base, mine=mine)

    def lines(self) -> list[int]:
        return [item.id for item in cohort_meetings(self.caller, self.school, YEAR).meetings]


@pytest.fixture
def room(database: Database) -> Staffroom:
    return Staffroom(database)


# --- begun ----------------------------------------------------------------------------------------


def test_meeting_begins_with_its_questions_and_figures(room: Staffroom) -> None:
    baseline = make_assessment(room.database, room.school, held_on=date(2025, 10, 1), name="Base")
    make_judgements(room.database, baseline, {room.ana: {"READ": "B"}})
    make_judgements(room.database, room.assessment, {room.ana: {"READ": "O", "SCIE": "D"}})
    outside = make_pupil(room.database, room.school, class_name="4B", include_in_data=False)
    make_pupil(room.database, room.school, class_name="4A")
    record = room.read(room.begin())
    assert record.cohort == "Year 4, 4B, 2025/2026"
    assert [area.key for area in record.content.areas] == ["READ", "WRIT", "MATH"]
    assert record.content.questions == ("What helped?",)
    # Two included pupils in 4B: one On track in reading now and Below before, the other not judged.
    assert record.figures.pupils == 2
    now, before = record.figures.now, record.figures.before
    assert now is not None
    assert before is not None
    assert (now.source, before.source) == ("Autumn, 15/12/2025", "Base, 01/10/2025")
    reading_now, reading_before = now.of("READ"), before.of("READ")
    assert reading_now is not None
    assert reading_before is not None
    assert reading_now.words("on_track") == "50\u202f% (1 of 2)"
    assert reading_before.words("below") == "50\u202f% (1 of 2)"
    assert reading_before.words("no_data") == "50\u202f% (1 of 2)"
    assert now.of("SCIE") is not None
    assert record.figures.profile is None
    girls = next(item for item in record.figures.groups if item.group == "sex:F")
    boys = next(item for item in record.figures.groups if item.group == "sex:M")
    assert [(item.pupils, item.counts) for item in girls.areas if item.area == "READ"] == [
        (2, {"reached": 1})
    ]
    assert {item.pupils for item in boys.areas} == {0}
    assert list(record.names.values())[:2] == ["abel, Ben", f"Surname{outside_number(record)}"]
    assert set(record.pupils) == {room.ana, room.ben, outside}
    assert record.areas["PHON"] == "Phonics"


def outside_number(record: CohortMeetingRecord) -> str:
    return next(name for name in record.names.values() if name.startswith("Surname"))[7:]


def test_meeting_without_assessment_or_previous_one_has_blanks(room: Staffroom) -> None:
    assert room.read(room.begin()).figures.before is None
    nothing = room.read(room.begin(assessment_id=None, class_name=None)).figures
    assert (nothing.now, nothing.before, nothing.pupils) == (None, None, 2)


def test_meeting_of_reception_has_areas_of_learning_and_good_levels(room: Staffroom) -> None:
    database, school = room.database, room.school
    ann, bo = (make_pupil(database, school, year_group=0) for _ in range(2))
    with database.unit_of_work(write=True) as work:
        for measure, code in (*((f"E{n:02}", "2") for n in range(8, 11)), (GLD, "Y")):
            work.session.add(
                StatutoryResult(
                    **{"school_id": school, "pupil_id": ann, "collection": "EYFSP"},
                    **{"ending_year": 2026, "sitting": "main", "measure": measure, "code": code},
                    **{"source": "test", "data_status": "final"},
                )
            )
        work.session.add(
            SchoolResult(
                **{"school_id": school, "pupil_id": bo, "collection": "EYFSP", "measure": GLD},
                **{"value": "N", "version": 1, "changed_at": NOW},
            )
        )
        work.commit()
    record = room.read(room.begin(year_group=0, class_name=None, assessment_id=None))
    assert [area.key for area in record.content.areas] == list(AreaOfLearning)
    profile = record.figures.profile
    assert profile is not None
    literacy, level = profile.of(AreaOfLearning.LITERACY), profile.of(GLD)
    assert literacy is not None
    assert level is not None
    assert literacy.words("reached") == "50\u202f% (1 of 2)"
    assert literacy.words("no_data") == "50\u202f% (1 of 2)"
    assert (level.counts["reached"], level.counts["not_reached"]) == (1, 1)
    girls = next(item for item in record.figures.groups if item.group == "sex:F")
    assert [item.counts["reached"] for item in girls.areas if item.area == GLD] == [1]


def test_start_offers_the_year_and_who_is_signed_in(room: Staffroom) -> None:
    choices = start_cohort_meeting(room.caller, room.school, YEAR)
    assert choices.day == DAY
    assert choices.teacher.startswith("User")
    assert [item.id for item in choices.assessments_of(4)] == [room.assessment]
    assert choices.assessments_of(1) == ()
    assert choices.classes[4] == ["4B"]
    assert start_cohort_meeting(room.caller, room.school, YEAR - 1).day == date(2025, 8, 31)
    assert start_cohort_meeting(room.caller, room.school, YEAR + 1).day == date(2026, 9, 1)
    with pytest.raises(InvalidEntry):
        start_cohort_meeting(room.caller, room.school, 1)


def test_add_refuses_what_is_not_offered(room: Staffroom) -> None:
    elsewhere = World(room.database)
    for changed in ({"assessment_id": elsewhere.assessment}, {"class_name": "5C"}):
        with pytest.raises(InvalidEntry):
            room.begin(**changed)
    assert room.lines() == []


def test_meeting_keeps_its_questions_when_the_school_changes_its_own(room: Staffroom) -> None:
    number = room.begin()
    delete_discussion_question(room.head_teacher, room.school, room.question, version=1)
    record = room.read(number)
    assert record.content.areas[0].answers[0].question == "What helped?"
    mine = put_at(record.content, NOTES, "Ten minutes a day")
    assert room.save(number, record.content, mine).content == mine
    assert room.read(room.begin()).content.questions == ()


# --- written in -----------------------------------------------------------------------------------


def test_save_by_a_timer_is_audited_and_no_act_of_the_person(room: Staffroom) -> None:
    number = room.begin()
    base = room.read(number).content
    acted = last_act(room)
    room.clock.turn(minutes=2)
    saved = room.save(number, base, put_at(base, NOTES, "Ten minutes a day "))
    assert last_act(room) == acted
    assert saved.saved_at == room.clock.now
    assert room.read(number).content.areas[0].answers[0].notes == "Ten minutes a day"
    room.save(number, saved.content, saved.content)  # nothing
    (row,) = audit_rows(room.database, saving.MEETING_CHANGED)
    assert json.loads(row.detail) == {"meeting": number, "fields": ["areas"]}
    save_cohort_meeting(room.caller, room.school, number, base=base, mine=saved.content, act=True)
    assert last_act(room) > acted


def last_act(room: Staffroom) -> datetime:
    with room.database.unit_of_work() as work:
        return work.session.get_one(UserSession, room.caller.session_id).last_act_at


def test_two_people_write_beside_each_other_and_clash_in_one_value_only(room: Staffroom) -> None:
    number = room.begin()
    base = room.read(number).content
    colleague = room.come_in(Role.HEAD)
    theirs = put_at(put_at(base, NOTES, "Theirs"), ("head", "teacher"), "Ms Wu")
    room.save(number, base, theirs, colleague)
    mine = replace(put_at(base, NOTES, "Mine"), barriers=(Barrier("a", (room.ana,), "Sleep"),))
    saved = room.save(number, base, mine)
    assert saved.clashes == (Clash(NOTES, "Mine", "Theirs"),)
    stored = room.read(number).content
    assert stored == saved.content
    assert stored.head.teacher == "Ms Wu"
    assert stored.barriers == mine.barriers
    assert stored.areas[0].answers[0].notes == "Theirs"
    again = room.save(number, saved.content, put_at(saved.content, NOTES, "Mine"))
    assert again.clashes == ()
    assert room.read(number).content.areas[0].answers[0].notes == "Mine"


def test_two_who_save_at_the_same_moment_both_keep_what_they_wrote(room: Staffroom) -> None:
    number = room.begin()
    base = room.read(number).content
    paths = {key: ("areas", key, "answers", "1", "notes") for key in ("READ", "WRIT", "MATH")}
    mine = [put_at(base, path, key) for key, path in paths.items()]
    callers = [room.come_in() for _ in mine]
    run_all(
        [
            partial(room.save, number, base, content, caller)
            for content, caller in zip(mine, callers, strict=True)
        ]
    )
    stored = room.read(number)
    assert [area.answers[0].notes for area in stored.content.areas] == list(paths)
    assert len(audit_rows(room.database, saving.MEETING_CHANGED)) == 3


def test_versions_are_one_for_each_person_and_quarter_of_an_hour(room: Staffroom) -> None:
    number = room.begin()  # at 9.01
    colleague = room.come_in(Role.HEAD)
    content = room.read(number).content
    said = []
    for minutes, who, words in (
        (3, room.caller, "9.04"),
        (3, room.caller, "9.07"),
        (3, colleague, "9.10"),
        (3, room.caller, "9.13"),
        (3, room.caller, "9.16"),
    ):
        room.clock.turn(minutes=minutes)
        content = room.save(number, content, put_at(content, NOTES, words), who).content
    versions = meeting_versions(room.caller, room.school, number)
    for line in versions:
        then = room.read(number, version=line.version)
        said.append((line.version, then.content.areas[0].answers[0].notes))
        assert (then.saved_at, then.saved_by) == (line.saved_at, line.saved_by)
    assert said == [(4, "9.16"), (3, "9.13"), (2, "9.10"), (1, "9.07")]
    assert versions[0].saved_by != versions[2].saved_by
    for version in (5, 0, -1):
        with pytest.raises(NotFound):
            room.read(number, version=version)


def test_save_refuses_pupils_of_others_and_keeps_those_who_are_gone(room: Staffroom) -> None:
    number = room.begin()
    base = room.read(number).content
    for pupil in (World(room.database).ana, 999_999, -1):
        with pytest.raises(InvalidEntry) as caught:
            room.save(number, base, replace(base, barriers=(Barrier("a", (pupil,)),)))
        assert caught.value.field == "barriers.a.pupils"
    saved = room.save(number, base, replace(base, barriers=(Barrier("a", (room.ana,)),)))
    with room.database.unit_of_work(write=True) as work:
        pupil = work.session.get_one(Pupil, room.ana)
        pupil.archived_at, pupil.archived_from, pupil.surname = NOW, 0, "Zeta"
        work.commit()
    record = room.read(number)
    assert room.ana not in record.pupils
    assert record.names[room.ana] == "Zeta, Ana"
    still = put_at(record.content, ("barriers", "a", "barrier"), "Sleep")
    assert room.save(number, saved.content, still).content.barriers[0].pupils == (room.ana,)


def test_figures_stay_until_they_are_looked_up_again(room: Staffroom) -> None:
    number = room.begin()
    make_judgements(room.database, room.assessment, {room.ana: {"READ": "D"}})
    record = room.read(number)
    assert not record.figures.is_as(record.figures_now)
    look_up_figures(room.caller, room.school, number)
    record = room.read(number)
    assert record.figures.is_as(record.figures_now)
    assert [row.action for row in audit_rows(room.database, saving.FIGURES_LOOKED_UP)]
    with room.database.unit_of_work(write=True) as work:
        work.session.get_one(Assessment, room.assessment).deleted_at = NOW
        work.commit()
    record = room.read(number)
    assert record.figures.now is not None  # as they were
    assert record.figures_now.now is None


def test_another_cohort_brings_its_own_figures(room: Staffroom) -> None:
    number = room.begin()
    make_pupil(room.database, room.school, class_name="4A")
    base = room.read(number).content
    room.save(number, base, put_at(base, ("head", "class_name"), None))
    record = room.read(number)
    assert record.figures.pupils == 3
    assert len(record.pupils) == 3


def test_save_keeps_groups_and_further_areas(room: Staffroom) -> None:
    number = room.begin()
    base = room.read(number).content
    mine = replace(base, groups=(SpecificGroup("c", "sen:KE", "", ("READ", "PHON"), "Fewer"),))
    assert room.save(number, base, mine).content.groups == mine.groups


# --- deleted and brought back ---------------------------------------------------------------------


def test_delete_and_bring_back(room: Staffroom) -> None:
    number = room.begin()
    base = room.read(number).content
    seen = room.read(number).saved_at
    room.clock.turn(minutes=1)
    room.save(number, base, put_at(base, NOTES, "x"))
    with pytest.raises(Conflict, match="not deleted"):
        delete_cohort_meeting(room.caller, room.school, number, seen=seen)
    delete_cohort_meeting(room.caller, room.school, number, seen=room.clock.now)
    assert room.lines() == []
    for call in CALLS:
        if call not in (add, bring_back, listed):
            with pytest.raises(NotFound):
                call(room.caller, room, number)
    bring_back_cohort_meeting(room.caller, room.school, number)
    bring_back_cohort_meeting(room.caller, room.school, number)  # once more does nothing
    assert room.lines() == [number]
    assert len(audit_rows(room.database, service.MEETING_BROUGHT_BACK)) == 1


def test_meetings_stand_newest_first_with_who_saved_them(room: Staffroom) -> None:
    first, second = room.begin(), room.begin(held_on=date(2026, 1, 13), class_name=None)
    meetings = cohort_meetings(room.caller, room.school, YEAR).meetings
    assert [item.id for item in meetings] == [second, first]
    assert (meetings[1].assessment, meetings[1].class_name) == ("Autumn", "4B")
    assert meetings[1].saved_by is not None
    assert cohort_meetings(room.caller, room.school, YEAR - 1).meetings == ()


# --- who may --------------------------------------------------------------------------------------

Call = Callable[[Caller, Staffroom, int], object]


def add(caller: Caller, room: Staffroom, number: int) -> object:
    head = MeetingHead(4, None, None, DAY, "Mr Osei")
    return add_cohort_meeting(caller, room.school, YEAR, head)


def save(caller: Caller, room: Staffroom, number: int) -> object:
    head = MeetingHead(4, None, None, DAY, "Mr Osei")
    base = MeetingContent(head)
    return save_cohort_meeting(caller, room.school, number, base=base, mine=base)


def look_up(caller: Caller, room: Staffroom, number: int) -> object:
    return look_up_figures(caller, room.school, number)


def bring_back(caller: Caller, room: Staffroom, number: int) -> object:
    return bring_back_cohort_meeting(caller, room.school, number)


def listed(caller: Caller, room: Staffroom, number: int) -> object:
    return cohort_meetings(caller, room.school, YEAR)


def read(caller: Caller, room: Staffroom, number: int) -> object:
    return cohort_meeting(caller, room.school, number)


def versions(caller: Caller, room: Staffroom, number: int) -> object:
    return meeting_versions(caller, room.school, number)


def export(caller: Caller, room: Staffroom, number: int) -> object:
    return note_cohort_meeting_export(caller, room.school, number)


WRITES: tuple[Call, ...] = (add, save, look_up, bring_back)
READS: tuple[Call, ...] = (listed, read, versions, export)
CALLS = WRITES + READS


def test_meetings_are_kept_by_a_school_and_read_by_its_authority_too(room: Staffroom) -> None:
    number = room.begin()
    for role in Role:
        caller = room.come_in(role)
        if role is Role.GOVERNOR:  # of whole year groups only, and without names
            for call in CALLS:
                with pytest.raises(AccessDenied):
                    call(caller, room, number)
            continue
        for call in READS:
            call(caller, room, number)
        may_change = cohort_meetings(caller, room.school, YEAR).may_change
        assert may_change == (role in SCHOOL_ROLES)
        for call in WRITES:
            if may_change:
                call(caller, room, number)
                continue
            with pytest.raises(AccessDenied):
                call(caller, room, number)


def test_meetings_of_another_school_are_not_found(room: Staffroom) -> None:
    number = room.begin()
    other = Staffroom(room.database)
    for call in CALLS:
        with pytest.raises(NotFound):
            call(other.caller, room, number)
        if call not in (add, listed):
            with pytest.raises(NotFound):
                call(other.caller, other, number)


def test_meetings_after_the_session_ended_are_refused(room: Staffroom) -> None:
    number = room.begin()
    session = make_session(room.database, room.user, revoked_at=NOW)
    caller = Caller.for_session(room.database, session)
    for call in CALLS:
        with pytest.raises(NotSignedIn):
            call(caller, room, number)


def test_export_is_audited_without_a_name(room: Staffroom) -> None:
    number = room.begin()
    note_cohort_meeting_export(room.caller, room.school, number)
    (row,) = audit_rows(room.database, REPORT_MADE)
    assert json.loads(row.detail) == {
        "what": "cohort meeting",
        "meeting": number,
        "with_names": True,
    }
