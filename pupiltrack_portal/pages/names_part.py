"""A school's names for its classes and its custom filters, as Maintenance keeps them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets

from pupiltrack_core.domain.cohorts import MAX_CLASS_NAME
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.maintenance import (
    MAX_FILTER_NAME,
    SchoolProfile,
    save_class_names,
    save_custom_filter_names,
    school_profile,
)
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.form import Field, Form, Submission

SAVE, MORE = "save", "more"
_SPARE_ROWS, _MORE_ROWS = 3, 10


class NamesPart:
    """The form of the class names, which grows as needed, and that of the six filters."""

    def __init__(self, context: PageContext, school_id: int) -> None:
        self._context = context
        self._school_id = school_id
        self._classes = _name_form(
            "classes", "Class names", ((SAVE, "Save class names"), (MORE, "Add rows"))
        )
        self._classes.on_submit(context.guarded(self._on_classes_submit))
        self._filters = _name_form("filters", "Custom filters", ((SAVE, "Save custom filters"),))
        self._filters.on_submit(context.guarded(self._on_filters_submit))
        self.widget = ipywidgets.VBox(
            [
                prose.Prose(
                    prose.subheading("Class names"),
                    prose.text(
                        "As many as you have. A name that you change is changed on this year's "
                        "pupils and in teachers' roles as well; earlier years keep the old one. A "
                        "class that has pupils cannot be taken away."
                    ),
                ),
                self._classes,
                prose.Prose(
                    prose.subheading("Custom filters"),
                    prose.text(
                        "Six yes or no filters of your own, for the whole school. In the "
                        "assessment grid they are off until a teacher switches on Custom fields."
                    ),
                ),
                self._filters,
            ]
        )
        self.widget.add_class("pt-stack")
        self.profile = school_profile(context.caller, school_id)
        self._draw_classes(self.profile.class_names, _SPARE_ROWS)
        self._draw_filters()

    def _draw_classes(self, names: Sequence[str], spare: int) -> None:
        self._classes.show(_class_fields(self.profile, (*names, *[""] * spare)))

    def _draw_filters(self) -> None:
        self._filters.show(
            [
                Field(
                    f"custom_{at}", f"Custom filter {at}", "text", name, max_length=MAX_FILTER_NAME
                )
                for at, name in enumerate(self.profile.custom_filter_names, start=1)
            ]
        )

    def _on_classes_submit(self, sent: Submission) -> None:
        names = [str(answer) for answer in sent.answers.values()]
        if sent.button == MORE:
            self._draw_classes(names, _MORE_ROWS)
            self._classes.say(f"There are {len(names) + _MORE_ROWS} rows now.")
            return
        saved = self._save(
            self._classes,
            sent,
            lambda: save_class_names(
                self._context.caller, self._school_id, names, shown=self.profile.class_names
            ),
        )
        if saved:
            self._draw_classes(self.profile.class_names, _SPARE_ROWS)
            self._context.notice.show("success", "The class names are saved.")

    def _on_filters_submit(self, sent: Submission) -> None:
        names = [str(answer) for answer in sent.answers.values()]
        saved = self._save(
            self._filters,
            sent,
            lambda: save_custom_filter_names(
                self._context.caller,
                self._school_id,
                names,
                shown=self.profile.custom_filter_names,
            ),
        )
        if saved:
            self._draw_filters()
            self._context.notice.show("success", "The filter names are saved.")

    def _save(self, form: Form, sent: Submission, save: Callable[[], SchoolProfile]) -> bool:
        form.complain({})
        try:
            self.profile = save()
        except InvalidEntry as error:
            key = error.field if error.field in sent.answers else next(iter(sent.answers))
            form.complain({key: str(error)})
            return False
        return True


def _name_form(name: str, legend: str, buttons: tuple[tuple[str, str], ...]) -> Form:
    form = Form(name=name, legend=legend, buttons=buttons)
    form.add_class("pt-panel")
    return form


def _class_fields(profile: SchoolProfile, names: Sequence[str]) -> list[Field]:
    return [
        Field(
            f"class_{at}",
            f"Class {at}",
            "text",
            name,
            hint=_pupils_in_words(profile.pupils_by_class.get(name, 0)) if name else "Not in use",
            max_length=MAX_CLASS_NAME,
        )
        for at, name in enumerate(names, start=1)
    ]


def _pupils_in_words(number: int) -> str:
    return {0: "No pupils", 1: "1 pupil"}.get(number, f"{number} pupils")
