"""Pupils: the list with its searches, the import, and the template to fill in."""

from __future__ import annotations

from enum import StrEnum

import pandas as pd

from pupiltrack_core.access import Action
from pupiltrack_core.domain.names import name_key
from pupiltrack_core.interchange.pupil_template_files import (
    CSV_NAME,
    WORKBOOK_NAME,
    template_csv,
    template_workbook,
)
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.pupil_import import (
    ImportCounts,
    ImportPreview,
    ImportResult,
    accept_import,
    preview_import,
)
from pupiltrack_core.services.pupil_records import RowStatus
from pupiltrack_core.storage.pupil_records import find_pupils_of_year

__all__ = [
    "ImportCounts",
    "ImportPreview",
    "ImportResult",
    "RowStatus",
    "TemplateFormat",
    "accept_import",
    "import_template",
    "list_pupils",
    "preview_import",
]
LIST_COLUMNS = (
    "pupil_id",
    "upn",
    "surname",
    "forenames",
    "sex",
    "date_of_birth",
    "year_group",
    "class_name",
    "include_in_data",
)


class TemplateFormat(StrEnum):
    """The forms in which the pupil template can be had; the value is the file's name."""

    CSV = CSV_NAME
    WORKBOOK = WORKBOOK_NAME


def list_pupils(
    caller: Caller,
    school_id: int,
    academic_year: int,
    *,
    surname: str = "",
    upn: str = "",
    class_name: str | None = None,
    year_group: int | None = None,
) -> pd.DataFrame:
    """Return the pupils of a school's academic year, sorted by surname and forenames.

    Columns: `LIST_COLUMNS`; one row a pupil, archived pupils left out. `surname` and `upn` are
    found anywhere in the name or number, whatever the capitals; a search without accents finds
    names with them. Raises NotFound, AccessDenied and NotSignedIn.
    """
    with caller.begin() as work:
        work.require(Action.SEE_PUPILS, school_id)
        found = find_pupils_of_year(
            work.session,
            school_id,
            academic_year,
            class_name=class_name,
            year_group=year_group,
        )
    wanted_name, wanted_upn = name_key(surname), "".join(upn.split()).upper()
    kept = [row for row in found if wanted_name in name_key(row.surname) and wanted_upn in row.upn]
    kept.sort(key=lambda row: (name_key(row.surname), name_key(row.forenames), row.pupil_id))
    frame = pd.DataFrame.from_records([tuple(row) for row in kept], columns=list(LIST_COLUMNS))
    return frame.astype({"pupil_id": "int64", "year_group": "int8", "include_in_data": "bool"})


def import_template(form: TemplateFormat) -> bytes:
    """Return the empty template that `preview_import` reads; it holds nothing of any school."""
    return template_csv() if form is TemplateFormat.CSV else template_workbook()
