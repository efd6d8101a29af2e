"""Progress meetings about a year group or class: what is written down at one.

Every row has a key that no other row of its list has, so that two people can write in different
rows, or fields of one, at the same time (`domain.meeting_merging`). Pupils are ids, never names.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from pupiltrack_core.domain.areas_of_learning import AreaOfLearning
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.groupings import Grouping, grouping_by
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, AnySubject, Subject, subject_label
from pupiltrack_core.domain.year_groups import RECEPTION

PHONICS = "PHON"  # discussed like a subject; no code of a subject is so
YEAR_GROUPS = (0, 1, 2, 3, 4, 5, 6)  # those such meetings are held about
ROWS = {"rows": True}  # marks a field that holds rows with keys


@dataclass(frozen=True, slots=True)
class MeetingHead:
    """Which cohort the meeting is about, at which assessment it stood, when and with whom."""

    year_group: int
    class_name: str | None
    assessment_id: int | None
    held_on: date
    teacher: str


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question in the words it has at this meeting, and what was said to it."""

    key: str
    question: str
    notes: str = ""
    next_steps: str = ""


@dataclass(frozen=True, slots=True)
class DiscussedArea:
    """A subject, phonics or an area of learning that is talked about; its key is its code."""

    key: str
    answers: tuple[AskedQuestion, ...] = field(default=(), metadata=ROWS)


@dataclass(frozen=True, slots=True)
class Barrier:
    """What stands in the way of certain pupils, and what is agreed about it."""

    key: str
    pupils: tuple[int, ...] = ()
    barrier: str = ""
    next_steps: str = ""


@dataclass(frozen=True, slots=True)
class TargetedSupport:
    """Pupils who could reach the expected standard with more support, and in which subjects."""

    key: str
    subjects: tuple[str, ...] = ()
    pupils: tuple[int, ...] = ()
    comments: str = ""


@dataclass(frozen=True, slots=True)
class SpecificGroup:
    """A group that causes concern: `group` is the code of a `KnownGroup`, else `name` says which.

    Only a known group has figures.
    """

    key: str
    group: str = ""
    name: str = ""
    subjects: tuple[str, ...] = ()
    comments: str = ""


@dataclass(frozen=True, slots=True)
class MeetingContent:
    """Everything written down; `questions` are the school's of the day, for areas added later."""

    head: MeetingHead
    questions: tuple[str, ...] = ()
    areas: tuple[DiscussedArea, ...] = field(default=(), metadata=ROWS)
    barriers: tuple[Barrier, ...] = field(default=(), metadata=ROWS)
    support: tuple[TargetedSupport, ...] = field(default=(), metadata=ROWS)
    groups: tuple[SpecificGroup, ...] = field(default=(), metadata=ROWS)

    @property
    def pupil_ids(self) -> frozenset[int]:
        """The pupils named anywhere in it."""
        named = (*(row.pupils for row in self.barriers), *(row.pupils for row in self.support))
        return frozenset(pupil for pupils in named for pupil in pupils)

    def to_stored(self) -> dict[str, Any]:
        """Return what `read_content` makes the same content of: lists, texts and numbers."""
        stored = asdict(self)
        stored["head"]["held_on"] = self.head.held_on.isoformat()
        return stored


def read_content(stored: Mapping[str, Any]) -> MeetingContent:
    """Return the content that `MeetingContent.to_stored` was made of."""
    head = dict(stored["head"])
    return MeetingContent(
        head=MeetingHead(**{**head, "held_on": date.fromisoformat(head["held_on"])}),
        questions=tuple(stored["questions"]),
        areas=tuple(
            DiscussedArea(area["key"], tuple(AskedQuestion(**row) for row in area["answers"]))
            for area in stored["areas"]
        ),
        barriers=tuple(Barrier(**_with_tuples(row)) for row in stored["barriers"]),
        support=tuple(TargetedSupport(**_with_tuples(row)) for row in stored["support"]),
        groups=tuple(SpecificGroup(**_with_tuples(row)) for row in stored["groups"]),
    )


def begin_content(head: MeetingHead, questions: Collection[str]) -> MeetingContent:
    """Return a new meeting's content: the questions in each of its areas, nothing said to any."""
    areas = tuple(ask_about(area, questions) for area in areas_of(head.year_group))
    return MeetingContent(head=head, questions=tuple(questions), areas=areas)


def ask_about(area: str, questions: Collection[str]) -> DiscussedArea:
    """Return an area in which the questions are asked and nothing is said yet."""
    return DiscussedArea(
        area,
        tuple(AskedQuestion(str(at), question) for at, question in enumerate(questions, start=1)),
    )


def areas_of(year_group: int) -> tuple[str, ...]:
    """Return what a meeting about a year group always talks about.

    Those are the areas of learning in Reception, else reading, writing and maths.
    """
    if year_group == RECEPTION:
        return tuple(area.value for area in AreaOfLearning)
    return tuple(subject.value for subject in CORE_SUBJECTS)


def every_area(year_group: int, own: Collection[AnySubject] = ()) -> tuple[str, ...]:
    """Return whatever such a meeting can talk about: its areas, further subjects, phonics.

    `own` are the school's own subjects.
    """
    subjects = (*Subject, *own)
    every = (*areas_of(year_group), *(item.value for item in subjects), PHONICS)
    return tuple(dict.fromkeys(every))


def area_label(area: str, own_labels: Mapping[str, str] | None = None) -> str:
    """Return the words for an area's code; raise ValueError for a code that is none."""
    if area == PHONICS:
        return "Phonics"
    if area in set(AreaOfLearning):
        return AreaOfLearning(area).label
    return subject_label(area, own_labels)


def fresh_key() -> str:
    """Return a key for a new row, which no other row has."""
    return secrets.token_hex(5)


@dataclass(frozen=True, slots=True)
class KnownGroup:
    """A group whose pupils are known from their record: those with `value` in a characteristic."""

    label: str
    characteristic: Characteristic
    value: str

    @property
    def code(self) -> str:
        """What is stored of it: "sex:M"."""
        return group_code(self.characteristic, self.value)


def group_code(characteristic: Characteristic, value: str) -> str:
    """Return the code of the group with a value in a characteristic: "sex:M"."""
    return f"{characteristic.value}:{value}"


def _second_label(grouping: Grouping) -> str:
    """Return the words for a pair's second group where the first does not stand beside it."""
    first, second = grouping.first.label, grouping.second.label
    says_less = grouping.second.value == "N" and not second.startswith("No")
    return f"Not {first[0].lower()}{first[1:]}" if says_less else second


_GROUPED_BY = (
    Characteristic.SEX,
    Characteristic.DISADVANTAGED,
    Characteristic.FSM,
    Characteristic.PUPIL_PREMIUM,
    Characteristic.SEN,
    Characteristic.EAL,
)
GROUPINGS = tuple(grouping for item in _GROUPED_BY if (grouping := grouping_by(item)) is not None)
KNOWN_GROUPS: Mapping[str, KnownGroup] = {
    group.code: group
    for grouping in GROUPINGS
    for group in (
        KnownGroup(grouping.first.label, grouping.characteristic, grouping.first.value),
        KnownGroup(_second_label(grouping), grouping.characteristic, grouping.second.value),
    )
}


def _with_tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(held) if isinstance(held, list) else held for name, held in row.items()}
