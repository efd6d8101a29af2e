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


def letter_to_confirm_registration(user: UserAccount, school: str, link: str) -> Letter:
    """Return the letter whose link shows that an applicant reads the address they gave."""
    return _letter(
        user,
        "confirm registration",
        "Confirm your request for a PupilTrack account",
        f"An account was asked for with this address, for the head of {school}. Your user name is "
        f"{user.user_name}; keep it.\n\n"
        "Open this link within two days and enter the password you chose. Your request then goes "
        "to the local authority:\n\n"
        f"{link}\n\n"
        "If you asked for no account, leave it: none is made then.",
    )


def letter_about_a_known_address(user: UserAccount) -> Letter:
    """Return the letter to somebody who asks for an account and has one, or has asked already."""
    return _letter(
        user,
        "known address",
        "You asked for a PupilTrack account",
        "An account was asked for with this address. There is one already, or a request that the "
        f"local authority has not decided yet; its user name is {user.user_name}.\n\n"
        "If you forgot the password, ask for a link on the sign-in page, under Forgotten your "
        "password. If it was not you who asked, there is nothing to do.",
    )


def letter_about_a_request_received(user: UserAccount, school: str) -> Letter:
    """Return the letter to an applicant whose request is now with the local authority."""
    return _letter(
        user,
        "request received",
        "Your request for a PupilTrack account",
        f"Your request for an account as head of {school} is with the local authority. It aims to "
        "decide within 24 hours on working days; please allow 48 before you ask. You will be told "
        f"by e-mail. Your user name is {user.user_name}.",
    )


def letter_about_a_request_to_decide(*, address: str, name: str, school: str, link: str) -> Letter:
    """Return the letter to a local authority about somebody who waits for it."""
    body = (
        f"Dear {name},\n\n"
        f"Somebody asks for an account at {school}. Requests are answered within 48 hours; this "
        f"one waits under Accounts:\n\n{link}\n\nPupilTrack sent this message by itself.\n"
    )
    return Letter("request to decide", address, "A request for a PupilTrack account", body)


def letter_about_approval(user: UserAccount, school: str, link: str) -> Letter:
    """Return the letter to an applicant who may now sign in."""
    return _letter(
        user,
        "request approved",
        "Your PupilTrack account is ready",
        f"The local authority has approved your account at {school}. Sign in as {user.user_name} "
        f"with the password you chose:\n\n{link}\n\n"
        "At the first sign-in you choose a second step, which protects the children's data if "
        "somebody learns your password.",
    )


def letter_about_rejection(user: UserAccount, school: str, reason: str) -> Letter:
    """Return the letter to an applicant who gets no account, and why."""
    return _letter(
        user,
        "request rejected",
        "Your request for a PupilTrack account",
        f"The local authority has not approved an account for you at {school}. Its reason:\n\n"
        f"{reason}\n\n"
        "If something was mistaken, you can ask again or write to the local authority.",
    )


def letter_about_a_decision(asker: UserAccount, school: str, decision: str) -> Letter:
    """Return the letter to the head who asked for somebody else's account."""
    return _letter(
        asker,
        "request decided",
        "An account you asked for",
        f"The local authority has decided on an account you asked for at {school}: {decision}\n\n"
        "Look under Accounts to see who has one.",
    )


def letter_of_invitation(user: UserAccount, place: str, role: str, link: str) -> Letter:
    """Return the letter with which a person begins to use their account."""
    return _letter(
        user,
        "invitation",
        f"Your PupilTrack account at {place}",
        f"{place} has given you an account as {role}. Your user name is {user.user_name}.\n\n"
        "Open this link within seven days to choose a password; it works once. At the first "
        f"sign-in you choose a second step:\n\n{link}",
    )


def letter_about_another_place(user: UserAccount, place: str, role: str) -> Letter:
    """Return the letter to somebody whose account is now good for another school, or authority."""
    return _letter(
        user,
        "another place",
        f"Your PupilTrack account is now good for {place} too",
        f"You now also have access to {place}, as {role}, with the account you have. If you do "
        "not work there, tell whoever looks after accounts at your school or local authority.",
    )


def letter_about_a_role(user: UserAccount, place: str, role: str) -> Letter:
    """Return the letter to somebody whose role at a place was changed."""
    return _letter(
        user,
        "role changed",
        "Your role in PupilTrack was changed",
        f"At {place} you now work as {role}. If that is not right, tell whoever looks after "
        "accounts there.",
    )


def letter_about_access_ended(user: UserAccount, place: str) -> Letter:
    """Return the letter to somebody who has no access to a place any more."""
    return _letter(
        user,
        "access ended",
        "Your access to PupilTrack has ended",
        f"Your access to {place} was ended. If you still work there, ask whoever looks after "
        "accounts there.",
    )


def letter_about_access_returned(user: UserAccount, place: str) -> Letter:
    """Return the letter to somebody who may sign in again."""
    return _letter(
        user,
        "access returned",
        "You have access to PupilTrack again",
        f"You have access to {place} again. You sign in as before, as {user.user_name}.",
    )


def letter_about_unlocking(user: UserAccount) -> Letter:
    """Return the letter to somebody whose account was locked and no longer is."""
    return _letter(
        user,
        "unlocked",
        "Your PupilTrack account is unlocked",
        "Your account is no longer locked: you can sign in again. If you did not ask for that, "
        "tell whoever looks after accounts at your school or local authority.",
    )


def letter_about_a_second_step(user: UserAccount, what: str) -> Letter:
    """Return the letter about a second step that was set up or removed; `what` is a sentence."""
    return _letter(
        user,
        "second step changed",
        "Your second step for PupilTrack was changed",
        f"{what}\n\n"
        "If it was not you, sign out everywhere else and choose a new password under My account, "
        "and tell whoever looks after accounts at your school or local authority at once.",
    )


def letter_about_a_second_step_taken_back(user: UserAccount) -> Letter:
    """Return the letter about a second step that somebody else has reset."""
    return _letter(
        user,
        "second step reset",
        "Choose your second step for PupilTrack anew",
        "The second step of your account was reset by whoever looks after accounts at your school "
        "or local authority. After your next sign-in you choose a new one.\n\n"
        "If you did not ask for that, tell them at once.",
    )


def letter_about_unusual_use(told: UserAccount, person: str, what: str) -> Letter:
    """Return the letter to whoever answers for the data when somebody reads or takes very much.

    `what` goes on after the person's name; it names no pupil.
    """
    return _letter(
        told,
        "unusual use",
        "Unusual use of PupilTrack",
        f"{person} {what}. That is far more than is usual, so the next file is made for them only "
        "after they have signed in again.\n\n"
        "Ask them whether it was they, and what it was for. Under Activity you see everything that "
        "was done with the account. If it was not they, have the account disabled at once, and "
        "write the matter down under Data protection, Breaches.",
    )


def letter_about_guessing(told: UserAccount, *, names: int, minutes: int) -> Letter:
    """Return the letter to an administrator while somebody guesses at many accounts."""
    return _letter(
        told,
        "guessing",
        "Passwords are being guessed at PupilTrack",
        f"Within {minutes} minutes somebody tried to sign in with {names} different names and got "
        "in with none of them. That is far more than is usual: somebody is probably trying a list "
        "of names, or of passwords from elsewhere.\n\n"
        "No account was locked for it. Until it stops, a browser that an account does not know "
        "must do a small calculation at each sign-in, which makes guessing dear; people see a "
        "line that says so, and wait a moment.\n\n"
        "There is nothing you must do. If anyone tells you of a sign-in that was not theirs, have "
        "the account disabled at once, and write the matter down under Data protection, Breaches. "
        "If it goes on, you get one such message an hour.",
    )


def _letter(
    user: UserAccount, kind: str, subject: str, text: str, *, to: str | None = None
) -> Letter:
    address = to or user.email
    if address is None:
        raise ValueError("There is no address to send a letter to.")
    body = f"Dear {user.display_name},\n\n{text}\n\nPupilTrack sent this message by itself.\n"
    return Letter(kind, address, subject, body)
