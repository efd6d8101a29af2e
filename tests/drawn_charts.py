"""What the charts of a workbook's sheet are drawn from, read back through openpyxl."""

from __future__ import annotations

from openpyxl.worksheet.worksheet import Worksheet

Drawn = dict[str, list[tuple[str, int]]]


def charts_of(sheet: Worksheet) -> list[Drawn]:
    """The charts of a sheet: by the name of each part, the label and the count of each bar."""
    return [
        {
            _cells(sheet, series.tx.strRef.f)[0]: list(
                zip(
                    _cells(sheet, series.cat.strRef.f),
                    _cells(sheet, series.val.numRef.f),
                    strict=True,
                )
            )
            for series in chart.series
        }
        for chart in sheet._charts
    ]


def _cells(sheet: Worksheet, reference: str) -> list:
    """The values a chart refers to as 'Sheet'!$A$7:$A$15, a column or one cell of its sheet."""
    name, _, place = reference.rpartition("!")
    assert name.strip("'") == sheet.title
    found = sheet[place.replace("$", "")]
    return [row[0].value for row in found] if isinstance(found, tuple) else [found.value]
