"""How the time of a page and of a report grows with the size of a school and of an authority."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from secrets import token_bytes
from statistics import median

from benchmarks import year_group
from benchmarks.authority import open_authority
from benchmarks.measuring import Result, interleave, slope
from benchmarks.portal import running
from benchmarks.visits import hold, signed_in
from pupiltrack_core.access import Membership, Role
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.services.accounts import DEFAULT_POLICY, create_user, sign_in
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.reports import full_report
from pupiltrack_core.services.schools import school_by_laestab
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage.engine import Database

HERE = Path(__file__).parent
PUPILS = (105, 210, 420, 840)
SCHOOLS = (40, 80, 160, 320)  # the 600 of the benchmarks' authority, dealt out
RUNS, RUNS_OF_AUTHORITY = 7, 5
YEAR = year_group.YEAR
IN_PROPORTION = 1.0
_LAESTABS = {pupils: f"{9992001 + place}" for place, pupils in enumerate(PUPILS)}


def run(folder: Path) -> list[Result]:
    """Return the powers of the size with which times grow; `folder` keeps the authority."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        return [*_of_schools(place), *_of_authorities(folder, place)]


def _of_schools(folder: Path) -> list[Result]:
    url = year_group.make_schools(
        folder / "schools.sqlite", {laestab: pupils for pupils, laestab in _LAESTABS.items()}
    )
    database = Database.open(url)
    try:
        caller = _caller(database, year_group.ADVISER)
        reports = {}
        for pupils, laestab in _LAESTABS.items():
            chosen = CohortSelection(
                YEAR,
                school_id=school_by_laestab(caller, laestab).school_id,
                years=year_group.YEAR_GROUP,
            )
            reports[pupils] = lambda chosen=chosen: full_report(caller, chosen)
        times = _times(RUNS, reports)
    finally:
        database.dispose()
    results = [_grown("Full report of a school, growth with its pupils", PUPILS, times)]
    addresses = {
        pupils: f"school={laestab}&year={YEAR}&years={year_group.YEAR_GROUP}"
        for pupils, laestab in _LAESTABS.items()
    }
    for page in ("assessments", "full-report"):
        paths = {
            pupils: (f"/{page}?{query}", year_group.ADVISER) for pupils, query in addresses.items()
        }
        times = _times_of_pages(url, folder / page, paths)
        what = f"HTML of the page {page}, growth with a school's pupils"
        results.append(_grown(what, PUPILS, times))
    return results


def _of_authorities(kept: Path, folder: Path) -> list[Result]:
    open_authority(kept).dispose()
    (source,) = kept.glob("authority-*.sqlite")
    path = folder / "authorities.sqlite"
    shutil.copyfile(source, path)
    url = f"sqlite:///{path}"
    advisers = _split(path, url)
    database = Database.open(url)
    try:
        reports = {}
        for schools, adviser in advisers.items():
            caller = _caller(database, adviser)
            with caller.begin() as work:
                authority = work.principal.local_authority_ids[0]
            chosen = CohortSelection(YEAR, local_authority_id=authority, years=YearRange.ALL_YEARS)
            reports[schools] = lambda caller=caller, chosen=chosen: full_report(caller, chosen)
        times = _times(RUNS_OF_AUTHORITY, reports)
    finally:
        database.dispose()
    paths = {schools: ("/schools", adviser) for schools, adviser in advisers.items()}
    pages = _times_of_pages(url, folder / "portal", paths)
    return [
        _grown("Full report of an authority, growth with its schools", SCHOOLS, times),
        _grown("HTML of the page schools, growth with the authority", SCHOOLS, pages),
    ]


def _split(path: Path, url: str) -> dict[int, str]:
    """Deal the schools out to authorities of these sizes; return an adviser of each, by size."""
    advisers = {}
    with closing(sqlite3.connect(path)) as connection, connection:
        schools = [row[0] for row in connection.execute("SELECT id FROM school ORDER BY id")]
        for at, size in enumerate(SCHOOLS):
            made = connection.execute(
                "INSERT INTO local_authority (code, name) VALUES (?, ?)",
                (f"{901 + at}", f"LA {at}"),
            )
            own, schools = schools[:size], schools[size:]
            connection.executemany(
                "UPDATE school SET local_authority_id = ? WHERE id = ?",
                [(made.lastrowid, school) for school in own],
            )
            advisers[size] = (f"adviser{size}", made.lastrowid)
    database = Database.open(url)
    try:
        for name, authority in advisers.values():
            create_user(
                database,
                user_name=name,
                display_name=name.title(),
                password=year_group.PASSWORD,
                memberships=[Membership(Role.LA_ADVISER, authority)],
                hashing=PasswordHashing.FLOOR,
            )
    finally:
        database.dispose()
    return {size: name for size, (name, _) in advisers.items()}


def _caller(database: Database, person: str) -> Caller:
    policy = replace(DEFAULT_POLICY, hashing=PasswordHashing.FLOOR, rate_limit_key=token_bytes(32))
    begun = sign_in(
        database,
        user_name=person,
        password=year_group.PASSWORD,
        address="127.0.0.1",
        policy=policy,
    )
    return Caller.for_session(database, begun.session_id, policy=policy)


def _times_of_pages(
    url: str, folder: Path, pages: Mapping[int, tuple[str, str]]
) -> dict[int, float]:
    """Return the ms in which the server sends each page's whole HTML, by size, to its person."""
    notebooks = HERE.parent / "notebooks"
    with running(url, folder, notebooks) as portal:
        visitors = {person: signed_in(portal.port, person) for _, person in pages.values()}
        times: dict[int, list[float]] = {size: [] for size in pages}
        for turn in range(RUNS + 1):
            for size, (path, person) in pages.items():
                portal.wait_for_kernels(0)
                start = time.perf_counter()
                held = hold(visitors[person], path, connected=False)
                taken = (time.perf_counter() - start) * 1000
                held.leave()
                if turn:  # the first opens what is opened once
                    times[size].append(taken)
    return {size: median(taken) for size, taken in times.items()}


def _grown(what: str, sizes: Sequence[int], times: Mapping[int, float]) -> Result:
    in_words = ", ".join(f"{size}: {times[size]:,.0f} ms" for size in sizes)
    print(f"{what}: {in_words}")
    power = slope(sizes, [times[size] for size in sizes])
    return Result(
        f"{what}, power of the size",
        power,
        "power",
        IN_PROPORTION,
        ours=times[sizes[-1]],
        other=times[sizes[0]],
        beside=f"ms, the smallest of {sizes[0]} to {sizes[-1]}",
    )


def _times(runs: int, cases: Mapping[int, Callable[[], object]]) -> dict[int, float]:
    found = interleave(runs, {str(size): case for size, case in cases.items()})
    return {size: median(found[str(size)]) for size in cases}
