"""`pupiltrack authority` and `pupiltrack school`: the places of the portal."""

from __future__ import annotations

import click

from pupiltrack_core.cli_base import database_option, operator_of


@click.group("authority")
def authority() -> None:
    """Look after the local authorities."""


@authority.command("add")
@click.argument("code", metavar="999")
@click.argument("name")
@database_option
def add_authority(code: str, name: str, database_url: str | None) -> None:
    """Add a local authority by its three-digit number."""
    from pupiltrack_core.services import places

    with operator_of(database_url) as caller:
        places.add_authority(caller, code, name)
    click.echo(f"Added the local authority {code}.")


@authority.command("rename")
@click.argument("code", metavar="999")
@click.argument("name")
@database_option
def rename_authority(code: str, name: str, database_url: str | None) -> None:
    """Give a local authority another name."""
    from pupiltrack_core.services import places

    with operator_of(database_url) as caller:
        places.rename_authority(caller, code, name)
    click.echo(f"The local authority {code} has its new name.")


@authority.command("list")
@database_option
def list_authorities(database_url: str | None) -> None:
    """List the local authorities."""
    from pupiltrack_core.services import places

    with operator_of(database_url) as caller:
        for place in places.authorities(caller):
            click.echo(f"{place.number}  {place.name}")


@click.group("school")
def school() -> None:
    """Look after the schools."""


@school.command("add")
@click.argument("laestab", metavar="999/2001")
@click.argument("name")
@click.option("--urn", default="", help="The school's six-digit number in the register.")
@click.option("--phase", default="primary", show_default=True, help="infant, junior, primary ...")
@click.option("--type", "school_type", default="Community school", show_default=True)
@click.option("--postcode", default="")
@database_option
def add_school(
    laestab: str,
    name: str,
    urn: str,
    phase: str,
    school_type: str,
    postcode: str,
    database_url: str | None,
) -> None:
    """Add a school to the local authority its number begins with."""
    from pupiltrack_core.services import places

    new = places.NewSchool(laestab, name, urn, phase, school_type, postcode)
    with operator_of(database_url) as caller:
        places.add_school(caller, new)
    click.echo(f"Added the school {laestab}.")


@school.command("rename")
@click.argument("laestab", metavar="999/2001")
@click.argument("name")
@database_option
def rename_school(laestab: str, name: str, database_url: str | None) -> None:
    """Give a school another name."""
    from pupiltrack_core.services import places

    with operator_of(database_url) as caller:
        places.rename_school(caller, laestab, name)
    click.echo(f"The school {laestab} has its new name.")


@school.command("list")
@click.option("--authority", metavar="999", help="Those of one local authority.")
@database_option
def list_schools(authority: str | None, database_url: str | None) -> None:
    """List the schools."""
    from pupiltrack_core.services import places

    with operator_of(database_url) as caller:
        for place in places.schools_of(caller, authority):
            click.echo(f"{place.number}  {place.name}")
