"""Reports: of one school, of a whole authority, and as a file."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from playwright.sync_api import Page

from benchmarks import all_data, naive
from benchmarks.authority import open_authority
from benchmarks.chromium import browser
from benchmarks.measuring import Result, absolute, interleave, ratio
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.subjects import RWM
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.reports.documents import Printed
from pupiltrack_core.reports.full_report import full_report_document
from pupiltrack_core.reports.typesetter import typeset
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.services.accounts import DEFAULT_POLICY, sign_in
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.demo_accounts import SIGN_INS
from pupiltrack_core.services.pupil_matrix import pupil_matrix
from pupiltrack_core.services.reports import FullReport, full_report, report_of_cohort
from pupiltrack_core.services.schools import school_by_laestab
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage.engine import Database

YEAR = 2025
SCHOOL = "999/2001"  # the demo's first: 420 pupils, 60 in each year from Reception
PUPILS_OF_SIX_YEARS = 360  # "All years" are Years 1 to 6
RUNS, RUNS_OF_AUTHORITY, RUNS_OF_PDF, RUNS_OF_MATRIX = 15, 5, 10, 10
LAYERS = 20
PORTAL_STYLES = (
    Path(__file__).resolve().parents[1] / "pupiltrack_portal/widgets/js/src/page/print.css"
)
NAIVE, ONE_QUERY = "pandas, a groupby a subject", "one query of all judgements, pandas"
A_REPORT_EACH = "a full report of each data set"
PRINTED_BY_CHROMIUM = "Chromium prints the same report's HTML"


def run(folder: Path) -> list[Result]:
    """Return the figures of reports; `folder` keeps the authority between runs."""
    database = open_authority(folder)
    try:
        return [
            *_of_school(database),
            *_matrix(database),
            *_of_authority(database),
            *_as_file(database),
            *_all_data(database),
        ]
    finally:
        database.dispose()


def _of_school(database: Database) -> list[Result]:
    caller = signed_in(database, "head")
    school = school_by_laestab(caller, SCHOOL)
    selection = CohortSelection(YEAR, school_id=school.school_id, years=YearRange.ALL_YEARS)
    report = full_report(caller, selection)
    cohort = report.cohort
    if cohort is None or len(cohort) < PUPILS_OF_SIX_YEARS * 0.95:
        raise RuntimeError("The demo's first school is not the one this benchmark is about.")
    subjects = columns.subjects_of(cohort)
    pupils = _plain(cohort, subjects)

    def naive_from_database() -> tuple[pd.DataFrame, pd.DataFrame]:
        found = naive.read_judgements(
            database.reader, naive.ONE_SCHOOL, year=YEAR, place=school.school_id
        )
        return naive.count_everything(naive.one_row_each(found), subjects)

    _require_same(report, naive.count_everything(pupils, subjects)[0])
    _require_same(report, naive_from_database()[0])
    times = interleave(
        RUNS,
        {
            "frames": lambda: report_of_cohort(
                selection,
                cohort,
                school_name=report.school_name,
                description=report.description,
                assessments=report.assessments,
            ),
            "naive frames": lambda: naive.count_everything(pupils, subjects),
            "database": lambda: full_report(caller, selection),
            "naive database": naive_from_database,
        },
    )
    frames, other = times["frames"], times["naive frames"]
    what = "Full report, all years of a school of 420"
    return [
        absolute(f"{what}, from frames", frames, unit="ms", goal=50, others=other, beside=NAIVE),
        ratio(f"{what}, from frames, as a share", frames, other, goal=1, beside=NAIVE),
        absolute(
            f"{what}, from the database",
            times["database"],
            unit="ms",
            goal=150,
            others=times["naive database"],
            beside=NAIVE,
        ),
    ]


def _matrix(database: Database) -> list[Result]:
    caller = signed_in(database, "head")
    school = school_by_laestab(caller, SCHOOL)
    whole = CohortSelection(YEAR, school_id=school.school_id, years=YearRange.ALL_YEARS)
    layers = _layers_of(whole)
    matrix = pupil_matrix(caller, whole, layers)
    reports = [full_report(caller, one) for one in (whole, *layers)]
    for one, report in zip(matrix.sets, reports, strict=True):
        core = report.summary[report.summary["subject"].isin(one.summary["subject"])]
        if one.summary.to_dict("records") != core.to_dict("records"):
            raise RuntimeError("A data set of the matrix differs from its full report.")
    times = interleave(
        RUNS_OF_MATRIX,
        {
            "matrix": lambda: pupil_matrix(caller, whole, layers),
            "reports": lambda: [full_report(caller, one) for one in (whole, *layers)],
        },
    )
    what = "Pupil matrix of 20 layers, all years of a school of 420"
    ours, other = times["matrix"], times["reports"]
    return [
        absolute(what, ours, unit="ms", goal=400, others=other, beside=A_REPORT_EACH),
        ratio(f"{what}, as a share", ours, other, goal=0.5, beside=A_REPORT_EACH),
    ]


def _layers_of(whole: CohortSelection) -> list[CohortSelection]:
    """Return twenty: year groups, groups of pupils, the year before."""
    filters = {
        Characteristic.SEX: "FM",
        Characteristic.DISADVANTAGED: "YN",
        Characteristic.EAL: "YN",
        Characteristic.SEN: ("KE", "N"),
        Characteristic.SUMMER_BORN: "YN",
        Characteristic.GLD: "Y",
    }
    layers = [replace(whole, years=group) for group in whole.year_groups]
    layers += [
        replace(whole, characteristics=((item, value),))
        for item, values in filters.items()
        for value in values
    ]
    layers += [replace(whole, academic_year=YEAR - 1), replace(whole, years=YearRange.KEY_STAGE_1)]
    layers.append(replace(whole, years=YearRange.KEY_STAGE_2))
    if len(layers) != LAYERS:
        raise RuntimeError("The matrix of this benchmark has another number of layers.")
    return layers


def _of_authority(database: Database) -> list[Result]:
    caller = signed_in(database, "adviser")
    with caller.begin() as work:
        authority = work.principal.local_authority_ids[0]
    selection = CohortSelection(YEAR, local_authority_id=authority, years=YearRange.ALL_YEARS)

    def one_query() -> tuple[pd.DataFrame, pd.DataFrame]:
        return naive.count_long(
            naive.read_judgements(database.reader, naive.ONE_AUTHORITY, year=YEAR, place=authority)
        )

    _require_same_authority(full_report(caller, selection), one_query()[0])
    times = interleave(
        RUNS_OF_AUTHORITY, {"ours": lambda: full_report(caller, selection), "one query": one_query}
    )
    ours = [run / 1000 for run in times["ours"]]
    other = [run / 1000 for run in times["one query"]]
    what = "Full report of an authority of 600 schools, SQLite"
    return [
        absolute(what, ours, unit="s", goal=1.5, others=other, beside=ONE_QUERY),
        ratio(f"{what}, as a share", ours, other, goal=0.5, beside=ONE_QUERY),
    ]


def _as_file(database: Database) -> list[Result]:
    caller = signed_in(database, "head")
    school = school_by_laestab(caller, SCHOOL)
    selection = CohortSelection(YEAR, school_id=school.school_id, years=YearRange.ALL_YEARS)
    whole = _variants(full_report(caller, selection))
    names = _variants(full_report(caller, replace(selection, years=4)))
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        page = chromium.new_page()
        file = Path(folder) / "report.pdf"
        times = interleave(
            RUNS_OF_PDF,
            {
                "ours": lambda: _write_pdf(next(whole["ours"]), file),
                "chromium": lambda: _print_html(next(whole["chromium"]), file, page),
                "names": lambda: _write_pdf(next(names["ours"]), file, include_names=True),
                "chromium names": lambda: _print_html(
                    next(names["chromium"]), file, page, include_names=True
                ),
            },
        )
    seconds = {name: [run / 1000 for run in runs] for name, runs in times.items()}
    beside = PRINTED_BY_CHROMIUM
    ours, other = seconds["ours"], seconds["chromium"]
    return [
        absolute(
            "Full report as PDF, all years", ours, unit="s", goal=0.5, others=other, beside=beside
        ),
        ratio("Full report as PDF, all years, as a share", ours, other, goal=1, beside=beside),
        absolute(
            "Full report as PDF, Year 4 with all names",
            seconds["names"],
            unit="s",
            goal=0.5,
            others=seconds["chromium names"],
            beside=beside,
        ),
    ]


def _all_data(database: Database) -> list[Result]:
    caller = signed_in(database, "head")
    school = school_by_laestab(caller, SCHOOL)
    return all_data.measure(database, caller, school_id=school.school_id, academic_year=YEAR)


def _variants(report: FullReport) -> dict[str, Iterator[FullReport]]:
    """Return the same reports twice, each of other pupils: what was typeset once is remembered."""
    cohort = report.cohort
    if cohort is None:
        raise RuntimeError("The report has no pupils to choose from.")
    made = [
        report_of_cohort(
            report.selection,
            cohort.sample(frac=0.97, random_state=number),
            school_name=report.school_name,
            description=report.description,
            assessments=report.assessments,
        )
        for number in range(RUNS_OF_PDF + 1)
    ]
    return {"ours": iter(made), "chromium": iter(made)}


def _write_pdf(report: FullReport, file: Path, *, include_names: bool = False) -> None:
    document = full_report_document(report, printed=_printed(), include_names=include_names)
    _save(file, typeset(document))


def _print_html(report: FullReport, file: Path, page: Page, *, include_names: bool = False) -> None:
    document = full_report_document(report, printed=_printed(), include_names=include_names)
    style = PORTAL_STYLES.read_text(encoding="utf-8")
    page.set_content(
        f'<!doctype html><html lang="en-GB"><title>Full report</title><style>{style}</style>'
        f"<body>{document.to_html()}</body></html>"
    )
    _save(file, page.pdf(format="A4", landscape=True, tagged=True, print_background=True))


def _save(file: Path, content: bytes) -> None:
    with file.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _printed() -> Printed:
    return Printed("Helen Marsh", datetime(2026, 7, 1, 9, 0, tzinfo=UTC))


def _plain(cohort: pd.DataFrame, subjects: tuple[str, ...]) -> pd.DataFrame:
    counted = cohort[cohort[columns.INCLUDE_IN_DATA]]
    return counted[[columns.YEAR_GROUP, *subjects]].astype(dict.fromkeys(subjects, object))


def signed_in(database: Database, user_name: str) -> Caller:
    person = next(item for item in SIGN_INS if item.user_name == user_name)
    policy = replace(
        DEFAULT_POLICY, hashing=PasswordHashing.FLOOR, rate_limit_key=secrets.token_bytes(32)
    )
    begun = sign_in(
        database,
        user_name=person.user_name,
        password=person.password,
        address="127.0.0.1",
        policy=policy,
    )
    return Caller.for_session(database, begun.session_id, policy=policy)


def _require_same(report: FullReport, counts: pd.DataFrame) -> None:
    """Refuse to compare with something that counts otherwise."""
    ours = report.summary.set_index("subject")
    theirs = counts.set_index("subject")
    names = {"pupils": "pupils", "B": "below", "O": "on_track", "D": "deeper", "no_data": "no_data"}
    for their_name, our_name in names.items():
        for subject in theirs.index:
            if ours.loc[subject, our_name] != theirs.loc[subject, their_name]:
                raise RuntimeError(f"The two reports differ in {subject}, {our_name}.")


def _require_same_authority(report: FullReport, counts: pd.DataFrame) -> None:
    ours = report.summary.set_index("subject")
    theirs = counts.set_index(["subject", "value"])["pupils"]
    for subject in ours.index:
        codes = ("BBB", "DDD") if subject == RWM else ("B", "D")
        for code, name in zip(codes, ("below", "deeper"), strict=True):
            if ours.loc[subject, name] != theirs[subject, code]:
                raise RuntimeError(f"The two reports differ in {subject}, {name}.")
