"""The seventeen subjects every school can assess, and those of a school's own beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Subject(StrEnum):
    """A subject; the value is what is stored. Members stand in the order they are shown."""

    READING = "READ"
    WRITING = "WRIT"
    MATHS = "MATH"
    GPS = "GPS"
    HISTORY = "HIST"
    GEOGRAPHY = "GEOG"
    SCIENCE = "SCIE"
    DESIGN_TECHNOLOGY = "DETE"
    ART_DESIGN = "ARTD"
    MUSIC = "MUSI"
    PHYSICAL_EDUCATION = "PHYE"
    COMPUTING = "COMP"
    LANGUAGES_KS2 = "LAN2"
    PSHE = "PSHE"
    CITIZENSHIP = "CITZ"
    LANGUAGES_KS1 = "LAN1"
    RELIGIOUS_EDUCATION = "RELE"

    @property
    def label(self) -> str:
        """The full name."""
        return _NAMES[self][0]

    @property
    def short(self) -> str:
        """The abbreviation used for a grid column."""
        return _NAMES[self][1]


_NAMES: dict[Subject, tuple[str, str]] = {
    Subject.READING: ("Reading", "Re"),
    Subject.WRITING: ("Writing", "Wr"),
    Subject.MATHS: ("Maths", "Ma"),
    Subject.GPS: ("Grammar, punctuation and spelling", "GPS"),
    Subject.HISTORY: ("History", "His"),
    Subject.GEOGRAPHY: ("Geography", "Geo"),
    Subject.SCIENCE: ("Science", "Sci"),
    Subject.DESIGN_TECHNOLOGY: ("Design and technology", "DT"),
    Subject.ART_DESIGN: ("Art and design", "Art"),
    Subject.MUSIC: ("Music", "Mus"),
    Subject.PHYSICAL_EDUCATION: ("Physical education, including swimming", "PE"),
    Subject.COMPUTING: ("Computing", "Com"),
    Subject.LANGUAGES_KS2: ("Ancient and modern foreign languages (key stage 2)", "Lang"),
    Subject.PSHE: ("Personal, social and health education", "PSHE"),
    Subject.CITIZENSHIP: ("Citizenship", "Cit"),
    Subject.LANGUAGES_KS1: ("Modern foreign languages (key stage 1)", "MFL"),
    Subject.RELIGIOUS_EDUCATION: ("Religious education", "Rel"),
}
CORE_SUBJECTS = (Subject.READING, Subject.WRITING, Subject.MATHS)

# Reading, writing and maths together: a column of grids and a row of reports, never stored.
RWM = "RWM"
RWM_LABEL = "Reading, writing and maths"

OWN_PREFIX = "X"  # no code of the seventeen begins so
OWN_CODES = tuple(f"{OWN_PREFIX}{number:02d}" for number in range(1, 100))
_OWN_CODES = frozenset(OWN_CODES)
MAX_OWN_LABEL, MAX_OWN_SHORT = 60, 8


@dataclass(frozen=True, slots=True)
class OwnSubject:
    """A subject of one school's own; `value` is X01 to X99 and means nothing at another school."""

    value: str
    label: str
    short: str

    def __str__(self) -> str:
        return self.value


AnySubject = Subject | OwnSubject


def is_own_code(code: str) -> bool:
    """Whether the code is of a school's own subject, whichever school's."""
    return code in _OWN_CODES


def in_shown_order(codes: Collection[str], own: Mapping[str, OwnSubject]) -> tuple[AnySubject, ...]:
    """Return the subjects of these codes as they are shown: the seventeen, then those of `own`.

    Codes of neither are left out.
    """
    return (
        *(subject for subject in Subject if subject.value in codes),
        *(own[code] for code in sorted(own) if code in codes),
    )


def subject_label(code: str, own_labels: Mapping[str, str] | None = None) -> str:
    """Return the words for a subject's code, or for reading, writing and maths together.

    `own_labels` are those of the school the code was used at. Raise ValueError for a code that is
    none of them.
    """
    if code == RWM:
        return RWM_LABEL
    if own_labels and code in own_labels:
        return own_labels[code]
    return Subject(code).label
