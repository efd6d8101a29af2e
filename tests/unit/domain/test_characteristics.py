from __future__ import annotations

from datetime import date

import pytest

from pupiltrack_core.domain.characteristics import (
    CUSTOM,
    ETHNICITIES,
    EXTENDED_ETHNICITIES,
    WORKED_OUT,
    Characteristic,
    EthnicGroup,
    Sen,
    Sex,
    TermOfBirth,
    ethnicity_codes,
    is_summer_born,
    main_ethnicity,
    matches,
    term_of_birth,
)
from pupiltrack_core.domain.ethnicities import is_well_formed


@pytest.mark.parametrize(
    ("born", "term"),
    [
        (date(2015, 9, 1), TermOfBirth.AUTUMN),
        (date(2015, 12, 31), TermOfBirth.AUTUMN),
        (date(2016, 1, 1), TermOfBirth.SPRING),
        (date(2016, 2, 29), TermOfBirth.SPRING),
        (date(2016, 3, 31), TermOfBirth.SPRING),
        (date(2016, 4, 1), TermOfBirth.SUMMER),
        (date(2016, 8, 31), TermOfBirth.SUMMER),
    ],
)
def test_term_of_birth_at_boundaries(born: date, term: TermOfBirth) -> None:
    assert term_of_birth(born) is term
    assert is_summer_born(born) is (term is TermOfBirth.SUMMER)
    assert term.label == f"{term.value.capitalize()} born"


@pytest.mark.parametrize(
    ("code", "main"),
    [
        ("WBRI", "WBRI"),
        (" ooth ", "OOTH"),
        ("OOth", "OOTH"),
        ("AOPK", "APKN"),
        ("AOTA", "AOTH"),
        ("BAOF", "BAFR"),
        ("MWAP", "MWAS"),
        ("WENG", "WBRI"),
        ("WSCO", "WBRI"),
        ("WTUR", "WOTH"),
        ("MWOE", "MOTH"),
        ("MACH", "MOTH"),
        ("ASLT", "AOTH"),
        ("BSUD", "BAFR"),
        ("BNAM", "BOTH"),
        ("CMAL", "CHNE"),
        ("OMAL", "OOTH"),
        ("OIRQ", "OOTH"),
        ("OYEM", "OOTH"),
        ("XXXX", None),
        ("", None),
    ],
)
def test_main_ethnicity(code: str, main: str | None) -> None:
    assert main_ethnicity(code) == main


def test_every_ethnicity_belongs_to_one_group() -> None:
    codes = [code for group in EthnicGroup for code in ethnicity_codes(group.value)]
    assert len(codes) == len(set(codes))
    assert set(codes) == set(ETHNICITIES) | set(EXTENDED_ETHNICITIES)
    assert set(EXTENDED_ETHNICITIES.values()) <= set(ETHNICITIES)
    assert not set(EXTENDED_ETHNICITIES) & set(ETHNICITIES)


def test_every_ethnic_code_is_well_formed() -> None:
    assert all(is_well_formed(code) for code in {**ETHNICITIES, **EXTENDED_ETHNICITIES})
    assert not any(is_well_formed(text) for text in ("", "wbri", "WBRI ", "WB1I", "WBRIT"))


def test_ethnicity_codes_of_a_main_code_and_a_group() -> None:
    assert {"WBRI", "WENG", "WSCO"} <= ethnicity_codes("WBRI")
    assert "WTUR" not in ethnicity_codes("WBRI")
    assert ethnicity_codes("UNCLASSIFIED") == {"REFU", "NOBT"}
    assert "CHNE" not in ethnicity_codes("ASIAN")  # Chinese stands apart
    with pytest.raises(ValueError, match="NONE"):
        ethnicity_codes("NONE")


def test_every_characteristic_has_words_and_choices() -> None:
    assert len({item.label for item in Characteristic}) == len(Characteristic)
    for item in Characteristic:
        values = [choice.value for choice in item.values]
        assert len(values) == len(set(values)) >= 2
        assert all(item.value_label(value) for value in values)
    assert [item.value for item in CUSTOM] == [f"custom_{number}" for number in range(1, 7)]
    assert Characteristic.CUSTOM_6.is_custom
    assert not Characteristic.FSM.is_custom


def test_characteristics_stand_in_the_order_of_the_filters() -> None:
    order = [item.value for item in Characteristic]
    assert order[:4] == ["intervention", "sex", "summer_born", "sen"]
    assert order[9:15] == ["eal", "young_carer", "mobile", "looked_after", "gld", "ks1"]
    assert order[15:] == [item.value for item in CUSTOM]
    assert {"intervention", "summer_born", "mobile", "gld", "ks1"} == WORKED_OUT


def test_yes_no_characteristics_know_not_recorded() -> None:
    choices = [[choice.value for choice in item.values] for item in Characteristic]
    assert choices.count(["Y", "N", "U"]) == 13


def test_value_label_of_an_unknown_choice() -> None:
    with pytest.raises(ValueError, match="Sex has no such choice"):
        Characteristic.SEX.value_label("U")


@pytest.mark.parametrize(
    ("characteristic", "value", "recorded", "expected"),
    [
        (Characteristic.FSM, "Y", True, True),
        (Characteristic.FSM, "Y", False, False),
        (Characteristic.FSM, "N", False, True),
        (Characteristic.FSM, "N", None, False),  # not recorded is not No
        (Characteristic.FSM, "U", None, True),
        (Characteristic.FSM, "U", False, False),
        (Characteristic.SEX, "F", "F", True),
        (Characteristic.SEX, "F", "M", False),
        (Characteristic.SEN, "K", "K", True),
        (Characteristic.SEN, "KE", "K", True),
        (Characteristic.SEN, "KE", "E", True),
        (Characteristic.SEN, "KE", "N", False),
        (Characteristic.SEN, "KE", None, False),
        (Characteristic.SEN, "U", None, True),
        (Characteristic.SEN, "U", "N", False),
        (Characteristic.ETHNICITY, "WBRI", "WENG", True),
        (Characteristic.ETHNICITY, "WHITE", "WROM", True),
        (Characteristic.ETHNICITY, "WHITE", "MWAS", False),
        (Characteristic.ETHNICITY, "U", None, True),
        (Characteristic.ETHNICITY, "U", "NOBT", False),  # asked for, not given: is recorded
        (Characteristic.SUMMER_BORN, "Y", date(2016, 8, 31), True),
        (Characteristic.SUMMER_BORN, "Y", date(2016, 9, 1), False),
        (Characteristic.SUMMER_BORN, "N", date(2016, 9, 1), True),
        (Characteristic.INTERVENTION, "Y", True, True),
        (Characteristic.INTERVENTION, "Y", False, False),
        (Characteristic.INTERVENTION, "N", False, True),
        (Characteristic.MOBILE, "Y", 3, True),
        (Characteristic.MOBILE, "U", 3, False),
        (Characteristic.MOBILE, "Y", None, False),
        (Characteristic.MOBILE, "U", None, True),  # did not move, or nobody asked
        (Characteristic.GLD, "Y", "Y", True),
        (Characteristic.GLD, "N", "Y", False),
        (Characteristic.GLD, "N", "A", False),  # not assessed is not No
        (Characteristic.GLD, "A", "A", True),
        (Characteristic.GLD, "U", "A", False),
        (Characteristic.GLD, "U", None, True),
        (Characteristic.KS1, "GDS", "GDS", True),
        (Characteristic.KS1, "GDS", "EXS", False),
        (Characteristic.KS1, "EXS", "GDS", True),  # or above
        (Characteristic.KS1, "EXS", "EXS", True),
        (Characteristic.KS1, "EXS", "BEL", False),
        (Characteristic.KS1, "BEL", "BEL", True),
        (Characteristic.KS1, "BEL", None, False),
        (Characteristic.KS1, "U", None, True),
        (Characteristic.KS1, "U", "BEL", False),
    ],
)
def test_matches(
    characteristic: Characteristic,
    value: str,
    recorded: str | bool | int | date | None,
    expected: bool,
) -> None:
    assert matches(characteristic, value, recorded) is expected


def test_nobody_can_be_recorded_as_not_mobile() -> None:
    with pytest.raises(ValueError, match="no such choice"):
        matches(Characteristic.MOBILE, "N", None)


def test_matches_refuses_an_unknown_choice() -> None:
    with pytest.raises(ValueError, match="no such choice"):
        matches(Characteristic.SUMMER_BORN, "U", date(2016, 1, 1))


def test_sex_and_sen_words() -> None:
    assert [item.label for item in Sex] == ["Female", "Male"]
    assert [item.value for item in Sen] == ["N", "K", "E"]
    assert Sen.SUPPORT.label == "SEN support"
    assert all(group.label for group in EthnicGroup)
