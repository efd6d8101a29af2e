"""Nobody finds out who is looked after by choosing pupils by it."""

from __future__ import annotations

import pytest

from pupiltrack_core.access import GRANTS, Action, Membership, Principal, Role, SchoolScope
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.errors import AccessDenied
from pupiltrack_core.services.assessment_grid import load_grid
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.cohort_filters import offered_filters, require_filters
from pupiltrack_core.services.reports import full_report
from pupiltrack_core.services.venn_reports import venn_report
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


@pytest.fixture
def heads_see_looked_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if somebody had named headteachers and LA administrators for it."""
    for role in (Role.HEAD, Role.LA_ADMIN):
        monkeypatch.setitem(GRANTS, role, GRANTS[role] | {Action.SEE_LOOKED_AFTER})


def may_choose(principal: Principal, scope: SchoolScope | None = None, **place: int) -> bool:
    try:
        selection = CohortSelection(2025, characteristics=LOOKED_AFTER, **place)
        require_filters(principal, selection, scope)
    except AccessDenied:
        return False
    return True


@pytest.mark.usefixtures("heads_see_looked_after")
def test_require_filters_a_role_counts_where_it_is_held() -> None:
    both = (Membership(Role.HEAD, 1, 11), Membership(Role.TEACHER, 1, 12))
    principal = Principal(1, 1, "u", "U", both)
    assert may_choose(principal, SchoolScope(11, 1), school_id=11)
    assert not may_choose(principal, school_id=11)
    assert not may_choose(principal, SchoolScope(11, 1), school_id=12)
    assert not may_choose(principal, SchoolScope(12, 1), school_id=12)
    assert not may_choose(principal, school_id=12)
    assert not may_choose(principal, local_authority_id=1)
    assert Characteristic.LOOKED_AFTER in offered_filters(principal)
    assert Characteristic.LOOKED_AFTER in offered_filters(principal, SchoolScope(11, 1))
    assert Characteristic.LOOKED_AFTER not in offered_filters(principal, SchoolScope(12, 1))


@pytest.mark.usefixtures("heads_see_looked_after")
def test_require_filters_a_role_over_an_authority_counts_for_its_schools() -> None:
    roles = (Membership(Role.LA_ADMIN, 1), Membership(Role.LA_ADVISER, 2))
    principal = Principal(1, 1, "u", "U", roles)
    assert may_choose(principal, local_authority_id=1)
    assert not may_choose(principal, local_authority_id=2)
    assert may_choose(principal, SchoolScope(11, 1), school_id=11)
    assert not may_choose(principal, SchoolScope(21, 2), school_id=21)
