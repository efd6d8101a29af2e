"""The filters of a cohort as a page shows them: fields to choose them by, chips to take them off.

A filter is the class or a characteristic; its key is the one it has in the form and the address.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_portal.widgets.form import Chip, Field

CLASS = "class"
CUSTOM_KEYS = tuple(item.value for item in Characteristic if item.is_custom)
FILTER_KEYS = (CLASS, *(item.value for item in Characteristic))
PLACE_FIELDS = {"school": "school", "year": "academic year", "years": "year group"}
CustomNames = Mapping[Characteristic, str]


def characteristic_fields(
    selection: CohortSelection,
    *,
    offered: Collection[Characteristic],
    custom_names: CustomNames,
) -> list[Field]:
    """Return a field for each characteristic on offer; a custom one when the school named it."""
    current = dict(selection.characteristics)
    fields = []
    for item in Characteristic:
        if item not in offered or (item.is_custom and item not in custom_names):
            continue
        values = [(choice.value, choice.label) for choice in item.values]
        fields.append(
            Field(
                item.value,
                custom_names.get(item, item.label),
                "select",
                current.get(item, ""),
                (("", "All"), *values),
                fold="Filter by characteristics",
            )
        )
    return fields


def applied_filters(selection: CohortSelection, custom_names: CustomNames) -> tuple[Chip, ...]:
    """Return a chip for each filter of the cohort: "Class: Maple", "SEN: SEN support"."""
    chips = []
    if selection.class_name is not None:
        chips.append(Chip(CLASS, f"Class: {selection.class_name}"))
    for item, value in selection.characteristics:
        name = custom_names.get(item) or item.label
        chips.append(Chip(item.value, f"{name}: {item.value_label(value)}"))
    return tuple(chips)


def without_filters(selection: CohortSelection, keys: Collection[str]) -> CohortSelection:
    """Return the cohort without the filters of these keys."""
    return replace(
        selection,
        class_name=None if CLASS in keys else selection.class_name,
        characteristics=tuple(
            (item, value) for item, value in selection.characteristics if item.value not in keys
        ),
    )


def what_changed(before: CohortSelection, after: CohortSelection) -> str:
    """Return which of `PLACE_FIELDS` was chosen anew, the widest if several; "" for none."""
    if before.school_id != after.school_id:
        return "school"
    if before.academic_year != after.academic_year:
        return "year"
    return "" if before.years == after.years else "years"
