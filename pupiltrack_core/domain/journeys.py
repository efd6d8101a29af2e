"""A pupil's journey through school: what is held of one child, event by event.

There are no points in it and no measure of progress: each judgement and result stands for itself,
against what was expected of that year.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.statutory import Collection, Sitting
from pupiltrack_core.domain.year_groups import LABELS

# Statutory results are filed under a year, not a day. They stand at the end of the term they were
# taken in; these days only give them a place in the order and are never shown.
_SUMMER_TERM_ENDS = (7, 20)
_AUTUMN_TERM_ENDS = (12, 18)
_LONG_LABEL = 22  # characters; a longer one takes up more than a line beside a drawing


class EventKind(StrEnum):
    """What an event is, in the order in which events of one day stand."""

    JUDGEMENTS = "judgements"
    TEST_SCORES = "test scores"
    FORMATIVE = "formative"
    PHONICS = "phonics"
    STATUTORY = "statutory"
    SCHOOL_RESULT = "school result"
    INTERVENTION = "intervention"
    MEETING = "meeting"

    @property
    def has_marks(self) -> bool:
        """Whether it holds something by subject; an intervention and a meeting do not."""
        return self not in (EventKind.INTERVENTION, EventKind.MEETING)


@dataclass(frozen=True, slots=True)
class JourneyMark:
    """What was given in one subject or measure.

    `subject` is its code, `text` the words people see ("On track", "Achieved the standard (104)"),
    `brief` the same as short as a drawing needs it ("O", "AS 104"). `label` is "" where the event's
    title says it all.
    """

    subject: str
    label: str
    text: str
    brief: str
    short_label: str = ""

    @property
    def words(self) -> str:
        """ "Science: On track"; the text alone where there is no label."""
        return f"{self.label}: {self.text}" if self.label else self.text

    @property
    def name(self) -> str:
        """The label for a narrow place: the short one, if there is one, for a long one."""
        is_long = len(self.label) > _LONG_LABEL
        return self.short_label if is_long and self.short_label else self.label

    @property
    def short_words(self) -> str:
        """`words` for a narrow place: "GPS: On track"."""
        return f"{self.name}: {self.text}" if self.label else self.text


@dataclass(frozen=True, slots=True)
class JourneyEvent:
    """One thing on one day, or from one day to another.

    `starts_on` is None where no day is on record; `year_group` and `class_name` are those of that
    academic year, None where they are not known. `collection` is that of a result.
    """

    kind: EventKind
    academic_year: int
    starts_on: date | None
    title: str
    year_group: int | None = None
    class_name: str | None = None
    ends_on: date | None = None
    marks: tuple[JourneyMark, ...] = ()
    details: str = ""
    collection: Collection | None = None

    @property
    def when(self) -> str:
        """The day, the term of a result, or the time an intervention took, as people read it."""
        first = self.starts_on
        if self.collection is not None and first is not None:
            return f"{'Autumn' if first.month > 8 else 'Summer'} {first.year}"
        if self.kind is not EventKind.INTERVENTION:
            return AcademicYear(self.academic_year).label if first is None else f"{first:%d/%m/%Y}"
        last = self.ends_on
        if first is not None and last is not None:
            return f"{first:%d/%m/%Y} to {last:%d/%m/%Y}"
        if first is not None:
            return f"From {first:%d/%m/%Y}"
        if last is not None:
            return f"Until {last:%d/%m/%Y}"
        return AcademicYear(self.academic_year).label

    @property
    def year_and_class(self) -> str:
        """ "Year 4, Robins", as far as it is known."""
        parts = (LABELS.get(self.year_group) if self.year_group is not None else None,)
        return ", ".join(part for part in (*parts, self.class_name) if part)


@dataclass(frozen=True, slots=True)
class JourneyYear:
    """An academic year the child was enrolled in."""

    academic_year: int
    year_group: int
    class_name: str | None


def in_order(events: Iterable[JourneyEvent]) -> tuple[JourneyEvent, ...]:
    """Return the events by date; one without a day stands at the beginning of its year.

    Events of one day stand in the order of their kinds, then of their titles.
    """
    kinds = list(EventKind)
    return tuple(
        sorted(
            events,
            key=lambda event: (
                event.starts_on or AcademicYear(event.academic_year).first_day,
                kinds.index(event.kind),
                event.title,
            ),
        )
    )


def day_of_result(ending_year: int, sitting: str = Sitting.MAIN) -> date:
    """Return the day a statutory result of the year stands at: the end of the term it was taken in.

    That is the summer term, but for the phonics checks that were put off to the autumn.
    """
    if sitting == Sitting.AUTUMN:
        return date(ending_year - 1, *_AUTUMN_TERM_ENDS)
    return date(ending_year, *_SUMMER_TERM_ENDS)


def year_in_group(year_group: int, enrolled: Mapping[int, int]) -> int | None:
    """Return the academic year in which a child was, or must have been, in a year group.

    `enrolled` maps academic years to the year groups then. The latest year on record in that group
    counts; where there is none, it is counted from the nearest year group on record, a year for
    each. None when nothing is on record.
    """
    in_group = [year for year, group in enrolled.items() if group == year_group]
    if in_group:
        return max(in_group)
    if not enrolled:
        return None
    nearest = min(enrolled, key=lambda year: (abs(enrolled[year] - year_group), year))
    return nearest - (enrolled[nearest] - year_group)
