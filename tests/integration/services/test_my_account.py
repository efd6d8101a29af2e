"""What people do with their own account, and what somebody else at their desk cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from pupiltrack_core.access import Role
from pupiltrack_core.errors import InvalidEntry, NotFound, TooManyAttempts
from pupiltrack_core.services.accounts import SignIn, SignInPolicy, session_for_token
from pupiltrack_core.services.entry_codes import open_code, seal_code
from pupiltrack_core.services.known_devices import (
    device_label,
    forget_device,
    remember_device,
)
from pupiltrack_core.services.my_account import (
    Proof,
    ask_for_new_address,
    change_own_password,
    choose_alerts,
    confirm_address,
    end_other_sessions,
    my_account,
    prove_password,
)
from pupiltrack_core.services.passwords import check_password
from pupiltrack_core.services.sign_in import sign_in
from pupiltrack_core.storage.account_models import OutgoingMail
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import UserAccount
from tests.integration.services.people import (
    PASSWORD,
    Person,
    TurnableClock,
    as_sent,
    audit_rows,
    make_person,
)

PORTAL = "https://portal.example"
NEW_PASSWORD = "green river lantern"


@pytest.fixture
def person(database: Database, clock: TurnableClock, policy: SignInPolicy) -> Person:
    return make_person(
        database,
        clock,
        replace(policy, single_device=False, code_pepper=b"p" * 32),
        role=Role.HEAD,
        user_name="h.teacher",
        email="old@example.sch.uk",
    )


def prove(person: Person, password: str = PASSWORD) -> Proof:
    return prove_password(
        person.database,
        person.user_id,
        password,
        address="192.0.2.7",
        policy=person.policy,
        now=person.clock.now,
    )


def letters(person: Person) -> list[OutgoingMail]:
    with person.database.unit_of_work() as unit:
        return list(unit.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))


def links(person: Person) -> list[str]:
    return [
        word.rsplit("/", 1)[1]
        for letter in letters(person)
        for word in as_sent(person.database, letter.body).split()
        if word.startswith(PORTAL)
    ]


def stored(person: Person) -> UserAccount:
    with person.database.unit_of_work() as unit:
        return unit.session.get_one(UserAccount, person.user_id)


def test_change_own_password_keeps_the_code_and_this_session_alone(person: Person) -> None:
    database, now = person.database, person.clock.now
    here, elsewhere = person.sign_in(), person.sign_in()
    proof = prove(person)
    assert proof.password_key is not None
    with database.unit_of_work(write=True) as unit:
        unit.session.get_one(UserAccount, person.user_id).code_sealed = seal_code(
            "40717", key=proof.password_key, pepper=b"p" * 32, user_id=person.user_id
        )
        unit.commit()
    change_own_password(
        database,
        proof,
        password=NEW_PASSWORD,
        session_id=here.session_id,
        policy=person.policy,
        now=now,
    )
    assert session_for_token(database, here.token, now) is not None
    assert session_for_token(database, elsewhere.token, now) is None
    user = stored(person)
    check = check_password(user.password_hash, NEW_PASSWORD, person.policy.hashing)
    assert check.key is not None
    assert user.code_sealed is not None
    opened = open_code(user.code_sealed, key=check.key, pepper=b"p" * 32, user_id=person.user_id)
    assert opened == "40717"
    assert [letter.kind for letter in letters(person)] == ["password changed"]
    assert audit_rows(database, "password changed")


def test_change_own_password_refuses_a_weak_one(person: Person) -> None:
    here = person.sign_in()
    before = stored(person).password_hash
    with pytest.raises(InvalidEntry):
        change_own_password(
            person.database,
            prove(person),
            password="h.teacher 2026",
            session_id=here.session_id,
            policy=person.policy,
            now=person.clock.now,
        )
    assert stored(person).password_hash == before


def test_prove_password_wrong_is_counted_like_a_sign_in(person: Person) -> None:
    for _ in range(10):
        with pytest.raises(InvalidEntry) as caught:
            prove(person, "a wrong password")
    assert caught.value.field == "current_password"
    with pytest.raises(TooManyAttempts):
        prove(person)


def test_new_address_needs_both_links(person: Person) -> None:
    database, now = person.database, person.clock.now
    ask_for_new_address(database, prove(person), " new@example.org ", portal=PORTAL, now=now)
    assert [letter.address for letter in letters(person)] == [
        "new@example.org",
        "old@example.sch.uk",
    ]
    new, old = links(person)
    assert confirm_address(database, new, now=now) is False
    assert stored(person).email == "old@example.sch.uk"
    assert confirm_address(database, old, now=now) is True
    assert stored(person).email == "new@example.org"
    with pytest.raises(NotFound):
        confirm_address(database, old, now=now)


def test_new_address_where_there_was_none_needs_its_own_link(person: Person) -> None:
    database, now = person.database, person.clock.now
    with database.unit_of_work(write=True) as unit:
        unit.session.get_one(UserAccount, person.user_id).email = None
        unit.commit()
    ask_for_new_address(database, prove(person), "new@example.org", portal=PORTAL, now=now)
    [link] = links(person)
    assert confirm_address(database, link, now=now) is True
    assert stored(person).email == "new@example.org"


def test_new_address_link_too_old_or_withdrawn_is_refused(person: Person) -> None:
    database, now = person.database, person.clock.now
    proof = prove(person)
    ask_for_new_address(database, proof, "first@example.org", portal=PORTAL, now=now)
    ask_for_new_address(database, proof, "second@example.org", portal=PORTAL, now=now)
    first_new, first_old, second_new, _ = links(person)
    for link, at in (
        (first_new, now),
        (first_old, now),
        (second_new, now + timedelta(days=1)),
        ("x" * 43, now),
    ):
        with pytest.raises(NotFound):
            confirm_address(database, link, now=at)
    assert stored(person).email == "old@example.sch.uk"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "no address",
        "a@b",
        "a@@example.org",
        "a b@example.org",
        "a@example.org\nBcc: x@example.org",
        "a@example.org,b@example.org",
        "<a@example.org>",
        "é" * 80 + "@example.org",
        "a@" + "b" * 250 + ".org",
    ],
)
def test_new_address_refuses_what_is_none(person: Person, address: str) -> None:
    with pytest.raises(InvalidEntry) as caught:
        ask_for_new_address(
            person.database,
            Proof(person.user_id, 0, None),
            address,
            portal=PORTAL,
            now=person.clock.now,
        )
    assert caught.value.field == "email"
    assert letters(person) == []


def test_end_other_sessions_leaves_this_one(person: Person) -> None:
    database, now = person.database, person.clock.now
    here, there, nowhere = person.sign_in(), person.sign_in(), person.sign_in()
    assert end_other_sessions(database, person.user_id, here.session_id, now=now) == 2
    assert session_for_token(database, here.token, now) is not None
    for other in (there, nowhere):
        assert session_for_token(database, other.token, now) is None
    assert end_other_sessions(database, person.user_id, here.session_id, now=now) == 0
    past = my_account(database, person.user_id, here.session_id).sign_ins
    assert [(each.is_this_one, each.ended) for each in past] == [
        (False, "revoked"),
        (False, "revoked"),
        (True, None),
    ]


def test_remember_device_tells_of_the_second_unless_asked_not_to(person: Person) -> None:
    database, now = person.database, person.clock.now

    def remember(token: str | None, label: str) -> str:
        return remember_device(database, person.user_id, token, label=label, now=now)

    first = remember(None, "Firefox on Windows")
    assert letters(person) == []  # there is nothing to compare the first with
    assert remember(first, "Firefox on Windows") == first
    second = remember("of another portal", "Chrome on Android")
    assert [letter.kind for letter in letters(person)] == ["new device"]
    assert "Chrome on Android" in letters(person)[0].body
    choose_alerts(database, person.user_id, of_new_devices=False, now=now)
    remember(None, "Safari on macOS")
    assert len(letters(person)) == 1
    account = my_account(database, person.user_id, 0)
    assert len(account.devices) == 3
    assert account.tells_of_new_devices is False
    forget_device(database, person.user_id, account.devices[0].device_id, now=now)
    with pytest.raises(NotFound):
        forget_device(database, person.user_id, account.devices[0].device_id, now=now)
    with pytest.raises(NotFound):
        forget_device(database, person.user_id + 1, account.devices[1].device_id, now=now)
    assert second not in {first, None}
    # Two who share a computer are two: what one of them is known by is nothing of the other's.
    other = make_person(
        database,
        person.clock,
        person.policy,
        role=Role.TEACHER,
        user_name="other",
        school_id=person.school_id,
    )
    assert remember_device(database, other.user_id, second, label="Chrome", now=now) != second


def test_sign_in_on_a_known_device_is_not_closed_by_strangers(person: Person) -> None:
    database, clock = person.database, person.clock
    device = remember_device(
        database, person.user_id, None, label="Firefox on Windows", now=clock.now
    )

    def attempt(password: str, token: str | None, name: str = person.user_name) -> SignIn:
        return sign_in(
            database,
            user_name=name,
            password=password,
            address="192.0.2.7",
            policy=person.policy,
            device=token,
            now=clock.now,
        )

    for _ in range(10):
        with pytest.raises(Exception, match="not signed in"):
            attempt("a wrong password", None)
    for _ in range(10):  # the device's own count goes by no name that can be typed
        with pytest.raises(Exception, match="not signed in"):
            attempt("a wrong password", None, f"{person.user_name} on device 1")
    for token in (None, "x" * 43):
        with pytest.raises(TooManyAttempts):
            attempt(PASSWORD, token)
    assert attempt(PASSWORD, device).user_id == person.user_id
    [known] = my_account(database, person.user_id, 0).devices
    forget_device(database, person.user_id, known.device_id, now=clock.now)
    with pytest.raises(TooManyAttempts):
        attempt(PASSWORD, device)


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0",
            "Firefox on Windows",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) Version/17 Safari/604.1",
            "Safari on iPad or iPhone",
        ),
        (
            "Mozilla/5.0 (X11; CrOS x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36",
            "Chrome on ChromeOS",
        ),
        ("", "Browser on device"),
        ("<script>alert(1)</script>" * 500, "Browser on device"),
    ],
)
def test_device_label_keeps_browser_and_system_alone(agent: str, label: str) -> None:
    assert device_label(agent) == label
