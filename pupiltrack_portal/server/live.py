"""How long a session still lives, in seconds, as pages are told."""

from __future__ import annotations

from datetime import datetime

from pupiltrack_core.services.accounts import LiveSession


def idle_seconds(session: LiveSession, *, now: datetime) -> int:
    """Return the seconds until the session ends unless the person does something."""
    return max(0, int((session.idle_expires_at - now).total_seconds()))


def overall_seconds(session: LiveSession, *, now: datetime) -> int:
    """Return the seconds until the session ends whatever the person does."""
    return max(0, int((session.expires_at - now).total_seconds()))
