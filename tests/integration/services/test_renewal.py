"""A session at the end of its full time begins anew, for its own person alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from pupiltrack_core.errors import InvalidEntry, NotSignedIn
from pupiltrack_core.services.accounts import SignIn, session_for_token, touch
from pupiltrack_core.services.passkeys import Challenges, Site
from pupiltrack_core.services.renewal import renew_session, renew_session_by_passkey
from pupiltrack_core.services.second_steps import SecondAnswer
from pupiltrack_core.storage.models import UserAccount
from tests.integration.services.people import PASSWORD, audit_rows
from tests.integration.services.test_second_steps import Door, digits_of, wrong_digits
from tests.integration.services.test_second_steps import door as door


def renew(door: Door, begun: SignIn, *, password: str = PASSWORD, **answer: str) -> datetime:
    return renew_session(
        door.person.database,
        user_id=begun.user_id,
        session_id=begun.session_id,
        password=password,
        answer=SecondAnswer(**answer),
        address="192.0.2.7",
        policy=door.policy,
        now=door.now,
    )


def signed_in(door: Door) -> tuple[SignIn, str]:
    code = door.set_up_digits()
    token, found = door.asked()
    return door.answer(token, digits=digits_of(code, found.places)), code


def places(door: Door) -> str:
    with door.person.database.unit_of_work() as unit:
        return unit.session.get_one(UserAccount, door.person.user_id).code_places or ""


def keep_alive(door: Door, begun: SignIn, *, hours: int) -> None:
    """Let time pass with an act every half hour."""
    for _ in range(2 * hours):
        door.person.clock.turn(minutes=30)
        touch(door.person.database, begun.session_id, door.now, policy=door.policy)


def test_renew_session_begins_it_anew_under_the_same_token(door: Door) -> None:
    begun, code = signed_in(door)
    keep_alive(door, begun, hours=11)
    ends = renew(door, begun, digits=digits_of(code, places(door)))
    assert ends == door.now + timedelta(hours=12)
    asked = set()
    for _ in range(12):  # other digits each time, as at sign-in
        asked.add(places(door))
        renew(door, begun, digits=digits_of(code, places(door)))
    assert len(asked) > 1
    keep_alive(door, begun, hours=11)
    live = session_for_token(door.person.database, begun.token, door.now)
    assert live is not None
    assert live.session_id == begun.session_id
    assert audit_rows(door.person.database, "session renewed")


def test_renew_session_answers_alike_whatever_is_wrong(door: Door) -> None:
    begun, code = signed_in(door)
    told = set()
    for password, digits in (
        ("a wrong password", digits_of(code, places(door))),
        (PASSWORD, wrong_digits(code, places(door))),
        (PASSWORD, ""),
    ):
        with pytest.raises(InvalidEntry) as caught:
            renew(door, begun, password=password, digits=digits)
        told.add(str(caught.value))
    assert len(told) == 1
    live = session_for_token(door.person.database, begun.token, door.now)
    assert live is not None
    assert live.expires_at == begun.expires_at


def test_renew_session_wrong_three_times_locks(door: Door) -> None:
    begun, code = signed_in(door)
    for _ in range(3):
        with pytest.raises(InvalidEntry):
            renew(door, begun, digits=wrong_digits(code, places(door)))
    assert door.user().locked_until is not None
    assert session_for_token(door.person.database, begun.token, door.now) is None


def test_renew_session_that_is_over_stays_over(door: Door) -> None:
    begun, code = signed_in(door)
    keep_alive(door, begun, hours=12)
    with pytest.raises(NotSignedIn):
        renew(door, begun, digits=digits_of(code, places(door)))
    assert session_for_token(door.person.database, begun.token, door.now) is None


def test_renew_session_by_passkey_refuses_nonsense(door: Door) -> None:
    begun, _ = signed_in(door)
    for answer in ("", "{}", '{"id": "AAAA", "response": {"clientDataJSON": "e30"}}'):
        with pytest.raises(InvalidEntry):
            renew_session_by_passkey(
                door.person.database,
                user_id=begun.user_id,
                session_id=begun.session_id,
                answer=answer,
                challenges=Challenges(),
                site=Site("localhost", "http://localhost"),
                policy=door.policy,
                now=door.now,
            )
