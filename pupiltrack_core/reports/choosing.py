"""A cohort chosen in words, as on the command line and in a report notebook."""

from __future__ import annotations

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.attainment_points import Point
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.groupings import GROUPED_BY
from pupiltrack_core.domain.subjects import is_own_code, subject_label
from pupiltrack_core.domain.year_groups import YEARS_HELP, YearRange, year_group_of
from pupiltrack_core.errors import InvalidEntry, NotFound
from pupiltrack_core.schemas.tallies import SUBJECT_ORDER
from pupiltrack_core.services.assessments import assessments_for
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.report_comparison import Against
from pupiltrack_core.services.report_extras import Wanted
from pupiltrack_core.services.schools import school_by_laestab, schools_for
from pupiltrack_core.services.transition import transition_points


def choose_cohort(
    caller: Caller,
    *,
    school: str,
    year: str | None = None,
    years: str = YearRange.ALL_YEARS.value,
    class_name: str | None = None,
    assessment: str | None = None,
) -> CohortSelection:
    """Return the cohort of a school ("999/2001") chosen in words.

    `year` is like "2025/2026", the latest with pupils when None; `years` is one of `YEARS_HELP`;
    `assessment` is an assessment's name, the latest when None. Raise `NotFound` for a school or an
    assessment that is not there, `InvalidEntry` for words that mean nothing.
    """
    chosen = school_by_laestab(caller, school)
    if year is None and not chosen.academic_years:
        raise NotFound(f"{chosen.name} has no pupils in any academic year yet.")
    start = max(chosen.academic_years) if year is None else parse_year(year)
    selection = CohortSelection(
        academic_year=start,
        school_id=chosen.school_id,
        years=parse_years(years),
        class_name=class_name,
    )
    if assessment is None:
        return selection
    held = assessments_for(caller, chosen.school_id, start, selection.year_groups)
    for candidate in held:
        if candidate.name.casefold() == assessment.strip().casefold():
            return CohortSelection(
                academic_year=start,
                school_id=chosen.school_id,
                years=selection.years,
                class_name=class_name,
                assessment_id=candidate.id,
            )
    known = ", ".join(candidate.name for candidate in held) or "none"
    raise NotFound(f"There is no such assessment for these pupils. Those there are: {known}.")


def choose_authority(
    caller: Caller,
    code: str,
    *,
    year: str | None = None,
    years: str = YearRange.ALL_YEARS.value,
    district: str | None = None,
    phase: str | None = None,
) -> CohortSelection:
    """Return the cohort of every school of a local authority ("999"), as in `choose_cohort`.

    Or of its schools in a district, of a phase or both; raise `NotFound` where there is none.
    """
    within = [choice for choice in schools_for(caller) if choice.laestab[:3] == code.strip()]
    starts = {start for choice in within for start in choice.academic_years}
    if not within or (year is None and not starts):
        raise NotFound("There is no such local authority, or it has no pupils yet.")
    place = {"district": district, "phase": phase}
    for name, wanted in place.items():
        there = sorted({str(getattr(choice, name)) for choice in within if getattr(choice, name)})
        if wanted is not None and wanted not in there:
            raise NotFound(f"There is no such {name}. Those there are: {', '.join(there)}.")
    return CohortSelection(
        academic_year=max(starts) if year is None else parse_year(year),
        local_authority_id=within[0].local_authority_id,
        years=parse_years(years),
        district=district,
        phase=phase,
    )


def choose_point(caller: Caller, selection: CohortSelection, words: str) -> Point:
    """Return the point of a cohort that words name: gld, ks1, ks2, an assessment or a term.

    Raise `NotFound` where there is none such, or several, and say which there are.
    """
    wanted = words.strip().casefold()
    points = transition_points(caller, selection)
    found = [
        item.point
        for item in points
        if wanted in (item.point.text, item.label.casefold())
        or item.label.casefold().startswith((f"{wanted} (", f"{wanted},"))
    ]
    if len(found) == 1:
        return found[0]
    known = "; ".join(
        item.point.text if item.point.kind.collection else item.label for item in points
    )
    problem = "There are several such points" if found else "There is no such point to compare"
    raise NotFound(f"{problem}. Those there are: {known}.")


def choose_extras(*, compare: str | None, group: str | None) -> Wanted:
    """Return what is wanted beside a full report; raise `InvalidEntry` for words for neither.

    `compare` is "previous" or "last-year"; `group` a characteristic such as "sex".
    """
    if compare is not None and compare not in set(Against):
        known = ", ".join(Against)
        raise InvalidEntry(
            f"There is no such comparison. Those there are: {known}.", field="compare"
        )
    if group is not None and group not in {item.value for item in GROUPED_BY}:
        known = ", ".join(item.value for item in GROUPED_BY)
        raise InvalidEntry(f"There are no such groups. Those there are: {known}.", field="group")
    return Wanted(
        against=None if compare is None else Against(compare),
        grouped_by=None if group is None else Characteristic(group),
    )


def choose_subject(words: str) -> str:
    """Return the code of a subject named by its code or its words; raise `InvalidEntry` else."""
    wanted = words.strip().casefold()
    for code in SUBJECT_ORDER:
        if wanted == code.casefold() or (
            not is_own_code(code) and wanted == subject_label(code).casefold()
        ):
            return code
    raise InvalidEntry("There is no such subject.", field="subject")


def parse_year(text: str) -> int:
    """Return the start of the academic year written "2025/2026"; raise `InvalidEntry` else."""
    try:
        return AcademicYear.parse(text).start
    except ValueError as error:
        raise InvalidEntry(str(error), field="year") from error


def parse_years(text: str) -> YearRange | int:
    """Return the years that `text`, one of `YEARS_HELP`, stands for; raise `InvalidEntry` else."""
    word = text.strip().lower()
    if word in set(YearRange):
        return YearRange(word)
    year_group = year_group_of(word)
    if year_group is not None:
        return year_group
    raise InvalidEntry(f"There are no such years. They are {YEARS_HELP}.", field="years")
