"""The step of an import in which a person says what the columns of a list are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import ipywidgets

from pupiltrack_core.domain.counted import counted
from pupiltrack_core.domain.local_time import write_moment
from pupiltrack_core.services.mapped_import import MappingStep, Target, faults_of_choice
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Answer, Field, Form, Submission
from pupiltrack_portal.widgets.step_heading import HeadingStep, StepHeading

_NOTHING = "Not in this file"
_LONGEST_VALUE = 24  # beside a choice; the table below has more of it
_NAMES = (Target.SURNAME, Target.FORENAME)
_HINTS = {
    Target.FULL_NAME: "Only if one cell holds both, as Marsh, Ivy, and there are no two columns.",
    Target.FSM: "Yes and No, True and False, 1 and 0 are understood.",
    Target.EAL: "Yes and No, or the census code of the first language such as ENG.",
    Target.SEN: "Codes such as K and E, or their names.",
    Target.ETHNICITY: "Codes such as WBRI, or their names.",
    Target.YEAR_GROUP: "Only where it is not the year of the date of birth does it count.",
    Target.CLASS_NAME: "The class or registration group. A new one is added to your class names.",
    Target.DATE_OF_BIRTH: "Day, month and year in this order.",
}


class ColumnChoice:
    """A select for each thing to bring in, and all columns of the file with their first values.

    `on_chosen` is called with a choice that can be read, `on_leave` when the person goes back.
    """

    def __init__(
        self,
        context: PageContext,
        *,
        on_chosen: Callable[[MappingStep, Mapping[Target, int]], None],
        on_leave: Callable[[], None],
    ) -> None:
        self._on_chosen, self._on_leave = on_chosen, on_leave
        self._step: MappingStep | None = None
        self._heading = StepHeading()
        self._heading.on_step(context.guarded(self._on_step))
        self._about = prose.Prose()
        self._form = Form(
            name="columns",
            legend="What the columns are",
            layout="grid",
            buttons=(("check", "Check the rows"),),
        )
        self._form.on_submit(context.guarded(self._on_submit))
        self._form.on_change(context.guarded(self._on_change))
        self._table = FiguresTable()
        self.widget = ipywidgets.VBox([self._heading, self._about, self._form, self._table])
        self.widget.add_class("pt-stack")

    def show(self, step: MappingStep, choice: Mapping[Target, int] | None = None) -> None:
        """Ask about a file, with a choice to begin with or else its own."""
        self._step = step
        rows = step.number_of_rows
        self._heading.show(
            "Say what the columns are",
            line=f"{step.file_name}: {counted(rows, 'row')}, {len(step.columns)} columns",
            position="",
            steps=(HeadingStep("back", "Choose another file"),),
        )
        self._about.show(prose.text(_about(step)))
        self._draw(step, step.choice if choice is None else choice)
        self._heading.take_focus()

    def put_away(self) -> None:
        """Forget the file; nothing can be chosen for it any more."""
        self._step = None

    def _draw(self, step: MappingStep, choice: Mapping[Target, int]) -> None:
        self._form.show([_field(step, target, choice) for target in Target])
        self._show_columns(step, choice)

    def _show_columns(self, step: MappingStep, choice: Mapping[Target, int]) -> None:
        comes_in_as: dict[int, list[str]] = {}
        for target, position in choice.items():
            comes_in_as.setdefault(position, []).append(target.label)
        self._table.show(
            caption="The columns of the file",
            row_heading="Heading in the file",
            columns=(
                TableColumn("as", "Comes in as"),
                TableColumn("samples", "First values"),
            ),
            rows=[
                TableRow(
                    str(column.position),
                    TableCell(column.heading),
                    (
                        _comes_in(comes_in_as.get(column.position, [])),
                        TableCell("; ".join(column.samples) or "Blank"),
                    ),
                )
                for column in step.columns
            ],
        )

    def _on_change(self, _key: str, answers: Mapping[str, Answer]) -> None:
        if self._step is not None:
            self._draw(self._step, _choice(answers))

    def _on_submit(self, sent: Submission) -> None:
        if self._step is None:
            return
        choice = _choice(sent.answers)
        faults = faults_of_choice(self._step, choice)
        # The columns as chosen stay on view beside what is wrong with them.
        self._form.complain({target.value: fault for target, fault in faults.items()})
        if not faults:
            self._on_chosen(self._step, choice)

    def _on_step(self, _key: str) -> None:
        self.put_away()
        self._on_leave()


def _comes_in(labels: Sequence[str]) -> TableCell:
    if not labels:
        return TableCell("Not brought in")
    # More than one is a choice that will be refused.
    return TableCell(" and ".join(labels), tone="good" if len(labels) == 1 else "problem")


def _about(step: MappingStep) -> str:
    nothing = "Nothing is saved of the pupils before you have seen every change and accepted."
    if step.remembered_at is not None:
        return (
            f"This is what your school said on {write_moment(step.remembered_at)} of a list with "
            f"the same headings. Look whether it still holds. {nothing}"
        )
    return (
        "These are guesses from the headings. Compare each with the values beside it and correct "
        "what is wrong. What you choose is remembered for the next list with the same headings. "
        f"{nothing}"
    )


def _field(step: MappingStep, target: Target, choice: Mapping[Target, int]) -> Field:
    return Field(
        target.value,
        target.label,
        "select",
        str(choice[target]) if target in choice else "",
        (("", _NOTHING), *((str(column.position), column.heading) for column in step.columns)),
        hint=_hint(step, target, choice),
        tells=True,
    )


def _hint(step: MappingStep, target: Target, choice: Mapping[Target, int]) -> str:
    """The first values of the chosen column, beside the choice; else what may stand in one."""
    for column in step.columns:
        if column.position == choice.get(target):
            return f"Values: {'; '.join(map(_short, column.samples)) or 'blank'}"
    needed = "Needed. " if target.is_required or target in _NAMES else ""
    return f"{needed}{_HINTS.get(target, '')}".strip()


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST_VALUE else f"{value[: _LONGEST_VALUE - 1]}…"


def _choice(answers: Mapping[str, Answer]) -> dict[Target, int]:
    """Return the columns chosen; the form lets through only those it offered."""
    chosen = {target: str(answers.get(target.value, "")) for target in Target}
    return {target: int(position) for target, position in chosen.items() if position}
