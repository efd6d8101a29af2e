"""The entry grid's Python side: what is believed of a message, and what is answered."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.errors import StorageUnavailable
from pupiltrack_portal.widgets.entry_grid import (
    Answer,
    Cell,
    Change,
    Column,
    EntryGrid,
    FootCell,
    FootRow,
    Outcome,
    Row,
)
from tests.unit.widgets.grid_examples import (
    COLUMNS,
    ROWS,
    Recorder,
    make_grid,
    message,
    outcomes,
    save_all,
    sent_by,
)


def test_handle_batch_of_good_cells_hands_them_over_together() -> None:
    recorder = Recorder()
    grid = make_grid(recorder)
    reply = grid.handle_batch(
        message(("p1", "re", "O", 3), ("p2", "score", "100", 0), ("p1", "note", "", 0))
    )
    assert recorder.batches == [
        (Change("p1", "re", "O", 3), Change("p2", "score", "100", 0), Change("p1", "note", None, 0))
    ]
    assert outcomes(reply)["p1", "re"] == ["p1", "re", "saved", "O", 4, "", None, None]
    assert grid.cells["p1", "re"] == Cell("O", version=4)
    assert (reply["type"], reply["client"], reply["seq"]) == ("answer", "abc123", 1)
    json.dumps(reply)


@pytest.mark.parametrize(
    ("row", "column", "value", "reason"),
    [
        ("p1", "re", "X", "not one of the choices"),
        ("p1", "re", "Below", "not one of the choices"),
        ("p1", "score", "79", "from 80 to 120"),
        ("p1", "score", "121", "from 80 to 120"),
        ("p1", "score", "99.5", "whole number"),
        ("p1", "score", "1e2", "not a number"),
        ("p1", "score", "nan", "not a number"),
        ("p1", "score", "٩٩", "not a number"),
        ("p1", "score", " 99", "not a number"),
        ("p1", "note", "eleven char", "up to 10 characters; this is 11"),
        ("p1", "note", "a\x00b", "cannot be kept"),
        ("p1", "free", "x" * (64 * 1024 + 1), "too long"),
        ("p1", "free", "é" * (32 * 1024 + 1), "too long"),
        ("p1", "free", "\ud800", "broken character"),
        ("p1", "age", "9", "reading only"),
        ("p1", "age", None, "reading only"),
        ("p9", "re", "B", "no longer in the table"),
        ("p1", "nothing", "B", "no longer in the table"),
    ],
)
def test_handle_batch_with_a_bad_cell_refuses_it_alone(
    row: str, column: str, value: str | None, reason: str
) -> None:
    recorder = Recorder()
    grid = make_grid(recorder)
    before = grid.cells
    reply = grid.handle_batch(message((row, column, value, 0), ("p2", "re", "B", 0)))
    refused = outcomes(reply)[row, column]
    assert refused[2] == "refused"
    assert reason in refused[5]
    assert value is None or value not in refused[5]
    assert recorder.batches == [(Change("p2", "re", "B", 0),)]
    assert {k: v for k, v in grid.cells.items() if k != ("p2", "re")} == before


def test_handle_batch_with_values_at_the_limits_saves_them() -> None:
    reply = make_grid().handle_batch(
        message(
            ("p1", "free", "x" * 64 * 1024, 0),
            ("p1", "note", "😀" * 10, 0),
            ("p1", "score", "80", 0),
            ("p2", "score", "120", 0),
        )
    )
    assert {o[2] for o in reply["outcomes"]} == {"saved"}


def test_handle_batch_of_a_read_only_grid_refuses_everything() -> None:
    recorder = Recorder()
    reply = make_grid(recorder, read_only=True).handle_batch(message(("p1", "re", "O", 3)))
    assert outcomes(reply)["p1", "re"][2:6] == [
        "refused",
        "B",
        3,
        "This table is for reading only.",
    ]
    assert recorder.batches == []


@pytest.mark.parametrize(
    "forged",
    [
        None,
        "changes",
        [],
        {},
        {"type": "changes"},
        message(seq="1"),
        message(seq=-1),
        message(seq=True),
        message(seq=1.0),
        message(seq=2**60),
        message(client=""),
        message(client="A B"),
        message(client="a" * 41),
        message(client=None),
        {**message(), "cells": "p1"},
        {**message(), "cells": {"p1": "re"}},
        {**message(), "cells": [None]},
        message(("p1", "re", "O")),
        message(("p1", "re", "O", 3, "extra")),
        message(("p1", "re", "O", 3, "red", "extra")),
        message(("p1", "re", "O", 3, None)),
        message((1, "re", "O", 3)),
        message(("p1", None, "O", 3)),
        message(("p" * 201, "re", "O", 3)),
        message(("p1", "re", 5, 3)),
        message(("p1", "re", ["O"], 3)),
        message(("p1", "re", "O", "3")),
        message(("p1", "re", "O", -1)),
        message(("p1", "re", "O", None)),
        message(("p1", "re", "O", True)),
        message(*[("p1", "re", "O", 3)] * 20_001),
        message(*[(f"p{n}", "free", "x" * 60_000, 0) for n in range(150)]),
    ],
)
def test_handle_batch_of_a_wrong_shape_is_rejected_whole(
    forged: Any, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder()
    with caplog.at_level(logging.WARNING):
        reply = make_grid(recorder).handle_batch(forged)
    assert reply["type"] == "rejected"
    assert "Reload" in reply["reason"]
    assert recorder.batches == []
    assert len(caplog.text) < 400


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["type", "client", "seq", "cells"]), inner)
        ),
    )
)
def test_handle_batch_of_anything_never_raises(forged: Any) -> None:
    assert make_grid().handle_batch(forged)["type"] in {"rejected", "answer"}


def test_handle_batch_when_the_callback_raises_keeps_the_cells_unsaved() -> None:
    def fail(changes: tuple[Change, ...]) -> Answer:
        raise RuntimeError("secret of child 1")

    errors: list[Exception] = []
    grid = make_grid(fail)
    grid.on_error(errors.append)
    reply = grid.handle_batch(message(("p1", "re", "O", 3), ("p1", "age", "9", 0)))
    found = outcomes(reply)
    assert found["p1", "re"][2:5] == ["unsaved", "B", 3]
    assert found["p1", "age"][2] == "refused"
    assert "secret" not in json.dumps(reply)
    assert [str(error) for error in errors] == ["secret of child 1"]
    assert grid.cells["p1", "re"] == Cell("B", version=3)


def test_handle_batch_when_the_callback_raises_for_the_person_says_its_words() -> None:
    def fail(changes: tuple[Change, ...]) -> Answer:
        raise StorageUnavailable("The register is busy. Nothing was changed.")

    grid = make_grid(fail)
    grid.on_error(lambda error: None)
    reply = grid.handle_batch(message(("p1", "re", "O", 3)))
    assert outcomes(reply)["p1", "re"][5] == "The register is busy. Nothing was changed."


def test_handle_batch_failing_without_on_error_logs_the_kind_only(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(changes: tuple[Change, ...]) -> Answer:
        raise RuntimeError("secret of child 1")

    make_grid(fail).handle_batch(message(("p1", "re", "O", 3)))
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text


def test_handle_batch_when_on_error_fails_as_well_still_answers() -> None:
    def fail(_: Any) -> Any:
        raise RuntimeError

    grid = make_grid(fail)
    grid.on_error(fail)
    reply = grid.handle_batch(message(("p1", "re", "O", 3)))
    assert outcomes(reply)["p1", "re"][2] == "unsaved"


@pytest.mark.parametrize(
    "answer",
    [
        None,
        Answer(()),
        Answer((Outcome("p2", "re", "saved", "O", 1),)),
        Answer((Outcome("p1", "re", "saved", "O", 4),) * 2),
        Answer((Outcome("p1", "re", "lost", "O", 4),)),  # type: ignore[arg-type]
    ],
)
def test_handle_batch_when_the_callback_answers_wrongly_saves_nothing(answer: Any) -> None:
    errors: list[Exception] = []
    grid = make_grid(lambda changes: answer)
    grid.on_error(errors.append)
    reply = grid.handle_batch(message(("p1", "re", "O", 3)))
    assert outcomes(reply)["p1", "re"][2] == "unsaved"
    assert len(errors) == 1
    assert grid.cells["p1", "re"] == Cell("B", version=3)


def test_handle_batch_without_a_callback_leaves_the_cells_unsaved() -> None:
    grid = EntryGrid(columns=COLUMNS, rows=ROWS)
    reply = grid.handle_batch(message(("p1", "re", "O", 0)))
    assert outcomes(reply)["p1", "re"][2] == "unsaved"


def test_handle_batch_sent_again_gets_the_same_answer_and_saves_once() -> None:
    recorder = Recorder()
    grid = make_grid(recorder)
    first = grid.handle_batch(message(("p1", "re", "O", 3)))
    assert grid.handle_batch(message(("p1", "re", "O", 3))) == first
    assert len(recorder.batches) == 1
    grid.handle_batch(message(("p1", "re", "B", 4), client="other"))
    grid.handle_batch(message(("p1", "re", "O", 5), seq=2))
    assert len(recorder.batches) == 3


def test_handle_batch_with_a_cell_twice_takes_the_later() -> None:
    recorder = Recorder()
    make_grid(recorder).handle_batch(message(("p1", "re", "O", 3), ("p1", "re", None, 3)))
    assert recorder.batches == [(Change("p1", "re", None, 3),)]


def test_handle_batch_with_a_conflict_holds_the_other_value() -> None:
    def clash(changes: tuple[Change, ...]) -> Answer:
        return Answer((Outcome("p1", "re", "conflict", None, 7, "Changed.", theirs="O"),))

    grid = make_grid(clash)
    reply = grid.handle_batch(message(("p1", "re", None, 3)))
    assert outcomes(reply)["p1", "re"] == [
        *("p1", "re", "conflict", None, 7, "Changed.", "O", None)
    ]
    assert grid.cells["p1", "re"] == Cell("O", version=7)


def test_handle_batch_with_foot_and_rows_sends_and_keeps_them() -> None:
    foot = FootRow("below", "Below", {"re": FootCell("1", "1 of 2")}, "Pupils below")

    def save(changes: tuple[Change, ...]) -> Answer:
        return Answer(
            save_all(changes).outcomes, foot=(foot,), rows=(Row("p2", "New"),), message="Hm"
        )

    grid = make_grid(save, foot=(FootRow("below", "Below", {}), FootRow("on", "On track", {})))
    reply = grid.handle_batch(message(("p1", "re", "O", 3)))
    assert reply["foot"] == [
        ["below", "Below", "Pupils below", {"re": ["1", "1 of 2"]}, ""],
        ["on", "On track", "", {}, ""],
    ]
    assert reply["rows"] == [["p2", "New", "", ""]]
    assert reply["message"] == "Hm"
    assert grid.encoded()["rows"][1] == ["p2", "New", "", ""]


def test_encoded_holds_values_versions_and_colours_by_place() -> None:
    grid = EntryGrid(
        columns=COLUMNS[:2],
        rows=ROWS,
        cells={("p2", "score"): Cell("90", version=2, colour="amber")},
        caption="Year 4",
    )
    data = grid.get_state()["data"]
    assert data["values"] == [[None, None], [None, "90"]]
    assert data["versions"] == [0, [0, 2]]
    assert data["colours"] == [[1, 1, "amber"]]
    assert data["columns"][1] == {
        "key": "score",
        "label": "Score",
        "kind": "number",
        "width": 96,
        "fill": True,
        "min": 80,
        "max": 120,
        "decimals": 0,
    }
    assert data["caption"] == "Year 4"


def test_update_cells_pushes_those_on_view(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = make_grid()
    sent = sent_by(grid, monkeypatch)
    grid.update_cells({("p1", "re"): Cell("O", 5, "blue"), ("p9", "re"): Cell("B")})
    grid.update_cells({("p9", "re"): Cell("B")})
    assert sent == [{"type": "cells", "cells": [["p1", "re", "O", 5, "blue"]], "revision": 1}]
    assert grid.cells["p1", "re"] == Cell("O", 5, "blue")


def test_update_foot_and_rows_push_them(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = make_grid()
    sent = sent_by(grid, monkeypatch)
    grid.update_foot([FootRow("n", "Number", {})])
    grid.update_rows([Row("p1", "Child 1", flag="Not included in data"), Row("p9", "Gone")])
    assert [m["type"] for m in sent] == ["foot", "rows"]
    assert sent[1]["rows"] == [["p1", "Child 1", "", "Not included in data"]]
    assert grid.encoded()["foot"] == [["n", "Number", "", {}, ""]]


def test_replace_changes_what_is_accepted() -> None:
    recorder = Recorder()
    grid = make_grid(recorder)
    before = grid.data
    grid.replace(rows=[Row("p5", "Child 5")], cells={}, read_only=None)
    assert grid.data != before
    reply = grid.handle_batch(message(("p1", "re", "O", 3), ("p5", "re", "O", 0)))
    assert [o[2] for o in reply["outcomes"]] == ["saved", "refused"]
    grid.replace(read_only=True)
    assert outcomes(grid.handle_batch(message(("p5", "re", "B", 1), seq=2)))["p5", "re"][2] == (
        "refused"
    )


def test_on_message_open_sends_everything_again_only_when_something_was_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grid = make_grid()
    states: list[Any] = []
    monkeypatch.setattr(grid, "send_state", states.append)
    grid._on_message(grid, {"type": "open", "revision": 0}, [])
    assert states == []
    grid.update_cells({("p1", "re"): Cell("O", 5)})
    grid._on_message(grid, {"type": "open", "revision": 0}, [])
    assert states == ["data"]


def test_on_message_row_open_calls_back_for_known_rows_only() -> None:
    opened: list[str] = []
    grid = make_grid()
    grid._on_message(grid, {"type": "row_open", "row": "p1"}, [])
    grid.on_row_open(opened.append)
    for row in ("p1", "p9", None, 5, ["p1"]):
        grid._on_message(grid, {"type": "row_open", "row": row}, [])
    assert opened == ["p1"]
    assert grid.row_opens is True


def test_on_message_row_open_that_fails_is_handed_to_on_error() -> None:
    def fail(row: str) -> None:
        raise LookupError(row)

    errors: list[Exception] = []
    grid = make_grid()
    grid.on_row_open(fail)
    grid.on_error(errors.append)
    grid._on_message(grid, {"type": "row_open", "row": "p1"}, [])
    assert [type(error) for error in errors] == [LookupError]


@pytest.mark.parametrize("content", [None, "x", [], {}, {"type": "other"}, {"type": ["changes"]}])
def test_on_message_of_another_shape_does_nothing(
    content: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = make_grid()
    sent = sent_by(grid, monkeypatch)
    grid._on_message(grid, content, [])
    assert sent == []


def test_set_state_cannot_change_what_the_grid_holds() -> None:
    grid = make_grid(read_only=True)
    grid.set_state({"data": 99, "row_opens": True, "read_only": False})
    assert grid.encoded()["read_only"] is True
    assert (grid.data, grid.row_opens) == (0, False)


def test_grid_with_repeated_keys_raises() -> None:
    with pytest.raises(ValueError, match="Two rows share the key 'p1'"):
        EntryGrid(columns=COLUMNS, rows=(ROWS[0], ROWS[0]))
    with pytest.raises(ValueError, match="Two columns share"):
        EntryGrid(columns=COLUMNS[:1] * 2, rows=ROWS)


def test_column_or_cell_with_an_unknown_colour_raises() -> None:
    with pytest.raises(ValueError, match="palette"):
        Column("re", "Re", "choice", choices=(("B", "B"),), colours={"B": "pink"})
    with pytest.raises(ValueError, match="palette"):
        Cell("B", colour="#ff0000")
    with pytest.raises(ValueError, match="no choices"):
        Column("re", "Re", "choice")
