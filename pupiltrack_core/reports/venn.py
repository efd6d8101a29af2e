"""The Venn report as a document: the diagram, its figures as a table, the pupils of its regions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import pandas as pd

from pupiltrack_core.calc.summary import sort_by_name
from pupiltrack_core.calc.venn import pupils_in_region
from pupiltrack_core.charts.venn import plot_venn, reading_order
from pupiltrack_core.domain.judgement_wording import JudgementWording
from pupiltrack_core.domain.rounding import format_percentage
from pupiltrack_core.domain.venn import region_label
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import AccessDenied, InvalidEntry
from pupiltrack_core.reports.documents import Block, Document, Heading, Picture, Printed, Table
from pupiltrack_core.reports.figure_words import outcome_words
from pupiltrack_core.reports.full_report import full_name, notes_of
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.services.group_names import SCHOOL_NAME
from pupiltrack_core.services.venn_reports import VennReport

TITLE = "Venn diagram"
LIST_TITLE = "Pupils of a Venn diagram"
EVERYONE = "All pupils of the diagram"
_NO_NAMES = "This report is made of counts alone, so it cannot list names. Nothing was printed."


def venn_document(
    reports: Sequence[VennReport], *, printed: Printed, region_names: Collection[str] = ()
) -> Document:
    """Return the document of one Venn report, or of several of the same cohort.

    The pupils of the regions in `region_names` follow each diagram, alphabetically, with their
    outcomes. Raise `InvalidEntry` for an unknown region, `AccessDenied` when names were asked for
    and the report has none to give.
    """
    first = reports[0]
    if set(region_names) - set(first.regions["region"]):
        raise InvalidEntry("There is no such part of the diagram.", field="region")
    blocks: list[Block] = list(notes_of(first))
    for number, report in enumerate(reports):
        blocks.append(Heading(_heading(report), starts_page=number > 0))
        chart = plot_venn(
            report.regions,
            kind=report.kind,
            called=first.wording.venn_label(report.kind),
            id_prefix=f"{report.kind.value}-",
            subjects=report.circles,
        )
        blocks += [Picture.of(chart, width=0.82), regions_table(report)]
    for report in reports if region_names else ():
        called = report.wording.venn_label(report.kind)
        blocks.append(Heading(f"Pupils: {called.lower()}", starts_page=True))
        blocks.extend(_names(report, set(region_names)))
    return Document(
        title=TITLE,
        place=first.school_name,
        description=first.description,
        printed=printed,
        blocks=tuple(blocks),
        contains_names=bool(region_names),
    )


def list_document(
    report: VennReport, names: pd.DataFrame, *, region: str, printed: Printed
) -> Document:
    """Return a list by itself to print: the pupils of a region, or of all where it is "".

    `names` are those of `services.venn_reports.names_in_region` or `names_of_diagram`.
    """
    what = words_of_region(report, region) if region else EVERYONE
    return Document(
        title=LIST_TITLE,
        place=report.school_name,
        description=report.description,
        printed=printed,
        blocks=(
            *notes_of(report),
            Heading(what),
            _list_table(report, names),
        ),
        contains_names=True,
    )


def words_of_region(report: VennReport, region: str) -> str:
    """Return what a region of the report is called, in the school's words."""
    called = report.wording.venn_label(report.kind)
    return region_label(region, kind=report.kind, called=called, subjects=report.circles)


def counts_by_region(report: VennReport) -> dict[str, int]:
    """Return the pupils of each region, from where all circles meet outwards."""
    held = dict(
        zip(report.regions["region"].tolist(), report.regions["pupils"].tolist(), strict=True)
    )
    return {region: int(held[region]) for region in reading_order(len(report.subjects))}


def regions_table(report: VennReport) -> Table:
    """Return the diagram's counts and percentages as a table, a row per region."""
    counts = counts_by_region(report)
    of = sum(counts.values())
    rows = [
        (words_of_region(report, region), str(count), format_percentage(count, of))
        for region, count in counts.items()
    ]
    return Table(
        caption=f"{report.wording.venn_label(report.kind)}: pupils in each part of the diagram",
        head=("Part of the diagram", "Pupils", "Percentage"),
        rows=(*rows, ("All pupils", str(of), format_percentage(of, of))),
        weights=(4, 1, 1),
    )


def _heading(report: VennReport) -> str:
    wording = report.wording
    return f"{wording.venn_label(report.kind)}: {wording.venn_description(report.kind)}"


def _names(report: VennReport, wanted: Collection[str]) -> Iterable[Block]:
    if report.cohort is None:
        raise AccessDenied(_NO_NAMES)
    for region in reading_order(len(report.subjects)):
        if region in wanted:
            inside = pupils_in_region(
                report.cohort, region, kind=report.kind, subjects=report.subjects
            )
            yield Heading(words_of_region(report, region), level=3)
            yield _list_table(report, inside)


def _list_table(report: VennReport, pupils: pd.DataFrame) -> Table:
    places = ("School",) if SCHOOL_NAME in pupils.columns else ()
    return Table(
        caption=f"{len(pupils)} {'pupil' if len(pupils) == 1 else 'pupils'}",
        head=("Pupil", *places, "Year", "Class", *report.circles),
        rows=tuple(_rows(pupils, report.subjects, report.wording)),
        weights=(3, *(2.4,) * len(places), 1, 1.4, *(1.2,) * len(report.circles)),
        is_numeric=False,
    )


def _rows(
    pupils: pd.DataFrame, subjects: Sequence[str], wording: JudgementWording
) -> Iterable[tuple[str, ...]]:
    for line in pupils.to_dict("records"):
        group, class_name = line[columns.YEAR_GROUP], line[columns.CLASS_NAME]
        yield (
            full_name(line[columns.SURNAME], line[columns.FORENAMES]),
            *((str(line[SCHOOL_NAME]),) if SCHOOL_NAME in line else ()),
            LABELS[int(group)],
            "" if pd.isna(class_name) else str(class_name),
            *(outcome_words(line.get(code), wording) for code in subjects),
        )


def pupils_of_diagram(report: VennReport) -> pd.DataFrame:
    """Return every pupil of a diagram of one school who counts, by name."""
    if report.cohort is None:
        raise AccessDenied(_NO_NAMES)
    return sort_by_name(report.cohort[report.cohort[columns.INCLUDE_IN_DATA].astype(bool)])
