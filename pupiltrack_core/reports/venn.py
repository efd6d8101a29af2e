"""The Venn report as a document: the diagram, its figures as a table, the pupils of its regions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import pandas as pd

from pupiltrack_core.calc.venn import pupils_in_region
from pupiltrack_core.charts.venn import plot_venn
from pupiltrack_core.domain.judgement_wording import JudgementWording
from pupiltrack_core.domain.judgements import NO_DATA_LABEL, Judgement
from pupiltrack_core.domain.rounding import format_percentage
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.domain.venn import REGIONS, region_label
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import AccessDenied, InvalidEntry
from pupiltrack_core.reports.documents import Block, Document, Heading, Picture, Printed, Table
from pupiltrack_core.reports.full_report import full_name, notes_of
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.services.reports import VennReport

TITLE = "Venn diagram"
# From all three circles outwards, as people read the diagram.
READING_ORDER = tuple(sorted(REGIONS, key=lambda region: (-region.count("1"), region == "blank")))


def venn_document(
    reports: Sequence[VennReport], *, printed: Printed, region_names: Collection[str] = ()
) -> Document:
    """Return the document of one Venn report, or of several of the same cohort.

    The pupils of the regions in `region_names` follow each diagram, alphabetically, with their
    outcomes. Raise `InvalidEntry` for an unknown region, `AccessDenied` when names were asked for
    and the report has none to give.
    """
    first = reports[0]
    wording = first.wording
    if set(region_names) - set(REGIONS):
        raise InvalidEntry("There is no such part of the diagram.", field="region")
    blocks: list[Block] = list(notes_of(first))
    for number, report in enumerate(reports):
        blocks.append(Heading(_heading(report), starts_page=number > 0))
        chart = plot_venn(
            report.regions,
            kind=report.kind,
            called=wording.venn_label(report.kind),
            id_prefix=f"{report.kind.value}-",
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


def regions_table(report: VennReport) -> Table:
    """Return the diagram's counts and percentages as a table, a row per region."""
    counts = dict(
        zip(report.regions["region"].tolist(), report.regions["pupils"].tolist(), strict=True)
    )
    of = sum(counts.values())
    called = report.wording.venn_label(report.kind)
    rows = [
        (
            region_label(region, kind=report.kind, called=called),
            str(counts[region]),
            format_percentage(counts[region], of),
        )
        for region in READING_ORDER
    ]
    return Table(
        caption=f"{called}: pupils in each part of the diagram",
        head=("Part of the diagram", "Pupils", "Percentage"),
        rows=(*rows, ("All pupils", str(of), format_percentage(of, of))),
        weights=(4, 1, 1),
    )


def _heading(report: VennReport) -> str:
    wording = report.wording
    return f"{wording.venn_label(report.kind)}: {wording.venn_description(report.kind)}"


def _names(report: VennReport, wanted: Collection[str]) -> Iterable[Block]:
    if report.cohort is None:
        raise AccessDenied(
            "This report is made of counts alone, so it cannot list names. Nothing was printed."
        )
    head = ("Pupil", "Year", "Class", *(subject.label for subject in CORE_SUBJECTS))
    for region in READING_ORDER:
        if region not in wanted:
            continue
        inside = pupils_in_region(report.cohort, region, kind=report.kind)
        label = region_label(
            region, kind=report.kind, called=report.wording.venn_label(report.kind)
        )
        yield Heading(label, level=3)
        yield Table(
            caption=f"{len(inside)} {'pupil' if len(inside) == 1 else 'pupils'}",
            head=head,
            rows=tuple(_rows(inside, report.wording)),
            weights=(3, 1, 1.4, 1.2, 1.2, 1.2),
            is_numeric=False,
        )


def _rows(pupils: pd.DataFrame, wording: JudgementWording) -> Iterable[tuple[str, ...]]:
    core = [subject.value for subject in CORE_SUBJECTS]
    for line in pupils.to_dict("records"):
        group, class_name = line[columns.YEAR_GROUP], line[columns.CLASS_NAME]
        yield (
            full_name(line[columns.SURNAME], line[columns.FORENAMES]),
            LABELS[int(group)],
            "" if pd.isna(class_name) else str(class_name),
            *(
                NO_DATA_LABEL
                if pd.isna(line.get(code))
                else wording.label(Judgement(str(line[code])))
                for code in core
            ),
        )
