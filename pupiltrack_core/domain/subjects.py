"""The seventeen subjects a school can assess; reading, writing and maths always."""

from __future__ import annotations

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
