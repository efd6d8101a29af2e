"""The columns of the entry grid: which an assessment has, and what may be entered in each.

The one place for both; pages ask here what to show, and recording checks here what it is sent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, Subject
from pupiltrack_core.storage.assessments import AssessmentInfo

INCLUDE = "include"
FORMATIVE_SUBJECTS = CORE_SUBJECTS
TEST_SUBJECTS = (*CORE_SUBJECTS, Subject.GPS)
PHONICS_SUBJECT = Subject.READING
MAX_TEXT, MAX_PHONICS = 1000, 50
MAX_SCORE = 999.99
_SCORE = re.compile(r"\d{1,3}(\.\d{1,2})?")  # standardised and scaled scores, marks, ages


class Kind(StrEnum):
    """What a column holds; the value is what is stored."""

    TRACKING = "tracking"
    FORMATIVE = "formative"
    TEST = "test"
    PHONICS = "phonics"


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column that can be entered."""

    assessment_id: int
    kind: Kind
    subject: Subject


def column_key(assessment_id: int, kind: str, subject: str) -> str:
    """Return the key of a column, as it travels to the page and back."""
    return f"{assessment_id}:{kind}:{subject}"


def columns_of(assessment: AssessmentInfo) -> Mapping[str, GridColumn]:
    """Return the columns the assessment has, by key, in the order shown."""
    parts: list[tuple[Kind, Subject]] = []
    if assessment.formative_title is not None:
        parts += [(Kind.FORMATIVE, subject) for subject in FORMATIVE_SUBJECTS]
    parts += [(Kind.TRACKING, subject) for subject in assessment.subjects]
    if assessment.test_title is not None:
        parts += [(Kind.TEST, subject) for subject in TEST_SUBJECTS]
    if assessment.has_phonics:
        parts.append((Kind.PHONICS, PHONICS_SUBJECT))
    return {
        column_key(assessment.id, kind, subject): GridColumn(assessment.id, kind, subject)
        for kind, subject in parts
    }


def read_value(kind: Kind, value: str | None) -> str | None:
    """Return the value as it is stored, None for a blank; raise ValueError saying what is allowed.

    Text keeps its inner spaces and line breaks; a score loses zeros that say nothing.
    """
    if value is not None and not isinstance(value, str):
        raise ValueError("Only text can be entered.")
    tidy = (value or "").strip()
    if not tidy:
        return None
    if kind is Kind.TRACKING:
        return _judgement(tidy)
    if kind is Kind.TEST:
        return _score(tidy)
    longest = MAX_PHONICS if kind is Kind.PHONICS else MAX_TEXT
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


def _judgement(text: str) -> str:
    try:
        return Judgement(text).value
    except ValueError as error:
        words = ", ".join(item.label for item in Judgement)
        raise ValueError(f"Choose one of {words}, or leave it blank.") from error


def _score(text: str) -> str:
    if not text.isascii() or not _SCORE.fullmatch(text):
        raise ValueError("Enter a number from 0 to 999.99 with at most two decimals.")
    try:
        number = Decimal(text).normalize()
    except InvalidOperation as error:
        raise ValueError("Enter a number.") from error
    return f"{number:f}"
