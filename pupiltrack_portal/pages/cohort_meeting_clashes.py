"""Where two people wrote different things in one place of a meeting: both are shown to choose."""

from __future__ import annotations

from typing import Protocol

import ipywidgets

from pupiltrack_core.domain.meeting_merging import Path, value_at
from pupiltrack_core.services.cohort_meeting_records import CohortMeetingRecord
from pupiltrack_portal.pages.cohort_meeting_draft import MeetingDraft, can_be_joined
from pupiltrack_portal.pages.cohort_meeting_fields import describe_place, describe_value
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.form import Form, Submission

_ABOUT = (
    "A colleague wrote something else in the same place while you did. What you wrote is still in "
    "the form and is not saved there yet."
)


class Settling(Protocol):
    """What this part needs of the editor it stands in."""

    context: PageContext
    draft: MeetingDraft
    record: CohortMeetingRecord

    def settle(self, path: Path, choice: str) -> None:
        """Let one of two people's values stand, or both, and save."""


class ClashesPart:
    """Nothing while nobody else wrote in the same place."""

    def __init__(self, settling: Settling) -> None:
        self._settling = settling
        self.widget = ipywidgets.VBox([])
        self.widget.add_class("pt-stack")

    def draw(self) -> None:
        """Show every clash with both values; each says what its buttons do to which place."""
        if not self._settling.draft.clashes and not self.widget.children:
            return
        self.widget.children = tuple(self._box(path) for path in self._settling.draft.clashes)

    def _box(self, path: Path) -> ipywidgets.VBox:
        settling = self._settling
        draft, record = settling.draft, settling.record
        place = describe_place(record, draft.mine, path)
        yours, theirs = value_at(draft.mine, path), value_at(draft.base, path)
        told = prose.Prose(
            prose.subheading(f"Two of you wrote here: {place}"),
            prose.text(_ABOUT),
            prose.text(f"Yours: {describe_value(record, path, yours)}"),
            prose.text(f"Theirs: {describe_value(record, path, theirs)}"),
        )
        buttons = [("mine", "Keep mine"), ("theirs", "Take theirs")]
        if can_be_joined(yours) and path[0] != "head":
            buttons.append(("both", "Keep both"))
        form = Form(name="clash", legend=f"Two of you wrote here: {place}", buttons=buttons)

        def on_submit(sent: Submission) -> None:
            settling.settle(path, sent.button)

        form.on_submit(settling.context.guarded(on_submit))
        box = ipywidgets.VBox([told, form])
        box.add_class("pt-panel")
        return box
