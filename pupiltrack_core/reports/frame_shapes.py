"""The shapes of the frames that analysts are given, as `reports.frames` describes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from pupiltrack_core.calc import result_figures as results
from pupiltrack_core.calc.gaps import Gap
from pupiltrack_core.calc.matrix import DATA_SET, PRIMARY
from pupiltrack_core.calc.transition import EARLIER, LATER
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.attainment_scales import Movement, Scale
from pupiltrack_core.domain.coded_values import CodedValue
from pupiltrack_core.domain.judgements import NO_DATA_LABEL
from pupiltrack_core.domain.outcomes import NO_DATA, SummaryRow
from pupiltrack_core.domain.prior_results import result_label
from pupiltrack_core.domain.rounding import percentage, round_half_away
from pupiltrack_core.domain.statutory import measure_label
from pupiltrack_core.domain.subjects import subject_label
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.reports.comparison_words import gap_of
from pupiltrack_core.reports.figure_words import figure_of, lines_by_subject
from pupiltrack_core.reports.matrix_words import difference_of, lines_of
from pupiltrack_core.reports.transition import APART_LABELS
from pupiltrack_core.schemas.cohort import SCHOOL_ID
from pupiltrack_core.schemas.summaries import COUNTS, PUPILS
from pupiltrack_core.schemas.tallies import SUBJECT, key_columns
from pupiltrack_core.services.local_authority import LAESTAB, NAME
from pupiltrack_core.services.pupil_matrix import PupilMatrix, ResultTable
from pupiltrack_core.services.report_groups import GroupReport
from pupiltrack_core.services.schools import SchoolChoice
from pupiltrack_core.services.transition import TransitionReport
from pupiltrack_core.storage.assessments import AssessmentInfo

SCHOOL, SCHOOL_NAME, SUBJECT_NAME = "school", "school_name", "subject_name"
GROUP, GROUP_NAME, PLACE, COHORT = "group", "group_name", "place", "cohort"
ROW, ROW_NAME, COUNT, OF, PERCENT, CODE = "row", "row_name", "count", "of", "percent", "code"
_SIDES = ("first", "second")


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing a notebook shows; `text` says in words what is in it."""

    svg: str
    text: str

    def _repr_html_(self) -> str:
        return f'<figure aria-label="{escape(self.text, quote=True)}">{self.svg}</figure>'

    def __repr__(self) -> str:
        return self.text


def schools_frame(schools: Iterable[SchoolChoice]) -> pd.DataFrame:
    """Return a row per school; columns as `PortalFrames.schools` says."""
    rows = [
        (
            item.written_laestab,
            item.name,
            item.district,
            item.phase,
            AcademicYear(max(item.academic_years)).label if item.academic_years else None,
            item.school_id,
        )
        for item in schools
    ]
    texts = [SCHOOL, NAME, "district", "phase", "latest_year"]
    frame = pd.DataFrame(rows, columns=[*texts, SCHOOL_ID])
    return frame.astype({**dict.fromkeys(texts, "str"), SCHOOL_ID: "int64"})


def assessments_frame(found: Iterable[AssessmentInfo]) -> pd.DataFrame:
    """Return a row per assessment; columns as `PortalFrames.assessments` says."""
    rows = [
        (
            item.name,
            item.held_on,
            ", ".join(LABELS[group] for group in item.year_groups),
            ", ".join(str(subject) for subject in item.subjects),
            item.id,
        )
        for item in found
    ]
    names = ["assessment", "held_on", "year_groups", "subjects", "assessment_id"]
    return pd.DataFrame(rows, columns=names).astype(
        dict(zip(names, ("str", "datetime64[s]", "str", "str", "int64"), strict=True))
    )


def with_subject_names(summary: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """Return a SUMMARY with `subject_name` after the code."""
    named = summary.reset_index(drop=True)
    words = [subject_label(str(code), labels) for code in named[SUBJECT]]
    return _with_texts(named, SUBJECT_NAME, words, at=list(named.columns).index(SUBJECT) + 1)


def by_school(summary: pd.DataFrame, schools: Iterable[SchoolChoice]) -> pd.DataFrame:
    """Return a SUMMARY keyed by `school_id` with `school` and `school_name` in its place, by name.

    Raise KeyError for a school that is not among `schools`.
    """
    order = {item.school_id: (at, item) for at, item in enumerate(schools)}
    found = [order[int(number)] for number in summary[SCHOOL_ID]]
    told = summary.drop(columns=SCHOOL_ID)
    told = _with_texts(told, SCHOOL, [item.written_laestab for _, item in found], at=0)
    told = _with_texts(told, SCHOOL_NAME, [item.name for _, item in found], at=1)
    places = pd.Series([at for at, _ in found], index=told.index)
    return told.loc[places.sort_values(kind="stable").index].reset_index(drop=True)


def with_written_numbers(overview: pd.DataFrame) -> pd.DataFrame:
    """Return an overview of schools with `school` ("999/2001") first, in place of `laestab`."""
    told = overview.drop(columns=LAESTAB)
    written = [f"{digits[:3]}/{digits[3:]}" for digits in overview[LAESTAB]]
    return _with_texts(told, SCHOOL, written, at=0)


def percentages(summary: pd.DataFrame) -> pd.DataFrame:
    """Return a row per figure of a SUMMARY; columns as `PortalFrames.percentages` says."""
    keys = [*key_columns(summary), SUBJECT]
    if SUBJECT_NAME in summary.columns:
        keys.append(SUBJECT_NAME)
    rows: list[tuple[Any, ...]] = []
    for line in summary.to_dict("records"):
        of = None if pd.isna(line[PUPILS]) else int(line[PUPILS])
        for row in SummaryRow:
            count = figure_of(line, row) if row.outcomes(str(line[SUBJECT])) else None
            code = ""
            if not row.outcomes(str(line[SUBJECT])) or of == 0:
                code = CodedValue.NOT_APPLICABLE.value
            elif count is None or of is None:
                code = CodedValue.SUPPRESSED.value
            figures = (count, of, _percent(count, of), code)
            rows.append((*(line[key] for key in keys), row.value, row.label, *figures))
    frame = pd.DataFrame(rows, columns=[*keys, ROW, ROW_NAME, COUNT, OF, PERCENT, CODE])
    dtypes = {name: summary[name].dtype for name in keys} | {
        ROW: "str",
        ROW_NAME: "str",
        CODE: "str",
        **dict.fromkeys((COUNT, OF, PERCENT), "Int64"),
    }
    return frame.astype(dtypes)


def groups_frame(found: GroupReport, labels: Mapping[str, str]) -> pd.DataFrame:
    """Return the SUMMARY of each group that is shown, one after another."""
    parts = []
    for group in found.shown:
        part = with_subject_names(found.summaries[group.value], labels)
        part = _with_texts(part, GROUP, [group.value] * len(part), at=0)
        parts.append(_with_texts(part, GROUP_NAME, [group.label] * len(part), at=1))
    return pd.concat(parts, ignore_index=True)


def gaps_frame(found: GroupReport, labels: Mapping[str, str], row: SummaryRow) -> pd.DataFrame:
    """Return the gap of the two groups by subject; columns as `PortalFrames.gaps` says."""
    groups = (found.grouping.first, found.grouping.second)
    lines = [lines_by_subject(found.summaries[group.value]) for group in groups]
    rows = []
    for subject in lines[0]:
        if not row.outcomes(subject):
            continue
        told: list[Any] = [subject, subject_label(subject, labels)]
        for group, by_subject in zip(groups, lines, strict=True):
            count, of = figure_of(by_subject[subject], row), int(by_subject[subject][PUPILS])
            told += [group.label, count, of, _percent(count, of)]
        gap = gap_of(lines[0][subject], lines[1][subject], row) or Gap(None, None)
        points = None if gap.points is None else int(round_half_away(gap.points))
        rows.append((*told, points, gap.pupils))
    numbers = [f"{side}_{what}" for side in _SIDES for what in (COUNT, OF, PERCENT)]
    names = [SUBJECT, SUBJECT_NAME]
    for side in _SIDES:
        names += [side, *(f"{side}_{what}" for what in (COUNT, OF, PERCENT))]
    frame = pd.DataFrame(rows, columns=[*names, "points", PUPILS])
    texts = dict.fromkeys((SUBJECT, SUBJECT_NAME, *_SIDES), "str")
    return frame.astype(texts | dict.fromkeys((*numbers, "points", PUPILS), "Int64"))


def matrix_frame(matrix: PupilMatrix) -> pd.DataFrame:
    """Return the SUMMARY of each data set; columns as `PortalFrames.matrix` says."""
    primary = lines_of(matrix.primary)
    parts = []
    for number, one in enumerate(matrix.sets):
        part = with_subject_names(one.summary, {})
        part.insert(0, DATA_SET, number)
        part = _with_texts(part, PLACE, [one.place] * len(part), at=1)
        part = _with_texts(part, COHORT, [one.description] * len(part), at=2)
        lines = lines_of(one)
        found = [
            None
            if number == PRIMARY
            else difference_of(
                lines[str(code)], primary.get(str(code)), SummaryRow.ON_TRACK_OR_DEEPER
            )
            for code in part[SUBJECT]
        ]
        points = [
            None if item is None or item.points is None else int(round_half_away(item.points))
            for item in found
        ]
        part["points"] = pd.array(points, "Int64")
        more = [None if item is None else item.pupils for item in found]
        part["pupils_more"] = pd.array(more, "Int64")
        parts.append(part.astype(dict.fromkeys(COUNTS, "Int64")))
    return pd.concat(parts, ignore_index=True)


def results_frame(tables: Iterable[ResultTable]) -> pd.DataFrame:
    """Return a row per earlier result; columns as `PortalFrames.earlier_results` says."""
    rows = []
    for table in tables:
        figures = table.figures[[results.MEASURE, results.RESULT, results.PUPILS, results.OF]]
        for measure, result, pupils, among in figures.itertuples(index=False, name=None):
            count = None if pd.isna(pupils) else int(pupils)
            of = None if pd.isna(among) else int(among)
            words = (measure_label(measure), result_label(table.collection, result))
            told = (table.collection.value, measure, words[0], result, words[1])
            rows.append((*told, count, of, _percent(count, of)))
    texts = ["collection", "measure", "measure_name", "result", "result_name"]
    frame = pd.DataFrame(rows, columns=[*texts, COUNT, OF, PERCENT])
    return frame.astype(dict.fromkeys(texts, "str") | dict.fromkeys((COUNT, OF, PERCENT), "Int64"))


def cells_frame(report: TransitionReport) -> pd.DataFrame:
    """Return the cells of a transition matrix with the names of the steps."""
    cells = report.cells.copy()
    scales = ((EARLIER, report.earlier_scale), (LATER, report.later_scale))
    for name, scale in scales:
        words = [_step_name(scale, str(code)) for code in cells[name]]
        at = list(cells.columns).index(name) + 1
        cells = _with_texts(cells, f"{name}_name", words, at=at)
    return cells


def movement_frame(report: TransitionReport) -> pd.DataFrame:
    """Return who fell, stayed, rose; columns as `PortalFrames.movement` says."""
    figures = report.figures
    rows: list[tuple[Any, ...]] = [
        (what.value, what.label, figures.counts[what], figures.compared) for what in Movement
    ]
    rows += [
        (what, label, getattr(figures, what), figures.pupils)
        for what, label in APART_LABELS.items()
    ]
    frame = pd.DataFrame(
        [(*row, _percent(row[2], row[3])) for row in rows],
        columns=["movement", "movement_name", COUNT, OF, PERCENT],
    )
    texts = dict.fromkeys(("movement", "movement_name"), "str")
    return frame.astype(texts | dict.fromkeys((COUNT, OF, PERCENT), "Int64"))


def _with_texts(frame: pd.DataFrame, name: str, texts: Iterable[str], *, at: int) -> pd.DataFrame:
    result = frame.copy()
    result.insert(at, name, pd.Series(list(texts), index=frame.index, dtype="str"))
    return result


def _step_name(scale: Scale, code: str) -> str:
    return NO_DATA_LABEL if code == NO_DATA else scale.step(code).label


def _percent(count: int | None, of: int | None) -> int | None:
    if count is None or of is None:
        return None
    share = percentage(count, of)
    return None if share is None else int(round_half_away(share))
