"""The events of a pupil's journey, made of the rows that the queries of `storage` return."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pupiltrack_core.domain.journeys import (
    EventKind,
    JourneyEvent,
    JourneyMark,
    JourneyYear,
    day_of_result,
    year_in_group,
)
from pupiltrack_core.domain.judgement_wording import STANDARD_WORDING, JudgementWording
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.statutory import Collection, Sitting, measure_label, result_text
from pupiltrack_core.domain.subjects import Subject

_KINDS = {
    "tracking": EventKind.JUDGEMENTS,
    "test": EventKind.TEST_SCORES,
    "formative": EventKind.FORMATIVE,
    "phonics": EventKind.PHONICS,
}
_PROVISIONAL = "provisional"
_SCORE = "_SCORE"  # ends the measure of a scaled score that a school enters
_ANSWERS = {"Y": "Yes", "N": "No"}  # a good level of development, as a drawing says it


@dataclass(frozen=True, slots=True)
class EventMaker:
    """Makes events of rows: the child's enrolments by year, the school's own subjects and words."""

    enrolled: Mapping[int, JourneyYear]
    own: Mapping[str, tuple[str, str]]
    wording: JudgementWording = STANDARD_WORDING

    def assessments(self, cells: Iterable[Any]) -> Iterable[JourneyEvent]:
        """Yield an event for each assessment and kind of column that holds something."""
        grouped: dict[tuple[int, str], list[Any]] = defaultdict(list)
        for cell in cells:
            grouped[cell.assessment_id, cell.kind].append(cell)
        for (_, stored_kind), held in grouped.items():
            first, kind = held[0], _KINDS[stored_kind]
            held.sort(key=lambda cell: _subject_order(str(cell.subject)))
            yield self._event(
                kind,
                first.academic_year,
                starts_on=first.held_on,
                title=_assessment_title(first, kind),
                marks=tuple(self._mark(kind, cell.subject, cell.value) for cell in held),
            )

    def statutory(self, rows: Iterable[Any]) -> Iterable[JourneyEvent]:
        """Yield an event for each collection, year and sitting there is a result of."""
        grouped: dict[tuple[str, int, str], list[Any]] = defaultdict(list)
        for row in rows:
            grouped[row.collection, row.ending_year, row.sitting].append(row)
        for (stored, ending_year, sitting), held in grouped.items():
            collection = Collection(stored)
            is_open = any(row.data_status == _PROVISIONAL for row in held)
            yield self._event(
                EventKind.STATUTORY,
                ending_year - 1,
                starts_on=day_of_result(ending_year, sitting),
                title=collection.label,
                marks=_result_marks(collection, held),
                details="Provisional result" if is_open else "",
                collection=collection,
                year_group=_usual_year_group(collection, sitting),
            )

    def entered(self, rows: Iterable[Any]) -> Iterable[JourneyEvent]:
        """Yield an event for each collection in which the school entered results of its own.

        They are stored without a year: it is the one in which the child was in the year group that
        the collection is for.
        """
        grouped: dict[str, list[Any]] = defaultdict(list)
        for row in rows:
            grouped[row.collection].append(row)
        groups = {start: year.year_group for start, year in self.enrolled.items()}
        for stored, held in grouped.items():
            collection = Collection(stored)
            year_group = collection.year_groups[0]
            start = year_in_group(year_group, groups)
            if start is None:
                continue
            yield self._event(
                EventKind.SCHOOL_RESULT,
                start,
                starts_on=day_of_result(start + 1),
                title=f"{collection.label}, entered by the school",
                marks=_entered_marks(collection, held),
                collection=collection,
                year_group=year_group,
            )

    def interventions(self, rows: Iterable[Any]) -> Iterable[JourneyEvent]:
        """Yield an event for each intervention, with who took part and who ran it."""
        for row in rows:
            subject = "" if row.subject is None else self._labels(row.subject)[0]
            details = (
                subject,
                f"Group: {row.group_name}" if row.group_name else "",
                f"Run by {row.run_by}" if row.run_by else "",
                row.details.strip(),
            )
            yield self._event(
                EventKind.INTERVENTION,
                row.academic_year,
                starts_on=row.starts_on,
                ends_on=row.ends_on,
                title=row.title,
                details=_sentences(details),
            )

    def meetings(self, rows: Iterable[Any]) -> Iterable[JourneyEvent]:
        """Yield an event for each meeting, with what was said."""
        for row in rows:
            yield self._event(
                EventKind.MEETING,
                row.academic_year,
                starts_on=row.held_on,
                title="Progress meeting",
                details=_sentences((f"With {row.teacher}", row.comments.strip())),
            )

    def _event(
        self,
        kind: EventKind,
        academic_year: int,
        *,
        year_group: int | None = None,
        **about: Any,
    ) -> JourneyEvent:
        """Return an event with the year group and class then; `year_group` where none is known."""
        year = self.enrolled.get(academic_year)
        return JourneyEvent(
            kind,
            academic_year,
            year_group=year_group if year is None else year.year_group,
            class_name=None if year is None else year.class_name,
            **about,
        )

    def _mark(self, kind: EventKind, subject: str, value: str) -> JourneyMark:
        label, short = self._labels(subject)
        if kind is EventKind.JUDGEMENTS:
            return JourneyMark(subject, label, self.wording.label(Judgement(value)), value, short)
        # A phonics note stands under reading in the store, and is no result in reading.
        return JourneyMark(subject, "" if kind is EventKind.PHONICS else label, value, value, short)

    def _labels(self, subject: str) -> tuple[str, str]:
        if subject in set(Subject):
            return Subject(subject).label, Subject(subject).short
        return self.own.get(subject, (subject, subject))


def _subject_order(code: str) -> tuple[int, str]:
    """The seventeen subjects in their order, then the school's own by code."""
    known = [subject.value for subject in Subject]
    return (known.index(code) if code in known else len(known), code)


def _assessment_title(row: Any, kind: EventKind) -> str:
    """Return the assessment's name with the part's, plain for a part that was taken off since."""
    part = {
        EventKind.JUDGEMENTS: "",
        EventKind.TEST_SCORES: row.test_title or "Test scores",
        EventKind.FORMATIVE: row.formative_title or "Formative notes",
        EventKind.PHONICS: "Phonics",
    }[kind]
    return f"{row.name}: {part}" if part else str(row.name)


def _result_marks(collection: Collection, rows: Sequence[Any]) -> tuple[JourneyMark, ...]:
    by_measure = {row.measure: row for row in rows}
    if collection is Collection.PHONICS:
        # Mark and outcome are one result to people: "Met the expected standard (35)".
        mark, outcome = by_measure.get("MARK"), by_measure.get("OUTCOME")
        value = None if mark is None else mark.value
        code = (None if outcome is None else outcome.code) or (None if mark is None else mark.code)
        return (_result_mark(collection, "MARK", "", code=code, value=value),)
    order = {measure: at for at, measure in enumerate(collection.measures)}
    return tuple(
        _result_mark(collection, row.measure, _result_label(row), code=row.code, value=row.value)
        for row in sorted(rows, key=lambda row: (order.get(row.measure, len(order)), row.measure))
    )


def _result_label(row: Any) -> str:
    """Return the measure's label; why there is no mark needs none."""
    return "" if row.measure == "MARK" and row.value is None else measure_label(row.measure)


def _entered_marks(collection: Collection, rows: Sequence[Any]) -> tuple[JourneyMark, ...]:
    marks = []
    for row in sorted(rows, key=lambda row: _subject_order(row.measure.removesuffix(_SCORE))):
        measure, is_number = row.measure.removesuffix(_SCORE), row.value.isdecimal()
        marks.append(
            _result_mark(
                collection,
                measure,
                measure_label(measure),
                code=None if is_number else row.value,
                value=int(row.value) if is_number else None,
            )
        )
    return tuple(marks)


def _result_mark(
    collection: Collection, measure: str, label: str, *, code: str | None, value: int | None
) -> JourneyMark:
    is_answer = collection is Collection.EYFSP and measure == "GLD"
    parts = (_ANSWERS.get(code, code) if is_answer and code else code, value)
    return JourneyMark(
        measure,
        label,
        result_text(collection, code=code, value=value),
        " ".join(str(part) for part in parts if part is not None),
        Subject(measure).short if measure in set(Subject) else "",
    )


def _usual_year_group(collection: Collection, sitting: str) -> int:
    """Return the year group a result is of, for a child who was elsewhere then."""
    later = sitting in (Sitting.YEAR_2, Sitting.AUTUMN)
    return collection.year_groups[-1 if later else 0]


def _sentences(parts: Iterable[str]) -> str:
    told = (part if part.endswith((".", "!", "?")) else f"{part}." for part in parts if part)
    return " ".join(told)
