"""What is said above every report: which pupils, which assessments, who is left out."""

from __future__ import annotations

from typing import Any

from pupiltrack_core.services.reports import Noted, describe_assessments, left_out_words
from pupiltrack_portal.widgets import prose


def notes_of(report: Noted) -> list[dict[str, Any]]:
    """Return the heading and the small print of a report."""
    blocks = [prose.heading(report.school_name), prose.text(report.description)]
    if report.assessments:
        blocks.append(prose.small(describe_assessments(report.assessments)))
    if report.wording.legend:
        blocks.append(prose.small(report.wording.legend))
    left_out = left_out_words(report.not_included)
    if left_out:
        blocks.append(prose.small(left_out))
    return blocks
