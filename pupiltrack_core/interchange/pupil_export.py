"""A school's pupils in the pupil template: what comes out goes in again and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from pupiltrack_core.domain.characteristics import Sen
from pupiltrack_core.interchange.pupil_template_files import Row, template_csv, template_workbook

_SEN = {Sen.NONE: "SEN_N", Sen.SUPPORT: "SEN_K", Sen.EHC_PLAN: "SEN_E"}
_YES_NO = {True: "Y", False: "N", None: ""}


@dataclass(frozen=True, slots=True)
class ExportedPupil:
    """What a school holds of a pupil in an academic year. None is not recorded, which is no No."""

    upn: str = field(repr=False)
    surname: str = field(repr=False)
    forenames: str = field(repr=False)
    date_of_birth: date = field(repr=False)
    sex: str
    postcode: str = field(repr=False)
    fsm: bool | None
    ethnicity: str | None
    eal: bool | None
    sen: str | None
    local_number: str | None = field(repr=False)


def write_pupils_csv(pupils: Sequence[ExportedPupil]) -> bytes:
    """Return the pupils in the order given as CSV, see `pupil_template_files.template_csv`."""
    return template_csv([_row(pupil) for pupil in pupils])


def write_pupils_workbook(pupils: Sequence[ExportedPupil]) -> bytes:
    """Return the pupils in the order given as XLSX, see `template_workbook`."""
    return template_workbook([_row(pupil) for pupil in pupils])


def _row(pupil: ExportedPupil) -> Row:
    """A cell for each column of the template; what is not recorded is blank, which is skipped."""
    return (
        pupil.upn,
        pupil.surname,
        pupil.forenames,
        pupil.date_of_birth,
        pupil.sex,
        pupil.postcode,
        _YES_NO[pupil.fsm],
        pupil.ethnicity or "",
        _YES_NO[pupil.eal],
        "" if pupil.sen is None else _SEN[Sen(pupil.sen)],
        pupil.local_number or "",
    )
