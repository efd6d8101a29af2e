"""Inviting somebody to an account: a link by e-mail, behind which they choose a password."""

from __future__ import annotations

from pupiltrack_core.access import Place, Role
from pupiltrack_core.services.account_letters import letter_of_invitation
from pupiltrack_core.services.caller import Work
from pupiltrack_core.services.one_use_links import LinkPurpose, new_link, withdraw_links
from pupiltrack_core.storage.accounts import find_name_of_place
from pupiltrack_core.storage.models import UserAccount
from pupiltrack_core.storage.outgoing_mail import add_mail

INVITED = "person invited"


def send_invitation(
    work: Work, user: UserAccount, place: Place, *, role: Role, portal: str
) -> None:
    """Queue the message, in the caller's transaction; links sent before stop working."""
    withdraw_links(work.session, user.id, LinkPurpose.INVITATION, at=work.now)
    link = new_link(work.session, LinkPurpose.INVITATION, user_id=user.id, at=work.now)
    name = find_name_of_place(work.session, place)
    letter = letter_of_invitation(user, name, role.in_words, f"{portal}/choose-password/{link}")
    add_mail(work.session, letter, user_id=user.id, at=work.now)
    work.audit(
        INVITED,
        school_id=place.school_id,
        local_authority_id=place.local_authority_id,
        of_user=user.id,
        role=str(role),
    )
