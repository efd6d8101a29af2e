"""A pupil's journey as a document: the drawing, then the same and more as a table."""

from __future__ import annotations

from collections.abc import Iterable

from pupiltrack_core.charts.journey import plot_journey
from pupiltrack_core.domain.journeys import EventKind, JourneyEvent
from pupiltrack_core.domain.judgements import NO_DATA_LABEL
from pupiltrack_core.domain.rounding import NOT_APPLICABLE
from pupiltrack_core.domain.statutory import Collection
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.reports.documents import Document, Paragraph, Picture, Printed, Table
from pupiltrack_core.services.pupil_journey import PupilJourney

TITLE = "Pupil journey"
NO_POINTS = (
    "This is a record to talk about, not a measure: there are no points here, and nothing adds up "
    "to a score of progress."
)
CAPTION = "Everything on record, the earliest first"
NOTHING_HELD = "Nothing is on record of this pupil yet."
HEAD = (
    "Date",
    "Year group",
    "What",
    *(subject.label for subject in CORE_SUBJECTS),
    "Other",
    "Details",
)
_CORE = tuple(subject.value for subject in CORE_SUBJECTS)
_BY_SUBJECT = frozenset({EventKind.JUDGEMENTS, EventKind.TEST_SCORES, EventKind.FORMATIVE})
_ALL_THREE = frozenset({Collection.KS1, Collection.KS2})


def journey_document(journey: PupilJourney, *, printed: Printed) -> Document:
    """Return the document of one pupil's journey."""
    chart = plot_journey(journey.events, journey.years, wording=journey.wording)
    legend = journey.wording.legend
    rows = journey_rows(journey.events)
    held = (
        Table(
            caption=CAPTION,
            head=HEAD,
            rows=rows,
            weights=(1.35, 1.2, 1.9, 1.25, 1.25, 1.25, 2.5, 2.6),
            is_numeric=False,
            may_break=True,
        )
        if rows
        else Paragraph(NOTHING_HELD)
    )
    place = f". {journey.place}" if journey.place else ""
    return Document(
        title=TITLE,
        place=journey.school_name,
        description=f"{journey.name}{place}",
        printed=printed,
        blocks=(
            Paragraph(NO_POINTS),
            *([Paragraph(legend)] if legend else []),
            Picture.of(chart),
            held,
        ),
        contains_names=True,
    )


def journey_rows(events: Iterable[JourneyEvent]) -> tuple[tuple[str, ...], ...]:
    """Return a row of text for each event, its cells as in `HEAD`.

    "No data" stands where reading, writing or maths could have a mark and has none, an en dash
    where the event is not one of subjects.
    """
    return tuple(_row(event) for event in events)


def _row(event: JourneyEvent) -> tuple[str, ...]:
    # A phonics note stands under reading in the store, but says nothing of reading as a whole.
    in_columns = {
        mark.subject: mark.text for mark in event.marks if event.kind is not EventKind.PHONICS
    }
    asks_all = event.kind in _BY_SUBJECT or (
        event.kind is EventKind.STATUTORY and event.collection in _ALL_THREE
    )
    blank = NO_DATA_LABEL if asks_all else NOT_APPLICABLE
    others = [
        mark.short_words
        for mark in event.marks
        if event.kind is EventKind.PHONICS or mark.subject not in _CORE
    ]
    return (
        event.when,
        event.year_and_class,
        event.title,
        *(in_columns.get(code, blank) for code in _CORE),
        "; ".join(others),
        event.details,
    )
