"""Buttons that give a school's list of pupils out in the template the import reads."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets

from pupiltrack_core.services.pupil_export import ExportForm, export_pupils
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.files import CSV, XLSX, Made, file_maker
from pupiltrack_portal.widgets.file_button import FileButton

_FORMS = (
    (ExportForm.WORKBOOK, XLSX, "Get the list as Excel"),
    (ExportForm.CSV, CSV, "Get the list as CSV"),
)


class PupilExport:
    """A button for each form; whoever may not export is told so beside it."""

    def __init__(self, context: PageContext) -> None:
        self._context = context
        self._place: tuple[int, int] | None = None
        buttons = []
        for form, media_type, label in _FORMS:
            button = FileButton(label)
            button.on_make(
                file_maker(context, self._maker(form, media_type), school_id=self._school_id)
            )
            buttons.append(button)
        self.widget = ipywidgets.HBox(buttons)
        self.widget.add_class("pt-actions")

    def set_place(self, school_id: int, academic_year: int) -> None:
        """Give out the list of this school and year from now on."""
        self._place = (school_id, academic_year)

    def _school_id(self) -> int | None:
        return self._place[0] if self._place else None

    def _maker(self, form: ExportForm, media_type: str) -> Callable[[], Made]:
        def make() -> Made:
            if self._place is None:
                raise RuntimeError("There is no school whose list could be given out.")
            name, content = export_pupils(self._context.caller, *self._place, form)
            return name, media_type, content

        return make
