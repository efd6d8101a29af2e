"""Reading one value of a frame for a table on a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

# One row of a frame, as `to_dict("records")` gives it.
Record = Mapping[Any, Any]


def is_missing(value: Any) -> bool:
    """Whether a frame holds nothing here: None, NaN, NaT or pandas' missing value."""
    return bool(pd.isna(value))


def text_or_blank(value: Any) -> str:
    """Return the value as text, "" where it is missing."""
    return "" if is_missing(value) else str(value)
