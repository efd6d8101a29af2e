"""The tests that `docs/security-tests.md` names exist, and no statement is left out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "security-tests.md").read_text(encoding="utf-8")
STATEMENTS = 42
# Those that block a release; what is not held of them wants saying in a release's notes.
BLOCKING = {
    1,
    3,
    4,
    5,
    6,
    7,
    9,
    11,
    12,
    14,
    15,
    17,
    18,
    20,
    21,
    24,
    25,
    26,
    28,
    29,
    30,
    31,
    36,
    37,
    39,
}


def _sections() -> dict[int, str]:
    found = re.split(r"^### (\d+)", PAGE, flags=re.MULTILINE)[1:]
    return {int(number): text for number, text in zip(found[::2], found[1::2], strict=True)}


def _missing() -> Iterator[str]:
    for named in re.findall(r"`(tests/[^`]+)`", PAGE):
        path, _, test = named.partition("::")
        file = ROOT / path
        names = (
            {
                node.name
                for node in ast.parse(file.read_text(encoding="utf-8")).body
                if isinstance(node, ast.FunctionDef)
            }
            if file.exists()
            else set()
        )
        if test not in names:
            yield named


def test_every_test_named_is_there() -> None:
    assert list(_missing()) == []


def test_every_statement_is_there_with_its_state() -> None:
    sections = _sections()
    assert list(sections) == list(range(1, STATEMENTS + 1))
    for number, text in sections.items():
        heading = text.splitlines()[0]
        assert re.fullmatch(r"( \(P0\))?: (held|in part|not held)", heading), number
        assert ("(P0)" in heading) is (number in BLOCKING), number
        assert "`tests/" in text or "`src/" in text or "not held" in heading, number


def test_no_blocking_statement_is_not_held_at_all() -> None:
    sections = _sections()
    assert [number for number in BLOCKING if "not held" in sections[number].splitlines()[0]] == []
