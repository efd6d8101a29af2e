"""The same counts as somebody handy with pandas would make them in a notebook.

Plain strings, one `groupby` for each subject and cohort, SQL that fetches the judgements. It knows
no permissions, no filters and no suppressed figures: what it is beside does more in its time.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from sqlalchemy import Engine

from pupiltrack_core.domain.subjects import CORE_SUBJECTS, RWM

JUDGEMENTS = ["B", "T", "O", "D"]
CORE = [subject.value for subject in CORE_SUBJECTS]

# Each pupil stands at the latest assessment of the year group, as in every report of ours.
_LATEST = """
WITH ranked AS (
  SELECT g.school_id, g.year_group, g.assessment_id, a.held_on, row_number() OVER (
    PARTITION BY g.school_id, g.year_group ORDER BY a.held_on DESC, a.id DESC) AS place
  FROM assessment_year_group g JOIN assessment a ON a.id = g.assessment_id
  WHERE g.academic_year = :year AND g.year_group BETWEEN 1 AND 6 AND a.deleted_at IS NULL
    AND {where}
)
SELECT e.school_id, e.pupil_id, e.year_group, j.subject, j.value
FROM ranked r
JOIN enrolment e ON e.school_id = r.school_id AND e.year_group = r.year_group
JOIN pupil p ON p.id = e.pupil_id
LEFT JOIN judgement j ON j.school_id = e.school_id AND j.academic_year = :year
  AND j.assessment_id = r.assessment_id AND j.pupil_id = e.pupil_id AND j.kind = 'tracking'
WHERE r.place = 1 AND e.academic_year = :year AND e.include_in_data
  AND (p.archived_from IS NULL OR p.archived_from > :year)
  AND (e.left_on IS NULL OR e.left_on >= r.held_on)
"""
ONE_SCHOOL = _LATEST.format(where="g.school_id = :place")
ONE_AUTHORITY = _LATEST.format(
    where="g.school_id IN (SELECT id FROM school WHERE local_authority_id = :place)"
)


def read_judgements(engine: Engine, query: str, *, year: int, place: int) -> pd.DataFrame:
    """Return one row for each judgement: school, pupil, year group, subject, value."""
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        return pd.read_sql_query(query, driver, params={"year": year, "place": place})


def one_row_each(judgements: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each pupil, with year_group and a column of strings for each subject."""
    index = ["pupil_id", "year_group"]
    # A pivot table would leave out the pupils without any judgement.
    wide = judgements.pivot(index=index, columns="subject", values="value")  # noqa: PD010 - keys are unique
    return wide.reset_index()


def count_everything(
    pupils: pd.DataFrame, subjects: Iterable[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the counts and percentages of the whole cohort, and of each year group."""
    wanted = list(subjects)
    parts = []
    for year_group, part in pupils.groupby("year_group"):
        counts = _count(part, wanted)
        counts.insert(0, "year_group", year_group)
        parts.append(counts)
    return _count(pupils, wanted), pd.concat(parts, ignore_index=True)


def _count(pupils: pd.DataFrame, subjects: list[str]) -> pd.DataFrame:
    lines = []
    for subject in subjects:
        found = pupils.groupby(subject, dropna=False).size()
        counts = [int(found.get(judgement, 0)) for judgement in JUDGEMENTS]
        lines.append([subject, len(pupils), *counts, len(pupils) - sum(counts)])
    core = pupils[CORE]
    all_known = core.notna().all(axis=1)
    on_track = core.isin(["O", "D"]).all(axis=1)
    behind = core.isin(["B", "T"]).any(axis=1)
    together = [int((core == judgement).all(axis=1).sum()) for judgement in JUDGEMENTS]
    blank = int((~on_track & ~behind).sum())
    assert int(on_track.sum()) <= int(all_known.sum())
    lines.append([RWM, len(pupils), *together, blank])
    table = pd.DataFrame(lines, columns=["subject", "pupils", *JUDGEMENTS, "no_data"])
    for column in (*JUDGEMENTS, "no_data"):
        table[f"{column} %"] = (table[column] / table["pupils"] * 100).round()
    return table


def count_long(judgements: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the counts of a whole authority, and by year group, from one row a judgement."""
    by_group = (
        judgements.groupby(["year_group", "subject", "value"], dropna=False)
        .size()
        .rename("pupils")
        .reset_index()
    )
    core = judgements[judgements["subject"].isin(CORE)]
    index = ["pupil_id", "year_group"]
    wide = core.pivot(index=index, columns="subject", values="value")  # noqa: PD010 - keys are unique
    pattern = wide[CORE].fillna("-").agg("".join, axis=1)
    together = pattern.groupby([pattern.index.get_level_values("year_group"), pattern]).size()
    rwm = together.rename("pupils").rename_axis(["year_group", "value"]).reset_index()
    rwm["subject"] = RWM
    counts = pd.concat([by_group, rwm], ignore_index=True)
    return counts.groupby(["subject", "value"], dropna=False)["pupils"].sum().reset_index(), counts
