"""A local authority loads the October census's Reception pupils for many schools from one file.

The file is previewed school by school; then each school is loaded in a transaction of its own, so
that one can be passed over, and the load stopped and gone on with later, without harm: a school
that has its pupils already is left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pupiltrack_core.access import Action
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.errors import AccessDenied, ImportFileError, NotFound
from pupiltrack_core.interchange.reception_file import TEMPLATE_NAME, reception_template
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.cell_history import who_did
from pupiltrack_core.services.known_pupils import load_known_pupils
from pupiltrack_core.services.pupil_import import count_rows, write_plan
from pupiltrack_core.services.pupil_plan import plan_import
from pupiltrack_core.services.reception_preview import LoadPreview, SchoolPreview, preview_load
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.reception_loads import (
    add_arrivals,
    add_load,
    add_school_to_load,
    find_load,
    find_loads,
)
from pupiltrack_core.storage.school_settings import lock_school

__all__ = [
    "TEMPLATE_NAME",
    "LoadPreview",
    "LoadedSchool",
    "PastLoad",
    "SchoolPreview",
    "begin_load",
    "load_school",
    "past_loads",
    "preview_load",
    "reception_template",
]
LOAD_BEGUN = "reception load begun"
PUPILS_LOADED = "reception pupils loaded"
MOST_LOADS = 20
_CHANGED = (
    "The school's pupils were changed after the preview was made, so something else would be saved "
    "than you were shown. Nothing was loaded here. Check the file again."
)


@dataclass(frozen=True, slots=True)
class LoadedSchool:
    """What was done at one school; `passed_over` says why nothing was, "" where it was."""

    school_id: int
    name: str
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    left_out: int = 0
    passed_over: str = ""


@dataclass(frozen=True, slots=True)
class PastLoad:
    """A load of the authority, as far as it got."""

    made_at: datetime
    who: str
    academic_year: int
    schools: int
    added: int
    changed: int
    unchanged: int


def begin_load(caller: Caller, preview: LoadPreview) -> int:
    """Note that a file is being loaded, and return the number of the load.

    Raise `ImportFileError` for a file with nothing to load; else as `preview_load`.
    """
    with caller.begin(write=True, act=True) as work:
        work.require_over_authority(Action.LOAD_RECEPTION, preview.local_authority_id)
        if work.user_id is None:
            raise AccessDenied("A file is loaded by a person who is signed in.")
        if not preview.to_load:
            raise ImportFileError(
                "There is nothing to load in this file. Nothing was changed.", preview.problems
            )
        load_id = add_load(
            work.session,
            local_authority_id=preview.local_authority_id,
            academic_year=preview.academic_year,
            digest=preview.digest,
            made_at=work.now,
            made_by=work.user_id,
        )
        work.audit(
            LOAD_BEGUN,
            local_authority_id=preview.local_authority_id,
            academic_year=preview.academic_year,
            load=load_id,
            schools=len(preview.to_load),
        )
        work.commit()
        return load_id


def load_school(caller: Caller, preview: LoadPreview, load_id: int, school_id: int) -> LoadedSchool:
    """Write what the preview showed of one school, all its good rows or nothing.

    The comparison is made again inside the transaction. A school whose pupils were changed since
    is passed over, with the reason; one that has everything already is counted and left alone.
    Raise `NotFound` for a school or load that is not of the authority, and as `preview_load`.
    """
    shown = next((item for item in preview.schools if item.school_id == school_id), None)
    with caller.begin(write=True, act=True) as work:
        work.require_over_authority(Action.LOAD_RECEPTION, preview.local_authority_id)
        school = work.session.get(School, school_id)
        load = find_load(work.session, preview.local_authority_id, load_id)
        if (
            shown is None
            or school is None
            or school.local_authority_id != preview.local_authority_id
            or load is None
            or (load.digest, load.academic_year) != (preview.digest, preview.academic_year)
        ):
            raise NotFound("This school is not in the file that is being loaded.")
        year = AcademicYear(preview.academic_year)
        lock_school(work.session, school_id)
        known = load_known_pupils(work.session, school_id, year.start, lock=True)
        plan = plan_import(shown.parsed, known, year, is_reception=True)
        if plan.to_write and plan != shown.plan:
            return LoadedSchool(school_id, school.name, passed_over=_CHANGED)
        counts = count_rows(plan)
        written = write_plan(work, plan, known, school_id=school_id, academic_year=year.start)
        add_arrivals(
            work.session,
            load_id,
            school_id,
            {status.value: pupils for status, pupils in written.items()},
        )
        figures = {
            "added": counts.added,
            "changed": counts.changed,
            "unchanged": counts.unchanged,
        }
        add_school_to_load(work.session, load_id, **figures)
        work.audit(
            PUPILS_LOADED,
            school_id=school_id,
            academic_year=year.start,
            load=load_id,
            **figures,
            left_out=counts.problem,
        )
        work.commit()
        return LoadedSchool(
            school_id,
            school.name,
            added=counts.added,
            changed=counts.changed,
            unchanged=counts.unchanged,
            left_out=counts.problem,
        )


def past_loads(caller: Caller, local_authority_id: int) -> tuple[PastLoad, ...]:
    """Return the loads of a local authority, newest first, 20 at most; raises as `preview_load`."""
    with caller.begin() as work:
        work.require_over_authority(Action.LOAD_RECEPTION, local_authority_id)
        return tuple(
            PastLoad(
                made_at=load.made_at,
                who=who_did(name, load.made_by),
                academic_year=load.academic_year,
                schools=load.schools,
                added=load.added,
                changed=load.changed,
                unchanged=load.unchanged,
            )
            for load, name in find_loads(work.session, local_authority_id, at_most=MOST_LOADS)
        )
