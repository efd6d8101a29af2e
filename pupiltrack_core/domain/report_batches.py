"""A batch of reports: which reports, of which schools, of which year, as which kinds of file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pupiltrack_core.domain.academic_years import FIRST_START, LAST_START, AcademicYear
from pupiltrack_core.domain.year_groups import LABELS, YearRange
from pupiltrack_core.errors import InvalidEntry

MOST_NAMED = 200  # schools named one by one
_LAESTAB = re.compile(r"[0-9]{7}")
_PLACE_LENGTH = 80
_NOTHING = "Nothing was made."


class ReportKind(StrEnum):
    """A report that can be made for many schools at once."""

    FULL = "full"
    MATRIX = "matrix"
    VENN = "venn"
    TRANSITION = "transition"
    HEAD = "head"
    GOVERNORS = "governors"

    @property
    def label(self) -> str:
        """As people choose it."""
        return _LABELS[self]

    @property
    def file_stem(self) -> str:
        """What its files are called, before the year."""
        return _STEMS[self]

    @property
    def lists_pupils(self) -> bool:
        """Whether it holds names of pupils whether or not they are asked for."""
        return self is ReportKind.HEAD

    @property
    def can_list_pupils(self) -> bool:
        """Whether the pupils behind its figures can be listed."""
        return self in (ReportKind.FULL, ReportKind.VENN, ReportKind.TRANSITION, ReportKind.HEAD)


_LABELS = {
    ReportKind.FULL: "Full report",
    ReportKind.MATRIX: "Pupil matrix",
    ReportKind.VENN: "Venn diagrams",
    ReportKind.TRANSITION: "Transition matrix",
    ReportKind.HEAD: "Headteacher's pack",
    ReportKind.GOVERNORS: "Governors' pack",
}
_STEMS = {
    ReportKind.FULL: "full-report",
    ReportKind.MATRIX: "pupil-matrix",
    ReportKind.VENN: "venn",
    ReportKind.TRANSITION: "transition-matrix",
    ReportKind.HEAD: "headteachers-pack",
    ReportKind.GOVERNORS: "governors-pack",
}


class FileKind(StrEnum):
    """What a report is written as."""

    PDF = "pdf"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One file of each school: a report as one kind of file."""

    report: ReportKind
    file_kind: FileKind


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """What a batch makes: every one of `reports`, as each of `file_kinds`, for each school.

    The schools are those in `schools` by their seven digits, or else all in reach, of a `district`,
    of a `phase` or both. `years` is a `YearRange` or a year group. With `with_names` the reports
    that can list pupils do. Raise `InvalidEntry` for a request that means nothing.
    """

    reports: tuple[ReportKind, ...]
    academic_year: int
    years: YearRange | int = YearRange.ALL_YEARS
    file_kinds: tuple[FileKind, ...] = (FileKind.PDF,)
    schools: tuple[str, ...] = ()
    district: str | None = None
    phase: str | None = None
    with_names: bool = False

    def __post_init__(self) -> None:
        # One order, so that the same request is the same batch.
        object.__setattr__(self, "reports", tuple(k for k in ReportKind if k in self.reports))
        object.__setattr__(self, "file_kinds", tuple(k for k in FileKind if k in self.file_kinds))
        object.__setattr__(self, "schools", tuple(sorted(set(self.schools))))
        if not self.reports:
            raise InvalidEntry(f"Choose at least one report. {_NOTHING}", field="reports")
        if not self.file_kinds:
            raise InvalidEntry(f"Choose PDF, Excel or both. {_NOTHING}", field="file_kinds")
        if not self.items:
            raise InvalidEntry(f"The packs are made as PDF only. {_NOTHING}", field="file_kinds")
        if not FIRST_START <= self.academic_year <= LAST_START:
            raise InvalidEntry(f"There is no such academic year. {_NOTHING}", field="year")
        if not isinstance(self.years, YearRange) and self.years not in LABELS:
            raise InvalidEntry(f"There are no such years. {_NOTHING}", field="years")
        _check_places(self)

    @property
    def items(self) -> tuple[BatchItem, ...]:
        """The files of each school, in the order made; packs are PDF only."""
        return tuple(
            BatchItem(report, kind)
            for report in self.reports
            for kind in self.file_kinds
            if kind is FileKind.PDF or report not in (ReportKind.HEAD, ReportKind.GOVERNORS)
        )

    def lists_pupils(self, report: ReportKind) -> bool:
        """Whether the files of a report hold names of pupils."""
        return report.lists_pupils or (self.with_names and report.can_list_pupils)

    def path_of(self, item: BatchItem, laestab: str) -> str:
        """Return where a school's file stands in the folder of the batch.

        As "9992001/full-report-2025-2026.pdf"; years other than all, and names, are in it too, so
        that two batches into one folder keep apart what differs.
        """
        year = AcademicYear(self.academic_year).label.replace("/", "-")
        years = "" if self.years is YearRange.ALL_YEARS else f"-{_years_word(self.years)}"
        listed = self.lists_pupils(item.report) and not item.report.lists_pupils
        names = "-with-names" if listed else ""
        return f"{laestab}/{item.report.file_stem}-{year}{years}{names}.{item.file_kind.value}"

    def describe(self) -> str:
        """Return "Full report and Venn diagrams, 2025/2026, PDF"."""
        labels = [report.label for report in self.reports]
        what = labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"
        kinds = " and ".join("PDF" if kind is FileKind.PDF else "Excel" for kind in self.file_kinds)
        number = len(self.schools)
        places = [f"district {self.district}"] if self.district else []
        places += [f"{self.phase} schools"] if self.phase else []
        places += ["1 school" if number == 1 else f"{number} schools"] if number else []
        return ", ".join(
            [what, AcademicYear(self.academic_year).label, *self._whose, *places, kinds]
        )

    @property
    def _whose(self) -> tuple[str, ...]:
        if self.years is YearRange.ALL_YEARS:
            return ()
        return (self.years.label if isinstance(self.years, YearRange) else LABELS[self.years],)

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` makes the same request of."""
        return {
            "reports": [item.value for item in self.reports],
            "academic_year": self.academic_year,
            "years": str(self.years),
            "file_kinds": [item.value for item in self.file_kinds],
            "schools": list(self.schools),
            "district": self.district,
            "phase": self.phase,
            "with_names": self.with_names,
        }

    @classmethod
    def from_json(cls, held: Mapping[str, Any]) -> BatchRequest:
        """Return the request that `to_json` wrote; raise `InvalidEntry` for anything else."""
        by_word: dict[str, YearRange | int] = {item.value: item for item in YearRange}
        by_word |= {str(group): group for group in LABELS}
        try:
            return cls(
                reports=tuple(ReportKind(item) for item in held["reports"]),
                academic_year=int(held["academic_year"]),
                years=by_word[held["years"]],
                file_kinds=tuple(FileKind(item) for item in held["file_kinds"]),
                schools=tuple(str(item) for item in held["schools"]),
                district=held["district"],
                phase=held["phase"],
                with_names=bool(held["with_names"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidEntry(
                f"This batch was asked for by another version. {_NOTHING}", field="request"
            ) from error


def _years_word(years: YearRange | int) -> str:
    return years.value if isinstance(years, YearRange) else LABELS[years].lower().replace(" ", "-")


def _check_places(request: BatchRequest) -> None:
    if request.schools and (request.district or request.phase):
        raise InvalidEntry(
            f"Name schools one by one, or those of a district or phase, not both. {_NOTHING}",
            field="schools",
        )
    if len(request.schools) > MOST_NAMED:
        raise InvalidEntry(
            f"Up to {MOST_NAMED} schools can be named one by one. {_NOTHING}", field="schools"
        )
    for number in request.schools:
        if not _LAESTAB.fullmatch(number):
            raise InvalidEntry(
                f"A school's number is seven digits, as in 999/2001. {_NOTHING}", field="schools"
            )
    for name in (request.district, request.phase):
        if name is not None and not 0 < len(name) <= _PLACE_LENGTH:
            raise InvalidEntry(f"There is no such district or phase. {_NOTHING}", field="schools")
