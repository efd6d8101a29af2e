"""Pupils' characteristics as columns of the grid: words for reading, never entered there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pupiltrack_core.domain.characteristics import (
    ETHNICITIES,
    NOT_RECORDED_LABEL,
    Characteristic,
    is_summer_born,
    main_ethnicity,
)
from pupiltrack_core.schemas import cohort
from pupiltrack_core.services.grid_sections import Section

_PREFIX = "pupil"
# Filters that are no fact of the enrolment have no column.
_COLUMNS = tuple(
    item
    for item in Characteristic
    if item is Characteristic.SUMMER_BORN or item.value in cohort.cohort_dtypes(())
)


@dataclass(frozen=True, slots=True)
class CharacteristicColumn:
    """A column of one characteristic, under the school's own name if it has one."""

    key: str
    title: str
    characteristic: Characteristic

    @property
    def section(self) -> Section:
        """The section of the grid it is in, whose name is its heading."""
        return Section.CUSTOM if self.characteristic.is_custom else Section.CHARACTERISTICS


def characteristic_columns(
    offered: Collection[Characteristic], custom_names: Sequence[str] = ()
) -> tuple[CharacteristicColumn, ...]:
    """Return the columns of what the person may choose pupils by, in the order of the filters.

    A custom filter has a column when the school has named it; `custom_names` are its names, blank
    for one not in use.
    """
    customs = [item for item in Characteristic if item.is_custom]
    named = {item: name for item, name in zip(customs, custom_names, strict=False) if name}
    return tuple(
        CharacteristicColumn(f"{_PREFIX}:{item.value}", named.get(item, item.label), item)
        for item in _COLUMNS
        if item in offered and (not item.is_custom or item in named)
    )


def characteristic_cells(
    pupils: pd.DataFrame, columns: Sequence[CharacteristicColumn]
) -> dict[tuple[int, str], str]:
    """Return the words of every pupil of a COHORT frame, by (pupil id, column key)."""
    ids = [int(pupil_id) for pupil_id in pupils[cohort.PUPIL_ID]]
    return {
        (pupil_id, column.key): words
        for column in columns
        for pupil_id, words in zip(ids, _words_of(pupils, column.characteristic), strict=True)
    }


def _words_of(pupils: pd.DataFrame, characteristic: Characteristic) -> list[str]:
    if characteristic is Characteristic.SUMMER_BORN:
        born = pupils[cohort.DATE_OF_BIRTH]
        return ["Yes" if is_summer_born(day.date()) else "No" for day in born]
    words = _ethnicity if characteristic is Characteristic.ETHNICITY else _from(characteristic)
    return [
        NOT_RECORDED_LABEL if pd.isna(recorded) else words(recorded)
        for recorded in pupils[characteristic.value]
    ]


def _from(characteristic: Characteristic) -> Callable[[Any], str]:
    choices = characteristic.values  # noqa: PD011 - the choices of a filter, no frame
    labels: dict[Any, str] = {choice.value: choice.label for choice in choices}
    labels |= {True: "Yes", False: "No"}
    return lambda recorded: labels.get(recorded, str(recorded))


def _ethnicity(code: str) -> str:
    """Return the words of the main code; an unknown one stands for itself."""
    main = main_ethnicity(code)
    return code if main is None else ETHNICITIES[main].label
