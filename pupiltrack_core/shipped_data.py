"""Where the data that come with PupilTrack are."""

from __future__ import annotations

import sys
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[1] / "data"
_INSTALLED = Path(sys.prefix) / "share" / "pupiltrack" / "data"


def shipped_data(name: str) -> Path:
    """Return the path of a file or folder of `data/`, such as "demo/recipe.toml".

    It is the one beside a source checkout's packages, else the one the wheel installed. Raise
    FileNotFoundError when neither is there: the installation is not whole.
    """
    for folder in (_CHECKOUT, _INSTALLED):
        path = folder / name
        if path.exists():
            return path
    raise FileNotFoundError(f"{name} did not come with PupilTrack: install it again.")
