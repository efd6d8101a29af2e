"""Nobody finds out who is looked after by choosing pupils by it."""

from __future__ import annotations

import pytest

from pupiltrack_core.access import GRANTS, Action, Membership, Principal, Role
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.errors import AccessDenied
from pupiltrack_core.services.assessments import load_grid
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.cohort_filters import offered_filters, require_filters
from pupiltrack_core.services.reports import full_report, venn_report
from pupiltrack_core.storage.engine import Database
from tests.builders import make_authority, make_school

LOOKED_AFTER = ((Characteristic.LOOKED_AFTER, "Y"),)


@pytest.mark.parametrize("role", list(Role))
def test_no_role_may_choose_by_looked_after(role: Role) -> None:
    principal = Principal(1, 1, "u", "U", (Membership(role, 1),))
    assert Action.SEE_LOOKED_AFTER not in GRANTS[role]
    assert set(Characteristic) - offered_filters(principal) == {Characteristic.LOOKED_AFTER}
    with pytest.raises(AccessDenied, match="Nothing was changed"):
        require_filters(principal, CohortSelection(2025, school_id=1, characteristics=LOOKED_AFTER))


def test_services_refuse_a_cohort_chosen_by_looked_after(sqlite_database: Database) -> None:
    authority = make_authority(sqlite_database)
    school = make_school(sqlite_database, local_authority_id=authority)
    caller = Caller.for_operator(sqlite_database)
    chosen = CohortSelection(2025, school_id=school, characteristics=LOOKED_AFTER)
    everyone = CohortSelection(2025, local_authority_id=authority, characteristics=LOOKED_AFTER)
    for attempt in (
        lambda: full_report(caller, chosen),
        lambda: full_report(caller, everyone),
        lambda: venn_report(caller, chosen),
        lambda: load_grid(caller, chosen, []),
    ):
        with pytest.raises(AccessDenied):
            attempt()
