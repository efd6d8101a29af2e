"""A school's own words and colours for the four judgements; codes and meaning stay everyone's.

Figures over several schools always have the standard words. Where a school's differ, what it takes
out says the standard ones too (`JudgementWording.legend`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from pupiltrack_core.domain.judgements import (
    AUTOMATIC_COLOURS,
    NO_DATA_LABEL,
    PALETTE,
    Judgement,
)
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.venn import VennKind

MIN_LABEL, MAX_LABEL = 2, 24  # one letter could be taken for a code; more does not fit a cell
_ROW_OF = {
    SummaryRow.BELOW: Judgement.BELOW,
    SummaryRow.TOWARDS: Judgement.TOWARDS,
    SummaryRow.ON_TRACK: Judgement.ON_TRACK,
    SummaryRow.DEEPER: Judgement.DEEPER,
}


@dataclass(frozen=True)
class JudgementWording:
    """What a school calls the judgements and how their cells are coloured by themselves.

    `own_labels` has those that differ from the standard words, `colours` one of the palette for
    each judgement that has any.
    """

    own_labels: Mapping[Judgement, str] = field(default_factory=dict)
    colours: Mapping[Judgement, str] = field(default_factory=lambda: dict(AUTOMATIC_COLOURS))

    @property
    def is_standard(self) -> bool:
        """Whether every word is the standard one; colours may differ all the same."""
        return not self.own_labels

    @property
    def legend(self) -> str:
        """The sentence that gives the standard word for each that differs; "" where none does."""
        if self.is_standard:
            return ""
        told = "; ".join(
            f"“{self.own_labels[item]}” is {item.label} ({item.value})"
            for item in Judgement
            if item in self.own_labels
        )
        return f"Words of this school: {told}."

    def label(self, judgement: Judgement) -> str:
        """Return the school's word."""
        return self.own_labels.get(judgement, judgement.label)

    def row_label(self, row: SummaryRow) -> str:
        """Return the heading of a row of figures; one of several judgements names them."""
        if row in _ROW_OF:
            return self.label(_ROW_OF[row])
        differs = self.own_labels.keys()
        on_track, deeper = self.label(Judgement.ON_TRACK), self.label(Judgement.DEEPER)
        above = differs & {Judgement.ON_TRACK, Judgement.DEEPER}
        if row is SummaryRow.ON_TRACK_OR_DEEPER and above:
            return f"{on_track} or {deeper}"
        if row is SummaryRow.MIXED and above:
            return f"{on_track} and {deeper} mixed"
        if row is SummaryRow.NOT_ON_TRACK and differs - {Judgement.DEEPER}:
            return f"{self.label(Judgement.BELOW)} or {self.label(Judgement.TOWARDS)}"
        return row.label

    def describe_row(self, row: SummaryRow, subject: str) -> str:
        """Return what a figure counts, as `SummaryRow.describe`, in the school's words."""
        words = row.describe(subject)
        for judgement in Judgement:  # no standard word is a part of another
            if judgement in self.own_labels:
                words = words.replace(judgement.label, f"\0{judgement.value}")
        for judgement, own in self.own_labels.items():
            words = words.replace(f"\0{judgement.value}", own)
        return words

    def venn_label(self, kind: VennKind) -> str:
        """Return what being inside a circle is called."""
        return self.row_label(SummaryRow[kind.name])

    def venn_description(self, kind: VennKind) -> str:
        """Return which judgements put a pupil inside a circle."""
        return " or ".join(self.label(item) for item in Judgement if item in kind.judgements)

    def to_stored(self) -> dict[str, dict[str, str]]:
        """Return what `wording_of` makes the same wording of."""
        return {
            "labels": {item.value: label for item, label in self.own_labels.items()},
            "colours": {item.value: self.colours.get(item, "") for item in Judgement},
        }


STANDARD_WORDING = JudgementWording()


def wording_of(stored: Mapping[str, Mapping[str, str]] | None) -> JudgementWording:
    """Return the wording a school has stored; the standard one where it has stored none."""
    if not stored:
        return STANDARD_WORDING
    colours = stored["colours"]
    return JudgementWording(
        own_labels={Judgement(code): label for code, label in stored["labels"].items()},
        colours={Judgement(code): colour for code, colour in colours.items() if colour},
    )


def read_wording(
    labels: Mapping[Judgement, str], colours: Mapping[Judgement, str]
) -> JudgementWording:
    """Return the wording of what was entered: a blank label is the standard word.

    A blank colour is none. Raise `WordingRefused` naming the judgement and saying what is wrong.
    """
    own = {}
    for judgement in Judgement:
        label = " ".join(unicodedata.normalize("NFC", labels.get(judgement, "")).split())
        _require_label(judgement, label)
        if label and label != judgement.label:
            own[judgement] = label
    wording = JudgementWording(own, {item: name for item, name in colours.items() if name})
    _require_different(wording)
    return wording


class WordingRefused(ValueError):
    """A word or colour cannot be used; `judgement` says whose."""

    def __init__(self, message: str, *, judgement: Judgement, is_colour: bool = False) -> None:
        super().__init__(message)
        self.judgement = judgement
        self.is_colour = is_colour


def _require_label(judgement: Judgement, label: str) -> None:
    if label and not MIN_LABEL <= len(label) <= MAX_LABEL:
        raise WordingRefused(
            f"A word has from {MIN_LABEL} to {MAX_LABEL} characters; this has {len(label)}.",
            judgement=judgement,
        )
    if any(unicodedata.category(mark).startswith("C") for mark in label):
        raise WordingRefused(
            "This holds an invisible character. Type it again.", judgement=judgement
        )
    taken = {item.label.casefold() for item in Judgement if item is not judgement}
    if label.casefold() in taken | {NO_DATA_LABEL.casefold()}:
        raise WordingRefused(
            "This is the standard word for something else, and would be misread.",
            judgement=judgement,
        )


def _require_different(wording: JudgementWording) -> None:
    words: set[str] = set()
    colours: set[str] = set()
    for judgement in Judgement:
        word = wording.label(judgement).casefold()
        if word in words:
            raise WordingRefused("Two judgements have this word.", judgement=judgement)
        words.add(word)
        colour = wording.colours.get(judgement, "")
        if colour and colour not in PALETTE:
            raise WordingRefused(
                "This is no colour of the palette.", judgement=judgement, is_colour=True
            )
        if colour and colour in colours:
            raise WordingRefused(
                "Two judgements have this colour.", judgement=judgement, is_colour=True
            )
        colours.add(colour)
