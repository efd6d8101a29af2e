"""Two people in one meeting: what each wrote stays, and only one value can clash with one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.domain.cohort_meetings import (
    AskedQuestion,
    Barrier,
    DiscussedArea,
    MeetingContent,
    MeetingHead,
)
from pupiltrack_core.domain.meeting_merging import Clash, merge, put_at, value_at

NOTES = ("areas", "READ", "answers", "1", "notes")
STEPS = ("areas", "READ", "answers", "1", "next_steps")
TEACHER = ("head", "teacher")
PUPILS = ("barriers", "a", "pupils")
BASE = MeetingContent(
    head=MeetingHead(4, None, None, date(2026, 1, 12), "Mr Osei"),
    areas=(DiscussedArea("READ", (AskedQuestion("1", "Why?", "Old"),)),),
    barriers=(Barrier("a", (1,), "Sleep"), Barrier("b", (2,), "Travel")),
)


def with_row(content: MeetingContent, *rows: Barrier) -> MeetingContent:
    return replace(content, barriers=(*content.barriers, *rows))


def without_row(content: MeetingContent, key: str) -> MeetingContent:
    return replace(content, barriers=tuple(row for row in content.barriers if row.key != key))


def test_merge_keeps_what_each_wrote_in_different_places() -> None:
    mine = put_at(put_at(BASE, NOTES, "Mine"), PUPILS, (1, 3))
    theirs = put_at(put_at(BASE, STEPS, "Theirs"), TEACHER, "Ms Wu")
    merged = merge(BASE, mine, theirs)
    assert merged.clashes == ()
    found = [value_at(merged.record, path) for path in (NOTES, STEPS, TEACHER, PUPILS)]
    assert found == ["Mine", "Theirs", "Ms Wu", (1, 3)]


def test_merge_leaves_theirs_where_both_wrote_and_tells_both() -> None:
    merged = merge(BASE, put_at(BASE, NOTES, "Mine"), put_at(BASE, NOTES, "Theirs"))
    assert merged.clashes == (Clash(NOTES, "Mine", "Theirs"),)
    assert value_at(merged.record, NOTES) == "Theirs"


def test_merge_of_the_same_change_is_no_clash() -> None:
    both = put_at(BASE, NOTES, "Same")
    assert merge(BASE, both, both).clashes == ()


def test_merge_puts_new_rows_of_mine_after_theirs() -> None:
    mine, theirs = with_row(BASE, Barrier("m")), with_row(BASE, Barrier("t"))
    merged = merge(BASE, mine, theirs).record
    assert [row.key for row in merged.barriers] == ["a", "b", "t", "m"]


@pytest.mark.parametrize("mine_deletes", [True, False])
def test_merge_drops_a_deleted_row_that_the_other_left_alone(mine_deletes: bool) -> None:
    deleted = without_row(BASE, "a")
    sides = (deleted, BASE) if mine_deletes else (BASE, deleted)
    assert [row.key for row in merge(BASE, *sides).record.barriers] == ["b"]


@pytest.mark.parametrize("mine_deletes", [True, False])
def test_merge_keeps_a_deleted_row_in_which_the_other_wrote(mine_deletes: bool) -> None:
    deleted, written = without_row(BASE, "a"), put_at(BASE, PUPILS, (1, 9))
    sides = (deleted, written) if mine_deletes else (written, deleted)
    merged = merge(BASE, *sides)
    assert value_at(merged.record, PUPILS) == (1, 9)
    assert merged.clashes == ()


def test_merge_of_an_area_both_added_clashes_only_where_both_wrote() -> None:
    def added(notes: str, steps: str) -> MeetingContent:
        asked = AskedQuestion("1", "Why?", notes, steps)
        return replace(BASE, areas=(*BASE.areas, DiscussedArea("SCIE", (asked,))))

    merged = merge(BASE, added("Mine", ""), added("", "Theirs"))
    (asked,) = merged.record.areas[1].answers
    assert (asked.notes, asked.next_steps, merged.clashes) == ("Mine", "Theirs", ())
    both = merge(BASE, added("Mine", ""), added("Theirs", ""))
    assert both.clashes == (Clash(("areas", "SCIE", "answers", "1", "notes"), "Mine", "Theirs"),)


def test_value_at_leads_to_records_and_rows_too() -> None:
    assert value_at(BASE, ()) is BASE
    assert value_at(BASE, ("barriers",)) == BASE.barriers
    assert value_at(BASE, ("barriers", "b")) == BASE.barriers[1]
    assert value_at(BASE, ("head",)) == BASE.head


def test_put_at_replaces_whole_lists_and_rows() -> None:
    assert put_at(BASE, ("barriers",), ()).barriers == ()


@pytest.mark.parametrize("path", [("barriers", "zz", "pupils"), ("areas", "MATH")])
def test_value_at_and_put_at_of_a_row_that_is_gone(path: tuple[str, ...]) -> None:
    with pytest.raises(LookupError):
        value_at(BASE, path)
    with pytest.raises(LookupError):
        put_at(BASE, (*path, "x"), "")


# --- against everything: whatever two people do ---

VALUES = st.sampled_from(["", "p", "q"])
ROWS = st.lists(
    st.builds(
        Barrier,
        key=st.sampled_from("abcd"),
        pupils=st.sampled_from([(), (1,), (1, 2)]),
        barrier=VALUES,
        next_steps=VALUES,
    ),
    max_size=4,
    unique_by=lambda row: row.key,
)
CONTENTS = st.builds(
    lambda rows, teacher: replace(
        BASE, barriers=tuple(rows), head=replace(BASE.head, teacher=teacher)
    ),
    ROWS,
    VALUES,
)


def flat(content: MeetingContent) -> dict[tuple[str, ...], Any]:
    """Every value by its path: a slow and obvious way to look at rows."""
    values: dict[tuple[str, ...], Any] = {TEACHER: content.head.teacher}
    for row in content.barriers:
        for name in ("pupils", "barrier", "next_steps"):
            values["barriers", row.key, name] = getattr(row, name)
    return values


@given(CONTENTS, CONTENTS)
def test_merge_with_one_who_did_nothing_is_the_other(
    base: MeetingContent, changed: MeetingContent
) -> None:
    for merged in (merge(base, changed, base), merge(base, base, changed)):
        assert flat(merged.record) == flat(changed)
        assert merged.clashes == ()


@given(CONTENTS, CONTENTS, CONTENTS)
def test_merge_agrees_with_looking_at_one_value_after_the_other(
    base: MeetingContent, mine: MeetingContent, theirs: MeetingContent
) -> None:
    merged = merge(base, mine, theirs)
    was, yours, others, now = flat(base), flat(mine), flat(theirs), flat(merged.record)
    clashes = {clash.path: (clash.yours, clash.theirs) for clash in merged.clashes}
    for path in {*yours, *others}:
        in_both = path in yours and path in others
        if not in_both:
            continue
        before = was.get(path)
        blank = (None, "", ())
        if yours[path] == others[path]:
            assert now[path] == yours[path]
        elif yours[path] == before or (before is None and yours[path] in blank):
            assert now[path] == others[path]
        elif others[path] == before or (before is None and others[path] in blank):
            assert now[path] == yours[path]
        else:
            assert clashes.pop(path) == (yours[path], others[path])
            assert now[path] == others[path]
    assert clashes == {}
    written = {path for side in (yours, others) for path in side if side[path] != was.get(path)}
    assert {path for path in written if path not in now} <= {
        path for path in written if path in was
    }
