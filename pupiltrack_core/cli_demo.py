"""`pupiltrack demo`: an invented local authority to try everything with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pupiltrack_core.cli_base import database_of, database_option, settings_for
from pupiltrack_core.errors import DatabaseRevisionError, InvalidEntry
from pupiltrack_core.services.accounts import open_database

if TYPE_CHECKING:
    from pupiltrack_core.services.demo_accounts import DemoSignIn

_IN_USE = "The database has schools or accounts already; nothing was changed."
_WHERE = "Sign in to the demonstration as one of (user name, then password):"


@click.command("demo")
@click.option("--schools", type=click.IntRange(1, 900), help="How many schools; 24 unless told.")
@click.option("--seed", type=int, help="Another number makes other children.")
@click.option("--if-absent", is_flag=True, help="Do nothing where there are schools already.")
@database_option
def demo(
    schools: int | None,
    seed: int | None,
    if_absent: bool,
    database_url: str | None,
) -> None:
    """Set up the database and fill it with an invented local authority.

    Everyone knows its passwords: use a database of its own, never one with real children.
    """
    settings = settings_for(database_url)
    if if_absent and _say_who_is_there(settings.database_url):
        return
    from pupiltrack_core.services.demo import (
        DEMO_SCHOOLS,
        DEMO_SEED,
        create_demo,
    )
    from pupiltrack_core.services.demo_accounts import has_demo
    from pupiltrack_core.storage import schema

    schema.upgrade(settings.database_url)
    with database_of(database_url) as database:
        if has_demo(database):
            if not if_absent:
                raise InvalidEntry(f"{_IN_USE} Name an empty one.", field="database")
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
    _say_sign_ins(made.sign_ins)


def _say_who_is_there(url: str) -> bool:
    """Whether the database is up to date and in use; if so say who of the demo can sign in.

    Found out without the generator and the migrations, which take longer to load than the portal.
    """
    from pupiltrack_core.services.demo_accounts import demo_sign_ins, has_demo

    try:
        database = open_database(url)
    except DatabaseRevisionError:
        return False
    try:
        if not has_demo(database):
            return False
        _say_sign_ins(demo_sign_ins(database))
    finally:
        database.dispose()
    return True


def _say_sign_ins(sign_ins: tuple[DemoSignIn, ...]) -> None:
    if sign_ins:
        click.echo(_WHERE)
    for item in sign_ins:
        click.echo(
            f"  {item.user_name:<10} {item.password:<26} {item.display_name}, {item.role.label}"
        )
