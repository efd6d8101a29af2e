"""A report document as HTML, for the page and for a notebook. Every text is escaped."""

from __future__ import annotations

from html import escape

from pupiltrack_core.reports.documents import (
    Block,
    Document,
    Heading,
    NameList,
    Paragraph,
    Picture,
    Table,
)


def document_html(document: Document) -> str:
    """Return one `<article class="pt-report">`; headings start at `<h2>`, below the page's own."""
    scope = f"<strong>{escape(document.place)}</strong><br>{escape(document.description)}"
    blocks = "".join(block_html(block) for block in document.blocks)
    personal = " Contains personal data." if document.contains_names else ""
    return (
        f'<article class="pt-report" lang="en-GB"><h2>{escape(document.title)}</h2>'
        f'<p class="pt-report-scope">{scope}</p>{blocks}'
        f'<p class="pt-report-printed">{escape(document.printed.words)}.{personal}</p></article>'
    )


def block_html(block: Block) -> str:
    """Return one block of a document as HTML."""
    match block:
        case Heading():
            return f"<h{block.level + 1}>{escape(block.text)}</h{block.level + 1}>"
        case Paragraph():
            kind = ' class="pt-report-notice" role="note"' if block.is_notice else ""
            return f"<p{kind}>{escape(block.text)}</p>"
        case Table():
            return _table_html(block)
        case Picture():
            # The drawing was made by pupiltrack_core.charts, which escapes what it writes.
            caption = f"<figcaption>{escape(block.caption)}</figcaption>" if block.caption else ""
            return f'<figure class="pt-report-chart">{block.svg}{caption}</figure>'
        case NameList():
            items = "".join(f"<li>{escape(name)}</li>" for name in block.names)
            held = f"<ul>{items}</ul>" if items else "<p>None</p>"
            return f'<div class="pt-report-names"><h4>{escape(block.heading)}</h4>{held}</div>'


def _table_html(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in table.head)
    rows = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(text)}</td>" for text in row[1:])
        + "</tr>"
        for row in table.rows
    )
    return (
        f'<div class="pt-report-table" tabindex="0" role="region" '
        f'aria-label="{escape(table.caption)}"><table><caption>{escape(table.caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
