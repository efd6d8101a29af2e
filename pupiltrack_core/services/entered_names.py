"""Names and texts that people enter: tidied, and refused where they cannot be kept."""

from __future__ import annotations

import unicodedata

from pupiltrack_core.errors import InvalidEntry


def tidy_name(text: str, *, field: str, longest: int, undone: str) -> str:
    """Return a name of one line without outer and doubled spaces, "" for none.

    Raise `InvalidEntry` for one too long or with characters nobody can see; `undone` ends the
    message and says that nothing was done.
    """
    tidy = " ".join(unicodedata.normalize("NFC", text).split())
    if len(tidy) > longest:
        raise InvalidEntry(
            f"This is {len(tidy)} characters long and may have {longest}. {undone}", field=field
        )
    if any(unicodedata.category(mark) in ("Cc", "Cf", "Cs") for mark in tidy):
        raise InvalidEntry(f"This holds characters that cannot be stored. {undone}", field=field)
    return tidy


def required_name(text: str, *, field: str, longest: int, missing: str, undone: str) -> str:
    """Return the tidy name; raise `InvalidEntry` also where there is none, saying `missing`."""
    tidy = tidy_name(text, field=field, longest=longest, undone=undone)
    if not tidy:
        raise InvalidEntry(f"{missing} {undone}", field=field)
    return tidy


def tidy_text(text: str, *, field: str, longest: int, undone: str) -> str:
    """Return a text of any number of lines without blanks at its ends, "" for none.

    Raise `InvalidEntry` for one too long or with control characters, as `tidy_name` does.
    """
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    tidy = lines.strip()
    if len(tidy) > longest:
        raise InvalidEntry(
            f"This is {len(tidy):,} characters long and may have {longest:,}. {undone}", field=field
        )
    if any(unicodedata.category(mark) in ("Cc", "Cs") and mark not in "\n\t" for mark in tidy):
        raise InvalidEntry(f"This holds characters that cannot be stored. {undone}", field=field)
    return tidy
