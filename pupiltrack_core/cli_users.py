"""`pupiltrack user`: accounts, from the machine itself."""

from __future__ import annotations

import sys

import click

from pupiltrack_core.access import Role
from pupiltrack_core.cli_base import database_of, database_option, settings_for
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.accounts import (
    AccountStatus,
    change_memberships,
    change_password,
    change_status,
    create_user,
    find_user_id,
    lock_account,
    membership_for,
    memberships_of,
    revoke_sessions,
    utc_now,
)
from pupiltrack_core.services.entered_contacts import required_email


@click.group("user")
def user() -> None:
    """Look after accounts."""


@user.command("add")
@click.argument("user_name")
@click.option("--name", "display_name", required=True, help="As shown to people.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--school", metavar="999/2001", help="For roles at a school.")
@click.option("--authority", metavar="999", help="For roles over a local authority.")
@click.option(
    "--class",
    "class_names",
    metavar="NAME",
    multiple=True,
    help="A class teacher's own class; once for each of several.",
)
@click.option("--email", help="Where messages about the account go.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@database_option
def add(
    user_name: str,
    display_name: str,
    role: str,
    school: str | None,
    authority: str | None,
    class_names: tuple[str, ...],
    email: str | None,
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
            class_names=class_names,
        )
        create_user(
            database,
            user_name=user_name,
            display_name=display_name,
            password=_password(password_stdin),
            memberships=[membership],
            email=None if email is None else _email(email),
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


@user.command("unlock")
@click.argument("user_name")
@database_option
def unlock(user_name: str, database_url: str | None) -> None:
    """Open an account that wrong answers have locked."""
    with database_of(database_url) as database:
        lock_account(database, find_user_id(database, user_name), until=None)
    click.echo(f"{user_name} is not locked.")


@user.command("second-step")
@click.argument("user_name", required=False)
@click.option("--everyone", is_flag=True, help="All accounts, where the secret file is lost.")
@database_option
def second_step(user_name: str | None, everyone: bool, database_url: str | None) -> None:
    """Take digits and authenticator app away; the next sign-in sets a second step up anew.

    Passkeys stay.
    """
    from pupiltrack_core.services.account_list import withdraw_sealed_steps
    from pupiltrack_core.services.second_step_setup import withdraw_second_step

    if everyone == (user_name is not None):
        raise click.UsageError("Name one account, or say --everyone.")
    with database_of(database_url) as database:
        if user_name is None:
            number = withdraw_sealed_steps(database)
            click.echo(f"Accounts that set up their second step at their next sign-in: {number}.")
            return
        user_id = find_user_id(database, user_name)
        withdraw_second_step(database, user_id, by=None, now=utc_now())
    click.echo(f"{user_name} sets up a second step at the next sign-in.")


@user.command("sessions")
@click.argument("user_name")
@click.option("--end", is_flag=True, help="End all of them.")
@database_option
def sessions(user_name: str, end: bool, database_url: str | None) -> None:
    """Say since when somebody is signed in, or end it."""
    from pupiltrack_core.services.account_list import list_sessions

    with database_of(database_url) as database:
        if end:
            ended = revoke_sessions(database, find_user_id(database, user_name))
            click.echo(f"{user_name} is signed out everywhere; sessions ended: {len(ended)}.")
            return
        found = list_sessions(database, user_name)
    if not found:
        click.echo(f"{user_name} is not signed in.")
    for item in found:
        click.echo(
            f"Since {item.begun_at:%Y-%m-%d %H:%M} UTC, last at work {item.last_act_at:%H:%M} UTC"
        )


@user.command("role")
@click.argument("user_name")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--school", metavar="999/2001", help="For roles at a school.")
@click.option("--authority", metavar="999", help="For roles over a local authority.")
@click.option(
    "--class",
    "class_names",
    metavar="NAME",
    multiple=True,
    help="A class teacher's own class; once for each of several.",
)
@click.option("--remove", is_flag=True, help="Take it away instead.")
@database_option
def role_(
    user_name: str,
    role: str,
    school: str | None,
    authority: str | None,
    class_names: tuple[str, ...],
    remove: bool,
    database_url: str | None,
) -> None:
    """Give an account a role, or take it away; it acts at once."""
    with database_of(database_url) as database:
        user_id = find_user_id(database, user_name)
        wanted = membership_for(
            database,
            Role(role),
            laestab=school,
            local_authority_code=authority,
            class_names=class_names,
        )
        place = (wanted.role, wanted.local_authority_id, wanted.school_id)
        held = memberships_of(database, user_id)
        kept = [
            item for item in held if (item.role, item.local_authority_id, item.school_id) != place
        ]
        if remove and len(kept) == len(held):
            raise NotFound("The account does not have this role. Nothing was changed.")
        change_memberships(database, user_id, kept if remove else [*kept, wanted])
    click.echo(f"{user_name} is {'no longer' if remove else 'now'} {Role(role).label} there.")


@user.command("list")
@click.option("--at", "place", metavar="999/2001", help="Those with a role there, or over 999.")
@database_option
def list_(place: str | None, database_url: str | None) -> None:
    """List accounts: name, state, second step, last sign-in, roles."""
    from pupiltrack_core.services.account_list import list_accounts

    with database_of(database_url) as database:
        found = list_accounts(database, place=place)
    for line in found:
        seen = line.last_sign_in_at
        click.echo(
            "  ".join(
                (
                    f"{line.user_name:<20}",
                    f"{'locked' if line.is_locked else line.status:<8}",
                    f"second step {line.second_step:<8}",
                    f"{'never' if seen is None else f'{seen:%Y-%m-%d}':<10}",
                    "; ".join(line.roles) or "no role",
                )
            )
        )


def _email(text: str) -> str:
    return required_email(text, field="email", undone="Nothing was changed.")


def _password(from_standard_input: bool) -> str:
    if from_standard_input:
        return sys.stdin.readline().rstrip("\r\n")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
