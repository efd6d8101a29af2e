"""What a person enters of an intervention, checked before it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.assessed_subjects import AssessedSubject
from pupiltrack_core.domain.money import MOST_PENCE, read_pounds, write_pounds
from pupiltrack_core.domain.subjects import AnySubject, Subject, subject_label
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.caller import Work
from pupiltrack_core.services.entered_names import required_name, tidy_name, tidy_text
from pupiltrack_core.services.pupil_access import find_years_of_pupil
from pupiltrack_core.storage.assessed_subjects import find_assessed_subjects
from pupiltrack_core.storage.interventions import InterventionDraft
from pupiltrack_core.storage.school_subjects import StoredSubject, find_school_subjects

MAX_TITLE, MAX_GROUP, MAX_RUN_BY, MAX_DETAILS = 100, 60, 100, 4_000
_UNDONE = "Nothing was saved."


@dataclass(frozen=True, slots=True)
class InterventionEntry:
    """An intervention as a form holds it: nothing of it has been checked. "" is none."""

    title: str
    academic_year: int
    assessment_id: int | None = None
    subject: str = ""
    details: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    group_name: str = ""
    run_by: str = ""
    cost: str = ""


@dataclass(frozen=True, slots=True)
class AssessmentOffered:
    """An assessment that an intervention can name."""

    id: int
    academic_year: int
    name: str
    held_on: date


@dataclass(frozen=True)
class InterventionChoices:
    """What an intervention of one pupil can name: years enrolled in, latest first, and the rest.

    `assessed` are the subjects of all assessments for the pupil, `own` the school's own subjects,
    archived ones too.
    """

    academic_years: tuple[int, ...]
    assessed: tuple[AssessedSubject, ...]
    own: tuple[StoredSubject, ...]

    @property
    def assessments(self) -> tuple[AssessmentOffered, ...]:
        """The assessments for the pupil, latest first."""
        found = {
            AssessmentOffered(one.assessment_id, one.academic_year, one.name, one.held_on)
            for one in self.assessed
        }
        return tuple(sorted(found, key=lambda one: (one.held_on, one.id), reverse=True))

    @property
    def subjects(self) -> tuple[AnySubject, ...]:
        """The subjects offered: the seventeen, and those of the school's own in use."""
        return (*Subject, *(item.subject for item in self.own if not item.is_archived))

    def subject_label(self, code: str | None) -> str:
        """Return the words for a subject of an intervention, "" for none."""
        own = {item.subject.value: item.subject.label for item in self.own}
        return "" if code is None else subject_label(code, own)


def load_choices(work: Work, school_id: int, pupil_id: int) -> InterventionChoices:
    """Return what an intervention of the pupil can name; four queries, each by a key."""
    years = [
        year.academic_year for year in reversed(find_years_of_pupil(work, school_id, pupil_id))
    ]
    return InterventionChoices(
        academic_years=tuple(years),
        assessed=find_assessed_subjects(work.session, school_id, pupil_id, years),
        own=find_school_subjects(work.session, school_id),
    )


def check_intervention(
    entry: InterventionEntry,
    choices: InterventionChoices,
    *,
    present: InterventionDraft | None = None,
) -> InterventionDraft:
    """Return the entry as it may be stored; raise `InvalidEntry` with the entry's field at fault.

    `present` is the one it changes: that may keep its year, and an assessment or a subject that is
    not there any more.
    """
    academic_year = _known_year(entry.academic_year, choices, present)
    starts_on, ends_on = _known_days(entry, AcademicYear(academic_year))
    return InterventionDraft(
        title=required_name(
            entry.title,
            field="title",
            longest=MAX_TITLE,
            missing="Say what the intervention is.",
            undone=_UNDONE,
        ),
        academic_year=academic_year,
        assessment_id=_known_assessment(entry, choices, present),
        subject=_known_subject(entry.subject, choices, present),
        details=tidy_text(entry.details, field="details", longest=MAX_DETAILS, undone=_UNDONE),
        starts_on=starts_on,
        ends_on=ends_on,
        group_name=_optional(entry.group_name, "group_name", MAX_GROUP),
        run_by=_optional(entry.run_by, "run_by", MAX_RUN_BY),
        cost_pence=_known_cost(entry.cost),
    )


def _known_year(
    academic_year: int, choices: InterventionChoices, present: InterventionDraft | None
) -> int:
    kept = () if present is None else (present.academic_year,)
    if academic_year not in (*choices.academic_years, *kept):
        raise InvalidEntry(
            f"Choose an academic year in which the pupil is on your roll. {_UNDONE}",
            field="academic_year",
        )
    return academic_year


def _known_days(entry: InterventionEntry, year: AcademicYear) -> tuple[date | None, date | None]:
    for field, day in (("starts_on", entry.starts_on), ("ends_on", entry.ends_on)):
        if day is not None and not year.first_day <= day <= year.last_day:
            raise InvalidEntry(
                f"The day must be in the academic year {year.label}: from "
                f"{year.first_day:%d/%m/%Y} to {year.last_day:%d/%m/%Y}. {_UNDONE} What goes on "
                "for longer is entered again for the next year.",
                field=field,
            )
    if entry.starts_on and entry.ends_on and entry.ends_on < entry.starts_on:
        raise InvalidEntry(f"The end lies before the start. {_UNDONE}", field="ends_on")
    return entry.starts_on, entry.ends_on


def _known_assessment(
    entry: InterventionEntry, choices: InterventionChoices, present: InterventionDraft | None
) -> int | None:
    wanted = entry.assessment_id
    if wanted is None:
        return None
    kept = (
        present is not None
        and present.assessment_id == wanted
        and present.academic_year == entry.academic_year
    )
    if not kept and (wanted, entry.academic_year) not in {
        (one.assessment_id, one.academic_year) for one in choices.assessed
    }:
        raise InvalidEntry(
            "Choose an assessment of the academic year that is for this pupil; it may have been "
            f"deleted. {_UNDONE}",
            field="assessment_id",
        )
    return wanted


def _known_subject(
    code: str, choices: InterventionChoices, present: InterventionDraft | None
) -> str | None:
    if not code:
        return None
    kept = None if present is None else present.subject
    if code != kept and code not in {subject.value for subject in choices.subjects}:
        raise InvalidEntry(
            f"There is no such subject, or it was archived. {_UNDONE}", field="subject"
        )
    return code


def _optional(text: str, field: str, longest: int) -> str | None:
    return tidy_name(text, field=field, longest=longest, undone=_UNDONE) or None


def _known_cost(text: str) -> int | None:
    try:
        return read_pounds(text)
    except ValueError as error:
        raise InvalidEntry(
            f"Enter the cost in pounds, such as 120 or 12.50, from 0 to {write_pounds(MOST_PENCE)};"
            f" leave it blank if it is not known. {_UNDONE}",
            field="cost",
        ) from error
