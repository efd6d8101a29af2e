"""The dry run of a new year as an entry grid: where each pupil goes, and what is chosen of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.services.roll_forward_plan import (
    Outcome,
    PlannedPupil,
    PupilChoice,
    RollForwardPlan,
    YearChoices,
)
from pupiltrack_portal.widgets.entry_grid import Cell, Change, Column, Row
from pupiltrack_portal.widgets.entry_grid import Outcome as CellOutcome

YEAR, CLASS, HAPPENS = "year", "class", "happens"
LEAVES = "leaves"
EVERYONE, NO_CLASS = "all", "no-class"
Key = tuple[str, str]
_SETTLED = (Outcome.THERE, Outcome.GONE)


def grid_columns(plan: RollForwardPlan, class_names: Iterable[str]) -> tuple[Column, ...]:
    """Return the columns: the year and class to be chosen, and what comes of it."""
    label = AcademicYear(plan.to_year).label
    in_use = (item.class_name for item in plan.pupils if item.class_name)
    names = dict.fromkeys((*class_names, *plan.choices.classes.values(), *in_use))
    names.pop("", None)
    years = (*((str(group), words) for group, words in LABELS.items()), (LEAVES, "Leaves"))
    classes = tuple((name, name) for name in names) or (("-", "No class yet"),)
    return (
        Column(
            YEAR,
            f"Year in {label}",
            "choice",
            choices=years,
            width=150,
            description="Type a year's number, or L for Leaves; the same year is staying down",
        ),
        Column(
            CLASS,
            f"Class in {label}",
            "choice",
            choices=classes,
            width=150,
            description="Clear it for the class of the rest",
        ),
        Column(HAPPENS, "What happens", "readonly", width=400),
    )


def filters(plan: RollForwardPlan, shown: str) -> tuple[tuple[str, str], ...]:
    """Return what the table can be narrowed to, with how many pupils each has.

    What would have none is left out, unless it is `shown`: the table stays as it is while one
    problem after the other is solved in it.
    """
    options = [(EVERYONE, f"All {len(plan.pupils)} pupils")]
    options += [
        (outcome.value, f"{outcome.label} ({plan.count(outcome)})")
        for outcome in Outcome
        if plan.count(outcome) or shown == outcome.value
    ]
    if plan.without_class or shown == NO_CLASS:
        options.append((NO_CLASS, f"Without a class ({plan.without_class})"))
    for group, words in LABELS.items():
        number = sum(item.pupil.year_group == group for item in plan.pupils)
        if number:
            options.append((str(group), f"Now in {words} ({number})"))
    return tuple(options)


def grid_rows(plan: RollForwardPlan, shown: str) -> tuple[Row, ...]:
    """Return the rows of the pupils a filter lets through."""
    return tuple(_row(item) for item in plan.pupils if _passes(item, shown))


def grid_cells(plan: RollForwardPlan) -> dict[Key, Cell]:
    """Return the cells of every pupil, whether on view or not."""
    return {
        (str(item.pupil.pupil_id), column): cell
        for item in plan.pupils
        for column, cell in _cells(item).items()
    }


def changed_cells(
    plan: RollForwardPlan, shown: Mapping[Key, Cell], *, but: Collection[Key]
) -> dict[Key, Cell]:
    """Return the cells that differ from those shown, without those just entered."""
    return {
        key: cell
        for key, cell in grid_cells(plan).items()
        if key not in but and shown.get(key, Cell(None)).value != cell.value
    }


def choose(plan: RollForwardPlan, changes: Iterable[Change]) -> YearChoices:
    """Return the choices with what was entered in the grid; a cleared cell is left to the rule."""
    pupils = dict(plan.choices.pupils)
    for change in changes:
        number = int(change.row)
        choice = pupils.get(number, PupilChoice())
        if change.column == CLASS:
            choice = replace(choice, class_name=change.value)
        else:
            leaves = change.value == LEAVES
            group = None if leaves or change.value is None else int(change.value)
            choice = replace(choice, year_group=group, leaves=leaves)
        pupils[number] = choice
    kept = {number: choice for number, choice in pupils.items() if choice != PupilChoice()}
    return replace(plan.choices, pupils=kept)


def reasons_to_refuse(plan: RollForwardPlan, changes: Iterable[Change]) -> dict[Key, str]:
    """Return why those of the changes cannot be that put a pupil where its age does not go."""
    items = _by_row(plan)
    return {
        (change.row, change.column): items[change.row].reason
        for change in changes
        if change.column == YEAR
        and change.value is not None
        and items[change.row].outcome is Outcome.PROBLEM
    }


def outcomes_of(
    plan: RollForwardPlan, changes: Iterable[Change], refused: Mapping[Key, str]
) -> tuple[CellOutcome, ...]:
    """Return what became of each change: the value as the plan has it now."""
    items = _by_row(plan)
    outcomes = []
    for change in changes:
        key = change.row, change.column
        value = _cells(items[change.row])[change.column].value
        if key in refused:
            outcome = CellOutcome(*key, "refused", value, change.version, reason=refused[key])
        else:
            outcome = CellOutcome(*key, "saved", value, change.version + 1)
        outcomes.append(outcome)
    return tuple(outcomes)


def _by_row(plan: RollForwardPlan) -> dict[str, PlannedPupil]:
    return {str(item.pupil.pupil_id): item for item in plan.pupils}


def _cells(item: PlannedPupil) -> dict[str, Cell]:
    locked = item.outcome in _SETTLED
    if item.outcome is Outcome.LEAVES:
        year: str | None = LEAVES
    else:
        year = None if item.year_group is None else str(item.year_group)
    return {
        HAPPENS: Cell(item.words),
        YEAR: Cell(year, locked=locked),
        CLASS: Cell(item.class_name or None, locked=locked),
    }


def _row(item: PlannedPupil) -> Row:
    now = f"Now {LABELS[item.pupil.year_group]}"
    place = f"{now}, {item.pupil.class_name}" if item.pupil.class_name else now
    flag = "Problem" if item.outcome is Outcome.PROBLEM else ""
    return Row(str(item.pupil.pupil_id), item.name, sublabel=place, flag=flag)


def _passes(item: PlannedPupil, shown: str) -> bool:
    if shown == EVERYONE:
        return True
    if shown == NO_CLASS:
        return item.is_without_class
    return shown in (item.outcome.value, str(item.pupil.year_group))
