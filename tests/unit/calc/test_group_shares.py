from __future__ import annotations

from itertools import product

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pupiltrack_core.calc.group_shares import withhold_shares

Figure = tuple[int, int]  # count, pupils


def told(
    whole: Figure, groups: dict[str, dict[str, Figure]]
) -> tuple[tuple[int | None, int | None], dict[str, tuple[int | None, int | None]]]:
    """Return what is told of one subject: of the whole, and by group."""
    frame = pd.DataFrame({"subject": ["READ"], "pupils": [whole[1]], "count": [whole[0]]})
    lines = [
        ("READ", of, count, partition, group)
        for partition, members in groups.items()
        for group, (count, of) in members.items()
    ]
    inside = pd.DataFrame(lines, columns=["subject", "pupils", "count", "partition", "group"])
    shown, by_group = withhold_shares(frame, inside)
    (first,) = pairs(shown)
    return first, dict(zip(by_group["group"], pairs(by_group), strict=True))


def pairs(frame: pd.DataFrame) -> list[tuple[int | None, int | None]]:
    return [
        (None if pd.isna(count) else int(count), None if pd.isna(of) else int(of))
        for count, of in frame[["count", "pupils"]].itertuples(index=False, name=None)
    ]


def test_withhold_shares_without_small_figures_tells_everything() -> None:
    whole, groups = told((40, 60), {"sex": {"Girls": (20, 30), "Boys": (20, 30)}})
    assert whole == (40, 60)
    assert groups == {"Girls": (20, 30), "Boys": (20, 30)}


def test_withhold_shares_of_few_withholds_the_other_group_of_the_partition_alone() -> None:
    # 4 girls on track are few; 40 - boys would tell them, so the boys go; the years stay
    whole, groups = told(
        (40, 60),
        {
            "sex": {"Girls": (4, 20), "Boys": (36, 40)},
            "years": {"Year 1": (20, 30), "Year 2": (20, 30)},
        },
    )
    assert whole == (40, 60)
    assert groups["Girls"] == (None, 20)
    assert groups["Boys"] == (None, 40)
    assert groups["Year 1"] == groups["Year 2"] == (20, 30)


def test_withhold_shares_protects_those_not_counted_too() -> None:
    # 28 of 30 girls: two girls are not on track
    _, groups = told((40, 60), {"sex": {"Girls": (28, 30), "Boys": (12, 30)}})
    assert groups == {"Girls": (None, 30), "Boys": (None, 30)}


def test_withhold_shares_counts_who_is_in_no_group() -> None:
    # 60 - 30 - 28 = 2 pupils of unknown EAL, 40 - 20 - 18 = 2 of them on track: they are few, and
    # would be told by the groups; one group more is withheld
    _, groups = told((40, 60), {"eal": {"EAL": (20, 30), "Not EAL": (18, 28)}})
    assert groups == {"EAL": (20, 30), "Not EAL": (None, None)}


def test_withhold_shares_of_a_small_whole_tells_nothing() -> None:
    whole, groups = told((57, 60), {"sex": {"Girls": (27, 30), "Boys": (30, 30)}})
    assert whole == (None, 60)  # three pupils are not on track
    assert {count for count, _ in groups.values()} == {None}


def test_withhold_shares_without_groups_gives_none() -> None:
    assert told((40, 60), {}) == ((40, 60), {})


def test_withhold_shares_of_more_than_the_whole_raises() -> None:
    with pytest.raises(ValueError, match="more than the whole"):
        told((40, 60), {"sex": {"Girls": (30, 40), "Boys": (10, 30)}})


group = st.integers(0, 12).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@settings(max_examples=100, deadline=None)
@given(st.lists(group, min_size=1, max_size=2), group)
def test_withhold_shares_can_not_be_worked_out(groups: list[Figure], rest: Figure) -> None:
    every = [*groups, rest]
    whole = (sum(count for count, _ in every), sum(of for _, of in every))
    shown, by_group = told(whole, {"p": {str(at): pair for at, pair in enumerate(groups)}})
    if shown[0] is None:
        assert all(count is None for count, _ in by_group.values())
        return
    hidden = [at for at in range(len(groups)) if by_group[str(at)][0] is None]
    # Whatever is told, no hidden group has one possible figure: try all with these totals.
    known = sum(count for count, _ in by_group.values() if count is not None)
    open_sizes = [groups[at][1] for at in hidden] + ([rest[1]] if rest[1] else [])
    fits = [
        counts
        for counts in product(*(range(size + 1) for size in open_sizes))
        if sum(counts) == whole[0] - known
    ]
    for place, at in enumerate(hidden):
        if groups[at][1] > 1 and len(open_sizes) > 1:
            assert len({counts[place] for counts in fits}) > 1 or groups[at] in (
                (0, groups[at][1]),
                (groups[at][1], groups[at][1]),
            )
