"""Finding one pupil among all a school holds records of, those of long ago too."""

from __future__ import annotations

from collections.abc import Sequence

from pupiltrack_core.access import Action
from pupiltrack_core.domain.names import name_key
from pupiltrack_core.errors import InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.entry_columns import is_pupil_id
from pupiltrack_core.storage.pupil_finding import HeldPupil, find_held_pupil, find_held_pupils

__all__ = ["HeldPupil", "find_pupils", "require_held_pupil"]
MOST_FOUND = 50
SHORTEST = 2
NO_SUCH_RECORD = (
    "There is no record of such a pupil at this school, or it has been erased. Nothing was done."
)


def find_pupils(caller: Caller, school_id: int, wanted: str) -> Sequence[HeldPupil]:
    """Return the pupils whose surname holds `wanted`, or whose UPN does, by name; 50 at most.

    Raise `InvalidEntry` for less than two letters, `NotFound` and `AccessDenied` for people who
    may see neither the school's activity nor carry out its duties.
    """
    name, upn = name_key(wanted.strip()), "".join(wanted.split()).upper()
    if len(upn) < SHORTEST:
        raise InvalidEntry("Type two letters of the surname or more, or the UPN.", field="name")
    with caller.begin() as work:
        work.require(Action.SEE_PUPILS, school_id)
        work.require(Action.SEE_ACTIVITY, school_id)
        held = find_held_pupils(work.session, school_id)
    found = [pupil for pupil in held if name in name_key(pupil.surname) or upn in pupil.upn]
    found.sort(key=lambda pupil: (name_key(pupil.surname), name_key(pupil.forenames)))
    return found[:MOST_FOUND]


def require_held_pupil(work: Work, school_id: int, pupil_id: int, action: Action) -> HeldPupil:
    """Return a record of a school, archived or not, with which `action` may be done.

    Raise `NotFound` and `AccessDenied` as `Work.require`, and `NotFound` where there is no record.
    """
    work.require(action, school_id)
    pupil = find_held_pupil(work.session, school_id, pupil_id) if is_pupil_id(pupil_id) else None
    if pupil is None:
        raise NotFound(NO_SUCH_RECORD)
    return pupil
