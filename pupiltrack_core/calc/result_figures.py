"""How many pupils of a cohort have each code of a statutory result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from pupiltrack_core.calc.disclosure import CODE, suppress_small
from pupiltrack_core.domain.coded_values import CodedValue
from pupiltrack_core.domain.outcomes import NO_DATA

MEASURE, RESULT, PUPILS, OF = "measure", "result", "pupils", "of"


def result_figures(
    tally: pd.DataFrame,
    codes: Mapping[str, Sequence[str]],
    *,
    of: int,
    sums: Mapping[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Return `measure`, `result`, `pupils`, `of`: the pupils at each code, Int64.

    `tally` has `measure`, `result` and `pupils`; `codes` are those to show of each measure, in
    order, whether or not anyone has them. What else is found follows them, then No data: the rest
    of the `of` pupils. `sums` are results added up from others, EXS+ from EXS and GDS; one stands
    after the last of its parts, where the measure has them all. Raise ValueError where more have a
    result than there are pupils.
    """
    found = {
        (str(measure), str(result)): int(pupils)
        for measure, result, pupils in tally[[MEASURE, RESULT, PUPILS]].itertuples(index=False)
    }
    rows = []
    for measure, shown in codes.items():
        others = sorted({code for name, code in found if name == measure} - set(shown))
        counts = {code: found.get((measure, code), 0) for code in (*shown, *others)}
        blank = of - sum(counts.values())
        if blank < 0:
            raise ValueError("More pupils have a result than there are.")
        for code, count in counts.items():
            rows.append((measure, code, count, of))
            rows.extend(
                (measure, total, sum(counts[part] for part in parts), of)
                for total, parts in (sums or {}).items()
                if code == parts[-1] and set(parts) <= set(counts)
            )
        rows.append((measure, NO_DATA, blank, of))
    frame = pd.DataFrame(rows, columns=[MEASURE, RESULT, PUPILS, OF])
    return frame.astype({MEASURE: "str", RESULT: "str", PUPILS: "Int64", OF: "Int64"})


def withhold_results(
    figures: pd.DataFrame, *, sums: Mapping[str, Sequence[str]] | None = None
) -> pd.DataFrame:
    """Return the RESULT figures without the small ones (`calc.disclosure`): missing there.

    Those of a measure add up to its pupils, so a second is withheld beside one alone; a sum goes
    with any of its parts.
    """
    added = sums or {}
    told = suppress_small(
        figures[~figures[RESULT].isin(list(added))], count=PUPILS, of=OF, within=[MEASURE]
    )
    lost = told[told[CODE] == CodedValue.SUPPRESSED.value]
    hidden = set(lost[[MEASURE, RESULT]].itertuples(index=False, name=None))
    gone = [
        any((measure, part) in hidden for part in (code, *added.get(code, ())))
        for measure, code in figures[[MEASURE, RESULT]].itertuples(index=False, name=None)
    ]
    result = figures.copy()
    result[PUPILS] = result[PUPILS].mask(pd.Series(gone, figures.index, dtype=bool))
    result[OF] = result[OF].mask(figures[MEASURE].isin(set(told.loc[told[OF].isna(), MEASURE])))
    return result
