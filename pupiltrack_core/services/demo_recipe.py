"""The recipe of the demo local authority, and the few ways of drawing by its rates."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from pupiltrack_core.errors import ConfigurationError
from pupiltrack_core.shipped_data import shipped_data

Recipe = dict[str, Any]
Random = np.random.Generator
Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
Whole = np.ndarray[tuple[int], np.dtype[np.int64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
_PARTS = (
    "authority",
    "schools",
    "movement",
    "pupils",
    "ethnicities",
    "surnames",
    "forenames",
    "ability",
    "judgements",
    "assessments",
    "results",
    "support",
    "news",
)


def load_recipe(path: Path | None = None) -> Recipe:
    """Return the recipe that came with PupilTrack, or the one at `path`.

    Raise `ConfigurationError` for a file that is not there, is not TOML or lacks a part.
    """
    place = path or shipped_data("demo/recipe.toml")
    try:
        recipe = tomllib.loads(place.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"The demo recipe {place} cannot be read: {error}.") from error
    lacking = [part for part in _PARTS if part not in recipe]
    if lacking:
        raise ConfigurationError(f"The demo recipe {place} lacks: {', '.join(lacking)}.")
    return recipe


def cut_points(shares: Sequence[float]) -> Floats:
    """Return where a standard normal scale is cut for its lowest parts to have these shares."""
    scale = NormalDist()
    return np.array([scale.inv_cdf(part) for part in np.cumsum(shares)], dtype=np.float64)


def highest(scores: Floats, share: float) -> Flags:
    """Return which of the scores are the highest `share` of them."""
    if not len(scores):
        return np.zeros(0, dtype=bool)
    flags: Flags = scores > np.quantile(scores, 1 - share)
    return flags


def standardised(values: Floats) -> Floats:
    """Return the values with mean 0 and standard deviation 1."""
    spread = float(values.std()) if len(values) else 0.0
    result: Floats = (values - values.mean()) / spread if spread else np.zeros_like(values)
    return result


def quotas(shares: Sequence[float], number: int) -> Whole:
    """Return `number` places dealt out by the shares, the largest remainders rounded up."""
    exact = np.array(shares, dtype=np.float64) / sum(shares) * number
    dealt = np.floor(exact).astype(np.int64)
    short = number - int(dealt.sum())
    dealt[np.argsort(dealt - exact, kind="stable")[:short]] += 1
    return dealt
