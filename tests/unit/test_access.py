from __future__ import annotations

from dataclasses import replace

import pytest

from pupiltrack_core.access import (
    GRANTS,
    LA_ROLES,
    SCHOOL_ROLES,
    Action,
    Membership,
    Page,
    Place,
    Principal,
    Role,
    SchoolScope,
    may,
    may_at,
    may_open,
    may_over_authority,
    pages_for,
    reaches,
    require,
    require_over_authority,
)
from pupiltrack_core.errors import AccessDenied, NotFound

OWN = SchoolScope(school_id=1, local_authority_id=10)
NEIGHBOUR = SchoolScope(school_id=2, local_authority_id=10)
ELSEWHERE = SchoolScope(school_id=3, local_authority_id=20)

READ = {Action.SEE_PUPILS, Action.SEE_ASSESSMENTS, Action.SEE_REPORTS, Action.EXPORT}
TEACH = READ | {Action.RECORD_JUDGEMENTS, Action.MANAGE_ASSESSMENTS}
RUN = TEACH | {
    Action.IMPORT_PUPILS,
    Action.EDIT_PUPILS,
    Action.MAINTAIN_SCHOOL,
    Action.SEE_SCHOOL_DETAILS,
    Action.CHANGE_SCHOOL_DETAILS,
    Action.SEE_ACTIVITY,
}
# Written out once more: a change of the rules must be made in two places on purpose.
EXPECTED = {
    Role.TEACHER: TEACH,
    Role.HEAD: RUN
    | {
        Action.SEE_FIGURES,
        Action.MANAGE_PEOPLE,
        Action.KEEP_DUTIES,
        Action.NAME_PEOPLE,
        Action.NAME_PEOPLE,
    },
    Role.DATA_MANAGER: RUN,
    Role.GOVERNOR: {Action.SEE_FIGURES},
    Role.LA_ADVISER: READ | {Action.SEE_ALL_SCHOOLS, Action.SEE_SCHOOL_DETAILS},
    Role.LA_ANALYST: READ | {Action.SEE_ALL_SCHOOLS, Action.SEE_SCHOOL_DETAILS},
    Role.LA_ADMIN: READ
    | {
        Action.SEE_ALL_SCHOOLS,
        Action.SEE_SCHOOL_DETAILS,
        Action.CHANGE_SCHOOL_DETAILS,
        Action.PUBLISH_NEWS,
        Action.LOAD_RECEPTION,
        Action.MAINTAIN_AUTHORITY,
        Action.SEE_ACTIVITY,
        Action.RESTORE_ARCHIVED,
        Action.DECIDE_TRANSFERS,
        Action.MANAGE_PEOPLE,
        Action.APPROVE_ACCOUNTS,
        Action.KEEP_DUTIES,
    },
}
SCHOOL_PAGES = {
    Page.HOME,
    Page.ASSESSMENTS,
    Page.PUPILS,
    Page.SUBMISSIONS,
    Page.FULL_REPORT,
    Page.MATRIX,
    Page.TRANSITION,
    Page.VENN,
    Page.MEETINGS,
    Page.SUPPORT,
}
PAGES = {
    Role.TEACHER: SCHOOL_PAGES,
    Role.GOVERNOR: {Page.HOME, Page.FIGURES, Page.SUPPORT},
    Role.HEAD: SCHOOL_PAGES
    | {Page.FIGURES, Page.MAINTENANCE, Page.ACCOUNTS, Page.ACTIVITY, Page.DUTIES},
    Role.DATA_MANAGER: SCHOOL_PAGES | {Page.MAINTENANCE, Page.ACTIVITY},
    Role.LA_ADVISER: SCHOOL_PAGES | {Page.SCHOOLS},
    Role.LA_ANALYST: SCHOOL_PAGES | {Page.SCHOOLS},
    Role.LA_ADMIN: SCHOOL_PAGES
    | {Page.SCHOOLS, Page.MAINTENANCE, Page.ACCOUNTS, Page.ACTIVITY, Page.DUTIES},
}


def principal(*memberships: Membership) -> Principal:
    return Principal(
        user_id=1,
        session_id=1,
        user_name="someone",
        display_name="Someone",
        memberships=memberships,
    )


def member(role: Role) -> Membership:
    return Membership(role, 10, school_id=1 if role in SCHOOL_ROLES else None)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_may_for_every_role_action_and_school(role: Role, action: Action) -> None:
    person = principal(member(role))
    granted = action in EXPECTED[role]
    assert may(person, action, OWN) is granted
    assert may(person, action, NEIGHBOUR) is (granted and role in LA_ROLES)
    assert may(person, action, ELSEWHERE) is False
    assert may_over_authority(person, action, 10) is (granted and role in LA_ROLES)
    assert may_over_authority(person, action, 20) is False


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_require_for_every_role_action_and_school(role: Role, action: Action) -> None:
    person = principal(member(role))
    if action in EXPECTED[role]:
        require(person, action, OWN)
    else:
        with pytest.raises(AccessDenied, match="Nothing was changed"):
            require(person, action, OWN)
    with pytest.raises(NotFound):
        require(person, action, ELSEWHERE)


@pytest.mark.parametrize("role", Role)
def test_may_what_a_person_was_named_for_at_that_school_alone(role: Role) -> None:
    named = frozenset({(1, Action.SEE_LOOKED_AFTER), (3, Action.SEE_LOOKED_AFTER)})
    person = replace(principal(member(role)), named=named)
    assert may(person, Action.SEE_LOOKED_AFTER, OWN) is (Action.SEE_PUPILS in EXPECTED[role])
    assert not may(person, Action.SEE_LOOKED_AFTER, NEIGHBOUR)
    assert not may(person, Action.SEE_LOOKED_AFTER, ELSEWHERE)
    assert not may_over_authority(person, Action.SEE_LOOKED_AFTER, 10)


def test_may_what_nobody_can_be_named_for_by_role_alone() -> None:
    person = replace(
        principal(member(Role.TEACHER)), named=frozenset({(1, Action.MAINTAIN_SCHOOL)})
    )
    assert not may(person, Action.MAINTAIN_SCHOOL, OWN)


@pytest.mark.parametrize("role", sorted(SCHOOL_ROLES))
def test_require_does_not_tell_a_neighbour_from_no_school(role: Role) -> None:
    person = principal(member(role))
    messages = set()
    for scope in (NEIGHBOUR, ELSEWHERE):
        with pytest.raises(NotFound) as caught:
            require(person, Action.SEE_PUPILS, scope)
        messages.add(str(caught.value))
    assert len(messages) == 1


def test_a_school_id_of_another_authority_is_out_of_reach() -> None:
    # the same school number under another authority is never covered
    person = principal(Membership(Role.HEAD, 20, school_id=1))
    assert not reaches(person, OWN)


def test_may_at_a_school_or_over_an_authority() -> None:
    admin, head = principal(member(Role.LA_ADMIN)), principal(member(Role.HEAD))
    school, office = member(Role.HEAD).place, member(Role.LA_ADMIN).place
    assert (school, office) == (Place(10, 1), Place(10))
    for place in (school, office):
        assert may_at(admin, Action.MANAGE_PEOPLE, place)
        assert may_at(head, Action.MANAGE_PEOPLE, place) is (place == school)


def test_role_in_words_keeps_what_is_short_for_local_authority() -> None:
    assert (Role.LA_ADVISER.in_words, Role.DATA_MANAGER.in_words) == ("LA adviser", "data manager")


def test_require_over_authority() -> None:
    adviser = principal(Membership(Role.LA_ADVISER, 10))
    require_over_authority(adviser, Action.SEE_ALL_SCHOOLS, 10)
    with pytest.raises(AccessDenied):
        require_over_authority(adviser, Action.PUBLISH_NEWS, 10)
    with pytest.raises(NotFound):
        require_over_authority(adviser, Action.SEE_ALL_SCHOOLS, 20)
    with pytest.raises(NotFound):
        require_over_authority(principal(member(Role.HEAD)), Action.SEE_ALL_SCHOOLS, 10)


def test_roles_add_up_but_do_not_spread() -> None:
    # a teacher here and a head next door may not run this school
    person = principal(Membership(Role.TEACHER, 10, 1), Membership(Role.HEAD, 10, 2))
    assert may(person, Action.EDIT_PUPILS, NEIGHBOUR)
    assert not may(person, Action.EDIT_PUPILS, OWN)
    assert person.school_ids == (1, 2)
    assert person.local_authority_ids == ()
    assert not person.is_local_authority


def test_classes_at_a_school_are_all_of_a_teachers_there() -> None:
    person = principal(
        Membership(Role.TEACHER, 10, 1, ("4A", "4B")),
        Membership(Role.TEACHER, 10, 2, ("Elm",)),
        Membership(Role.LA_ADVISER, 10),
    )
    assert [person.classes_at(school) for school in (1, 2, 3)] == [{"4A", "4B"}, {"Elm"}, set()]


def test_principal_of_a_local_authority() -> None:
    person = principal(Membership(Role.LA_ADMIN, 10), Membership(Role.LA_ANALYST, 10))
    assert person.local_authority_ids == (10,)
    assert person.school_ids == ()
    assert person.is_local_authority


@pytest.mark.parametrize("role", Role)
def test_pages_for_every_role(role: Role) -> None:
    person = principal(member(role))
    assert set(pages_for(person)) == PAGES[role]
    assert {page for page in Page if may_open(person, page)} == PAGES[role]
    assert list(pages_for(person)) == [page for page in Page if page in PAGES[role]]


def test_someone_without_a_role_opens_home_and_support_only() -> None:
    assert pages_for(principal()) == (Page.HOME, Page.SUPPORT)
    assert not reaches(principal(), OWN)


def test_roles_and_pages_have_words() -> None:
    assert set(GRANTS) == set(Role) == SCHOOL_ROLES | LA_ROLES
    assert not SCHOOL_ROLES & LA_ROLES
    assert len({role.label for role in Role}) == len(Role)
    assert len({page.heading for page in Page}) == len(Page)
