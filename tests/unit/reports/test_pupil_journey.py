"""Tests of a pupil's journey as a table and as a document."""

from __future__ import annotations

from datetime import date

from pupiltrack_core.domain.journeys import (
    EventKind,
    JourneyEvent,
    JourneyMark,
    JourneyYear,
    day_of_result,
)
from pupiltrack_core.domain.statutory import Collection
from pupiltrack_core.reports.documents import Paragraph, Picture, Table
from pupiltrack_core.reports.pupil_journey import (
    HEAD,
    NO_POINTS,
    NOTHING_HELD,
    journey_document,
    journey_rows,
)
from pupiltrack_core.reports.typesetter import typeset
from pupiltrack_core.services.pupil_journey import PupilJourney
from tests.pdf_reading import read, tags_of, text_of
from tests.report_frames import PRINTED

DAY = date(2024, 12, 2)


def make_event(kind: EventKind, *marks: tuple[str, str, str], **about) -> JourneyEvent:
    held = tuple(JourneyMark(code, label, text, text) for code, label, text in marks)
    return JourneyEvent(
        kind,
        2024,
        about.pop("starts_on", DAY),
        about.pop("title", "Winter"),
        year_group=3,
        class_name="Robins",
        marks=held,
        **about,
    )


def make_journey(*events: JourneyEvent) -> PupilJourney:
    return PupilJourney(
        school_id=1,
        pupil_id=2,
        school_name="Hillside Primary School",
        surname="Archer",
        forenames="Ana",
        years=(JourneyYear(2024, 3, "Robins"),),
        events=events,
    )


def judgement(reading: str = "O") -> JourneyEvent:
    words = {"O": "On track", "B": "Below"}[reading]
    mark = JourneyMark("READ", "Reading", words, reading)
    return JourneyEvent(EventKind.JUDGEMENTS, 2024, DAY, "Winter", year_group=3, marks=(mark,))


def cells(*events: JourneyEvent) -> list[dict[str, str]]:
    return [dict(zip(HEAD, row, strict=True)) for row in journey_rows(events)]


def test_journey_rows_put_each_subject_in_its_column():
    (row,) = cells(
        make_event(
            EventKind.JUDGEMENTS,
            ("READ", "Reading", "On track"),
            ("MATH", "Maths", "Below"),
            ("SCIE", "Science", "Towards"),
            ("X01", "Chess", "Below"),
            details="More",
        )
    )
    assert row == {
        "Date": "02/12/2024",
        "Year group": "Year 3, Robins",
        "What": "Winter",
        "Reading": "On track",
        "Writing": "No data",
        "Maths": "Below",
        "Other": "Science: Towards; Chess: Below",
        "Details": "More",
    }


def test_journey_rows_tell_no_data_from_what_does_not_apply():
    rows = cells(
        make_event(EventKind.TEST_SCORES, ("MATH", "Maths", "0")),
        make_event(EventKind.STATUTORY, ("READ", "Reading", "Absent"), collection=Collection.KS2),
        make_event(EventKind.SCHOOL_RESULT, ("READ", "Reading", "104"), collection=Collection.KS1),
        make_event(EventKind.STATUTORY, ("MARK", "Mark", "23"), collection=Collection.MTC),
        make_event(EventKind.PHONICS, ("READ", "", "Phase 5")),
        make_event(EventKind.MEETING, details="With Mr Osei."),
    )
    assert [(row["Reading"], row["Writing"], row["Maths"], row["Other"]) for row in rows] == [
        ("No data", "No data", "0", ""),
        ("Absent", "No data", "No data", ""),
        ("104", "–", "–", ""),
        ("–", "–", "–", "Mark: 23"),
        ("–", "–", "–", "Phase 5"),
        ("–", "–", "–", ""),
    ]


def test_journey_document_says_that_there_are_no_points_and_draws():
    document = journey_document(make_journey(judgement()), printed=PRINTED)
    said, picture, table = document.blocks
    assert said == Paragraph(NO_POINTS)
    assert isinstance(picture, Picture)
    assert "Reading: On track" in picture.alt
    assert isinstance(table, Table)
    assert len(table.rows) == 1
    assert document.contains_names


def test_journey_document_of_nothing_says_so():
    document = journey_document(make_journey(), printed=PRINTED)
    assert document.blocks[-1] == Paragraph(NOTHING_HELD)
    assert NOTHING_HELD in text_of(typeset(document))


def test_journey_pdf_holds_all_of_it_on_two_pages_at_most():
    events = [judgement("O"), judgement("B")] * 9
    events.append(
        make_event(
            EventKind.STATUTORY,
            ("READ", "Reading", "Achieved the standard (104)"),
            starts_on=day_of_result(2025),
            title="Key stage 2",
            collection=Collection.KS2,
        )
    )
    pdf = typeset(journey_document(make_journey(*events), printed=PRINTED))
    text = text_of(pdf)
    assert "Archer, Ana. Year 3, Robins, 2024/2025" in text
    assert "Contains personal data" in text
    assert "Achieved the standard (104)" in text
    assert text.count("Winter") >= 18
    assert len(read(pdf).pages) <= 2
    (figure,) = [tag for tag in tags_of(pdf) if tag.alt]
    assert figure.alt.startswith("Timeline. ")


def test_journey_pdf_with_long_texts_runs_on_over_pages():
    long = "A very long comment about a child. " * 400
    meeting = make_event(EventKind.MEETING, title="Progress meeting", details=f"{long}The end.")
    pdf = typeset(journey_document(make_journey(meeting, judgement()), printed=PRINTED))
    text = text_of(pdf)
    assert text.count("A very long comment") == 400
    assert text.index("The end.") < text.index("Winter")
    assert len(read(pdf).pages) > 2


def test_journey_pdf_prints_markup_and_emoji_as_they_are():
    event = make_event(EventKind.MEETING, title="#table[*x*] <b>", details="Well done 🎉")
    text = text_of(typeset(journey_document(make_journey(event), printed=PRINTED)))
    assert "#table[*x*] <b>" in text
    assert "🎉" in text
