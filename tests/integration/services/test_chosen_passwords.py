"""Forgotten passwords: one link, one use, and the second step stays in the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from pupiltrack_core.errors import InvalidEntry, NotFound, SignInRefused, TooManyAttempts
from pupiltrack_core.services.accounts import (
    AccountStatus,
    change_status,
    session_for_token,
    sign_in,
)
from pupiltrack_core.services.chosen_passwords import (
    QuestionAnswered,
    ask_for_password_link,
    choose_password,
    who_chooses,
)
from pupiltrack_core.services.known_devices import remember_device
from pupiltrack_core.services.my_account import prove_password
from pupiltrack_core.services.one_use_links import LinkPurpose, new_link
from pupiltrack_core.services.second_step_setup import withdraw_second_step
from pupiltrack_core.services.security_questions import SecurityQuestion, hash_answer
from pupiltrack_core.settings import SignInProfile
from pupiltrack_core.storage.account_models import OutgoingMail
from pupiltrack_core.storage.models import UserAccount
from tests.integration.services.people import PASSWORD, as_sent
from tests.integration.services.test_second_steps import Door, digits_of, wrong_digits
from tests.integration.services.test_second_steps import door as door

PORTAL = "https://portal.example"
NEW_PASSWORD = "green river lantern"


def ask(door: Door, name: str | None = None, address: str = "192.0.2.7") -> None:
    ask_for_password_link(
        door.person.database,
        name or door.person.user_name,
        address=address,
        portal=PORTAL,
        policy=door.policy,
        now=door.now,
    )


def letters(door: Door) -> list[OutgoingMail]:
    with door.person.database.unit_of_work() as unit:
        return list(unit.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))


def link_in(door: Door) -> str:
    start = f"{PORTAL}/choose-password/"
    text = as_sent(door.person.database, letters(door)[-1].body)
    return next(word for word in text.split() if word.startswith(start))[len(start) :]


def choose(door: Door, token: str, password: str = NEW_PASSWORD) -> bool:
    return choose_password(
        door.person.database, token, password, policy=door.policy, now=door.now
    ).needs_second_step


def test_choose_password_by_mail_alone_does_not_let_in(door: Door) -> None:
    code = door.set_up_digits()
    at_work = door.asked()
    begun = door.answer(at_work[0], digits=digits_of(code, at_work[1].places))
    ask(door)
    assert choose(door, link_in(door)) is True
    assert session_for_token(door.person.database, begun.token, door.now) is None
    token, found = door.asked(NEW_PASSWORD)
    assert not found.must_set_up
    with pytest.raises(SignInRefused):
        door.answer(token, digits=digits_of(code, found.places))
    assert [letter.kind for letter in letters(door)] == [
        *("second step changed", "password link", "password changed")
    ]
    # Until somebody who knows the person has let them choose anew.
    withdraw_second_step(door.person.database, door.person.user_id, by=None, now=door.now)
    assert door.asked(NEW_PASSWORD)[1].must_set_up


def test_choose_password_leaves_the_app_to_be_asked_for(door: Door) -> None:
    app = door.set_up_app()
    ask(door)
    assert choose(door, link_in(door)) is False
    door.answer(door.asked(NEW_PASSWORD)[0], app_code=app.at(door.now))


def test_choose_password_works_once_and_within_an_hour(door: Door) -> None:
    ask(door)
    first = link_in(door)
    ask(door)
    second = link_in(door)
    who = who_chooses(door.person.database, second, policy=door.policy, now=door.now)
    assert who is not None
    assert (who.user_name, who.asked, who.chooses_question) == (door.person.user_name, None, False)
    with pytest.raises(NotFound):  # a newer one was sent
        choose(door, first)
    with pytest.raises(InvalidEntry):
        choose(door, second, "short")
    choose(door, second)  # the weak one did not use it up
    with pytest.raises(NotFound):
        choose(door, second)
    ask(door)
    door.person.clock.turn(minutes=60)
    with pytest.raises(NotFound):
        choose(door, link_in(door))
    assert who_chooses(door.person.database, "x" * 43, policy=door.policy, now=door.now) is None


def test_choose_password_opens_no_account_that_waits(door: Door) -> None:
    database, user_id = door.person.database, door.person.user_id
    change_status(database, user_id, AccountStatus.PENDING, now=door.now)
    with database.unit_of_work(write=True) as unit:
        draft = new_link(unit.session, LinkPurpose.PASSWORD, user_id=user_id, at=door.now)
        unit.commit()
    choose(door, as_sent(database, f"/{draft}")[1:])
    assert door.user().status == "pending"


def test_ask_for_password_link_tells_nothing_and_is_limited(door: Door) -> None:
    database = door.person.database
    ask(door, "nobody.here")
    change_status(database, door.person.user_id, AccountStatus.DISABLED, now=door.now)
    ask(door)
    assert letters(door) == []
    change_status(database, door.person.user_id, AccountStatus.ACTIVE, now=door.now)
    for name in ("nobody.here", door.person.user_name):
        with pytest.raises(TooManyAttempts):
            for _ in range(11):
                ask(door, name)
    # The sign-in itself is not closed by it.
    door.asked(PASSWORD)


def test_choose_password_opens_a_lock_of_wrong_codes(door: Door) -> None:
    app = door.set_up_app()
    for _ in range(5):
        with pytest.raises(SignInRefused):
            door.answer(door.asked()[0], app_code="000000")
    ask(door)
    choose(door, link_in(door))
    door.answer(door.asked(NEW_PASSWORD)[0], app_code=app.at(door.now))


def test_choose_password_by_an_invitation_makes_the_account_active(door: Door) -> None:
    database = door.person.database
    change_status(database, door.person.user_id, AccountStatus.PENDING, now=door.now)
    with database.unit_of_work(write=True) as unit:
        draft = new_link(
            unit.session, LinkPurpose.INVITATION, user_id=door.person.user_id, at=door.now
        )
        unit.commit()
    door.person.clock.now += timedelta(days=6)
    choose(door, as_sent(database, f"/{draft}")[1:])
    assert door.asked(NEW_PASSWORD)[1].must_set_up


def test_choose_password_by_the_guides_asks_the_security_question(door: Door) -> None:
    """Statement 11: an answer is nothing without the link, and counts as a password does."""
    policy = replace(door.policy, profile=SignInProfile.GUIDES)
    database, now = door.person.database, door.now

    def choose_with(token: str, **answered: str) -> None:
        choose_password(
            database,
            token,
            NEW_PASSWORD,
            policy=policy,
            now=now,
            address="192.0.2.7",
            answered=QuestionAnswered(**answered),
        )

    ask(door)
    first = link_in(door)
    who = who_chooses(database, first, policy=policy, now=now)
    assert who is not None
    assert who.chooses_question  # none was ever chosen
    for wrong in ({"question": "99", "answer": "Mrs Okafor"}, {"question": "4", "answer": "123"}):
        with pytest.raises(InvalidEntry):
            choose_with(first, **wrong)
    choose_with(first, question="4", answer=" Mrs  OKAFOR ")
    ask(door)
    second = link_in(door)
    who = who_chooses(database, second, policy=policy, now=now)
    assert who is not None
    assert who.asked is SecurityQuestion.FAVOURITE_TEACHER
    assert not who.chooses_question
    with pytest.raises(InvalidEntry, match="not the answer"):
        choose_with(second, answer="Mr Marsh")
    choose_with(second, answer="mrs okafor")
    ask(door)
    third = link_in(door)
    with pytest.raises(TooManyAttempts):
        for _ in range(11):
            with pytest.raises(InvalidEntry):
                choose_with(third, answer="Mr Marsh")
    with pytest.raises(TooManyAttempts):  # and the password is closed with it
        door.asked(NEW_PASSWORD)


def test_failures_of_every_kind_count_together(door: Door) -> None:
    """Statement 9: passwords, digits, answers and a session left open, from places of their own."""
    door.policy = replace(door.policy, profile=SignInProfile.GUIDES)
    database, user_id = door.person.database, door.person.user_id
    code = door.set_up_digits()
    question, answer = hash_answer(
        "4",
        "Mrs Okafor",
        user_name=door.person.user_name,
        password=PASSWORD,
        hashing=door.policy.hashing,
    )
    with database.unit_of_work(write=True) as unit:
        user = unit.session.get_one(UserAccount, user_id)
        user.security_question, user.security_answer_hash = question, answer
        draft = new_link(unit.session, LinkPurpose.PASSWORD, user_id=user_id, at=door.now)
        unit.commit()
    link = as_sent(database, f"/{draft}")[1:]
    device = remember_device(database, user_id, None, label="Firefox", now=door.now)
    for password in (*["a wrong password"] * 3, *[PASSWORD] * 2):
        token, found = door.asked(password)
        with pytest.raises(SignInRefused):
            door.answer(token, digits=wrong_digits(code, found.places))
    for number in range(3):
        with pytest.raises(InvalidEntry, match="not the answer"):
            choose_password(
                database,
                link,
                NEW_PASSWORD,
                policy=door.policy,
                now=door.now,
                address=f"198.51.100.{number}",
                answered=QuestionAnswered(answer="Mr Marsh"),
            )
    for number in range(2):
        with pytest.raises(InvalidEntry):
            prove_password(
                database,
                user_id,
                "a wrong password",
                address=f"203.0.113.{number}",
                policy=door.policy,
                now=door.now,
            )
    assert door.user().locked_until is None
    with pytest.raises(TooManyAttempts):
        door.ask()
    begun = sign_in(
        database,
        user_name=door.person.user_name,
        password=PASSWORD,
        address="192.0.2.7",
        device=device,
        policy=door.policy,
        now=door.now,
    )
    assert begun.user_id == user_id
