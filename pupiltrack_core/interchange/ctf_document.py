"""Reads the XML of a common transfer file without trusting it: no document type, no entity.

Nothing outside the file is ever asked for, and only what a pupil list needs is kept in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from pupiltrack_core.interchange.sheets import (
    MAX_CELL_LENGTH,
    MAX_ROWS,
    is_control,
    refusal,
    shown,
    too_many_rows,
)

MAX_BYTES = 20_000_000
MAX_ELEMENTS = 1_000_000  # a pupil with contacts, attendance and results has a few hundred
MAX_KEPT = 400_000
MAX_DEPTH = 30
MAX_NAMES = 500  # of different elements that are left out
_ROOT, _HEADER, _PUPILS, _PUPIL, _BASIC = (
    "ctfile",
    "header",
    "ctfpupildata",
    "pupil",
    "basicdetails",
)
_MORE_THAN_A_CELL = MAX_CELL_LENGTH + 1
_ADVICE = "Export the file again from your management information system."


@dataclass(slots=True)
class Node:
    """An element: its name without namespace in small letters, its text, and what is in it."""

    name: str
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def find(self, *names: str) -> Node | None:
        """The first element at the end of a path of names, or None."""
        node = self
        for name in names:
            found = next((child for child in node.children if child.name == name), None)
            if found is None:
                return None
            node = found
        return node

    def text_of(self, *names: str) -> str:
        """The text of the first element at the end of a path; "" without one."""
        node = self.find(*names)
        return "" if node is None else node.text

    def every(self, name: str) -> Iterator[Node]:
        """Every element of a name at whatever depth below this one, in order."""
        for child in self.children:
            if child.name == name:
                yield child
            yield from child.every(name)


@dataclass(frozen=True, slots=True)
class CtfDocument:
    """A file's header and pupils; `left_out` counts the parts of pupils that are not of `kept`."""

    header: Node = field(repr=False)
    pupils: tuple[Node, ...] = field(repr=False)
    left_out: Counter[str] = field(repr=False)


def read_ctf_document(content: bytes, file_name: str, *, kept: Sequence[str]) -> CtfDocument:
    """Return the header and pupils of a common transfer file.

    Of each pupil only the elements named in `kept` (small letters) are read, whether they stand
    in the pupil or in its basic details. Raises ImportFileError for a file over 20 MB, with more
    than 5,000 pupils or a million elements, with a document type or entities, that is not XML, or
    that is XML of another kind.
    """
    if len(content) > MAX_BYTES:
        raise refusal(
            file_name,
            f"The file is larger than {MAX_BYTES // 1_000_000} MB. Export fewer pupils at a time.",
        )
    reader = _Reader(file_name, frozenset(kept))
    parser = DefusedXMLParser(
        target=reader, forbid_dtd=True, forbid_entities=True, forbid_external=True
    )
    try:
        parser.feed(content)
        parser.close()
    except DefusedXmlException as error:
        raise refusal(
            file_name,
            "The file declares a document type or entities, which a common transfer file never "
            f"does and which can do harm. {_ADVICE}",
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise refusal(
            file_name, f"The file is damaged or is not a common transfer file. {_ADVICE}"
        ) from error
    if not reader.pupils:
        raise refusal(file_name, "The common transfer file holds no pupils.")
    return CtfDocument(reader.header, tuple(reader.pupils), reader.left_out)


class _Reader:
    """Is told of each start, text and end by the parser, and builds what is kept."""

    def __init__(self, file_name: str, kept: frozenset[str]) -> None:
        self.header = Node(_HEADER)
        self.pupils: list[Node] = []
        self.left_out: Counter[str] = Counter()
        self._file_name, self._kept = file_name, kept
        self._path: list[str] = []
        self._open: list[Node] = []  # the elements being built
        self._skipped = 0  # how deep inside something that is left out
        self._elements = self._nodes = 0

    def start(self, tag: str, _attributes: Any) -> None:
        name = tag.rpartition("}")[2]
        self._count(name)
        key = name.casefold()
        self._path.append(key)
        if self._skipped:
            self._skipped += 1
        elif self._open:
            self._go_into(name, key)
        elif self._path == [_ROOT, _HEADER]:
            self._open.append(self.header)
        elif self._path == [_ROOT, _PUPILS, _PUPIL]:
            self.pupils.append(Node(_PUPIL))
            self._open.append(self.pupils[-1])
            if len(self.pupils) > MAX_ROWS:
                raise too_many_rows(self._file_name)

    def data(self, text: str) -> None:
        if self._open and not self._skipped:
            node = self._open[-1]
            if len(node.text) < _MORE_THAN_A_CELL:
                node.text += text[:_MORE_THAN_A_CELL]

    def end(self, _tag: str) -> None:
        self._path.pop()
        if self._skipped:
            self._skipped -= 1
        elif self._open:
            node = self._open.pop()
            node.text = node.text.strip()

    def close(self) -> None:
        """Nothing is left to do at the end of the file."""

    def _go_into(self, name: str, key: str) -> None:
        parent = self._open[-1]
        of_pupil = parent.name == _PUPIL or parent.name == _BASIC
        if of_pupil and key != _BASIC and key not in self._kept:
            self._skipped = 1
            if name in self.left_out or len(self.left_out) < MAX_NAMES:
                self.left_out[name] += 1
            return
        node = Node(key)
        self._nodes += 1
        parent.children.append(node)
        self._open.append(node)

    def _count(self, name: str) -> None:
        self._elements += 1
        if not self._path and name.casefold() != _ROOT:
            raise refusal(
                self._file_name,
                f"The file is XML, but not a common transfer file: it begins with “{_tame(name)}”. "
                "In your management information system look for CTF export.",
            )
        too_many = self._elements > MAX_ELEMENTS or self._nodes > MAX_KEPT
        if too_many or len(self._path) >= MAX_DEPTH:
            raise refusal(
                self._file_name,
                f"The file holds far more than the details of a school's pupils. {_ADVICE}",
            )


def _tame(name: str) -> str:
    return "".join(letter for letter in shown(name)[:40] if not is_control(letter))
