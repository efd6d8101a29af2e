"""The row of switches: what it shows, and which messages it heeds."""

from __future__ import annotations

from typing import Any

import pytest

from pupiltrack_portal.widgets.toggle_row import Toggle, ToggleRow


@pytest.fixture
def pressed() -> list[tuple[str, bool]]:
    return []


@pytest.fixture
def row(pressed: list[tuple[str, bool]]) -> ToggleRow:
    row = ToggleRow(
        "Show", [Toggle("a", "Tracking", is_on=True), Toggle("b", "Tests", is_on=False)]
    )
    row.on_toggle(lambda key, is_on: pressed.append((key, is_on)))
    return row


def send(row: ToggleRow, content: Any) -> None:
    row._handle_custom_msg(content, [])


def test_show_tells_the_browser_each_switch(row: ToggleRow) -> None:
    assert row.toggles == [["a", "Tracking", True, ""], ["b", "Tests", False, ""]]


def test_on_toggle_is_told_key_and_state_and_shows_nothing_by_itself(
    row: ToggleRow, pressed: list[tuple[str, bool]]
) -> None:
    send(row, {"kind": "toggle", "key": "b", "on": True})
    assert pressed == [("b", True)]
    assert row.toggles[1][2] is False


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "toggle", "key": "c", "on": True},
        {"kind": "toggle", "key": "a", "on": "yes"},
        {"kind": "toggle", "key": ["a"], "on": True},
        {"kind": "other", "key": "a", "on": True},
        ["toggle"],
        None,
    ],
)
def test_on_toggle_is_not_told_of_anything_else(
    row: ToggleRow, pressed: list[tuple[str, bool]], content: Any
) -> None:
    send(row, content)
    assert pressed == []


def test_toggles_cannot_be_set_by_the_browser(row: ToggleRow) -> None:
    row.set_state({"toggles": [], "legend": "Other"})
    assert (row.legend, len(row.toggles)) == ("Show", 2)
