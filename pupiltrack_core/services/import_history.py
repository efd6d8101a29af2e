"""What an import changes of each pupil's record, for the record's own history. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict

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
            held: dict[str, Value] = asdict(pupil.enrolment)
            before, after = _as_noted(held), _as_noted(held | dict(row.enrolment))
            noted += [
                (pupil.pupil_id, _change(name, before[name], after[name], academic_year))
                for name, _ in row.enrolment
                if name in after and before[name] != after[name]
            ]
    return noted


def _as_noted(facts: Mapping[str, Value]) -> dict[str, Value]:
    """The facts as the record notes them: a year group only where it was set against the age."""
    noted = dict(facts)
    if not noted.pop("year_override"):
        noted["year_group"] = None
    return noted


def _change(name: str, before: Value, after: Value, academic_year: int | None) -> FieldChange:
    return FieldChange(name, write_value(before) or None, write_value(after) or None, academic_year)
