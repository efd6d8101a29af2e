"""Many pupils' records as an entry grid: columns, rows and cells, made of what services return."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pupiltrack_core.domain.pupil_fields import PupilField
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.services.pupil_grid import GridRecord, PupilGrid, RecordColumn
from pupiltrack_portal.pages.assessment_grid import NOT_INCLUDED, Cells
from pupiltrack_portal.widgets.entry_grid import Cell, Column, Row

UPN, BORN, YEAR = "upn", "born", "year"
_READ_ONLY = (
    Column(UPN, "UPN", "readonly", group="Pupil", width=126),
    Column(BORN, "Date of birth", "readonly", group="Pupil", width=96),
    Column(YEAR, "Year", "readonly", group="Pupil", width=92),
)
_SCHOOL, _CHARACTERISTICS, _OWN = "School", "Characteristics", "Custom filters"
_GROUPS = {
    PupilField.CLASS_NAME: _SCHOOL,
    PupilField.YEAR_GROUP: _SCHOOL,
    None: _SCHOOL,  # include in data
    PupilField.ALTERNATIVE_ASSESSMENT: _SCHOOL,
    PupilField.MOBILITY_YEAR: "Mobility",
    PupilField.MOBILITY_TERM: "Mobility",
    PupilField.POSTCODE: "Home",
}
_WIDTHS = {
    PupilField.CLASS_NAME: 124,
    PupilField.YEAR_GROUP: 104,
    PupilField.SEX: 84,
    PupilField.SEN: 200,
    PupilField.ETHNICITY: 176,
    PupilField.POSTCODE: 96,
}
_SHORT = {
    PupilField.EAL: "EAL",
    PupilField.FSM: "FSM",
    PupilField.EVER6: "Ever 6",
    PupilField.ALTERNATIVE_ASSESSMENT: "Alternative assessment",
}
_DESCRIPTIONS = {
    None: "No leaves the pupil out of the foot, every report and every download",
    PupilField.YEAR_GROUP: "Blank: the date of birth says it",
    PupilField.ALTERNATIVE_ASSESSMENT: "Below the national curriculum",
    PupilField.MOBILITY_YEAR: "Year group on joining the school; blank for who joined as most do",
    PupilField.MOBILITY_TERM: "Needs the mobility year",
}
_NO_CLASSES = "Classes are named under Maintenance"
_LONGEST_POSTCODE = 12


def record_columns(columns: Iterable[RecordColumn]) -> tuple[Column, ...]:
    """Return what tells pupils apart, then the columns that can be entered, under their groups."""
    entered = sorted(map(_column, columns), key=_order)
    return (*_READ_ONLY, *entered)


def record_rows(records: Iterable[GridRecord]) -> tuple[Row, ...]:
    """Return a row per pupil, flagged when not included in the data."""
    return tuple(
        Row(
            str(record.pupil_id),
            f"{record.surname}, {record.forenames}",
            flag="" if record.values["include"] == "Y" else NOT_INCLUDED,
        )
        for record in records
    )


def record_cells(data: PupilGrid, records: Iterable[GridRecord]) -> Cells:
    """Return every cell of some records, blank ones too: their versions count."""
    cells: Cells = {}
    for record in records:
        row = str(record.pupil_id)
        cells[row, UPN] = Cell(record.upn)
        cells[row, BORN] = Cell(f"{record.date_of_birth:%d/%m/%Y}")
        cells[row, YEAR] = Cell(LABELS[record.year_group])
        versions = {column.key: record.version_of(column) for column in data.columns}
        for key, version in versions.items():
            cells[row, key] = Cell(record.values[key] or None, version)
    return cells


def differing_cells(
    data: PupilGrid, before: Sequence[GridRecord], after: Sequence[GridRecord]
) -> Cells:
    """Return the cells that read differently `after`, of pupils of whom both are given."""
    was = record_cells(data, before)
    return {
        place: cell
        for place, cell in record_cells(data, after).items()
        if place in was and was[place].value != cell.value
    }


def _column(item: RecordColumn) -> Column:
    about = item.about
    title = item.title if about is None else _SHORT.get(about, item.title)
    group = _GROUPS.get(about, _OWN if item.key.startswith("custom_") else _CHARACTERISTICS)
    said = "" if title == item.title else item.title
    description = _DESCRIPTIONS.get(about, said)
    width = 108 if about is None else _WIDTHS.get(about, 108)
    if about is PupilField.POSTCODE:
        return Column(
            item.key,
            title,
            "text",
            group=group,
            width=width,
            max_length=_LONGEST_POSTCODE,
            description=description,
        )
    if not item.choices:
        return Column(
            item.key, title, "readonly", group=group, width=width, description=_NO_CLASSES
        )
    return Column(
        item.key,
        title,
        "choice",
        group=group,
        choices=item.choices,
        width=width,
        description=description,
    )


def _order(column: Column) -> int:
    """Keep the columns of a group together; within one they stay as they came."""
    return (_SCHOOL, _CHARACTERISTICS, _OWN, "Mobility", "Home").index(column.group)
