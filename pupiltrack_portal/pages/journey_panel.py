"""One pupil's journey, opened from the grid in its place: drawn, as a table, and as a PDF."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property

import ipywidgets

from pupiltrack_core.charts.journey import plot_journey
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.reports.pdf import pupil_journey_pdf
from pupiltrack_core.reports.pupil_journey import (
    CAPTION,
    HEAD,
    NO_POINTS,
    NOTHING_HELD,
    journey_rows,
)
from pupiltrack_core.services.pupil_journey import PupilJourney, journey_of
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.files import PDF, file_maker
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.drawing import Drawing
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.step_heading import HeadingStep, StepHeading

BACK, PREVIOUS, NEXT = "back", "previous", "next"
FILE_NAME = "pupil-journey.pdf"  # no name of a child in it
_POSITION = re.compile(r"(\d+) of (\d+)")
_AT_THE_START = "This is the first pupil on view."
_AT_THE_END = "This is the last pupil on view."


class JourneyView:
    """What is drawn and written of a journey; nothing until `show`."""

    is_unsaved = False  # it is for reading

    def __init__(self, context: PageContext) -> None:
        self._context = context
        self._journey: PupilJourney | None = None
        self.widget = ipywidgets.VBox([])
        self.widget.add_class("pt-stack")

    def show(self, school_id: int, pupil_id: int) -> None:
        """Show a pupil's journey. Raises what `journey_of` raises, keeping what was on view."""
        self.draw(journey_of(self._context.caller, school_id, pupil_id))

    def draw(self, journey: PupilJourney) -> None:
        """Show a journey that has been read."""
        self._journey = journey
        chart = plot_journey(journey.events, journey.years, wording=journey.wording)
        self._drawing.show(chart.svg, name="Timeline of the journey", caption=chart.caption)
        first, *others = HEAD
        self._table.show(
            caption=CAPTION,
            row_heading=first,
            columns=[TableColumn(label.lower(), label) for label in others],
            rows=[
                TableRow(str(at), TableCell(row[0]), tuple(TableCell(text) for text in row[1:]))
                for at, row in enumerate(journey_rows(journey.events))
            ],
            empty=NOTHING_HELD,
        )
        self.widget.children = (self._about, self._save, self._drawing, self._table)

    # The parts are made when they are first wanted: most people who open a grid never do.

    @cached_property
    def _about(self) -> prose.Prose:
        return prose.Prose(prose.text(NO_POINTS))

    @cached_property
    def _save(self) -> FileButton:
        save = FileButton("Save as PDF")
        save.on_make(file_maker(self._context, self._pdf_file, school_id=self._school_id))
        return save

    @cached_property
    def _drawing(self) -> Drawing:
        return Drawing(least_width=820)  # below it, its words would be too small to read

    @cached_property
    def _table(self) -> FiguresTable:
        return FiguresTable()

    def _school_id(self) -> int | None:
        return None if self._journey is None else self._journey.school_id

    def _pdf_file(self) -> tuple[str, str, bytes]:
        if self._journey is None:
            raise InvalidEntry("There is no journey on view to save.", field="pupil")
        content = pupil_journey_pdf(
            self._context.caller, self._journey.school_id, self._journey.pupil_id
        )
        return FILE_NAME, PDF, content


class JourneyPanel:
    """Hidden until `show`; hidden again with the button "Back to the grid".

    `on_close` is called when the person wants back, after the panel is put away; `on_step` with -1
    or 1 when they want the pupil before or after, for whom the page then calls `show` again.
    """

    def __init__(
        self,
        context: PageContext,
        *,
        on_close: Callable[[], None],
        on_step: Callable[[int], None],
    ) -> None:
        self._context = context
        self._on_close = on_close
        self._on_step = on_step
        self._journey: PupilJourney | None = None
        self.widget = ipywidgets.VBox([])
        self.widget.add_class("pt-stack")

    @property
    def pupil_id(self) -> int | None:
        """The pupil on view; None while the panel is put away."""
        return None if self._journey is None else self._journey.pupil_id

    def show(self, school_id: int, pupil_id: int, position: str = "") -> None:
        """Show a pupil; `position` is like "3 of 28", and tells at which end there is no further.

        Opening puts the focus on the heading; from one pupil to another it stays on the button,
        and the new name is said. Raises what `journey_of` raises, keeping what was on view.
        """
        journey = journey_of(self._context.caller, school_id, pupil_id)
        was_open = self._journey is not None
        self._journey = journey
        steps = pupil_steps(position, back="Back to the grid")
        self._head.show(journey.name, line=journey.place, position=position, steps=steps)
        self._view.draw(journey)
        if was_open:
            self._head.say(
                ". ".join(part for part in (journey.name, journey.place, position) if part)
            )
        else:
            self.widget.children = (self._head, self._view.widget)
            self._head.take_focus()

    def close(self) -> None:
        """Put the panel away, and forget the pupil."""
        self._journey = None
        self.widget.children = ()

    @cached_property
    def _head(self) -> StepHeading:
        head = StepHeading()
        head.on_step(self._context.guarded(self._on_step_press))
        return head

    @cached_property
    def _view(self) -> JourneyView:
        return JourneyView(self._context)

    def _on_step_press(self, key: str) -> None:
        if key == BACK:
            self.close()
            self._on_close()
        else:
            self._on_step(-1 if key == PREVIOUS else 1)


def pupil_steps(position: str, *, back: str) -> tuple[HeadingStep, ...]:
    """Return the buttons of one pupil among several; `position` is like "3 of 28"."""
    found = _POSITION.fullmatch(position)
    place, of = (int(found[1]), int(found[2])) if found else (1, 1)
    return (
        HeadingStep(BACK, back),
        HeadingStep(PREVIOUS, "Previous pupil", _AT_THE_START if place <= 1 else ""),
        HeadingStep(NEXT, "Next pupil", _AT_THE_END if place >= of else ""),
    )
