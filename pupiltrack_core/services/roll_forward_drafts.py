"""What a person has chosen so far for the start of a year, kept until it is started.

Of pupils there are numbers only. What comes back is checked again by the plan it goes into.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.roll_forward_plan import (
    ClassOfYear,
    PupilChoice,
    YearChoices,
    is_year_choice,
)
from pupiltrack_core.services.roll_forward_state import require_school
from pupiltrack_core.storage.saved_selections import find_selection, save_selection

MAX_BYTES = 65_536  # of a draft; a choice for each pupil of a large school
_LEAVES = -99  # in place of a year group


def load_draft(caller: Caller, school_id: int, academic_year: int) -> YearChoices:
    """Return what the person chose for this year of the school, nothing where nothing is kept.

    Raise `NotFound` for a school out of reach, `AccessDenied` for a role that may not start years.
    """
    with caller.begin() as work:
        require_school(work, school_id)
        kept = find_selection(work.session, work.principal.user_id, _page(school_id))
    if kept.get("year") != academic_year:
        return YearChoices()
    return YearChoices(
        {
            ClassOfYear(name, group): new
            for name, group, new in _of_three(kept, "classes")
            if isinstance(name, str) and isinstance(new, str) and _is_group(group)
        },
        {
            number: PupilChoice(group if _is_group(group) else None, group == _LEAVES, new)
            for number, group, new in _of_three(kept, "pupils")
            if type(number) is int and (new is None or isinstance(new, str))
        },
    )


def save_draft(caller: Caller, school_id: int, academic_year: int, choices: YearChoices) -> bool:
    """Keep the choices for the person's next visit; return False where they are too many to keep.

    Raises as `load_draft`. Nothing is kept of the operator at the command line.
    """
    kept = {
        "year": academic_year,
        "classes": [[key.class_name, key.year_group, new] for key, new in choices.classes.items()],
        "pupils": [
            [number, _LEAVES if choice.leaves else choice.year_group, choice.class_name]
            for number, choice in choices.pupils.items()
        ],
    }
    if len(json.dumps(kept)) > MAX_BYTES:
        return False
    with caller.begin(write=True) as work:
        require_school(work, school_id)
        if work.user_id is not None:
            save_selection(work.session, work.user_id, _page(school_id), kept)
            work.commit()
    return True


def _page(school_id: int) -> str:
    return f"start-a-year:{school_id}"


def _is_group(group: object) -> bool:
    return type(group) is int and is_year_choice(group)


def _of_three(kept: Mapping[str, Any], key: str) -> list[list[Any]]:
    rows = kept.get(key)
    if not isinstance(rows, list):
        return []
    return [row for row in rows if isinstance(row, list) and len(row) == 3]
