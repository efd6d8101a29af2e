"""Every error of PupilTrack, in one tree.

Two families hang from `PupilTrackError`: `UserFacingError`, whose text is written for the person
at the screen (what happened, what was kept, what to do next) and is shown as it is; and the rest,
whose text is for the operator and is never sent to a browser.
"""

from __future__ import annotations

from dataclasses import dataclass


class PupilTrackError(Exception):
    """Anything PupilTrack raises on purpose."""


class ConfigurationError(PupilTrackError):
    """A setting is missing, malformed or unsafe; the text says which and what to do."""


class DatabaseRevisionError(ConfigurationError):
    """The database is not at the revision this version needs; the text names the command to run."""


class UserFacingError(PupilTrackError):
    """Its text may be shown to the person as it stands; it never holds personal data."""


class NotSignedIn(UserFacingError):
    """There is no live session: never was, expired, revoked, or the account is not active."""


class SignInRefused(UserFacingError):
    """Name, password or second step is wrong, or the account may not sign in; never says which."""


class TooManyAttempts(UserFacingError):
    """The caller must wait; `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class WorkNeeded(UserFacingError):
    """The browser must send a proof of work with the form, and sent none, or one too old."""


class AccessDenied(UserFacingError):
    """The role may not do this. What is out of scope raises `NotFound`, to reveal nothing."""


class NotFound(UserFacingError):
    """No such object, or none the person may know of."""


class InvalidEntry(UserFacingError):
    """A value is not allowed where it was entered; nothing was changed."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class Conflict(UserFacingError):
    """Someone else changed it first; of one value `yours` and `theirs` are kept to choose from."""

    def __init__(
        self,
        message: str,
        *,
        yours: str | None = None,
        theirs: str | None = None,
        version: int = 0,
    ) -> None:
        super().__init__(message)
        self.yours = yours
        self.theirs = theirs
        self.version = version


class StorageUnavailable(UserFacingError):
    """The database is locked, unreachable or full; nothing was changed, try again."""


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """One fault in an import file. `row` counts from 1 as spreadsheets do; None is the file.

    `blocking` is False for a warning: the row can be accepted all the same.
    """

    file: str
    row: int | None
    column: str | None
    value: str | None
    reason: str
    blocking: bool = True


class ImportFileError(UserFacingError):
    """The file as a whole cannot be read; `problems` says why. Nothing was changed."""

    def __init__(self, message: str, problems: tuple[ImportProblem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems
