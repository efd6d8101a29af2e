"""Archiving pupils who have gone, and the archived pupils with the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import ipywidgets
import pandas as pd

from pupiltrack_core.access import Action, SchoolScope, may
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.archiving import CHOSEN_REASONS, RESTORE_WITHIN, ArchiveReason
from pupiltrack_core.domain.counted import counted
from pupiltrack_core.domain.local_time import write_moment
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.schemas import cohort
from pupiltrack_core.services.archived_records import (
    ArchivedPupil,
    archived_pupils,
    bring_back_pupils,
)
from pupiltrack_core.services.archiving import EVERY_YEAR, archive_pupils, from_in_words
from pupiltrack_core.services.schools import SchoolChoice
from pupiltrack_portal.pages.cell_text import text_or_blank
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.entered_days import read_day
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Answer, Field, Form, Submission
from pupiltrack_portal.widgets.step_heading import HeadingStep, StepHeading

BACK, GO_ON, DO_IT, CHANGE, RESTORE = "back", "go-on", "archive", "change", "restore"
# What the part is for: the school's office archives, its authority only brings back.
ARCHIVING, ARCHIVED = "Archive pupils", "Archived pupils"
_NAMES_SHOWN = 30


@dataclass(frozen=True, slots=True)
class ListedPupil:
    """A pupil as the list that the part was opened from shows it; `place` is "Year 4, Maple"."""

    pupil_id: int
    name: str
    place: str

    @property
    def label(self) -> str:
        """What stands beside the box to tick."""
        return f"{self.name} ({self.place})" if self.place else self.name


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is going to be done once it is confirmed."""

    pupil_ids: tuple[int, ...]
    from_year: int
    reason: str
    last_day: date | None


class ArchivePart:
    """Takes the pupil list's place from `show` until `on_close`, which has the list read again."""

    def __init__(self, context: PageContext, *, on_close: Callable[[], None]) -> None:
        self._context = context
        self._on_close = on_close
        self._school: SchoolChoice | None = None
        self._academic_year = 0
        self._listed: tuple[ListedPupil, ...] = ()
        self._answers: Mapping[str, Answer] = {}
        self._asked: _Asked | None = None
        self._archived: dict[str, ArchivedPupil] = {}
        self._heading = StepHeading()
        self._heading.on_step(context.guarded(self._on_step))
        self._place = ipywidgets.VBox([])
        self._table = FiguresTable()
        self._table.on_press(context.guarded(self._on_press))
        self.widget = ipywidgets.VBox([self._heading, self._place, self._table])
        self.widget.add_class("pt-stack")

    def show(self, school: SchoolChoice, academic_year: int, pupils: Sequence[ListedPupil]) -> None:
        """Offer these pupils of a year's list to archive, and show who is archived.

        Raises what `archived_pupils` raises, keeping what was on view.
        """
        archived = archived_pupils(self._context.caller, school.school_id)
        self._school, self._academic_year = school, academic_year
        self._listed, self._answers, self._asked = tuple(pupils), {}, None
        self._draw(archived)
        self._heading.take_focus()

    def _draw(self, archived: Sequence[ArchivedPupil]) -> None:
        if self._school is None:
            return
        self._heading.show(
            ARCHIVING if self._may_archive() else ARCHIVED,
            line=f"{self._school.name}, {AcademicYear(self._academic_year).label}",
            position="",
            steps=(HeadingStep(BACK, "Back to the list"),),
        )
        self._draw_archived(archived)
        self._show_form()

    def _draw_archived(self, archived: Sequence[ArchivedPupil]) -> None:
        self._archived = {str(item.pupil_id): item for item in archived}
        number = len(archived)
        self._table.show(
            caption=f"Archived: {counted(number, 'pupil')}",
            row_heading="Name",
            columns=(
                TableColumn("born", "Date of birth"),
                TableColumn("place", "Last in"),
                TableColumn("gone", "Gone from"),
                TableColumn("reason", "Why"),
                TableColumn("at", "When"),
                TableColumn("who", "By whom"),
                TableColumn(RESTORE, "Bring back"),
            ),
            rows=[_row(key, item) for key, item in self._archived.items()],
            sortable=True,
            empty="No pupil is archived.",
        )

    # Archiving ----------------------------------------------------------------------------------

    def _show_form(self) -> None:
        if not self._may_archive():
            self._place.children = ()
            return
        if not self._listed:
            told = "The list has no pupils to archive. Go back to it and search for them."
            self._place.children = (prose.Prose(prose.text(told)),)
            return
        self._form = Form(
            name="archive-pupils",
            legend=ARCHIVING,
            layout="grid",
            fields=self._fields(),
            buttons=((GO_ON, "Go on"),),
        )
        self._form.on_submit(self._context.guarded(self._on_form_submit))
        about = prose.Prose(
            prose.text(
                "Archived pupils are gone from the lists and figures of an academic year and of "
                "every later one. Earlier years keep them, with all that is on record. For a pupil "
                "who left during the year take the next year: this year's reports keep the pupil."
            ),
            prose.text(
                f"For {RESTORE_WITHIN.days} days you can bring a pupil back below; after that the "
                "local authority can."
            ),
        )
        panel = ipywidgets.VBox([about, self._form])
        panel.add_class("pt-panel")
        self._place.children = (panel,)

    def _fields(self) -> tuple[Field, ...]:
        year, answers = self._academic_year, self._answers
        years = tuple(
            (str(start), f"{AcademicYear(start).label} and later years")
            for start in (year, year + 1)
        )
        ticked = answers.get("pupils", ())
        return (
            Field(
                "pupils",
                "Pupils",
                "picks",
                ticked if isinstance(ticked, tuple) else (),
                tuple((str(item.pupil_id), item.label) for item in self._listed),
                hint="Tick pupils",
            ),
            Field(
                "from_year",
                "Take them out of",
                "select",
                answers.get("from_year", str(year)),
                (*years, (str(EVERY_YEAR), "Every year (a record made by mistake)")),
            ),
            Field(
                "reason",
                "Why",
                "select",
                answers.get("reason", ""),
                (("", "Choose"), *((item.value, item.label) for item in CHOSEN_REASONS)),
            ),
            Field(
                "last_day",
                "Last day, if known",
                "date",
                answers.get("last_day", ""),
            ),
        )

    def _on_form_submit(self, sent: Submission) -> None:
        self._answers = sent.answers
        ticked = sent.answers["pupils"]
        chosen = tuple(int(item) for item in ticked) if isinstance(ticked, tuple) else ()
        try:
            asked = _Asked(
                chosen,
                int(str(sent.answers["from_year"]) or self._academic_year),
                str(sent.answers["reason"]),
                read_day(sent.answers["last_day"], "last_day"),
            )
        except InvalidEntry as error:
            self._form.complain({error.field: str(error)})
            return
        wrong = _what_is_missing(asked)
        self._form.complain(wrong)
        if not wrong:
            self._asked = asked
            self._confirm(asked)

    def _confirm(self, asked: _Asked) -> None:
        number = len(asked.pupil_ids)
        names = [item.name for item in self._listed if item.pupil_id in asked.pupil_ids]
        more = len(names) - _NAMES_SHOWN
        question = Form(
            name="confirm-archiving",
            legend=f"Archive {counted(number, 'pupil')}?",
            buttons=((CHANGE, "Change something"), (DO_IT, f"Archive {counted(number, 'pupil')}")),
        )
        question.on_submit(self._context.guarded(self._on_confirm))
        reason = ArchiveReason(asked.reason).label.lower()
        about = prose.Prose(
            prose.subheading(f"Archive {counted(number, 'pupil')}?"),
            prose.bullets([*names[:_NAMES_SHOWN], *([f"and {more} more"] if more > 0 else [])]),
            prose.text(f"Gone from {from_in_words(asked.from_year)}. Why: {reason}."),
            *(
                [prose.text(f"Last day at the school: {asked.last_day:%d/%m/%Y}.")]
                if asked.last_day
                else []
            ),
        )
        panel = ipywidgets.VBox([about, question])
        panel.add_class("pt-panel")
        self._place.children = (panel,)
        question.take_focus()

    def _on_confirm(self, sent: Submission) -> None:
        asked, self._asked = self._asked, None
        if sent.button == CHANGE or asked is None or self._school is None:
            self._show_form()
            self._form.take_focus()
            return
        try:
            result = archive_pupils(
                self._context.caller,
                self._school.school_id,
                asked.pupil_ids,
                from_year=asked.from_year,
                reason=asked.reason,
                last_day=asked.last_day,
            )
        except InvalidEntry as error:
            self._show_form()
            self._form.complain({error.field: str(error)})
            return
        gone = set(asked.pupil_ids)
        if asked.from_year <= self._academic_year:
            self._listed = tuple(item for item in self._listed if item.pupil_id not in gone)
        self._answers = {}
        self._refresh()
        already = (
            f" {counted(result.already, 'pupil')} had been archived by someone else already."
            if result.already
            else ""
        )
        self._context.notice.show(
            "success",
            f"{counted(result.archived, 'pupil')} archived. You can bring them back until "
            f"{result.until:%d/%m/%Y}.{already}",
        )

    # Bringing back ------------------------------------------------------------------------------

    def _on_press(self, key: str, _column: str) -> None:
        if self._school is None:
            return
        item = self._archived[key]
        try:
            number = bring_back_pupils(
                self._context.caller, self._school.school_id, [item.pupil_id]
            )
        except (AccessDenied, NotFound):
            self._refresh()  # so that it is seen as it is now
            raise
        self._refresh()
        words = "is back" if number else "had been brought back by someone else already"
        self._context.notice.show("success", f"{item.name} {words}.")

    def _refresh(self) -> None:
        if self._school is not None:
            self._draw(archived_pupils(self._context.caller, self._school.school_id))
            self._heading.take_focus()

    def _on_step(self, _key: str) -> None:
        self._on_close()

    def _may_archive(self) -> bool:
        if self._school is None:
            return False
        scope = SchoolScope(self._school.school_id, self._school.local_authority_id)
        return may(self._context.principal(), Action.EDIT_PUPILS, scope)


def listed_pupils(pupils: pd.DataFrame) -> tuple[ListedPupil, ...]:
    """Return the pupils of a list (surname, forenames, year_group, class_name) in its order."""
    return tuple(
        ListedPupil(
            int(str(pupil[cohort.PUPIL_ID])),
            f"{pupil[cohort.SURNAME]}, {pupil[cohort.FORENAMES]}",
            ", ".join(
                part
                for part in (
                    LABELS[int(str(pupil[cohort.YEAR_GROUP]))],
                    text_or_blank(pupil[cohort.CLASS_NAME]),
                )
                if part
            ),
        )
        for pupil in pupils.to_dict("records")
    )


def _what_is_missing(asked: _Asked) -> dict[str, str]:
    missing = {}
    if not asked.pupil_ids:
        missing["pupils"] = "Tick at least one pupil."
    if not asked.reason:
        missing["reason"] = "Choose why they are archived."
    return missing


def _row(key: str, item: ArchivedPupil) -> TableRow:
    at = "" if item.at is None else write_moment(item.at)
    act = (
        TableCell("Ask the local authority")
        if item.why_not
        else TableCell("Bring back", press=f"Bring back {item.name}")
    )
    return TableRow(
        key,
        TableCell(item.name),
        (
            TableCell(f"{item.date_of_birth:%d/%m/%Y}", sort=item.date_of_birth.isoformat()),
            TableCell(item.last_place),
            TableCell(item.gone_from),
            TableCell(item.reason),
            TableCell(at, sort=item.at.isoformat() if item.at else ""),
            TableCell(item.who),
            act,
        ),
    )
