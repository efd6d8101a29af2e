"""Lists of pupils stand in the order of a register, accents or not."""

from __future__ import annotations

from pupiltrack_core.calc.summary import sort_by_name
from tests.report_frames import make_cohort


def test_sort_by_name_puts_accented_names_among_their_letters() -> None:
    cohort = make_cohort([("Walker, A", "OOO"), ("Çelik, Y", "OOO"), ("clarke, I", "OOO")])
    assert list(sort_by_name(cohort)["surname"]) == ["Çelik", "clarke", "Walker"]
