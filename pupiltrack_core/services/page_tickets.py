"""Tickets by which a page's kernel learns whose page it is, without being told by the browser.

The server, which knows the session from the cookie, issues one as it starts the kernel; the page
redeems it at once. It works one time, for one page, for a minute, while the session lives.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pupiltrack_core.access import Page, may_open
from pupiltrack_core.errors import AccessDenied, NotSignedIn
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.sessions import require_live_session
from pupiltrack_core.services.sign_in_policy import DEFAULT_POLICY, SignInPolicy, utc_now
from pupiltrack_core.services.tokens import hash_token, new_token
from pupiltrack_core.storage.audit import AuditDraft, add_audit_entries
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.sessions import (
    add_page_ticket,
    redeem_ticket,
    remove_expired_tickets,
)

TICKET_LIFE = timedelta(seconds=60)


def issue_page_ticket(
    database: Database, session_id: int, page: str, now: datetime | None = None
) -> str:
    """Return a new ticket for one opening of `page` in this session."""
    moment = now or utc_now()
    ticket = new_token()
    with database.unit_of_work(write=True) as unit:
        remove_expired_tickets(unit.session, before=moment)
        add_page_ticket(
            unit.session,
            token_hash=hash_token(ticket),
            session_id=session_id,
            page=page,
            expires_at=moment + TICKET_LIFE,
        )
        unit.commit()
    return ticket


def redeem_page_ticket(
    database: Database,
    ticket: str,
    page: str,
    now: datetime | None = None,
    *,
    policy: SignInPolicy = DEFAULT_POLICY,
) -> int:
    """Return the row number of the session the ticket was issued in.

    Raises `NotSignedIn` for a ticket that was used, is over a minute old, is for another page, or
    whose session is over; `AccessDenied` (audited) for a page the person's roles do not open.
    """
    moment = now or utc_now()
    with database.unit_of_work(write=True) as unit:
        session_id = redeem_ticket(unit.session, hash_token(ticket), page=page, at=moment)
        if session_id is None:
            raise NotSignedIn(
                "This page was opened too long ago to start. Nothing was changed. "
                "Open it again from the menu."
            )
        principal = require_live_session(unit.session, session_id, moment, policy).principal
        allowed = page in tuple(Page) and may_open(principal, Page(page))
        if not allowed:
            draft = AuditDraft(AuditAction.ACCESS_DENIED, principal.user_id, {"page": page})
            add_audit_entries(unit.session, [draft], at=moment)
        unit.commit()
    if not allowed:
        raise AccessDenied("Your role does not open this page. Go back to Home.")
    return session_id
