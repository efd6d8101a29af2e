"""Files a page makes and the browser fetches by a link, which is no authority in itself.

A link works in the session that asked for the file, for ten minutes, while the role that allowed
it lasts. That somebody took the file is written down before a byte of it leaves.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pupiltrack_core.access import GRANTS, Action
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.sign_in_policy import DEFAULT_POLICY, SignInPolicy, utc_now
from pupiltrack_core.services.tokens import hash_token, new_token
from pupiltrack_core.services.unusual_use import note_many_files, require_usual_use
from pupiltrack_core.storage.downloads import (
    add_download,
    find_download,
    has_useless_downloads,
    remove_expired_downloads,
    remove_oldest_downloads,
    remove_useless_downloads,
)
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import Download
from pupiltrack_core.storage.row_level_security import EVERYWHERE, widened

DOWNLOAD_LIFE = timedelta(minutes=10)
MOST_FILES = 10  # of one session; an older one gives way
LARGEST_FILE = 50 * 1024 * 1024
LONGEST_FILE_NAME = 120
_GONE = (
    "This file is not there any more, or it is not yours. Files are kept for ten minutes: go back "
    "to the page and ask for it again."
)


@dataclass(frozen=True, slots=True)
class File:
    """A file to send; the name holds nothing that could break out of a header or a folder."""

    file_name: str
    media_type: str
    content: bytes = field(repr=False)


def deposit(
    caller: Caller | Work,
    *,
    kind: str,
    school_id: int | None,
    file_name: str,
    media_type: str,
    content: bytes,
) -> str:
    """Keep a file for the caller's session and return the token of its link.

    A session has ten files at most; the oldest gives way.

    Within a `Work` it is saved by that work's commit; a `Caller` gets a unit of its own. A file of
    no single school (`school_id` None) belongs to a local authority. Raises `NotFound` or
    `AccessDenied` unless the person may export there, `InvalidEntry` for a file over 50 MB. After
    unusual use (`unusual_use`) there are no files until the person has signed in again.
    """
    if isinstance(caller, Caller):
        with caller.begin(write=True) as work:
            token = deposit(
                work,
                kind=kind,
                school_id=school_id,
                file_name=file_name,
                media_type=media_type,
                content=content,
            )
            work.commit()
        return token
    work = caller
    _require_export(work, school_id)
    if work.is_operator:
        raise AccessDenied("At the command line, write the file with --out instead.")
    require_usual_use(work)
    if len(content) > LARGEST_FILE:
        raise InvalidEntry(
            "The file is over 50 MB and was not made. Choose fewer pupils or one year group.",
            field="file",
        )
    remove_expired_downloads(work.session, now=work.now)
    remove_oldest_downloads(work.session, work.principal.session_id, keep=MOST_FILES - 1)
    token = new_token()
    add_download(
        work.session,
        token_hash=hash_token(token),
        session_id=work.principal.session_id,
        school_id=school_id,
        kind=kind,
        file_name=safe_file_name(file_name),
        media_type=media_type,
        content=content,
        created_at=work.now,
        expires_at=work.now + DOWNLOAD_LIFE,
    )
    work.audit(AuditAction.FILE_MADE, school_id=school_id, kind=kind, bytes=len(content))
    note_many_files(work, school_id=school_id)
    return token


def collect(
    database: Database,
    session_id: int,
    token: str,
    now: datetime | None = None,
    *,
    policy: SignInPolicy = DEFAULT_POLICY,
) -> File:
    """Return the file of a link, in the session it was made for.

    Raises `NotFound` for a link that is unknown, over ten minutes old or of another session (which
    is audited), `NotSignedIn` for a session that is over, `AccessDenied` where the role has gone.
    """
    moment = now or utc_now()
    caller = Caller.for_session(database, session_id, policy=policy, clock=lambda: moment)
    with caller.begin(write=True, act=True) as work:
        with widened(work.session, EVERYWHERE):  # the link of another's file is written down
            found = find_download(work.session, hash_token(token), now=moment)
        if found is not None and found.session_id == session_id:
            return _hand_over(work, found)
        if found is not None:
            work.audit(AuditAction.ACCESS_DENIED, school_id=found.school_id, wanted="file")
        remove_expired_downloads(work.session, now=moment)
        work.commit()
    raise NotFound(_GONE)


def purge(
    database: Database, now: datetime | None = None, *, policy: SignInPolicy = DEFAULT_POLICY
) -> None:
    """Forget the files nobody can fetch any more: over ten minutes old or of an ended session."""
    moment = now or utc_now()
    idle_since = moment - policy.idle
    # Mostly there is none, and nobody is made to wait.
    with database.unit_of_work(scope=EVERYWHERE) as unit:
        if not has_useless_downloads(unit.session, now=moment, idle_since=idle_since):
            return
    with database.unit_of_work(write=True, scope=EVERYWHERE) as unit:
        remove_useless_downloads(unit.session, now=moment, idle_since=idle_since)
        unit.commit()


def safe_file_name(file_name: str) -> str:
    """Return the name without folders, control characters and what headers give a meaning to."""
    text = unicodedata.normalize("NFKC", file_name)
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    text = re.sub(r'[\\/:*?"<>|;%]+', "-", text)
    text = re.sub(r"\s+", " ", text).strip(" .-")
    if len(text) > LONGEST_FILE_NAME:
        stem, dot, ending = text.rpartition(".")
        keep = LONGEST_FILE_NAME - len(dot) - len(ending)
        text = f"{stem[:keep]}{dot}{ending}" if stem and keep > 0 else text[:LONGEST_FILE_NAME]
    return text or "download"


def _hand_over(work: Work, found: Download) -> File:
    _require_export(work, found.school_id)
    found.fetched_at = work.now
    work.audit(
        AuditAction.FILE_FETCHED,
        school_id=found.school_id,
        kind=found.kind,
        bytes=len(found.content),
    )
    work.commit()
    return File(found.file_name, found.media_type, found.content)


def _require_export(work: Work, school_id: int | None) -> None:
    if school_id is not None:
        work.require(Action.EXPORT, school_id)
        return
    roles = (m.role for m in work.principal.memberships if m.school_id is None)
    if not any(Action.EXPORT in GRANTS[role] for role in roles):
        raise AccessDenied("Files of a whole local authority are for its own staff.")
