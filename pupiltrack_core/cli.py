"""The command `pupiltrack`: databases, accounts, reports and the demonstration, thin over services.

It has the rights of whoever runs it on the machine. Modules that take long to load are imported by
the command that needs them.
"""

from __future__ import annotations

import click

from pupiltrack_core.cli_backups import backup, restore
from pupiltrack_core.cli_base import FriendlyGroup, database_of, database_option, settings_for
from pupiltrack_core.cli_batch import batch, pack
from pupiltrack_core.cli_demo import demo
from pupiltrack_core.cli_duties import retention
from pupiltrack_core.cli_places import authority, school
from pupiltrack_core.cli_reports import report
from pupiltrack_core.cli_users import user


@click.group(cls=FriendlyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pupiltrack", prog_name="pupiltrack")
def main() -> None:
    """PupilTrack: assessment of primary pupils."""


main.add_command(authority)
main.add_command(backup)
main.add_command(demo)
report.add_command(batch)
report.add_command(pack)
main.add_command(report)
main.add_command(restore)
main.add_command(retention)
main.add_command(school)
main.add_command(user)


@main.group("db")
def db() -> None:
    """Set up and check the database."""


@db.command("upgrade")
@database_option
def upgrade(database_url: str | None) -> None:
    """Create the tables, or bring them to this version."""
    from pupiltrack_core.storage import schema

    url = settings_for(database_url).database_url
    before = schema.current_revision(url)
    schema.upgrade(url)
    now = schema.current_revision(url)
    if before == now:
        click.echo(f"The database was at revision {now} already; nothing was changed.")
    else:
        click.echo(f"The database is at revision {now} now (it was at {before or 'none'}).")


@db.command("check")
@database_option
def check(database_url: str | None) -> None:
    """Say whether the database can be used by this version."""
    from pupiltrack_core.storage import schema

    url = settings_for(database_url).database_url
    with database_of(database_url):
        click.echo(f"The database is at revision {schema.current_revision(url)}, as it should be.")


@db.command("roles")
def roles() -> None:
    """Print the SQL that makes PostgreSQL's roles, for an administrator of the server to run.

    Run it with psql in the portal's database: pupiltrack db roles | psql DATABASE. Then give the
    roles passwords (psql's \\password), and let database_url name pupiltrack_app.
    """
    from pupiltrack_core.storage.database_roles import role_script

    click.echo(role_script())


@main.group("audit")
def audit() -> None:
    """The record of who did what."""


@audit.command("verify")
@database_option
@click.option("--noted-rows", type=int, help="How many rows an earlier check told you to note.")
@click.option("--noted-hash", help="The hash it told you to note with them.")
@click.pass_context
def verify(
    ctx: click.Context, noted_rows: int | None, noted_hash: str | None, database_url: str | None
) -> None:
    """Check that no row of the audit was changed, removed or cut off.

    Heads that the server noted beside its secret file are looked for too.
    """
    from pupiltrack_core.services import audit as audit_service
    from pupiltrack_core.services.audit_anchor import verify_with_anchor

    if (noted_rows is None) != (noted_hash is None):
        raise click.UsageError("--noted-rows and --noted-hash go together.")
    noted = None
    if noted_rows is not None and noted_hash is not None:
        noted = audit_service.AuditHead(noted_rows, noted_hash)
    with database_of(database_url) as database:
        checked = verify_with_anchor(database, settings_for(database_url).secret_file, noted=noted)
    found = checked.chain
    for fault in checked.faults:
        click.echo(fault, err=True)
    if checked.faults:
        click.echo("The audit was altered.", err=True)
        ctx.exit(1)
    click.echo(
        f"The audit is whole: {found.head.rows} rows. It holds each of {checked.noted} heads noted "
        "before. Note this outside the database, to find out later if its end is cut off: "
        f"--noted-rows {found.head.rows} --noted-hash {found.head.entry_hash}"
    )


if __name__ == "__main__":
    main()
