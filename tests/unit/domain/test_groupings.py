from __future__ import annotations

import pytest

from pupiltrack_core.domain.characteristics import CUSTOM, Characteristic
from pupiltrack_core.domain.groupings import GROUPED_BY, grouping_by


def test_grouping_by_sex_sets_girls_beside_boys_and_leaves_nobody_out() -> None:
    found = grouping_by(Characteristic.SEX)
    assert found is not None
    assert [(group.value, group.label) for group in found.groups] == [("F", "Girls"), ("M", "Boys")]


def test_grouping_by_sen_takes_both_provisions_together() -> None:
    found = grouping_by(Characteristic.SEN)
    assert found is not None
    assert [group.value for group in found.groups] == ["KE", "N", "U"]


@pytest.mark.parametrize("characteristic", [c for c in GROUPED_BY if not c.is_custom])
def test_grouping_by_has_only_values_of_the_filter(characteristic: Characteristic) -> None:
    found = grouping_by(characteristic)
    assert found is not None
    assert {group.value for group in found.groups} <= {c.value for c in characteristic.values}
    assert found.label == characteristic.label


def test_grouping_by_a_custom_filter_needs_the_school_s_name() -> None:
    assert grouping_by(CUSTOM[0]) is None
    found = grouping_by(CUSTOM[0], custom_names={CUSTOM[0]: "Choir"})
    assert found is not None
    assert (found.label, found.first.label) == ("Choir", "Choir: Yes")


@pytest.mark.parametrize(
    "characteristic", [Characteristic.LOOKED_AFTER, Characteristic.ETHNICITY, Characteristic.GLD]
)
def test_grouping_by_what_has_no_pair_is_none(characteristic: Characteristic) -> None:
    assert grouping_by(characteristic) is None
