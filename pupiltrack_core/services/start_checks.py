"""What the database and the secret must be like before the portal serves anybody."""

from __future__ import annotations

import logging

from sqlalchemy import select

from pupiltrack_core.errors import ConfigurationError
from pupiltrack_core.settings import Settings
from pupiltrack_core.storage.database_roles import require_confined_role, role_faults
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import UserAccount
from pupiltrack_core.storage.network_folders import refuse_network_folder

_log = logging.getLogger(__name__)


def require_safe_start(settings: Settings, database: Database) -> None:
    """Raise `ConfigurationError`, saying what to do, where serving would lose or lock out."""
    refuse_network_folder(database.url)
    _require_schools_kept_apart(settings, database)
    _require_secret_of_accounts(settings, database)


def _require_schools_kept_apart(settings: Settings, database: Database) -> None:
    """With an https address real people use it; before that a developer's one role will do."""
    if settings.secure_cookies:
        require_confined_role(database)
        return
    for fault in role_faults(database):
        _log.warning(
            "PostgreSQL does not keep schools apart here: %s. That is for development only; with "
            "an https address the portal does not start.",
            fault,
        )


def _require_secret_of_accounts(settings: Settings, database: Database) -> None:
    """A new secret opens none of what an earlier one has sealed, and would do so silently."""
    if settings.secret_file.exists():
        return
    sealed = UserAccount.totp_sealed.is_not(None) | UserAccount.code_sealed.is_not(None)
    with database.unit_of_work() as unit:
        found = unit.session.scalar(select(UserAccount.id).where(sealed).limit(1))
    if found is not None:
        raise ConfigurationError(
            f"The secret file {settings.secret_file} is not there, but accounts have second steps "
            "that were sealed with one: with a new secret nobody could sign in. Copy the old file "
            "back, or set secret_file to where it is. If it is lost for good, run "
            "`pupiltrack user second-step --everyone`, and people set theirs up anew."
        )
