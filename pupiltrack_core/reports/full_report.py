"""The full report as a document: counts and percentages by subject, and the pupils behind them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import pandas as pd

from pupiltrack_core.calc.summary import pupils_behind
from pupiltrack_core.charts.outcome_bars import plot_outcome_bars
from pupiltrack_core.domain.judgement_wording import STANDARD_WORDING, JudgementWording
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import format_count_and_percentage
from pupiltrack_core.domain.subjects import RWM, subject_label
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import AccessDenied
from pupiltrack_core.reports.documents import (
    Block,
    Document,
    Heading,
    NameList,
    Paragraph,
    Picture,
    Printed,
    Table,
)
from pupiltrack_core.reports.figure_words import (
    HOW_WITHHELD,
    figure_words,
    is_withheld,
    pupils_words,
    told_lines,
)
from pupiltrack_core.reports.report_extras import extra_blocks
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.schemas import summaries, tallies
from pupiltrack_core.services.report_extras import NO_EXTRAS, Extras
from pupiltrack_core.services.reports import (
    FullReport,
    Noted,
    describe_assessments,
    left_out_words,
)

TITLE = "Full report"
ROWS = tuple(SummaryRow)
# Together these lists name every pupil of the cohort once for each subject.
_LISTED = (
    SummaryRow.BELOW,
    SummaryRow.TOWARDS,
    SummaryRow.ON_TRACK,
    SummaryRow.DEEPER,
    SummaryRow.NO_DATA,
)
_LISTED_TOGETHER = (SummaryRow.NOT_ON_TRACK, SummaryRow.ON_TRACK_OR_DEEPER, SummaryRow.NO_DATA)


def full_report_document(
    report: FullReport,
    *,
    printed: Printed,
    include_names: bool = False,
    extras: Extras = NO_EXTRAS,
) -> Document:
    """Return the document of a full report, with what was asked for beside the figures.

    A cohort of several year groups has a table for all of it and one for each. With
    `include_names` the pupils follow by subject and outcome, alphabetically; raise `AccessDenied`
    when the report has no names to give.
    """
    if include_names and report.cohort is None:
        raise AccessDenied(
            "This report is made of counts alone, so it cannot list names. Nothing was printed."
        )
    blocks: list[Block] = [*notes_of(report)]
    nobody = bool((report.summary[summaries.PUPILS] == 0).all())
    if nobody:
        blocks.append(Paragraph("There are no pupils in this cohort.", is_notice=True))
    wording = report.wording
    blocks.append(
        figures_table(report.summary, caption=_CAPTION, labels=report.labels, wording=wording)
    )
    if is_withheld(report.summary, report.by_year_group):
        blocks.append(Paragraph(HOW_WITHHELD))
    chart = plot_outcome_bars(
        told_lines(report.summary),
        title=report.description,
        labels=report.labels,
        wording=wording,
    )
    blocks.append(Picture.of(chart, width=0.94))
    blocks.append(Paragraph(_HOW_COUNTED))
    blocks.extend(extra_blocks(report, extras))
    blocks.extend(_by_year_group(report))
    listed = None if nobody or not include_names else report.cohort
    if listed is not None:
        blocks.extend(_names(report, listed))
    return Document(
        title=TITLE,
        place=report.school_name,
        description=report.description,
        printed=printed,
        blocks=tuple(blocks),
        contains_names=listed is not None,
    )


def notes_of(report: Noted) -> list[Paragraph]:
    """Return what the reader must know first: the assessments used and who is left out."""
    blocks = []
    left_out = left_out_words(report.not_included)
    if left_out:
        blocks.append(Paragraph(left_out, is_notice=True))
    if report.assessments:
        blocks.append(Paragraph(describe_assessments(report.assessments)))
    if report.wording.legend:
        blocks.append(Paragraph(report.wording.legend))
    return blocks


def figures_table(
    summary: pd.DataFrame,
    *,
    caption: str,
    labels: Mapping[str, str] | None = None,
    wording: JudgementWording = STANDARD_WORDING,
) -> Table:
    """Return a SUMMARY of one cohort as a table: a row per subject, "7 (64 %)" in each cell.

    A figure that does not apply to the subject is an en dash, one withheld a "c". `labels` name a
    school's own subjects, `wording` its words for the judgements.
    """
    return Table(
        caption=caption,
        head=("Subject", *(wording.row_label(row) for row in ROWS), "Pupils"),
        rows=tuple(_figures(line, labels) for line in summary.to_dict("records")),
        weights=(2.4, *(1.25,) * len(ROWS), 0.85),
    )


def full_name(surname: object, forenames: object) -> str:
    """Return a pupil's name as lists write it: "Surname, Forenames"."""
    return f"{surname}, {forenames}"


_CAPTION = "Number and percentage of pupils at each outcome"
_NONE_YET = "No assessment yet"
_HOW_COUNTED = (
    "Percentages are of all the pupils of the cohort whose data are included, those without a "
    "judgement among them, and are rounded to whole numbers. For reading, writing and maths "
    "together a level counts the pupils who are at that level in all three."
)


def _figures(line: Mapping[Hashable, Any], labels: Mapping[str, str] | None) -> tuple[str, ...]:
    cells = (figure_words(line, row) for row in ROWS)
    return (subject_label(str(line[tallies.SUBJECT]), labels), *cells, pupils_words(line))


def _by_year_group(report: FullReport) -> Iterable[Block]:
    groups = list(report.by_year_group.groupby(columns.YEAR_GROUP, sort=True))
    if len(groups) < 2:
        return
    yield Heading("By year group")
    for group, summary in groups:
        label = LABELS[int(str(group))]
        yield Heading(label, level=3)
        named = report.assessments.get(int(str(group)))
        caption = f"Assessment: {named}" if named else _NONE_YET
        yield figures_table(summary, caption=caption, labels=report.labels, wording=report.wording)


def _names(report: FullReport, cohort: pd.DataFrame) -> Iterable[Block]:
    several = len(set(report.by_year_group[columns.YEAR_GROUP])) > 1
    yield Heading("Pupils behind the figures", starts_page=True)
    of = int(report.summary[summaries.PUPILS].max())
    narrow = cohort[[*_OF_A_NAME, *columns.subjects_of(cohort)]]
    for subject in report.summary[tallies.SUBJECT]:
        yield Heading(subject_label(subject, report.labels), level=3)
        for row in _LISTED_TOGETHER if subject == RWM else _LISTED:
            inside = pupils_behind(narrow, subject, row)
            yield NameList(
                f"{report.wording.row_label(row)}: {format_count_and_percentage(len(inside), of)}",
                tuple(_with_class(pupil, several) for pupil in _records(inside)),
            )


# What lists need of a pupil; a narrow frame is several times as fast to sort as a whole one.
_OF_A_NAME = (
    columns.PUPIL_ID,
    columns.INCLUDE_IN_DATA,
    columns.SURNAME,
    columns.FORENAMES,
    columns.YEAR_GROUP,
    columns.CLASS_NAME,
)


def _records(cohort: pd.DataFrame) -> list[tuple[Any, ...]]:
    wanted = [columns.SURNAME, columns.FORENAMES, columns.YEAR_GROUP, columns.CLASS_NAME]
    return list(cohort[wanted].itertuples(index=False, name=None))


def _with_class(pupil: tuple[Any, ...], several_years: bool) -> str:
    surname, forenames, year_group, class_name = pupil
    where = [LABELS[int(year_group)]] if several_years else []
    where += [] if pd.isna(class_name) else [str(class_name)]
    name = full_name(surname, forenames)
    return f"{name} ({', '.join(where)})" if where else name
