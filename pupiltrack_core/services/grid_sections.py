"""The sections of the entry grid, and which of its columns are on view.

One place for the page, the workbook of what is on screen and the printed sheet.
"""

from __future__ import annotations

from enum import StrEnum


class Section(StrEnum):
    """A part of the grid that can be switched off; the value is what is remembered."""

    CHARACTERISTICS = "characteristics"
    CUSTOM = "custom"
    STATUTORY = "statutory"
    FORMATIVE = "formative"
    TRACKING = "tracking"
    TESTS = "tests"
    PHONICS = "phonics"

    @property
    def label(self) -> str:
        """The words people see."""
        return _LABELS[self]


_LABELS = {
    Section.CHARACTERISTICS: "Pupil characteristics",
    Section.CUSTOM: "Custom fields",
    Section.STATUTORY: "Statutory results",
    Section.FORMATIVE: "Formative curriculum",
    Section.TRACKING: "Tracking",
    Section.TESTS: "Test scores",
    Section.PHONICS: "Phonics",
}
SHOWN_AT_FIRST = frozenset(Section) - {Section.CHARACTERISTICS, Section.CUSTOM}
