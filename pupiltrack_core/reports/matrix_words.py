"""The figures of a pupil matrix in words, the same on a page, in a PDF and in a workbook."""

from __future__ import annotations

import pandas as pd

from pupiltrack_core.calc import result_figures as results
from pupiltrack_core.calc.matrix import Difference, difference
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.prior_results import measures_of, result_label
from pupiltrack_core.domain.rounding import (
    NOT_APPLICABLE,
    format_count_and_percentage,
    round_half_away,
)
from pupiltrack_core.domain.statutory import NO_ASSESSMENT_YEARS, Collection, measure_label
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.reports.figure_words import WITHHELD, Line, figure_of, lines_by_subject
from pupiltrack_core.schemas import summaries
from pupiltrack_core.services.pupil_matrix import DataSet, ResultTable
from pupiltrack_core.services.reports import describe_assessments, left_out_words

TITLE = "Pupil matrix"
# Reading, writing and maths together have a level for a pupil who is at it in all three.
ROWS = (
    SummaryRow.BELOW,
    SummaryRow.TOWARDS,
    SummaryRow.ON_TRACK,
    SummaryRow.DEEPER,
    SummaryRow.ON_TRACK_OR_DEEPER,
    SummaryRow.NOT_ON_TRACK,
    SummaryRow.NO_DATA,
)
MINUS = "\u2212"
HOW_COUNTED = (
    "Percentages are of all the pupils of the data set whose data are included, those without a "
    "judgement among them. Under each figure of a layer stands how far it is from the primary set: "
    "in percentage points (pts), worked out before rounding, and in pupils. For reading, writing "
    "and maths together a level counts the pupils who are at that level in all three."
)
NOBODY = "There are no pupils in this cohort."
TABLE_TITLES = {
    Collection.EYFSP: "Good level of development at the end of Reception",
    Collection.KS1: "End of key stage 1 teacher assessment",
}


def lines_of(one: DataSet) -> dict[str, Line]:
    """Return the lines of a data set's summary by subject."""
    return lines_by_subject(one.summary)


def difference_of(line: Line, primary: Line | None, row: SummaryRow) -> Difference | None:
    """Return how far a figure is from another, the primary set's; None where either is missing."""
    if primary is None:
        return None
    count, base = figure_of(line, row), figure_of(primary, row)
    of, base_of = line[summaries.PUPILS], primary[summaries.PUPILS]
    if count is None or base is None or pd.isna(of) or pd.isna(base_of):
        return None
    return difference(count, int(of), primary_count=base, primary_of=int(base_of))


def difference_words(found: Difference | None) -> str:
    """Return "+5 pts, +3 pupils"; "" where it cannot be told or one of the two has nobody."""
    if found is None or found.points is None:
        return ""
    if not found.points and not found.pupils:
        return "no difference"
    points = int(round_half_away(found.points))
    what = "pupil" if abs(found.pupils) == 1 else "pupils"
    unit = "pt" if abs(points) == 1 else "pts"
    return f"{signed(points)} {unit}, {signed(found.pupils)} {what}"


def signed(number: int) -> str:
    """Return the number with its sign; zero has none."""
    if not number:
        return "0"
    return f"{'+' if number > 0 else MINUS}{abs(number)}"


def set_notes(one: DataSet) -> list[str]:
    """Return what must be said of a data set with figures: assessments, who is in none, nobody."""
    told = [describe_assessments(one.assessments)] if one.assessments else []
    told.append(left_out_words(one.not_included))
    if is_of_nobody(one):
        told.append(NOBODY)
    return [sentence for sentence in told if sentence]


def set_title(one: DataSet, *, number: int, primary: DataSet) -> str:
    """Return the heading of a layer: its place too where it is another than the primary set's."""
    place = f"{one.place}, " if one.place and one.place != primary.place else ""
    return f"Layer {number}: {place}{one.description}"


def is_of_nobody(one: DataSet) -> bool:
    """Whether a data set that has figures has no pupil."""
    nobody = one.summary[summaries.PUPILS].eq(0).fillna(value=False)  # withheld is not nobody
    return not one.trouble and bool(nobody.all())


def results_in_order(table: ResultTable) -> list[str]:
    """Return the results that stand in rows, those of any measure, in the order shown."""
    order = table.figures[results.RESULT].drop_duplicates().tolist()
    by_measure = [
        lines[results.RESULT].tolist() for _, lines in table.figures.groupby(results.MEASURE)
    ]
    # A result of one measure alone stands before what follows it there: HNM before EXS.
    placed: list[str] = []
    for result in order:
        if result in placed:
            continue
        before = [
            later
            for column in by_measure
            if result in column
            for later in column[column.index(result) + 1 :]
            if later in placed
        ]
        place = min((placed.index(later) for later in before), default=len(placed))
        placed.insert(place, result)
    return placed


def result_figure(table: ResultTable, measure: str, result: str) -> tuple[int | None, int | None]:
    """Return the count and the denominator of a result; None for each that is withheld.

    Raise KeyError where the measure cannot have the result.
    """
    return table.by_place[measure, result]


def result_words(table: ResultTable, measure: str, result: str) -> str:
    """Return "7 (64 %)", an en dash for a result the measure cannot have, "c" for one withheld."""
    try:
        count, of = result_figure(table, measure, result)
    except KeyError:
        return NOT_APPLICABLE
    if count is None or of is None:
        return WITHHELD
    return format_count_and_percentage(count, of)


def measures_in(table: ResultTable) -> tuple[tuple[str, str], ...]:
    """Return the measures of a table of results with their words; none for an empty one."""
    if not table.year_groups:
        return ()
    return tuple((measure, measure_label(measure)) for measure in measures_of(table.collection))


def label_of_result(table: ResultTable, result: str) -> str:
    """Return the heading of a row of results."""
    return result_label(table.collection, result)


def note_of_results(table: ResultTable, academic_year: int) -> str:
    """Return which pupils a table of results is of, and what is not in it for want of a return."""
    if not table.year_groups:
        return (
            "Key stage 1 was not statutory in the summer these pupils were in Year 2, so there are "
            "no results."
        )
    told = f"Of the pupils in {_joined([LABELS[group] for group in table.year_groups])}."
    if table.collection is Collection.KS1:
        return f"{told} EXS+ is EXS and GDS together."
    missed = [
        LABELS[group]
        for group in table.year_groups
        if academic_year + 1 - group in NO_ASSESSMENT_YEARS
    ]
    if not missed:
        return told
    return (
        f"{told} Nothing was collected when {_joined(missed)} finished Reception; what the school "
        "entered itself counts."
    )


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
