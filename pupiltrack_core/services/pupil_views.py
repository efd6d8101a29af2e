"""Writing down who looked at which pupil's record, before anything of it is shown.

A view that cannot be written down does not happen: the error goes to whoever wanted to look.
"""

from __future__ import annotations

from datetime import timedelta

from pupiltrack_core.access import Action
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.unusual_use import note_many_pupils
from pupiltrack_core.storage.audit_search import has_entry_since

# Going to and fro between a record, its journey and its meetings is one look at the pupil.
ONE_LOOK = timedelta(minutes=10)


def write_down_view(caller: Caller, school_id: int, pupil_id: int) -> None:
    """Write to the audit that the person looked at the pupil, once in ten minutes.

    For services that have just found that the person may. Raise as `Work.require` and
    `Work.commit`: nothing may be shown then.
    """
    with caller.begin() as work:
        if work.is_operator or _is_written(work, school_id, pupil_id):
            return
    with caller.begin(write=True) as work:
        work.require(Action.SEE_PUPILS, school_id)
        if _is_written(work, school_id, pupil_id):  # by another page of the person, meanwhile
            return
        work.audit(AuditAction.PUPIL_SEEN, school_id=school_id, pupil=pupil_id)
        note_many_pupils(work, school_id=school_id, pupil_id=pupil_id)
        work.commit()


def _is_written(work: Work, school_id: int, pupil_id: int) -> bool:
    return has_entry_since(
        work.session,
        user_id=work.user_id,
        action=AuditAction.PUPIL_SEEN,
        school_id=school_id,
        pupil_id=pupil_id,
        since=work.now - ONE_LOOK,
    )
