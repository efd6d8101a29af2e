"""What is said above every report: which pupils, which assessments, who is left out."""

from __future__ import annotations

from typing import Any

from pupiltrack_core.services.reports import Noted, describe_assessments
from pupiltrack_portal.widgets import prose


def notes_of(report: Noted) -> list[dict[str, Any]]:
    """Return the heading and the small print of a report."""
    blocks = [prose.heading(report.school_name), prose.text(report.description)]
    if report.assessments:
        blocks.append(prose.small(describe_assessments(report.assessments)))
    if report.wording.legend:
        blocks.append(prose.small(report.wording.legend))
    if report.not_included:
        count = report.not_included
        blocks.append(
            prose.small(
                f"{count} {'pupil is' if count == 1 else 'pupils are'} left out because Include "
                "in data is set to No."
            )
        )
    return blocks
