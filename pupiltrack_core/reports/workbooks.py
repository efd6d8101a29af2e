"""The assessment grid as an Excel workbook: what the page shows, to keep or to work on."""

from __future__ import annotations

from collections.abc import Sequence

from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.reports.documents import Printed
from pupiltrack_core.reports.foot_lines import JUDGED, foot_of
from pupiltrack_core.reports.shown_columns import ShownColumn, columns_to_write
from pupiltrack_core.reports.workbook_sheet import (
    SheetPart,
    SheetText,
    left_out_of,
    write_workbook,
)
from pupiltrack_core.services.assessment_grid import GridData
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.reports import describe_school, note_export

WHAT = "assessments"
_NOTE = (
    "Shares are of all the pupils above, those without a judgement among them. Under R W M a level "
    "counts the pupils who are at that level in reading, writing and maths alike."
)


def grid_workbook(
    caller: Caller,
    grid: GridData,
    selection: CohortSelection,
    shown: Sequence[ShownColumn] | None = None,
) -> bytes:
    """Return the grid as an XLSX file, with the columns of `shown` in their order.

    Without `shown` every column of the grid is there. That it was taken out is in the audit first.
    Raises `NotFound` for a school out of reach, `AccessDenied` where the role may not export.
    """
    note = note_export(caller, selection, what=WHAT, with_names=True)
    school_name, description = describe_school(
        caller, selection, assessments=[item.name for item in grid.assessments]
    )
    return write_grid_workbook(
        grid,
        shown,
        school_name=school_name,
        description=description,
        printed=Printed(note.by, note.at),
    )


def write_grid_workbook(
    grid: GridData,
    shown: Sequence[ShownColumn] | None = None,
    *,
    school_name: str,
    description: str,
    printed: Printed,
) -> bytes:
    """Return the XLSX file of a grid: pupils included in the data, their cells, and the foot.

    One sheet, "Assessments": two rows of headings (the assessment, then the column), a row per
    pupil by surname and forenames, then for each outcome its count and its share of the pupils.
    Pupils whose Include in data is No are left out, and a note says how many.
    """
    columns = columns_to_write(grid, shown)
    notes = (_NOTE, grid.wording.legend) if any(item.kind in JUDGED for item in columns) else ()
    text = SheetText(
        name="Assessments",
        school_name=school_name,
        description=description,
        printed=printed,
        left_out=left_out_of([grid]),
        notes=tuple(filter(None, notes)),
    )
    return write_workbook(text, (SheetPart(grid, columns, foot_of(grid, columns)),))
