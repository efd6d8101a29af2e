"""The transition matrix as an Excel workbook: counts, shares of each row, movement, pupils."""

from __future__ import annotations

from collections.abc import Iterator

from pupiltrack_core.calc.transition import EARLIER, LATER
from pupiltrack_core.charts.judgement_colours import JUDGEMENT_COLOURS
from pupiltrack_core.domain.attainment_points import Point
from pupiltrack_core.domain.attainment_scales import Movement
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.reports.documents import Paragraph, Printed
from pupiltrack_core.reports.figure_values import BLANK, pupil_values, share_value
from pupiltrack_core.reports.figure_words import WITHHELD
from pupiltrack_core.reports.figure_workbook import (
    Bars,
    FigureSheet,
    SheetTable,
    Value,
    WorkbookText,
    write_figure_workbook,
)
from pupiltrack_core.reports.full_report import notes_of
from pupiltrack_core.reports.letterhead import printed_for
from pupiltrack_core.reports.plain_workbook import INK
from pupiltrack_core.reports.transition import (
    TITLE,
    TOTAL,
    cell_count,
    cell_movement,
    existing_report,
    how_compared,
    movement_lines,
    named_pairs,
    points_words,
    step_labels,
    withheld_notes,
)
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.reports import note_export
from pupiltrack_core.services.transition import TransitionReport

_MOVED: dict[Movement | None, tuple[str, str]] = {  # with the colours of its part of a bar
    Movement.FELL: JUDGEMENT_COLOURS[Judgement.BELOW],
    Movement.STAYED: ("#c3ccd8", INK),
    Movement.ROSE: JUDGEMENT_COLOURS[Judgement.DEEPER],
    None: BLANK,
}
_NOT_COMPARED = "No data at one of the points"


def transition_workbook(
    caller: Caller,
    selection: CohortSelection,
    *,
    earlier: Point | None = None,
    later: Point | None = None,
    subject: str | None = None,
    include_names: bool = False,
    publish: bool = False,
) -> bytes:
    """Return the matrix of a cohort as an XLSX file; see `transition_pdf`."""
    what = "transition matrix as a workbook"
    note = note_export(caller, selection, what=what, with_names=include_names)
    report = existing_report(
        caller, selection, earlier=earlier, later=later, subject=subject, publish=publish
    )
    printed = printed_for(caller, note, selection.school_id)
    return write_transition_workbook(report, printed=printed, include_names=include_names)


def write_transition_workbook(
    report: TransitionReport, *, printed: Printed, include_names: bool = False
) -> bytes:
    """Return the XLSX file of a matrix: counts, shares of each row, movement; pupils if asked.

    A figure that is withheld is "c". Raise `AccessDenied` as `transition_document`.
    """
    steps = [code for code, _ in step_labels(report.later_scale)]
    rows = [*step_labels(report.earlier_scale), (None, TOTAL)]
    counts: list[tuple[Value, ...]] = []
    shares: list[tuple[Value, ...]] = []
    for before, label in rows:
        of = cell_count(report, before, None)
        line = [cell_count(report, before, after) for after in steps]
        counts.append((label, *(_count_value(count) for count in (*line, of))))
        shares.append((label, *(_share_value(count, of) for count in line)))
    head = (report.earlier.label, *(label for _, label in step_labels(report.later_scale)))
    sheets = [
        FigureSheet(
            "Matrix",
            (
                SheetTable(f"{points_words(report)}: pupils", (*head, TOTAL), tuple(counts)),
                SheetTable("Percentage of the pupils of each row", head, tuple(shares)),
                SheetTable(
                    "Movement",
                    ("Pupils who", "Number", "Percentage", "Of"),
                    tuple(_movement_values(report)),
                ),
                _movement_by_row(report),
            ),
            tuple(
                note.text
                for note in (
                    *notes_of(report),
                    Paragraph(how_compared(report)),
                    *withheld_notes(report),
                )
            ),
        )
    ]
    if include_names:
        sheets.append(FigureSheet("Pupils", (_pupils_sheet(report),)))
    text = WorkbookText(TITLE, report.school_name, report.description, printed, include_names)
    return write_figure_workbook(text, sheets)


def _movement_by_row(report: TransitionReport) -> SheetTable:
    rows: list[tuple[Value, ...]] = []
    for before, label in step_labels(report.earlier_scale):
        counts: dict[Movement | None, int | None] = dict.fromkeys(_MOVED, 0)
        for after, _ in step_labels(report.later_scale):
            moved = cell_movement(report, before, after)
            sofar, count = counts[moved], cell_count(report, before, after)
            counts[moved] = None if sofar is None or count is None else sofar + count
        of = cell_count(report, before, None)
        rows.append((label, *(_count_value(count) for count in (*counts.values(), of))))
    names = (_NOT_COMPARED if moved is None else moved.label for moved in _MOVED)
    return SheetTable(
        "How the pupils of each row moved",
        (report.earlier.label, *names, TOTAL),
        tuple(rows),
        # A bar without a part that is withheld would show the rest as all there is.
        bars=None
        if report.is_withheld
        else Bars(tuple(range(1, len(_MOVED) + 1)), tuple(_MOVED.values())),
    )


def _movement_values(report: TransitionReport) -> Iterator[tuple[Value, ...]]:
    for _, label, count, of in movement_lines(report):
        yield label, _count_value(count), _share_value(count, of), _count_value(of)


def _count_value(count: int | None) -> Value:
    return WITHHELD if count is None else count


def _share_value(count: int | None, of: int | None) -> Value:
    return WITHHELD if count is None or of is None else share_value(count, of)


def _pupils_sheet(report: TransitionReport) -> SheetTable:
    earlier, later = (
        dict(step_labels(scale)) for scale in (report.earlier_scale, report.later_scale)
    )
    pairs = named_pairs(report)
    counted = pairs[pairs[columns.INCLUDE_IN_DATA].astype(bool)]
    rows: list[tuple[Value, ...]] = []
    for line in counted.to_dict("records"):
        moved = cell_movement(report, str(line[EARLIER]), str(line[LATER]))
        rows.append(
            (
                *pupil_values(line),
                earlier[str(line[EARLIER])],
                later[str(line[LATER])],
                "" if moved is None else moved.label,
            )
        )
    head = ("Pupil", "Year", "Class", report.earlier.label, report.later.label, "Movement")
    return SheetTable(points_words(report), head, tuple(rows), is_wide=True)
