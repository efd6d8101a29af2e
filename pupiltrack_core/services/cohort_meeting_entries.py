"""What a person enters of a cohort's progress meeting, checked before it is stored.

The field of an `InvalidEntry` is the path to the value, its parts joined by dots:
"areas.READ.answers.1.notes".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TypeVar

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.cohort_meetings import (
    KNOWN_GROUPS,
    YEAR_GROUPS,
    AskedQuestion,
    Barrier,
    DiscussedArea,
    MeetingContent,
    MeetingHead,
    SpecificGroup,
    TargetedSupport,
)
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.entered_names import required_name, tidy_name, tidy_text
from pupiltrack_core.services.meeting_entries import MAX_NOTES, MAX_QUESTION, MAX_TEACHER

T = TypeVar("T")
MAX_GROUP_NAME = 100
MOST_ROWS = 60  # of barriers, of support, of groups
MOST_QUESTIONS = 60  # in one area
_KEY = re.compile(r"[0-9a-z]{1,20}")
_UNDONE = "Nothing was saved."
_FORGED = "This does not belong to the meeting any more. Open the meeting again."


@dataclass(frozen=True, slots=True)
class Offered:
    """What a meeting can be about: the school's own, as it is now.

    `assessments` has the year groups of each, by id; `classes` the classes of each year group.
    """

    academic_year: int
    assessments: Mapping[int, Collection[int]]
    classes: Mapping[int, Collection[str]]
    areas: Collection[str] = field(default_factory=frozenset)
    pupils: Collection[int] = field(default_factory=frozenset)


def check_head(
    head: MeetingHead, offered: Offered, *, present: MeetingHead | None = None
) -> MeetingHead:
    """Return the head as it may be stored; raise `InvalidEntry` with the field at fault.

    What it has in common with `present` stays even where it is not offered any more.
    """
    if head.year_group not in YEAR_GROUPS:
        raise InvalidEntry(f"Choose one of the year groups. {_UNDONE}", field="head.year_group")
    is_same_cohort = present is not None and head.year_group == present.year_group
    class_name = head.class_name or None
    kept_class = is_same_cohort and present is not None and class_name == present.class_name
    known = offered.classes.get(head.year_group, ())
    if class_name is not None and not kept_class and class_name not in known:
        raise InvalidEntry(
            f"This class has no pupils of the year group. {_UNDONE} Choose a class, or all.",
            field="head.class_name",
        )
    kept = is_same_cohort and present is not None and head.assessment_id == present.assessment_id
    if head.assessment_id is not None and not kept:
        groups = offered.assessments.get(head.assessment_id, ())
        if head.year_group not in groups:
            raise InvalidEntry(
                "This assessment is not one of the year group, or it was deleted. "
                f"{_UNDONE} Choose another.",
                field="head.assessment_id",
            )
    return replace(
        head,
        class_name=class_name,
        held_on=_day(head.held_on, offered.academic_year),
        teacher=required_name(
            head.teacher,
            field="head.teacher",
            longest=MAX_TEACHER,
            missing="Say which teacher the meeting was with.",
            undone=_UNDONE,
        ),
    )


def check_content(
    content: MeetingContent, offered: Offered, *, present: MeetingContent
) -> MeetingContent:
    """Return the content as it may be stored over `present`, whose questions of the day stay.

    Raise `InvalidEntry` with the path of what is wrong.
    """
    areas = {*offered.areas, *(area.key for area in present.areas)}
    subjects = {*areas, *_subjects_of(present)}
    pupils = {*offered.pupils, *present.pupil_ids}
    _require_rows(content.areas, "areas", most=len(areas))
    for name in ("barriers", "support", "groups"):
        _require_rows(getattr(content, name), name, most=MOST_ROWS)
    return replace(
        content,
        head=check_head(content.head, offered, present=present.head),
        questions=present.questions,
        areas=tuple(_area(area, areas) for area in content.areas),
        barriers=tuple(_barrier(row, pupils) for row in content.barriers),
        support=tuple(_support(row, subjects, pupils) for row in content.support),
        groups=tuple(_group(row, subjects) for row in content.groups),
    )


def _day(day: date, academic_year: int) -> date:
    year = AcademicYear(academic_year)
    # Last year's results are talked about in autumn, with next year's teacher.
    if not year.first_day <= day <= year.last_day + timedelta(days=366):
        raise InvalidEntry(
            f"The day lies before {year.label}, or long after it. {_UNDONE} Look at the year.",
            field="head.held_on",
        )
    return day


def _area(area: DiscussedArea, allowed: Collection[str]) -> DiscussedArea:
    if area.key not in allowed:
        raise InvalidEntry(f"{_FORGED} {_UNDONE}", field="areas")
    path = f"areas.{area.key}.answers"
    _require_rows(area.answers, path, most=MOST_QUESTIONS)
    return replace(area, answers=tuple(_answer(row, f"{path}.{row.key}") for row in area.answers))


def _answer(row: AskedQuestion, path: str) -> AskedQuestion:
    return replace(
        row,
        question=required_name(
            row.question,
            field=f"{path}.question",
            longest=MAX_QUESTION,
            missing="Write the question, or take it out.",
            undone=_UNDONE,
        ),
        notes=_text(row.notes, f"{path}.notes"),
        next_steps=_text(row.next_steps, f"{path}.next_steps"),
    )


def _barrier(row: Barrier, pupils: Collection[int]) -> Barrier:
    path = f"barriers.{row.key}"
    return replace(
        row,
        pupils=_chosen(row.pupils, pupils, f"{path}.pupils"),
        barrier=_text(row.barrier, f"{path}.barrier"),
        next_steps=_text(row.next_steps, f"{path}.next_steps"),
    )


def _support(
    row: TargetedSupport, subjects: Collection[str], pupils: Collection[int]
) -> TargetedSupport:
    path = f"support.{row.key}"
    return replace(
        row,
        subjects=_chosen(row.subjects, subjects, f"{path}.subjects"),
        pupils=_chosen(row.pupils, pupils, f"{path}.pupils"),
        comments=_text(row.comments, f"{path}.comments"),
    )


def _group(row: SpecificGroup, subjects: Collection[str]) -> SpecificGroup:
    path = f"groups.{row.key}"
    if row.group and row.group not in KNOWN_GROUPS:
        raise InvalidEntry(f"Choose one of the groups. {_UNDONE}", field=f"{path}.group")
    return replace(
        row,
        name=tidy_name(row.name, field=f"{path}.name", longest=MAX_GROUP_NAME, undone=_UNDONE),
        subjects=_chosen(row.subjects, subjects, f"{path}.subjects"),
        comments=_text(row.comments, f"{path}.comments"),
    )


def _subjects_of(content: MeetingContent) -> set[str]:
    rows: tuple[TargetedSupport | SpecificGroup, ...] = (*content.support, *content.groups)
    return {code for row in rows for code in row.subjects}


def _chosen(chosen: tuple[T, ...], allowed: Collection[T], path: str) -> tuple[T, ...]:
    if not set(chosen) <= set(allowed):
        raise InvalidEntry(f"{_FORGED} {_UNDONE}", field=path)
    return tuple(dict.fromkeys(chosen))


def _require_rows(
    rows: Iterable[DiscussedArea | AskedQuestion | Barrier | TargetedSupport | SpecificGroup],
    path: str,
    *,
    most: int,
) -> None:
    keys = [row.key for row in rows]
    if len(keys) > most:
        raise InvalidEntry(f"There are at most {most} rows here. {_UNDONE}", field=path)
    if len(set(keys)) < len(keys) or not all(_is_key(key) for key in keys):
        raise InvalidEntry(f"{_FORGED} {_UNDONE}", field=path)


def _is_key(key: str) -> bool:
    return _KEY.fullmatch(key.lower()) is not None


def _text(text: str, field: str) -> str:
    return tidy_text(text, field=field, longest=MAX_NOTES, undone=_UNDONE)
