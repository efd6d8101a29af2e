"""The order names stand in wherever people read them, and how a search finds them."""

from __future__ import annotations

import unicodedata


def name_key(name: str) -> str:
    """Return what a name is sorted and searched by: small letters without accents.

    Çelik stands under C and Ömer under O, as in a school's register.
    """
    decomposed = unicodedata.normalize("NFKD", name.strip().casefold())
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark))
