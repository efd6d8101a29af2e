"""The user guide: a section for each page, and how-to pages that tell a task from beginning to end.

The how-to pages are the Markdown files of `docs/how-to`, read here into headings, paragraphs, lists
and pictures; a portal shows them without reaching any other site.
"""

from __future__ import annotations

import re
import struct
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from pupiltrack_core.access import Page, Principal, may_open
from pupiltrack_core.errors import NotFound
from pupiltrack_core.shipped_data import shipped_data, shipped_guide

# Tasks of whoever runs the portal are none of those who use it.
_OF_OPERATORS = frozenset({"run-a-portal"})


class BlockKind(StrEnum):
    """What a part of a how-to page is."""

    HEADING = "heading"
    SUBHEADING = "subheading"
    TEXT = "text"
    CODE = "code"
    BULLETS = "bullets"
    STEPS = "steps"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a how-to page in plain text; `items` are a list's, `png` and `size` a picture's."""

    kind: BlockKind
    text: str = ""
    items: tuple[str, ...] = ()
    png: bytes = field(default=b"", repr=False)
    size: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class HowTo:
    """A how-to page: its name in an address, its title, and what is told."""

    name: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class GuideSection:
    """What a page is for, in short, and the (name, title) of how-to pages about it."""

    page: Page
    text: str
    points: tuple[str, ...]
    guides: tuple[tuple[str, str], ...]


def guide_for(principal: Principal) -> tuple[GuideSection, ...]:
    """Return the sections of the pages the person may open, in the order of the menu."""
    by_page = _sections()
    return tuple(
        GuideSection(
            page=page,
            text=by_page[page]["text"],
            points=tuple(by_page[page]["points"]),
            guides=tuple(_titles(by_page[page].get("guides", ()))),
        )
        for page in Page
        if page.value in by_page and may_open(principal, page)
    )


def tasks_for(principal: Principal) -> tuple[tuple[str, str], ...]:
    """Return the (name, title) of the how-to pages for the person: those of their own pages.

    After them come those that belong to no page of the menu in particular.
    """
    own = [name for section in guide_for(principal) for name, _ in section.guides]
    placed = {name for section in _sections().values() for name in section.get("guides", ())}
    others = [name for name in _paths() if name not in placed]
    return tuple(_titles(dict.fromkeys((*own, *others))))


def how_to(name: str) -> HowTo:
    """Return a how-to page; raise NotFound for a name that is none."""
    path = _paths().get(name)
    if path is None:
        raise NotFound("There is no such page of the guide. Choose one from the list.")
    title, *blocks = read_markdown(path.read_text(encoding="utf-8"), folder=path.parent)
    return HowTo(name, title.text, tuple(blocks))


def read_markdown(text: str, *, folder: Path) -> Iterator[Block]:
    """Yield the parts of a how-to page, its title first; pictures are looked up from `folder`.

    Of Markdown it knows what the how-to pages use; marks of emphasis, code and links are left out.
    A table becomes a list with an item for each row, its first cell the item's beginning.
    """
    for part in re.split(r"\n\s*\n", _without_fences(text).strip()):
        first = part.split("\n", 1)[0]
        if first.startswith(_FENCE_MARK):
            yield Block(BlockKind.CODE, part.removeprefix(_FENCE_MARK))
        elif first.startswith("#"):
            marks, _, words = part.partition(" ")
            kind = BlockKind.HEADING if len(marks) < 3 else BlockKind.SUBHEADING
            yield Block(kind, _plain(words))
        elif found := _PICTURE.fullmatch(part):
            yield from _picture(found[1], folder / found[2])
        elif first.startswith("|"):
            yield Block(BlockKind.BULLETS, items=tuple(_lines_of_table(part)))
        elif _STEP.match(first):
            yield Block(BlockKind.STEPS, items=tuple(_items(part, _STEP)))
        elif _BULLET.match(first):
            yield Block(BlockKind.BULLETS, items=tuple(_items(part, _BULLET)))
        else:
            yield Block(BlockKind.TEXT, _plain(part))


_FENCE_MARK = "\0"
_FENCE = re.compile(r"^ *```\w*\n(.*?)\n *```$", re.MULTILINE | re.DOTALL)
_PICTURE = re.compile(r"!\[([^\]]+)\]\(([^)]+\.png)\)")
_STEP, _BULLET = re.compile(r"\d+\. +"), re.compile(r"[-*] +")
_LINK = re.compile(r"!?\[([^\]]+)\]\([^)]+\)")


def _without_fences(text: str) -> str:
    """Return the text with each block of code a paragraph of its own, marked as such."""
    return _FENCE.sub(
        lambda found: "\n\n".join(
            ("", *(f"{_FENCE_MARK}{line.strip()}" for line in found[1].split("\n") if line), "")
        ),
        text,
    )


def _items(part: str, mark: re.Pattern[str]) -> Iterator[str]:
    item: list[str] = []
    for line in part.split("\n"):
        if mark.match(line):
            if item:
                yield _plain(" ".join(item))
            item = [mark.sub("", line, count=1)]
        else:
            item.append(line)
    yield _plain(" ".join(item))


def _lines_of_table(part: str) -> Iterator[str]:
    """Yield "cell: cell" for each row of two columns, "cell: heading cell; ..." for one of more."""
    head, _rule, *rows = (_cells(line) for line in part.split("\n"))
    for first, *rest in rows:
        told = rest
        if len(rest) > 1:
            told = [f"{name} {cell}" for name, cell in zip(head[1:], rest, strict=True)]
        yield f"{first}: {'; '.join(told)}"


def _cells(line: str) -> list[str]:
    return [_plain(cell) for cell in line.strip().strip("|").split("|")]


def _plain(text: str) -> str:
    words = _LINK.sub(r"\1", " ".join(text.split()))
    return re.sub(r"\*\*|`|(?<!\w)\*(?=\w)|(?<=\w)\*(?!\w)", "", words)


def _picture(alt: str, path: Path) -> Iterator[Block]:
    if path.exists():  # a page tells its task without its pictures, too
        png = path.read_bytes()
        width, height = struct.unpack(">II", png[16:24])  # where every PNG has them
        yield Block(BlockKind.PICTURE, alt, png=png, size=(width, height))


def _sections() -> dict[str, Any]:
    held = tomllib.loads(shipped_data("guide.toml").read_text(encoding="utf-8"))
    return {section["page"]: section for section in held["section"]}


def _titles(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    paths = _paths()
    for name in names:
        if name in paths:
            with paths[name].open(encoding="utf-8") as lines:
                yield name, _plain(next(lines).lstrip("# "))


def _paths() -> dict[str, Path]:
    """Return the how-to pages there are for people who use the portal, by name."""
    try:
        folder = shipped_guide("how-to")
    except FileNotFoundError:
        return {}
    found = sorted(folder.glob("*.md"))
    return {path.stem: path for path in found if path.stem not in _OF_OPERATORS}
