"""What was last done at a school, and by whom, as the Activity page says it."""

from __future__ import annotations

import ipywidgets

from pupiltrack_core.access import Page
from pupiltrack_core.services.audit_search import ActivitySearch, search_activity
from pupiltrack_portal.pages.activity import activity_places, show_activity
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable


class ActivityPart:
    """The newest entries as they are at the moment it is made, and the way to the older ones."""

    def __init__(self, context: PageContext, school_id: int) -> None:
        rows = [
            row
            for place, _ in activity_places(context)
            if place.school_id == school_id
            for row in search_activity(context.caller, place, ActivitySearch()).rows
        ]
        table = FiguresTable()
        show_activity(table, rows, caption="What was last done", empty="Nothing has been done yet.")
        older = prose.link("Look for more under Activity", f"/{Page.ACTIVITY.value}")
        self.widget = ipywidgets.VBox([table, prose.Prose(older)])
