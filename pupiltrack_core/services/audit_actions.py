"""The names under which what people do is written down."""

from __future__ import annotations

from enum import StrEnum

from pupiltrack_core.storage import models


class AuditAction(StrEnum):
    """Actions of sign-in, access and files. Areas of the portal add names of their own."""

    SIGNED_IN = "signed in"
    SIGN_IN_REFUSED = "sign-in refused"
    SECOND_STEP_DONE = "second step done"
    SECOND_STEP_SET = "second step set"
    SECOND_STEP_WITHDRAWN = "second step withdrawn"
    PASSKEY_REMOVED = "passkey removed"
    SESSION_RENEWED = "session renewed"
    SIGNED_OUT = "signed out"
    SESSIONS_REVOKED = "sessions revoked"
    ACCESS_DENIED = "access denied"
    ACCOUNT_CREATED = "account created"
    ACCOUNT_STATUS_CHANGED = "account status changed"
    ACCOUNT_LOCKED = "account locked"
    PASSWORD_CHANGED = "password changed"  # noqa: S105 - the name of an act
    ADDRESS_ASKED = "new address asked for"
    ADDRESS_CHANGED = "address changed"
    ALERTS_CHOSEN = "alerts chosen"
    DEVICE_FORGOTTEN = "device forgotten"
    PASSWORD_LINK_SENT = "password link sent"  # noqa: S105 - the name of an act
    ROLES_CHANGED = "roles changed"
    PUPIL_SEEN = "pupil's record seen"
    UNUSUAL_USE = models.UNUSUAL_USE
    RECORD_GIVEN_OUT = "everything held of a pupil given out"
    FILE_MADE = "file made"
    FILE_FETCHED = "file fetched"
