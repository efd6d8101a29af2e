"""Choosing a cohort: the state behind the filter bar that the report and entry pages share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import traitlets

from pupiltrack_core.access import Principal
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.characteristics import CUSTOM, Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.year_groups import LABELS, YearRange
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.services.assessments import AssessmentInfo, assessments_for
from pupiltrack_core.services.cohort_filters import offered_filters
from pupiltrack_core.services.schools import SchoolChoice, class_year_groups, schools_for
from pupiltrack_core.services.view_choices import load_view, save_view
from pupiltrack_portal.pages.applied_filters import (
    CLASS,
    CUSTOM_KEYS,
    FILTER_KEYS,
    PLACE_FIELDS,
    applied_filters,
    characteristic_fields,
    what_changed,
    without_filters,
)
from pupiltrack_portal.pages.class_walk import ClassPlace, class_places, neighbours
from pupiltrack_portal.pages.cohort_address import (
    ENTRY_YEAR_GROUPS,
    WHOLE_YEAR,
    CohortAddress,
)
from pupiltrack_portal.pages.cohort_place import (
    GROUP_OPTIONS,
    GROUPS,
    SCHOOL,
    SEVERAL,
    WHOLE_AUTHORITY,
    group_address,
    group_fields,
    require_several,
)
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.school_choice import school_options
from pupiltrack_portal.widgets.form import Answer, Chip, Field

LATEST = ""
LAST_COHORT = "reports"  # what all report pages share
# What an address of a cohort says of it; one with any of these is not left to what is remembered.
_OF_THE_COHORT = frozenset({SCHOOL, "year", "years", "assessment", *FILTER_KEYS})
_REMEMBERED = "cohort"
_CHOSEN = ("selection", "assessments", "class_year_groups", "whole_year", "several")


class CohortChoice(traitlets.HasTraits):
    """Which cohort a page shows, and what can be chosen instead.

    `by_year_group` limits the years to single year groups, as entry needs: there the filters are
    taken off when another year group, academic year or school is chosen. `with_authority` lets an
    LA user choose several schools at once. Pages that give the same `remembered_as` come back to
    the cohort the person last chose on any of them, unless the address asks for one. One `like`
    another begins with what is chosen there. The services check every choice again.
    """

    selection = traitlets.Instance(CohortSelection, allow_none=True)
    assessments = traitlets.Tuple()
    whole_year = traitlets.Bool()
    several = traitlets.Bool()  # schools are ticked one by one
    class_year_groups = traitlets.Dict()  # the year groups of each class of the school, by name

    def __init__(
        self,
        context: PageContext,
        *,
        by_year_group: bool = False,
        with_authority: bool = False,
        with_assessment: bool = True,
        remembered_as: str = "",
        like: CohortChoice | None = None,
    ) -> None:
        super().__init__()
        self._context = context
        self._remembered_as = remembered_as
        self.beside: dict[str, str] = {}  # what the page has in its address beside the cohort
        self._by_year_group = by_year_group
        self._with_assessment = with_assessment
        self._principal: Principal = context.principal()
        self.schools: tuple[SchoolChoice, ...] = (
            schools_for(context.caller) if like is None else like.schools
        )
        self._address = CohortAddress(
            context,
            self._principal,
            self.schools,
            by_year_group=by_year_group,
            with_authority=with_authority,
        )
        if like is not None:
            self._set({name: getattr(like, name) for name in _CHOSEN})
        elif self.schools:
            selection = self._remembered() or self._from_address(context.query)
            self.whole_year = by_year_group and context.query.get("assessment") == WHOLE_YEAR
            self.several = bool(selection.school_ids)
            self.choose(selection)

    @property
    def school(self) -> SchoolChoice | None:
        """The school chosen, or None for a whole local authority or no school at all."""
        if self.selection is None or self.selection.school_id is None:
            return None
        return self._address.school(self.selection.school_id)

    def school_id(self) -> int | None:
        """Return the key of the school chosen; None for a whole local authority."""
        return self.selection.school_id if self.selection else None

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes of the school in the academic year, in the order of their names."""
        return tuple(self.class_year_groups)

    @property
    def assessment(self) -> AssessmentInfo | None:
        """The assessment chosen, or None for the latest."""
        wanted = self.selection.assessment_id if self.selection else None
        return next((item for item in self.assessments if item.id == wanted), None)

    @property
    def shown_assessments(self) -> tuple[AssessmentInfo, ...]:
        """The assessments to show side by side: the one chosen, the latest, or all of the year."""
        if self.whole_year:
            return tuple(reversed(self.assessments))
        return (self.assessment,) if self.assessment else tuple(self.assessments[:1])

    def choose(self, selection: CohortSelection) -> None:
        """Take a cohort, dropping an assessment or class that does not exist in its school."""
        if selection.school_id is None:
            self.assessments, self.class_year_groups = (), {}
            self.selection = selection
            return
        caller, year = self._context.caller, selection.academic_year
        self.class_year_groups = class_year_groups(caller, selection.school_id, year)
        if self._with_assessment:
            self.assessments = assessments_for(
                caller, selection.school_id, year, selection.year_groups
            )
        if selection.assessment_id not in {item.id for item in self.assessments}:
            selection = replace(selection, assessment_id=None)
        if selection.class_name not in self.class_year_groups:
            selection = replace(selection, class_name=None)
        self.selection = selection

    def choose_from(self, values: Mapping[str, Answer]) -> str:
        """Take what the filter bar sent and return what to tell the person, "" for nothing.

        Raise `InvalidEntry` or `NotFound` for what cannot be chosen.
        """
        asked = self._asked(values)
        require_several(asked)
        return self._take(asked)

    def _asked(self, values: Mapping[str, Answer]) -> dict[str, str]:
        asked = {
            key: ",".join(value) if isinstance(value, tuple) else str(value)
            for key, value in values.items()
        }
        asked[SCHOOL] = asked.get(SCHOOL) or self._place()
        return asked

    def _take(self, asked: Mapping[str, str]) -> str:
        selection = self._address.read(asked)
        before, applied = self.selection, self.applied()
        self.several = self._address.offers_authority and asked[SCHOOL] == SEVERAL
        self.whole_year = self._by_year_group and asked.get("assessment") == WHOLE_YEAR
        self.choose(selection)
        return self._fallen(before, applied)

    def preview(self, values: Mapping[str, Answer], *, changed: str = "") -> tuple[Field, ...]:
        """Return the fields as they must look once `values` are chosen, without choosing them.

        `changed` is the field that was just changed, which may take filters off.
        """
        taken_off = self._takes_off(changed)
        kept = {name: getattr(self, name) for name in _CHOSEN}
        try:
            with self.hold_trait_notifications():
                self._take(self._asked({k: v for k, v in values.items() if k not in taken_off}))
                fields = self.fields()
        finally:
            self._set(kept)
        return fields

    def _set(self, chosen: Mapping[str, Any]) -> None:
        with self.hold_trait_notifications():
            for name, value in chosen.items():
                setattr(self, name, value)

    # --- filters ----------------------------------------------------------------------------------

    def applied(self) -> tuple[Chip, ...]:
        """Return the class and characteristics the cohort is narrowed by, in words."""
        if self.selection is None:
            return ()
        return applied_filters(self.selection, self._custom_names())

    def take_off(self, key: str) -> str:
        """Drop one filter, if it is applied; return what to tell the person."""
        words = [chip.text for chip in self.applied() if chip.key == key]
        if self.selection is None or not words:
            return ""
        self.choose(without_filters(self.selection, (key,)))
        return f"Taken off: {words[0]}."

    def reset(self) -> str:
        """Drop class and characteristics; place, year and years stay. Return what to tell."""
        if self.selection is None or not self.applied():
            return ""
        self.choose(without_filters(self.selection, FILTER_KEYS))
        return "All filters were taken off."

    def _takes_off(self, changed: str) -> tuple[str, ...]:
        """Return the keys of the filters that fall when a field is changed."""
        if self._by_year_group and changed in PLACE_FIELDS:
            return FILTER_KEYS
        # What a custom filter means is each school's own.
        return CUSTOM_KEYS if changed == "school" else ()

    def _fallen(self, before: CohortSelection | None, applied: Sequence[Chip]) -> str:
        """Return the words for filters of `before` that fell with its place, "" for none."""
        if before is None or self.selection is None:
            return ""
        changed = what_changed(before, self.selection)
        fell, now = self._takes_off(changed), {chip.key for chip in self.applied()}
        words = [chip.text for chip in applied if chip.key in fell and chip.key not in now]
        if not words:
            return ""
        reason = f"another {PLACE_FIELDS[changed]} was chosen"
        return f"Filters were taken off because {reason}: {'; '.join(words)}."

    # --- classes ----------------------------------------------------------------------------------

    @property
    def walks_classes(self) -> bool:
        """Whether there are classes to go through one by one."""
        return self._by_year_group and bool(self.class_year_groups)

    def classes_around(self) -> tuple[ClassPlace | None, ClassPlace | None]:
        """Return the classes before and after the one on view, None where there is none."""
        chosen = self.selection
        if chosen is None or isinstance(chosen.years, YearRange):
            return None, None
        places = class_places(self.class_year_groups, ENTRY_YEAR_GROUPS)
        return neighbours(places, class_name=chosen.class_name, year_group=chosen.years)

    def go_to_class(self, place: ClassPlace) -> str:
        """Show a class and its year group; return what to tell the person.

        Within a year group the characteristics stay, as they do when a class is chosen by hand.
        """
        before, applied = self.selection, self.applied()
        if before is None:
            return ""
        fell = () if before.years == place.year_group else self._takes_off("years")
        kept = without_filters(before, fell)
        self.choose(replace(kept, years=place.year_group, class_name=place.name))
        told = f"On view: {place.name}, {LABELS[place.year_group]}."
        return " ".join(filter(None, (told, self._fallen(before, applied))))

    # --- the address and the form -----------------------------------------------------------------

    def to_address(self) -> str:
        """Return the query of a bookmark to this cohort; it holds no personal data."""
        if self.selection is None:
            return ""
        query = self.selection.to_query()
        for name in ("authority_id", "school_id", "school_ids"):
            query.pop(name, None)
        if self.whole_year:
            query["assessment"] = WHOLE_YEAR
        place = {SCHOOL: self._place()}
        if self.selection.school_id is None:
            place = group_address(self.selection, self.schools, several=self.several)
        return urlencode({**place, **query, **self.beside})

    def remember(self) -> None:
        """Keep the cohort for the next visit to any page that shares this memory."""
        if self._remembered_as and self.selection is not None:
            address = self.to_address()
            save_view(self._context.caller, self._remembered_as, {_REMEMBERED: address})

    def open_address(self, address: str) -> None:
        """Take the cohort of an address that `to_address` once returned.

        Raise `InvalidEntry`, `NotFound` or `AccessDenied` for what cannot be chosen here by now.
        """
        asked = dict(parse_qsl(address))
        if asked.get(SCHOOL) in GROUPS and not self._address.offers_authority:
            raise InvalidEntry(
                "This selection is of several schools, and this page shows one at a time. Nothing "
                "was changed.",
                field=SCHOOL,
            )
        selection = self._address.read(asked)
        self.several = bool(selection.school_ids)
        self.whole_year = self._by_year_group and asked.get("assessment") == WHOLE_YEAR
        self.choose(selection)

    def fields(self) -> tuple[Field, ...]:
        """Return the filter bar's fields with the present choice in them."""
        chosen = self.selection
        if chosen is None:
            return ()
        schools = self.schools if self.school is None else (self.school,)
        years = tuple(
            (str(year), AcademicYear(year).label) for year in self._address.years_of(*schools)
        )
        fields = []
        if len(self.schools) > 1:
            fields.append(self._place_field(SCHOOL, "School", self._place(), self._schools()))
        fields += [
            self._place_field("year", "Academic year", str(chosen.academic_year), years),
            self._place_field("years", "Years", str(chosen.years), self._years_options()),
        ]
        if chosen.school_id is not None:
            fields += self._school_only_fields(chosen)
        else:
            fields += group_fields(chosen, self.schools, several=self.several)
        fields += characteristic_fields(
            chosen,
            offered=offered_filters(self._principal, self._address.scope(chosen)),
            custom_names=self._custom_names(),
        )
        return tuple(fields)

    def _place_field(
        self, key: str, label: str, value: str, options: tuple[tuple[str, str], ...]
    ) -> Field:
        return Field(key, label, "select", value, options, tells=True, clears=self._takes_off(key))

    def _place(self) -> str:
        if self.school:
            return self.school.laestab
        return SEVERAL if self.several else WHOLE_AUTHORITY

    def _schools(self) -> tuple[tuple[str, str], ...]:
        groups = GROUP_OPTIONS if self._address.offers_authority else ()
        return (*groups, *school_options(self.schools))

    def _years_options(self) -> tuple[tuple[str, str], ...]:
        groups = tuple((str(group), LABELS[group]) for group in ENTRY_YEAR_GROUPS)
        if self._by_year_group:
            return groups
        return (*((item.value, item.label) for item in YearRange), *groups)

    def _school_only_fields(self, chosen: CohortSelection) -> list[Field]:
        fields = []
        if self._with_assessment:
            options = [(LATEST, "Latest assessment")]
            if self._by_year_group:
                options.append((WHOLE_YEAR, "All of the year, side by side"))
            if not isinstance(chosen.years, YearRange):
                options += [
                    (str(item.id), f"{item.name} ({item.held_on:%d/%m/%Y})")
                    for item in self.assessments
                ]
            value = WHOLE_YEAR if self.whole_year else str(chosen.assessment_id or LATEST)
            fields.append(Field("assessment", "Assessment", "select", value, tuple(options)))
        names = (("", "All classes"), *((name, name) for name in self.class_names))
        fields.append(Field(CLASS, "Class", "select", chosen.class_name or "", names))
        return fields

    def _custom_names(self) -> dict[Characteristic, str]:
        names = self.school.custom_filter_names if self.school else ()
        return {item: name for item, name in zip(CUSTOM, names, strict=False) if name}

    def _remembered(self) -> CohortSelection | None:
        """Return the cohort of the last visit, if the address leaves it open and it is there."""
        if not self._remembered_as or _OF_THE_COHORT & set(self._context.query):
            return None
        saved = load_view(self._context.caller, self._remembered_as).get(_REMEMBERED)
        if not isinstance(saved, str) or not saved:
            return None
        try:
            return self._address.read(dict(parse_qsl(saved)))
        except (AccessDenied, InvalidEntry, NotFound):
            return None

    def _from_address(self, query: Mapping[str, str]) -> CohortSelection:
        try:
            return self._address.read(query)
        except (AccessDenied, InvalidEntry, NotFound) as error:
            self._context.notice.show("warning", f"{error} The usual cohort is shown instead.")
            return self._address.read({})
