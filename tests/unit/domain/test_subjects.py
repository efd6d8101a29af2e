from __future__ import annotations

import pytest

from pupiltrack_core.domain.subjects import (
    CORE_SUBJECTS,
    OWN_CODES,
    RWM,
    OwnSubject,
    Subject,
    in_shown_order,
    is_own_code,
    subject_label,
)


def test_subjects_are_the_seventeen_with_the_core_first() -> None:
    assert len(Subject) == 17
    assert tuple(Subject)[:3] == CORE_SUBJECTS
    assert RWM not in {item.value for item in Subject}


def test_subjects_have_names_of_their_own() -> None:
    assert len({item.label for item in Subject}) == 17
    assert len({item.short for item in Subject}) == 17
    assert Subject.GPS.label == "Grammar, punctuation and spelling"
    assert all(len(item.value) <= 4 for item in Subject)  # the width of the stored column


def test_in_shown_order_puts_the_schools_own_after_the_seventeen() -> None:
    own = {code: OwnSubject(code, f"Own {code}", code) for code in ("X02", "X01")}
    codes = {"X02", "SCIE", "X01", "READ", "X77", "NONE"}
    assert [str(item) for item in in_shown_order(codes, own)] == ["READ", "SCIE", "X01", "X02"]


def test_own_codes_are_no_code_of_the_seventeen() -> None:
    assert (OWN_CODES[0], OWN_CODES[-1], len(OWN_CODES)) == ("X01", "X99", 99)
    assert not any(is_own_code(item.value) for item in Subject)
    assert not any(is_own_code(code) for code in ("X00", "X1", "X100", "x01", RWM))


def test_subject_label_knows_every_kind_of_code() -> None:
    labels = {"X01": "Forest school"}
    assert subject_label("READ", labels) == "Reading"
    assert subject_label(RWM) == "Reading, writing and maths"
    assert subject_label("X01", labels) == "Forest school"


def test_subject_label_of_an_unknown_code_is_refused() -> None:
    for code, labels in (("X01", None), ("X02", {"X01": "Forest school"}), ("", None)):
        with pytest.raises(ValueError, match="not a valid"):
            subject_label(code, labels)
