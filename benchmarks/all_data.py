"""All data of a school as a workbook, beside what pandas writes with openpyxl."""

from __future__ import annotations

import tempfile
from io import BytesIO
from pathlib import Path

import openpyxl
import pandas as pd
from sqlalchemy import Engine

from benchmarks.measuring import Result, absolute, interleave, ratio
from pupiltrack_core.reports.all_data import all_data_workbook
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.storage.engine import Database

RUNS = 7
BESIDE = "one query, a pandas pivot, Styler.to_excel"
_CELLS = """
SELECT p.surname, p.forenames, e.year_group, e.class_name, g.year_group AS of_year,
  a.held_on, a.name, j.kind, j.subject, j.value
FROM enrolment e
JOIN pupil p ON p.id = e.pupil_id
JOIN assessment_year_group g ON g.school_id = e.school_id AND g.academic_year = e.academic_year
  AND g.year_group = e.year_group
JOIN assessment a ON a.id = g.assessment_id
JOIN judgement j ON j.school_id = e.school_id AND j.academic_year = e.academic_year
  AND j.assessment_id = a.id AND j.pupil_id = e.pupil_id
WHERE e.school_id = :place AND e.academic_year = :year AND e.include_in_data
  AND (p.archived_from IS NULL OR p.archived_from > :year) AND a.deleted_at IS NULL
"""
_FILLS = {"B": "background-color: #f9d5d2", "O": "background-color: #cfead3"}
_PUPIL = ["year_group", "surname", "forenames", "class_name"]
_COLUMN = ["of_year", "held_on", "name", "kind", "subject"]


def measure(
    database: Database, caller: Caller, *, school_id: int, academic_year: int
) -> list[Result]:
    """Return the figures of all data of a school: a file on the disk each time."""
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder) / "ours.xlsx", Path(folder) / "theirs.xlsx"
        times = interleave(
            RUNS,
            {
                "ours": lambda: ours.write_bytes(
                    all_data_workbook(caller, school_id, academic_year)
                ),
                "pandas": lambda: theirs.write_bytes(
                    _pandas_workbook(database.reader, school_id, academic_year)
                ),
            },
        )
        _require_as_much(ours, theirs)
    seconds = {name: [run / 1000 for run in runs] for name, runs in times.items()}
    what = "All data of a school of 420 as Excel"
    both = {"others": seconds["pandas"], "beside": BESIDE}
    return [
        absolute(what, seconds["ours"], unit="s", goal=3, **both),
        ratio(f"{what}, as a share", seconds["ours"], seconds["pandas"], goal=1, beside=BESIDE),
    ]


def _pandas_workbook(engine: Engine, school_id: int, academic_year: int) -> bytes:
    """Return pupils by assessment and subject with two colours and counts, as in a notebook."""
    with engine.connect() as connection:
        cells = pd.read_sql_query(
            _CELLS,
            connection.connection.driver_connection,
            params={"year": academic_year, "place": school_id},
        )
    wide = cells.pivot_table(index=_PUPIL, columns=_COLUMN, values="value", aggfunc="first")
    counts = wide.apply(lambda column: column.value_counts().reindex(["B", "T", "O", "D"]))
    held = BytesIO()
    with pd.ExcelWriter(held, engine="openpyxl") as writer:
        wide.style.map(lambda value: _FILLS.get(value, "")).to_excel(
            writer, sheet_name="All data", freeze_panes=(6, 4)
        )
        counts.to_excel(writer, sheet_name="Counts")
    return held.getvalue()


def _require_as_much(ours: Path, theirs: Path) -> None:
    """Refuse to compare with something that leaves judgements out."""
    held = []
    for path, words in ((ours, "Deeper learning"), (theirs, "D")):
        sheet = openpyxl.load_workbook(path, read_only=True).worksheets[0]
        held.append(
            sum(value == words for row in sheet.iter_rows(values_only=True) for value in row)
        )
    if held[0] == 0 or abs(held[0] - held[1]) > 0.02 * held[1]:
        raise RuntimeError(f"The two workbooks do not hold the same: {held[0]} and {held[1]}.")
