"""Every page, as those who may open it see it: sound, quiet, by keyboard, at any width."""

from __future__ import annotations

from typing import Any

import pytest

from tests.accessibility import faults_of

from .conftest import Open
from .served import Watch, require_no_overflow, require_sound

pytestmark = [
    pytest.mark.browser,
    pytest.mark.served,
    pytest.mark.xdist_group("portal"),
]

# The small school: what is looked for takes long in large tables and is alike in small ones.
PAGES = [
    ("head2", "/home"),
    ("head2", "/assessments?years=3"),
    ("head2", "/pupils?years=3"),
    ("head2", "/submissions"),
    ("head2", "/full-report"),
    ("head2", "/matrix?years=4"),
    ("head2", "/transition?years=4"),
    ("head2", "/venn"),
    ("head2", "/meetings"),
    ("head2", "/figures"),
    ("head2", "/maintenance"),
    ("head2", "/accounts"),
    ("head2", "/activity"),
    ("head2", "/data-protection"),
    ("head2", "/support"),
    ("adviser", "/home"),
    ("adviser", "/schools"),
    ("adviser", "/schools?show=table"),
    ("adviser", "/full-report"),
    ("admin", "/maintenance"),
    ("admin", "/accounts"),
    ("admin", "/accounts?section=staff"),
]
WIDTHS = (1024, 768, 320)
MOST_STOPS = 250

# One step of a walk by keyboard: where the focus is, and whether a person can see it there.
FOCUS = """() => {
    const at = document.activeElement;
    if (!at || at === document.body) return null;
    if (!at.dataset.walked) at.dataset.walked = String(++window.walked || (window.walked = 1));
    const style = getComputedStyle(at);
    const box = at.getBoundingClientRect();
    const thick = (node) => parseFloat(getComputedStyle(node).strokeWidth) >= 3;
    const ring = at instanceof SVGElement && [...at.querySelectorAll('path, rect')].some(thick);
    const within = (middle, most) => Math.min(Math.max(middle, 0), most - 1);
    const x = within(box.left + box.width / 2, innerWidth);
    const y = within(box.top + Math.min(box.height, innerHeight) / 2, innerHeight);
    const above = document.elementFromPoint(x, y);
    const name = at.getAttribute('aria-label') || at.textContent.trim().slice(0, 40) || at.id;
    return {
        number: at.dataset.walked,
        name: `${at.tagName} ${at.className?.baseVal ?? at.className} ${name}`,
        ring: ring || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2),
        inView: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
        covered: at instanceof HTMLElement && above !== null
            && !at.contains(above) && !above.contains(at) && !above.closest('label')?.contains(at),
    };
}"""
CONTROLS = """() => [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex="0"]')]
    .filter((node) => node.tabIndex >= 0 && !node.disabled && node.checkVisibility(
        { visibilityProperty: true, opacityProperty: true }) && !node.closest('dialog:not([open])'))
    .filter((node) => !node.dataset.walked)
    .map((node) => node.outerHTML.slice(0, 160))"""

TO_THE_TOP = """() => [document.scrollingElement, ...document.querySelectorAll('*')]
    .filter((node) => node.scrollTop || node.scrollLeft)
    .forEach((node) => node.scrollTo(0, 0))"""


def walk(page: Any) -> list[dict[str, Any]]:
    """Press Tab from the top of the page until the focus leaves it; return every stop."""
    page.evaluate("() => { document.activeElement?.blur(); window.scrollTo(0, 0); }")
    stops: list[dict[str, Any]] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None or (stops and stop["number"] == stops[0]["number"]):
            return stops
        stops.append(stop)
    raise AssertionError(f"Tab never leaves the page; it goes round {stops[-3:]}")


@pytest.mark.parametrize(("user_name", "address"), PAGES)
def test_page_is_sound(open_as: Open, watch: Watch, user_name: str, address: str) -> None:
    page = open_as(user_name, address)
    path = address.split("?")[0]
    if address == "/schools":
        page.locator("#pt-outputs canvas").first.wait_for()

    policy = watch.policies[path]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    assert ("'unsafe-eval'" in policy) == (path == "/schools")
    assert "http" not in policy

    require_sound(page, f"{address} at 1280")
    stops = walk(page)
    assert "Skip to the main content" in stops[0]["name"]
    assert [stop["name"] for stop in stops if not stop["ring"]] == []
    assert [stop["name"] for stop in stops if not stop["inView"] or stop["covered"]] == []
    assert page.evaluate(CONTROLS) == []

    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        require_no_overflow(page)
    # The walk has left a list scrolled, with a row half under its heading.
    page.evaluate(TO_THE_TOP)
    assert faults_of(page) == [], "at 320"
