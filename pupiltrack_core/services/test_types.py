"""A school's kinds of test and their ranges: adding, changing and archiving them.

A kind is never removed: assessments that name it keep it. Scores outside a range that was changed
are kept as well, and are only refused when they are entered anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from pupiltrack_core.access import Action
from pupiltrack_core.domain.test_ranges import (
    HIGHEST_SCORE,
    LOWEST_SCORE,
    MOST_DECIMALS,
    READY_RANGES,
    TestRange,
)
from pupiltrack_core.errors import Conflict, InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.entered_names import required_name
from pupiltrack_core.storage.school_settings import lock_school
from pupiltrack_core.storage.test_types import StoredTestType as StoredTestType
from pupiltrack_core.storage.test_types import (
    add_test_type,
    count_scores_of_type,
    find_test_types,
    update_test_type,
)

TEST_TYPE_ADDED = "kind of test added"
TEST_TYPE_CHANGED = "kind of test changed"
TEST_TYPE_ARCHIVED = "kind of test archived"
TEST_TYPE_BROUGHT_BACK = "kind of test brought back"
MAX_TYPE_NAME = 60
MOST_TYPES = 50
_UNDONE = "Nothing was saved."


@dataclass(frozen=True, slots=True)
class TestTypeEntry:
    """A kind of test as a form holds it: texts, of which nothing has been checked."""

    __test__: ClassVar[bool] = False  # the name would make pytest look in it for tests

    name: str
    lowest: str
    highest: str
    decimals: str = "0"


@dataclass(frozen=True, slots=True)
class RangeEdit:
    """What became of a change: saved, or to be agreed to first.

    `outside` is how many stored scores lie outside the new range that were not outside the old.
    """

    is_saved: bool
    outside: int


def kinds_of_test(caller: Caller, school_id: int) -> tuple[StoredTestType, ...]:
    """Return the school's kinds of test by name, archived ones among them.

    Raise `NotFound` for a school out of reach, `AccessDenied` for who may not see assessments.
    """
    with caller.begin() as work:
        work.require(Action.SEE_ASSESSMENTS, school_id)
        return find_test_types(work.session, school_id)


def add_kind_of_test(caller: Caller, school_id: int, entry: TestTypeEntry) -> int:
    """Add a kind of test and return its id.

    Raise `InvalidEntry` with the field at fault: a name that is missing, too long or taken, a range
    that is none; `NotFound` and `AccessDenied` as for all of a school's settings.
    """
    with caller.begin(write=True, act=True) as work:
        stored = _begin(work, school_id)
        test_range = _checked(entry, stored)
        number = _add(work, school_id, test_range, stored)
        work.commit()
    return number


def add_ready_kinds(caller: Caller, school_id: int) -> int:
    """Add the ready-made kinds of test whose names the school has not used; return how many."""
    with caller.begin(write=True, act=True) as work:
        stored = _begin(work, school_id)
        taken = {item.range.name.casefold() for item in stored}
        ready = [item for item in READY_RANGES if item.name.casefold() not in taken]
        for test_range in ready:
            _add(work, school_id, test_range, stored)
        work.commit()
    return len(ready)


def change_kind_of_test(
    caller: Caller,
    school_id: int,
    test_type_id: int,
    entry: TestTypeEntry,
    *,
    shown: TestRange,
    agreed: int = 0,
) -> RangeEdit:
    """Change the name or the range of a kind of test, on every assessment that names it.

    Nothing is saved, and `is_saved` is False, when more stored scores would lie outside the new
    range than was `agreed`; they are kept in any case. Raise `Conflict` when it is not as `shown`
    any more, `NotFound` for a kind the school does not have; else as `add_kind_of_test`.
    """
    with caller.begin(write=True, act=True) as work:
        stored = _begin(work, school_id)
        present = _find(stored, test_type_id)
        if present.range != shown:
            theirs = f"{present.range.name}: {present.range.words}"
            raise Conflict(
                "Someone else changed this kind of test after it was shown to you. Nothing was "
                f"saved. It is now {theirs}. Save again to put yours in its place.",
                yours=None,
                theirs=theirs,
                version=0,
            )
        others = [item for item in stored if item is not present]
        test_range = _checked(entry, others)
        scores = count_scores_of_type(work.session, school_id, test_type_id)
        outside = sum(
            number
            for score, number in scores.items()
            if present.range.holds(score) and not test_range.holds(score)
        )
        if outside > agreed:
            return RangeEdit(False, outside)
        _store(
            work,
            school_id,
            StoredTestType(test_type_id, test_range, present.is_archived),
            TEST_TYPE_CHANGED,
            outside=outside,
        )
    return RangeEdit(True, outside)


def archive_kind_of_test(caller: Caller, school_id: int, test_type_id: int) -> None:
    """Offer a kind of test to no new assessment; those that name it keep it.

    Raise `NotFound` for a kind the school does not have; `AccessDenied`.
    """
    _set_archived(caller, school_id, test_type_id, is_archived=True)


def bring_back_kind_of_test(caller: Caller, school_id: int, test_type_id: int) -> None:
    """Offer an archived kind of test again. Raises as `archive_kind_of_test`."""
    _set_archived(caller, school_id, test_type_id, is_archived=False)


def _set_archived(caller: Caller, school_id: int, test_type_id: int, *, is_archived: bool) -> None:
    action = TEST_TYPE_ARCHIVED if is_archived else TEST_TYPE_BROUGHT_BACK
    with caller.begin(write=True, act=True) as work:
        present = _find(_begin(work, school_id), test_type_id)
        changed = StoredTestType(test_type_id, present.range, is_archived)
        _store(work, school_id, changed, action)


def _begin(work: Work, school_id: int) -> tuple[StoredTestType, ...]:
    work.require(Action.MAINTAIN_SCHOOL, school_id)
    lock_school(work.session, school_id)
    return find_test_types(work.session, school_id)


def _find(stored: tuple[StoredTestType, ...], test_type_id: int) -> StoredTestType:
    for item in stored:
        if item.id == test_type_id:
            return item
    raise NotFound("The school has no such kind of test. Nothing was changed.")


def _add(
    work: Work, school_id: int, test_range: TestRange, stored: Sequence[StoredTestType]
) -> int:
    if len(stored) >= MOST_TYPES:
        raise InvalidEntry(
            f"A school has at most {MOST_TYPES} kinds of test. {_UNDONE} Change one that is not "
            "used any more.",
            field="name",
        )
    number = add_test_type(work.session, school_id, test_range)
    work.audit(TEST_TYPE_ADDED, school_id=school_id, test_type=number)
    return number


def _store(work: Work, school_id: int, item: StoredTestType, action: str, **more: int) -> None:
    update_test_type(
        work.session,
        school_id,
        item.id,
        item.range,
        archived_at=work.now if item.is_archived else None,
    )
    work.audit(action, school_id=school_id, test_type=item.id, **more)
    work.commit()


def _checked(entry: TestTypeEntry, others: Sequence[StoredTestType]) -> TestRange:
    """Return what was entered as a range; refuse one that is none, and the name of another."""
    name = required_name(
        entry.name,
        field="name",
        longest=MAX_TYPE_NAME,
        missing="Give the kind of test a name.",
        undone=_UNDONE,
    )
    if name.casefold() in {item.range.name.casefold() for item in others}:
        raise InvalidEntry(
            f"{name} is the name of another kind of test, perhaps an archived one. {_UNDONE} "
            "Choose another, or bring that one back.",
            field="name",
        )
    low = _whole(entry.lowest, "lowest", HIGHEST_SCORE)
    high = _whole(entry.highest, "highest", HIGHEST_SCORE)
    places = _whole(entry.decimals, "decimals", MOST_DECIMALS)
    if low >= high:
        raise InvalidEntry(
            f"The highest score must be above the lowest. {_UNDONE}", field="highest"
        )
    return TestRange(name, low, high, places)


def _whole(text: str, field: str, most: int) -> int:
    tidy = text.strip()
    if not (tidy.isascii() and tidy.isdigit() and len(tidy) <= 4 and int(tidy) <= most):
        raise InvalidEntry(
            f"Enter a whole number from {LOWEST_SCORE} to {most}. {_UNDONE}", field=field
        )
    return int(tidy)
