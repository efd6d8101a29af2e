"""What a browser does to the widgets of a page, and what it is shown of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import compress
from typing import Any, TypeVar

import ipywidgets

from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import Form
from pupiltrack_portal.widgets.notice import Notice

W = TypeVar("W", bound=ipywidgets.Widget)


def press(form: Form, button: str, **changed: Any) -> None:
    """Press a button of a form with what its fields hold, but for what was `changed`."""
    content = {"kind": "button", "button": button, "values": _values(form, changed), "files": {}}
    form._on_message(form, content, [])


def press_with_file(form: Form, button: str, name: str, content: bytes) -> None:
    """Press a button of a form whose field "file" holds a file."""
    files = {"file": {"name": name, "buffer": 0}}
    message = {"kind": "button", "button": button, "values": _values(form, {}), "files": files}
    form._on_message(form, message, [memoryview(content)])


def change(form: Form, key: str, value: Any) -> None:
    """Change one field of a form that tells of it at once."""
    content = {"kind": "change", "field": key, "values": _values(form, {key: value})}
    form._on_message(form, content, [])


def press_chip(form: Form, key: str) -> None:
    """Take off what a chip under a form says is applied."""
    form._on_message(form, {"kind": "chip", "key": key}, [])


def press_step(form: Form, key: str) -> None:
    """Go to what comes before or after, by a button under a form."""
    form._on_message(form, {"kind": "step", "key": key}, [])


def chips_of(form: Form) -> dict[str, str]:
    """Return what is shown as applied, by key."""
    return {item["key"]: item["text"] for item in form.chips["items"]}


def steps_of(form: Form) -> dict[str, bool]:
    """Return the labels of the steps, and whether each leads anywhere."""
    return {item["label"]: item["open"] for item in form.steps["items"]}


def press_cell(table: FiguresTable, row: str, column: str) -> None:
    """Press a cell of a table."""
    table._on_message(table, {"kind": "press", "row": row, "column": column}, [])


def press_file(button: FileButton, monkeypatch: Any) -> dict[str, Any]:
    """Press a file button and return what it answers."""
    sent: list[dict[str, Any]] = []
    with monkeypatch.context() as patched:
        patched.setattr(button, "send", sent.append)
        button._on_message(button, {"kind": "make"}, [])
    assert len(sent) == 1
    return sent[0]


def field_of(form: Form, key: str) -> dict[str, Any]:
    """Return the description of a field as the browser has it."""
    return next(item for item in form.spec["fields"] if item["key"] == key)


def keys_of(form: Form) -> list[str]:
    """Return the keys of a form's fields, in order."""
    return [item["key"] for item in form.spec["fields"]]


def offered(form: Form, key: str) -> list[str]:
    """Return the values a field offers."""
    return [option[0] for option in field_of(form, key)["options"]]


def each(widget: ipywidgets.Widget, kind: type[W]) -> Iterator[W]:
    """Yield the widgets of a kind that are on view at or under a widget, in order."""
    if isinstance(widget, kind):
        yield widget
    for child in getattr(widget, "children", ()):
        yield from each(child, kind)


def only(widget: ipywidgets.Widget, kind: type[W], *, name: str | None = None) -> W:
    """Return the one widget of a kind; a form also by its name."""
    found = [item for item in each(widget, kind) if name is None or item.spec.get("name") == name]
    assert len(found) == 1, f"{len(found)} widgets of {kind.__name__} on view"
    return found[0]


def shown(widget: ipywidgets.Widget) -> str:
    """Return everything sent to the browser for a widget and what is in it, as text."""
    return "\n".join(
        json.dumps(item.get_state(), default=str, ensure_ascii=False)
        for item in each(widget, ipywidgets.Widget)
    )


def text_of(cell: dict[str, Any] | str) -> str:
    """Return what a table's cell says, as it is told to the browser."""
    return cell if isinstance(cell, str) else str(cell["text"])


def cells_of(table: FiguresTable) -> dict[str, list[str]]:
    """Return the texts of a table's rows by the row's heading, without its drawings."""
    written = [not column["drawn"] for column in table.spec["columns"]]
    return {
        text_of(row["head"]): [text_of(cell) for cell in compress(row["cells"], written)]
        for row in table.spec["rows"]
    }


def _values(form: Form, changed: dict[str, Any]) -> dict[str, Any]:
    return {item["key"]: item["value"] for item in form.spec["fields"]} | changed


def assert_signed_out(notice: Notice) -> None:
    """The page says that the session has ended, and nothing else."""
    (message,) = notice.messages
    assert message["kind"] == "error"
    assert "sign in" in message["text"].lower()
    assert "reference" not in message["text"]
