"""What stands on everything a school prints: who printed it, when, and the school's logo."""

from __future__ import annotations

from pupiltrack_core.reports.documents import Logo, Printed
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.reports import ExportNote
from pupiltrack_core.services.school_profile import school_logo


def printed_for(caller: Caller, note: ExportNote, school_id: int | None) -> Printed:
    """Return what a document of this school says of its printing; None is several schools.

    Raises NotFound for a school out of reach, and NotSignedIn.
    """
    held = None if school_id is None else school_logo(caller, school_id)
    logo = None if held is None else Logo(held.content, held.width, held.height, held.alt)
    return Printed(note.by, note.at, logo)
