"""`pupiltrack report batch` and `pack`: the reports of many schools, and the whole of one."""

from __future__ import annotations

from pathlib import Path

import click

from pupiltrack_core.cli_base import (
    database_option,
    operator_of,
    settings_for,
    write_report,
)
from pupiltrack_core.domain.report_batches import BatchRequest, FileKind, ReportKind
from pupiltrack_core.domain.year_groups import YEARS_HELP, YearRange
from pupiltrack_core.errors import InvalidEntry

ALL = "all"
_REPORTS = ", ".join(kind.value for kind in ReportKind)
# As many faults are told one by one; the manifest has them all.
_MOST_TOLD = 10


@click.command("batch")
@click.option(
    "--reports",
    default=ReportKind.FULL.value,
    show_default=True,
    metavar="NAMES",
    help=f"Those to make, divided by commas: {_REPORTS}.",
)
@click.option(
    "--schools",
    default=ALL,
    show_default=True,
    metavar="NUMBERS",
    help="Numbers (LAESTAB) divided by commas, or all.",
)
@click.option("--district", metavar="NAME", help="Of all schools, those of a district.")
@click.option("--phase", metavar="PHASE", help="Of all schools, those of a phase.")
@click.option("--year", required=True, metavar="2025/2026", help="Academic year.")
@click.option(
    "--years",
    default=YearRange.ALL_YEARS.value,
    show_default=True,
    help=f"{YEARS_HELP}.",
)
@click.option(
    "--formats",
    default=FileKind.PDF.value,
    show_default=True,
    metavar="KINDS",
    help="pdf, xlsx or both, divided by a comma.",
)
@click.option("--names", is_flag=True, help="List the pupils behind the figures.")
@click.option(
    "--workers",
    type=click.IntRange(min=1, max=256),
    help="Processes on this machine; otherwise one for each processor.",
)
@click.option(
    "--scheduler",
    metavar="tcp://HOST:PORT",
    help="Make them on the workers of this Dask scheduler, which read the database's address from "
    "settings of their own.",
)
@database_option
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write into. A second run makes only what is missing or out of date.",
)
@click.pass_context
def batch(
    ctx: click.Context,
    reports: str,
    schools: str,
    district: str | None,
    phase: str | None,
    year: str,
    years: str,
    formats: str,
    names: bool,
    workers: int | None,
    scheduler: str | None,
    out: Path,
    database_url: str | None,
) -> None:
    """Write the reports of many schools as files, with a manifest of them all.

    The folder can be written into again: what is there and of the same data is kept.
    """
    from pupiltrack_core.reports.batch import Progress, run_batch
    from pupiltrack_core.reports.batch_folder import MANIFEST, FileState
    from pupiltrack_core.reports.batch_workers import LocalProcesses, SchedulerWorkers, Workers
    from pupiltrack_core.reports.choosing import parse_year, parse_years

    if workers is not None and scheduler is not None:
        raise click.UsageError("--workers goes with this machine, not with --scheduler.")
    chosen = BatchRequest(
        reports=tuple(_report(word) for word in _words(reports)),
        academic_year=parse_year(year),
        years=parse_years(years),
        file_kinds=tuple(_file_kind(word) for word in _words(formats)),
        schools=() if schools.strip().lower() == ALL else tuple(_digits(schools)),
        district=district,
        phase=phase,
        with_names=names,
    )
    making: Workers
    if scheduler is not None:
        making = SchedulerWorkers(scheduler)
    else:
        making = LocalProcesses(settings_for(database_url).database_url, processes=workers)
    with operator_of(database_url) as caller, click.progressbar(length=1, label="Reports") as bar:

        def show(progress: Progress) -> None:
            bar.length = max(progress.total, 1)
            bar.update(progress.done - bar.pos)

        outcome = run_batch(caller, chosen, out, workers=making, on_progress=show)
    counts = outcome.counts
    click.echo(
        f"{counts[FileState.WRITTEN]} written, {counts[FileState.KEPT]} there already, "
        f"{counts[FileState.LEFT_OUT]} left out, {counts[FileState.FAILED]} failed. "
        f"The list is {out / MANIFEST}."
    )
    if any(chosen.lists_pupils(kind) for kind in chosen.reports):
        click.echo("The files contain personal data.")
    for row in outcome.failed[:_MOST_TOLD]:
        click.echo(f"{row.path}: {row.reason}", err=True)
    if len(outcome.failed) > _MOST_TOLD:
        click.echo(f"... and {len(outcome.failed) - _MOST_TOLD} more, in the list.", err=True)
    if outcome.failed:
        click.echo("Run the same command again for those that failed.", err=True)
        ctx.exit(1)


@click.command("pack")
@click.option("--school", required=True, metavar="999/2001", help="The school's number (LAESTAB).")
@click.option(
    "--for",
    "audience",
    required=True,
    type=click.Choice([ReportKind.HEAD.value, ReportKind.GOVERNORS.value]),
    help="The headteacher's lists pupils; the governors' names nobody and has no small figure.",
)
@click.option(
    "--year", metavar="2025/2026", help="Academic year; otherwise the latest with pupils."
)
@click.option(
    "--years",
    default=YearRange.ALL_YEARS.value,
    show_default=True,
    help=f"{YEARS_HELP}.",
)
@database_option
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write, ending in .pdf.",
)
def pack(
    school: str, audience: str, year: str | None, years: str, out: Path, database_url: str | None
) -> None:
    """Write the whole of a school as one PDF, for its headteacher or its governors."""
    from pupiltrack_core.reports.choosing import choose_cohort
    from pupiltrack_core.reports.pack import Audience, pack_pdf

    if out.suffix.lower() != ".pdf":
        raise click.UsageError("The file's name must end in .pdf.")
    with operator_of(database_url) as caller:
        selection = choose_cohort(caller, school=school, year=year, years=years)
        content = pack_pdf(caller, selection, audience=Audience(audience))
    write_report(out, content, personal=ReportKind(audience).lists_pupils)


def _words(text: str) -> list[str]:
    return [word.strip().lower() for word in text.split(",") if word.strip()]


def _digits(text: str) -> list[str]:
    return [word.replace("/", "") for word in _words(text)]


def _report(word: str) -> ReportKind:
    if word not in set(ReportKind):
        raise InvalidEntry(
            f"There is no report called {word}. Those there are: {_REPORTS}.", field="reports"
        )
    return ReportKind(word)


def _file_kind(word: str) -> FileKind:
    if word not in set(FileKind):
        raise InvalidEntry(f"There is no kind of file {word}: pdf or xlsx.", field="formats")
    return FileKind(word)
