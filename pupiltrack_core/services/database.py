"""How the composition roots (a page, the server, the command line) come by the database."""

from __future__ import annotations

from pupiltrack_core.settings import Settings
from pupiltrack_core.storage.engine import Database


def open_database(settings: Settings, *, idle_connections: int = 2) -> Database:
    """Return the database of the settings; connects only when first used.

    Raises `ConfigurationError` for an address that is neither SQLite's nor PostgreSQL's.
    """
    return Database.open(settings.database_url, idle_connections=idle_connections)
