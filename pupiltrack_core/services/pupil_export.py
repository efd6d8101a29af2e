"""The way out: a school's list of pupils in the template that the import reads."""

from __future__ import annotations

from enum import StrEnum

from pupiltrack_core.access import Action
from pupiltrack_core.domain.names import name_key
from pupiltrack_core.interchange.pupil_export import (
    ExportedPupil,
    write_pupils_csv,
    write_pupils_workbook,
)
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.known_pupils import load_known_pupils
from pupiltrack_core.services.pupil_import import require_academic_year
from pupiltrack_core.services.pupil_records import KnownPupil

PUPILS_EXPORTED = "pupils exported"


class ExportForm(StrEnum):
    """The forms in which the list can be had; the value is the ending of the file."""

    WORKBOOK = "xlsx"
    CSV = "csv"


def export_pupils(
    caller: Caller, school_id: int, academic_year: int, form: ExportForm
) -> tuple[str, bytes]:
    """Return a file name and the pupils of a school's academic year in the pupil template.

    Everyone on the list of that year, by surname, also those not included in the data: the file is
    the school's roll and holds no figure. Importing it into the same year changes nothing. A pupil
    without an ethnic code comes out with that cell blank, as which the import asks for it. Audited
    with the number of pupils. Raises NotFound, AccessDenied, NotSignedIn, and InvalidEntry for an
    academic year that cannot be.
    """
    year = require_academic_year(academic_year)
    with caller.begin(write=True, act=True) as work:
        work.require(Action.SEE_PUPILS, school_id)
        school = work.require(Action.EXPORT, school_id)
        known = load_known_pupils(work.session, school_id, year.start)
        pupils = [_exported(pupil) for pupil in sorted(known, key=_by_name) if _is_on_list(pupil)]
        work.audit(
            PUPILS_EXPORTED,
            school_id=school_id,
            academic_year=year.start,
            pupils=len(pupils),
            form=form.value,
        )
        name = f"pupils {school.laestab} {year.label.replace('/', '-')}.{form.value}"
        work.commit()
    write = write_pupils_workbook if form is ExportForm.WORKBOOK else write_pupils_csv
    return name, write(pupils)


def _is_on_list(pupil: KnownPupil) -> bool:
    return pupil.enrolment is not None and not pupil.is_archived


def _by_name(pupil: KnownPupil) -> tuple[str, str, int]:
    return name_key(pupil.surname), name_key(pupil.forenames), pupil.pupil_id


def _exported(pupil: KnownPupil) -> ExportedPupil:
    enrolment = pupil.enrolment
    if enrolment is None:
        raise ValueError("Only pupils of the year are exported.")
    return ExportedPupil(
        upn=pupil.upn,
        surname=pupil.surname,
        forenames=pupil.forenames,
        date_of_birth=pupil.date_of_birth,
        sex=pupil.sex,
        postcode=pupil.postcode,
        fsm=enrolment.fsm,
        ethnicity=enrolment.ethnicity,
        eal=enrolment.eal,
        sen=enrolment.sen,
        local_number=pupil.local_number,
    )
