"""Notebooks are thin, clean, and one for each page."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest

from pupiltrack_core.access import Page

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
EXPLORE = NOTEBOOKS / "explore"  # worked examples, which show their steps
FORBIDDEN = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.For,
    ast.While,
    ast.Try,
    ast.Lambda,
)


def all_notebooks() -> list[Path]:
    return sorted(
        path for path in NOTEBOOKS.rglob("*.ipynb") if ".ipynb_checkpoints" not in str(path)
    )


def code_of(path: Path) -> list[str]:
    notebook = nbformat.read(path, as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("page", list(Page))
def test_every_page_has_its_notebook(page: Page) -> None:
    assert f'open_page("{page.value}")' in code_of(NOTEBOOKS / f"{page.value}.ipynb")[0]


def packages_of(tree: ast.AST) -> set[str]:
    """The packages a cell imports from."""
    return {
        str(name.name if isinstance(node, ast.Import) else node.module).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }


@pytest.mark.parametrize("path", all_notebooks(), ids=lambda path: path.stem)
def test_notebook_is_thin(path: Path) -> None:
    cells = code_of(path)
    is_worked = path.parent == EXPLORE
    assert len(cells) <= (12 if is_worked else 3)
    assert sum(len(cell.splitlines()) for cell in cells) <= (60 if is_worked else 15)
    for cell in cells:
        tree = ast.parse(cell)
        assert not [node for node in ast.walk(tree) if isinstance(node, FORBIDDEN)]
        allowed = {"pupiltrack_core", "pandas"} if is_worked else set()
        assert not packages_of(tree) & {"pandas", "sqlalchemy"} - allowed
        assert not is_worked or packages_of(tree) <= allowed


def test_worked_notebooks_are_four() -> None:
    assert {path.stem for path in all_notebooks() if path.parent == EXPLORE} == {
        "cohort",
        "groups_and_gaps",
        "local_authority",
        "matrix_and_transition",
    }


@pytest.mark.parametrize("path", all_notebooks(), ids=lambda path: path.stem)
def test_notebook_holds_no_output(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.outputs for cell in code] == [[]] * len(code)
    assert [cell.execution_count for cell in code] == [None] * len(code)
