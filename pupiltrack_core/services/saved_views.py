"""Reports that people name and keep, each for themselves: saving, opening, renaming, deleting.

A view holds what was chosen, never a figure or a pupil. What comes back was once sent by a browser,
so whoever reads it checks each part again: it may ask for more than the person may see by now.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pupiltrack_core.errors import InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.entered_names import required_name
from pupiltrack_core.services.view_choices import MAX_BYTES
from pupiltrack_core.storage.report_models import SavedView
from pupiltrack_core.storage.saved_views import (
    add_view,
    count_views,
    find_view,
    find_view_named,
    find_views,
)

VIEW_SAVED = "view saved"
VIEW_RENAMED = "view renamed"
VIEW_DELETED = "view deleted"
MAX_NAME, MOST_VIEWS = 80, 200
_UNDONE = "Nothing was saved."


@dataclass(frozen=True, slots=True)
class NamedView:
    """A report as its owner named it; `saved_at` is aware."""

    id: int
    name: str
    saved_at: datetime


def saved_views(caller: Caller, page: str) -> tuple[NamedView, ...]:
    """Return the person's views of a page, by name; none for the operator."""
    with caller.begin() as work:
        if work.user_id is None:
            return ()
        return tuple(_named(row) for row in find_views(work.session, work.user_id, page))


def open_view(caller: Caller, page: str, view_id: int) -> dict[str, Any]:
    """Return what a view of the page holds; raise `NotFound` for another's or one that is gone."""
    with caller.begin() as work:
        return dict(_own(work, page, view_id).content)


def save_view_as(
    caller: Caller,
    page: str,
    name: str,
    content: Mapping[str, Any],
    *,
    school_id: int | None = None,
    replaces: bool = False,
) -> NamedView:
    """Keep a report of the page under a name; `replaces` lets it stand in for one of the name.

    Raise `InvalidEntry` for a name that cannot be used or is in use, for a report too large to be
    kept or one too many, `NotFound` for a school out of reach, `Conflict` when the same was saved
    elsewhere at this moment.
    """
    tidy = _tidy(name)
    if len(json.dumps(content)) > MAX_BYTES:
        raise InvalidEntry(f"This view is too large to be kept. {_UNDONE}", field="name")
    with caller.begin(write=True, act=True) as work:
        owner = _owner(work)
        if school_id is not None:
            work.school(school_id)
        row = find_view_named(work.session, owner, page, tidy)
        if row is not None and not replaces:
            raise _in_use()
        if row is None:
            if count_views(work.session, owner) >= MOST_VIEWS:
                raise InvalidEntry(
                    f"You keep {MOST_VIEWS} views, which is the most. Delete one first. {_UNDONE}",
                    field="name",
                )
            row = add_view(
                work.session,
                owner,
                page,
                name=tidy,
                school_id=school_id,
                content=content,
                saved_at=work.now,
            )
        else:
            row.content, row.saved_at, row.school_id = dict(content), work.now, school_id
        work.audit(VIEW_SAVED, school_id=school_id, page=page, view=row.id)
        saved = _named(row)
        work.commit()
        return saved


def rename_view(caller: Caller, page: str, view_id: int, name: str) -> NamedView:
    """Give a view another name; raises as `open_view` and `save_view_as`."""
    tidy = _tidy(name)
    with caller.begin(write=True, act=True) as work:
        row = _own(work, page, view_id)
        other = find_view_named(work.session, row.user_id, page, tidy)
        if other is not None and other.id != row.id:
            raise _in_use()
        row.name = tidy
        work.audit(VIEW_RENAMED, school_id=row.school_id, page=page, view=row.id)
        renamed = _named(row)
        work.commit()
        return renamed


def delete_view(caller: Caller, page: str, view_id: int) -> None:
    """Delete a view for good; raises as `open_view`."""
    with caller.begin(write=True, act=True) as work:
        row = _own(work, page, view_id)
        work.audit(VIEW_DELETED, school_id=row.school_id, page=page, view=row.id)
        work.session.delete(row)
        work.commit()


def _tidy(name: str) -> str:
    return required_name(
        name, field="name", longest=MAX_NAME, missing="Give the view a name.", undone=_UNDONE
    )


def _in_use() -> InvalidEntry:
    return InvalidEntry(
        f"You keep a view of this name already. Choose another name. {_UNDONE}", field="name"
    )


def _owner(work: Work) -> int:
    if work.user_id is None:
        raise InvalidEntry(f"Views are kept for people who sign in. {_UNDONE}", field="name")
    return work.user_id


def _own(work: Work, page: str, view_id: int) -> SavedView:
    row = find_view(work.session, work.principal.user_id, view_id)
    if row is None or row.page != page:
        raise NotFound("There is no such view, or it was deleted. Nothing was changed.")
    return row


def _named(row: SavedView) -> NamedView:
    return NamedView(row.id, row.name, row.saved_at)
