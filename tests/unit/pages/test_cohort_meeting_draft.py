"""What is typed into a meeting and what two people wrote in one place, without a page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from pupiltrack_core.domain.cohort_meetings import Barrier, MeetingContent, MeetingHead
from pupiltrack_core.domain.meeting_merging import merge, put_at
from pupiltrack_core.errors import InvalidEntry, StorageUnavailable
from pupiltrack_core.services.cohort_meeting_saving import SavedMeeting
from pupiltrack_portal.pages.cohort_meeting_draft import MeetingDraft, can_be_joined

TEXT, PUPILS = ("barriers", "a", "barrier"), ("barriers", "a", "pupils")
HEAD = MeetingHead(4, None, None, date(2026, 1, 12), "Mr Osei")
CONTENT = MeetingContent(HEAD, barriers=(Barrier("a", (1,), "Old"), Barrier("b")))


class Shelf:
    """A meeting that is stored, and merged as the service does it."""

    def __init__(self) -> None:
        self.stored = CONTENT

    def __call__(self, base: MeetingContent, mine: MeetingContent) -> SavedMeeting:
        merged = merge(base, mine, self.stored)
        self.stored = merged.record
        return SavedMeeting(1, datetime(2026, 1, 12, tzinfo=UTC), self.stored, mine, merged.clashes)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def draft() -> MeetingDraft:
    return MeetingDraft(CONTENT)


def test_save_of_what_nobody_else_changed_leaves_nothing_to_draw(
    draft: MeetingDraft, shelf: Shelf
) -> None:
    draft.enter(TEXT, "Mine")
    assert draft.is_unsaved
    assert draft.save(shelf) == ()
    assert not draft.is_unsaved
    assert shelf.stored.barriers[0].barrier == "Mine"


def test_save_tells_the_parts_that_others_changed(draft: MeetingDraft, shelf: Shelf) -> None:
    shelf.stored = replace(
        put_at(shelf.stored, ("head", "teacher"), "Ms Wu"), barriers=(Barrier("a", (1,), "Old"),)
    )
    draft.enter(TEXT, "Mine")
    assert draft.save(shelf) == (("head",), ("barriers", "b"))
    assert [row.key for row in draft.mine.barriers] == ["a"]


def test_enter_in_a_row_that_is_gone_does_nothing(draft: MeetingDraft) -> None:
    draft.enter(("barriers", "zz", "barrier"), "Lost")
    assert draft.mine == CONTENT


def test_failed_save_keeps_everything_for_the_next(draft: MeetingDraft, shelf: Shelf) -> None:
    def fail(_base: MeetingContent, _mine: MeetingContent) -> SavedMeeting:
        raise StorageUnavailable("Busy.")

    draft.enter(TEXT, "Mine")
    with pytest.raises(StorageUnavailable):
        draft.save(fail)
    assert draft.is_unsaved
    draft.enter(PUPILS, (1, 2))
    draft.save(shelf)
    assert shelf.stored.barriers[0] == Barrier("a", (1, 2), "Mine")


def test_refused_value_waits_and_the_others_are_saved(draft: MeetingDraft, shelf: Shelf) -> None:
    def strict(base: MeetingContent, mine: MeetingContent) -> SavedMeeting:
        for row in mine.barriers:
            for name in ("barrier", "next_steps"):
                if len(getattr(row, name)) > 5:
                    raise InvalidEntry("Too long.", field=f"barriers.{row.key}.{name}")
        return shelf(base, mine)

    draft.enter(TEXT, "Much too long")
    draft.enter(PUPILS, (1, 2))
    draft.enter(
        ("barriers",), (*draft.mine.barriers, Barrier("c", (), "Short", "Too long as well"))
    )
    draft.save(strict)
    assert list(draft.refused) == [TEXT, ("barriers", "c", "next_steps")]
    assert shelf.stored.barriers == (
        Barrier("a", (1, 2), "Old"),
        Barrier("b"),
        Barrier("c", (), "Short"),
    )
    assert draft.mine.barriers[0].barrier == "Much too long"
    assert draft.is_unsaved
    draft.enter(TEXT, "Fine")
    draft.enter(("barriers", "c", "next_steps"), "")
    draft.save(strict)
    assert (draft.refused, draft.is_unsaved) == ({}, False)


def test_entry_that_is_wrong_however_it_is_changed_is_raised(draft: MeetingDraft) -> None:
    def refuse(_base: MeetingContent, _mine: MeetingContent) -> SavedMeeting:
        raise InvalidEntry("No.", field="barriers.zz.barrier")

    draft.enter(TEXT, "Mine")
    with pytest.raises(InvalidEntry):
        draft.save(refuse)


@pytest.mark.parametrize(
    ("choice", "text", "pupils"),
    [("mine", "Mine", (3,)), ("theirs", "Theirs", (2,)), ("both", "Theirs\nMine", (2, 3))],
)
def test_clash_waits_for_a_choice_while_other_things_are_saved(
    draft: MeetingDraft, shelf: Shelf, choice: str, text: str, pupils: tuple[int, ...]
) -> None:
    shelf.stored = put_at(put_at(shelf.stored, TEXT, "Theirs"), PUPILS, (2,))
    draft.enter(TEXT, "Mine")
    draft.enter(PUPILS, (3,))
    draft.save(shelf)
    assert set(draft.clashes) == {TEXT, PUPILS}
    assert draft.mine.barriers[0] == Barrier("a", (3,), "Mine")
    draft.enter(("head", "teacher"), "Ms Wu")
    draft.save(shelf)
    assert shelf.stored.barriers[0] == Barrier("a", (2,), "Theirs")
    assert shelf.stored.head.teacher == "Ms Wu"
    for path in (TEXT, PUPILS):
        draft.choose(path, choice)
    draft.save(shelf)
    assert shelf.stored.barriers[0] == Barrier("a", pupils, text)
    assert (draft.clashes, draft.is_unsaved) == ((), False)


def test_clash_ends_when_both_write_the_same(draft: MeetingDraft, shelf: Shelf) -> None:
    shelf.stored = put_at(shelf.stored, TEXT, "Theirs")
    draft.enter(TEXT, "Mine")
    draft.save(shelf)
    draft.enter(TEXT, "Theirs")
    draft.save(shelf)
    assert (draft.clashes, draft.is_unsaved) == ((), False)


def test_clash_in_a_row_deleted_since_goes_with_it(draft: MeetingDraft, shelf: Shelf) -> None:
    shelf.stored = put_at(shelf.stored, TEXT, "Theirs")
    draft.enter(TEXT, "Mine")
    draft.save(shelf)
    shelf.stored = replace(shelf.stored, barriers=(Barrier("b"),))
    assert ("barriers", "a") in draft.save(shelf)
    assert draft.clashes == ()


def test_texts_and_choices_of_several_can_be_joined() -> None:
    assert can_be_joined("text")
    assert can_be_joined((1,))
    assert not can_be_joined(date(2026, 1, 12))
