"""The whole school in one PDF: for the headteacher with names, for governors without.

Both stand on one pupil matrix of the school, its year groups, groups of pupils and last year. The
governors' pack tells one figure of each, the share on track or deeper, because of several that add
up hardly one could be told of a small school.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import pandas as pd

from pupiltrack_core.calc import group_shares as shares
from pupiltrack_core.charts.outcome_bars import plot_outcome_bars
from pupiltrack_core.domain.academic_years import FIRST_START, AcademicYear
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.groupings import OTHERS, grouping_by
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.report_batches import ReportKind
from pupiltrack_core.domain.rounding import format_count_and_percentage
from pupiltrack_core.domain.subjects import subject_label
from pupiltrack_core.domain.year_groups import LABELS, YearRange
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.reports import matrix_words as words
from pupiltrack_core.reports.documents import (
    Block,
    Document,
    Heading,
    Paragraph,
    Picture,
    Printed,
    Table,
)
from pupiltrack_core.reports.figure_words import (
    HOW_WITHHELD,
    WITHHELD,
    figure_words,
    is_withheld,
    pupils_words,
    told_lines,
)
from pupiltrack_core.reports.full_report import full_report_document, notes_of
from pupiltrack_core.reports.letterhead import printed_for
from pupiltrack_core.reports.pupil_matrix import result_blocks
from pupiltrack_core.reports.report_extras import extra_blocks
from pupiltrack_core.reports.transition import transition_document
from pupiltrack_core.reports.typesetter import typeset
from pupiltrack_core.reports.venn import venn_document
from pupiltrack_core.schemas import summaries, tallies
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.pupil_matrix import DataSet, PupilMatrix, pupil_matrix
from pupiltrack_core.services.report_comparison import Against
from pupiltrack_core.services.report_extras import Extras, Wanted, report_extras
from pupiltrack_core.services.reports import (
    FullReport,
    describe_assessments,
    full_report,
    left_out_words,
    note_export,
)
from pupiltrack_core.services.transition import TransitionReport, transition_report
from pupiltrack_core.services.venn_reports import VennReport, venn_reports

WHOLE_SCHOOL = "Whole school"
_GROUPED_BY = (
    Characteristic.SEX,
    Characteristic.DISADVANTAGED,
    Characteristic.SEN,
    Characteristic.EAL,
)
_IN_A_MATRIX = _GROUPED_BY[:2]
_BARS = 0.94
_SHARE = SummaryRow.ON_TRACK_OR_DEEPER
_OF_A_SHARE = [tallies.SUBJECT, summaries.PUPILS, shares.COUNT]


class Audience(StrEnum):
    """Whom a pack is for."""

    HEAD = "head"
    GOVERNORS = "governors"

    @property
    def heading(self) -> str:
        """What the pack is called."""
        return ReportKind(self.value).label


@dataclass(frozen=True, slots=True)
class NamedSet:
    """A set beside the whole school: of one `partition` with others, or "" for last year's."""

    label: str
    partition: str
    selection: CohortSelection


@dataclass(frozen=True)
class SchoolPack:
    """What a pack is made of; `sets` name the layers of the matrix, in its order.

    The reports with pupils in them are there for the headteacher alone, the transition matrix only
    where there is something earlier.
    """

    audience: Audience
    matrix: PupilMatrix
    sets: tuple[NamedSet, ...]
    report: FullReport | None = None
    extras: tuple[Extras, ...] = ()
    venn: tuple[VennReport, ...] = ()
    transition: TransitionReport | None = None


def pack_pdf(caller: Caller, selection: CohortSelection, *, audience: Audience) -> bytes:
    """Return the pack of a school as a PDF; raises as `school_pack`.

    That it was taken out is in the audit before it is made.
    """
    chosen = _whole(selection)
    is_for_head = audience is Audience.HEAD
    note = note_export(caller, chosen, what=audience.heading.lower(), with_names=is_for_head)
    pack = school_pack(caller, chosen, audience=audience)
    return typeset(pack_document(pack, printed=printed_for(caller, note, chosen.school_id)))


def school_pack(caller: Caller, selection: CohortSelection, *, audience: Audience) -> SchoolPack:
    """Return what the pack of a school is made of: of a selection its school, year and years.

    A single year group stands for all years, or for the early years if it is one of them.

    Raises as `services.reports.full_report`, `AccessDenied` for the headteacher's pack where the
    reader may see no names, and `InvalidEntry` for several schools.
    """
    chosen = _whole(selection)
    sets = _sets(chosen)
    matrix = pupil_matrix(caller, chosen, [one.selection for one in sets])
    if audience is Audience.GOVERNORS:
        return SchoolPack(audience, matrix, sets)
    report = full_report(caller, chosen)
    return SchoolPack(
        audience,
        matrix,
        sets,
        report=report,
        extras=tuple(report_extras(caller, report, Wanted(against=one)) for one in Against),
        venn=venn_reports(caller, chosen),
        transition=transition_report(caller, chosen),
    )


def usual_layers(selection: CohortSelection) -> list[CohortSelection]:
    """Return what a school's matrix is compared with unless told: last year, and groups of pupils.

    Girls and boys, disadvantaged and other pupils.
    """
    sets = (*_last_year(selection), *_groups(selection, _IN_A_MATRIX))
    return [one.selection for one in sets]


def pack_document(pack: SchoolPack, *, printed: Printed) -> Document:
    """Return the document of a pack."""
    primary = pack.matrix.primary
    is_for_head = pack.audience is Audience.HEAD
    if is_for_head:
        every = pack.matrix
        blocks = [*_overview(pack, every), *_by_set(pack), *_earlier(every)]
        blocks.extend(_with_pupils(pack, printed))
    else:
        told = pack.matrix.to_publish()
        blocks = [*_overview(pack, told), *_shares(pack), *_earlier(told)]
    return Document(
        title=pack.audience.heading,
        place=primary.place,
        description=primary.description,
        printed=printed,
        blocks=tuple(blocks),
        contains_names=is_for_head,
    )


_FOR_GOVERNORS = (
    "This pack names no pupil. Figures so small that a child might be recognised are withheld, and "
    "others with them from which they could be worked out."
)
_FOR_HEAD = (
    "This pack lists pupils by name and shows every figure, small ones too. It is for the "
    "headteacher and those who teach the pupils; governors have a pack of their own."
)
_HOW_SHARED = (
    "Percentages are of all the pupils of the row whose data are included, those without a "
    "judgement among them. Reading, writing and maths together counts the pupils who are on track "
    "or deeper in all three."
)
_HOW_COUNTED = (
    "Percentages are of all the pupils of the row whose data are included, those without a "
    "judgement among them. For reading, writing and maths together a level counts the pupils who "
    "are at that level in all three."
)


def _whole(selection: CohortSelection) -> CohortSelection:
    if selection.school_id is None:
        raise InvalidEntry(
            "A pack is of one school. Choose a school; nothing was made.", field="school"
        )
    years = selection.years
    if not isinstance(years, YearRange):
        is_early = years in YearRange.EARLY_YEARS.year_groups
        years = YearRange.EARLY_YEARS if is_early else YearRange.ALL_YEARS
    return CohortSelection(selection.academic_year, school_id=selection.school_id, years=years)


def _whole_name(pack: SchoolPack) -> str:
    years = pack.matrix.primary.selection.years
    if isinstance(years, YearRange) and years is not YearRange.ALL_YEARS:
        return years.label
    return WHOLE_SCHOOL


def _sets(chosen: CohortSelection) -> tuple[NamedSet, ...]:
    groups = chosen.year_groups if len(chosen.year_groups) > 1 else ()
    years = [NamedSet(LABELS[group], "years", replace(chosen, years=group)) for group in groups]
    return (*years, *_groups(chosen, _GROUPED_BY), *_last_year(chosen))


def _groups(chosen: CohortSelection, by: Sequence[Characteristic]) -> list[NamedSet]:
    found = []
    for characteristic in by:
        grouping = grouping_by(characteristic)
        for group in () if grouping is None else (grouping.first, grouping.second):
            label = group.label
            if label == OTHERS and grouping is not None:
                label = f"Not {grouping.first.label[:1].lower()}{grouping.first.label[1:]}"
            narrowed = replace(chosen, characteristics=((characteristic, group.value),))
            found.append(NamedSet(label, characteristic.value, narrowed))
    return found


def _last_year(chosen: CohortSelection) -> list[NamedSet]:
    before = chosen.academic_year - 1
    if before < FIRST_START:
        return []
    label = f"Last year ({AcademicYear(before).label})"
    return [NamedSet(label, "", replace(chosen, academic_year=before))]


def _overview(pack: SchoolPack, matrix: PupilMatrix) -> Iterable[Block]:
    primary = matrix.primary
    yield Paragraph(_FOR_HEAD if pack.audience is Audience.HEAD else _FOR_GOVERNORS)
    if words.is_of_nobody(primary):
        yield Paragraph(words.NOBODY, is_notice=True)
    left_out = left_out_words(primary.not_included)
    if left_out and pack.audience is Audience.HEAD:
        yield Paragraph(left_out, is_notice=True)
    if primary.assessments:
        yield Paragraph(describe_assessments(primary.assessments))
    if matrix.wording.legend:
        yield Paragraph(matrix.wording.legend)
    told = told_lines(primary.summary)
    if not told.empty:
        yield Heading("At a glance")
        chart = plot_outcome_bars(
            told, title=primary.description, wording=matrix.wording, id_prefix="pack-"
        )
        yield Picture.of(chart, width=_BARS)


def _shown(pack: SchoolPack) -> list[tuple[NamedSet | None, DataSet]]:
    """Return the whole school and the sets that have pupils, with what they are called."""
    named: list[NamedSet | None] = [None, *pack.sets]
    return [
        (name, one)
        for name, one in zip(named, pack.matrix.sets, strict=True)
        if name is None or not (one.trouble or words.is_of_nobody(one))
    ]


def _by_set(pack: SchoolPack) -> Iterable[Block]:
    for number, subject in enumerate(words.lines_of(pack.matrix.primary)):
        yield Heading(subject_label(subject), starts_page=number == 0)
        yield _subject_table(pack, subject)
    yield Paragraph(_HOW_COUNTED)
    if any(is_withheld(one.summary) for one in pack.matrix.sets):
        yield Paragraph(HOW_WITHHELD)


def _shares(pack: SchoolPack) -> Iterable[Block]:
    """Yield the governors' table: one figure of the school, of each group and of last year."""
    shown = _shown(pack)
    lines = [
        (name, one.summary.assign(**{shares.COUNT: one.summary[_SHARE.value]})[_OF_A_SHARE])
        for name, one in shown
    ]
    inside = [
        frame.assign(**{shares.PARTITION: name.partition, shares.GROUP: name.label})
        for name, frame in lines
        if name is not None and name.partition
    ]
    nobody = lines[0][1].iloc[:0].assign(**{shares.PARTITION: "", shares.GROUP: ""})
    whole, groups = shares.withhold_shares(
        lines[0][1], pd.concat([nobody, *inside], ignore_index=True)
    )
    # Last year's pupils are counted at other assessments: nothing is worked out from them.
    before = [
        (name.label, shares.withhold_shares(frame, nobody)[0])
        for name, frame in lines
        if name is not None and not name.partition
    ]
    by_group = [(str(label), told) for label, told in groups.groupby(shares.GROUP, sort=False)]
    rows = [(_whole_name(pack), whole), *by_group, *before]
    label = pack.matrix.wording.row_label(_SHARE)
    subjects = [subject_label(str(subject)) for subject in whole[tallies.SUBJECT]]
    yield Heading(label)
    yield Table(
        caption=f"{label}: numbers and percentages of pupils",
        head=("Pupils", *subjects, "Number"),
        rows=tuple((name, *_share_words(told)) for name, told in rows),
        weights=(2.2, *(1.4,) * len(subjects), 0.85),
    )
    yield Paragraph(_HOW_SHARED)
    if any(told[[shares.COUNT, summaries.PUPILS]].isna().to_numpy().any() for _, told in rows):
        yield Paragraph(HOW_WITHHELD)


def _share_words(told: pd.DataFrame) -> Iterable[str]:
    counts, wholes = told[shares.COUNT].tolist(), told[summaries.PUPILS].tolist()
    for count, of in zip(counts, wholes, strict=True):
        hidden = pd.isna(count) or pd.isna(of)
        yield WITHHELD if hidden else format_count_and_percentage(int(count), int(of))
    yield WITHHELD if pd.isna(wholes[0]) else str(int(wholes[0]))


def _subject_table(pack: SchoolPack, subject: str) -> Table:
    rows = []
    for name, one in _shown(pack):
        line = words.lines_of(one)[subject]
        cells = (figure_words(line, row) for row in words.ROWS)
        label = _whole_name(pack) if name is None else name.label
        rows.append((label, *cells, pupils_words(line)))
    return Table(
        caption=f"{subject_label(subject)}: numbers and percentages of pupils",
        head=("Pupils", *(pack.matrix.wording.row_label(row) for row in words.ROWS), "Number"),
        rows=tuple(rows),
        weights=(2.2, *(1.2,) * len(words.ROWS), 0.85),
    )


def _earlier(matrix: PupilMatrix) -> Iterable[Block]:
    tables = [table for table in matrix.results if table.year_groups]
    if tables:
        yield Heading("Earlier results", starts_page=True)
    for table in tables:
        yield from result_blocks(table, matrix.primary)


def _with_pupils(pack: SchoolPack, printed: Printed) -> Iterable[Block]:
    report = pack.report
    if report is None:
        return
    yield Heading("Every subject", starts_page=True)
    previous, last_year = pack.extras
    first = full_report_document(report, printed=printed, include_names=True, extras=previous)
    compared = extra_blocks(report, last_year) if last_year.comparison is not None else ()
    blocks = list(first.blocks[len(notes_of(report)) :])
    place = next(
        (at for at, block in enumerate(blocks) if _is_part(block) and not _is_compared(block)),
        len(blocks),
    )
    yield from (*blocks[:place], *compared, *blocks[place:])
    if pack.venn:
        yield Heading("Venn diagrams", starts_page=True)
        diagrams = venn_document(pack.venn, printed=printed)
        yield from diagrams.blocks[len(notes_of(pack.venn[0])) :]
    if pack.transition is not None:
        yield Heading("Transition matrix", starts_page=True)
        matrix = transition_document(pack.transition, printed=printed, include_names=True)
        yield from matrix.blocks[len(notes_of(pack.transition)) :]


def _is_part(block: Block) -> bool:
    return isinstance(block, Heading) and block.level == 2


def _is_compared(block: Block) -> bool:
    return isinstance(block, Heading) and block.text == Against.PREVIOUS.heading
