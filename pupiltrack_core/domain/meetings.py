"""Progress meetings: what a school asks at them, and where the child talked about stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pupiltrack_core.domain.assessed_subjects import AssessedSubject
from pupiltrack_core.domain.judgement_wording import STANDARD_WORDING, JudgementWording
from pupiltrack_core.domain.judgements import NO_DATA_LABEL, Judgement
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, Subject


class MeetingKind(StrEnum):
    """Which meetings a question is for; the value is what is stored."""

    PUPIL = "pupil"
    COHORT = "cohort"

    @property
    def label(self) -> str:
        """The kind of meeting, as people read it."""
        return _LABELS[self]


_LABELS = {
    MeetingKind.PUPIL: "Pupil progress meeting",
    MeetingKind.COHORT: "Cohort progress meeting",
}


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a school; asked from `starts_on` until `ends_on`, None being for good."""

    id: int
    kind: MeetingKind
    description: str
    starts_on: date
    ends_on: date | None
    version: int = 1

    def is_live(self, day: date) -> bool:
        """Whether it is asked at a meeting of that day; on its first and its last day it is."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True, slots=True)
class Answer:
    """A question in the words it had at a meeting, and what was said to it."""

    question: str
    notes: str = ""
    next_steps: str = ""


@dataclass(frozen=True, slots=True)
class Standards:
    """Where a child stands in reading, writing and maths; None is no data."""

    reading: Judgement | None = None
    writing: Judgement | None = None
    maths: Judgement | None = None

    @classmethod
    def read(cls, values: Mapping[str, str | None] | None) -> Standards:
        """Return the standards of values by subject code; what is absent or blank is no data.

        Raise ValueError for a value that is no judgement.
        """
        three = ((values or {}).get(subject) for subject in CORE_SUBJECTS)
        return cls(*(Judgement(value) if value else None for value in three))

    @property
    def by_subject(self) -> tuple[tuple[Subject, Judgement | None], ...]:
        """Each subject with its judgement, in the order shown."""
        return tuple(zip(CORE_SUBJECTS, (self.reading, self.writing, self.maths), strict=True))

    @property
    def stored(self) -> dict[str, str | None]:
        """The values by subject code, as `read` takes them."""
        return {
            subject.value: None if judgement is None else judgement.value
            for subject, judgement in self.by_subject
        }

    @property
    def labels(self) -> tuple[str, str, str]:
        """The judgements in the standard words."""
        return self.labels_in(STANDARD_WORDING)

    def labels_in(self, wording: JudgementWording) -> tuple[str, str, str]:
        """Return the judgements in a school's words."""
        three = (self.reading, self.writing, self.maths)
        reading, writing, maths = (NO_DATA_LABEL if j is None else wording.label(j) for j in three)
        return reading, writing, maths


@dataclass(frozen=True, slots=True)
class DatedStandards:
    """The standards of one assessment; `source` names it: "Autumn, 15/12/2025"."""

    standards: Standards
    source: str


NO_STANDARDS = DatedStandards(Standards(), "")


def standards_on(
    assessed: Iterable[AssessedSubject], day: date
) -> tuple[DatedStandards, DatedStandards]:
    """Return where the child stood at a day, and at the assessment before: (current, previous).

    An assessment counts that was held on the day or earlier and at which something was entered in
    reading, writing or maths; of several on one day the one made last is the latest.
    `NO_STANDARDS` stands where there is none.
    """
    by_assessment: dict[tuple[date, int], list[AssessedSubject]] = {}
    for one in assessed:
        if one.held_on <= day and one.judgement is not None and one.subject in _CORE:
            by_assessment.setdefault((one.held_on, one.assessment_id), []).append(one)
    latest = [_dated(by_assessment[key]) for key in sorted(by_assessment, reverse=True)[:2]]
    current, previous = (*latest, NO_STANDARDS, NO_STANDARDS)[:2]
    return current, previous


_CORE = frozenset(subject.value for subject in CORE_SUBJECTS)


def _dated(one_assessment: list[AssessedSubject]) -> DatedStandards:
    first = one_assessment[0]
    standards = Standards.read({one.subject: one.judgement for one in one_assessment})
    return DatedStandards(standards, f"{first.name}, {first.held_on:%d/%m/%Y}")
