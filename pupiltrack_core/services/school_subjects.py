"""A school's own subjects: adding, renaming and archiving them.

A subject is never removed: assessments that have it keep it, and its code is used for nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

from pupiltrack_core.access import Action
from pupiltrack_core.domain.subjects import (
    MAX_OWN_LABEL,
    MAX_OWN_SHORT,
    OWN_CODES,
    OwnSubject,
    Subject,
)
from pupiltrack_core.errors import Conflict, InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.entered_names import required_name
from pupiltrack_core.storage.school_settings import lock_school
from pupiltrack_core.storage.school_subjects import (
    StoredSubject as StoredSubject,
)
from pupiltrack_core.storage.school_subjects import (
    add_school_subject,
    find_school_subjects,
    update_school_subject,
)

SUBJECT_ADDED = "own subject added"
SUBJECT_RENAMED = "own subject renamed"
SUBJECT_ARCHIVED = "own subject archived"
SUBJECT_BROUGHT_BACK = "own subject brought back"
_UNDONE = "Nothing was saved."


def own_subjects(caller: Caller, school_id: int) -> tuple[StoredSubject, ...]:
    """Return the school's own subjects by code, archived ones among them.

    Raise `NotFound` for a school out of reach, `AccessDenied` for who may not see assessments.
    """
    with caller.begin() as work:
        work.require(Action.SEE_ASSESSMENTS, school_id)
        return find_school_subjects(work.session, school_id)


def add_own_subject(caller: Caller, school_id: int, *, label: str, short: str) -> str:
    """Add a subject and return its code, the first the school has never used.

    Raise `InvalidEntry` for a name that is missing, too long or taken by another subject, and when
    there are 99; `NotFound` and `AccessDenied` as for all of a school's settings.
    """
    with caller.begin(write=True, act=True) as work:
        stored = _begin(work, school_id)
        used = {item.subject.value for item in stored}
        free = next((code for code in OWN_CODES if code not in used), None)
        if free is None:
            raise InvalidEntry(
                f"A school has at most {len(OWN_CODES)} subjects of its own. {_UNDONE} Bring an "
                "archived one back under another name.",
                field="label",
            )
        subject = _checked(OwnSubject(free, label, short), stored)
        add_school_subject(work.session, school_id, subject)
        work.audit(SUBJECT_ADDED, school_id=school_id, subject=free)
        work.commit()
    return free


def rename_own_subject(
    caller: Caller, school_id: int, code: str, *, label: str, short: str, shown: OwnSubject
) -> OwnSubject:
    """Give a subject other names, on every assessment that has it, and return it.

    Raise `Conflict` when its names are not those `shown` any more; else as `add_own_subject`, and
    `NotFound` for a code the school does not use.
    """
    with caller.begin(write=True, act=True) as work:
        stored = _begin(work, school_id)
        present = _find(stored, code)
        if present.subject != shown:
            raise Conflict(
                "Someone else renamed this subject after it was shown to you. It is now "
                f"{present.subject.label}; nothing was saved. Save again to put yours instead.",
                yours=None,
                theirs=present.subject.label,
                version=0,
            )
        others = [item for item in stored if item is not present]
        subject = _checked(OwnSubject(code, label, short), others)
        _store(work, school_id, subject, SUBJECT_RENAMED, is_archived=present.is_archived)
    return subject


def archive_own_subject(caller: Caller, school_id: int, code: str) -> None:
    """Offer a subject to no new assessment; those that have it keep it. Raises as `rename`."""
    with caller.begin(write=True, act=True) as work:
        present = _find(_begin(work, school_id), code)
        _store(work, school_id, present.subject, SUBJECT_ARCHIVED, is_archived=True)


def bring_back_own_subject(caller: Caller, school_id: int, code: str) -> None:
    """Offer an archived subject again. Raises as `rename_own_subject`."""
    with caller.begin(write=True, act=True) as work:
        present = _find(_begin(work, school_id), code)
        _store(work, school_id, present.subject, SUBJECT_BROUGHT_BACK, is_archived=False)


def _begin(work: Work, school_id: int) -> tuple[StoredSubject, ...]:
    work.require(Action.MAINTAIN_SCHOOL, school_id)
    lock_school(work.session, school_id)
    return find_school_subjects(work.session, school_id)


def _find(stored: tuple[StoredSubject, ...], code: str) -> StoredSubject:
    for item in stored:
        if item.subject.value == code:
            return item
    raise NotFound("The school has no such subject. Nothing was changed.")


def _store(
    work: Work, school_id: int, subject: OwnSubject, action: str, *, is_archived: bool
) -> None:
    archived_at = work.now if is_archived else None
    update_school_subject(work.session, school_id, subject, archived_at=archived_at)
    work.audit(action, school_id=school_id, subject=subject.value)
    work.commit()


def _checked(subject: OwnSubject, others: Sequence[StoredSubject]) -> OwnSubject:
    """Return the subject with tidy names; refuse those of the seventeen or of another."""
    label = required_name(
        subject.label,
        field="label",
        longest=MAX_OWN_LABEL,
        missing="Give the subject a name.",
        undone=_UNDONE,
    )
    short = required_name(
        subject.short,
        field="short",
        longest=MAX_OWN_SHORT,
        missing="Give the subject a short name, for the heading of its column.",
        undone=_UNDONE,
    )
    every = [*Subject, *(item.subject for item in others)]
    _refuse_taken(label, {item.label.casefold() for item in every}, "label")
    _refuse_taken(short, {item.short.casefold() for item in every}, "short")
    return OwnSubject(subject.value, label, short)


def _refuse_taken(name: str, taken: set[str], field: str) -> None:
    if name.casefold() in taken:
        raise InvalidEntry(
            f"{name} is the name of another subject, perhaps an archived one. {_UNDONE} Choose "
            "another, or bring that one back.",
            field=field,
        )
