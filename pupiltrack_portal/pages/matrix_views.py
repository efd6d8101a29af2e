"""What a person has named and kept of a page: opening, saving, renaming and deleting it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets

from pupiltrack_core.access import Page
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.saved_views import (
    MAX_NAME,
    NamedView,
    delete_view,
    open_view,
    rename_view,
    save_view_as,
    saved_views,
)
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.form import Field, Form, Submission

OPEN, SAVE, RENAME, DELETE = "open", "save", "rename", "delete"
_VIEW, _NAME = "view", "name"


class SavedViewsPart:
    """Two forms: one over the views there are, one that keeps what is on view.

    `content` gives what there is to keep and the school it is of, `on_open` takes what was kept.
    Pages with the same `page` share their views; `one` and `many` are what these are called.
    """

    def __init__(
        self,
        context: PageContext,
        *,
        content: Callable[[], tuple[dict[str, Any], int | None]],
        on_open: Callable[[dict[str, Any]], str],
        page: str = Page.MATRIX.value,
        one: str = "matrix",
        many: str = "matrices",
    ) -> None:
        self._caller = context.caller
        self._page, self._one, self._many = page, one, many
        kept, keep = f"{many.capitalize()} you keep", f"Keep this {one} under a name"
        self._content, self._on_open = content, on_open
        self._views: tuple[NamedView, ...] = ()
        self._chosen = 0  # the view opened or saved last
        self._asked = ""  # what the next press does for good: a view's key, or a name in use
        self._known = Form(
            name="views",
            legend=kept,
            buttons=((OPEN, "Open"), (RENAME, "Rename"), (DELETE, "Delete")),
            fold=kept,
        )
        self._known.on_submit(context.guarded(self._on_known_submit))
        self._keep = Form(
            name="keep",
            legend=keep,
            buttons=((SAVE, "Keep"),),
            fold=keep,
        )
        self._keep.on_submit(context.guarded(self._on_keep_submit))
        self.widget = ipywidgets.VBox([])
        self.widget.add_class("pt-stack")
        self.widget.add_class("pt-dense")
        self.refresh()

    def refresh(self) -> None:
        """Read the views again and show them."""
        self._views = saved_views(self._caller, self._page)
        named = {view.id: view.name for view in self._views}
        options = tuple((str(view.id), view.name) for view in self._views)
        chosen = self._chosen if self._chosen in named else next(iter(named), 0)
        self._known.show(
            (
                Field(_VIEW, self._one.capitalize(), "select", str(chosen), options),
                Field(_NAME, "New name, to rename it", "text", "", max_length=MAX_NAME),
            )
        )
        self._keep.show(
            (Field(_NAME, "Name", "text", named.get(self._chosen, ""), max_length=MAX_NAME),)
        )
        self.widget.children = (self._known, self._keep) if self._views else (self._keep,)

    def _on_known_submit(self, sent: Submission) -> None:
        view = next((v for v in self._views if str(v.id) == sent.answers[_VIEW]), None)
        if view is None:
            self._known.complain({_VIEW: f"Choose one of the {self._many} you keep."})
            return
        asked, self._asked = self._asked, ""
        if sent.button == OPEN:
            said = self._on_open(open_view(self._caller, self._page, view.id))
            self._chosen = view.id
            self._show(self._known, said or f"{view.name} is open.")
        elif sent.button == RENAME:
            self._try(self._known, lambda: self._rename(view, str(sent.answers[_NAME])))
        elif asked == f"{DELETE}:{view.id}":
            delete_view(self._caller, self._page, view.id)
            self._show(self._known if len(self._views) > 1 else self._keep, f"{view.name} is gone.")
        else:
            self._asked = f"{DELETE}:{view.id}"
            self._known.say(f"Press Delete again to delete {view.name} for good.")

    def _on_keep_submit(self, sent: Submission) -> None:
        name = " ".join(str(sent.answers[_NAME]).split())
        asked, self._asked = self._asked, ""
        existing = next((view for view in self._views if view.name == name), None)
        if existing is not None and asked != f"{SAVE}:{name}" and existing.id != self._chosen:
            self._asked = f"{SAVE}:{name}"
            words = f"You keep a {self._one} of this name. Press Keep again to replace it."
            self._keep.complain({_NAME: words})
            return
        self._try(self._keep, lambda: self._save(name, replaces=existing is not None))

    def _save(self, name: str, *, replaces: bool) -> str:
        content, school_id = self._content()
        saved = save_view_as(
            self._caller, self._page, name, content, school_id=school_id, replaces=replaces
        )
        self._chosen = saved.id
        return f"{saved.name} is kept."

    def _rename(self, view: NamedView, name: str) -> str:
        renamed = rename_view(self._caller, self._page, view.id, name)
        return f"{view.name} is called {renamed.name} now."

    def _try(self, form: Form, do: Callable[[], str]) -> None:
        try:
            said = do()
        except InvalidEntry as error:
            form.complain({_NAME: str(error)})
            return
        self._show(form, said)

    def _show(self, form: Form, said: str) -> None:
        self.refresh()
        form.say(said)
