"""What one child was judged at one assessment after another, and which of them a day falls between.

An assessment counts for a child if it was for the child's year group then and has the subject,
whether or not a judgement was entered: "No data" and "no assessment" are told apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pupiltrack_core.domain.judgement_wording import STANDARD_WORDING, JudgementWording
from pupiltrack_core.domain.judgements import NO_DATA_LABEL, Judgement
from pupiltrack_core.domain.rounding import NOT_APPLICABLE


@dataclass(frozen=True, slots=True)
class AssessedSubject:
    """One subject of one assessment for one child; `judgement` is None where none is entered.

    `subject` is a code, `name` the assessment's.
    """

    assessment_id: int
    academic_year: int
    name: str
    held_on: date
    subject: str
    judgement: Judgement | None

    def words(self, wording: JudgementWording = STANDARD_WORDING) -> str:
        """Return "On track (Autumn, 15/12/2025)", in a school's words."""
        label = NO_DATA_LABEL if self.judgement is None else wording.label(self.judgement)
        return f"{label} ({self.name}, {self.held_on:%d/%m/%Y})"


def last_before(
    assessed: Iterable[AssessedSubject], subject: str, day: date
) -> AssessedSubject | None:
    """Return the subject at the last assessment held before the day; None if there was none.

    Of several on one day the one made last counts, as in the rule for the latest assessment.
    """
    earlier = (one for one in assessed if one.subject == subject and one.held_on < day)
    return max(earlier, key=lambda one: (one.held_on, one.assessment_id), default=None)


def first_after(
    assessed: Iterable[AssessedSubject], subject: str, day: date
) -> AssessedSubject | None:
    """Return the subject at the first assessment held after the day; None if there is none yet.

    Of several on one day the one made last counts.
    """
    later = (one for one in assessed if one.subject == subject and one.held_on > day)
    return min(later, key=lambda one: (one.held_on, -one.assessment_id), default=None)


def before_in_words(
    assessed: Iterable[AssessedSubject],
    subject: str | None,
    starts_on: date | None,
    wording: JudgementWording = STANDARD_WORDING,
) -> str:
    """Say where the child stood before something in `subject` began.

    An en dash where it has no subject to stand in.
    """
    if subject is None:
        return NOT_APPLICABLE
    if starts_on is None:
        return "No start date"
    found = last_before(assessed, subject, starts_on)
    return "No assessment before" if found is None else found.words(wording)


def after_in_words(
    assessed: Iterable[AssessedSubject],
    subject: str | None,
    ends_on: date | None,
    wording: JudgementWording = STANDARD_WORDING,
) -> str:
    """Say where the child stood after something in `subject` had ended, as `before_in_words`."""
    if subject is None:
        return NOT_APPLICABLE
    if ends_on is None:
        return "No end date"
    found = first_after(assessed, subject, ends_on)
    return "No assessment since" if found is None else found.words(wording)
