"""What a person's view of the grid is remembered as, and read back from."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.services.grid_sections import Section
from pupiltrack_portal.pages.grid_view import GridView, width_key

READ_AND_INCLUDE = ("12:tracking:READ", "include")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)


def test_remembered_of_nothing_leaves_characteristics_and_custom_fields_off() -> None:
    view = GridView.remembered({})
    assert set(Section) - view.sections == {Section.CHARACTERISTICS, Section.CUSTOM}
    assert (view.hidden, dict(view.widths), view.bars) == (frozenset(), {}, False)


def test_remembered_of_what_was_saved_is_the_same_view() -> None:
    view = (
        GridView()
        .with_section(Section.CUSTOM, is_on=True)
        .with_section(Section.TESTS, is_on=False)
        .with_assessment(7, is_on=False)
        .with_widths({"12:tracking:READ": 200, "include": 90}, on_view=READ_AND_INCLUDE, bars=True)
    )
    assert GridView.remembered(json.loads(json.dumps(view.to_dict()))) == view


@given(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("sections", "hidden", "widths", "bars"), JSON)
    )
)
def test_remembered_of_anything_is_a_view_that_can_be_saved_again(saved: dict[str, Any]) -> None:
    view = GridView.remembered(saved)
    assert GridView.remembered(view.to_dict()) == view


@pytest.mark.parametrize("width", [10, 5000, "90", None, True])
def test_remembered_drops_a_width_no_column_can_have(width: object) -> None:
    assert GridView.remembered({"widths": {"include": width}}).widths == {}


def test_with_assessment_switched_on_again_shows_it() -> None:
    view = GridView().with_assessment(7, is_on=False)
    assert view.hidden == {7}
    assert view.with_assessment(7, is_on=True).hidden == frozenset()


def test_widths_of_a_column_are_the_same_at_the_next_assessment() -> None:
    view = GridView().with_widths({"12:tracking:READ": 200}, on_view=READ_AND_INCLUDE, bars=False)
    assert view.widths_of(["19:tracking:READ", "19:test:READ"]) == {"19:tracking:READ": 200}


def test_with_widths_gives_a_column_on_view_its_usual_width_and_leaves_the_others() -> None:
    view = GridView(widths={"tracking:READ": 200, "include": 90, "test:READ": 70})
    narrower = view.with_widths({"include": 80}, on_view=READ_AND_INCLUDE, bars=False)
    assert narrower.widths == {"test:READ": 70, "include": 80}


@pytest.mark.parametrize(
    ("column", "kept_under"),
    [
        ("12:rwm:RWM", "rwm:RWM"),
        ("12:other:READ", "12:other:READ"),
        ("result:KS1:READ", "result:KS1:READ"),
        ("include", "include"),
    ],
)
def test_width_key(column: str, kept_under: str) -> None:
    assert width_key(column) == kept_under
