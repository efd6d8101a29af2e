"""Cohorts kept under names: opened on any report page."""

from __future__ import annotations

from pupiltrack_core.access import Page, Role
from pupiltrack_core.storage.report_models import SavedView
from pupiltrack_portal.pages import full_report, transition, venn
from pupiltrack_portal.widgets.form import Form
from tests.integration.pages.browser import only, press
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import HILLSIDE, OAKFIELD, Village


def keep(view: full_report.View, name: str) -> None:
    press(only(view.widget, Form, name="keep"), "save", name=name)


def test_kept_selection_opens_on_another_report_page(open_as: OpenPage) -> None:
    context = open_as(Role.LA_ADVISER, Page.FULL_REPORT, school=HILLSIDE, years="4", sex="F")
    first = full_report.View(full_report.open_model(context), context)
    chosen = first.model.choice.selection
    keep(first, "Girls of Year 4")
    context = open_as(Role.LA_ADVISER, Page.TRANSITION, school=OAKFIELD)
    other = transition.View(transition.open_model(context), context)
    press(only(other.widget, Form, name="views"), "open")
    assert other.model.choice.selection == chosen
    assert other.model.report.school_name == "Hillside Primary School"
    assert "sex=F" in only(other.widget, Form, name="cohort").address
    assert "is open" in only(other.widget, Form, name="views").said


def test_kept_selection_of_several_schools_opens_on_every_report_page(open_as: OpenPage) -> None:
    query = {"school": "several", "schools": f"{HILLSIDE},{OAKFIELD}"}
    context = open_as(Role.LA_ADVISER, Page.FULL_REPORT, **query)
    first = full_report.View(full_report.open_model(context), context)
    keep(first, "Cluster")
    for page, module in ((Page.VENN, venn), (Page.TRANSITION, transition)):
        context = open_as(Role.LA_ADVISER, page, school=OAKFIELD)
        other = module.View(module.open_model(context), context)
        press(only(other.widget, Form, name="views"), "open")
        assert other.model.choice.selection == first.model.choice.selection
        assert other.model.choice.several


def test_kept_selection_that_was_tampered_with_changes_nothing(
    open_as: OpenPage, village: Village
) -> None:
    context = open_as(page=Page.FULL_REPORT, years="4")
    view = full_report.View(full_report.open_model(context), context)
    keep(view, "Mine")
    before = view.model.choice.selection
    for content in ({}, {"address": 7}, {"address": "school=8882001&years=4"},
                    {"address": "school=all&years=4"}):  # fmt: skip
        with village.database.unit_of_work(write=True) as work:
            for row in work.session.query(SavedView):
                row.content = content
            work.commit()
        press(only(view.widget, Form, name="views"), "open")
        assert context.notice.messages[0]["kind"] == "error"
        assert view.model.choice.selection == before
