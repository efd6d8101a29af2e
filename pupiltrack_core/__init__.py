"""Storage and calculations of PupilTrack, for notebooks, scripts and the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pupiltrack_core.reports.frames import PortalFrames

__all__ = ["open_portal"]


def open_portal(
    database: str | None = None, *, user: str | None = None, read_only: bool = True
) -> PortalFrames:
    """Return what a portal holds, as pandas frames.

    >>> from pupiltrack_core import open_portal
    >>> portal = open_portal()
    >>> portal.summary("999/2001", years=4)["subject_name"].head(3).tolist()
    ['Reading', 'Writing', 'Maths']

    For people who run Jupyter or Python where the database is. `database` is an address like
    "sqlite:///var/pupiltrack.sqlite"; without one it is that of `pupiltrack.toml` or of
    PUPILTRACK_DATABASE_URL. Frames are read as the operator, who sees every school; with `user`, a
    user name, as that person would see them at this moment. The audit says who took rows of pupils.

    Nothing that is read can change what the portal holds. With `read_only=False` the operator's
    `caller` is there for the services, which can; nobody acts in another's name that way.

    Raises `DatabaseRevisionError` for tables of another version, `ConfigurationError` for settings
    that cannot be read, `NotFound` for a user there is not and `InvalidEntry` for a user together
    with `read_only=False`.
    """
    # Here and not above: whoever imports a part of this package need not load pandas.
    from pupiltrack_core.reports.opening import open_frames

    return open_frames(database, user=user, read_only=read_only)
