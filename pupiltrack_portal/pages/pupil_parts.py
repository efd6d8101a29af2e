"""What a pupil's panel shows for reading: the details, and who changed what of them."""

from __future__ import annotations

import ipywidgets

from pupiltrack_core.domain.local_time import write_moment
from pupiltrack_core.domain.pupil_fields import words_of
from pupiltrack_core.services.pupil_details import PupilDetails, pupil_history
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow


class DetailsTable:
    """A record for those who may read and not change it."""

    def __init__(self) -> None:
        self._table = FiguresTable()
        self.widget = ipywidgets.VBox([self._table])

    def show(self, details: PupilDetails) -> None:
        """Show every field the person may see."""
        self._table.show(
            caption="Details of the pupil",
            row_heading="Field",
            columns=(TableColumn("value", "Value"),),
            rows=[
                TableRow(
                    name.value, TableCell(details.label(name)), (TableCell(words_of(name, text)),)
                )
                for name, text in details.values.items()
            ],
        )


class HistoryPart:
    """Every change of a record, newest first."""

    is_unsaved = False  # it is for reading

    def __init__(self, context: PageContext) -> None:
        self._context = context
        self._table = FiguresTable()
        self.widget = ipywidgets.VBox([self._table])

    def show(self, school_id: int, pupil_id: int) -> None:
        """Show a pupil's changes. Raises what `pupil_history` raises."""
        past = pupil_history(self._context.caller, school_id, pupil_id)
        self._table.show(
            caption="Changes of the record, newest first",
            row_heading="When",
            columns=(
                TableColumn("field", "Field"),
                TableColumn("before", "Before"),
                TableColumn("after", "After"),
                TableColumn("year", "Academic year"),
                TableColumn("who", "Who"),
            ),
            rows=[
                TableRow(
                    str(at),
                    TableCell(write_moment(item.at)),
                    tuple(
                        TableCell(text)
                        for text in (
                            item.label,
                            item.before,
                            item.after,
                            item.academic_year,
                            item.who,
                        )
                    ),
                )
                for at, item in enumerate(past)
            ],
            empty="Nothing was changed since changes are kept.",
        )
