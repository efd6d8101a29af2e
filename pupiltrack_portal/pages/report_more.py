"""What can be shown beside a full report: the form that asks for it, its address, its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.groupings import Grouping
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import percentage
from pupiltrack_core.domain.subjects import subject_label
from pupiltrack_core.reports.comparison_words import gap_of, gap_words
from pupiltrack_core.reports.figure_words import (
    Line,
    figure_of,
    figure_words,
    lines_by_subject,
    pupils_words,
)
from pupiltrack_core.schemas import summaries
from pupiltrack_core.services.report_comparison import Against
from pupiltrack_core.services.report_extras import NOTHING_WANTED, Wanted
from pupiltrack_core.services.report_groups import GroupReport
from pupiltrack_core.services.reports import FullReport
from pupiltrack_portal.widgets.figures_table import TableCell, TableRow
from pupiltrack_portal.widgets.form import Field

COMPARE, GROUP, FIGURE = "compare", "group", "figure"


def read_wanted(values: Mapping[str, str]) -> Wanted:
    """Return what an address or the form asks for; what means nothing is nothing asked for."""
    against, group, row = (values.get(key, "") for key in (COMPARE, GROUP, FIGURE))
    return Wanted(
        against=Against(against) if against in set(Against) else None,
        grouped_by=Characteristic(group) if group in set(Characteristic) else None,
        row=SummaryRow(row) if row in set(SummaryRow) else NOTHING_WANTED.row,
    )


def wanted_query(wanted: Wanted) -> dict[str, str]:
    """Return what `read_wanted` reads the same of; nothing for what is not asked for."""
    query = {} if wanted.against is None else {COMPARE: wanted.against.value}
    if wanted.grouped_by is not None:
        query |= {GROUP: wanted.grouped_by.value, FIGURE: wanted.row.value}
    return query


def more_fields(
    report: FullReport, groupings: Iterable[Grouping], wanted: Wanted
) -> tuple[Field, ...]:
    """Return the fields that ask for a comparison and for groups; none where neither is given."""
    if not report.has_names:
        return ()
    against = [(item.value, item.label) for item in Against]
    if report.cohort is None:  # of several schools there is no assessment before
        against = against[1:]
    by = tuple(
        (item.characteristic.value, f"{item.first.label} and {item.second.label.lower()}")
        for item in groupings
    )
    rows = tuple((row.value, report.wording.row_label(row)) for row in SummaryRow)
    chosen = wanted.grouped_by
    return (
        Field(COMPARE, "Compare with", "select", wanted.against or "", (("", "Nothing"), *against)),
        Field(GROUP, "By group", "select", chosen or "", (("", "No groups"), *by)),
        Field(FIGURE, "Figure of the groups", "select", wanted.row.value, rows),
    )


def group_rows(report: FullReport, groups: GroupReport, row: SummaryRow) -> list[TableRow]:
    """Return a row per subject: the figure of each group, then the gap in points and pupils."""
    grouping = groups.grouping
    lines = {group.value: lines_by_subject(groups.summaries[group.value]) for group in groups.shown}
    rows = []
    for subject in lines_by_subject(report.summary):
        label = subject_label(subject, report.labels)
        cells = [
            _cell(lines[group.value][subject], row, f"{label}, {group.label}")
            for group in groups.shown
        ]
        first, second = (lines[side.value][subject] for side in (grouping.first, grouping.second))
        gap = gap_of(first, second, row)
        points, pupils = gap_words(gap)
        known = None if gap is None or gap.points is None else float(gap.points)
        cells += [
            TableCell(points, sort=known, sorts_last=known is None),
            TableCell(pupils, sort=None if gap is None else gap.pupils),
        ]
        rows.append(TableRow(subject, TableCell(label), tuple(cells)))
    return rows


def _cell(line: Line, row: SummaryRow, whose: str) -> TableCell:
    count = figure_of(line, row)
    if count is None:
        return TableCell(figure_words(line, row), sorts_last=True)
    of = int(line[summaries.PUPILS])
    text = f"{figure_words(line, row)} of {pupils_words(line)}"
    share = percentage(count, of)
    return TableCell(
        text,
        press=f"{text}, {whose}: show the pupils" if count else "",
        sort=None if share is None else float(share),
        share=None if share is None else float(share),
    )
