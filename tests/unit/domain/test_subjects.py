from __future__ import annotations

from pupiltrack_core.domain.subjects import CORE_SUBJECTS, RWM, Subject


def test_subjects_are_the_seventeen_with_the_core_first() -> None:
    assert len(Subject) == 17
    assert tuple(Subject)[:3] == CORE_SUBJECTS
    assert RWM not in {item.value for item in Subject}


def test_subjects_have_names_of_their_own() -> None:
    assert len({item.label for item in Subject}) == 17
    assert len({item.short for item in Subject}) == 17
    assert Subject.GPS.label == "Grammar, punctuation and spelling"
    assert all(len(item.value) <= 4 for item in Subject)  # the width of the stored column
