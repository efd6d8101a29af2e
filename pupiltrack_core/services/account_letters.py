"""What people are told about their accounts by e-mail. Never a password, a code or a pupil."""

from __future__ import annotations

from pupiltrack_core.storage.models import UserAccount
from pupiltrack_core.storage.outgoing_mail import Letter


def letter_about_locking(user: UserAccount) -> Letter:
    """Return the letter to the owner of an account that has just been locked."""
    return _letter(
        user,
        "locked",
        "Your PupilTrack account was locked",
        "Your account was locked because the second step of signing in was answered wrongly too "
        "often, after your password had been given.\n\n"
        "If that was you, ask whoever looks after accounts at your school or local authority to "
        "unlock it. If it was not you, somebody knows your password: tell them so, and choose a "
        "new password as soon as the account is unlocked.",
    )


def _letter(user: UserAccount, kind: str, subject: str, text: str) -> Letter:
    if user.email is None:
        raise ValueError("There is no address to send a letter to.")
    body = f"Dear {user.display_name},\n\n{text}\n\nPupilTrack sent this message by itself.\n"
    return Letter(kind, user.email, subject, body)
