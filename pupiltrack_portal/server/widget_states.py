"""What a kernel says of its widgets while a notebook runs, kept to be written into the page."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

_TARGET = "jupyter.widget"


@dataclass(slots=True)
class _Widget:
    state: dict[str, Any] = field(default_factory=dict)
    buffers: dict[tuple[str | int, ...], bytes] = field(default_factory=dict)


class WidgetStates:
    """Each widget's state by its id, followed from message to message."""

    def __init__(self) -> None:
        self._widgets: dict[str, _Widget] = {}

    def take(self, message: dict[str, Any]) -> None:
        """Follow one message of the kernel; those that are not about widgets change nothing."""
        kind, content = message["msg_type"], message["content"]
        if kind == "comm_open" and content.get("target_name") == _TARGET:
            self._widgets[content["comm_id"]] = _Widget()
        widget = self._widgets.get(content.get("comm_id", ""))
        if widget is None:
            return
        if kind == "comm_close":
            del self._widgets[content["comm_id"]]
            return
        data = content.get("data", {})
        if not isinstance(data, dict) or "state" not in data:
            return
        for name in data["state"]:
            # Its value is new, and so are the bytes that belong to it.
            widget.buffers = {path: b for path, b in widget.buffers.items() if path[0] != name}
        widget.state |= data["state"]
        paths = data.get("buffer_paths", [])
        widget.buffers |= {
            tuple(path): bytes(buffer)
            for path, buffer in zip(paths, message.get("buffers", []), strict=False)
        }
        for path in paths:
            widget.state.setdefault(path[0], None)

    def written(self) -> dict[str, Any]:
        """Return all of them as `application/vnd.jupyter.widget-state+json` has it, version 2.

        `{"version_major", "version_minor", "state": {id: {"model_name", "model_module",
        "model_module_version", "state", "buffers"}}}`, as in ipywidgets' documentation.
        """
        return {
            "version_major": 2,
            "version_minor": 0,
            "state": {name: _written(widget) for name, widget in self._widgets.items()},
        }


def _written(widget: _Widget) -> dict[str, Any]:
    state = widget.state
    written: dict[str, Any] = {
        "model_name": state.get("_model_name"),
        "model_module": state.get("_model_module"),
        "model_module_version": state.get("_model_module_version"),
        "state": state,
    }
    if widget.buffers:
        written["buffers"] = [
            {"path": list(path), "encoding": "base64", "data": base64.b64encode(buffer).decode()}
            for path, buffer in widget.buffers.items()
        ]
    return written
