"""Made-up assessment grids for the tests of what is made of them; everyone in them is invented."""

from __future__ import annotations

from datetime import date

from pupiltrack_core.domain.subjects import Subject
from pupiltrack_core.services.assessment_grid import GridData
from pupiltrack_core.services.assessments import AssessmentInfo
from tests.report_frames import CORE

FORMULAS = ["=1+1", "+1", "-5+5", "@SUM(A1)", "\tx", "=cmd|' /C calc'!A0", "{=1}", "http://a.b/c"]
FULL = AssessmentInfo(
    id=7,
    name="Autumn",
    held_on=date(2025, 12, 15),
    year_groups=(4,),
    subjects=(Subject.READING, Subject.WRITING, Subject.MATHS, Subject.SCIENCE),
    formative_title="Curriculum",
    test_title="Optional test",
    has_phonics=True,
)
PLAIN = AssessmentInfo(
    8, "Spring", date(2026, 3, 20), (4,), (Subject.READING, Subject.WRITING, Subject.MATHS),
    None, None, False,
)  # fmt: skip


def make_grid(cohort, *assessments, cells=()):
    held = {
        (int(pupil), f"{assessment.id}:tracking:{subject}"): (value, 1, None)
        for assessment in assessments
        for subject in CORE
        for pupil, value in zip(cohort["pupil_id"], cohort[subject].astype(object), strict=True)
        if isinstance(value, str)
    }
    return GridData(cohort, assessments, held | dict(cells), may_edit=True)
