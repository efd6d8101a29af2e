"""What an import would do, as words, tables and buttons."""

from __future__ import annotations

from pupiltrack_core.domain.counted import counted
from pupiltrack_core.domain.local_time import write_moment
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import ImportProblem
from pupiltrack_core.services.pupils import ImportPreview, RowStatus
from pupiltrack_portal.pages.cell_text import Record
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow

SHOWN_AT_MOST = 500


def choices_of(preview: ImportPreview) -> tuple[tuple[str, str], ...]:
    """Return the buttons under a preview: "all", "good" and "cancel" as far as they make sense."""
    cancel = ("cancel", "Put the import away")
    if not preview.would_write:
        return (cancel,)
    rows = preview.counts.added + preview.counts.changed
    if preview.has_blocking_problems:
        word = "row" if rows == 1 else "rows"
        return (("good", f"Accept the {rows:,} good {word}, leave out the others"), cancel)
    return (("all", "Accept 1 row" if rows == 1 else f"Accept all {rows:,} rows"), cancel)


def words_of(preview: ImportPreview) -> list[dict[str, object]]:
    """Return what accepting would do in numbers, and whether this very file came in before."""
    counts = preview.counts
    blocks: list[dict[str, object]] = [
        prose.bullets(
            [
                f"{counted(counts.added, 'pupil')} to add",
                f"{counted(counts.changed, 'pupil')} to change",
                f"{counted(counts.unchanged, 'pupil')} already as in the file",
                f"{counted(counts.problem, 'row')} with a problem, which cannot be accepted",
            ]
        ),
    ]
    if preview.already_imported_at is not None:
        when = write_moment(preview.already_imported_at)
        blocks.append(prose.text(f"This very file was imported on {when}."))
    if preview.plan.new_classes:
        blocks.append(prose.text(_new_classes(preview.plan.new_classes)))
    if not preview.would_write:
        blocks.append(prose.text("There is nothing to save."))
    return blocks


def _new_classes(names: tuple[str, ...]) -> str:
    listed = ", ".join(names)
    if len(names) == 1:
        return f"One class is new and would be added to the school's class names: {listed}."
    return f"{len(names)} classes are new and would be added to the school's class names: {listed}."


def show_problems(table: FiguresTable, problems: tuple[ImportProblem, ...]) -> None:
    """Show every problem and warning with its place, value and what to do."""
    shown = problems[:SHOWN_AT_MOST]
    more = f" (the first {SHOWN_AT_MOST} are shown)" if len(problems) > SHOWN_AT_MOST else ""
    table.show(
        caption=f"Problems and warnings: {len(problems):,}{more}",
        row_heading="Row",
        columns=(
            TableColumn("kind", "Kind"),
            TableColumn("column", "Column"),
            TableColumn("value", "Value"),
            TableColumn("reason", "What is wrong, and what to do"),
            TableColumn("file", "File"),
        ),
        rows=[
            TableRow(
                str(place),
                TableCell("Whole file" if item.row is None else str(item.row), sort=item.row),
                (
                    TableCell(
                        "Problem" if item.blocking else "Warning",
                        tone="problem" if item.blocking else "warning",
                    ),
                    TableCell(item.column or ""),
                    TableCell(item.value or ""),
                    TableCell(item.reason),
                    TableCell(item.file),
                ),
            )
            for place, item in enumerate(shown)
        ],
        sortable=True,
    )


def show_changes(table: FiguresTable, preview: ImportPreview) -> None:
    """Show the pupils to add and to change, with old and new values."""
    wanted = {RowStatus.ADDED.value, RowStatus.CHANGED.value}
    rows = preview.rows[preview.rows["status"].isin(wanted)]
    more = f" (the first {SHOWN_AT_MOST} are shown)" if len(rows) > SHOWN_AT_MOST else ""
    table.show(
        caption=f"Pupils to add and to change{more}",
        row_heading="Row",
        columns=(
            TableColumn("status", "What would happen"),
            TableColumn("pupil", "Pupil"),
            TableColumn("year_group", "Year"),
            TableColumn("class_name", "Class"),
            TableColumn("changes", "Old and new values"),
        ),
        rows=[_change_row(row) for row in rows.head(SHOWN_AT_MOST).to_dict("records")],
        sortable=True,
    )


def _change_row(row: Record) -> TableRow:
    number, year_group = int(str(row["row"])), int(str(row["year_group"]))
    added = row["status"] == RowStatus.ADDED.value
    cells = (
        TableCell("Added" if added else "Changed", tone="good" if added else "warning"),
        TableCell(f"{row['surname']}, {row['forenames']}"),
        TableCell(LABELS[year_group], sort=year_group),
        TableCell(str(row["class_name"]) or "No class"),
        TableCell(str(row["changes"])),
    )
    return TableRow(str(number), TableCell(str(number), sort=number), cells)
