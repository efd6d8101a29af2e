"""`pupiltrack user`: accounts, from the machine itself."""

from __future__ import annotations

import sys

import click

from pupiltrack_core.access import Role
from pupiltrack_core.cli_base import database_of, database_option, settings_for
from pupiltrack_core.services.accounts import (
    AccountStatus,
    change_password,
    change_status,
    create_user,
    find_user_id,
    membership_for,
)


@click.group("user")
def user() -> None:
    """Look after accounts."""


@user.command("add")
@click.argument("user_name")
@click.option("--name", "display_name", required=True, help="As shown to people.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--school", metavar="999/2001", help="For roles at a school.")
@click.option("--authority", metavar="999", help="For roles over a local authority.")
@click.option("--class", "class_name", metavar="NAME", help="A class teacher's own class.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@database_option
def add(
    user_name: str,
    display_name: str,
    role: str,
    school: str | None,
    authority: str | None,
    class_name: str | None,
    password_stdin: bool,
    database_url: str | None,
) -> None:
    """Add an account with one role; the password is asked for."""
    hashing = settings_for(database_url).password_hashing
    with database_of(database_url) as database:
        membership = membership_for(
            database,
            Role(role),
            laestab=school,
            local_authority_code=authority,
            class_name=class_name,
        )
        create_user(
            database,
            user_name=user_name,
            display_name=display_name,
            password=_password(password_stdin),
            memberships=[membership],
            hashing=hashing,
        )
    click.echo(f"Added {user_name}: {Role(role).label}.")


@user.command("password")
@click.argument("user_name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@database_option
def password(user_name: str, password_stdin: bool, database_url: str | None) -> None:
    """Set a new password; every session of the account ends."""
    hashing = settings_for(database_url).password_hashing
    with database_of(database_url) as database:
        user_id = find_user_id(database, user_name)
        change_password(database, user_id, password=_password(password_stdin), hashing=hashing)
    click.echo(f"{user_name} has a new password and is signed out everywhere.")


@user.command("disable")
@click.argument("user_name")
@database_option
def disable(user_name: str, database_url: str | None) -> None:
    """Disable an account; every session of it ends."""
    with database_of(database_url) as database:
        change_status(database, find_user_id(database, user_name), AccountStatus.DISABLED)
    click.echo(f"{user_name} is disabled and signed out everywhere.")


@user.command("enable")
@click.argument("user_name")
@database_option
def enable(user_name: str, database_url: str | None) -> None:
    """Approve an account, or enable it again."""
    with database_of(database_url) as database:
        change_status(database, find_user_id(database, user_name), AccountStatus.ACTIVE)
    click.echo(f"{user_name} may sign in.")


def _password(from_standard_input: bool) -> str:
    if from_standard_input:
        return sys.stdin.readline().rstrip("\r\n")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
