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


def letter_about_a_new_device(user: UserAccount, label: str) -> Letter:
    """Return the letter about a sign-in with a browser that is not known."""
    return _letter(
        user,
        "new device",
        "Your PupilTrack account was used on a new device",
        f"Somebody signed in to your account with a browser that it does not know: {label}.\n\n"
        "If that was you, there is nothing to do. If it was not, choose a new password under "
        "My account, and tell whoever looks after accounts at your school or local authority.",
    )


def letter_about_a_new_password(user: UserAccount) -> Letter:
    """Return the letter about a password that was changed."""
    return _letter(
        user,
        "password changed",
        "Your PupilTrack password was changed",
        "The password of your account was changed, and you were signed out everywhere else.\n\n"
        "If it was not you, tell whoever looks after accounts at your school or local authority "
        "at once.",
    )


def letter_to_confirm_address(user: UserAccount, address: str, link: str) -> Letter:
    """Return the letter to a new address, whose link shows that it is the person's own."""
    return _letter(
        user,
        "confirm address",
        "Confirm your new e-mail address for PupilTrack",
        "Open this link within a day to confirm that this address is yours:\n\n"
        f"{link}\n\n"
        "If you did not ask for it, leave it: nothing changes then.",
        to=address,
    )


def letter_to_give_up_address(user: UserAccount, link: str) -> Letter:
    """Return the letter to the old address, whose owner must agree to the new one."""
    return _letter(
        user,
        "give up address",
        "Your e-mail address for PupilTrack is to be changed",
        "Somebody signed in as you asked for messages to go to another address. Open this link "
        "within a day to agree:\n\n"
        f"{link}\n\n"
        "If it was not you, do not open the link. Choose a new password under My account, and "
        "tell whoever looks after accounts at your school or local authority.",
    )


def letter_to_choose_a_password(user: UserAccount, link: str) -> Letter:
    """Return the letter with the link to choose a new password."""
    return _letter(
        user,
        "password link",
        "Choose a new password for PupilTrack",
        "Somebody asked for a link to choose a new password for your account. It works once, "
        "within an hour:\n\n"
        f"{link}\n\n"
        "If it was not you, leave it: your password stays as it is.",
    )


def _letter(
    user: UserAccount, kind: str, subject: str, text: str, *, to: str | None = None
) -> Letter:
    address = to or user.email
    if address is None:
        raise ValueError("There is no address to send a letter to.")
    body = f"Dear {user.display_name},\n\n{text}\n\nPupilTrack sent this message by itself.\n"
    return Letter(kind, address, subject, body)
