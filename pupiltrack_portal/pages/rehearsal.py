"""Every page opened once before the first is asked for, in the process they are forked from.

What stays of it: modules, compiled statements, configured mappers, warm caches of libraries. What
must not stay: widgets, comms, settings in the environment, connections and files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import comm
import ipywidgets

from pupiltrack_core.access import Page, Role
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.services.rehearsal import RehearsalSchool, rehearsal_school
from pupiltrack_core.settings import PREFIX, page_environment
from pupiltrack_portal.pages.opening import OpenPage, open_page
from pupiltrack_portal.widgets.entry_grid import EntryGrid
from pupiltrack_portal.widgets.form import Form

_OF_THE_AUTHORITY = frozenset({Page.SCHOOLS})


def warm_up() -> None:
    """Open each page on an invented school, enter a judgement, draw the reports; forget it all.

    Raises RuntimeError for a page that does not open as it does for people.
    """
    with rehearsal_school() as school:
        for page in Page:
            opened = _open(school, page)
            if opened.model is None:
                raise RuntimeError(f"the page {page.value} did not open")
            _use(opened.view)
            opened.close()
    _forget()


def _open(school: RehearsalSchool, page: Page) -> OpenPage:
    role = Role.LA_ADMIN if page in _OF_THE_AUTHORITY else Role.HEAD
    told = page_environment(page=page, ticket=school.ticket(role, page))
    with _environment({f"{PREFIX}DATABASE_URL": school.url, **told}):
        return open_page(page.value)


def _use(view: ipywidgets.Widget) -> None:
    """Do what people do first: see everything, choose, enter, look at one pupil."""
    for widget in tuple(_all_in(view)):
        json.dumps(widget.get_state(), default=str)
        if isinstance(widget, EntryGrid):
            _enter(widget)
            _open_row(widget)
        elif isinstance(widget, Form) and widget.spec["buttons"]:
            values = {field["key"]: field["value"] for field in widget.spec["fields"]}
            button = widget.spec["buttons"][0]["key"]
            widget._handle_custom_msg({"kind": "button", "button": button, "values": values}, [])


def _enter(grid: EntryGrid) -> None:
    (row, column), cell = next(
        (key, cell) for key, cell in grid.cells.items() if cell.value == Judgement.ON_TRACK
    )
    change = [row, column, str(Judgement.BELOW), cell.version]
    grid.handle_batch({"type": "changes", "client": "rehearsal", "seq": 1, "cells": [change]})


def _open_row(grid: EntryGrid) -> None:
    row, _ = next(iter(grid.cells))
    grid._handle_custom_msg({"type": "row_open", "row": row}, [])


def _all_in(widget: ipywidgets.Widget) -> Iterator[ipywidgets.Widget]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from _all_in(child)


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _forget() -> None:
    ipywidgets.Widget.close_all()
    known: Any = comm.get_comm_manager()
    known.comms.clear()
