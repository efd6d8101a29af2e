"""A school's yearly look at its people: whether it is due, and the button that says it is done."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.local_time import day_in_london
from pupiltrack_core.services.attestation import Attestation, attest_people, attestation_of
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.form import Form, Submission

_ATTEST = "All on the list still work here"


class AttestationPart:
    """Stands above the list of people; `on_done` draws that list anew, this part with it."""

    def __init__(
        self,
        context: PageContext,
        school_id: int,
        *,
        shown: Callable[[], list[int]],
        on_done: Callable[[], None],
    ) -> None:
        """`shown` returns the ids of the people on the list as it stands."""
        self._context, self._school_id = context, school_id
        self._shown, self._on_done = shown, on_done
        self._told = prose.Prose()
        self._form = Form(
            name="attest", legend="Who still works here", buttons=(("attest", _ATTEST),)
        )
        self._form.on_submit(context.guarded(self._on_attest))
        self.widget = ipywidgets.VBox([self._told, self._form])
        self.widget.add_class("pt-panel")

    def draw(self) -> None:
        """Show where the school stands now."""
        attestation = attestation_of(self._context.caller, self._school_id)
        self._told.show(*_blocks(attestation))
        self._form.layout.display = "" if attestation.is_due else "none"

    def _on_attest(self, _sent: Submission) -> None:
        try:
            attest_people(self._context.caller, self._school_id, self._shown())
        finally:
            self._on_done()
        self._context.notice.show("success", "It is noted that all of them still work here.")


def _blocks(attestation: Attestation) -> tuple[dict[str, object], ...]:
    year = AcademicYear(attestation.academic_year).label
    last = ""
    if attestation.last_at is not None:
        last = (
            f"Last done on {day_in_london(attestation.last_at):%d/%m/%Y} by {attestation.last_by}, "
            f"for {attestation.people} {'person' if attestation.people == 1 else 'people'}."
        )
    if not attestation.is_due:
        return (prose.small(f"The list was gone through for {year}. {last}"),)
    return (
        prose.heading(f"Go through the list for {year}"),
        prose.text(
            "Once a year, look whether everybody below still works with your school's data, in "
            "this role. Disable who does not; then say that the list is right."
        ),
        *((prose.small(last),) if last else ()),
    )
