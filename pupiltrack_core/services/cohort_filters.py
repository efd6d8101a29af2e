"""Which characteristics a person may choose pupils by."""

from __future__ import annotations

from pupiltrack_core.access import GRANTS, Action, Principal
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.errors import AccessDenied

# Choosing pupils by it shows who they are, so it needs the right to see it.
_NEEDED = {Characteristic.LOOKED_AFTER: Action.SEE_LOOKED_AFTER}


def offered_filters(principal: Principal) -> frozenset[Characteristic]:
    """Return the characteristics the person may choose pupils by."""
    granted = {action for membership in principal.memberships for action in GRANTS[membership.role]}
    return frozenset(
        item for item in Characteristic if item not in _NEEDED or _NEEDED[item] in granted
    )


def require_filters(principal: Principal, selection: CohortSelection) -> None:
    """Raise `AccessDenied` for a cohort chosen by what the person may not see."""
    offered = offered_filters(principal)
    for characteristic, _ in selection.characteristics:
        if characteristic not in offered:
            raise AccessDenied(
                "Your role does not let you choose pupils by this. Nothing was changed. "
                "Press Reset to see the cohort without it."
            )
