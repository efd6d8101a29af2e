"""What becomes of the form of a pupil: saved, refused, asked about, or met by another's change."""

from __future__ import annotations

from dataclasses import dataclass, field

from pupiltrack_core.domain.pupil_fields import PupilField
from pupiltrack_core.services.pupil_details import PupilDetails
from pupiltrack_core.services.pupil_entry import FieldNote


@dataclass(frozen=True, slots=True)
class Clash:
    """A field two people changed: the text typed and the text stored meanwhile."""

    about: PupilField
    yours: str = field(repr=False)
    theirs: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SamePupil:
    """The pupil of the school who has the UPN; `academic_year` is the latest one enrolled in."""

    pupil_id: int
    name: str = field(repr=False)
    academic_year: int


@dataclass(frozen=True, slots=True)
class SaveResult:
    """What became of a form: saved where `pupil_id` is set, else nothing was and the rest says why.

    `changed` are the fields written, `merged` those somebody else had changed since they were
    shown, which stand beside. `problems` must be put right; `questions` may be agreed to; of
    `clashes` one value each is to be chosen, and the form is then one of `present`.
    """

    pupil_id: int | None = None
    changed: tuple[PupilField, ...] = ()
    merged: tuple[PupilField, ...] = ()
    problems: tuple[FieldNote, ...] = ()
    questions: tuple[FieldNote, ...] = ()
    clashes: tuple[Clash, ...] = ()
    same_upn: SamePupil | None = None
    present: PupilDetails | None = None

    @property
    def is_saved(self) -> bool:
        """Whether the record stands as it was sent."""
        return self.pupil_id is not None
