"""Every command is documented, in its own words, and the guides name none that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pupiltrack_core.cli import main

DOCS = Path(__file__).resolve().parents[3] / "docs"


def commands(of: click.Command, name: str) -> Iterator[tuple[str, str]]:
    """Each command under this one, and the first sentence of its help."""
    if isinstance(of, click.Group):
        for word, command in of.commands.items():
            yield from commands(command, f"{name} {word}")
    else:
        yield name, of.get_short_help_str(limit=200)


COMMANDS = dict(commands(main, "pupiltrack"))


def test_every_command_is_documented_in_its_own_words() -> None:
    text = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", text, flags=re.MULTILINE)) == COMMANDS


@pytest.mark.parametrize("path", sorted((DOCS / "how-to").glob("*.md")), ids=lambda path: path.stem)
def test_every_command_a_guide_names_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = re.findall(r"(?<![\w/])pupiltrack ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)", text)
    known = {name.removeprefix("pupiltrack ") for name in COMMANDS}
    groups = {name.split(" ")[0] for name in known if " " in name}
    for words in named:
        first = words.split(" ")[0]
        assert words in known or first in known - groups, f"{path.name}: pupiltrack {words}"
