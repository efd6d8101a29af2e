"""The assessments page, typed into as a browser does it, and its foot counted again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from pupiltrack_core.calc.summary import foot_rows, summarise_cohort
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import NOT_APPLICABLE, format_count_and_percentage
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.services.reports import full_report
from pupiltrack_core.storage.assessment_models import JudgementRow
from pupiltrack_portal.pages import assessments
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.entry_grid import EntryGrid
from tests.integration.pages.browser import (
    only,
)
from tests.integration.pages.village import Village


class Desk:
    """The assessments page with a grid that is typed into."""

    def __init__(self, village: Village, context: PageContext) -> None:
        self.village = village
        self.context = context
        self.view = assessments.View(assessments.open_model(context), context)
        self._sequence = 0

    @property
    def grid(self) -> EntryGrid:
        return only(self.view.widget, EntryGrid)

    def column(self, subject: str = "READ", assessment: int | None = None) -> str:
        return f"{assessment or self.village.autumn}:tracking:{subject}"

    def enter(self, *cells: tuple[str, str, str | None, int]) -> dict[str, Any]:
        """Send (surname or row key, column, value, version) as the browser does."""
        self._sequence += 1
        rows = self.village.pupils
        return self.grid.handle_batch(
            {
                "type": "changes",
                "client": "abc123",
                "seq": self._sequence,
                "cells": [[str(rows.get(who, who)), *rest] for who, *rest in cells],
            }
        )

    def outcome(self, *cell: Any) -> dict[str, Any]:
        """Send one cell and return its outcome."""
        (outcome,) = self.enter(cell)["outcomes"]
        names = ("row", "column", "status", "value", "version", "reason", "theirs", "colour")
        return dict(zip(names, outcome, strict=True))

    def together(self, surname: str) -> str | None:
        """Return the worked-out cell of reading, writing and maths."""
        (key,) = [c for c in self.columns() if c.startswith(f"{self.village.autumn}:rwm")]
        return self.grid.cells[str(self.village.pupils[surname]), key].value

    def columns(self) -> list[str]:
        return [column.key for column in self.grid._content.columns]

    def foot(self) -> dict[str, dict[str, str]]:
        """Return the foot's texts by row and column."""
        return {
            line.key: {key: cell.text for key, cell in line.cells.items()}
            for line in self.grid._content.foot
        }

    def flag(self, surname: str) -> str:
        key = str(self.village.pupils[surname])
        return next(row.flag for row in self.grid._content.rows if row.key == key)

    def stored(self, surname: str, subject: str = "READ") -> tuple[str | None, int] | None:
        with self.village.database.unit_of_work() as work:
            row = work.session.scalar(
                select(JudgementRow).where(
                    JudgementRow.assessment_id == self.village.autumn,
                    JudgementRow.pupil_id == self.village.pupils[surname],
                    JudgementRow.subject == subject,
                    JudgementRow.kind == "tracking",
                )
            )
            return None if row is None else (row.value, row.version)


def foot_of_database(desk: Desk) -> dict[str, dict[str, str]]:
    """Count the foot again from the database, by the report's way there."""
    selection = CohortSelection(
        academic_year=2025,
        school_id=desk.village.hillside,
        years=4,
        assessment_id=desk.village.autumn,
    )
    cohort = full_report(desk.context.caller, selection).cohort
    figures: dict[str, dict[str, str]] = {}
    for figure in foot_rows(summarise_cohort(cohort, list(CORE_SUBJECTS))):
        if figure.row == "not_on_track":
            continue
        text = (
            NOT_APPLICABLE
            if figure.count is None
            else format_count_and_percentage(figure.count, figure.of)
        )
        figures.setdefault(figure.row.value, {})[figure.subject] = text
    return figures


def foot_on_view(desk: Desk) -> dict[str, dict[str, str]]:
    subjects = {desk.column(subject): subject.value for subject in CORE_SUBJECTS}
    together = [key for key in desk.columns() if key.startswith(f"{desk.village.autumn}:rwm")]
    subjects[together[0]] = "RWM"
    return {
        row: {subjects[key]: text for key, text in cells.items() if key in subjects}
        for row, cells in desk.foot().items()
        if row in set(SummaryRow)
    }
