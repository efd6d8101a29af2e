"""The steps pupils can stand at, at different points, and when one is higher than another.

Judgements and key stage teacher assessments have four steps that correspond: below or pre-key
stage, towards, on track or expected, deeper or greater depth. Tests and all three subjects together
know three: not expected, expected, higher. A good level of development and science know two. Two
points are compared as finely as the coarser of the two allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pupiltrack_core.domain.attainment_points import PointKind
from pupiltrack_core.domain.judgement_wording import STANDARD_WORDING, JudgementWording
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.outcomes import NO_DATA, SummaryRow
from pupiltrack_core.domain.prior_attainment import Ks1Standing, ks1_standing
from pupiltrack_core.domain.statutory import Collection
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, RWM, Subject

HIGHER_STANDARD = "HS"  # the step of a test passed with a high score
HIGH_SCORE = 110  # a scaled score of 110 and more is the higher standard; source: DfE, key stage 2
_BELOW, _TOWARDS, _EXPECTED, _HIGHER = range(4)
FOUR, THREE, TWO = 4, 3, 2  # how many steps are told apart


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a scale; `level` is its height among 0 to 3."""

    code: str
    label: str
    level: int


@dataclass(frozen=True, slots=True)
class Scale:
    """The steps of a point and subject, lowest first; `detail` of them are told apart."""

    steps: tuple[Step, ...]
    detail: int

    def step(self, code: str) -> Step:
        """Return the step of a code; raise ValueError for no step of the scale."""
        for step in self.steps:
            if step.code == code:
                return step
        raise ValueError("There is no such step.")

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the steps, lowest first, then No data."""
        return (*(step.code for step in self.steps), NO_DATA)


Results = Mapping[str, tuple[str | None, int | None]]  # code and value by measure


class Movement(StrEnum):
    """What became of a pupil from the earlier point to the later."""

    FELL = "fell"
    STAYED = "stayed"
    ROSE = "rose"

    @property
    def label(self) -> str:
        """The word people see."""
        return self.value.capitalize()


def movement(earlier: Step, later: Step, *, detail: int) -> Movement:
    """Return whether a pupil fell, stayed or rose, told apart as finely as `detail`."""
    before, after = _height(earlier, detail), _height(later, detail)
    if after == before:
        return Movement.STAYED
    return Movement.ROSE if after > before else Movement.FELL


def _height(step: Step, detail: int) -> int:
    if detail == TWO:
        return int(step.level >= _EXPECTED)
    return max(step.level, _TOWARDS) if detail == THREE else step.level


# --- the scales -----------------------------------------------------------------------------------

_TEACHER_CODES: dict[str, str] = {
    **dict.fromkeys(("BLW", "EM", "PKF", "PKE", "PKG"), "PRE"),
    **{f"PK{number}": "PRE" for number in range(1, 7)},
    "WTS": "WTS",
    "EXS": "EXS",
    "GDS": "GDS",
}
_TEACHER_SCALE = Scale(
    (
        Step("PRE", "Pre-key stage", _BELOW),
        Step("WTS", "Working towards", _TOWARDS),
        Step("EXS", "Expected", _EXPECTED),
        Step("GDS", "Greater depth", _HIGHER),
    ),
    FOUR,
)
_SCIENCE_SCALE = Scale((Step("HNM", "Not met", _TOWARDS), Step("EXS", "Expected", _EXPECTED)), TWO)
_GLD_SCALE = Scale((Step("N", "No good level", _TOWARDS), Step("Y", "Good level", _EXPECTED)), TWO)
_TEST_SCALE = Scale(
    (
        Step("NS", "Not met", _TOWARDS),
        Step("AS", "Expected", _EXPECTED),
        Step(HIGHER_STANDARD, f"Higher ({HIGH_SCORE} or more)", _HIGHER),
    ),
    THREE,
)
_KS1_TOGETHER = Scale(
    (
        Step(Ks1Standing.NOT_EXPECTED.value, "Not all three expected", _TOWARDS),
        Step(Ks1Standing.EXPECTED.value, "All three expected", _EXPECTED),
        Step(Ks1Standing.GREATER_DEPTH.value, "All three at greater depth", _HIGHER),
    ),
    THREE,
)
_KS2_TOGETHER = Scale(
    (
        Step("NO", "Not all three expected", _TOWARDS),
        Step("YES", "All three expected", _EXPECTED),
        Step("HIGH", "All three higher", _HIGHER),
    ),
    THREE,
)
_LEVEL_OF_JUDGEMENT = {
    Judgement.BELOW: _BELOW,
    Judgement.TOWARDS: _TOWARDS,
    Judgement.ON_TRACK: _EXPECTED,
    Judgement.DEEPER: _HIGHER,
}
_TESTED = frozenset({Subject.READING.value, Subject.MATHS.value, Subject.GPS.value})
_CORE = tuple(subject.value for subject in CORE_SUBJECTS)
_TOGETHER_STEP: dict[str, str] = {
    **dict.fromkeys(("BBB", "TTT", "NO"), "NO"),
    **dict.fromkeys(("OOO", "MIX"), "YES"),
    "DDD": "HIGH",
}


def scale_at(
    kind: PointKind, subject: str, *, wording: JudgementWording = STANDARD_WORDING
) -> Scale | None:
    """Return the scale of a subject (or RWM) at a point; None where it is not assessed there.

    A good level of development is of no subject: it stands for each.
    """
    if kind is PointKind.GLD:
        return _GLD_SCALE
    if kind is PointKind.KS1:
        return _KS1_TOGETHER if subject == RWM else _taught(Collection.KS1, subject)
    if kind is PointKind.KS2:
        if subject in _TESTED:
            return _TEST_SCALE
        return _KS2_TOGETHER if subject == RWM else _taught(Collection.KS2, subject)
    if subject == RWM:
        return Scale(
            (
                Step("NO", wording.row_label(SummaryRow.NOT_ON_TRACK), _TOWARDS),
                Step("YES", f"{wording.label(Judgement.ON_TRACK)} in all three", _EXPECTED),
                Step("HIGH", f"{wording.label(Judgement.DEEPER)} in all three", _HIGHER),
            ),
            THREE,
        )
    return Scale(
        tuple(
            Step(item.value, wording.label(item), _LEVEL_OF_JUDGEMENT[item]) for item in Judgement
        ),
        FOUR,
    )


def _taught(collection: Collection, subject: str) -> Scale | None:
    if subject not in collection.measures:
        return None
    return _SCIENCE_SCALE if subject == Subject.SCIENCE.value else _TEACHER_SCALE


def judged_step(subject: str, outcome: str) -> str:
    """Return the step of an outcome of `domain.outcomes`; No data stays No data."""
    if outcome == NO_DATA or subject != RWM:
        return outcome
    return _TOGETHER_STEP[outcome]


def result_step(kind: PointKind, subject: str, held: Results) -> str:
    """Return the step of a pupil's results in a subject or RWM; raise ValueError for no results.

    A result that says nothing of attainment (absent, disapplied, left, lost, not assessed) is No
    data, as a missing one is. Together needs all three, but one below expected decides it.
    """
    if kind is PointKind.GLD:
        code = held.get("GLD", (None, None))[0]
        return code if code in ("N", "Y") else NO_DATA
    if kind is PointKind.KS1:
        if subject == RWM:
            standing = ks1_standing({m: held[m][0] or "" for m in _CORE if m in held})
            return NO_DATA if standing is None else standing.value
        return _teacher_step(subject, held)
    if kind is not PointKind.KS2:
        raise ValueError("Judgements are not results.")
    if subject == RWM:
        return _ks2_together(held)
    if subject in _TESTED:
        return _test_step(held.get(subject, (None, None)))
    return _teacher_step(subject, held)


def _teacher_step(subject: str, held: Results) -> str:
    code = held.get(subject, (None, None))[0] or ""
    if subject == Subject.SCIENCE.value:
        return code if code in ("HNM", "EXS") else NO_DATA
    return _TEACHER_CODES.get(code, NO_DATA)


def _test_step(result: tuple[str | None, int | None]) -> str:
    code, score = result
    if code == "AS":
        return HIGHER_STANDARD if score is not None and score >= HIGH_SCORE else "AS"
    # A pupil below the level of the test has not met the standard either.
    return "NS" if code in ("NS", "B") else NO_DATA


def _ks2_together(held: Results) -> str:
    levels = []
    for subject in _CORE:
        scale = _TEST_SCALE if subject in _TESTED else _TEACHER_SCALE
        code = result_step(PointKind.KS2, subject, held)
        levels.append(None if code == NO_DATA else scale.step(code).level)
    known = [level for level in levels if level is not None]
    if any(level < _EXPECTED for level in known):
        return "NO"
    if len(known) < len(_CORE):
        return NO_DATA
    return "HIGH" if min(known) == _HIGHER else "YES"
