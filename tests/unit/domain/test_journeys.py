"""Tests of the events of a pupil's journey: how their time is told, their order, guessed years."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.domain.journeys import (
    EventKind,
    JourneyEvent,
    JourneyMark,
    day_of_result,
    in_order,
    year_in_group,
)
from pupiltrack_core.domain.statutory import Collection, Sitting

FIRST, LAST = date(2025, 1, 13), date(2025, 3, 21)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "words"),
    [
        (FIRST, LAST, "13/01/2025 to 21/03/2025"),
        (FIRST, None, "From 13/01/2025"),
        (None, LAST, "Until 21/03/2025"),
        (None, None, "2024/2025"),
    ],
)
def test_when_of_an_intervention_says_what_is_known(starts_on, ends_on, words):
    event = JourneyEvent(EventKind.INTERVENTION, 2024, starts_on, "Catch-up", ends_on=ends_on)
    assert event.when == words


def test_when_of_a_result_is_a_term_and_never_a_day():
    told = {
        JourneyEvent(
            EventKind.STATUTORY, 2021, day_of_result(2022, sitting), "", collection=collection
        ).when
        for sitting, collection in (
            (Sitting.MAIN, Collection.KS1),
            (Sitting.AUTUMN, Collection.PHONICS),
        )
    }
    assert told == {"Summer 2022", "Autumn 2021"}


def test_when_of_a_meeting_is_its_day():
    assert JourneyEvent(EventKind.MEETING, 2024, FIRST, "Progress meeting").when == "13/01/2025"


@pytest.mark.parametrize(
    ("year_group", "class_name", "words"),
    [
        (4, "Robins", "Year 4, Robins"),
        (0, None, "Reception"),
        (None, "Robins", "Robins"),
        (None, None, ""),
    ],
)
def test_year_and_class_says_what_is_known(year_group, class_name, words):
    event = JourneyEvent(
        EventKind.MEETING, 2024, FIRST, "", year_group=year_group, class_name=class_name
    )
    assert event.year_and_class == words


def test_words_of_a_mark_without_label_are_its_text():
    assert JourneyMark("READ", "Reading", "On track", "O").words == "Reading: On track"
    assert JourneyMark("MARK", "", "35", "35").words == "35"


def test_in_order_is_by_day_then_kind_then_title():
    events = [
        JourneyEvent(EventKind.MEETING, 2024, FIRST, "Progress meeting"),
        JourneyEvent(EventKind.TEST_SCORES, 2024, FIRST, "Winter"),
        JourneyEvent(EventKind.JUDGEMENTS, 2024, FIRST, "Winter"),
        JourneyEvent(EventKind.JUDGEMENTS, 2024, FIRST, "Snow"),
        # without a day: at the beginning of its year
        JourneyEvent(EventKind.INTERVENTION, 2024, None, "Undated", ends_on=LAST),
        JourneyEvent(EventKind.JUDGEMENTS, 2023, date(2024, 7, 1), "Earlier"),
    ]
    assert [(event.title, event.kind) for event in in_order(events)] == [
        ("Earlier", EventKind.JUDGEMENTS),
        ("Undated", EventKind.INTERVENTION),
        ("Snow", EventKind.JUDGEMENTS),
        ("Winter", EventKind.JUDGEMENTS),
        ("Winter", EventKind.TEST_SCORES),
        ("Progress meeting", EventKind.MEETING),
    ]


@pytest.mark.parametrize(
    ("enrolled", "year"),
    [
        ({2021: 1, 2022: 2, 2023: 3}, 2022),
        ({2022: 2, 2023: 2}, 2023),  # a year taught twice: the later one
        ({2024: 4}, 2022),  # came in Year 4: Year 2 was two years before
        ({2020: 0}, 2022),
        ({2020: 0, 2024: 4}, 2022),  # both two years off, and they agree
        ({}, None),
    ],
)
def test_year_in_group_counts_from_what_is_on_record(enrolled, year):
    assert year_in_group(2, enrolled) == year


@given(
    start=st.integers(2005, 2090),
    group=st.integers(-2, 6),
    length=st.integers(1, 7),
    wanted=st.integers(-2, 6),
)
def test_year_in_group_of_a_child_who_moves_up_each_year(start, group, length, wanted):
    enrolled = {start + at: group + at for at in range(length) if group + at <= 6}
    assert year_in_group(wanted, enrolled) == start + (wanted - group)


@pytest.mark.parametrize(
    ("label", "short", "words"),
    [
        ("Science", "Sci", "Science: On track"),
        ("Grammar, punctuation and spelling", "GPS", "GPS: On track"),
        ("Grammar, punctuation and spelling", "", "Grammar, punctuation and spelling: On track"),
        ("", "", "On track"),
    ],
)
def test_short_words_of_a_mark_shorten_a_long_label(label, short, words):
    assert JourneyMark("GPS", label, "On track", "O", short).short_words == words


def test_has_marks_of_all_but_an_intervention_and_a_meeting() -> None:
    without = {kind for kind in EventKind if not kind.has_marks}
    assert without == {EventKind.INTERVENTION, EventKind.MEETING}
