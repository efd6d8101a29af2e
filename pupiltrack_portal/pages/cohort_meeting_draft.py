"""A meeting as it is written in on a page: what is stored, what was typed, where two wrote."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pupiltrack_core.domain.cohort_meetings import MeetingContent
from pupiltrack_core.domain.meeting_merging import Path, put_at, value_at
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.cohort_meeting_saving import SavedMeeting

Save = Callable[[MeetingContent, MeetingContent], SavedMeeting]  # base, mine
LISTS = ("areas", "barriers", "support", "groups")


class MeetingDraft:
    """What a person sees of a meeting. `base` is what is stored as far as the page knows.

    Where someone else wrote something else in the same place, the place is one of `clashes`, and
    what was typed there is not saved until the person chooses. What cannot be stored as it is
    stands in `refused`, and waits until it is put right; everything else is saved all the same.
    """

    def __init__(self, content: MeetingContent) -> None:
        self.base = content
        self.mine = content
        self.clashes: tuple[Path, ...] = ()
        self.refused: dict[Path, InvalidEntry] = {}

    @property
    def is_unsaved(self) -> bool:
        """Whether something was entered that is not stored."""
        return self.mine != self.base

    @property
    def to_save(self) -> MeetingContent:
        """What was entered, but for what is not to be saved yet."""
        content = self.mine
        for path in self.clashes:
            content = _put(content, path, _value(self.base, path))
        return content

    def enter(self, path: Path, value: Any) -> None:
        """Take a value that was entered; where its row has gone meanwhile nothing happens."""
        self.mine = _put(self.mine, path, value)

    def save(self, save: Save) -> tuple[Path, ...]:
        """Store what was entered, and return the parts that are not as they are shown any more.

        A part is ("head",), or a list and the key of one of its rows. Raises what `save` raises;
        everything stays as it was then.
        """
        saved, self.refused = self._save_what_can_be(save)
        written = {clash.path: clash.yours for clash in saved.clashes}
        written |= {path: _value(self.mine, path) for path in self.clashes}
        waiting = written | {path: _value(self.mine, path) for path in self.refused}
        self.base = self.mine = saved.content
        for path, value in waiting.items():
            self.mine = _put(self.mine, path, value)
        self.clashes = tuple(
            path for path in written if _value(self.mine, path) != _value(self.base, path)
        )
        return _parts_that_differ(saved.mine, saved.content)

    def _save_what_can_be(self, save: Save) -> tuple[SavedMeeting, dict[Path, InvalidEntry]]:
        content, refused = self.to_save, dict[Path, InvalidEntry]()
        while True:
            try:
                return save(self.base, content), refused
            except InvalidEntry as error:
                path = tuple(error.field.split("."))
                present = _value(content, path)
                before = _value(self.base, path)
                without = type(present)() if before is None and present else before
                if path in refused or without == present:
                    raise
                refused[path] = error
                content = _put(content, path, without)

    def choose(self, path: Path, choice: str) -> None:
        """Settle a clash: "mine" or "theirs" stays, or "both", one after the other."""
        yours, theirs = _value(self.mine, path), _value(self.base, path)
        self.clashes = tuple(other for other in self.clashes if other != path)
        if choice == "theirs":
            self.enter(path, theirs)
        elif choice == "both":
            self.enter(path, _joined(theirs, yours))


def can_be_joined(value: Any) -> bool:
    """Whether two values of the kind can stand together: texts, and choices of several."""
    return isinstance(value, str | tuple)


def _joined(theirs: Any, yours: Any) -> Any:
    if isinstance(theirs, tuple):
        return tuple(dict.fromkeys((*theirs, *yours)))
    return "\n".join(part for part in (theirs, yours) if part)


def _parts_that_differ(one: MeetingContent, other: MeetingContent) -> tuple[Path, ...]:
    parts: list[Path] = [] if one.head == other.head else [("head",)]
    for name in LISTS:
        ones = {row.key: row for row in getattr(one, name)}
        others = {row.key: row for row in getattr(other, name)}
        keys = dict.fromkeys((*others, *ones))
        parts += [(name, key) for key in keys if ones.get(key) != others.get(key)]
    return tuple(parts)


def _value(content: MeetingContent, path: Path) -> Any:
    try:
        return value_at(content, path)
    except LookupError:
        return None


def _put(content: MeetingContent, path: Path, value: Any) -> MeetingContent:
    try:
        return put_at(content, path, value)
    except LookupError:
        return content
