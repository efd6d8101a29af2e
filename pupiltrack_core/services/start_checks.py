"""What the database and the secret must be like before the portal serves anybody."""

from __future__ import annotations

from sqlalchemy import select

from pupiltrack_core.errors import ConfigurationError
from pupiltrack_core.settings import Settings
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import UserAccount
from pupiltrack_core.storage.network_folders import refuse_network_folder


def require_safe_start(settings: Settings, database: Database) -> None:
    """Raise `ConfigurationError`, saying what to do, where serving would lose or lock out."""
    refuse_network_folder(database.url)
    _require_secret_of_accounts(settings, database)


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
