"""A portal opened for analysis: settings, database and reader put together."""

from __future__ import annotations

from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.reports.frames import PortalFrames
from pupiltrack_core.services.accounts import find_user_id, open_database
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.settings import load_settings


def open_frames(
    database_url: str | None = None, *, user: str | None = None, read_only: bool = True
) -> PortalFrames:
    """Return the frames of a portal; see `pupiltrack_core.open_portal`.

    No connection stays open between two frames, so that there is nothing to close.
    """
    if user is not None and not read_only:
        raise InvalidEntry(
            "Only the operator can open a portal to change what it holds: leave the user out. "
            "Nothing was opened.",
            field="user",
        )
    url = database_url or load_settings().database_url
    database = open_database(url, idle_connections=0)
    if user is None:
        return PortalFrames(Caller.for_operator(database), read_only=read_only)
    return PortalFrames(Caller.for_account(database, find_user_id(database, user)))
