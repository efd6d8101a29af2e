"""What a full report prints on demand: the comparison with an earlier time, and two groups."""

from __future__ import annotations

from collections.abc import Iterator

from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.subjects import subject_label
from pupiltrack_core.reports.comparison_words import (
    HOW_GAPS_COUNT,
    change_words,
    gap_of,
    gap_words,
    then_line,
)
from pupiltrack_core.reports.documents import Block, Heading, Paragraph, Table
from pupiltrack_core.reports.figure_words import figure_words, lines_by_subject, pupils_words
from pupiltrack_core.services.report_comparison import Comparison
from pupiltrack_core.services.report_extras import Extras
from pupiltrack_core.services.report_groups import GroupReport
from pupiltrack_core.services.reports import FullReport

NOTHING_BEFORE = "There is nothing earlier to compare these pupils with."
_HOW_THEN = (
    "Each figure then; ▲ says that the share is larger now, ▼ smaller, = the same. A dash stands "
    "where there is nothing to compare with."
)
_ROWS = tuple(SummaryRow)


def extra_blocks(report: FullReport, extras: Extras) -> Iterator[Block]:
    """Yield the blocks of what was asked for."""
    if extras.nothing_before:
        yield Paragraph(NOTHING_BEFORE, is_notice=True)
    if extras.comparison is not None:
        yield Heading(extras.comparison.against.heading)
        yield _comparison_table(report, extras.comparison)
    if extras.groups is not None:
        row = extras.wanted.row
        grouping = extras.groups.grouping
        yield Heading(f"By group: {grouping.label}")
        yield groups_table(report, extras.groups, row)
        yield Paragraph(HOW_GAPS_COUNT)


def _comparison_table(report: FullReport, comparison: Comparison) -> Table:
    rows = []
    for subject, now in lines_by_subject(report.summary).items():
        then = then_line(comparison, subject)
        cells = (change_words(now, then, row).replace("was ", "") or "–" for row in _ROWS)
        of = "–" if then is None else pupils_words(then)
        rows.append((subject_label(subject, report.labels), *cells, of))
    return Table(
        caption=f"{comparison.sentence} {_HOW_THEN}",
        head=("Subject", *(report.wording.row_label(row) for row in _ROWS), "Pupils"),
        rows=tuple(rows),
        weights=(2.2, *(1.4,) * len(_ROWS), 0.85),
    )


def groups_table(report: FullReport, groups: GroupReport, row: SummaryRow) -> Table:
    """Return one figure of each group, a row per subject, and the gap between the two."""
    shown = groups.shown
    lines = {group.value: lines_by_subject(groups.summaries[group.value]) for group in shown}
    first, second = groups.grouping.first.value, groups.grouping.second.value
    rows = []
    for subject in lines_by_subject(report.summary):
        words = (
            f"{figure_words(lines[group.value][subject], row)} "
            f"of {pupils_words(lines[group.value][subject])}"
            for group in shown
        )
        gap = gap_words(gap_of(lines[first][subject], lines[second][subject], row))
        rows.append((subject_label(subject, report.labels), *words, *gap))
    return Table(
        caption=report.wording.row_label(row),
        head=("Subject", *(group.label for group in shown), "Gap in points", "Gap in pupils"),
        rows=tuple(rows),
        weights=(2.2, *(1.6,) * len(shown), 1.1, 1.1),
    )
