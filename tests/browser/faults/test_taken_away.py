"""An assessment or a pupil goes while somebody has the grid open and types into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import update

from pupiltrack_core.services.assessment_deletion import (
    bring_back_assessment,
    delete_assessment,
    marks_of_assessment,
)
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.storage.archived_pupils import EVERY_YEAR
from pupiltrack_core.storage.models import Pupil
from tests.browser.faults.grid_page import REFUSED, GridPage
from tests.browser.faults.portal import DemoPortal, Ground

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("faults")]

TYPED = "typed too late"


@pytest.fixture
def grid(ground: Ground, new_profile: Callable[[], BrowserContext]) -> GridPage:
    """The teacher's grid."""
    return GridPage.signed_in(new_profile(), "teacher", ground)


@pytest.fixture
def delete(portal: DemoPortal, ground: Ground) -> Iterator[Callable[[], None]]:
    """A function that deletes the assessment on view, which is there again afterwards."""
    whose = {"school_id": ground.school, "assessment_id": ground.assessment}

    def run() -> None:
        with portal.opened() as database:
            caller = Caller.for_operator(database)
            agreed = marks_of_assessment(caller, ground.school, ground.assessment)
            delete_assessment(caller, agreed=agreed, **whose)

    yield run
    if portal.number(
        "SELECT deleted_at IS NOT NULL FROM assessment WHERE id = ?", ground.assessment
    ):
        with portal.opened() as database:
            bring_back_assessment(Caller.for_operator(database), **whose)


@pytest.fixture
def archive(portal: DemoPortal) -> Iterator[Callable[[int], None]]:
    """A function that archives a pupil, who is back afterwards."""
    archived: list[int] = []

    def write(pupil: int, since: int | None) -> None:
        with portal.opened() as database, database.unit_of_work(write=True) as work:
            values = {"archived_from": since}
            work.session.execute(update(Pupil).where(Pupil.id == pupil).values(values))
            work.commit()

    def run(pupil: int) -> None:
        archived.append(pupil)
        write(pupil, EVERY_YEAR)

    yield run
    for pupil in archived:
        write(pupil, None)


def type_too_late(grid: GridPage, pupil: int, column: str, why: str) -> None:
    """Type into what is gone: it is refused in words, and what was typed stays in its cell."""
    grid.type_text(pupil, column, TYPED)
    expect(grid.cell(pupil, column)).to_have_class(REFUSED)
    expect(grid.cell(pupil, column)).to_contain_text(TYPED)
    grid.page.get_by_role("button", name="Save", exact=True).click()
    expect(grid.report).to_contain_text("1 entry is not saved")
    expect(grid.report).to_contain_text(why)
    grid.expect_no_traceback()


def test_mark_for_an_assessment_deleted_meanwhile_is_refused_kept_and_put_in_later(
    portal: DemoPortal, ground: Ground, grid: GridPage, delete: Callable[[], None]
) -> None:
    pupil, column = ground.pupils[22], ground.formative("WRIT")
    delete()
    recorded = portal.everything_recorded()
    type_too_late(grid, pupil, column, "the assessment may have been deleted")
    assert portal.everything_recorded() == recorded
    grid.reload()
    expect(grid.kept).to_contain_text("It belongs to rows or columns not shown here.")
    with portal.opened() as database:
        caller = Caller.for_operator(database)
        bring_back_assessment(caller, school_id=ground.school, assessment_id=ground.assessment)
    grid.reload()
    grid.kept.get_by_role("button", name="Put it in").click()
    grid.expect_saved()
    assert portal.stored(pupil, column) == TYPED


def test_mark_for_a_pupil_archived_meanwhile_is_refused_and_kept_on_screen(
    portal: DemoPortal, ground: Ground, grid: GridPage, archive: Callable[[int], None]
) -> None:
    pupil, other = ground.pupils[23:25]
    column = ground.formative("WRIT")
    archive(pupil)
    recorded = portal.everything_recorded()
    type_too_late(grid, pupil, column, "not on this school's roll")
    assert portal.everything_recorded() == recorded
    # The others of the class are entered as before.
    grid.type_text(other, column, "still here")
    expect(grid.status).to_have_text("1 entry refused")
    expect(grid.cell(other, column)).to_contain_text("still here")
    assert portal.stored(other, column) == "still here"
    grid.reload()
    expect(grid.page.locator(f'tr[data-row="{pupil}"]')).to_have_count(0)
    expect(grid.kept).to_contain_text("It belongs to rows or columns not shown here.")
