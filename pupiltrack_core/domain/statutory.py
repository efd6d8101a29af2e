"""The statutory assessments: in which years each was taken, what is held, and what it means.

Years are the calendar years results are filed under: 2026 is the academic year 2025/2026.
Sources: the DfE's statistical releases, the key stage 2 checking-file specification and the common
transfer file's result codes. What the sources leave open is a default here and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pupiltrack_core.domain.subjects import Subject

NO_ASSESSMENT_YEARS = frozenset({2020, 2021})  # cancelled in the pandemic
# The phonics checks missed in June 2020 and 2021 were taken by Year 2 the autumn after, in the
# academic years that end in these.
AUTUMN_PHONICS_YEARS = frozenset({2021, 2022})


class Collection(StrEnum):
    """A statutory collection; the value is what is stored."""

    EYFSP = "EYFSP"
    PHONICS = "PHONICS"
    KS1 = "KS1"
    KS2 = "KS2"
    MTC = "MTC"

    @property
    def label(self) -> str:
        """The full name."""
        return _COLLECTIONS[self].label

    @property
    def year_groups(self) -> tuple[int, ...]:
        """The year groups it is taken in; phonics again in Year 2 by those who must."""
        return _COLLECTIONS[self].year_groups

    @property
    def measures(self) -> tuple[str, ...]:
        """What is held of a pupil, in the order shown."""
        return _COLLECTIONS[self].measures

    def was_taken(self, ending_year: int) -> bool:
        """Whether it was statutory in the summer of the year, with results as they are held here.

        The autumn phonics checks (`AUTUMN_PHONICS_YEARS`) are sittings of their own.
        """
        collection = _COLLECTIONS[self]
        in_run = collection.first <= ending_year and (
            collection.last is None or ending_year <= collection.last
        )
        return in_run and ending_year not in NO_ASSESSMENT_YEARS

    def was_in_levels(self, ending_year: int) -> bool:
        """Whether the year's return was made in national curriculum levels, not held here."""
        collection = _COLLECTIONS[self]
        return collection.levels_from is not None and (
            collection.levels_from <= ending_year < collection.first
        )


@dataclass(frozen=True, slots=True)
class _Collection:
    label: str
    year_groups: tuple[int, ...]
    first: int
    last: int | None
    measures: tuple[str, ...]
    levels_from: int | None = None  # the first year of a return in levels, until `first`


# The early learning goals of 2022 on, and those before: goal 4 is of another area in each.
ELGS = tuple(f"E{number:02}" for number in range(1, 18))
FORMER_ELGS = tuple(f"G{number:02}" for number in range(1, 18))
FIRST_YEAR_OF_ELGS = 2022
GOALS_OF_GLD = 12  # in both frameworks the first 12 are those of the prime areas, literacy, maths
_COLLECTIONS = {
    Collection.EYFSP: _Collection(
        "Early years foundation stage profile", (0,), 2013, None, (*FORMER_ELGS, *ELGS, "GLD")
    ),
    Collection.PHONICS: _Collection(
        "Phonics screening check", (1, 2), 2012, None, ("MARK", "OUTCOME")
    ),
    Collection.KS1: _Collection(
        "Key stage 1 teacher assessment",
        (2,),
        2016,
        2023,
        ("READ", "WRIT", "MATH", "SCIE"),
        levels_from=1991,
    ),
    Collection.KS2: _Collection(
        "Key stage 2 tests and teacher assessment",
        (6,),
        2016,
        None,
        ("READ", "WRIT", "MATH", "GPS", "SCIE"),
        levels_from=1995,
    ),
    Collection.MTC: _Collection("Multiplication tables check", (4,), 2022, None, ("MARK",)),
}


class Sitting(StrEnum):
    """Which taking of an assessment a result is of."""

    MAIN = "main"
    YEAR_1 = "Y1"
    YEAR_2 = "Y2"
    AUTUMN = "autumn"


def measure_label(measure: str) -> str:
    """Return the words people see for a measure of whatever collection."""
    if measure in set(Subject):
        return Subject(measure).label
    return _MEASURES.get(measure, f"Early learning goal {measure}")


_MEASURES = {"GLD": "Good level of development", "MARK": "Mark", "OUTCOME": "Outcome"}


def phonics_sittings(year_group: int, ending_year: int) -> tuple[Sitting, ...]:
    """Return the phonics checks due in a year group in the academic year, the earliest first.

    Year 2 of 2021/22 had two: the check missed in Year 1, and in June again for those who had not
    met the standard. There was no second check in the first year, 2012.
    """
    in_june = Collection.PHONICS.was_taken(ending_year)
    if year_group == 1:
        return (Sitting.YEAR_1,) if in_june else ()
    autumn = (Sitting.AUTUMN,) if ending_year in AUTUMN_PHONICS_YEARS else ()
    again = in_june and ending_year > _COLLECTIONS[Collection.PHONICS].first
    return (*autumn, Sitting.YEAR_2) if again else autumn


@dataclass(frozen=True, slots=True)
class ResultCode:
    """A code a result may have. `counts` is whether the pupil stays in the denominator."""

    code: str
    label: str
    counts: bool = True


_LABELS: dict[str, tuple[str, bool]] = {
    "EM": ("Engagement model", True),
    "BLW": ("Below the pre-key stage standards", True),
    "PKF": ("Foundations for the expected standard", True),
    "PKE": ("Early development of the expected standard", True),
    "PKG": ("Growing development of the expected standard", True),
    **{f"PK{number}": (f"Pre-key stage standard {number}", True) for number in range(1, 7)},
    "WTS": ("Working towards the expected standard", True),
    "EXS": ("Working at the expected standard", True),
    "GDS": ("Working at greater depth", True),
    "HNM": ("Has not met the expected standard", True),
    "AS": ("Achieved the standard", True),
    "NS": ("Did not achieve the standard", True),
    "A": ("Absent", True),
    "B": ("Working below the level of the test", True),
    "D": ("Disapplied", True),
    "H": ("Result annulled: pupil cheated", True),
    "J": ("Just arrived, standard not yet known", True),
    "U": ("Unable to take the test", True),
    "F": ("Will take it in a later year", False),
    "L": ("Left before the assessment", False),
    "M": ("Missing", False),
    "NAA": ("School not able to administer the check", False),
    "P": ("Took it in an earlier year", False),
    "Q": ("Result annulled: maladministration", False),
    "S": ("Maladministration suspected, not yet settled", False),
    "X": ("No result: script lost or check not taken", False),
    "Z": ("Not eligible", False),
    "1": ("Emerging", True),
    "2": ("Expected", True),
    "3": ("Exceeding", True),
    "Wa": ("Met the expected standard", True),
    "Wt": ("Did not meet the expected standard", True),
}
_ELG_A = ResultCode("A", "Not assessed", counts=False)
_GLD_CODES = (ResultCode("N", "No"), ResultCode("Y", "Yes"), _ELG_A)


def result_text(collection: Collection, *, code: str | None, value: int | None) -> str:
    """Return a result as people see it: "Achieved the standard (104)", "Absent", "35".

    A code that is in no year's list is shown as it is.
    """
    if code is None:
        return "" if value is None else str(value)
    if collection is Collection.EYFSP:
        labels = {item.code: item.label for item in (*_goal_codes(2019), *_GLD_CODES)}
    else:
        labels = {known: label for known, (label, _) in _LABELS.items()}
    label = labels.get(code, code)
    return label if value is None else f"{label} ({value})"


def goals_of(ending_year: int) -> tuple[str, ...]:
    """Return the measures that hold the 17 early learning goals of the year's framework."""
    return ELGS if ending_year >= FIRST_YEAR_OF_ELGS else FORMER_ELGS


def codes_for(collection: Collection, measure: str, ending_year: int) -> tuple[ResultCode, ...]:
    """Return the codes a measure could have in a year, lowest attainment first, then the rest.

    Empty where only a number is held. Raise ValueError for a measure the collection does not have,
    a year it was not statutory in or an early learning goal of another framework than the year's.
    """
    if measure not in collection.measures:
        raise ValueError(f"{collection.label} has no measure of that name.")
    if not collection.was_taken(ending_year):
        raise ValueError(f"{collection.label} was not statutory in {ending_year}.")
    if collection is Collection.EYFSP:
        return _eyfsp_codes(measure, ending_year)
    codes = {
        Collection.PHONICS: _phonics_codes,
        Collection.KS1: _ks1_codes,
        Collection.KS2: _ks2_codes,
        Collection.MTC: _mtc_codes,
    }[collection](measure, ending_year)
    return tuple(ResultCode(code, *_LABELS[code]) for code in codes)


def _eyfsp_codes(measure: str, ending_year: int) -> tuple[ResultCode, ...]:
    if measure == "GLD":
        return _GLD_CODES
    if measure not in goals_of(ending_year):
        raise ValueError(f"{measure} is not an early learning goal of {ending_year}.")
    return _goal_codes(ending_year)


def _goal_codes(ending_year: int) -> tuple[ResultCode, ...]:
    levels = ("1", "2") if ending_year >= FIRST_YEAR_OF_ELGS else ("1", "2", "3")
    return (*(ResultCode(code, *_LABELS[code]) for code in levels), _ELG_A)


def _phonics_codes(measure: str, ending_year: int) -> tuple[str, ...]:
    del ending_year  # the codes have not changed since 2012
    return () if measure == "MARK" else ("Wt", "Wa", "A", "D", "L", "Q")


def _ks1_codes(measure: str, ending_year: int) -> tuple[str, ...]:
    late = ("Q", "M") if ending_year >= 2022 else ("Q",) if ending_year >= 2018 else ()
    if measure == "SCIE":
        return ("HNM", "EXS", "A", "D", *late)
    if ending_year <= 2018:
        lowest: tuple[str, ...] = ("BLW", "PKF")
    else:
        lowest = ("BLW" if ending_year == 2019 else "EM", "PK1", "PK2", "PK3", "PK4")
    return (*lowest, "WTS", "EXS", "GDS", "A", "D", *late)


def _ks2_codes(measure: str, ending_year: int) -> tuple[str, ...]:
    administrative = ("A", "D", "Q", "L", "M", "F", "P", "Z")
    if measure == "SCIE":
        return ("HNM", "EXS", *administrative)
    if measure == "WRIT":
        if ending_year <= 2018:
            return ("BLW", "PKF", "PKE", "PKG", "WTS", "EXS", "GDS", *administrative)
        lowest = "BLW" if ending_year == 2019 else "EM"
        pre_key_stage = tuple(f"PK{number}" for number in range(1, 7))
        return (lowest, *pre_key_stage, "WTS", "EXS", "GDS", *administrative)
    return ("NS", "AS", "A", "B", "U", "J", "H", "M", "Q", "S", "X", "F", "P", "L", "Z")


def _mtc_codes(measure: str, ending_year: int) -> tuple[str, ...]:
    del measure, ending_year
    return ("A", "B", "U", "J", "X", "H", "Q", "NAA", "L", "Z")


# --- what the results mean ----------------------------------------------------------------------


def good_level_of_development(elgs: Mapping[str, str], ending_year: int) -> str | None:
    """Return "Y", "N", or "A" (not assessed) from the 17 goals; None while any is missing.

    A good level is at least expected (2 or 3) in all 12 goals of the three prime areas, literacy
    and mathematics. From 2022 a child is either assessed in every goal or in none; before, an A in
    one of the 12 means the level was not reached. Raise ValueError for a goal, code or combination
    the year does not allow.
    """
    goals = goals_of(ending_year)
    allowed = {code.code for code in codes_for(Collection.EYFSP, goals[0], ending_year)}
    if set(elgs) - set(goals) or set(elgs.values()) - allowed:
        raise ValueError("A goal or its code is not one of that year.")
    if len(elgs) < len(goals):
        return None
    not_assessed = [code for code, value in elgs.items() if value == "A"]
    if len(not_assessed) == len(goals):
        return "A"
    if not_assessed and ending_year >= FIRST_YEAR_OF_ELGS:
        raise ValueError("A child is either assessed in every goal or in none.")
    return "Y" if all(elgs[code] in {"2", "3"} for code in goals[:GOALS_OF_GLD]) else "N"


PHONICS_MAX = 40
PHONICS_THRESHOLDS: dict[int, int] = {
    year: 32
    for year in range(2012, 2026)
    if year not in NO_ASSESSMENT_YEARS or year in AUTUMN_PHONICS_YEARS
}


def phonics_threshold(ending_year: int) -> int:
    """Return the mark that meets the expected standard of the phonics screening check.

    After the last year of the table it is the last published one, until the table is brought up to
    date. Raise ValueError for an academic year in which there was no check.
    """
    if not Collection.PHONICS.was_taken(ending_year) and ending_year not in AUTUMN_PHONICS_YEARS:
        raise ValueError(f"There was no phonics screening check in the year to {ending_year}.")
    return PHONICS_THRESHOLDS.get(ending_year, PHONICS_THRESHOLDS[max(PHONICS_THRESHOLDS)])


def phonics_outcome(mark: int, ending_year: int) -> str:
    """Return "Wa" (met) or "Wt" for a mark of 0 to 40; raise ValueError for another mark."""
    if not 0 <= mark <= PHONICS_MAX:
        raise ValueError(f"A phonics mark lies between 0 and {PHONICS_MAX}.")
    return "Wa" if mark >= phonics_threshold(ending_year) else "Wt"


def takes_phonics_in_year_2(year_1_outcome: str | None) -> bool:
    """Whether a Year 2 pupil takes the check: all but those who met the standard in Year 1."""
    return year_1_outcome != "Wa"


SCALED_SCORES = range(80, 121)
EXPECTED_SCORE = 100
MTC_MAX = 25


def scaled_score_outcome(scaled_score: int) -> str:
    """Return "AS" for a key stage 2 scaled score of 100 or more, else "NS".

    Raise ValueError outside 80 to 120.
    """
    if scaled_score not in SCALED_SCORES:
        raise ValueError("A key stage 2 scaled score lies between 80 and 120.")
    return "AS" if scaled_score >= EXPECTED_SCORE else "NS"
