"""Every module of the benchmarks still finds what it measures."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import benchmarks
from benchmarks.reports import PORTAL_STYLES

MODULES = [module.name for module in pkgutil.iter_modules(benchmarks.__path__, "benchmarks.")]


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_module_loads(name: str) -> None:
    importlib.import_module(name)


def test_styles_that_chromium_prints_with_are_there() -> None:
    assert PORTAL_STYLES.is_file()
