"""Passwords that others guess first: common ones, and those made of the names of a person's place.

The list comes with PupilTrack, so that no password is ever sent anywhere to be looked up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from pupiltrack_core.shipped_data import shipped_data

LIST = "common-passwords.txt"
# Words of every school's place; those of the person's own are added to them.
WORDS_OF_EVERY_PLACE = frozenset(
    {
        *("pupiltrack", "pupil", "track", "school", "primary", "infant", "junior", "academy"),
        *("headteacher", "teacher", "head", "office", "assessment", "council", "county", "admin"),
    }
)
# Shorter ones stand in many a word.
_TELLING_WORD = 4
# So much must be left of a password without the names of the place.
_LEAST_BESIDE_NAMES = 8
_SWAPPED = str.maketrans("@4031!5$7", "aaoeiisst")
_TAILS = re.compile(r"^[^a-z]+|[^a-z]+$")
_WORD = re.compile(r"[^\W_]+")


def is_common(password: str) -> bool:
    """Whether it is a common password or word, also with figures or signs round it.

    Figures and signs for letters are read as those, and a word over and over as the word.
    """
    text = unicodedata.normalize("NFKC", password).casefold()
    bare = _TAILS.sub("", text)
    readings = {text, bare, bare.translate(_SWAPPED), _TAILS.sub("", text.translate(_SWAPPED))}
    known = common_passwords()
    return any(_once(reading) in known for reading in readings | {_joined(bare)})


def is_of_the_place(password: str, names: Iterable[str]) -> bool:
    """Whether little is left of it without the words of `names` and those of every school."""
    left = unicodedata.normalize("NFKC", password).casefold()
    words = {word for name in names for word in _WORD.findall(name.casefold())}
    telling = {word for word in words if len(word) >= _TELLING_WORD}
    found = False
    for word in sorted(telling | WORDS_OF_EVERY_PLACE, key=len, reverse=True):
        found = found or word in left
        left = left.replace(word, " ")
    return found and sum(mark.isalnum() for mark in left) < _LEAST_BESIDE_NAMES


@lru_cache(maxsize=1)
def common_passwords() -> frozenset[str]:
    """Return the list, in small letters."""
    lines = shipped_data(LIST).read_text(encoding="ascii").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("# "))


def _joined(text: str) -> str:
    return "".join(mark for mark in text if mark.isalnum())


def _once(text: str) -> str:
    """Return a text that is one part over and over once, any other as it is."""
    at = (text + text).find(text, 1) if text else 0
    return text[:at] if 0 < at < len(text) else text
