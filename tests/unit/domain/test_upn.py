from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.domain.upn import (
    CHECK_LETTERS,
    check_letter,
    is_known_authority,
    local_upn,
    serial_of_local_upn,
    validate_upn,
)

# UPN, weighted sum, remainder by 23, temporary: worked by hand from the DfE's description
KNOWN = [
    ("B801200005001", 93, 1, False),
    ("R201100018042", 176, 15, False),
    ("T20110001804V", 384, 16, True),
    ("B888251824001", 254, 1, False),
    ("D919342124017", 279, 3, False),
    ("A92602342300A", 161, 0, True),
    ("Y888000021001", 113, 21, False),
]
PERMANENT = st.text(string.digits, min_size=12, max_size=12)
TEMPORARY = st.builds(
    str.__add__, st.text(string.digits, min_size=11, max_size=11), st.sampled_from(CHECK_LETTERS)
)


def weighted_sum(upn: str) -> int:
    """The sum of the description, the slow way."""
    total = 0
    for position in range(2, 14):
        mark = upn[position - 1]
        total += position * ("ABCDEFGHJKLMNPQRTUVWXYZ".index(mark) if mark.isalpha() else int(mark))
    return total


@pytest.mark.parametrize(("upn", "total", "remainder", "temporary"), KNOWN)
def test_check_letter_of_known_numbers(
    upn: str, total: int, remainder: int, temporary: bool
) -> None:
    assert weighted_sum(upn) == total
    assert total % 23 == remainder
    assert check_letter(upn) == upn[0]
    assert check_letter(upn[1:]) == upn[0]
    check = validate_upn(upn, statutory=True)
    assert check.problems == ()
    assert check.is_usable
    assert check.is_temporary is temporary


def test_check_letter_of_the_widely_copied_wrong_example() -> None:
    # an article sums it to 267 and says Q; the sum is 266, and 266 - 11 x 23 = 13 is P
    assert weighted_sum("Q207000016049") == 266
    assert check_letter("Q207000016049") == "P"
    assert validate_upn("P207000016049", statutory=True).problems == ()
    assert not validate_upn("Q207000016049", statutory=True).is_usable


@given(PERMANENT | TEMPORARY)
def test_check_letter_agrees_with_the_description(body: str) -> None:
    letter = check_letter(body)
    assert letter == CHECK_LETTERS[weighted_sum("?" + body) % 23]
    wrong = set(CHECK_LETTERS) - {letter}
    assert all(validate_upn(other + body, statutory=False).is_local for other in wrong)


@pytest.mark.parametrize(
    "text", ["", "B80120000500", "80120000500", "B8012000050011", "80120000500I", "8012000O5001"]
)
def test_check_letter_refuses_another_form(text: str) -> None:
    with pytest.raises(ValueError, match="11 digits"):
        check_letter(text)


@pytest.mark.parametrize("upn", ["Q000000002742", "Z123456789012"])
def test_validate_upn_of_a_local_identifier(upn: str) -> None:
    by_hand = validate_upn(upn, statutory=False)
    assert by_hand.problems == ()
    assert by_hand.is_local
    assert "first letter" in by_hand.warnings[0]
    statutory = validate_upn(upn, statutory=True)
    assert statutory.is_local
    assert "first letter" in statutory.problems[0]


def test_validate_upn_puts_spaces_and_small_letters_right() -> None:
    assert validate_upn(" b801 2000 05001\n", statutory=True).normalised == "B801200005001"


def test_validate_upn_warns_of_a_temporary_number() -> None:
    check = validate_upn("T20110001804V", statutory=True)
    assert check.is_temporary
    assert any("temporary" in warning for warning in check.warnings)


def test_validate_upn_warns_of_an_unknown_authority() -> None:
    upn = check_letter("999200118001") + "999200118001"
    check = validate_upn(upn, statutory=True)
    assert check.is_usable
    assert any("local authority" in warning for warning in check.warnings)
    assert validate_upn("B801200005001", statutory=True).warnings == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no UPN"),
        ("   ", "no UPN"),
        ("B80120000500", "13 characters; this has 12"),
        ("B8012000050011", "13 characters; this has 14"),
        ("I801200005001", "never has the letters I, O or S"),
        ("S801200005001", "never has the letters I, O or S"),
        ("B80120000500O", "never has the letters I, O or S"),
        ("1801200005001", "a letter, then 11 digits"),
        ("B80120000A001", "a letter, then 11 digits"),
        ("B80120000500\u0661", "a letter, then 11 digits"),  # a digit, but no European one
    ],
)
@pytest.mark.parametrize("statutory", [True, False])
def test_validate_upn_says_what_is_wrong_with_the_form(
    text: str, words: str, statutory: bool
) -> None:
    check = validate_upn(text, statutory=statutory)
    assert len(check.problems) == 1
    assert words in check.problems[0]
    assert not check.is_usable


@given(st.text(max_size=20), st.booleans())
def test_validate_upn_never_repeats_the_number(text: str, statutory: bool) -> None:
    check = validate_upn(text, statutory=statutory)
    if len(check.normalised) > 4:
        assert check.normalised not in " ".join(check.problems + check.warnings)


@pytest.mark.parametrize("number", ["001", "005", "838", "839", "888", "926", "943"])
def test_is_known_authority(number: str) -> None:
    assert is_known_authority(number)


@pytest.mark.parametrize("number", ["000", "006", "939", "944", "999"])
def test_is_known_authority_of_an_unknown_number(number: str) -> None:
    assert not is_known_authority(number)


def test_local_upn_has_a_letter_beside_the_right_one() -> None:
    # 9*2 + 9*3 + 9*4 + 2*5 + 0 + 0 + 1*8 + 2*9 + 5*10 + 0 + 0 + 1*13 = 180; 180 - 7 x 23 = 19 is W
    assert check_letter("999200125001") == "W"
    assert local_upn("9992001", 2025, 1) == "X999200125001"


@given(st.integers(1_000_000, 9_999_999).map(str), st.integers(2000, 2100), st.integers(1, 999))
def test_local_upn_is_of_the_form_and_never_a_real_one(
    laestab: str, year: int, serial: int
) -> None:
    number = local_upn(laestab, year, serial)
    check = validate_upn(number, statutory=False)
    assert check.is_usable
    assert check.is_local
    assert not validate_upn(number, statutory=True).is_usable
    assert serial_of_local_upn(number, laestab, year) == serial
    assert serial_of_local_upn(check_letter(number) + number[1:], laestab, year) is None


@pytest.mark.parametrize("serial", [0, 1000, -1])
def test_local_upn_refuses_other_serials(serial: int) -> None:
    with pytest.raises(ValueError, match="serial"):
        local_upn("9992001", 2025, serial)


@pytest.mark.parametrize(
    "upn", ["X999200225001", "X999200124001", "X99920012500A", "", "X999200125000"]
)
def test_serial_of_local_upn_knows_only_its_own(upn: str) -> None:
    assert serial_of_local_upn(upn, "9992001", 2025) is None
