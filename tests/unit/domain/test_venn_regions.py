from __future__ import annotations

from itertools import product

import pytest

from pupiltrack_core.domain.coded_values import CodedValue
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.venn import (
    BLANK,
    REGIONS,
    VennKind,
    region_label,
    region_of,
    regions_of,
)

CODES: list[Judgement | None] = [*Judgement, None]


@pytest.mark.parametrize("kind", VennKind)
@pytest.mark.parametrize("three", list(product(CODES, repeat=3)))
def test_region_of_every_combination(
    three: tuple[Judgement | None, Judgement | None, Judgement | None], kind: VennKind
) -> None:
    inside = "OD" if kind is VennKind.ON_TRACK else "BT"
    expected = "".join("1" if code is not None and code in inside else "0" for code in three)
    if three == (None, None, None):
        expected = "blank"
    assert region_of(*three, kind=kind) == expected
    assert expected in REGIONS


def test_region_labels() -> None:
    kind = VennKind.ON_TRACK
    assert region_label("111", kind=kind) == "On track in reading, writing and maths"
    assert region_label("101", kind=kind) == "On track in reading and maths only"
    assert region_label("010", kind=VennKind.NOT_ON_TRACK) == "Not on track in writing only"
    assert region_label("000", kind=kind) == "On track in none of reading, writing and maths"
    assert region_label(BLANK, kind=kind) == "No data in reading, writing or maths"
    assert len({region_label(region, kind=kind) for region in REGIONS}) == len(REGIONS) == 9
    with pytest.raises(ValueError, match="no such region"):
        region_label("112", kind=kind)


def test_region_labels_of_two_subjects() -> None:
    two = ("Reading", "GPS")
    labels = {
        region: region_label(region, kind=VennKind.ON_TRACK, called="Secure", subjects=two)
        for region in regions_of(2)
    }
    assert labels == {
        "10": "Secure in reading only",
        "01": "Secure in GPS only",
        "11": "Secure in reading and GPS",
        "00": "Secure in neither of reading and GPS",
        BLANK: "No data in reading or GPS",
    }
    with pytest.raises(ValueError, match="no such region"):
        region_label("111", kind=VennKind.ON_TRACK, subjects=two)


@pytest.mark.parametrize("size", [0, 1, 4])
def test_regions_of_another_number_of_subjects_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="two or three subjects"):
        regions_of(size)


def test_kinds_say_what_a_circle_means() -> None:
    assert VennKind.ON_TRACK.label == "On track"
    assert VennKind.ON_TRACK.description == "On track or Deeper learning"
    assert VennKind.NOT_ON_TRACK.description == "Below or Towards"


def test_coded_values_have_words() -> None:
    assert [item.value for item in CodedValue] == ["z", "x", "c"]
    assert len({item.label for item in CodedValue}) == 3
