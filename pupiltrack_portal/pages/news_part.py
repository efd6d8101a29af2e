"""The local authority's news: published, changed, ended early and removed."""

from __future__ import annotations

from datetime import date

import ipywidgets

from pupiltrack_core.errors import Conflict, InvalidEntry, NotFound
from pupiltrack_core.services.news import (
    MAX_BODY,
    MAX_TITLE,
    NewsRecord,
    all_news,
    change_news,
    end_news,
    publish_news,
    remove_news,
)
from pupiltrack_portal.pages.archivable_list import CANCEL, CHANGE, try_to_store
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.entered_days import read_day, write_day
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Field, Form, Submission

PUBLISH, SAVE, END, REMOVE = "publish", "save", "end", "remove"


class NewsPart:
    """The form for a new item or a change of one, and the list of all."""

    def __init__(self, context: PageContext, local_authority_id: int) -> None:
        self._context = context
        self._authority = local_authority_id
        self._shown: dict[str, NewsRecord] = {}
        self._changing: NewsRecord | None = None
        self._place = ipywidgets.VBox([])
        self._place.add_class("pt-panel")
        self._table = FiguresTable()
        self._table.on_press(context.guarded(self._on_press))
        self.widget = ipywidgets.VBox(
            [
                prose.Prose(
                    prose.subheading("News"),
                    prose.text("Schools of the local authority see it on their home page."),
                ),
                self._place,
                self._table,
            ]
        )
        self.widget.add_class("pt-stack")
        self._draw()
        self._show_form(None)

    def _show_form(self, changing: NewsRecord | None) -> None:
        self._changing = changing
        today = self._context.today()
        held = NewsRecord(0, "", "", today, None) if changing is None else changing
        title = "Publish news" if changing is None else "Change news"
        self._heading = prose.subheading(title)
        self._told = prose.Prose(self._heading)
        self._form = Form(
            name="news",
            legend=title,
            layout="column",
            fields=(
                Field("title", "Title", "text", held.title, max_length=MAX_TITLE),
                Field("body", "Text", "textarea", held.body, max_length=MAX_BODY),
                Field("starts_on", "Show from", "date", write_day(held.starts_on)),
                Field(
                    "ends_on",
                    "Show until",
                    "date",
                    write_day(held.ends_on),
                    hint="Leave it blank for no end.",
                ),
            ),
            buttons=(
                ((PUBLISH, "Publish"),)
                if changing is None
                else ((SAVE, "Save news"), (CANCEL, "Cancel"))
            ),
        )
        self._form.on_submit(self._context.guarded(self._on_submit))
        self._place.children = (self._told, self._form)

    def _draw(self) -> None:
        today = self._context.today()
        found = all_news(self._context.caller, self._authority)
        self._shown = {str(item.news_id): item for item in found}
        self._table.show(
            caption="All news, the newest first",
            row_heading="Title",
            columns=(
                TableColumn("from", "From"),
                TableColumn("until", "Until"),
                TableColumn("state", "State"),
                TableColumn(CHANGE, "Edit"),
                TableColumn(END, "End"),
                TableColumn(REMOVE, "Remove"),
            ),
            rows=[_row(key, item, today) for key, item in self._shown.items()],
            empty="No news has been published.",
        )

    def _on_submit(self, sent: Submission) -> None:
        changing = self._changing
        if sent.button == CANCEL:
            self._show_form(None)
            self._form.take_focus()
            return
        self._form.complain({})
        try:
            error = try_to_store(self._form, lambda: self._store(sent), conflict="title")
        except NotFound:
            self._draw()  # without the one that has gone; what was entered stays in the form
            raise
        if isinstance(error, Conflict) and changing is not None:
            self._told.show(self._heading, prose.text(f"Its title is now: {error.theirs}"))
            self._draw()
            self._changing = self._shown[str(changing.news_id)]  # theirs is seen now
        if error is None:
            self._draw()
            self._show_form(None)
            self._form.take_focus()
            words = "The news is published." if changing is None else "The news is changed."
            self._context.notice.show("success", words)

    def _store(self, sent: Submission) -> None:
        title, body = str(sent.answers["title"]), str(sent.answers["body"])
        starts_on = read_day(sent.answers["starts_on"], "starts_on")
        ends_on = read_day(sent.answers["ends_on"], "ends_on")
        if starts_on is None:
            raise InvalidEntry("Enter the first day. Nothing was saved.", field="starts_on")
        caller, changing = self._context.caller, self._changing
        if changing is None:
            publish_news(
                caller,
                self._authority,
                title=title,
                body=body,
                starts_on=starts_on,
                ends_on=ends_on,
            )
        else:
            wanted = NewsRecord(changing.news_id, title, body, starts_on, ends_on)
            change_news(caller, wanted, shown=changing)

    def _on_press(self, key: str, column: str) -> None:
        item = self._shown[key]
        if column == CHANGE:
            self._show_form(item)
            self._form.take_focus()
            return
        take_away, words = (
            (end_news, "The news is off show.")
            if column == END
            else (remove_news, "The news is removed.")
        )
        try:
            take_away(self._context.caller, item.news_id)
        except (InvalidEntry, NotFound):
            self._draw()  # so that it is seen as it is now
            raise
        if self._changing is not None and self._changing.news_id == item.news_id:
            self._show_form(None)
        self._draw()
        self._context.notice.show("success", words)


def _row(key: str, item: NewsRecord, today: date) -> TableRow:
    state = "Over" if item.is_over(today) else "On show" if item.is_on_show(today) else "To come"
    ends = item.is_on_show(today) and item.starts_on < today
    return TableRow(
        key,
        TableCell(item.title),
        (
            TableCell(f"{item.starts_on:%d/%m/%Y}", sort=item.starts_on.isoformat()),
            TableCell(f"{item.ends_on:%d/%m/%Y}" if item.ends_on else "No end"),
            TableCell(state),
            TableCell("Edit", press=f"Edit {item.title}"),
            TableCell("End now", press=f"End {item.title} now") if ends else TableCell(""),
            TableCell("Remove", press=f"Remove {item.title}"),
        ),
    )
