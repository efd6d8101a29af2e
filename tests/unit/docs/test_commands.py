"""Every command is documented, in its own words, and the guides name none that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pupiltrack_core.cli import main

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"


def commands(of: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """Each command under this one by its words."""
    if isinstance(of, click.Group):
        for word, command in of.commands.items():
            yield from commands(command, f"{name} {word}")
    else:
        yield name, of


COMMANDS = dict(commands(main, "pupiltrack"))


def test_every_command_is_documented_in_its_own_words() -> None:
    text = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", text, flags=re.MULTILINE)) == {
        name: command.get_short_help_str(limit=200) for name, command in COMMANDS.items()
    }


@pytest.mark.parametrize("path", sorted((DOCS / "how-to").glob("*.md")), ids=lambda path: path.stem)
def test_every_command_a_guide_names_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = re.findall(r"(?<![\w/])pupiltrack ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)", text)
    known = {name.removeprefix("pupiltrack ") for name in COMMANDS}
    groups = {name.split(" ")[0] for name in known if " " in name}
    for words in named:
        first = words.split(" ")[0]
        assert words in known or first in known - groups, f"{path.name}: pupiltrack {words}"


def options(command: click.Command) -> set[str]:
    return {option for given in command.params for option in given.opts}


PLACES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted(DOCS.rglob("*.md"))]


@pytest.mark.parametrize("path", PLACES, ids=lambda path: path.stem)
def test_every_option_a_document_gives_a_command_is_its_own(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    # Typed lines of a fence, and what stands between two marks, which may go over a line's end.
    lines = re.findall(r"^(?:\S*/)?pupiltrack (.+)$", text, flags=re.MULTILINE)
    inline = re.findall(r"`(?:\S*/)?pupiltrack\s([^`]+)`", text)
    for told in (*lines, *(re.sub(r"\s+", " ", words) for words in inline)):
        name = max(
            (name for name in COMMANDS if f"pupiltrack {told} ".startswith(f"{name} ")),
            key=len,
            default=None,
        )
        given = set(re.findall(r"(?<!\S)--[a-z-]+", told)) - {"--help"}
        known = options(COMMANDS[name]) if name is not None else set()
        assert given <= known, f"{path.name}: pupiltrack {told}"


@pytest.mark.parametrize("path", PLACES, ids=lambda path: path.stem)
def test_every_option_a_document_tells_of_is_some_commands(path: Path) -> None:
    known = {option for command in COMMANDS.values() for option in options(command)}
    named = re.findall(r"`(--[a-z-]+)", path.read_text(encoding="utf-8"))
    assert set(named) <= known
