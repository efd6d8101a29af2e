"""Claiming the record of a pupil who has come from another school: states, limits, what travels."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from pupiltrack_core.domain.pupil_fields import CUSTOM_FIELDS, PupilField

CLAIM_LASTS = timedelta(days=60)
# A junior school may claim a whole new Year 3 in two days; nobody tries numbers by the thousand.
CLAIMS_A_DAY = 60

# What is said of the child goes along, as it does in a common transfer file. What only the old
# school says stays: its class, its own filters, its notes, and when the child joined that school.
_STAYS = frozenset(
    {
        PupilField.CLASS_NAME,
        PupilField.YEAR_GROUP,
        PupilField.MOBILITY_YEAR,
        PupilField.MOBILITY_TERM,
        *CUSTOM_FIELDS,
    }
)
TRAVELS_WITH_ENROLMENT = tuple(
    name.value for name in PupilField if not name.is_of_pupil and name not in _STAYS
)
TRAVELS_WITH_PUPIL = (
    "upn_is_local",
    "former_upn",
    *(name.value for name in PupilField if name.is_of_pupil and name is not PupilField.NOTES),
)


class ClaimState(StrEnum):
    """What has become of a claim, as it is stored."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


# A refused claim stays open for the local authority to decide.
OPEN_STATES = (ClaimState.WAITING, ClaimState.REFUSED)


class ClaimOutcome(StrEnum):
    """What the school that claims is told; the value is what it reads.

    A claim that another school has refused, one that no school can answer and one not answered yet
    are told alike: whether a number is known elsewhere shows only when it is confirmed.
    """

    WAITING = "Waiting for an answer"
    CONFIRMED = "Confirmed: the pupil is on your roll"
    WITHDRAWN = "Withdrawn"
    NOT_CONFIRMED = "Not confirmed by any school"


class Refusal(StrEnum):
    """Why a school does not hand a record over; the local authority reads it."""

    STAYS = "stays"
    UNSURE = "unsure"
    OTHER_PUPIL = "other pupil"

    @property
    def label(self) -> str:
        """As the form and the local authority's list have it."""
        return _REFUSALS[self]


_REFUSALS = {
    Refusal.STAYS: "The pupil is still at our school",
    Refusal.UNSURE: "We do not know whether the pupil has left",
    Refusal.OTHER_PUPIL: "It must be another pupil",
}


def is_open(state: str, expires_on: date, *, today: date) -> bool:
    """Whether a record can still be handed over for a claim; on its last day it can."""
    return state in OPEN_STATES and today <= expires_on


def outcome(state: str, expires_on: date, *, today: date) -> ClaimOutcome:
    """Return what the school that claims is told."""
    if state == ClaimState.CONFIRMED:
        return ClaimOutcome.CONFIRMED
    if state == ClaimState.WITHDRAWN:
        return ClaimOutcome.WITHDRAWN
    if is_open(state, expires_on, today=today):
        return ClaimOutcome.WAITING
    return ClaimOutcome.NOT_CONFIRMED


def refusal_label(stored: str | None) -> str:
    """Return the words for a stored reason, "" for none."""
    known = {reason.value: reason.label for reason in Refusal}
    return "" if stored is None else known.get(stored, stored)
