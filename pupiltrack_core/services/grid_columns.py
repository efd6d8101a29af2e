"""The columns of the entry grid: which an assessment has, and what may be entered in each.

The one place for both; pages ask here what to show, and recording checks here what it is sent.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pupiltrack_core.domain.judgement_wording import STANDARD_WORDING, JudgementWording
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, AnySubject, Subject
from pupiltrack_core.domain.test_ranges import MAX_SCORE, MOST_DECIMALS, TestRange, read_score
from pupiltrack_core.storage.assessments import AssessmentInfo

INCLUDE = "include"
YES_OR_NO = (("Y", "Yes"), ("N", "No"))  # what can be entered there, and its words
FORMATIVE_SUBJECTS = CORE_SUBJECTS
TEST_SUBJECTS = (*CORE_SUBJECTS, Subject.GPS)
PHONICS_SUBJECT = Subject.READING
MAX_TEXT, MAX_PHONICS = 1000, 50


class Kind(StrEnum):
    """What a column holds; the value is what is stored."""

    TRACKING = "tracking"
    FORMATIVE = "formative"
    TEST = "test"
    PHONICS = "phonics"


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column that can be entered; scores of no `test_type` go from 0 to 999.99."""

    assessment_id: int
    kind: Kind
    subject: AnySubject
    test_type: TestRange | None = None

    @property
    def score_limits(self) -> tuple[float, float]:
        """The lowest and the highest score that can be entered."""
        if self.test_type is None:
            return 0, MAX_SCORE
        return self.test_type.lowest, self.test_type.highest

    @property
    def score_decimals(self) -> int:
        """How many decimals a score can have."""
        return MOST_DECIMALS if self.test_type is None else self.test_type.decimals


def column_key(assessment_id: int, kind: str, subject: str) -> str:
    """Return the key of a column, as it travels to the page and back."""
    return f"{assessment_id}:{kind}:{subject}"


def columns_of(assessment: AssessmentInfo) -> Mapping[str, GridColumn]:
    """Return the columns the assessment has, by key, in the order shown."""
    parts: list[tuple[Kind, AnySubject]] = []
    if assessment.formative_title is not None:
        parts += [(Kind.FORMATIVE, subject) for subject in FORMATIVE_SUBJECTS]
    parts += [(Kind.TRACKING, subject) for subject in assessment.subjects]
    if assessment.test_title is not None:
        parts += [(Kind.TEST, subject) for subject in TEST_SUBJECTS]
    if assessment.has_phonics:
        parts.append((Kind.PHONICS, PHONICS_SUBJECT))
    return {
        column_key(assessment.id, kind, subject.value): GridColumn(
            assessment.id, kind, subject, assessment.test_type if kind is Kind.TEST else None
        )
        for kind, subject in parts
    }


def group_of(assessment: AssessmentInfo, kind: Kind) -> str:
    """Return the heading above the assessment's columns of a kind."""
    held = f"{assessment.name}, {assessment.held_on:%d/%m/%Y}"
    return {
        Kind.TRACKING: held,
        Kind.FORMATIVE: f"{assessment.formative_title} ({held})",
        Kind.TEST: f"{assessment.test_title} ({held})",
        Kind.PHONICS: f"Phonics ({held})",
    }[kind]


def read_value(
    column: GridColumn, value: str | None, *, wording: JudgementWording = STANDARD_WORDING
) -> str | None:
    """Return the value as it is stored, None for a blank; raise ValueError saying what is allowed.

    Which judgements are allowed is said in the words of the school. Text keeps its inner spaces and
    line breaks; a score loses zeros that say nothing.
    """
    if value is not None and not isinstance(value, str):
        raise ValueError("Only text can be entered.")
    tidy = (value or "").strip()
    if not tidy:
        return None
    if column.kind is Kind.TRACKING:
        return _judgement(tidy, wording)
    if column.kind is Kind.TEST:
        return read_score(tidy, column.test_type)
    longest = MAX_PHONICS if column.kind is Kind.PHONICS else MAX_TEXT
    if len(tidy) > longest:
        raise ValueError(f"At most {longest} characters; this has {len(tidy)}.")
    if not is_plain_text(tidy):
        raise ValueError("This holds characters that cannot be stored.")
    return tidy


def is_plain_text(text: str) -> bool:
    """Whether every character can be stored by both databases and shown: no control characters."""
    return not any(
        unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t\r"
        for character in text
    )


def _judgement(text: str, wording: JudgementWording) -> str:
    try:
        return Judgement(text).value
    except ValueError as error:
        words = ", ".join(wording.label(item) for item in Judgement)
        raise ValueError(f"Choose one of {words}, or leave it blank.") from error
