"""Why a figure is not there: the codes that the DfE's published data use.

A true zero is 0. None of these is ever a number, an empty cell or another of these.
"""

from __future__ import annotations

from enum import StrEnum


class CodedValue(StrEnum):
    """The reason a figure is missing; the value is what stands in its place."""

    NOT_APPLICABLE = "z"
    UNAVAILABLE = "x"
    SUPPRESSED = "c"

    @property
    def label(self) -> str:
        """The reason in words."""
        return _LABELS[self]


_LABELS = {
    CodedValue.NOT_APPLICABLE: "Not applicable: there are no pupils to count",
    CodedValue.UNAVAILABLE: "Not available",
    CodedValue.SUPPRESSED: "Withheld: so few pupils that one might be recognised",
}
