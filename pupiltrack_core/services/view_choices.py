"""How a person likes to see a page: sections on and off, widths. Remembered for each person.

What comes back was once sent by a browser, so whoever reads it checks each part again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.storage.saved_selections import find_selection, save_selection

MAX_BYTES = 16_384


def load_view(caller: Caller, page: str) -> dict[str, Any]:
    """Return what the person's view of `page` was saved as, or nothing."""
    with caller.begin() as work:
        return find_selection(work.session, work.principal.user_id, page)


def save_view(caller: Caller, page: str, view: Mapping[str, Any]) -> None:
    """Remember the person's view of `page`; raise `InvalidEntry` for one that is too large.

    Nothing is remembered of the operator at the command line.
    """
    if len(json.dumps(view)) > MAX_BYTES:
        raise InvalidEntry(
            "This view is too large to be remembered. Nothing was saved.", field="view"
        )
    with caller.begin(write=True) as work:
        if work.user_id is None:
            return
        save_selection(work.session, work.user_id, page, view)
        work.commit()
