"""The fields of a meeting's form, part by part; their keys are the paths of what they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pupiltrack_core.domain.cohort_meetings import (
    KNOWN_GROUPS,
    YEAR_GROUPS,
    AskedQuestion,
    DiscussedArea,
    MeetingContent,
    MeetingHead,
    fresh_key,
)
from pupiltrack_core.domain.meeting_merging import Path, value_at
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.reports.cohort_meeting import ANOTHER_GROUP
from pupiltrack_core.services.cohort_meeting_entries import MAX_GROUP_NAME
from pupiltrack_core.services.cohort_meeting_records import CohortMeetingRecord, MeetingChoices
from pupiltrack_core.services.meeting_entries import MAX_NOTES, MAX_QUESTION, MAX_TEACHER
from pupiltrack_portal.pages.entered_days import read_day, write_day
from pupiltrack_portal.widgets.form import Answer, Field

HEAD: Path = ("head",)
_LABELS = {
    "notes": "Notes",
    "next_steps": "Agreed next steps",
    "barrier": "Barrier to learning and proposed support",
    "comments": "Comments",
    "pupils": "Pupils",
    "subjects": "Subjects",
    "question": "Question",
    "group": "Group",
    "name": "Name, or more about the group",
    "year_group": "Year group",
    "class_name": "Class",
    "assessment_id": "Assessment",
    "held_on": "Date",
    "teacher": "Teacher",
}
_GROUPS = (("", ANOTHER_GROUP), *((item.code, item.label) for item in KNOWN_GROUPS.values()))
_SECTIONS = {"barriers": "Barriers", "support": "Targeted support", "groups": "Specific groups"}


def key_of(*path: str) -> str:
    """Return the key of the field that holds what a path leads to."""
    return ".".join(path)


def path_of(key: str) -> Path:
    """Return the path a field's key stands for."""
    return tuple(key.split("."))


def head_fields(choices: MeetingChoices, head: MeetingHead) -> tuple[Field, ...]:
    """Return the fields of a meeting's head: its cohort, assessment, date and teacher.

    What it has stays among the choices, even where it is not offered any more.
    """
    classes = list(choices.classes.get(head.year_group, ()))
    if head.class_name and head.class_name not in classes:
        classes.append(head.class_name)
    assessments = [
        (str(item.id), f"{item.name} ({item.held_on:%d/%m/%Y})")
        for item in choices.assessments_of(head.year_group)
    ]
    chosen = "" if head.assessment_id is None else str(head.assessment_id)
    if chosen and chosen not in dict(assessments):
        assessments.append((chosen, "An assessment that was deleted"))
    groups = tuple((str(group), LABELS[group]) for group in YEAR_GROUPS)
    return (
        _select("year_group", str(head.year_group), groups),
        _select("class_name", head.class_name or "", (("", "All classes"), *_same(classes))),
        _select("assessment_id", chosen, (("", "None"), *assessments)),
        Field("head.held_on", "Date", "date", write_day(head.held_on)),
        Field("head.teacher", "Teacher", "text", head.teacher, max_length=MAX_TEACHER),
    )


def read_head(
    values: Mapping[str, Answer], shown: MeetingHead, choices: MeetingChoices
) -> MeetingHead:
    """Return the head with what was entered; raise `InvalidEntry` for no date.

    With another year group come all of its classes, and its latest assessment.
    """
    sent = {path_of(key)[-1]: str(answer) for key, answer in values.items()}
    head = shown
    if sent.get("year_group", str(shown.year_group)) != str(shown.year_group):
        group = int(sent["year_group"] or shown.year_group)
        latest = choices.assessments_of(group)[:1]
        assessment_id = latest[0].id if latest else None
        head = replace(head, year_group=group, class_name=None, assessment_id=assessment_id)
    else:
        if "class_name" in sent:
            head = replace(head, class_name=sent["class_name"] or None)
        if "assessment_id" in sent:
            chosen = sent["assessment_id"]
            head = replace(head, assessment_id=int(chosen) if chosen else None)
    if "held_on" in sent:
        day = read_day(sent["held_on"], "head.held_on")
        if day is None:
            raise InvalidEntry(
                "Enter the date of the meeting, for example 12/12/2025. The date was not saved.",
                field="head.held_on",
            )
        head = replace(head, held_on=day)
    return replace(head, teacher=sent.get("teacher", head.teacher))


def part_fields(
    record: CohortMeetingRecord, content: MeetingContent, part: Path
) -> tuple[Field, ...]:
    """Return the fields of a part: an area, or a row of a list."""
    row = value_at(content, part)
    if isinstance(row, DiscussedArea):
        return tuple(_answer_fields(row))
    if part[0] == "barriers":
        return (
            _pupils(record, part, row.pupils),
            _writing(part, "barrier", row.barrier),
            replace(_writing(part, "next_steps", row.next_steps), beside=True),
        )
    if part[0] == "support":
        return (
            _pupils(record, part, row.pupils),
            _subjects(record, part, row.subjects),
            _writing(part, "comments", row.comments),
        )
    name = Field(
        key_of(*part, "name"), _LABELS["name"], "text", row.name, max_length=MAX_GROUP_NAME
    )
    return (
        Field(key_of(*part, "group"), _LABELS["group"], "select", row.group, _GROUPS),
        name,
        _subjects(record, part, row.subjects),
        _writing(part, "comments", row.comments),
    )


def read_values(values: Mapping[str, Answer]) -> Iterator[tuple[Path, Any]]:
    """Yield what was entered in the form of an area or a row, each value with its path."""
    for key, answer in values.items():
        path = path_of(key)
        if path[-1] == "pupils":
            yield path, tuple(int(number) for number in _several(answer))
        elif path[-1] == "subjects":
            yield path, tuple(_several(answer))
        else:
            yield path, str(answer)


def question_fields(area: DiscussedArea) -> tuple[Field, ...]:
    """Return the fields for the words of an area's questions, and one for another question."""
    path = ("areas", area.key, "answers")
    rows = [(row.key, f"Question {at}", row.question) for at, row in enumerate(area.answers, 1)]
    rows.append((fresh_key(), "Another question", ""))
    return tuple(
        Field(key_of(*path, key, "question"), label, "text", words, max_length=MAX_QUESTION)
        for key, label, words in rows
    )


def read_questions(values: Mapping[str, Answer], area: DiscussedArea) -> tuple[AskedQuestion, ...]:
    """Return the area's questions with the words entered, new ones last.

    One without words is taken out, unless something was said to it.
    """
    entered = {path_of(key)[-2]: str(answer) for key, answer in values.items()}
    rows = [replace(row, question=entered.pop(row.key, row.question)) for row in area.answers]
    rows += [AskedQuestion(key, words) for key, words in entered.items()]
    return tuple(row for row in rows if row.question.strip() or row.notes or row.next_steps)


def describe_place(record: CohortMeetingRecord, content: MeetingContent, path: Path) -> str:
    """Return where in the meeting a value stands: "Reading, Notes on question 1"."""
    label = _LABELS.get(path[-1], path[-1])
    if path[0] == "areas":
        area = value_at(content, path[:2])
        at = [row.key for row in area.answers].index(path[3]) + 1
        words = f"Question {at}" if path[-1] == "question" else f"{label} on question {at}"
        return f"{record.label_of(area.key)}, {words}"
    return label if path[0] == "head" else f"{_SECTIONS[path[0]]}, {label}"


def describe_value(record: CohortMeetingRecord, path: Path, value: Any) -> str:
    """Return a value of a meeting in words."""
    name = path[-1]
    if name == "pupils":
        return "; ".join(record.names.get(number, "") for number in value) or "nobody"
    if name == "subjects":
        return ", ".join(record.label_of(code) for code in value) or "none"
    if name == "held_on":
        return f"{value:%d/%m/%Y}"
    head = head_fields(record.choices, record.content.head)
    offered = {field.key: field.options for field in head}
    options = _GROUPS if name == "group" else offered.get(key_of(*path), ())
    text = "" if value is None else str(value)
    return {option[0]: option[1] for option in options}.get(text, text) or "blank"


def _answer_fields(area: DiscussedArea) -> Iterator[Field]:
    for at, row in enumerate(area.answers, start=1):
        path = ("areas", area.key, "answers", row.key)
        yield Field(
            key_of(*path, "notes"),
            f"{at}. {row.question}",
            "textarea",
            row.notes,
            hint="Notes",
            max_length=MAX_NOTES,
        )
        yield Field(
            key_of(*path, "next_steps"),
            f"{_LABELS['next_steps']} on question {at}",
            "textarea",
            row.next_steps,
            max_length=MAX_NOTES,
            beside=True,
        )


def _writing(part: Path, name: str, text: str) -> Field:
    return Field(key_of(*part, name), _LABELS[name], "textarea", text, max_length=MAX_NOTES)


def _pupils(record: CohortMeetingRecord, part: Path, chosen: Iterable[int]) -> Field:
    offered = {*record.pupils, *chosen}
    options = tuple(
        (str(number), name) for number, name in record.names.items() if number in offered
    )
    return Field(
        key_of(*part, "pupils"),
        _LABELS["pupils"],
        "picks",
        tuple(str(number) for number in chosen),
        options,
        hint="Choose pupils",
    )


def _subjects(record: CohortMeetingRecord, part: Path, chosen: Iterable[str]) -> Field:
    codes = dict.fromkeys((*record.areas, *chosen))
    return Field(
        key_of(*part, "subjects"),
        _LABELS["subjects"],
        "picks",
        tuple(chosen),
        tuple((code, record.label_of(code)) for code in codes),
        hint="Choose subjects",
    )


def _select(name: str, value: str, options: Iterable[tuple[str, str]]) -> Field:
    return Field(key_of("head", name), _LABELS[name], "select", value, tuple(options))


def _same(names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, name) for name in names)


def _several(answer: Answer) -> tuple[str, ...]:
    return answer if isinstance(answer, tuple) else ()
