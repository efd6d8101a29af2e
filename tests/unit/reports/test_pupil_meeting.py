"""A progress meeting as a document, and as a PDF that a screen reader can read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from pupiltrack_core.domain.judgement_wording import STANDARD_WORDING, JudgementWording
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.meetings import Answer, Standards
from pupiltrack_core.reports.documents import Heading, Paragraph, Table
from pupiltrack_core.reports.html import document_html
from pupiltrack_core.reports.pupil_meeting import NOTHING_NOTED, meeting_document
from pupiltrack_core.reports.typesetter import typeset
from pupiltrack_core.services.pupil_meetings import MeetingRecord
from pupiltrack_core.storage.pupil_meetings import MeetingDraft
from tests.pdf_reading import read, tags_of, text_of
from tests.report_frames import PRINTED


def make_record(*answers: Answer, comments: str = "") -> MeetingRecord:
    return MeetingRecord(
        id=1,
        version=1,
        school_name="Hillside Primary School",
        surname="Archer",
        forenames="Ana",
        place="Year 4, Robins, 2025/2026",
        meeting=MeetingDraft(
            academic_year=2025,
            held_on=date(2026, 1, 12),
            teacher="Mr Osei",
            previous=Standards(Judgement.TOWARDS, Judgement.TOWARDS, None),
            current=Standards(Judgement.ON_TRACK, Judgement.TOWARDS, Judgement.BELOW),
            answers=answers,
            comments=comments,
        ),
        wording=STANDARD_WORDING,
    )


def test_meeting_document_has_the_standards_and_each_question_in_order() -> None:
    document = meeting_document(
        make_record(
            Answer("What goes well?", "Reading.\n\nSwimming.", "Ten words\nA book"),
            Answer("What next?"),
            comments="Again in March.",
        ),
        printed=PRINTED,
    )
    held, standards, *said = document.blocks
    assert held == Paragraph("Held on 12/01/2026 with Mr Osei.")
    assert isinstance(standards, Table)
    assert standards.rows == (
        ("Previous", "Towards", "Towards", "No data"),
        ("Current", "On track", "Towards", "Below"),
    )
    assert said == [
        Heading("What was talked about"),
        Heading("1. What goes well?", level=3),
        Paragraph("Reading."),
        Paragraph("Swimming."),
        Paragraph("Agreed next steps: Ten words"),
        Paragraph("A book"),
        Heading("2. What next?", level=3),
        Paragraph(NOTHING_NOTED),
        Heading("Comments"),
        Paragraph("Again in March."),
    ]
    assert document.contains_names


def test_meeting_document_is_in_the_schools_words() -> None:
    wording = JudgementWording({Judgement.BELOW: "Emerging"})
    record = replace(make_record(), wording=wording)
    _, standards, legend, *_ = meeting_document(record, printed=PRINTED).blocks
    assert isinstance(standards, Table)
    assert standards.rows[1] == ("Current", "On track", "Towards", "Emerging")
    assert legend == Paragraph(wording.legend)


def test_meeting_document_without_questions_has_comments_alone() -> None:
    *_, heading, comments = meeting_document(make_record(), printed=PRINTED).blocks
    assert (heading, comments) == (Heading("Comments"), Paragraph(NOTHING_NOTED))


def test_meeting_document_as_a_pdf_is_tagged_and_takes_long_texts_and_markup() -> None:
    words = "<b>x</b> #import 'y' *z* 👩\u200d🏫 שלום "
    record = make_record(
        *(Answer(f"Question {at}? {words}", words * 80, words * 80) for at in range(8)),
        comments="x" * 4_000,
    )
    document = meeting_document(record, printed=PRINTED)
    assert "<b>" not in document_html(document)
    pdf = typeset(document)
    assert len(read(pdf).pages) > 2
    assert "#import 'y' *z*" in text_of(pdf)
    kinds = {tag.kind for tag in tags_of(pdf)}
    assert {"/H1", "/H2", "/H3", "/Table", "/TH"} <= kinds
