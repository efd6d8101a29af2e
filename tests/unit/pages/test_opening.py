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

CONTROL = "jupyter.widget.control"


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


def test_open_page_lets_the_browser_ask_for_all_widgets_at_once(
    forked: comm.base_comm.CommManager,
) -> None:
    open_page("no-such-page")
    held = {ipywidgets.Text("a").model_id, ipywidgets.Text("b").model_id}
    opening = {"comm_id": "c1", "target_name": CONTROL, "data": {}}
    forked.comm_open(None, None, {"content": opening, "metadata": {"version": "1.0.0"}})
    asking = {"comm_id": "c1", "data": {"method": "request_states"}}
    forked.comm_msg(None, None, {"content": asking})
    (answer,) = [
        data for _, data in HeardComm.sent if (data or {}).get("method") == "update_states"
    ]
    assert held <= set(answer["states"])
    assert ("comm_close", {}) not in HeardComm.sent


def test_open_page_lets_the_browser_make_no_widget(forked: comm.base_comm.CommManager) -> None:
    open_page("no-such-page")
    assert set(forked.targets) == {CONTROL}
