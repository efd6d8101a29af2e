"""Whom the local authority loaded into a school: what the school sees of it."""

from __future__ import annotations

import ipywidgets

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.local_time import write_moment
from pupiltrack_core.services.reception_arrivals import Arrival, arrivals
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow


class ReceptionArrivalsPart:
    """A table of the pupils who arrived of late, newest load first."""

    def __init__(self, context: PageContext, school_id: int) -> None:
        table = FiguresTable()
        table.show(
            caption="Reception pupils loaded by the local authority",
            row_heading="Pupil",
            columns=(
                TableColumn("born", "Date of birth"),
                TableColumn("class", "Class"),
                TableColumn("before", "At the school before"),
                TableColumn("year", "Into"),
                TableColumn("at", "Loaded"),
            ),
            rows=[_row(item) for item in arrivals(context.caller, school_id)],
            sortable=True,
            empty="The local authority has loaded nobody of late.",
        )
        told = prose.Prose(
            prose.subheading("New Reception pupils"),
            prose.text(
                "The local authority loads the Reception pupils of the October census. Put them "
                "into their classes under Pupils."
            ),
        )
        self.widget = ipywidgets.VBox([told, table])
        self.widget.add_class("pt-stack")


def _row(item: Arrival) -> TableRow:
    return TableRow(
        f"{item.pupil_id}-{item.at.isoformat()}",
        TableCell(item.name),
        (
            TableCell(f"{item.date_of_birth:%d/%m/%Y}", sort=item.date_of_birth.isoformat()),
            TableCell(item.class_name or "None yet"),
            TableCell("No" if item.is_new else "Yes"),
            TableCell(AcademicYear(item.academic_year).label),
            TableCell(write_moment(item.at), sort=item.at.isoformat()),
        ),
    )
