"""What the page Pupils shows: the search, the pupils it finds, and whether many are edited."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import pandas as pd
import traitlets

from pupiltrack_core.access import Action, Page, SchoolScope, may
from pupiltrack_core.domain.characteristics import CUSTOM, Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.schemas import cohort
from pupiltrack_core.services.cohort_filters import offered_filters
from pupiltrack_core.services.pupil_meetings import meetings_held
from pupiltrack_core.services.pupils import PupilSearch, interventions_held, list_pupils
from pupiltrack_core.services.schools import SchoolChoice, classes, schools_for
from pupiltrack_core.services.view_choices import load_view, save_view
from pupiltrack_portal.pages.applied_filters import (
    CUSTOM_KEYS,
    applied_filters,
    characteristic_fields,
)
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.school_choice import find_school, school_and_year_fields
from pupiltrack_portal.widgets.form import Chip, Field

_CHOSEN = ("class", "years", *(item.value for item in Characteristic))
# What may stand in the address: a name or a UPN never does.
_IN_ADDRESS = ("school", "year", *_CHOSEN)
VIEW, GRID = "view", "grid"


class PupilsModel(traitlets.HasTraits):
    """The search and the pupils it finds; with `edits_many` they are in the grid."""

    school = traitlets.Instance(SchoolChoice, allow_none=True)
    academic_year = traitlets.Int(0)
    search = traitlets.Dict()
    pupils = traitlets.Instance(pd.DataFrame, allow_none=True)
    class_names = traitlets.Tuple()
    edits_many = traitlets.Bool(False)

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._context = context
        self._caller = context.caller
        self._principal = context.principal()
        self.met: frozenset[int] = frozenset()
        self.helped: frozenset[int] = frozenset()
        self.schools = schools_for(context.caller)
        if self.schools:
            asked = {key: context.query.get(key, "") for key in _IN_ADDRESS}
            self.find(asked if any(asked.values()) else self._saved())
            self.edits_many = context.query.get(VIEW) == GRID and self.may_edit

    @property
    def may_import(self) -> bool:
        """Whether to offer the import; the service decides."""
        return self._may(Action.IMPORT_PUPILS)

    @property
    def may_export(self) -> bool:
        """Whether to offer the list as a file; the service decides."""
        return self._may(Action.EXPORT)

    @property
    def may_edit(self) -> bool:
        """Whether to offer adding a pupil and editing many; the services decide."""
        return self._may(Action.EDIT_PUPILS)

    @property
    def may_move(self) -> bool:
        """Whether to offer archived pupils and transfers: to the office, and to its authority."""
        return self.may_edit or self._may(Action.RESTORE_ARCHIVED)

    @property
    def pupil_ids(self) -> tuple[int, ...]:
        """The pupils found, in the order of the list: by surname and forenames."""
        if self.pupils is None:
            return ()
        return tuple(int(number) for number in self.pupils[cohort.PUPIL_ID])

    @property
    def academic_years(self) -> tuple[int, ...]:
        """Years with pupils, newest first, then the year of today, for its pupils to be brought in.

        The first is where the page starts.
        """
        if self.school is None:
            return ()
        on_record = self.school.academic_years
        now = self._context.academic_year_now()
        return on_record if now in on_record else (*on_record, now)

    @property
    def wanted(self) -> PupilSearch:
        """The present search as services take it."""
        asked = self.search
        return PupilSearch(
            surname=asked.get("surname", ""),
            upn=asked.get("upn", ""),
            class_name=asked.get("class") or None,
            year_group=int(asked["years"]) if asked.get("years") else None,
            characteristics=self._characteristics(),
        )

    def find(self, values: Mapping[str, object]) -> None:
        """Search; what is not a school, year, class or filter of the person falls away."""
        asked = {key: str(value).strip() for key, value in values.items()}
        before = self.school
        self.school = self._school(asked.get("school", ""))
        years = [str(year) for year in self.academic_years]
        year = asked.get("year", "")
        self.academic_year = int(year if year in years else years[0])
        self.class_names = classes(self._caller, self.school.school_id, self.academic_year)
        if asked.get("class") not in self.class_names:
            asked["class"] = ""
        if asked.get("years") not in {str(group) for group in LABELS}:
            asked["years"] = ""
        if before is not None and before != self.school:  # what they mean is each school's own
            asked |= dict.fromkeys(CUSTOM_KEYS, "")
        self.search = asked
        self.edits_many = self.edits_many and self.may_edit
        self.refresh()

    def refresh(self) -> None:
        """Read the pupils the present search finds."""
        if self.school is None:
            return
        place = (self.school.school_id, self.academic_year)
        self.pupils = list_pupils(self._caller, *place, self.wanted)
        self.met = meetings_held(self._caller, *place, self.pupil_ids)
        self.helped = interventions_held(self._caller, *place)

    def take_off(self, key: str) -> None:
        """Search without one of the filters by characteristics."""
        if key in {item.value for item, _ in self._characteristics()}:
            self.find({**self.search, key: ""})

    def applied(self) -> tuple[Chip, ...]:
        """Return the characteristics searched for, in words."""
        chosen = self._selection()
        return () if chosen is None else applied_filters(chosen, self._custom_names())

    def to_address(self) -> str:
        """Return the query of a bookmark; names and UPNs stay out of it."""
        return urlencode(self._choices() | ({VIEW: GRID} if self.edits_many else {}))

    def save_search(self) -> None:
        """Keep the present search for the next visit; names and UPNs stay out of it.

        The newest academic year is not kept, so that a year later the page starts with that one.
        """
        kept = self._choices()
        if self.academic_years and kept.get("year") == str(self.academic_years[0]):
            del kept["year"]
        save_view(self._caller, Page.PUPILS, kept)

    def fields(self) -> tuple[Field, ...]:
        """Return the search form's fields with the present search in them."""
        asked = self.search
        return (
            *school_and_year_fields(
                self.schools,
                self.school,
                academic_years=self.academic_years,
                academic_year=self.academic_year,
            ),
            Field("surname", "Surname", "search", asked.get("surname", "")),
            Field("upn", "UPN", "search", asked.get("upn", ""), max_length=13),
            Field(
                "class",
                "Class",
                "select",
                asked.get("class", ""),
                (("", "All classes"), *((name, name) for name in self.class_names)),
            ),
            Field(
                "years",
                "Year group",
                "select",
                asked.get("years", ""),
                (("", "All years"), *((str(group), label) for group, label in LABELS.items())),
            ),
            *self._characteristic_fields(),
        )

    def _characteristic_fields(self) -> list[Field]:
        chosen = self._selection()
        if chosen is None:
            return []
        names = self._custom_names()
        return characteristic_fields(chosen, offered=self._offered(), custom_names=names)

    def _characteristics(self) -> tuple[tuple[Characteristic, str], ...]:
        """Return what is searched for of the characteristics the person may choose by."""
        offered, names = self._offered(), self._custom_names()
        found = []
        for item in Characteristic:
            value = self.search.get(item.value, "")
            can_be = item in offered and (not item.is_custom or item in names)
            choices = item.values  # noqa: PD011 - the choices of a filter, no frame
            if can_be and value in {choice.value for choice in choices}:
                found.append((item, value))
        return tuple(found)

    def _selection(self) -> CohortSelection | None:
        """Return the characteristics as those of a cohort, which is how they are put in words."""
        if self.school is None:
            return None
        return CohortSelection(
            self.academic_year,
            school_id=self.school.school_id,
            characteristics=self._characteristics(),
        )

    def _offered(self) -> frozenset[Characteristic]:
        scope = self._scope()
        return frozenset() if scope is None else offered_filters(self._principal, scope)

    def _custom_names(self) -> dict[Characteristic, str]:
        names = self.school.custom_filter_names if self.school else ()
        return {item: name for item, name in zip(CUSTOM, names, strict=False) if name}

    def _choices(self) -> dict[str, str]:
        """Return what is chosen from lists, by its names in an address."""
        if self.school is None:
            return {}
        kept = {key: self.search.get(key, "") for key in ("class", "years")}
        kept |= {item.value: value for item, value in self._characteristics()}
        place = {"school": self.school.laestab, "year": str(self.academic_year)}
        return place | {key: value for key, value in kept.items() if value}

    def _saved(self) -> dict[str, str]:
        """Return the search kept at an earlier visit; none for a school out of reach by now."""
        kept = load_view(self._caller, Page.PUPILS)
        asked = {key: str(kept.get(key, "")) for key in _IN_ADDRESS}
        return asked if asked["school"] in {item.laestab for item in self.schools} else {}

    def _scope(self) -> SchoolScope | None:
        if self.school is None:
            return None
        return SchoolScope(self.school.school_id, self.school.local_authority_id)

    def _may(self, action: Action) -> bool:
        scope = self._scope()
        return scope is not None and may(self._principal, action, scope)

    def _school(self, laestab: str) -> SchoolChoice:
        if not laestab:
            return self.school or self.schools[0]
        return find_school(self.schools, laestab)
