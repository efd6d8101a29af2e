"""The full report as an Excel workbook: figures with a chart, year groups, comparison, groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from pupiltrack_core.calc.gaps import Gap
from pupiltrack_core.calc.summary import sort_by_name
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import NOT_APPLICABLE
from pupiltrack_core.domain.subjects import subject_label
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import AccessDenied
from pupiltrack_core.reports.comparison_words import (
    HOW_GAPS_COUNT,
    gap_of,
    then_line,
)
from pupiltrack_core.reports.documents import Printed
from pupiltrack_core.reports.figure_values import (
    WHOLE_BARS,
    figure_values,
    pupil_values,
    pupils_value,
)
from pupiltrack_core.reports.figure_words import (
    HOW_WITHHELD,
    Line,
    is_withheld,
    lines_by_subject,
    outcome_words,
)
from pupiltrack_core.reports.figure_workbook import (
    Bars,
    FigureSheet,
    SheetTable,
    Value,
    WorkbookText,
    write_figure_workbook,
)
from pupiltrack_core.reports.full_report import TITLE, notes_of
from pupiltrack_core.reports.letterhead import printed_for
from pupiltrack_core.reports.matrix_words import difference_of
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.schemas import tallies
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.report_extras import (
    NO_EXTRAS,
    NOTHING_WANTED,
    Extras,
    Wanted,
    report_extras,
)
from pupiltrack_core.services.report_groups import GroupReport
from pupiltrack_core.services.reports import FullReport, full_report, note_export

_ROWS = tuple(SummaryRow)


def full_report_workbook(
    caller: Caller,
    selection: CohortSelection,
    *,
    include_names: bool = False,
    wanted: Wanted = NOTHING_WANTED,
) -> bytes:
    """Return the full report of a cohort as an XLSX file, with its pupils if asked.

    Raises as `reports.pdf.full_report_pdf`. That it was taken out is in the audit before it is
    made.
    """
    what = "full report as a workbook"
    note = note_export(caller, selection, what=what, with_names=include_names)
    report = full_report(caller, selection)
    extras = report_extras(caller, report, wanted)
    printed = printed_for(caller, note, selection.school_id)
    return write_full_report_workbook(
        report, printed=printed, include_names=include_names, extras=extras
    )


def write_full_report_workbook(
    report: FullReport,
    *,
    printed: Printed,
    include_names: bool = False,
    extras: Extras = NO_EXTRAS,
) -> bytes:
    """Return the XLSX file of a report; raise `AccessDenied` for names it does not have.

    A figure that does not apply is an en dash, one withheld a "c"; every other is a number.
    """
    if include_names and report.cohort is None:
        raise AccessDenied(
            "This report is made of counts alone, so it cannot list names. Nothing was made."
        )
    notes = (*(note.text for note in notes_of(report)), *_how_withheld(report.summary))
    sheets = [FigureSheet("Figures", (_figures(report),), notes)]
    if len(set(report.by_year_group[columns.YEAR_GROUP])) > 1:
        withheld = _how_withheld(report.by_year_group)
        sheets.append(FigureSheet("By year group", (_by_year_group(report),), withheld))
    if extras.comparison is not None:
        table = SheetTable(
            extras.comparison.sentence,
            ("Subject", "Outcome", "Number now", "% now", "Of now", "Number then", "% then",
             "Of then", "Change in points"),
            tuple(_compared(report, extras)),
        )  # fmt: skip
        sheets.append(FigureSheet("Compared", (table,)))
    if extras.groups is not None:
        sheets.append(FigureSheet("By group", (_groups(report, extras.groups),), (HOW_GAPS_COUNT,)))
    if include_names and report.cohort is not None:
        sheets.append(FigureSheet("Pupils", (_pupils(report, report.cohort),)))
    text = WorkbookText(TITLE, report.school_name, report.description, printed, include_names)
    return write_figure_workbook(text, sheets)


def _how_withheld(summary: pd.DataFrame) -> tuple[str, ...]:
    return (HOW_WITHHELD,) if is_withheld(summary) else ()


def _figures(report: FullReport) -> SheetTable:
    drawn = tuple(1 + 2 * _ROWS.index(row) for row in WHOLE_BARS)
    return SheetTable(
        "Number and percentage of pupils at each outcome",
        ("Subject", *_heads(report), "Pupils"),
        tuple(
            (subject_label(subject, report.labels), *_values(line), pupils_value(line))
            for subject, line in lines_by_subject(report.summary).items()
        ),
        bars=Bars(drawn, tuple(WHOLE_BARS.values())),
    )


def _by_year_group(report: FullReport) -> SheetTable:
    rows: list[tuple[Value, ...]] = []
    for line in report.by_year_group.to_dict("records"):
        group = int(line[columns.YEAR_GROUP])
        subject = subject_label(str(line[tallies.SUBJECT]), report.labels)
        named = report.assessments.get(group, "")
        rows.append((LABELS[group], named, subject, *_values(line), pupils_value(line)))
    head = ("Year group", "Assessment", "Subject", *_heads(report), "Pupils")
    return SheetTable("The same by year group", head, tuple(rows))


def _heads(report: FullReport) -> Iterator[str]:
    for row in _ROWS:
        label = report.wording.row_label(row)
        yield label
        yield f"{label} %"


def _values(line: Line) -> Iterator[Value]:
    for row in _ROWS:
        yield from figure_values(line, row)


def _compared(report: FullReport, extras: Extras) -> Iterator[tuple[Value, ...]]:
    for subject, now in lines_by_subject(report.summary).items():
        then = then_line(extras.comparison, subject)
        for row in _ROWS:
            if not row.outcomes(subject):
                continue
            change = difference_of(now, then, row)
            points = None if change is None else change.points
            yield (
                subject_label(subject, report.labels),
                report.wording.row_label(row),
                *figure_values(now, row),
                pupils_value(now),
                *figure_values(then, row),
                pupils_value(then),
                NOT_APPLICABLE if points is None else float(points / 100),
            )


def _groups(report: FullReport, groups: GroupReport) -> SheetTable:
    shown = groups.shown
    lines = {group.value: lines_by_subject(groups.summaries[group.value]) for group in shown}
    first, second = (lines[side.value] for side in (groups.grouping.first, groups.grouping.second))
    rows: list[tuple[Value, ...]] = []
    for subject in first:
        for row in _ROWS:
            if not row.outcomes(subject):
                continue
            gap = gap_of(first[subject], second[subject], row)
            values: Sequence[Value] = [
                value
                for group in shown
                for value in (
                    *figure_values(lines[group.value][subject], row),
                    pupils_value(lines[group.value][subject]),
                )
            ]
            rows.append(
                (
                    subject_label(subject, report.labels),
                    report.wording.row_label(row),
                    *values,
                    *_gap_values(gap),
                )
            )
    heads = [head for group in shown for head in (group.label, f"{group.label} %", "Of")]
    return SheetTable(
        groups.grouping.label,
        ("Subject", "Outcome", *heads, "Gap in points", "Gap in pupils"),
        tuple(rows),
    )


def _gap_values(gap: Gap | None) -> tuple[Value, Value]:
    if gap is None or gap.points is None:
        return NOT_APPLICABLE, NOT_APPLICABLE
    return float(gap.points / 100), gap.pupils


def _pupils(report: FullReport, cohort: pd.DataFrame) -> SheetTable:
    subjects = columns.subjects_of(cohort)
    included = sort_by_name(cohort[cohort[columns.INCLUDE_IN_DATA].astype(bool)])
    rows: list[tuple[Value, ...]] = []
    for line in included.to_dict("records"):
        judged = (outcome_words(line[subject], report.wording) for subject in subjects)
        rows.append((*pupil_values(line), *judged))
    labels = (subject_label(subject, report.labels) for subject in subjects)
    head = ("Pupil", "Year", "Class", *labels)
    return SheetTable("The pupils whose data are included", head, tuple(rows))
