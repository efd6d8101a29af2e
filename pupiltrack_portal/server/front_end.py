"""The scripts of a page: which files the browser needs, and those of other packages' widgets.

A page's own files are built into `static/js/` and listed there. ipydatagrid brings its scripts as
an extension of JupyterLab; those files are found once, at start-up, and no others are served.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_path

from pupiltrack_core.access import Page
from pupiltrack_core.errors import ConfigurationError
from pupiltrack_portal.server.assets import AssetFolder

_MANIFEST = "js/manifest.json"
_PAGE, _ENTRY_GRID, _OTHERS = "page", "page_entry_grid", "page_others"
_DATAGRID = ("bqscales", "bqplot", "ipydatagrid")  # each needs the one before
# ipydatagrid draws its cells with compiled expressions: these pages alone may evaluate code.
PAGES_WITH_DATAGRID = frozenset({Page.SCHOOLS})
_PAGES_WITH_ENTRY_GRID = frozenset({Page.ASSESSMENTS})


@dataclass(frozen=True, slots=True)
class Extension:
    """One federated extension: its name, its files and the script that is loaded first."""

    name: str
    files: AssetFolder
    load: str


@dataclass(frozen=True, slots=True)
class PageFiles:
    """The addresses of what a page loads: its style, its script, and scripts worth asking for soon.

    `extensions` are the first scripts of other packages' widgets: `{"name", "load"}` each.
    """

    style: str
    script: str
    early: tuple[str, ...]
    extensions: tuple[dict[str, str], ...]


class FrontEnd:
    """What the browser loads, found once at start-up.

    Raises `ConfigurationError` when a part of it is not installed.
    """

    def __init__(self, static: Path) -> None:
        self._built: dict[str, dict[str, Any]] = json.loads(
            (static / _MANIFEST).read_text(encoding="utf-8")
        )
        self._extensions = {name: _extension(name) for name in _DATAGRID}

    @cached_property
    def version(self) -> str:
        """A digest over the extensions; part of their addresses, so that those never go stale."""
        versions = "".join(extension.files.version for extension in self._extensions.values())
        return hashlib.sha256(versions.encode()).hexdigest()[:12]

    def find(self, path: str) -> tuple[AssetFolder, str] | None:
        """Return the folder and name of an extension's file by its path; None if unknown."""
        name, _, rest = path.partition("/")
        extension = self._extensions.get(name)
        return None if extension is None else (extension.files, rest)

    def files_for(self, page: Page) -> PageFiles:
        """Return the addresses of what a page loads."""
        needed = [_PAGE]
        if page in _PAGES_WITH_ENTRY_GRID:
            needed.append(_ENTRY_GRID)
        if page in PAGES_WITH_DATAGRID:
            needed.append(_OTHERS)
        script = self._built[_PAGE]["js"]
        parts = [self._built[name] for name in needed]
        scripts = dict.fromkeys(item for part in parts for item in (*part["with"], part["js"]))
        return PageFiles(
            style=f"/assets/js/{self._built[_PAGE]['css']}",
            script=f"/assets/js/{script}",
            early=tuple(f"/assets/js/{name}" for name in scripts if name != script),
            extensions=tuple(
                {"name": name, "load": f"/front-end/{self.version}/{name}/{extension.load}"}
                for name, extension in self._extensions.items()
                if page in PAGES_WITH_DATAGRID
            ),
        )


def _find(relative: str) -> Path:
    for root in jupyter_path():
        path = Path(root) / relative
        if path.is_dir():
            return path
    raise ConfigurationError(
        f"The front end of the pages is not installed ({relative} is missing). "
        "Install PupilTrack again, with its dependencies, in this environment."
    )


def _extension(name: str) -> Extension:
    folder = _find(f"labextensions/{name}")
    package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    return Extension(name, AssetFolder(folder), package["jupyterlab"]["_build"]["load"])
