"""Figures for governors as the page shows them: counts with their denominators, and no child."""

from __future__ import annotations

from pupiltrack_core.access import Page, Role
from pupiltrack_portal.pages import figures
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.form import Form
from tests.integration.pages.browser import cells_of, each, keys_of, only, press, shown
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import PERSONAL, Village


def test_governor_reads_figures_and_no_names(open_as: OpenPage, village: Village) -> None:
    context = open_as(Role.GOVERNOR, Page.FIGURES)
    view = figures.View(figures.open_model(context), context)
    subjects, groups = each(view.widget, FiguresTable)
    # Hillside has seven pupils who count: every figure of five or two of them is small.
    assert "c" in cells_of(subjects)["Reading"]
    assert not [text for text in cells_of(subjects)["Reading"] if "%" in text]
    assert groups.spec["columns"][-1]["label"] == "Pupils"
    assert "There is no Venn diagram" in shown(view.widget)
    assert not [name for name in PERSONAL if name in shown(view.widget)]
    assert keys_of(only(view.widget, Form)) == ["year", "years"]
    press(only(view.widget, Form), "show", years="eyfs")
    assert view.model.years == "eyfs"
    press(only(view.widget, Form), "show", years="4")  # none that is offered
    assert view.model.years == "all"
    assert context.notice.messages == []
