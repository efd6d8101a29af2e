"""A school's own words for the judgements: what they are called where, and what is refused."""

from __future__ import annotations

import pytest

from pupiltrack_core.domain.judgement_wording import (
    STANDARD_WORDING,
    JudgementWording,
    WordingRefused,
    read_wording,
    wording_of,
)
from pupiltrack_core.domain.judgements import PALETTE, Judgement
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.venn import VennKind

B, T, O, D = Judgement  # noqa: E741 - the codes themselves


def test_standard_wording_is_the_domains_own() -> None:
    assert STANDARD_WORDING.is_standard
    assert STANDARD_WORDING.legend == ""
    assert [STANDARD_WORDING.label(item) for item in Judgement] == [x.label for x in Judgement]
    assert [STANDARD_WORDING.row_label(row) for row in SummaryRow] == [x.label for x in SummaryRow]
    assert STANDARD_WORDING.colours == {B: "red", O: "green"}
    for kind in VennKind:
        assert STANDARD_WORDING.venn_label(kind) == kind.label
        assert STANDARD_WORDING.venn_description(kind) == kind.description
    for row in SummaryRow:
        assert STANDARD_WORDING.describe_row(row, "RWM") == row.describe("RWM")


def test_own_words_stand_in_every_heading() -> None:
    wording = JudgementWording({B: "Working below", O: "Secure"})
    assert {row.value: wording.row_label(row) for row in SummaryRow} == {
        "below": "Working below",
        "towards": "Towards",
        "on_track": "Secure",
        "deeper": "Deeper learning",
        "mixed": "Secure and Deeper learning mixed",
        "on_track_or_deeper": "Secure or Deeper learning",
        "not_on_track": "Working below or Towards",
        "no_data": "No data",
    }
    assert wording.venn_label(VennKind.ON_TRACK) == "Secure"
    assert wording.venn_label(VennKind.NOT_ON_TRACK) == "Working below or Towards"
    assert wording.venn_description(VennKind.ON_TRACK) == "Secure or Deeper learning"
    assert wording.legend == (
        "Words of this school: “Working below” is Below (B); “Secure” is On track (O)."
    )


@pytest.mark.parametrize(
    ("own", "row", "words"),
    [
        ({D: "Mastery"}, SummaryRow.NOT_ON_TRACK, "Not on track"),
        ({D: "Mastery"}, SummaryRow.ON_TRACK_OR_DEEPER, "On track or Mastery"),
        ({B: "Emerging"}, SummaryRow.ON_TRACK_OR_DEEPER, "On track or deeper"),
        ({B: "Emerging"}, SummaryRow.MIXED, "On track and deeper mixed"),
        ({B: "Emerging"}, SummaryRow.NOT_ON_TRACK, "Emerging or Towards"),
    ],
)
def test_row_label_of_several_judgements(
    own: dict[Judgement, str], row: SummaryRow, words: str
) -> None:
    assert JudgementWording(own).row_label(row) == words


def test_describe_row_is_not_caught_by_words_within_words() -> None:
    # Below is called what Towards is not, and Towards contains the standard word for Below.
    wording = JudgementWording({B: "Early", T: "Just Below"})
    assert wording.describe_row(SummaryRow.NOT_ON_TRACK, "READ") == (
        "Pupils judged Early or Just Below"
    )


def test_read_wording_keeps_what_differs() -> None:
    wording = read_wording(
        {B: "  Working   below ", T: "", O: "On track"}, {B: "amber", T: "", D: "blue"}
    )
    assert wording == JudgementWording({B: "Working below"}, {B: "amber", D: "blue"})
    assert read_wording({}, {B: "red", O: "green"}) == STANDARD_WORDING


@pytest.mark.parametrize(
    "wording",
    [
        STANDARD_WORDING,
        JudgementWording({T: "Developing"}, {}),
        JudgementWording({}, dict(zip(Judgement, PALETTE, strict=False))),
    ],
)
def test_stored_wording_comes_back(wording: JudgementWording) -> None:
    assert wording_of(wording.to_stored()) == wording


def test_school_that_stored_nothing_has_the_standard() -> None:
    assert wording_of(None) is STANDARD_WORDING


@pytest.mark.parametrize(
    ("judgement", "label", "words"),
    [
        (B, "B", "from 2 to 24"),
        (T, "x" * 25, "has 25"),
        (O, "Se\u200bcure", "invisible"),
        (O, "Se\x00cure", "invisible"),
        (B, "towards", "something else"),
        (D, "NO DATA", "something else"),
        (D, "Deep", "Two judgements"),
    ],
)
def test_read_wording_refuses_a_word(judgement: Judgement, label: str, words: str) -> None:
    others = {T: "Deep"} if label == "Deep" else {}
    with pytest.raises(WordingRefused, match=words) as refused:
        read_wording(others | {judgement: label}, {})
    assert refused.value.judgement is judgement
    assert not refused.value.is_colour


@pytest.mark.parametrize(
    ("colours", "words"),
    [({D: "pink"}, "no colour"), ({B: "blue", D: "blue"}, "Two judgements")],
)
def test_read_wording_refuses_a_colour(colours: dict[Judgement, str], words: str) -> None:
    with pytest.raises(WordingRefused, match=words) as refused:
        read_wording({}, colours)
    assert (refused.value.judgement, refused.value.is_colour) == (D, True)


def test_markup_is_a_word_like_any_other() -> None:
    assert read_wording({O: "<b>Yes</b>"}, {}).label(O) == "<b>Yes</b>"
