"""A workbook whose texts stay texts, how its cells look, and its sheets on paper."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from pupiltrack_core.reports.documents import Printed

INK, LINE, SHADE = "#1d2433", "#9aa3b2", "#eef1f5"
_A4 = 9


def open_workbook(held: BytesIO, *, title: str, printed: Printed, is_personal: bool) -> Workbook:
    """Return an empty workbook, to be written to `held`, whose texts stay texts."""
    workbook = xlsxwriter.Workbook(
        held,
        {
            # No file of children's data in a folder for temporary ones, not for a moment.
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    workbook.set_properties(
        {
            "title": title,
            "comments": "Contains personal data" if is_personal else "",
            "created": printed.at.replace(tzinfo=None),
        }
    )
    return workbook


@dataclass(frozen=True)
class Looks:
    """The formats of a workbook, each made once."""

    workbook: Workbook
    _made: dict[tuple[tuple[str, Any], ...], Format] = field(default_factory=dict)

    def of(self, **properties: Any) -> Format:
        """Return the format of plain text with these properties of XlsxWriter changed."""
        base = {"font_name": "Calibri", "font_size": 11, "font_color": INK, "valign": "vcenter"}
        wanted = base | properties
        key = tuple(sorted(wanted.items()))
        if key not in self._made:
            self._made[key] = self.workbook.add_format(wanted)
        return self._made[key]

    def of_cell(self, **properties: Any) -> Format:
        """Return the same with lines around it."""
        return self.of(border=1, border_color=LINE, **properties)


def set_up_page(sheet: Worksheet, *, place: str, printed: Printed, is_personal: bool) -> None:
    """Print a sheet on A4, landscape, with where it is of, who printed it and its page."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    # An ampersand starts a code in a header or footer; two are one.
    sheet.set_header(f"&L{place.replace('&', '&&')[:200]}")
    who = printed.words.replace("&", "&&")[:150]
    personal = ". Contains personal data" if is_personal else ""
    sheet.set_footer(f"&L{who}{personal}&RPage &P of &N")
