"""The address at which the Pupils page opens one pupil's record: a number in it, and no name."""

from __future__ import annotations

from pupiltrack_core.access import Page

PUPIL, SECTION = "pupil", "section"
INTERVENTIONS, MEETINGS = "interventions", "meetings"  # sections of the record


def meetings_address(query: str) -> str:
    """Return the address of a pupil's progress meetings without the pupil's number, its end.

    `query`, already encoded, says which list the pupil is on: the school and the academic year.
    """
    return f"/{Page.PUPILS.value}?{query}&{SECTION}={MEETINGS}&{PUPIL}="
