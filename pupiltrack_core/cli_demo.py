"""`pupiltrack demo`: an invented local authority to try everything with."""

from __future__ import annotations

import click

from pupiltrack_core.cli_base import database_of, database_option, settings_for
from pupiltrack_core.errors import InvalidEntry

_IN_USE = "The database has schools or accounts already; nothing was changed."
_WHERE = "Serve the portal with pupiltrack-serve, and sign in as one of:"


@click.command("demo")
@click.option("--schools", type=click.IntRange(1, 900), help="How many schools; 24 unless told.")
@click.option("--seed", type=int, help="Another number makes other children.")
@click.option("--if-absent", is_flag=True, help="Do nothing where there are schools already.")
@click.option("--quiet-if-present", is_flag=True, help="With --if-absent: nor say so.")
@database_option
def demo(
    schools: int | None,
    seed: int | None,
    if_absent: bool,
    quiet_if_present: bool,
    database_url: str | None,
) -> None:
    """Set up the database and fill it with an invented local authority.

    Everyone knows its passwords: use a database of its own, never one with real children.
    """
    from pupiltrack_core.services.demo import (
        DEMO_SCHOOLS,
        DEMO_SEED,
        create_demo,
        has_demo,
    )
    from pupiltrack_core.storage import schema

    settings = settings_for(database_url)
    schema.upgrade(settings.database_url)
    with database_of(database_url) as database:
        if has_demo(database):
            if not if_absent:
                raise InvalidEntry(f"{_IN_USE} Name an empty one.", field="database")
            if not quiet_if_present:
                click.echo(_IN_USE)
            return
        wanted = DEMO_SCHOOLS if schools is None else schools
        with click.progressbar(length=wanted, label="Making the demo schools") as bar:
            done = 0

            def show(made: int, _of: int) -> None:
                nonlocal done
                bar.update(made - done)
                done = made

            made = create_demo(
                database,
                schools=wanted,
                seed=DEMO_SEED if seed is None else seed,
                progress=show,
                hashing=settings.password_hashing,
            )
    click.echo(
        f"Made {made.schools} schools, {made.pupils} pupils, {made.assessments} assessments and "
        f"{made.judgements} judgements. All of them are invented."
    )
    click.echo(_WHERE)
    for item in made.sign_ins:
        click.echo(
            f"  {item.user_name:<10} {item.password:<26} {item.display_name}, {item.role.label}"
        )
