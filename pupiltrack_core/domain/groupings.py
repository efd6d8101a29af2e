"""The pairs of groups whose attainment is set side by side: boys and girls, SEN and none, ..."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pupiltrack_core.domain.characteristics import (
    ANY_SEN,
    CUSTOM,
    NOT_RECORDED,
    NOT_RECORDED_LABEL,
    Characteristic,
    Sen,
    Sex,
)


@dataclass(frozen=True, slots=True)
class Group:
    """The pupils with one `value` of a characteristic, and what they are called."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Grouping:
    """Two groups by one characteristic; a gap is the first less the second.

    `rest` are the pupils of whom it is not recorded; None where that cannot be.
    """

    characteristic: Characteristic
    label: str
    first: Group
    second: Group
    rest: Group | None

    @property
    def groups(self) -> tuple[Group, ...]:
        """The two groups, and the rest where there can be one."""
        return (self.first, self.second, *(() if self.rest is None else (self.rest,)))


OTHERS = "Other pupils"
_REST = Group(NOT_RECORDED, NOT_RECORDED_LABEL)
_YES_NO: dict[Characteristic, tuple[str, str]] = {
    Characteristic.DISADVANTAGED: ("Disadvantaged", OTHERS),
    Characteristic.PUPIL_PREMIUM: ("Pupil premium", OTHERS),
    Characteristic.FSM: ("Free school meals", "No free school meals"),
    Characteristic.EVER6: ("Ever 6 free school meals", OTHERS),
    Characteristic.EAL: ("EAL", "Not EAL"),
    Characteristic.SUMMER_BORN: ("Summer born", "Not summer born"),
    Characteristic.YOUNG_CARER: ("Young carers", OTHERS),
}
_ALWAYS_KNOWN = frozenset({Characteristic.SEX, Characteristic.SUMMER_BORN})


def grouping_by(
    characteristic: Characteristic, *, custom_names: Mapping[Characteristic, str] | None = None
) -> Grouping | None:
    """Return the pair of groups of a characteristic; None where there is none to set side by side.

    A custom filter has one where the school has given it a name.
    """
    names = custom_names or {}
    if characteristic is Characteristic.SEX:
        first, second = Group(Sex.FEMALE.value, "Girls"), Group(Sex.MALE.value, "Boys")
    elif characteristic is Characteristic.SEN:
        first, second = Group(ANY_SEN, "Any SEN"), Group(Sen.NONE.value, "No SEN")
    elif characteristic in _YES_NO:
        yes, no = _YES_NO[characteristic]
        first, second = Group("Y", yes), Group("N", no)
    elif characteristic in CUSTOM and names.get(characteristic):
        name = names[characteristic]
        first, second = Group("Y", f"{name}: Yes"), Group("N", f"{name}: No")
    else:
        return None
    return Grouping(
        characteristic=characteristic,
        label=names.get(characteristic) or characteristic.label,
        first=first,
        second=second,
        rest=None if characteristic in _ALWAYS_KNOWN else _REST,
    )


GROUPED_BY = (Characteristic.SEX, Characteristic.SEN, *_YES_NO, *CUSTOM)
