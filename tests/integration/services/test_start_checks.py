"""What must be so before anybody is served."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pupiltrack_core.errors import ConfigurationError
from pupiltrack_core.services.start_checks import require_safe_start
from pupiltrack_core.settings import Settings, load_secret
from pupiltrack_core.storage.engine import Database
from tests.builders import make_user
from tests.postgres_server import as_owner


@pytest.mark.parametrize("sealed", ["totp_sealed", "code_sealed"])
def test_require_safe_start_misses_the_secret_that_accounts_were_sealed_with(
    sqlite_database: Database, tmp_path: Path, sealed: str
) -> None:
    settings = Settings(secret_file=tmp_path / "secret")
    make_user(sqlite_database)
    require_safe_start(settings, sqlite_database)  # the first start makes the secret
    make_user(sqlite_database, **{sealed: b"sealed"})
    with pytest.raises(ConfigurationError, match="Copy the old file back"):
        require_safe_start(settings, sqlite_database)
    assert not settings.secret_file.exists()
    elsewhere = replace(settings, secret_file=tmp_path / "kept")
    load_secret(elsewhere.secret_file)
    require_safe_start(elsewhere, sqlite_database)


def test_require_safe_start_refuses_a_role_past_the_policies_on_https_alone(
    postgres_database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(secret_file=tmp_path / "secret")
    public = replace(settings, public_url="https://assessment.example.sch.uk")
    require_safe_start(public, postgres_database)
    assert not caplog.records
    owner = as_owner(postgres_database)
    require_safe_start(settings, owner)
    assert "is a superuser" in caplog.text
    with pytest.raises(ConfigurationError, match="pupiltrack db roles"):
        require_safe_start(public, owner)
    owner.dispose()
