"""The figures of a meeting in words, kept and read again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

from pupiltrack_core.domain.meeting_figures import (
    AreaFigures,
    GroupFigures,
    MeetingFigures,
    PointFigures,
    read_figures,
)

READING = AreaFigures("READ", 30, {"below": 13, "no_data": 0})
FIGURES = MeetingFigures(
    taken_at=datetime(2026, 1, 12, 9, 30, tzinfo=UTC),
    pupils=30,
    now=PointFigures("Autumn", date(2025, 12, 15), (READING,)),
    profile=PointFigures("Profile", None, ()),
    groups=(GroupFigures("sex:M", (AreaFigures("READ", 14, {"reached": 7}),)),),
)


def test_words_have_percentage_count_and_denominator() -> None:
    # 13 of 30 is 43.3 %
    assert READING.words("below") == "43\u202f% (13 of 30)"
    assert READING.words("no_data") == "0\u202f% (0 of 30)"
    assert AreaFigures("READ", 0, {"below": 0}).words("below") == "– (0 of 0)"


def test_source_names_assessment_and_day() -> None:
    assert FIGURES.now is not None
    assert FIGURES.profile is not None
    assert FIGURES.now.source == "Autumn, 15/12/2025"
    assert FIGURES.profile.source == "Profile"


def test_of_an_area_that_is_not_there_is_nothing() -> None:
    assert FIGURES.now is not None
    assert FIGURES.now.of("READ") == READING
    assert FIGURES.now.of("MATH") is None
    assert FIGURES.groups[0].of("READ") is not None
    assert FIGURES.groups[0].of("MATH") is None


def test_read_figures_gives_back_what_was_stored() -> None:
    assert read_figures(json.loads(json.dumps(FIGURES.to_stored()))) == FIGURES


def test_is_as_leaves_out_when_they_were_looked_up() -> None:
    later = replace(FIGURES, taken_at=datetime(2026, 3, 1, tzinfo=UTC))
    assert later.is_as(FIGURES)
    assert not replace(later, pupils=29).is_as(FIGURES)
