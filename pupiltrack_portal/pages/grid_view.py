"""How a person likes to see the grid: sections and assessments on view, widths, bars at the foot.

Remembered for each person. What is remembered came from a browser once, so each part is read as
carefully as a message; a part that makes no sense is as if it had never been said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pupiltrack_core.services.assessments import AssessmentInfo
from pupiltrack_core.services.grid_columns import Kind
from pupiltrack_core.services.grid_sections import SHOWN_AT_FIRST, Section
from pupiltrack_portal.widgets.grid_model import NARROWEST, WIDEST

VIEW = "assessments"
MAX_HIDDEN, MAX_WIDTHS = 500, 300
SECTION_OF_KIND = {
    Kind.FORMATIVE: Section.FORMATIVE,
    Kind.TRACKING: Section.TRACKING,
    Kind.TEST: Section.TESTS,
    Kind.PHONICS: Section.PHONICS,
}
_KINDS = frozenset(kind.value for kind in Kind) | {"rwm"}


@dataclass(frozen=True, slots=True)
class GridView:
    """What is on view. `widths` are CSS pixels by what a column holds, whatever the assessment."""

    sections: frozenset[Section] = SHOWN_AT_FIRST
    hidden: frozenset[int] = frozenset()
    widths: Mapping[str, int] = field(default_factory=dict)
    bars: bool = False

    @classmethod
    def remembered(cls, saved: Mapping[str, Any]) -> GridView:
        """Return the view `to_dict` made."""
        usual = cls()
        switched = _mapping(saved.get("sections"))
        sections = frozenset(
            item for item in Section if switched.get(item.value, item in usual.sections) is True
        )
        hidden = saved.get("hidden")
        widths = _mapping(saved.get("widths"))
        return cls(
            sections=sections,
            hidden=frozenset(item for item in _list(hidden)[:MAX_HIDDEN] if type(item) is int),
            widths={
                key: width
                for key, width in list(widths.items())[:MAX_WIDTHS]
                if type(width) is int and NARROWEST <= width <= WIDEST
            },
            bars=saved.get("bars") is True,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the view as it is remembered; the newest hidden assessments are kept."""
        return {
            "sections": {item.value: item in self.sections for item in Section},
            "hidden": sorted(self.hidden, reverse=True)[:MAX_HIDDEN],
            "widths": dict(list(self.widths.items())[-MAX_WIDTHS:]),
            "bars": self.bars,
        }

    def with_section(self, section: Section, *, is_on: bool) -> GridView:
        """Return the view with one section switched."""
        sections = self.sections | {section} if is_on else self.sections - {section}
        return replace(self, sections=sections)

    def with_assessment(self, assessment_id: int, *, is_on: bool) -> GridView:
        """Return the view with one assessment switched."""
        hidden = self.hidden - {assessment_id} if is_on else self.hidden | {assessment_id}
        return replace(self, hidden=hidden)

    def with_widths(
        self, widths: Mapping[str, int], *, on_view: Iterable[str], bars: bool
    ) -> GridView:
        """Return the view with these widths of the columns `on_view`, and the bars on or off.

        A column on view that is not among `widths` has its usual width again; others keep theirs.
        """
        asked = {width_key(key): widths.get(key) for key in on_view}
        rest = {key: width for key, width in self.widths.items() if key not in asked}
        own = {key: width for key, width in asked.items() if width is not None}
        return replace(self, widths=rest | own, bars=bars)

    def widths_of(self, columns: Iterable[str]) -> dict[str, int]:
        """Return the person's own widths of these columns; usual ones are left out."""
        found = {key: self.widths.get(width_key(key)) for key in columns}
        return {key: width for key, width in found.items() if width is not None}

    def shown(self, assessments: Iterable[AssessmentInfo]) -> tuple[AssessmentInfo, ...]:
        """Return the assessments that are not switched off."""
        return tuple(item for item in assessments if item.id not in self.hidden)


def width_key(column_key: str) -> str:
    """Return what a width is remembered under: "12:tracking:READ" and "19:tracking:READ" alike."""
    first, _, rest = column_key.partition(":")
    return rest if first.isdigit() and rest.partition(":")[0] in _KINDS else column_key


def _mapping(value: object) -> dict[str, Any]:
    return {str(key): item for key, item in value.items()} if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list) else []
