"""Where the data and the guide that come with PupilTrack are."""

from __future__ import annotations

import sys
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[1]
_INSTALLED = Path(sys.prefix) / "share" / "pupiltrack"


def shipped_data(name: str) -> Path:
    """Return the path of a file or folder of `data/`, such as "demo/recipe.toml".

    It is the one beside a source checkout's packages, else the one the wheel installed. Raise
    FileNotFoundError when neither is there: the installation is not whole.
    """
    return _first_there(name, _CHECKOUT / "data", _INSTALLED / "data")


def shipped_guide(name: str) -> Path:
    """Return the path of a file of `docs/`, such as "how-to/bring-pupils-in.md"; as above."""
    return _first_there(name, _CHECKOUT / "docs", _INSTALLED / "docs")


def _first_there(name: str, *folders: Path) -> Path:
    for folder in folders:
        path = folder / name
        if path.exists():
            return path
    raise FileNotFoundError(f"{name} did not come with PupilTrack: install it again.")
