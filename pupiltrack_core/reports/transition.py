"""The transition matrix as a document: cells, movement, pupils; and its figures in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from pupiltrack_core.calc.transition import (
    EARLIER,
    LATER,
    NEITHER,
    NO_EARLIER,
    NO_LATER,
    PUPILS,
    movement_of,
    pupils_in_cell,
)
from pupiltrack_core.domain.attainment_points import TERMS, Point
from pupiltrack_core.domain.attainment_scales import Movement, Scale
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.judgements import NO_DATA_LABEL
from pupiltrack_core.domain.outcomes import NO_DATA
from pupiltrack_core.domain.rounding import format_count_and_percentage
from pupiltrack_core.domain.subjects import subject_label
from pupiltrack_core.errors import AccessDenied, NotFound
from pupiltrack_core.reports.documents import (
    Block,
    Document,
    Heading,
    NameList,
    Paragraph,
    Printed,
    Table,
)
from pupiltrack_core.reports.figure_words import HOW_WITHHELD, WITHHELD
from pupiltrack_core.reports.full_report import full_name, notes_of
from pupiltrack_core.reports.letterhead import printed_for
from pupiltrack_core.reports.typesetter import typeset
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.reports import note_export
from pupiltrack_core.services.transition import TransitionReport, transition_report

TITLE = "Transition matrix"
TOTAL = "All pupils"
SIGNS = {Movement.ROSE: "▲", Movement.STAYED: "=", Movement.FELL: "▼"}
HOW_READ = (
    "Each row shows where the pupils who stood at a step at the earlier point stand at the later "
    "one; its percentages are of the pupils of that row. ▲ rose, = stayed, ▼ fell."
)
_HOW_COMPARED = (
    "Fell, stayed and rose are of the pupils with data at both points. Where one point tells only "
    "expected or not, both are compared by that alone."
)
_HOW_OF_SCHOOLS = (
    "Of a term, each school's latest assessment in it counts. Where a school has held none since "
    "the earlier term, its pupils have no data there."
)
APART_LABELS = {
    NO_EARLIER: "No data at the earlier point",
    NO_LATER: "No data at the later point",
    NEITHER: "No data at either point",
}


def transition_pdf(
    caller: Caller,
    selection: CohortSelection,
    *,
    earlier: Point | None = None,
    later: Point | None = None,
    subject: str | None = None,
    include_names: bool = False,
    publish: bool = False,
) -> bytes:
    """Return the matrix of a cohort as a PDF, with the pupils of each cell if asked.

    With `publish` small figures are withheld. Raises as `services.transition.transition_report`,
    `NotFound` where nothing can be compared yet, and `AccessDenied` where there are no names to
    give. That it was taken out is in the audit before it is made.
    """
    note = note_export(caller, selection, what="transition matrix", with_names=include_names)
    report = existing_report(
        caller, selection, earlier=earlier, later=later, subject=subject, publish=publish
    )
    printed = printed_for(caller, note, selection.school_id)
    return typeset(transition_document(report, printed=printed, include_names=include_names))


def existing_report(
    caller: Caller,
    selection: CohortSelection,
    *,
    earlier: Point | None,
    later: Point | None,
    subject: str | None,
    publish: bool = False,
) -> TransitionReport:
    """Return the report of a cohort; raise `NotFound` where there is nothing to compare with."""
    report = transition_report(caller, selection, earlier=earlier, later=later, subject=subject)
    if report is None:
        raise NotFound(
            "These pupils have no assessment yet, or nothing earlier to compare it with. Nothing "
            "was made."
        )
    return report.to_publish() if publish else report


def transition_document(
    report: TransitionReport, *, printed: Printed, include_names: bool = False
) -> Document:
    """Return the document of a matrix; with `include_names` the pupils of each cell follow.

    Raise `AccessDenied` when the report has no names to give.
    """
    blocks: list[Block] = [
        *notes_of(report),
        Heading(points_words(report)),
        matrix_table(report),
        *withheld_notes(report),
        Paragraph(HOW_READ),
        movement_table(report),
        Paragraph(how_compared(report)),
    ]
    if include_names:
        blocks.extend(_names(report))
    return Document(
        title=TITLE,
        place=report.school_name,
        description=report.description,
        printed=printed,
        blocks=tuple(blocks),
        contains_names=include_names,
    )


# --- figures in words, for pages too --------------------------------------------------------------


def points_words(report: TransitionReport) -> str:
    """Return "Reading: Baseline (01/10/2025) to Autumn (15/12/2025)"."""
    subject = subject_label(report.subject, report.labels)
    return f"{subject}: {report.earlier.label} to {report.later.label}"


def how_compared(report: TransitionReport) -> str:
    """Return how pupils were compared; of several schools also what a term stands for."""
    points = {report.earlier.point.kind, report.later.point.kind}
    return f"{_HOW_COMPARED} {_HOW_OF_SCHOOLS}" if points & set(TERMS) else _HOW_COMPARED


def step_labels(scale: Scale) -> tuple[tuple[str, str], ...]:
    """Return code and label of each step, lowest first, then No data."""
    return (*((step.code, step.label) for step in scale.steps), (NO_DATA, NO_DATA_LABEL))


def cell_count(report: TransitionReport, before: str | None, after: str | None) -> int | None:
    """Return the pupils of a cell, None where withheld; a None side stands for all of its steps."""
    if before is None and after is None:
        return report.figures.pupils
    if before is None:
        return report.totals.later[str(after)]
    if after is None:
        return report.totals.earlier[before]
    cells = report.cells
    (count,) = cells.loc[(cells[EARLIER] == before) & (cells[LATER] == after), PUPILS]
    return None if pd.isna(count) else int(count)


def cell_movement(report: TransitionReport, before: str | None, after: str) -> Movement | None:
    """Return what the pupils of a cell did; None in a total and without data at either point."""
    if before is None:
        return None
    return movement_of(before, after, earlier=report.earlier_scale, later=report.later_scale)


def cell_words(report: TransitionReport, before: str | None, after: str) -> str:
    """Return "3 (60 %) ▲", the share being of the row; "0" for nobody, "c" for one withheld."""
    count = cell_count(report, before, after)
    if not count:
        return count_words(count)
    words = share_words(count, cell_count(report, before, None))
    moved = cell_movement(report, before, after)
    return words if moved is None else f"{words} {SIGNS[moved]}"


def count_words(count: int | None) -> str:
    """Return a number of pupils, "c" for one withheld."""
    return WITHHELD if count is None else str(count)


def share_words(count: int | None, of: int | None) -> str:
    """Return "7 (64 %)"; "7" where what it is of is withheld, "c" for a count withheld."""
    if count is None or of is None:
        return count_words(count)
    return format_count_and_percentage(count, of)


def withheld_notes(report: TransitionReport) -> tuple[Paragraph, ...]:
    """Return what must be said of a matrix with figures withheld."""
    return (Paragraph(HOW_WITHHELD),) if report.is_withheld else ()


def movement_lines(
    report: TransitionReport,
) -> Iterator[tuple[str, str, int | None, int | None]]:
    """Yield key, label, count and denominator: fell, stayed, rose, then those without data."""
    figures = report.figures
    for moved in Movement:
        label = f"{moved.label} {SIGNS[moved]}"
        yield moved.value, label, figures.counts[moved], figures.compared
    for name, label in APART_LABELS.items():
        yield name, label, getattr(figures, name), figures.pupils


def matrix_table(report: TransitionReport) -> Table:
    """Return the matrix: a row for each earlier step, a column for each later one, and totals."""
    later = step_labels(report.later_scale)
    rows: list[tuple[str, ...]] = [
        (
            label,
            *(cell_words(report, before, after) for after, _ in later),
            count_words(cell_count(report, before, None)),
        )
        for before, label in (*step_labels(report.earlier_scale), (None, TOTAL))
    ]
    return Table(
        caption=f"Rows: {report.earlier.label}. Columns: {report.later.label}.",
        head=("", *(label for _, label in later), TOTAL),
        rows=tuple(rows),
        weights=(1.8, *(1.3,) * len(later), 0.9),
    )


def movement_table(report: TransitionReport) -> Table:
    """Return how many fell, stayed and rose, and who could not be compared."""
    return Table(
        caption="How many fell, stayed and rose",
        head=("Pupils who", "Number and percentage", "Of"),
        rows=tuple(
            (label, share_words(count, of), count_words(of))
            for _, label, count, of in movement_lines(report)
        ),
        weights=(3, 2, 1),
    )


def named_pairs(report: TransitionReport) -> pd.DataFrame:
    """Return the pupils of a report of one school; raise `AccessDenied` where there are none."""
    if report.pairs is None:
        raise AccessDenied(
            "This report is made of counts alone, so it cannot list names. Nothing was printed."
        )
    return report.pairs


def _names(report: TransitionReport) -> Iterable[Block]:
    pairs = named_pairs(report)
    yield Heading("Pupils of each cell", starts_page=True)
    later = dict(step_labels(report.later_scale))
    for before, label in step_labels(report.earlier_scale):
        if not cell_count(report, before, None):
            continue
        yield Heading(f"{report.earlier.label}: {label}", level=3)
        for after, after_label in later.items():
            inside = pupils_in_cell(pairs, before, after)
            if len(inside):
                words = cell_words(report, before, after)
                yield NameList(f"{after_label}: {words}", tuple(_name_and_class(inside)))


def _name_and_class(pupils: pd.DataFrame) -> Iterator[str]:
    for line in pupils.to_dict("records"):
        name = full_name(line[columns.SURNAME], line[columns.FORENAMES])
        own_class = line[columns.CLASS_NAME]
        yield name if pd.isna(own_class) else f"{name} ({own_class})"
