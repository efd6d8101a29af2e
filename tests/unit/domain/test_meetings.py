"""Which questions are asked on a day, and where a child stands on it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pupiltrack_core.domain.assessed_subjects import AssessedSubject
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.meetings import (
    NO_STANDARDS,
    MeetingKind,
    Question,
    Standards,
    standards_on,
)

DAY = date(2026, 1, 12)
CORE = ("READ", "WRIT", "MATH")


def held(number: int, day: date, marks: str, *, more: str = "") -> list[AssessedSubject]:
    """One assessment with reading, writing and maths; "-" is nothing entered."""
    given = [*zip(CORE, marks, strict=True), *((("SCIE", more),) if more else ())]
    return [
        AssessedSubject(
            assessment_id=number,
            academic_year=2025,
            name=f"A{number}",
            held_on=day,
            subject=subject,
            judgement=None if mark == "-" else Judgement(mark),
        )
        for subject, mark in given
    ]


@pytest.mark.parametrize(
    ("days", "ends", "live"),
    [
        (-1, None, False),
        (0, None, True),
        (400, None, True),
        (9, 10, True),
        (10, 10, True),
        (11, 10, False),
        (0, 0, True),
    ],
)
def test_is_live_from_the_first_to_the_last_day(days: int, ends: int | None, live: bool) -> None:
    last = None if ends is None else DAY + timedelta(days=ends)
    question = Question(1, MeetingKind.PUPIL, "Why?", DAY, last)
    assert question.is_live(DAY + timedelta(days=days)) is live


def test_standards_on_are_of_the_latest_two_assessments_with_something_entered() -> None:
    assessed = (
        *held(1, date(2025, 6, 30), "BBB"),
        *held(2, date(2025, 10, 1), "TO-"),
        *held(3, date(2025, 12, 15), "OOT"),
        *held(4, date(2026, 1, 9), "---", more="D"),  # nothing in the three subjects
        *held(5, date(2026, 1, 13), "DDD"),  # after the day
    )
    current, previous = standards_on(assessed, DAY)
    assert current.standards.labels == ("On track", "On track", "Towards")
    assert current.source == "A3, 15/12/2025"
    assert previous.standards.labels == ("Towards", "On track", "No data")
    assert previous.source == "A2, 01/10/2025"


def test_standards_on_the_day_of_an_assessment_count_it_and_the_later_made_first() -> None:
    assessed = (*held(1, DAY, "BBB"), *held(2, DAY, "OOO"))
    current, previous = standards_on(assessed, DAY)
    assert (current.source, previous.source) == ("A2, 12/01/2026", "A1, 12/01/2026")
    assert standards_on(assessed, date(2026, 1, 11)) == (NO_STANDARDS, NO_STANDARDS)


def test_standards_are_stored_and_read_back() -> None:
    standards = Standards(Judgement.BELOW, None, Judgement.DEEPER)
    assert standards.stored == {"READ": "B", "WRIT": None, "MATH": "D"}
    assert Standards.read(standards.stored) == standards
    assert Standards.read(None) == Standards.read({"READ": ""}) == Standards()
    with pytest.raises(ValueError, match="Judgement"):
        Standards.read({"MATH": "Z"})


def test_label_of_a_kind_of_meeting_is_its_own() -> None:
    labels = [kind.label for kind in MeetingKind]
    assert labels[0] == "Pupil progress meeting"
    assert len(set(labels)) == len(labels)
