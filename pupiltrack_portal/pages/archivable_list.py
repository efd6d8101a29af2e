"""What lists of things a school names itself have in common: they are archived, never removed."""

from __future__ import annotations

from collections.abc import Callable

from pupiltrack_core.errors import Conflict, InvalidEntry
from pupiltrack_portal.widgets.figures_table import TableCell
from pupiltrack_portal.widgets.form import Form

CHANGE, ARCHIVE, CANCEL = "change", "archive", "cancel"


def state_cells(name: str, is_archived: bool, *, change: str) -> tuple[TableCell, ...]:
    """Return the cells of state, change and archiving; their columns are named so."""
    other = "Bring back" if is_archived else "Archive"
    return (
        TableCell("Archived" if is_archived else "In use"),
        TableCell(change, press=f"{change} {name}"),
        TableCell(other, press=f"{other} {name}"),
    )


def archived_in_words(name: str, was_archived: bool) -> str:
    """Return what is said when one was archived, or brought back."""
    return f"{name} can be chosen again." if was_archived else f"{name} is archived."


def try_to_store(
    form: Form, store: Callable[[], None], *, conflict: str
) -> InvalidEntry | Conflict | None:
    """Store, or say what is wrong at its field and return it; a conflict is said at `conflict`."""
    try:
        store()
    except InvalidEntry as error:
        form.complain({error.field: str(error)})
        return error
    except Conflict as error:
        form.complain({conflict: str(error)})
        return error
    return None
