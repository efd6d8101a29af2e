"""What is done for a pupil beyond the class's teaching, and where the pupil stood before and after.

Whoever may record judgements of a school may keep its interventions; whoever may see its pupils and
assessments may read them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from pupiltrack_core.access import Action, SchoolScope, may
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.assessed_subjects import after_in_words, before_in_words
from pupiltrack_core.domain.judgement_wording import wording_of
from pupiltrack_core.domain.money import write_pounds
from pupiltrack_core.errors import Conflict, NotFound
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.intervention_entries import (
    InterventionChoices,
    InterventionEntry,
    check_intervention,
    load_choices,
)
from pupiltrack_core.services.pupil_access import require_pupil
from pupiltrack_core.storage.interventions import (
    StoredIntervention,
    add_intervention,
    find_interventions_of_pupil,
    lock_intervention,
    mark_intervention_deleted,
    stored_intervention,
    update_intervention,
)
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.report_lookups import find_assessment_names
from pupiltrack_core.storage.support_models import Intervention

INTERVENTION_ADDED = "intervention added"
INTERVENTION_CHANGED = "intervention changed"
INTERVENTION_DELETED = "intervention deleted"
INTERVENTION_BROUGHT_BACK = "intervention brought back"
_GONE = (
    "This intervention is not there any more: someone may have deleted it. Nothing was changed. "
    "What you entered can be saved as a new one."
)


@dataclass(frozen=True, slots=True)
class InterventionRecord:
    """An intervention with its words: the subject's and the assessment's name, "" for none.

    `before` and `after` say where the pupil stood in the subject at the last assessment before the
    start and at the first after the end.
    """

    stored: StoredIntervention
    assessment: str
    subject: str
    before: str
    after: str

    @property
    def cost(self) -> str:
        """ "£12.50"; "" where none is recorded, which is not the same as no cost."""
        pence = self.stored.cost_pence
        return "" if pence is None else write_pounds(pence)

    @property
    def when(self) -> str:
        """ "05/01/2026 to 20/03/2026", as far as it is known."""
        first, last = self.stored.starts_on, self.stored.ends_on
        if first is not None and last is not None:
            return f"{first:%d/%m/%Y} to {last:%d/%m/%Y}"
        if first is not None:
            return f"From {first:%d/%m/%Y}"
        return "" if last is None else f"Until {last:%d/%m/%Y}"


@dataclass(frozen=True)
class PupilInterventions:
    """The interventions of a pupil, newest first, and what a form for one can choose from.

    `may_change` is whether to offer such a form.
    """

    interventions: tuple[InterventionRecord, ...]
    choices: InterventionChoices
    may_change: bool


def interventions_of(caller: Caller, school_id: int, pupil_id: int) -> PupilInterventions:
    """Return what the school has done for a pupil, and what came of it.

    Raise `NotFound` for a pupil of another school or an archived one, `AccessDenied` where the role
    may not see pupils and assessments.
    """
    with caller.begin() as work:
        school, _ = require_pupil(
            work, school_id, pupil_id, Action.SEE_PUPILS, Action.SEE_ASSESSMENTS
        )
        choices = load_choices(work, school_id, pupil_id)
        found = find_interventions_of_pupil(work.session, school_id, pupil_id)
        scope = SchoolScope(school_id, school.local_authority_id)
        return PupilInterventions(
            interventions=_described(
                work, school, sorted(found, key=_first_day, reverse=True), choices
            ),
            choices=choices,
            may_change=may(work.principal, Action.RECORD_JUDGEMENTS, scope),
        )


def add_pupil_intervention(
    caller: Caller, school_id: int, pupil_id: int, entry: InterventionEntry
) -> int:
    """Add an intervention for a pupil and return its id.

    Raise `InvalidEntry` with the entry's field at fault, `NotFound` for a pupil of another school
    or an archived one, `AccessDenied` for who may not record judgements.
    """
    with caller.begin(write=True, act=True) as work:
        require_pupil(work, school_id, pupil_id, Action.RECORD_JUDGEMENTS)
        number = add_intervention(
            work.session,
            school_id,
            pupil_id,
            check_intervention(entry, load_choices(work, school_id, pupil_id)),
            created_by=work.user_id,
            created_at=work.now,
        )
        work.audit(INTERVENTION_ADDED, school_id=school_id, pupil=pupil_id, intervention=number)
        work.commit()
    return number


def change_pupil_intervention(
    caller: Caller,
    school_id: int,
    pupil_id: int,
    intervention_id: int,
    entry: InterventionEntry,
    *,
    version: int,
) -> None:
    """Store an intervention anew, over the `version` that was shown.

    Raise `Conflict` where someone else changed it first, whose `theirs` says line by line what is
    stored in the fields that differ; else as `add_pupil_intervention`, and `NotFound` for one that
    is not there.
    """
    with caller.begin(write=True, act=True) as work:
        row = _lock(work, school_id, pupil_id, intervention_id)
        present = stored_intervention(row)
        choices = load_choices(work, school_id, pupil_id)
        draft = check_intervention(entry, choices, present=present.draft)
        changed = draft.changed_from(present.draft)
        if not changed:
            return
        if present.version != version:
            school = work.session.get_one(School, school_id)
            (record,) = _described(work, school, [present], choices)
            raise Conflict(
                "Someone else changed this intervention after it was shown to you. Nothing was "
                "saved; what you entered is still here. Save again to put it in place of theirs.",
                yours=None,
                theirs=_in_words(record, changed),
                version=present.version,
            )
        update_intervention(work.session, row, draft)
        work.audit(
            INTERVENTION_CHANGED,
            school_id=school_id,
            pupil=pupil_id,
            intervention=intervention_id,
            fields=changed,
        )
        work.commit()


def delete_pupil_intervention(
    caller: Caller, school_id: int, pupil_id: int, intervention_id: int, *, version: int
) -> None:
    """Mark an intervention as deleted; it can be brought back.

    Raise `Conflict` where someone changed it after `version` was shown, else as
    `change_pupil_intervention`.
    """
    with caller.begin(write=True, act=True) as work:
        row = _lock(work, school_id, pupil_id, intervention_id)
        if row.version != version:
            raise Conflict(
                "Someone else changed this intervention after it was shown to you. It was not "
                "deleted. Look at it as it is now, and delete it again if it is not wanted.",
                version=row.version,
            )
        _mark(work, row, INTERVENTION_DELETED)


def bring_back_pupil_intervention(
    caller: Caller, school_id: int, pupil_id: int, intervention_id: int
) -> None:
    """Bring a deleted intervention back as it was; one that is not deleted stays as it is.

    Raise `NotFound` and `AccessDenied` as `delete_pupil_intervention`.
    """
    with caller.begin(write=True, act=True) as work:
        row = _lock(work, school_id, pupil_id, intervention_id, even_deleted=True)
        if row.deleted_at is not None:
            _mark(work, row, INTERVENTION_BROUGHT_BACK)


def _described(
    work: Work,
    school: School,
    found: Collection[StoredIntervention],
    choices: InterventionChoices,
) -> tuple[InterventionRecord, ...]:
    numbers = {item.assessment_id for item in found if item.assessment_id is not None}
    names = find_assessment_names(work.session, school.id, numbers)
    wording, assessed = wording_of(school.judgement_wording), choices.assessed
    return tuple(
        InterventionRecord(
            stored=item,
            assessment="" if item.assessment_id is None else names[item.assessment_id],
            subject=choices.subject_label(item.subject),
            before=before_in_words(assessed, item.subject, item.starts_on, wording),
            after=after_in_words(assessed, item.subject, item.ends_on, wording),
        )
        for item in found
    )


def _first_day(item: StoredIntervention) -> tuple[date, int]:
    day = item.starts_on or item.ends_on or AcademicYear(item.academic_year).first_day
    return day, item.id


def _lock(
    work: Work, school_id: int, pupil_id: int, intervention_id: int, *, even_deleted: bool = False
) -> Intervention:
    require_pupil(work, school_id, pupil_id, Action.RECORD_JUDGEMENTS)
    row = lock_intervention(work.session, school_id, pupil_id, intervention_id)
    if row is None or (row.deleted_at is not None and not even_deleted):
        raise NotFound(_GONE)
    return row


def _mark(work: Work, row: Intervention, action: str) -> None:
    deleted_at = work.now if action == INTERVENTION_DELETED else None
    mark_intervention_deleted(work.session, row, deleted_at)
    work.audit(action, school_id=row.school_id, pupil=row.pupil_id, intervention=row.id)
    work.commit()


def _in_words(record: InterventionRecord, fields: Collection[str]) -> str:
    """Return what is stored in some fields: "Subject: Maths", "Cost: none", each on a line."""
    stored = record.stored
    words: Mapping[str, tuple[str, str]] = {
        "title": ("Intervention", stored.title),
        "academic_year": ("Academic year", AcademicYear(stored.academic_year).label),
        "assessment_id": ("Assessment", record.assessment),
        "subject": ("Subject", record.subject),
        "starts_on": ("Start", f"{stored.starts_on:%d/%m/%Y}" if stored.starts_on else ""),
        "ends_on": ("End", f"{stored.ends_on:%d/%m/%Y}" if stored.ends_on else ""),
        "group_name": ("Group", stored.group_name or ""),
        "run_by": ("Run by", stored.run_by or ""),
        "cost_pence": ("Cost", record.cost),
        "details": ("Details", stored.details),
    }
    return "\n".join(
        f"{label}: {text or 'none'}" for name, (label, text) in words.items() if name in fields
    )
