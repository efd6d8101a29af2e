from __future__ import annotations

from pupiltrack_core.domain.archiving import CHOSEN_REASONS, ArchiveReason, reason_label


def test_every_reason_has_words() -> None:
    labels = [reason.label for reason in ArchiveReason]
    assert len(set(labels)) == len(labels)


def test_handing_over_is_not_chosen() -> None:
    assert ArchiveReason.TRANSFERRED not in CHOSEN_REASONS
    assert len(CHOSEN_REASONS) == len(ArchiveReason) - 1


def test_reason_label_of_what_is_stored() -> None:
    assert reason_label("moved") == "Moved to another school"
    assert reason_label(None) == ""
    assert reason_label("from an older version") == "from an older version"
