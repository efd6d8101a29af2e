"""`pupiltrack report`: reports without a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from pupiltrack_core.cli_base import database_option, operator_of, write_report
from pupiltrack_core.domain.venn import REGIONS, SIZES, VennKind, regions_of
from pupiltrack_core.domain.year_groups import YEARS_HELP, YearRange

F = TypeVar("F", bound=Callable[..., Any])


def _cohort_options(command: F) -> F:
    """Add what chooses a cohort of one school, handed on as it is: see `choose_cohort`."""
    for option in (
        click.option("--class", "class_name", metavar="NAME", help="Only this class."),
        click.option(
            "--years",
            default=YearRange.ALL_YEARS.value,
            show_default=True,
            help=f"{YEARS_HELP}.",
        ),
        click.option(
            "--year", metavar="2025/2026", help="Academic year; otherwise the latest with pupils."
        ),
        click.option("--assessment", metavar="NAME", help="Otherwise each year group's latest."),
        database_option,
    ):
        command = option(command)
    return command


def _place_options(command: F) -> F:
    """Add what chooses a school or schools of an authority, handed on to `_choose_place`."""
    for option in (
        click.option("--phase", metavar="PHASE", help="Of the authority's, those of a phase."),
        click.option("--district", metavar="NAME", help="Of the authority's, those of a district."),
        click.option(
            "--authority", metavar="999", help="Instead of a school, all of an authority's."
        ),
        click.option("--school", metavar="999/2001", help="The school's number (LAESTAB)."),
    ):
        command = option(command)
    return command


def _check_place(chosen: dict[str, Any]) -> None:
    """Refuse what does not go together among the options of a place, before anything is opened."""
    if (chosen["school"] is None) == (chosen["authority"] is None):
        raise click.UsageError("Name a school with --school, or an authority with --authority.")
    if chosen["school"] is None and (chosen["class_name"] or chosen["assessment"]):
        raise click.UsageError("--class and --assessment go with --school.")
    if chosen["authority"] is None and (chosen["district"] or chosen["phase"]):
        raise click.UsageError("--district and --phase go with --authority.")


def _choose_place(caller: Any, chosen: dict[str, Any]) -> Any:
    """Return the cohort of what `_place_options` and `_cohort_options` hand on."""
    from pupiltrack_core.reports.choosing import choose_authority, choose_cohort

    given = {name: value for name, value in chosen.items() if value is not None}
    authority = given.pop("authority", None)
    if authority is None:
        return choose_cohort(caller, **given)
    return choose_authority(caller, authority, **given)


def _out_option(*suffixes: str) -> Callable[[F], F]:
    return click.option(
        "--out",
        required=True,
        type=click.Path(dir_okay=False, path_type=Path),
        help=f"The file to write, ending in {' or '.join(suffixes)}.",
    )


@click.group("report")
def report() -> None:
    """Write reports as files."""


@report.command("full")
@_place_options
@_cohort_options
@click.option(
    "--compare",
    type=click.Choice(["previous", "last-year"]),
    help="Beside the figures those of the assessment before, or of last year (PDF and Excel).",
)
@click.option(
    "--group",
    metavar="CHARACTERISTIC",
    help="Girls and boys with sex, others with sen, disadvantaged, eal, ... (PDF and Excel).",
)
@click.option("--names", is_flag=True, help="List the pupils behind the figures (PDF and Excel).")
@click.option(
    "--publish", is_flag=True, help='Withhold small figures, written "c", for others (CSV only).'
)
@_out_option(".pdf", ".xlsx", ".csv")
def full(
    compare: str | None,
    group: str | None,
    names: bool,
    publish: bool,
    out: Path,
    database_url: str | None,
    **cohort: Any,
) -> None:
    """Write numbers and percentages by subject and outcome, as PDF, Excel or CSV."""
    from pupiltrack_core.reports.choosing import choose_extras
    from pupiltrack_core.reports.full_report_workbook import full_report_workbook
    from pupiltrack_core.reports.pdf import full_report_pdf
    from pupiltrack_core.reports.tables import full_report_csv

    _check_place(cohort)
    suffix = _suffix_of(out, ".pdf", ".xlsx", ".csv")
    if (compare or group) and suffix == ".csv":
        raise click.UsageError("--compare and --group go with PDF and Excel.")
    wanted = choose_extras(compare=compare, group=group)
    if names and suffix == ".csv":
        raise click.UsageError("--names goes with PDF and Excel; the CSV holds counts alone.")
    if publish and suffix != ".csv":
        raise click.UsageError("--publish goes with a CSV file.")
    with operator_of(database_url) as caller:
        selection = _choose_place(caller, cohort)
        if suffix == ".csv":
            content = full_report_csv(caller, selection, publish=publish)
        else:
            make = full_report_pdf if suffix == ".pdf" else full_report_workbook
            content = make(caller, selection, include_names=names, wanted=wanted)
    write_report(out, content, personal=names)


@report.command("matrix")
@click.option("--school", metavar="999/2001", help="The school's number (LAESTAB).")
@click.option("--authority", metavar="999", help="Instead of a school, all of an authority's.")
@_cohort_options
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="NAME=VALUE",
    help="Narrow the primary set, as with sex=F; can be repeated.",
)
@click.option(
    "--layer",
    "layers",
    multiple=True,
    metavar="TEXT",
    help="A set to compare with, newest first; can be repeated. As in "
    '"year=2024/2025; years=4; sex=F": school or authority, year, years, assessment, class and '
    "filters, by default those of the primary set but for the last three.",
)
@click.option("--publish", is_flag=True, help='Withhold small figures, written "c", for others.')
@_out_option(".pdf", ".xlsx")
def matrix(
    school: str | None,
    authority: str | None,
    filters: tuple[str, ...],
    layers: tuple[str, ...],
    publish: bool,
    out: Path,
    database_url: str | None,
    **cohort: Any,
) -> None:
    """Write a primary set of data beside layers to compare it with, as PDF or Excel."""
    from pupiltrack_core.reports.matrix_choosing import SetWords, choose_set, read_layer, read_pair
    from pupiltrack_core.reports.matrix_files import matrix_pdf, matrix_workbook
    from pupiltrack_core.services.pupil_matrix import pupil_matrix

    suffix = _suffix_of(out, ".pdf", ".xlsx")
    with operator_of(database_url) as caller:
        primary = SetWords(
            school=school,
            authority=authority,
            **cohort,
            filters=tuple(read_pair(text) for text in filters),
        )
        chosen = [choose_set(caller, read_layer(text, primary)) for text in layers]
        found = pupil_matrix(caller, choose_set(caller, primary), chosen)
        make = matrix_pdf if suffix == ".pdf" else matrix_workbook
        content = make(caller, found, publish=publish)
    write_report(out, content, personal=False)


@report.command("venn")
@click.option("--school", required=True, metavar="999/2001", help="The school's number (LAESTAB).")
@_cohort_options
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in VennKind]),
    help="One of the two diagrams; otherwise both.",
)
@click.option(
    "--names",
    "regions",
    multiple=True,
    type=click.Choice([*REGIONS, *regions_of(2)[:-1], "all"]),
    help="List the pupils of a region: 111 is all three subjects, 000 none; can be repeated.",
)
@click.option(
    "--subject",
    "subjects",
    multiple=True,
    metavar="SUBJECT",
    help="Two or three, each by its own --subject; otherwise reading, writing and maths.",
)
@_out_option(".pdf", ".xlsx")
def venn(
    school: str,
    kind: str | None,
    regions: tuple[str, ...],
    subjects: tuple[str, ...],
    out: Path,
    database_url: str | None,
    **cohort: Any,
) -> None:
    """Write the Venn diagrams of reading, writing and maths, or other subjects, as PDF or Excel."""
    from pupiltrack_core.reports.choosing import choose_cohort, choose_subject
    from pupiltrack_core.reports.pdf import venn_pdf
    from pupiltrack_core.reports.venn_workbook import venn_workbook
    from pupiltrack_core.services.venn_reports import VENN_SUBJECTS

    suffix = _suffix_of(out, ".pdf", ".xlsx")
    codes = tuple(choose_subject(words) for words in subjects) or VENN_SUBJECTS
    wanted = regions
    if "all" in regions:
        wanted = regions_of(len(codes)) if len(codes) in SIZES else ()
    if suffix == ".xlsx" and (kind or (regions and "all" not in regions)):
        raise click.UsageError("Excel has both diagrams, and with --names all the pupils.")
    with operator_of(database_url) as caller:
        selection = choose_cohort(caller, school=school, **cohort)
        drawn = None if kind is None else VennKind(kind)
        if suffix == ".xlsx":
            content = venn_workbook(caller, selection, subjects=codes, include_names=bool(wanted))
        else:
            content = venn_pdf(caller, selection, kind=drawn, region_names=wanted, subjects=codes)
    write_report(out, content, personal=bool(wanted))


@report.command("transition")
@_place_options
@_cohort_options
@click.option(
    "--from",
    "earlier",
    metavar="POINT",
    help="gld, ks1, ks2, an assessment's name or, of an authority, a term such as "
    '"Autumn term, 2025/2026"; otherwise the assessment before.',
)
@click.option(
    "--to",
    "later",
    metavar="POINT",
    help="The same; otherwise the one the pupils stand at.",
)
@click.option("--subject", metavar="SUBJECT", help="Such as maths; otherwise all three together.")
@click.option("--names", is_flag=True, help="List the pupils of each cell, of one school.")
@click.option("--publish", is_flag=True, help='Withhold small figures, written "c", for others.')
@_out_option(".pdf", ".xlsx")
def transition(
    earlier: str | None,
    later: str | None,
    subject: str | None,
    names: bool,
    publish: bool,
    out: Path,
    database_url: str | None,
    **cohort: Any,
) -> None:
    """Write where pupils went from one point to a later one, as PDF or Excel."""
    from pupiltrack_core.reports.choosing import choose_point, choose_subject
    from pupiltrack_core.reports.transition import transition_pdf
    from pupiltrack_core.reports.transition_workbook import transition_workbook

    _check_place(cohort)
    if names and publish:
        raise click.UsageError("--names and --publish do not go together.")
    make = transition_pdf if _suffix_of(out, ".pdf", ".xlsx") == ".pdf" else transition_workbook
    with operator_of(database_url) as caller:
        selection = _choose_place(caller, cohort)
        content = make(
            caller,
            selection,
            earlier=None if earlier is None else choose_point(caller, selection, earlier),
            later=None if later is None else choose_point(caller, selection, later),
            subject=None if subject is None else choose_subject(subject),
            include_names=names,
            publish=publish,
        )
    write_report(out, content, personal=names)


def _suffix_of(out: Path, *allowed: str) -> str:
    suffix = out.suffix.lower()
    if suffix not in allowed:
        raise click.UsageError(f"The file's name must end in {' or '.join(allowed)}.")
    return suffix
