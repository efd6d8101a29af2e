"""Following widgets from message to message, and writing them as notebooks keep them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from pupiltrack_portal.server.json_in_html import json_in_html
from pupiltrack_portal.server.widget_states import WidgetStates

MODEL = {
    "_model_name": "AnyModel",
    "_model_module": "anywidget",
    "_model_module_version": "~0.11.*",
}


def message(
    kind: str, comm: str = "a", *, buffers: list[bytes] | None = None, **content: Any
) -> Any:
    """A message about a comm."""
    return {"msg_type": kind, "content": {"comm_id": comm, **content}, "buffers": buffers or []}


def opened(comm: str = "a", **state: Any) -> Any:
    """The opening of a widget."""
    return message(
        "comm_open", comm, target_name="jupyter.widget", data={"state": {**MODEL, **state}}
    )


def updated(state: dict[str, Any], **more: Any) -> Any:
    """An update of a widget's state."""
    data = {"method": "update", "state": state, **more.pop("data", {})}
    return message("comm_msg", data=data, **more)


def states_after(*messages: Any) -> dict[str, Any]:
    """The widgets written after these messages."""
    states = WidgetStates()
    for item in messages:
        states.take(item)
    written: dict[str, Any] = states.written()["state"]
    return written


def test_written_is_the_latest_of_each_trait() -> None:
    written = states_after(opened(value=1, name="x"), updated({"value": 2}), opened("b"))
    assert written["a"]["state"] == {**MODEL, "value": 2, "name": "x"}
    assert written["a"]["model_name"] == "AnyModel"
    assert written["a"]["model_module"] == "anywidget"
    assert list(written) == ["a", "b"]


def test_written_leaves_out_what_is_closed_and_what_is_no_widget() -> None:
    other = message("comm_open", "c", target_name="jupyter.widget.control", data={})
    assert states_after(opened(), other, message("comm_close")) == {}


def test_written_ignores_messages_that_carry_no_state() -> None:
    custom = message("comm_msg", data={"method": "custom", "content": {"kind": "hello"}})
    status = {"msg_type": "status", "content": {"execution_state": "idle"}, "buffers": []}
    assert states_after(opened(value=1), custom, status)["a"]["state"]["value"] == 1


def test_written_buffers_are_those_of_the_latest_value() -> None:
    paths = {"buffer_paths": [["cells", "data"], ["other"]]}
    written = states_after(
        opened(),
        updated({"cells": {}}, buffers=[b"old", b"kept"], data=paths),
        updated({"cells": {}}, buffers=[b"new"], data={"buffer_paths": [["cells", "bytes"]]}),
    )
    buffers = {tuple(b["path"]): base64.b64decode(b["data"]) for b in written["a"]["buffers"]}
    assert buffers == {("other",): b"kept", ("cells", "bytes"): b"new"}
    assert {b["encoding"] for b in written["a"]["buffers"]} == {"base64"}


@pytest.mark.parametrize("text", ["</script><script>alert(1)</script>", "<!-- &amp;", "å 子"])
def test_json_in_html_holds_no_markup_and_reads_back(text: str) -> None:
    written = json_in_html({"name": text})
    assert not {"<", ">", "&"} & set(written)
    assert json.loads(written) == {"name": text}
