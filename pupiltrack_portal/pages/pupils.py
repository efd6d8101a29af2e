"""Pupils: the list with its search, one pupil's record, and bringing pupils in from a file."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import ipywidgets
import pandas as pd
import traitlets

from pupiltrack_core.access import Action, Page, SchoolScope, may
from pupiltrack_core.domain.characteristics import Sex
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.schemas import cohort
from pupiltrack_core.services.pupils import PupilSearch, list_pupils
from pupiltrack_core.services.schools import SchoolChoice, classes, schools_for
from pupiltrack_core.services.view_choices import load_view, save_view
from pupiltrack_portal.pages.cell_text import Record, text_or_blank
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.interventions_part import InterventionsPart
from pupiltrack_portal.pages.meetings_part import MeetingsPart
from pupiltrack_portal.pages.pupil_import import PupilImport
from pupiltrack_portal.pages.pupil_panel import PupilPanel
from pupiltrack_portal.pages.school_choice import find_school, school_and_year_fields
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Field, Form, Submission

# What may stand in the address: a name or a UPN never does.
_IN_ADDRESS = ("school", "year", "class", "years")
_SEARCH_SAVED = (
    "Your choice of school, academic year, class and year group comes back at your next visit. "
    "Names and UPNs you search for are never kept."
)


class PupilsModel(traitlets.HasTraits):
    """The search and the pupils it finds."""

    school = traitlets.Instance(SchoolChoice, allow_none=True)
    academic_year = traitlets.Int(0)
    search = traitlets.Dict()
    pupils = traitlets.Instance(pd.DataFrame, allow_none=True)
    class_names = traitlets.Tuple()

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._context = context
        self._caller = context.caller
        self._principal = context.principal()
        self.schools = schools_for(context.caller)
        if self.schools:
            asked = {key: context.query.get(key, "") for key in _IN_ADDRESS}
            self.find(asked if any(asked.values()) else self._saved())

    @property
    def may_import(self) -> bool:
        """Whether to offer the import; the service decides."""
        return self._may(Action.IMPORT_PUPILS)

    @property
    def may_edit(self) -> bool:
        """Whether to offer adding a pupil; the service decides."""
        return self._may(Action.EDIT_PUPILS)

    @property
    def pupil_ids(self) -> tuple[int, ...]:
        """The pupils found, in the order of the list: by surname and forenames."""
        if self.pupils is None:
            return ()
        return tuple(int(number) for number in self.pupils[cohort.PUPIL_ID])

    @property
    def academic_years(self) -> tuple[int, ...]:
        """Years with pupils, newest first, then the year of today, for its pupils to be brought in.

        The first is where the page starts.
        """
        if self.school is None:
            return ()
        on_record = self.school.academic_years
        now = self._context.academic_year_now()
        return on_record if now in on_record else (*on_record, now)

    def find(self, values: Mapping[str, object]) -> None:
        """Search; what is not a school, year, class or year group of the person falls away."""
        asked = {key: str(value).strip() for key, value in values.items()}
        self.school = self._school(asked.get("school", ""))
        years = [str(year) for year in self.academic_years]
        year = asked.get("year", "")
        self.academic_year = int(year if year in years else years[0])
        self.class_names = classes(self._caller, self.school.school_id, self.academic_year)
        if asked.get("class") not in self.class_names:
            asked["class"] = ""
        if asked.get("years") not in {str(group) for group in LABELS}:
            asked["years"] = ""
        self.search = asked
        self.refresh()

    def refresh(self) -> None:
        """Read the pupils the present search finds."""
        if self.school is None:
            return
        asked = self.search
        search = PupilSearch(
            surname=asked.get("surname", ""),
            upn=asked.get("upn", ""),
            class_name=asked.get("class") or None,
            year_group=int(asked["years"]) if asked.get("years") else None,
        )
        self.pupils = list_pupils(self._caller, self.school.school_id, self.academic_year, search)

    def to_address(self) -> str:
        """Return the query of a bookmark; names and UPNs stay out of it."""
        return urlencode(self._choices())

    def save_search(self) -> None:
        """Keep the present search for the next visit; names and UPNs stay out of it.

        The newest academic year is not kept, so that a year later the page starts with that one.
        """
        kept = self._choices()
        if self.academic_years and kept.get("year") == str(self.academic_years[0]):
            del kept["year"]
        save_view(self._caller, Page.PUPILS, kept)

    def _choices(self) -> dict[str, str]:
        """Return what is chosen from lists, by its names in an address."""
        if self.school is None:
            return {}
        kept = {key: self.search.get(key, "") for key in ("class", "years")}
        place = {"school": self.school.laestab, "year": str(self.academic_year)}
        return place | {key: value for key, value in kept.items() if value}

    def _saved(self) -> dict[str, str]:
        """Return the search kept at an earlier visit; none for a school out of reach by now."""
        kept = load_view(self._caller, Page.PUPILS)
        asked = {key: str(kept.get(key, "")) for key in _IN_ADDRESS}
        return asked if asked["school"] in {item.laestab for item in self.schools} else {}

    def _may(self, action: Action) -> bool:
        if self.school is None:
            return False
        scope = SchoolScope(self.school.school_id, self.school.local_authority_id)
        return may(self._principal, action, scope)

    def fields(self) -> tuple[Field, ...]:
        """Return the search form's fields with the present search in them."""
        asked = self.search
        return (
            *school_and_year_fields(
                self.schools,
                self.school,
                academic_years=self.academic_years,
                academic_year=self.academic_year,
            ),
            Field("surname", "Surname", "search", asked.get("surname", "")),
            Field("upn", "UPN", "search", asked.get("upn", ""), max_length=13),
            Field(
                "class",
                "Class",
                "select",
                asked.get("class", ""),
                (("", "All classes"), *((name, name) for name in self.class_names)),
            ),
            Field(
                "years",
                "Year group",
                "select",
                asked.get("years", ""),
                (("", "All years"), *((str(group), label) for group, label in LABELS.items())),
            ),
        )

    def _school(self, laestab: str) -> SchoolChoice:
        if not laestab:
            return self.school or self.schools[0]
        return find_school(self.schools, laestab)


def open_model(context: PageContext) -> PupilsModel:
    """Return the state of the page for the search in its address."""
    return PupilsModel(context)


class View:
    """The search, the list or one record of it, and what brings pupils in for those who may."""

    def __init__(self, model: PupilsModel, context: PageContext) -> None:
        self.model = model
        self._context = context
        self._form = Form(
            name="search",
            legend="Search for pupils",
            fields=model.fields(),
            buttons=(
                ("search", "Search"),
                ("save", "Search and save selection"),
                ("clear", "Clear"),
            ),
        )
        self._form.on_submit(context.guarded(self._on_search_submit))
        self._about = prose.Prose()
        self._table = FiguresTable()
        self._table.on_press(context.guarded(self._on_pupil_press))
        self._add = Form(
            name="open-new-pupil", legend="Add a pupil", buttons=(("add", "Add pupil"),)
        )
        self._add.on_submit(context.guarded(self._on_add_press))
        self._import = PupilImport(context, on_accepted=self._on_import_accepted)
        self._panel = PupilPanel(
            context,
            (("Interventions", InterventionsPart), ("Progress meetings", MeetingsPart)),
            on_close=self._on_panel_close,
            on_saved=self._on_record_saved,
        )
        self._actions = ipywidgets.HBox([])
        self._actions.add_class("pt-actions")
        self._parts = (context.notice, self._form, self._about, self._actions, self._table)
        self.widget = ipywidgets.VBox(self._parts)
        self.widget.add_class("pt-stack")
        self._draw()

    def _on_search_submit(self, sent: Submission) -> None:
        kept = {key: sent.answers.get(key, "") for key in ("school", "year")}
        self.model.find(kept if sent.button == "clear" else sent.answers)
        self._draw()
        if sent.button == "save":
            self.model.save_search()
            self._context.notice.show("success", _SEARCH_SAVED)

    def _on_import_accepted(self) -> None:
        self.model.refresh()
        self._draw_list()

    def _on_record_saved(self) -> None:
        self.model.refresh()
        self._draw_list()

    def _on_pupil_press(self, row: str, _column: str) -> None:
        school = self.model.school
        if school is None or int(row) not in self.model.pupil_ids:
            return
        self._panel.show(school.school_id, self.model.academic_year, int(row), self.model.pupil_ids)
        self.widget.children = (self._context.notice, self._panel.widget)

    def _on_add_press(self, _sent: Submission) -> None:
        if self.model.school is None:
            return
        self._panel.show_new(self.model.school.school_id, self.model.academic_year)
        self.widget.children = (self._context.notice, self._panel.widget)

    def _on_panel_close(self, pupil_id: int | None) -> None:
        self.widget.children = self._parts
        if pupil_id is None or not self._table.take_focus(str(pupil_id)):
            (self._add if self.model.may_edit else self._form).take_focus()

    def _draw(self) -> None:
        model = self.model
        self._form.show(model.fields())
        self._form.put_in_address(model.to_address())
        actions: list[ipywidgets.Widget] = []
        if model.school is not None and model.may_edit:
            actions.append(self._add)
        if model.school is not None and model.may_import:
            self._import.set_place(model.school.school_id, model.academic_year)
            actions.append(self._import.widget)
        self._actions.children = tuple(actions)
        self._draw_list()

    def _draw_list(self) -> None:
        model = self.model
        if model.school is None or model.pupils is None:
            self._about.show(prose.text("There is no school to show yet."))
            return
        self._about.show(prose.heading(model.school.name))
        found = len(model.pupils)
        self._table.show(
            caption=f"{found} {'pupil' if found == 1 else 'pupils'} found",
            row_heading="Name",
            columns=(
                TableColumn(cohort.YEAR_GROUP, "Year"),
                TableColumn(cohort.CLASS_NAME, "Class"),
                TableColumn(cohort.SEX, "Sex"),
                TableColumn(cohort.DATE_OF_BIRTH, "Date of birth"),
                TableColumn(cohort.UPN, "UPN"),
                TableColumn(cohort.INCLUDE_IN_DATA, "Included in data"),
            ),
            rows=[_row(pupil) for pupil in model.pupils.to_dict("records")],
            sortable=True,
            empty="No pupil matches. Search for less of the name, or press Clear.",
        )


def _row(pupil: Record) -> TableRow:
    born = pd.Timestamp(str(pupil[cohort.DATE_OF_BIRTH]))
    year_group = int(str(pupil[cohort.YEAR_GROUP]))
    cells = (
        TableCell(LABELS[year_group], sort=year_group),
        TableCell(text_or_blank(pupil[cohort.CLASS_NAME])),
        TableCell(Sex(str(pupil[cohort.SEX])).label),
        TableCell(f"{born:%d/%m/%Y}", sort=f"{born:%Y-%m-%d}"),
        TableCell(str(pupil[cohort.UPN])),
        TableCell("Yes" if pupil[cohort.INCLUDE_IN_DATA] else "No"),
    )
    name = f"{pupil[cohort.SURNAME]}, {pupil[cohort.FORENAMES]}"
    return TableRow(str(pupil[cohort.PUPIL_ID]), TableCell(name, press=f"Open {name}"), cells)
