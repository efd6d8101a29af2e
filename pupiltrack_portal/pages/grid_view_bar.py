"""The switches above the grid: which sections and which assessments are on view."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import ipywidgets

from pupiltrack_core.services.assessments import AssessmentInfo
from pupiltrack_core.services.grid_sections import Section
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.grid_view import GridView
from pupiltrack_portal.widgets.toggle_row import Toggle, ToggleRow

SwitchSection = Callable[[Section, bool], None]
SwitchAssessment = Callable[[int, bool], None]


class GridViewBar:
    """Two rows of switches; what is pressed is told, and shown once `show` says so."""

    def __init__(
        self,
        context: PageContext,
        *,
        on_section: SwitchSection,
        on_assessment: SwitchAssessment,
    ) -> None:
        self._sections = ToggleRow("Sections")
        self._assessments = ToggleRow("Assessments")
        self._sections.on_toggle(
            context.guarded(lambda key, is_on: on_section(Section(key), is_on))
        )
        self._assessments.on_toggle(
            context.guarded(lambda key, is_on: on_assessment(int(key), is_on))
        )
        self.widget = ipywidgets.VBox([self._assessments, self._sections])
        self.widget.add_class("pt-switches")

    def show(
        self,
        view: GridView,
        *,
        offered: Collection[Section],
        assessments: Sequence[AssessmentInfo],
        shown: Collection[int],
    ) -> None:
        """Show the switches of the sections `offered` and of the assessments, the oldest first.

        One assessment needs no switch.
        """
        self._sections.show(
            [Toggle(item.value, item.label, item in view.sections) for item in offered]
        )
        several = assessments if len(assessments) > 1 else ()
        self._assessments.show(
            [
                Toggle(str(item.id), item.name, item.id in shown, hint=f"{item.held_on:%d/%m/%Y}")
                for item in several
            ]
        )


def offered_sections(
    assessments: Collection[AssessmentInfo], custom_names: Collection[str]
) -> tuple[Section, ...]:
    """Return the sections there is anything of, in order."""
    there = {
        Section.CHARACTERISTICS: True,
        Section.CUSTOM: any(custom_names),
        Section.STATUTORY: True,
        Section.FORMATIVE: any(item.formative_title is not None for item in assessments),
        Section.TRACKING: bool(assessments),
        Section.TESTS: any(item.test_title is not None for item in assessments),
        Section.PHONICS: any(item.has_phonics for item in assessments),
    }
    return tuple(section for section in Section if there[section])
