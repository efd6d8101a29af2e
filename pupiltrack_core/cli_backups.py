"""`pupiltrack backup` and `pupiltrack restore`: everything, locked and put away, and put back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from pupiltrack_core.cli_base import database_of, database_option, settings_for
from pupiltrack_core.errors import ConfigurationError

IDENTITY = click.option(
    "--identity",
    "identity_file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file `backup new-key` wrote; its passphrase is asked for where it has one.",
)


@click.group("backup")
def backup() -> None:
    """Make backups, which only the holder of a key can open."""


@backup.command("make")
@database_option
@click.pass_context
def make(ctx: click.Context, database_url: str | None) -> None:
    """Back up the database while people work, and remove backups that are too old."""
    from pupiltrack_core.services.audit_anchor import Occasion, note_head
    from pupiltrack_core.services.backups import make_backup, plan_for

    settings = settings_for(database_url)
    plan = plan_for(settings)
    with database_of(database_url) as database:
        made = make_backup(database, plan)
        if settings.secret_file.exists():  # else noting would make one that is not the portal's
            now = datetime.now(UTC)
            note_head(database, settings.secret_file, occasion=Occasion.BACKUP, at=now)
    head = made.manifest
    click.echo(
        f"Made {made.file.path} ({made.file.size:,} bytes, {sum(head.rows.values()):,} rows), and "
        "read it to its end."
    )
    if made.removed:
        click.echo(f"Backups removed, older than {plan.days} days: {len(made.removed)}.")
    click.echo(
        f"The audit in it: --noted-rows {head.audit_rows} --noted-hash {head.audit_hash} (note it "
        f"elsewhere, and copy what stands beside {settings.secret_file} away with the backup)."
    )
    _tell_faults(ctx, made.faults)


@backup.command("list")
def list_() -> None:
    """List the backups there are, the newest first."""
    from pupiltrack_core.services.backups import find_backups

    folder = settings_for(None).backup_folder
    found = find_backups(folder)
    if not found:
        click.echo(f"There is no backup in {folder}.")
    for file in found:
        click.echo(f"{file.made_at:%Y-%m-%d %H:%M:%S} UTC  {file.size:>15,} bytes  {file.path}")


@backup.command("check")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@IDENTITY
def check(file: Path, identity_file: Path) -> None:
    """Open a backup to its end, and say what it holds; nothing is restored."""
    from pupiltrack_core.services.restoring import read_whole_backup

    manifest = read_whole_backup(file, _identities(identity_file))
    click.echo(
        f"{file} is whole: a {manifest.kind} database of {manifest.made_at:%Y-%m-%d %H:%M} UTC at "
        f"revision {manifest.revision}, {sum(manifest.rows.values()):,} rows in "
        f"{len(manifest.rows)} tables, audit of {manifest.audit_rows:,} rows."
    )


@backup.command("new-key")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--passphrase", is_flag=True, help="Lock the file by a passphrase, asked for.")
def new_key(file: Path, passphrase: bool) -> None:
    """Make a key that opens backups, and print the public half that makes them."""
    from pupiltrack_core.services import backups

    words = None
    if passphrase:
        words = click.prompt("Passphrase", hide_input=True, confirmation_prompt=True)
    public = backups.new_key(file, passphrase=words)
    click.echo(f'backup_recipients = ["{public}"]')
    click.echo(
        f"Put this line into pupiltrack.toml. Keep {file} in two places away from this machine, "
        "with a copy of the secret file: who has it can read every backup, and without it no "
        "backup can be read.",
        err=True,
    )


@click.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@IDENTITY
@click.option("--replace", is_flag=True, help="Keep the database that is there under another name.")
@click.option(
    "--without-secret", is_flag=True, help="The secret file is lost; second steps are set up anew."
)
@database_option
@click.pass_context
def restore(
    ctx: click.Context,
    file: Path,
    identity_file: Path,
    replace: bool,
    without_secret: bool,
    database_url: str | None,
) -> None:
    """Put the database of a backup where the settings or --database say. Stop the portal first.

    The secret file and the tombstones kept beside it are to be in their places before.
    """
    from pupiltrack_core.services.account_list import withdraw_sealed_steps
    from pupiltrack_core.services.audit import AuditHead
    from pupiltrack_core.services.audit_anchor import Occasion, note_head, require_notable
    from pupiltrack_core.services.erasure import replay_tombstones
    from pupiltrack_core.services.restoring import restore_backup

    settings = settings_for(database_url)
    if not settings.secret_file.exists() and not without_secret:
        raise ConfigurationError(
            f"The secret file {settings.secret_file} is not there. Nothing was changed. Copy it "
            "and tombstones.jsonl to their places first; if they are lost for good, say "
            "--without-secret."
        )
    require_notable(settings.secret_file)  # before anything is replaced
    done = restore_backup(
        settings.database_url,
        file,
        _identities(identity_file),
        replace=replace,
        replay=lambda database: replay_tombstones(database, settings.secret_file),
    )
    click.echo(
        f"Restored {sum(done.manifest.rows.values()):,} rows as of "
        f"{done.manifest.made_at:%Y-%m-%d %H:%M} UTC. Ended of that time: sessions "
        f"{done.ended.sessions}, links {done.ended.links}, waiting messages {done.ended.messages}."
    )
    if done.kept:
        click.echo(
            f"What was there before is kept: {', '.join(done.kept)}. Remove it once all is well."
        )
    if done.erased:
        click.echo(f"Pupils erased since then, and now once more: {done.erased}.")
    click.echo(
        "Accounts are as they were then: look at who was disabled or given a new password since."
    )
    with database_of(database_url) as database:
        if without_secret:
            number = withdraw_sealed_steps(database)
            click.echo(f"Accounts that set up their second step at their next sign-in: {number}.")
        note_head(
            database,
            settings.secret_file,
            occasion=Occasion.RESTORE,
            at=datetime.now(UTC),
            of_backup=AuditHead(done.manifest.audit_rows, done.manifest.audit_hash),
        )
    _tell_faults(ctx, done.faults)


def _identities(file: Path) -> list[object]:
    from pupiltrack_core.services.backups import read_identities

    return read_identities(
        file, ask_passphrase=lambda: click.prompt("Passphrase of the key", hide_input=True)
    )


def _tell_faults(ctx: click.Context, faults: tuple[str, ...]) -> None:
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        click.echo("The audit inside was altered; everything else was done.", err=True)
        ctx.exit(1)
