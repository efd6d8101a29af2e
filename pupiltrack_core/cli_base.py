"""What every command shares: the database it works on, and errors as sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from pupiltrack_core.errors import ConfigurationError, InvalidEntry, PupilTrackError
from pupiltrack_core.services.accounts import Database, open_database
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.settings import Settings, load_settings

REFUSED, MISCONFIGURED = 1, 2
F = TypeVar("F", bound=Callable[..., Any])


class FriendlyGroup(click.Group):
    """A group whose errors are a sentence and an exit status, never a traceback.

    1 where what was asked for cannot be done, 2 where PupilTrack itself is not set up for it.
    """

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; see the class for what becomes of errors."""
        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            raise _Misconfigured(str(error)) from error
        except PupilTrackError as error:
            raise _Refused(str(error)) from error


def database_option(command: F) -> F:
    """Add `--database URL` to a command."""
    return click.option(
        "--database",
        "database_url",
        metavar="URL",
        help="The database, as sqlite:///var/pupiltrack.sqlite or postgresql://...; otherwise that "
        "of pupiltrack.toml or PUPILTRACK_DATABASE_URL.",
    )(command)


def settings_for(database_url: str | None) -> Settings:
    """Return the settings, with another database when one was named."""
    settings = load_settings()
    return settings if database_url is None else replace(settings, database_url=database_url)


@contextmanager
def database_of(database_url: str | None) -> Iterator[Database]:
    """Open the database, checked to be of this version, and close it afterwards."""
    database = open_database(settings_for(database_url).database_url)
    try:
        yield database
    finally:
        database.dispose()


@contextmanager
def operator_of(database_url: str | None) -> Iterator[Caller]:
    """Open the database as the operator: every school, every action, all of it audited."""
    with database_of(database_url) as database:
        yield Caller.for_operator(database)


def write_report(out: Path, content: bytes, *, personal: bool) -> None:
    """Write a file and say so; raise `InvalidEntry` where it cannot be written."""
    try:
        out.write_bytes(content)
    except OSError as error:
        raise InvalidEntry(
            f"{out} could not be written: {error.strerror}. Nothing was kept; name another file.",
            field="out",
        ) from error
    click.echo(f"Wrote {out}{'; it contains personal data' if personal else ''}.")


class _Refused(click.ClickException):
    exit_code = REFUSED


class _Misconfigured(click.ClickException):
    exit_code = MISCONFIGURED
