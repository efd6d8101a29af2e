"""Whom to ask: the contact a local authority gives its schools, and which PupilTrack this is."""

from __future__ import annotations

from dataclasses import dataclass, fields
from importlib.metadata import PackageNotFoundError, version

from pupiltrack_core.access import Action
from pupiltrack_core.domain.contact_details import MAX_EMAIL, MAX_PHONE
from pupiltrack_core.errors import Conflict
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.entered_contacts import required_email, required_phone
from pupiltrack_core.services.entered_names import tidy_name
from pupiltrack_core.storage.models import LocalAuthority
from pupiltrack_core.storage.school_profiles import find_authorities, lock_authority

CONTACT_SAVED = "support contact saved"
MAX_NAME = 120
_UNDONE = "Nothing was saved."


@dataclass(frozen=True, slots=True)
class AuthorityContact:
    """A person or team at the local authority, and how they are reached; "" for what is not set."""

    name: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class SupportContact:
    """The contact of one of the reader's local authorities, whose name is `place`."""

    place: str
    contact: AuthorityContact


def support_contacts(caller: Caller) -> tuple[SupportContact, ...]:
    """Return the contacts of the local authorities the person has a role in, by authority."""
    with caller.begin() as work:
        ids = {membership.local_authority_id for membership in work.principal.memberships}
        return tuple(
            SupportContact(held.name, _contact(held))
            for held in find_authorities(work.session, ids)
        )


def authority_contact(caller: Caller, local_authority_id: int) -> AuthorityContact:
    """Return the contact an authority gives. Raises NotFound, AccessDenied and NotSignedIn."""
    with caller.begin() as work:
        return _contact(work.require_over_authority(Action.MAINTAIN_AUTHORITY, local_authority_id))


def save_authority_contact(
    caller: Caller, local_authority_id: int, entered: AuthorityContact, *, shown: AuthorityContact
) -> AuthorityContact:
    """Save the contact and return it as it is now.

    Raises InvalidEntry, naming the field, for one too long or not of its form; Conflict when it was
    changed since it was `shown`; NotFound, AccessDenied and NotSignedIn. Nothing is saved then.
    """
    wanted = _tidy(entered)
    with caller.begin(write=True, act=True) as work:
        work.require_over_authority(Action.MAINTAIN_AUTHORITY, local_authority_id)
        row = lock_authority(work.session, local_authority_id)
        held = _contact(row)
        if held != shown:
            raise Conflict(
                "Someone else changed the contact after it was shown to you. Nothing was saved; "
                "what you entered is still here. Save again to keep yours.",
                yours=None,
                theirs="; ".join(text for text in (held.name, held.email, held.phone) if text),
                version=0,
            )
        if wanted != held:
            row.contact_name = wanted.name or None
            row.contact_email = wanted.email or None
            row.contact_phone = wanted.phone or None
            changed = [
                one.name
                for one in fields(held)
                if getattr(held, one.name) != getattr(wanted, one.name)
            ]
            work.audit(CONTACT_SAVED, local_authority_id=local_authority_id, fields=changed)
        work.commit()
    return wanted


def installed_version() -> str:
    """Return the version of PupilTrack that runs, such as "0.1.0"."""
    try:
        return version("pupiltrack")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "not known"


def _contact(held: LocalAuthority) -> AuthorityContact:
    return AuthorityContact(
        held.contact_name or "", held.contact_email or "", held.contact_phone or ""
    )


def _tidy(entered: AuthorityContact) -> AuthorityContact:
    email = tidy_name(entered.email, field="email", longest=MAX_EMAIL, undone=_UNDONE)
    phone = tidy_name(entered.phone, field="phone", longest=MAX_PHONE, undone=_UNDONE)
    return AuthorityContact(
        name=tidy_name(entered.name, field="name", longest=MAX_NAME, undone=_UNDONE),
        email=required_email(email, field="email", undone=_UNDONE) if email else "",
        phone=required_phone(phone, field="phone", undone=_UNDONE) if phone else "",
    )
