"""What an import changes of each pupil's record, for the record's own history. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pupiltrack_core.domain.pupil_fields import PupilField, write_value
from pupiltrack_core.services.pupil_details import ADDED
from pupiltrack_core.services.pupil_records import KnownPupil, PlannedRow, Value
from pupiltrack_core.storage.pupil_details import FieldChange

_KEPT = frozenset(item.value for item in PupilField) | {"local_number"}


def changes_by_import(
    arrivals: Iterable[tuple[int, PlannedRow]],
    changed: Iterable[PlannedRow],
    known: Mapping[int, KnownPupil],
    academic_year: int,
) -> list[tuple[int, FieldChange]]:
    """Return what is to be noted, with the pupil's id: records that begin, and fields that change.

    `arrivals` are the new pupils. What a new enrolment of a known pupil begins with is no change.
    """
    noted = [(number, FieldChange(ADDED, None, None, academic_year)) for number, _ in arrivals]
    for row in changed:
        pupil = known[row.pupil_id or 0]
        noted += [
            (pupil.pupil_id, _change(name, getattr(pupil, name), value, None))
            for name, value in row.pupil
            if name in _KEPT
        ]
        if pupil.enrolment is not None:
            noted += [
                (
                    pupil.pupil_id,
                    _change(name, getattr(pupil.enrolment, name), value, academic_year),
                )
                for name, value in row.enrolment
            ]
    return noted


def _change(name: str, before: Value, after: Value, academic_year: int | None) -> FieldChange:
    return FieldChange(name, write_value(before) or None, write_value(after) or None, academic_year)
