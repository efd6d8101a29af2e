"""The pupils behind a number, alphabetically, with their outcomes."""

from __future__ import annotations

from collections.abc import Mapping

import ipywidgets
import pandas as pd

from pupiltrack_core.domain.judgement_wording import STANDARD_WORDING, JudgementWording
from pupiltrack_core.domain.judgements import NO_DATA_LABEL, Judgement
from pupiltrack_core.domain.subjects import subject_label
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.schemas import cohort
from pupiltrack_core.services.group_names import SCHOOL_NAME
from pupiltrack_portal.pages.cell_text import Record, text_or_blank
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow

_NO_DATA = TableCell(NO_DATA_LABEL, sorts_last=True)


class NamesList:
    """A printable table of pupils; hidden while it has nobody to show."""

    def __init__(self) -> None:
        self._table = FiguresTable()
        self.widget = ipywidgets.VBox([])

    def clear(self) -> None:
        """Show nobody."""
        self.widget.children = ()

    def show(
        self,
        what: str,
        names: pd.DataFrame,
        *,
        labels: Mapping[str, str] | None = None,
        wording: JudgementWording = STANDARD_WORDING,
        further: Mapping[str, str] | None = None,
    ) -> None:
        """Show the pupils of `names` (surname, forenames, year_group, class_name, subjects).

        Those of several schools have `school_name` too. `labels` name a school's own subjects,
        `wording` its words for the judgements. `further` heads more columns, whose words stand in
        the frame under the key.
        """
        more = further or {}
        outcomes = {
            judgement.value: TableCell(wording.label(judgement), sort=place)
            for place, judgement in enumerate(Judgement)
        }
        subjects = list(cohort.subjects_of(names))
        places = [SCHOOL_NAME] if SCHOOL_NAME in names.columns else []
        columns = [
            *(TableColumn(place, "School") for place in places),
            TableColumn(cohort.YEAR_GROUP, "Year"),
            TableColumn(cohort.CLASS_NAME, "Class"),
            *(TableColumn(code, subject_label(code, labels)) for code in subjects),
            *(TableColumn(key, heading) for key, heading in more.items()),
        ]
        self._table.show(
            caption=f"{what}: {len(names)} {'pupil' if len(names) == 1 else 'pupils'}",
            row_heading="Pupil",
            columns=columns,
            rows=[
                _row(str(number), pupil, places, subjects, list(more), outcomes)
                for number, pupil in enumerate(names.to_dict("records"))
            ],
            sortable=True,
            reveal=True,
        )
        self.widget.children = (self._table,)


def _row(
    key: str,
    pupil: Record,
    places: list[str],
    subjects: list[str],
    more: list[str],
    outcomes: Mapping[str, TableCell],
) -> TableRow:
    year_group = int(str(pupil[cohort.YEAR_GROUP]))
    class_name = pupil[cohort.CLASS_NAME]
    cells = [
        *(TableCell(str(pupil[place])) for place in places),
        TableCell(LABELS[year_group], sort=year_group),
        TableCell(text_or_blank(class_name)),
        *(outcomes.get(pupil[code], _NO_DATA) for code in subjects),
        *(TableCell(str(pupil[name])) for name in more),
    ]
    name = f"{pupil[cohort.SURNAME]}, {pupil[cohort.FORENAMES]}"
    return TableRow(key, TableCell(name), tuple(cells))
