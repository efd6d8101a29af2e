"""Page tickets: once, for one page, for a minute, while the session lives."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from pupiltrack_core.access import Page, Role
from pupiltrack_core.errors import AccessDenied, NotSignedIn
from pupiltrack_core.services.accounts import (
    issue_page_ticket,
    redeem_page_ticket,
    session_for_token,
    sign_out,
)
from pupiltrack_core.services.sign_in_policy import SignInPolicy
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import PageTicket
from tests.integration.services.people import (
    Person,
    TurnableClock,
    audit_rows,
    make_person,
    run_all,
)


def test_redeem_page_ticket_names_the_session(head_teacher: Person) -> None:
    begun, clock = head_teacher.sign_in(), head_teacher.clock
    ticket = issue_page_ticket(head_teacher.database, begun.session_id, Page.VENN, clock.now)
    clock.turn(seconds=59)
    found = redeem_page_ticket(head_teacher.database, ticket, "venn", clock.now)
    assert found == begun.session_id


@pytest.mark.parametrize("spoil", ["used", "late", "other page", "unknown", "signed out", "idle"])
def test_redeem_page_ticket_refuses(head_teacher: Person, spoil: str) -> None:
    begun, clock, database = head_teacher.sign_in(), head_teacher.clock, head_teacher.database
    page = "venn"
    if spoil == "idle":
        clock.turn(minutes=59, seconds=30)
    ticket = issue_page_ticket(database, begun.session_id, page, clock.now)
    if spoil == "used":
        redeem_page_ticket(database, ticket, page, clock.now)
    elif spoil == "late":
        clock.turn(seconds=60)
    elif spoil == "other page":
        page = "pupils"
    elif spoil == "unknown":
        ticket = "x" * 43
    elif spoil == "signed out":
        sign_out(database, begun.token, clock.now)
    else:
        clock.turn(seconds=30)
    with pytest.raises(NotSignedIn):
        redeem_page_ticket(database, ticket, page, clock.now)


def test_redeem_page_ticket_raced_is_won_once(head_teacher: Person) -> None:
    begun, now, database = head_teacher.sign_in(), head_teacher.clock.now, head_teacher.database
    ticket = issue_page_ticket(database, begun.session_id, "venn", now)
    outcomes: list[str] = []

    def redeem() -> None:
        try:
            redeem_page_ticket(database, ticket, "venn", now)
            outcomes.append("won")
        except NotSignedIn:
            outcomes.append("lost")

    run_all([redeem] * 6)
    assert sorted(outcomes) == ["lost"] * 5 + ["won"]


@pytest.mark.parametrize("page", ["schools", "no-such-page"])
def test_redeem_page_ticket_for_a_page_of_others_is_audited(
    head_teacher: Person, page: str
) -> None:
    begun, now, database = head_teacher.sign_in(), head_teacher.clock.now, head_teacher.database
    ticket = issue_page_ticket(database, begun.session_id, page, now)
    with pytest.raises(AccessDenied):
        redeem_page_ticket(database, ticket, page, now)
    assert [entry.detail for entry in audit_rows(database, "access denied")] == [
        f'{{"page":"{page}"}}'
    ]
    with pytest.raises(NotSignedIn):
        redeem_page_ticket(database, ticket, page, now)


def test_redeem_page_ticket_of_a_half_done_session(
    database: Database, clock: TurnableClock, policy: SignInPolicy
) -> None:
    person = make_person(
        database, clock, policy, role=Role.LA_ADMIN, user_name="la.admin", second_step="code"
    )
    begun = person.sign_in()
    assert session_for_token(database, begun.token, clock.now) is None
    ticket = issue_page_ticket(database, begun.session_id, "home", clock.now)
    with pytest.raises(NotSignedIn):
        redeem_page_ticket(database, ticket, "home", clock.now)


def test_issue_page_ticket_clears_old_ones_and_stores_only_a_hash(head_teacher: Person) -> None:
    begun, clock, database = head_teacher.sign_in(), head_teacher.clock, head_teacher.database
    for _ in range(3):
        ticket = issue_page_ticket(database, begun.session_id, "venn", clock.now)
        clock.turn(seconds=61)
    with database.unit_of_work() as unit:
        assert unit.session.scalar(select(func.count()).select_from(PageTicket)) == 1
        assert unit.session.get(PageTicket, ticket) is None
