"""The colours of the four judgements in drawings, always beside a word or a letter."""

from __future__ import annotations

from pupiltrack_core.domain.judgements import Judgement

# Orange to blue by way of pale: told apart with every common colour deficiency, and in grey by
# their order. Fill, and the ink of what is written on it.
JUDGEMENT_COLOURS: dict[Judgement, tuple[str, str]] = {
    Judgement.BELOW: ("#b35900", "#ffffff"),
    Judgement.TOWARDS: ("#f4c183", "#1d2433"),
    Judgement.ON_TRACK: ("#8ab6dc", "#1d2433"),
    Judgement.DEEPER: ("#1f5a8c", "#ffffff"),
}
