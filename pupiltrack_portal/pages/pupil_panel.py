"""One pupil's record in the place of the list: its sections, and the ways to other pupils."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import ipywidgets

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.services.pupil_details import PupilDetails, blank_details, pupil_details
from pupiltrack_core.services.pupil_outcomes import SamePupil, SaveResult
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.journey_panel import BACK, PREVIOUS, JourneyView, pupil_steps
from pupiltrack_portal.pages.pupil_form import PupilForm
from pupiltrack_portal.pages.pupil_parts import DetailsTable, HistoryPart
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.form import Form, Submission
from pupiltrack_portal.widgets.step_heading import StepHeading
from pupiltrack_portal.widgets.toggle_row import Toggle, ToggleRow

DETAILS = "details"
SAVE, DROP, STAY = "save", "drop", "stay"
BACK_TO_LIST = "Back to the list"


class PupilPart(Protocol):
    """A section of the panel: what is kept of a pupil beside the details."""

    @property
    def widget(self) -> ipywidgets.Widget:
        """What is shown; the part draws into it."""

    @property
    def is_unsaved(self) -> bool:
        """Whether something was entered that is not saved."""

    def show(self, school_id: int, pupil_id: int) -> None:
        """Show a pupil's, with what was entered for that pupil; raise what its services raise."""


PartMaker = Callable[[PageContext], PupilPart]


@dataclass(slots=True)
class _OnView:
    """The pupil on view, and those before and after in the order of the list."""

    details: PupilDetails
    order: tuple[int, ...] = field(default=())

    @property
    def position(self) -> str:
        pupil_id = self.details.pupil_id
        if pupil_id is None or pupil_id not in self.order:
            return ""
        return f"{self.order.index(pupil_id) + 1} of {len(self.order)}"


class PupilPanel:
    """Hidden until `show` or `show_new`; hidden again with the button "Back to the list".

    `parts` are further sections between the details and the history: a title, and what makes the
    part, when it is first looked at. `on_close` is called with the pupil last on view when the
    person wants back; `on_saved` after a record was written, for the list to be read again.
    """

    def __init__(
        self,
        context: PageContext,
        parts: Sequence[tuple[str, PartMaker]] = (),
        *,
        on_close: Callable[[int | None], None],
        on_saved: Callable[[], None],
    ) -> None:
        self._context = context
        self._on_close, self._on_saved = on_close, on_saved
        self._makers: dict[str, tuple[str, PartMaker]] = {
            **{f"part-{at}": part for at, part in enumerate(parts)},
            "history": ("History", HistoryPart),
            "journey": ("Journey", JourneyView),
        }
        self._parts: dict[str, PupilPart] = {}
        self._section = DETAILS
        self._on_view: _OnView | None = None
        self._form: PupilForm | None = None
        self.widget = ipywidgets.VBox([])
        self.widget.add_class("pt-stack")

    @property
    def is_open(self) -> bool:
        """Whether a record, stored or new, is on view."""
        return self._on_view is not None

    @property
    def pupil_id(self) -> int | None:
        """The pupil on view; None for a new one and while the panel is put away."""
        return None if self._on_view is None else self._on_view.details.pupil_id

    def show(
        self,
        school_id: int,
        academic_year: int,
        pupil_id: int,
        order: Sequence[int] = (),
        *,
        section: str | None = None,
    ) -> None:
        """Show a pupil's record; `order` are the pupils to step through, this one among them.

        `section` is the title of the part to open it at, None for the section on view.

        Opening puts the focus on the heading; from one pupil to another it stays on the button,
        and the new name is said. Raises what `pupil_details` raises, keeping what was on view.
        """
        details = pupil_details(self._context.caller, school_id, academic_year, pupil_id)
        was_open = self.pupil_id is not None
        view = _OnView(details, tuple(order))
        keys = {title: key for key, (title, _) in self._makers.items()}
        wanted = keys.get(section or "", self._section)
        if wanted != DETAILS:
            self._part(wanted).show(school_id, pupil_id)
        self._on_view, self._section = view, wanted
        self._form = self._new_form(details) if details.may_edit else None
        self._draw()
        if was_open:
            said = (details.name, details.place, view.position)
            self._head.say(". ".join(part for part in said if part))
        else:
            self._head.take_focus()

    def show_new(self, school_id: int, academic_year: int) -> None:
        """Show the form of a new pupil, to be enrolled in the academic year.

        Raises what `blank_details` raises.
        """
        details = blank_details(self._context.caller, school_id, academic_year)
        self._section = DETAILS
        self._on_view = _OnView(details)
        self._form = self._new_form(details)
        self._draw()
        self._form.take_focus()

    def close(self) -> None:
        """Put the panel away, and forget the pupil and what was typed."""
        self._on_view = self._form = None
        self._section = DETAILS
        self.widget.children = ()

    # The parts are made when they are first wanted: most people who open a list never do.

    @cached_property
    def _head(self) -> StepHeading:
        head = StepHeading()
        head.on_step(self._context.guarded(self._on_step_press))
        return head

    @cached_property
    def _sections(self) -> ToggleRow:
        row = ToggleRow("Show", is_choice=True)
        row.on_toggle(self._context.guarded(self._on_section_press))
        return row

    @cached_property
    def _place(self) -> ipywidgets.VBox:
        place = ipywidgets.VBox([])
        place.add_class("pt-stack")
        return place

    @cached_property
    def _table(self) -> DetailsTable:
        return DetailsTable()

    def _part(self, key: str) -> PupilPart:
        if key not in self._parts:
            self._parts[key] = self._makers[key][1](self._context)
        return self._parts[key]

    def _new_form(self, details: PupilDetails) -> PupilForm:
        return PupilForm(
            self._context,
            details,
            on_saved=self._on_form_saved,
            on_drop=self._on_form_drop,
            on_open=self._on_same_open,
        )

    def _draw(self) -> None:
        view = self._on_view
        if view is None:
            return
        self._draw_head(view)
        if view.details.pupil_id is None:
            self.widget.children = (self._head, self._place)
        else:
            titles = {DETAILS: "Details"} | {key: made[0] for key, made in self._makers.items()}
            self._sections.show(
                [Toggle(key, title, key == self._section) for key, title in titles.items()]
            )
            self.widget.children = (self._head, self._sections, self._place)
        self._draw_section(view.details)

    def _draw_head(self, view: _OnView) -> None:
        details = view.details
        if details.pupil_id is None:
            year = AcademicYear(details.academic_year).label
            steps = pupil_steps("", back=BACK_TO_LIST)[:1]
            self._head.show("Add a pupil", line=f"To {year}", position="", steps=steps)
            return
        self._head.show(
            details.name,
            line=details.place,
            position=view.position,
            steps=pupil_steps(view.position, back=BACK_TO_LIST),
        )

    def _draw_section(self, details: PupilDetails) -> None:
        if self._section != DETAILS:
            self._place.children = (self._part(self._section).widget,)
        elif self._form is not None:
            self._form.draw()
            self._place.children = (self._form.widget,)
        else:
            self._table.show(details)
            self._place.children = (self._table.widget,)

    # Going on -----------------------------------------------------------------------------------

    def _on_section_press(self, key: str, _is_on: bool) -> None:
        view = self._on_view
        if view is None or view.details.pupil_id is None or key == self._section:
            return
        if key != DETAILS:
            self._part(key).show(view.details.school_id, view.details.pupil_id)
        self._section = key
        self._draw()

    def _on_step_press(self, key: str) -> None:
        if key == BACK:
            self._leave(self._go_back)
        else:
            self._leave(lambda: self._go_on(-1 if key == PREVIOUS else 1))

    def _go_back(self) -> None:
        last = self.pupil_id
        self.close()
        self._on_close(last)

    def _go_on(self, direction: int) -> None:
        view = self._on_view
        if view is None or view.details.pupil_id not in view.order:
            return
        at = view.order.index(view.details.pupil_id) + direction
        if 0 <= at < len(view.order):
            details = view.details
            self.show(details.school_id, details.academic_year, view.order[at], view.order)

    def _unsaved_parts(self) -> list[str]:
        return [key for key in self._makers if key in self._parts and self._parts[key].is_unsaved]

    def _leave(self, go: Callable[[], None]) -> None:
        """Go, or ask first what is to become of what was entered and not saved."""
        fields = () if self._form is None else self._form.unsaved
        parts = self._unsaved_parts()
        if not fields and not parts:
            go()
            return
        # What a part asks for is its own to save. The first button loses nothing either way.
        saving = () if parts else ((SAVE, "Save changes"),)
        question = Form(
            name="unsaved",
            legend="What is to become of your changes?",
            buttons=(*saving, (STAY, "Go on editing"), (DROP, "Throw them away")),
            asks_on_leaving=True,
            is_unsaved=True,
        )

        def on_answer(sent: Submission) -> None:
            if sent.button == DROP:
                for key in parts:
                    self._parts.pop(key, None)
                go()
            elif sent.button == STAY:
                self._stay(parts)
            elif self._form is None or not self._form.save():
                self._show_form()
            elif self.is_open:  # a new pupil that is saved closes it
                go()

        question.on_submit(self._context.guarded(on_answer))
        unsaved = [*fields, *(self._makers[key][0] for key in parts)]
        about = prose.Prose(
            prose.subheading("You have changes that are not saved"), prose.bullets(unsaved)
        )
        panel = ipywidgets.VBox([about, question])
        panel.add_class("pt-panel")
        self._place.children = (panel,)
        question.take_focus()

    def _stay(self, unsaved_parts: Sequence[str]) -> None:
        """Show again where something is not saved: the form, or else the first of the parts."""
        view, form = self._on_view, self._form
        if view is None:
            return
        if form is not None and form.unsaved:
            self._section = DETAILS
        elif unsaved_parts and view.details.pupil_id is not None:
            self._section = unsaved_parts[0]
            self._part(self._section).show(view.details.school_id, view.details.pupil_id)
        self._draw()
        if form is not None and self._section == DETAILS:
            form.take_focus()

    def _show_form(self) -> None:
        """Show what the form complains of or asks, told to save."""
        if self._form is not None:
            self._section = DETAILS
            self._place.children = (self._form.widget,)
            self._form.take_focus()

    # What the form tells ------------------------------------------------------------------------

    def _on_form_saved(self, result: SaveResult) -> None:
        view, form = self._on_view, self._form
        if view is None or form is None:
            return
        details = view.details
        if details.pupil_id is None:
            self.close()
            self._on_saved()
            self._on_close(result.pupil_id)
            self._context.notice.show("success", "The pupil was added.")
            return
        caller, place = self._context.caller, (details.school_id, details.academic_year)
        view.details = pupil_details(caller, *place, details.pupil_id)
        form.restart(view.details)
        self._draw_head(view)
        self._on_saved()
        self._context.notice.show("success", _saved_words(view.details, result))

    def _on_form_drop(self) -> None:
        view, form = self._on_view, self._form
        if view is None or form is None:
            return
        if view.details.pupil_id is None:
            self._go_back()
        else:
            form.restart(view.details)

    def _on_same_open(self, same: SamePupil) -> None:
        view = self._on_view
        if view is None:
            return
        school_id = view.details.school_id
        self._leave(lambda: self.show(school_id, same.academic_year, same.pupil_id))


def _saved_words(details: PupilDetails, result: SaveResult) -> str:
    saved = "The changes are saved." if result.changed else "There was nothing to change."
    if not result.merged:
        return saved
    others = ", ".join(details.label(name) for name in result.merged)
    return f"{saved} Someone else had changed this meanwhile, which is kept too: {others}."
