"""Why a school archives a pupil's record, and how long it can bring one back by itself."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

# Afterwards the local authority does it, so that a child's record does not come and go unseen.
RESTORE_WITHIN = timedelta(days=30)


class ArchiveReason(StrEnum):
    """Why a record is put away; the value is what is stored."""

    LEFT = "left"
    MOVED = "moved"
    HOME_EDUCATED = "home"
    ABROAD = "abroad"
    DIED = "died"
    MISTAKE = "mistake"
    OTHER = "other"
    TRANSFERRED = "transferred"

    @property
    def label(self) -> str:
        """As shown in lists and on the record."""
        return _LABELS[self]


_LABELS = {
    ArchiveReason.LEFT: "Left at the end of a school year",
    ArchiveReason.MOVED: "Moved to another school",
    ArchiveReason.HOME_EDUCATED: "Educated at home",
    ArchiveReason.ABROAD: "Moved abroad",
    ArchiveReason.DIED: "Died",
    ArchiveReason.MISTAKE: "Record made by mistake",
    ArchiveReason.OTHER: "Another reason",
    ArchiveReason.TRANSFERRED: "Handed over to another school",
}
# Handing over is not chosen: it is what a confirmed claim does.
CHOSEN_REASONS = tuple(
    reason for reason in ArchiveReason if reason is not ArchiveReason.TRANSFERRED
)


def reason_label(stored: str | None) -> str:
    """Return the words for what is stored, "" for none; of an unknown one what is stored."""
    if stored is None:
        return ""
    known = {reason.value: reason.label for reason in ArchiveReason}
    return known.get(stored, stored)
