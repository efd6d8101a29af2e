"""Tests of what opening a page sets up, before there is any page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import comm
import ipywidgets
import pytest
from comm.base_comm import BaseComm
from ipywidgets.widgets.widget import _instances

from pupiltrack_portal.pages import open_page


class HeardComm(BaseComm):
    """Keeps what would go to the browser."""

    sent: list[tuple[str, Any]]

    def publish_msg(self, msg_type: str, data: Any = None, **_more: Any) -> None:
        HeardComm.sent.append((msg_type, data))


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> Iterator[comm.base_comm.CommManager]:
    """A process in which ipywidgets was imported before there was a kernel."""
    manager = comm.base_comm.CommManager()
    HeardComm.sent = []
    monkeypatch.setattr(comm, "get_comm_manager", lambda: manager)
    monkeypatch.setattr(comm, "create_comm", HeardComm)
    before = set(_instances)
    yield manager
    # Widgets of other tests were opened with another manager, which cannot close them.
    for model_id in set(_instances) - before:
        _instances[model_id].close()
    ipywidgets.Widget._control_comm = None


def test_open_page_lets_the_browser_make_no_widget(forked: comm.base_comm.CommManager) -> None:
    open_page("no-such-page")
    assert forked.targets == {}


def test_open_page_that_is_none_says_so_and_has_no_model(
    forked: comm.base_comm.CommManager,
) -> None:
    opened = open_page("no-such-page")
    assert opened.model is None
    assert "reference" in opened.view.messages[0]["text"]
    opened.close()  # there is nothing to give back
