"""The cohorts a person keeps under names, for every report page alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pupiltrack_core.errors import InvalidEntry
from pupiltrack_portal.pages.cohort_bar import CohortBar
from pupiltrack_portal.pages.cohort_choice import LAST_COHORT, CohortChoice
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.matrix_views import SavedViewsPart

_ADDRESS = "address"


def kept_selections(
    context: PageContext, bar: CohortBar, *, on_selected: Callable[[], None]
) -> SavedViewsPart:
    """Return the part that keeps the cohort of a filter bar under a name, and opens it again.

    `on_selected` is called once another cohort is chosen, as by the bar itself.
    """
    choice = bar.choice

    def content() -> tuple[dict[str, Any], int | None]:
        return {_ADDRESS: choice.to_address()}, choice.school_id()

    def open_kept(kept: dict[str, Any]) -> str:
        _take(choice, kept)
        bar.redraw()
        on_selected()
        choice.remember()
        return ""

    return SavedViewsPart(
        context,
        content=content,
        on_open=open_kept,
        page=LAST_COHORT,
        one="selection",
        many="selections",
    )


def _take(choice: CohortChoice, kept: dict[str, Any]) -> None:
    address = kept.get(_ADDRESS)
    if not isinstance(address, str) or not address:
        raise InvalidEntry(
            "This selection cannot be opened any more. Delete it and keep another; nothing was "
            "changed.",
            field="view",
        )
    choice.open_address(address)
