"""Reports as PDF, made in this process: the same documents and typesetter as the exporter's."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.venn import VennKind
from pupiltrack_core.reports.cohort_meeting import cohort_meeting_document
from pupiltrack_core.reports.full_report import full_report_document
from pupiltrack_core.reports.letterhead import printed_for
from pupiltrack_core.reports.pupil_journey import journey_document
from pupiltrack_core.reports.pupil_meeting import meeting_document
from pupiltrack_core.reports.typesetter import typeset
from pupiltrack_core.reports.venn import list_document, venn_document
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.cohort_meetings import cohort_meeting, note_cohort_meeting_export
from pupiltrack_core.services.pupil_journey import journey_of, note_journey_export
from pupiltrack_core.services.pupil_meetings import note_meeting_export, pupil_meeting
from pupiltrack_core.services.report_extras import NOTHING_WANTED, Wanted, report_extras
from pupiltrack_core.services.reports import full_report, note_export
from pupiltrack_core.services.venn_reports import (
    VENN_SUBJECTS,
    VennReport,
    names_in_region,
    names_of_diagram,
    venn_reports,
)


def full_report_pdf(
    caller: Caller,
    selection: CohortSelection,
    *,
    include_names: bool = False,
    wanted: Wanted = NOTHING_WANTED,
) -> bytes:
    """Return the full report of a cohort as a PDF, with what is wanted beside the figures.

    The pupils behind each figure follow if asked.

    Raises what `services.reports.full_report` raises, and `AccessDenied` where there are no names
    to give. That it was taken out is in the audit before it is made.
    """
    note = note_export(caller, selection, what="full report", with_names=include_names)
    report = full_report(caller, selection)
    extras = report_extras(caller, report, wanted)
    printed = printed_for(caller, note, selection.school_id)
    return typeset(
        full_report_document(report, printed=printed, include_names=include_names, extras=extras)
    )


def venn_pdf(
    caller: Caller,
    selection: CohortSelection,
    *,
    kind: VennKind | None = VennKind.ON_TRACK,
    region_names: Collection[str] = (),
    subjects: Sequence[str] = VENN_SUBJECTS,
) -> bytes:
    """Return the Venn diagram of a cohort as a PDF; both diagrams when `kind` is None.

    The pupils of the regions in `region_names` are listed after it. Raises what
    `services.venn_reports.venn_report` raises, and `InvalidEntry` for an unknown region.
    """
    note = note_export(caller, selection, what="venn diagram", with_names=bool(region_names))
    kinds = tuple(VennKind) if kind is None else (VennKind(kind),)
    reports = venn_reports(caller, selection, kinds=kinds, subjects=subjects)
    printed = printed_for(caller, note, selection.school_id)
    return typeset(venn_document(reports, printed=printed, region_names=region_names))


def venn_list_pdf(caller: Caller, report: VennReport, *, region: str = "") -> bytes:
    """Return the pupils of a region of a Venn report as a list to print; all of them with "".

    Raises as `services.venn_reports.names_in_region`. That it was taken out is in the audit before
    it is made.
    """
    note = note_export(caller, report.selection, what="list of a venn diagram", with_names=True)
    names = names_in_region(caller, report, region) if region else names_of_diagram(caller, report)
    printed = printed_for(caller, note, report.selection.school_id)
    return typeset(list_document(report, names, region=region, printed=printed))


def pupil_journey_pdf(caller: Caller, school_id: int, pupil_id: int) -> bytes:
    """Return one pupil's journey as a PDF; raises what `services.pupil_journey` raises.

    That it was taken out is in the audit before it is made.
    """
    note = note_journey_export(caller, school_id, pupil_id)
    journey = journey_of(caller, school_id, pupil_id)
    printed = printed_for(caller, note, school_id)
    return typeset(journey_document(journey, printed=printed))


def pupil_meeting_pdf(caller: Caller, school_id: int, pupil_id: int, meeting_id: int) -> bytes:
    """Return a progress meeting as a PDF; raises what `services.pupil_meetings` raises.

    That it was taken out is in the audit before it is made.
    """
    note = note_meeting_export(caller, school_id, pupil_id, meeting_id)
    record = pupil_meeting(caller, school_id, pupil_id, meeting_id)
    printed = printed_for(caller, note, school_id)
    return typeset(meeting_document(record, printed=printed))


def cohort_meeting_pdf(
    caller: Caller, school_id: int, meeting_id: int, *, version: int | None = None
) -> bytes:
    """Return a cohort's progress meeting, or a version of it, as a PDF.

    Raises what `services.cohort_meetings` raises. That it was taken out is in the audit before it
    is made.
    """
    note = note_cohort_meeting_export(caller, school_id, meeting_id)
    record = cohort_meeting(caller, school_id, meeting_id, version=version)
    printed = printed_for(caller, note, school_id)
    return typeset(cohort_meeting_document(record, printed=printed))
