"""Pupils: the list with its searches, the import, and the template to fill in."""

from __future__ import annotations

from enum import StrEnum

import pandas as pd

from pupiltrack_core.access import Action
from pupiltrack_core.domain.characteristics import Characteristic
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
from pupiltrack_core.services.pupil_search import PupilSearch, find_searched
from pupiltrack_core.storage.pupil_grid import find_pupils_under

__all__ = [
    "ImportCounts",
    "ImportPreview",
    "ImportResult",
    "PupilSearch",
    "RowStatus",
    "TemplateFormat",
    "accept_import",
    "import_template",
    "interventions_held",
    "list_pupils",
    "preview_import",
]
EVERYONE = PupilSearch()
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
    caller: Caller, school_id: int, academic_year: int, search: PupilSearch = EVERYONE
) -> pd.DataFrame:
    """Return the pupils of a school's academic year, sorted by surname and forenames.

    Columns: `LIST_COLUMNS`; one row a pupil, archived pupils left out. Raises InvalidEntry for a
    search by what cannot be chosen, NotFound, AccessDenied and NotSignedIn.
    """
    with caller.begin() as work:
        school = work.require(Action.SEE_PUPILS, school_id)
        found = find_searched(work, school, academic_year, search)
    frame = pd.DataFrame.from_records([tuple(row) for row in found], columns=list(LIST_COLUMNS))
    return frame.astype({"pupil_id": "int64", "year_group": "int8", "include_in_data": "bool"})


def interventions_held(caller: Caller, school_id: int, academic_year: int) -> frozenset[int]:
    """Return the pupils of a school's academic year with an intervention in it; one query.

    Raises NotFound, AccessDenied and NotSignedIn.
    """
    with caller.begin() as work:
        work.require(Action.SEE_PUPILS, school_id)
        wanted = ((Characteristic.INTERVENTION, "Y"),)
        return frozenset(find_pupils_under(work.session, school_id, academic_year, wanted))


def import_template(form: TemplateFormat) -> bytes:
    """Return the empty template that `preview_import` reads; it holds nothing of any school."""
    return template_csv() if form is TemplateFormat.CSV else template_workbook()
