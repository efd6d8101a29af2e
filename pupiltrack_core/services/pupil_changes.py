"""Works out, for one row of an import file, which facts would be written and says so in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.characteristics import NOT_RECORDED_LABEL, Sen, Sex
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.interchange.pupil_columns import PupilColumn
from pupiltrack_core.interchange.pupil_template import PupilRow
from pupiltrack_core.services.pupil_records import (
    FieldChange,
    KnownEnrolment,
    KnownPupil,
    PlannedRow,
    RowStatus,
    Value,
)
from pupiltrack_core.storage.archived_pupils import NOT_ARCHIVED

_PUPIL_FIELDS = {
    "upn": PupilColumn.UPN.short,
    "surname": PupilColumn.SURNAME.short,
    "forenames": PupilColumn.FORENAME.short,
    "date_of_birth": PupilColumn.DATE_OF_BIRTH.short,
    "sex": PupilColumn.SEX.short,
    "postcode": PupilColumn.POSTCODE.short,
    "local_number": PupilColumn.LOCAL_NUMBER.short,
}
_ENROLMENT_FIELDS = {
    "fsm": PupilColumn.FSM.short,
    "ethnicity": PupilColumn.ETHNICITY.short,
    "eal": PupilColumn.EAL.short,
    "sen": PupilColumn.SEN.short,
    "class_name": PupilColumn.CLASS_NAME.short,
}
YEAR_GROUP_FIELD = PupilColumn.YEAR_GROUP.short
CARRIED_FIELD = "All else"
AS_LAST_RECORDED = "as the school recorded it last"
ARCHIVED_FIELD = "Archived"


def planned_row(
    row: PupilRow,
    found: KnownPupil | None,
    *,
    year_group: int,
    is_override: bool,
    academic_year: AcademicYear,
) -> PlannedRow:
    """Return what saving the row would add or change; `found` is the record it was matched with.

    A blank cell states nothing: it leaves a record as it is and that of a new pupil not recorded.
    A pupil the school has, but not in this year, begins it with what was on record last and with
    what the row states; shown is what is not as it was the year before. A UPN that replaces another
    leaves that one as the former UPN; an archived pupil is taken back.
    """
    enrolled = None if found is None else found.enrolment
    last = found.before if found is not None and enrolled is None else enrolled
    new_pupil = _stated(row, _PUPIL_FIELDS)
    new_enrolment = _stated(row, _ENROLMENT_FIELDS)
    pupil = _differing(new_pupil, found)
    enrolment = _differing(new_enrolment, enrolled)
    changes = [
        *_changes(pupil, found, _PUPIL_FIELDS),
        *_changes(_differing(enrolment, last), last, _ENROLMENT_FIELDS),
    ]
    if enrolled is None:
        where = f"{LABELS[year_group]} in {academic_year.label}"
        changes.append(FieldChange(YEAR_GROUP_FIELD, None, where))
        if found is not None and found.was_here:
            changes.append(FieldChange(CARRIED_FIELD, None, AS_LAST_RECORDED))
    elif year_group != enrolled.year_group:
        groups = (LABELS[enrolled.year_group], LABELS[year_group])
        changes.append(FieldChange(YEAR_GROUP_FIELD, *groups))
        enrolment |= {"year_group": year_group, "year_override": is_override}
    if found is not None and found.is_archived:
        changes.append(FieldChange(ARCHIVED_FIELD, "Yes", "No"))
        pupil |= NOT_ARCHIVED
    if "upn" in pupil:
        pupil["upn_is_local"] = row.upn_is_local
        if found is not None:
            pupil["former_upn"] = found.upn
    if found is None:
        status = RowStatus.ADDED
    else:
        status = RowStatus.CHANGED if changes else RowStatus.UNCHANGED
    return PlannedRow(
        row=row.row,
        status=status,
        upn=row.upn,
        surname=row.surname,
        forenames=row.forenames,
        date_of_birth=row.date_of_birth,
        year_group=year_group,
        class_name=row.class_name or ("" if enrolled is None else enrolled.class_name or ""),
        pupil_id=None if found is None else found.pupil_id,
        is_new_enrolment=enrolled is None,
        is_override=is_override,
        changes=tuple(changes),
        pupil=tuple(pupil.items()),
        enrolment=tuple(enrolment.items()),
    )


def _stated(row: PupilRow, fields: Iterable[str]) -> dict[str, Value]:
    """The facts the row states; a blank cell states nothing."""
    values = {name: getattr(row, name) for name in fields}
    return {
        name: str(value) if isinstance(value, Sex | Sen) else value
        for name, value in values.items()
        if value is not None
    }


def _differing(
    stated: dict[str, Value], record: KnownPupil | KnownEnrolment | None
) -> dict[str, Value]:
    return {
        name: value
        for name, value in stated.items()
        if record is None or getattr(record, name) != value
    }


def _changes(
    values: dict[str, Value], record: KnownPupil | KnownEnrolment | None, fields: Mapping[str, str]
) -> list[FieldChange]:
    return [
        FieldChange(
            fields[name],
            None if record is None else in_words(name, getattr(record, name)),
            in_words(name, value),
        )
        for name, value in values.items()
    ]


def in_words(name: str, value: Value) -> str:
    """Return a stored value as people read it."""
    if value is None:
        return NOT_RECORDED_LABEL
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    text = str(value)
    if name == "sen":
        return Sen(text).label
    return Sex(text).label if name == "sex" else text
