"""Every use case of the services there is, and calls of it about one place or another.

A use case is a public function whose first parameter is the caller. Where it stands in the world is
told by a parameter: a school, a local authority, a selection, or something a page holds that has
one of these in it. All other arguments are made up, of their kind: what matters is what is asked of
the caller's rights before they are looked at.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pandas as pd

import pupiltrack_core.services
from pupiltrack_core.access import Place, Role
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.report_batches import BatchRequest, ReportKind
from pupiltrack_core.schemas.tallies import SUBJECT
from pupiltrack_core.services.audit_export import ActivityForm
from pupiltrack_core.services.audit_search import ActivitySearch
from pupiltrack_core.services.inviting import Invitation
from pupiltrack_core.services.places import NewSchool
from pupiltrack_core.services.school_profile import ContactDetails
from pupiltrack_core.services.support import AuthorityContact

ABSENT = 999_999
YEAR = 2025
# A page's own things, which hold the place they are about.
HOLDERS = (
    "report",
    "matrix",
    "primary",
    "layer",
    "grid",
    "preview",
    "step",
    "plan",
    "one",
    "shown",
)
ARGUMENTS: dict[str, dict[str, Any]] = {
    "assessment_copies.copy_assessments": {"source_ids": (ABSENT,)},
    "audit_export.export_activity": {"search": ActivitySearch(), "form": ActivityForm.CSV},
    "audit_search.search_activity": {"search": ActivitySearch()},
    "audit_search.rows_to_export": {"search": ActivitySearch()},
    "batch_jobs.ask_for_batch": {"request": BatchRequest((ReportKind.FULL,), YEAR)},
    "inviting.invite_person": {
        "invitation": Invitation("Ann Example", "ann@example.org", Role.TEACHER)
    },
    "pupil_finding.find_pupils": {"wanted": "Example"},
    "places.add_authority": {"code": "123"},
    "places.rename_authority": {"code": "123"},
    "places.add_school": {"new": NewSchool("999/3001", "Example Primary School")},
    "places.rename_school": {"laestab": "999/2001"},
    "reports.named_cohort": {"cohort": pd.DataFrame()},
    "school_profile.save_contact_details": {"entered": ContactDetails()},
    "support.save_authority_contact": {"entered": AuthorityContact()},
}
SIMPLE: dict[str, Any] = {
    "int": ABSENT,
    "str": "x",
    "bool": False,
    "bytes": b"x",
    "date": date(2025, 12, 15),
    "datetime": datetime(2025, 12, 15, tzinfo=UTC),
}


@dataclass(frozen=True)
class Where:
    """A place: a school and its authority; no school for an authority as such."""

    school_id: int | None
    local_authority_id: int


@dataclass(frozen=True)
class UseCase:
    """A function of a service, by the module and its name."""

    name: str
    function: Callable[..., Any]

    @property
    def parameters(self) -> dict[str, inspect.Parameter]:
        found = dict(inspect.signature(self.function).parameters)
        del found[next(iter(found))]
        return found

    def takes(self) -> str:
        """Return which parameter tells the place; "" where none does."""
        for name, parameter in self.parameters.items():
            if name in ("school_id", "local_authority_id"):
                return name
            if str(parameter.annotation) in ("CohortSelection", "Place"):
                return name
        for name in self.parameters:
            if name in HOLDERS:
                return name
        return ""

    def arguments(self, where: Where) -> dict[str, Any]:
        given = {
            name: made_up(name, str(parameter.annotation), where)
            for name, parameter in self.parameters.items()
            if parameter.default is parameter.empty or name == "school_id"
        }
        return given | ARGUMENTS.get(self.name, {})


def made_up(name: str, annotation: str, where: Where) -> Any:
    if name == "school_id":
        return where.school_id
    if name == "local_authority_id":
        return where.local_authority_id
    if name == "academic_year":
        return YEAR
    if name == "row":
        return SummaryRow.ON_TRACK_OR_DEEPER
    if annotation == "CohortSelection":
        return selection_of(where)
    if annotation == "Place":
        return Place(where.local_authority_id, where.school_id)
    if annotation.endswith("None"):
        return None
    if annotation in SIMPLE:
        return SIMPLE[annotation]
    if annotation.startswith(("Collection[", "Sequence[")):
        return ()
    if annotation.startswith("Mapping["):
        return {}
    thing = MagicMock(name=name)
    thing.school_id = where.school_id
    thing.local_authority_id = where.local_authority_id
    thing.academic_year = YEAR
    thing.selection = selection_of(where)
    thing.sets = (SimpleNamespace(selection=selection_of(where), trouble=""),)
    # What is asked for is a figure that is there: a subject, group or region called "x".
    thing.summary = {SUBJECT: ["x"]}
    thing.groups = (SimpleNamespace(value="x"),)
    thing.regions = {"region": ["x"]}
    return thing


def selection_of(where: Where) -> CohortSelection:
    return CohortSelection(
        school_id=where.school_id,
        local_authority_id=where.local_authority_id if where.school_id is None else None,
        academic_year=YEAR,
        years=4,
    )


def use_cases() -> Iterator[UseCase]:
    for module in pkgutil.iter_modules(pupiltrack_core.services.__path__):
        loaded = importlib.import_module(f"{pupiltrack_core.services.__name__}.{module.name}")
        for name, function in vars(loaded).items():
            if name.startswith("_") or not inspect.isfunction(function):
                continue
            if function.__module__ != loaded.__name__:
                continue
            first = next(iter(inspect.signature(function).parameters.values()), None)
            if first is not None and str(first.annotation).startswith("Caller"):
                yield UseCase(f"{module.name}.{name}", function)
