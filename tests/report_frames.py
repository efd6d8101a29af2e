"""Made-up cohorts and reports for the tests of reports; everyone in them is invented."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime

import pandas as pd

from pupiltrack_core.calc.venn import venn_regions
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.venn import VennKind
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.reports.documents import Printed
from pupiltrack_core.schemas.cohort import cohort_dtypes, validate_cohort
from pupiltrack_core.services.reports import FullReport, report_of_cohort
from pupiltrack_core.services.venn_reports import VennReport

CORE = ("READ", "WRIT", "MATH")
PRINTED = Printed("Asha Teacher", datetime(2025, 12, 3, 14, 5, tzinfo=UTC))
SURNAMES = ("Abara", "Blom", "Cole", "Dunn", "Ek", "Frost", "Gale", "Holm", "Iles", "Jory")
FORENAMES = ("Ada", "Bo", "Cy", "Di", "Eli", "Fay", "Gus", "Hal")


def make_cohort(
    rows: Sequence[tuple[str, str]] | int,
    *,
    subjects: Sequence[str] = CORE,
    year_groups: Sequence[int] = (4,),
    left_out: int = 0,
) -> pd.DataFrame:
    """A COHORT frame. `rows` are ("Surname, Forenames", judgements such as "OB-") or a number.

    The last `left_out` pupils have Include in data set to No.
    """
    if isinstance(rows, int):
        chance = random.Random(7)  # noqa: S311 - the same made-up class each time
        rows = [
            (
                f"{chance.choice(SURNAMES)}{number}, {chance.choice(FORENAMES)}",
                "".join(chance.choices("BTOD-", (1, 2, 5, 2, 1), k=len(subjects))),
            )
            for number in range(rows)
        ]
    dtypes = cohort_dtypes(subjects)
    records = []
    for number, (name, judgements) in enumerate(rows):
        surname, _, forenames = name.partition(", ")
        year_group = year_groups[number % len(year_groups)]
        record = dict.fromkeys(dtypes) | {
            "school_id": 1,
            "pupil_id": number + 1,
            "year_group": year_group,
            "class_name": f"Class {year_group}",
            "include_in_data": number < len(rows) - left_out,
            "assessment_id": year_group,
            "surname": surname,
            "forenames": forenames,
            "upn": f"A99920000{number:04d}",
            "date_of_birth": pd.Timestamp(2017, 1, 1),
            "sex": "F",
        }
        for subject, judgement in zip(subjects, judgements, strict=True):
            record[subject] = None if judgement == "-" else judgement
        records.append(record)
    return validate_cohort(pd.DataFrame(records, columns=list(dtypes)).astype(dtypes))


def make_report(
    cohort: pd.DataFrame,
    *,
    years: YearRange | int = 4,
    school_name: str = "Hillside Primary School",
) -> FullReport:
    """The full report of a cohort."""
    selection = CohortSelection(academic_year=2025, school_id=1, years=years)
    return report_of_cohort(
        selection,
        cohort,
        school_name=school_name,
        description=selection.describe(),
        assessments=dict.fromkeys(sorted({int(group) for group in cohort["year_group"]}), "Autumn"),
    )


def make_venn(cohort: pd.DataFrame, kind: VennKind = VennKind.ON_TRACK) -> VennReport:
    """The Venn report of a cohort."""
    report = make_report(cohort)
    return VennReport(
        selection=report.selection,
        kind=kind,
        school_name=report.school_name,
        description=report.description,
        regions=venn_regions(cohort, kind=kind),
        cohort=cohort,
        not_included=report.not_included,
        assessments=report.assessments,
    )
