"""What is written down at a cohort's meeting, kept and read again."""

from __future__ import annotations

import json
from datetime import date

import pytest

from pupiltrack_core.domain.areas_of_learning import AreaOfLearning
from pupiltrack_core.domain.cohort_meetings import (
    KNOWN_GROUPS,
    PHONICS,
    AskedQuestion,
    Barrier,
    DiscussedArea,
    MeetingContent,
    MeetingHead,
    SpecificGroup,
    TargetedSupport,
    area_label,
    areas_of,
    begin_content,
    every_area,
    fresh_key,
    read_content,
)
from pupiltrack_core.domain.subjects import OwnSubject

HEAD = MeetingHead(4, "Maple", 7, date(2026, 1, 12), "Mr Osei")
CONTENT = MeetingContent(
    head=HEAD,
    questions=("Why?",),
    areas=(DiscussedArea("READ", (AskedQuestion("1", "Why?", "Notes", "Steps"),)),),
    barriers=(Barrier("a", (3, 1), "Sleep", "Talk"),),
    support=(TargetedSupport("b", ("READ",), (2, 3), "Ten words"),),
    groups=(SpecificGroup("c", "sex:M", "", ("MATH",), "Fewer"),),
)


def test_read_content_gives_back_what_was_stored() -> None:
    assert read_content(json.loads(json.dumps(CONTENT.to_stored()))) == CONTENT
    empty = MeetingContent(MeetingHead(0, None, None, date(2026, 1, 12), "Ms Wu"))
    assert read_content(json.loads(json.dumps(empty.to_stored()))) == empty


def test_pupil_ids_are_those_named_anywhere() -> None:
    assert CONTENT.pupil_ids == {1, 2, 3}


def test_begin_content_asks_every_question_in_every_area() -> None:
    begun = begin_content(HEAD, ["Why?", "How?"])
    assert [area.key for area in begun.areas] == ["READ", "WRIT", "MATH"]
    assert begun.areas[2].answers == (AskedQuestion("1", "Why?"), AskedQuestion("2", "How?"))
    assert begun.questions == ("Why?", "How?")
    reception = begin_content(MeetingHead(0, None, None, HEAD.held_on, "Ms Wu"), [])
    assert [area.key for area in reception.areas] == list(AreaOfLearning)


def test_every_area_has_own_subjects_and_phonics_once_each() -> None:
    own = OwnSubject("X01", "Forest school", "For")
    areas = every_area(4, [own])
    assert areas[:3] == areas_of(4)
    assert areas[-2:] == ("X01", PHONICS)
    assert len(set(areas)) == len(areas) == 17 + 1 + 1
    assert every_area(0)[:7] == tuple(AreaOfLearning)


@pytest.mark.parametrize(
    ("area", "label"),
    [
        ("READ", "Reading"),
        (PHONICS, "Phonics"),
        ("ALLI", "Literacy"),
        ("X01", "Forest school"),
    ],
)
def test_area_label_of_each_kind(area: str, label: str) -> None:
    assert area_label(area, {"X01": "Forest school"}) == label


def test_area_label_of_no_area_is_refused() -> None:
    with pytest.raises(ValueError, match="ZZZZ"):
        area_label("ZZZZ")


def test_fresh_key_is_another_each_time() -> None:
    assert len({fresh_key() for _ in range(50)}) == 50


def test_known_groups_are_choices_of_their_characteristic() -> None:
    for group in KNOWN_GROUPS.values():
        assert group.characteristic.value_label(group.value)
    labels = [group.label for group in KNOWN_GROUPS.values()]
    assert len(set(labels)) == len(labels) == 12
    # Each by itself, without the other of its pair beside it.
    assert {"Boys", "No SEN", "Not disadvantaged", "Not pupil premium"} <= set(labels)
