"""Reports for a notebook: one call, shown on the screen and printed by the exporter alike.

For people who run Jupyter where the database is, with the rights of the command line. The database
is the one PupilTrack's settings name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from pupiltrack_core.reports.choosing import (
    choose_cohort,
    choose_extras,
    choose_point,
    choose_subject,
)
from pupiltrack_core.reports.documents import Document
from pupiltrack_core.reports.full_report import full_report_document
from pupiltrack_core.reports.letterhead import printed_for
from pupiltrack_core.reports.matrix_choosing import SetWords, choose_set, read_layer, read_pair
from pupiltrack_core.reports.pupil_matrix import matrix_document
from pupiltrack_core.reports.transition import existing_report, transition_document
from pupiltrack_core.reports.venn import venn_document
from pupiltrack_core.services.accounts import open_database
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.pupil_matrix import note_matrix_export, pupil_matrix
from pupiltrack_core.services.report_extras import report_extras
from pupiltrack_core.services.reports import full_report, note_export
from pupiltrack_core.services.venn_reports import venn_reports
from pupiltrack_core.settings import load_settings


def open_full_report(
    school: str,
    *,
    year: str | None = None,
    years: str = "all",
    class_name: str | None = None,
    assessment: str | None = None,
    include_names: bool = False,
    compare: str | None = None,
    group: str | None = None,
) -> Document:
    """Return the full report of a cohort of one school, chosen as in `choose_cohort`.

    `compare` and `group` are as in `choose_extras`. With `include_names` the pupils behind the
    figures follow, and the notebook then holds personal data: do not keep its outputs. Raises what
    `choose_cohort` and the services raise.
    """
    with _operator() as caller:
        chosen = choose_cohort(
            caller,
            school=school,
            year=year,
            years=years,
            class_name=class_name,
            assessment=assessment,
        )
        note = note_export(caller, chosen, what="full report", with_names=include_names)
        report = full_report(caller, chosen)
        extras = report_extras(caller, report, choose_extras(compare=compare, group=group))
        printed = printed_for(caller, note, chosen.school_id)
    return full_report_document(report, printed=printed, include_names=include_names, extras=extras)


def open_venn(
    school: str,
    *,
    year: str | None = None,
    years: str = "all",
    class_name: str | None = None,
    assessment: str | None = None,
    region_names: Collection[str] = (),
    subjects: Sequence[str] = ("reading", "writing", "maths"),
) -> Document:
    """Return both Venn diagrams of a cohort of one school, chosen as in `choose_cohort`.

    `subjects` are two or three as in `choose_subject`.

    The pupils of the regions in `region_names` ("111" is all three, "000" none) are listed, with
    the same caution as in `open_full_report`.
    """
    with _operator() as caller:
        chosen = choose_cohort(
            caller,
            school=school,
            year=year,
            years=years,
            class_name=class_name,
            assessment=assessment,
        )
        note = note_export(caller, chosen, what="venn diagram", with_names=bool(region_names))
        codes = [choose_subject(words) for words in subjects]
        reports = venn_reports(caller, chosen, subjects=codes)
        printed = printed_for(caller, note, chosen.school_id)
    return venn_document(reports, printed=printed, region_names=region_names)


def open_transition(
    school: str,
    *,
    year: str | None = None,
    years: str = "all",
    class_name: str | None = None,
    assessment: str | None = None,
    earlier: str | None = None,
    later: str | None = None,
    subject: str | None = None,
    include_names: bool = False,
) -> Document:
    """Return the transition matrix of a cohort of one school, chosen as in `choose_cohort`.

    `earlier` and `later` are points as in `choose_point`, the assessment before and the one the
    pupils stand at when None; `subject` is like "maths", all three together when None. With
    `include_names` the pupils of each cell follow, with the same caution as in `open_full_report`.
    """
    with _operator() as caller:
        chosen = choose_cohort(
            caller,
            school=school,
            year=year,
            years=years,
            class_name=class_name,
            assessment=assessment,
        )
        note = note_export(caller, chosen, what="transition matrix", with_names=include_names)
        report = existing_report(
            caller,
            chosen,
            earlier=None if earlier is None else choose_point(caller, chosen, earlier),
            later=None if later is None else choose_point(caller, chosen, later),
            subject=None if subject is None else choose_subject(subject),
        )
        printed = printed_for(caller, note, chosen.school_id)
    return transition_document(report, printed=printed, include_names=include_names)


def open_matrix(
    school: str,
    *,
    year: str | None = None,
    years: str = "all",
    class_name: str | None = None,
    assessment: str | None = None,
    filters: Collection[str] = (),
    layers: Collection[str] = (),
    publish: bool = False,
) -> Document:
    """Return the pupil matrix of a cohort of one school, chosen as in `choose_cohort`.

    `filters` narrow it, as with "sex=F"; each of `layers` is a text such as "year=2024/2025;
    years=4; sex=F" (`reports.matrix_choosing`), newest first. With `publish` small figures are
    withheld.
    """
    primary = SetWords(
        school=school,
        year=year,
        years=years,
        class_name=class_name,
        assessment=assessment,
        filters=tuple(read_pair(text) for text in filters),
    )
    with _operator() as caller:
        chosen = choose_set(caller, primary)
        others = [choose_set(caller, read_layer(text, primary)) for text in layers]
        matrix = pupil_matrix(caller, chosen, others)
        told = matrix.to_publish() if publish else matrix
        note = note_matrix_export(caller, told)
        printed = printed_for(caller, note, chosen.school_id)
    return matrix_document(told, printed=printed)


@contextmanager
def _operator() -> Iterator[Caller]:
    database = open_database(load_settings().database_url)
    try:
        database.check_revision()
        yield Caller.for_operator(database)
    finally:
        database.dispose()
