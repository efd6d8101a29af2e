"""Choosing a cohort: the state behind the filter bar that the report and entry pages share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

import traitlets

from pupiltrack_core.access import Principal, SchoolScope
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.year_groups import LABELS, YearRange
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.services.assessments import AssessmentInfo, assessments_for
from pupiltrack_core.services.cohort_filters import offered_filters, require_filters
from pupiltrack_core.services.schools import (
    SchoolChoice,
    class_year_groups,
    classes,
    schools_for,
)
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.school_choice import find_school, school_options
from pupiltrack_portal.widgets.form import Answer, Field

LATEST = ""
WHOLE_YEAR = "year"
WHOLE_AUTHORITY = "all"
ENTRY_YEAR_GROUPS = (0, 1, 2, 3, 4, 5, 6)


class CohortChoice(traitlets.HasTraits):
    """Which cohort a page shows, and what can be chosen instead.

    `by_year_group` limits the years to single year groups, as entry needs; `with_authority` lets
    an LA user choose all schools at once. The services check every choice again.
    """

    selection = traitlets.Instance(CohortSelection, allow_none=True)
    assessments = traitlets.Tuple()
    whole_year = traitlets.Bool()
    class_names = traitlets.Tuple()

    def __init__(
        self,
        context: PageContext,
        *,
        by_year_group: bool = False,
        with_authority: bool = False,
        with_assessment: bool = True,
    ) -> None:
        super().__init__()
        self._context = context
        self._by_year_group = by_year_group
        self._with_authority = with_authority
        self._with_assessment = with_assessment
        self._principal: Principal = context.principal()
        self.schools: tuple[SchoolChoice, ...] = schools_for(context.caller)
        if self.schools:
            selection = self._from_address(context.query)
            self.whole_year = by_year_group and context.query.get("assessment") == WHOLE_YEAR
            self.choose(selection)

    @property
    def school(self) -> SchoolChoice | None:
        """The school chosen, or None for a whole local authority or no school at all."""
        if self.selection is None or self.selection.school_id is None:
            return None
        return self._school(self.selection.school_id)

    def school_id(self) -> int | None:
        """Return the key of the school chosen; None for a whole local authority."""
        return self.selection.school_id if self.selection else None

    @property
    def assessment(self) -> AssessmentInfo | None:
        """The assessment chosen, or None for the latest."""
        wanted = self.selection.assessment_id if self.selection else None
        return next((item for item in self.assessments if item.id == wanted), None)

    def choose(self, selection: CohortSelection) -> None:
        """Take a cohort, dropping an assessment or class that does not exist in its school."""
        if selection.school_id is None:
            self.assessments, self.class_names = (), ()
            self.selection = selection
            return
        caller, year = self._context.caller, selection.academic_year
        self.class_names = classes(caller, selection.school_id, year)
        if self._with_assessment:
            self.assessments = assessments_for(
                caller, selection.school_id, year, selection.year_groups
            )
        if selection.assessment_id not in {item.id for item in self.assessments}:
            selection = replace(selection, assessment_id=None)
        if selection.class_name not in self.class_names:
            selection = replace(selection, class_name=None)
        self.selection = selection

    @property
    def shown_assessments(self) -> tuple[AssessmentInfo, ...]:
        """The assessments to show side by side: the one chosen, the latest, or all of the year."""
        if self.whole_year:
            return tuple(reversed(self.assessments))
        return (self.assessment,) if self.assessment else tuple(self.assessments[:1])

    def choose_from(self, values: Mapping[str, Answer]) -> None:
        """Take what the filter bar sent; raise `InvalidEntry` or `NotFound` for what cannot be."""
        asked = {key: str(value) for key, value in values.items()}
        asked["school"] = asked.get("school") or self._place()
        selection = self._permitted(self._from_values(asked))
        self.whole_year = self._by_year_group and asked.get("assessment") == WHOLE_YEAR
        self.choose(selection)

    def preview(self, values: Mapping[str, Answer]) -> tuple[Field, ...]:
        """Return the fields as they must look once `values` are chosen, without choosing them."""
        kept = (self.selection, self.assessments, self.class_names, self.whole_year)
        try:
            with self.hold_trait_notifications():
                self.choose_from(values)
                fields = self.fields()
        finally:
            with self.hold_trait_notifications():
                self.selection, self.assessments, self.class_names, self.whole_year = kept
        return fields

    def reset(self) -> None:
        """Drop class and characteristics; place, year and years stay."""
        if self.selection is not None:
            self.choose(replace(self.selection, class_name=None, characteristics=()))

    def to_address(self) -> str:
        """Return the query of a bookmark to this cohort; it holds no personal data."""
        if self.selection is None:
            return ""
        query = self.selection.to_query()
        query.pop("authority_id", None)
        query.pop("school_id", None)
        if self.whole_year:
            query["assessment"] = WHOLE_YEAR
        return urlencode({"school": self._place(), **query})

    def fields(self) -> tuple[Field, ...]:
        """Return the filter bar's fields with the present choice in them."""
        if self.selection is None:
            return ()
        chosen = self.selection
        fields = [self._school_field()] if len(self.schools) > 1 else []
        fields += [
            Field(
                "year",
                "Academic year",
                "select",
                str(chosen.academic_year),
                tuple((str(year), AcademicYear(year).label) for year in self._years_on_record()),
                tells=True,
            ),
            Field("years", "Years", "select", str(chosen.years), self._years_options(), tells=True),
        ]
        if chosen.school_id is not None:
            fields += self._school_only_fields(chosen)
        fields += self._characteristic_fields(chosen)
        return tuple(fields)

    def _place(self) -> str:
        return self.school.laestab if self.school else WHOLE_AUTHORITY

    def _school_field(self) -> Field:
        options = list(school_options(self.schools))
        if self._with_authority and self._principal.local_authority_ids:
            options.insert(0, (WHOLE_AUTHORITY, "All schools of the local authority"))
        return Field("school", "School", "select", self._place(), tuple(options), tells=True)

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
        fields.append(Field("class", "Class", "select", chosen.class_name or "", names))
        return fields

    def _characteristic_fields(self, chosen: CohortSelection) -> list[Field]:
        current = dict(chosen.characteristics)
        custom_names = self._custom_names()
        offered = offered_filters(self._principal, self._scope(chosen))
        fields = []
        for characteristic in Characteristic:
            if characteristic not in offered:
                continue
            label = custom_names.get(characteristic, characteristic.label)
            if characteristic.is_custom and characteristic not in custom_names:
                continue
            values = [(choice.value, choice.label) for choice in characteristic.values]
            fields.append(
                Field(
                    characteristic.value,
                    label,
                    "select",
                    current.get(characteristic, ""),
                    (("", "All"), *values),
                    fold="Pupil characteristics",
                )
            )
        return fields

    def _custom_names(self) -> dict[Characteristic, str]:
        names = self.school.custom_filter_names if self.school else ()
        customs = [item for item in Characteristic if item.is_custom]
        return {item: name for item, name in zip(customs, names, strict=False) if name}

    def _years_options(self) -> tuple[tuple[str, str], ...]:
        if self._by_year_group:
            return tuple((str(group), LABELS[group]) for group in ENTRY_YEAR_GROUPS)
        return (
            *((item.value, item.label) for item in YearRange),
            *((str(group), LABELS[group]) for group in ENTRY_YEAR_GROUPS),
        )

    def _years_on_record(self) -> tuple[int, ...]:
        return self._years_of(*(self.schools if self.school is None else (self.school,)))

    def _years_of(self, *schools: SchoolChoice) -> tuple[int, ...]:
        every = {year for school in schools for year in school.academic_years}
        return tuple(sorted(every, reverse=True)) or (self._context.academic_year_now(),)

    def _default_years(self, school: SchoolChoice, year: int) -> YearRange | int:
        """A class teacher starts at the own class's year group."""
        own = {
            membership.class_name
            for membership in self._principal.memberships
            if membership.school_id == school.school_id and membership.class_name
        }
        if own:
            year_groups = class_year_groups(self._context.caller, school.school_id, year)
            for name in sorted(own & year_groups.keys()):
                return year_groups[name][0]
        return 1 if self._by_year_group else YearRange.ALL_YEARS

    def _from_address(self, query: Mapping[str, str]) -> CohortSelection:
        try:
            return self._permitted(self._from_values(query))
        except (AccessDenied, InvalidEntry, NotFound) as error:
            self._context.notice.show("warning", f"{error} The usual cohort is shown instead.")
            return self._from_values({})

    def _permitted(self, selection: CohortSelection) -> CohortSelection:
        require_filters(self._principal, selection, self._scope(selection))
        return selection

    def _scope(self, selection: CohortSelection) -> SchoolScope | None:
        if selection.school_id is None:
            return None
        school = self._school(selection.school_id)
        return SchoolScope(school.school_id, school.local_authority_id)

    def _from_values(self, values: Mapping[str, str]) -> CohortSelection:
        place = values.get("school", "")
        over_authority = self._with_authority and bool(self._principal.local_authority_ids)
        if over_authority and (place == WHOLE_AUTHORITY or (not place and len(self.schools) > 1)):
            years = self._years_of(*self.schools)
            return CohortSelection.from_query(
                {"year": str(years[0]), **_without_school_choices(values)},
                local_authority_id=self._principal.local_authority_ids[0],
            )
        school = find_school(self.schools, place) if place else self.schools[0]
        wanted = {key: value for key, value in values.items() if value}
        years = self._years_of(school)
        if wanted.get("year") not in {str(year) for year in years}:
            wanted["year"] = str(years[0])
        if "years" not in wanted:
            wanted["years"] = str(self._default_years(school, int(wanted["year"])))
        if self._by_year_group and wanted["years"] not in {str(g) for g in ENTRY_YEAR_GROUPS}:
            wanted["years"] = "1"
        ranges = {item.value for item in YearRange}
        if wanted["years"] in ranges or wanted.get("assessment") == WHOLE_YEAR:
            wanted.pop("assessment", None)
        return CohortSelection.from_query(wanted, school_id=school.school_id)

    def _school(self, school_id: int) -> SchoolChoice:
        for school in self.schools:
            if school.school_id == school_id:
                return school
        raise NotFound("There is no such school, or it is not one of yours.")


def _without_school_choices(values: Mapping[str, str]) -> dict[str, str]:
    custom = {item.value for item in Characteristic if item.is_custom}
    school_only = {"school", "assessment", "class", *custom}
    return {key: value for key, value in values.items() if value and key not in school_only}
