"""A school's details, how it is reached, and the logo at the head of its reports.

Name, numbers, phase and type are the register's: a school reads them here and changes none.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from pupiltrack_core.access import Action, Place, may_at
from pupiltrack_core.domain.contact_details import MAX_EMAIL, MAX_PHONE
from pupiltrack_core.errors import Conflict
from pupiltrack_core.interchange.logo_images import MAX_BYTES, MEDIA_TYPE, read_logo
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.entered_contacts import (
    required_email,
    required_phone,
    required_postcode,
)
from pupiltrack_core.services.entered_names import tidy_name, tidy_text
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.school_profiles import find_logo, put_logo, remove_logo
from pupiltrack_core.storage.school_settings import lock_school

DETAILS_SAVED = "school details saved"
LOGO_SAVED, LOGO_REMOVED = "logo saved", "logo removed"
MAX_HEAD, MAX_ADDRESS, MAX_POSTCODE = 120, 300, 10
MAX_LOGO_MB = MAX_BYTES // 1024**2
_UNDONE = "Nothing was saved."


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """How a school is reached; "" for what is not known. `address` may have lines."""

    head_name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    postcode: str = ""


@dataclass(frozen=True, slots=True)
class SchoolDetails:
    """What the register says of a school, and how it is reached.

    `may_change` says whether the reader may change how it is reached.
    """

    school_id: int
    name: str
    laestab: str
    urn: str
    phase: str
    school_type: str
    contact: ContactDetails
    may_change: bool


@dataclass(frozen=True, slots=True)
class SchoolLogo:
    """A PNG picture and whose it is; width and height are in pixels."""

    school_name: str
    content: bytes = field(repr=False)
    width: int
    height: int

    @property
    def alt(self) -> str:
        """What is said in place of the picture."""
        return f"Logo of {self.school_name}"


def school_details(caller: Caller, school_id: int) -> SchoolDetails:
    """Return a school's details. Raises NotFound, AccessDenied and NotSignedIn."""
    with caller.begin() as work:
        return _details(work, work.require(Action.SEE_SCHOOL_DETAILS, school_id))


def save_contact_details(
    caller: Caller, school_id: int, entered: ContactDetails, *, shown: ContactDetails
) -> SchoolDetails:
    """Save how the school is reached and return its details as they are now.

    `shown` are the details the person saw. Raises InvalidEntry, naming the field, for one too long
    or not of its form; Conflict when they were changed since they were shown; NotFound,
    AccessDenied and NotSignedIn. Nothing is saved then.
    """
    wanted = _tidy(entered)
    with caller.begin(write=True, act=True) as work:
        work.require(Action.CHANGE_SCHOOL_DETAILS, school_id)
        school = lock_school(work.session, school_id)
        held = _contact(school)
        if held != shown:
            raise _conflict(held, shown)
        changed = [one.name for one in fields(held) if _of(held, one.name) != _of(wanted, one.name)]
        for name in changed:
            setattr(school, name, _of(wanted, name) or None)
        if changed:
            work.audit(DETAILS_SAVED, school_id=school_id, fields=changed)
        work.commit()
        return _details(work, school)


def school_logo(caller: Caller, school_id: int) -> SchoolLogo | None:
    """Return the school's logo for whoever has a role there or over it; None where it has none.

    Raises NotFound and NotSignedIn.
    """
    with caller.begin() as work:
        school = work.school(school_id)
        held = find_logo(work.session, school_id)
        if held is None:
            return None
        return SchoolLogo(school.name, held.content, held.width, held.height)


def save_logo(caller: Caller, school_id: int, content: bytes) -> None:
    """Keep the picture of a PNG or JPEG file as the school's logo, in place of any before.

    Of two people at once the later one's stays. Raises InvalidEntry for what cannot be a logo,
    NotFound, AccessDenied and NotSignedIn; the logo is then left as it was.
    """
    with caller.begin() as work:  # before a stranger's file is unpacked
        work.require(Action.MAINTAIN_SCHOOL, school_id)
    logo = read_logo(content)
    with caller.begin(write=True, act=True) as work:
        work.require(Action.MAINTAIN_SCHOOL, school_id)
        lock_school(work.session, school_id)
        put_logo(
            work.session,
            school_id,
            content=logo.content,
            media_type=MEDIA_TYPE,
            size=(logo.width, logo.height),
            saved_at=work.now,
            saved_by=work.user_id,
        )
        work.audit(LOGO_SAVED, school_id=school_id, width=logo.width, height=logo.height)
        work.commit()


def take_logo_away(caller: Caller, school_id: int) -> None:
    """Remove the school's logo, if it has one. Raises NotFound, AccessDenied and NotSignedIn."""
    with caller.begin(write=True, act=True) as work:
        work.require(Action.MAINTAIN_SCHOOL, school_id)
        lock_school(work.session, school_id)
        if remove_logo(work.session, school_id):
            work.audit(LOGO_REMOVED, school_id=school_id)
        work.commit()


def _details(work: Work, school: School) -> SchoolDetails:
    place = Place(school.local_authority_id, school.id)
    return SchoolDetails(
        school_id=school.id,
        name=school.name,
        laestab=f"{school.laestab[:3]}/{school.laestab[3:]}",
        urn=school.urn or "",
        phase=school.phase,
        school_type=school.school_type,
        contact=_contact(school),
        may_change=may_at(work.principal, Action.CHANGE_SCHOOL_DETAILS, place),
    )


def _contact(school: School) -> ContactDetails:
    return ContactDetails(
        head_name=school.head_name or "",
        phone=school.phone or "",
        email=school.email or "",
        address=school.address or "",
        postcode=school.postcode or "",
    )


def _of(contact: ContactDetails, name: str) -> str:
    return str(getattr(contact, name))


def _tidy(entered: ContactDetails) -> ContactDetails:
    phone = tidy_name(entered.phone, field="phone", longest=MAX_PHONE, undone=_UNDONE)
    email = tidy_name(entered.email, field="email", longest=MAX_EMAIL, undone=_UNDONE)
    postcode = tidy_name(entered.postcode, field="postcode", longest=MAX_POSTCODE, undone=_UNDONE)
    return ContactDetails(
        head_name=tidy_name(entered.head_name, field="head_name", longest=MAX_HEAD, undone=_UNDONE),
        phone=required_phone(phone, field="phone", undone=_UNDONE) if phone else "",
        email=required_email(email, field="email", undone=_UNDONE) if email else "",
        address=tidy_text(entered.address, field="address", longest=MAX_ADDRESS, undone=_UNDONE),
        postcode=required_postcode(postcode, field="postcode", undone=_UNDONE) if postcode else "",
    )


def _conflict(held: ContactDetails, shown: ContactDetails) -> Conflict:
    differing = [
        _of(held, one.name) or "nothing"
        for one in fields(held)
        if _of(held, one.name) != _of(shown, one.name)
    ]
    return Conflict(
        "Someone else changed these details after they were shown to you. Nothing was saved; what "
        "you entered is still here. Save again to keep yours.",
        yours=None,
        theirs="; ".join(differing),
        version=0,
    )
