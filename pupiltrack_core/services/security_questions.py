"""Security questions, which only the profile `guides` asks: an answer is a second password.

It opens nothing by itself: it is asked of whoever has opened a link of a message, and a wrong one
counts as a wrong password does. Normalising and refusing follow OWASP's cheat sheet.
"""

from __future__ import annotations

import unicodedata
from enum import IntEnum

from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.passwords import hash_password, verify_password
from pupiltrack_core.settings import PasswordHashing

LONGEST_ANSWER = 100
_SHORTEST_ANSWER = 3
_DENIED = frozenset({"123", "1234", "12345", "abc", "password", "answer", "none", "test", "xxx"})


class SecurityQuestion(IntEnum):
    """The questions there are; people choose one and cannot write their own."""

    FIRST_EMPLOYER = 1
    FIRST_TRIP = 2
    CHILDHOOD_STREET = 3
    FAVOURITE_TEACHER = 4
    FIRST_CONCERT = 5
    CHILDHOOD_BOOK = 6
    GRANDPARENT_TOWN = 7
    FIRST_DISH = 8

    @property
    def text(self) -> str:
        """The question."""
        return _TEXTS[self]


_TEXTS = {
    SecurityQuestion.FIRST_EMPLOYER: "Who paid you for work first?",
    SecurityQuestion.FIRST_TRIP: "Where did your first journey abroad lead?",
    SecurityQuestion.CHILDHOOD_STREET: "Which street did your best friend of childhood live in?",
    SecurityQuestion.FAVOURITE_TEACHER: "What was the name of the teacher you liked most?",
    SecurityQuestion.FIRST_CONCERT: "Who played at the first concert you went to?",
    SecurityQuestion.CHILDHOOD_BOOK: "Which book did you ask to have read to you again and again?",
    SecurityQuestion.GRANDPARENT_TOWN: "In which town did the grandparents live you saw most?",
    SecurityQuestion.FIRST_DISH: "Which dish did you learn to cook first?",
}


def question_of(number: int | str | None) -> SecurityQuestion | None:
    """Return the question of a number, None for any other text or number."""
    try:
        return SecurityQuestion(int(number or 0))
    except ValueError:
        return None


def hash_answer(
    question: int | str, answer: str, *, user_name: str, password: str, hashing: PasswordHashing
) -> tuple[SecurityQuestion, str]:
    """Return a question that was chosen, and the Argon2id hash of its answer.

    Raises `InvalidEntry` for no question, and for an answer anybody would try.
    """
    chosen = question_of(question)
    if chosen is None:
        raise InvalidEntry("Choose one of the questions. Nothing was changed.", field="question")
    text = _normalise(answer)
    if not _SHORTEST_ANSWER <= len(text) <= LONGEST_ANSWER:
        raise InvalidEntry(
            f"An answer has {_SHORTEST_ANSWER} to {LONGEST_ANSWER} characters. Nothing was "
            "changed.",
            field="answer",
        )
    if text in _DENIED | {user_name.casefold(), _normalise(password)}:
        raise InvalidEntry(
            "This answer is guessed first. Nothing was changed. Give one that only you know.",
            field="answer",
        )
    return chosen, hash_password(text, hashing)


def is_answer(stored: str | None, answer: str, hashing: PasswordHashing) -> bool:
    """Whether an answer is the one behind the hash, however it is spaced and capitalised."""
    return verify_password(stored, _normalise(answer), hashing)


def _normalise(answer: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", answer).casefold().split())
