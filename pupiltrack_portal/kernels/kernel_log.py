"""What a kernel's libraries may write to its log: where something happened, never with what.

A kernel's own messages quote what the page sent, and the text of an error what it was about: names
and marks. Loggers of the package around this one, which know what they write, are left alone.
"""

from __future__ import annotations

import logging
import os
from types import TracebackType
from typing import Any

# The package this folder stands in, whichever that is.
_OURS = __name__.partition(".")[0]

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def keep_values_out_of_logs() -> None:
    """From now on, reduce every record of other loggers to its place and its error's kind."""
    logging.setLogRecordFactory(_make_record)


def _make_record(
    name: str,
    level: int,
    path: str,
    line: int,
    message: object,
    arguments: Any,
    exc_info: _ExcInfo | None,
    func: str | None = None,
    sinfo: str | None = None,
    **extra: Any,
) -> logging.LogRecord:
    if not name.startswith(_OURS):
        kind = exc_info[0] if exc_info else None
        message = f"at {os.path.basename(path)}:{line}" + (f": {kind.__name__}" if kind else "")
        arguments, exc_info, sinfo = (), None, None
    return logging.LogRecord(
        name, level, path, line, message, arguments, exc_info, func, sinfo, **extra
    )
