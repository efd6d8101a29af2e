"""Unusual volume: one person who looks at very many pupils, or takes very much away, in an hour.

Heads and administrators are told at once, by mail and at Home. The person may go on reading, but
is asked to sign in again before the next file: whoever found a page left open cannot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pupiltrack_core import access
from pupiltrack_core.access import Action, Role, SchoolScope
from pupiltrack_core.errors import AccessDenied
from pupiltrack_core.services.account_letters import letter_about_unusual_use
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.storage.accounts import find_people_to_tell
from pupiltrack_core.storage.audit_search import find_details_since, find_unusual_uses
from pupiltrack_core.storage.models import School, UserAccount, UserSession
from pupiltrack_core.storage.outgoing_mail import add_mail

AN_HOUR = timedelta(hours=1)
# A meeting about every pupil of a year group is some 90 records; nobody reads 300 in an hour.
MOST_PUPILS = 300
# A set of reports of each of seven year groups in each of four forms is 28 files.
MOST_FILES = 30
# An adviser prepares a visit to a school, or to a few; files of five schools are a collection.
MOST_SCHOOLS = 5
TOLD_AT_HOME_FOR = timedelta(days=7)
_MOST_TOLD = 20
_SIGN_IN_AGAIN = (
    "Your account has looked at very many pupils or made very many files within an hour, so it "
    "must be sure that it is you. No file was made. Sign out, sign in again and ask for the file "
    "once more; your headteacher or the local authority has been told."
)


@dataclass(frozen=True, slots=True)
class UnusualUse:
    """What Home says of it: who, when and how much, in words without a pupil."""

    at: datetime
    who: str
    what: str


def note_many_pupils(work: Work, *, school_id: int, pupil_id: int) -> None:
    """Raise the alarm if, with this pupil, the person has looked at 300 within an hour."""
    rows = _of_last_hour(work, AuditAction.PUPIL_SEEN)
    seen = {(school, detail.get("pupil")) for _, school, detail in rows} | {(school_id, pupil_id)}
    if len(seen) >= MOST_PUPILS:
        _raise_alarm(work, school_id, pupils=len(seen))


def note_many_files(work: Work, *, school_id: int | None) -> None:
    """Raise the alarm if this is the 30th file within an hour, or of the fifth school."""
    rows = _of_last_hour(work, AuditAction.FILE_MADE)
    schools = {school for _, school, _ in rows} | {school_id}
    if len(rows) + 1 >= MOST_FILES or len(schools - {None}) >= MOST_SCHOOLS:
        _raise_alarm(work, school_id, files=len(rows) + 1)


def require_usual_use(work: Work) -> None:
    """Raise `AccessDenied` where the alarm was raised since the person last signed in.

    The refusal is audited. Signing in again, or renewing the session, ends it.
    """
    if work.user_id is None:
        return
    wanted = (AuditAction.UNUSUAL_USE, AuditAction.SESSION_RENEWED)
    begun = work.session.get_one(UserSession, work.principal.session_id).created_at
    rows = find_details_since(
        work.session, user_id=work.user_id, actions=wanted, since=begun - timedelta(microseconds=1)
    )
    if rows and rows[-1][0] == AuditAction.UNUSUAL_USE:
        authority = work.principal.memberships[0].local_authority_id
        work.note_refusal(Action.EXPORT, local_authority_id=authority)
        raise AccessDenied(_SIGN_IN_AGAIN)


def unusual_uses(caller: Caller) -> tuple[UnusualUse, ...]:
    """Return the newest alarms of seven days at the places whose activity the person may see."""
    with caller.begin() as work:
        who = work.principal
        schools = [work.session.get_one(School, school_id) for school_id in who.school_ids]
        found = find_unusual_uses(
            work.session,
            school_ids=[
                school.id
                for school in schools
                if access.may(
                    who, Action.SEE_ACTIVITY, SchoolScope(school.id, school.local_authority_id)
                )
            ],
            authority_ids=[
                authority
                for authority in who.local_authority_ids
                if access.may_over_authority(who, Action.SEE_ACTIVITY, authority)
            ],
            since=work.now - TOLD_AT_HOME_FOR,
        )
    return tuple(
        UnusualUse(entry.at, entry.name or "Somebody", _in_words(entry.detail))
        for entry in found[:_MOST_TOLD]
    )


def _of_last_hour(
    work: Work, action: AuditAction
) -> list[tuple[str, int | None, Mapping[str, Any]]]:
    if work.user_id is None:
        return []
    return find_details_since(
        work.session, user_id=work.user_id, actions=(action,), since=work.now - AN_HOUR
    )


def _raise_alarm(work: Work, school_id: int | None, **how_much: int) -> None:
    if work.user_id is None or _of_last_hour(work, AuditAction.UNUSUAL_USE):
        return
    authority = (
        work.principal.memberships[0].local_authority_id
        if school_id is None
        else work.session.get_one(School, school_id).local_authority_id
    )
    work.audit(
        AuditAction.UNUSUAL_USE,
        school_id=school_id,
        local_authority_id=authority,
        **how_much,
    )
    person = work.session.get_one(UserAccount, work.user_id)
    for told in find_people_to_tell(
        work.session,
        school_id=school_id,
        local_authority_id=authority,
        school_role=Role.HEAD,
        authority_role=Role.LA_ADMIN,
    ):
        letter = letter_about_unusual_use(told, person.display_name, _in_words(how_much))
        add_mail(work.session, letter, user_id=told.id, at=work.now)


def _in_words(how_much: Mapping[str, Any]) -> str:
    if "names" in how_much:  # of nobody known: see `guessing`
        return (
            f"tried to sign in with {how_much['names']} names, in vain, "
            f"within {how_much['minutes']} minutes"
        )
    if "pupils" in how_much:
        return f"looked at the records of {how_much['pupils']} pupils within an hour"
    return f"made {how_much.get('files', 0)} files within an hour"
