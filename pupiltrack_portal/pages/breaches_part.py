"""The register of breaches: the list with its clocks, one entry to read and write, a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time

import ipywidgets

from pupiltrack_core.access import Place
from pupiltrack_core.domain.breaches import Risk
from pupiltrack_core.domain.local_time import LONDON, in_london, write_moment
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.breaches import (
    MAX_TEXT,
    Breach,
    BreachEntry,
    breaches_of,
    change_breach,
    export_breaches,
    record_breach,
)
from pupiltrack_portal.pages.archivable_list import try_to_store
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.entered_days import read_day, write_day
from pupiltrack_portal.pages.files import CSV, Made, file_maker
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import Answer, Field, Form, Submission

_SAVE, _NEW = "save", "new"


class BreachesPart:
    """The register of a school, or of an authority with all its schools."""

    def __init__(self, context: PageContext, place: Place) -> None:
        self._context = context
        self._place = place
        self._open: Breach | None = None
        self._breaches: tuple[Breach, ...] = ()
        self._table = FiguresTable()
        self._table.on_press(context.guarded(self._on_press))
        self._form = Form(
            name="breach",
            legend="A breach",
            buttons=((_SAVE, "Save entry"), (_NEW, "Start another")),
            layout="grid",
            asks_on_leaving=True,
        )
        self._form.on_submit(context.guarded(self._on_submit))
        file = FileButton("Get the register as CSV")
        file.on_make(file_maker(context, self._make, school_id=lambda: place.school_id))
        panel = ipywidgets.VBox([self._form])
        panel.add_class("pt-panel")
        self.widget = ipywidgets.VBox([prose.Prose(*_ABOUT), self._table, file, panel])
        self.widget.add_class("pt-stack")
        self._draw()

    def _make(self) -> Made:
        name, content = export_breaches(self._context.caller, self._place)
        return name, CSV, content

    def _on_press(self, row: str, _column: str) -> None:
        self._open = next((item for item in self._breaches if str(item.breach_id) == row), None)
        self._draw()
        self._form.take_focus()

    def _on_submit(self, sent: Submission) -> None:
        self._form.complain({})
        if sent.button == _NEW:
            self._open = None
            self._draw()
            self._form.take_focus()
            return
        if try_to_store(self._form, lambda: self._store(sent.answers), conflict="facts") is None:
            self._open = None
            self._draw()
            self._context.notice.show("success", "The breach is on record.")

    def _store(self, answers: Mapping[str, Answer]) -> None:
        caller, breach = self._context.caller, self._open
        entry = _entry(answers, caller.clock())
        try:
            if breach is None:
                record_breach(caller, self._place, entry)
            else:
                change_breach(caller, self._place, breach.breach_id, entry, version=breach.version)
        except InvalidEntry as error:
            field = _FIELDS.get(error.field, error.field)
            raise InvalidEntry(str(error), field=field) from error

    def _draw(self) -> None:
        self._breaches = breaches_of(self._context.caller, self._place)
        several = self._place.school_id is None
        self._table.show(
            caption="Breaches on record",
            row_heading="Known since",
            columns=(
                *((TableColumn("school", "School"),) if several else ()),
                TableColumn("facts", "What happened"),
                TableColumn("risk", "Risk"),
                TableColumn("clock", "Time to report"),
                TableColumn("open", "Entry"),
            ),
            rows=[_row(breach, several=several) for breach in self._breaches],
            empty="There is no breach on record.",
        )
        self._form.show(_fields(self._open, self._context.caller.clock()))


def _row(breach: Breach, *, several: bool) -> TableRow:
    entry = breach.entry
    facts = entry.facts if len(entry.facts) <= 80 else f"{entry.facts[:80]}..."
    clock = breach.clock_in_words or ("Closed" if entry.closed_at else "Not running")
    tone = "problem" if breach.clock.is_running and breach.clock.is_over else ""
    due = f"by {write_moment(breach.clock.due_at)}" if breach.clock.is_running else ""
    known = write_moment(entry.aware_at)
    return TableRow(
        str(breach.breach_id),
        TableCell(known, sort=entry.aware_at.isoformat()),
        (
            *((TableCell(breach.school or "The authority"),) if several else ()),
            TableCell(facts),
            TableCell(entry.risk.label),
            TableCell(clock, tone=tone, note=due),
            TableCell("Open", press=f"Open the breach known since {known}"),
        ),
    )


def _fields(breach: Breach | None, now: datetime) -> list[Field]:
    entry = BreachEntry(now, Risk.SOME, "") if breach is None else breach.entry
    people = entry.people_affected
    return [
        _text("facts", "What happened, and whose data it is about", entry.facts, hint=_NO_NAMES),
        _text("effects", "What it led to, or may lead to", entry.effects),
        _text("remedy", "What was done about it", entry.remedy),
        *_moment_fields("aware", "Known since", entry.aware_at),
        Field("happened_on", "Happened on", "date", write_day(entry.happened_on)),
        Field(
            "people_affected",
            "People affected",
            "text",
            "" if people is None else str(people),
            hint="Blank if not known yet.",
            max_length=8,
        ),
        Field(
            "risk",
            "Risk",
            "select",
            entry.risk.value,
            tuple((risk.value, risk.label) for risk in Risk),
        ),
        *_moment_fields("reported", "Reported", entry.reported_at),
        Field("told", "People were told on", "date", _day_of(entry.people_told_at)),
        Field("closed", "Closed on", "date", _day_of(entry.closed_at)),
    ]


def _text(key: str, label: str, value: str, *, hint: str = "") -> Field:
    return Field(key, label, "textarea", value, hint=hint, max_length=MAX_TEXT)


def _moment_fields(key: str, label: str, at: datetime | None) -> tuple[Field, Field]:
    clock = "" if at is None else f"{in_london(at):%H:%M}"
    return (
        Field(f"{key}_day", f"{label}: day", "date", _day_of(at)),
        Field(f"{key}_time", f"{label}: time", "text", clock, hint="As 09:30.", max_length=5),
    )


def _day_of(at: datetime | None) -> str:
    return write_day(None if at is None else in_london(at).date())


def _entry(answers: Mapping[str, Answer], now: datetime) -> BreachEntry:
    aware = _moment(answers, "aware")
    if aware is None:
        raise InvalidEntry("Enter the day on which it was known.", field="aware_day")
    risk = str(answers["risk"])
    if risk not in set(Risk):
        raise InvalidEntry("Choose how great the risk is.", field="risk")
    return BreachEntry(
        aware_at=aware,
        risk=Risk(risk),
        facts=str(answers["facts"]),
        effects=str(answers["effects"]),
        remedy=str(answers["remedy"]),
        happened_on=read_day(answers["happened_on"], "happened_on"),
        people_affected=_people(str(answers["people_affected"])),
        reported_at=_moment(answers, "reported"),
        people_told_at=_end_of_day(answers, "told", now),
        closed_at=_end_of_day(answers, "closed", now),
    )


def _end_of_day(answers: Mapping[str, Answer], key: str, now: datetime) -> datetime | None:
    """Return the last moment of a day that has passed: now, if the day is today."""
    day = read_day(answers[key], key)
    if day is None:
        return None
    last = datetime.combine(day, time(23, 59), tzinfo=LONDON)
    return now if in_london(now).date() == day else last


def _people(text: str) -> int | None:
    digits = text.strip()
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit()):
        raise InvalidEntry("Enter how many people, as a whole number.", field="people_affected")
    return int(digits)


def _moment(answers: Mapping[str, Answer], key: str) -> datetime | None:
    day = read_day(answers[f"{key}_day"], f"{key}_day")
    text = str(answers[f"{key}_time"]).strip()
    if day is None:
        if text:
            raise InvalidEntry("Enter the day as well.", field=f"{key}_day")
        return None
    try:
        clock = time.fromisoformat(text) if text else time()
    except ValueError as error:
        raise InvalidEntry("Enter a time, as 09:30.", field=f"{key}_time") from error
    return datetime.combine(day, clock.replace(tzinfo=None), tzinfo=LONDON)


# What the service calls a moment, and the form's field for it.
_FIELDS = {
    "aware_at": "aware_day",
    "reported_at": "reported_day",
    "people_told_at": "told",
    "closed_at": "closed",
}
_NO_NAMES = "Write no pupil's name: numbers and kinds of data are enough."
_ABOUT = (
    prose.heading("Breaches of personal data"),
    prose.text(
        "Data lost, seen by someone who should not have seen them, or out of reach: each is put on "
        "record, however small. Where people may come to harm, the Information Commissioner is "
        "told within 72 hours of when it was known; with a high risk those affected are told too."
    ),
)
