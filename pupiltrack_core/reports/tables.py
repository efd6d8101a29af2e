"""The figures of a report as CSV, for spreadsheets and scripts: counts, denominators, shares."""

from __future__ import annotations

import csv
from collections.abc import Hashable, Iterable, Mapping
from io import StringIO
from typing import Any

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.coded_values import CodedValue
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.formula_text import without_formula
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import percentage, round_half_away
from pupiltrack_core.domain.subjects import subject_label
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.reports.figure_words import figure_of, pupils_words
from pupiltrack_core.schemas import summaries, tallies
from pupiltrack_core.schemas.cohort import YEAR_GROUP
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.reports import FullReport, full_report, note_export

WHOLE_COHORT = "All"


def full_report_csv(caller: Caller, selection: CohortSelection, *, publish: bool = False) -> bytes:
    """Return the full report's figures as CSV; raises as `services.reports.full_report`.

    With `publish`, for readers outside, small figures are withheld.
    """
    what = "full report as CSV to publish" if publish else "full report as CSV"
    note_export(caller, selection, what=what, with_names=False)
    return write_full_report_csv(full_report(caller, selection), publish=publish)


def write_full_report_csv(report: FullReport, *, publish: bool = False) -> bytes:
    """Return UTF-8 CSV with a byte order mark: the cohort, then each year group, by subject.

    Columns: place, academic year, cohort, year group ("All" for the cohort), assessment, subject,
    pupils, then for each outcome its count and its whole percentage. "z" stands where a figure does
    not apply and "c" where one is withheld (`calc.publication`): with `publish`, and always for a
    reader without the right to see the pupils. A text that a
    spreadsheet would take for a formula gets an apostrophe before it.
    """
    held = StringIO()
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerow(_head())
    told = report.to_publish() if publish else report
    groups = [(WHOLE_COHORT, "", told.summary)]
    groups += [
        (LABELS[int(str(group))], _assessment(report, group), summary)
        for group, summary in told.by_year_group.groupby(YEAR_GROUP, sort=True)
    ]
    for label, assessment, summary in groups:
        first = (
            report.school_name,
            AcademicYear(report.selection.academic_year).label,
            report.description,
            label,
            assessment,
        )
        for line in summary.to_dict("records"):
            subject = subject_label(str(line[tallies.SUBJECT]), report.labels)
            texts = [without_formula(text) for text in (*first, subject)]
            writer.writerow([*texts, *_figures(line)])
    return held.getvalue().encode("utf-8-sig")


def _head() -> list[str]:
    head = ["Place", "Academic year", "Cohort", "Year group", "Assessment", "Subject", "Pupils"]
    for row in SummaryRow:
        head += [row.label, f"{row.label} %"]
    return head


def _assessment(report: FullReport, group: Hashable) -> str:
    return report.assessments.get(int(str(group)), "")


def _figures(line: Mapping[Hashable, Any]) -> Iterable[str]:
    subject = str(line[tallies.SUBJECT])
    yield pupils_words(line)
    for row in SummaryRow:
        count = figure_of(line, row)
        if not row.outcomes(subject):
            yield CodedValue.NOT_APPLICABLE.value
            yield CodedValue.NOT_APPLICABLE.value
        elif count is None:
            yield CodedValue.SUPPRESSED.value
            yield CodedValue.SUPPRESSED.value
        else:
            share = percentage(count, int(line[summaries.PUPILS]))
            yield str(count)
            yield CodedValue.NOT_APPLICABLE.value if share is None else str(round_half_away(share))
