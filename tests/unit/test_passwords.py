"""Passwords: what may be chosen, and that each check does the same work."""

from __future__ import annotations

import base64
import threading
import unicodedata

import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services import passwords
from pupiltrack_core.services.denied_passwords import common_passwords, is_common
from pupiltrack_core.services.passwords import (
    COSTS,
    HASHES_AT_ONCE,
    HashingCost,
    PasswordCheck,
    check_new_password,
    check_password,
    hash_password,
    hash_with_key,
    needs_rehash,
    verify_password,
)
from pupiltrack_core.settings import PasswordHashing, SignInProfile

FLOOR, HARDENED = PasswordHashing.FLOOR, PasswordHashing.HARDENED


@pytest.mark.parametrize(
    "password",
    [
        "blue tractor window",  # spaces count
        "twelve chars",
        "a" * 40 + "bcdef",
        "correct horse " * 9,
        "🦊🐢🦉🐝🦔🐙🦀🐌🦋🐞🦆🐧",
        "Pässwörd mit Ümläuten",
    ],
)
def test_check_new_password_accepts(password: str) -> None:
    check_new_password(password, user_name="j.example")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("eleven char", "at least 12"),
        ("", "at least 12"),
        ("ab cd " * 50, "at most 256"),
        ("J.Example2025!", "user name"),
        ("abababababababab", "over and over"),
    ],
)
def test_check_new_password_refuses_with_a_reason(password: str, reason: str) -> None:
    with pytest.raises(InvalidEntry, match=reason) as caught:
        check_new_password(password, user_name="j.example")
    assert caught.value.field == "password"
    assert not password or password not in str(caught.value)


@pytest.mark.parametrize(
    ("password", "accepted"),
    [
        ("abc d!", False),  # six characters
        ("abcdefg", False),  # seven, and no sign among them
        ("abcdef1", False),
        ("abcdef!", True),
        ("abc def", True),  # a space is a sign
        ("blue tractor window", True),
        ("ab " * 21 + "c", True),  # 64 characters
        ("ab cd " * 21 + "ef", True),  # 128
        ("🦊🐢🦉🐝🦔🐙🦀", True),
        ("ab cd " * 50, False),
    ],
)
def test_check_new_password_by_the_guides(password: str, accepted: bool) -> None:
    guides = SignInProfile.GUIDES
    if accepted:
        check_new_password(password, user_name="j.example", profile=guides)
        return
    with pytest.raises(InvalidEntry, match="cannot be used"):
        check_new_password(password, user_name="j.example", profile=guides)


@pytest.mark.parametrize(
    "password",
    [
        "sunshine1234!",  # a common word with a tail
        "!!!Football!!!",
        "P@55word2025!",  # signs for letters
        "passwordpassword",
        "password password",
        "leavemealone",
        "Mathematics12",
    ],
)
def test_check_new_password_refuses_what_is_guessed_first(password: str) -> None:
    with pytest.raises(InvalidEntry, match="many people choose"):
        check_new_password(password, user_name="j.example")


@pytest.mark.parametrize(
    "password",
    ["Marsh Lane 1!", "marshlane2026", "PupilTrack2026", "Exampleshire1!", "LaneSchool123"],
)
def test_check_new_password_refuses_the_names_of_the_place(password: str) -> None:
    names = ("Marsh Lane Primary School", "Exampleshire")
    with pytest.raises(InvalidEntry, match="names of your school"):
        check_new_password(password, user_name="j.example", names=names)
    check_new_password(f"{password} blue tractor", user_name="j.example", names=names)


def test_common_passwords_are_more_than_the_standard_asks() -> None:
    assert len(common_passwords()) >= 3_000
    assert not is_common("blue tractor window")
    assert not is_common("")


@pytest.mark.parametrize(
    ("hashing", "memory", "passes"), [(FLOOR, 19 * 1024, 2), (HARDENED, 31 * 1024, 3)]
)
def test_hash_password_is_argon2id_at_its_cost(
    hashing: PasswordHashing, memory: int, passes: int
) -> None:
    first, second = (hash_password("blue tractor window", hashing) for _ in range(2))
    found = extract_parameters(first)
    assert (found.type, found.memory_cost, found.time_cost) == (Type.ID, memory, passes)
    assert found.parallelism == 1
    assert first != second  # a salt of its own each time


@pytest.mark.parametrize("length", [12, 64, 128, 256])
def test_verify_password_exactly(length: int) -> None:
    password = ("three random words " * 20)[:length]
    stored = hash_password(password, FLOOR)
    assert verify_password(stored, password, FLOOR)
    assert not verify_password(stored, password[:-1], FLOOR)
    assert not verify_password(stored, password + " ", FLOOR)


def test_verify_password_typed_on_another_keyboard() -> None:
    stored = hash_password(unicodedata.normalize("NFC", "café au lait été"), FLOOR)
    assert verify_password(stored, unicodedata.normalize("NFD", "café au lait été"), FLOOR)


@pytest.mark.parametrize("password", ["x" * 100_000, "\ud800 broken text", "nul \0 inside it"])
def test_verify_password_survives_anything_sent(password: str) -> None:
    assert not verify_password(hash_password("blue tractor window", FLOOR), password, FLOOR)


def test_verify_password_does_the_same_work_without_a_usable_hash(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    work: list[tuple[int, int, int]] = []
    compute = passwords._compute

    def counted(encoded: str, password: str) -> passwords.PasswordCheck:
        found = extract_parameters(encoded)
        work.append((found.memory_cost, found.time_cost, found.hash_len))
        return compute(encoded, password)

    monkeypatch.setattr(passwords, "_compute", counted)
    stored = hash_password("blue tractor window", FLOOR)
    answers = [verify_password(each, "wrong", FLOOR) for each in (stored, None, "!", "$2b$x")]
    assert answers == [False] * 4
    assert work == [(19 * 1024, 2, 32)] * 4


def test_check_new_password_with_a_short_user_name() -> None:
    check_new_password("blue tractor window", user_name="bl")
    with pytest.raises(InvalidEntry, match="user name"):
        check_new_password("blue tractor window", user_name="blu")


def test_verify_password_against_another_kind_of_argon2() -> None:
    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1, type=Type.I)
    stored = hasher.hash("blue tractor window")
    assert not verify_password(stored, "blue tractor window", FLOOR)
    assert needs_rehash(stored, FLOOR)


def test_needs_rehash_of_a_dearer_one_whose_time_would_tell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as before:
        before.setitem(COSTS, HARDENED, HashingCost(memory=32 * 1024, passes=3))
        dear = hash_password("a b c d e f g", HARDENED)
    assert needs_rehash(dear, HARDENED)
    assert not needs_rehash(dear, FLOOR)


def test_needs_rehash_only_to_make_it_dearer() -> None:
    cheap, dear = hash_password("a b c d e f g", FLOOR), hash_password("a b c d e f g", HARDENED)
    assert needs_rehash(cheap, HARDENED)
    assert not needs_rehash(cheap, FLOOR)
    assert not needs_rehash(dear, HARDENED)
    assert not needs_rehash(dear, FLOOR)
    assert needs_rehash("!", FLOOR)


def test_verify_password_lets_a_few_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = threading.Lock()
    gate = threading.Event()
    full = threading.Event()
    running: list[int] = [0, 0]  # now, most

    def slow(*_: object, **__: object) -> bytes:
        with lock:
            running[0] += 1
            running[1] = max(running)
            if running[0] == HASHES_AT_ONCE:
                full.set()
        gate.wait(20)
        with lock:
            running[0] -= 1
        return bytes(64)

    monkeypatch.setattr(passwords, "hash_secret_raw", slow)
    threads = [threading.Thread(target=verify_password, args=(None, "x", FLOOR)) for _ in range(20)]
    for thread in threads:
        thread.start()
    assert full.wait(20)
    gate.set()
    for thread in threads:
        thread.join()
    assert running == [0, HASHES_AT_ONCE]


def test_check_password_yields_the_key_of_the_hash() -> None:
    made = hash_with_key("blue tractor window", FLOOR)
    assert check_password(made.stored, "blue tractor window", FLOOR).key == made.key
    assert len(made.key) == 32
    assert check_password(made.stored, "blue tractor windows", FLOOR).key is None
    # Another salt, another key: and the key is no part of what is stored.
    assert hash_with_key("blue tractor window", FLOOR).key != made.key
    assert base64.b64encode(made.key).decode().rstrip("=") not in made.stored


def test_check_password_of_a_hash_without_a_key_is_right_and_wants_a_new_one() -> None:
    hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1, type=Type.ID)
    stored = hasher.hash("blue tractor window")
    assert check_password(stored, "blue tractor window", HARDENED) == PasswordCheck(True, None)
    assert not check_password(stored, "blue tractor", HARDENED).right
    assert needs_rehash(stored, HARDENED)
