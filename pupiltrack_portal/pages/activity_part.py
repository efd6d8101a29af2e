"""What was last done at a school, and by whom."""

from __future__ import annotations

import ipywidgets

from pupiltrack_core.domain.local_time import write_moment
from pupiltrack_core.services.audit import recent_activity
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow

ROWS = 50


class ActivityPart:
    """The list as it is at the moment it is made."""

    def __init__(self, context: PageContext, school_id: int) -> None:
        table = FiguresTable()
        table.show(
            caption="What was last done",
            row_heading="When",
            columns=(TableColumn("who", "Who"), TableColumn("what", "What")),
            rows=[
                TableRow(
                    str(place),
                    TableCell(write_moment(item.at), sort=item.at.isoformat()),
                    (TableCell(item.who), TableCell(item.action.capitalize())),
                )
                for place, item in enumerate(recent_activity(context.caller, school_id, ROWS))
            ],
            sortable=True,
            empty="Nothing has been done yet.",
        )
        self.widget = ipywidgets.VBox([table])
