"""A cohort's meeting as a document, and as a PDF, whatever stands in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from pupiltrack_core.domain.areas_of_learning import GLD
from pupiltrack_core.domain.cohort_meetings import (
    AskedQuestion,
    Barrier,
    DiscussedArea,
    MeetingContent,
    MeetingHead,
    SpecificGroup,
    TargetedSupport,
    area_label,
    every_area,
)
from pupiltrack_core.domain.judgement_wording import JudgementWording
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.meeting_figures import (
    OUTCOME_ROWS,
    AreaFigures,
    GroupFigures,
    MeetingFigures,
    PointFigures,
)
from pupiltrack_core.reports.cohort_meeting import (
    NO_ASSESSMENT,
    cohort_meeting_document,
    meeting_blocks,
)
from pupiltrack_core.reports.documents import Heading, Paragraph, Table
from pupiltrack_core.reports.typesetter import typeset
from pupiltrack_core.services.cohort_meeting_records import CohortMeetingRecord, MeetingChoices
from tests.pdf_reading import text_of
from tests.report_frames import PRINTED

WHEN = datetime(2026, 1, 12, 9, 30, tzinfo=UTC)
LONG = "Ng" * 100
NAMES = {
    1: "<b>Archer</b>, #strong[Ana]",
    2: f"{LONG}, Bo",
    3: "=SUM(A1), 👩\u200d🏫",
    4: "شكرا, Cy",
}
HEAD = MeetingHead(4, "Maple", 7, date(2026, 1, 12), "Mr Osei")


def areas(*counts: int) -> tuple[AreaFigures, ...]:
    held = dict(zip((row.value for row in OUTCOME_ROWS), counts, strict=True))
    return tuple(AreaFigures(code, 5, held) for code in ("READ", "WRIT", "MATH", "SCIE"))


# Of five: 1 Below, 1 Towards, 1 On track, 1 Deeper (2 on track or deeper), 1 No data.
NOW = PointFigures("Autumn", date(2025, 12, 15), areas(1, 1, 1, 1, 2, 1))
FIGURES = MeetingFigures(
    taken_at=WHEN,
    pupils=5,
    now=NOW,
    groups=(GroupFigures("sex:M", (AreaFigures("READ", 3, {"reached": 1}),)),),
)
CONTENT = MeetingContent(
    head=HEAD,
    areas=(
        DiscussedArea(
            "READ",
            (
                AskedQuestion("1", "What helped?", "Pairs\n\nTen words", "Go on\nAnd on"),
                AskedQuestion("2", "What next?"),
            ),
        ),
        DiscussedArea("SCIE", (AskedQuestion("1", "What helped?"),)),
    ),
    barriers=(Barrier("a", (4, 1), "Sleep", "Talk"), Barrier("b")),
    support=(TargetedSupport("c", ("READ", "PHON"), (2,), "Before school"),),
    groups=(
        SpecificGroup("d", "sex:M", "who read", ("READ", "WRIT"), "Fewer"),
        SpecificGroup("e", "", "Choir"),
        SpecificGroup("f"),
    ),
)


def make_record(
    content: MeetingContent = CONTENT, figures: MeetingFigures = FIGURES
) -> CohortMeetingRecord:

    return CohortMeetingRecord(
        id=1,
        academic_year=2025,
        version=1,
        saved_at=WHEN,
        saved_by="Jo",
        school_name="Hillside Primary School",
        content=content,
        figures=figures,
        figures_now=figures,
        names=NAMES,
        pupils=(1, 2),
        areas={code: area_label(code) for code in every_area(content.head.year_group)},
        choices=MeetingChoices(2025, "Jo", date(2026, 1, 12), (), {}),
    )


def test_meeting_blocks_have_everything_in_order() -> None:
    blocks = list(meeting_blocks(make_record()))
    core, further = (block for block in blocks if isinstance(block, Table))
    assert core.caption == (
        "Subject outcomes at Autumn, 15/12/2025; previous: none in this academic year"
    )
    assert core.head[:3] == ("Outcome", "Reading", "Reading, previous")
    assert core.rows[4][:3] == (
        "On track or deeper",
        "40\u202f% (2 of 5)",
        "",
    )  # blank: no previous
    assert further.head == ("Outcome", "Science", "Science, previous")
    assert [block for block in blocks if not isinstance(block, Table)] == [
        Paragraph("Held on 12/01/2026 with Mr Osei."),
        Paragraph("Figures of 5 pupils whose data are included, looked up on 12/01/2026 at 09:30."),
        Heading("Discussion: Reading"),
        Heading("What helped?", level=3),
        Paragraph("Pairs"),
        Paragraph("Ten words"),
        Paragraph("Agreed next steps: Go on"),
        Paragraph("And on"),
        Heading("Discussion: Science"),
        Paragraph("Nothing was noted."),
        Heading("Barriers to learning"),
        Heading("<b>Archer</b>, #strong[Ana]; شكرا, Cy", level=3),
        Paragraph("Sleep"),
        Paragraph("Agreed next steps: Talk"),
        Heading("Nobody chosen", level=3),
        Paragraph("Nothing was noted."),
        Heading("Targeted support"),
        Heading(f"{LONG}, Bo", level=3),
        Paragraph("Reading, Phonics."),
        Paragraph("Before school"),
        Heading("Specific groups"),
        Heading("Boys: who read", level=3),
        Paragraph("Reading: on track or deeper 33\u202f% (1 of 3)."),
        Paragraph("Writing."),
        Paragraph("Fewer"),
        Heading("Choir", level=3),
        Paragraph("No subject chosen."),
        Heading("Another group", level=3),
        Paragraph("No subject chosen."),
    ]


def test_meeting_blocks_of_reception_show_the_profile() -> None:
    profile = PointFigures(
        "Profile",
        None,
        tuple(
            AreaFigures(
                code,
                1,
                dict.fromkeys(("reached", "not_reached", "not_assessed"), 0) | {"no_data": 1},
            )
            for code in ("ALLI", GLD)
        ),
    )
    groups = (
        GroupFigures(
            "sex:F",
            (AreaFigures("ALLI", 1, {"reached": 1}), AreaFigures(GLD, 1, {"reached": 0})),
        ),
    )
    figures = MeetingFigures(WHEN, 1, profile=profile, groups=groups)
    content = MeetingContent(
        head=replace(HEAD, year_group=0),
        groups=(
            SpecificGroup("d", "sex:F", "", ("ALLI",)),
            SpecificGroup("e", "", "Choir", ("PHON",)),
        ),
    )
    blocks = list(meeting_blocks(make_record(content, figures)))
    assert Paragraph(NO_ASSESSMENT) not in blocks
    (table,) = (block for block in blocks if isinstance(block, Table))
    assert table.rows[1] == (
        "Good level of development",
        "0\u202f% (0 of 1)",
        "0\u202f% (0 of 1)",
        "0\u202f% (0 of 1)",
        "100\u202f% (1 of 1)",
    )
    told = [block.text for block in blocks if isinstance(block, Paragraph)]
    assert "Figures of 1 pupil whose data are included" in told[1]
    assert told[-3:] == [
        "Literacy: at least expected 100\u202f% (1 of 1).",
        "Good level of development: reached by 0\u202f% (0 of 1).",
        "Phonics.",
    ]


def test_meeting_blocks_without_an_assessment_say_so() -> None:
    figures = MeetingFigures(WHEN, 0)
    blocks = list(meeting_blocks(make_record(MeetingContent(HEAD), figures)))
    assert Paragraph(NO_ASSESSMENT) in blocks
    assert blocks.count(Paragraph("None were noted.")) == 3


def test_meeting_blocks_use_the_schools_words_and_explain_them() -> None:
    wording = JudgementWording({Judgement.BELOW: "Beginning"})
    blocks = list(meeting_blocks(replace(make_record(), wording=wording)))
    assert Paragraph(wording.legend) in blocks
    assert blocks[3].rows[0][0] == "Beginning"  # type: ignore[union-attr] # the table of outcomes


def test_meeting_document_is_typeset_whatever_people_are_called() -> None:
    document = cohort_meeting_document(make_record(), printed=PRINTED)
    assert document.contains_names
    assert document.title == "Cohort progress meeting"
    text = text_of(typeset(document))
    for words in (
        "<b>Archer</b>",
        "#strong[Ana]",
        "What helped?",
        "Boys: who read",
        "40 % (2 of 5)",
    ):
        assert words in text
