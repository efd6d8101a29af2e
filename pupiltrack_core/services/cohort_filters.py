"""Which characteristics a person may choose pupils by."""

from __future__ import annotations

from pupiltrack_core import access
from pupiltrack_core.access import Action, Principal, SchoolScope
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.errors import AccessDenied

# Choosing pupils by it shows who they are, so it needs the right to see it.
_NEEDED = {Characteristic.LOOKED_AFTER: Action.SEE_LOOKED_AFTER}


def offered_filters(
    principal: Principal, school: SchoolScope | None = None
) -> frozenset[Characteristic]:
    """Return the characteristics the person may choose pupils by at `school`.

    Without a school: those they may choose by somewhere, to be offered before a place is chosen.
    """
    return frozenset(
        item
        for item in Characteristic
        if item not in _NEEDED
        or (
            _may_somewhere(principal, _NEEDED[item])
            if school is None
            else access.may(principal, _NEEDED[item], school)
        )
    )


def require_filters(
    principal: Principal, selection: CohortSelection, school: SchoolScope | None = None
) -> None:
    """Raise `AccessDenied` for a cohort chosen by what the person may not see there.

    `school` is the selection's; without it, or with another, no role counts. A selection of a whole
    local authority is judged by the roles over it.
    """
    for characteristic, _ in selection.characteristics:
        action = _NEEDED.get(characteristic)
        if action is not None and not _may_at(principal, action, selection, school):
            raise AccessDenied(
                "Your role does not let you choose pupils by this. Nothing was changed. "
                "Press Reset to see the cohort without it."
            )


def _may_at(
    principal: Principal, action: Action, selection: CohortSelection, school: SchoolScope | None
) -> bool:
    if selection.school_id is None:
        authority = selection.local_authority_id
        return authority is not None and access.may_over_authority(principal, action, authority)
    if school is None or school.school_id != selection.school_id:
        return False
    return access.may(principal, action, school)


def _may_somewhere(principal: Principal, action: Action) -> bool:
    by_role = any(action in access.GRANTS[membership.role] for membership in principal.memberships)
    return by_role or any(action == named for _, named in principal.named)
