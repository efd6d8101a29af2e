"""The entry grid's pupils and cells in ipydatagrid: the same rows, columns and values.

It has no figures at its foot, no rights and no saving: what is compared is the showing alone.
"""

from __future__ import annotations

from urllib.parse import parse_qs

import ipydatagrid
import pandas as pd

from pupiltrack_core.access import Page
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.services.accounts import (
    open_database,
    policy_for_page,
    redeem_page_ticket,
)
from pupiltrack_core.services.assessment_grid import load_grid
from pupiltrack_core.services.assessments import assessments_for
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.grid_sections import SHOWN_AT_FIRST
from pupiltrack_core.services.schools import school_by_laestab
from pupiltrack_core.settings import load_page_opening, load_settings
from pupiltrack_portal.pages.assessment_columns import grid_columns
from pupiltrack_portal.pages.assessment_grid import grid_cells, grid_rows
from pupiltrack_portal.pages.grid_view import GridView


def open_rival() -> ipydatagrid.DataGrid:
    """Return the grid of the school, year and year group in the address, all its assessments."""
    settings, opening = load_settings(), load_page_opening()
    database = open_database(settings.database_url, idle_connections=1)
    session_id = redeem_page_ticket(database, opening.ticket, Page.SCHOOLS)
    caller = Caller.for_session(database, session_id, policy=policy_for_page(settings))
    query = parse_qs(opening.query)
    school = school_by_laestab(caller, query["school"][0])
    selection = CohortSelection(
        int(query["year"][0]), school_id=school.school_id, years=int(query["years"][0])
    )
    assessments = assessments_for(
        caller, school.school_id, selection.academic_year, selection.year_groups
    )
    data = load_grid(
        caller,
        selection,
        [item.id for item in reversed(assessments)],
        sections=SHOWN_AT_FIRST,
    )
    rows, columns, cells = (
        grid_rows(data.pupils, ()),
        grid_columns(data, GridView()),
        grid_cells(data),
    )
    frame = pd.DataFrame(
        {
            f"{column.group} / {column.label}": [
                cells[row.key, column.key].value if (row.key, column.key) in cells else None
                for row in rows
            ]
            for column in columns
        },
        index=pd.Index([row.label for row in rows], name="Pupil"),
    )
    return ipydatagrid.DataGrid(
        frame, editable=True, base_row_size=30, layout={"height": "560px", "width": "100%"}
    )
