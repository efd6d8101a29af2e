"""A form drawn from a description, answered field by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import traitlets

from pupiltrack_portal.widgets.assets import PortalWidget

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_TEXT = 10_000
Answer = str | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `tells` sends a change at once, for fields that others depend on.

    `clears` are the keys of selects that go back to their first option when it is changed. Options
    are (value, label); a third part "fixed" keeps a box of `checks` ticked.
    """

    key: str
    label: str
    kind: Literal[
        "select", "text", "search", "date", "textarea", "checks", "picks", "check", "file"
    ]
    value: Answer = ""
    options: tuple[tuple[str, ...], ...] = ()
    hint: str = ""
    fold: str = ""
    tells: bool = False
    clears: tuple[str, ...] = ()
    accept: str = ""
    max_length: int = 200
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """Something applied, in words, with a button that takes it off."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """A button to what comes before or after; it can be reached, but does nothing unless open."""

    key: str
    label: str
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as the browser sent it; the name is only for showing."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Submission:
    """What was sent: the button's key, an answer for every field, and files by field key."""

    button: str
    answers: Mapping[str, Answer]
    files: Mapping[str, SentFile]


class Form(PortalWidget):
    """A form whose values reach Python only in shapes its description allows.

    With `asks_on_leaving` the browser asks before the tab is closed over something typed that
    differs from what the fields show; with `is_unsaved` also when nothing does, because what they
    show is not saved itself.
    """

    _asset: ClassVar[str] = "form"
    spec = traitlets.Dict().tag(sync=True)
    errors = traitlets.Dict().tag(sync=True)
    chips = traitlets.Dict().tag(sync=True)
    steps = traitlets.Dict().tag(sync=True)
    said = traitlets.Unicode().tag(sync=True)
    address = traitlets.Unicode().tag(sync=True)
    focus_wanted = traitlets.Int(0).tag(sync=True)
    asks_on_leaving = traitlets.Bool(False).tag(sync=True)
    is_unsaved = traitlets.Bool(False).tag(sync=True)
    saved = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        *,
        name: str,
        legend: str,
        fields: Sequence[Field] = (),
        buttons: Sequence[tuple[str, str]] = (("submit", "Select"),),
        layout: Literal["row", "column", "grid"] = "row",
        saves_after: int = 0,
        fold: str = "",
        is_open: bool = False,
        is_plain: bool = False,
        **traits: Any,
    ) -> None:
        """`saves_after`: milliseconds from the last key to `on_typed`; 0 waits for a button.

        The first button stands out, unless the form `is_plain`: a page has one such button.

        A `fold` is a heading behind which the whole form is folded away, unless it `is_open`.
        """
        super().__init__(**traits)
        self._name, self._legend, self._layout = name, legend, layout
        self._buttons = tuple(buttons)
        self._whole = {"saves": saves_after, "fold": fold, "open": is_open, "plain": is_plain}
        self._fields: dict[str, Field] = {}
        self._on_submit: Callable[[Submission], None] | None = None
        self._on_change: Callable[[str, Mapping[str, Answer]], None] | None = None
        self._on_chip: Callable[[str], None] | None = None
        self._on_step: Callable[[str], None] | None = None
        self._on_typed: Callable[[Mapping[str, Answer]], None] | None = None
        self._turn: int | None = None  # which sending of a form that saves was the last
        self.on_msg(self._on_message)
        self.show(fields)

    def show(
        self, fields: Sequence[Field], *, buttons: Sequence[tuple[str, str]] | None = None
    ) -> None:
        """Draw these fields with their values; complaints are taken away.

        What was typed gives way to the values, also where they are those that were drawn last.
        With `buttons` these take the place of those there were.
        """
        if buttons is not None:
            self._buttons = tuple(buttons)
        self._fields = {field.key: field for field in fields}
        self.errors = {}
        turn = self.spec.get("turn", 0)
        spec = {
            "turn": turn,
            "name": self._name,
            "legend": self._legend,
            "layout": self._layout,
            **self._whole,
            "fields": [
                {
                    "key": field.key,
                    "label": field.label,
                    "kind": field.kind,
                    "value": list(field.value) if isinstance(field.value, tuple) else field.value,
                    "options": [list(option) for option in field.options],
                    "hint": field.hint,
                    "fold": field.fold,
                    "tells": field.tells,
                    "clears": list(field.clears),
                    "accept": field.accept,
                    "maxLength": field.max_length,
                    "beside": field.beside,
                }
                for field in fields
            ],
            "buttons": [{"key": key, "label": label} for key, label in self._buttons],
        }
        # Told once more, the browser draws it anew: a copy that is equal would not reach it.
        self.spec = {**spec, "turn": turn + 1} if spec == self.spec else spec

    def show_chips(self, chips: Sequence[Chip], *, label: str, action: str) -> None:
        """Show what is applied as a list called `label`; pressing a chip does its `action`."""
        items = [{"key": chip.key, "text": chip.text} for chip in chips]
        self.chips = {"label": label, "action": action, "items": items}

    def show_steps(self, steps: Sequence[Step], *, label: str) -> None:
        """Show buttons to what comes before and after, as a group called `label`."""
        items = [{"key": step.key, "label": step.label, "open": step.is_open} for step in steps]
        self.steps = {"label": label, "items": items}

    def say(self, text: str) -> None:
        """Show `text` under the fields, where a screen reader reads it out in its next pause."""
        self.said = text

    def say_saved(self, text: str, *, is_problem: bool = False) -> None:
        """Say under the fields what became of what was typed, the same words as often as asked."""
        time = self.saved.get("time", 0) + 1
        turn = {} if self._turn is None else {"turn": self._turn}
        self.saved = {"text": text, "problem": is_problem, "time": time, **turn}

    def complain(self, errors: Mapping[str, str]) -> None:
        """Say what is wrong with each field; what was entered stays."""
        self.errors = {}
        self.errors = dict(errors)

    def take_focus(self) -> None:
        """Put the keyboard's focus on the first field, or the first button of a form without.

        For a form that takes the place of what the person has just pressed.
        """
        self.focus_wanted += 1

    def put_in_address(self, query: str) -> None:
        """Show `query` (already encoded, without personal data) in the browser's address."""
        self.address = query

    def on_submit(self, callback: Callable[[Submission], None]) -> None:
        """Call `callback` when a button is pressed."""
        self._on_submit = callback

    def on_change(self, callback: Callable[[str, Mapping[str, Answer]], None]) -> None:
        """Call `callback` with a field's key and all values when a field that tells changes."""
        self._on_change = callback

    def on_chip(self, callback: Callable[[str], None]) -> None:
        """Call `callback` with the key of a chip that is to be taken off."""
        self._on_chip = callback

    def on_step(self, callback: Callable[[str], None]) -> None:
        """Call `callback` with the key of an open step when it is pressed."""
        self._on_step = callback

    def on_typed(self, callback: Callable[[Mapping[str, Answer]], None]) -> None:
        """Call `callback` with what was typed into a form that saves: the values of those fields.

        A button of such a form hands over no others either.
        """
        self._on_typed = callback

    def _on_message(self, _widget: object, content: object, buffers: Sequence[Any]) -> None:
        if not isinstance(content, dict):
            return
        kind, key = content.get("kind"), content.get("key")
        if kind == "chip" and self._on_chip is not None:
            if key in [item["key"] for item in self.chips.get("items", ())]:
                self._on_chip(str(key))
            return
        if kind == "step" and self._on_step is not None:
            if key in [item["key"] for item in self.steps.get("items", ()) if item["open"]]:
                self._on_step(str(key))
            return
        values = self._accepted(content.get("values"))
        turn = content.get("turn")
        self._turn = turn if isinstance(turn, int) else None
        if kind == "change" and self._on_change is not None:
            if content.get("field") in self._fields:
                self._on_change(str(content["field"]), values)
        elif kind == "typed" and self._on_typed is not None:
            self._on_typed(values)
        elif kind == "button" and self._on_submit is not None:
            button = content.get("button")
            if button in {key for key, _ in self._buttons}:
                files = self._accepted_files(content.get("files"), buffers)
                self._on_submit(Submission(str(button), values, files))

    def _accepted(self, sent: object) -> dict[str, Answer]:
        """Return an answer for every field; what was not offered falls back to nothing chosen.

        A form that saves has answers only for the fields that were sent.
        """
        given = sent if isinstance(sent, dict) else {}
        fields = self._fields
        if self._whole["saves"]:
            # The others may hold what someone else wrote since the browser drew them.
            fields = {key: field for key, field in fields.items() if key in given}
        return {key: _answer(field, given.get(key)) for key, field in fields.items()}

    def _accepted_files(self, sent: object, buffers: Sequence[Any]) -> dict[str, SentFile]:
        files: dict[str, SentFile] = {}
        for key, told in sent.items() if isinstance(sent, dict) else ():
            known = self._fields.get(key)
            if known is None or known.kind != "file" or not isinstance(told, dict):
                continue
            at = told.get("buffer")
            if not isinstance(at, int) or not 0 <= at < len(buffers):
                continue
            content = bytes(buffers[at])
            if len(content) <= MAX_FILE_BYTES:
                files[key] = SentFile(str(told.get("name", ""))[:200], content)
        return files


def _answer(field: Field, sent: object) -> Answer:
    offered = [option[0] for option in field.options]
    if field.kind == "check":
        return sent is True
    if field.kind in ("checks", "picks"):
        ticked = (
            set(sent) if isinstance(sent, list) and all(isinstance(x, str) for x in sent) else set()
        )
        fixed = {option[0] for option in field.options if option[2:] == ("fixed",)}
        return tuple(value for value in offered if value in ticked | fixed)
    if field.kind == "select":
        return sent if isinstance(sent, str) and sent in offered else ""
    return sent[:MAX_TEXT] if isinstance(sent, str) else ""
