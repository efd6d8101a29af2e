"""Text that a spreadsheet would take for a formula."""

from __future__ import annotations

# Tab and carriage return too: a spreadsheet skips them before a formula.
_STARTS = tuple("=+-@\t\r＝＋－＠")  # noqa: RUF001 - the full-width forms are meant


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet that opens a file would run `text` instead of showing it."""
    return text.startswith(_STARTS)


def without_formula(text: str) -> str:
    """Return `text` as a file can hold it: with an apostrophe before what would be run.

    Apostrophes that stand before a formula already get one more, so that `with_formula` finds the
    text again to the letter.
    """
    return f"'{text}" if looks_like_formula(text.lstrip("'")) else text


def with_formula(held: str) -> str:
    """Return the text that `without_formula` was given, from what a file holds."""
    guarded = held.startswith("'") and looks_like_formula(held.lstrip("'"))
    return held[1:] if guarded else held
