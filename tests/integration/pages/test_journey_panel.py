"""A pupil's journey on a page: heading, steps, drawing, table, PDF, and who is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pytest
from sqlalchemy import update

from pupiltrack_core.access import Role
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.downloads import collect
from pupiltrack_core.storage.models import Pupil
from pupiltrack_core.storage.support_models import Intervention, PupilMeeting
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.journey_panel import JourneyPanel
from pupiltrack_portal.widgets.drawing import Drawing
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.step_heading import StepHeading
from tests.builders import NOW, YEAR
from tests.integration.pages.browser import (
    assert_signed_out,
    only,
    press_file,
    shown,
    text_of,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import OAKFIELD, PERSONAL, Village
from tests.pdf_reading import text_of as pdf_text


@dataclass
class Opened:
    """The panel, and what it told the page."""

    context: PageContext
    panel: JourneyPanel = field(init=False)
    told: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.panel = JourneyPanel(
            self.context, on_close=lambda: self.told.append("closed"), on_step=self.told.append
        )

    @property
    def head(self) -> StepHeading:
        return only(self.panel.widget, StepHeading)

    def press(self, key: str) -> None:
        self.head._on_message(self.head, {"kind": "step", "key": key}, [])

    def rows(self) -> list[list[str]]:
        table = only(self.panel.widget, FiguresTable)
        return [
            [text_of(cell) for cell in (row["head"], *row["cells"])] for row in table.spec["rows"]
        ]


@pytest.fixture
def opened(open_as: OpenPage) -> Opened:
    return Opened(open_as(Role.TEACHER))


def test_panel_is_empty_until_it_is_shown(opened: Opened) -> None:
    assert opened.panel.widget.children == ()
    assert opened.panel.pupil_id is None


def test_show_puts_name_class_and_year_in_the_heading(opened: Opened, village: Village) -> None:
    opened.panel.show(village.hillside, village.pupils["Archer"], "1 of 6")
    assert opened.head.heading.startswith("Archer, Forename")
    assert opened.head.line == "Year 4, Maple, 2025/2026"
    assert opened.head.position == "1 of 6"
    assert opened.head.focus_wanted == 1
    assert opened.head.said == {}
    assert opened.panel.pupil_id == village.pupils["Archer"]


def test_show_draws_and_tables_the_same_judgements(opened: Opened, village: Village) -> None:
    opened.panel.show(village.hillside, village.pupils["Archer"], "1 of 6")
    assert [row[:6] for row in opened.rows()] == [
        ["01/10/2025", "Year 4, Maple", "Baseline", "Below", "Below", "Below"],
        ["15/12/2025", "Year 4, Maple", "Autumn", "On track", "On track", "On track"],
    ]
    drawing = only(opened.panel.widget, Drawing)
    assert drawing.svg.count('data-judgement="O"') == drawing.svg.count('data-judgement="B"') == 3
    assert "no points" in shown(opened.panel.widget)


def test_show_holds_nobody_else_and_escapes_nothing_into_markup(
    opened: Opened, village: Village
) -> None:
    with village.database.unit_of_work(write=True) as work:
        key = {"school_id": village.hillside, "pupil_id": village.pupils["<b>Finch</b>"]}
        about = {"academic_year": YEAR, "created_at": NOW}
        work.session.add_all(
            [
                Intervention(**key, **about, title="<script>x</script>"),
                PupilMeeting(**key, **about, held_on=date(2025, 11, 12), teacher="<i>Jo</i>"),
            ]
        )
        work.commit()
    opened.panel.show(village.hillside, village.pupils["<b>Finch</b>"], "6 of 6")
    everything = shown(opened.panel.widget)
    assert not any(name in everything for name in PERSONAL if name != "Finch")
    svg = only(opened.panel.widget, Drawing).svg
    assert "<script" not in svg
    assert "<i>" not in svg
    assert "Finch" not in svg
    assert opened.head.heading.startswith("<b>Finch</b>, ")  # the browser is told to show text


def test_show_of_a_pupil_without_anything_says_so(opened: Opened, village: Village) -> None:
    opened.panel.show(village.hillside, village.pupils["Evans"])
    assert opened.rows() == []
    assert "nothing to draw yet" in only(opened.panel.widget, Drawing).svg
    assert opened.head.steps[1]["unavailable"]


@pytest.mark.parametrize(
    ("position", "is_open"),
    [
        ("1 of 6", [True, False, True]),
        ("3 of 6", [True, True, True]),
        ("6 of 6", [True, True, False]),
        ("1 of 1", [True, False, False]),
        ("", [True, False, False]),
    ],
)
def test_steps_end_where_the_pupils_do(
    opened: Opened, village: Village, position: str, is_open: list[bool]
) -> None:
    opened.panel.show(village.hillside, village.pupils["Archer"], position)
    assert [step["label"] for step in opened.head.steps] == [
        "Back to the grid",
        "Previous pupil",
        "Next pupil",
    ]
    assert [not step["unavailable"] for step in opened.head.steps] == is_open
    opened.press("previous")
    opened.press("next")
    assert opened.told == [step for step, way in ((-1, is_open[1]), (1, is_open[2])) if way]


def test_next_pupil_is_said_and_the_focus_stays(opened: Opened, village: Village) -> None:
    opened.panel.show(village.hillside, village.pupils["Archer"], "1 of 6")
    opened.press("next")
    opened.panel.show(village.hillside, village.pupils["Baker"], "2 of 6")
    assert opened.head.focus_wanted == 1
    assert opened.head.said["words"].startswith("Baker, ")
    assert opened.head.said["words"].endswith("Year 4, Maple, 2025/2026. 2 of 6")
    assert "Archer" not in shown(opened.panel.widget)


def test_back_puts_the_panel_away_and_tells_the_page(opened: Opened, village: Village) -> None:
    opened.panel.show(village.hillside, village.pupils["Archer"], "1 of 6")
    opened.press("back")
    assert opened.told == ["closed"]
    assert opened.panel.widget.children == ()
    assert opened.panel.pupil_id is None
    opened.panel.show(village.hillside, village.pupils["Baker"], "2 of 6")
    assert opened.head.focus_wanted == 2


def test_pdf_holds_the_pupil_on_view_and_no_name_in_its_own(
    opened: Opened, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.panel.show(village.hillside, village.pupils["Archer"], "1 of 6")
    opened.panel.show(village.hillside, village.pupils["Baker"], "2 of 6")
    answer = press_file(only(opened.panel.widget, FileButton), monkeypatch)
    assert (answer["kind"], answer["name"]) == ("ready", "pupil-journey.pdf"), answer
    token = answer["href"].removeprefix("/download/")
    text = pdf_text(collect(village.database, village.sessions["teacher"], token).content)
    assert "Baker, Forename" in text
    assert "Archer" not in text
    assert "Deeper learning" in text
    assert "report made" in village.actions()


def test_show_of_a_pupil_elsewhere_keeps_what_was_on_view(opened: Opened, village: Village) -> None:
    opened.panel.show(village.hillside, village.pupils["Archer"], "1 of 6")
    for school, pupil in ((OAKFIELD, "Oak"), (OAKFIELD, "Baker")):
        with pytest.raises(NotFound):
            opened.panel.show(village.schools[school], village.pupils[pupil])
    with pytest.raises(NotFound):
        opened.panel.show(village.hillside, village.pupils["Oak"])
    assert opened.head.heading.startswith("Archer")
    assert opened.panel.pupil_id == village.pupils["Archer"]


def test_pdf_of_a_pupil_archived_meanwhile_says_why_there_is_none(
    opened: Opened, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.panel.show(village.hillside, village.pupils["Archer"], "1 of 6")
    with village.database.unit_of_work(write=True) as work:
        work.session.execute(
            update(Pupil).where(Pupil.id == village.pupils["Archer"]).values(archived_from=0)
        )
        work.commit()
    answer = press_file(only(opened.panel.widget, FileButton), monkeypatch)
    assert answer["kind"] == "refused"
    assert "archived" in answer["text"]
    assert "report made" not in village.actions()


def test_step_after_the_session_ended_leads_nowhere(
    opened: Opened, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.panel.show(village.hillside, village.pupils["Archer"], "1 of 6")
    village.revoke(Role.TEACHER)
    opened.press("next")
    assert opened.told == []
    assert_signed_out(opened.context.notice)
    answer = press_file(only(opened.panel.widget, FileButton), monkeypatch)
    assert answer["kind"] == "refused"


def test_local_authority_may_read_a_journey_of_its_schools(
    open_as: OpenPage, village: Village
) -> None:
    opened = Opened(open_as(Role.LA_ADVISER))
    opened.panel.show(village.schools[OAKFIELD], village.pupils["Oak"])
    assert opened.rows()[0][3:6] == ["On track", "Below", "On track"]
