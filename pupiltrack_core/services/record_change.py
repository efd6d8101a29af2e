"""What a change of a pupil's record writes: columns of both tables, and lines of its history.

Pure. The form of one pupil and the grid of many write by it alike.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from pupiltrack_core.domain.pupil_fields import PupilField, Recorded
from pupiltrack_core.services.pupil_entry import EntryReading, Placing
from pupiltrack_core.storage.pupil_details import FieldChange


@dataclass(frozen=True, slots=True)
class RecordChange:
    """The columns to set of the pupil and of the enrolment, and what is noted of each field."""

    pupil: Mapping[str, object] = field(repr=False)
    enrolment: Mapping[str, object] = field(repr=False)
    noted: tuple[FieldChange, ...] = field(repr=False)


def record_change(
    reading: EntryReading,
    *,
    stored: Mapping[PupilField, str],
    changed: Collection[PupilField],
    placing: Placing | None,
    academic_year: int,
) -> RecordChange:
    """Return what is written of the `changed` fields over the texts that are `stored`.

    `placing` is where the pupil goes by what was read, None where that does not change. A UPN that
    replaces another leaves that one as the former UPN.
    """
    values = {name: reading.values[name] for name in PupilField if name in changed}
    pupil = columns_of(values, of_pupil=True)
    if PupilField.UPN in values:
        pupil |= {
            "upn_is_local": reading.upn_is_local,
            "former_upn": stored[PupilField.UPN],
        }
    enrolment = columns_of(values, of_pupil=False)
    if placing is not None:
        enrolment |= place_columns(placing)
    texts = reading.texts
    noted = (
        FieldChange(
            name.value,
            stored[name] or None,
            texts[name] or None,
            None if name.is_of_pupil else academic_year,
        )
        for name in values
    )
    return RecordChange(pupil, enrolment, tuple(noted))


def columns_of(values: Mapping[PupilField, Recorded], *, of_pupil: bool) -> dict[str, object]:
    """Return the columns of one of the two tables; where the pupil is placed stands apart."""
    return {
        name.value: value
        for name, value in values.items()
        if name.is_of_pupil is of_pupil and name is not PupilField.YEAR_GROUP
    }


def place_columns(placing: Placing) -> dict[str, object]:
    """Return the columns that say in which year group the pupil is."""
    return {"year_group": placing.year_group, "year_override": placing.is_override}
