"""The one definition of a cohort: which pupils, in which year, at which assessment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pupiltrack_core.domain.academic_years import FIRST_START, LAST_START, AcademicYear
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.year_groups import LABELS, YearRange
from pupiltrack_core.errors import InvalidEntry

MAX_CLASS_NAME = 60
MAX_NAMED_SCHOOLS = 200  # as many are chosen one by one; more are a district, a phase or all
_MAX_DISTRICT, _MAX_PHASE = 80, 20
_NOTHING_SHOWN = "Choose again from the lists on the page; nothing was changed."


@dataclass(frozen=True, slots=True)
class CohortSelection:
    """A cohort of one school, or of schools of one local authority.

    Of an authority it is every school, or those in `school_ids`, or those in a `district`, of a
    `phase` or both. `years` is a `YearRange` or one year group. `assessment_id` None means the
    latest assessment of each year group, which is the only choice for a range of years or a local
    authority. Raise `InvalidEntry` for a combination that means nothing.
    """

    academic_year: int
    school_id: int | None = None
    local_authority_id: int | None = None
    years: YearRange | int = YearRange.ALL_YEARS
    assessment_id: int | None = None
    class_name: str | None = None
    characteristics: tuple[tuple[Characteristic, str], ...] = ()
    school_ids: tuple[int, ...] = ()
    district: str | None = None
    phase: str | None = None

    def __post_init__(self) -> None:
        # The same schools are the same cohort, whatever the order they were ticked in.
        object.__setattr__(self, "school_ids", tuple(sorted(set(self.school_ids))))
        _check_place(self)
        _check_schools(self)
        _check_time(self)
        _check_filters(self)

    @property
    def year_groups(self) -> tuple[int, ...]:
        """The year groups it holds, in order."""
        if isinstance(self.years, YearRange):
            return self.years.year_groups
        return (self.years,)

    @property
    def uses_latest_assessment(self) -> bool:
        """Whether each year group stands at its latest assessment, not at a chosen one."""
        return self.assessment_id is None

    def at_school(self, school_id: int) -> CohortSelection:
        """Return the part of the cohort that one of its schools has."""
        return replace(
            self,
            school_id=school_id,
            local_authority_id=None,
            school_ids=(),
            district=None,
            phase=None,
        )

    def describe(
        self,
        *,
        assessment: str | None = None,
        custom_names: Mapping[Characteristic, str] | None = None,
    ) -> str:
        """Return "Year 4, 2025/2026, Autumn 2025, class Maple, Sex: Female".

        The caller supplies what only the database knows: the assessment's name and the school's
        own names of the custom filters. Without a name the assessment is described by its rule.
        """
        who = self.years.label if isinstance(self.years, YearRange) else LABELS[self.years]
        parts = [who, AcademicYear(self.academic_year).label]
        parts.append(assessment or _assessment_rule(self))
        if self.class_name is not None:
            parts.append(f"class {self.class_name}")
        names = custom_names or {}
        parts.extend(
            f"{names.get(characteristic) or characteristic.label}: "
            f"{characteristic.value_label(value)}"
            for characteristic, value in self.characteristics
        )
        return ", ".join(parts)

    def to_query(self) -> dict[str, str]:
        """Return the parameters of a page's address; `from_query` reads them back."""
        query = {"year": str(self.academic_year), "years": str(self.years)}
        optional = {
            "school_id": self.school_id,
            "authority_id": self.local_authority_id,
            "assessment": self.assessment_id,
            "class": self.class_name,
            "school_ids": ",".join(str(number) for number in self.school_ids) or None,
            "district": self.district,
            "phase": self.phase,
        }
        query |= {name: str(value) for name, value in optional.items() if value is not None}
        return query | {
            characteristic.value: value for characteristic, value in self.characteristics
        }

    @classmethod
    def from_query(
        cls,
        query: Mapping[str, str],
        *,
        school_id: int | None = None,
        local_authority_id: int | None = None,
    ) -> CohortSelection:
        """Return the selection an address asks for; raise `InvalidEntry` for nonsense.

        `school_id` or `local_authority_id`, when given, is the place (a page that finds its school
        by LAESTAB gives it) and any other in the query is left unread; which schools of an
        authority are read of an authority alone. Parameters that are not part of a cohort are left
        unread too, and an empty one is one not given. The place is
        only asked for here, not granted.
        """
        if school_id is None and local_authority_id is None:
            school_id = _whole_number(query, "school_id")
            local_authority_id = _whole_number(query, "authority_id")
        academic_year = _whole_number(query, "year")
        if academic_year is None:
            raise InvalidEntry(f"No academic year was chosen. {_NOTHING_SHOWN}", field="year")
        part = {} if local_authority_id is None else query
        return cls(
            academic_year=academic_year,
            school_id=school_id,
            local_authority_id=local_authority_id,
            school_ids=_whole_numbers(part, "school_ids"),
            district=part.get("district") or None,
            phase=part.get("phase") or None,
            years=_years(query.get("years") or YearRange.ALL_YEARS.value),
            assessment_id=_whole_number(query, "assessment"),
            class_name=query.get("class") or None,
            characteristics=tuple(
                (characteristic, query[characteristic.value])
                for characteristic in Characteristic
                if query.get(characteristic.value)
            ),
        )


def _assessment_rule(selection: CohortSelection) -> str:
    if not selection.uses_latest_assessment:
        return "one assessment"
    if isinstance(selection.years, YearRange):
        return "latest assessment of each year group"
    return "latest assessment"


def _check_place(selection: CohortSelection) -> None:
    if (selection.school_id is None) == (selection.local_authority_id is None):
        raise InvalidEntry(
            f"A cohort is of one school or of one local authority. {_NOTHING_SHOWN}", field="school"
        )
    over_authority = selection.local_authority_id is not None
    if over_authority and (selection.assessment_id is not None or selection.class_name is not None):
        raise InvalidEntry(
            "Assessments and classes belong to one school, so they cannot be chosen for a whole "
            f"local authority. {_NOTHING_SHOWN}",
            field="assessment" if selection.assessment_id is not None else "class",
        )
    if over_authority and any(item.is_custom for item, _ in selection.characteristics):
        raise InvalidEntry(
            "Custom filters mean something different in each school, so they cannot be chosen for "
            f"a whole local authority. {_NOTHING_SHOWN}",
            field="characteristics",
        )


def _check_schools(selection: CohortSelection) -> None:
    by_kind = selection.district is not None or selection.phase is not None
    if not selection.school_ids and not by_kind:
        return
    if selection.local_authority_id is None:
        raise InvalidEntry(
            f"Several schools are chosen within one local authority. {_NOTHING_SHOWN}",
            field="school",
        )
    if selection.school_ids and by_kind:
        raise InvalidEntry(
            "Choose schools one by one, or those of a district or phase, not both. "
            "Nothing was changed.",
            field="school",
        )
    if len(selection.school_ids) > MAX_NAMED_SCHOOLS:
        raise InvalidEntry(
            f"Up to {MAX_NAMED_SCHOOLS} schools can be chosen one by one. Choose fewer, or all "
            "schools of a district, a phase or the local authority. Nothing was changed.",
            field="school",
        )
    if not _is_name(selection.district, _MAX_DISTRICT):
        raise InvalidEntry(f"There is no such district. {_NOTHING_SHOWN}", field="district")
    if not _is_name(selection.phase, _MAX_PHASE):
        raise InvalidEntry(f"There is no such phase. {_NOTHING_SHOWN}", field="phase")


def _is_name(text: str | None, longest: int) -> bool:
    return text is None or 0 < len(text) <= longest


def _check_time(selection: CohortSelection) -> None:
    if not FIRST_START <= selection.academic_year <= LAST_START:
        raise InvalidEntry(f"There is no such academic year. {_NOTHING_SHOWN}", field="year")
    if isinstance(selection.years, YearRange):
        if selection.assessment_id is not None:
            raise InvalidEntry(
                "A range of years stands at the latest assessment of each year group; choose one "
                "year group to see one assessment. Nothing was changed.",
                field="assessment",
            )
    elif selection.years not in LABELS:
        raise InvalidEntry(f"There is no such year group. {_NOTHING_SHOWN}", field="years")


def _check_filters(selection: CohortSelection) -> None:
    if selection.class_name is not None and not 0 < len(selection.class_name) <= MAX_CLASS_NAME:
        raise InvalidEntry(f"There is no such class. {_NOTHING_SHOWN}", field="class")
    chosen = [characteristic for characteristic, _ in selection.characteristics]
    if len(set(chosen)) < len(chosen):
        raise InvalidEntry(
            f"The same characteristic was chosen twice. {_NOTHING_SHOWN}", field="characteristics"
        )
    for characteristic, value in selection.characteristics:
        try:
            characteristic.value_label(value)
        except ValueError as error:
            raise InvalidEntry(f"{error} {_NOTHING_SHOWN}", field=characteristic.value) from error


def _whole_number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise InvalidEntry(f"The address asks for no known {name}. {_NOTHING_SHOWN}", field=name)
    return int(text)


def _whole_numbers(query: Mapping[str, str], name: str) -> tuple[int, ...]:
    parts = [part for part in query.get(name, "").split(",") if part]
    numbers = (_whole_number({name: part}, name) for part in parts)
    return tuple(number for number in numbers if number is not None)


def _years(text: str) -> YearRange | int:
    by_name: dict[str, YearRange | int] = {item.value: item for item in YearRange}
    by_name |= {str(year_group): year_group for year_group in LABELS}
    if text not in by_name:
        raise InvalidEntry(f"There are no such years. {_NOTHING_SHOWN}", field="years")
    return by_name[text]
