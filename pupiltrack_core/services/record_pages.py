"""Tables of what is held of a pupil, as one page of HTML that stands by itself and prints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

_STYLE = """
body { font-family: sans-serif; line-height: 1.4; margin: 2rem auto; max-width: 60rem;
  padding: 0 1rem; color: #1b1f24; }
h2 { margin-top: 2rem; font-size: 1.2rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { border: 1px solid #8a9199; padding: .3rem .5rem; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; white-space: pre-wrap; }
th { background: #eef1f4; }
.fields th { width: 14rem; }
@media print { thead { display: table-header-group; } tr { break-inside: avoid; } }
"""
_MOST_ACROSS = 6
Part = tuple[str, Sequence[str], Sequence[Sequence[str]]]  # heading, columns, rows


def record_html(title: str, parts: Iterable[Part]) -> str:
    """Return the page: a heading and a table for each part; everything in them is escaped.

    A part without rows says so. One with many columns is given row by row, so that it fits on
    paper; columns that are blank in all rows are left out.
    """
    body = [f"<h1>{escape(title)}</h1>"]
    for heading, columns, rows in parts:
        body.append(f"<h2>{escape(heading)}</h2>")
        body.append(_part(columns, rows) if rows else "<p>Nothing is held.</p>")
    return (
        '<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main>{''.join(body)}</main></body></html>"
    )


def _part(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    used = [at for at in range(len(columns)) if any(row[at] for row in rows)]
    if len(used) > _MOST_ACROSS:
        return "".join(_fields(columns, row) for row in rows)
    head = "".join(f'<th scope="col">{escape(_title(columns[at]))}</th>' for at in used)
    lines = "".join(
        f"<tr>{''.join(f'<td>{escape(row[at])}</td>' for at in used)}</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def _fields(columns: Sequence[str], row: Sequence[str]) -> str:
    lines = "".join(
        f'<tr><th scope="row">{escape(_title(column))}</th><td>{escape(value)}</td></tr>'
        for column, value in zip(columns, row, strict=True)
        if value
    )
    return f'<table class="fields"><tbody>{lines}</tbody></table><p></p>'


def _title(column: str) -> str:
    return column[:1].upper() + column[1:]
