"""`pupiltrack retention`: erase what is past its time, from the machine itself."""

from __future__ import annotations

import click

from pupiltrack_core.cli_base import database_option, operator_of, settings_for
from pupiltrack_core.errors import ConfigurationError


@click.command("retention")
@click.option("--apply", "does_apply", is_flag=True, help="Erase; otherwise it is only told.")
@database_option
def retention(does_apply: bool, database_url: str | None) -> None:
    """Tell which pupils' records are past their time, and with --apply erase them for good.

    Records with a legal hold stay. Pupils are told by number, never by name.
    """
    from pupiltrack_core.services.retention import run_retention

    secret_file = settings_for(database_url).secret_file
    if does_apply and not secret_file.exists():  # else one would be made, which knows nobody again
        raise ConfigurationError(
            f"The secret file {secret_file} is not there, and without the portal's own nobody who "
            "was erased is known when a backup is put back. Nothing was erased. Set secret_file to "
            "where it is; the portal's first start makes it."
        )
    with operator_of(database_url) as caller:
        result = run_retention(caller, secret_file, apply=does_apply)
    for record in result.due:
        click.echo(
            f"School {record.school_id}, pupil {record.pupil_id}: kept until "
            f"{record.kept_until:%d/%m/%Y}."
        )
    for record in result.held:
        click.echo(f"School {record.school_id}, pupil {record.pupil_id}: held, and stays.")
    if does_apply:
        click.echo(f"Erased {result.erased} of {len(result.due)} records; {len(result.held)} held.")
    else:
        click.echo(
            f"{len(result.due)} records are past their time and {len(result.held)} more are held. "
            "Nothing was erased: run it again with --apply to erase them."
        )
