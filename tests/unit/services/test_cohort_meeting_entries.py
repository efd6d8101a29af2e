"""What may be written down at a cohort's meeting, and what is said of what may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from pupiltrack_core.domain.cohort_meetings import (
    AskedQuestion,
    Barrier,
    DiscussedArea,
    MeetingContent,
    MeetingHead,
    SpecificGroup,
    TargetedSupport,
)
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.cohort_meeting_entries import Offered, check_content, check_head

DAY = date(2026, 1, 12)
HEAD = MeetingHead(4, "Maple", 7, DAY, "Mr Osei")
OFFERED = Offered(
    academic_year=2025,
    assessments={7: (4, 5), 8: (1,)},
    classes={4: ["Maple", "Birch"], 1: ["Ash"]},
    areas={"READ", "WRIT", "SCIE"},
    pupils={1, 2},
)
PRESENT = MeetingContent(
    head=HEAD,
    questions=("Why?",),
    areas=(DiscussedArea("READ", (AskedQuestion("1", "Why?"),)), DiscussedArea("X09")),
    barriers=(Barrier("a", (9,)),),
    support=(TargetedSupport("b", ("X08",)),),
)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"year_group": 7}, "year_group"),
        ({"year_group": -1}, "year_group"),
        ({"class_name": "Ash"}, "class_name"),
        ({"class_name": "<script>"}, "class_name"),
        ({"assessment_id": 8}, "assessment_id"),
        ({"assessment_id": 99}, "assessment_id"),
        ({"held_on": date(2025, 8, 31)}, "held_on"),
        ({"held_on": date(2027, 9, 2)}, "held_on"),
        ({"teacher": " "}, "teacher"),
        ({"teacher": "x" * 101}, "teacher"),
        ({"teacher": "a\x1bb"}, "teacher"),
    ],
)
def test_check_head_refuses_and_says_which_field(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidEntry, match="Nothing was saved") as caught:
        check_head(replace(HEAD, **changed), OFFERED)
    assert caught.value.field == f"head.{field}"


@pytest.mark.parametrize("day", [date(2025, 9, 1), date(2026, 8, 31), date(2026, 10, 2)])
def test_check_head_takes_days_of_the_year_and_of_the_one_after(day: date) -> None:
    assert check_head(replace(HEAD, held_on=day, teacher=" Ms  Wu "), OFFERED) == replace(
        HEAD, held_on=day, teacher="Ms Wu"
    )


def test_check_head_takes_no_class_and_no_assessment() -> None:
    head = replace(HEAD, class_name="", assessment_id=None)
    assert check_head(head, OFFERED).class_name is None


def test_check_head_keeps_what_was_deleted_or_renamed_since() -> None:
    held = replace(HEAD, class_name="Oak", assessment_id=99)
    assert check_head(held, OFFERED, present=held) == held
    for name in ("class_name", "assessment_id"):
        # Of another year group it is a new choice.
        with pytest.raises(InvalidEntry) as caught:
            check_head(
                replace(held, year_group=1, **{"assessment_id": None, name: getattr(held, name)}),
                OFFERED,
                present=held,
            )
        assert caught.value.field in {"head.class_name", "head.assessment_id"}


LONG = "x" * 4_001
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"areas": (DiscussedArea("MATH"),)}, "areas"),
    ({"areas": (DiscussedArea("READ"), DiscussedArea("READ"))}, "areas"),
    (
        {"areas": (DiscussedArea("READ", (AskedQuestion("1", " "),)),)},
        "areas.READ.answers.1.question",
    ),
    (
        {"areas": (DiscussedArea("READ", (AskedQuestion("1", "x" * 501),)),)},
        "areas.READ.answers.1.question",
    ),
    (
        {"areas": (DiscussedArea("READ", (AskedQuestion("1", "Why?", LONG),)),)},
        "areas.READ.answers.1.notes",
    ),
    (
        {"areas": (DiscussedArea("READ", (AskedQuestion("1", "Why?", "", "a\x00"),)),)},
        "areas.READ.answers.1.next_steps",
    ),
    (
        {
            "areas": (
                DiscussedArea("READ", tuple(AskedQuestion(str(at), "Why?") for at in range(61))),
            )
        },
        "areas.READ.answers",
    ),
    ({"barriers": (Barrier("a", (3,)),)}, "barriers.a.pupils"),
    ({"barriers": (Barrier("a", (), LONG),)}, "barriers.a.barrier"),
    ({"barriers": (Barrier("a", (), "", LONG),)}, "barriers.a.next_steps"),
    ({"barriers": tuple(Barrier(str(at)) for at in range(61))}, "barriers"),
    ({"barriers": (Barrier("a"), Barrier("a"))}, "barriers"),
    ({"barriers": (Barrier("<b>"),)}, "barriers"),
    ({"support": (TargetedSupport("b", ("MATH",)),)}, "support.b.subjects"),
    ({"support": (TargetedSupport("b", (), (3,)),)}, "support.b.pupils"),
    ({"support": (TargetedSupport("b", (), (), LONG),)}, "support.b.comments"),
    ({"groups": (SpecificGroup("c", "looked_after:Y"),)}, "groups.c.group"),
    ({"groups": (SpecificGroup("c", "", "x" * 101),)}, "groups.c.name"),
    ({"groups": (SpecificGroup("c", "", "", ("ZZZZ",)),)}, "groups.c.subjects"),
    ({"groups": (SpecificGroup("c", "", "", (), LONG),)}, "groups.c.comments"),
    ({"head": replace(HEAD, teacher="")}, "head.teacher"),
]


@pytest.mark.parametrize(("changed", "field"), REFUSED)
def test_check_content_refuses_and_says_where(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidEntry, match="Nothing was saved") as caught:
        check_content(replace(PRESENT, **changed), OFFERED, present=PRESENT)
    assert caught.value.field == field


def test_check_content_tidies_and_keeps_what_is_no_longer_offered() -> None:
    changed = replace(
        PRESENT,
        questions=("Forged",),
        barriers=(Barrier("a", (9, 1, 1), " Sleep \r\nagain ", "<script>"),),
        groups=(SpecificGroup("c", "sex:M", " Boys  who read ", ("X08", "READ")),),
    )
    checked = check_content(changed, OFFERED, present=PRESENT)
    assert checked.questions == ("Why?",)
    assert checked.barriers == (Barrier("a", (9, 1), "Sleep \nagain", "<script>"),)
    assert checked.groups[0].name == "Boys who read"
    assert checked.areas == PRESENT.areas
