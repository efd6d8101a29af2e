"""What is owed to one pupil: everything that is held, a hold, or the end of the record."""

from __future__ import annotations

import ipywidgets

from pupiltrack_core.domain.local_time import write_moment
from pupiltrack_core.errors import Conflict, InvalidEntry
from pupiltrack_core.services.erasure import ErasureReason, erasures_of, order_erasure
from pupiltrack_core.services.legal_holds import (
    MAX_REASON,
    Hold,
    holds_of,
    lift_hold,
    place_hold,
)
from pupiltrack_core.services.pupil_finding import HeldPupil
from pupiltrack_core.services.retention import retention_overview
from pupiltrack_core.services.subject_access import ARCHIVE, export_record
from pupiltrack_portal.pages.archivable_list import try_to_store
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.files import Made, file_maker
from pupiltrack_portal.pages.pupil_picker import PupilPicker, name_of
from pupiltrack_portal.pages.retention_part import RULE, years_table
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import Field, Form, Submission
from pupiltrack_portal.widgets.step_heading import StepHeading

CONFIRM_WORD = "ERASE"
_WHY = tuple(
    (reason.value, reason.label)
    for reason in ErasureReason
    if reason is not ErasureReason.RETENTION
)


class RecordDutiesPart:
    """A pupil is found, archived or not; then each duty has its own panel."""

    def __init__(self, context: PageContext, school_id: int) -> None:
        self._context = context
        self._school_id = school_id
        self._pupil: HeldPupil | None = None
        self._picker = PupilPicker(context, legend="Find the pupil", on_pick=self._on_pick)
        self._picker.set_school(school_id)
        self._picker.widget.add_class("pt-panel")
        self._who = StepHeading()
        self._file = FileButton("Get everything that is held")
        self._file.on_make(file_maker(context, self._make, school_id=lambda: school_id))
        self._hold = Form(
            name="hold", legend="Keep the record longer", buttons=(("hold", "Place hold"),)
        )
        self._hold.on_submit(context.guarded(self._on_hold))
        self._erase = Form(
            name="erase", legend="Erase the record", buttons=(("erase", "Erase for good"),)
        )
        self._erase.on_submit(context.guarded(self._on_erase))
        self._panels = [
            _panel(prose.Prose(*_ACCESS), self._file),
            _panel(prose.Prose(*_HOLD), self._hold),
            _panel(prose.Prose(*_ERASE), self._erase),
        ]
        self.widget = ipywidgets.VBox([self._picker.widget])
        self.widget.add_class("pt-stack")

    def _on_pick(self, pupil: HeldPupil) -> None:
        self._pupil = pupil
        state = "archived" if pupil.is_archived else "in use"
        line = f"Born {pupil.date_of_birth:%d/%m/%Y}. The record is {state}."
        self._who.show(name_of(pupil), line=line, position="", steps=())
        self._draw_forms()
        self.widget.children = (self._picker.widget, self._who, *self._panels)
        self._who.take_focus()

    def _draw_forms(self) -> None:
        self._hold.show([Field("reason", "Why it must be kept", "text", max_length=MAX_REASON)])
        self._erase.show(
            [
                Field("why", "Why", "select", "", (("", "Choose"), *_WHY)),
                Field("confirm", f"Type {CONFIRM_WORD} to confirm", "text", max_length=20),
            ]
        )

    def _make(self) -> Made:
        pupil = self._chosen()
        name, content = export_record(self._context.caller, self._school_id, pupil.pupil_id)
        return name, ARCHIVE, content

    def _on_hold(self, sent: Submission) -> None:
        self._hold.complain({})
        pupil, reason = self._chosen(), str(sent.answers["reason"])
        caller = self._context.caller

        def store() -> None:
            place_hold(caller, self._school_id, pupil.pupil_id, reason)

        if try_to_store(self._hold, store, conflict="reason") is None:
            self._draw_forms()
            self._context.notice.show(
                "success", "The record is kept until the hold is lifted, under Holds and time."
            )

    def _on_erase(self, sent: Submission) -> None:
        self._erase.complain({})
        pupil = self._chosen()

        def store() -> None:
            why = str(sent.answers["why"])
            if not why:
                raise InvalidEntry("Choose why the record is erased.", field="why")
            if str(sent.answers["confirm"]).strip() != CONFIRM_WORD:
                raise InvalidEntry(
                    f"Type {CONFIRM_WORD} in capitals. Nothing was erased.", field="confirm"
                )
            order_erasure(self._context.caller, self._school_id, pupil.pupil_id, ErasureReason(why))

        if try_to_store(self._erase, store, conflict="why") is None:
            self._pupil = None
            self._picker.clear()
            self.widget.children = (self._picker.widget,)
            self._picker.take_focus()
            self._context.notice.show(
                "success",
                "The record is erased within a minute, and stays erased if a backup is restored. "
                "The audit keeps that it happened.",
            )

    def _chosen(self) -> HeldPupil:
        if self._pupil is None:
            raise InvalidEntry("Find the pupil first.", field="name")
        return self._pupil


class HoldsPart:
    """Holds that stand, how many records are past their time, and what was erased of late."""

    def __init__(self, context: PageContext, school_id: int) -> None:
        self._context = context
        self._school_id = school_id
        self._holds: tuple[Hold, ...] = ()
        self._time = prose.Prose()
        self._years = FiguresTable()
        self._table = FiguresTable()
        self._table.on_press(context.guarded(self._on_press))
        self._erased = FiguresTable()
        self.widget = ipywidgets.VBox([self._time, self._years, self._table, self._erased])
        self.widget.add_class("pt-stack")
        self._draw()

    def _draw(self) -> None:
        caller, school_id = self._context.caller, self._school_id
        overview = retention_overview(caller, school_id)
        self._time.show(
            prose.heading("How long records are kept"),
            prose.bullets(RULE),
            prose.text(
                "What is past its time is erased by the local authority's administrator, or by "
                "whoever runs the portal."
            ),
            prose.bullets(
                [
                    f"Past their time, to be erased at the next run: {overview.due}",
                    f"Past their time, kept by a hold: {overview.held}",
                    f"Due within a year: {overview.soon}",
                ]
            ),
        )
        years_table(self._years, overview.years)
        self._holds = holds_of(caller, school_id)
        self._table.show(
            caption="Holds that stand",
            row_heading="Pupil",
            columns=(
                TableColumn("reason", "Why"),
                TableColumn("placed", "Placed"),
                TableColumn("by", "By"),
                TableColumn("lift", "Lift"),
            ),
            rows=[
                TableRow(
                    str(hold.hold_id),
                    TableCell(hold.name),
                    (
                        TableCell(hold.reason),
                        TableCell(write_moment(hold.placed_at)),
                        TableCell(hold.placed_by),
                        TableCell("Lift hold", press=f"Lift the hold of {hold.name}"),
                    ),
                )
                for hold in self._holds
            ],
            empty="No record is held.",
        )
        self._erased.show(
            caption="Erased in the last ninety days",
            row_heading="Ordered",
            columns=(TableColumn("why", "Why"), TableColumn("done", "Erased")),
            rows=[
                TableRow(
                    str(place),
                    TableCell(write_moment(item.asked_at)),
                    (
                        TableCell(item.why),
                        TableCell(
                            "Waiting: within a minute"
                            if item.erased_at is None
                            else write_moment(item.erased_at)
                        ),
                    ),
                )
                for place, item in enumerate(erasures_of(caller, school_id))
            ],
            empty="Nothing was erased.",
        )

    def _on_press(self, row: str, _column: str) -> None:
        hold = next((item for item in self._holds if str(item.hold_id) == row), None)
        if hold is None:
            return
        try:
            lift_hold(self._context.caller, self._school_id, hold.hold_id)
        except Conflict as error:
            self._context.notice.show("warning", str(error))
        else:
            self._context.notice.show("success", "The hold is lifted.")
        self._draw()


def _panel(*children: ipywidgets.Widget) -> ipywidgets.VBox:
    panel = ipywidgets.VBox(list(children))
    panel.add_class("pt-panel")
    return panel


_ACCESS = (
    prose.subheading("Give out everything that is held"),
    prose.text(
        "A file with the whole record, to read and for programs: no other pupil, and staff by "
        "their role. Read the note in it before you hand it over. A request is answered within a "
        "month."
    ),
)
_HOLD = (
    prose.subheading("Keep the record longer"),
    prose.text("While a hold stands nothing erases the record, neither a request nor its time."),
)
_ERASE = (
    prose.subheading("Erase the record"),
    prose.text(
        "Everything your school holds of the pupil goes, with every mark and result, also from "
        "the figures of earlier years. It cannot be brought back. For a pupil who has left, "
        "archiving under Pupils is mostly what is wanted."
    ),
)
