"""Messages no page of ours sends, straight over the kernel's socket: refused, and nothing changes.

A test ends by asking that the server and the kernel live, that all schools' records are as they
were, and that the log names nobody and quotes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pupiltrack_core.services.assessment_deletion import delete_assessment, marks_of_assessment
from pupiltrack_core.services.assessments import assessments_for
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.grid_figures import rwm_key
from pupiltrack_core.services.school_subjects import add_own_subject
from tests.browser.faults.forger import Cell, Forger, forging, statuses
from tests.browser.faults.portal import ADDRESS, YEAR, YEAR_GROUP, DemoPortal, Ground

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("faults")]

FORGED = "FORGED-TEXT"
NEW_ASSESSMENT = {
    **{"name": FORGED, "held_on": "2026-03-02", "year_groups": ["4"], "subjects": []},
    **{"formative_title": "", "test_title": "", "has_phonics": False},
}
ADVISERS = "/assessments?school=9992001&years=4&class=Hazel"


@pytest.fixture
def teacher(portal: DemoPortal) -> Iterator[Forger]:
    """The class teacher, without the page's scripts. Nothing that is done may leave a trace."""
    yield from harmless(portal, "teacher", ADDRESS)


@pytest.fixture
def adviser(portal: DemoPortal) -> Iterator[Forger]:
    """The local authority's adviser, who may read."""
    yield from harmless(portal, "adviser", ADVISERS)


def harmless(portal: DemoPortal, user_name: str, address: str) -> Iterator[Forger]:
    """Somebody with a socket of their own; see the module's head for what is asked afterwards."""
    recorded = portal.everything_recorded()
    with forging(portal, user_name, address) as forger:
        yield forger
        assert forger.browser.get(f"/api/kernels/{forger.kernel_id}").status == 200
        assert forger.states()
    assert portal.everything_recorded() == recorded
    log = portal.log
    assert FORGED not in log
    assert "Traceback" not in log
    for surname, forenames, upn in portal.rows("SELECT surname, forenames, upn FROM pupil"):
        assert str(upn) not in log
        assert f"{surname}, {forenames}" not in log
        assert f"{forenames} {surname}" not in log


def elsewhere(portal: DemoPortal, ground: Ground) -> int:
    """A pupil of the other school."""
    return portal.number(
        "SELECT pupil_id FROM enrolment WHERE school_id <> ? AND academic_year = 2025 LIMIT 1",
        ground.school,
    )


def cell_of_other_school(portal: DemoPortal, ground: Ground) -> Cell:
    """A pupil and an assessment that are both the other school's."""
    other = portal.number(
        "SELECT id FROM assessment WHERE school_id <> ? AND academic_year = 2025", ground.school
    )
    return (str(elsewhere(portal, ground)), f"{other}:tracking:MATH", "D", 1)


def column_of(ground: Ground, beginning: str) -> str:
    """A column on view, by how its key begins."""
    return next(key for key in ground.columns if key.startswith(beginning))


def subject_of_other_school(portal: DemoPortal, ground: Ground) -> str:
    """The code of a subject that the other school has of its own and this one has not."""
    found = "SELECT code FROM school_subject WHERE school_id <> ?"
    if not portal.rows(found, ground.school):
        other = portal.number("SELECT id FROM school WHERE id <> ?", ground.school)
        with portal.opened() as database:
            add_own_subject(Caller.for_operator(database), other, label="Forestry", short="For")
    return str(portal.rows(found, ground.school)[0][0])


CELLS: dict[str, Callable[[DemoPortal, Ground], Cell]] = {
    "worked-out column": lambda _, g: (str(g.pupils[0]), rwm_key(g.assessment), "Y", 0),
    "pupil of another school": lambda p, g: (*(str(elsewhere(p, g)), g.tracking("MATH"), "D", 0),),
    "assessment of another school": lambda p, g: (
        *(str(g.pupils[0]), cell_of_other_school(p, g)[1], "D", 0),
    ),
    "another school altogether": cell_of_other_school,
    "pupil of another class": lambda p, g: (
        str(
            p.number(
                "SELECT pupil_id FROM enrolment WHERE school_id = ? AND academic_year = 2025"
                " AND class_name <> 'Hazel' LIMIT 1",
                g.school,
            )
        ),
        *(g.tracking("MATH"), "D", 1),
    ),
    "earlier assessment": lambda _, g: (
        *(str(g.pupils[0]), f"{g.assessment - 1}:tracking:MATH", "D", 1),
    ),
    "value not in the list": lambda _, g: (str(g.pupils[0]), g.tracking("MATH"), FORGED, 1),
    "label for a value": lambda _, g: (str(g.pupils[0]), g.tracking("MATH"), "on track", 1),
    "include column with garbage": lambda _, g: (str(g.pupils[0]), "include", FORGED, 1),
    "include column left blank": lambda _, g: (str(g.pupils[0]), "include", "", 1),
    "score that is no number": lambda _, g: (
        *(str(g.pupils[0]), f"{g.assessment}:test:MATH", "1e2", 0),
    ),
    "score in other digits": lambda _, g: (
        *(str(g.pupils[0]), f"{g.assessment}:test:MATH", "\u0661\u0660\u0660", 0),
    ),
    "text of 64 KB": lambda _, g: (str(g.pupils[0]), g.formative("MATH"), FORGED * 6000, 0),
    "text with a control character": lambda _, g: (
        *(str(g.pupils[0]), g.formative("MATH"), f"{FORGED}\x00", 0),
    ),
    "text with half a character": lambda _, g: (
        *(str(g.pupils[0]), g.formative("MATH"), f"{FORGED}\ud800", 0),
    ),
    "official result": lambda _, g: (str(g.pupils[0]), column_of(g, "result:PHONICS:"), "40", 1),
    "official good level of development": lambda _, g: (
        *(str(g.pupils[0]), "result:EYFSP:GLD", "Y", 1),
    ),
    "result of another year group": lambda _, g: (str(g.pupils[0]), "result:KS2:READ", "110", 0),
    "characteristic": lambda _, g: (str(g.pupils[0]), "pupil:sex", "F", 0),
    "subject the assessment is not in": lambda _, g: (
        *(str(g.pupils[0]), f"{g.assessment}:tracking:X01", "D", 0),
    ),
    "another school's own subject": lambda p, g: (
        *(str(g.pupils[0]), f"{g.assessment}:tracking:{subject_of_other_school(p, g)}", "D", 0),
    ),
    "colour where there is none": lambda _, g: (str(g.pupils[0]), "include", "N", 1, "red"),
    "column of no kind": lambda _, g: (str(g.pupils[0]), f"{g.assessment}:secret:MATH", "D", 0),
    "pupil by another spelling": lambda _, g: (f"0{g.pupils[0]}", g.tracking("MATH"), "D", 1),
    "prototype's names": lambda _, g: ("__proto__", "constructor", "D", 0),
}


def test_forged_cells_are_refused_one_by_one(
    teacher: Forger, portal: DemoPortal, ground: Ground
) -> None:
    grid = teacher.grid()
    became = {
        what: statuses(teacher.change(grid, [forge(portal, ground)]))
        for what, forge in CELLS.items()
    }
    assert became == {what: ["refused"] for what in CELLS}


def test_forged_change_over_a_stale_version_overwrites_nothing_and_is_told_what_is_there(
    teacher: Forger, portal: DemoPortal, ground: Ground
) -> None:
    column = ground.tracking("READ")
    pupil, stored, version = next(
        (pupil, value, version)
        for pupil in ground.pupils
        for value, version in portal.rows(
            "SELECT value, version FROM judgement WHERE assessment_id = ? AND pupil_id = ?"
            " AND kind = 'tracking' AND subject = 'READ' AND value IS NOT NULL",
            *(ground.assessment, pupil),
        )
    )
    mine = "B" if stored != "B" else "D"
    answer = teacher.change(teacher.grid(), [(str(pupil), column, mine, int(str(version)) - 1)])
    ((_, _, status, value, now, reason, theirs, _),) = answer["outcomes"]
    assert (status, value, now, theirs) == ("conflict", mine, version, stored)
    assert "Someone else changed this first" in reason


def test_assessment_created_with_another_schools_subject_is_without_it(
    portal: DemoPortal, ground: Ground
) -> None:
    code = subject_of_other_school(portal, ground)
    sent = {**NEW_ASSESSMENT, "name": "With a subject too many", "subjects": [code, "SCIE"]}
    with forging(portal, "teacher", ADDRESS) as teacher:
        teacher.press(teacher.form("open-assessment"), "open", {})
        teacher.press(teacher.form("new-assessment"), "create", sent)
        teacher.states()  # its answer says that the form was dealt with
    with portal.opened() as database:
        caller = Caller.for_operator(database)
        found = assessments_for(caller, ground.school, YEAR, [YEAR_GROUP])
        (made,) = [item for item in found if item.name == sent["name"]]
        agreed = marks_of_assessment(caller, ground.school, made.id)
        delete_assessment(caller, school_id=ground.school, assessment_id=made.id, agreed=agreed)
    assert {subject.value for subject in made.subjects} == {"READ", "WRIT", "MATH", "SCIE"}


def test_forged_change_of_somebody_who_may_only_read_is_refused(
    adviser: Forger, ground: Ground
) -> None:
    grid = adviser.grid()
    cells = [
        (str(ground.pupils[0]), ground.tracking("MATH"), "D", 1),
        (str(ground.pupils[0]), ground.formative("MATH"), FORGED, 0),
        (str(ground.pupils[0]), "include", "N", 1),
    ]
    adviser.set_traits(grid, {"read_only": False, "data": {"read_only": False}})
    assert statuses(adviser.change(grid, cells)) == ["refused"] * 3
    assert adviser.states()[grid]["data"]["read_only"] is True


BATCHES: dict[str, dict[str, Any]] = {
    "20,001 cells": {"cells": [[str(n), "include", "N", 1] for n in range(20_001)]},
    "9 MB": {"cells": [[str(n), "include", "N" * 60_000, 1] for n in range(150)]},
    "cells that are no list": {"cells": {"1": FORGED}},
    "a cell that is no list": {"cells": [FORGED]},
    "a short cell": {"cells": [["1", "include", "N"]]},
    "a key that is no text": {"cells": [[1, "include", "N", 1]]},
    "a key without end": {"cells": [["1" * 100_000, "include", "N", 1]]},
    "a value that is no text": {"cells": [["1", "include", {"value": "N"}, 1]]},
    "a version below zero": {"cells": [["1", "include", "N", -1]]},
    "a version that is no number": {"cells": [["1", "include", "N", True]]},
    "a version beyond all numbers": {"cells": [["1", "include", "N", 2**70]]},
    "a client's name that is none": {"cells": [], "client": FORGED},
    "no client": {"cells": [], "client": None},
    "a colour that is none": {"cells": [["1", "include", "N", 1, FORGED]]},
    "a colour that is no text": {"cells": [["1", "include", "N", 1, None]]},
    "a number that is none": {"cells": [], "seq": None},
}


def test_forged_batches_are_rejected_whole(teacher: Forger) -> None:
    grid = teacher.grid()
    became = {
        what: teacher.send_batch(grid, {"client": "forged", "seq": 1, **batch})["type"]
        for what, batch in BATCHES.items()
    }
    assert became == dict.fromkeys(BATCHES, "rejected")


def test_batch_sent_again_under_its_number_changes_nothing(teacher: Forger, ground: Ground) -> None:
    grid = teacher.grid()
    blank = {"client": "forged", "seq": 7, "cells": []}
    first = teacher.send_batch(grid, blank)
    cell = [str(ground.pupils[0]), ground.tracking("MATH"), "D", 1]
    assert teacher.send_batch(grid, {**blank, "cells": [cell]}) == first


def test_traits_set_by_a_forged_message_are_dropped(teacher: Forger, ground: Ground) -> None:
    before = teacher.states()
    ours = {name: state for name, state in before.items() if state["_model_module"] == "anywidget"}
    assert len(ours) >= 5
    for name, state in ours.items():
        for trait, value in state.items():
            teacher.set_traits(name, {trait: forged_value(value)})
        teacher.set_traits(name, {"read_only": False, "columns": [], "revision": 0})
    assert teacher.states() == before
    grid = teacher.grid()
    cell = (str(ground.pupils[0]), rwm_key(ground.assessment), "Y", 0)
    assert statuses(teacher.change(grid, [cell])) == ["refused"]


def forged_value(value: object) -> object:
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return FORGED
    return [] if isinstance(value, list) else {}


def test_forged_filter_opens_no_other_school(
    teacher: Forger, portal: DemoPortal, ground: Ground
) -> None:
    values = {"school": "9992002", "year": "2025", "years": "4", "class": "", "assessment": ""}
    teacher.press(teacher.form("cohort"), "select", values)
    shown = {int(row[0]) for row in teacher.states()[teacher.grid()]["data"]["rows"]}
    # All classes of the year group now: the filter was heeded where it may be.
    assert shown > set(ground.pupils)
    own = portal.rows("SELECT id FROM pupil WHERE school_id = ?", ground.school)
    assert shown <= {row[0] for row in own}


def test_assessment_created_by_somebody_who_may_only_read_is_refused(adviser: Forger) -> None:
    adviser.press(adviser.form("open-assessment"), "open", {})
    adviser.press(adviser.form("new-assessment"), "create", NEW_ASSESSMENT)
    said = [state["messages"] for state in adviser.states().values() if "messages" in state]
    assert [message["kind"] for messages in said for message in messages] == ["error"]
