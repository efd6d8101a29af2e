from __future__ import annotations

from itertools import product

import pytest

from pupiltrack_core.domain.statutory import (
    ELGS,
    FORMER_ELGS,
    GOALS_OF_GLD,
    Collection,
    Sitting,
    codes_for,
    goals_of,
    good_level_of_development,
    measure_label,
    phonics_outcome,
    phonics_sittings,
    phonics_threshold,
    result_text,
    scaled_score_outcome,
    takes_phonics_in_year_2,
)

# The years of the published timeline, 2012 to 2027, in which each was statutory
TIMELINE = {
    Collection.EYFSP: {*range(2013, 2020), *range(2022, 2028)},
    Collection.PHONICS: {*range(2012, 2020), *range(2022, 2028)},
    Collection.KS1: {2016, 2017, 2018, 2019, 2022, 2023},
    Collection.KS2: {*range(2016, 2020), *range(2022, 2028)},
    Collection.MTC: set(range(2022, 2028)),
}
EXPECTED = dict.fromkeys(ELGS, "2")
FORMER_EXPECTED = dict.fromkeys(FORMER_ELGS, "2")


def codes(collection: Collection, measure: str, year: int) -> list[str]:
    return [code.code for code in codes_for(collection, measure, year)]


@pytest.mark.parametrize("collection", Collection)
def test_was_taken_follows_the_timeline(collection: Collection) -> None:
    assert {year for year in range(2011, 2028) if collection.was_taken(year)} == TIMELINE[
        collection
    ]


def test_was_in_levels_before_the_standards_at_both_key_stages() -> None:
    for collection in (Collection.KS1, Collection.KS2):
        assert collection.was_in_levels(2015)
        assert not collection.was_in_levels(2016)
        assert not collection.was_in_levels(1990)
    others = set(Collection) - {Collection.KS1, Collection.KS2}
    assert not any(item.was_in_levels(year) for item in others for year in range(1990, 2028))


def test_collections_name_their_year_groups_and_measures() -> None:
    assert {item: item.year_groups for item in Collection} == {
        Collection.EYFSP: (0,),
        Collection.PHONICS: (1, 2),
        Collection.KS1: (2,),
        Collection.KS2: (6,),
        Collection.MTC: (4,),
    }
    assert len(Collection.EYFSP.measures) == 17 + 17 + 1
    assert all(item.label for item in Collection)
    assert {item.value for item in Sitting} == {"main", "Y1", "Y2", "autumn"}


def test_every_code_of_every_year_has_words() -> None:
    for collection in Collection:
        for measure, year in product(collection.measures, TIMELINE[collection]):
            if measure in {*ELGS, *FORMER_ELGS} - set(goals_of(year)):
                continue
            found = codes_for(collection, measure, year)
            assert len({code.code for code in found}) == len(found)
            assert all(code.label for code in found)


def test_codes_for_the_early_years_lost_exceeding() -> None:
    assert codes(Collection.EYFSP, "G01", 2019) == ["1", "2", "3", "A"]
    assert codes(Collection.EYFSP, "E01", 2022) == ["1", "2", "A"]
    assert codes(Collection.EYFSP, "GLD", 2026) == ["N", "Y", "A"]


@pytest.mark.parametrize(("goal", "year"), [("E04", 2018), ("E17", 2019), ("G04", 2022)])
def test_codes_for_refuses_a_goal_of_the_other_framework(goal: str, year: int) -> None:
    with pytest.raises(ValueError, match=f"{goal} is not an early learning goal of {year}"):
        codes_for(Collection.EYFSP, goal, year)


def test_codes_for_phonics() -> None:
    assert codes(Collection.PHONICS, "MARK", 2026) == []
    counted = {code.code: code.counts for code in codes_for(Collection.PHONICS, "OUTCOME", 2026)}
    assert counted == {"Wt": True, "Wa": True, "A": True, "D": True, "L": False, "Q": False}


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2016, "BLW PKF WTS EXS GDS A D"),
        (2017, "BLW PKF WTS EXS GDS A D"),
        (2018, "BLW PKF WTS EXS GDS A D Q"),
        (2019, "BLW PK1 PK2 PK3 PK4 WTS EXS GDS A D Q"),
        (2022, "EM PK1 PK2 PK3 PK4 WTS EXS GDS A D Q M"),
        (2023, "EM PK1 PK2 PK3 PK4 WTS EXS GDS A D Q M"),
    ],
)
def test_codes_for_key_stage_1(year: int, expected: str) -> None:
    assert codes(Collection.KS1, "WRIT", year) == expected.split()


@pytest.mark.parametrize(
    ("year", "expected"),
    [(2017, "HNM EXS A D"), (2018, "HNM EXS A D Q"), (2023, "HNM EXS A D Q M")],
)
def test_codes_for_key_stage_1_science_have_no_greater_depth(year: int, expected: str) -> None:
    assert codes(Collection.KS1, "SCIE", year) == expected.split()


@pytest.mark.parametrize(
    ("measure", "year", "expected"),
    [
        ("READ", 2025, "NS AS A B U J H M Q S X F P L Z"),
        ("GPS", 2019, "NS AS A B U J H M Q S X F P L Z"),
        ("SCIE", 2025, "HNM EXS A D Q L M F P Z"),
        ("WRIT", 2018, "BLW PKF PKE PKG WTS EXS GDS A D Q L M F P Z"),
        ("WRIT", 2019, "BLW PK1 PK2 PK3 PK4 PK5 PK6 WTS EXS GDS A D Q L M F P Z"),
        ("WRIT", 2025, "EM PK1 PK2 PK3 PK4 PK5 PK6 WTS EXS GDS A D Q L M F P Z"),
    ],
)
def test_codes_for_key_stage_2(measure: str, year: int, expected: str) -> None:
    assert codes(Collection.KS2, measure, year) == expected.split()


def test_codes_for_the_tables_check() -> None:
    counted = {code.code: code.counts for code in codes_for(Collection.MTC, "MARK", 2025)}
    assert [code for code, counts in counted.items() if counts] == ["A", "B", "U", "J", "H"]
    assert [code for code, counts in counted.items() if not counts] == ["X", "Q", "NAA", "L", "Z"]


def test_codes_for_refuses_another_measure_or_year() -> None:
    with pytest.raises(ValueError, match="no measure"):
        codes_for(Collection.MTC, "READ", 2025)
    with pytest.raises(ValueError, match="not statutory in 2024"):
        codes_for(Collection.KS1, "READ", 2024)


def test_good_level_needs_the_twelve_goals_only() -> None:
    assert good_level_of_development(EXPECTED, 2025) == "Y"
    for goal in ELGS:
        result = good_level_of_development({**EXPECTED, goal: "1"}, 2025)
        assert result == ("N" if goal in ELGS[:12] else "Y")
    assert GOALS_OF_GLD == 12


def test_good_level_counts_exceeding_of_the_older_framework() -> None:
    assert good_level_of_development({**FORMER_EXPECTED, "G01": "3"}, 2019) == "Y"
    with pytest.raises(ValueError, match="not one of that year"):
        good_level_of_development(EXPECTED, 2019)
    with pytest.raises(ValueError, match="not one of that year"):
        good_level_of_development({**EXPECTED, "E01": "3"}, 2022)


def test_good_level_of_a_child_not_assessed() -> None:
    assert good_level_of_development(dict.fromkeys(ELGS, "A"), 2025) == "A"
    with pytest.raises(ValueError, match="every goal or in none"):
        good_level_of_development({**EXPECTED, "E17": "A"}, 2025)
    assert good_level_of_development({**FORMER_EXPECTED, "G01": "A"}, 2019) == "N"
    assert good_level_of_development({**FORMER_EXPECTED, "G17": "A"}, 2019) == "Y"


def test_good_level_is_missing_while_a_goal_is() -> None:
    assert good_level_of_development({}, 2025) is None
    assert good_level_of_development(dict.fromkeys(ELGS[:16], "2"), 2025) is None
    with pytest.raises(ValueError, match="not one of that year"):
        good_level_of_development({"G01": "2"}, 2025)


@pytest.mark.parametrize("year", sorted({*TIMELINE[Collection.PHONICS], 2021}))
@pytest.mark.parametrize(("mark", "outcome"), [(0, "Wt"), (31, "Wt"), (32, "Wa"), (40, "Wa")])
def test_phonics_outcome_at_the_threshold(year: int, mark: int, outcome: str) -> None:
    assert phonics_threshold(year) == 32
    assert phonics_outcome(mark, year) == outcome


@pytest.mark.parametrize("mark", [-1, 41])
def test_phonics_outcome_refuses_a_mark_outside(mark: int) -> None:
    with pytest.raises(ValueError, match="between 0 and 40"):
        phonics_outcome(mark, 2025)


@pytest.mark.parametrize("year", [2011, 2020])
def test_phonics_threshold_of_a_year_without_a_check(year: int) -> None:
    with pytest.raises(ValueError, match="no phonics"):
        phonics_threshold(year)


@pytest.mark.parametrize(
    ("year_group", "year", "sittings"),
    [
        (1, 2012, ["Y1"]),
        (2, 2012, []),
        (2, 2013, ["Y2"]),
        (1, 2021, []),
        (2, 2020, []),
        (2, 2021, ["autumn"]),
        (1, 2022, ["Y1"]),
        (2, 2022, ["autumn", "Y2"]),
        (2, 2023, ["Y2"]),
    ],
)
def test_phonics_sittings(year_group: int, year: int, sittings: list[str]) -> None:
    assert [item.value for item in phonics_sittings(year_group, year)] == sittings


@pytest.mark.parametrize(
    ("collection", "code", "value", "text"),
    [
        (Collection.KS2, "AS", 104, "Achieved the standard (104)"),
        (Collection.KS2, "A", None, "Absent"),
        (Collection.EYFSP, "A", None, "Not assessed"),
        (Collection.EYFSP, "Y", None, "Yes"),
        (Collection.EYFSP, "3", None, "Exceeding"),
        (Collection.MTC, None, 0, "0"),
        (Collection.KS2, "??", None, "??"),
        (Collection.KS2, None, None, ""),
    ],
)
def test_result_text(collection: Collection, code: str, value: int, text: str) -> None:
    assert result_text(collection, code=code, value=value) == text


def test_every_measure_has_words() -> None:
    assert measure_label("MATH") == "Maths"
    assert measure_label("GLD") == "Good level of development"
    assert measure_label("E04") == "Early learning goal E04"


@pytest.mark.parametrize(
    ("outcome", "takes"), [("Wa", False), ("Wt", True), ("A", True), ("D", True), (None, True)]
)
def test_takes_phonics_in_year_2(outcome: str | None, takes: bool) -> None:
    assert takes_phonics_in_year_2(outcome) is takes


@pytest.mark.parametrize(("score", "outcome"), [(80, "NS"), (99, "NS"), (100, "AS"), (120, "AS")])
def test_scaled_score_outcome_at_boundaries(score: int, outcome: str) -> None:
    assert scaled_score_outcome(score) == outcome


@pytest.mark.parametrize("score", [79, 121])
def test_scaled_score_outside(score: int) -> None:
    with pytest.raises(ValueError, match="between 80 and 120"):
        scaled_score_outcome(score)
