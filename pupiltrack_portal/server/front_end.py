"""The part of Voila's and the widget libraries' front end that pages load, and its configuration.

Every labextension installed beside us would otherwise be loaded by every page. Only those listed
are, and only their files are served.
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

_ALWAYS = (
    "@voila-dashboards/widgets-manager8",
    "@jupyter-widgets/jupyterlab-manager",
    "anywidget",
)
_GRIDS = ("bqplot", "bqscales", "ipydatagrid")
# ipydatagrid draws its cells with compiled expressions: these pages alone may evaluate code.
PAGES_WITH_DATAGRID = frozenset({Page.SCHOOLS})


@dataclass(frozen=True, slots=True)
class Extension:
    """One federated extension: its name, its files and how its entry is loaded."""

    name: str
    files: AssetFolder
    build: dict[str, Any]


class FrontEnd:
    """Voila's own scripts and the allowed extensions, found once at start-up.

    Raises `ConfigurationError` when a part of it is not installed.
    """

    def __init__(self) -> None:
        self.voila = AssetFolder(_find("voila/templates/base/static"))
        self.extensions = {name: _extension(name) for name in (*_ALWAYS, *_GRIDS)}

    @cached_property
    def version(self) -> str:
        """A digest over all of it; part of every address, so that addresses never go stale."""
        folders = (self.voila, *(extension.files for extension in self.extensions.values()))
        versions = "".join(folder.version for folder in folders)
        return hashlib.sha256(versions.encode()).hexdigest()[:12]

    def find(self, path: str) -> tuple[AssetFolder, str] | None:
        """Return the folder and name of a file by its path below the version; None if unknown."""
        if path.startswith("app/"):
            return self.voila, path.removeprefix("app/")
        for name, extension in self.extensions.items():
            prefix = f"extensions/{name}/"
            if path.startswith(prefix):
                return extension.files, path.removeprefix(prefix)
        return None

    def preloads_for(self, page: Page) -> tuple[str, ...]:
        """Return the paths of the scripts the browser can fetch while the kernel starts."""
        entries = (
            f"extensions/{name}/{self.extensions[name].build['load']}" for name in names_for(page)
        )
        return ("app/voila.js", *entries)

    def config_for(self, page: Page, *, base: str, assets: str, kernel_id: str) -> dict[str, Any]:
        """Return the page config Voila's scripts read.

        `base` is the address of these files, `assets` that of the portal's own.
        """
        return {
            "appUrl": "voila/",
            "baseUrl": "/",
            "kernelId": kernel_id,
            "fullStaticUrl": f"{base}/app",
            "fullLabextensionsUrl": f"{base}/extensions",
            "federated_extensions": [
                {"name": name, **self.extensions[name].build} for name in names_for(page)
            ],
            "disabledExtensions": [],
            "jupyterLabTheme": "light",
            "progressiveRendering": False,
            "terminalsAvailable": False,
            "fullMathjaxUrl": f"{assets}/shell/no-formulas.js",
            "mathjaxConfig": "none",
        }


def names_for(page: Page) -> tuple[str, ...]:
    """Return the extensions a page loads."""
    return (*_ALWAYS, *(_GRIDS if page in PAGES_WITH_DATAGRID else ()))


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
    parent = "voila/labextensions" if name.startswith("@voila-dashboards/") else "labextensions"
    folder = _find(f"{parent}/{name}")
    package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    build = package["jupyterlab"]["_build"]
    kept = {
        key: build[key] for key in ("load", "extension", "mimeExtension", "style") if key in build
    }
    return Extension(name, AssetFolder(folder), kept)
