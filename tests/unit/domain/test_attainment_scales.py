from __future__ import annotations

import itertools

import pytest

from pupiltrack_core.domain.attainment_points import PointKind
from pupiltrack_core.domain.attainment_scales import (
    Movement,
    Scale,
    judged_step,
    movement,
    result_step,
    scale_at,
)
from pupiltrack_core.domain.judgement_wording import JudgementWording
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.outcomes import RWM_OUTCOMES, SUBJECT_OUTCOMES
from pupiltrack_core.domain.statutory import Collection, codes_for

SUBJECTS = ("READ", "WRIT", "MATH", "RWM", "SCIE", "GPS", "MUSI")


def scale(kind: PointKind, subject: str) -> Scale:
    found = scale_at(kind, subject)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("kind", "without"),
    [
        (PointKind.STANDING, set()),
        (PointKind.ASSESSMENT, set()),
        (PointKind.LATEST, set()),
        (PointKind.GLD, set()),
        (PointKind.KS1, {"GPS", "MUSI"}),
        (PointKind.KS2, {"MUSI"}),
    ],
)
def test_scale_at_is_none_where_a_subject_is_not_assessed(
    kind: PointKind, without: set[str]
) -> None:
    assert {subject for subject in SUBJECTS if scale_at(kind, subject) is None} == without


def test_scale_codes_are_distinct_and_rise() -> None:
    for kind, subject in itertools.product(PointKind, SUBJECTS):
        found = scale_at(kind, subject)
        if found is not None:
            levels = [step.level for step in found.steps]
            assert levels == sorted(set(levels))
            assert len(set(found.codes)) == len(found.steps) + 1 == found.detail + 1


def test_step_of_no_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="no such step"):
        scale(PointKind.GLD, "READ").step("X")


def test_scale_at_has_the_school_s_own_words() -> None:
    wording = JudgementWording({Judgement.BELOW: "Emerging", Judgement.DEEPER: "Secure plus"})
    own = scale_at(PointKind.STANDING, "READ", wording=wording)
    together = scale_at(PointKind.STANDING, "RWM", wording=wording)
    assert own and own.steps[0].label == "Emerging"
    assert together and together.steps[2].label == "Secure plus in all three"


@pytest.mark.parametrize(
    ("kind", "before", "subject", "after", "moved"),
    [
        # four steps beside four: each counts
        (PointKind.KS1, "PRE", "READ", "B", Movement.STAYED),
        (PointKind.KS1, "PRE", "READ", "T", Movement.ROSE),
        (PointKind.KS1, "GDS", "READ", "O", Movement.FELL),
        # two steps beside four: expected or not
        (PointKind.GLD, "N", "READ", "B", Movement.STAYED),
        (PointKind.GLD, "N", "READ", "O", Movement.ROSE),
        (PointKind.GLD, "Y", "READ", "D", Movement.STAYED),
        (PointKind.GLD, "Y", "READ", "T", Movement.FELL),
        # three beside four
        (PointKind.KS2, "NS", "READ", "B", Movement.STAYED),
        (PointKind.KS2, "AS", "READ", "D", Movement.ROSE),
        (PointKind.KS2, "HS", "READ", "O", Movement.FELL),
        # together: three beside three
        (PointKind.KS1, "BEL", "RWM", "NO", Movement.STAYED),
        (PointKind.KS1, "EXS", "RWM", "HIGH", Movement.ROSE),
        (PointKind.KS1, "GDS", "RWM", "NO", Movement.FELL),
    ],
)
def test_movement_is_as_fine_as_the_coarser_scale(
    kind: PointKind, before: str, subject: str, after: str, moved: Movement
) -> None:
    earlier, later = scale(kind, subject), scale(PointKind.STANDING, subject)
    detail = min(earlier.detail, later.detail)
    assert movement(earlier.step(before), later.step(after), detail=detail) is moved
    assert moved.label.casefold() == moved.value


def test_judged_step_of_every_outcome_is_a_step_or_no_data() -> None:
    for outcome in SUBJECT_OUTCOMES:
        assert judged_step("READ", outcome) in scale(PointKind.STANDING, "READ").codes
    assert [judged_step("RWM", outcome) for outcome in RWM_OUTCOMES] == [
        "NO", "NO", "YES", "HIGH", "YES", "NO", "-",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "subject", "held", "step"),
    [
        (PointKind.GLD, "READ", {"GLD": ("Y", None)}, "Y"),
        (PointKind.GLD, "RWM", {"GLD": ("N", None)}, "N"),
        (PointKind.GLD, "READ", {"GLD": ("A", None)}, "-"),
        (PointKind.GLD, "READ", {}, "-"),
        (PointKind.KS1, "READ", {"READ": ("PK3", None)}, "PRE"),
        (PointKind.KS1, "READ", {"READ": ("EM", None)}, "PRE"),
        (PointKind.KS1, "READ", {"READ": ("A", None), "MATH": ("EXS", None)}, "-"),
        (PointKind.KS1, "SCIE", {"SCIE": ("HNM", None)}, "HNM"),
        (PointKind.KS1, "SCIE", {"SCIE": ("D", None)}, "-"),
        (
            PointKind.KS1,
            "RWM",
            {"READ": ("EXS", None), "WRIT": ("GDS", None), "MATH": ("EXS", None)},
            "EXS",
        ),
        (PointKind.KS1, "RWM", {"READ": ("EXS", None)}, "-"),
        (PointKind.KS2, "READ", {"READ": ("AS", 109)}, "AS"),
        (PointKind.KS2, "READ", {"READ": ("AS", 110)}, "HS"),
        (PointKind.KS2, "READ", {"READ": ("AS", None)}, "AS"),
        (PointKind.KS2, "MATH", {"MATH": ("NS", 95)}, "NS"),
        (PointKind.KS2, "MATH", {"MATH": ("B", None)}, "NS"),
        (PointKind.KS2, "GPS", {"GPS": ("A", None)}, "-"),
        (PointKind.KS2, "GPS", {}, "-"),
        (PointKind.KS2, "WRIT", {"WRIT": ("WTS", None)}, "WTS"),
        (
            PointKind.KS2,
            "RWM",
            {"READ": ("AS", 112), "WRIT": ("GDS", None), "MATH": ("AS", 110)},
            "HIGH",
        ),
        (
            PointKind.KS2,
            "RWM",
            {"READ": ("AS", 112), "WRIT": ("EXS", None), "MATH": ("AS", 110)},
            "YES",
        ),
        (PointKind.KS2, "RWM", {"READ": ("AS", 112), "MATH": ("NS", 90)}, "NO"),
        (PointKind.KS2, "RWM", {"READ": ("AS", 112), "MATH": ("AS", 104)}, "-"),
        (PointKind.KS2, "RWM", {}, "-"),
    ],
)
def test_result_step(
    kind: PointKind, subject: str, held: dict[str, tuple[str | None, int | None]], step: str
) -> None:
    assert result_step(kind, subject, held) == step


def test_result_step_of_every_code_there_ever_was_is_a_step_or_no_data() -> None:
    for kind, collection in ((PointKind.KS1, Collection.KS1), (PointKind.KS2, Collection.KS2)):
        for measure in collection.measures:
            for year in filter(collection.was_taken, range(2012, 2027)):
                for code in codes_for(collection, measure, year):
                    step = result_step(kind, measure, {measure: (code.code, None)})
                    assert step in scale(kind, measure).codes
                    assert code.counts or step == "-"


def test_result_step_of_judgements_is_refused() -> None:
    with pytest.raises(ValueError, match="not results"):
        result_step(PointKind.STANDING, "READ", {})
