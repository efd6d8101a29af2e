"""Maintenance: what a school names itself, and who did what; an LA's news."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import ipywidgets
import traitlets

from pupiltrack_core.access import (
    Action,
    SchoolScope,
    may,
    may_over_authority,
)
from pupiltrack_core.domain.local_time import write_moment
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.audit import recent_activity
from pupiltrack_core.services.maintenance import (
    MAX_CLASS_NAME,
    MAX_FILTER_NAME,
    SchoolProfile,
    save_class_names,
    save_custom_filter_names,
    school_profile,
)
from pupiltrack_core.services.news import MAX_BODY, MAX_TITLE, all_news, publish_news, remove_news
from pupiltrack_core.services.schools import schools_for
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.discussion_areas import DiscussionAreas
from pupiltrack_portal.pages.kinds_of_test import KindsOfTest
from pupiltrack_portal.pages.own_subjects import OwnSubjects
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Field, Form, Submission

ACTIVITY_ROWS = 50


class MaintenanceModel(traitlets.HasTraits):
    """The settings of the person's school, or the news of their local authority."""

    profile = traitlets.Instance(SchoolProfile, allow_none=True)
    news = traitlets.Tuple()
    activity = traitlets.Tuple()
    authority = traitlets.Int(None, allow_none=True)

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._caller = context.caller
        principal = context.principal()
        for authority in principal.local_authority_ids:
            if may_over_authority(principal, Action.PUBLISH_NEWS, authority):
                self.authority = authority
        school_id = None
        for school in schools_for(context.caller) if principal.school_ids else ():
            scope = SchoolScope(school.school_id, school.local_authority_id)
            if may(principal, Action.MAINTAIN_SCHOOL, scope):
                school_id = school.school_id
                break
        self.refresh(school_id)

    def refresh(self, school_id: int | None) -> None:
        """Read what the page shows."""
        if school_id is not None:
            self.profile = school_profile(self._caller, school_id)
            self.activity = recent_activity(self._caller, school_id, ACTIVITY_ROWS)
        if self.authority is not None:
            self.news = all_news(self._caller, self.authority)

    def save_classes(self, names: list[str]) -> None:
        """Save the class names, which renames classes on this year's pupils."""
        if self.profile is not None:
            self.profile = save_class_names(
                self._caller, self.profile.school_id, names, shown=self.profile.class_names
            )

    def save_filters(self, names: list[str]) -> None:
        """Save the names of the custom filters."""
        if self.profile is not None:
            self.profile = save_custom_filter_names(
                self._caller,
                self.profile.school_id,
                names,
                shown=self.profile.custom_filter_names,
            )

    def publish(self, values: Mapping[str, object]) -> None:
        """Publish an item of news over the local authority."""
        if self.authority is None:
            return
        ends = str(values["ends_on"])
        publish_news(
            self._caller,
            self.authority,
            title=str(values["title"]),
            body=str(values["body"]),
            starts_on=_day(str(values["starts_on"]), "starts_on"),
            ends_on=_day(ends, "ends_on") if ends else None,
        )
        self.news = all_news(self._caller, self.authority)

    def remove(self, news_id: int) -> None:
        """Take an item of news away."""
        remove_news(self._caller, news_id)
        if self.authority is not None:
            self.news = all_news(self._caller, self.authority)


def open_model(context: PageContext) -> MaintenanceModel:
    """Return the state of the page for whoever opened it."""
    return MaintenanceModel(context)


class View:
    """The forms the person may use."""

    def __init__(self, model: MaintenanceModel, context: PageContext) -> None:
        self.model = model
        self._context = context
        parts: list[ipywidgets.Widget] = [context.notice]
        if model.profile is not None:
            parts += self._school_parts(model.profile)
        if model.authority is not None:
            parts += self._news_parts()
        if len(parts) == 1:
            parts.append(prose.Prose(prose.text("There is nothing here for you to maintain.")))
        self.widget = ipywidgets.VBox(parts)
        self.widget.add_class("pt-stack")

    def _school_parts(self, profile: SchoolProfile) -> list[ipywidgets.Widget]:
        self._classes = self._name_form("classes", "Class names", "Save class names")
        self._classes.show(_class_fields(profile))
        self._classes.on_submit(self._context.guarded(self._on_classes_submit))
        self._filters = self._name_form("filters", "Custom filters", "Save custom filters")
        self._filters.show(_filter_fields(profile))
        self._filters.on_submit(self._context.guarded(self._on_filters_submit))
        activity = FiguresTable()
        activity.show(
            caption="What was last done",
            row_heading="When",
            columns=(TableColumn("who", "Who"), TableColumn("what", "What")),
            rows=[
                TableRow(
                    str(place),
                    TableCell(write_moment(item.at), sort=item.at.isoformat()),
                    (TableCell(item.who), TableCell(item.action.replace(".", ", "))),
                )
                for place, item in enumerate(self.model.activity)
            ],
            sortable=True,
            empty="Nothing has been done yet.",
        )
        return [
            prose.Prose(prose.heading(profile.name)),
            prose.Prose(
                prose.subheading("Class names"),
                prose.text("A name that you change is changed on this year's pupils as well."),
            ),
            self._classes,
            prose.Prose(
                prose.subheading("Custom filters"),
                prose.text("Six yes or no filters of your own, for the whole school."),
            ),
            self._filters,
            OwnSubjects(self._context, profile.school_id).widget,
            KindsOfTest(self._context, profile.school_id).widget,
            DiscussionAreas(self._context, profile.school_id).widget,
            activity,
        ]

    def _name_form(self, name: str, legend: str, button: str) -> Form:
        form = Form(name=name, legend=legend, buttons=(("save", button),))
        form.add_class("pt-panel")
        return form

    def _on_classes_submit(self, sent: Submission) -> None:
        self._save(self._classes, self.model.save_classes, sent, "The class names are saved.")
        if self.model.profile is not None and not self._classes.errors:
            self._classes.show(_class_fields(self.model.profile))

    def _on_filters_submit(self, sent: Submission) -> None:
        self._save(self._filters, self.model.save_filters, sent, "The filter names are saved.")

    def _save(
        self, form: Form, save: Callable[[list[str]], None], sent: Submission, done: str
    ) -> None:
        names = [str(answer) for answer in sent.answers.values()]
        form.complain({})
        try:
            save(names)
        except InvalidEntry as error:
            key = error.field if error.field in sent.answers else next(iter(sent.answers))
            form.complain({key: str(error)})
            return
        self._context.notice.show("success", done)

    def _news_parts(self) -> list[ipywidgets.Widget]:
        self._news_form = Form(
            name="news",
            legend="Publish news",
            layout="column",
            fields=_news_fields(self._context.today()),
            buttons=(("publish", "Publish"),),
        )
        self._news_form.add_class("pt-panel")
        self._news_form.on_submit(self._context.guarded(self._on_news_submit))
        self._news_table = FiguresTable()
        self._news_table.on_press(self._context.guarded(self._on_news_press))
        self._draw_news()
        return [
            prose.Prose(
                prose.heading("News"),
                prose.text("Schools of the local authority see it on their home page."),
            ),
            self._news_form,
            self._news_table,
        ]

    def _on_news_submit(self, sent: Submission) -> None:
        try:
            self.model.publish(sent.answers)
        except InvalidEntry as error:
            self._news_form.complain({error.field: str(error)})
            return
        self._news_form.show(_news_fields(self._context.today()))
        self._draw_news()
        self._context.notice.show("success", "The news is published.")

    def _on_news_press(self, news_id: str, _column: str) -> None:
        self.model.remove(int(news_id))
        self._draw_news()
        self._context.notice.show("success", "The news was taken away.")

    def _draw_news(self) -> None:
        self._news_table.show(
            caption="News published",
            row_heading="Title",
            columns=(
                TableColumn("from", "From"),
                TableColumn("until", "Until"),
                TableColumn("remove", "Remove"),
            ),
            rows=[
                TableRow(
                    str(item.news_id),
                    TableCell(item.title),
                    (
                        TableCell(f"{item.starts_on:%d/%m/%Y}", sort=item.starts_on.isoformat()),
                        TableCell(f"{item.ends_on:%d/%m/%Y}" if item.ends_on else "No end"),
                        TableCell("Remove", press=f"Remove {item.title}"),
                    ),
                )
                for item in self.model.news
            ],
            empty="No news has been published.",
        )


def _class_fields(profile: SchoolProfile) -> tuple[Field, ...]:
    return tuple(
        Field(f"class_{place}", f"Class {place}", "text", name, max_length=MAX_CLASS_NAME)
        for place, name in enumerate(profile.class_names, start=1)
    )


def _filter_fields(profile: SchoolProfile) -> tuple[Field, ...]:
    return tuple(
        Field(f"custom_{place}", f"Custom filter {place}", "text", name, max_length=MAX_FILTER_NAME)
        for place, name in enumerate(profile.custom_filter_names, start=1)
    )


def _news_fields(today: date) -> tuple[Field, ...]:
    return (
        Field("title", "Title", "text", max_length=MAX_TITLE),
        Field("body", "Text", "textarea", max_length=MAX_BODY),
        Field("starts_on", "Show from", "date", today.isoformat()),
        Field("ends_on", "Show until", "date", hint="Leave blank for no end."),
    )


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidEntry("Enter a date, for example 12/12/2025.", field=field) from error
