"""The user guide: a section for every page, and how-to pages read without a mark left over."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from pupiltrack_core.access import Membership, Page, Principal, Role
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.guides import (
    Block,
    BlockKind,
    guide_for,
    how_to,
    read_markdown,
    tasks_for,
)
from pupiltrack_core.shipped_data import shipped_data, shipped_guide

HOW_TO = shipped_guide("how-to")
OPERATORS = {"run-a-portal"}
TEXT = """# A task

For **heads** and [data managers](other.md).
Two lines of one paragraph.

## Then

1. First, with
   a second line.
2. Second `code`.

- one * two
- *two*

![What is seen](seen.png)

![What is not there](gone.png)

| for | enter | then |
|---|---|---|
| *one* | **this** | that |

| you have | do this |
|---|---|
| nothing | `wait` |

For the shell:

```sh
pupiltrack report full
pupiltrack <b>
```

### Last

<script>alert(1)</script>
"""


def person(role: Role) -> Principal:
    school = 1 if role in (Role.TEACHER, Role.HEAD) else None
    return Principal(1, 1, "someone", "Someone", (Membership(role, 10, school),))


def test_read_markdown_of_everything_it_knows(tmp_path: Path) -> None:
    png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (40).to_bytes(4) + (20).to_bytes(4)
    (tmp_path / "seen.png").write_bytes(png)
    assert list(read_markdown(TEXT, folder=tmp_path)) == [
        Block(BlockKind.HEADING, "A task"),
        Block(BlockKind.TEXT, "For heads and data managers. Two lines of one paragraph."),
        Block(BlockKind.HEADING, "Then"),
        Block(BlockKind.STEPS, items=("First, with a second line.", "Second code.")),
        Block(BlockKind.BULLETS, items=("one * two", "two")),
        Block(BlockKind.PICTURE, "What is seen", png=png, size=(40, 20)),
        Block(BlockKind.BULLETS, items=("one: enter this; then that",)),
        Block(BlockKind.BULLETS, items=("nothing: wait",)),
        Block(BlockKind.TEXT, "For the shell:"),
        Block(BlockKind.CODE, "pupiltrack report full"),
        Block(BlockKind.CODE, "pupiltrack <b>"),
        Block(BlockKind.SUBHEADING, "Last"),
        Block(BlockKind.TEXT, "<script>alert(1)</script>"),
    ]


def test_every_page_has_a_section_for_those_who_open_it() -> None:
    of_head = [section.page for section in guide_for(person(Role.HEAD))]
    of_admin = [section.page for section in guide_for(person(Role.LA_ADMIN))]
    assert {*of_head, *of_admin} == set(Page) - {Page.SUPPORT}
    assert of_head == [page for page in Page if page in of_head]
    assert Page.SCHOOLS not in of_head
    assert Page.MAINTENANCE not in [item.page for item in guide_for(person(Role.TEACHER))]


def test_every_how_to_page_is_offered_to_somebody() -> None:
    files = {path.stem for path in HOW_TO.glob("*.md")} - OPERATORS
    of_head, of_admin = (dict(tasks_for(person(role))) for role in (Role.HEAD, Role.LA_ADMIN))
    assert of_head.keys() | of_admin.keys() == files
    assert "look-across-schools" not in of_head
    assert of_head["record-an-assessment"] == "Record an assessment"


def test_every_how_to_page_that_a_section_names_is_there() -> None:
    held = tomllib.loads(shipped_data("guide.toml").read_text(encoding="utf-8"))
    names = {name for section in held["section"] for name in section.get("guides", ())}
    assert names <= {path.stem for path in HOW_TO.glob("*.md")}


@pytest.mark.parametrize("name", sorted({path.stem for path in HOW_TO.glob("*.md")} - OPERATORS))
def test_how_to_page_leaves_no_mark_of_markdown(name: str) -> None:
    page = how_to(name)
    assert page.title
    assert page.blocks
    told = "\n".join(text for block in page.blocks for text in (block.text, *block.items))
    assert not [mark for mark in ("**", "`", "](", "![", "\0", "# ", "|--") if mark in told]
    assert all(block.text for block in page.blocks if block.kind is BlockKind.PICTURE)


@pytest.mark.parametrize(
    "name", ["", "nowhere", "../reference/settings", "run-a-portal", "x" * 500]
)
def test_how_to_of_no_page_of_the_guide(name: str) -> None:
    with pytest.raises(NotFound):
        how_to(name)
