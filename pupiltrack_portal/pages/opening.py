"""The composition root of a page: settings, database, session, model, view."""

from __future__ import annotations

import importlib
import logging
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import ipywidgets

from pupiltrack_core.access import Page
from pupiltrack_core.errors import DatabaseRevisionError, UserFacingError
from pupiltrack_core.services.accounts import (
    Database,
    open_database,
    policy_for_page,
    redeem_page_ticket,
)
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.settings import load_page_opening, load_settings
from pupiltrack_portal.pages.context import PageContext, log_to_stderr, unexpected
from pupiltrack_portal.widgets import assets
from pupiltrack_portal.widgets.notice import Notice

MAX_QUERY_FIELDS = 60
_NO_DATABASE = (
    "The database is not there at the moment, or is being upgraded. Nothing was changed. Wait a "
    "moment and reload the page; if it goes on, tell whoever runs PupilTrack for you."
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OpenPage:
    """An open page: the model (state) and the view (what the notebook shows)."""

    model: Any
    view: ipywidgets.Widget
    database: Database | None = field(default=None, repr=False)

    def close(self) -> None:
        """Give back the page's connection. A page that ends with its process need not."""
        if self.database is not None:
            self.database.dispose()


def open_page(name: str) -> OpenPage:
    """Open the page called `name` for the session the portal opened it in.

    What cannot be opened shows why in place of the page, so that nobody meets a traceback.
    """
    log_to_stderr()
    assets.serve_with_page()
    try:
        page = Page(name)
        return _opened(page)
    except UserFacingError as error:
        return OpenPage(None, _refusal(str(error)))
    except DatabaseRevisionError as error:
        # It was all right when the server started: it has been moved, or is being upgraded.
        _log.error("A page did not open: %s", error)
        return OpenPage(None, _refusal(_NO_DATABASE))
    except Exception as error:  # noqa: BLE001 - the edge between the browser and the page
        return OpenPage(None, _refusal(unexpected(error)))


def _opened(page: Page) -> OpenPage:
    settings = load_settings()
    opening = load_page_opening()
    database = open_database(settings.database_url, idle_connections=1)
    session_id = redeem_page_ticket(database, opening.ticket, page)
    context = PageContext(
        page=page,
        caller=Caller.for_session(database, session_id, policy=policy_for_page(settings)),
        query=dict(parse_qsl(opening.query, max_num_fields=MAX_QUERY_FIELDS)),
        portal=settings.address,
    )
    module = importlib.import_module(module_of(page))
    with context.caller.at_one_moment():
        model = module.open_model(context)
        return OpenPage(model, module.View(model, context).widget, database)


def module_of(page: Page) -> str:
    """Return the name of the module that draws `page`."""
    return f"pupiltrack_portal.pages.{page.value.replace('-', '_')}"


def _refusal(words: str) -> Notice:
    notice = Notice()
    notice.show("error", words)
    return notice
