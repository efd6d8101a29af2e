"""What is done for a pupil beyond the class's teaching."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.support_models import Intervention


@dataclass(frozen=True, slots=True)
class InterventionDraft:
    """A checked intervention; `subject` is a code, the cost is in pence, None is not recorded."""

    academic_year: int
    title: str
    assessment_id: int | None = None
    subject: str | None = None
    details: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    group_name: str | None = None
    run_by: str | None = None
    cost_pence: int | None = None

    def changed_from(self, other: InterventionDraft) -> tuple[str, ...]:
        """Return the names of the fields in which it differs from another."""
        return tuple(
            item.name
            for item in fields(self)
            if getattr(self, item.name) != getattr(other, item.name)
        )


@dataclass(frozen=True, slots=True)
class StoredIntervention(InterventionDraft):
    """An intervention as the school keeps it."""

    id: int = 0
    version: int = 1

    @property
    def draft(self) -> InterventionDraft:
        """What a person entered of it."""
        return _draft(self)


def find_interventions_of_pupil(
    session: Session, school_id: int, pupil_id: int
) -> tuple[StoredIntervention, ...]:
    """Return the interventions of one pupil at a school, deleted ones left out, in no order."""
    rows = session.scalars(
        select(Intervention).where(
            Intervention.school_id == school_id,
            Intervention.pupil_id == pupil_id,
            Intervention.deleted_at.is_(None),
        )
    )
    return tuple(stored_intervention(row) for row in rows)


def lock_intervention(
    session: Session, school_id: int, pupil_id: int, intervention_id: int
) -> Intervention | None:
    """Return the pupil's intervention as it is now, deleted or not, kept from others.

    It is kept until the transaction ends; None where the pupil has none of this id.
    """
    return session.scalar(
        select(Intervention)
        .where(
            Intervention.id == intervention_id,
            Intervention.school_id == school_id,
            Intervention.pupil_id == pupil_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def add_intervention(
    session: Session,
    school_id: int,
    pupil_id: int,
    draft: InterventionDraft,
    *,
    created_by: int | None,
    created_at: datetime,
) -> int:
    """Add an intervention and return its id."""
    row = Intervention(
        school_id=school_id,
        pupil_id=pupil_id,
        **asdict(draft),
        created_by=created_by,
        created_at=created_at,
    )
    session.add(row)
    session.flush()
    return row.id


def update_intervention(session: Session, row: Intervention, draft: InterventionDraft) -> None:
    """Store a locked intervention anew; its version goes up."""
    for name, value in asdict(draft).items():
        setattr(row, name, value)
    row.version += 1
    session.flush()


def mark_intervention_deleted(
    session: Session, row: Intervention, deleted_at: datetime | None
) -> None:
    """Mark a locked intervention as deleted at a moment, or as not deleted; its version goes up."""
    row.deleted_at = deleted_at
    row.version += 1
    session.flush()


def stored_intervention(row: Intervention) -> StoredIntervention:
    """Return the row as a value."""
    return StoredIntervention(**asdict(_draft(row)), id=row.id, version=row.version)


def _draft(held: Intervention | InterventionDraft) -> InterventionDraft:
    names = (item.name for item in fields(InterventionDraft))
    return InterventionDraft(**{name: getattr(held, name) for name in names})
