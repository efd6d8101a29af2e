"""No text of a person is ever read as markup: the widgets that would do so are not used."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import pupiltrack_portal

PORTAL = Path(pupiltrack_portal.__file__).parent
SOURCES = sorted(path for path in PORTAL.rglob("*.py") if "node_modules" not in path.parts)
# HTML and HTMLMath read their value as markup; Output swallows what is raised inside it.
FORBIDDEN = frozenset({"HTML", "HTMLMath", "Output", "interact", "interactive", "Accordion"})
MODULES = ("ipywidgets", "IPython.display", "IPython.core.display", "IPython")
MARKUP_TRAITS = frozenset({"value", "description", "placeholder", "tooltip", "html", "innerHTML"})


def faults(source: str) -> list[str]:
    """Return what a module does that could turn text into markup or lose an exception."""
    tree = ast.parse(source)
    imported: dict[str, str] = {}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(MODULES):
            found += [f"imports {name.name}" for name in node.names if name.name in FORBIDDEN]
            found += ["imports everything" for name in node.names if name.name == "*"]
        if isinstance(node, ast.Import):
            for name in node.names:
                if name.name.startswith(MODULES):
                    imported[name.asname or name.name.split(".")[0]] = name.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in FORBIDDEN and _root(node) in imported:
            found.append(f"uses {node.attr}")
        if isinstance(node, ast.Attribute) and node.attr == "description_allow_html":
            found.append("allows markup in a description")
        if isinstance(node, ast.keyword) and node.arg == "description_allow_html":
            found.append("allows markup in a description")
        if isinstance(node, ast.JoinedStr) and _is_markup(node):
            found.append(f"builds markup by hand in line {node.lineno}")
    return found


def _root(node: ast.Attribute) -> str:
    inner: ast.expr = node
    while isinstance(inner, ast.Attribute):
        inner = inner.value
    return inner.id if isinstance(inner, ast.Name) else ""


def _is_markup(node: ast.JoinedStr) -> bool:
    """Whether an f-string with something put into it has a tag in what stands around it."""
    text = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
    opens = "</" in text or "/>" in text or any(f"<{tag}" in text for tag in _TAGS)
    return opens and any(isinstance(part, ast.FormattedValue) for part in node.values)


_TAGS = ("a ", "b>", "p>", "i>", "div", "span", "img", "script", "style", "svg", "td", "li", "h1")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PORTAL)))
def test_module_makes_no_markup_of_text(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import ipywidgets\nipywidgets.HTML('x')",
        "import ipywidgets as w\nw.HTMLMath('x')",
        "from ipywidgets import HTML",
        "from ipywidgets import *",
        "from ipywidgets.widgets import Output",
        "import ipywidgets\nwith ipywidgets.Output():\n    pass",
        "import ipywidgets.widgets as w\nw.Output()",
        "from IPython.display import HTML",
        "import IPython.display\nIPython.display.HTML('x')",
        "import ipywidgets\nipywidgets.Button(description_allow_html=True)",
        "name = 'x'\nwords = f'<b>{name}</b>'",
        "name = 'x'\nwords = f'<a href={name}>'",
    ],
)
def test_scan_finds_what_is_forbidden(source: str) -> None:
    assert faults(source)


@pytest.mark.parametrize(
    "source",
    [
        "import ipywidgets\nipywidgets.VBox([])",
        "count = 3\nwords = f'{count} < 5'",
        "words = '<b>constant</b>'",
        "class HTML: ...\nHTML()",
    ],
)
def test_scan_passes_what_is_harmless(source: str) -> None:
    assert faults(source) == []


def test_scan_reads_every_module_of_the_portal() -> None:
    names = {path.relative_to(PORTAL).parts[0] for path in SOURCES}
    assert {"pages", "widgets", "server"} <= names
