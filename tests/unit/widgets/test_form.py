"""What a browser may send a form, and what reaches Python of it."""

from __future__ import annotations

from typing import Any

import pytest

from pupiltrack_portal.widgets.form import (
    MAX_FILE_BYTES,
    Chip,
    Field,
    Form,
    SentFile,
    Step,
    Submission,
)

FIELDS = (
    Field("year", "Year", "select", "2025", (("2025", "2025/2026"), ("2024", "2024/2025"))),
    Field("name", "Name", "text"),
    Field("subjects", "Subjects", "checks", (), (("R", "Reading", "fixed"), ("S", "Science"))),
    Field("phonics", "Phonics", "check", value=False),
    Field("file", "File", "file"),
)


@pytest.fixture
def sent() -> list[Submission]:
    return []


@pytest.fixture
def form(sent: list[Submission]) -> Form:
    form = Form(name="f", legend="F", fields=FIELDS, buttons=(("go", "Go"), ("stop", "Stop")))
    form.on_submit(sent.append)
    return form


def send(form: Form, content: Any, buffers: list[bytes] | None = None) -> None:
    form._on_message(form, content, buffers or [])


def press(form: Form, button: str = "go", **values: Any) -> None:
    send(form, {"kind": "button", "button": button, "values": values, "files": {}})


def test_submit_with_offered_values_hands_them_over(form: Form, sent: list[Submission]) -> None:
    press(form, year="2024", name="Autumn", subjects=["S"], phonics=True)
    assert sent[0].button == "go"
    assert sent[0].answers == {
        "year": "2024",
        "name": "Autumn",
        "subjects": ("R", "S"),
        "phonics": True,
        "file": "",
    }


def test_submit_with_forged_values_falls_back_to_nothing_chosen(
    form: Form, sent: list[Submission]
) -> None:
    press(form, year="1999", name=["x"], subjects="RS", phonics="yes", secret="1")
    assert sent[0].answers == {
        "year": "",
        "name": "",
        "subjects": ("R",),
        "phonics": False,
        "file": "",
    }


@pytest.mark.parametrize("subjects", [[["R"]], [None], {"S": 1}, None])
def test_submit_with_a_malformed_list_ticks_only_what_is_fixed(
    form: Form, sent: list[Submission], subjects: object
) -> None:
    press(form, subjects=subjects)
    assert sent[0].answers["subjects"] == ("R",)


@pytest.mark.parametrize(
    "content",
    [None, 3, "go", [], {}, {"kind": "button"}, {"kind": "button", "button": "other"}],
)
def test_message_of_another_shape_is_passed_over(
    form: Form, sent: list[Submission], content: object
) -> None:
    send(form, content)
    assert sent == []


def test_submit_cuts_overlong_text(form: Form, sent: list[Submission]) -> None:
    press(form, name="x" * 50_000)
    assert len(str(sent[0].answers["name"])) == 10_000


def test_submit_hands_over_a_file_of_a_file_field(form: Form, sent: list[Submission]) -> None:
    files = {"file": {"name": "a.csv", "size": 3, "buffer": 0}}
    send(
        form,
        {"kind": "button", "button": "go", "values": {}, "files": files},
        [memoryview(b"a,b")],  # type: ignore[list-item]
    )
    assert sent[0].files == {"file": SentFile("a.csv", b"a,b")}


@pytest.mark.parametrize(
    ("files", "buffers"),
    [
        ({"name": {"name": "a", "buffer": 0}}, [b"x"]),  # not a file field
        ({"file": {"name": "a", "buffer": 1}}, [b"x"]),  # no such buffer
        ({"file": {"name": "a", "buffer": -1}}, [b"x"]),
        ({"file": {"name": "a", "buffer": "0"}}, [b"x"]),
        ({"file": "a"}, [b"x"]),
        ({"file": {"name": "a", "buffer": 0}}, [bytes(MAX_FILE_BYTES + 1)]),
    ],
)
def test_submit_drops_files_that_cannot_be(
    form: Form, sent: list[Submission], files: object, buffers: list[bytes]
) -> None:
    send(form, {"kind": "button", "button": "go", "values": {}, "files": files}, buffers)
    assert sent[0].files == {}


def test_change_is_told_for_known_fields_only(form: Form) -> None:
    told: list[str] = []
    form.on_change(lambda field, _values: told.append(field))
    send(form, {"kind": "change", "field": "year", "values": {}})
    send(form, {"kind": "change", "field": "other", "values": {}})
    assert told == ["year"]


def test_chip_is_taken_off_only_while_it_is_shown(form: Form) -> None:
    told: list[str] = []
    send(form, {"kind": "chip", "key": "sex"})  # nobody listens yet
    form.on_chip(told.append)
    send(form, {"kind": "chip", "key": "sex"})
    form.show_chips(
        [Chip("sex", "Sex: Female"), Chip("sen", "SEN: Any SEN")],
        label="Applied",
        action="Take off",
    )
    for key in ("sex", "fsm", None, ["sex"], {"key": "sex"}):
        send(form, {"kind": "chip", "key": key})
    assert told == ["sex"]
    form.show_chips([], label="Applied", action="Take off")
    send(form, {"kind": "chip", "key": "sex"})
    assert told == ["sex"]
    assert form.chips == {"label": "Applied", "action": "Take off", "items": []}


def test_step_is_taken_only_where_it_is_open(form: Form) -> None:
    told: list[str] = []
    form.on_step(told.append)
    form.show_steps([Step("back", "Back: none", is_open=False), Step("on", "On: Elm")], label="S")
    for key in ("back", "on", "go", 1, None):
        send(form, {"kind": "step", "key": key})
    assert told == ["on"]


def test_say_shows_one_sentence(form: Form) -> None:
    form.say("Filters were taken off.")
    assert form.said == "Filters were taken off."


def test_browser_cannot_set_what_the_form_offers(form: Form) -> None:
    form.set_state({"spec": {"fields": []}, "errors": {"name": "x"}, "address": "a=b"})
    form.set_state({"chips": {"items": [{"key": "x"}]}, "steps": {"items": []}, "said": "x"})
    assert (form.chips, form.steps, form.said) == ({}, {}, "")
    assert [field["key"] for field in form.spec["fields"]] == [field.key for field in FIELDS]
    assert form.errors == {}
    assert form.address == ""


def test_file_content_stays_out_of_its_text() -> None:
    assert "Surname" not in repr(SentFile("a.csv", b"Surname"))


def test_typed_hands_over_what_is_allowed_and_presses_nothing(sent: list[Submission]) -> None:
    typed: list[Any] = []
    many = (("1", "Ann"), ("2", "Bo"))
    form = Form(
        name="f",
        legend="F",
        fields=(Field("who", "Pupils", "picks", ("1",), many), Field("notes", "Notes", "textarea")),
        saves_after=1500,
        fold="Reading",
    )
    form.on_submit(sent.append)
    send(form, {"kind": "typed", "values": {}})  # nobody listens yet
    form.on_typed(typed.append)
    send(form, {"kind": "typed", "values": {"who": ["2", "9"], "notes": "Read", "x": 1}})
    assert typed == [{"who": ("2",), "notes": "Read"}]
    send(form, {"kind": "typed", "values": {"notes": "Read more"}, "turn": 3})
    assert typed[1] == {"notes": "Read more"}  # who was chosen meanwhile is not written over
    form.say_saved("Saved at 10:00")
    assert form.saved["turn"] == 3
    assert sent == []
    told = {key: form.spec[key] for key in ("saves", "fold", "open", "plain")}
    assert told == {"saves": 1500, "fold": "Reading", "open": False, "plain": False}


def test_say_saved_tells_the_same_words_anew(form: Form) -> None:
    form.say_saved("Saved at 10:00")
    first = form.saved
    form.say_saved("Saved at 10:00")
    assert form.saved != first
    form.say_saved("Not saved", is_problem=True)
    assert (form.saved["text"], form.saved["problem"]) == ("Not saved", True)


def test_show_of_the_same_fields_is_told_again() -> None:
    form = Form(name="f", legend="F", fields=(Field("who", "Who", "text", "Ivy"),))
    first = form.spec
    form.show((Field("who", "Who", "text", "Ivy"),))
    assert form.spec != first
    assert form.spec["fields"] == first["fields"]
