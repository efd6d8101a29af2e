"""A cohort's progress meeting as a document: the same blocks are read on the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pupiltrack_core.domain.areas_of_learning import GLD, AreaOfLearning
from pupiltrack_core.domain.cohort_meetings import (
    KNOWN_GROUPS,
    AskedQuestion,
    Barrier,
    SpecificGroup,
    TargetedSupport,
    areas_of,
)
from pupiltrack_core.domain.local_time import write_moment
from pupiltrack_core.domain.meeting_figures import (
    OUTCOME_ROWS,
    PROFILE_ROWS,
    REACHED,
    MeetingFigures,
    PointFigures,
)
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.statutory import measure_label
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.domain.year_groups import RECEPTION
from pupiltrack_core.reports.documents import Block, Document, Heading, Paragraph, Printed, Table
from pupiltrack_core.reports.pupil_meeting import NEXT_STEPS, NOTHING_NOTED, lines_of
from pupiltrack_core.services.cohort_meeting_records import CohortMeetingRecord

TITLE = "Cohort progress meeting"
RECEPTION_TITLE = "Reception progress meeting"
DISCUSSION, BARRIERS = "Discussion", "Barriers to learning"
SUPPORT, GROUPS = "Targeted support", "Specific groups"
NOBODY, NO_SUBJECT = "Nobody chosen", "No subject chosen"
NONE_NOTED = "None were noted."
NOTHING = Paragraph(NOTHING_NOTED)
NO_ASSESSMENT = "No assessment was chosen, so there are no figures of one."
ANOTHER_GROUP = "Another group"


def cohort_meeting_document(record: CohortMeetingRecord, *, printed: Printed) -> Document:
    """Return the document of one meeting."""
    return Document(
        title=title_of(record),
        place=record.school_name,
        description=record.cohort,
        printed=printed,
        blocks=tuple(meeting_blocks(record)),
        contains_names=True,
    )


def title_of(record: CohortMeetingRecord) -> str:
    """Return what the meeting is called: Reception has its own version."""
    is_reception = record.content.head.year_group == RECEPTION
    return RECEPTION_TITLE if is_reception else TITLE


def meeting_blocks(record: CohortMeetingRecord) -> Iterator[Block]:
    """Yield everything of a meeting: its figures, then what was written down."""
    head = record.content.head
    yield Paragraph(f"Held on {head.held_on:%d/%m/%Y} with {head.teacher}.")
    yield from figures_blocks(record, record.figures)
    for area in record.content.areas:
        yield Heading(f"{DISCUSSION}: {record.label_of(area.key)}")
        said = [row for row in area.answers if row.notes or row.next_steps]
        if not said:
            yield NOTHING
        for row in said:
            yield from _answered(row)
    content = record.content
    yield from _section(BARRIERS, (_barrier(record, row) for row in content.barriers))
    yield from _section(SUPPORT, (_support(record, row) for row in content.support))
    yield from _section(GROUPS, (_group(record, row) for row in content.groups))


def figures_blocks(record: CohortMeetingRecord, figures: MeetingFigures) -> Iterator[Block]:
    """Yield the figures of a meeting as tables, each with where it is from."""
    year_group = record.content.head.year_group
    pupils = "1 pupil" if figures.pupils == 1 else f"{figures.pupils} pupils"
    yield Paragraph(
        f"Figures of {pupils} whose data are included, looked up on "
        f"{write_moment(figures.taken_at)}."
    )
    if record.wording.legend and figures.now is not None:
        yield Paragraph(record.wording.legend)
    if figures.profile is not None:
        yield _profile_table(figures.profile)
    core = [subject.value for subject in CORE_SUBJECTS]
    if figures.now is None:
        if year_group != RECEPTION:
            yield Paragraph(NO_ASSESSMENT)
        return
    yield _outcome_table(record, figures, core)
    asked = [area.key for area in record.content.areas]
    further = [
        code
        for code in asked
        if code not in (*core, *areas_of(year_group)) and figures.now.of(code)
    ]
    if further:
        yield _outcome_table(record, figures, further)


def names_in_words(record: CohortMeetingRecord, pupils: Iterable[int]) -> str:
    """Return "Archer, Ann; Baker, Bo", by name as they are called now."""
    chosen = set(pupils)
    names = [name for number, name in record.names.items() if number in chosen]
    return "; ".join(names) or NOBODY


def subjects_in_words(record: CohortMeetingRecord, subjects: Iterable[str]) -> str:
    """Return "Reading, Phonics"."""
    return ", ".join(record.label_of(code) for code in subjects) or NO_SUBJECT


def group_in_words(group: SpecificGroup) -> str:
    """Return what a group is called, with what was added to the name of a known one."""
    known = KNOWN_GROUPS[group.group].label if group.group else ""
    return ": ".join(part for part in (known, group.name) if part) or ANOTHER_GROUP


def group_lines(record: CohortMeetingRecord, group: SpecificGroup) -> list[str]:
    """Return the subjects of a group, each with how many of it are there where that is known."""
    found = next((item for item in record.figures.groups if item.group == group.group), None)
    asked = (*group.subjects, *((GLD,) if record.figures.profile is not None else ()))
    lines = []
    for code in asked:
        label = measure_label(GLD) if code == GLD else record.label_of(code)
        figures = None if found is None else found.of(code)
        if figures is None:
            lines += [] if code == GLD else [f"{label}."]
            continue
        what = _reached_label(record, code)
        lines.append(f"{label}: {what} {figures.words(REACHED)}.")
    return lines or [f"{NO_SUBJECT}."]


def _reached_label(record: CohortMeetingRecord, code: str) -> str:
    if code == GLD:
        return "reached by"
    if code in set(AreaOfLearning):
        return PROFILE_ROWS[REACHED].lower()
    return record.wording.row_label(SummaryRow.ON_TRACK_OR_DEEPER).lower()


def _outcome_table(
    record: CohortMeetingRecord, figures: MeetingFigures, subjects: Sequence[str]
) -> Table:
    now, before = figures.now, figures.before
    if now is None:
        raise ValueError("There is no assessment to show figures of.")
    head: list[str] = ["Outcome"]
    for code in subjects:
        label = record.label_of(code)
        head += [label, f"{label}, previous"]
    source = f"{now.source}; previous: {before.source if before else 'none in this academic year'}"
    rows = []
    for row in OUTCOME_ROWS:
        cells = [record.wording.row_label(row)]
        for code in subjects:
            cells += [_cell(now, code, row.value), _cell(before, code, row.value)]
        rows.append(tuple(cells))
    return Table(
        caption=f"Subject outcomes at {source}",
        head=tuple(head),
        rows=tuple(rows),
        weights=(1.3, *(1.0 for _ in head[1:])),
    )


def _cell(point: PointFigures | None, code: str, row: str) -> str:
    found = None if point is None else point.of(code)
    return "" if found is None else found.words(row)


def _profile_table(profile: PointFigures) -> Table:
    rows = []
    for item in profile.areas:
        label = measure_label(GLD) if item.area == GLD else AreaOfLearning(item.area).label
        rows.append((label, *(item.words(row) for row in PROFILE_ROWS)))
    return Table(
        caption=f"{profile.name}: areas of learning",
        head=("Area of learning", *PROFILE_ROWS.values()),
        rows=tuple(rows),
        weights=(2.0, *(1.0 for _ in PROFILE_ROWS)),
    )


def _answered(row: AskedQuestion) -> Iterator[Block]:
    yield Heading(row.question, level=3)
    yield from _written(row.notes)
    yield from _next_steps(row.next_steps)


def _written(text: str) -> Iterator[Paragraph]:
    if text:
        yield from map(Paragraph, lines_of(text))


def _next_steps(text: str) -> Iterator[Paragraph]:
    if text:
        first, *others = lines_of(text)
        yield Paragraph(f"{NEXT_STEPS}: {first}")
        yield from map(Paragraph, others)


def _section(title: str, rows: Iterable[Iterable[Block]]) -> Iterator[Block]:
    yield Heading(title)
    blocks = [block for row in rows for block in row]
    yield from blocks or [Paragraph(NONE_NOTED)]


def _barrier(record: CohortMeetingRecord, row: Barrier) -> Iterator[Block]:
    yield Heading(names_in_words(record, row.pupils), level=3)
    yield from _written(row.barrier) if row.barrier or row.next_steps else (NOTHING,)
    yield from _next_steps(row.next_steps)


def _support(record: CohortMeetingRecord, row: TargetedSupport) -> Iterator[Block]:
    yield Heading(names_in_words(record, row.pupils), level=3)
    yield Paragraph(f"{subjects_in_words(record, row.subjects)}.")
    yield from _written(row.comments)


def _group(record: CohortMeetingRecord, row: SpecificGroup) -> Iterator[Block]:
    yield Heading(group_in_words(row), level=3)
    yield from map(Paragraph, group_lines(record, row))
    yield from _written(row.comments)
