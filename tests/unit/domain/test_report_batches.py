from __future__ import annotations

from typing import Any

import pytest

from pupiltrack_core.domain.report_batches import (
    BatchItem,
    BatchRequest,
    FileKind,
    ReportKind,
)
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.errors import InvalidEntry

FULL_PDF = BatchItem(ReportKind.FULL, FileKind.PDF)


def request(**more: Any) -> BatchRequest:
    return BatchRequest(**{"reports": (ReportKind.FULL,), "academic_year": 2025, **more})


def test_batch_request_is_the_same_in_whatever_order_it_is_asked() -> None:
    one = request(
        reports=(ReportKind.VENN, ReportKind.FULL),
        file_kinds=(FileKind.XLSX, FileKind.PDF),
        schools=("9992002", "9992001", "9992002"),
    )
    other = request(
        reports=(ReportKind.FULL, ReportKind.VENN),
        file_kinds=(FileKind.PDF, FileKind.XLSX),
        schools=("9992001", "9992002"),
    )
    assert one == other


def test_items_are_every_report_as_every_kind_but_packs_as_pdf_alone() -> None:
    both = (FileKind.PDF, FileKind.XLSX)
    asked = request(reports=(ReportKind.GOVERNORS, ReportKind.FULL), file_kinds=both)
    assert asked.items == (
        FULL_PDF,
        BatchItem(ReportKind.FULL, FileKind.XLSX),
        BatchItem(ReportKind.GOVERNORS, FileKind.PDF),
    )


@pytest.mark.parametrize(
    ("more", "item", "path"),
    [
        ({}, FULL_PDF, "9992001/full-report-2025-2026.pdf"),
        ({"years": 4}, FULL_PDF, "9992001/full-report-2025-2026-year-4.pdf"),
        (
            {"years": YearRange.KEY_STAGE_1, "with_names": True},
            FULL_PDF,
            "9992001/full-report-2025-2026-ks1-with-names.pdf",
        ),
        (
            {"with_names": True},
            BatchItem(ReportKind.MATRIX, FileKind.XLSX),
            "9992001/pupil-matrix-2025-2026.xlsx",  # it lists nobody, asked or not
        ),
        (
            {"with_names": True},
            BatchItem(ReportKind.HEAD, FileKind.PDF),
            "9992001/headteachers-pack-2025-2026.pdf",  # it always lists pupils
        ),
    ],
)
def test_path_of_tells_apart_what_differs(more: dict[str, Any], item: BatchItem, path: str) -> None:
    assert request(**more).path_of(item, "9992001") == path


def test_lists_pupils_where_asked_and_possible_or_always() -> None:
    asked, plain = request(with_names=True), request()
    assert {kind for kind in ReportKind if plain.lists_pupils(kind)} == {ReportKind.HEAD}
    assert {kind for kind in ReportKind if not asked.lists_pupils(kind)} == {
        ReportKind.MATRIX,
        ReportKind.GOVERNORS,
    }


def test_paths_of_all_reports_differ() -> None:
    both = (FileKind.PDF, FileKind.XLSX)
    asked = request(reports=tuple(ReportKind), file_kinds=both)
    assert len({asked.path_of(item, "9992001") for item in asked.items}) == len(asked.items) == 10


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "Full report, 2025/2026, PDF"),
        (
            {
                "reports": (ReportKind.FULL, ReportKind.VENN, ReportKind.GOVERNORS),
                "file_kinds": (FileKind.PDF, FileKind.XLSX),
                "district": "Westmere",
                "phase": "primary",
            },
            (
                "Full report, Venn diagrams and Governors' pack, 2025/2026, district Westmere, "
                "primary schools, PDF and Excel"
            ),
        ),
        ({"schools": ("9992001",)}, "Full report, 2025/2026, 1 school, PDF"),
        ({"schools": ("9992001", "9992002")}, "Full report, 2025/2026, 2 schools, PDF"),
        ({"years": 4}, "Full report, 2025/2026, Year 4, PDF"),
        (
            {"years": YearRange.KEY_STAGE_2},
            "Full report, 2025/2026, Key stage 2, PDF",
        ),
    ],
)
def test_describe(more: dict[str, Any], words: str) -> None:
    assert request(**more).describe() == words


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"reports": ()}, "reports"),
        ({"file_kinds": ()}, "file_kinds"),
        ({"reports": (ReportKind.HEAD,), "file_kinds": (FileKind.XLSX,)}, "file_kinds"),
        ({"academic_year": 1066}, "year"),
        ({"years": 13}, "years"),
        ({"schools": ("999/2001",)}, "schools"),
        ({"schools": ("../../etc",)}, "schools"),
        ({"schools": ("9992001",), "district": "Westmere"}, "schools"),
        ({"schools": tuple(f"{number:07}" for number in range(201))}, "schools"),
        ({"district": ""}, "schools"),
        ({"phase": "p" * 81}, "schools"),
    ],
)
def test_batch_request_that_means_nothing_is_refused(more: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidEntry) as refused:
        request(**more)
    assert refused.value.field == field


@pytest.mark.parametrize("years", [YearRange.EARLY_YEARS, 0, 6])
def test_from_json_reads_what_to_json_wrote(years: YearRange | int) -> None:
    asked = request(years=years, schools=("9992001",), with_names=True)
    assert BatchRequest.from_json(asked.to_json()) == asked


@pytest.mark.parametrize(
    "change",
    [
        {"reports": ["nonsense"]},
        {"reports": None},
        {"academic_year": "x"},
        {"years": "13"},
        {"file_kinds": ["docx"]},
    ],
)
def test_from_json_of_anything_else_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidEntry):
        BatchRequest.from_json({**request().to_json(), **change})
    with pytest.raises(InvalidEntry):
        BatchRequest.from_json({})


def test_labels_say_what_a_report_is() -> None:
    assert [kind.label for kind in ReportKind] == [
        "Full report",
        "Pupil matrix",
        "Venn diagrams",
        "Transition matrix",
        "Headteacher's pack",
        "Governors' pack",
    ]
