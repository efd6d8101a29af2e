"""A school's pupils taken into a new academic year, and back; what writes, on both databases."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from pupiltrack_core.access import Role
from pupiltrack_core.domain.moving_up import CARRIED
from pupiltrack_core.errors import (
    AccessDenied,
    Conflict,
    InvalidEntry,
    NotFound,
    UserFacingError,
)
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.pupil_details import pupil_history
from pupiltrack_core.services.recording import CellChange, record_changes
from pupiltrack_core.services.roll_forward import (
    YEAR_STARTED,
    YEAR_UNDONE,
    StartResult,
    UndoResult,
    plan_roll_forward,
    start_year,
    undo_start,
)
from pupiltrack_core.services.roll_forward_drafts import load_draft, save_draft
from pupiltrack_core.services.roll_forward_plan import (
    ClassOfYear,
    Outcome,
    PupilChoice,
    RollForwardPlan,
    YearChoices,
)
from pupiltrack_core.services.roll_forward_state import year_start
from pupiltrack_core.services.schools import schools_for
from pupiltrack_core.storage.assessment_models import StatutoryResult
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import Enrolment, PupilFieldChange
from pupiltrack_core.storage.saved_selections import save_selection
from pupiltrack_core.storage.school_year_models import RollForward
from tests.builders import make_assessment, make_judgements, make_school
from tests.integration.services.people import audit_rows, run_all
from tests.integration.services.primary import (
    FACTS,
    NEW,
    OLD,
    SEPTEMBER,
    Primary,
    add,
    make_primary,
)

MAPLE = ClassOfYear("4B", 4)


@pytest.fixture
def primary(request: pytest.FixtureRequest) -> Primary:
    """The school on SQLite; on both databases where `database` is asked for too."""
    both = "database" in request.fixturenames
    database: Database = request.getfixturevalue("database" if both else "sqlite_database")
    return make_primary(database)


@pytest.fixture
def head(primary: Primary) -> Caller:
    return primary.sign_in()


def look(primary: Primary, head: Caller, choices: YearChoices | None = None) -> RollForwardPlan:
    chosen = choices or YearChoices({MAPLE: " 5b "})
    return plan_roll_forward(head, primary.school, NEW, chosen)


def start(primary: Primary, head: Caller, choices: YearChoices | None = None) -> StartResult:
    return start_year(head, look(primary, head, choices))


def test_year_start_says_what_can_be_begun(primary: Primary, head: Caller) -> None:
    found = year_start(head, primary.school)
    assert (found.academic_year, found.opens_on, found.pupils) == (NEW, None, 3)
    assert [(item.label, item.pupils, item.new_class) for item in found.classes] == [
        ("4B, Year 4", 1, "5B"),
        ("No class, Year 5", 1, "Fir"),
    ]
    assert found.class_names == ("4B", "Fir")
    assert found.last is None
    empty = make_school(primary.database)
    nothing = year_start(primary.sign_in(school=empty), empty)
    assert (nothing.academic_year, nothing.classes, nothing.pupils) == (None, (), 0)


def test_dry_run_writes_nothing(primary: Primary, head: Caller) -> None:
    plan = look(primary, head)
    assert [(item.pupil.pupil_id, item.outcome) for item in plan.pupils] == [
        (primary.four, Outcome.MOVES),
        (primary.five, Outcome.MOVES),
        (primary.six, Outcome.LEAVES),
    ]
    assert primary.enrolled() == set()
    assert primary.class_names() == ["4B", "Fir"]
    assert "Surname" not in repr(plan)


@pytest.mark.usefixtures("database")
def test_start_year_carries_what_is_of_the_child(primary: Primary, head: Caller) -> None:
    assert set(FACTS) == set(CARRIED)
    before = primary.enrolment(primary.six, OLD)
    assert before is not None
    result = start(primary, head)
    assert (result.moved, result.left) == (2, 1)
    new = primary.enrolment(primary.four)
    assert new is not None
    assert {name: getattr(new, name) for name in CARRIED} == FACTS
    assert (new.year_group, new.year_override, new.class_name) == (5, False, "5b")
    assert (new.joined_on, new.left_on, new.version) == (None, None, 1)
    older = primary.enrolment(primary.five)
    assert older is not None
    assert (older.year_group, older.class_name) == (6, None)
    old = primary.enrolment(primary.four, OLD)
    assert old is not None
    assert (old.class_name, old.version) == ("4B", 1)
    assert primary.enrolment(primary.six) is None
    leaver = primary.enrolment(primary.six, OLD)
    assert leaver is not None
    assert (leaver.left_on, leaver.version) == (date(2026, 8, 31), before.version + 1)
    assert primary.class_names() == ["4B", "Fir", "5b"]
    (entry,) = audit_rows(primary.database, YEAR_STARTED)
    assert json.loads(entry.detail) == {
        "academic_year": NEW,
        "run": result.run_id,
        "moved": 2,
        "stayed": 0,
        "left": 1,
        "there_already": 0,
    }
    (noted,) = pupil_history(head, primary.school, primary.six)
    assert (noted.label, noted.after) == ("Last day at the school", "31/08/2026")
    assert schools_for(head)[0].academic_years == (NEW, OLD)


def test_start_year_heeds_exceptions_and_writes_classes_as_they_are_written(
    primary: Primary, head: Caller
) -> None:
    pupils = {
        primary.four: PupilChoice(year_group=4, class_name="<b>صف</b>"),
        primary.five: PupilChoice(leaves=True),
        primary.six: PupilChoice(year_group=6, class_name="FIR"),
    }
    result = start(primary, head, YearChoices({MAPLE: "New"}, pupils))
    assert (result.moved, result.left) == (2, 1)
    kept, six = primary.enrolment(primary.four), primary.enrolment(primary.six)
    assert kept is not None
    assert (kept.year_group, kept.year_override, kept.class_name) == (4, True, "<b>صف</b>")
    assert six is not None
    assert (six.year_group, six.class_name) == (6, "Fir")
    assert primary.class_names() == ["4B", "Fir", "<b>صف</b>"]  # nobody went to New
    assert primary.enrolled() == {primary.four, primary.six}


def test_start_year_twice_is_refused_and_says_who_did_it(primary: Primary, head: Caller) -> None:
    plan = look(primary, head)
    start_year(head, plan)
    with pytest.raises(Conflict, match=r"was started on .* by User .* cannot be started twice"):
        start_year(head, plan)
    with pytest.raises(Conflict, match="2 pupils went on, 1 left"):
        look(primary, head)
    assert year_start(head, primary.school).academic_year == NEW + 1
    with pytest.raises(InvalidEntry, match="not the next one"):
        plan_roll_forward(head, primary.school, NEW + 2, YearChoices())


@pytest.mark.usefixtures("database")
def test_start_year_by_two_at_once_is_done_once(primary: Primary) -> None:
    callers = [primary.sign_in(), primary.sign_in()]
    plans = [look(primary, caller) for caller in callers]
    refused: list[str] = []

    def attempt(caller: Caller, plan: RollForwardPlan) -> None:
        try:
            start_year(caller, plan)
        except Conflict as error:
            refused.append(str(error))

    run_all(
        [
            lambda c=caller, p=plan: attempt(c, p)
            for caller, plan in zip(callers, plans, strict=True)
        ]
    )
    assert len(refused) == 1
    assert "cannot be started twice" in refused[0]
    assert primary.enrolled() == {primary.four, primary.five}
    with primary.database.unit_of_work() as unit:
        assert unit.session.scalar(select(func.count()).select_from(RollForward)) == 1


def test_start_year_over_changed_pupils_is_refused(primary: Primary, head: Caller) -> None:
    plan = look(primary, head)
    primary.change(primary.five, OLD, class_name="Fir")
    with pytest.raises(Conflict, match="were changed after you looked"):
        start_year(head, plan)
    assert primary.enrolled() == set()
    late = add(primary.database, primary.school, 1)
    plan = look(primary, head)
    add(primary.database, primary.school, 2)
    with pytest.raises(Conflict):
        start_year(head, plan)
    assert start(primary, head).moved == 4
    assert late in primary.enrolled()


def test_pupils_of_the_new_year_are_kept_as_they_are(primary: Primary, head: Caller) -> None:
    arrived = add(primary.database, primary.school, 0, year=NEW)
    with primary.database.unit_of_work(write=True) as unit:
        key = {"school_id": primary.school, "academic_year": NEW, "pupil_id": primary.five}
        unit.session.add(Enrolment(**key, year_group=6, class_name="Elm", sen="E"))
        unit.commit()
    with primary.database.unit_of_work(write=True) as unit:
        key["pupil_id"] = primary.four
        unit.session.add(Enrolment(**key, year_group=5))
        unit.commit()
    # All who go on are in the new year: for a school that brings them in by file it is under way,
    # and the next is offered.
    assert year_start(head, primary.school).academic_year == NEW + 1
    add(primary.database, primary.school, 1)
    add(primary.database, primary.school, 1)
    plan = look(primary, head)
    assert plan.count(Outcome.THERE) == 2
    assert arrived not in {item.pupil.pupil_id for item in plan.pupils}
    assert start_year(head, plan).moved == 2
    kept = primary.enrolment(primary.five)
    assert kept is not None
    assert (kept.class_name, kept.sen, kept.version) == ("Elm", "E", 1)


def test_archived_pupils_are_left_out(primary: Primary, head: Caller) -> None:
    for archived_from in (0, OLD, NEW):
        add(
            primary.database,
            primary.school,
            pupil={"archived_from": archived_from, "archived_at": SEPTEMBER},
        )
    assert len(look(primary, head).pupils) == 3


def test_start_year_is_refused_before_it_opens_and_while_anyone_has_a_problem(
    primary: Primary, head: Caller
) -> None:
    july = primary.sign_in(now=datetime(2026, 7, 31, 9, 0, tzinfo=UTC))
    assert year_start(july, primary.school).opens_on == date(2026, 8, 1)
    with pytest.raises(InvalidEntry, match="from 01/08/2026 on") as early:
        start_year(july, look(primary, july))
    assert early.value.field == "academic_year"
    odd = add(primary.database, primary.school, born=date(2012, 1, 1))
    with pytest.raises(InvalidEntry, match="which year 1 pupil would go into"):
        start_year(head, look(primary, head))
    assert primary.enrolled() == set()
    start(primary, head, YearChoices({}, {odd: PupilChoice(leaves=True)}))
    assert odd not in primary.enrolled()


def test_start_year_with_nobody_left_to_move_is_refused(sqlite_database: Database) -> None:
    school = make_school(sqlite_database)
    gone = add(sqlite_database, school, left_on=date(2026, 3, 1))
    primary = Primary(sqlite_database, school, gone, gone, gone)
    head = primary.sign_in()
    with pytest.raises(InvalidEntry, match="in the new year already, or has left"):
        start_year(head, look(primary, head))


def test_choices_that_cannot_be_kept_are_refused(primary: Primary, head: Caller) -> None:
    for name in ("x" * 61, "5\u0007B"):
        choices = YearChoices({ClassOfYear("", 5): "", MAPLE: name})
        with pytest.raises(InvalidEntry, match="Nothing was changed") as caught:
            look(primary, head, choices)
        assert caught.value.field == "class_1"
        with pytest.raises(InvalidEntry):
            look(primary, head, YearChoices({}, {primary.four: PupilChoice(class_name=name)}))
    with pytest.raises(InvalidEntry, match="no such year group"):
        look(primary, head, YearChoices({}, {primary.four: PupilChoice(year_group=7)}))


@pytest.mark.usefixtures("database")
def test_undo_takes_back_what_the_start_made(primary: Primary, head: Caller) -> None:
    run = start(primary, head).run_id
    assert undo_start(head, primary.school, run) == UndoResult(removed=2, kept=0, back=1)
    assert primary.enrolled() == set()
    leaver = primary.enrolment(primary.six, OLD)
    assert leaver is not None
    assert leaver.left_on is None
    assert json.loads(audit_rows(primary.database, YEAR_UNDONE)[0].detail)["removed"] == 2
    with pytest.raises(Conflict, match="was undone on"):
        undo_start(head, primary.school, run)
    assert year_start(head, primary.school).last is None
    again = start(primary, head)
    assert (again.moved, again.left) == (2, 1)
    with primary.database.unit_of_work() as unit:
        noted = select(PupilFieldChange.after).order_by(PupilFieldChange.id)
        assert list(unit.session.scalars(noted)) == ["2026-08-31", None, "2026-08-31"]


@pytest.mark.usefixtures("database")
def test_undo_keeps_whoever_was_changed_since(primary: Primary, head: Caller) -> None:
    run = start(primary, head).run_id
    primary.change(primary.five, NEW, class_name="Elm")
    primary.change(primary.six, OLD, left_on=date(2026, 7, 1))
    late = add(primary.database, primary.school, 0, year=NEW)
    assert undo_start(head, primary.school, run) == UndoResult(removed=1, kept=1, back=0)
    assert primary.enrolled() == {primary.five, late}
    leaver = primary.enrolment(primary.six, OLD)
    assert leaver is not None
    assert leaver.left_on == date(2026, 7, 1)


def test_a_year_undone_is_to_be_started_again_though_all_were_kept(
    primary: Primary, head: Caller
) -> None:
    run = start(primary, head).run_id
    for pupil in (primary.four, primary.five):
        primary.change(pupil, NEW, class_name="Elm")
    assert undo_start(head, primary.school, run) == UndoResult(removed=0, kept=2, back=1)
    assert year_start(head, primary.school).academic_year == NEW


@pytest.mark.usefixtures("database")
def test_undo_is_refused_after_the_first_mark(primary: Primary, head: Caller) -> None:
    run = start(primary, head).run_id
    state = year_start(head, primary.school).last
    assert state is not None
    assert (state.run_id, state.why_not, state.moved, state.left) == (run, "", 2, 1)
    assessment = make_assessment(
        primary.database, primary.school, academic_year=NEW, year_groups=(5,)
    )
    make_judgements(primary.database, assessment, {primary.four: {"READ": None}})  # and cleared
    with pytest.raises(InvalidEntry, match="Marks were entered in 2026/2027 already"):
        undo_start(head, primary.school, run)
    state = year_start(head, primary.school).last
    assert state is not None
    assert "cannot be undone any more" in state.why_not
    assert primary.enrolled() == {primary.four, primary.five}


def test_undo_is_refused_after_a_first_statutory_result(primary: Primary, head: Caller) -> None:
    run = start(primary, head).run_id
    with primary.database.unit_of_work(write=True) as unit:
        unit.session.add(
            StatutoryResult(
                school_id=primary.school,
                pupil_id=primary.four,
                collection="PHONICS",
                ending_year=NEW + 1,
                sitting="Y1",
                measure="MARK",
                value=33,
                source="test",
            )
        )
        unit.commit()
    with pytest.raises(InvalidEntry, match="Marks were entered"):
        undo_start(head, primary.school, run)


@pytest.mark.usefixtures("database")
def test_undo_and_a_first_mark_at_once_lose_neither(primary: Primary, head: Caller) -> None:
    run = start(primary, head).run_id
    assessment = make_assessment(
        primary.database, primary.school, academic_year=NEW, year_groups=(5,)
    )
    teacher = primary.sign_in(Role.TEACHER)
    saved: list[bool] = []
    undone: list[bool] = []

    def mark() -> None:
        change = CellChange(primary.four, f"{assessment}:tracking:READ", "O", 0)
        try:
            (outcome,) = record_changes(teacher, primary.school, NEW, [change])
            saved.append(outcome.status == "saved")
        except UserFacingError:
            saved.append(False)

    def undo() -> None:
        try:
            undo_start(head, primary.school, run)
            undone.append(True)
        except UserFacingError:
            undone.append(False)

    run_all([mark, undo])
    assert (saved, undone) in (([True], [False]), ([False], [True]))
    assert (primary.four in primary.enrolled()) is saved[0]


def test_undo_is_refused_once_a_later_year_was_begun(primary: Primary, head: Caller) -> None:
    run = start(primary, head).run_id
    later = primary.sign_in(now=SEPTEMBER.replace(year=2027))
    start_year(later, plan_roll_forward(later, primary.school, NEW + 1, YearChoices()))
    with pytest.raises(InvalidEntry, match="in a later academic year already"):
        undo_start(later, primary.school, run)


def test_others_may_not_start_a_year(primary: Primary, head: Caller) -> None:
    plan = look(primary, head)
    for role in set(Role) - {Role.HEAD, Role.DATA_MANAGER}:
        other = primary.sign_in(role)
        for act in (
            lambda other=other: year_start(other, primary.school),
            lambda other=other: look(primary, other),
            lambda other=other: start_year(other, plan),
            lambda other=other: undo_start(other, primary.school, 1),
        ):
            with pytest.raises(AccessDenied):
                act()
    assert primary.enrolled() == set()


def test_another_school_is_out_of_reach(primary: Primary, head: Caller) -> None:
    run = start(primary, head).run_id
    other = make_school(primary.database)
    add(primary.database, other)
    stranger = primary.sign_in(Role.DATA_MANAGER, school=other)
    with pytest.raises(NotFound):
        year_start(stranger, primary.school)
    with pytest.raises(NotFound):
        undo_start(stranger, primary.school, run)
    with pytest.raises(NotFound, match="no such start"):
        undo_start(stranger, other, run)
    forged = replace(
        plan_roll_forward(stranger, other, NEW, YearChoices()), school_id=primary.school
    )
    with pytest.raises(NotFound):
        start_year(stranger, forged)


def test_draft_comes_back_until_the_year_is_another(primary: Primary, head: Caller) -> None:
    choices = YearChoices(
        {MAPLE: "5B", ClassOfYear("", 5): ""},
        {
            1: PupilChoice(year_group=4),
            2: PupilChoice(leaves=True),
            3: PupilChoice(class_name="Elm"),
        },
    )
    assert load_draft(head, primary.school, NEW) == YearChoices()
    assert save_draft(head, primary.school, NEW, choices)
    assert load_draft(head, primary.school, NEW) == choices
    assert load_draft(head, primary.school, NEW + 1) == YearChoices()
    assert load_draft(primary.sign_in(), primary.school, NEW) == YearChoices()  # another person's
    many = YearChoices({}, {number: PupilChoice(class_name="x" * 60) for number in range(1000)})
    assert not save_draft(head, primary.school, NEW, many)
    assert load_draft(head, primary.school, NEW) == choices
    with pytest.raises(AccessDenied):
        load_draft(primary.sign_in(Role.TEACHER), primary.school, NEW)


@pytest.mark.parametrize(
    "kept",
    [
        {"classes": "x", "pupils": None},
        {"classes": [["4B", 9, "x"], ["4B", "4", "x"], [4, 4, 4], "4B"]},
        {"pupils": [["1", 4, None], [True, 4, None], [1, 4, 5], [1]]},
    ],
)
def test_draft_that_makes_no_sense_is_passed_over(
    primary: Primary, head: Caller, kept: dict[str, object]
) -> None:
    with primary.database.unit_of_work(write=True) as unit, head.begin() as work:
        page = f"start-a-year:{primary.school}"
        save_selection(unit.session, work.principal.user_id, page, {"year": NEW, **kept})
        unit.commit()
    assert load_draft(head, primary.school, NEW) == YearChoices()
