"""What axe finds fault with on a page, under WCAG 2.2 A and AA and its own good practice."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_OPTIONS = {
    "runOnly": {"type": "tag", "values": _RULES},
    "resultTypes": ["violations"],
}
# Only the faults come back: what is in order fills megabytes, which takes longer than to look.
_RUN = """async (options) => (await axe.run(document, options)).violations.flatMap((fault) =>
    fault.nodes.map((node) => `${fault.id}: ${node.target} ${node.html.slice(0, 160)}`))"""


def faults_of(page: Page) -> list[str]:
    """Return each fault of the page as it is now: the rule, where, and how its HTML begins."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE_SCRIPT)
    return page.evaluate(_RUN, _OPTIONS)
